"""Models of one's own: a layer, a function, an object; several inputs; the same loop for all."""

import copy
import warnings

import numpy as np
import pytest

import nn
from autograd_core import Node, sigmoid, softmax
from nn import (
    SGD,
    Adam,
    DataSource,
    Dropout,
    FullyConnected,
    Layer,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Sequential,
    Sigmoid,
    SoftMax,
    TrainingWarning,
)
from nn.data import DataLoader

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


# --- several inputs from wherever batches come ----------------------------------------------------


class Pairs:
    """A data set of PyTorch's kind, whose samples are tuples or dicts."""

    def __init__(self, named):
        self.named = named

    def __len__(self):
        return len(A)

    def __getitem__(self, i):
        return {"b": B[i], "a": A[i]} if self.named else (A[i], B[i]), Y[i]


@pytest.mark.parametrize("x", [(A, B), {"b": B, "a": A}], ids=["tuple", "dict"])
def test_several_inputs_come_from_loaders_and_sources(x):
    direct = network()
    direct.fit(x, Y, epochs=2, batch_size=8, progress=False)
    for loader in (
        DataLoader(x, Y, batch_size=8),
        DataLoader(Pairs(isinstance(x, dict)), batch_size=8),
    ):
        loaded = network()
        loaded.fit(loader, epochs=2, progress=False, validation_data=loader)
        assert (loaded.predict((A, B)) == direct.predict((A, B))).all()
        assert loaded.evaluate(loader)["loss"] == pytest.approx(direct.evaluate(x, Y)["loss"])
        np.testing.assert_allclose(loaded.predict(loader), direct.predict(x), atol=1e-6)
    whole = DataLoader([(x, Y)])
    assert whole.batch_size == 40
    assert direct.evaluate(whole) == direct.evaluate(x, Y)
    net = network()
    net.data_source = DataSource(x, Y, batch_size=8)
    assert len(net.train(6)) == 6 and net.data_source.epoch == 1
    (first, second), _ = net.data_source.next()
    assert sorted([first.shape, second.shape]) == [(8, 2), (8, 3)]
    net.forward()
    net.backward()
    net.update()
    assert (net.forward(A, B).value == net.forward(x).value).all()


def test_several_inputs_where_one_is_expected():
    with pytest.raises(TypeError, match="augment expects samples of one input, got 2"):
        network().fit((A, B), Y, epochs=1, batch_size=8, augment=lambda x, g: x, progress=False)
    one = NeuralNetwork([FullyConnected(3, 1)], loss=MeanSquaredError())
    with pytest.raises(TypeError, match="takes one input, got 2"):
        one.fit(DataLoader((A, B), Y, batch_size=8), epochs=1, progress=False)


def test_a_file_for_others_names_several_inputs(tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    net, path = network(), tmp_path / "towers.onnx"
    with pytest.raises(ValueError, match=r"takes a, b .*shape=\{'a': \(2,\), 'b': \(2,\)\}"):
        net.save(path)
    nn.onnx.save(net, path, shape={"b": (2,), "a": (3,)})
    found = runtime.InferenceSession(path).run(None, {"a": A, "b": B})[0]
    np.testing.assert_allclose(found, net.predict((A, B)), rtol=1e-5, atol=1e-6)
    assert (NeuralNetwork.load(path).predict((A, B)) == net.predict((A, B))).all()


# --- what is easily overlooked in a model ---------------------------------------------------------


class OwnEnd(Layer):
    def __init__(self, outputs, end):
        self.outputs, self.end = outputs, end
        self.scores = FullyConnected(3, outputs)
        self.layer = Sigmoid() if outputs == 1 else SoftMax()

    def apply(self, x):
        x = self.scores(x)
        function = sigmoid if self.outputs == 1 else softmax
        return {"layer": self.layer, "function": function, "scores": lambda x: x}[self.end](x)


@pytest.mark.parametrize("outputs, loss, instead", [
    (2, "cross_entropy", "CrossEntropyLoss"), (1, "binary_cross_entropy", "BinaryCrossEntropy"),
])  # fmt: skip
def test_probabilities_that_a_loss_takes_for_scores_are_told(outputs, loss, instead):
    labels = (Y[:, 0] > 0).astype(int)
    for end in ("layer", "function"):
        with pytest.warns(TrainingWarning, match=rf"once more .* Write loss={instead}\('mean'\)"):
            NeuralNetwork(OwnEnd(outputs, end), loss=loss).train_step(A, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NeuralNetwork(OwnEnd(outputs, "scores"), loss=loss).train_step(A, labels)
        NeuralNetwork(
            OwnEnd(outputs, "layer"), loss=getattr(nn, instead)("mean")
        ).train_step(A, labels)  # fmt: skip


def test_a_layer_inside_may_return_several_nodes_and_a_network_one():
    class Split(Layer):
        def apply(self, x):
            return x[:, :1], x[:, 1:]

    class OwnSplit(Layer):
        def __init__(self):
            self.split, self.last = Split(), FullyConnected(2, 1)

        def apply(self, x):
            first, rest = self.split(x)
            return self.last(rest) * first

    network(OwnSplit()).fit(A, Y, epochs=1, batch_size=8, progress=False)
    with pytest.raises(TypeError, match=r"got a tuple of 2 from Split\(\)\. Join them"):
        network(Split()).fit(A, Y, epochs=1, batch_size=8, progress=False)


def test_arrays_in_place_of_inputs_and_parameters_are_told():
    one = NeuralNetwork([FullyConnected(3, 1)], loss=MeanSquaredError())
    for x in ((A, A), [A, A], {"a": A, "b": A}):
        with pytest.raises(TypeError, match=r"takes one input, got 2.*def apply\(self, left, rig"):
            one.fit(x, Y, epochs=1, batch_size=8, progress=False)
    with pytest.raises(TypeError, match=r"weight is a parameter.*layer\.weight\.value = "):
        one.layers[0].weight = np.zeros((3, 1))
        one.train_step(A, Y)
