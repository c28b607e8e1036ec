// The whole display: it takes the place of the image that stands there without scripts.

class Display {
  constructor(host, data) {
    this.data = { ...data, sheets: filled(data.sheets) };
    this.live = this.data.live = data.live ? new Live(data.live) : null;
    this.data.read = (content) => this.live?.filled(content) ?? content;
    this.host = host;
    host.classList.add("computational-graph");
    if (this.live) host.live = this.live; // for scripts around it
    this.root = host.attachShadow({ mode: "open" }); // the page's styles and ours stay apart
    this.pinned = null;
    this.composition = new Composition(this.data);
    this.build();
    this.scheme.begin(this.box);
    this.opened = new Set(data.first.open);
    this.show();
  }

  // Whether there are numbers to turn; an exercise has boxes in their place.
  get turns() {
    return Boolean(this.live) && !this.data.exercise;
  }

  build() {
    this.actions = { open: (box) => this.open(box), close: (box) => this.close(box) };
    this.panel = new Panel(this.actions, this.turns);
    this.frame = html("div", { class: "stage", tabindex: "0", role: "group" });
    this.describe();
    if (this.live) this.instrument = new (this.data.exercise ? Exercise : Instrument)(this, this.live);
    this.box = html(
      "div",
      { class: `display${this.data.page ? " page" : ""}${this.live ? " live" : ""}` },
      ...this.legend(),
      this.frame,
      this.controls(),
      this.player.written,
      ...(this.live ? [this.instrument.element] : []),
      this.panel.element,
    );
    const style = html("style");
    style.textContent = this.data.style;
    this.root.append(style, this.box);
    this.stage = new Stage(this.frame, this.data.page, (fits) => {
      this.fit.setAttribute("aria-pressed", String(fits));
      this.fit.title = `${fits ? "Real size" : "Fit everything"} (0)`;
      this.inSight();
    });
    this.listen();
  }

  // What a screen reader says of all of it.
  describe() {
    let hint = "Arrow keys step, space plays, plus and minus zoom, up and down visit the parts.";
    if (this.turns) hint += " Tab goes to the numbers of the leaves, where arrow keys change them.";
    else if (this.live) hint += " Tab goes to the boxes to fill in.";
    this.frame.setAttribute("aria-label", `${this.data.read(this.data.description)}. ${hint}`);
  }

  // What stands where in the picture, in its colours.
  legend() {
    const pieces = (this.data.page && this.data.legend) || [];
    return pieces.length ? [html("p", { class: "legend" }, ...coloured(pieces))] : [];
  }

  controls() {
    this.player = new Player((step) => this.goTo(step), () => this.host.isConnected);
    this.fit = button("fit", "Fit everything", "0", () => this.stage.fit());
    this.scheme = new Scheme(this.host, this.data);
    const looks = html(
      "div",
      { class: "looks", role: "group", "aria-label": "View" },
      this.player.paces,
      button("farther", "Zoom out", "−", () => this.stage.zoom(1 / 1.3)),
      button("closer", "Zoom in", "+", () => this.stage.zoom(1.3)),
      this.fit,
      this.scheme.button,
    );
    return html("div", { class: "controls" }, this.player.element, looks);
  }

  // --- views and steps --------------------------------------------------------------------------

  // What is open decides what is seen: the first view where that is open which is open there, else
  // the outermost boxes, and in them what is open.
  show(around) {
    const before = this.picture;
    const { sheet, open } = this.data.first;
    const isFirst = open.length === this.opened.size && open.every((box) => this.opened.has(box));
    const shown = isFirst ? [sheet, new Set(sheet ? [] : open)] : ["", this.opened];
    const picture = new Picture(this.data, this.composition, ...shown, this.actions);
    this.picture = picture;
    this.stage.show(picture, around);
    this.instrument?.shown();
    this.unpin();
    this.panel.clear();
    const { steps } = picture;
    this.player.begin(steps.length);
    if (!before) {
      // Everything is there; no step stands out until somebody steps.
      this.say();
      steady(this.player.written);
      return;
    }
    if (steps.length) this.goTo(this.sameStep(before), false);
    this.frame.focus({ preventScroll: true });
  }

  open(box) {
    this.opened = new Set([...this.opened, box]);
    this.show(box);
  }

  close(box) {
    this.opened = new Set([...this.opened].filter((other) => other !== box));
    this.show(box);
  }

  // The step of another view that shows the same, or the latest before it that both have.
  sameStep(before) {
    const { steps } = this.picture;
    if (before.step === before.steps.length - 1) return steps.length - 1;
    for (let index = before.step; index > 0; index -= 1) {
      const { kind, id } = before.steps[index];
      const found = steps.findIndex((step) => step.kind === kind && step.id === id);
      if (found >= 0) return found;
    }
    return 0;
  }

  goTo(step, follow = true) {
    this.picture.goTo(step);
    this.stepped = true;
    this.instrument?.stepped?.();
    if (follow) this.stage.follow(this.picture.place(this.picture.steps[step]));
    this.refresh();
    steady(this.player.written);
  }

  // The line beside the step; before there was one, what it is all about.
  say() {
    const { steps, step } = this.picture;
    const about = { text: this.data.read(this.data.description), chain: "" };
    this.player.show(step, this.stepped ? this.picture.wordsOf(steps[step]) : about);
  }

  // The whole again, as at first, where the last step is about something else than a leaf that is
  // changed: what it says would be taken for what the change is about.
  leave(leaf) {
    const { steps, step } = this.picture;
    if (!this.stepped || step < steps.length - 1 || steps[step].id === leaf.part) return;
    this.stepped = false;
    this.picture.unmark();
  }

  // All that is written about the step and the part on view.
  refresh() {
    this.say();
    if (this.part) this.panel.show(this.picture, this.part, Boolean(this.pinned));
  }

  // Writes the numbers that can be seen now.
  inSight() {
    const box = this.picture?.element.getAttribute("viewBox");
    if (box) this.picture.cells?.changed(box.split(" ").map(Number), this.stage.scale);
  }

  // --- parts ------------------------------------------------------------------------------------

  partOf(event) {
    const group = event.target.closest?.("[data-part]");
    if (!group) return null;
    const part = group.dataset.part;
    if (this.picture.factsOf(part)) return part;
    return this.picture.graph.edges.get(part) ?? null;
  }

  pick(part) {
    this.part = part;
    for (const group of this.frame.querySelectorAll(".picked")) group.classList.remove("picked");
    for (const group of this.picture.groups.get(part) ?? []) group.classList.add("picked");
    this.panel.show(this.picture, part, part === this.pinned);
  }

  unpin() {
    this.pinned = this.part = null;
    for (const group of this.frame.querySelectorAll(".picked")) group.classList.remove("picked");
  }

  // Visits the parts in the order in which they were computed, with the frames at the end.
  visit(by) {
    const parts = [...this.frame.querySelectorAll('[data-part][role="button"]')].sort(
      (a, b) => this.order(a) - this.order(b),
    );
    parts.push(...this.frame.querySelectorAll(".frame"));
    const at = parts.indexOf(this.root.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : parts.length - 1) : at + by;
    const group = parts[(next + parts.length) % parts.length];
    group?.focus({ preventScroll: true });
    const box = group && this.picture.boxes.get(group.dataset.part);
    if (box) this.stage.follow(box);
  }

  order(group) {
    this.places ??= new Map(Object.keys(this.data.parts).map((part, place) => [part, place]));
    return this.places.get(group.dataset.part) ?? 0;
  }

  activate(part) {
    if (this.picture.opens(part)) {
      this.open(part);
      return;
    }
    this.pinned = this.pinned === part ? null : part;
    this.pick(part);
  }

  // --- events -----------------------------------------------------------------------------------

  listen() {
    this.frame.addEventListener("pointerover", (event) => {
      const part = this.partOf(event);
      if (part && !this.pinned) this.pick(part);
    });
    this.frame.addEventListener("focusin", (event) => {
      const part = this.partOf(event);
      if (part && !this.pinned && event.target.matches(":focus-visible")) this.pick(part);
    });
    this.frame.addEventListener("click", (event) => {
      if (this.stage.dragged >= 5) return;
      const part = this.partOf(event);
      if (part) this.activate(part);
    });
    listenToKeys(this, (event) => this.key(event));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    const own = target.matches("input, select") ? "ArrowLeft ArrowRight ArrowUp ArrowDown Home End" : "";
    if (own.includes(event.key) && event.key.length > 1) return;
    const pressed = target.closest("button, select");
    if (pressed && (event.key === " " || event.key === "Enter")) return;
    const keys = {
      ArrowLeft: () => this.player.byHand(this.player.step - 1),
      ArrowRight: () => this.player.byHand(this.player.step + 1),
      ArrowUp: () => this.visit(-1),
      ArrowDown: () => this.visit(1),
      Home: () => this.player.byHand(0),
      End: () => this.player.byHand(this.player.last),
      " ": () => this.player.toggle(),
      Enter: () => this.enter(target),
      Escape: () => {
        this.unpin();
        this.panel.clear();
      },
      "+": () => this.stage.zoom(1.3),
      "=": () => this.stage.zoom(1.3),
      "-": () => this.stage.zoom(1 / 1.3),
      0: () => this.stage.fit(),
    };
    if (!keys[event.key]) return;
    const stepping = "ArrowLeft ArrowRight Home End".includes(event.key) || event.key === " ";
    if (stepping && this.player.last < 1) return;
    keys[event.key]();
    // Neither the page nor the notebook shall take the key too.
    event.preventDefault();
    event.stopPropagation();
  }

  enter(target) {
    const frame = target.closest(".frame");
    if (frame) frame.dispatchEvent(new MouseEvent("click"));
    else if (target.dataset.part) this.activate(target.dataset.part);
  }

  // The display leaves the page, and another may take its place.
  end() {
    this.player.stop();
    this.instrument?.end?.();
    this.stage.end();
    this.scheme.end();
  }
}

const display = (host, data) => new Display(host, data);
