// After reveal.js itself: one slide, its keys, and which step is shown.
const last = %LAST%;
const shown = document.querySelector(".step");
function count() {
  shown.textContent = `${(Reveal.getIndices().f ?? -1) + 2} / ${last + 1}`;
}
for (const event of ["ready", "fragmentshown", "fragmenthidden"]) Reveal.on(event, count);
Reveal.initialize({
  width: %WIDTH%, height: %HEIGHT%, margin: 0.1, minScale: 0.05, maxScale: 20,
  transition: "none", controlsLayout: "edges", controlsTutorial: false, progress: false,
  hash: true, postMessage: false, postMessageEvents: false, scrollActivationWidth: null,
  keyboard: {
    36: () => Reveal.navigateFragment(-1),
    35: () => Reveal.navigateFragment(last - 1),
  },
});
