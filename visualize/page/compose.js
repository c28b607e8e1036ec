// From sheets to one picture: a box that is open makes room and gives way to the sheet of what is
// inside of it, in a frame. Nothing here knows of a document.
//
// A sheet lies in flow coordinates: u runs along the flow, v across it, so that all directions are
// one. Room is made by maps that only ever push apart: along the flow in the row of the box alone,
// across it everywhere. A unit (a box with the line behind it, a leaf, a constant) moves as a whole;
// the points of a wire move one by one, its ends with what they are at.

const FRAME = { pad: 9, label: 17, air: 7 };
const NEAR = 1; // what ends within so many points of a border ends there

// What a sheet has none of is left out of it.
const EMPTY = {
  rows: [], shapes: [], units: {}, boxes: {}, ports: {}, results: {}, wires: {}, edges: {}, same: {},
  frames: [], steps: [],
};

function filled(sheets) {
  return Object.fromEntries(Object.entries(sheets).map(([id, sheet]) => [id, { ...EMPTY, ...sheet }]));
}

// --- to flow coordinates and back -----------------------------------------------------------------

function flowOf(rankdir) {
  const sign = rankdir === "RL" || rankdir === "BT" ? -1 : 1;
  const down = rankdir === "TB" || rankdir === "BT";
  return {
    down,
    into: ([x, y]) => (down ? [sign * y, x] : [sign * x, y]),
    out: ([u, v]) => (down ? [v, sign * u] : [sign * u, v]),
    // What a frame needs before, behind, above and below its sheet, where its title is on top.
    before: FRAME.pad + (rankdir === "TB" ? FRAME.label : 0),
    behind: FRAME.pad + (rankdir === "BT" ? FRAME.label : 0),
    above: FRAME.pad + (down ? 0 : FRAME.label),
    below: FRAME.pad,
  };
}

function flowRect(flow, [x0, y0, x1, y1]) {
  const [a, b] = [flow.into([x0, y0]), flow.into([x1, y1])];
  return { u0: Math.min(a[0], b[0]), v0: Math.min(a[1], b[1]), u1: Math.max(a[0], b[0]), v1: Math.max(a[1], b[1]) };
}

function commandsOf(text) {
  const found = [];
  for (const [, letter, numbers] of text.matchAll(/([MLQCZ])([^MLQCZ]*)/g)) {
    const flat = numbers.match(/-?[\d.]+/g)?.map(Number) ?? [];
    const points = [];
    for (let i = 0; i < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
    found.push([letter, points]);
  }
  return found;
}

const written = (commands) =>
  commands.map(([letter, points]) => letter + points.map((p) => p.map(short).join(" ")).join(" ")).join("");

const short = (number) => String(Math.round(number * 10) / 10);

// A sheet as it was written, in flow coordinates: shapes with their looks, units and boxes as rectangles.
function unpack(sheet, looks, flow) {
  const shapes = [];
  for (const [part, ...packed] of sheet.shapes) {
    for (const [look, ...rest] of packed) {
      const shape = { part, look: looks[look] };
      const { kind } = shape.look;
      if (kind === "path") shape.commands = commandsOf(rest[0]).map(([c, points]) => [c, points.map(flow.into)]);
      else if (kind === "text") [shape.at, shape.runs] = [flow.into([rest[0], rest[1]]), rest[2]];
      else if (kind === "ellipse") [shape.at, shape.radii] = [flow.into([rest[0], rest[1]]), rest.slice(2)];
      else shape.rect = flowRect(flow, rest);
      shapes.push(shape);
    }
  }
  const rects = (table) => new Map(Object.entries(table).map(([id, rect]) => [id, flowRect(flow, rect)]));
  return {
    ...sheet,
    shapes,
    size: flowRect(flow, sheet.bounds),
    units: rects(sheet.units),
    boxes: rects(sheet.boxes),
    ports: new Map(Object.entries(sheet.ports)),
    results: new Map(Object.entries(sheet.results)),
    frames: sheet.frames.map(([box, name, ...rect]) => ({ box, name, rect: flowRect(flow, rect) })),
  };
}

// --- room -----------------------------------------------------------------------------------------

// A map that pushes apart so that each interval gets what it needs more; those that overlap share.
function stretch(demands) {
  const steps = []; // [place, amount]
  for (const { from, to, at, more } of [...demands].sort((a, b) => a.to - b.to)) {
    const had = steps.reduce((sum, [place, by]) => sum + (place >= from && place <= to ? by : 0), 0);
    if (more > had) steps.push([at, more - had]);
  }
  return (place) => steps.reduce((sum, [at, by]) => sum + (at < place + 0.01 ? by : 0), place);
}

const gapFor = (jump) => Math.min(46, 16 + 0.1 * jump);

// --- one sheet, with what is open in it -----------------------------------------------------------

class Composition {
  constructor({ sheets, looks, rankdir, scopes, curves }) {
    this.curves = curves;
    this.flow = flowOf(rankdir);
    this.packed = sheets;
    this.looks = looks;
    this.scopes = scopes;
    this.unpacked = new Map();
  }

  sheet(id) {
    if (!this.unpacked.has(id)) this.unpacked.set(id, unpack(this.packed[id], this.looks, this.flow));
    return this.unpacked.get(id);
  }

  // Shapes, units and frames of a sheet, in coordinates of the drawing; `open` holds boxes.
  draw(id, open) {
    const { size, shapes, units, frames } = this.compose(id, open);
    const { flow } = this;
    const move = ([u, v]) => flow.out([u, v]);
    const corner = move([size.u0, size.v0]);
    const other = move([size.u1, size.v1]);
    const [x, y] = [Math.min(corner[0], other[0]), Math.min(corner[1], other[1])];
    const place = (point) => {
      const [a, b] = move(point);
      return [a - x, b - y];
    };
    const rect = ({ u0, v0, u1, v1 }) => {
      const [a, b] = [place([u0, v0]), place([u1, v1])];
      return {
        x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]),
        width: Math.abs(a[0] - b[0]), height: Math.abs(a[1] - b[1]),
      };
    };
    return {
      width: Math.abs(corner[0] - other[0]),
      height: Math.abs(corner[1] - other[1]),
      shapes: shapes.map((shape) => ({
        ...shape,
        ...(shape.at && { at: place(shape.at) }),
        ...(shape.rect && { rect: rect(shape.rect) }),
        ...(shape.commands && { commands: shape.commands.map(([c, points]) => [c, points.map(place)]) }),
      })),
      units: new Map([...units].map(([part, unit]) => [part, rect(unit)])),
      frames: frames.map((frame) => ({ ...frame, rect: rect(frame.rect) })),
    };
  }

  compose(id, open) {
    const sheet = this.sheet(id);
    const opened = [...sheet.boxes.keys()].filter((box) => open.has(box) && this.packed[box]);
    if (!opened.length) return sheet;
    return new Opened(this, sheet, opened, open).composed();
  }
}

class Opened {
  constructor(composition, sheet, opened, open) {
    this.flow = composition.flow;
    this.scopes = composition.scopes;
    this.sheet = sheet;
    this.curves = composition.curves;
    this.inside = new Map();
    for (const box of opened) this.inside.set(box, this.frameOf(box, composition.compose(box, open)));
    this.makeRoom();
  }

  // How large the frame of a box becomes, and where in it the sheet lies.
  frameOf(box, inner) {
    const { flow } = this;
    const rect = this.sheet.boxes.get(box);
    const middle = (rect.v0 + rect.v1) / 2;
    const name = this.scopes[box][0];
    const label = 30 + 7 * [...name].length;
    let along = flow.before + inner.size.u1 - inner.size.u0 + flow.behind;
    let air = 0;
    if (flow.down) air = Math.max(0, (label - (flow.above + inner.size.v1 - inner.size.v0 + flow.below)) / 2);
    else along = Math.max(along, label);
    // The results run straight on.
    const ends = [...inner.results.values()];
    const anchor = ends.length ? (Math.min(...ends) + Math.max(...ends)) / 2 : (inner.size.v0 + inner.size.v1) / 2;
    let above = anchor - inner.size.v0 + flow.above + air;
    if (flow.down) {
      // The title stands left of the wires that run through its line.
      const through = [...(flow.before > flow.behind ? inner.ports : inner.results).values()];
      above = Math.max(above, label - 6 + anchor - Math.min(Infinity, ...through));
    }
    const below = inner.size.v1 - anchor + flow.below + air;
    const jumps = (places) => Math.max(0, ...[...places].map((v) => Math.abs(v - anchor)));
    // Before it there is the gap between the columns, too.
    const gaps = [gapFor(jumps(inner.ports.values())) - 12, jumps(ends) ? gapFor(jumps(ends)) : 6];
    return { box, name, inner, rect, middle, anchor, along, above, below, gaps };
  }

  makeRoom() {
    const { sheet } = this;
    const { air } = FRAME;
    const across = [];
    const rows = new Map();
    for (const frame of this.inside.values()) {
      const { rect, middle, along, above, below, gaps } = frame;
      across.push(
        { from: rect.v0 - NEAR, to: middle, at: rect.v0, more: above + air - (middle - rect.v0) },
        { from: middle, to: rect.v1 + NEAR, at: rect.v1 - 0.02, more: below + air - (rect.v1 - middle) },
      );
      frame.row = this.rowAt(middle);
      if (!rows.has(frame.row)) rows.set(frame.row, []);
      const more = gaps[0] + along + gaps[1] - (rect.u1 - rect.u0);
      rows.get(frame.row).push({ from: rect.u0, to: rect.u1, at: rect.u1 - NEAR, more });
    }
    this.across = stretch(across);
    this.along = new Map([...rows].map(([row, demands]) => [row, stretch(demands)]));
    for (const frame of this.inside.values()) this.placeFrame(frame);
    this.shifts = new Map([...sheet.units.keys()].map((unit) => [unit, this.shiftOf(unit)]));
  }

  rowAt(v) {
    return this.sheet.rows.filter((end) => end <= v).length;
  }

  u(u, v) {
    return this.along.get(this.rowAt(v))?.(u) ?? u;
  }

  placeFrame(frame) {
    const { flow } = this;
    const { rect, middle, along, above, below, gaps, inner, anchor } = frame;
    frame.start = this.u(rect.u0, middle);
    frame.end = this.u(rect.u1, middle);
    frame.line = this.across(middle);
    const u0 = frame.start + gaps[0];
    const place = { u0, v0: frame.line - above, u1: u0 + along, v1: frame.line + below };
    frame.place = place;
    // The sheet inside: in the middle where the title needs more room than it.
    const rest = along - (flow.before + inner.size.u1 - inner.size.u0 + flow.behind);
    frame.move = [u0 + flow.before + rest / 2 - inner.size.u0, frame.line - anchor];
  }

  // How a unit moves: as its middle does across the flow, as its beginning along it.
  shiftOf(unit) {
    const rect = this.sheet.units.get(unit);
    const box = this.sheet.boxes.get(unit) ?? rect;
    const middle = (box.v0 + box.v1) / 2;
    const open = this.inside.get(unit);
    const across = this.across(middle) - middle;
    if (open) return { across, left: open.start - open.rect.u0, right: open.end - open.rect.u1 };
    const along = this.u(rect.u0, middle) - rect.u0;
    return { across, left: along, right: along };
  }

  // --- shapes -------------------------------------------------------------------------------------

  composed() {
    const { sheet } = this;
    const shapes = [];
    for (const shape of sheet.shapes) shapes.push(...this.moved(shape));
    const units = new Map();
    for (const [id, rect] of sheet.units) {
      const { across, left, right } = this.shifts.get(id);
      units.set(id, { u0: rect.u0 + left, v0: rect.v0 + across, u1: rect.u1 + right, v1: rect.v1 + across });
    }
    const frames = [];
    for (const frame of this.inside.values()) {
      const [du, dv] = frame.move;
      const push = (rect) => ({ u0: rect.u0 + du, v0: rect.v0 + dv, u1: rect.u1 + du, v1: rect.v1 + dv });
      units.delete(frame.box);
      frames.push({ box: frame.box, name: frame.name, rect: frame.place });
      frames.push(...frame.inner.frames.map((inner) => ({ ...inner, rect: push(inner.rect) })));
      shapes.push(...frame.inner.shapes.map((shape) => pushed(shape, [du, dv])));
      for (const [id, rect] of frame.inner.units) units.set(id, push(rect));
    }
    const size = this.sizeOf(shapes, units, frames);
    const { u0, u1 } = sheet.size;
    const ports = [...sheet.ports].map(([id, v]) => [id, this.point(id, [u0, v])[0][1]]);
    const results = new Map();
    for (const [id, v] of sheet.results) {
      const [u, to] = this.point(id, [u1, v]).at(-1);
      results.set(id, to);
      // Another row may have become longer: then the result runs on to the border.
      for (const shape of shapes) {
        if (shape.part !== id || !shape.look.wire) continue;
        const border = ([a, b]) => (Math.abs(a - u) < 0.05 && Math.abs(b - to) < 0.05 ? [size.u1, b] : [a, b]);
        shape.commands = shape.commands.map(([letter, points]) => [letter, points.map(border)]);
      }
    }
    return { size, shapes, units, frames, ports: new Map(ports), results };
  }

  // The margins around everything stay as they were.
  sizeOf(shapes, units, frames) {
    const before = extent(this.sheet.shapes, this.sheet.units.values());
    const now = extent(shapes, [...units.values(), ...frames.map((frame) => frame.rect)]);
    const { size } = this.sheet;
    return {
      u0: size.u0 - before.u0 + now.u0, v0: size.v0 - before.v0 + now.v0,
      u1: size.u1 - before.u1 + now.u1, v1: size.v1 - before.v1 + now.v1,
    };
  }

  moved(shape) {
    const { part } = shape;
    const { sheet } = this;
    if (this.inside.has(part)) return []; // the frame stands in its place
    if (this.isLeftOut(part)) return [];
    const edge = sheet.edges[part];
    if (shape.look.wire) return [{ ...shape, commands: this.wire(edge ? edge[0] : part, shape.commands) }];
    if (edge && this.inside.has(edge[1])) return [];
    const unit = edge ? edge[1] : this.unitOf(part);
    const middle = middleOf(shape);
    const rect = sheet.units.get(unit);
    if (rect && contains(rect, middle, 3) && !shape.look.dot) {
      const shift = this.shifts.get(unit);
      const open = this.inside.get(unit);
      const along = open && middle[0] > open.rect.u0 ? shift.right : shift.left;
      return [pushed(shape, [along, shift.across])];
    }
    const to = this.point(part, middle).at(-1);
    return [pushed(shape, [to[0] - middle[0], to[1] - middle[1]])];
  }

  unitOf(part) {
    return this.sheet.wires[part] || part;
  }

  // "... 12 more inputs" of a box that is open: they are all there.
  isLeftOut(part) {
    const { edges } = this.sheet;
    this.leftOut ??= new Set(
      Object.values(edges)
        .filter(([source, box]) => source[0] === "c" && this.inside.has(box) && !this.inside.get(box).inner.ports.has(source))
        .map(([source]) => source),
    );
    return this.leftOut.has(part);
  }

  // --- wires --------------------------------------------------------------------------------------

  consumers(part) {
    this.byWire ??= Object.values(this.sheet.edges).reduce((found, [source, box]) => {
      if (!found.has(source)) found.set(source, []);
      found.get(source).push(box);
      return found;
    }, new Map());
    return this.byWire.get(part) ?? [];
  }

  // Where a point of a wire goes: one place, or the way from or to the port of a frame.
  point(part, [u, v]) {
    const source = this.unitOf(part);
    for (const box of [source, ...this.consumers(part)]) {
      const open = this.inside.get(box);
      if (!open || v < open.rect.v0 - NEAR || v > open.rect.v1 + NEAR) continue;
      if (box === source && Math.abs(u - open.rect.u1) < NEAR) return this.wayOut(open, part, [u, v]);
      if (box !== source && Math.abs(u - open.rect.u0) < NEAR) return this.wayIn(open, part, [u, v]);
    }
    for (const unit of [source, ...this.consumers(part)]) {
      const rect = this.sheet.units.get(unit);
      if (!rect || !contains(rect, [u, v], NEAR)) continue;
      const shift = this.shifts.get(unit);
      const open = this.inside.get(unit);
      const to = v + shift.across;
      // The line behind a box runs on to where its column ends now.
      if (unit === source && Math.abs(u - rect.u1) < NEAR) return [[this.u(u, v), to]];
      return [[u + (open && u > open.rect.u0 ? shift.right : shift.left), to]];
    }
    return [[this.u(u, v), this.across(v)]];
  }

  // Straight to the port, and on to the sheet inside.
  wayIn(open, part, [, v]) {
    const port = open.inner.ports.get(part);
    if (port === undefined) return [[open.place.u0, open.line + v - open.middle]];
    const height = port + open.move[1];
    return [[open.place.u0, height], [open.inner.size.u0 + open.move[0], height]];
  }

  wayOut(open, part, [, v]) {
    const end = [open.end, open.line + v - open.middle];
    const port = open.inner.results.get(part);
    const begin = port === undefined ? end[1] : port + open.move[1];
    const border = port === undefined ? open.place.u1 : open.inner.size.u1 + open.move[0];
    return [[border, begin], [open.place.u1, begin], [open.place.u1 + open.gaps[1], end[1]], end];
  }

  wire(part, commands) {
    const made = [];
    let from; // the point before, as it was
    let at; // and where it is now
    for (const [letter, points] of commands) {
      if (letter === "Z") {
        made.push([letter, []]);
        continue;
      }
      const end = points.at(-1);
      const way = this.point(part, end);
      if (letter === "M") made.push(["M", [way[0]]]);
      else made.push(this.segment(letter, points, from, at, way[0]));
      at = way[0];
      for (const next of way.slice(1)) {
        if (Math.hypot(next[0] - at[0], next[1] - at[1]) < 0.05) continue;
        made.push(this.line(at, next));
        at = next;
      }
      from = end;
    }
    return made;
  }

  // Each of its points keeps its share of the way, so that what ran along the flow still does.
  segment(letter, points, from, at, to) {
    const end = points.at(-1);
    if (letter === "L") {
      const straight = Math.abs(from[1] - end[1]) < 0.05 || Math.abs(from[0] - end[0]) < 0.05;
      return straight ? this.line(at, to) : ["L", [to]];
    }
    const share = (axis, point) => {
      const size = end[axis] - from[axis];
      if (Math.abs(size) < 0.05) return at[axis] + (point[axis] - from[axis]);
      return at[axis] + ((point[axis] - from[axis]) / size) * (to[axis] - at[axis]);
    };
    return [letter, points.map((point) => (point === end ? to : [share(0, point), share(1, point)]))];
  }

  // A line along the flow; where its ends are no longer at one height, in the picture's way to climb.
  line(from, to) {
    if (!this.curves || Math.abs(from[1] - to[1]) < 0.05 || Math.abs(from[0] - to[0]) < 0.05) return ["L", [to]];
    const half = (from[0] + to[0]) / 2;
    return ["C", [[half, from[1]], [half, to[1]], to]];
  }
}

// --- shapes in general ----------------------------------------------------------------------------

function pushed(shape, [du, dv]) {
  const push = ([u, v]) => [u + du, v + dv];
  const made = { ...shape };
  if (shape.at) made.at = push(shape.at);
  if (shape.commands) made.commands = shape.commands.map(([letter, points]) => [letter, points.map(push)]);
  if (shape.rect) {
    const { u0, v0, u1, v1 } = shape.rect;
    made.rect = { u0: u0 + du, v0: v0 + dv, u1: u1 + du, v1: v1 + dv };
  }
  return made;
}

function pointsOf(shape) {
  if (shape.commands) return shape.commands.flatMap(([, points]) => points);
  if (shape.at) return [shape.at];
  const { u0, v0, u1, v1 } = shape.rect;
  return [[u0, v0], [u1, v1]];
}

function extent(shapes, rects) {
  const found = { u0: Infinity, v0: Infinity, u1: -Infinity, v1: -Infinity };
  const add = (u, v) => {
    found.u0 = Math.min(found.u0, u);
    found.v0 = Math.min(found.v0, v);
    found.u1 = Math.max(found.u1, u);
    found.v1 = Math.max(found.v1, v);
  };
  for (const shape of shapes) for (const [u, v] of pointsOf(shape)) add(u, v);
  for (const { u0, v0, u1, v1 } of rects) {
    add(u0, v0);
    add(u1, v1);
  }
  return found;
}

function middleOf(shape) {
  const { u0, v0, u1, v1 } = extent([shape], []);
  return [(u0 + u1) / 2, (v0 + v1) / 2];
}

function contains({ u0, v0, u1, v1 }, [u, v], by) {
  return u > u0 - by && u < u1 + by && v > v0 - by && v < v1 + by;
}

// --- steps ----------------------------------------------------------------------------------------

// The steps of all sheets that are open, outer ones first: what is inside a box takes the place of
// the box's own step.
function mergedSteps(sheets) {
  const once = sheets[0].steps.filter(([kind]) => kind !== "value" && kind !== "gradient");
  const found = { value: new Map(), gradient: new Map() };
  for (const { steps } of sheets) {
    for (const step of steps) found[step[0]]?.set(step[1], step);
  }
  const inOrder = (steps) => [...steps.values()].sort((a, b) => a[4] - b[4]);
  const before = once.filter(([kind]) => kind !== "seed");
  const seed = once.filter(([kind]) => kind === "seed");
  return [...before, ...inOrder(found.value), ...seed, ...inOrder(found.gradient)];
}
