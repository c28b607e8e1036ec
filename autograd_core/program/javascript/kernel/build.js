// A program ready to run: memory for each value, and a function for each step.
function build(data) {
  const shapes = data.values.map(([, shape]) => shape);
  const arrays = data.values.map(([kind, shape]) => [KINDS[kind], sizeOf(shape)]);
  const memory = [];
  const array = (number) => {
    if (!memory[number]) memory[number] = new arrays[number][0](arrays[number][1]);
    return memory[number];
  };
  const random = generator(), work = [];
  random.seed(0);
  for (const [place, origin] of Object.entries(data.drawn)) {
    const input = array(data.inputs[place]);
    if (origin[0] === "start") writeConstant(input, origin[1]);
    else work.push(drawing(origin, input, random.uniform));
  }
  for (const [name, number, inputs, ...more] of data.steps) {
    if (name === "view") memory[number] = array(inputs[0]);
    else {
      const out = array(number), step = STEPS[name];
      const given = inputs.map(array);
      if (name === "constant") writeConstant(out, more[0]);
      else if (step) work.push(step(out, given, more));
      else work.push(entrywise(name, out, shapes[number], given, inputs.map((x) => shapes[x])));
    }
  }
  const inputs = data.inputs.map(array), outputs = data.outputs.map(array);
  const replaced = Object.entries(data.aliases)
    .map(([place, number]) => [inputs[number], outputs[place]]);
  const guarded = data.guard === null ? [] : outputs[data.guard];
  const run = () => {
    for (let i = 0; i < work.length; i++) work[i]();
    for (let i = 0; i < guarded.length; i++) if (!Number.isFinite(guarded[i])) return false;
    for (let i = 0; i < replaced.length; i++) replaced[i][0].set(replaced[i][1]);
    return true;
  };
  const shapesOf = (numbers) => numbers.map((number) => shapes[number]);
  return {
    inputs, outputs, run, seed: random.seed,
    shapes: { inputs: shapesOf(data.inputs), outputs: shapesOf(data.outputs) },
  };
}

// Steps that are no function of single entries: of the result, the operands, and what else is said.
const STEPS = {
  take(out, [a], [table]) {
    return STEPS.gather(out, [a, placesOf(table)]);
  },
  gather: (out, [a, places]) => () => {
    for (let i = 0; i < out.length; i++) out[i] = a[places[i]];
  },
  scatter(out, [a], [table]) {
    return STEPS.put(out, [a, placesOf(table)]);
  },
  put: (out, [a, places]) => () => {
    out.fill(0);
    for (let i = 0; i < a.length; i++) out[places[i]] += a[i];
  },
  join(out, parts, tables) {
    const all = tables.map(placesOf);
    return () => {
      parts.forEach((a, part) => {
        const places = all[part];
        for (let i = 0; i < a.length; i++) out[places[i]] = a[i];
      });
    };
  },
  matmul: (out, [a, b], more) => matmul(out, a, b, ...more),
  solve: (out, [a, b], [n, m]) => solve(out, a, b, n, m),
  det: (out, [a], [n, part]) => determinant(out, a, n, part),
  cholesky: (out, [a], [n]) => cholesky(out, a, n),
  qr: (out, [a], [n, m, part]) => orthogonal(out, a, n, m, part),
  pinv: (out, [a], [n, m, least]) => pseudoInverse(out, a, n, m, least),
  scan: (out, [a], [outer, inner, kind]) => scan(kind, out, a, placesOf(outer), placesOf(inner)),
  sort: (out, [a], [outer, inner]) => ordering(false, out, a, placesOf(outer), placesOf(inner)),
  argsort: (out, [a], [outer, inner]) => ordering(true, out, a, placesOf(outer), placesOf(inner)),
};
for (const kind of [...Object.keys(TWO), "argmax", "argmin"]) {
  STEPS[kind] = (out, [a], [outer, inner]) =>
    reduction(kind, out, a, placesOf(outer), placesOf(inner));
}
