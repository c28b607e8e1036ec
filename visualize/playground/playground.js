// The whole playground: controls, the chain of layers, curves, and what goes with the data.

const SLICE = 20; // milliseconds of steps at a time, so that the page answers
const PAUSE = 80; // between two pictures while it plays, and at least
const TIMES_A_PICTURE = 8; // the time that one takes
const SHARE_OF_LOOKS = 0.1; // of the time, for points of the curves

ICONS.step = "M4 3v10M7 3l6 5-6 5z";

class Playground {
  constructor(host, data, buffer) {
    this.data = data;
    this.host = host;
    this.root = host.attachShadow({ mode: "open" }); // the page's styles and ours stay apart
    this.trainer = new Trainer(data, buffer);
    this.playing = false;
    this.build();
    this.follow();
  }

  build() {
    const { trainer, data } = this;
    this.chain = new Chain(trainer);
    this.loss = new Curves(data.loss.summed ? "Loss per sample" : "Loss", ["training", "held out"], ["value", "local"], (x) => digits(x));
    this.accuracy =
      data.loss.kind === "values"
        ? null
        : new Curves("Accuracy", ["training", "held out"], ["value", "local"], percent, [0, 1]);
    this.plane = trainer.looks.grid ? new Plane(trainer) : null;
    this.images = data.image ? new Images(trainer) : null;
    this.views = [this.plane, this.images].filter(Boolean);
    this.message = html("p", { class: "message", role: "status" });
    const source = html("details", { class: "source" }, html("summary", {}, "A step as NumPy code"), html("pre", { tabindex: "0" }, data.source));
    this.box = html(
      "div",
      { class: data.page ? "display page playground" : "display playground", role: "group", "aria-label": data.description },
      this.controls(),
      html("p", { class: "about" }, `${data.description}. ${data.optimizer}, ${data.loss.about}`),
      this.message,
      html(
        "div",
        { class: "halves" },
        html(
          "div",
          { class: "half" },
          this.chain.element,
          html("div", { class: "both" }, this.loss.element, ...(this.accuracy ? [this.accuracy.element] : [])),
          ...(data.source ? [source] : []),
        ),
        ...(this.views.length ? [html("div", { class: "half task" }, ...this.views.map((view) => view.element))] : []),
      ),
    );
    const style = html("style");
    style.textContent = data.style;
    this.root.append(style, this.box);
    this.host.playground = this;
    listenToKeys(this, (event) => this.key(event));
  }

  controls() {
    const { trainer, data } = this;
    this.play = button("play", "Play", "space", () => this.toggle());
    const title = data.rates ? "As scheduled, until a number is written here; nothing: as scheduled again" : "";
    this.rate = html("input", { type: "number", step: "any", min: "0", title });
    this.rate.addEventListener("change", () => {
      const rate = Number(this.rate.value);
      if (this.rate.value === "") trainer.chosenRate = null;
      else if (rate >= 0 && Number.isFinite(rate)) trainer.chosenRate = rate;
      this.show(); // also where it was neither
      this.rate.value = String(trainer.rate);
    });
    this.size = html("select");
    for (const size of Object.keys(trainer.programs)) {
      const all = Number(size) === trainer.count ? "all " : "";
      this.size.append(html("option", { value: size }, `${all}${size}`));
    }
    this.size.value = String(trainer.size);
    this.size.addEventListener("change", () => {
      trainer.use(Number(this.size.value));
      this.show();
    });
    this.seed = html("input", { type: "number", min: "0", max: "4294967295", step: "1" });
    this.seed.value = String(data.seed);
    this.seed.addEventListener("change", () => this.reseed(Number(this.seed.value)));
    const reseed = () => this.reseed(trainer.seed + 1);
    const another = action("New shuffle", reseed, { title: "Another order of the samples" });
    this.scheme = new Scheme(this.host, data, () => this.coloured());
    this.count = html("span", { class: "counts" });
    const field = (name, element) => html("label", {}, `${name} `, element);
    return html(
      "div",
      { class: "controls" },
      html(
        "div",
        { class: "player", role: "group", "aria-label": "Training" },
        button("first", "Rewind to the first weights", "Home", () => this.rewind()),
        button("step", "One step", "→", () => this.stepByHand()),
        this.play,
        this.count,
      ),
      html(
        "div",
        { class: "looks", role: "group", "aria-label": "Optimizer", title: data.optimizer },
        field("rate", this.rate),
        field("batch", this.size),
        field("seed", this.seed),
        another,
        this.scheme.button,
      ),
    );
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, canvas")) return;
    const keys = {
      " ": () => this.toggle(),
      ArrowRight: () => this.stepByHand(),
      Home: () => this.rewind(),
    };
    const pressed = event.target.closest("button, summary");
    if (!keys[event.key] || (pressed && event.key === " ")) return;
    if (event.target.matches(".scroll, pre")) return; // they scroll
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  // --- training ----------------------------------------------------------------------------------

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  start() {
    this.setPlaying(true);
    this.channel ??= new MessageChannel();
    this.channel.port1.onmessage = () => this.work();
    this.lastPicture = this.lastLook = performance.now();
    this.rest = PAUSE;
    this.rateSince = [this.lastPicture, this.trainer.made];
    this.channel.port2.postMessage(null);
  }

  pause() {
    this.setPlaying(false);
    this.trainer.evaluate();
    this.show();
  }

  setPlaying(playing) {
    this.playing = playing;
    this.message.textContent = "";
    const label = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", label);
    this.play.title = `${label} (space)`;
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.speed = "";
  }

  // Steps for a while, now and then a picture; then the page has its turn.
  work() {
    if (!this.playing) return;
    if (!this.host.isConnected || document.hidden) {
      this.pause();
      return;
    }
    const start = performance.now();
    let now = start;
    while (now - start < SLICE) {
      if (!this.trainer.learn()) {
        this.stop();
        return;
      }
      now = performance.now();
    }
    if (now - this.lastPicture >= this.rest) this.picture(now);
    this.channel.port2.postMessage(null);
  }

  // The last step before a picture is observed, so that there are weights before and after it.
  picture(now) {
    if (!this.trainer.learn(true)) {
      this.stop();
      return;
    }
    if (now - this.lastLook >= (this.costOfLook ?? 0) / SHARE_OF_LOOKS) {
      this.trainer.evaluate();
      this.costOfLook = performance.now() - now;
      this.lastLook = performance.now();
    }
    const [since, made] = this.rateSince;
    if (now - since > 1000) {
      this.speed = `${Math.round((1000 * (this.trainer.made - made)) / (now - since)).toLocaleString("en")} steps/s`;
      this.rateSince = [now, this.trainer.made];
    }
    const start = performance.now();
    this.show();
    this.lastPicture = performance.now();
    this.rest = Math.min(1000, Math.max(PAUSE, TIMES_A_PICTURE * (this.lastPicture - start)));
  }

  stop() {
    this.setPlaying(false);
    this.show();
    this.message.textContent = !this.trainer.made
      ? "The loss is not finite before the first step, so nothing can be learned: does it fit the last layer, and the labels?"
      : "The loss is not finite, so this step learns nothing. Rewind, and choose a smaller rate.";
  }

  stepByHand() {
    this.setPlaying(false);
    if (!this.trainer.learn(true)) {
      this.stop();
      return;
    }
    this.trainer.evaluate();
    this.show();
  }

  rewind() {
    this.setPlaying(false);
    this.trainer.rewind();
    this.show();
  }

  // Another order from here on; a rewind begins with it too.
  reseed(seed) {
    if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) {
      this.trainer.reseed(seed);
    }
    this.seed.value = String(this.trainer.seed);
    this.show();
  }

  // --- pictures ----------------------------------------------------------------------------------

  show() {
    const { trainer, colours } = this;
    const { history } = trainer;
    this.count.textContent = [
      counted(trainer.made),
      `epoch ${Math.max(1, trainer.shuffle.epoch).toLocaleString("en")}`,
      this.speed,
    ].filter(Boolean).join(" · ");
    if (this.root.activeElement !== this.rate) this.rate.value = String(trainer.rate);
    this.chain.show(colours);
    this.loss.show(history.steps, [history.loss, history.heldLoss], colours);
    this.accuracy?.show(history.steps, [history.accuracy, history.heldAccuracy], colours);
    for (const view of this.views) view.show(colours);
  }

  follow() {
    this.scheme.begin(this.box);
    // What comes into sight, or has another size, is painted then: all of it in one go.
    this.box.addEventListener("placed", () => {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = null;
        if (!this.playing) this.show();
      });
    });
  }

  // Other colours: those of the canvases are not the style sheet's.
  coloured() {
    const style = getComputedStyle(this.box);
    const own = (name) => style.getPropertyValue(`--${name}`).trim();
    const { colours, name } = this.scheme;
    this.colours = { ...colours, muted: own("muted"), edge: own("edge"), series: this.data.series[name] };
    this.show();
  }
}

async function unpacked(text) {
  const stream = new Blob([Kernel.bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

async function display(host, data) {
  host.classList.add("network-playground");
  return new Playground(host, data, await unpacked(data.pack));
}
