// Small helpers. Text only ever becomes a text node or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const html = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// Python marks in a text where a subscript or a superscript begins, and where the line goes on.
const LEVELS = { "\ue001": "sub", "\ue002": "sup" };

const typeset = (text) =>
  text.split(/(?=[\ue000-\ue002])/).map((piece) => {
    if (piece[0] in LEVELS) return html(LEVELS[piece[0]], {}, piece.slice(1));
    return piece.replace("\ue000", "");
  });

// A sentence in pieces: [text, the class of its colour, if any].
const coloured = (pieces) =>
  pieces.flatMap(([text, colour]) => (colour ? html("span", { class: colour }, ...typeset(text)) : typeset(text)));

const unmarked = (text) => text.replace(/[\ue000-\ue002]/g, "");

// Icons are paths, because fonts differ in the symbols that they have.
const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z",
  back: "M11 3 5 8l6 5z",
  play: "M5 3l8 5-8 5z",
  pause: "M5 3v10M11 3v10",
  forward: "M5 3l6 5-6 5z",
  last: "M12 3v10M3 3l7 5-7 5z",
  closer: "M8 3v10M3 8h10",
  farther: "M3 8h10",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  scheme: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM8 3.4v9.2a4.6 4.6 0 0 0 0-9.2z",
};

function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

function button(name, label, keys, action) {
  const title = keys ? `${label} (${keys})` : label;
  const made = html("button", { type: "button", class: name, "aria-label": label, title }, icon(name));
  made.addEventListener("click", action);
  return made;
}

// A button with a word on it.
function action(text, act, attributes = {}) {
  const made = html("button", { type: "button", class: "text", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

// A sentence with its {names} replaced.
const worded = (words, write) => words.replace(/\{(\w+)\}/g, (_, name) => write(name));

// Gives an element the words of another, in the elements that it has: who has the focus keeps it.
function adapt(old, made) {
  const [before, after] = [[...old.childNodes], [...made.childNodes]];
  if (before.map((node) => node.nodeName).join() !== after.map((node) => node.nodeName).join()) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((node, place) => {
    const next = after[place];
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.data !== next.data) node.data = next.data;
      return;
    }
    if (node.className !== next.className) node.className = next.className;
    adapt(node, next);
  });
}

// What once needed some height keeps it, so that nothing below jumps to and fro.
function steady(element) {
  const { height } = element.getBoundingClientRect(); // to a part of a pixel, or rounding moves things
  if (height > (parseFloat(element.style.minHeight) || 0)) element.style.minHeight = `${height}px`;
}

function union(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

function grown(box, by) {
  return { x: box.x - by, y: box.y - by, width: box.width + 2 * by, height: box.height + 2 * by };
}
