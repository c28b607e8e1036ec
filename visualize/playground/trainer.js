// The network: its programs run by the kernel, its parameters, its way so far. Draws nothing.

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array, float64: Float64Array };

// The arrays that Python has packed; those of bytes with names for numbers are spelled out.
class Unpacked {
  constructor(buffer) {
    this.buffer = buffer;
  }

  raw({ at, type, shape }) {
    return new ARRAYS[type](this.buffer, at, shape.reduce((n, m) => n * m, 1));
  }

  array([place, shades]) {
    const names = this.raw(place);
    if (!shades) return names;
    const numbers = this.raw(shades);
    return numbers.constructor.from(names, (name) => numbers[name]);
  }

  rows(labels) {
    if (labels.rows) return this.array(labels.rows);
    const classes = this.array(labels.classes);
    const rows = new Float64Array(classes.length * labels.width);
    classes.forEach((kind, row) => (rows[row * labels.width + kind] = 1));
    return rows;
  }

  json(place) {
    return JSON.parse(new TextDecoder().decode(this.raw(place)));
  }
}

const norm = (arrays) => {
  let total = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i += 1) total += array[i] * array[i];
  return Math.sqrt(total);
};

const positionOfMost = (array, start, end) => {
  let most = start;
  for (let i = start; i < end; i += 1) {
    if (Number.isNaN(array[i])) return -1;
    if (array[i] > array[most]) most = i;
  }
  return most - start;
};

class Trainer {
  constructor(data, buffer) {
    const unpacked = new Unpacked(buffer);
    this.data = data;
    this.x = unpacked.array(data.samples.x);
    this.y = unpacked.rows(data.samples.y);
    this.heldX = unpacked.array(data.held.x);
    this.heldY = unpacked.rows(data.held.y);
    this.features = data.shape.reduce((n, m) => n * m, 1);
    this.outputs = data.outputs.reduce((n, m) => n * m, 1);
    this.count = this.x.length / this.features;
    this.held = this.heldX.length / this.features;
    this.starts = Object.fromEntries(
      [...data.parameters, ...data.state].map(({ name, start }) => [name, start && unpacked.array(start)]),
    );
    this.rates = data.rates && unpacked.array(data.rates);
    this.programs = unpacked.json(data.steps);
    this.looks = unpacked.json(data.looks);
    this.steps = {};
    this.seed = data.seed;
    this.chosenRate = null;
    this.use(data.batchSize);
    this.rewind();
  }

  // A step with batches of another size goes on with the numbers of this one.
  use(size) {
    const before = this.step;
    this.step = this.steps[size] ??= this.built(this.programs[size]);
    if (before && before !== this.step) {
      for (const [name, array] of before.bound) this.step.bound.get(name).set(array);
      this.before = null;
    }
    this.size = size;
    if (before && before !== this.step) this.peek(this.shuffle.order.slice(0, size));
  }

  built(program) {
    const kernel = Kernel.build(program.program);
    const bound = new Map();
    for (const [name, number] of Object.entries({ ...program.parameters, ...program.state })) {
      bound.set(name, kernel.inputs[number]);
    }
    return { ...program, kernel, bound };
  }

  rewind() {
    this.made = 0;
    this.shuffle = new Shuffle(this.count, this.seed);
    for (const [name, array] of this.step.bound) {
      if (this.starts[name]) array.set(this.starts[name]);
      else array.fill(0);
    }
    this.history = { steps: [], loss: [], heldLoss: [], accuracy: [], heldAccuracy: [] };
    this.before = null;
    this.peek(new Shuffle(this.count, this.seed).next(this.size));
    this.evaluate();
  }

  reseed(seed) {
    const { epoch } = this.shuffle;
    this.seed = seed;
    this.shuffle = Object.assign(new Shuffle(this.count, seed), { epoch });
    this.step.kernel.seed(seed + this.made);
  }

  // --- a step ----------------------------------------------------------------------------------

  get rate() {
    if (this.chosenRate !== null) return this.chosenRate;
    return this.rates ? this.rates[Math.min(this.made, this.rates.length - 1)] : this.data.rate;
  }

  // What the optimizer makes of the rate and the number of the step; see Optimizer.numbers.
  numbers() {
    const { betas, decay, made } = this.data;
    const count = made + this.made + 1;
    return {
      rate: betas ? this.rate / (1 - betas[0] ** count) : this.rate,
      scale: betas ? 1 / Math.sqrt(1 - betas[1] ** count) : 1,
      kept: 1 - this.rate * decay,
    };
  }

  fill(batch) {
    const { features, outputs, x, y } = this;
    const [samples, labels] = this.step.kernel.inputs;
    batch.forEach((place, row) => {
      for (let i = 0; i < features; i += 1) samples[row * features + i] = x[place * features + i];
      for (let i = 0; i < outputs; i += 1) labels[row * outputs + i] = y[place * outputs + i];
    });
    const numbers = this.numbers();
    for (const [name, input] of Object.entries(this.step.numbers)) {
      this.step.kernel.inputs[input][0] = numbers[name];
    }
    this.batch = batch;
  }

  // Learns from the next batch; false where the loss is no number, so that nothing was learned.
  learn(observed = false) {
    this.fill(this.shuffle.next(this.size));
    if (observed) this.before = this.copied();
    const finite = this.step.kernel.run();
    if (finite) this.made += 1;
    return finite;
  }

  copied() {
    return new Map([...this.step.bound].map(([name, array]) => [name, array.slice()]));
  }

  // Computes a batch and learns nothing from it, so that there is something to see.
  peek(batch) {
    const kept = this.copied();
    this.fill(batch);
    this.step.kernel.run();
    for (const [name, array] of kept) this.step.bound.get(name).set(array);
    this.step.kernel.seed(this.seed + this.made);
  }

  // --- what is seen of it ------------------------------------------------------------------------

  get loss() {
    return this.step.kernel.outputs[0][0] / (this.data.loss.summed ? this.size : 1);
  }

  get prediction() {
    return this.step.kernel.outputs[1];
  }

  values(layer) {
    return this.step.kernel.outputs[this.step.layers[layer][0]];
  }

  gradients(layer) {
    const output = this.step.layers[layer][1];
    return output === null ? null : this.step.kernel.outputs[output];
  }

  parameter(name) {
    return this.step.bound.get(name);
  }

  gradientOf(name) {
    const output = this.step.gradients[name];
    return output === undefined ? null : this.step.kernel.outputs[output];
  }

  // The norm of the last update over the norm of the parameters before it.
  updateRatio(names) {
    if (!this.before) return NaN;
    const changes = names.map((name) => {
      const before = this.before.get(name);
      return this.parameter(name).map((value, i) => value - before[i]);
    });
    return norm(changes) / norm(names.map((name) => this.before.get(name)));
  }

  // --- looks at other samples --------------------------------------------------------------------

  look(name) {
    const look = this.looks[name];
    look.kernel ??= Kernel.build(look.program);
    for (const [parameter, input] of Object.entries(look.parameters)) {
      look.kernel.inputs[input].set(this.parameter(parameter));
    }
    return look;
  }

  // The loss per sample, or as the loss averages it, and the share that is right.
  figures(name, samples, labels) {
    const { kernel, rows } = this.look(name);
    kernel.inputs[0].set(samples);
    kernel.inputs[1].set(labels);
    kernel.run();
    const loss = kernel.outputs[0][0] / (this.data.loss.summed ? rows : 1);
    let right = 0;
    for (let row = 0; row < rows; row += 1) right += this.isRight(kernel.outputs[1], labels, row, row);
    return { loss, accuracy: right / rows };
  }

  isRight(prediction, labels, row, place) {
    const { kind, threshold } = this.data.loss;
    const { outputs } = this;
    const [start, from] = [row * outputs, place * outputs];
    if (kind === "classes") {
      const most = positionOfMost(prediction, start, start + outputs);
      return most >= 0 && most === positionOfMost(labels, from, from + outputs);
    }
    for (let i = 0; i < outputs; i += 1) {
      const [value, yes] = [prediction[start + i], labels[from + i] >= 0.5];
      if (!(yes ? value >= threshold : value < threshold)) return false;
    }
    return true;
  }

  // A point of the curves: as when training is over, on some of the samples and on those held out.
  evaluate() {
    const { features, outputs, history } = this;
    this.probe ??= {
      x: Float64Array.from(
        { length: this.data.probed.length * features },
        (_, i) => this.x[this.data.probed[Math.floor(i / features)] * features + (i % features)],
      ),
      y: Float64Array.from(
        { length: this.data.probed.length * outputs },
        (_, i) => this.y[this.data.probed[Math.floor(i / outputs)] * outputs + (i % outputs)],
      ),
    };
    if (history.steps.at(-1) === this.made) return;
    if (history.steps.length >= 1000) {
      for (const name in history) history[name] = history[name].filter((_, i) => i % 2 === 0);
    }
    const learned = this.figures("probe", this.probe.x, this.probe.y);
    const held = this.held ? this.figures("held", this.heldX, this.heldY) : { loss: NaN, accuracy: NaN };
    history.steps.push(this.made);
    history.loss.push(learned.loss);
    history.heldLoss.push(held.loss);
    history.accuracy.push(learned.accuracy);
    history.heldAccuracy.push(held.accuracy);
  }

  // The share of a layer's units that are 0 for all samples that were looked at; see dead_units.
  deadUnits(layer) {
    const { kernel, rows } = this.looks.probe;
    const values = kernel.outputs[2 + layer];
    const units = values.length / rows;
    let dead = 0;
    for (let unit = 0; unit < units; unit += 1) {
      let alive = false;
      for (let row = 0; row < rows && !alive; row += 1) alive = values[row * units + unit] > 0;
      dead += !alive;
    }
    return dead / units;
  }

  // What the network says of one sample, or of the points of a plane.
  says(name, samples) {
    const { kernel } = this.look(name);
    kernel.inputs[0].set(samples);
    kernel.run();
    return kernel.outputs[1];
  }

  // Scores as probabilities, where the loss makes such of them.
  probabilities(prediction, row) {
    const scores = prediction.slice(row * this.outputs, (row + 1) * this.outputs);
    const { kind, softmax, threshold } = this.data.loss;
    if (kind === "yes or no" && threshold === 0) return scores.map((z) => 1 / (1 + Math.exp(-z)));
    if (!softmax) return scores;
    const most = Math.max(...scores);
    const powers = scores.map((z) => Math.exp(z - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }
}
