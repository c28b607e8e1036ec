// Products of matrices: four rows by four columns at a time. The columns are laid side by side
// first, in double precision, so that operands may lie in memory in any way, transposed too.
const columns = { array: new Float64Array(0) };

function matmul(c, a, b, [n, k, m], starts, down, right, otherStarts, otherDown, otherRight) {
  const from = placesOf(starts), other = placesOf(otherStarts);
  if (n < 3 || m < 3) {
    return () => {
      for (let z = 0, at = 0; z < from.length; z++) {
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < m; j++, at++) {
            let sum = 0;
            for (let l = 0, p = from[z] + i * down, q = other[z] + j * otherRight; l < k; l++, p += right, q += otherDown) sum += a[p] * b[q];
            c[at] = sum;
          }
        }
      }
    };
  }
  if (columns.array.length < 4 * k) columns.array = new Float64Array(4 * k);
  return () => {
    for (let z = 0; z < from.length; z++) {
      for (let j = 0; j < m; j += 4) {
        fourColumns(columns.array, b, other[z] + j * otherRight, k, otherDown, otherRight, Math.min(4, m - j));
        for (let i = 0; i < n; i += 4) {
          const last = n - 1;
          fourByFour(c, z * n * m, i, Math.min(i + 1, last), Math.min(i + 2, last), Math.min(i + 3, last), j, m, k, a, from[z], down, right, columns.array);
        }
      }
    }
  };
}

function fourColumns(panel, b, begin, k, down, right, width) {
  for (let t = 0; t < 4; t++) {
    if (t < width) for (let l = 0, q = begin + t * right, w = t; l < k; l++, q += down, w += 4) panel[w] = b[q];
    else for (let l = 0, w = t; l < k; l++, w += 4) panel[w] = 0;
  }
}

// Beyond the last row the last is computed again.
function fourByFour(c, begin, i0, i1, i2, i3, j, m, k, a, first, down, right, panel) {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  let p0 = first + i0 * down, p1 = first + i1 * down, p2 = first + i2 * down, p3 = first + i3 * down;
  for (let w = 0, end = 4 * k; w < end; w += 4) {
    const b0 = panel[w], b1 = panel[w + 1], b2 = panel[w + 2], b3 = panel[w + 3];
    let x = a[p0];
    s00 += x * b0; s01 += x * b1; s02 += x * b2; s03 += x * b3;
    x = a[p1];
    s10 += x * b0; s11 += x * b1; s12 += x * b2; s13 += x * b3;
    x = a[p2];
    s20 += x * b0; s21 += x * b1; s22 += x * b2; s23 += x * b3;
    x = a[p3];
    s30 += x * b0; s31 += x * b1; s32 += x * b2; s33 += x * b3;
    p0 += right; p1 += right; p2 += right; p3 += right;
  }
  const width = m - j, o0 = begin + i0 * m + j, o1 = begin + i1 * m + j, o2 = begin + i2 * m + j, o3 = begin + i3 * m + j;
  c[o0] = s00; c[o1] = s10; c[o2] = s20; c[o3] = s30;
  if (width > 1) { c[o0 + 1] = s01; c[o1 + 1] = s11; c[o2 + 1] = s21; c[o3 + 1] = s31; }
  if (width > 2) { c[o0 + 2] = s02; c[o1 + 2] = s12; c[o2 + 2] = s22; c[o3 + 2] = s32; }
  if (width > 3) { c[o0 + 3] = s03; c[o1 + 3] = s13; c[o2 + 3] = s23; c[o3 + 3] = s33; }
}

// L U = P A in place of a copy, the rows that changed places, and the sign of that.
function triangular(a, begin, n) {
  const lu = Float64Array.from(a.subarray(begin, begin + n * n)), swaps = [];
  let sign = 1;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(lu[r * n + i]) > Math.abs(lu[pivot * n + i])) pivot = r;
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
        for (let i = 0; i < n; i++) for (let r = 0; r < i; r++) x[i * m + j] -= lu[i * n + r] * x[r * m + j];
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
  const k = Math.min(m, n), r = new Float64Array(m * n), q = new Float64Array(m * k), v = new Float64Array(m);
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
      if (part === "q") out.set(q, z * m * k);
      else for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) out[(z * k + i) * n + j] = j < i ? 0 : r[i * n + j];
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
        columns.push(Float64Array.from({ length: rows }, (_, i) => a[z * m * n + (wide ? j * n + i : i * n + j)]));
        turns.push(Float64Array.from({ length: k }, (_, i) => +(i === j)));
      }
      for (let round = 0, moved = true; moved && round < 60; round++) {
        moved = false;
        for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) if (turnPair(columns, turns, p, q)) moved = true;
      }
      const squares = columns.map((x) => inner(x, x)), cut = least * least * Math.max(...squares);
      out.fill(0, z * m * n, (z + 1) * m * n);
      for (let j = 0; j < k; j++) {
        if (!(squares[j] > cut)) continue;
        for (let i = 0; i < rows; i++) {
          for (let l = 0; l < k; l++) out[z * m * n + (wide ? i * k + l : l * rows + i)] += columns[j][i] * turns[j][l] / squares[j];
        }
      }
    }
  };
}

function inner(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function turnPair(columns, turns, p, q) {
  const of = inner(columns[p], columns[q]), first = inner(columns[p], columns[p]), second = inner(columns[q], columns[q]);
  if (!(Math.abs(of) > 1e-16 * Math.sqrt(first * second))) return false;
  const ratio = (second - first) / (2 * of), tangent = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const cosine = 1 / Math.hypot(1, tangent), sine = cosine * tangent;
  for (const list of [columns, turns]) {
    const x = list[p], y = list[q];
    for (let i = 0; i < x.length; i++) [x[i], y[i]] = [cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]];
  }
  return true;
}
