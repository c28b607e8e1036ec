// Where the parts of a typed graph stand, in layers from the leaves to the result, and the shapes
// of the sheet: the twin of layered.py and writing.py for graphs of single numbers.

const SIZE = 13;
const RADIUS = 1.38 * SIZE;
const LINE = 1.23 * SIZE;
const ROOM_ROUND = 12; // around everything
const AIR_BETWEEN = 10; // between two things of a layer
const LAYERS_BETWEEN = 14; // and between layers, at least
const MOST_PASSED = 400; // so many layers may all wires pass together; above, the longest are cut
const LONGEST_WIRE = [12, 6, 3, 1, 0];
const TURNS = 8;

const LOOKS = [
  { kind: "path", stroke: "line", wire: true },
  { kind: "ellipse", fill: "line", dot: true },
  { kind: "ellipse", fill: "fill", stroke: "line" },
  { kind: "rectangle", fill: "fill", stroke: "line", radius: 14 },
  { kind: "text", fill: "text", anchor: "middle" },
  { kind: "text", fill: "value", half: "v", anchor: "middle" },
  { kind: "text", fill: "gradient", half: "g", anchor: "middle" },
];
const [WIRE, DOT, CIRCLE, PILL, TEXT, VALUE, GRADIENT] = LOOKS.keys();

const tenth = (length) => Math.round(length * 10) / 10;

// The width of a text in a wide font, in points.
function widthOf(runs, widths) {
  const letters = (text) => [...text].reduce((sum, letter) => sum + (widths.get(letter) ?? 0.9), 0);
  return SIZE * runs.reduce((sum, [text, level]) => sum + letters(text) * (level ? 0.7 : 1), 0);
}

// Texts with levels, as sheets have them.
function packedRuns(runs) {
  if (runs.every(([, level]) => !level)) return runs.map(([text]) => text).join("");
  return runs.map(([text, level]) => [text, level, { "-1": -0.22, 0: 0, 1: 0.4 }[level], level ? 0.7 : 1]);
}

// A thing in a layer: a unit, or a long wire where it passes.
class Spot {
  constructor(layer, half) {
    Object.assign(this, { layer, half, v: 0, at: 0, before: [], behind: [], unit: null });
  }
}

class Arrangement {
  constructor(assembly) {
    this.assembly = assembly;
    this.widths = assembly.about.widths;
    this.number = assembly.about.live.room * 0.66 * SIZE; // the room of a number
    this.units = new Map();
    this.references = []; // the other ends of wires that were cut
    this.makeUnits();
    this.placeInLayers();
    this.makeSpots();
    this.read();
    this.sort();
    this.stand();
    this.measureLayers();
  }

  // --- units --------------------------------------------------------------------------------------

  makeUnits() {
    const { assembly } = this;
    for (const node of assembly.order) {
      const { op, value } = assembly.nodes[node];
      if (value !== undefined) continue;
      const runs = nameRuns(shownName(assembly.names.get(node)));
      const named = widthOf(runs, this.widths);
      const unit = { node, wire: `w${node}`, runs, named, rule: this.number + 8, over: 20, under: 20 };
      if (op) this.makeBody(unit, node);
      else Object.assign(unit, { lead: named + 8, body: 0 });
      unit.along = unit.body + (unit.lead ?? 0) + unit.rule;
      this.units.set(node, unit);
    }
    for (const edge of assembly.edges.filter(({ at }) => at === null)) this.constant(edge);
  }

  makeBody(unit, node) {
    const label = this.assembly.label(node);
    const wide = widthOf(nameRuns(label), this.widths);
    const pill = wide > 2 * RADIUS - 4;
    const ports = this.assembly.inputs.get(node).length;
    if (unit.named) {
      unit.runs = [...unit.runs, [" =", 0]];
      unit.named = widthOf(unit.runs, this.widths);
      unit.rule += unit.named + 6;
    }
    Object.assign(unit, { id: `o${node}`, label, pill, body: pill ? wide + 1.3 * SIZE : 2 * RADIUS, port: [] });
    const step = ports < 2 ? 0 : Math.min((1.24 * RADIUS) / (ports - 1), RADIUS);
    this.assembly.inputs.get(node).forEach((edge, place) => unit.port.push([edge, (place - (ports - 1) / 2) * step]));
  }

  // A number before an operation, or the name of a wire that was cut.
  constant(edge, reference = null) {
    const { assembly } = this;
    const id = `c${edge.id}`;
    const text = reference === null ? [[constantText(assembly.nodes[edge.source].value, assembly.how), 0]] : nameRuns(assembly.names.get(reference));
    const unit = { constant: true, id, wire: id, runs: text, body: 0, over: LINE / 2, under: LINE / 2, along: widthOf(text, this.widths) + 6, edge, reference };
    this.units.set(edge, unit);
    return unit;
  }

  sourceOf(edge) {
    return this.units.get(edge) ?? this.units.get(edge.source);
  }

  // --- layers -------------------------------------------------------------------------------------

  // As near to the result as what takes a thing allows; a leaf before the first that takes it.
  placeInLayers() {
    const { assembly } = this;
    const depth = new Map([[assembly.root, 0]]);
    for (const node of [...assembly.order].reverse()) {
      if (node === assembly.root || assembly.nodes[node].value !== undefined) continue;
      depth.set(node, 1 + Math.max(...assembly.consumers.get(node).map(({ target }) => depth.get(target))));
    }
    this.cut(depth);
    this.last = Math.max(...depth.values());
    for (const unit of this.units.values()) {
      unit.layer = this.last - (unit.constant ? depth.get(unit.edge.target) + 1 : depth.get(unit.node));
    }
  }

  cut(depth) {
    const { edges } = this.assembly;
    let long = edges.filter((edge) => edge.at !== null).map((edge) => [edge, depth.get(edge.source) - depth.get(edge.target) - 1]);
    for (const longest of LONGEST_WIRE) {
      if (long.reduce((sum, [, passed]) => sum + passed, 0) <= MOST_PASSED) return;
      for (const [edge, passed] of long) if (passed > longest) this.references.push(this.constant(edge, edge.source));
      long = long.filter(([, passed]) => passed <= longest);
    }
  }

  makeSpots() {
    this.layers = Array.from({ length: this.last + 1 }, () => []);
    this.spots = new Map();
    this.passing = new Map();
    for (const unit of this.units.values()) {
      const spot = new Spot(unit.layer, Math.max(unit.over, unit.under));
      spot.unit = unit;
      this.spots.set(unit, spot);
    }
    for (const node of this.assembly.operations) {
      const target = this.spots.get(this.units.get(node));
      for (const [edge, port] of target.unit.port) this.join(edge, target, port);
    }
  }

  join(edge, target, port) {
    const way = this.way(edge);
    way.push(target);
    for (let place = 1; place < way.length; place += 1) {
      const [from, to] = [way[place - 1], way[place]];
      const last = to === target;
      if (!last && from.behind.some((joint) => joint.to === to)) continue;
      const passing = [from, to].filter((spot) => !spot.unit).length;
      const joint = { from, to, port: last ? port : 0, weight: [1, 3, 8][passing] * (from.unit?.body ? 4 : 1) };
      from.behind.push(joint);
      to.before.push(joint);
    }
  }

  // From the source of an edge through the layers between.
  way(edge) {
    const source = this.sourceOf(edge);
    const way = [this.spots.get(source)];
    for (let layer = source.layer + 1; layer < this.units.get(edge.target).layer; layer += 1) {
      const key = `${source.wire} ${layer}`;
      if (!this.passing.has(key)) this.passing.set(key, new Spot(layer, 3));
      way.push(this.passing.get(key));
    }
    return way;
  }

  // --- order --------------------------------------------------------------------------------------

  // As one reads the expression.
  read() {
    const seen = new Set();
    const waiting = [this.spots.get(this.units.get(this.assembly.root))];
    while (waiting.length) {
      const spot = waiting.pop();
      if (seen.has(spot)) continue;
      seen.add(spot);
      this.layers[spot.layer].push(spot);
      for (const joint of [...spot.before].reverse()) waiting.push(joint.from);
    }
    this.renumber();
  }

  renumber() {
    for (const layer of this.layers) layer.forEach((spot, at) => { spot.at = at; });
  }

  // Layers are sorted by what they are joined to, to and fro; what is least out of order is kept.
  sort() {
    for (const layer of this.layers) for (const spot of layer) spot.reading = spot.at;
    let least = this.disorder();
    let kept = this.layers.map((layer) => [...layer]);
    for (let turn = 0; turn < TURNS && least; turn += 1) {
      const backward = turn % 2 === 0;
      for (const layer of backward ? [...this.layers].reverse() : this.layers) {
        const wish = new Map(layer.map((spot) => [spot, meanPlace(spot, backward)]));
        layer.sort((a, b) => wish.get(a) - wish.get(b));
        layer.forEach((spot, at) => { spot.at = at; });
      }
      const found = this.disorder();
      if (found < least) [least, kept] = [found, this.layers.map((layer) => [...layer])];
    }
    this.layers = kept;
    this.renumber();
  }

  // Crossings of wires, and half of the pairs of units that are not as one reads them.
  disorder() {
    let count = 0;
    for (const layer of this.layers) {
      count += inversions(layer.filter(({ unit }) => unit).map(({ reading }) => reading)) / 2;
      const ends = layer
        .flatMap((spot) => spot.behind.map(({ to, port }) => [spot.at, to.at + port / 1000]))
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
        .map(([, end]) => end);
      count += inversions(ends);
    }
    return count;
  }

  // --- heights ------------------------------------------------------------------------------------

  stand() {
    for (const layer of this.layers) settle(layer, layer.map(() => 0), layer.map(() => 1));
    const turns = this.assembly.operations.length < 100 ? 10 * TURNS : 3 * TURNS;
    for (let turn = 0; turn < turns; turn += 1) {
      const sides = 2 * turn >= turns ? ["before", "behind"] : turn % 2 ? ["before"] : ["behind"];
      for (const layer of turn % 2 ? this.layers : [...this.layers].reverse()) this.move(layer, sides);
    }
    for (const layer of [...this.layers].reverse()) straighten(layer);
    const top = Math.min(...this.layers.flatMap((layer) => layer.map((spot) => spot.v - spot.half)));
    for (const layer of this.layers) for (const spot of layer) spot.v = spot.v - top + ROOM_ROUND;
  }

  move(layer, sides) {
    const [wanted, weights] = [[], []];
    for (const spot of layer) {
      let [sum, weight] = [0, 0];
      for (const side of sides) {
        for (const joint of spot[side]) {
          const there = side === "before" ? joint.from.v - joint.port : joint.to.v + joint.port;
          sum += joint.weight * there;
          weight += joint.weight;
        }
      }
      wanted.push(weight ? sum / weight : spot.v);
      weights.push(weight || 0.1);
    }
    settle(layer, wanted, weights);
  }

  // Where each layer begins and ends; wires that climb far have more room to do it.
  measureLayers() {
    this.starts = [];
    this.ends = [];
    let at = ROOM_ROUND;
    for (const layer of this.layers) {
      const climbs = layer.flatMap((spot) => spot.before.map(({ from, port }) => Math.abs(from.v - spot.v - port)));
      if (this.starts.length) at += LAYERS_BETWEEN + Math.min(46, 0.25 * Math.max(0, ...climbs));
      this.starts.push(at);
      at += Math.max(0, ...layer.map((spot) => spot.unit?.along ?? 0));
      this.ends.push(at);
    }
    this.width = at + ROOM_ROUND;
    this.height = Math.max(...this.layers.flatMap((layer) => layer.map((spot) => spot.v + spot.half))) + ROOM_ROUND;
  }
}

// A chain runs straight on, as far as there is room.
function straighten(layer) {
  layer.forEach((spot, at) => {
    const [joint, ...others] = spot.behind;
    if (!joint || others.length || joint.to.before.length > 1) return;
    const low = at ? layer[at - 1].v + apart(layer[at - 1], spot) : -Infinity;
    const high = at + 1 < layer.length ? layer[at + 1].v - apart(spot, layer[at + 1]) : Infinity;
    spot.v = Math.max(low, Math.min(joint.to.v, high));
  });
}

// How far from each other two neighbours stand at least.
function apart(above, below) {
  return above.half + below.half + (above.unit && below.unit ? AIR_BETWEEN : 4);
}

function meanPlace(spot, backward) {
  const joints = backward ? spot.behind : spot.before;
  if (!joints.length) return spot.at;
  const sum = joints.reduce((total, { from, to, port }) => total + (backward ? to.at + port / 100 : from.at), 0);
  return sum / joints.length;
}

// How many pairs stand in the wrong order.
function inversions(values) {
  const seen = [];
  let wrong = 0;
  for (const value of values) {
    let [low, high] = [0, seen.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (seen[middle] <= value) low = middle + 1;
      else high = middle;
    }
    wrong += seen.length - low;
    seen.splice(low, 0, value);
  }
  return wrong;
}

// Things of a layer as near to where they want to stand as their order and their room allow: those
// that would meet stand together around their mean.
function settle(layer, wanted, weights) {
  const blocks = [];
  let offset = 0;
  const offsets = layer.map((spot, place) => {
    if (place) offset += apart(layer[place - 1], spot);
    return offset;
  });
  for (const place of layer.keys()) {
    let block = { sum: weights[place] * (wanted[place] - offsets[place]), weight: weights[place], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight >= block.sum / block.weight) {
      const above = blocks.pop();
      block = { sum: above.sum + block.sum, weight: above.weight + block.weight, count: above.count + block.count };
    }
    blocks.push(block);
  }
  let place = 0;
  for (const { sum, weight, count } of blocks) {
    for (let i = 0; i < count; i += 1, place += 1) layer[place].v = sum / weight + offsets[place];
  }
}

// --- shapes -----------------------------------------------------------------------------------------

class SheetOfShapes {
  constructor(arrangement) {
    this.plan = arrangement;
    this.assembly = arrangement.assembly;
    this.shapes = [];
    this.rects = {};
  }

  draw() {
    const { plan, assembly } = this;
    const units = [...plan.units.values()];
    for (const unit of units) {
      const spot = plan.spots.get(unit);
      const [left, right] = [plan.starts[unit.layer], plan.ends[unit.layer]];
      const start = unit.body ? left : right - unit.along; // leaves stand at their wire
      Object.assign(unit, { v: spot.v, start, end: right });
      const part = unit.id ?? unit.wire;
      this.rects[part] = [start, spot.v - unit.over, right, spot.v + unit.under].map(tenth);
    }
    for (const unit of units) this.wire(unit);
    for (const unit of units) if (unit.body) this.body(unit);
    for (const unit of units) this.texts(unit);
    const sources = units.filter((unit) => !unit.constant).map((unit) => [unit.wire, unit.body ? unit.id : ""]);
    const edges = assembly.edges.map((edge) => [edge.id, [plan.sourceOf(edge).wire, `o${edge.target}`]]);
    const same = plan.references.map((unit) => [unit.id, `w${unit.reference}`]);
    return {
      bounds: [0, 0, tenth(plan.width), tenth(plan.height)], shapes: this.shapes, units: this.rects,
      wires: Object.fromEntries(sources), edges: Object.fromEntries(edges), same: Object.fromEntries(same),
    };
  }

  // One path: along the rule, then through each layer, with a branch to each that takes it.
  wire(unit) {
    const { plan } = this;
    const rule = unit.constant ? unit.end - 4 : unit.body ? unit.start + unit.body : unit.start + unit.lead;
    let path = `M${tenth(rule)} ${tenth(unit.v)}L${tenth(unit.end)} ${tenth(unit.v)}`;
    const dots = [];
    let trunk = plan.spots.get(unit);
    let at = [unit.end, unit.v];
    while (trunk) {
      const branches = trunk.behind.filter((joint) => joint.to.unit);
      const on = trunk.behind.find((joint) => !joint.to.unit)?.to;
      const [x, v] = at.map(tenth);
      branches.forEach((joint, place) => {
        const end = this.port(joint).map(tenth);
        path += `${place ? `M${x} ${v}` : ""}L${end[0]} ${end[1]}`;
      });
      if (branches.length + (on ? 1 : 0) > 1) dots.push([DOT, x, v, 2.3, 2.3]);
      if (on) {
        const [start, end] = [plan.starts[on.layer], plan.ends[on.layer]].map(tenth);
        path += `${branches.length ? `M${x} ${v}` : ""}L${start} ${tenth(on.v)}L${end} ${tenth(on.v)}`;
        at = [plan.ends[on.layer], on.v];
      }
      trunk = on;
    }
    this.shapes.push([unit.wire, [WIRE, path], ...dots]);
  }

  // Where a wire meets the body of an operation.
  port({ to, port }) {
    const { unit } = to;
    const half = unit.pill ? 1.1 * SIZE : RADIUS;
    return [unit.start + half - Math.sqrt(Math.max(half * half - port * port, 0)), unit.v + port];
  }

  body(unit) {
    const middle = unit.start + unit.body / 2;
    const [x, y] = [tenth(middle), tenth(unit.v)];
    const high = 1.1 * SIZE;
    const outline = unit.pill
      ? [PILL, tenth(unit.start), tenth(unit.v - high), tenth(unit.start + unit.body), tenth(unit.v + high)]
      : [CIRCLE, x, y, tenth(RADIUS), tenth(RADIUS)];
    this.shapes.push([unit.id, outline, [TEXT, x, tenth(unit.v + 3.8), unit.label]]);
  }

  texts(unit) {
    const { assembly } = this;
    if (unit.constant) {
      const middle = (unit.start + unit.end - 6) / 2;
      this.shapes.push([unit.wire, [TEXT, tenth(middle), tenth(unit.v + 3.8), packedRuns(unit.runs)]]);
      return;
    }
    const shapes = [];
    let rule = unit.start + unit.body + (unit.lead ?? 0);
    const from = rule;
    if (unit.runs.length) {
      const x = unit.body ? rule + 4 + unit.named / 2 : unit.start + unit.named / 2;
      shapes.push([TEXT, tenth(x), tenth(unit.v + (unit.body ? -7.2 : 3.8)), packedRuns(unit.runs)]);
      if (unit.body) rule += unit.named + 6;
    }
    const end = from + unit.rule;
    const [value, gradient] = [assembly.value, assembly.gradient].map((table) => assembly.slot(table.get(unit.node)));
    shapes.push([VALUE, tenth((rule + end) / 2), tenth(unit.v - 7.2), value]);
    shapes.push([GRADIENT, tenth((rule + end) / 2), tenth(unit.v + 14.8), gradient]);
    this.shapes.push([unit.wire, ...shapes]);
  }
}

function laidOut(assembly) {
  return { sheet: new SheetOfShapes(new Arrangement(assembly)).draw(), looks: LOOKS };
}
