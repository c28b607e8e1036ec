// Arrays, tables of places, and constants as the data spells them.
const KINDS = {
  d: Float64Array, f: Float32Array, b: Uint8Array, i: Float64Array,
  i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
};
const sizeOf = (lengths) => lengths.reduce((product, n) => product * n, 1);

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

// [offset, lengths, strides], or the base64 of int32, as a list of places.
function placesOf(table) {
  if (typeof table === "string") return new Int32Array(bytesOf(table));
  const [offset, lengths, strides] = table, found = new Int32Array(sizeOf(lengths));
  const at = lengths.map(() => 0);
  let place = offset;
  for (let i = 0; i < found.length; i++) {
    found[i] = place;
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++at[axis] < lengths[axis]) break;
      place -= lengths[axis] * strides[axis];
      at[axis] = 0;
    }
  }
  return found;
}

// JSON has no nan and no infinity: they are spelled as Python does.
const SPELLED = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const numberOf = (x) => (x in SPELLED ? SPELLED[x] : x);
const spelled = (x) =>
  Number.isFinite(x) ? x : String(x).replace("NaN", "nan").replace("Infinity", "inf");

function writeConstant(array, written) {
  if (typeof written === "string") array.set(new array.constructor(bytesOf(written)));
  else written.forEach((x, i) => { array[i] = numberOf(x); });
}
