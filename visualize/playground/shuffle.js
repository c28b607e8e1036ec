// The order of the samples; shuffle.py takes the same.

class Shuffle {
  constructor(samples, seed) {
    this.order = Array.from({ length: samples }, (_, i) => i);
    this.random = Kernel.generator();
    this.random.seed(seed + 2 ** 32); // other numbers than those of the kernel's own for a seed
    this.at = samples;
    this.epoch = 0;
  }

  // The next batch; where the rest is too short for one, a new epoch begins.
  next(size) {
    const { order } = this;
    if (this.at + size > order.length) {
      for (let last = order.length - 1; last > 0; last -= 1) {
        const other = Math.floor((this.random.bits() * (last + 1)) / 4294967296);
        [order[last], order[other]] = [order[other], order[last]];
      }
      this.at = 0;
      this.epoch += 1;
    }
    this.at += size;
    return order.slice(this.at - size, this.at);
  }
}
