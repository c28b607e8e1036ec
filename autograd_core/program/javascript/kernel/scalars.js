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

// The error function: a series near 0; far from it 1 less a continued fraction.
function erf(x) {
  if (x !== x || Math.abs(x) > 6) return Math.sign(x);
  if (Math.abs(x) > 2) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let sum = x, term = x;
  for (let n = 1; n < 80 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    sum += term *= 2 * x * x / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
const erfc = (x) => (x < 1 ? 1 - erf(x) : Math.exp(-x * x) * erfcx(x));
function erfcx(x) {
  if (x < 1) return Math.exp(x * x) * (1 - erf(x));
  let below = 0;
  for (let n = x < 2 ? 250 : 60; n > 0; n--) below = n / 2 / (x + below);
  return 1 / Math.sqrt(Math.PI) / (x + below);
}

// The logarithm of |gamma(x)| by Stirling's series, its derivative, and gamma itself.
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];
function gammaln(x) {
  if (x === 1 || x === 2) return 0;
  if (x <= 0) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * (x % 2)))) - gammaln(1 - x);
  let product = 1;
  for (; x < 12; x++) product *= x;
  let sum = (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) - Math.log(product);
  let part = 1 / x;
  BERNOULLI.forEach((b, n) => { sum += b / ((2 * n + 1) * (2 * n + 2)) * part; part /= x * x; });
  return sum;
}
function gamma(x) {
  if (x === 0) return 1 / x;
  if (x < 0 && x === Math.floor(x)) return NaN;
  if (x < 0) return Math.PI / Math.sin(Math.PI * (x % 2)) / gamma(1 - x);
  let product = 1;
  for (; x >= 3 && x < 25; x--) product *= x - 1;
  for (; x < 2; x++) product /= x;
  return product * (x === 2 ? 1 : Math.exp(gammaln(x)));
}
function psi(x) {
  if (x <= 0) return x === Math.floor(x) ? NaN : psi(1 - x) - Math.PI / Math.tan(Math.PI * (x % 1));
  let sum = 0;
  for (; x < 12; x++) sum -= 1 / x;
  let part = 1 / (x * x);
  sum += Math.log(x) - 0.5 / x;
  BERNOULLI.forEach((b, n) => { sum -= b / (2 * n + 2) * part; part /= x * x; });
  return sum;
}
// The sum of (q + n) ** -x over all n, the tail by Euler and Maclaurin.
function zeta(x, q) {
  if (!(x > 1)) return x === 1 ? Infinity : NaN;
  if (q <= 0 && q === Math.floor(q)) return Infinity;
  let sum = 0;
  for (; q < 12; q++) sum += Math.pow(q, -x);
  let power = Math.pow(q, -x), factor = x / 2;
  sum += power * (q / (x - 1) + 0.5);
  BERNOULLI.forEach((b, n) => {
    power /= n ? q * q : q;
    sum += b * factor * power;
    factor *= (x + 2 * n + 1) * (x + 2 * n + 2) / ((2 * n + 3) * (2 * n + 4));
  });
  return sum;
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
  add: (x, y) => x + y, subtract: (x, y) => x - y,
  multiply: (x, y) => x * y, divide: (x, y) => x / y,
  power, float_power: power, remainder: modulo, fmod: (x, y) => x % y, floor_divide: floorDivide,
  maximum: (x, y) => (x >= y || x !== x ? x : y), minimum: (x, y) => (x <= y || x !== x ? x : y),
  fmax: (x, y) => (x >= y || y !== y ? x : y), fmin: (x, y) => (x <= y || y !== y ? x : y),
  copysign: (x, y) => (isNegative(x) === isNegative(y) ? x : -x),
  hypot: Math.hypot, arctan2: Math.atan2,
  heaviside: (x, y) => (x < 0 ? 0 : x > 0 ? 1 : x === 0 ? y : x),
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
  negative: (x) => -x, positive: (x) => x, absolute: Math.abs, fabs: Math.abs,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  square: (x) => x * x, reciprocal: (x) => 1 / x, sqrt: Math.sqrt, cbrt: Math.cbrt,
  exp: Math.exp, exp2: (x) => 2 ** x, expm1: Math.expm1,
  log: Math.log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p,
  sin: Math.sin, cos: Math.cos, tan: Math.tan,
  arcsin: Math.asin, arccos: Math.acos, arctan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
  arcsinh: Math.asinh, arccosh: Math.acosh, arctanh: Math.atanh,
  deg2rad: (x) => x * (Math.PI / 180), rad2deg: (x) => x * (180 / Math.PI),
  radians: (x) => x * (Math.PI / 180), degrees: (x) => x * (180 / Math.PI),
  floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, rint: roundEven,
  fraction: (x) => (Math.abs(x) === Infinity ? (x > 0 ? 0 : -0) : x - Math.trunc(x)),
  exponent: binaryExponent, mantissa: (x) => scaleByTwos(x, -binaryExponent(x)), ldexp: scaleByTwos,
  isnan: (x) => +(x !== x), isinf: (x) => +(Math.abs(x) === Infinity),
  isfinite: (x) => +Number.isFinite(x), signbit: (x) => +isNegative(x),
  erf, erfc, erfcx, gamma, gammaln, psi, zeta, where: (c, x, y) => (c ? x : y),
};
