// The network as a chain: a row for each layer, which opens to its formula and its matrices.

const MOST_PAINTED_ROWS = 32;
const MOST_PAINTED_COLUMNS = 128;

// A matrix of samples by units, whatever the axes of a sample.
const asRows = (values, rows) => [rows, values.length / rows];

class Strip {
  constructor(role, label) {
    this.role = role;
    this.label = label;
    this.canvas = html("canvas", { role: "img", class: "strip" });
    this.text = html("small", { class: role });
    this.element = html("td", {}, this.canvas, this.text);
  }

  show(values, samples, colours) {
    this.canvas.hidden = !values;
    this.text.textContent = values ? range(values) : "";
    if (!values) return;
    const [rows, columns] = asRows(values, samples);
    this.canvas.setAttribute("aria-label", `${this.label}: ${rows} × ${columns}, ${range(values)}`);
    const [shownRows, shownColumns] = [
      Math.min(rows, MOST_PAINTED_ROWS),
      Math.min(columns, MOST_PAINTED_COLUMNS),
    ];
    paintMatrix(this.canvas, values, shownRows, shownColumns, columns, [colours[this.role], colours.muted]);
  }
}

// A length between 1e-8 and 100, on the scale of its powers of ten.
class Gauge {
  constructor(role) {
    this.bar = html("span", { class: `gauge ${role}` });
    this.text = html("small");
    this.element = html("td", {}, html("span", { class: "gauges" }, this.bar), this.text);
  }

  show(value) {
    this.text.textContent = Number.isNaN(value) ? "" : digits(value, 2);
    this.bar.parentElement.hidden = Number.isNaN(value);
    const share = value > 0 ? (Math.log10(Math.min(value, 100)) + 8) / 10 : 0;
    this.bar.style.width = `${Math.max(0, 100 * share)}%`;
  }
}

class LayerRow {
  constructor(trainer, place) {
    this.trainer = trainer;
    this.place = place;
    this.layer = trainer.data.layers[place];
    const { title, about } = this.layer;
    this.values = new Strip("value", `values of ${title}`);
    this.gradients = new Strip("gradient", `gradients of ${title}`);
    this.flow = new Gauge("gradient");
    this.ratio = new Gauge("value");
    this.dead = html("td", { class: "dead" });
    this.button = html("button", { type: "button", class: "opener", "aria-expanded": "false" }, title);
    this.button.addEventListener("click", () => this.toggle());
    this.row = html(
      "tr",
      {},
      html("th", { scope: "row" }, this.button, html("small", {}, about)),
      this.values.element,
      this.gradients.element,
      this.flow.element,
      this.ratio.element,
      this.dead,
    );
    this.inside = html("td", { colspan: "6" });
    this.details = html("tr", { hidden: "", class: "inside" }, this.inside);
    this.elements = [this.row, this.details];
  }

  get open() {
    return !this.details.hidden;
  }

  toggle() {
    this.details.hidden = this.open;
    this.button.setAttribute("aria-expanded", String(this.open));
    this.matrices ??= this.build();
    if (this.open) this.showMatrices();
  }

  build() {
    const { forward, backward, parameters } = this.layer;
    const line = (role) => (text) => html("p", { class: `formula ${role}` }, text);
    const formulas = [...(forward ? [forward] : []).map(line("value")), ...backward.map(line("gradient"))];
    const called = (name) => this.trainer.data.parameters.find((parameter) => parameter.name === name).called;
    const made = {
      x: new Numbers("X", "value"),
      parameters: parameters.map((name) => ({
        name,
        before: new Numbers(`${called(name)} before`, "value", 5), // a step may change little
        gradient: new Numbers(`∂${called(name)}`, "gradient"),
        after: new Numbers(`${called(name)} after`, "value", 5),
      })),
      y: new Numbers("Y", "value"),
      error: new Numbers("E", "gradient"),
    };
    const group = (...parts) => html("div", { class: "matrices" }, ...parts.map((part) => part.element));
    this.inside.append(
      ...formulas,
      group(made.x, made.y, made.error),
      ...made.parameters.map(({ before, gradient, after }) => group(before, gradient, after)),
    );
    return made;
  }

  show(colours) {
    const { trainer, place, layer } = this;
    if (this.open) this.showMatrices();
    if (!inSight(this.row)) return;
    this.values.show(trainer.values(place), trainer.size, colours);
    const gradients = trainer.gradients(place);
    this.gradients.show(gradients, trainer.size, colours);
    const learned = layer.parameters.filter((name) => trainer.gradientOf(name));
    this.flow.show(gradients ? norm([gradients]) : NaN);
    this.ratio.show(learned.length ? trainer.updateRatio(learned) : NaN);
    this.dead.textContent = layer.canDie ? percent(trainer.deadUnits(place)) : "";
  }

  showMatrices() {
    const { trainer, place, matrices } = this;
    const samples = trainer.size;
    const input = place ? trainer.values(place - 1) : trainer.step.kernel.inputs[0];
    const error = trainer.gradients(place);
    // The first pixels of an image are empty: the middle has more to show.
    const [height, width] = (place === 0 && trainer.data.image) || [0, 0];
    const middle = Math.max(0, width * Math.floor(height / 2) + Math.floor(width / 2) - 4);
    matrices.x.show(input, ...asRows(input, samples), 0, middle);
    const values = trainer.values(place);
    matrices.y.show(values, ...asRows(values, samples));
    matrices.error.element.hidden = !error;
    if (error) matrices.error.show(error, ...asRows(error, samples));
    for (const { name, before, gradient, after } of matrices.parameters) {
      const shape = trainer.data.parameters.find((parameter) => parameter.name === name).shape;
      const now = trainer.parameter(name);
      const columns = shape.at(-1) ?? 1;
      const rows = now.length / columns;
      const size = [rows, columns, rows === trainer.features ? middle : 0];
      after.show(now, ...size);
      before.show(trainer.before?.get(name) ?? now, ...size);
      const slope = trainer.gradientOf(name);
      gradient.element.hidden = !slope;
      if (slope) gradient.show(slope, ...size);
    }
  }
}

class Chain {
  constructor(trainer) {
    this.trainer = trainer;
    this.rows = trainer.data.layers.map((_, place) => new LayerRow(trainer, place));
    this.input = new Strip("value", "samples");
    const { title, about, forward, backward } = trainer.data.loss;
    this.loss = html("td", { class: "value" });
    const heads = ["layer", "values of the batch", "gradients", "gradient flow", "update / weight", "dead units"];
    const titles = [
      "",
      "samples downwards, units across",
      "of what the layer returns",
      "of what the layer returns: how much arrives there; the bar is logarithmic from 1e-8 to 100",
      "the norm of the last update over that of the weights; about 1e-3 is healthy",
      "0 for all samples looked at, so that they don't learn",
    ];
    const end = html("td", { class: "gradient" }, "1");
    const empty = () => html("td");
    this.table = html(
      "table",
      { class: "chain" },
      html("thead", {}, html("tr", {}, ...heads.map((head, i) => html("th", { scope: "col", title: titles[i] }, head)))),
      html(
        "tbody",
        {},
        html("tr", {}, html("th", { scope: "row" }, "x", html("small", {}, "samples")), this.input.element, empty(), empty(), empty(), empty()),
        ...this.rows.flatMap((row) => row.elements),
        html(
          "tr",
          {},
          html(
            "th",
            { scope: "row" },
            title,
            html("small", { class: "value", title: about }, forward),
            ...backward.map((line) => html("small", { class: "gradient" }, line)),
          ),
          this.loss,
          end,
          empty(),
          empty(),
          empty(),
        ),
      ),
    );
    this.element = html("div", { class: "scroll" }, this.table);
  }

  show(colours) {
    const { trainer } = this;
    if (inSight(this.table)) {
      this.input.show(trainer.step.kernel.inputs[0], trainer.size, colours);
      this.loss.textContent = digits(trainer.loss, 4);
    }
    for (const row of this.rows) row.show(colours);
  }
}
