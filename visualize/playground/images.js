// For images: samples of the batch with what the network says of them, one of one's own, and the
// weights of the first layer as images.

const MOST_SAMPLES = 12;
const MOST_UNITS = 32;
const MOST_OUTPUTS = 20;

// What the network says of one sample, as bars.
class Bars {
  constructor(names) {
    this.title = html("p", { class: "says" });
    this.rows = names.slice(0, MOST_OUTPUTS).map((name) => {
      const [bar, share] = [html("span", { class: "gauge" }), html("small")];
      const element = html("div", { class: "outcome" }, html("span", {}, name), html("span", { class: "gauges" }, bar), share);
      return { element, bar, share };
    });
    this.element = html("div", { class: "outcomes" }, this.title, ...this.rows.map((row) => row.element));
  }

  show(title, values) {
    this.title.textContent = title;
    const most = positionOfMost(values, 0, values.length);
    const scale = 1 / Math.max(1, ...Array.from(values, Math.abs));
    this.rows.forEach(({ element, bar, share }, kind) => {
      bar.style.width = `${100 * Math.max(0, values[kind] * scale)}%`;
      share.textContent = digits(values[kind], 2);
      element.classList.toggle("most", kind === most);
    });
  }
}

class Images {
  constructor(trainer) {
    this.trainer = trainer;
    this.shape = trainer.data.image;
    this.bounds = extremes(trainer.x);
    this.names = trainer.data.classes ?? Array.from({ length: trainer.outputs }, (_, i) => `output ${i + 1}`);
    this.chosen = 0;
    this.bars = new Bars(this.names);
    this.large = html("canvas", { class: "large", role: "img" });
    this.thumbs = Array.from({ length: Math.min(MOST_SAMPLES, trainer.count) }, (_, place) => {
      const [canvas, text] = [html("canvas"), html("span")];
      const element = html("button", { type: "button", class: "thumb" }, canvas, text);
      element.addEventListener("click", () => {
        this.chosen = place;
        this.show(this.colours);
      });
      return { element, canvas, text };
    });
    this.pad = new Pad(this);
    this.weights = this.weightsOfFirst();
    this.element = html(
      "section",
      { class: "images" },
      html("h3", {}, "Samples of the batch: what the network says, and what is right"),
      html("div", { class: "thumbs" }, ...this.thumbs.map(({ element }) => element)),
      html("div", { class: "sample" }, this.large, this.bars.element),
      this.pad.element,
      ...(this.weights ? [this.weights.element] : []),
    );
  }

  weightsOfFirst() {
    const pixels = this.shape[0] * this.shape[1];
    const first = this.trainer.data.parameters.find(({ shape }) => shape.length === 2);
    if (!first || first.shape[0] !== pixels) return null;
    const units = Math.min(first.shape[1], MOST_UNITS);
    const canvas = html("canvas", { class: "weights", role: "img" });
    canvas.setAttribute("aria-label", `Weights of ${units} units of ${first.called}, each as an image`);
    const title = `The weights of ${units} of ${first.shape[1]} units, as images`;
    return { canvas, units, first, element: html("section", {}, html("h3", {}, title), canvas) };
  }

  // A share for each name: of one output that is yes or no, also that of no.
  shares(prediction, row) {
    const shares = this.trainer.probabilities(prediction, row);
    return shares.length === 1 && this.names.length === 2 ? [1 - shares[0], shares[0]] : shares;
  }

  labelOf(values, start = 0) {
    const { kind, threshold } = this.trainer.data.loss;
    const { outputs } = this.trainer;
    if (kind === "classes") {
      const most = positionOfMost(values, start, start + outputs);
      return most < 0 ? "nan" : this.names[most];
    }
    if (kind === "values" || outputs > 1) return digits(values[start], 2);
    return this.names[Number(values[start] >= threshold)];
  }

  show(colours) {
    this.colours = colours;
    if (inSight(this.element)) {
      this.showSamples(colours);
      this.pad.show(colours);
    }
    if (this.weights && inSight(this.weights.canvas)) this.showWeights(colours);
  }

  showSamples(colours) {
    const { trainer, shape, bounds } = this;
    const ink = [colours.text, colours.background];
    const samples = trainer.step.kernel.inputs[0];
    const labels = trainer.step.kernel.inputs[1];
    const shown = Math.min(this.thumbs.length, trainer.size);
    this.chosen = Math.min(this.chosen, shown - 1);
    this.thumbs.forEach(({ element, canvas, text }, row) => {
      element.hidden = row >= shown;
      if (element.hidden) return;
      const isRight = trainer.isRight(trainer.prediction, labels, row, row);
      const [said, right] = [
        this.labelOf(trainer.prediction, row * trainer.outputs),
        this.labelOf(this.asPrediction(labels, row)),
      ];
      paintImage(canvas, samples, row * trainer.features, shape, bounds, ink);
      text.textContent = isRight ? said : `${said} ≠ ${right}`;
      element.classList.toggle("wrong", !isRight && trainer.data.loss.kind !== "values");
      element.setAttribute("aria-pressed", String(row === this.chosen));
      element.setAttribute("aria-label", `sample ${row + 1}: the network says ${said}, right is ${right}`);
    });
    paintImage(this.large, samples, this.chosen * trainer.features, shape, bounds, ink);
    const right = this.labelOf(this.asPrediction(labels, this.chosen));
    this.large.setAttribute("aria-label", `sample ${this.chosen + 1} of the batch: ${right}`);
    this.bars.show(`right: ${right}`, this.shares(trainer.prediction, this.chosen));
  }

  // A label as an output that says so: probabilities are scores with another threshold.
  asPrediction(labels, row) {
    const { outputs, data } = this.trainer;
    const label = labels.slice(row * outputs, (row + 1) * outputs);
    return data.loss.kind === "yes or no" ? label.map((yes) => yes - 0.5 + data.loss.threshold) : label;
  }

  showWeights(colours) {
    const { canvas, units, first } = this.weights;
    const values = this.trainer.parameter(first.name);
    const [height, width] = this.shape;
    const across = Math.min(8, units);
    canvas.width = across * (width + 1) - 1;
    canvas.height = Math.ceil(units / across) * (height + 1) - 1;
    const brush = canvas.getContext("2d");
    const image = brush.createImageData(canvas.width, canvas.height);
    const [above, below] = [colours.series[1], colours.series[0]].map(parsedColour);
    const paper = parsedColour(colours.background);
    const stride = first.shape[1];
    for (let unit = 0; unit < units; unit += 1) {
      let most = 1e-300;
      for (let i = unit; i < values.length; i += stride) most = Math.max(most, Math.abs(values[i]));
      const left = (unit % across) * (width + 1);
      const top = Math.floor(unit / across) * (height + 1);
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        const share = values[pixel * stride + unit] / most;
        const colour = share > 0 ? above : below;
        const at = 4 * ((top + Math.floor(pixel / width)) * canvas.width + left + (pixel % width));
        for (let part = 0; part < 3; part += 1) {
          image.data[at + part] = paper[part] + Math.abs(share) * (colour[part] - paper[part]);
        }
        image.data[at + 3] = 255;
      }
    }
    brush.putImageData(image, 0, 0);
  }
}

// Where one draws a digit of one's own, which is then placed as those of MNIST are: in a box of
// 20 of the 28 pixels, with its centre of mass in the middle.
const PAD = 140;
const OWN = "Draw here: by pointer, or move with the arrow keys, with Shift to draw; Delete clears.";

class Pad {
  constructor(images) {
    this.images = images;
    this.canvas = html("canvas", { width: PAD, height: PAD, class: "pad", tabindex: "0", role: "application", "aria-label": OWN, title: OWN });
    this.brush = this.canvas.getContext("2d", { willReadFrequently: true });
    this.seen = html("canvas", { class: "seen", role: "img", "aria-label": "What the network gets" });
    this.bars = new Bars(images.names);
    this.cursor = [PAD / 2, PAD / 2];
    this.pixels = null;
    const clear = action("Clear", () => this.clear());
    this.element = html(
      "section",
      {},
      html("h3", {}, "Draw one of your own"),
      html("div", { class: "own" }, html("div", {}, this.canvas, clear), this.seen, this.bars.element),
    );
    this.listen();
    this.clear();
  }

  listen() {
    const { canvas } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * PAD, ((event.clientY - box.top) / box.height) * PAD];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.cursor = place(event);
      this.lineTo(this.cursor);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.lineTo(place(event));
    });
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (event.key === "Delete" || event.key === "Backspace") this.clear();
      else if (!(event.key in moves)) return;
      else {
        const to = this.cursor.map((x, i) => Math.min(PAD, Math.max(0, x + 5 * moves[event.key][i])));
        if (event.shiftKey) this.lineTo(to);
        this.cursor = to;
        this.say();
      }
      event.preventDefault();
      event.stopPropagation();
    });
  }

  clear() {
    this.brush.clearRect(0, 0, PAD, PAD);
    this.pixels = null;
    this.say();
  }

  lineTo(to) {
    const { brush } = this;
    brush.lineWidth = PAD / 11;
    brush.lineCap = brush.lineJoin = "round";
    brush.beginPath();
    brush.moveTo(...this.cursor);
    brush.lineTo(to[0] + 0.01, to[1]);
    brush.stroke();
    this.cursor = to;
    this.pixels = this.placed();
    this.say();
  }

  ink(canvas) {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
    return Float64Array.from({ length: width * height }, (_, i) => data[4 * i + 3] / 255);
  }

  placed() {
    const [height, width] = this.images.shape;
    const ink = this.ink(this.canvas);
    const [columns, rows] = [[], []];
    ink.forEach((amount, i) => {
      if (amount > 0.1) {
        columns.push(i % PAD);
        rows.push(Math.floor(i / PAD));
      }
    });
    const [left, right] = extremes(columns);
    const [top, bottom] = extremes(rows);
    const scale = ((20 / 28) * Math.min(width, height)) / (Math.max(right - left, bottom - top) + 1);
    const draw = (x, y) => {
      const canvas = html("canvas", { width, height });
      const brush = canvas.getContext("2d", { willReadFrequently: true });
      brush.imageSmoothingQuality = "high";
      brush.drawImage(this.canvas, x - left * scale, y - top * scale, PAD * scale, PAD * scale);
      return this.ink(canvas);
    };
    const once = draw((width - (right - left + 1) * scale) / 2, (height - (bottom - top + 1) * scale) / 2);
    let [mass, x, y] = [1e-12, 0, 0];
    once.forEach((amount, i) => {
      mass += amount;
      x += amount * ((i % width) + 0.5);
      y += amount * (Math.floor(i / width) + 0.5);
    });
    return draw(
      (width - (right - left + 1) * scale) / 2 + width / 2 - x / mass,
      (height - (bottom - top + 1) * scale) / 2 + height / 2 - y / mass,
    );
  }

  say() {
    if (this.images.colours) this.show(this.images.colours);
  }

  show(colours) {
    const { trainer, shape, bounds } = this.images;
    this.tint(colours.text);
    const pixels = this.pixels ?? new Float64Array(shape[0] * shape[1]);
    paintImage(this.seen, pixels, 0, shape, [0, 1], [colours.text, colours.background]);
    this.bars.element.classList.toggle("nothing", !this.pixels);
    const said = trainer.says("one", pixels.map((ink) => bounds[0] + ink * (bounds[1] - bounds[0])));
    const words = this.pixels ? `the network says ${this.images.labelOf(said)}` : "nothing is drawn";
    const nothing = this.images.names.map(() => 0);
    this.bars.show(words, this.pixels ? this.images.shares(said, 0) : nothing);
  }

  // What is drawn takes the colour of the text, also after a change of the theme.
  tint(colour) {
    const { brush } = this;
    if (this.colour === colour) return;
    this.colour = colour;
    brush.strokeStyle = brush.fillStyle = colour;
    brush.globalCompositeOperation = "source-in";
    brush.fillRect(0, 0, PAD, PAD);
    brush.globalCompositeOperation = "source-over";
  }
}
