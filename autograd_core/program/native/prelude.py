"""C functions that printed programs call: NumPy's conventions where C has others."""

from __future__ import annotations

import re

__all__ = ["needed"]

# T is the type, S the suffix of its functions in math.h, U its unsigned bits; _N ends the name.
_FLOATING = """
static inline T maximum_N(T x, T y) { return (x >= y) | (x != x) ? x : y; }
static inline T minimum_N(T x, T y) { return (x <= y) | (x != x) ? x : y; }
static inline T fmax_N(T x, T y) { return (x >= y) | (y != y) ? x : y; }
static inline T fmin_N(T x, T y) { return (x <= y) | (y != y) ? x : y; }
static inline T absolute_N(T x) { return fabsS(x); }
static inline T sign_N(T x) { return x != x ? x : (T)((x > 0) - (x < 0)); }
static inline T relu_N(T x) { return x <= 0 ? 0 : x; }
static inline int isfinite_N(T x) { return fabsS(x) < INFINITY; }
static inline int isinf_N(T x) { return fabsS(x) == INFINITY; }
static inline T remainder_N(T x, T y) {
  T rest = fmodS(x, y);
  if (rest == 0) return copysignS(0, y);
  return (y < 0) != (rest < 0) ? rest + y : rest;
}
static inline T floor_divide_N(T x, T y) {
  if (y == 0) return x / y;
  T rest = fmodS(x, y), times = (x - rest) / y;
  if (rest != 0 && (y < 0) != (rest < 0)) times -= 1;
  if (times == 0) return copysignS(0, x / y);
  T whole = floorS(times);
  return times - whole > (T)0.5 ? whole + 1 : whole;
}
static inline T heaviside_N(T x, T at_zero) { return x == 0 ? at_zero : x != x ? x : (T)(x > 0); }
static inline T logaddexp_N(T x, T y) {
  T gap = x - y;
  if (x == y) return x + (T)0.693147180559945309417;
  return gap != gap ? gap : maximum_N(x, y) + log1pS(expS(-fabsS(gap)));
}
static inline T logaddexp2_N(T x, T y) {
  T gap = x - y;
  if (x == y) return x + 1;
  return gap != gap ? gap
                    : maximum_N(x, y) + (T)1.44269504088896340736 * log1pS(exp2S(-fabsS(gap)));
}
static inline T between_N(T x, T edge) { return minimum_N(maximum_N(x, -edge), edge); }
static inline T silu_N(T x) { return maximum_N(x, (T)-2e4) * sigmoid_N(x); }
static inline T gelu_N(T x) {
  return (T)0.5 * maximum_N(x, (T)-2e4) * (1 + erf_N(x / (T)1.4142135623730951));
}
static inline T gelu_by_tanh_N(T x) {
  T near = between_N(x, 30);
  T inner = tanh_N((T)0.7978845608028654 * (near + (T)0.044715 * near * near * near));
  return (T)0.5 * maximum_N(x, (T)-2e4) * (1 + inner);
}
static inline T sigmoid_cross_entropy_N(T z, T y) {
  T yes = y == 0 ? 0 : logaddexp_N(0, -z), no = y == 1 ? 0 : logaddexp_N(0, z);
  return y * yes + (1 - y) * no;
}
"""

_FLOAT = """
/* e**x for double, without branches, so that loops become vectors: x = n log(2) + r, |r| <= 0.35;
   the polynomial is Taylor's to the 11th power; the lowest bits of a sum with 1.5 * 2**52 are n. */
static inline double exp_within_f64(double x) {
  double shifted = x * 1.44269504088896340736 + 0x1.8p52, n = shifted - 0x1.8p52;
  double r = (x - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  double p = 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = 1 + (r + r * r * p);
  unsigned long long bits, power;
  memcpy(&bits, &p, 8);
  memcpy(&power, &shifted, 8);
  bits += power << 52;
  memcpy(&p, &bits, 8);
  return p;
}
/* In double, whose range holds every result and more: rounded once, an overflow and all. */
static inline float exp_f32(float x) {
  double wide = x;
  wide = wide < -200 ? -200 : wide;
  wide = wide > 200 ? 200 : wide;
  return (float)exp_within_f64(wide);
}
static inline float sigmoid_f32(float x) {
  double wide = -(double)x;
  wide = wide < -200 ? -200 : wide;
  wide = wide > 700 ? 700 : wide;
  return (float)(1 / (1 + exp_within_f64(wide)));
}
static inline float tanh_f32(float x) {
  double wide = x;
  wide = wide < -20 ? -20 : wide;
  wide = wide > 20 ? 20 : wide;
  double square = wide * wide;
  double near = wide * (1 - square * (1.0 / 3 - square * (2.0 / 15 - square * (17.0 / 315))));
  double far = 1 - 2 / (exp_within_f64(2 * wide) + 1);
  return (float)(square < 1e-4 ? near : far);
}
static inline float erf_f32(float x) { return (float)erf(x); }
"""

_DOUBLE = """
static inline double exp_f64(double x) { return exp(x); }
static inline double tanh_f64(double x) { return tanh(x); }
static inline double erf_f64(double x) { return erf(x); }
static inline double sigmoid_f64(double x) {
  double small = exp(-fabs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}
"""

_SIGNED = """
static inline T floor_divide_N(T x, T y) {
  if (y == 0) return 0;
  if (y == -1) return (T)(0 - (U)x);
  T times = x / y;
  return x % y != 0 && (x < 0) != (y < 0) ? times - 1 : times;
}
static inline T remainder_N(T x, T y) {
  if (y == 0 || y == -1) return 0;
  T rest = x % y;
  return rest != 0 && (x < 0) != (y < 0) ? rest + y : rest;
}
static inline T absolute_N(T x) { return x < 0 ? (T)(0 - (U)x) : x; }
static inline T sign_N(T x) { return (x > 0) - (x < 0); }
"""

_UNSIGNED = """
static inline T floor_divide_N(T x, T y) { return y == 0 ? 0 : x / y; }
static inline T remainder_N(T x, T y) { return y == 0 ? 0 : x % y; }
static inline T absolute_N(T x) { return x; }
static inline T sign_N(T x) { return x > 0; }
"""

_WHOLE = """
static inline T maximum_N(T x, T y) { return x >= y ? x : y; }
static inline T minimum_N(T x, T y) { return x <= y ? x : y; }
static inline T relu_N(T x) { return x <= 0 ? 0 : x; }
"""

_UNSIGNED_OF = {8: "unsigned char", 16: "unsigned short", 32: "unsigned int"}
_UNSIGNED_OF[64] = "unsigned long long"
_SIGNED_OF = {8: "signed char", 16: "short", 32: "int", 64: "long long"}


def _made(text: str, name: str, c_type: str, suffix: str = "", unsigned: str = "") -> str:
    text = re.sub(r"\bT\b", c_type, text.replace("_N", f"_{name}"))
    text = re.sub(r"\bU\b", unsigned, text)
    return re.sub(r"\b([a-z0-9]+)S\(", rf"\1{suffix}(", text)


def _functions() -> dict[str, str]:
    """All helper functions by name, each behind those that it calls."""
    texts = [_FLOAT, _DOUBLE]
    texts.append(_made(_FLOATING, "f32", "float", "f"))
    texts.append(_made(_FLOATING, "f64", "double"))
    texts.append(_made(_WHOLE, "b8", "unsigned char"))
    for bits in (8, 16, 32, 64):
        signed, unsigned = _SIGNED_OF[bits], _UNSIGNED_OF[bits]
        texts.append(_made(_SIGNED + _WHOLE, f"i{bits}", signed, unsigned=unsigned))
        texts.append(_made(_UNSIGNED + _WHOLE, f"u{bits}", unsigned))
    found = {}
    pattern = r"^(?:/\*(?:[^*]|\*(?!/))*\*/\n)?static inline [a-z ]+?(\w+)\(.*?(?:^\}|\}$)"
    for match in re.finditer(pattern, "".join(texts), re.MULTILINE | re.DOTALL):
        found[match[1]] = match[0]
    return found


_FUNCTIONS = _functions()
_CALL = re.compile(r"\b(\w+_[fbiu]\d+)\(")


def needed(code: str) -> str:
    """Return the helper functions that some C calls, and those that they call themselves.

    Examples
    --------
    >>> print(needed("y[i] = relu_f32(x[i]);"))
    static inline float relu_f32(float x) { return x <= 0 ? 0 : x; }
    """
    names: dict[str, None] = {}
    waiting = [code]
    for text in waiting:
        for name in _CALL.findall(text):
            if name in _FUNCTIONS and name not in names:
                names[name] = None
                waiting.append(_FUNCTIONS[name])
    return "\n".join(text for name, text in _FUNCTIONS.items() if name in names)
