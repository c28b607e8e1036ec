// What all pages of ours do: they take the place of an image, and follow light and dark.

// Shows what the data beside an image says, in its place.
async function takeOver(script, token, show) {
  // A notebook may show the same output twice: then take the first that is still an image.
  const own = script?.previousElementSibling;
  const holders = own ? [own] : document.querySelectorAll(`script[data-graph="${token}"]`);
  for (const holder of holders) {
    if (holder.dataset.shown) continue;
    holder.dataset.shown = "true";
    const image = holder.previousElementSibling;
    const host = html("div");
    holder.after(host);
    try {
      await show(host, JSON.parse(holder.textContent));
      image.remove();
      return;
    } catch (error) {
      host.remove(); // the image stays: a picture is better than none
      delete holder.dataset.shown;
      console.error(error);
    }
  }
}

// The keys of a display; in a page of its own those that scroll it least count wherever nobody is.
function listenToKeys({ box, data, host }, act) {
  box.addEventListener("keydown", act);
  // JupyterLab takes keys away unless it is asked not to.
  host.dataset.lmSuppressShortcuts = "true";
  if (!data.page) return;
  const anywhere = (event) => {
    if (!host.isConnected) document.removeEventListener("keydown", anywhere);
    else if (event.target === document.body && [" ", "ArrowLeft", "ArrowRight"].includes(event.key)) act(event);
  };
  document.addEventListener("keydown", anywhere);
}

// Light or dark: as asked for, as somebody chose, or else as the page around it.
class Scheme {
  constructor(host, data, changed = () => {}) {
    Object.assign(this, { host, data, changed });
    this.button = button("scheme", "Dark", "", () => this.choose(this.dark ? "light" : "dark"));
  }

  // Colours a box from now on.
  begin(box) {
    this.box = box;
    this.media = window.matchMedia("(prefers-color-scheme: dark)");
    this.follow = () => (this.host.isConnected ? this.show() : this.end());
    this.around = new MutationObserver(this.follow);
    this.media.addEventListener("change", this.follow);
    this.around.observe(document.body, { attributes: true, attributeFilter: THEMES });
    this.show();
  }

  end() {
    this.media.removeEventListener("change", this.follow);
    this.around.disconnect();
  }

  choose(chosen) {
    this.chosen = chosen;
    this.show();
  }

  get name() {
    return this.dark ? "dark" : "light";
  }

  get colours() {
    return this.data.colours[this.name];
  }

  show() {
    const asked = this.chosen ?? this.data.scheme;
    this.dark = asked ? asked === "dark" : (darkAround() ?? this.media.matches);
    const { box, colours } = this;
    box.dataset.scheme = this.name;
    for (const [role, colour] of Object.entries(colours)) box.style.setProperty(`--${role}`, colour);
    box.style.setProperty("--font", this.data.font);
    this.button.setAttribute("aria-pressed", String(this.dark));
    this.button.title = this.dark ? "Light" : "Dark";
    this.host.style.colorScheme = this.name;
    if (this.data.page) document.body.style.background = colours.background;
    this.changed();
  }
}

// Where a notebook says which theme it has: JupyterLab, VS Code and marimo on the body, Colab above.
const THEMES = ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme"];

function darkAround() {
  const { jpThemeLight, vscodeThemeKind, theme } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  const named = vscodeThemeKind ?? theme ?? document.documentElement.getAttribute("theme") ?? "";
  return /dark|light|contrast/.test(named) ? !named.includes("light") : null;
}
