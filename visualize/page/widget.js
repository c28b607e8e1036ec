// The page where a notebook runs no inline script: a module whose host calls `render` (anywidget).

const SENT_EVERY = 40; // milliseconds, while a number is dragged

// Nested lists of numbers, by names, with each number as `way` makes it.
const each = (value, way) => (Array.isArray(value) ? value.map((row) => each(row, way)) : way(value));
const ofEach = (values, way) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, each(value, way)]));

// Keeps the leaves of a live page and the model of its widget equal; returns what ends that.
function inStep(live, model) {
  let waiting = 0;
  const here = () => JSON.stringify(ofEach(live.values(), Kernel.spelled));
  const there = () => JSON.stringify(model.get("values"));
  const send = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (here() === there()) return;
    model.set("values", JSON.parse(here()));
    model.save_changes();
  };
  const changed = () => (waiting ||= setTimeout(send, SENT_EVERY));
  const receive = () => {
    // What the page has not yet said is newer.
    if (!waiting && here() !== there()) live.setValues(ofEach(model.get("values"), Kernel.number));
  };
  receive();
  live.onChange.add(changed);
  model.on("change:values", receive);
  return () => {
    if (waiting) send();
    model.off("change:values", receive);
  };
}

function render({ model, el }) {
  const host = html("div");
  el.append(host);
  let shown;
  let part = () => {};
  // A widget is rendered before it has a place on the page: this waits until something has a size.
  const sized = new ResizeObserver(() => {
    sized.disconnect();
    shown = display(host, JSON.parse(model.get("page")));
    if (shown.live) part = inStep(shown.live, model);
  });
  sized.observe(host);
  return () => {
    part();
    shown?.end();
    host.remove();
  };
}
