// Gradient descent in the page: step by step, with the loss as a curve and the path on it.

const PACE = 150; // milliseconds a step
const MOST_POINTS = 600;
const CURVE = { width: 280, height: 150, left: 66, right: 10, top: 10, bottom: 22 };
const SAMPLES = 61;
const LAST = 6; // so many numbers of a path are written

class Descent {
  constructor(live, isThere) {
    Object.assign(this, { live, isThere });
    this.learns = new Set();
    const ticks = live.leaves.filter((leaf) => leaf.gradient !== null).map((leaf) => this.tick(leaf));
    this.rate = parameter(live, "α", 0.1);
    this.step = action("Step", () => this.byHand());
    this.play = action("Run", () => (this.timer ? this.stop() : this.run()));
    this.back = action("Reset descent", () => this.reset());
    this.said = html("p", { class: "status" });
    this.path = html("p", { class: "quiet" });
    this.curve = svg("svg", { class: "curve", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img" });
    const learn = html("fieldset", {}, html("legend", {}, "learn"), ...ticks);
    const buttons = html("div", { class: "line" }, this.rate.element, this.step, this.play, this.back);
    this.element = card("Descend", false, learn, buttons, this.said, this.path, this.curve);
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
    return html("label", {}, box, " ", ...typeset(leaf.title));
  }

  // --- steps --------------------------------------------------------------------------------------

  begin() {
    this.steps = 0;
    this.start = this.live.leaves.map((leaf) => leaf.array.slice());
    this.losses = [this.live.root];
    this.track = this.only() ? [this.only().array[0]] : [];
    this.landscape = null;
    this.diverged = "";
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
    for (const leaf of this.learns) {
      const gradient = live.outputs[leaf.gradient];
      for (let place = 0; place < gradient.length; place += 1) leaf.array[place] -= this.rate.value * gradient[place];
    }
    this.steps += 1;
    this.own = true;
    live.run();
    this.own = false;
    this.losses.push(live.root);
    if (this.only()) this.track.push(this.only().array[0]);
    if (this.losses.length > MOST_POINTS) this.thin();
    if (!Number.isFinite(live.root) || ![...this.learns].every((leaf) => leaf.array.every(Number.isFinite))) {
      const { data } = live;
      const values = { step: this.steps, root: data.name, value: live.number(live.root), rate: this.rate.value };
      this.diverged = live.say("diverged", values);
    }
    this.show();
    return !this.diverged;
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
    this.show();
  }

  // --- what is shown ------------------------------------------------------------------------------

  show() {
    const { live } = this;
    const { name } = live.data;
    const now = live.say("step", { step: this.steps, root: name, value: live.number(live.root) });
    const idle = this.learns.size ? "" : live.data.words.idle;
    this.step.disabled = this.play.disabled = Boolean(idle);
    this.said.replaceChildren(...typeset(this.diverged || idle || now));
    this.said.classList.toggle("problem", Boolean(this.diverged));
    const leaf = this.only();
    const way = this.track.slice(-LAST).map((value) => live.number(value));
    const path = (this.track.length > LAST ? "… → " : "") + way.join(" → ");
    this.path.replaceChildren(...(leaf ? typeset(live.say("path", { leaf: leaf.title, path })) : []));
    if (this.element.open) this.draw();
  }

  draw() {
    const leaf = this.only();
    const finite = (number) => Number.isFinite(number);
    const losses = this.losses.filter(finite);
    const path = leaf
      ? this.track.map((x, place) => [x, this.losses[place]]).filter((point) => point.every(finite))
      : this.losses.map((loss, place) => [(place * this.steps) / Math.max(1, this.losses.length - 1), loss]).filter(([, loss]) => finite(loss));
    if (!path.length) return;
    const ground = leaf ? this.around(leaf, path.map(([x]) => x)) : [];
    const all = [...path, ...ground];
    const [x0, x1] = range(all.map(([x]) => x), leaf ? 0 : 1);
    const [y0, y1] = range(all.map(([, y]) => y), 0);
    const { width, height, left, right, top, bottom } = CURVE;
    const at = ([x, y]) => [
      left + ((x - x0) / (x1 - x0)) * (width - left - right),
      height - bottom - ((y - y0) / (y1 - y0)) * (height - top - bottom),
    ];
    const line = (points) => points.map((point) => at(point).map((n) => n.toFixed(1)).join(",")).join(" ");
    const { live } = this;
    const label = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor }, text);
    // Beside a large range, what is nearly zero is zero.
    const rounded = (number, size) => formatted(Math.abs(number) < size / 1000 ? 0 : number, ".3g");
    this.curve.replaceChildren(
      svg("path", { class: "axes", d: `M${left} ${top}V${height - bottom}H${width - right}` }),
      label(left - 4, top + 8, rounded(y1, y1 - y0), "end"),
      label(left - 4, height - bottom, rounded(y0, y1 - y0), "end"),
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

  // The loss over the leaf, as far as the path reaches and somewhat more.
  around(leaf, places) {
    const [low, high] = [Math.min(...places), Math.max(...places)];
    if (!this.landscape || low < this.landscape[0][0] || high > this.landscape.at(-1)[0]) {
      const margin = Math.max(0.25 * (high - low), 0.5 * Math.abs(this.track[0]), 0.5);
      const at = Array.from({ length: SAMPLES }, (_, i) => low - margin + (i / (SAMPLES - 1)) * (high - low + 2 * margin));
      const found = this.live.sampled(leaf, 0, at);
      this.landscape = at.map((x, place) => [x, found[place]]);
    }
    return this.landscape.filter(([, y]) => Number.isFinite(y));
  }
}

const MOST_DOTS = 40;

function range(numbers, least) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (high - low > least) return [low, high];
  return least ? [low, low + least] : [low - 0.5, high + 0.5];
}
