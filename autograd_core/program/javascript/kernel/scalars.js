// Functions of single numbers, as NumPy defines them.
const isNegative = (x) => x < 0 || Object.is(x, -0);
const roundEven = (x) => {
  if (Math.abs(x) >= 4503599627370496 || x !== x) return x;
  const low = Math.floor(x), part = x - low;
  const found = part < 0.5 ? low : part > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1;
  return found === 0 && isNegative(x) ? -0 : found;
};
const modulo = (x, y) => {
  const rest = x % y;
  if (rest === 0) return isNegative(y) ? -0 : 0;
  return (rest < 0) !== (y < 0) ? rest + y : rest;
};
function floorDivide(x, y) {
  if (y === 0) return x / y;
  const quotient = (x - modulo(x, y)) / y, low = Math.floor(quotient);
  return quotient - low > 0.5 ? low + 1 : low;
}
function power(x, y) {
  if (y === 2) return x * x;
  if (y === 0.5) return Math.sqrt(x);
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return Math.pow(x, y);
}
// log(exp(x) + exp(y)), or the same of another base by its functions.
const logOfSum = (x, y, log1p, exp, two) => {
  if (x === y) return x + two;
  const gap = x - y;
  return gap > 0 ? x + log1p(exp(-gap)) : gap <= 0 ? y + log1p(exp(gap)) : NaN;
};

// The error function: a series near 0, a continued fraction far from it.
function erf(x) {
  const size = Math.abs(x);
  if (size !== size) return NaN;
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let sum = x, term = x;
    for (let n = 1; n < 80 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
  let below = 0;
  for (let n = 60; n > 0; n--) below = n / 2 / (size + below);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + below));
}

function greatestDivisor(x, y) {
  x = Math.abs(x);
  y = Math.abs(y);
  while (y) [x, y] = [y, x % y];
  return x;
}
// Numbers of 64 bits, bit by bit.
const bitwise = (f) => (x, y) => Number(BigInt.asIntN(64, f(BigInt(x), BigInt(y))));
function binaryExponent(x) {
  if (x === 0 || !Number.isFinite(x)) return 0;
  let n = Math.max(-1023, Math.floor(Math.log2(Math.abs(x))) + 1), part = x * 2 ** -n;
  if (Math.abs(part) >= 1) { n++; part /= 2; }
  while (Math.abs(part) < 0.5) { n--; part *= 2; }
  return n;
}
// In two factors, each of which is a number.
const scaleByTwos = (x, n) => {
  const half = Math.trunc(Math.min(Math.max(n, -2200), 2200) / 2);
  return x * 2 ** half * 2 ** (Math.min(Math.max(n, -2200), 2200) - half);
};

const SCALARS = {
  add: (x, y) => x + y, subtract: (x, y) => x - y, multiply: (x, y) => x * y, divide: (x, y) => x / y,
  power, float_power: power, remainder: modulo, fmod: (x, y) => x % y, floor_divide: floorDivide,
  maximum: (x, y) => (x >= y || x !== x ? x : y), minimum: (x, y) => (x <= y || x !== x ? x : y),
  fmax: (x, y) => (x >= y || y !== y ? x : y), fmin: (x, y) => (x <= y || y !== y ? x : y),
  copysign: (x, y) => (isNegative(x) === isNegative(y) ? x : -x),
  hypot: Math.hypot, arctan2: Math.atan2, heaviside: (x, y) => (x < 0 ? 0 : x > 0 ? 1 : x === 0 ? y : x),
  logaddexp: (x, y) => logOfSum(x, y, Math.log1p, Math.exp, Math.LN2),
  logaddexp2: (x, y) => logOfSum(x, y, (z) => Math.log1p(z) / Math.LN2, (z) => 2 ** z, 1),
  equal: (x, y) => +(x === y), not_equal: (x, y) => +(x !== y), less: (x, y) => +(x < y),
  less_equal: (x, y) => +(x <= y), greater: (x, y) => +(x > y), greater_equal: (x, y) => +(x >= y),
  logical_and: (x, y) => +(x !== 0 && y !== 0), logical_or: (x, y) => +(x !== 0 || y !== 0),
  logical_xor: (x, y) => +((x !== 0) !== (y !== 0)), logical_not: (x) => +(x === 0),
  bitwise_and: bitwise((x, y) => x & y), bitwise_or: bitwise((x, y) => x | y),
  bitwise_xor: bitwise((x, y) => x ^ y), invert: (x) => -x - 1,
  left_shift: (x, n) => x * 2 ** n, right_shift: (x, n) => Math.floor(x / 2 ** n),
  bitwise_count: (x) => Math.abs(x).toString(2).replace(/0/g, "").length,
  gcd: greatestDivisor, lcm: (x, y) => (x && y ? Math.abs(x / greatestDivisor(x, y) * y) : 0),
  negative: (x) => -x, positive: (x) => x, absolute: Math.abs, fabs: Math.abs, sign: Math.sign,
  square: (x) => x * x, reciprocal: (x) => 1 / x, sqrt: Math.sqrt, cbrt: Math.cbrt,
  exp: Math.exp, exp2: (x) => 2 ** x, expm1: Math.expm1,
  log: Math.log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, arcsin: Math.asin, arccos: Math.acos, arctan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
  arcsinh: Math.asinh, arccosh: Math.acosh, arctanh: Math.atanh,
  deg2rad: (x) => x * (Math.PI / 180), rad2deg: (x) => x * (180 / Math.PI),
  radians: (x) => x * (Math.PI / 180), degrees: (x) => x * (180 / Math.PI),
  floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, rint: roundEven,
  fraction: (x) => (Math.abs(x) === Infinity ? (x > 0 ? 0 : -0) : x - Math.trunc(x)),
  exponent: binaryExponent, mantissa: (x) => scaleByTwos(x, -binaryExponent(x)), ldexp: scaleByTwos,
  isnan: (x) => +(x !== x), isinf: (x) => +(Math.abs(x) === Infinity), isfinite: (x) => +Number.isFinite(x),
  signbit: (x) => +isNegative(x), erf, where: (c, x, y) => (c ? x : y),
};
