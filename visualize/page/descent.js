// Gradient descent in the page: step by step, with the loss as a curve and the path on it.

const PACE = 150; // milliseconds a step
const MOST_POINTS = 600;
const CURVE = { width: 320, height: 170, right: 12, top: 12, bottom: 24, letter: 7 };
const SAMPLES = 61;
const VALLEY_WITHIN = 3; // a valley this many times as far away as the path reaches is looked for
const LAST = 6; // so many numbers of a path, and so many leaves, are written
const NOTHING = 1e-6; // a step that changes no number by more of its size has arrived
const GROWING = 3; // so many steps in a row that make the loss larger are remarked on

class Descent {
  constructor(live, isThere) {
    Object.assign(this, { live, isThere });
    this.learns = new Set();
    const ticks = live.leaves.filter((leaf) => leaf.gradient !== null).map((leaf) => this.tick(leaf));
    this.rate = parameter(live, live.data.words.rate, 0.1);
    this.step = action("Step", () => this.byHand());
    this.play = action("Run", () => (this.timer ? this.stop() : this.run()));
    this.back = action("Reset descent", () => this.reset());
    this.said = html("p", { class: "status" });
    this.rules = html("div", { class: "rules" });
    this.note = html("p", { class: "problem" });
    this.path = html("p", { class: "quiet" });
    this.curve = svg("svg", { class: "curve", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img" });
    const learn = html(
      "div",
      { class: "learn", role: "group", "aria-label": "learn" },
      html("span", { class: "quiet" }, "learn"),
      html("div", { class: "ticks" }, ...ticks),
    );
    const buttons = html("div", { class: "line" }, this.rate.element, this.step, this.play, this.back);
    this.element = card("Descend", false, learn, buttons, this.said, this.curve, this.note, this.rules, this.path);
    this.element.hidden = live.data.root === null || !ticks.length;
    this.begin();
  }

  tick(leaf) {
    const box = html("input", { type: "checkbox" });
    box.checked = true;
    this.learns.add(leaf);
    box.addEventListener("change", () => {
      if (box.checked) this.learns.add(leaf);
      else this.learns.delete(leaf);
      if (!this.learns.size) this.stop();
      this.begin();
      this.show();
    });
    return html("label", {}, box, html("span", {}, ...typeset(leaf.title)));
  }

  // --- steps --------------------------------------------------------------------------------------

  begin() {
    this.steps = 0;
    this.start = this.live.leaves.map((leaf) => leaf.array.slice());
    this.losses = [this.live.root];
    this.track = this.only() ? [this.only().array[0]] : [];
    this.landscape = null;
    this.last = null; // what the last step did to each leaf of one number
    this.growth = 0; // for how many steps the loss has grown
    this.diverged = this.arrived = false;
  }

  // The one number that learns, over which the loss can be drawn.
  only() {
    const [leaf, ...others] = this.learns;
    return leaf && !others.length && leaf.array.length === 1 ? leaf : null;
  }

  // One step; whether it can go on from there.
  take() {
    const { live } = this;
    if (this.diverged) return false;
    live.begin();
    const before = live.root;
    const rate = this.rate.value;
    const leaves = [...this.learns].map((leaf) => ({ leaf, was: leaf.array.slice(), gradient: live.outputs[leaf.gradient].slice() }));
    for (const { leaf, was, gradient } of leaves) leaf.array.set(was.map((value, place) => value - rate * gradient[place]));
    this.steps += 1;
    this.own = true;
    live.run();
    this.own = false;
    this.losses.push(live.root);
    if (this.only()) this.track.push(this.only().array[0]);
    if (this.losses.length > MOST_POINTS) this.thin();
    this.last = { rate, leaves };
    this.growth = live.root > before ? this.growth + 1 : 0;
    this.diverged = !Number.isFinite(live.root) || !leaves.every(({ leaf }) => leaf.array.every(Number.isFinite));
    this.arrived = !this.diverged && leaves.every(({ leaf, was }) => this.isNothing(leaf, was));
    this.show();
    return !this.diverged && !this.arrived;
  }

  // Whether a step changed a leaf by next to nothing, beside what it is now or was at the start.
  isNothing(leaf, was) {
    const start = this.start[this.live.leaves.indexOf(leaf)];
    const size = Math.max(...leaf.array.map(Math.abs), ...start.map(Math.abs));
    return leaf.array.every((value, place) => Math.abs(value - was[place]) <= NOTHING * size);
  }

  // Of a long way every other point is enough; the last always stays.
  thin() {
    const keep = (_, place, all) => place % 2 === 0 || place === all.length - 1;
    this.losses = this.losses.filter(keep);
    this.track = this.track.filter(keep);
  }

  byHand() {
    this.stop();
    this.take();
  }

  run() {
    this.timer = setInterval(() => {
      if (!this.isThere() || !this.take()) this.stop();
    }, PACE);
    this.play.textContent = "Pause";
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "Run";
  }

  reset() {
    this.stop();
    const { live } = this;
    live.begin();
    live.leaves.forEach((leaf, place) => leaf.array.set(this.start[place]));
    live.run();
  }

  // Who changes a leaf begins anew.
  changed() {
    if (this.own) return;
    this.stop();
    this.begin();
    this.write();
    // To find the valley takes many computations.
    clearTimeout(this.later);
    this.later = setTimeout(() => this.draw(), CALM);
  }

  // Why there is no step to take; nothing where there is one.
  idle(values) {
    if (!this.learns.size) return this.live.say("idle");
    return Number.isFinite(this.losses[0]) ? "" : this.live.say("nowhere", values);
  }

  // --- what is shown ------------------------------------------------------------------------------

  show() {
    this.write();
    this.draw();
  }

  write() {
    const { live } = this;
    const { name } = live.data;
    const values = { step: this.steps, root: name, value: live.number(live.root), rate: this.rate.value };
    const idle = this.idle(values);
    this.step.disabled = this.play.disabled = Boolean(idle);
    this.said.replaceChildren(...typeset(idle || live.say("step", values)));
    this.rules.replaceChildren(...this.ruled().map((line) => html("p", {}, ...typeset(line))));
    const words = this.diverged ? "diverged" : this.arrived ? "arrived" : this.growth >= GROWING ? "growing" : null;
    this.note.replaceChildren(...typeset(words ? live.say(words, values) : ""));
    this.note.hidden = !words;
    this.note.classList.toggle("problem", !this.arrived);
    const leaf = this.only();
    const way = this.track.slice(-LAST).map((value) => live.number(value));
    const path = (this.track.length > LAST ? "… → " : "") + way.join(" → ");
    this.path.replaceChildren(...(leaf ? typeset(live.say("path", { leaf: leaf.title, path })) : []));
  }

  // The rule of a step for each leaf that learns, with the numbers of the last one.
  ruled() {
    const { live } = this;
    const leaves = this.last?.leaves ?? [...this.learns].map((leaf) => ({ leaf }));
    const lines = leaves.slice(0, LAST).map(({ leaf, was, gradient }) => {
      const rule = live.say("rule", { leaf: leaf.title, root: live.data.name });
      if (!was || !leaf.isNumber) return rule;
      const [before, slope, after] = [was[0], gradient[0], leaf.array[0]].map((value) => live.number(value));
      return live.say("rule in numbers", { rule, before, rate: this.last.rate, gradient: bracketed(slope), after });
    });
    return leaves.length > LAST ? [...lines, live.say("more", { count: leaves.length - LAST })] : lines;
  }

  draw() {
    if (!this.element.open) return;
    const leaf = this.only();
    const finite = (number) => Number.isFinite(number);
    const losses = this.losses.filter(finite);
    const path = leaf
      ? this.track.map((x, place) => [x, this.losses[place]]).filter((point) => point.every(finite))
      : this.losses.map((loss, place) => [(place * this.steps) / Math.max(1, this.losses.length - 1), loss]).filter(([, loss]) => finite(loss));
    if (!path.length) return;
    const ground = leaf ? this.around(leaf, path.map(([x]) => x)) : [];
    const [x0, x1] = range([...path, ...ground].map(([x]) => x), leaf ? 0 : 1);
    const [y0, y1] = heights(path.map(([, y]) => y), ground.map(([, y]) => y));
    const { live } = this;
    // Beside a large range, what is nearly zero is zero.
    const rounded = (number, size) => formatted(Math.abs(number) < size / 1000 ? 0 : number, ".3g");
    const [lowest, highest] = [y0, y1].map((y) => rounded(y, y1 - y0));
    const { width, height, right, top, bottom, letter } = CURVE;
    const left = 8 + letter * Math.max(lowest.length, highest.length);
    const at = ([x, y]) => [
      left + ((x - x0) / (x1 - x0)) * (width - left - right),
      height - bottom - ((y - y0) / (y1 - y0)) * (height - top - bottom),
    ];
    const line = (points) => points.map((point) => at(point).map((n) => n.toFixed(1)).join(",")).join(" ");
    const label = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor }, text);
    this.curve.replaceChildren(
      svg("path", { class: "axes", d: `M${left} ${top}V${height - bottom}H${width - right}` }),
      label(left - 4, top + 9, highest, "end"),
      label(left - 4, height - bottom, lowest, "end"),
      label(left, height - 6, rounded(x0, x1 - x0), "start"),
      label((left + width - right) / 2, height - 6, leaf ? unmarked(leaf.title) : "step", "middle"),
      label(width - right, height - 6, rounded(x1, x1 - x0), "end"),
      svg("polyline", { class: "ground", points: line(ground) }),
      svg("polyline", { class: "path", points: line(path) }),
      ...path.slice(-MOST_DOTS).map((point) => svg("circle", { cx: at(point)[0], cy: at(point)[1], r: 2.5 })),
    );
    const said = { root: unmarked(live.data.name), leaf: leaf && leaf.name, steps: this.steps };
    const words = leaf ? "loss landscape" : "loss curve";
    const values = { ...said, first: live.number(losses[0]), last: live.number(losses.at(-1)) };
    this.curve.setAttribute("aria-label", live.say(words, values));
  }

  // The loss over the leaf, as far as the path reaches and somewhat more: with both sides of the
  // valley below it, where that is near.
  around(leaf, places) {
    let [low, high] = range(places, -1);
    if (!this.landscape || low < this.landscape[0][0] || high > this.landscape.at(-1)[0]) {
      const reach = Math.max(high - low, Math.abs(this.track[0]), 0.5);
      const deepest = this.bottom(this.sampled(leaf, low - VALLEY_WITHIN * reach, high + VALLEY_WITHIN * reach), this.track[0]);
      if (deepest === null) [low, high] = [low - 0.5 * reach, high + 0.5 * reach];
      else {
        const far = 1.15 * Math.max(high - deepest, deepest - low, 0.1 * reach);
        [low, high] = [deepest - far, deepest + far];
      }
      this.landscape = this.sampled(leaf, low, high);
    }
    return this.landscape.filter(([, y]) => Number.isFinite(y));
  }

  sampled(leaf, low, high) {
    const at = Array.from({ length: SAMPLES }, (_, i) => low + (i / (SAMPLES - 1)) * (high - low));
    const found = this.live.sampled(leaf, 0, at);
    return at.map((x, place) => [x, found[place]]);
  }

  // Where one comes to who goes down from a place; null where that leads out of sight.
  bottom(points, from) {
    const nearer = (best, [x], place) => (Math.abs(x - from) < Math.abs(points[best][0] - from) ? place : best);
    let place = points.reduce(nearer, 0);
    for (const way of [-1, 1]) while (points[place + way]?.[1] < points[place][1]) place += way;
    return place > 0 && place < points.length - 1 && Number.isFinite(points[place][1]) ? points[place][0] : null;
  }
}

const MOST_DOTS = 40;

function range(numbers, least) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (high - low > least) return [low, high];
  return least ? [low, low + least] : [low - 0.5, high + 0.5];
}

// The range of a plot: all of the path, and of the ground what is not far above it.
function heights(path, ground) {
  const [low, high] = range([...path, ...ground], 0);
  const most = Math.max(...path) + 0.25 * (Math.max(...path) - low);
  return most - low > 0.001 * (high - low) ? [low, Math.min(high, most)] : [low, high];
}

