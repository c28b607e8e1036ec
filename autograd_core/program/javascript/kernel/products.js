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
            let p = from[z] + i * down, q = other[z] + j * otherRight;
            for (let l = 0; l < k; l++, p += right, q += otherDown) sum += a[p] * b[q];
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
        const panel = columns.array, begin = other[z] + j * otherRight;
        fourColumns(panel, b, begin, k, otherDown, otherRight, Math.min(4, m - j));
        for (let i = 0; i < n; i += 4) {
          fourByFour(c, z * n * m, i, n - 1, j, m, k, a, from[z], down, right, panel);
        }
      }
    }
  };
}

function fourColumns(panel, b, begin, k, down, right, width) {
  for (let t = 0; t < 4; t++) {
    let w = t, q = begin + t * right;
    if (t < width) for (let l = 0; l < k; l++, q += down, w += 4) panel[w] = b[q];
    else for (let l = 0; l < k; l++, w += 4) panel[w] = 0;
  }
}

// Beyond the last row the last is computed again.
function fourByFour(c, begin, i0, last, j, m, k, a, first, down, right, panel) {
  const i1 = Math.min(i0 + 1, last), i2 = Math.min(i0 + 2, last), i3 = Math.min(i0 + 3, last);
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  let p0 = first + i0 * down, p1 = first + i1 * down;
  let p2 = first + i2 * down, p3 = first + i3 * down;
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
  const width = m - j, o0 = begin + i0 * m + j, o1 = begin + i1 * m + j;
  const o2 = begin + i2 * m + j, o3 = begin + i3 * m + j;
  c[o0] = s00; c[o1] = s10; c[o2] = s20; c[o3] = s30;
  if (width > 1) { c[o0 + 1] = s01; c[o1 + 1] = s11; c[o2 + 1] = s21; c[o3 + 1] = s31; }
  if (width > 2) { c[o0 + 2] = s02; c[o1 + 2] = s12; c[o2 + 2] = s22; c[o3 + 2] = s32; }
  if (width > 3) { c[o0 + 3] = s03; c[o1 + 3] = s13; c[o2 + 3] = s23; c[o3 + 3] = s33; }
}
