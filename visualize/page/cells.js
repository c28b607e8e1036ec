// The texts of a picture that show numbers which may change: those in sight are written at once,
// the others when nothing has changed for a while, so that a change takes as long in any graph.

const CALM = 120; // milliseconds
const SLICE = 5; // so long at a time the others are written
const READABLE_SIZE = 5; // pixels
const AROUND = 80; // a text may reach so far from where it begins
const HAS_SLOT = /[\u{F0000}-\u{10FFFD}]/u;
const ONE_SLOT = /^[\u{F0000}-\u{10FFFD}]$/u;
const BROKEN = /nan|inf/i;
const SMALLER = 0.65; // the size of what stood there before
const LETTER = 0.66; // for which room was left, in units of the size of the text
const NARROW = { ".": 0.5, ",": 0.5, "-": 0.6, " ": 0.5 }; // beside a digit

class Cells {
  constructor(live) {
    this.live = live;
    this.cells = [];
    this.byPart = new Map(); // those that show one number
    this.limits = new Map();
    this.late = [];
    this.compares = false;
  }

  // Takes over what of an element may change.
  adopt(element, shape) {
    const nodes = element.childElementCount ? [...element.children].map((span) => span.firstChild) : [element.firstChild];
    for (const node of nodes) {
      const template = node?.data;
      if (!template || !HAS_SLOT.test(template)) continue;
      const slot = ONE_SLOT.test(template) ? template.codePointAt(0) - 0xF0000 : null;
      const cell = { element, node, template, slot, part: shape.part, x: shape.at[0], y: shape.at[1], last: template, old: "" };
      this.cells.push(cell);
      if (slot !== null) add(this.byPart, shape.part, cell);
    }
  }

  // Finds out how many digits fit in the room of a number in the font that is there, and writes all.
  begin(picture, size) {
    const probe = svg("text", { visibility: "hidden" }, "00000000");
    picture.append(probe);
    this.size = size;
    this.most = (this.live.data.room * LETTER * size) / (probe.getComputedTextLength() / 8);
    probe.remove();
    for (const cell of this.cells) this.write(cell);
  }

  // The room that was left for a number.
  room({ x, y }) {
    const { size } = this;
    const width = this.live.data.room * LETTER * size;
    return { x: x - width / 2, y: y - 0.95 * size, width, height: 1.25 * size };
  }

  // The room of all numbers at a part.
  rooms(part) {
    return (this.byPart.get(part) ?? []).map((cell) => this.room(cell));
  }

  write(cell) {
    const { slot } = cell;
    const text = slot === null ? filledIn(cell.template, (one) => this.fitted(one)) : this.fitted(slot);
    if (text !== cell.last) {
      cell.node.data = cell.last = text;
      cell.element.classList.toggle("warning", BROKEN.test(text));
    }
    const old = this.compares && slot !== null ? this.before(slot, text) : "";
    if (old !== cell.old) this.compare(cell, old);
  }

  // A number in the room that it has: with fewer digits where it needs more.
  fitted(slot) {
    const { live, limits } = this;
    const text = live.read(slot);
    if (digits(text) <= this.most) return text;
    if (!limits.has(slot)) limits.set(slot, Math.max(this.most, digits(live.written(slot, live.first))));
    return shortened(text, valueOf(live.data.slots[slot], live.outputs), limits.get(slot));
  }

  // What a number was before, where it has changed and there is room for both.
  before(slot, text) {
    const { live } = this;
    const was = live.written(slot, live.before);
    if (was === live.read(slot)) return "";
    const room = (this.most - digits(`${text} `)) / SMALLER;
    const old = shortened(was, valueOf(live.data.slots[slot], live.before), room);
    return digits(old) <= room ? old : "";
  }

  compare(cell, old) {
    cell.old = old;
    cell.span?.remove();
    cell.span = null;
    if (!old) return;
    cell.span = svg("tspan", { class: "before", "font-size": `${SMALLER}em`, "aria-hidden": "true" }, `${old} `);
    cell.element.prepend(cell.span);
  }

  // `scale` is how many pixels a point takes: what nobody can read is not in sight.
  changed([x, y, width, height], scale) {
    const isInSight = (cell) =>
      cell.x > x - AROUND && cell.x < x + width + AROUND && cell.y > y - AROUND && cell.y < y + height + AROUND;
    const isReadable = scale * this.size > READABLE_SIZE;
    this.late = [];
    for (const cell of this.cells) {
      if (isReadable && isInSight(cell)) this.write(cell);
      else this.late.push(cell);
    }
    clearTimeout(this.timer);
    if (this.late.length) this.timer = setTimeout(() => this.catchUp(), CALM);
  }

  catchUp() {
    const end = performance.now() + SLICE;
    while (this.late.length && performance.now() < end) this.write(this.late.pop());
    if (this.late.length) this.timer = setTimeout(() => this.catchUp(), 16);
  }
}

// How wide a number is, in digits.
function digits(text) {
  let sum = 0;
  for (const letter of text) sum += NARROW[letter] ?? 1;
  return sum;
}

// A number in a room of so many digits, if it can be that short.
function shortened(text, value, most) {
  for (let places = 6; digits(text) > most && places > 0; places -= 1) text = formatted(value, `.${places}g`);
  return text;
}
