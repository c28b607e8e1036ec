// An exercise: numbers of the picture are blank, and what is written there is judged.

const ANSWER_LINE = 1.23; // the height of a line of text, in units of its size
const ANSWER_BASE = 0.74; // where its base line is

// Whether an answer is right to two significant digits, or to two decimals and not 0; as in Python.
function nearlyRight(answer, right) {
  if (right === 0) return Math.abs(answer) < 0.005;
  const off = Math.abs(answer - right);
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(right))) - 1);
  if (off <= 0.5 * unit * (1 + 1e-9)) return true;
  const hundredths = Math.abs(100 * answer - Math.round(100 * answer)) < 1e-9;
  return answer * right > 0 && hundredths && off <= 0.005 * (1 + 1e-9);
}

// A number, or a fraction, as people type it; null where it is none.
function answered(text) {
  const [over, under, ...more] = text.split("/").map(typed);
  if (more.length || over === null || under === null) return null;
  return under === undefined ? over : over / under;
}

// One number that is asked for.
class Blank {
  constructor(question, entry) {
    Object.assign(this, { question, entry });
    this.clear();
  }

  clear() {
    this.written = "";
    this.tried = new Set(); // wrong numbers
    this.state = "open"; // then wrong, right, or revealed
  }

  get isOpen() {
    return this.state === "open" || this.state === "wrong";
  }

  get value() {
    return answered(this.written);
  }

  get label() {
    const { label, shape } = this.question;
    if (!shape.length) return label;
    const places = shape.length > 1 ? [Math.floor(this.entry / shape[1]), this.entry % shape[1]] : [this.entry];
    return `${label}\ue000[${places.join(", ")}]`;
  }
}

class Exercise {
  constructor(display, live) {
    Object.assign(this, { display, live });
    const { data } = display;
    this.data = data.exercise;
    this.kernel = Kernel.build(this.data.program);
    live.leaves.forEach((leaf, place) => this.kernel.inputs[place].set(leaf.array));
    this.inputs = this.kernel.inputs.slice(live.leaves.length); // one for the answers to each question
    this.questions = this.number(this.data.questions);
    this.blanks = this.questions.flatMap((question) => question.blanks);
    this.build();
    data.asks = (part, half) => this.asks(part, half);
    const read = live.read.bind(live);
    live.read = (slot) => (this.covers(live.data.slots[slot]) ? "?" : read(slot));
    this.run();
  }

  // Each question with its blanks, and where its outputs are: what is right, what follows, mistakes.
  number(questions) {
    let place = 0;
    return questions.map((question) => {
      const [right, follows] = [place, place + 1];
      place += 2 + question.wrong.length;
      const made = { ...question, right, follows };
      made.blanks = Array.from({ length: question.size }, (_, entry) => new Blank(made, entry));
      return made;
    });
  }

  build() {
    this.progress = html("p", { class: "progress", role: "status" });
    this.hint = html("p", { class: "hint", "aria-live": "polite", id: "exercise-hint" });
    this.reveal = action("Reveal the next", () => this.revealNext());
    this.element = html(
      "div",
      { class: "exercise", role: "group", "aria-label": "Exercise" },
      html("div", { class: "task" }, this.progress, this.reveal, action("Reset", () => this.reset())),
      this.hint,
    );
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    this.say(this.data.words.task);
  }

  // --- what is not told ---------------------------------------------------------------------------

  // What stands in place of a number that is asked for; nothing where it may be seen.
  asks(part, half) {
    const wire = this.display.picture?.graph.same.get(part) ?? part;
    const question = this.questions.find((one) => one.part === wire && one.half === half);
    return question?.blanks.some((blank) => blank.isOpen) ? `${question.label}\ue000 = ?` : null;
  }

  // Whether a slot would tell it. Where one wire of several with the same number is solved, it may.
  covers([output, entry]) {
    const asking = this.questions.filter((question) => question.output === output);
    return asking.length > 0 && asking.every(({ blanks }) => {
      const meant = typeof entry === "number" ? [blanks[entry]] : blanks;
      return meant.some((blank) => blank.isOpen);
    });
  }

  // --- judging ------------------------------------------------------------------------------------

  // Computes what is right, and what follows from the answers that are written.
  run() {
    this.kernel.run();
    for (const [place, { right, blanks }] of this.questions.entries()) {
      const found = this.kernel.outputs[right];
      for (const { entry, state, value } of blanks) this.inputs[place][entry] = state === "wrong" ? value : found[entry];
    }
    this.kernel.run();
  }

  right({ question, entry }) {
    return this.kernel.outputs[question.right][entry];
  }

  judge(blank) {
    if (!blank.isOpen) return;
    const { value } = blank;
    if (!blank.written.trim()) blank.state = "open";
    else if (value === null) blank.state = "open";
    else blank.state = nearlyRight(value, this.right(blank)) ? "right" : "wrong";
    if (blank.state === "wrong") blank.tried.add(value);
    this.run();
    this.changed();
    if (blank.written.trim() && value === null) this.say(this.data.words.number, { text: blank.written });
    else this.tell(blank);
  }

  // What an answer makes one think of: at most two mistakes, the likeliest first.
  hintsFor(blank) {
    const { question, entry, value } = blank;
    const { outputs } = this.kernel;
    const right = this.right(blank);
    const follows = outputs[question.follows][entry];
    if (nearlyRight(value, follows) && !nearlyRight(follows, right)) return [this.data.words.follows];
    const wrong = question.blanks.filter((one) => one.state === "wrong");
    const found = [];
    question.wrong.forEach((hint, place) => {
      const made = outputs[question.follows + 1 + place];
      const fits = (one) => nearlyRight(one.value, made[one.entry]);
      if (!fits(blank) || nearlyRight(made[entry], right)) return;
      found.push({ hint: this.data.hints[hint], fits: wrong.filter(fits).length });
    });
    // Of a matrix, what explains most of its wrong entries.
    found.sort((a, b) => b.fits - a.fits);
    return [...new Set(found.map(({ hint }) => hint))].slice(0, 2);
  }

  tell(blank) {
    const { words } = this.data;
    if (blank.state === "right") this.say(words.right, { line: this.line(blank.question) });
    if (blank.state === "revealed") this.say(words.revealed, { line: this.line(blank.question) });
    if (blank.state === "open") this.say(words.task);
    if (blank.state !== "wrong") return;
    const [first, second] = this.hintsFor(blank);
    const about = { label: blank.label, answer: blank.written.trim(), first, second };
    const said = second ? words.either : first ? words.wrong : words[blank.question.hint];
    const { reminder } = blank.question;
    const again = blank.tried.size > 1 && reminder; // not yet at the first try
    this.say(again ? `${said} ${words.reminder}` : said, { ...about, reminder });
  }

  // The written line of a step, once nothing in it is asked for.
  line({ label, part, half, blanks }) {
    if (blanks.some((blank) => blank.isOpen)) return label;
    const { picture } = this.display;
    const step = picture.steps.find((one) => one.id === part && one.kind[0] === half);
    return step ? picture.wordsOf(step).text : label;
  }

  // Behind a formula the text goes on in the line.
  say(words, values = {}) {
    const text = worded(words, (name) => `${values[name]}\ue000`);
    this.hint.replaceChildren(...typeset(text));
  }

  // --- buttons ------------------------------------------------------------------------------------

  revealNext() {
    const next = this.questions.find(({ blanks }) => blanks.some((blank) => blank.isOpen));
    if (!next) return;
    for (const blank of next.blanks) if (blank.isOpen) blank.state = "revealed";
    this.run();
    this.changed();
    this.tell(next.blanks.find((blank) => blank.state === "revealed"));
  }

  reset() {
    for (const blank of this.blanks) blank.clear();
    this.run();
    this.changed();
    this.say(this.data.words.task);
  }

  // --- in the picture -----------------------------------------------------------------------------

  // Another picture: a field in the place of each number that is asked for.
  shown() {
    const { picture } = this.display;
    const layer = svg("g", { class: "blanks" });
    this.fields = new Map();
    for (const question of this.questions) {
      const groups = (picture.groups.get(question.part) ?? []).filter((one) => one.classList.contains("node"));
      const texts = groups.flatMap((group) => [...group.querySelectorAll(`text.${question.half}`)]);
      for (const blank of question.blanks) {
        const text = texts[blank.entry];
        if (text) layer.append(this.field(blank, text));
      }
    }
    picture.element.append(layer);
    this.changed();
  }

  field(blank, text) {
    const size = Number(text.getAttribute("font-size") ?? this.display.data.size);
    const [x, y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    const [width, height] = [this.data.width * size, ANSWER_LINE * size];
    const input = html("input", {
      type: "text", class: `answer ${blank.question.half}`, autocomplete: "off", spellcheck: "false",
      enterkeyhint: "next", "aria-label": unmarked(blank.label), style: `font-size:${0.92 * size}px`,
    });
    const place = svg(
      "foreignObject",
      { x: x - width / 2, y: y - ANSWER_BASE * height, width, height },
      input,
    );
    input.addEventListener("input", () => {
      blank.written = input.value;
    });
    input.addEventListener("change", () => this.judge(blank));
    input.addEventListener("focus", () => {
      this.display.stage.follow(this.display.picture.boxes.get(blank.question.part));
      if (blank.state === "wrong") this.tell(blank);
    });
    input.addEventListener("keydown", (event) => this.key(event, blank));
    // The picture is not dragged, nor its part picked, from here.
    for (const name of ["pointerdown", "click"]) input.addEventListener(name, (event) => event.stopPropagation());
    this.fields.set(blank, { input, place, text });
    return place;
  }

  key(event, blank) {
    event.stopPropagation(); // the page's keys are letters here
    if (event.key === "Escape") this.display.frame.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.judge(blank);
    if (blank.isOpen) return;
    const after = this.blanks.slice(this.blanks.indexOf(blank) + 1);
    const next = [...after, ...this.blanks].find((one) => one.isOpen);
    if (next) this.fields.get(next)?.input.focus({ preventScroll: true });
    else this.display.frame.focus();
  }

  changed() {
    const { live, display, blanks } = this;
    live.runs += 1; // what a slot reads may be another thing now
    for (const [blank, { input, place, text }] of this.fields ?? []) {
      const isWrong = blank.state === "wrong";
      if (!input.matches(":focus") || !blank.written) input.value = blank.written;
      input.setAttribute("aria-invalid", String(isWrong));
      if (isWrong) input.setAttribute("aria-describedby", "exercise-hint");
      else input.removeAttribute("aria-describedby");
      place.toggleAttribute("hidden", !blank.isOpen);
      text.classList.toggle("asked", blank.isOpen);
      text.classList.toggle("revealed", blank.state === "revealed");
    }
    const count = (state) => blanks.filter((blank) => blank.state === state).length;
    const [right, revealed, all] = [count("right"), count("revealed"), blanks.length];
    const words = this.data.words[right === all ? "done" : revealed ? "progress revealed" : "progress"];
    this.progress.textContent = worded(words, (name) => ({ right, revealed, all })[name]);
    this.reveal.disabled = right + revealed === all;
    if (!display.picture?.boxes) return;
    display.inSight();
    for (const part of display.picture.boxes.keys()) display.picture.describe(part);
    if (this.fields) display.refresh();
  }
}
