"""Models of one's own: a layer, a function, an object; several inputs; the same loop for all."""

import copy

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    SGD,
    Adam,
    Dropout,
    FullyConnected,
    Layer,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Sequential,
)

RANDOM = np.random.default_rng(0)
A = RANDOM.standard_normal((40, 3)).astype(np.float32)
B = RANDOM.standard_normal((40, 2)).astype(np.float32)
Y = (A[:, :1] * B[:, :1]).astype(np.float32)
BACKENDS = ["eager", "numpy", "native"]


class OwnTowers(Layer):
    def __init__(self, width):
        self.width = width
        self.left = Sequential(FullyConnected(3, width), ReLU())
        self.right = FullyConnected(2, width)
        self.scale = Node(np.ones(1))

    def apply(self, a, b):
        return (self.left(a) * self.right(b)).sum(axis=1, keepdims=True) * self.scale


class PlainTowers:
    def __init__(self):
        self.left, self.right = FullyConnected(3, 4), FullyConnected(2, 4)
        self._hidden = Node(np.ones(1))

    def __call__(self, a, b):
        return (self.left(a) * self.right(b)).sum(axis=1, keepdims=True)


PATHS = ["left.0.weight", "left.0.bias", "right.weight", "right.bias", "scale"]


def network(model=None, **options):
    options = {"loss": MeanSquaredError(), "optimizer": Adam(0.02), **options}
    return NeuralNetwork(OwnTowers(4) if model is None else model, **options)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_loop_trains_a_model_of_two_inputs(backend):
    net = network()
    history = net.fit((A, B), Y, epochs=30, batch_size=8, progress=False, backend=backend,
                      validation_data=({"a": A, "b": B}, Y))  # fmt: skip
    losses = [row["loss"] for row in history.epochs]
    assert losses[-1] < 0.3 * losses[0]
    assert net.evaluate((A, B), Y)["loss"] == pytest.approx(history.epochs[-1]["validation_loss"])
    np.testing.assert_array_equal(net.predict([A, B]), net.predict({"b": B, "a": A}))
    assert list(net.parameters()) == PATHS
    assert net.input_names == ("a", "b")


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_every_back_end_does_as_eager_steps(backend):
    states = []
    for each in ("eager", backend):
        net = network().compile(each)
        losses = [net.train_step((A, B), Y) for _ in range(4)]
        states.append({**net.state_dict(), "losses": np.array(losses)})
    for name, array in states[0].items():
        np.testing.assert_allclose(states[1][name], array, rtol=1e-4, atol=1e-6, err_msg=name)


def test_its_step_is_a_program_of_all_inputs():
    program = network().program((A, B), Y)
    assert [value.name for value in program.inputs[:3]] == ["a", "b", "y"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_object_that_is_called_is_a_model(backend):
    model = PlainTowers()
    net = network(model).compile(backend)
    assert list(net.parameters()) == ["left.weight", "left.bias", "right.weight", "right.bias"]
    before = net.state_dict()
    net.train_step((A, B), Y)
    assert all((array != net.state_dict()[name]).any() for name, array in before.items())
    model.right = FullyConnected(2, 4)  # found like all that is set later
    first = net.parameters()["right.weight"].value.copy()
    for _ in range(2):
        net.train_step((A, B), Y)
    assert (model.right.weight.value != first).any()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_is_a_model(backend):
    w, b = Node(np.zeros((3, 1))), Node(np.zeros(1))

    def line(x):
        return x @ w + b

    net = network(line, parameters={"w": w, "b": b}, optimizer=SGD(0.1)).compile(backend)
    assert list(net.parameters()) == ["w", "b"]
    target = A @ np.array([[1.0], [2.0], [3.0]]) + 0.5
    for _ in range(200):
        net.train_step(A, target)
    np.testing.assert_allclose(w.value, [[1.0], [2.0], [3.0]], atol=0.02)
    assert net.summary().splitlines()[2].split() == ["Lambda(line)", "(1,)", "4"]


def test_a_sequential_is_a_list_of_layers():
    row = Sequential(FullyConnected(3, 4), ReLU(), FullyConnected(4, 1))
    net = network(row)
    assert net.layers == row.layers
    assert next(iter(net.parameters())) == "0.weight"


def test_files_and_copies_keep_a_model(tmp_path):
    net = network()
    net.train_step((A, B), Y)
    loaded = NeuralNetwork.load(net.save(tmp_path / "net"))
    for again in (loaded, copy.deepcopy(net)):
        np.testing.assert_array_equal(again.predict((A, B)), net.predict((A, B)))
        assert list(again.parameters()) == PATHS
    assert repr(loaded) == repr(net)


def test_a_checkpoint_goes_on_with_a_model(tmp_path):
    def fitted(epochs, **options):
        net = network()
        net.fit((A, B), Y, batch_size=8, progress=False, epochs=epochs, **options)
        return net.state_dict()

    fitted(2, checkpoint=tmp_path)
    resumed, whole = fitted(4, resume=tmp_path), fitted(4)
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array)
    with pytest.raises(ValueError, match="samples and labels of the run"):
        network().fit((A, B[::-1]), Y, batch_size=8, progress=False, epochs=4, resume=tmp_path)


def test_one_input_of_several_layers_and_several_of_the_first():
    net = NeuralNetwork([OwnTowers(4), FullyConnected(1, 2)])
    assert net.predict((A, B)).shape == (40, 2)
    net.fit((A, B), (Y[:, 0] > 0).astype(int), epochs=1, batch_size=8, progress=False)


@pytest.mark.parametrize("given, words", [
    (A, r"takes 2 inputs, a, b, got one ndarray\. Write for example predict\(\(a, b\)\)"),
    ((A, B, A), r"takes 2 inputs, a, b, got 3"),
    ({"a": A, "c": B}, r"takes a, b, got a, c\. Write \{'a': a, 'b': b\}"),
    ((A, B[:5]), r"as many samples of each input, got shapes \(40, 3\) and \(5, 2\)"),
])  # fmt: skip
def test_inputs_that_do_not_fit_are_told(given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        network().predict(given)
    with pytest.raises((TypeError, ValueError), match=words):
        network().fit(given, Y, epochs=1, batch_size=8, progress=False)


def test_what_is_no_model_is_told():
    with pytest.raises(TypeError, match=r"a list of layers, or a model, got 3"):
        NeuralNetwork(3)
    with pytest.raises(TypeError, match=r"Write ReLU\(\.\.\.\)"):
        NeuralNetwork(ReLU)
    with pytest.raises(TypeError, match="for a model that is a function"):
        NeuralNetwork([ReLU()], parameters=[Node(1.0)])


def test_numbers_that_are_not_finite_are_said_of_any_input():
    bad = B.copy()
    bad[3] = np.nan
    with pytest.raises(ValueError, match=r"expected finite b, got nan at index \(3, 0\)"):
        network().fit((A, bad), Y, epochs=1, batch_size=8, progress=False)
    with pytest.warns(UserWarning, match="1 of 40 samples, the first at index 3"):
        network().predict((A, bad))


def test_dropout_inside_knows_whether_it_trains():
    class OwnDropping(Layer):
        def __init__(self):
            self.drop, self.last = Dropout(0.5), FullyConnected(3, 1)

        def apply(self, x):
            return self.last(self.drop(x))

    net = network(OwnDropping())
    np.testing.assert_array_equal(net.predict(A), net.predict(A))
    assert (net.forward(A).value != net.forward(A).value).any()
