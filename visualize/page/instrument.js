// What makes a display an instrument: its leaves can be turned, and everything on view follows.

class Instrument {
  constructor(display, live) {
    Object.assign(this, { display, live });
    this.fields = new Fields(live);
    this.compare = new Compare(live, (on) => this.showBefore(on));
    this.descent = new Descent(live, () => display.host.isConnected);
    this.cards = [this.fields, this.descent, this.compare];
    this.descent.element.addEventListener("toggle", () => this.descent.show());
    this.element = html(
      "div",
      { class: "cards", role: "group", "aria-label": "Experiments" },
      ...this.cards.map((made) => made.element),
    );
    // The arrow keys and the space bar of the page do not reach its fields.
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    live.onChange.add((leaf, place) => this.changed(leaf, place));
  }

  // Another picture.
  shown() {
    const { picture } = this.display;
    picture.cells.compares = this.comparing;
    this.knobs = new Knobs(this.display, this.live);
    this.markBroken();
    this.display.inSight();
  }

  // Another step of the picture.
  stepped() {
    this.knobs.stepped();
  }

  showBefore(on) {
    this.comparing = this.display.picture.cells.compares = on;
    this.display.inSight();
  }

  changed(leaf, place) {
    const { display } = this;
    display.player.written.ariaLive = "off"; // the control says its number, and the card the result
    this.display.inSight();
    this.knobs.changed();
    if (leaf) display.leave(leaf);
    display.refresh();
    if (leaf) this.compare.follow(leaf, place);
    for (const made of this.cards) made.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), CALM);
  }

  // What nobody sees while a number turns.
  settle() {
    const { picture } = this.display;
    this.markBroken();
    if (this.display.part) this.display.refresh();
    if (picture.marks.length) picture.mark(picture.steps[picture.step]); // around longer numbers
    for (const part of picture.boxes.keys()) picture.describe(part);
    this.display.describe();
    this.display.player.written.ariaLive = "polite";
    steady(this.display.player.written);
    steady(this.display.panel.element);
  }

  // The display leaves the page.
  end() {
    this.descent.stop();
    clearTimeout(this.timer);
    COMPILED.clear(); // the texts of the next graph are others
  }

  // The first number that is not finite stands out.
  markBroken() {
    const { picture } = this.display;
    for (const group of picture.element.querySelectorAll(".broken")) group.classList.remove("broken");
    const broken = this.live.broken((part) => picture.groups.has(part));
    const parts = broken ? [broken.part, picture.graph.sources.get(broken.part)].filter(Boolean) : [];
    picture.remarks = new Map(parts.map((part) => [part, broken.remark]));
    for (const part of parts) for (const group of picture.groups.get(part) ?? []) group.classList.add("broken");
    const name = broken && picture.factsOf(broken.part).title;
    this.fields.warn(broken ? this.live.say("broken", { remark: broken.remark, name }) : "");
  }
}
