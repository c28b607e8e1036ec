// For two inputs: what the network says in the plane, and the samples on it.

const MOST_POINTS = 1500;

class Plane {
  constructor(trainer) {
    this.trainer = trainer;
    this.side = Math.sqrt(trainer.looks.grid.rows);
    const { x } = trainer;
    this.bounds = [0, 1].map((axis) => {
      const [low, high] = extremes(x.filter((_, i) => i % 2 === axis));
      const margin = high > low ? 0.1 * (high - low) : 1;
      return [low - margin, high + margin];
    });
    const [[left, right], [bottom, top]] = this.bounds;
    this.points = new Float64Array(2 * this.side ** 2);
    for (let i = 0; i < this.side ** 2; i += 1) {
      this.points[2 * i] = left + ((right - left) * ((i % this.side) + 0.5)) / this.side;
      this.points[2 * i + 1] = top - ((top - bottom) * (Math.floor(i / this.side) + 0.5)) / this.side;
    }
    this.small = html("canvas", { width: this.side, height: this.side });
    this.canvas = html("canvas", { role: "img", class: "plane" });
    this.legend = html("p", { class: "legend" });
    this.element = html(
      "section",
      {},
      html("h3", {}, "What the network says in the plane"),
      this.canvas,
      this.legend,
    );
  }

  // The colour of what the network says: that of the classes by their shares; of other numbers by
  // how high the first is.
  colourOf(shares, colours) {
    if (shares.length > 1 && this.trainer.data.loss.kind === "classes") {
      return [0, 1, 2].map((part) =>
        shares.reduce((sum, share, kind) => sum + share * colours[kind % colours.length][part], 0),
      );
    }
    const share = Math.min(1, Math.max(0, (shares[0] - this.low) / (this.high - this.low || 1)));
    return [0, 1, 2].map((part) => colours[0][part] + share * (colours[1][part] - colours[0][part]));
  }

  show(colours) {
    const { seen, width, height } = placeOf(this.canvas);
    if (!seen || !width) return;
    const { trainer } = this;
    const series = colours.series.map(parsedColour);
    const paper = parsedColour(colours.background);
    const classes = trainer.data.classes;
    [this.low, this.high] = trainer.data.loss.kind === "values" ? extremes(trainer.y) : [0, 1];
    const said = trainer.says("grid", this.points);
    const brush = this.small.getContext("2d");
    const image = brush.createImageData(this.side, this.side);
    for (let i = 0; i < this.side ** 2; i += 1) {
      const colour = this.colourOf(trainer.probabilities(said, i), series);
      for (let part = 0; part < 3; part += 1) {
        image.data[4 * i + part] = paper[part] + 0.45 * (colour[part] - paper[part]);
      }
      image.data[4 * i + 3] = 255;
    }
    brush.putImageData(image, 0, 0);
    const pen = sharp(this.canvas, width, height);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.small, 0, 0, width, height);
    this.draw(pen, trainer.x, trainer.y, true, series, colours, width, height);
    this.draw(pen, trainer.heldX, trainer.heldY, false, series, colours, width, height);
    this.canvas.setAttribute("aria-label", this.words());
    if (!this.legend.childNodes.length && classes) {
      this.marks = classes.map((name) => {
        const mark = html("i", { class: "dot" });
        this.legend.append(html("span", {}, mark, name));
        return mark;
      });
      if (trainer.held) this.legend.append(html("span", {}, html("i", { class: "ring" }), "held out"));
    }
    this.marks?.forEach((mark, kind) => (mark.style.background = colours.series[kind % series.length]));
  }

  draw(pen, x, y, filled, series, colours, width, height) {
    const [[left, right], [bottom, top]] = this.bounds;
    const count = x.length / 2;
    const every = Math.max(1, Math.ceil(count / MOST_POINTS));
    pen.lineWidth = filled ? 0.8 : 1.6;
    for (let i = 0; i < count; i += every) {
      const row = y.slice(i * this.trainer.outputs, (i + 1) * this.trainer.outputs);
      const [r, g, b] = this.colourOf(row, series).map(Math.round);
      pen.beginPath();
      pen.arc(
        ((x[2 * i] - left) / (right - left)) * width,
        ((top - x[2 * i + 1]) / (top - bottom)) * height,
        filled ? 3 : 3.4,
        0,
        7,
      );
      if (filled) {
        pen.fillStyle = `rgb(${r} ${g} ${b})`;
        pen.fill();
      }
      pen.strokeStyle = filled ? colours.background : `rgb(${r} ${g} ${b})`;
      pen.stroke();
    }
  }

  words() {
    const { history } = this.trainer;
    const right = history.accuracy.at(-1);
    const [[left, high], [low, top]] = this.bounds.map((pair) => pair.map((value) => digits(value)));
    const share = this.trainer.data.loss.kind === "values" ? "" : `: ${percent(right)} of the samples are where the network says so`;
    return `The plane from ${left} to ${high} and from ${low} to ${top}${share}`;
  }
}
