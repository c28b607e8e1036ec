// The buttons and the slider that step, and the line that is written beside each step.

const PACES = [["slow", 2400], ["normal", 1200], ["fast", 400]];

class Player {
  constructor(go, isThere) {
    this.go = go; // shows a step
    this.isThere = isThere; // whether the display is still on the page
    this.pace = PACES[1][1];
    this.step = this.last = 0;
    this.play = button("play", "Play", "space", () => this.toggle());
    this.slider = html("input", { type: "range", min: "0", value: "0", "aria-label": "Step" });
    this.slider.addEventListener("input", () => this.byHand(Number(this.slider.value)));
    this.count = html("span", { class: "count" });
    this.element = html(
      "div",
      { class: "player", role: "group", "aria-label": "Steps" },
      button("first", "First step", "Home", () => this.byHand(0)),
      button("back", "Step back", "←", () => this.byHand(this.step - 1)),
      this.play,
      button("forward", "Step forward", "→", () => this.byHand(this.step + 1)),
      button("last", "Last step", "End", () => this.byHand(this.last)),
      this.slider,
      this.count,
    );
    this.text = html("p", { class: "text" });
    this.chain = html("p", { class: "chain" });
    this.written = html("div", { class: "written", "aria-live": "polite" }, this.text, this.chain);
    this.paces = this.choiceOfPace();
  }

  choiceOfPace() {
    const choice = html("select", { "aria-label": "Pace", title: "Pace" });
    for (const [name, pause] of PACES) choice.append(html("option", { value: String(pause) }, name));
    choice.value = String(this.pace);
    choice.addEventListener("change", () => {
      this.pace = Number(choice.value);
      if (this.timer) this.start();
    });
    return choice;
  }

  // Another layout, with so many steps; without any there is nothing to play.
  begin(steps) {
    this.last = steps - 1;
    this.slider.max = String(this.last);
    this.element.hidden = this.written.hidden = this.paces.hidden = steps < 2;
  }

  show(step, { kind, text, chain }) {
    this.step = step;
    this.text.replaceChildren(...typeset(text));
    this.chain.replaceChildren(...typeset(chain));
    this.written.classList.toggle("backward", kind === "gradient" || kind === "seed");
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `${step} of ${this.last}: ${unmarked(text)}`);
    this.count.textContent = `${step} / ${this.last}`;
  }

  byHand(step) {
    this.stop();
    this.go(Math.max(0, Math.min(this.last, step)));
  }

  toggle() {
    if (this.timer) this.stop();
    else this.start();
  }

  start() {
    clearInterval(this.timer);
    if (this.step === this.last) this.go(0);
    this.timer = setInterval(() => {
      if (this.isThere() && this.step < this.last) this.go(this.step + 1);
      // A display that has left the page, or has come to its end, stops by itself.
      if (!this.isThere() || this.step >= this.last) this.stop();
    }, this.pace);
    this.label("pause", "Pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.label("play", "Play");
  }

  label(name, text) {
    this.play.replaceChildren(icon(name));
    this.play.setAttribute("aria-label", text);
    this.play.title = `${text} (space)`;
  }
}
