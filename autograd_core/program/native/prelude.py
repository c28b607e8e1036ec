"""C functions that printed programs call: NumPy's conventions where C has others."""

from __future__ import annotations

import re

__all__ = ["NAMES", "needed"]

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

_VECTOR = """
/* 2**n of the whole number that `shifted` has in its lowest bits, n from -1022 to 1023. */
static inline double power_of_two_f64(double shifted) {
  unsigned long long bits;
  memcpy(&bits, &shifted, 8);
  bits = (bits + 1023) << 52;
  memcpy(&shifted, &bits, 8);
  return shifted;
}
/* e**r - 1 for |r| <= log(2) / 2: Taylor's polynomial to r**13, or to r**8, enough for float. */
static inline double exp_less_one_f64(double r, int few) {
  double p = few ? 0 : 1.0 / 6227020800.0;
  if (!few) {
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
  }
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  return r + r * r * p;
}
/* x as n log(2) + r. A large number added and taken away rounds, and leaves n in the lowest bits
   of the sum: no branch, so that a loop becomes vectors. */
static inline double rest_f64(double x, double *shifted) {
  *shifted = x * 1.44269504088896340736 + 0x1.8p52;
  double n = *shifted - 0x1.8p52;
  return (x - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
}
static inline double within_f64(double x, double low, double high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}
static inline double exp_f64(double x) {
  double shifted, r = rest_f64(within_f64(x, -760, 760), &shifted);
  double n = shifted - 0x1.8p52, half = n * 0.5 + 0x1.8p52; /* in two steps: it may be very small */
  double other = (n - (half - 0x1.8p52)) + 0x1.8p52;
  return (1 + exp_less_one_f64(r, 0)) * power_of_two_f64(half) * power_of_two_f64(other);
}
static inline double expm1_within_f64(double x, int few) {
  double shifted, r = rest_f64(x, &shifted), power = power_of_two_f64(shifted);
  return power * exp_less_one_f64(r, few) + (power - 1);
}
static inline double expm1_f64(double x) {
  double found = expm1_within_f64(within_f64(x, -50, 709), 0);
  found = x > 709 ? exp_f64(x) : found;
  return x == 0 ? x : found;
}
/* For float in double, whose range holds every result and more: rounded once, overflow and all. */
static inline double exp_wide_f64(double x) {
  double shifted, r = rest_f64(within_f64(x, -300, 300), &shifted);
  return (1 + exp_less_one_f64(r, 1)) * power_of_two_f64(shifted);
}
static inline float exp_f32(float x) { return (float)exp_wide_f64(x); }
static inline float expm1_f32(float x) {
  float found = (float)expm1_within_f64(within_f64(x, -50, 300), 1);
  return x == 0 ? x : found;
}
static inline double tanh_f64(double x) {
  double less_one = expm1_within_f64(2 * within_f64(fabs(x), 0, 22), 0);
  return copysign(less_one / (less_one + 2), x);
}
static inline float tanh_f32(float x) {
  double less_one = expm1_within_f64(2 * within_f64(fabs((double)x), 0, 22), 1);
  return (float)copysign(less_one / (less_one + 2), x);
}
static inline double sigmoid_f64(double x) {
  double small = exp_f64(-fabs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}
static inline float sigmoid_f32(float x) { return (float)(1 / (1 + exp_wide_f64(-(double)x))); }
/* x as m 2**e with m near 1, and log(m) = 2 artanh((m - 1) / (m + 1)) as a series. */
static inline double log_f64(double x) {
  double given = x, scale = x < 0x1p-1022 ? -54 : 0;
  x = scale ? x * 0x1p54 : x;
  long long bits, e;
  memcpy(&bits, &x, 8);
  e = (unsigned long long)(bits - 0x3fe6a09e667f3bcd) >> 52; /* biased by that of sqrt(1 / 2) */
  e = e >= 2048 ? e - 4096 : e;
  bits -= e << 52;
  memcpy(&x, &bits, 8);
  x = given <= 0 ? -1 : x; /* the division by 0 says so in the flags */
  double n = (double)(int)e + scale, s = (x - 1) / (x + 1), q = s * s;
  double p = 1.0 / 23;
  p = p * q + 1.0 / 21;
  p = p * q + 1.0 / 19;
  p = p * q + 1.0 / 17;
  p = p * q + 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  double found = n * 0x1.62e42fefa0000p-1 + (2 * s + (2 * s * q * p + n * 0x1.cf79abc9e3b3ap-40));
  found = given < 0 ? found * 0 : found; /* -INFINITY becomes nan */
  return given < INFINITY ? found : given;
}
static inline float log_f32(float x) { return (float)log_f64(x); }
/* log(1 + x) for x from 0 to 1, with what 1 + x loses. */
static inline double log1p_within_f64(double x) {
  double w = 1 + x;
  return log_f64(w) + (x - (w - 1)) / w;
}
static inline double logaddexp_f64(double x, double y) {
  double gap = x - y, more = log1p_within_f64(exp_f64(-fabs(gap)));
  double found = (x >= y ? x : y) + more;
  found = gap != gap ? gap : found;
  return x == y ? x + 0.693147180559945309417 : found;
}
static inline float logaddexp_f32(float x, float y) { return (float)logaddexp_f64(x, y); }
static inline double erf_f64(double x) { return erf(x); }
static inline float erf_f32(float x) { return (float)erf(x); }
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
    texts = [_VECTOR]
    texts.append(_made(_FLOATING, "f32", "float", "f"))
    texts.append(_made(_FLOATING, "f64", "double"))
    texts.append(_made(_WHOLE, "b8", "unsigned char"))
    for bits in (8, 16, 32, 64):
        signed, unsigned = _SIGNED_OF[bits], _UNSIGNED_OF[bits]
        texts.append(_made(_SIGNED + _WHOLE, f"i{bits}", signed, unsigned=unsigned))
        texts.append(_made(_UNSIGNED + _WHOLE, f"u{bits}", unsigned))
    found = {}
    pattern = (
        r"^(?:/\*(?:[^*]|\*(?!/))*\*/\n)?static inline [a-z ]+?(\w+)\([^{]*\{(?:[^\n]*\}$|.*?^\}$)"
    )
    for match in re.finditer(pattern, "".join(texts), re.MULTILINE | re.DOTALL):
        found[match[1]] = match[0]
    return found


_FUNCTIONS = _functions()
NAMES = frozenset(re.findall(r"\b(\w+)\(", "\n".join(_FUNCTIONS.values())))
"""The names of all functions here and of those of math.h that they call."""

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
