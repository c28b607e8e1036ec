// Random numbers that begin anew with a seed: 32 bits at a time ("sfc32" by C. Doty-Humphrey).
function generator() {
  let a, b, c, count;
  const bits = () => {
    const found = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + found) | 0;
    return found >>> 0;
  };
  const seed = (number) => {
    [a, b, c, count] = [0, number | 0, Math.floor(number / 4294967296) | 0, 1];
    for (let i = 0; i < 15; i++) bits();
  };
  const uniform = () => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
  return { seed, bits, uniform };
}

// By a law of two numbers; a normal one by Box and Muller.
function drawing([law, first, second], array, uniform) {
  const one = {
    uniform: () => first + (second - first) * uniform(),
    bernoulli: () => (uniform() < first ? second : 0),
    normal: () => {
      const size = Math.sqrt(-2 * Math.log(1 - uniform()));
      return first + second * size * Math.cos(2 * Math.PI * uniform());
    },
  }[law];
  if (!one) throw Error(`the kernel has no law ${law}`);
  return () => { for (let i = 0; i < array.length; i++) array[i] = one(); };
}
