// A layer on images: what it reads, what it makes, and the patch behind each entry.

const rounded = (value) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(3))).replaceAll("-", "−");
};

const numbersOf = (entries) => Float64Array.from(entries, (entry) =>
  typeof entry === "number" ? entry : { nan: NaN, inf: Infinity, "-inf": -Infinity }[entry]);

const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

// What is written about each kind of layer.
const SUMS = {
  convolution: "patch ⊙ kernel, all products added",
  largest: "the largest entry of the patch",
  mean: "the mean of the patch",
};
const MOST_TABLES = 3;

// One channel as an image, with room for marks.
class MapImage {
  constructor(values, height, width, scale, label) {
    Object.assign(this, { values, height, width, scale });
    this.canvas = html("canvas", { width, height });
    this.canvas.style.width = `${width * scale}px`;
    this.canvas.style.height = `${height * scale}px`;
    this.marks = html("div", { class: "cut" });
    this.box = html("div", { class: "image", "aria-label": label, role: "img" }, this.canvas, this.marks);
  }

  // Negative numbers in one colour, positive ones in another, nothing in that of the ground.
  paint(largest, ground, series) {
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    this.values.forEach((value, place) => {
      const share = Math.min(1, Math.abs(value) / largest) || 0;
      const colour = series[value < 0 ? 0 : 1];
      for (let part = 0; part < 3; part++) {
        image.data[4 * place + part] = ground[part] + share * (colour[part] - ground[part]);
      }
      image.data[4 * place + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }

  mark(kind, top, left, height, width) {
    const mark = html("div", { class: `mark ${kind}` });
    const put = { top, left, height, width };
    for (const [name, entries] of Object.entries(put)) mark.style[name] = `${entries * this.scale}px`;
    this.marks.replaceChildren(mark);
  }
}

class FeatureMaps {
  constructor(host, data) {
    Object.assign(this, { host, data });
    this.before = numbersOf(data.before);
    this.behind = numbersOf(data.behind);
    this.weight = data.weight && numbersOf(data.weight);
    this.bias = data.bias && numbersOf(data.bias);
    this.at = { map: 0, row: Math.floor(data.maps[1] / 2), column: Math.floor(data.maps[2] / 2) };
    this.scheme = new Scheme(host, data, () => this.paint());
    this.inputs = this.images(this.before, data.shape, 150, "channel");
    this.results = this.images(this.behind, data.maps, 110, "map");
    this.results.forEach((image, map) => this.listen(image, map));
    this.sum = html("div", { class: "sum", "aria-live": "polite" });
    const root = host.attachShadow({ mode: "open" });
    const group = (name, kind, images) => html("div", { class: `group ${kind}` },
      html("h2", {}, name), html("div", { class: "images" }, ...images.map((image) => image.box)));
    const heading = html("div", { class: "heading" }, data.title, " ", this.scheme.button);
    const box = html("div", { class: `display${data.page ? " page" : ""}` }, heading,
      html("div", { class: "maps" },
        group("What the layer reads", "inputs", this.inputs),
        group("What it makes: point at an entry", "results", this.results)), this.sum);
    root.append(html("style", {}, data.style), box);
    this.scheme.begin(box);
    this.show();
  }

  // A channel per image, each entry so large that one can point at it.
  images(values, [channels, height, width], room, label) {
    const scale = Math.max(2, Math.min(14, Math.round(room / Math.max(height, width))));
    return Array.from({ length: channels }, (_, channel) => new MapImage(
      values.subarray(channel * height * width, (channel + 1) * height * width),
      height, width, scale, `${label} ${channel}`));
  }

  listen(image, map) {
    const { box, canvas } = image;
    box.tabIndex = 0;
    const point = (event) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - left) / width) * image.width);
      const row = Math.floor(((event.clientY - top) / height) * image.height);
      this.move(map, row, column);
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    box.addEventListener("focus", () => this.move(map, this.at.row, this.at.column));
    box.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(map, this.at.row + step[0], this.at.column + step[1]);
    });
  }

  move(map, row, column) {
    const [, height, width] = this.data.maps;
    const inside = (value, length) => Math.max(0, Math.min(length - 1, value));
    this.at = { map, row: inside(row, height), column: inside(column, width) };
    this.show();
  }

  paint() {
    const { colours, name } = this.scheme;
    const ground = rgb(colours.background);
    const series = this.data.series[name].map(rgb);
    const largestOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0) || 1;
    for (const [images, values] of [[this.inputs, this.before], [this.results, this.behind]]) {
      const largest = largestOf(values);
      for (const image of images) image.paint(largest, ground, series);
    }
  }

  // Which channels of the image a map is made of: of its group, or its own.
  channels(map) {
    const { kind, inputs, per_group: perGroup } = this.data;
    if (kind !== "convolution") return [map];
    const first = Math.floor(map / perGroup) * inputs;
    return Array.from({ length: inputs }, (_, place) => first + place);
  }

  // The entries of a channel under the window; outside of the image stand zeros, or nothing.
  patch(channel) {
    const { kernel, stride, dilation, before_first: [top, left] } = this.data;
    const { row, column } = this.at;
    const [, height, width] = this.data.shape;
    const rows = [];
    for (let i = 0; i < kernel[0]; i++) {
      const y = row * stride[0] + i * dilation[0] - top;
      rows.push(Array.from({ length: kernel[1] }, (_, j) => {
        const x = column * stride[1] + j * dilation[1] - left;
        const within = y >= 0 && y < height && x >= 0 && x < width;
        return { within, value: within ? this.before[(channel * height + y) * width + x] : 0 };
      }));
    }
    return rows;
  }

  show() {
    const { data, at } = this;
    const [span, stride] = [data.kernel.map((k, axis) => (k - 1) * data.dilation[axis] + 1), data.stride];
    const read = new Set(this.channels(at.map));
    this.inputs.forEach((image, channel) => {
      if (!read.has(channel)) return image.marks.replaceChildren();
      image.mark("patch", at.row * stride[0] - data.before_first[0],
        at.column * stride[1] - data.before_first[1], span[0], span[1]);
    });
    this.results.forEach((image, map) => {
      image.box.classList.toggle("chosen", map === at.map);
      if (map === at.map) image.mark("entry", at.row, at.column, 1, 1);
      else image.marks.replaceChildren();
    });
    this.sum.replaceChildren(...this.told());
  }

  told() {
    const { data, at } = this;
    const [, height, width] = data.maps;
    const result = this.behind[(at.map * height + at.row) * width + at.column];
    const place = `map ${at.map}, row ${at.row}, column ${at.column}`;
    const heading = html("h2", {}, `${place}: ${SUMS[data.kind]}`);
    const terms = data.kind === "convolution" ? this.products() : [this.pooled(result)];
    const shown = terms.slice(0, MOST_TABLES);
    const rest = terms.slice(MOST_TABLES).reduce((total, term) => total + term.total, 0);
    const words = terms.length > 1 || this.bias ? shown.map((term) => rounded(term.total)) : [];
    if (terms.length > MOST_TABLES) words.push(`${rounded(rest)} of ${terms.length - MOST_TABLES} other channels`);
    if (this.bias) words.push(`${rounded(this.bias[at.map])} (b)`);
    const line = html("p", { class: "line" }, words.length ? `${words.join(" + ")} = ` : "= ",
      html("span", { class: "total" }, rounded(result)));
    return [heading, html("div", { class: "terms" }, ...shown.map((term) => term.element)), line];
  }

  // For each channel patch ⊙ kernel = products; those that count most come first.
  products() {
    const { kernel, inputs } = this.data;
    const size = kernel[0] * kernel[1];
    const terms = this.channels(this.at.map).map((channel, place) => {
      const patch = this.patch(channel);
      const first = (this.at.map * inputs + place) * size;
      const weights = patch.map((row, i) => row.map((_, j) => this.weight[first + i * kernel[1] + j]));
      const parts = patch.map((row, i) => row.map((entry, j) => entry.value * weights[i][j]));
      const total = parts.flat().reduce((sum, part) => sum + part, 0);
      const plain = (rows) => rows.map((row) => row.map((value) => ({ value, within: true })));
      const element = html("div", { class: "term" }, this.table(`channel ${channel}`, patch), "⊙",
        this.table("kernel", plain(weights)), "=", this.table("products", plain(parts)));
      return { total, element };
    });
    return terms.length > MOST_TABLES ? terms.sort((a, b) => Math.abs(b.total) - Math.abs(a.total)) : terms;
  }

  pooled(result) {
    const patch = this.patch(this.at.map);
    const largest = this.data.kind === "largest" ? result : undefined;
    return { total: result, element: this.table(`channel ${this.at.map}`, patch, largest) };
  }

  table(caption, rows, largest) {
    const close = (value) => largest !== undefined && Math.abs(value - largest) <= 1e-4 * Math.abs(largest);
    return html("table", {}, html("caption", {}, caption), ...rows.map((row) => html("tr", {},
      ...row.map(({ value, within }) => {
        const kind = within ? (close(value) ? "largest" : "") : "outside";
        const text = within || this.data.kind === "convolution" ? rounded(value) : "";
        return html("td", kind ? { class: kind } : {}, text);
      }))));
  }
}

function display(host, data) {
  new FeatureMaps(host, data);
}
