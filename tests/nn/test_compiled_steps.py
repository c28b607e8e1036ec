"""Training steps by a back end: the bits of eager steps by NumPy, and nobody notices the rest."""

from __future__ import annotations

import copy
import pickle
import re
import sys
import warnings

import numpy as np
import pytest

from autograd_core import Node, RecordingError, relu
from autograd_core.node import raw
from nn import (
    ELU,
    L1L2,
    L2,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BatchNorm,
    BinaryCrossEntropy,
    Callback,
    Conv2D,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    LambdaCallback,
    Layer,
    LeakyReLU,
    MeanAbsoluteError,
    MeanSquaredError,
    NeuralNetwork,
    Optimizer,
    ReLU,
    Reshape,
    RMSprop,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    StepDecay,
    Tanh,
)
from nn.finite import TrainingWarning
from nn.training.compiled_steps import CompiledSteps

random = np.random.default_rng(0)
X = random.normal(size=(12, 4)).astype(np.float32)
CLASSES = random.integers(0, 3, 12)
ROWS = random.uniform(size=(12, 3)).astype(np.float32)

ACTIVATIONS = [
    ReLU(), Sigmoid(), Tanh(), LeakyReLU(0.1), LeakyReLU(0.1, learned=True), ELU(), Dropout(0.3),
    SoftMax(),
]  # fmt: skip
LOSSES = [
    (SoftMaxCrossEntropyLoss("mean"), None, CLASSES),
    (SoftMaxCrossEntropyLoss(), None, np.eye(3)[CLASSES]),
    (CrossEntropyLoss(), SoftMax(), CLASSES),
    (CrossEntropyLoss("mean"), SoftMax(), CLASSES),
    (MeanSquaredError(), None, ROWS),
    (MeanAbsoluteError(), None, ROWS),
    (BinaryCrossEntropy(), Sigmoid(), (ROWS > 0.5)),
    (SigmoidCrossEntropyLoss("mean"), None, (ROWS > 0.5).astype(int)),
]
OPTIMIZERS = [
    SGD(0.1), SGD(0.1, 0.9), SGD(0.1, 0.9, nesterov=True, weight_decay=0.01), Adam(0.01),
    SGD(0.1, clip_norm=0.5), Adam(clip_norm=100.0), AdamW(0.01), RMSprop(), Adagrad(),
    SGD(StepDecay(0.1, 3, 0.5)),
]  # fmt: skip


def network(*layers, backend="numpy", dtype=np.float32, **parts):
    layers = layers or (FullyConnected(4, 6), ReLU(), FullyConnected(6, 3))
    return NeuralNetwork(copy.deepcopy(layers), dtype=dtype, **copy.deepcopy(parts)).compile(
        backend
    )


def both(*layers, steps=6, x=X, y=CLASSES, **parts):
    """The same steps eagerly and by the NumPy back end."""
    pair = [network(*layers, backend=backend, **parts) for backend in ("eager", "numpy")]
    return [(each, [each.train_step(x, y) for _ in range(steps)]) for each in pair]


def assert_same_bits(results):
    (eager, losses), (compiled, found) = results
    assert losses == found
    assert all(map(np.array_equal, state_of(eager), state_of(compiled)))


def state_of(network):
    state = {**network.state_dict(), **network.optimizer.state_dict()}
    return [state[name] for name in sorted(state)]


def compiled_steps(network):
    """How many of the steps that follow are not eager."""
    count = [0]
    learn = network.learn

    def counted(*arguments):
        count[0] += 1
        return learn(*arguments)

    network.learn = counted
    return count


# --- the same bits --------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers(activation, dtype):
    layers = FullyConnected(4, 6), activation, FullyConnected(6, 3)
    eager, compiled = both(*layers, dtype=dtype)
    assert eager[1] == compiled[1]
    assert all(map(np.array_equal, state_of(eager[0]), state_of(compiled[0])))
    assert eager[1][-1] != eager[1][0]


@pytest.mark.parametrize("loss, last, y", LOSSES, ids=[f"{x[0]!r}" for x in LOSSES])
def test_losses(loss, last, y):
    layers = [FullyConnected(4, 6), Tanh(), FullyConnected(6, 3)] + ([last] if last else [])
    eager, compiled = both(*layers, y=y, loss=loss, optimizer=SGD(0.01))
    assert eager[1] == compiled[1]
    assert all(map(np.array_equal, state_of(eager[0]), state_of(compiled[0])))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_optimizers(optimizer, dtype):
    eager, compiled = both(optimizer=optimizer, dtype=dtype)
    assert eager[1] == compiled[1]
    assert all(map(np.array_equal, state_of(eager[0]), state_of(compiled[0])))
    assert eager[0].optimizer.learning_rate == compiled[0].optimizer.learning_rate


@pytest.mark.parametrize("optimizer", [Adam(0.01), AdamW(0.01), SGD(0.1, 0.9)], ids=repr)
def test_batches_of_several_shapes_in_turn_are_steps_of_one_optimizer(optimizer):
    states = []
    for backend in ("eager", "numpy"):
        each = network(backend=backend, optimizer=optimizer)
        for samples in (12, 5, 12, 7, 5, 12):
            each.train_step(X[:samples], CLASSES[:samples])
        each.learn(X, CLASSES)  # an eager one in between
        each.train_step(X, CLASSES)
        each.optimizer.load_state_dict(each.optimizer.state_dict())
        each.train_step(X[:5], CLASSES[:5])
        states.append(state_of(each))
    assert all(map(np.array_equal, *states))


def test_large_parameters_in_blocks():
    layers = (
        FullyConnected(4, 300),
        ReLU(),
        FullyConnected(300, 300),
        ReLU(),
        FullyConnected(300, 3),
    )
    for optimizer in (SGD(0.1), Adam(0.01)):
        eager, compiled = both(*layers, optimizer=optimizer, steps=3)
        assert eager[1] == compiled[1]
        assert all(map(np.array_equal, state_of(eager[0]), state_of(compiled[0])))


def test_regularizers_shapes_and_no_bias():
    layers = (
        Reshape((2, 2)),
        Flatten(),
        FullyConnected(4, 6, bias=False, weight_regularizer=L2(0.1)),
        ReLU(),
        FullyConnected(6, 3, weight_regularizer=L1L2(), bias_regularizer=L2()),
    )
    eager, compiled = both(*layers)
    assert eager[1] == compiled[1]
    assert all(map(np.array_equal, state_of(eager[0]), state_of(compiled[0])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fit_without_asking_has_the_bits_of_eager(dtype):
    x = random.normal(size=(70, 4))
    y = random.integers(0, 3, 70)
    histories = []
    for backend in (None, "eager", "numpy"):
        each = network(
            FullyConnected(4, 6), ReLU(), Dropout(0.2), FullyConnected(6, 3), dtype=dtype
        )
        each.compile()
        history = each.fit(
            x, y, epochs=4, batch_size=16, progress=False, inspect_every=3, backend=backend,
            validation_data=(x, y),
        )  # fmt: skip
        histories.append((history.iterations, history.epochs, *map(bytes, state_of(each)[:4])))
    assert histories[0] == histories[1] == histories[2]


# --- nobody notices -------------------------------------------------------------------------------


def test_parameters_stay_the_same_arrays():
    each = network(optimizer=Adam())
    weight = each.layers[0].weight
    array = weight.value
    each.train_step(X, CLASSES)
    state = each.optimizer.state["0.weight"]["mean"]
    before = array.copy()
    each.train_step(X, CLASSES)
    assert weight.value is array
    assert each.optimizer.state["0.weight"]["mean"] is state
    assert not np.array_equal(array, before)
    assert each.optimizer.updates == 2
    assert len(each.losses) == 2


def test_an_eager_step_leaves_gradients_a_compiled_one_none():
    each = network()
    each.learn(X, CLASSES)
    assert each.layers[0].weight.grad is not None
    each.train_step(X, CLASSES)
    assert each.layers[0].weight.grad is None


def test_a_graph_of_before_the_step_has_no_gradient_any_more():
    each = network()
    each.train_step(X, CLASSES)
    loss = each.forward(X).sum()
    each.train_step(X, CLASSES)
    with pytest.raises(RuntimeError, match="was changed after"):
        loss.backward()


@pytest.mark.parametrize(
    "change",
    [
        lambda net: setattr(net.layers[1], "slope", 0.5),
        lambda net: net.layers[0].regularizers.update(weight=L2(0.5)),
        lambda net: setattr(net.layers[0].weight, "value", np.ones((4, 6))),
        lambda net: setattr(net.layers[0].weight, "requires_grad", False),
        lambda net: setattr(net.layers[0], "weight", Node(np.ones((4, 6), np.float32))),
        lambda net: setattr(net.loss, "reduction", "sum"),
        lambda net: setattr(net, "loss", SoftMaxCrossEntropyLoss()),
        lambda net: setattr(net.optimizer, "momentum", 0.5),
        lambda net: setattr(net.optimizer, "learning_rate", 0.3),
        lambda net: setattr(net, "optimizer", Adam()),
        lambda net: net.optimizer.load_state_dict({"0.weight/velocity": np.ones((4, 6), "f")}),
        lambda net: net.load_state_dict({k: v * 2 for k, v in net.state_dict().items()}),
    ],
)
def test_what_is_set_on_the_way_counts(change):
    layers = (
        FullyConnected(4, 6, weight_regularizer=L2(0.0)),
        LeakyReLU(0.1),
        FullyConnected(6, 3),
    )
    losses = []
    for backend in ("eager", "numpy"):
        each = network(*layers, backend=backend, optimizer=SGD(0.1, 0.9))
        for _ in range(3):
            each.train_step(X, CLASSES)
        change(each)
        if each._steps is not None:
            each._steps.look_again()  # as before each epoch: for what is set inside of a dict
        losses.append([each.train_step(X, CLASSES) for _ in range(3)])
    assert losses[0] == losses[1]


def test_a_number_as_a_parameter():
    class Scaled(Layer):
        def __init__(self):
            self.scale = Node(np.float32(2.0))

        def parameters(self):
            return {"scale": self.scale}

        def apply(self, x):
            return x * self.scale

    eager, compiled = both(FullyConnected(4, 3), Scaled(), optimizer=Adam(0.1))
    assert eager[1] == compiled[1]
    scales = [each.layers[1].scale for each, _ in (eager, compiled)]
    assert scales[1].grad is None
    assert scales[0].value == scales[1].value != 2.0
    for scale in scales:
        scale.value = 5.0
    assert eager[0].train_step(X, CLASSES) == compiled[0].train_step(X, CLASSES)


def test_copies_and_pickles_record_anew():
    each = network()
    each.train_step(X, CLASSES)
    others = [copy.deepcopy(each), pickle.loads(pickle.dumps(each))]  # noqa: S301
    losses = [[net.train_step(X, CLASSES) for _ in range(3)] for net in (each, *others)]
    assert losses[0] == losses[1] == losses[2]
    assert others[0].layers[0].weight.value is not each.layers[0].weight.value


# --- which steps are compiled ---------------------------------------------------------------------


def test_without_asking_the_package_s_own_are_compiled_after_a_few():
    each = network(backend="auto")
    count = compiled_steps(each)
    for _ in range(6):
        each.train_step(X, CLASSES)
    assert count == [2]


class Doubled(Layer):
    def apply(self, x):
        return 2.0 * relu(x)


class Plain(Optimizer):
    def update(self, value, gradient, name):
        value -= 0.1 * gradient


@pytest.mark.parametrize(
    "parts", [{"layers": [Doubled()]}, {"optimizer": Plain(0.1)}], ids=["layer", "optimizer"]
)
def test_without_asking_parts_from_elsewhere_are_eager(parts):
    layers = FullyConnected(4, 3), *parts.pop("layers", ())
    each = network(*layers, backend="auto", **parts)
    count = compiled_steps(each)
    for _ in range(6):
        each.train_step(X, CLASSES)
    assert count == [6]


def test_layers_from_elsewhere_are_compiled_where_that_is_asked_for():
    eager, compiled = both(FullyConnected(4, 3), Doubled())
    assert eager[1] == compiled[1]
    count = compiled_steps(compiled[0])
    compiled[0].train_step(X, CLASSES)
    assert count == [0]


def test_an_optimizer_without_a_rule_is_said_once():
    each = network(optimizer=Plain(0.1))
    with pytest.warns(TrainingWarning, match=r"Plain defines update\(\), not rule\(\)"):
        each.train_step(X, CLASSES)
    each.train_step(X, CLASSES)  # without a warning, which would be an error


def test_a_layer_that_reads_numbers_can_not_be_compiled():
    class Choosing(Layer):
        def apply(self, x):
            return x if np.sum(x) > 0 else -x

    each = network(FullyConnected(4, 3), Choosing())
    with pytest.raises(RecordingError, match=r"np\.where"):
        each.train_step(X, CLASSES)


def test_a_layer_that_is_another_each_time_can_not_be_compiled():
    class Noisy(Layer):
        def apply(self, x):
            return x + random.normal(size=x.shape).astype(np.float32)

    class Growing(Layer):
        calls = 0

        def apply(self, x):
            self.calls += 1
            for _ in range(self.calls):
                x = 2.0 * x
            return x

    for layer, words in ((Noisy(), "drawn"), (Growing(), "something else at its second call")):
        each = network(FullyConnected(4, 3), layer)
        with pytest.raises(RecordingError, match=words):
            each.train_step(X, CLASSES)


def test_what_a_layer_from_elsewhere_holds_may_change():
    class Shifted(Layer):
        def __init__(self):
            self.shift = np.ones(3, np.float32)

        def apply(self, x):
            return x + self.shift

    losses = []
    for backend in ("eager", "numpy"):
        each = network(FullyConnected(4, 3), Shifted(), backend=backend, loss=MeanSquaredError())
        losses.append([each.train_step(X, ROWS)])
        each.layers[1].shift *= 5.0
        losses[-1].append(each.train_step(X, ROWS))
    assert losses[0] == losses[1]


def test_frozen_parameters_may_be_set():
    losses = []
    for backend in ("eager", "numpy"):
        each = network(backend=backend)
        each.layers[0].weight.requires_grad = False
        losses.append([each.train_step(X, CLASSES) for _ in range(2)])
        each.layers[0].weight.value = np.ones((4, 6))
        losses[-1].append(each.train_step(X, CLASSES))
    assert losses[0] == losses[1]


def test_a_loss_that_reads_labels_can_not_be_compiled():
    class Reading(MeanSquaredError):  # noqa: N818 - no exception, but a loss
        def apply(self, prediction, label):
            return super().apply(prediction, raw(label))

    each = network(FullyConnected(4, 3), loss=Reading())
    with pytest.raises(RecordingError, match=r"\(node 'y'\)"):
        each.train_step(X, ROWS)


def test_many_shapes_of_batches_are_eager_from_the_ninth_on():
    each = network()
    count = compiled_steps(each)
    for samples in range(1, 9):
        each.train_step(X[:samples], CLASSES[:samples])
    assert count == [0]
    with pytest.warns(TrainingWarning, match="8 shapes"):
        each.train_step(X[:9], CLASSES[:9])
    each.train_step(X[:10], CLASSES[:10])
    each.train_step(X[:1], CLASSES[:1])
    assert count == [2]


class Reader(Callback):
    def __init__(self):
        self.gradients = []


class EveryBatch(Reader):
    def on_batch_end(self, network, loss, accuracy):
        self.gradients.append(network.layers[0].weight.grad)


class EveryEpoch(Reader):
    def on_epoch_end(self, network, history):
        self.gradients.append(network.layers[0].weight.grad)


class Unconcerned(EveryBatch):
    wants_graph = False


@pytest.mark.parametrize(
    "callback, read", [(EveryBatch, True), (EveryEpoch, True), (Unconcerned, False)]
)
def test_callbacks_read_gradients_unless_they_say_no(callback, read):
    reader = callback()
    each = network()
    x = np.tile(X, (4, 1))
    each.fit(x, np.tile(CLASSES, 4), epochs=12, batch_size=6, progress=False, callbacks=[reader])
    assert all(gradient is not None for gradient in reader.gradients) is read
    assert reader.gradients


def test_a_function_as_a_callback_reads_gradients():
    seen = []
    report = LambdaCallback(
        on_batch_end=lambda network, loss, accuracy: seen.append(network.layers[0].weight.grad)
    )
    network().fit(X, CLASSES, epochs=2, batch_size=4, progress=False, callbacks=[report])
    assert seen
    assert all(gradient is not None for gradient in seen)


# --- what is not finite ---------------------------------------------------------------------------


def test_where_the_loss_is_not_finite_the_step_is_done_eagerly_and_says_so():
    losses = []
    for backend in ("eager", "numpy"):
        each = network(
            FullyConnected(4, 6), Dropout(0.5), FullyConnected(6, 3), backend=backend,
            loss=MeanSquaredError(), optimizer=SGD(1e15),
        )  # fmt: skip
        with pytest.warns(TrainingWarning, match="the loss is"):
            losses.append([each.train_step(X, ROWS) for _ in range(8)])
        losses[-1].append(each.layers[1].random_state())
    assert repr(losses[0]) == repr(losses[1])


def test_scores_in_place_of_probabilities_are_refused():
    each = network(FullyConnected(4, 3), loss=BinaryCrossEntropy())
    with pytest.raises(ValueError, match="expects probabilities from 0 to 1"):
        for _ in range(3):
            each.train_step(X, ROWS > 0.5)


# --- the step as a program ------------------------------------------------------------------------


def test_the_program_of_a_step_is_read_and_changes_nothing():
    each = network(FullyConnected(4, 6), Dropout(0.5), FullyConnected(6, 3), optimizer=Adam())
    before = [*map(np.copy, state_of(each)), each.layers[1].random_state()]
    program = each.program(X, CLASSES)
    code = program.source()
    assert "dW1 = x.T @ da1" in code
    assert "W1_mean" in code
    after = [*state_of(each), each.layers[1].random_state()]
    assert len(before) == len(after)
    assert all(np.array_equal(x, y) for x, y in zip(before[:-1], after[:-1], strict=True))
    assert before[-1] == after[-1]
    other = network(FullyConnected(4, 6), FullyConnected(6, 3), optimizer=SGD(0.1))
    step = other.program(X, CLASSES)
    loss, prediction, *new = step(
        X, np.eye(3, dtype=np.float32)[CLASSES], 0.1, *other.state_dict().values()
    )
    assert loss == other.train_step(X, CLASSES)
    assert prediction.shape == (12, 3)
    assert all(map(np.array_equal, new, other.state_dict().values()))


def test_an_optimizer_without_a_rule_has_no_program():
    with pytest.raises(ValueError, match=r"Plain defines update\(\), not rule\(\)"):
        network(optimizer=Plain(0.1)).program(X, CLASSES)


# --- the choice -----------------------------------------------------------------------------------


def test_an_unknown_back_end_is_named():
    with pytest.raises(ValueError, match=r'backend expects "auto" or .*, got .cuda.'):
        network(backend="cuda")
    with pytest.raises(ValueError, match=r'devices=2 is for backend="xla"'):
        network().fit(X, CLASSES, epochs=1, batch_size=4, backend="numpy", devices=2)


def test_the_back_end_of_a_run_is_for_that_run():
    each = network(backend="auto")
    each.fit(X, CLASSES, epochs=1, batch_size=4, progress=False, backend="eager")
    assert each.backend == "auto"
    assert isinstance(each._steps, CompiledSteps)


def test_a_checkpoint_names_its_back_end(tmp_path):
    def trained(backend, epochs, resume=None):
        each = network(backend="auto")
        each.fit(
            X, CLASSES, epochs=epochs, batch_size=4, progress=False, backend=backend,
            checkpoint=tmp_path / "run", resume=resume,
        )  # fmt: skip
        return each

    trained("numpy", 2)
    written = (tmp_path / "run/checkpoint.safetensors").read_bytes()
    assert re.search(rb"backend\W+numpy", written)
    resumed = trained("eager", 4, tmp_path / "run")  # the same bits, so that it may
    whole = network(backend="auto")
    whole.fit(X, CLASSES, epochs=4, batch_size=4, progress=False)
    assert all(map(np.array_equal, state_of(resumed), state_of(whole)))


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_resumed_run_learns_as_many_batches_eagerly_as_the_whole_one(tmp_path, epochs):
    """Behind normalisation the bias of a convolution has other bits by a program."""
    x = np.random.default_rng(1).normal(size=(90, 1, 8, 8)).astype(np.float32)
    y = np.arange(90) % 3

    def trained(epochs, folder, resume=None):
        layers = [Conv2D(1, 4, 5, padding="same"), BatchNorm(4), Tanh(), Flatten()]
        network = NeuralNetwork(
            [*layers, FullyConnected(256, 3)], loss=SoftMaxCrossEntropyLoss("mean")
        )
        network.fit(
            x, y, epochs=epochs, batch_size=16, checkpoint=folder, resume=resume, progress=False
        )
        return network

    whole = trained(4, tmp_path / "whole")
    trained(epochs, tmp_path / "parts")
    resumed = trained(4, tmp_path / "parts", tmp_path / "parts")
    assert all(map(np.array_equal, state_of(resumed), state_of(whole)))


@pytest.mark.parametrize("optimizer", [lambda: SGD(0.1, momentum=0.9), lambda: Adam(0.01)])
@pytest.mark.parametrize("backend", ["auto", "numpy", "native"])
def test_a_parameter_that_is_learned_again(backend, optimizer):
    losses = []
    for name in ("eager", backend):
        net = NeuralNetwork([FullyConnected(4, 5), ReLU(), FullyConnected(5, 3)],
                            optimizer=optimizer()).compile(name)  # fmt: skip
        for wanted in (False, True):
            net.layers[0].weight.requires_grad = wanted
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TrainingWarning)  # Adam counts each one's steps
                losses.append([net.train_step(X, CLASSES) for _ in range(4)])
    assert np.allclose(losses[:2], losses[2:], rtol=1e-5, atol=0)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_what_a_callback_sets_inside_of_a_container_counts(backend):
    losses = []
    for name in ("eager", backend):
        net = network(FullyConnected(4, 3, weight_regularizer=L2(0.0)), backend=name)
        change = LambdaCallback(
            on_epoch_begin=lambda net, epoch: net.layers[0].regularizers.update(weight=L2(epoch))
        )
        net.fit(X, CLASSES, epochs=4, batch_size=4, callbacks=[change], progress=False)
        losses.append(net.losses)
    assert np.allclose(*losses, rtol=1e-5, atol=0)


@pytest.mark.parametrize("backend", ["cuda", "NumPy", ["numpy"], None, True])
def test_a_back_end_of_no_name_of_ours(backend):
    with pytest.raises(ValueError, match='"auto" or "eager" or "numpy" or "native" or "xla", got'):
        network().compile(backend)


def test_a_back_end_that_is_not_installed_says_so_at_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    each = network()
    with pytest.raises(ImportError, match="pip install 'autograd-core\\[xla\\]'"):
        each.compile("xla")
    assert each.backend == "numpy"


def test_a_layer_that_decides_names_the_way_out():
    class Deciding(Layer):
        def apply(self, x):
            return x if float(np.sum(x)) > 0 else -x

    with pytest.raises(RecordingError, match='learn without compiled steps: backend="eager"'):
        network(Deciding(), FullyConnected(4, 3)).train_step(X, CLASSES)


@pytest.mark.parametrize("share", [
    lambda net: setattr(net.layers[2], "weight", net.layers[0].weight),
    lambda net: setattr(net.layers[2].weight, "_value", net.layers[0].weight.value),
])  # fmt: skip
def test_a_parameter_in_two_places_learns_as_in_eager_steps(share):
    losses = []
    for name in ("eager", "auto", "native"):
        net = NeuralNetwork([FullyConnected(4, 4), ReLU(), FullyConnected(4, 4)]).compile(name)
        share(net)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TrainingWarning)
            losses.append([net.train_step(X, CLASSES) for _ in range(5)])
    assert losses[0] == losses[1]
    np.testing.assert_allclose(losses[0], losses[2], rtol=1e-6)


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_nothing_to_learn_is_an_error_of_every_back_end(backend):
    each = network(backend=backend)
    for parameter in each.parameters().values():
        parameter.requires_grad = False
    with pytest.raises(ValueError, match="all of its parameters are frozen"):
        each.train_step(X, CLASSES)


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_read_only_parameters_stay(backend):
    each = network(backend=backend)
    value = each.layers[0].weight.value
    before = value.copy()
    value.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        each.train_step(X, CLASSES)
    assert np.array_equal(value, before)


@pytest.mark.parametrize("result", [
    lambda value, gradient: value - np.float64(0.1) * gradient,
    lambda value, gradient: np.mean(value) - 0.1 * gradient[0],
    lambda value, gradient: 0.5,
])  # fmt: skip
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_a_rule_of_another_dtype_or_shape_fills_the_parameter_as_eagerly(backend, result):
    class Odd(Optimizer):
        remembers = ("sum",)

        def __init__(self):
            super().__init__(0.1)

        def rule(self, value, gradient, state, numbers):
            return result(value, gradient), {"sum": np.sum(gradient)}

    pair = []
    for name in ("eager", backend):
        net = network(backend=name, optimizer=Odd())
        for _ in range(3):
            net.train_step(X, CLASSES)
        pair.append([p.value for p in net.parameters().values()])
    for eager, compiled in zip(*pair, strict=True):
        assert np.allclose(eager, compiled, rtol=1e-5) and eager.dtype == compiled.dtype


def test_a_rule_that_forgets_what_it_remembers():
    class Forgetful(Optimizer):
        remembers = ("velocity",)

        def __init__(self):
            super().__init__(0.1)

        def rule(self, value, gradient, state, numbers):
            return value - gradient, {}

    for name in ("eager", "numpy"):
        with pytest.raises(TypeError, match="got no 'velocity' there"):
            network(backend=name, optimizer=Forgetful()).train_step(X, CLASSES)
