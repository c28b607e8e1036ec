// The whole display: it takes the place of the image that stands there without scripts.

const PACES = [["slow", 2400], ["normal", 1200], ["fast", 400]];

class Display {
  constructor(host, data) {
    this.data = data;
    this.host = host;
    this.root = host.attachShadow({ mode: "open" }); // the page's styles and ours stay apart
    this.pictures = new Map();
    this.pinned = null;
    this.pace = PACES[1][1];
    this.build();
    this.setScheme();
    this.open(0);
  }

  build() {
    const actions = { show: (view) => this.open(view) };
    this.actions = actions;
    this.panel = new Panel(actions);
    const hint = "Arrow keys step, space plays, plus and minus zoom, up and down visit the parts.";
    this.frame = html("div", {
      class: "stage", tabindex: "0", role: "group", "aria-label": `${this.data.description}. ${hint}`,
    });
    this.text = html("p", { class: "text" });
    this.chain = html("p", { class: "chain" });
    this.count = html("span", { class: "count" });
    this.written = html("div", { class: "written", "aria-live": "polite" }, this.text, this.chain);
    this.box = html(
      "div",
      { class: this.data.page ? "display page" : "display" },
      this.frame,
      this.controls(),
      this.written,
      this.panel.element,
    );
    const style = html("style");
    style.textContent = this.data.style;
    this.root.append(style, this.box);
    this.stage = new Stage(this.frame, this.data.page);
    this.listen();
  }

  controls() {
    const go = (to) => () => this.byHand(to());
    const last = () => this.picture.view.steps.length - 1;
    this.play = button("play", "Play", "space", () => this.toggle());
    this.slider = html("input", { type: "range", min: "0", value: "0", "aria-label": "Step" });
    this.slider.addEventListener("input", () => this.byHand(Number(this.slider.value)));
    const pace = html("select", { "aria-label": "Pace", title: "Pace" });
    for (const [name, pause] of PACES) pace.append(html("option", { value: String(pause) }, name));
    this.paces = pace;
    pace.value = String(this.pace);
    pace.addEventListener("change", () => {
      this.pace = Number(pace.value);
      if (this.timer) this.start();
    });
    this.scheme = button("scheme", "Dark", "", () => this.setScheme(this.dark ? "light" : "dark"));
    this.player = html(
      "div",
      { class: "player", role: "group", "aria-label": "Steps" },
      button("first", "First step", "Home", go(() => 0)),
      button("back", "Step back", "←", go(() => this.picture.step - 1)),
      this.play,
      button("forward", "Step forward", "→", go(() => this.picture.step + 1)),
      button("last", "Last step", "End", go(last)),
      this.slider,
      this.count,
    );
    const looks = html(
      "div",
      { class: "looks", role: "group", "aria-label": "View" },
      pace,
      button("farther", "Zoom out", "−", () => this.stage.zoom(1 / 1.3)),
      button("closer", "Zoom in", "+", () => this.stage.zoom(1.3)),
      button("fit", "Fit everything", "0", () => this.stage.fit()),
      this.scheme,
    );
    return html("div", { class: "controls" }, this.player, looks);
  }

  // --- views and steps --------------------------------------------------------------------------

  open(index) {
    const before = this.picture;
    let picture = this.pictures.get(index);
    const fresh = !picture;
    if (fresh) {
      picture = new Picture(this.data.views[index], this.actions);
      this.pictures.set(index, picture);
    }
    this.picture = picture;
    this.frame.replaceChildren(picture.element);
    if (fresh) picture.prepare();
    this.unpin();
    this.panel.clear();
    this.stage.show(picture);
    const steps = picture.view.steps;
    this.player.hidden = this.written.hidden = this.paces.hidden = steps.length < 2;
    this.slider.max = String(steps.length - 1);
    if (!before) {
      // Everything is there; no step stands out until somebody steps.
      this.text.textContent = this.data.description;
      this.slider.value = this.slider.max;
      this.count.textContent = `${steps.length - 1} / ${steps.length - 1}`;
      return;
    }
    if (steps.length) this.goTo(this.sameStep(before));
    this.frame.focus({ preventScroll: true });
  }

  // The step of another level that says the same, or the latest before it that both have.
  sameStep(before) {
    const steps = this.picture.view.steps;
    if (before.step === before.view.steps.length - 1) return steps.length - 1;
    for (let index = before.step; index > 0; index -= 1) {
      const text = before.view.steps[index].text;
      const found = steps.findIndex((step) => step.text === text);
      if (found >= 0) return found;
    }
    return 0;
  }

  byHand(step) {
    this.stop();
    this.goTo(step);
  }

  goTo(step, follow = true) {
    const { steps } = this.picture.view;
    const target = Math.max(0, Math.min(steps.length - 1, step));
    this.picture.goTo(target);
    const now = steps[target];
    this.text.textContent = now.text;
    this.chain.textContent = now.text.endsWith(now.chain) ? "" : now.chain;
    this.written.classList.toggle("backward", now.kind === "gradient" || now.kind === "seed");
    this.slider.value = String(target);
    this.slider.setAttribute("aria-valuetext", `${target} of ${steps.length - 1}: ${now.text}`);
    this.count.textContent = `${target} / ${steps.length - 1}`;
    if (follow) this.stage.follow(this.picture.place(now));
    if (this.part) this.panel.show(this.picture, this.part, Boolean(this.pinned));
  }

  toggle() {
    if (this.timer) this.stop();
    else this.start();
  }

  start() {
    clearInterval(this.timer);
    const last = this.picture.view.steps.length - 1;
    if (this.picture.step === last) this.goTo(0);
    this.timer = setInterval(() => {
      this.goTo(this.picture.step + 1);
      // A display that has left the page, or has come to its end, stops by itself.
      if (!this.host.isConnected || this.picture.step >= this.picture.view.steps.length - 1) {
        this.stop();
      }
    }, this.pace);
    this.label(this.play, "pause", "Pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.label(this.play, "play", "Play");
  }

  label(made, name, text) {
    made.replaceChildren(icon(name));
    made.setAttribute("aria-label", text);
    made.title = `${text} (space)`;
  }

  // --- parts ------------------------------------------------------------------------------------

  partOf(event) {
    const group = event.target.closest?.("[data-part]");
    if (!group) return null;
    const part = group.dataset.part;
    if (this.picture.view.parts[part]) return part;
    return this.picture.view.edges[part.replace(/^(from|to)_/, "")] ?? null;
  }

  pick(part) {
    this.part = part;
    for (const group of this.frame.querySelectorAll(".picked")) group.classList.remove("picked");
    this.picture.groups.get(part)?.classList.add("picked");
    this.panel.show(this.picture, part, part === this.pinned);
  }

  unpin() {
    this.pinned = this.part = null;
    for (const group of this.frame.querySelectorAll(".picked")) group.classList.remove("picked");
  }

  // Visits the parts in the order in which they were computed, with the frames at the end.
  visit(by) {
    const parts = [...this.frame.querySelectorAll('.node[role="button"]')].sort(
      (a, b) => this.order(a) - this.order(b),
    );
    parts.push(...this.frame.querySelectorAll(".frame"));
    const at = parts.indexOf(this.root.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : parts.length - 1) : at + by;
    const group = parts[(next + parts.length) % parts.length];
    group?.focus({ preventScroll: true });
    const box = group && this.picture.boxes.get(group.dataset.part);
    if (box) this.stage.follow(this.picture.moved(box));
  }

  order(group) {
    this.picture.places ??= new Map(Object.keys(this.picture.view.parts).map((p, i) => [p, i]));
    return this.picture.places.get(group.dataset.part) ?? 0;
  }

  activate(part) {
    if (part in this.picture.view.opens) {
      this.open(this.picture.view.opens[part]);
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
    this.box.addEventListener("keydown", (event) => this.key(event));
    // JupyterLab says on its body which theme it has, and takes keys away unless it is asked not to.
    this.host.dataset.lmSuppressShortcuts = "true";
    const media = window.matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      if (this.host.isConnected) {
        this.setScheme();
        return;
      }
      media.removeEventListener("change", follow);
      theme.disconnect();
    };
    const theme = new MutationObserver(follow);
    media.addEventListener("change", follow);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    const own = target.matches("input, select") ? "ArrowLeft ArrowRight ArrowUp ArrowDown Home End" : "";
    if (own.includes(event.key) && event.key.length > 1) return;
    const pressed = target.closest("button, select");
    if (pressed && (event.key === " " || event.key === "Enter")) return;
    const keys = {
      ArrowLeft: () => this.byHand(this.picture.step - 1),
      ArrowRight: () => this.byHand(this.picture.step + 1),
      ArrowUp: () => this.visit(-1),
      ArrowDown: () => this.visit(1),
      Home: () => this.byHand(0),
      End: () => this.byHand(this.picture.view.steps.length - 1),
      " ": () => this.toggle(),
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
    if (stepping && this.picture.view.steps.length < 2) return;
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

  // --- light and dark ---------------------------------------------------------------------------

  setScheme(chosen) {
    if (chosen) this.chosen = chosen;
    const jupyter = document.body.dataset.jpThemeLight;
    const wanted = jupyter ? jupyter === "false" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    const asked = this.chosen ?? this.data.scheme;
    this.dark = asked ? asked === "dark" : wanted;
    const scheme = this.dark ? "dark" : "light";
    this.box.dataset.scheme = scheme;
    for (const [name, colour] of Object.entries(this.data.colours[scheme])) {
      this.box.style.setProperty(`--${name}`, colour);
    }
    this.box.style.setProperty("--font", this.data.font);
    this.scheme.setAttribute("aria-pressed", String(this.dark));
    this.scheme.title = this.dark ? "Light" : "Dark";
    this.host.style.colorScheme = scheme;
    if (this.data.page) document.body.style.background = this.data.colours[scheme].background;
  }
}

function display(script) {
  // A notebook may show the same output twice: then take the first that is still an image.
  const own = script?.previousElementSibling;
  const holders = own ? [own] : document.querySelectorAll('script[data-graph="%TOKEN%"]');
  for (const holder of holders) {
    if (holder.dataset.shown) continue;
    const image = holder.previousElementSibling;
    const host = html("div", { class: "computational-graph" });
    holder.after(host);
    try {
      new Display(host, JSON.parse(holder.textContent));
      holder.dataset.shown = "true";
      image.remove();
      return;
    } catch (error) {
      host.remove(); // the image stays: a picture is better than none
      console.error(error);
    }
  }
}

display(document.currentScript);
