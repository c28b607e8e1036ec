// A graph that is computed in the page: its leaves, which may be set, and the numbers that follow.

// A leaf, and what its numbers are called.
class Leaf {
  constructor(facts, array) {
    Object.assign(this, facts);
    this.array = array;
    this.digits = array instanceof Float32Array ? 7 : 12;
    Kernel.write(array, facts.start);
    this.start = array.slice();
  }

  reset() {
    this.array.set(this.start);
  }

  get isNumber() {
    return !this.shape.length;
  }

  // Where an entry stands, as in Python: [0, 1].
  index(entry) {
    const places = [];
    for (const length of [...this.shape].reverse()) {
      places.unshift(entry % length);
      entry = Math.floor(entry / length);
    }
    return places.length ? `[${places.join(", ")}]` : "";
  }

  // A number of so many digits as its type tells apart.
  rounded(value) {
    return Number(value.toPrecision(this.digits));
  }

  text(entry) {
    return String(this.rounded(this.array[entry]));
  }

  // The same in few letters, for a field that nobody is in; those of a matrix are narrow.
  brief(entry) {
    return formatted(this.array[entry], this.isNumber ? ".6g" : ".4g");
  }

  // One step of an arrow key: a tenth, but of very large and very small numbers their own size.
  step(entry) {
    const size = Math.max(Math.abs(this.array[entry]), Math.abs(this.start[entry]));
    if (!Number.isFinite(size) || size === 0) return 0.1;
    const power = Math.floor(Math.log10(size));
    return power >= 2 ? 10 ** (power - 1) : power < -1 ? 10 ** power : 0.1;
  }

  // So many steps on from a number.
  moved(entry, from, steps) {
    return this.rounded(from + steps * this.step(entry));
  }
}

class Live {
  constructor(data) {
    this.data = data;
    this.kernel = Kernel.build(data.program);
    this.leaves = data.leaves.map((leaf) => new Leaf(leaf, this.kernel.inputs[leaf.input]));
    this.outputs = this.kernel.outputs;
    this.onChange = new Set(); // each is told what was changed: a leaf and its entry, or null for several
    this.texts = new Array(data.slots.length);
    this.stamps = new Uint32Array(data.slots.length);
    this.runs = 1;
    this.kernel.run();
    this.first = this.before = this.copied(); // what the layout was made for
  }

  copied() {
    return this.outputs.map((output) => output.slice());
  }

  // --- numbers ------------------------------------------------------------------------------------

  // Something begins to change: what stands there now is what it is compared with.
  begin() {
    this.before = this.copied();
  }

  set(leaf, entry, value) {
    leaf.array[entry] = value;
    this.run(leaf, entry);
  }

  run(leaf = null, entry = 0) {
    this.kernel.run();
    this.runs += 1;
    for (const tell of this.onChange) tell(leaf, entry);
  }

  reset() {
    this.begin();
    for (const leaf of this.leaves) leaf.reset();
    this.run();
  }

  get root() {
    return this.data.root === null ? NaN : this.outputs[this.data.root][0];
  }

  // The result for other numbers of one entry, which stays what it is.
  sampled(leaf, entry, values) {
    const kept = leaf.array[entry];
    const found = values.map((value) => {
      leaf.array[entry] = value;
      this.kernel.run();
      return this.root;
    });
    leaf.array[entry] = kept;
    this.kernel.run();
    return found;
  }

  // Numbers and nested arrays, by the names of the leaves; of two of one name the second is "x (2)".
  values() {
    return Object.fromEntries(this.leaves.map((leaf) => [leaf.key, nested([...leaf.array], leaf.shape)]));
  }

  setValues(values) {
    this.begin();
    const given = new Map(Object.entries(values)); // a leaf may be called constructor
    for (const leaf of this.leaves) if (given.has(leaf.key)) leaf.array.set([given.get(leaf.key)].flat(Infinity));
    this.run();
  }

  // --- texts --------------------------------------------------------------------------------------

  // What a slot reads, each written once after a change.
  read(slot) {
    if (this.stamps[slot] !== this.runs) {
      this.texts[slot] = this.written(slot, this.outputs);
      this.stamps[slot] = this.runs;
    }
    return this.texts[slot];
  }

  written(slot, outputs) {
    const facts = this.data.slots[slot];
    return formatted(valueOf(facts, outputs), facts[2]);
  }

  fill(template) {
    return filledIn(template, (slot) => this.read(slot));
  }

  // The same for all texts in something.
  filled(content) {
    if (typeof content === "string") return this.fill(content);
    if (Array.isArray(content)) return content.map((part) => this.filled(part));
    if (content === null || typeof content !== "object") return content;
    return Object.fromEntries(Object.entries(content).map(([name, part]) => [name, this.filled(part)]));
  }

  // What a template read before the change.
  past(template) {
    return filledIn(template, (slot) => this.written(slot, this.before));
  }

  // One of the page's own sentences; behind a name with an index it goes on in the line.
  say(words, values) {
    const written = (value) => (/[\ue001\ue002]/.test(value) ? `${value}\ue000` : value);
    return worded(this.data.words[words], (name) => written(values[name]));
  }

  number(value) {
    return formatted(value, this.data.format);
  }

  // Of some wires the first whose value, or else whose gradient, is not finite.
  broken(isThere) {
    const { words } = this.data;
    const wires = this.data.wires.filter(([part]) => isThere(part));
    const isBroken = (output) => output !== null && !this.outputs[output].every(Number.isFinite);
    const value = wires.find(([, output]) => isBroken(output));
    if (value) return { part: value[0], remark: words.value };
    const gradient = wires.findLast(([, , output]) => isBroken(output));
    return gradient ? { part: gradient[0], remark: words.slope } : null;
  }
}

function nested(flat, shape) {
  if (!shape.length) return flat[0];
  const [length, ...rest] = shape;
  const size = flat.length / length;
  return Array.from({ length }, (_, row) => nested(flat.slice(row * size, (row + 1) * size), rest));
}
