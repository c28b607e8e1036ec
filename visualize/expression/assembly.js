// From a graph to what a page shows of it: the program behind its numbers, the lines of its steps,
// and the facts about its parts. What there is to say about one operation comes from Python.

const FIRST_SLOT_OF_ALL = 0xf0000;
const ANY_SLOT = /[\u{F0000}-\u{10FFFD}]/u;
const PLACEHOLDER = /[\u{F0000}-\u{10FFFD}\ue020-\ue07fᚠᚢᚦᚱᛒᛖᛚᛊᛏ]/gu;
const ROLES = { upstream: 0xe020, local: 0xe030, product: 0xe040, factor: 0xe050, total: 0xe060, written: 0xe070 };
const NEXT_PART = "\ue012";

// A number of an expression as one writes it: 1, not 1.0.
function constantText(value, how) {
  return Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value || 0) : formatted(value, how);
}

// Which of the recorded operations one is: by its operands, of a power by its exponent.
function variantOf({ op, inputs }, nodes) {
  const kinds = inputs.map((x) => (nodes[x].value === undefined ? "n" : "c")).join("");
  if (op !== "power" || kinds !== "nc") return `${op}:${kinds}`;
  const { value } = nodes[inputs[1]];
  if ([0, 1, 2].includes(value)) return `power:${value}`;
  const whole = Number.isInteger(value) && value > 0 && value < 1e6;
  return `power:${whole ? "whole" : value < 0 ? "minus" : value < 1 ? "part" : "other"}`;
}

// The steps of a program, each once.
class StepsOfProgram {
  constructor(inputs) {
    this.values = Array.from({ length: inputs }, () => ["d", []]);
    this.steps = [];
    this.known = new Map();
    this.outputs = new Map(); // number of a value: which output it is
  }

  step(name, kind, inputs, more) {
    // All numbers are single ones.
    if ((name === "positive" || name === "all") && kind === this.values[inputs[0]][0]) return inputs[0];
    const key = JSON.stringify([name, kind, inputs, more]);
    if (!this.known.has(key)) {
      this.known.set(key, this.values.length);
      this.steps.push([name, this.values.length, inputs, ...more]);
      this.values.push([kind, []]);
    }
    return this.known.get(key);
  }

  constant(value) {
    return this.step("constant", "d", [], [[Kernel.spelled(value)]]);
  }

  // The recorded steps of an operation on these values; without what needs the last, if that is null.
  run({ steps, outputs }, given) {
    const numbers = [...given];
    const isForward = given.at(-1) === null;
    for (const [name, kind, inputs, ...more] of steps) {
      const from = name === "finite" ? [this.root] : inputs.map((x) => numbers[x]);
      const waits = from.includes(null) || (isForward && name === "finite");
      numbers.push(waits ? null : this.step(name === "finite" ? "isfinite" : name, kind, from, more));
    }
    return outputs.map((place) => numbers[place]);
  }

  output(number) {
    if (!this.outputs.has(number)) this.outputs.set(number, this.outputs.size);
    return this.outputs.get(number);
  }

  data(names) {
    const needed = new Set(this.outputs.keys());
    const steps = [...this.steps].reverse().filter(([, out, inputs]) => {
      if (needed.has(out)) for (const x of inputs) needed.add(x);
      return needed.has(out);
    });
    return {
      values: this.values, steps: steps.reverse(), inputs: names.map((_, place) => place), names,
      outputs: [...this.outputs.keys()], aliases: {}, guard: null, drawn: {},
    };
  }
}

// What an operation makes of numbers; what computes it is built once.
function folded(about, op, given) {
  about.kernels ??= new Map();
  if (!about.kernels.has(op)) about.kernels.set(op, kernelOf(about, op, given.length));
  const kernel = about.kernels.get(op);
  given.forEach((value, place) => { kernel.inputs[place][0] = value; });
  kernel.run();
  return kernel.outputs[0][0];
}

function kernelOf(about, op, arity) {
  const inputs = Array.from({ length: arity }, (_, place) => place);
  const fragment = about.operations[variantOf({ op, inputs }, inputs.map(() => ({})))];
  const program = new StepsOfProgram(arity);
  const outs = program.run(fragment.program, [...inputs, null]);
  program.output(outs[fragment.slots[fragment.out.codePointAt(0) - FIRST_SLOT_OF_ALL][0]]);
  return Kernel.build(program.data(inputs.map(String)));
}

class Assembly {
  // `values` has the numbers of the leaves, by name.
  constructor({ nodes, root }, values, about) {
    Object.assign(this, { nodes, root, values, about });
    this.how = about.format;
    this.order = this.needed();
    this.operations = this.order.filter((node) => nodes[node].op);
    this.leaves = this.order.filter((node) => nodes[node].leaf !== undefined);
    this.fragments = new Map(this.operations.map((node) => [node, about.operations[variantOf(nodes[node], nodes)]]));
    this.edges = []; // {id, source, target, position, at}: the at-th operand that is a node
    this.slots = [];
    this.slotOf = new Map();
    this.findEdges();
    this.names = namesOf(this, about.activations);
    this.compute();
  }

  // Everything that the result is made of, in the order in which it was written.
  needed() {
    const found = new Set([this.root]);
    for (const node of found) for (const x of this.nodes[node].inputs ?? []) found.add(x);
    return [...found].sort((a, b) => a - b);
  }

  findEdges() {
    this.consumers = new Map(this.order.map((node) => [node, []]));
    this.inputs = new Map();
    for (const target of this.operations) {
      const { folded: label } = this.fragments.get(target);
      let at = 0;
      const into = [];
      this.nodes[target].inputs.forEach((source, position) => {
        const isNode = this.nodes[source].value === undefined;
        if (!isNode && position === label) return;
        const edge = { id: `e${this.edges.length}`, source, target, position, at: isNode ? at++ : null };
        this.edges.push(edge);
        into.push(edge);
        if (isNode) this.consumers.get(source).push(edge);
      });
      this.inputs.set(target, into);
    }
  }

  // --- the program --------------------------------------------------------------------------------

  compute() {
    const program = (this.program = new StepsOfProgram(this.leaves.length));
    this.value = new Map(this.leaves.map((leaf, place) => [leaf, place]));
    for (const node of this.order) if (this.nodes[node].value !== undefined) this.value.set(node, program.constant(this.nodes[node].value));
    for (const node of this.operations) this.value.set(node, this.made(node, this.run(node, null), this.fragments.get(node).out));
    program.root = this.value.get(this.root);
    this.gradient = new Map([[this.root, program.constant(1)]]);
    this.results = new Map();
    for (const node of [...this.operations].reverse()) {
      const results = this.run(node, this.gradient.get(node));
      this.results.set(node, results);
      for (const edge of this.inputs.get(node)) {
        if (edge.at === null) continue;
        const part = this.made(node, results, this.fragments.get(node).parts[edge.at]);
        const before = this.gradient.get(edge.source);
        this.gradient.set(edge.source, before === undefined ? part : program.step("add", "d", [before, part], []));
      }
    }
  }

  run(node, upstream) {
    const given = this.nodes[node].inputs.map((x) => this.value.get(x));
    return this.program.run(this.fragments.get(node).program, [...given, upstream]);
  }

  // The number of the value that a slot of an operation shows.
  made(node, results, slot) {
    return results[this.fragments.get(node).slots[slot.codePointAt(0) - FIRST_SLOT_OF_ALL][0]];
  }

  // --- texts --------------------------------------------------------------------------------------

  slot(number, how = this.how) {
    const key = `${number} ${how}`;
    if (!this.slotOf.has(key)) {
      this.slotOf.set(key, this.slots.length);
      this.slots.push([this.program.output(number), 0, how]);
    }
    return String.fromCodePoint(FIRST_SLOT_OF_ALL + this.slotOf.get(key));
  }

  // A text about one operation, with this one's names and numbers.
  said(node, text) {
    const { inputs } = this.nodes[node];
    const fragment = this.fragments.get(node);
    return text.replace(PLACEHOLDER, (mark) => {
      if (ANY_SLOT.test(mark)) {
        const [output, , how] = fragment.slots[mark.codePointAt(0) - FIRST_SLOT_OF_ALL];
        return this.slot(this.results.get(node)[output], how);
      }
      if (mark === "ᚠ" || mark === "ᚢ") return this.names.get(inputs["ᚠᚢ".indexOf(mark)]);
      if (mark === "ᚦ") return this.names.get(node);
      if (mark === "ᚱ") return this.names.get(this.root);
      const exponent = constantText(this.nodes[inputs[1]].value - (mark === "ᛚ" || mark === "ᛏ" ? 1 : 0), this.how);
      return mark === "ᛖ" || mark === "ᛚ" ? exponent : exponent.replace(/\d/g, (digit) => RAISED_DIGITS[digit]);
    });
  }

  // A sentence: `roles` has what stands for each placeholder of a number.
  sentence(text, roles, node = this.root, count = 0) {
    const names = { "ᚠ": this.names.get(node), "ᚱ": this.names.get(this.root), "ᛒ": count.toLocaleString("en") };
    return text.replace(PLACEHOLDER, (mark) => names[mark] ?? roles[mark.charCodeAt(0)] ?? mark);
  }

  label(node) {
    const { inputs } = this.nodes[node];
    const { label, folded: position } = this.fragments.get(node);
    const number = position === null ? "" : constantText(this.nodes[inputs[position]].value, this.how);
    return filledIn(label.replace("ᛖ", number), () => number);
  }

  // --- steps --------------------------------------------------------------------------------------

  steps() {
    const { sentences } = this.about;
    const wire = (node) => `w${node}`;
    const made = [["structure", "", this.sentence(this.one(sentences.title), {}, this.root, this.operations.length), ""]];
    made.push(["inputs", "", this.leavesSaid(), ""]);
    for (const node of this.operations) {
      made.push(["value", wire(node), this.said(node, this.fragments.get(node).value[this.nodes[node].name ? 1 : 0]), ""]);
    }
    made.push(["seed", wire(this.root), this.sentence(sentences.seed, {}), ""]);
    this.chains = new Map([[this.root, []]]);
    for (const node of this.backward()) made.push(["gradient", wire(node), ...this.gradientSaid(node)]);
    return made;
  }

  // Of what is said about the whole graph, what fits this one.
  one(texts) {
    return texts[this.nodes[this.root].name ? 1 : 0][this.operations.length === 1 ? 0 : 1];
  }

  leavesSaid() {
    const { leaf, more, leaves: most } = this.about.sentences;
    const lines = this.leaves.map((node) => this.sentence(leaf, { [ROLES.total]: this.slot(this.value.get(node)) }, node));
    const rest = lines.length - most;
    if (rest > 0) lines.splice(most, rest, this.sentence(more, {}, this.root, rest));
    return lines.join(", ");
  }

  // A gradient is complete when the consumer that was made first has sent its part back.
  backward() {
    const place = new Map(this.edges.map((edge, at) => [edge, at]));
    const key = (node) =>
      this.consumers.get(node)
        .map((edge) => [-edge.target, this.nodes[node].op ? 1 : 0, place.get(edge)])
        .reduce((a, b) => (compareKeys(a, b) < 0 ? b : a));
    return this.order
      .filter((node) => node !== this.root && this.nodes[node].value === undefined)
      .map((node) => [node, key(node)])
      .sort((a, b) => compareKeys(a[1], b[1]))
      .map(([node]) => node);
  }

  gradientSaid(node) {
    const edges = this.consumers.get(node);
    const total = this.slot(this.gradient.get(node));
    if (edges.length > 1) {
      this.chains.set(node, [total]);
      return this.forkSaid(node, edges, total);
    }
    const [{ target, at }] = edges;
    const fragment = this.fragments.get(target);
    const [text, made] = fragment.lines[at].map((line) => this.said(target, line));
    const factors = [...this.chains.get(target), this.said(target, fragment.factors[at])];
    this.chains.set(node, factors);
    const roles = { [ROLES.total]: total, [ROLES.written]: text.slice(text.indexOf(" = ") + 3) };
    const { sentences } = this.about;
    const chain = this.sentence(withFactors(sentences[made ? "chain with" : "chain"], factors), roles);
    return [text, made ? `${chain}${sentences.with}${made}` : chain];
  }

  forkSaid(node, edges, total) {
    const { forks } = this.about.sentences;
    const most = forks.length; // there is one for two branches, and one with a count
    const roles = { [ROLES.total]: total };
    edges.slice(0, most).forEach((edge, place) => {
      roles[ROLES.upstream + place] = this.slot(this.gradient.get(edge.target));
      roles[ROLES.local + place] = this.said(edge.target, this.fragments.get(edge.target).factors[edge.at]);
      roles[ROLES.product + place] = this.slot(this.product(edge));
    });
    const rest = edges.length - most;
    const templates = rest > 0 ? forks.at(-1) : forks[edges.length - 2];
    return templates.map((template) => this.sentence(template, roles, node, rest));
  }

  // The upstream gradient times the local gradient.
  product({ target, at }) {
    const factor = this.fragments.get(target).factors[at];
    const local = ANY_SLOT.test(factor) ? this.made(target, this.results.get(target), factor) : this.program.constant(Number(factor));
    return this.program.step("multiply", "d", [this.gradient.get(target), local], []);
  }

  // --- facts --------------------------------------------------------------------------------------

  facts() {
    const { kind: leaf, constant } = this.about.sentences;
    const found = {};
    for (const node of this.order) {
      const { op, name, value } = this.nodes[node];
      if (value !== undefined) continue;
      const own = op ? name : this.nodes[node].leaf;
      const fragment = this.fragments.get(node);
      found[`w${node}`] = {
        title: own ? marked(nameRuns(shownName(own, 120))) : markedFormula(this.said(node, fragment.title)),
        kind: op ? fragment.result : leaf,
        about: [],
        value: { text: this.slot(this.value.get(node)) },
        gradient: { text: this.slot(this.gradient.get(node)) },
      };
    }
    for (const node of this.operations) {
      const fragment = this.fragments.get(node);
      const wires = this.inputs.get(node).map((edge) => (edge.at === null ? "" : `w${edge.source}`));
      found[`o${node}`] = {
        title: marked(nameRuns(this.label(node))),
        about: fragment.about,
        kind: fragment.kind,
        inputs: fragment.rows.map((row, place) => [...row.map((text) => markedFormula(this.said(node, text))), wires[place]]),
      };
    }
    for (const edge of this.edges.filter(({ at }) => at === null)) {
      found[`c${edge.id}`] = { title: constant, kind: "", about: [], value: { text: constantText(this.nodes[edge.source].value, this.how) } };
    }
    return found;
  }

  // --- all ----------------------------------------------------------------------------------------

  data() {
    const texts = new Map();
    const text = (line) => {
      const made = markedFormula(line);
      if (!texts.has(made)) texts.set(made, texts.size);
      return texts.get(made);
    };
    const steps = this.steps().map(([kind, wire, line, chain]) => [kind, wire, text(line), text(chain), 0]);
    const parts = this.facts();
    const description = this.sentence(
      this.one(this.about.sentences.description), { [ROLES.total]: this.slot(this.value.get(this.root)) }, this.root, this.operations.length,
    );
    const { sheet, looks } = laidOut(this);
    const live = this.live();
    return {
      ...this.about.page, description, curves: false, sheets: { "": { ...sheet, steps } }, first: { sheet: "", open: [] },
      scopes: {}, parts, looks, texts: [...texts.keys()], live,
    };
  }

  live() {
    const { program } = this;
    const output = (table, node) => program.output(table.get(node));
    const leaves = this.leaves.map((node, input) => {
      const name = shownName(this.nodes[node].leaf);
      return {
        name, key: name, title: marked(nameRuns(name)), part: `w${node}`, input, shape: [], size: "", start: [this.values.get(this.nodes[node].leaf)],
        output: output(this.value, node), gradient: output(this.gradient, node), entries: true,
      };
    });
    const wires = this.order
      .filter((node) => this.value.has(node) && this.nodes[node].value === undefined)
      .map((node) => [`w${node}`, output(this.value, node), output(this.gradient, node)]);
    return {
      ...this.about.live, leaves, wires, root: output(this.value, this.root), explained: {},
      name: marked(nameRuns(this.names.get(this.root))),
      program: program.data(this.leaves.map((node) => this.nodes[node].leaf)), slots: this.slots,
    };
  }
}

// A product of two factors, with any number of them.
function withFactors(template, factors) {
  const [one, other] = [ROLES.factor, ROLES.factor + 1].map((role) => String.fromCharCode(role));
  return template.replaceAll(`${one}${NEXT_PART}${other}`, factors.length > 1 ? factors.join(NEXT_PART) : `1${NEXT_PART}${factors[0]}`);
}

function compareKeys(a, b) {
  for (const [place, one] of a.entries()) if (one !== b[place]) return one - b[place];
  return 0;
}

// What every node is called: by the user, else as naming.py calls it.
function namesOf({ nodes, order, operations, root }, activations) {
  const names = new Map();
  const taken = new Set();
  const give = (node, name) => {
    taken.add(name);
    names.set(node, name);
  };
  const free = (letter) => {
    let number = 1;
    while (taken.has(`${letter}${number}`)) number += 1;
    return `${letter}${number}`;
  };
  for (const node of order) {
    const own = nodes[node].leaf ?? nodes[node].name;
    if (own !== undefined) give(node, shownName(own));
    else if (nodes[node].value !== undefined) names.set(node, "");
  }
  if (!names.has(root)) give(root, ["f", "y", "L", "root"].find((name) => !taken.has(name)) ?? free("f"));
  let number = 0;
  for (const after of operations.filter((node) => activations.includes(nodes[node].op))) {
    const [before] = nodes[after].inputs;
    const wanted = [["z", before], ["a", after]].filter(([, node]) => nodes[node].op && !names.has(node));
    number += 1;
    while (wanted.some(([letter]) => taken.has(`${letter}${number}`))) number += 1;
    for (const [letter, node] of wanted) give(node, `${letter}${number}`);
  }
  for (const node of operations) if (!names.has(node)) give(node, free("u"));
  return names;
}
