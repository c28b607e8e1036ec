// What is drawn: a sheet with the boxes that are open in it, and what of it is visible at a step.

class Picture {
  // `sheet` is the id of the sheet to begin with, `open` the boxes that are open in it.
  constructor(data, composition, sheet, open, actions) {
    this.data = data;
    this.actions = actions;
    this.sheets = this.withinSheet(sheet, open);
    this.graph = new Graph(this.sheets.map((id) => data.sheets[id]), open);
    const drawn = composition.draw(sheet, open);
    this.bounds = { x: 0, y: 0, width: drawn.width, height: drawn.height };
    this.frames = drawn.frames;
    this.units = drawn.units;
    this.steps = mergedSteps(this.sheets.map((id) => data.sheets[id])).map((step) => this.explained(step));
    this.step = this.steps.length - 1;
    this.marks = [];
    this.cells = data.live && new Cells(data.live);
    this.paint(drawn);
    this.findWhenShown();
  }

  withinSheet(id, open) {
    const boxes = Object.keys(this.data.sheets[id].boxes).filter((box) => open.has(box) && this.data.sheets[box]);
    return [id, ...boxes.flatMap((box) => this.withinSheet(box, open))];
  }

  // --- drawing ------------------------------------------------------------------------------------

  paint({ shapes, frames }) {
    this.groups = new Map(); // the elements of each part
    this.wires = new Map(); // the lines of each wire
    const behind = svg("g");
    const above = svg("g");
    const size = this.data.size;
    this.element = svg("svg", { class: "picture", role: "group", "font-size": size }, behind, above);
    let last = null;
    for (const shape of shapes) {
      const { part, look } = shape;
      if (look.wire) {
        const group = this.group(behind, part, "edge");
        const d = written(shape.commands);
        group.append(svg("path", { class: "hit", d }), svg("path", { ...attributesOf(look), d }));
        add(this.wires, part, { group, commands: shape.commands });
        last = null;
        continue;
      }
      if (look.dot) {
        // Forks and arrows may stand far from the words of their wire.
        this.group(behind, part, "edge").append(element(shape, size));
        continue;
      }
      if (last?.part !== part) last = { part, group: this.group(above, part, "node") };
      const made = element(shape, size);
      if (this.cells && look.kind === "text") this.cells.adopt(made, shape);
      last.group.append(made);
    }
    behind.prepend(...frames.map((frame) => this.frame(frame)));
  }

  group(layer, part, kind) {
    const made = svg("g", { class: kind, ...(part && { "data-part": part }) });
    if (!this.groups.has(part)) this.groups.set(part, []);
    this.groups.get(part).push(made);
    layer.append(made);
    return made;
  }

  frame({ box, name, rect }) {
    const label = { x: rect.x + 3, y: rect.y + 2, width: 18 + 7 * name.length, height: 15 };
    const group = svg(
      "g",
      { class: "frame", role: "button", tabindex: "-1", "aria-label": `close ${name}`, "data-frame": box },
      svg("rect", { ...rect, rx: 6 }),
      svg("rect", { class: "hit", ...label }),
      svg("path", { class: "minus", d: `M${short(label.x + 4)} ${short(label.y + 7.5)}h7` }),
      svg("text", { x: label.x + 15, y: label.y + 11.5 }, name),
    );
    group.addEventListener("click", () => this.actions.close(box));
    return group;
  }

  // Needs to be on the page: before, nothing has a size.
  prepare() {
    // In its natural size: fonts are measured wrong where they are very small.
    this.element.removeAttribute("viewBox");
    this.cells?.begin(this.element, this.data.size);
    this.boxes = new Map();
    for (const [part, groups] of this.groups) {
      for (const group of groups) if (group.classList.contains("node")) stackScripts(group);
      const drawn = groups.filter((group) => group.classList.contains("node"));
      const [first] = drawn.length ? drawn : groups;
      const seen = (drawn.length ? drawn : groups).map((group) => group.getBBox());
      const box = union([...seen, ...(this.cells?.rooms(part) ?? [])]);
      this.boxes.set(part, box);
      if (this.data.parts[part]) this.prepareNode(part, first, box);
    }
    for (const part of this.boxes.keys()) this.describe(part);
  }

  prepareNode(part, group, box) {
    // A wire is a thin line: an invisible box around its words takes the pointer.
    const { x, y, width, height } = grown(box, 4);
    if (group.classList.contains("node")) group.prepend(svg("rect", { class: "hit", x, y, width, height }));
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    if (!this.opens(part)) return;
    group.classList.add("fold");
    // On the corner, where neither words nor wires are.
    const body = group.querySelector(".f-fill")?.getBBox() ?? box;
    const corner = `translate(${body.x + body.width - 1} ${body.y + 1})`;
    const cross = svg("path", { d: "M-3 0h6M0 -3v6" });
    group.append(svg("g", { class: "plus", transform: corner }, svg("circle", { r: 5.5 }), cross));
  }

  opens(part) {
    return part in this.data.sheets && this.groups.has(part);
  }

  // The names of the scopes around a part, outer ones first.
  path(part) {
    const names = [];
    for (let scope = this.data.parts[part]?.scope; scope; scope = this.data.scopes[scope][1]) {
      names.unshift(this.data.scopes[scope][0]);
    }
    return names.join("/");
  }

  // The open scopes around a part, inner ones first.
  around(part) {
    const found = [];
    for (let scope = this.data.parts[part]?.scope; scope; scope = this.data.scopes[scope][1]) {
      if (this.frames.some((frame) => frame.box === scope)) found.push(scope);
    }
    return found;
  }

  // --- steps --------------------------------------------------------------------------------------

  // What a step shows that was not there before, and what it works with.
  explained([kind, id, text, chain]) {
    const { graph } = this;
    const step = { kind, id, show: [], highlighted: [], lines: [] };
    step.words = [this.data.texts[text], this.data.texts[chain]];
    if (kind === "inputs") step.show = graph.leaves().map((wire) => `${wire}.v`);
    else if (kind === "seed") [step.show, step.highlighted] = [[`${id}.g`], [id]];
    else if (kind === "value") {
      const box = graph.sources.get(id);
      const inputs = graph.inputs(box);
      step.show = [`${id}.v`, ...inputs.map(([edge]) => `${edge}.v`)];
      const wires = inputs.map(([, source]) => source).filter((source) => graph.sources.has(source));
      step.highlighted = [id, box, ...wires];
      step.lines = [[id, ""], ...inputs.map(([, source]) => [source, box])];
    } else if (kind === "gradient") {
      const consumers = graph.consumers(id);
      step.show = [`${id}.g`, ...consumers.map(([edge]) => `${edge}.g`)];
      const results = consumers.flatMap(([, box]) => graph.results(box));
      step.highlighted = [id, ...consumers.map(([, box]) => box), ...results];
      step.lines = [...consumers.map(([, box]) => [id, box]), ...results.map((wire) => [wire, ""])];
    }
    // Where a wire was cut, its value may stand again at the other end.
    const values = new Set(step.show.filter((half) => half.endsWith(".v")));
    for (const [part, wire] of graph.same) if (values.has(`${wire}.v`)) step.show.push(`${part}.v`);
    step.highlighted = [...new Set(step.highlighted)];
    return step;
  }

  // At which step the value ("v") and the gradient ("g") of each part appear.
  findWhenShown() {
    this.shownAt = new Map();
    this.steps.forEach((step, index) => {
      for (const half of step.show) {
        if (!this.shownAt.has(half)) this.shownAt.set(half, index);
      }
    });
  }

  // A wire that is cut goes on somewhere else: there it says the same.
  factsOf(part) {
    const facts = this.data.parts[this.graph.same.get(part) ?? part];
    if (!facts) return facts;
    const remark = this.remarks?.get(part);
    return { ...this.data.read(facts), ...(remark && { remark }) };
  }

  // What the value or the gradient of a part was before the last change.
  before(part, name) {
    const { live } = this.data;
    return live.say("before", { value: live.past(this.data.parts[part][name].text) });
  }

  // What a step writes: the product, and the chain rule where that is more.
  wordsOf(step) {
    const asked = this.data.asks?.(step.id, step.kind[0]);
    if (asked) return { kind: step.kind, text: asked, chain: "" };
    const [text, chain] = step.words.map(this.data.read);
    return { kind: step.kind, text, chain: text.endsWith(chain) ? "" : chain };
  }

  // In an exercise what is asked for is not told, though its place is there.
  isKnown(part, half) {
    return this.isShown(part, half) && !this.data.asks?.(part, half);
  }

  // What stands in place of a number that is not known.
  lacks(part, half) {
    const { words } = this.data.exercise ?? {};
    return words && this.isShown(part, half) ? words.asked : "not yet computed";
  }

  isShown(part, half) {
    return this.step >= (this.shownAt.get(`${part}.${half}`) ?? 0);
  }

  // Only what changes between two steps is touched, so that a step takes as long in any graph.
  goTo(target) {
    const { steps } = this;
    const forward = target > this.step;
    const [from, to] = forward ? [this.step + 1, target] : [target + 1, this.step];
    this.step = target;
    const changed = new Set();
    for (const step of steps.slice(from, to + 1)) {
      for (const half of step.show) {
        const [part, letter] = half.split(".");
        for (const group of this.groups.get(part) ?? []) {
          group.classList.toggle(`no-${letter}`, !this.isShown(part, letter));
        }
        changed.add(part);
      }
    }
    for (const part of changed) this.describe(part);
    this.mark(steps[target]);
  }

  unmark() {
    for (const undo of this.marks.splice(0)) undo();
  }

  // Shows which numbers a step works with, and which one it writes.
  mark(step) {
    this.unmark();
    const backward = step.kind === "gradient" || step.kind === "seed";
    const colour = backward ? "backward" : "forward";
    const tag = (element) => {
      element.classList.add("now", colour);
      this.marks.push(() => element.classList.remove("now", colour));
    };
    for (const [wire, box] of step.lines) this.markWire(wire, box, colour);
    for (const part of step.highlighted) {
      for (const group of this.groups.get(part) ?? []) if (group.classList.contains("node")) tag(group);
    }
    if (step.kind === "structure" || step.kind === "inputs") return;
    for (const half of step.show) this.halo(half, "new");
    for (const part of step.highlighted) {
      const half = `${part}.${backward ? "g" : "v"}`;
      if (part.startsWith("w") && !step.show.includes(half)) this.halo(half, "used");
    }
  }

  // The line behind its source, and of its branches the one to the box.
  markWire(wire, box, colour) {
    for (const { group, commands } of this.wires.get(wire) ?? []) {
      const starts = commands.flatMap(([letter], index) => (letter === "M" ? [index] : []));
      const pieces = starts.map((start, place) => commands.slice(start, starts[place + 1]));
      const marked = pieces.filter((piece) => [undefined, box].includes(this.target(wire, piece, box)));
      const line = svg("path", { class: `now ${colour}`, d: marked.map(written).join("") });
      group.append(line);
      this.marks.push(() => line.remove());
    }
  }

  // The box to which a piece of a wire leads, also where it leads into the frame that holds it.
  target(wire, piece, box) {
    const end = piece.at(-1)[1].at(-1);
    if (!end) return undefined;
    const inside = ({ x, y, width, height }) =>
      contains({ u0: x, v0: y, u1: x + width, v1: y + height }, end, 1);
    const own = this.around(this.graph.sources.get(wire));
    const frame = this.frames.findLast(({ box: scope, rect }) => !own.includes(scope) && inside(rect));
    if (frame && this.around(box).includes(frame.box)) return box;
    const there = this.graph.consumers(wire).map(([, consumer]) => consumer);
    return there.find((consumer) => this.units.has(consumer) && inside(this.units.get(consumer))) ?? frame?.box;
  }

  halo(half, kind) {
    const [part, letter] = half.split(".");
    for (const group of this.groups.get(part) ?? []) {
      const shapes = [...group.querySelectorAll(`.${letter}`)];
      if (!shapes.length) continue;
      const { x, y, width, height } = union(shapes.map((shape) => shape.getBBox()));
      const rect = svg("rect", { class: `halo ${kind}`, x: x - 3, y, width: width + 6, height, rx: 4 });
      group.prepend(rect);
      this.marks.push(() => rect.remove());
    }
  }

  // What a screen reader says about a part: never more than what is visible.
  describe(part) {
    const facts = this.factsOf(part);
    const group = this.groups.get(part)?.find((made) => made.hasAttribute("role"));
    if (!facts || !group) return;
    const words = [unmarked(facts.title), facts.kind].filter(Boolean);
    if (facts.value && this.isKnown(part, "v")) words.push(`value ${facts.value.text}`);
    if (facts.gradient && this.isKnown(part, "g")) words.push(`gradient ${facts.gradient.text}`);
    if (this.opens(part)) words.push("press Enter to open");
    group.setAttribute("aria-label", words.join(", "));
  }

  // The step in which the gradient of a part appears.
  gradientStep(part) {
    return this.steps.findIndex((step) => step.kind === "gradient" && step.id === part);
  }

  // --- places -------------------------------------------------------------------------------------

  // Where one begins to read: at the first part of the first row.
  beginning() {
    const boxes = [...(this.boxes?.values() ?? [])];
    if (!boxes.length || this.data.sheets[this.sheets[0]].rows.length) return { x: 0, y: 0 };
    const side = { LR: (box) => box.x, RL: (box) => -box.x - box.width, TB: (box) => box.y, BT: (box) => -box.y - box.height };
    const along = side[this.data.rankdir];
    const first = boxes.reduce((a, b) => (along(b) < along(a) ? b : a));
    return { x: first.x + first.width / 2, y: first.y + first.height / 2 };
  }

  // Where a step writes its number. (What it reads may be far away.)
  place(step) {
    if (step.kind === "structure" || step.kind === "inputs") return null;
    const parts = step.show.map((half) => half.split(".")[0]);
    const boxes = parts.map((part) => part.startsWith("w") && this.boxes.get(part)).filter(Boolean);
    return boxes.length ? union(boxes) : null;
  }
}

// Who is computed from what, on all sheets that are open.
class Graph {
  constructor(sheets, open) {
    this.sources = new Map(); // the box that each wire comes from; "" for a leaf
    this.same = new Map();
    this.edges = new Map(); // the wire of each edge
    this.byBox = new Map();
    this.byWire = new Map();
    this.bySource = new Map();
    for (const sheet of sheets) {
      // Inner sheets come later, and know better which operation a wire comes from.
      for (const [wire, box] of Object.entries(sheet.wires)) this.sources.set(wire, box);
      for (const [part, wire] of Object.entries(sheet.same)) this.same.set(part, wire);
    }
    for (const sheet of sheets) {
      for (const [edge, [source, box]] of Object.entries(sheet.edges)) {
        if (open.has(box) && sheet.boxes[box] && sheets.length > 1) continue;
        const wire = this.same.get(source) ?? source;
        this.edges.set(edge, wire);
        add(this.byBox, box, [edge, wire]);
        add(this.byWire, wire, [edge, box]);
      }
    }
    for (const [wire, box] of this.sources) if (box) add(this.bySource, box, wire);
  }

  leaves() {
    return [...this.sources].filter(([, box]) => !box).map(([wire]) => wire);
  }

  inputs(box) {
    return this.byBox.get(box) ?? [];
  }

  consumers(wire) {
    return this.byWire.get(wire) ?? [];
  }

  results(box) {
    return this.bySource.get(box) ?? [];
  }
}

function add(map, key, item) {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(item);
}

// --- shapes as elements ---------------------------------------------------------------------------

function attributesOf(look) {
  const classes = [look.wire && "wire", look.half && look.half[0], look.kind === "text" && look.fill];
  const attributes = {};
  for (const [name, role] of [["fill", look.fill], ["stroke", look.stroke]]) {
    if (!role) continue;
    if (role[0] === "#") attributes.style = `${attributes.style ?? ""}${name}:${role};`;
    else if (look.kind !== "text") classes.push(`${name[0]}-${role}`);
  }
  if (look.stroke && look.width !== 1) attributes["stroke-width"] = look.width;
  if (look.dashed) attributes["stroke-dasharray"] = "5 4";
  if (look.opacity !== undefined && look.opacity !== 1) attributes.opacity = look.opacity;
  if (look.anchor && look.anchor !== "start") attributes["text-anchor"] = look.anchor;
  attributes.class = classes.filter(Boolean).join(" ");
  return attributes;
}

function element(shape, size) {
  const { look, at } = shape;
  const attributes = attributesOf(look);
  if (look.kind === "path") return svg("path", { ...attributes, d: written(shape.commands) });
  if (look.kind === "ellipse") {
    return svg("ellipse", { ...attributes, cx: at[0], cy: at[1], rx: shape.radii[0], ry: shape.radii[1] });
  }
  if (look.kind === "rectangle") return svg("rect", { ...attributes, ...shape.rect, rx: look.radius ?? 0 });
  if (look.size && look.size !== size) attributes["font-size"] = look.size;
  return svg("text", { ...attributes, x: at[0], y: at[1] }, ...spans(shape.runs, look.size || size));
}

// Names as mathematics: spans that stand lower or higher, and come back to the line behind them.
function spans(runs, size) {
  if (typeof runs === "string") return [runs];
  let before = 0;
  return runs.map(([text, level, rise, share]) => {
    const dy = before - rise * size;
    before = rise * size;
    const attributes = { ...(dy && { dy: short(dy) }), ...(level && { "font-size": short(share * size), "data-level": level }) };
    return svg("tspan", attributes, text);
  });
}

// A superscript right behind a subscript stands above it.
function stackScripts(group) {
  for (const span of group.querySelectorAll("tspan[data-level]")) {
    const before = span.previousElementSibling;
    if (before?.dataset.level && before.dataset.level === String(-span.dataset.level) && !span.hasAttribute("dx")) {
      const width = before.getComputedTextLength();
      span.setAttribute("dx", (-width).toFixed(2));
      const behind = span.nextElementSibling;
      const rest = width - span.getComputedTextLength();
      if (behind && rest > 0) behind.setAttribute("dx", rest.toFixed(2));
    }
  }
}
