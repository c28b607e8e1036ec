// Names as mathematics, as lettering.py writes them: x1 has an index, alpha is a letter.

const SCRIPT = "[_^](?:\\{[A-Za-z0-9,+\\-]{1,12}\\}|[A-Za-z0-9])";
const LETTERS = "[\\p{L}\\p{Nl}\\p{No}]+";
const WHOLE_NAME = new RegExp(`^(${LETTERS}?)(_?hat|\\p{Nd}{1,4})?((?:${SCRIPT})*)('*)$`, "u");
const ONE_SCRIPT = new RegExp(SCRIPT, "gu");
const WORD = new RegExp(
  `(?<![\\p{L}\\p{N}_.\\\\}])${LETTERS}(?:_hat|\\p{Nd}*)(?:${SCRIPT})*'*(?![A-Za-z0-9_{\\\\]|\\.\\p{Nd})`, "gu",
);
const GREEK = new Map();
for (const [place, name] of (
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho " +
  "varsigma sigma tau upsilon phi chi psi omega"
).split(" ").entries()) {
  GREEK.set(name, String.fromCharCode(0x3b1 + place));
  const capital = name[0].toUpperCase() + name.slice(1);
  if (name !== "varsigma") GREEK.set(capital, String.fromCharCode(0x391 + place));
}

// A name in runs: [text, level], with -1 for a subscript and 1 for a superscript.
function nameRuns(name) {
  const found = WHOLE_NAME.exec(name);
  if (!found) return [[name, 0]];
  let [, letter, digits, scripts, primes] = found;
  if ([...letter].length > 1 && !GREEK.has(letter)) return [[name, 0]];
  letter = GREEK.get(letter) ?? letter;
  const runs = (scripts.match(ONE_SCRIPT) ?? []).map((script) => {
    const text = script.slice(1).replace(/^\{|\}$/g, "");
    return [GREEK.get(text) ?? text, script[0] === "_" ? -1 : 1];
  });
  if (digits?.endsWith("hat")) letter = `${letter}\u0302`.normalize("NFC");
  else if (digits) runs.unshift([digits, -1]);
  if (new Set(runs.map(([, level]) => level)).size < runs.length) return [[name, 0]];
  return [[letter, 0], ...runs, ...(primes ? [["′".repeat(primes.length), 0]] : [])];
}

// A formula with the names in it as mathematics, in one string with marks for the levels.
function markedFormula(text) {
  const runs = [];
  let place = 0;
  for (const word of text.matchAll(WORD)) {
    runs.push([text.slice(place, word.index), 0], ...nameRuns(word[0]));
    place = word.index + word[0].length;
  }
  return marked([...runs, [text.slice(place), 0]]);
}

function marked(runs) {
  let [made, level] = ["", 0];
  for (const [text, next] of runs) {
    if (!text) continue;
    if (next !== level) made += { "-1": "\ue001", 0: "\ue000", 1: "\ue002" }[next];
    made += text;
    level = next;
  }
  return made;
}

// A user's name in one line of bounded length.
function shownName(name, longest = 40) {
  const letters = [...name];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : name;
}
