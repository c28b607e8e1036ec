// Pan and zoom: the viewBox follows a centre and a scale (pixels per unit of the drawing). Where there
// is more than can be seen, the edge fades and a bar says how much of it.

const NATURAL = 4 / 3; // pixels per point
const READABLE = 0.8; // below this scale nobody can read the numbers
const LARGEST = 12;
const PAUSE = 250; // milliseconds; a wheel that turns again sooner goes on with what it did

class Stage {
  constructor(element, tall, onChange) {
    this.element = element;
    this.onChange = onChange; // told whether everything fits just so
    this.tall = tall; // whether the page gives the height, or the drawing
    this.moved = false;
    this.pointers = new Map();
    this.dragged = 0;
    this.scrolled = -Infinity; // when the wheel last moved the page
    this.bars = { x: this.bar("x"), y: this.bar("y") };
    new ResizeObserver(() => this.resized()).observe(element);
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) {
      element.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    // A page that scrolls goes on scrolling when the picture comes under the pointer.
    this.scroll = (event) => {
      if (!this.element.isConnected) this.end();
      else if (!event.composedPath().includes(element)) this.scrolled = event.timeStamp;
    };
    window.addEventListener("wheel", this.scroll, { passive: true });
  }

  // The element leaves the page.
  end() {
    window.removeEventListener("wheel", this.scroll);
  }

  // Another picture; `around` is the frame or the box that has just been opened or closed.
  show(picture, around) {
    const again = Boolean(this.picture);
    this.picture = picture;
    this.element.replaceChildren(picture.element, this.bars.x.rail, this.bars.y.rail);
    picture.prepare();
    const { moved, scale } = this;
    this.moved = false;
    this.resized();
    // Who has zoomed keeps the size, and sees what has changed.
    if (again && moved) {
      this.moved = true;
      this.scale = scale;
    }
    const frame = picture.frames.find((made) => made.box === around);
    const place = frame?.rect ?? picture.boxes.get(around);
    if (place) this.follow(place);
  }

  resized() {
    if (!this.picture || !this.element.clientWidth) return;
    const { bounds } = this.picture;
    if (!this.tall) {
      const scale = this.scaleFor(this.element.clientWidth, Infinity);
      const most = Math.max(200, Math.min(560, 0.65 * window.innerHeight));
      const rail = bounds.width * scale > this.element.clientWidth + 1 ? 12 : 0;
      const height = Math.ceil(bounds.height * scale) + 8 + rail;
      this.element.style.height = `${Math.min(most, height)}px`;
    }
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    // In pixels: with a share of its frame, the browser would place every text again at each change.
    Object.assign(this.picture.element.style, { width: `${this.width}px`, height: `${this.height}px` });
    if (this.moved) this.apply();
    else this.start();
  }

  scaleFor(width, height) {
    const { bounds } = this.picture;
    const largest = NATURAL * (this.tall ? 1.6 : 1.1);
    const fit = Math.min(width / bounds.width, height / bounds.height, largest);
    return Math.max(fit, Math.min(READABLE, largest));
  }

  // All of the picture where it can be read, else its beginning.
  start() {
    this.scale = this.first = this.scaleFor(this.width, this.height);
    ({ x: this.x, y: this.y } = this.picture.beginning());
    this.apply();
  }

  get whole() {
    const { bounds } = this.picture;
    return Math.min(this.width / bounds.width, this.height / bounds.height, NATURAL * 1.6);
  }

  // Everything; again, the real size around the same place.
  fit() {
    const { bounds } = this.picture;
    const fits = Math.abs(this.scale / this.whole - 1) < 0.001;
    this.moved = true;
    this.scale = fits ? NATURAL : this.whole;
    if (!fits) {
      this.before = { x: this.x, y: this.y };
      this.x = bounds.x + bounds.width / 2;
      this.y = bounds.y + bounds.height / 2;
    } else if (this.before) ({ x: this.x, y: this.y } = this.before);
    this.apply();
  }

  apply() {
    const { bounds } = this.picture;
    const within = (value, low, size, seen) =>
      seen >= size ? low + size / 2 : Math.min(Math.max(value, low + seen / 2), low + size - seen / 2);
    const width = this.width / this.scale;
    const height = this.height / this.scale;
    this.x = within(this.x, bounds.x, bounds.width, width);
    this.y = within(this.y, bounds.y, bounds.height, height);
    const box = [this.x - width / 2, this.y - height / 2, width, height];
    this.picture.element.setAttribute("viewBox", box.map((n) => n.toFixed(2)).join(" "));
    this.showMore("x", box[0] - bounds.x, width, bounds.width);
    this.showMore("y", box[1] - bounds.y, height, bounds.height);
    // Where everything is visible a finger scrolls the page, else it moves the picture.
    const all = width >= bounds.width - 1 && height >= bounds.height - 1;
    this.element.classList.toggle("movable", !all);
    this.onChange(Math.abs(this.scale / this.whole - 1) < 0.001);
  }

  // --- what is out of sight ---------------------------------------------------------------------

  showMore(axis, before, seen, size) {
    const after = size - before - seen;
    const [first, last] = axis === "x" ? ["left", "right"] : ["top", "bottom"];
    this.element.classList.toggle(`more-${first}`, before > 1);
    this.element.classList.toggle(`more-${last}`, after > 1);
    const { rail, bar } = this.bars[axis];
    rail.hidden = before <= 1 && after <= 1;
    const share = Math.min(1, seen / size);
    bar.style[first] = `${(100 * Math.max(0, before)) / size}%`;
    bar.style[axis === "x" ? "width" : "height"] = `${100 * share}%`;
  }

  bar(axis) {
    const bar = html("div", { class: "bar" });
    const rail = html("div", { class: `rail ${axis}`, "aria-hidden": "true" }, bar);
    rail.hidden = true;
    rail.addEventListener("pointerdown", (event) => {
      rail.setPointerCapture(event.pointerId);
      event.stopPropagation();
      event.preventDefault();
      this.jump(axis, event);
    });
    rail.addEventListener("pointermove", (event) => {
      if (rail.hasPointerCapture(event.pointerId)) this.jump(axis, event);
    });
    rail.addEventListener("click", (event) => event.stopPropagation());
    return { rail, bar };
  }

  jump(axis, event) {
    const { bounds } = this.picture;
    const frame = this.bars[axis].rail.getBoundingClientRect();
    if (axis === "x") this.x = bounds.x + ((event.clientX - frame.x) / frame.width) * bounds.width;
    else this.y = bounds.y + ((event.clientY - frame.y) / frame.height) * bounds.height;
    this.moved = true;
    this.apply();
  }

  zoom(factor, clientX, clientY) {
    const { bounds } = this.picture;
    const frame = this.element.getBoundingClientRect();
    const dx = clientX === undefined ? 0 : clientX - frame.left - this.width / 2;
    const dy = clientY === undefined ? 0 : clientY - frame.top - this.height / 2;
    const smallest = Math.min(this.width / bounds.width, this.height / bounds.height, READABLE) / 2;
    const scale = Math.min(LARGEST, Math.max(smallest, this.scale * factor));
    this.x += dx / this.scale - dx / scale;
    this.y += dy / this.scale - dy / scale;
    this.scale = scale;
    this.moved = true;
    this.apply();
  }

  // Moves the picture only if what happens, and some of what is around it, is not in sight.
  follow(place) {
    if (!place || !this.scale) return;
    const box = grown(place, 60);
    const width = this.width / this.scale / 2;
    const height = this.height / this.scale / 2;
    const x = box.x + box.width / 2;
    const y = box.y + box.height / 2;
    if (
      Math.abs(x - this.x) + Math.min(box.width / 2, width) <= width &&
      Math.abs(y - this.y) + Math.min(box.height / 2, height) <= height
    ) {
      return;
    }
    this.x = x;
    this.y = y;
    this.moved = true;
    this.apply();
  }

  // --- pointers ---------------------------------------------------------------------------------

  // Turning zooms at the pointer, sideways moves; a pinch on a touch pad comes with ctrlKey. What
  // leads nowhere (everything is in sight already) is left to the page.
  wheel(event) {
    const pinch = event.ctrlKey || event.metaKey;
    if (!pinch && event.timeStamp - this.scrolled < PAUSE) {
      this.scrolled = event.timeStamp;
      return;
    }
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.height : 1;
    const [right, down] = [event.deltaX * lines, event.deltaY * lines];
    const sideways = event.shiftKey ? right || down : right;
    const before = [this.x, this.y, this.scale].join();
    if (!pinch && (event.shiftKey || Math.abs(right) > Math.abs(down))) {
      this.x += sideways / this.scale;
      this.moved = true;
      this.apply();
    } else {
      const least = pinch ? 0 : Math.min(this.whole, this.first) / this.scale;
      const factor = Math.exp(-down * (pinch ? 0.004 : 0.0015));
      this.zoom(down > 0 ? Math.min(1, Math.max(least, factor)) : factor, event.clientX, event.clientY);
    }
    if (before === [this.x, this.y, this.scale].join()) this.scrolled = event.timeStamp;
    else event.preventDefault();
  }

  down(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.dragged = 0;
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    const dx = event.clientX - before.x;
    const dy = event.clientY - before.y;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.dragged += Math.abs(dx) + Math.abs(dy);
    if (this.dragged < 5) return; // a click with a trembling hand
    if (!this.element.hasPointerCapture(event.pointerId)) {
      this.element.setPointerCapture(event.pointerId);
    }
    this.moved = true;
    if (others.length) {
      const [, other] = others[0];
      const distance = (x, y) => Math.hypot(x - other.x, y - other.y) || 1;
      const factor = distance(event.clientX, event.clientY) / distance(before.x, before.y);
      this.zoom(factor, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
      return;
    }
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.apply();
  }
}
