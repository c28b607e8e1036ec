// L U = P A in place of a copy, the rows that changed places, and the sign of that.
function triangular(a, begin, n) {
  const lu = Float64Array.from(a.subarray(begin, begin + n * n)), swaps = [];
  let sign = 1;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) {
      if (Math.abs(lu[r * n + i]) > Math.abs(lu[pivot * n + i])) pivot = r;
    }
    swaps.push(pivot);
    if (pivot !== i) {
      sign = -sign;
      exchange(lu, i * n, pivot * n, n);
    }
    for (let r = i + 1; r < n; r++) {
      const factor = lu[i * n + i] === 0 ? 0 : lu[r * n + i] / lu[i * n + i];
      lu[r * n + i] = factor;
      for (let j = i + 1; j < n; j++) lu[r * n + j] -= factor * lu[i * n + j];
    }
  }
  return { lu, swaps, sign };
}

function exchange(a, p, q, n) {
  for (let j = 0; j < n; j++) [a[p + j], a[q + j]] = [a[q + j], a[p + j]];
}

function solve(out, a, b, n, m) {
  return () => {
    for (let z = 0; z * n * n < a.length; z++) {
      const { lu, swaps } = triangular(a, z * n * n, n);
      const x = Float64Array.from(b.subarray(z * n * m, (z + 1) * n * m));
      swaps.forEach((pivot, i) => { if (pivot !== i) exchange(x, i * m, pivot * m, m); });
      for (let j = 0; j < m; j++) {
        for (let i = 0; i < n; i++) {
          for (let r = 0; r < i; r++) x[i * m + j] -= lu[i * n + r] * x[r * m + j];
        }
        for (let i = n - 1; i >= 0; i--) {
          for (let r = i + 1; r < n; r++) x[i * m + j] -= lu[i * n + r] * x[r * m + j];
          x[i * m + j] /= lu[i * n + i];
        }
      }
      out.set(x, z * n * m);
    }
  };
}

// The determinant, its sign, or the logarithm of its absolute value.
function determinant(out, a, n, part) {
  return () => {
    for (let z = 0; z < out.length; z++) {
      const { lu, sign } = triangular(a, z * n * n, n);
      let product = sign, signs = sign, logarithm = 0;
      for (let i = 0; i < n; i++) {
        const x = lu[i * n + i];
        product *= x;
        signs *= Math.sign(x);
        logarithm += Math.log(Math.abs(x));
      }
      out[z] = part === "det" ? product : part === "sign" ? signs : logarithm;
    }
  };
}

function cholesky(out, a, n) {
  const l = new Float64Array(n * n);
  return () => {
    for (let z = 0; z < a.length; z += n * n) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let rest = a[z + i * n + j];
          for (let q = 0; q < j; q++) rest -= l[i * n + q] * l[j * n + q];
          l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j];
        }
      }
      out.set(l, z);
    }
  };
}

// Householder's reflections: R in the upper triangle, Q from what they make of the unit matrix.
function orthogonal(out, a, n, m, part) {
  const k = Math.min(m, n), v = new Float64Array(m);
  const r = new Float64Array(m * n), q = new Float64Array(m * k);
  const reflect = (matrix, width, from, scale, first) => {
    for (let c = first; c < width; c++) {
      let sum = 0;
      for (let i = from; i < m; i++) sum += v[i] * matrix[i * width + c];
      for (let i = from; i < m; i++) matrix[i * width + c] -= scale * sum * v[i];
    }
  };
  return () => {
    for (let z = 0; z * m * n < a.length; z++) {
      for (let i = 0; i < m * n; i++) r[i] = a[z * m * n + i];
      q.fill(0);
      for (let j = 0; j < k; j++) q[j * k + j] = 1;
      const kept = [];
      for (let j = 0; j < k; j++) {
        let below = 0;
        for (let i = j + 1; i < m; i++) below += r[i * n + j] ** 2;
        const head = r[j * n + j], size = -Math.sign(head || 1) * Math.sqrt(head * head + below);
        if (below === 0) continue; // as LAPACK does: nothing to reflect
        for (let i = j; i < m; i++) v[i] = r[i * n + j];
        v[j] = head - size;
        const scale = 2 / (v[j] * v[j] + below);
        reflect(r, n, j, scale, j);
        kept.push([j, scale, v.slice()]);
      }
      for (const [j, scale, direction] of kept.reverse()) {
        v.set(direction);
        reflect(q, k, j, scale, 0);
      }
      for (let i = 1; i < k; i++) r.fill(0, i * n, i * n + Math.min(i, n));
      if (part === "q") out.set(q, z * m * k);
      else out.set(r.subarray(0, k * n), z * k * n);
    }
  };
}

// The pseudo-inverse by singular values: columns are turned in pairs until all are at right angles
// (M. Hestenes, 1958). Of a wide matrix its transpose is taken.
function pseudoInverse(out, a, n, m, least) {
  const wide = m < n, rows = wide ? n : m, k = wide ? m : n;
  return () => {
    for (let z = 0; z * m * n < a.length; z++) {
      const columns = [], turns = [];
      for (let j = 0; j < k; j++) {
        const [first, step] = wide ? [j * n, 1] : [j, n];
        const begin = z * m * n + first;
        columns.push(Float64Array.from({ length: rows }, (_, i) => a[begin + i * step]));
        turns.push(Float64Array.from({ length: k }, (_, i) => +(i === j)));
      }
      for (let round = 0, moved = true; moved && round < 60; round++) {
        moved = false;
        for (let p = 0; p < k; p++) {
          for (let q = p + 1; q < k; q++) moved = turnPair(columns, turns, p, q) || moved;
        }
      }
      const squares = columns.map((x) => dotProduct(x, x));
      const cut = least * least * Math.max(...squares);
      out.fill(0, z * m * n, (z + 1) * m * n);
      for (let j = 0; j < k; j++) {
        if (!(squares[j] > cut)) continue;
        for (let i = 0; i < rows; i++) {
          for (let l = 0; l < k; l++) {
            const at = z * m * n + (wide ? i * k + l : l * rows + i);
            out[at] += columns[j][i] * turns[j][l] / squares[j];
          }
        }
      }
    }
  };
}

function dotProduct(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function turnPair(columns, turns, p, q) {
  const x = columns[p], y = columns[q];
  const both = dotProduct(x, y), first = dotProduct(x, x), second = dotProduct(y, y);
  if (!(Math.abs(both) > 1e-16 * Math.sqrt(first * second))) return false;
  const ratio = (second - first) / (2 * both);
  const tangent = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const cosine = 1 / Math.hypot(1, tangent), sine = cosine * tangent;
  for (const list of [columns, turns]) {
    const u = list[p], v = list[q];
    for (let i = 0; i < u.length; i++) {
      [u[i], v[i]] = [cosine * u[i] - sine * v[i], sine * u[i] + cosine * v[i]];
    }
  }
  return true;
}
