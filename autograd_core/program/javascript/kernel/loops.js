// Functions over whole arrays. Every loop has the same arguments: how many entries; then for the
// result and each operand the array, where it begins, and the step from entry to entry.
// The common ones are written out: functions called through one loop for all cost ten times more.
const LOOPS = {
  add(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] + b[r];
  },
  subtract(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] - b[r];
  },
  multiply(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] * b[r];
  },
  divide(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] / b[r];
  },
  maximum(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) {
      const x = a[q], y = b[r];
      o[p] = x >= y || x !== x ? x : y;
    }
  },
  minimum(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) {
      const x = a[q], y = b[r];
      o[p] = x <= y || x !== x ? x : y;
    }
  },
  power(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = power(a[q], b[r]);
  },
  greater(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] > b[r] ? 1 : 0;
  },
  greater_equal(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] >= b[r] ? 1 : 0;
  },
  equal(n, o, p, dp, a, q, dq, b, r, dr) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = a[q] === b[r] ? 1 : 0;
  },
  where(n, o, p, dp, a, q, dq, b, r, dr, c, s, ds) {
    for (let i = 0; i < n; i++, p += dp, q += dq, r += dr, s += ds) o[p] = a[q] ? b[r] : c[s];
  },
  positive(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = a[q];
  },
  negative(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = -a[q];
  },
  absolute(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = Math.abs(a[q]);
  },
  sqrt(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = Math.sqrt(a[q]);
  },
  exp(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = Math.exp(a[q]);
  },
  log(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = Math.log(a[q]);
  },
  tanh(n, o, p, dp, a, q, dq) {
    for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = Math.tanh(a[q]);
  },
};

function loopOf(name) {
  const f = SCALARS[name];
  if (LOOPS[name]) return LOOPS[name];
  if (!f) throw Error(`the kernel has no function ${name}`);
  return (n, o, p, dp, a, q, dq, b, r, dr) => {
    if (b === undefined) for (let i = 0; i < n; i++, p += dp, q += dq) o[p] = f(a[q]);
    else for (let i = 0; i < n; i++, p += dp, q += dq, r += dr) o[p] = f(a[q], b[r]);
  };
}

// Strides of an operand after broadcasting to a shape.
function stridesIn(shape, own) {
  const strides = shape.map(() => 0);
  let step = 1;
  for (let axis = shape.length - 1, a = own.length - 1; a >= 0; axis--, a--) {
    if (own[a] > 1) strides[axis] = step;
    step *= own[a];
  }
  return strides;
}

// Axes along which all operands go on as they went: one loop, and where each of its runs begins.
function plannedLoop(shape, owns) {
  const all = [shape, ...owns].map((own) => stridesIn(shape, own));
  const lengths = [], strides = all.map(() => []);
  shape.forEach((n, axis) => {
    if (n === 1) return;
    const last = lengths.length - 1;
    if (last >= 0 && all.every((s, k) => strides[k][last] === s[axis] * n)) {
      lengths[last] *= n;
      all.forEach((s, k) => { strides[k][last] = s[axis]; });
    } else {
      lengths.push(n);
      all.forEach((s, k) => strides[k].push(s[axis]));
    }
  });
  if (!lengths.length) return { n: 1, steps: all.map(() => 0), runs: 1 };
  const inner = lengths.indexOf(Math.max(...lengths)), n = lengths.splice(inner, 1)[0];
  const steps = strides.map((s) => s.splice(inner, 1)[0]);
  return { n, steps, runs: sizeOf(lengths), begins: strides.map((s) => placesOf([0, lengths, s])) };
}

function entrywise(name, out, shape, inputs, owns) {
  const loop = loopOf(name), { n, steps, runs, begins } = plannedLoop(shape, owns);
  const [a, b, c] = inputs, [dp, dq, dr, ds] = steps;
  if (!out.length) return () => {};
  if (runs === 1) return () => loop(n, out, 0, dp, a, 0, dq, b, 0, dr, c, 0, ds);
  const [p, q, r, s] = begins, none = q;
  const second = r || none, third = s || none;
  return () => {
    for (let i = 0; i < runs; i++) {
      loop(n, out, p[i], dp, a, q[i], dq, b, second[i], dr, c, third[i], ds);
    }
  };
}
