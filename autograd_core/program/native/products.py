"""Matrix products: small ones as loops, large ones by BLAS, and those added to a parameter."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...operations.products import matmul
from ..passes.accumulate import product_subtracted
from ..value import Value
from .c_types import c_name, short_name

__all__ = ["SMALL", "Matrix", "is_large", "is_product", "product_call", "suits_blas"]

SMALL = 40_000
"""Up to so many multiplications a loop is faster than a call of BLAS."""

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Matrix(NamedTuple):
    """A matrix, or a stack of them, in memory; where it begins and its strides in entries."""

    name: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def is_product(value: Value) -> bool:
    """Whether a value is a matrix product that is printed: of real floats of one dtype."""
    operation = value.operation
    if operation not in (matmul, product_subtracted) or value.dtype not in _FLOATS:
        return False
    return all(type(x) is Value and x.dtype == value.dtype for x in value.inputs[-2:])


def is_large(product: Value) -> bool:
    """Whether BLAS is worth its call for a product."""
    x, y = product.inputs[-2:]
    m, k = _as_matrices(x.shape, first=True)[-2:]
    return m * k * _as_matrices(y.shape, first=False)[-1] > SMALL


def _as_matrices(shape: Sequence[int], *, first: bool) -> tuple[int, ...]:
    """The shape of an operand, a vector being a row before a product and a column behind it."""
    if len(shape) > 1:
        return tuple(shape)
    return (1, *shape) if first else (*shape, 1)


def suits_blas(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether BLAS can read matrices as they lie: with rows or columns together."""
    return _leading(shape[-2:], strides[-2:]) is not None


def _leading(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[str, int] | None:
    """How BLAS is told of a matrix: "N" for rows together, "T" for columns; and their distance.

    An axis of length 1 has any stride.
    """
    (rows, columns), (down, right) = shape, strides
    for letter, length, step, other, count in (
        ("N", columns, right, down, rows),
        ("T", rows, down, right, columns),
    ):
        if (step == 1 or length == 1) and (other >= max(length, 1) or count == 1):
            return letter, max(other if count > 1 else length, length, 1)
    return None


def operand(name: str, offset: int, shape: Any, strides: Any, *, first: bool) -> Matrix:
    """Return an operand of a product as a matrix or a stack of them."""
    shape = tuple(shape)
    if len(shape) < 2:
        strides = (0, *strides) if first else (*strides, 0)
    return Matrix(name, offset, _as_matrices(shape, first=first), tuple(strides))


def product_call(value: Value, out: str, x: Matrix, y: Matrix, scale: str | None) -> list[str]:
    """Return the C of ``out = x @ y``, or, with a `scale`, of ``out += scale * (x @ y)``."""
    m, k, n = *x.shape[-2:], y.shape[-1]
    stack = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    lines, indent, letters = [], "", []
    places = {"x": [str(x.offset)], "y": [str(y.offset)], "out": ["0"]}
    for axis, length in enumerate(stack):
        letter = f"s{axis}"
        letters.append(letter)
        lines.append(f"{indent}for (ptrdiff_t {letter} = 0; {letter} < {length}; {letter}++)")
        indent += "  "
        for key, matrix in (("x", x), ("y", y)):
            at = axis - len(stack) + len(matrix.shape) - 2
            if at >= 0 and matrix.shape[at] > 1:
                places[key].append(f"{letter} * {matrix.strides[at]}")
        places["out"].append(f"{letter} * {math.prod(stack[axis + 1 :]) * m * n}")
    first, second, result = (
        f"{name} + {' + '.join(places[key])}".removesuffix(" + 0")
        for key, name in (("x", x.name), ("y", y.name), ("out", out))
    )
    short = short_name(value.dtype)
    if scale is None and m * k * n <= SMALL:
        (xi, xl), (yl, yj) = x.strides[-2:], y.strides[-2:]
        call = (
            f"product_{short}({m}, {n}, {k}, {first}, {xi}, {xl}, {second}, {yl}, {yj}, {result});"
        )
    else:
        (x_letter, x_step), (y_letter, y_step) = (
            _leading(z.shape[-2:], z.strides[-2:]) or ("?", 0) for z in (x, y)
        )
        factors = (scale or "1", "0" if scale is None else "1")
        call = (
            f"blas_{short}(gemm_{short}, '{x_letter}', '{y_letter}', {m}, {n}, {k}, {factors[0]}, "
            f"{first}, {x_step}, {second}, {y_step}, {factors[1]}, {result});"
        )
    return [*lines, indent + call]


def product_functions(code: str) -> str:
    """Return the C functions for products that some C calls."""
    parts = []
    for dtype in _FLOATS:
        short = short_name(dtype)
        for name, text in (("blas", _BLAS), ("product", _LOOPS)):
            if f"{name}_{short}(" in code:
                named = text.replace("_N", f"_{short}")
                parts.append(re.sub(r"\bT\b", c_name(dtype), named))
    return "".join(parts)


_BLAS = """
/* BLAS stores column by column: it is given the transposed matrices, the second one first. */
typedef void (*gemm_N_t)(char *, char *, int *, int *, int *, T *, const T *, int *, const T *,
                         int *, T *, T *, int *);
static void blas_N(gemm_N_t gemm, char tx, char ty, int m, int n, int k, T scale, const T *x,
                   int x_step, const T *y, int y_step, T keep, T *out) {
  gemm(&ty, &tx, &n, &m, &k, &scale, y, &y_step, x, &x_step, &keep, out, &n);
}
"""

_LOOPS = """
/* out = x @ y, small: up to four rows times one vector of columns at once, whose sums stay in
   registers. Columns that do not lie together, or are too few for a vector, are copied first. */
enum { LANES_N = 64 / sizeof(T), DEPTH_N = 256 };
typedef T vector_N __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
static INLINE void store_N(vector_N sum, T *out, int width, int more) {
  if (width == LANES_N) {
    if (more) sum += *(vector_N *)out;
    *(vector_N *)out = sum;
  } else {
    for (int j = 0; j < width; j++) out[j] = more ? out[j] + sum[j] : sum[j];
  }
}
static INLINE void rows_N(int rows, ptrdiff_t k, const T *x, ptrdiff_t xi, ptrdiff_t xl,
                          const T *y, ptrdiff_t yl, T *out, ptrdiff_t n, int width, int more) {
  vector_N s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
  for (ptrdiff_t l = 0; l < k; l++) {
    vector_N line = *(const vector_N *)(y + l * yl);
    s0 += x[l * xl] * line;
    if (rows > 1) s1 += x[xi + l * xl] * line;
    if (rows > 2) s2 += x[2 * xi + l * xl] * line;
    if (rows > 3) s3 += x[3 * xi + l * xl] * line;
  }
  store_N(s0, out, width, more);
  if (rows > 1) store_N(s1, out + n, width, more);
  if (rows > 2) store_N(s2, out + 2 * n, width, more);
  if (rows > 3) store_N(s3, out + 3 * n, width, more);
}
static INLINE void product_N(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const T *x, ptrdiff_t xi,
                             ptrdiff_t xl, const T *y, ptrdiff_t yl, ptrdiff_t yj, T *out) {
  if (!k) memset(out, 0, m * n * sizeof(T));
  for (ptrdiff_t j = 0; j < n; j += LANES_N)
    for (ptrdiff_t l = 0; l < k; l += DEPTH_N) {
      int width = n - j < LANES_N ? n - j : LANES_N, depth = k - l < DEPTH_N ? k - l : DEPTH_N;
      T lines[DEPTH_N * LANES_N];
      const T *from = y + l * yl + j * yj;
      ptrdiff_t step = yl;
      if (yj != 1 || width < LANES_N) {
        for (int a = 0; a < depth; a++)
          for (int b = 0; b < LANES_N; b++)
            lines[a * LANES_N + b] = b < width ? from[a * yl + b * yj] : 0;
        from = lines;
        step = LANES_N;
      }
      ptrdiff_t i = 0;
      for (; i + 4 <= m; i += 4)
        rows_N(4, depth, x + i * xi + l * xl, xi, xl, from, step, out + i * n + j, n, width, l > 0);
      if (m % 4)
        rows_N(m % 4, depth, x + i * xi + l * xl, xi, xl, from, step, out + i * n + j, n, width,
               l > 0);
    }
}
"""
