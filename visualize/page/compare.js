// What was there before a change, and the difference quotient beside the gradient: nudge a leaf by h.

class Compare {
  constructor(live, show) {
    this.live = live;
    const before = html("input", { type: "checkbox" });
    before.addEventListener("change", () => {
      live.begin();
      show(before.checked);
    });
    this.choice = html("select", { "aria-label": "Leaf to nudge" });
    this.entries = [];
    for (const leaf of live.leaves) {
      if (!leaf.entries) continue;
      for (const place of leaf.array.keys()) {
        const entry = new Entry(live, leaf, place);
        this.choice.append(html("option", { value: String(this.entries.length) }, entry.label));
        this.entries.push(entry);
      }
    }
    this.choice.addEventListener("change", () => this.changed());
    this.h = parameter(live, "h", 0.001, () => this.changed());
    this.lines = html("div", { class: "lines" });
    const nudge = html("div", { class: "line" }, html("label", {}, "nudge ", this.choice), this.h.element);
    nudge.hidden = this.lines.hidden = live.data.root === null || !this.entries.length;
    const value = html("label", { class: "line" }, before, " show the value before a change");
    this.element = card("Compare", false, value, nudge, this.lines);
    this.element.addEventListener("toggle", () => this.changed());
  }

  // The number that was changed last is the one to nudge.
  follow(leaf, place) {
    const at = this.entries.findIndex((entry) => entry.leaf === leaf && entry.place === place);
    if (at >= 0) this.choice.value = String(at);
  }

  changed() {
    const entry = this.entries[Number(this.choice.value)];
    if (!this.element.open || this.lines.hidden || !entry) return;
    const { live } = this;
    const { leaf, place, value } = entry;
    const h = this.h.value;
    const now = live.root;
    const [after] = live.sampled(leaf, place, [value + h]);
    const quotient = (after - now) / h;
    const gradient = leaf.gradient === null ? null : live.outputs[leaf.gradient][place];
    const name = `${leaf.title}\ue000${leaf.index(place)}`;
    const said = { root: live.data.name, leaf: name, h: String(h) };
    const exact = (number) => formatted(number, ".8g");
    const lines = [
      live.say("quotient", { ...said, after: exact(after), now: exact(now), quotient: exact(quotient) }),
      gradient === null ? live.say("no gradient", said) : live.say("gradient", { ...said, gradient: exact(gradient) }),
    ];
    if (gradient !== null) lines.push(live.say("difference", { difference: formatted(quotient - gradient, ".2g") }));
    this.lines.replaceChildren(...lines.map((line) => html("p", {}, ...typeset(line))));
  }
}

// A number of the page's own, such as a learning rate; what is no number above 0 does not count.
function parameter(live, name, start, changed = () => {}) {
  const input = html("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", class: "number", size: "7", value: String(start),
  });
  const made = { value: start, element: html("label", {}, `${name} `, input) };
  input.addEventListener("change", () => {
    const value = typed(input.value);
    const isFit = value !== null && value > 0;
    complain(input, isFit ? "" : live.say("parameter", { text: input.value || "nothing", name, value: made.value }));
    if (!isFit) return;
    made.value = value;
    input.value = String(value);
    changed();
  });
  return made;
}
