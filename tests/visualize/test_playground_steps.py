"""The playground's steps in a JavaScript engine, beside the same steps here."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import islice

import numpy as np
import pytest
from backends import run_in_node
from page_data import data_of

from autograd_core.program.javascript import kernel_source
from nn import (
    L2,
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropyLoss,
    Dropout,
    FullyConnected,
    LayerNorm,
    Lion,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    RMSprop,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    StepDecay,
    Tanh,
)
from nn.training.supervision import Inspection
from visualize import playground

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 2))
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 0] > 1)

RUN = """
const { Trainer } = load();
const { data, pack } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bytes = require("zlib").inflateSync(Buffer.from(pack, "base64"));
const trainer = new Trainer(data, Uint8Array.from(bytes).buffer);
const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
process.stdout.write(JSON.stringify(job(trainer), plain));
"""


def in_node(page, job):
    """Run a function of the trainer, written in JavaScript, and return what it returns."""
    folder = files("visualize.playground")
    own = "\n".join((folder / name).read_text("utf-8") for name in ("shuffle.js", "trainer.js"))
    loading = f"function load() {{ {kernel_source()}\n{own}\nreturn {{ Trainer }}; }}"
    script = f'"use strict";\n{loading}\nconst job = {job};\n{RUN}'
    content = data_of(page.html())
    return json.loads(run_in_node(script, json.dumps({"data": content, "pack": content["pack"]})))


STEPS = """(trainer) => {
  const losses = [], batches = [];
  for (let i = 0; i < 100; i += 1) {
    trainer.learn(i >= 98);
    losses.push(trainer.step.kernel.outputs[0][0]);
    batches.push(trainer.batch);
  }
  trainer.evaluate();
  const { parameters, state } = trainer.data;
  const named = (list, found) => Object.fromEntries(list.map(({ name }) => [name, found(name)]));
  return {
    losses, batches, history: trainer.history,
    weights: named(parameters, (name) => trainer.parameter(name)),
    state: named(state, (name) => trainer.parameter(name)),
    gradients: named(parameters, (name) => trainer.gradientOf(name)),
    before: Object.fromEntries(trainer.before),
    values: trainer.data.layers.map((_, i) => trainer.values(i)),
    errors: trainer.data.layers.map((_, i) => trainer.gradients(i)),
    ratios: trainer.data.layers.map(({ parameters }) => trainer.updateRatio(parameters)),
    dead: trainer.data.layers.map((_, i) => trainer.deadUnits(i)),
  };
}"""


def network(optimizer, *, last=3, end=(), dtype=np.float64, regularizer=None, **options):
    layers = [
        FullyConnected(2, 8, weight_regularizer=regularizer), ReLU(),
        FullyConnected(8, 8), Tanh(), FullyConnected(8, last),
    ]  # fmt: skip
    return NeuralNetwork([*layers, *end], optimizer=optimizer, dtype=dtype, seed=3, **options)


YES = (CLASSES > 0).astype(float)


def paced(optimizer):
    """Say how long an epoch is, as the page does by itself."""
    optimizer.updates_per_epoch = -(-len(X) // 16)
    return optimizer


CASES = {
    "sgd": (network(SGD(0.3)), CLASSES),
    "momentum": (network(SGD(0.1, momentum=0.9)), CLASSES),
    "nesterov, decay, clipped": (
        network(SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01, clip_norm=0.5)),
        CLASSES,
    ),
    "adam": (network(Adam(0.01)), CLASSES),
    "adamw": (network(AdamW(0.01, weight_decay=0.1)), CLASSES),
    "rmsprop": (network(RMSprop(0.01)), CLASSES),
    "schedule": (network(SGD(StepDecay(0.3, factor=0.5, every=10))), CLASSES),
    "schedule in epochs": (network(paced(SGD(StepDecay(0.3, factor=0.5, epochs=2)))), CLASSES),
    "lion": (network(Lion(0.01, weight_decay=0.1)), CLASSES),
    "regularized": (
        network(SGD(0.1), regularizer=L2(0.01)),
        CLASSES,
    ),
    "probabilities": (network(SGD(0.01), end=[SoftMax()], loss=CrossEntropyLoss()), CLASSES),
    "regression": (network(Adam(0.01), last=1, loss=MeanSquaredError()), X[:, :1] * X[:, 1:]),
    "yes or no": (network(SGD(0.1), last=1, loss=SigmoidCrossEntropyLoss("mean")), YES),
    "sigmoid": (
        network(SGD(0.1), last=1, end=[Sigmoid()], loss=BinaryCrossEntropy("mean")),
        YES,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_are_those_of_python(case):
    trained, y = CASES[case]
    page = playground(trained, X, y, batch_size=16, seed=5)
    got = in_node(page, STEPS)
    batches = list(islice(page.batches(), 100))
    places = page._data.places
    np.testing.assert_array_equal(places[np.array(got["batches"])], batches)
    losses = [trained.train_step(X[batch], y[batch]) for batch in batches]
    np.testing.assert_allclose(got["losses"], losses, rtol=1e-9, atol=1e-9)
    for name, node in trained.parameters().items():
        np.testing.assert_allclose(got["weights"][name], np.ravel(node.value), atol=1e-9, rtol=1e-9)
    for path, values in got["state"].items():
        name, _, key = path.rpartition("/")
        np.testing.assert_allclose(values, np.ravel(trained.optimizer.state[name][key]), atol=1e-9)


def test_what_is_seen_of_a_step_is_what_happens():
    trained = network(SGD(0.1, momentum=0.9))
    page = playground(trained, X, CLASSES, batch_size=16)
    got = in_node(page, STEPS)
    batches = list(islice(page.batches(), 100))
    trained.compile("eager")
    for batch in batches[:-1]:
        trained.train_step(X[batch], CLASSES[batch])
    for name, node in trained.parameters().items():
        np.testing.assert_allclose(got["before"][name], np.ravel(node.value), atol=1e-9)
    inspection = Inspection(trained)
    inspection.before_update()
    passed = [X[batches[-1]]]
    for layer in trained.layers:
        passed.append(layer(passed[-1]))
    trained.train_step(X[batches[-1]], CLASSES[batches[-1]])
    for name, node in trained.parameters().items():
        np.testing.assert_allclose(got["gradients"][name], np.ravel(node.grad), atol=1e-9)
    for values, node in zip(got["values"], passed[1:], strict=True):
        np.testing.assert_allclose(values, np.ravel(node.value), atol=1e-9)
    figures = inspection.after_update(X[page._data.places])
    for place in (0, 2, 4):
        assert got["ratios"][place] == pytest.approx(figures[f"update_ratio/{place}"], rel=1e-9)
    assert got["dead"][1] == pytest.approx(figures["dead_units/1"])
    learned = trained.evaluate(page._data.x, page._data.y)
    held = trained.evaluate(page._data.held_x, page._data.held_y)
    history = got["history"]
    assert history["steps"] == [0, 100]
    assert history["loss"][-1] == pytest.approx(learned["loss"], rel=1e-9)
    assert history["accuracy"][-1] == pytest.approx(learned["accuracy"])
    assert history["heldLoss"][-1] == pytest.approx(held["loss"], rel=1e-9)
    assert history["heldAccuracy"][-1] == pytest.approx(held["accuracy"])


def compared(got, trained, tolerance):
    for name, node in trained.parameters().items():
        np.testing.assert_allclose(got[name], np.ravel(node.value), atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam(0.01), SGD(StepDecay(0.3, 20))])
def test_training_goes_on_where_it_is_now(optimizer):
    trained = network(optimizer)
    page = playground(trained, X, CLASSES, batch_size=16)  # of now, whatever comes
    for batch in islice(page.batches(seed=9), 30):
        trained.train_step(X[batch], CLASSES[batch])
    start = {name: node.value.copy() for name, node in trained.parameters().items()}
    page = playground(trained, X, CLASSES, batch_size=16)
    for batch in islice(page.batches(), 100):
        trained.train_step(X[batch], CLASSES[batch])
    got = in_node(page, STEPS)
    compared(got["weights"], trained, 1e-9)
    assert any(not np.allclose(start[name], got["weights"][name]) for name in ["4.bias"])


@pytest.mark.parametrize("convention", ["pytorch", "fau"])
def test_running_averages_go_on_as_in_python(convention):
    layers = [
        FullyConnected(2, 8, bias=False), BatchNorm(8, convention=convention), ReLU(),
        LayerNorm(8), FullyConnected(8, 3),
    ]  # fmt: skip
    trained = NeuralNetwork(layers, optimizer=SGD(0.1, momentum=0.9), dtype="float64", seed=3)
    trained.train_step(X[:20], CLASSES[:20])
    page = playground(trained, X, CLASSES, batch_size=16)
    got = in_node(page, STEPS)
    for batch in islice(page.batches(), 100):
        trained.train_step(X[batch], CLASSES[batch])
    compared(got["weights"], trained, 1e-9)
    for name, buffer in trained.buffers().items():
        np.testing.assert_allclose(got["state"][name], buffer.value, atol=1e-9, rtol=1e-9)
    held = trained.evaluate(page._data.held_x, page._data.held_y)
    assert got["history"]["heldLoss"][-1] == pytest.approx(held["loss"], rel=1e-9)


def test_float32_is_float32():
    trained = network(SGD(0.1), dtype=np.float32)
    page = playground(trained, X, CLASSES, batch_size=16)
    got = in_node(page, STEPS)
    for batch in islice(page.batches(), 100):
        trained.train_step(X[batch], CLASSES[batch])
    compared(got["weights"], trained, 1e-4)
    weights = np.array(got["weights"]["0.weight"])
    np.testing.assert_array_equal(weights, weights.astype(np.float32))


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_a_rewind_begins_anew_and_goes_the_same_way(rate):
    layers = [FullyConnected(2, 8), Dropout(rate), Tanh(), FullyConnected(8, 3)]
    trained = NeuralNetwork(layers, optimizer=Adam(0.01), dtype="float64")
    page = playground(trained, X, CLASSES, batch_size=16)
    got = in_node(
        page,
        """(trainer) => {
          const weights = () => [...trainer.parameter("0.weight")];
          const way = (steps) => {
            for (let i = 0; i < steps; i += 1) trainer.learn();
            return weights();
          };
          const loss = trainer.history.loss[0];
          const first = [weights(), way(25)];
          trainer.rewind();
          const second = [weights(), way(25)];
          trainer.rewind();
          trainer.reseed(8);
          trainer.rewind();
          return { loss, first, second, other: [weights(), way(25)], made: trainer.made };
        }""",
    )
    # What is told of it is as when training is over.
    loss = trained.evaluate(page._data.x, page._data.y)["loss"]
    assert got["loss"] == pytest.approx(loss, rel=1e-9)
    np.testing.assert_array_equal(got["first"][0], np.ravel(trained.layers[0].weight.value))
    assert got["first"] == got["second"]
    assert got["first"][0] == got["other"][0]
    assert got["first"][1] != got["other"][1]
    assert got["made"] == 25


def test_rate_seed_and_batch_size_can_be_chosen():
    trained = network(SGD(0.1, momentum=0.9))
    page = playground(trained, X, CLASSES, batch_size=16)
    got = in_node(
        page,
        """(trainer) => {
          trainer.use(8);
          trainer.chosenRate = 0.05;
          trainer.reseed(11);
          for (let i = 0; i < 30; i += 1) trainer.learn();
          trainer.use(48);
          trainer.learn(true);
          return { sizes: Object.keys(trainer.programs), batch: trainer.batch,
            weights: Object.fromEntries(
              trainer.data.parameters.map(({ name }) => [name, trainer.parameter(name)])) };
        }""",
    )
    assert got["sizes"] == ["1", "8", "16", "32", "48"]
    trained.optimizer.learning_rate = 0.05
    for batch in islice(page.batches(batch_size=8, seed=11), 30):
        trained.train_step(X[batch], CLASSES[batch])
    batch = page._data.places[np.array(got["batch"])]
    assert sorted(batch) == sorted(page._data.places)  # all of them
    trained.train_step(X[batch], CLASSES[batch])
    compared(got["weights"], trained, 1e-9)


def test_a_loss_that_is_not_finite_changes_nothing():
    trained = network(SGD(1e300))
    got = in_node(
        playground(trained, X, CLASSES, batch_size=16),
        """(trainer) => {
          const made = [];
          for (let i = 0; i < 5; i += 1) made.push([trainer.learn(), trainer.made]);
          return made;
        }""",
    )
    assert got[0] == [True, 1]
    assert got[-1][0] is False
    assert got[-1][1] == got[-2][1]
