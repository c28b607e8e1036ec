// What there is to know about one part, as far as the steps have come.

class Panel {
  constructor(actions, turns) {
    this.actions = actions;
    this.turns = turns;
    this.element = html("section", { class: "panel", "aria-label": "About the selected part" });
    this.clear();
  }

  clear() {
    this.part = null;
    let hint = "Point at a wire or a circle, tap it, or press ↑ and ↓ to see more about it.";
    if (this.turns) hint += " Drag the number of a leaf, or click it and type.";
    this.element.replaceChildren(html("p", { class: "hint" }, hint));
  }

  show(picture, at, pinned) {
    const part = picture.graph.same.get(at) ?? at;
    const facts = picture.factsOf(part);
    if (!facts) return;
    const head = html("header", {}, html("strong", {}, ...typeset(facts.title)), html("span", {}, facts.kind));
    if (pinned) head.append(html("span", { class: "pin" }, "kept: Esc lets go"));
    for (const action of this.buttons(picture, part)) head.append(action);
    const columns = html("div", { class: "columns" });
    if (facts.remark) columns.append(this.block("note", "warning", html("p", {}, facts.remark)));
    for (const [half, name] of [["v", "value"], ["g", "gradient"]]) {
      if (facts[name]) columns.append(this.number(picture, part, half, name, facts[name]));
    }
    const step = picture.gradientStep(part);
    if (step >= 0) columns.append(this.product(picture, step));
    if (facts.inputs?.length) columns.append(this.inputs(picture, facts.inputs));
    const path = picture.path(part);
    const about = path ? [...facts.about, ["scope", path]] : facts.about;
    if (about.length) columns.append(this.about(about));
    const explained = picture.data.live?.data.explained[part];
    if (explained && this.explaining) columns.append(this.lines(picture, explained));
    if (this.part === part) adapt(this.element, html("div", {}, head, columns));
    else this.element.replaceChildren(head, columns);
    if (this.part !== part || !picture.data.live) steady(this.element);
    this.part = part;
    this.again = () => this.show(picture, at, pinned);
  }

  block(title, kind, ...content) {
    return html("div", { class: kind }, html("h3", {}, title), ...content);
  }

  number(picture, part, half, name, facts) {
    const kind = facts.warning ? "warning" : name;
    if (!picture.isKnown(part, half)) {
      return this.block(name, kind, html("p", { class: "later" }, picture.lacks(part, half)));
    }
    const block = this.block(name, kind, html("p", {}, facts.text));
    if (picture.cells?.compares) block.append(html("p", { class: "quiet" }, picture.before(part, name)));
    if (facts.rows) {
      const cells = (row) => html("tr", {}, ...row.map((entry) => html("td", {}, entry)));
      block.append(html("div", { class: "scroll" }, html("table", {}, ...facts.rows.map(cells))));
    }
    return block;
  }

  product(picture, index) {
    if (picture.step < index) {
      return this.block("chain rule", "", html("p", { class: "later" }, "not yet computed"));
    }
    if (picture.data.asks?.(picture.steps[index].id, "g")) {
      return this.block("chain rule", "", html("p", { class: "later" }, picture.data.exercise.words.product));
    }
    const { text, chain } = picture.wordsOf(picture.steps[index]);
    const lines = [text, chain].filter(Boolean);
    return this.block("chain rule", "", ...lines.map((line) => html("p", {}, ...typeset(line))));
  }

  inputs(picture, inputs) {
    const heading = html("tr", {}, ...["input", "local gradient", "passes back"].map(
      (name) => html("th", { scope: "col" }, name),
    ));
    const rows = inputs.map(([name, local, product, wire]) => {
      const known = !product || picture.isKnown(wire, "g");
      const asked = picture.data.asks?.(wire, "g");
      return html(
        "tr",
        {},
        html("td", {}, ...typeset(name)),
        html("td", { class: "local" }, ...typeset(asked ? "?" : local)),
        html("td", { class: known ? "gradient" : "later" }, ...typeset(known ? product : asked ? picture.data.exercise.words.product : "not yet computed")),
      );
    });
    const table = html("table", { class: "inputs" }, html("thead", {}, heading), ...rows);
    return this.block("chain rule", "", html("div", { class: "scroll" }, table));
  }

  // The lines of Python's `explain`.
  lines(picture, lines) {
    const written = lines.map((line) => html("p", {}, picture.data.read(line)));
    return this.block("explained", "explained", html("div", { class: "scroll" }, ...written));
  }

  about(rows) {
    const list = html("dl", {});
    for (const [name, text] of rows) list.append(html("dt", {}, name), html("dd", {}, text));
    return this.block("about", "", list);
  }

  buttons(picture, part) {
    const made = [];
    const add = (text, act) => made.push(action(text, act));
    if (picture.data.live?.data.explained[part]) {
      add(this.explaining ? "Hide the explanation" : "Explain", () => {
        this.explaining = !this.explaining;
        this.again();
      });
    }
    if (picture.opens(part)) add("Open", () => this.actions.open(part));
    for (const scope of picture.around(part)) {
      add(`Close ${picture.data.scopes[scope][0]}`, () => this.actions.close(scope));
    }
    return made;
  }
}
