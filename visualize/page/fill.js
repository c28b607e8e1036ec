// Fills the numbers of now into the templates that Python wrote, letter by letter as Python would.

// --- numbers, as Python's format writes them --------------------------------------------------------

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([eEfFgG%])?$/u;
const SPECS = new Map();

function parsedSpec(spec) {
  if (!SPECS.has(spec)) {
    const [, fill, align, sign = "-", positive, alternate, zero, width, grouping = "", precision, kind = ""] =
      spec.match(SPEC);
    SPECS.set(spec, {
      fill: fill ?? (zero ? "0" : " "),
      align: align ?? (zero ? "=" : ">"),
      sign,
      positive,
      alternate,
      width: Number(width ?? 0),
      grouping,
      precision: precision === undefined ? null : Number(precision),
      kind: kind.toLowerCase(),
      isUpper: kind !== kind.toLowerCase(),
      isBare: /^(\.\d+)?[efg]?$/.test(spec),
    });
  }
  return SPECS.get(spec);
}

// A positive number as exactly the fraction that it is: [above, below].
const BITS = new DataView(new ArrayBuffer(8));
function fraction(x) {
  BITS.setFloat64(0, x);
  const bits = BITS.getBigUint64(0);
  const exponent = Number(bits >> 52n) & 0x7ff;
  const mantissa = (bits & 0xfffffffffffffn) | (exponent ? 0x10000000000000n : 0n);
  const power = BigInt((exponent || 1) - 1075);
  return power < 0n ? [mantissa, 1n << -power] : [mantissa << power, 1n];
}

// x times a power of ten as a whole number: the nearest, of two the even one.
function scaled(x, power) {
  let [above, below] = fraction(x);
  if (power < 0) below *= 10n ** BigInt(-power);
  else above *= 10n ** BigInt(power);
  const floor = above / below;
  const twice = 2n * (above % below);
  return twice > below || (twice === below && floor % 2n) ? floor + 1n : floor;
}

// So many digits of a positive number, and the power of ten of the first of them.
function significant(x, count) {
  if (x === 0) return ["0".repeat(count), 0];
  if (count < 18) {
    // The engine rounds halves up: where none can be, it is right, and fast.
    const [digits, power] = x.toExponential(count).split("e");
    if (!digits.endsWith("5")) return split(x.toExponential(count - 1));
    return exactly(x, count, Number(power));
  }
  return exactly(x, count, Number(x.toExponential(17).split("e")[1]));
}

function split(written) {
  const [digits, power] = written.split("e");
  return [digits.replace(".", ""), Number(power)];
}

function exactly(x, count, power) {
  let digits = String(scaled(x, count - 1 - power));
  if (digits.length < count) [digits, power] = [String(scaled(x, count - power)), power - 1];
  return digits.length > count ? [digits.slice(0, count), power + 1] : [digits, power];
}

function exponential(digits, power, alternate) {
  const fraction = digits.length > 1 || alternate ? `.${digits.slice(1)}` : "";
  const sign = power < 0 ? "-" : "+";
  return `${digits[0]}${fraction}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

function fixed(x, places, alternate) {
  const digits = String(scaled(x, places)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return places || alternate ? `${whole}.${digits.slice(digits.length - places)}` : whole;
}

// Format g, and repr, which has at least one place behind the point.
function general(x, { precision, alternate, kind }) {
  const shortest = precision === null && !kind;
  const count = Math.max(precision ?? 6, 1);
  let [digits, power] = shortest ? split(x.toExponential()) : significant(x, count);
  const most = shortest ? 16 : kind ? count : count - 1;
  if (!alternate) digits = digits[0] + digits.slice(1).replace(/0+$/, "");
  if (power < -4 || power >= most) return exponential(digits, power, alternate);
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  const rest = digits.slice(power + 1) || (kind ? "" : "0");
  return rest || alternate ? `${whole}.${rest}` : whole;
}

function magnitude(x, spec) {
  if (Number.isNaN(x)) return "nan";
  if (x === Infinity) return "inf";
  const { precision, alternate, kind } = spec;
  if (kind === "f") return fixed(x, precision ?? 6, alternate);
  if (kind === "e") return exponential(...significant(x, (precision ?? 6) + 1), alternate);
  return general(x, spec);
}

function grouped(whole, sign) {
  return sign ? whole.replace(/\B(?=(\d{3})+$)/g, sign) : whole;
}

function floatText(x, name) {
  const spec = parsedSpec(name);
  const size = Math.abs(x);
  if (spec.isBare) return x < 0 || Object.is(x, -0) ? `-${magnitude(size, spec)}` : magnitude(size, spec);
  const percent = spec.kind === "%";
  let text = percent ? magnitude(size * 100, { ...spec, kind: "f" }) : magnitude(size, spec);
  const isZero = /^[0.]*(e.*)?$/.test(text);
  const isNegative = (x < 0 || Object.is(x, -0)) && !(spec.positive && isZero);
  const sign = isNegative ? "-" : spec.sign === "-" ? "" : spec.sign;
  if (spec.isUpper) text = text.toUpperCase();
  if (percent) text += "%";
  const [, start, rest] = text.match(/^(\d*)(.*)$/);
  let whole = grouped(start, spec.grouping);
  if (start && spec.fill === "0" && spec.align === "=") {
    let digits = start;
    const room = spec.width - sign.length - rest.length;
    while (whole.length < room) whole = grouped((digits = `0${digits}`), spec.grouping);
  }
  text = whole + rest;
  const missing = Math.max(0, spec.width - sign.length - [...text].length);
  const half = Math.floor(missing / 2);
  const before = spec.fill.repeat({ "<": 0, "^": half }[spec.align] ?? missing);
  const after = spec.fill.repeat(missing - (spec.align === "<" ? 0 : spec.align === "^" ? half : missing));
  return spec.align === "=" ? sign + before + text : before + sign + text + after;
}

// What visualize.text writes: a zero reads as one without a sign, a constant 1.0 is 1.
function formatted(x, how) {
  if (how === "b") return x ? "True" : "False";
  if (how === "d") return String(x);
  if (how.startsWith("c:")) {
    if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x + 0);
    how = how.slice(2);
  }
  const text = floatText(Number(x), how);
  return text.includes("-") && /^[-0.e+%,_ ]*$/.test(text) ? floatText(0, how) : text;
}

// --- slots ------------------------------------------------------------------------------------------

// A sum in NumPy's order, rounded as there: what is 0 in Python is 0 here. Eight sums side by side,
// and halves of what is long.
function summed(entries, start, end) {
  const count = end - start;
  if (count > 128) {
    const half = start + (count >> 4) * 8;
    return summed(entries, start, half) + summed(entries, half, end);
  }
  let [sum, at] = [0, start];
  if (count >= 8) {
    const side = entries.slice(start, start + 8);
    for (at += 8; at + 8 <= end; at += 8) for (let i = 0; i < 8; i += 1) side[i] += entries[at + i];
    const [a, b, c, d, e, f, g, h] = side;
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (; at < end; at += 1) sum += entries[at];
  return sum;
}

const ABOUT = {
  min: (entries) => entries.reduce((least, x) => Math.min(least, x), Infinity),
  max: (entries) => entries.reduce((most, x) => Math.max(most, x), -Infinity),
  mean: (entries) => summed(entries, 0, entries.length) / entries.length,
  std(entries) {
    const mean = ABOUT.mean(entries);
    return Math.sqrt(ABOUT.mean(entries.map((x) => (x - mean) * (x - mean))));
  },
  finite: (entries) => entries.length,
};

// The number of a slot: an entry of an output, or one about all of its finite entries.
function valueOf([output, entry], outputs) {
  const array = outputs[output];
  if (typeof entry === "number") return array[entry];
  if (entry === "nan") return array.filter(Number.isNaN).length;
  if (entry === "inf") return array.filter((x) => Math.abs(x) === Infinity).length;
  return ABOUT[entry](Float64Array.from(array).filter(Number.isFinite));
}

// --- templates --------------------------------------------------------------------------------------

const [OPEN, NEXT, CLOSE, FIRST_SLOT] = ["\ue011", "\ue012", "\ue013", 0xf0000];
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const bracketed = (text) => (text.startsWith("-") ? `(${text})` : text);

// How the parts of a group read; visualize/templates.py says what each is.
const KINDS = {
  "-": ([text]) => bracketed(text),
  "=": ([sign, ...texts]) => [...new Set(texts.filter(Boolean))].join(sign),
  "?": ([one, other, ifEqual, otherwise]) => (one === other ? ifEqual : otherwise),
  "·"([most, ...texts]) {
    let factors = texts.filter((text) => text !== "1");
    if (factors.length < 2) return "";
    if (factors.length > most) factors = ["…", ...factors.slice(-most)];
    return factors.map((text, place) => (place ? bracketed(text) : text)).join(" · ");
  },
  "^"([text]) {
    return /^\d+$/.test(text) ? text.replace(/\d/g, (digit) => SUPERSCRIPTS[digit]) : `^${bracketed(text)}`;
  },
  "|"([most, indent, left, ...sides]) {
    const line = left + KINDS["="]([" = ", ...sides]);
    if ([...line].length <= most) return indent + line;
    return indent + left + KINDS["="]([`\n${indent}${" ".repeat(Math.max(0, left.length - 2))}= `, ...sides]);
  },
  "+": (texts) => texts.join(" + ").replaceAll("+ -", "- "),
};

const COMPILED = new Map();

// A template as what it is made of: texts, numbers of slots, and groups.
function compiledTemplate(template) {
  if (!COMPILED.has(template)) {
    const stack = [{ parts: [[]] }];
    for (const piece of template.match(/[\ue011-\ue013]|[\u{f0000}-\u{10ffff}]|[^\ue011-\ue013\u{f0000}-\u{10ffff}]+/gu) ?? []) {
      const { parts } = stack.at(-1);
      if (piece === OPEN) stack.push({ parts: [[]] });
      else if (piece === NEXT) parts.push([]);
      else if (piece === CLOSE) stack.at(-2).parts.at(-1).push(closed(stack.pop()));
      else parts.at(-1).push(piece.codePointAt(0) >= FIRST_SLOT ? piece.codePointAt(0) - FIRST_SLOT : piece);
    }
    COMPILED.set(template, stack[0].parts[0]);
  }
  return COMPILED.get(template);
}

// The first letter in a group is its kind.
function closed({ parts: [[start, ...rest], ...others] }) {
  const [kind, first] = [start[0], start.slice(1)];
  return { kind, parts: [first ? [first, ...rest] : rest, ...others] };
}

function filledParts(parts, read) {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if (typeof part === "number") text += read(part);
    else text += KINDS[part.kind](part.parts.map((some) => filledParts(some, read)));
  }
  return text;
}

// What a template reads, where read(slot) gives the text of a slot.
const filledIn = (template, read) => filledParts(compiledTemplate(template), read);
