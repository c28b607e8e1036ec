// The numbers of the leaves as controls: drag them, type, or press arrow keys.

const PER_STEP = 5; // pixels
const TREMBLE = 4;
const SAME_EDIT = 900; // milliseconds; arrow keys within them are one change

// What it takes to change one entry of a leaf, by whatever means.
class Entry {
  constructor(live, leaf, place) {
    Object.assign(this, { live, leaf, place });
    this.kept = this.value;
    this.time = -Infinity;
  }

  get value() {
    return this.leaf.array[this.place];
  }

  get label() {
    return this.live.say("entry", { name: this.leaf.name, index: this.leaf.index(this.place) });
  }

  // Escape comes back to here.
  begin() {
    this.kept = this.value;
    this.live.begin();
  }

  set(value) {
    if (Object.is(value, this.value)) return;
    this.live.set(this.leaf, this.place, value);
  }

  restore() {
    this.set(this.kept);
  }

  // By an arrow key, in steps of which Shift makes ten and Alt a tenth.
  key(event) {
    const steps = STEPS[event.key];
    if (!steps || event.ctrlKey || event.metaKey) return false;
    if (event.timeStamp - this.time > SAME_EDIT) this.live.begin();
    this.time = event.timeStamp;
    this.set(this.leaf.moved(this.place, this.value, steps * share(event)));
    return true;
  }

  // By dragging to the left or to the right; `click` is called where nothing was dragged.
  drag(element, click) {
    let from = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      from = { x: event.clientX, value: this.value, moved: false };
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!from) return;
      const right = event.clientX - from.x;
      if (!from.moved) {
        if (Math.abs(right) < TREMBLE) return;
        from.moved = true;
        this.begin();
        element.classList.add("dragged");
      }
      this.set(this.leaf.moved(this.place, from.value, Math.round(right / PER_STEP) * share(event)));
    });
    const end = (event) => {
      if (from && !from.moved && event.type === "pointerup") click();
      from = null;
      element.classList.remove("dragged");
    };
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, end);
    // The picture takes a click for one at the wire.
    element.addEventListener("click", (event) => event.stopPropagation());
  }

  // What a screen reader says of the control.
  describe(element) {
    const text = this.leaf.text(this.place);
    if (element.getAttribute("aria-valuetext") === text) return;
    element.setAttribute("aria-valuenow", text);
    element.setAttribute("aria-valuetext", text);
  }
}

const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

const share = (event) => (event.shiftKey ? 10 : event.altKey ? 0.1 : 1);

// A number as people type it; null where it is none.
function typed(text) {
  const plain = text.trim().replace("−", "-").replace(/^([^.,]*),([^.,]*)$/, "$1.$2");
  const value = plain === "" ? NaN : Number(plain);
  return Number.isFinite(value) ? value : null;
}

// What is wrong with what is typed; nothing where it is fine.
function complain(input, problem) {
  input.setCustomValidity(problem);
  input.setAttribute("aria-invalid", String(Boolean(problem)));
  input.title = problem;
}

// An input for one entry: what is typed counts when it is left, or with Enter.
function field(entry, done = () => {}) {
  const { leaf, place } = entry;
  const input = html("input", {
    type: "text", role: "spinbutton", autocomplete: "off", spellcheck: "false",
    class: "number", "aria-label": entry.label, size: "9",
  });
  const show = () => {
    const focused = input.matches(":focus");
    if (!focused || input.dataset.typed !== "true") input.value = focused ? leaf.text(place) : leaf.brief(place);
    entry.describe(input);
  };
  const commit = () => {
    if (input.dataset.typed !== "true") return true;
    const value = typed(input.value);
    complain(input, value === null ? entry.live.say("number", { text: input.value || "nothing" }) : "");
    if (value === null) return false;
    input.dataset.typed = "false";
    entry.live.begin();
    entry.set(value);
    entry.kept = value;
    show();
    return true;
  };
  const back = () => {
    input.dataset.typed = "false";
    complain(input, "");
    entry.restore();
    show();
  };
  input.addEventListener("focus", () => {
    entry.kept = entry.value;
    show();
    input.select();
  });
  input.addEventListener("input", () => {
    input.dataset.typed = "true";
  });
  input.addEventListener("blur", () => {
    if (!commit()) back();
    show();
    done();
  });
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const walks = event.key === "ArrowLeft" || event.key === "ArrowRight"; // among the letters
    if (event.key === "Enter") {
      if (commit()) done();
      else input.reportValidity();
    } else if (event.key === "Escape") {
      back();
      done();
    } else if (event.key in STEPS && !walks && commit() && entry.key(event)) {
      show();
      event.preventDefault();
    }
  });
  show();
  return { input, show };
}

// The numbers of the leaves in one picture.
class Knobs {
  constructor(display, live) {
    Object.assign(this, { display, live });
    this.layer = svg("g", { class: "knobs" });
    this.knobs = [];
    for (const cell of display.picture.cells.cells) this.add(cell);
    display.picture.element.append(this.layer);
  }

  add(cell) {
    if (cell.slot === null) return;
    const [output, place] = this.live.data.slots[cell.slot];
    const leaf = this.live.leaves.find((one) => one.output === output && one.part === cell.part);
    if (!leaf || typeof place !== "number") return;
    const entry = new Entry(this.live, leaf, place);
    const rect = svg("rect", {
      class: "knob", role: "spinbutton", tabindex: "0", "aria-label": entry.label, "data-part": cell.part,
      ...this.display.picture.cells.room(cell), rx: 3,
    });
    entry.drag(rect, () => this.type(rect, entry));
    rect.addEventListener("focus", () => {
      entry.kept = entry.value;
    });
    rect.addEventListener("keydown", (event) => this.key(event, rect, entry));
    entry.describe(rect);
    this.layer.append(rect);
    this.knobs.push({ rect, entry });
  }

  key(event, rect, entry) {
    const { key } = event;
    const begins = key.length === 1 && /[-−+.,\d]/.test(key) && !event.ctrlKey && !event.metaKey;
    if (key === "Enter" || begins) this.type(rect, entry, begins ? key : undefined);
    else if (key === "Escape") entry.restore();
    else if (!entry.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A field in the place of the number.
  type(rect, entry, first) {
    const { frame } = this.display;
    let open = true;
    const { input } = field(entry, () => {
      if (!open) return;
      open = false;
      const focused = input.matches(":focus");
      input.remove();
      if (focused) rect.focus({ preventScroll: true });
    });
    input.classList.add("over");
    const [at, around] = [rect.getBoundingClientRect(), frame.getBoundingClientRect()];
    const width = Math.max(at.width, 84);
    const within = (place, size, most) => Math.max(0, Math.min(place, most - size));
    input.style.left = `${within(at.x + at.width / 2 - width / 2 - around.x, width, around.width)}px`;
    input.style.top = `${within(at.y + at.height / 2 - 14 - around.y, 28, around.height)}px`;
    input.style.width = `${width}px`;
    for (const name of ["pointerdown", "click"]) input.addEventListener(name, (event) => event.stopPropagation());
    frame.append(input);
    input.focus({ preventScroll: true });
    if (first === undefined) return;
    input.value = first;
    input.dataset.typed = "true";
  }

  changed() {
    for (const { rect, entry } of this.knobs) entry.describe(rect);
  }

  // Before a step shows the leaves, there is no number to change.
  stepped() {
    const { picture } = this.display;
    for (const { rect } of this.knobs) {
      rect.setAttribute("visibility", picture.isShown(rect.dataset.part, "v") ? "visible" : "hidden");
    }
  }
}
