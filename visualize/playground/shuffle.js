// The order of the samples; shuffle.py takes the same.

function randomWords(seed) {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  x = x ^ (x >>> 16) || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

class Shuffle {
  constructor(samples, seed) {
    this.order = Array.from({ length: samples }, (_, i) => i);
    this.word = randomWords(seed);
    this.at = samples;
    this.epoch = 0;
  }

  // The next batch; where the rest is too short for one, a new epoch begins.
  next(size) {
    const { order } = this;
    if (this.at + size > order.length) {
      for (let last = order.length - 1; last > 0; last -= 1) {
        const other = Math.floor((this.word() * (last + 1)) / 4294967296);
        [order[last], order[other]] = [order[other], order[last]];
      }
      this.at = 0;
      this.epoch += 1;
    }
    this.at += size;
    return order.slice(this.at - size, this.at);
  }
}
