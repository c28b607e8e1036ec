// Lines of entries: made one, summed on the way, put in order. `outer` says where each begins,
// `inner` how far its entries are from there.
const TWO = {
  sum: [0, (x, y) => x + y], prod: [1, (x, y) => x * y],
  max: [-Infinity, SCALARS.maximum], min: [Infinity, SCALARS.minimum],
  any: [0, SCALARS.logical_or], all: [1, SCALARS.logical_and],
};

function reduction(kind, out, a, outer, inner) {
  const n = out.length, m = inner.length;
  if (kind === "sum") {
    return () => {
      for (let i = 0; i < n; i++) {
        let sum = m ? -0 : 0; // the sum of -0 is -0
        for (let j = 0, p = outer[i]; j < m; j++) sum += a[p + inner[j]];
        out[i] = sum;
      }
    };
  }
  if (kind === "argmax" || kind === "argmin") {
    const sign = kind === "argmax" ? 1 : -1;
    return () => {
      for (let i = 0; i < n; i++) {
        let best = 0, found = a[outer[i] + inner[0]];
        for (let j = 1; j < m && found === found; j++) {
          const x = a[outer[i] + inner[j]];
          if (sign * x > sign * found || x !== x) [best, found] = [j, x];
        }
        out[i] = best;
      }
    };
  }
  const [first, f] = TWO[kind];
  return () => {
    for (let i = 0; i < n; i++) {
      let found = first;
      for (let j = 0, p = outer[i]; j < m; j++) found = f(found, a[p + inner[j]]);
      out[i] = found;
    }
  };
}

function scan(kind, out, a, outer, inner) {
  const [first, f] = TWO[kind];
  return () => {
    for (const begin of outer) {
      let found = first;
      for (const step of inner) out[begin + step] = found = f(found, a[begin + step]);
    }
  };
}

// Smallest first, equal ones as they came, nan at the end.
function ordering(isOrder, out, a, outer, inner) {
  return () => {
    for (const begin of outer) {
      const line = Array.from(inner, (step) => a[begin + step]);
      const order = Array.from(line.keys()).sort((i, j) => {
        const x = line[i], y = line[j];
        return x < y ? -1 : x > y ? 1 : (x !== x) - (y !== y) || i - j;
      });
      order.forEach((from, j) => { out[begin + inner[j]] = isOrder ? from : line[from]; });
    }
  };
}
