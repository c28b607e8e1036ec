// The page: a box with an expression, and below it the live graph of what was typed. The address of
// the page has the expression and the numbers, so that it can be sent and kept.

const WAIT = 250; // milliseconds without a key before what was typed is read
const UNFINISHED = 1200; // and before it is said that something is missing
const LONGEST_ADDRESS = 60000;
const MOST_NAMED = 6;
const SHARE = 0.6; // of the window's height, for the picture

class ExpressionBox {
  constructor(about) {
    this.about = { ...about, widths: new Map(about.widths.flatMap(([share, letters]) => [...letters].map((one) => [one, share]))) };
    this.values = new Map(); // the numbers of all names that were ever typed
    this.invented = new Map(); // those that nobody chose, as long as they stay as they are
    this.given = new Map(); // those that stood in the text when it was read last
    this.host = html("div", { class: "expression-page" });
    this.place = html("div");
    document.body.append(this.host, this.place);
    this.build();
    this.restore() || this.begin(about.text);
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.address) this.restore();
    });
  }

  build() {
    const { words, examples } = this.about;
    this.text = html("textarea", {
      id: "expression", rows: "1", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      "aria-describedby": "mistake", "aria-label": words.label, maxlength: String(MOST_LETTERS_TYPED),
    });
    this.text.addEventListener("input", () => this.typed());
    this.choice = html("select", { "aria-label": words.examples });
    this.choice.append(html("option", { value: "" }, words.examples));
    for (const [place, { name }] of examples.entries()) this.choice.append(html("option", { value: String(place) }, name));
    this.choice.addEventListener("change", () => this.choose());
    this.mistake = html("div", { id: "mistake", class: "mistake", role: "status" });
    this.remark = html("p", { class: "remark" });
    this.head = html(
      "div",
      { class: "head" },
      html("div", { class: "line" }, html("h1", {}, words.title), this.choice),
      html("p", { class: "intro" }, ...coloured(words.intro)),
      this.text,
      html("div", { class: "below" }, this.mistake, this.remark),
    );
    const style = html("style");
    style.textContent = this.about.style;
    this.host.attachShadow({ mode: "open" }).append(style, this.head);
  }

  // --- what is typed --------------------------------------------------------------------------------

  begin(text) {
    this.text.value = text;
    this.given.clear();
    this.read();
  }

  choose() {
    const example = this.about.examples[Number(this.choice.value)];
    if (this.choice.value !== "" && example) this.begin(example.text);
    this.choice.value = "";
  }

  typed() {
    this.grow();
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.timer = setTimeout(() => this.read(), WAIT);
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
  }

  read() {
    this.grow();
    let graph;
    try {
      graph = this.parsed();
    } catch (problem) {
      if (!(problem instanceof Mistake)) throw problem;
      const isUnfinished = / end$|^close$|^empty$|^leaf alone$/.test(problem.key);
      this.patience = setTimeout(() => this.complain(problem), isUnfinished ? UNFINISHED : 0);
      return;
    }
    this.setValues(graph);
    this.show(graph);
    this.complain(null);
    this.keep();
  }

  parsed() {
    return new Parser(this.text.value, this.about, (op, given) => folded(this.about, op, given)).read();
  }

  // A number in the text counts when it is written, one that was turned until then.
  setValues({ nodes, given }) {
    for (const [name, { value }] of given) {
      if (!Object.is(this.given.get(name)?.value, value)) this.values.set(name, value);
    }
    this.given = given;
    const { values: known, others } = this.about.defaults;
    this.fresh = [];
    let place = 0;
    for (const { leaf } of nodes) {
      if (leaf === undefined) continue;
      if (!this.values.has(leaf)) {
        this.values.set(leaf, new Map(Object.entries(known)).get(leaf) ?? others[place % others.length]);
        this.fresh.push(leaf);
      }
      place += 1;
    }
  }

  complain(mistake) {
    this.text.setAttribute("aria-invalid", String(Boolean(mistake)));
    this.place.classList.toggle("old", Boolean(mistake));
    this.mistake.replaceChildren(...(mistake ? this.explained(mistake) : []));
    this.remark.hidden = Boolean(mistake);
    this.remark.replaceChildren(...typeset(this.madeUp()));
  }

  // Which numbers nobody chose.
  madeUp() {
    const { words, format } = this.about;
    const names = (this.leaves ?? []).filter((name) => this.invented.get(name) === this.values.get(name));
    if (!names.length) return "";
    if (names.length > MOST_NAMED) return words["made up, many"].replace("{count}", names.length);
    const values = names.map((name) => `${marked(nameRuns(shownName(name)))}\ue000 = ${formatted(this.values.get(name), format)}`);
    const [verb, object] = names.length > 1 ? ["are", "them"] : ["is", "it"];
    const said = { values: new Intl.ListFormat("en").format(values), verb, object };
    return words["made up"].replace(/\{(\w+)\}/g, (_, name) => said[name]);
  }

  explained({ key, at, end, words }) {
    const text = this.text.value;
    const start = text.lastIndexOf("\n", at - 1) + 1;
    const line = text.slice(start).split("\n", 1)[0];
    const from = Math.max(0, at - start - 40);
    const shown = line.slice(from, from + 80);
    const caret = " ".repeat([...line.slice(from, at - start)].length) + "^".repeat(Math.max(1, Math.min(end, start + line.length) - at));
    const said = worded(this.about.messages[key], (name) => shownName(String(words[name])));
    const where = text.includes("\n") ? this.about.words.line.replace("{line}", text.slice(0, start).split("\n").length) : "";
    return [html("pre", { "aria-hidden": "true" }, `${shown}\n${caret.slice(0, 80)}`), html("p", {}, `${where}${said}`)];
  }

  // --- the graph ------------------------------------------------------------------------------------

  show(graph) {
    let data = new Assembly(graph, this.values, this.about).data();
    // Where numbers that nobody chose give no result, as log(-1), their sizes may.
    if (this.fresh.length && !isFiniteAt(data.live)) {
      for (const name of this.fresh) this.values.set(name, Math.abs(this.values.get(name)));
      data = new Assembly(graph, this.values, this.about).data();
    }
    for (const name of this.fresh) this.invented.set(name, this.values.get(name));
    const host = html("div");
    this.display?.end();
    const chosen = this.display?.scheme.chosen;
    const open = this.cards().map((card) => card.open);
    this.place.replaceChildren(host);
    this.display = display(host, data);
    if (chosen) this.display.scheme.choose(chosen);
    this.cards().forEach((card, place) => { card.open = open[place] ?? card.open; });
    this.leaves = data.live.program.names;
    this.makeRoom(data.sheets[""].bounds);
    this.display.scheme.changed = () => this.coloured();
    this.coloured();
    this.display.live.onChange.add(() => {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.turned(), WAIT);
    });
  }

  // The head has the colours of the picture.
  coloured() {
    const { scheme, box } = this.display;
    this.host.style.colorScheme = scheme.name;
    this.head.dataset.scheme = scheme.name;
    for (const [role, colour] of Object.entries(scheme.colours)) this.head.style.setProperty(`--${role}`, colour);
    box.style.minHeight = `calc(100vh - ${this.host.offsetHeight}px)`;
  }

  // As high as the picture needs, as long as some of the page is left.
  makeRoom([, , width, height]) {
    const { frame } = this.display;
    const scale = Math.min(Math.max(frame.clientWidth / width, READABLE), NATURAL);
    // Of one height, whatever opens below it.
    frame.style.flex = "none";
    frame.style.height = `${Math.min(height * scale + 24, SHARE * window.innerHeight)}px`;
  }

  cards() {
    return [...(this.display?.box.querySelectorAll("details") ?? [])];
  }

  // Numbers were changed in the picture: those that stand in the text follow.
  turned() {
    const { leaves, data } = this.display.live;
    for (const leaf of leaves) this.values.set(data.program.names[leaf.input], leaf.array[0]);
    const stale = [...this.given].filter(([name, { value }]) => this.values.get(name) !== value);
    let text = this.text.value;
    for (const [name, { at, end }] of stale.sort((a, b) => b[1].at - a[1].at)) {
      text = `${text.slice(0, at)}${this.values.get(name)}${text.slice(end)}`;
    }
    // Not under the hands of somebody who types.
    const isQuiet = !this.text.matches(":focus") && this.text.getAttribute("aria-invalid") !== "true";
    if (stale.length && isQuiet && stale.every(([name]) => Number.isFinite(this.values.get(name)))) {
      this.text.value = text;
      this.given = this.parsed().given;
    }
    this.remark.replaceChildren(...typeset(this.madeUp()));
    this.keep();
  }

  // --- the address ----------------------------------------------------------------------------------

  keep() {
    const values = Object.fromEntries(this.leaves.map((name) => [name, this.values.get(name)]));
    const words = new URLSearchParams({ e: this.text.value, v: JSON.stringify(values) });
    this.address = `#${words}`;
    if (this.address.length > LONGEST_ADDRESS) return;
    try {
      history.replaceState(null, "", this.address);
    } catch {
      // Some browsers forbid it to files, or after many changes: then the address stays as it is.
    }
  }

  // What the address says, if it is an expression; nothing of it is trusted.
  restore() {
    if (location.hash.length < 4 || location.hash.length > LONGEST_ADDRESS) return false;
    const words = new URLSearchParams(location.hash.slice(1));
    const text = words.get("e");
    if (!text) return false;
    this.text.value = text;
    for (const [name, value] of storedNumbers(words.get("v"))) this.values.set(name, value);
    try {
      this.given = this.parsed().given;
    } catch {
      this.given = new Map();
    }
    this.read();
    return true;
  }
}

function isFiniteAt({ program, leaves, root }) {
  const kernel = Kernel.build(program);
  for (const { input, start } of leaves) kernel.inputs[input][0] = start[0];
  kernel.run();
  return Number.isFinite(kernel.outputs[root][0]);
}

function storedNumbers(text) {
  try {
    const found = JSON.parse(text);
    return Object.entries(found ?? {}).filter(([, value]) => typeof value === "number" && Number.isFinite(value));
  } catch {
    return [];
  }
}

const typedPage = document.querySelector("script[data-expression]");
new ExpressionBox(JSON.parse(typedPage.textContent));
