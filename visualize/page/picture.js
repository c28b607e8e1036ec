// One layout: its parts, what of them is visible at a step, and the frames around open scopes.

class Picture {
  constructor(view, actions) {
    this.view = view;
    this.actions = actions;
    // Parsed as XML, where no name can turn into markup of a page.
    const parsed = new DOMParser().parseFromString(view.svg, "image/svg+xml");
    this.element = document.importNode(parsed.documentElement, true);
    this.element.setAttribute("role", "group");
    this.graph = this.element.querySelector("g");
    this.groups = new Map();
    for (const group of this.element.querySelectorAll("[data-part]")) {
      this.groups.set(group.dataset.part, group);
    }
    const [x, y, width, height] = this.element.getAttribute("viewBox").split(" ").map(Number);
    this.bounds = { x, y, width, height };
    this.step = view.steps.length - 1;
    this.marks = [];
    this.findWhenShown();
  }

  // At which step the value ("v") and the gradient ("g") of each part appear.
  findWhenShown() {
    this.shownAt = new Map();
    this.view.steps.forEach((step, index) => {
      for (const half of step.show) {
        if (!this.shownAt.has(half)) this.shownAt.set(half, index);
      }
    });
  }

  // A wire that is cut goes on somewhere else: there it says the same.
  factsOf(part) {
    const facts = this.view.parts[part];
    return facts?.same ? this.factsOf(facts.same) : facts;
  }

  isShown(part, half) {
    return this.step >= (this.shownAt.get(`${part}.${half}`) ?? 0);
  }

  // Needs to be on the page: before, nothing has a size.
  prepare() {
    // In its natural size: fonts are measured wrong where they are very small.
    this.element.removeAttribute("viewBox");
    this.boxes = new Map();
    for (const [part, group] of this.groups) {
      if (group.classList.contains("node")) this.boxes.set(part, union([group.getBBox()]));
    }
    for (const [part, group] of this.groups) {
      if (group.classList.contains("edge")) this.prepareEdge(group);
      else if (this.view.parts[part]) this.prepareNode(part, group);
    }
    this.drawFrames();
    for (const part of this.boxes.keys()) this.describe(part);
  }

  prepareNode(part, group) {
    // A wire is a thin line: an invisible box around it takes the pointer.
    const { x, y, width, height } = grown(this.boxes.get(part), 2);
    group.prepend(svg("rect", { class: "hit", x, y, width, height }));
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    if (part in this.view.opens) {
      group.classList.add("fold");
      // On the corner, where neither words nor wires are.
      const box = this.boxes.get(part);
      const corner = `translate(${box.x + box.width - 1} ${box.y + 1})`;
      group.append(
        svg(
          "g",
          { class: "plus", transform: corner },
          svg("circle", { r: 5.5 }),
          svg("path", { d: "M-3 0h6M0 -3v6" }),
        ),
      );
    }
  }

  prepareEdge(group) {
    for (const path of [...group.querySelectorAll("path")]) {
      const wide = path.cloneNode();
      wide.setAttribute("class", "hit");
      group.prepend(wide);
    }
  }

  // --- frames around open scopes ----------------------------------------------------------------

  drawFrames() {
    const frames = this.view.frames.map((frame) => ({ ...frame, inside: new Set(frame.parts) }));
    for (const frame of frames) {
      const within = frames.filter(
        (other) => other !== frame && other.parts.every((part) => frame.inside.has(part)),
      );
      const room = 7 + 11 * Math.min(within.length, 3);
      const place = [frame.parts, frame.parts.concat(frame.leaves)]
        .map((parts) => this.placeOf(frame, parts, room))
        .find(Boolean);
      if (!place) continue;
      const { rect, label } = place;
      this.drawFrame(frame, rect, label);
      this.bounds = union([this.bounds, this.moved(grown(union([rect, label]), 4))]);
    }
  }

  // A frame that seems to hold what it does not would mislead: then the panel alone closes it.
  placeOf(frame, parts, room) {
    const inside = new Set(parts);
    const around = parts.filter((part) => this.boxes.has(part)).map((part) => this.boxes.get(part));
    const rect = grown(union(around), room);
    const label = { x: rect.x + 4, y: rect.y - 16, width: 18 + 7 * frame.name.length, height: 15 };
    const others = [...this.boxes].filter(([part]) => !inside.has(part));
    const clear = !others.some(([, box]) => intersect(box, rect) || intersect(box, label));
    return clear ? { rect, label } : null;
  }

  drawFrame(frame, rect, label) {
    const group = svg(
      "g",
      { class: "frame", role: "button", tabindex: "-1", "aria-label": `close ${frame.name}` },
      svg("rect", { ...rect, rx: 6 }),
      svg("rect", { class: "hit", ...label }),
      svg("path", { class: "minus", d: `M${label.x} ${label.y + 7.5}h7` }),
      svg("text", { x: label.x + 11, y: label.y + 11.5 }, frame.name),
    );
    group.addEventListener("click", () => this.actions.show(frame.view));
    this.graph.prepend(group);
  }

  // From coordinates of the graph to those of the viewBox: Graphviz moves its drawing.
  moved(box) {
    const { e, f } = this.graph.transform.baseVal.consolidate().matrix;
    return { ...box, x: box.x + e, y: box.y + f };
  }

  // --- steps ------------------------------------------------------------------------------------

  // Only what changes between two steps is touched, so that a step takes as long in any graph.
  goTo(target) {
    const { steps } = this.view;
    const forward = target > this.step;
    const [from, to] = forward ? [this.step + 1, target] : [target + 1, this.step];
    this.step = target;
    const changed = new Set();
    for (const step of steps.slice(from, to + 1)) {
      for (const half of step.show) {
        const [part, letter] = half.split(".");
        const group = this.groups.get(part);
        if (!group) continue;
        group.classList.toggle(`no-${letter}`, !this.isShown(part, letter));
        changed.add(part);
      }
    }
    for (const part of changed) if (this.boxes.has(part)) this.describe(part);
    this.mark(steps[target]);
  }

  // Shows which numbers a step works with, and which one it writes.
  mark(step) {
    for (const undo of this.marks.splice(0)) undo();
    const backward = step.kind === "gradient" || step.kind === "seed";
    const colour = backward ? "backward" : "forward";
    for (const part of step.lines) {
      for (const name of [part, `to_${part}`, `from_${part}`]) this.tag(name, "now", colour);
    }
    for (const part of step.highlighted) this.tag(part, "now", colour);
    if (step.kind === "structure" || step.kind === "inputs") return;
    for (const half of step.show) this.halo(half, "new");
    for (const part of step.highlighted) {
      const half = `${part}.${backward ? "g" : "v"}`;
      if (part.startsWith("w") && !step.show.includes(half)) this.halo(half, "used");
    }
  }

  tag(part, ...classes) {
    const group = this.groups.get(part);
    if (!group) return;
    group.classList.add(...classes);
    this.marks.push(() => group.classList.remove(...classes));
  }

  halo(half, kind) {
    const [part, letter] = half.split(".");
    const group = this.groups.get(part);
    const shapes = group ? [...group.querySelectorAll(`.${letter}`)] : [];
    if (!shapes.length) return;
    const { x, y, width, height } = union(shapes.map((shape) => shape.getBBox()));
    const rect = svg("rect", { class: `halo ${kind}`, x: x - 3, y, width: width + 6, height, rx: 4 });
    group.prepend(rect);
    this.marks.push(() => rect.remove());
  }

  // What a screen reader says about a part: never more than what is visible.
  describe(part) {
    const facts = this.factsOf(part);
    if (!facts) return;
    const words = [facts.title, facts.kind].filter(Boolean);
    if (facts.value && this.isShown(part, "v")) words.push(`value ${facts.value.text}`);
    if (facts.gradient && this.isShown(part, "g")) words.push(`gradient ${facts.gradient.text}`);
    if (part in this.view.opens) words.push("press Enter to open");
    this.groups.get(part).setAttribute("aria-label", words.join(", "));
  }

  // The height at which the leftmost part stands.
  beginning() {
    const boxes = [...(this.boxes?.values() ?? [])];
    if (!boxes.length) return null;
    const first = this.moved(boxes.reduce((a, b) => (b.x < a.x ? b : a)));
    return first.y + first.height / 2;
  }

  // Where a step writes its number, in coordinates of the viewBox. (What it reads may be far away.)
  place(step) {
    if (step.kind === "structure" || step.kind === "inputs") return null;
    const parts = step.show.map((half) => half.split(".")[0]);
    const boxes = parts.filter((part) => part.startsWith("w")).map((part) => this.boxes.get(part));
    return boxes.length ? this.moved(union(boxes)) : null;
  }
}
