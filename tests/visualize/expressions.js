// What the expression page makes of expressions, in node: arguments are what Python knows, and them.
const fs = require("fs");
const about = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
about.widths = new Map(about.widths.flatMap(([share, letters]) => [...letters].map((one) => [one, share])));
const found = [];
for (const { text, values } of JSON.parse(fs.readFileSync(process.argv[3], "utf8"))) {
  try {
    const graph = new Parser(text, about, (op, given) => folded(about, op, given)).read();
    const given = new Map([...graph.given].map(([name, { value }]) => [name, value]));
    // All is made while the leaves are 1; then they are turned.
    const numbers = new Map([...Object.entries(values), ...given]);
    const ones = new Map(graph.nodes.flatMap(({ leaf }) => (leaf === undefined ? [] : [[leaf, 1]])));
    const data = new Assembly(graph, ones, about).data();
    const { live } = data;
    const kernel = Kernel.build(live.program);
    live.program.names.forEach((name, place) => { kernel.inputs[place][0] = numbers.get(name) ?? 1; });
    kernel.run();
    const read = (slot) => formatted(valueOf(live.slots[slot], kernel.outputs), live.slots[slot][2]);
    const filled = (part) => {
      if (typeof part === "string") return filledIn(part, read);
      if (Array.isArray(part)) return part.map(filled);
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, filled(one)]));
    };
    const sheet = data.sheets[""];
    found.push({
      value: String(kernel.outputs[live.root][0]),
      gradients: Object.fromEntries(live.leaves.map((leaf) => [leaf.name, String(kernel.outputs[leaf.gradient][0])])),
      steps: sheet.steps.map(([kind, , line, chain]) => [kind, filled(data.texts[line]), filled(data.texts[chain])]),
      parts: filled(data.parts),
      description: filled(data.description),
      labels: sheet.shapes.filter(([part]) => part[0] === "o").map(([, , text]) => text[3]),
      sheet,
      looks: data.looks,
    });
  } catch (problem) {
    if (!(problem instanceof Mistake)) throw problem;
    found.push({ key: problem.key, at: problem.at, end: problem.end, words: problem.words });
  }
}
process.stdout.write(JSON.stringify(found));
