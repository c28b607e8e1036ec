// Numbers as colours and curves, and as text.

const digits = (value, count = 3) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "∞" : "−∞";
  const short = Number(value.toPrecision(count));
  const isSmall = short !== 0 && Math.abs(short) < 1e-3;
  return (isSmall ? short.toExponential() : String(short)).replace("+", "").replaceAll("-", "−");
};

const percent = (share, decimals = 1) =>
  Number.isNaN(share) ? "–" : `${(100 * share).toFixed(decimals)} %`;

const counted = (steps) => `${steps.toLocaleString("en")} step${steps === 1 ? "" : "s"}`;

const parsedColour = (text) => {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return [r, g, b].some(Number.isNaN) ? [0, 0, 0] : [r, g, b];
};

const extremes = (values) => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};

const range = (values) => {
  const [low, high] = extremes(values);
  return low > high ? "nan" : `${digits(low)} … ${digits(high)}`;
};

// Which elements are in sight, so that painting them is worth the time, and how large they are. The
// browser tells when that changes: asking it after each change would cost a layout.
const placed = new WeakMap();

function note(element, facts) {
  Object.assign(placed.get(element), facts);
  element.dispatchEvent(new Event("placed", { bubbles: true }));
}

const sights = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) note(target, { seen: isIntersecting });
});

const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) note(target, { width: contentRect.width, height: contentRect.height });
});

function placeOf(element) {
  if (!placed.has(element)) {
    placed.set(element, { seen: true, width: element.clientWidth, height: element.clientHeight });
    sights.observe(element);
    sizes.observe(element);
  }
  return placed.get(element);
}

const inSight = (element) => placeOf(element).seen;

// A matrix as colours: above 0 in the colour of its role, below in that of the lines.
// Of more columns than are painted some are left out, evenly.
function paintMatrix(canvas, values, rows, columns, stride, colours) {
  canvas.width = columns;
  canvas.height = rows;
  const brush = canvas.getContext("2d");
  const image = brush.createImageData(columns, rows);
  const [low, high] = extremes(values.subarray(0, rows * stride));
  const scale = 1 / Math.max(-low, high, 1e-300);
  const [above, below] = colours.map(parsedColour);
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 4) {
      const share = values[row * stride + Math.floor((column * stride) / columns)] * scale;
      const [r, g, b] = share >= 0 ? above : below;
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255 * Math.sqrt(Math.min(1, Math.abs(share)));
    }
  }
  brush.putImageData(image, 0, 0);
}

// An image of one channel as ink on paper.
function paintImage(canvas, pixels, start, [height, width], [low, high], [ink, paper]) {
  canvas.width = width;
  canvas.height = height;
  const brush = canvas.getContext("2d");
  const image = brush.createImageData(width, height);
  const scale = 1 / (high - low || 1);
  const [dark, light] = [ink, paper].map(parsedColour);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const share = Math.min(1, Math.max(0, (pixels[start + pixel] - low) * scale));
    for (let part = 0; part < 3; part += 1) {
      image.data[4 * pixel + part] = light[part] + share * (dark[part] - light[part]);
    }
    image.data[4 * pixel + 3] = 255;
  }
  brush.putImageData(image, 0, 0);
}

// A canvas as sharp as the screen, cleared.
function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  const brush = canvas.getContext("2d");
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush.clearRect(0, 0, width, height);
  return brush;
}

// Two curves over the steps, with their latest numbers as text above.
class Curves {
  constructor(title, names, roles, write, bounds) {
    Object.assign(this, { title, names, roles, write, bounds }); // without bounds they follow
    this.legend = html("p", { class: "legend" });
    this.figures = names.map((name, i) => {
      const figure = html("b");
      const mark = html("i", { class: i ? "mark dashed" : "mark" });
      const entry = html("span", {}, mark, `${name} `, figure);
      this.legend.append(entry);
      return { figure, entry };
    });
    this.canvas = html("canvas", { role: "img" });
    this.element = html("section", { class: "curves" }, html("h3", {}, title), this.legend, this.canvas);
  }

  show(steps, series, colours) {
    const told = [];
    series.forEach((values, i) => {
      const latest = values.at(-1);
      this.figures[i].entry.hidden = Number.isNaN(latest) && values.every(Number.isNaN);
      this.figures[i].figure.textContent = this.write(latest);
      if (!this.figures[i].entry.hidden) told.push(`${this.names[i]} ${this.write(latest)}`);
    });
    const at = steps.at(-1);
    this.canvas.setAttribute("aria-label", `${this.title} after ${counted(at)}: ${told.join(", ")}`);
    const { seen, width, height } = placeOf(this.canvas);
    if (!seen || !width) return;
    const brush = sharp(this.canvas, width, height);
    const all = series.flat().filter(Number.isFinite);
    const [low, high] = this.bounds ?? [Math.min(0, ...all), Math.max(...all, 1e-12)];
    const [left, top, right, bottom] = [44, 6, width - 8, height - 18];
    const x = (step) => left + ((right - left) * step) / Math.max(1, at);
    const y = (value) => bottom - ((bottom - top) * (value - low)) / (high - low || 1);
    brush.font = "11px system-ui, sans-serif";
    brush.fillStyle = colours.muted;
    brush.strokeStyle = colours.edge;
    brush.textAlign = "right";
    brush.textBaseline = "middle";
    for (const value of [low, (low + high) / 2, high]) {
      brush.beginPath();
      brush.moveTo(left, y(value));
      brush.lineTo(right, y(value));
      brush.stroke();
      brush.fillText(this.bounds ? percent(value, 0) : this.write(value), left - 4, y(value));
    }
    brush.textBaseline = "top";
    brush.textAlign = "left";
    brush.fillText("0", left, bottom + 4);
    brush.textAlign = "right";
    brush.fillText(counted(at), right, bottom + 4);
    series.forEach((values, i) => {
      brush.strokeStyle = colours[this.roles[i]];
      brush.lineWidth = 1.8;
      brush.setLineDash(i ? [5, 3] : []);
      brush.beginPath();
      let open = false;
      values.forEach((value, place) => {
        if (!Number.isFinite(value)) {
          open = false;
          return;
        }
        brush[open ? "lineTo" : "moveTo"](x(steps[place]), y(value));
        open = true;
      });
      brush.stroke();
      if (values.length === 1 && Number.isFinite(values[0])) brush.fillRect(x(steps[0]) - 2, y(values[0]) - 2, 4, 4);
    });
    brush.setLineDash([]);
    brush.lineWidth = 1;
  }
}

// Some entries of a matrix as numbers, from the first or from others on. Their places stay, so that
// one can watch them.
const MOST_ROWS = 6;
const MOST_COLUMNS = 8;

class Numbers {
  constructor(caption, role, precision = 3) {
    this.role = role;
    this.precision = precision;
    this.table = html("table");
    this.about = html("span");
    this.element = html(
      "figure",
      { class: "numbers" },
      html("figcaption", {}, html("b", { class: role }, caption), " ", this.about),
      html("div", { class: "scroll", tabindex: "0", "aria-label": caption }, this.table),
    );
  }

  show(values, rows, columns, firstRow = 0, firstColumn = 0) {
    const from = firstRow ? `, from row ${firstRow + 1}` : firstColumn ? `, from column ${firstColumn + 1}` : "";
    const about = `${rows} × ${columns}${from}`;
    if (this.about.textContent !== about) {
      this.about.textContent = about;
      this.cells = [];
      const lines = Array.from({ length: Math.min(rows, MOST_ROWS) }, (_, row) => {
        const line = html("tr");
        for (let column = 0; column < Math.min(columns, MOST_COLUMNS); column += 1) {
          const cell = html("td", { class: this.role });
          this.cells.push([cell, (firstRow + row) * columns + firstColumn + column]);
          line.append(cell);
        }
        if (columns > MOST_COLUMNS) line.append(html("td", { class: "more" }, "…"));
        return line;
      });
      if (rows > MOST_ROWS) lines.push(html("tr", {}, html("td", { class: "more" }, "⋮")));
      this.table.replaceChildren(...lines);
    }
    for (const [cell, place] of this.cells) cell.textContent = digits(values[place], this.precision);
  }
}
