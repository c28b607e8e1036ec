// Pan and zoom: the viewBox follows a centre and a scale (pixels per unit of the drawing).

const NATURAL = 4 / 3; // pixels per point
const READABLE = 0.8; // below this scale nobody can read the numbers
const LARGEST = 12;

class Stage {
  constructor(element, tall) {
    this.element = element;
    this.tall = tall; // whether the page gives the height, or the drawing
    this.moved = false;
    this.pointers = new Map();
    this.dragged = 0;
    new ResizeObserver(() => this.resized()).observe(element);
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) {
      element.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
  }

  show(picture) {
    this.picture = picture;
    this.moved = false;
    this.resized();
  }

  resized() {
    if (!this.picture || !this.element.clientWidth) return;
    const { bounds } = this.picture;
    if (!this.tall) {
      const scale = this.scaleFor(this.element.clientWidth, Infinity);
      const most = Math.max(200, Math.min(560, 0.65 * window.innerHeight));
      this.element.style.height = `${Math.min(most, Math.ceil(bounds.height * scale) + 8)}px`;
    }
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
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
    const { bounds } = this.picture;
    this.scale = this.scaleFor(this.width, this.height);
    this.x = bounds.x + Math.min(bounds.width, this.width / this.scale) / 2;
    this.y = this.picture.beginning() ?? bounds.y + bounds.height / 2;
    this.apply();
  }

  fit() {
    const { bounds } = this.picture;
    this.moved = true;
    this.scale = Math.min(this.width / bounds.width, this.height / bounds.height, NATURAL * 1.6);
    this.x = bounds.x + bounds.width / 2;
    this.y = bounds.y + bounds.height / 2;
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
    // Where everything is visible a finger scrolls the page, else it moves the picture.
    const all = width >= bounds.width - 1 && height >= bounds.height - 1;
    this.element.classList.toggle("movable", !all);
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

  wheel(event) {
    // The wheel alone scrolls the notebook; a pinch on a touch pad comes with ctrlKey.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.004), event.clientX, event.clientY);
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
