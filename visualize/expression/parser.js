// From text to a graph: the grammar of Python's arithmetic, and nothing else. Nothing is evaluated
// but numbers that stand between operators, by the rules that the graph is computed with.

// Where a text can't be read: what is wrong (a key of the messages, and words for them), and where.
class Mistake extends Error {
  constructor(key, at, end, words = {}) {
    super(key);
    Object.assign(this, { key, at, end, words });
  }
}

const MOST_LETTERS_TYPED = 20000;
const MOST_OPERATIONS_TYPED = 1000;
const DEEPEST = 200;

const RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
// What people copy from slides, and what Python calls it.
const LOOKALIKES = new Map([..."−–"].map((sign) => [sign, "-"]));
for (const sign of "×·⋅∙∗") LOOKALIKES.set(sign, "*");
for (const sign of "÷∕⁄") LOOKALIKES.set(sign, "/");
const CHOOSING = ["if", "else", "and", "or", "not", "in", "is", "for", "while"]; // Python's words, of which no graph is made
const UNEXPECTED = new Map([[")", "open"], ["=", "assign"], [",", "comma"], ["//", "whole"]]);
for (const sign of ["==", "!=", "<=", ">=", "<", ">"]) UNEXPECTED.set(sign, "compare");

const TOKENS = [
  ["blank", /(?:[^\S\n]|\\\n|#[^\n]*)+/y],
  ["number", /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ["name", /[\p{L}_][\p{L}\p{M}\p{Nd}_₀-₉]*(?:\.[\p{L}_][\p{L}\p{Nd}_]*)*/uy],
  ["raised", /[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/y],
  ["operator", /\*\*|\/\/|[=<>!]=|[-+*/(),=<>−–×·⋅∙∗÷∕⁄]/y],
  ["end of line", /[\n;]/y],
];

function tokensOf(text) {
  const tokens = [];
  let at = 0;
  while (at < text.length) {
    let found = null;
    for (const [kind, form] of TOKENS) {
      form.lastIndex = at;
      found = form.exec(text);
      if (!found) continue;
      if (kind !== "blank") tokens.push({ kind, text: LOOKALIKES.get(found[0]) ?? found[0], at, end: at + found[0].length });
      break;
    }
    if (!found) {
      const letter = String.fromCodePoint(text.codePointAt(at));
      throw new Mistake(letter === "^" ? "caret" : letter === "@" ? "matrix" : "letter", at, at + letter.length, { got: letter });
    }
    at += found[0].length;
  }
  tokens.push({ kind: "end of line", text: "", at: text.length, end: text.length });
  return tokens;
}

// What a user's name is called: Python's, with digits for indices.
function nameOf(text) {
  return text.replace(/[₀-₉]/g, (digit) => SUBSCRIPTS.indexOf(digit)).normalize("NFKC");
}

class Parser {
  // `fold` computes an operation on numbers.
  constructor(text, { functions, constants }, fold) {
    if (text.length > MOST_LETTERS_TYPED) {
      throw new Mistake("long", MOST_LETTERS_TYPED, text.length, { most: MOST_LETTERS_TYPED, count: text.length });
    }
    this.functions = new Map(Object.entries(functions));
    this.constants = new Map(Object.entries(constants).map(([name, value]) => [name, Kernel.number(value)]));
    this.fold = fold;
    this.text = text;
    this.tokens = tokensOf(text);
    this.place = 0;
    this.depth = 0; // of brackets
    this.nested = 0;
    this.operations = 0;
    this.nodes = []; // {op, inputs} | {value} | {leaf: name}, inputs before what is made of them
    this.names = new Map(); // what each name means here
    this.given = new Map(); // numbers for leaves: {value, at, end}
    this.lines = new Map(); // where a name got its meaning
  }

  // Inside of brackets a line goes on.
  get next() {
    let token = this.tokens[this.place];
    while (this.depth && token.text === "\n") token = this.tokens[++this.place];
    return token;
  }

  take(...texts) {
    const token = this.next;
    if (!texts.includes(token.text) || token.kind === "end of line") return null;
    this.place += 1;
    return token;
  }

  read() {
    let root = null;
    while (this.place < this.tokens.length) {
      if (this.next.kind === "end of line") {
        this.place += 1;
        continue;
      }
      if (this.isImport()) continue;
      const made = this.line();
      if (made !== null) root = made;
      if (this.next.kind !== "end of line") throw this.unexpected();
    }
    if (root === null) throw new Mistake(this.lines.size ? "no result" : "empty", this.text.length, this.text.length);
    const { node, at, end } = root;
    if (this.isNumber(node)) throw new Mistake("constant", at, end, { value: String(this.nodes[node].value) });
    if (this.nodes[node].leaf !== undefined) throw new Mistake("leaf alone", at, end, { name: this.nodes[node].leaf });
    return { nodes: this.nodes, root: node, given: this.given };
  }

  // Lines of imports say nothing here: so one can paste what runs in Python.
  isImport() {
    if (!["import", "from"].includes(this.next.text)) return false;
    while (this.next.kind !== "end of line") this.place += 1;
    return true;
  }

  // An expression, or a name that one is given; null where a leaf only got its number.
  line() {
    const [token, following] = [this.next, this.tokens[this.place + 1]];
    if (token.kind !== "name" || following.text !== "=") {
      const rest = this.text.slice(token.at);
      if (/^[\p{L}\p{N}_]+\([\p{L}\p{N}_, ]*\) *=(?!=)/u.test(rest)) {
        throw new Mistake("definition", token.at, token.at + rest.indexOf("=") + 1, { name: token.text });
      }
      const node = this.sum();
      if (this.next.text === "=") throw new Mistake("assign", token.at, this.next.end);
      return { node, at: token.at, end: this.tokens[this.place - 1].end };
    }
    const name = this.ownName(token);
    if (this.lines.has(name)) throw new Mistake("again", token.at, token.end, { name, line: this.lines.get(name) });
    this.place += 2;
    const start = this.place;
    const node = this.sum();
    const made = this.nodes[node];
    const line = this.text.slice(0, token.at).split("\n").length;
    this.lines.set(name, line);
    if (this.isNumber(node)) {
      this.given.set(name, { value: made.value, at: this.tokens[start].at, end: this.tokens[this.place - 1].end });
      return null;
    }
    if (this.names.has(name)) throw new Mistake("before", token.at, token.end, { name });
    this.names.set(name, node);
    if (made.op !== undefined && made.name === undefined) made.name = name;
    return { node, at: token.at, end: this.tokens[this.place - 1].end };
  }

  ownName(token) {
    const name = nameOf(token.text);
    if (name.includes(".") || this.functions.has(name) || ["pi", "π"].includes(name)) {
      throw new Mistake("taken", token.at, token.end, { name });
    }
    return name;
  }

  // --- operators ----------------------------------------------------------------------------------

  sum() {
    let left = this.product();
    for (let sign; (sign = this.take("+", "-")); ) {
      left = this.make(sign.text === "+" ? "add" : "subtract", [left, this.product()], sign);
    }
    return left;
  }

  product() {
    let left = this.signed();
    for (let sign; (sign = this.take("*", "/")); ) {
      left = this.make(sign.text === "*" ? "multiply" : "divide", [left, this.signed()], sign);
    }
    return left;
  }

  signed() {
    const sign = this.take("-", "+");
    if (!sign) return this.power();
    const made = this.deeper(sign, () => this.signed());
    return sign.text === "+" ? made : this.make("negative", [made], sign);
  }

  // To the right first, and before a minus in front: -x**2 is -(x²).
  power() {
    let base = this.atom();
    for (let raised; this.next.kind === "raised"; ) {
      raised = this.next;
      this.place += 1;
      const digits = raised.text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => RAISED_DIGITS.indexOf(digit));
      base = this.make("power", [base, this.number(Number(digits.replace("⁻", "-").replace("⁺", "")))], raised);
    }
    const sign = this.take("**");
    if (!sign) return base;
    return this.make("power", [base, this.deeper(sign, () => this.signed())], sign);
  }

  deeper(token, read) {
    if (this.nested === DEEPEST) throw new Mistake("deep", token.at, token.end, { most: DEEPEST });
    this.nested += 1;
    const made = read();
    this.nested -= 1;
    return made;
  }

  // --- operands -----------------------------------------------------------------------------------

  atom() {
    const token = this.next;
    if (token.kind === "number") return this.literal(token);
    if (token.kind === "name") return this.named(token);
    if (token.text === "(") {
      const [made] = this.arguments(token, false);
      return made;
    }
    const before = this.tokens[this.place - 1]?.text ?? "";
    throw new Mistake(token.kind === "end of line" ? "operand end" : "operand", token.at, token.end, { before, got: token.text });
  }

  literal(token) {
    const digits = token.text.replaceAll("_", "");
    this.place += 1;
    const { next } = this;
    if (/__|_$|_\.|\._/.test(token.text)) throw new Mistake("number", token.at, token.end, { got: token.text });
    if (token.text === "0" && next.at === token.end && /^[xob]\d/i.test(next.text)) {
      throw new Mistake("number", token.at, next.end, { got: token.text + next.text });
    }
    if (next.at === token.end && next.kind === "name" && /^[jJ]$/.test(next.text)) {
      throw new Mistake("complex", token.at, next.end, { got: token.text + next.text });
    }
    return this.number(Number(digits));
  }

  named(token) {
    const [bare, module] = this.bare(token);
    this.place += 1;
    const isCall = this.next.text === "(" && this.next.kind === "operator";
    if (isCall) return this.call(token, bare);
    if (this.constants.has(bare) && (module || bare === "pi")) return this.number(this.constants.get(bare));
    if (this.functions.has(bare)) throw new Mistake("no call", token.at, token.end, { name: bare });
    if (module) throw new Mistake("unknown", token.at, token.end, { name: token.text });
    if (!this.names.has(bare)) this.names.set(bare, this.push({ leaf: bare }));
    return this.names.get(bare);
  }

  bare(token) {
    const name = nameOf(token.text);
    const found = /^(np|numpy|math)\.(.*)$/u.exec(name);
    if (!found && name.includes(".")) throw new Mistake("unknown", token.at, token.end, { name });
    return found ? [found[2], true] : [name === "π" ? "pi" : name, false];
  }

  call(token, name) {
    const known = this.functions.get(name);
    if (!known) {
      const near = this.names.has(name) ? "" : nearest(name, [...this.functions.keys()]);
      const key = this.names.has(name) ? "no function" : near ? "unknown near" : "unknown";
      throw new Mistake(key, token.at, token.end, { name, near });
    }
    const [op, arity] = known;
    const open = this.next;
    const inputs = this.arguments(open, true);
    if (inputs.length !== arity) {
      const end = this.tokens[this.place - 1].end;
      throw new Mistake(arity === 1 ? "one operand" : "two operands", token.at, end, { name, count: inputs.length });
    }
    return this.make(op, inputs, token);
  }

  arguments(open, many) {
    this.place += 1;
    this.depth += 1;
    const made = [];
    if (many && this.next.text === ")") this.place += 1;
    else {
      do made.push(this.deeper(open, () => this.sum())); while (many && this.take(",") && this.next.text !== ")");
      const { next } = this;
      if (!this.take(")")) throw next.kind === "end of line" ? new Mistake("close", open.at, open.end) : this.unexpected();
    }
    this.depth -= 1;
    return made;
  }

  unexpected() {
    const token = this.next;
    const before = this.tokens[this.place - 1];
    const words = { before: before.text, got: token.text };
    if (CHOOSING.includes(token.text) || CHOOSING.includes(before.text)) {
      const word = CHOOSING.includes(token.text) ? token : before;
      return new Mistake("compare", word.at, word.end, { got: word.text });
    }
    const key = UNEXPECTED.get(token.text) ?? "operator";
    return new Mistake(key, token.at, token.end, words);
  }

  // --- nodes --------------------------------------------------------------------------------------

  push(node) {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  number(value) {
    return this.push({ value });
  }

  isNumber(node) {
    return this.nodes[node].value !== undefined;
  }

  make(op, inputs, token) {
    if (inputs.every((x) => this.isNumber(x))) return this.number(this.fold(op, inputs.map((x) => this.nodes[x].value)));
    this.operations += 1;
    if (this.operations > MOST_OPERATIONS_TYPED) throw new Mistake("many", token.at, token.end, { most: MOST_OPERATIONS_TYPED });
    return this.push({ op, inputs });
  }
}

// The known name that differs least, if that is little.
function nearest(name, known) {
  if (name.length > 20) return "";
  let [best, least] = ["", 3];
  for (const other of known) {
    const distance = editDistance(name.toLowerCase(), other);
    if (distance < least && distance < other.length - 1) [best, least] = [other, distance];
  }
  return best;
}

function editDistance(a, b) {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i += 1) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] !== b[j - 1])));
    }
  }
  return row[b.length];
}
