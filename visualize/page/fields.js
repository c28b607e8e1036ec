// The leaves as a card of fields below the picture.

const QUIET = 600; // milliseconds; then the result is read out

class Fields {
  constructor(live) {
    this.live = live;
    this.shows = [];
    this.status = html("p", { class: "status", role: "status" });
    this.warning = html("p", { class: "problem", role: "status" });
    const reset = action("Reset leaves", () => live.reset());
    const rows = live.leaves.map((leaf) => this.row(leaf));
    this.element = card("Leaves", true, html("div", { class: "rows" }, ...rows), reset, this.warning, this.status);
    this.say("off");
  }

  row(leaf) {
    const name = html("span", { class: "name" }, ...typeset(leaf.title));
    if (!leaf.entries) return html("div", { class: "leaf" }, name, html("span", { class: "quiet" }, leaf.size));
    if (leaf.isNumber) {
      const entry = new Entry(this.live, leaf, 0);
      entry.drag(name, () => {});
      name.classList.add("drags");
      return html("label", { class: "leaf" }, name, this.field(entry));
    }
    const width = leaf.shape.at(-1);
    const cells = [...leaf.array.keys()].map((place) => this.field(new Entry(this.live, leaf, place)));
    const grid = html("div", { class: "grid" }, ...cells);
    grid.style.gridTemplateColumns = `repeat(${width}, max-content)`;
    return html("div", { class: "leaf", role: "group", "aria-label": leaf.name }, name, html("div", { class: "scroll" }, grid));
  }

  field(entry) {
    const { input, show } = field(entry);
    this.shows.push(show);
    return input;
  }

  changed() {
    for (const show of this.shows) show();
    this.say("off");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say("polite"), QUIET);
  }

  // Which number is no longer finite.
  warn(words) {
    this.warning.hidden = !words;
    this.warning.replaceChildren(...typeset(words));
  }

  say(ariaLive) {
    const { data, root } = this.live;
    this.status.ariaLive = ariaLive;
    this.status.replaceChildren(
      ...(data.root === null ? [] : typeset(this.live.say("result", { name: data.name, value: this.live.number(root) }))),
    );
  }
}

// A part of the page that opens and closes.
function card(title, open, ...content) {
  const made = html("details", { class: "card" }, html("summary", {}, title), ...content);
  made.open = open;
  return made;
}
