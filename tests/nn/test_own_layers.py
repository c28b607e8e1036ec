"""Layers of one's own, as a new user writes them: parameters found, named, trained, saved."""

import copy
import pickle
import warnings
from functools import partial

import numpy as np
import pytest

import nn
from autograd_core import Node, Program
from autograd_core.program import RecordingError
from nn import (
    SGD,
    Adam,
    Buffer,
    CrossEntropyLoss,
    FullyConnected,
    Layer,
    Lion,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Sequential,
    SoftMax,
    Tanh,
    TrainingWarning,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((48, 4)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(int)
BACKENDS = ["eager", "numpy", "native"]


class OwnScale(Layer):
    def __init__(self, features):
        self.features = features
        self.gamma = Node(np.ones(features))

    def apply(self, x):
        return x * self.gamma


class OwnEverywhere(Layer):
    """Parameters in a list, a dict, a layer inside, and what looks like one and is none."""

    def __init__(self):
        self.shift = Node(np.zeros(4))
        self.parts = [OwnScale(4), OwnScale(4)]
        self.by_name = {"a": OwnScale(4), "b": (Node(np.ones(4)),)}
        self.again = self.parts[0]
        self._private = Node(np.ones(4))
        self.table = np.ones(4)
        self.last = self.first = None

    def apply(self, x):
        self.first = x
        for part in self.parts:
            x = part(x)
        self.last = self.by_name["a"](x) * self.by_name["b"][0] + self.shift
        return self.last


class OwnCentred(Layer):
    def __init__(self, features):
        self.features = features
        self.mean = Buffer(np.zeros(features))
        self.count = Buffer(0)

    def apply(self, x):
        if self.training:
            self.mean.update(0.75 * self.mean.node + 0.25 * x.mean(axis=0))
            self.count.update(self.count.node + 1)
        return x - self.mean.node


def network(*layers, **options):
    return NeuralNetwork([*layers, FullyConnected(4, 2)], **options)


def pickled(part):
    return pickle.loads(pickle.dumps(part))  # noqa: S301  # we have just written it


PATHS = ["shift", "parts.0.gamma", "parts.1.gamma", "by_name.a.gamma", "by_name.b.0"]


@pytest.mark.parametrize("copied", [lambda layer: layer, copy.copy, copy.deepcopy, pickled])
def test_leaves_are_found_wherever_they_were_set(copied):
    layer = copied(OwnEverywhere())
    assert list(layer.parameters()) == PATHS
    layer.parts.append(OwnScale(4))
    assert "parts.2.gamma" in layer.parameters()


def test_a_batch_or_a_result_that_a_layer_keeps_is_no_parameter():
    layer, leaf = OwnEverywhere(), Node(np.ones((2, 4)))
    layer(leaf)
    assert layer.first is leaf
    assert list(layer.parameters()) == PATHS
    layer.forward(np.ones((2, 4)))
    assert list(layer.parameters()) == PATHS
    net = network(layer)
    net.predict(X)
    assert len(net.parameters()) == len(PATHS) + 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_they_are_learned_and_saved(backend, tmp_path):
    net = network(OwnScale(4), OwnEverywhere(), optimizer=Adam(0.1), seed=1).compile(backend)
    before = net.state_dict()
    for _ in range(3):
        net.train_step(X, CLASSES)
    after = net.state_dict()
    assert all((before[name] != after[name]).any() for name in before)
    assert {array.dtype.name for array in after.values()} == {"float32"}
    other = network(OwnScale(4), OwnEverywhere(), seed=2)
    other.load_state_dict(after)
    np.testing.assert_array_equal(net.predict(X), other.predict(X))
    loaded = NeuralNetwork.load(net.save(tmp_path / "net"))
    np.testing.assert_array_equal(net.predict(X), loaded.predict(X))


def test_fit_trains_them():
    layer = OwnScale(4)
    network(layer).fit(X, CLASSES, epochs=2, batch_size=16, progress=False)
    assert (layer.gamma.value != 1.0).all()


def test_diagrams_call_them_as_their_attribute():
    net = network(OwnScale(4), OwnEverywhere())
    names = [node.name for node in net.parameters().values()]
    assert names == ["0.gamma", "shift", *(f"1.{path}" for path in PATHS[1:]), "W1", "b1"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_in_two_places_is_there_once(backend):
    first, second = OwnScale(4), OwnScale(4)
    second.gamma = first.gamma
    net = network(first, Tanh(), second, optimizer=SGD(0.5)).compile(backend)
    assert list(net.parameters()) == ["0.gamma", "3.weight", "3.bias"]
    net.train_step(X, CLASSES)
    net._eagerly(X, CLASSES, None, None)
    moved, gradient = first.gamma.value.copy(), first.gamma.grad
    net._eagerly(X, CLASSES, None, None)
    np.testing.assert_allclose(first.gamma.value, moved - 0.5 * first.gamma.grad, rtol=1e-6)
    assert gradient is not None


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_set_or_put_in_later_is_learned(backend):
    layer = OwnEverywhere()
    net = network(layer, optimizer=SGD(0.5)).compile(backend)
    net.train_step(X, CLASSES)
    layer.parts.append(OwnScale(4))
    layer.parts.append(FullyConnected(4, 4))
    layer.parts[0] = OwnScale(4)
    for _ in range(2):
        net.train_step(X, CLASSES)
    assert (layer.parts[2].gamma.value != 1.0).all()
    assert (layer.parts[0].gamma.value != 1.0).all()
    assert layer.parts[3].weight.dtype == np.float32
    layer.shift = new = Node(np.zeros(4))
    net.train_step(X, CLASSES)
    assert (new.value != 0.0).all()


def test_a_parameter_of_another_precision_takes_that_of_the_network():
    layer, number = OwnScale(4), OwnScale(4)
    number.gamma = Node(1.0)
    net = network(layer, number)
    assert {node.dtype.name for node in net.parameters().values()} == {"float32"}
    assert net.forward(X).dtype == np.float32
    net.train_step(X, CLASSES)
    assert number.gamma.value != 1.0


def test_what_a_layer_says_itself_counts():
    class Saying(OwnEverywhere):
        def parameters(self):
            return {"only": self.shift}

    class Around(Layer):
        def __init__(self):
            self.inner = Saying()

        def apply(self, x):
            return self.inner(x)

    assert list(Around().parameters()) == ["inner.only"]
    assert list(network(Saying()).parameters()) == ["0.only", "1.weight", "1.bias"]


@pytest.mark.parametrize("part", [Node(1.0), OwnScale(2)], ids=["node", "layer"])
def test_a_set_has_no_order(part):
    layer = Layer()
    layer.parts = {part}
    with pytest.raises(TypeError, match=r"parts is a set .* write a list, parts = \[\.\.\.\]"):
        layer.parameters()


def test_two_of_one_path_are_refused():
    layer = Layer()
    layer.parts = {"a.b": Node(1.0), "a": {"b": Node(2.0)}}
    with pytest.raises(ValueError, match=r"two parameters are called 'parts\.a\.b'"):
        layer.parameters()


# --- frozen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frozen_layer_is_not_learned_nor_what_is_inside(backend):
    layer, last = OwnEverywhere(), FullyConnected(4, 2)
    layer.trainable = last.trainable = False  # before anything is made
    net = NeuralNetwork([OwnScale(4), layer, last], optimizer=SGD(0.5)).compile(backend)
    before = net.state_dict()
    layer.parts.append(OwnScale(4))
    for _ in range(3):
        net.train_step(X, CLASSES)
    after = net.state_dict()
    assert [name for name in before if (before[name] != after[name]).any()] == ["0.gamma"]
    layer.trainable = True
    last.weight.requires_grad = True  # its layer says otherwise
    for _ in range(3):
        net.train_step(X, CLASSES)
    last_state = net.state_dict()
    moved = {name for name in after if (last_state[name] != after[name]).any()}
    assert moved == {"0.gamma", "1.parts.2.gamma", *(f"1.{path}" for path in PATHS)}


def test_what_was_frozen_by_itself_stays_so():
    layer = OwnEverywhere()
    layer.shift.requires_grad = False
    layer.trainable = False
    layer.parts[0].trainable = False
    layer.trainable = True
    learned = [name for name, node in layer.parameters().items() if node.requires_grad]
    assert learned == PATHS[2:]
    again = pickled(layer)
    again.parts[0].trainable = True
    learned = [name for name, node in again.parameters().items() if node.requires_grad]
    assert learned == PATHS[1:]


def test_trainable_is_true_or_false():
    with pytest.raises(ValueError, match=r"OwnScale\(trainable\) expects True or False, got 'no'"):
        OwnScale(2).trainable = "no"


# --- buffers --------------------------------------------------------------------------------------


def trained(backend, **options):
    net = network(OwnCentred(4), OwnScale(4), optimizer=Adam(0.05), seed=3, **options).compile(
        backend
    )
    for _ in range(4):
        net.train_step(X, CLASSES)
    return net


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_compiled_step_changes_buffers_as_an_eager_one(backend, dtype):
    states = [trained(each, dtype=dtype).state_dict() for each in ("eager", backend)]
    assert list(states[0])[-2:] == ["0.mean", "0.count"]
    assert states[1]["0.count"] == 4
    assert states[1]["0.mean"].dtype == dtype
    expected = X.mean(axis=0) * (1 - 0.75**4)
    np.testing.assert_allclose(states[1]["0.mean"], expected, rtol=1e-5)
    for name, array in states[0].items():
        rtol = 0 if backend == "numpy" else 1e-5
        np.testing.assert_allclose(states[1][name], array, rtol=rtol)


def test_eager_and_compiled_steps_go_on_with_one_buffer():
    net, other = trained("numpy"), trained("numpy")
    net._eagerly(X, CLASSES, None, None)
    net.train_step(X, CLASSES)
    net.layers[0].mean.value = np.zeros(4)
    net.train_step(X, CLASSES)
    for _ in range(2):
        other.train_step(X, CLASSES)
    other.layers[0].mean.value = np.zeros(4)
    other.train_step(X, CLASSES)
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(net.state_dict()[name], array)
    assert net.layers[0].count.value == 7


def test_predictions_change_no_buffer_and_see_the_latest():
    net = trained("numpy")
    before = net.state_dict()
    first = net.predict(X)
    net.evaluate(X, CLASSES)
    assert all((array == net.state_dict()[name]).all() for name, array in before.items())
    net.layers[0].mean.value = np.ones(4)
    assert (net.predict(X) != first).any()
    program = Program.record(lambda x: evaluated(net, x), X)
    recorded = program(X)
    np.testing.assert_array_equal(recorded, net.predict(X))
    net.layers[0].mean.value = np.zeros(4)
    np.testing.assert_array_equal(program(X), net.predict(X))
    assert (program(X) != recorded).any()


def evaluated(net, x):
    with net.evaluating():
        return net.forward(x)


def test_files_hold_buffers_and_old_ones_load_without(tmp_path):
    net = trained("numpy")
    loaded = NeuralNetwork.load(net.save(tmp_path / "net"))
    np.testing.assert_array_equal(loaded.layers[0].mean.value, net.layers[0].mean.value)
    assert loaded.layers[0].count.value == 4
    old = {name: array for name, array in net.state_dict().items() if not name.startswith("0")}
    other = network(OwnCentred(4), OwnScale(4))
    other.load_state_dict(old)
    assert (other.layers[0].mean.value == 0).all()
    np.testing.assert_array_equal(other.layers[1].gamma.value, net.layers[1].gamma.value)
    with pytest.raises(ValueError, match=r"'0\.mean' of shape \(3,\) instead of \(4,\)"):
        other.load_state_dict({**old, "0.mean": np.ones(3)})


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_a_resumed_run_has_the_same_bits(backend, tmp_path):
    def fitted(epochs, **options):
        net = network(OwnCentred(4), OwnScale(4), optimizer=Adam(0.05))
        net.fit(X, CLASSES, batch_size=16, progress=False, backend=backend, epochs=epochs,
                **options)  # fmt: skip
        return net.state_dict()

    fitted(2, checkpoint=tmp_path)
    resumed, whole = fitted(4, resume=tmp_path), fitted(4)
    assert resumed["0.count"] == 12
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array)


def test_a_leaf_that_was_taken_stays_what_it_was():
    buffer = Buffer([1.0, 2.0], name="m")
    taken = buffer.node
    product = taken * Node([3.0, 4.0])
    buffer.update([5.0, 6.0])
    assert (taken.value == [1.0, 2.0]).all()
    assert buffer.node.name == "m"
    assert (buffer.node.value == [5.0, 6.0]).all()
    product.backward(np.ones(2))
    again = copy.deepcopy(buffer)
    again.update([0.0, 0.0])
    assert (buffer.value == [5.0, 6.0]).all()


@pytest.mark.parametrize("value, error, words", [
    (np.ones(2), ValueError, r"expects the shape of the buffer, \(3,\), got \(2,\)"),
    ([1.5, 1.0, 1.0], TypeError, r"expects what int64 holds, got float64.*np\.zeros\(\(3,\)\)"),
])  # fmt: skip
def test_what_does_not_fit_into_a_buffer(value, error, words):
    with pytest.raises(error, match=words):
        Buffer(np.zeros(3, np.int64)).update(value)
    with pytest.raises(error, match=words):
        Buffer(np.zeros(3, np.int64)).value = value


def test_a_buffer_holds_real_numbers():
    with pytest.raises(TypeError, match=r"Buffer\(value\) expects an array of real numbers"):
        Buffer(["a"])


def test_a_program_of_the_forward_pass_alone_can_not_remember():
    layer = OwnCentred(4)
    with pytest.raises(RecordingError, match=r"network\.evaluating\(\)"):
        Program.record(layer, X)
    assert layer.count.value == 0


def test_looking_at_a_step_changes_no_buffer():
    net = trained("eager")
    before = net.state_dict()
    program = net.program(X, CLASSES)
    assert "mean" in program.source()
    assert all((array == net.state_dict()[name]).all() for name, array in before.items())


def test_a_network_without_parameters_of_layers_still_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = NeuralNetwork([OwnScale(4)], loss=MeanSquaredError())
        net.fit(X, 2.0 * X, epochs=1, batch_size=16, progress=False)
    assert nn.Buffer is Buffer


# --- warnings -------------------------------------------------------------------------------------


def test_a_plain_array_is_a_constant_and_said_to_be_where_nothing_learns():
    class OwnConstant(Layer):
        def __init__(self):
            self.gamma = np.ones(4)

        def apply(self, x):
            return x * self.gamma

    words = r"'gamma' of OwnConstant\(\) is a plain array, a constant.*self\.gamma = Node"
    with (
        pytest.warns(TrainingWarning, match=words),
        pytest.raises(RuntimeError, match="wants a gradient"),
    ):
        NeuralNetwork([OwnConstant()]).fit(X, CLASSES, epochs=1, batch_size=8, progress=False)


def test_units_behind_what_is_frozen_are_not_called_dead():
    first, last = FullyConnected(4, 8), FullyConnected(8, 2)
    net = NeuralNetwork([first, ReLU(), last])
    first.bias.value = np.full(8, -100.0)
    first.trainable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.fit(X, CLASSES, epochs=2, batch_size=16, progress=False)
    first.trainable = True
    with pytest.warns(TrainingWarning, match="dead"):
        net.fit(X, CLASSES, epochs=2, batch_size=16, progress=False)


def test_a_network_that_is_frozen_as_a_whole_says_what_to_write():
    layer = FullyConnected(4, 2)
    layer.trainable = False
    with pytest.raises(ValueError, match=r"network\.layers\[0\]\.trainable = True"):
        NeuralNetwork([layer]).fit(X, CLASSES, epochs=1, batch_size=8, progress=False)
    with pytest.raises(ValueError, match=r"train_step\(\) expects .*layers\[0\]\.trainable = True"):
        NeuralNetwork([layer]).compile(backend="eager").train_step(X, CLASSES)


# --- what a user writes first ---------------------------------------------------------------------


class OwnStandardized(Layer):
    """Buffers as plain names in expressions, set anew by assignment."""

    def __init__(self, features):
        self.features = features
        self.mean, self.spread = Buffer(np.zeros(features)), Buffer(np.ones(features))

    def apply(self, x):
        if self.training:
            self.mean = 0.5 * self.mean + 0.5 * x.mean(axis=0)
            self.spread = np.maximum(self.spread * 0.5, np.var(x, axis=0))
        return (x - self.mean) / np.sqrt(self.spread + 1e-3) + (-self.mean) * 0.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_buffers_stand_in_expressions_and_are_updated_by_assignment(backend, tmp_path):
    net = NeuralNetwork([OwnStandardized(4), FullyConnected(4, 2)]).compile(backend)
    net.fit(X, CLASSES, epochs=1, batch_size=len(X), progress=False)
    layer = net.layers[0]
    assert type(layer.mean) is Buffer
    np.testing.assert_allclose(layer.mean.value, X.mean(axis=0) / 2, rtol=1e-5, atol=1e-6)
    again = NeuralNetwork.load(net.save(tmp_path / "net"))
    assert (again.predict(X) == net.predict(X)).all()


def test_a_layer_inside_a_frozen_block_can_be_learned_again(tmp_path):
    first, last = OwnScale(4), OwnScale(4)
    block = Sequential(first, last)
    block.trainable = False
    net = NeuralNetwork([block, FullyConnected(4, 2)])

    def learned(network):
        return [name for name, node in network.parameters().items() if node.requires_grad]

    last.trainable = True
    assert learned(net) == ["0.1.gamma", "1.weight", "1.bias"]
    assert learned(NeuralNetwork.load(net.save(tmp_path / "net"))) == learned(net)
    block.trainable = False  # what is said later counts
    assert learned(net) == ["1.weight", "1.bias"]
    net.trainable = False
    assert learned(net) == [] and not net.trainable
    net.trainable = True
    assert learned(net) == list(net.parameters())


def test_a_parameter_that_is_frozen_alone_is_so_in_the_file(tmp_path):
    net = NeuralNetwork([FullyConnected(4, 2)])
    net.layers[0].weight.requires_grad = False
    again = NeuralNetwork.load(net.save(tmp_path / "net"))
    assert not again.layers[0].weight.requires_grad and again.layers[0].bias.requires_grad


def test_what_would_be_ignored_says_what_to_write():
    layer = FullyConnected(4, 2)
    with pytest.raises(AttributeError, match=r"layer\.trainable = False"):
        layer.requires_grad = False
    with pytest.raises(AttributeError, match=r"Write layer\.trainable = False"):
        layer.freeze()

    class OwnForward(Layer):
        def forward(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"apply\(self, x\), in place of forward"):
        NeuralNetwork([OwnForward()]).predict(X)


def test_loss_and_optimizer_can_be_set_as_in_the_constructor():
    net = NeuralNetwork([FullyConnected(4, 2), SoftMax()])
    net.loss, net.optimizer, net.layers[0].optimizer = "cross_entropy", "adam", "lion"
    assert type(net.loss) is CrossEntropyLoss and type(net.optimizer) is Adam
    assert [type(each) for each in net.optimizers] == [Adam, Lion]
    net.loss = lambda prediction, label: -np.log(prediction[:, 0])
    net.train_step(X, CLASSES)
    for name in ("loss", "optimizer"):
        with pytest.raises(TypeError, match=rf"NeuralNetwork\.{name} expects .* got None"):
            setattr(net, name, None)


class OwnArguments(Layer):
    """Keeps its arguments under other names, or not at all, as one does where no file is meant."""

    def __init__(self, features, inner, scale=2.0, *, shift=0.5):
        super().__init__()
        self.body = inner
        self.scale = Node(np.full(features, scale))
        self.offset = Node(np.full(features, shift))

    def apply(self, x):
        return self.body(x) * self.scale + self.offset


def test_arguments_of_a_constructor_need_not_be_kept(tmp_path):
    layer = OwnArguments(4, Tanh(), 3.0)
    assert repr(layer) == "OwnArguments(4, Tanh(), scale=3.0)"
    net = NeuralNetwork([layer, FullyConnected(4, 2)])
    net.fit(X, CLASSES, epochs=1, batch_size=16, progress=False, checkpoint=tmp_path / "run")
    for network in (net, pickled(net), copy.deepcopy(net)):
        again = NeuralNetwork.load(network.save(tmp_path / "net"))
        assert (again.predict(X) == net.predict(X)).all()
    assert repr(again.layers[0]) == repr(layer)


def test_a_leaf_that_is_no_parameter_is_named():
    class OwnHidden(Layer):
        def __init__(self):
            self.gamma = Node(np.ones(4))
            self._beta = Node(np.zeros(4))

        def apply(self, x):
            return x * self.gamma + self._beta

    words = r"'_beta' of OwnHidden\(\).*not learned.*Write self\.beta"
    for train in (
        lambda net: net.train_step(X, CLASSES),
        lambda net: net.fit(X, CLASSES, epochs=1, batch_size=16, backend="numpy", progress=False),
    ):
        net = NeuralNetwork([OwnHidden(), FullyConnected(4, 2)])
        with pytest.warns(TrainingWarning, match=words) as warned:
            train(net)
            train(net)
        assert len(warned) <= 2
    weight = Node(np.ones((4, 2)), name="w")
    net = NeuralNetwork(partial(lambda x, w: x @ w, w=weight))
    with pytest.warns(TrainingWarning, match=r"leaf 'w' of shape \(4, 2\).*parameters="):
        net.train_step(X, CLASSES)


def test_arrays_and_functions_as_arguments(tmp_path):
    class OwnShift(Layer):
        def __init__(self, mean, factor, function=None):
            self.shift, self.factor = Buffer(mean), factor

        def apply(self, x):
            return (x - self.shift) * self.factor

    layer = OwnShift(X.mean(axis=0), np.float32(2.0))
    net = NeuralNetwork([layer, FullyConnected(4, 2)])
    again = NeuralNetwork.load(net.save(tmp_path / "net"))
    assert (again.predict(X) == net.predict(X)).all()
    with pytest.raises(AttributeError, match=r"'function'\. Keep each argument"):
        OwnShift(0.0, 1.0, np.tanh).configuration()
    layer.factor = np.tanh
    with pytest.raises(TypeError, match=r"got <ufunc 'tanh'>\. Give its name"):
        net.save(tmp_path / "net")
