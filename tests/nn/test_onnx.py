"""Networks as ONNX files: what onnxruntime makes of them, and what comes back."""

import json
from importlib.metadata import version

import numpy as np
import pytest

import nn
from autograd_core import Node, Operation, concatenate, exp, mean, sort
from autograd_core.operation import REGISTRY
from autograd_core.program.errors import RecordingError, UnsupportedOperationError
from nn import (
    ELU,
    GELU,
    SELU,
    SGD,
    Adam,
    BatchNorm,
    Clip,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    GroupNorm,
    HardSigmoid,
    HardTanh,
    Layer,
    LayerNorm,
    LeakyReLU,
    LogSoftMax,
    NeuralNetwork,
    PReLU,
    ReLU,
    Reshape,
    RMSNorm,
    Sigmoid,
    SiLU,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Softplus,
    Softsign,
    Tanh,
)

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx")

from nn.layers.windows import OverImages  # noqa: E402
from nn.onnx.description import DESCRIPTION  # noqa: E402
from nn.onnx.writing import OPSET  # noqa: E402

LAYERS = {
    FullyConnected(4, 3): ["Gemm"],
    FullyConnected(4, 3, bias=False): ["MatMul"],
    ReLU(): ["Relu"],
    Sigmoid(): ["Sigmoid"],
    Tanh(): ["Tanh"],
    LeakyReLU(0.1): ["LeakyRelu"],
    LeakyReLU(0.25, learned=True): ["Greater", "Mul", "Where"],
    ELU(0.5): ["Elu"],
    PReLU(4): ["Greater", "Mul", "Where"],
    SELU(): ["Selu"],
    GELU(): ["Gelu"],
    GELU(approximate=True): ["Gelu"],
    SiLU(): ["Sigmoid", "Mul"],
    Softplus(): ["Softplus"],
    Softsign(): ["Abs", "Add", "Div"],
    HardSigmoid(): ["Div", "Add", "Clip"],
    HardTanh(): ["Clip"],
    LogSoftMax(): ["LogSoftmax"],
    BatchNorm(4): ["BatchNormalization"],
    BatchNorm(4, affine=False): ["BatchNormalization"],
    LayerNorm(4): ["LayerNormalization"],
    RMSNorm(4): ["Mul", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add"],
    GroupNorm(2, 4): [
        *("Reshape", "Reshape", "Reshape", "ReduceMean", "Sub", "Mul", "ReduceMean", "Add"),
        *("Sqrt", "Div", "Mul", "Add", "Reshape"),
    ],
    Clip(-0.5, 1.0): ["Clip"],
    Clip(None, 1.0): ["Clip"],
    SoftMax(): ["Softmax"],
    Dropout(0.3): ["Identity"],
    Flatten(): ["Reshape"],
    Reshape((2, -1)): ["Reshape"],
}
"""What each layer becomes in single precision."""


def run(path, x):
    """What onnxruntime makes of a file and a batch."""
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, which is not installed")
    session = runtime.InferenceSession(path)
    (start,) = session.get_inputs()
    return session.run(None, {start.name: x})[0]


def checked(path):
    """The model in a file, if it is what ONNX's own checker expects."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model


def operators(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def batch(samples, *shape, dtype=np.float32):
    return np.random.default_rng(1).normal(size=(samples, *shape)).astype(dtype)


def edited(path, edit):
    """Change the model in a file."""
    model = onnx.load(path)
    edit(model)
    onnx.save(model, path)
    return path


# --- written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_is_computed_by_onnxruntime(layer, dtype, tmp_path):
    if type(layer) is GELU and not layer.approximate and dtype == np.float64:
        pytest.skip("onnxruntime has no error function of double precision")
    if type(layer) is SiLU and dtype == np.float64 and version("onnxruntime") == "1.23.0":
        pytest.skip("this onnxruntime joins SiLU's operators to one of single precision alone")
    network = NeuralNetwork([layer], dtype=dtype)
    path = nn.onnx.save(network, tmp_path / "m.onnx", shape=(4,))
    checked(path)
    for samples in (1, 2, 7):
        x = batch(samples, 4, dtype=dtype)
        found, expected = run(path, x), network.predict(x)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_becomes_operators_of_its_own(layer, tmp_path):
    path = nn.onnx.save(NeuralNetwork([layer]), tmp_path / "m.onnx", shape=(4,))
    assert operators(path) == LAYERS[layer]


def test_the_table_has_every_layer():
    parts = {getattr(nn, name) for name in nn.__all__} - {Layer}
    layers = {part for part in parts if isinstance(part, type) and issubclass(part, Layer)}
    # Those are in test_onnx_images.py, test_sequences.py, test_attention.py and test_blocks.py.
    elsewhere = ("attention", "blocks", "embedding", "masking", "positions", "recurrent")
    elsewhere = {f"nn.layers.{name}" for name in (*elsewhere, "transformer")}
    layers = {
        layer
        for layer in layers
        if not issubclass(layer, OverImages) and layer.__module__ not in elsewhere
    }
    assert layers == {type(layer) for layer in LAYERS}


def mixed(**options):
    layers = [
        *(Flatten(), FullyConnected(12, 6), ReLU(), FullyConnected(6, 6, bias=False), Dropout()),
        *(LeakyReLU(0.2, learned=True), Reshape((2, 3)), FullyConnected(3, 4), Tanh(), Flatten()),
        *(FullyConnected(8, 3), SoftMax()),
    ]
    return NeuralNetwork(layers, **options)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_is_computed_by_onnxruntime(dtype, tmp_path):
    network = mixed(dtype=dtype)
    path = nn.onnx.save(network, tmp_path / "m.onnx", shape=(3, 4))
    x = batch(9, 3, 4, dtype=dtype)
    np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-5, atol=1e-6)
    model = checked(path)
    assert [opset.version for opset in model.opset_import] == [OPSET]
    names = {tensor.name for tensor in model.graph.initializer}
    assert network.parameters().keys() <= names


def test_the_batch_has_a_name_in_place_of_a_length(tmp_path):
    model = onnx.load(nn.onnx.save(mixed(), tmp_path / "m.onnx", shape=(3, 4)))
    for value, sample in ((model.graph.input[0], [3, 4]), (model.graph.output[0], [3])):
        first, *rest = value.type.tensor_type.shape.dim
        assert first.dim_param == "batch"
        assert [axis.dim_value for axis in rest] == sample


@pytest.mark.parametrize(
    ("layers", "sample"),
    [
        ([FullyConnected(4, 2)], [4]),
        ([Flatten(), FullyConnected(4, 2)], [4]),
        ([ReLU(), FullyConnected(4, 2)], [4]),
        ([Reshape((2, 3)), FullyConnected(3, 2)], [6]),
    ],
    ids=repr,
)
def test_the_shape_of_a_sample_is_what_the_layers_say(layers, sample, tmp_path):
    model = onnx.load(nn.onnx.save(NeuralNetwork(layers), tmp_path / "m.onnx"))
    axes = model.graph.input[0].type.tensor_type.shape.dim
    assert [axis.dim_value for axis in axes[1:]] == sample


def test_the_ending_says_which_file_a_network_writes(tmp_path):
    network = NeuralNetwork([FullyConnected(4, 3), ReLU(), FullyConnected(3, 2)])
    path = network.save(tmp_path / "m.onnx")
    checked(path)
    x = batch(5, 4)
    np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(NeuralNetwork.load(path).predict(x), network.predict(x))


def test_a_shape_that_no_layer_says_has_to_be_given(tmp_path):
    with pytest.raises(ValueError, match=r"shape=\(28, 28\)"):
        nn.onnx.save(NeuralNetwork([ReLU()]), tmp_path / "m.onnx")


def test_the_same_network_gives_the_same_bytes(tmp_path):
    first, second = (
        nn.onnx.save(mixed(), tmp_path / name, shape=(3, 4)) for name in ("a.onnx", "b.onnx")
    )
    assert first.read_bytes() == second.read_bytes()


def test_writing_changes_nothing(tmp_path):
    network = mixed()
    network.train()
    before = network.state_dict()
    nn.onnx.save(network, tmp_path / "m.onnx", shape=(3, 4))
    assert all(layer.training for layer in network.layers)
    for name, array in network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_what_cannot_be_written_leaves_the_older_file(tmp_path):
    path = nn.onnx.save(mixed(), tmp_path / "m.onnx", shape=(3, 4))
    content = path.read_bytes()
    with pytest.raises(UnsupportedOperationError):
        nn.onnx.save(NeuralNetwork([Sorted()]), path, shape=(4,))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


# --- layers of one's own --------------------------------------------------------------------------


class Swish(Layer):
    """x sigmoid(b x) / the largest of the sample, with a constant and an array of its own."""

    made_by_initialize = ("steepness",)

    def initialize(self, generator, dtype):
        self.steepness = Node(np.full(1, 1.5, dtype))
        self.scale = np.array([1.0, 2.0, 3.0, 4.0], dtype)

    def parameters(self):
        return {"steepness": self.steepness}

    def apply(self, x):
        gate = 1.0 / (1.0 + exp(-self.steepness * x))
        return (x * gate * self.scale)[:, 1:] - mean(x, axis=1, keepdims=True)


class Doubled(Layer):
    """Shapes that grow with the batch, one of which follows from no other, and back."""

    def apply(self, x):
        samples, features = x.shape
        rows = x.reshape(samples * features, 1) * 2.0
        rows = rows + np.broadcast_to(mean(x), (samples * features, 1))
        return rows.reshape(samples, 1, features) + np.zeros((1, 2, 1), np.float32)


class Shared(Layer):
    """A product that is not only a part of a Gemm."""

    def apply(self, x):
        product = x @ np.eye(4, 3, dtype=x.dtype)
        return (product + np.ones(3, x.dtype)) * product


class Empty(Layer):
    """An axis without entries on the way."""

    def apply(self, x):
        nothing = x[:, 4:].reshape(x.shape[0], 0, 2)
        return x + nothing.sum(axis=1)[:, :1]


class Shifted(Layer):
    """A list of the number 0.0 and one of the whole number 0, which have the same bytes."""

    def apply(self, x):
        return (x + np.zeros(1, x.dtype))[:, 0:3]


class Picked(Layer):
    """Columns by an index that somebody may change."""

    order = np.array([2, 0, 3])

    def apply(self, x):
        return x[:, self.order]


class Spare(Layer):
    """A parameter that predictions don't need."""

    made_by_initialize = ("spare",)

    def initialize(self, generator, dtype):
        self.spare = Node(np.arange(3, dtype=dtype))

    def parameters(self):
        return {"spare": self.spare}

    def apply(self, x):
        return x * 2.0


class Longer(Layer):
    def apply(self, x):
        return concatenate([x, np.ones((1, 3), np.float32)])


class Sorted(Layer):
    def apply(self, x):
        return sort(x, axis=-1)


class Averaged(Layer):
    def apply(self, x):
        return x / float(x.shape[0])


class Choosing(Layer):
    def apply(self, x):
        return x * 2.0 if x.shape[0] > 3 else x


@pytest.mark.parametrize("layer", [Swish, Doubled, Shared, Empty, Shifted, Picked, Spare])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_of_operations_is_written(layer, dtype, tmp_path):
    network = NeuralNetwork([FullyConnected(4, 4), layer()], dtype=dtype)
    path = nn.onnx.save(network, tmp_path / "m.onnx")
    checked(path)
    x = batch(5, 4, dtype=dtype)
    np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-5, atol=1e-6)


def test_a_parameter_that_predictions_do_not_need_is_kept(tmp_path):
    network = NeuralNetwork([FullyConnected(4, 3), Spare()])
    network.layers[1].spare.value = np.array([5.0, 6.0, 7.0], np.float32)
    again = nn.onnx.load(nn.onnx.save(network, tmp_path / "m.onnx"))
    np.testing.assert_array_equal(again.layers[1].spare.value, [5.0, 6.0, 7.0])


def test_a_layer_that_is_private_is_written_without_a_description(tmp_path):
    class _Halved(Layer):
        def apply(self, x):
            return x * 0.5

    network = NeuralNetwork([FullyConnected(4, 2), _Halved()])
    path = nn.onnx.save(network, tmp_path / "m.onnx")
    assert not onnx.load(path).metadata_props
    np.testing.assert_allclose(run(path, batch(5, 4)), network.predict(batch(5, 4)), rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "error", "words"),
    [
        (Sorted(), UnsupportedOperationError, r"'sort' in Sorted has no form in ONNX"),
        (Averaged(), UnsupportedOperationError, "'divide' gets a number that depends on how many"),
        (Longer(), UnsupportedOperationError, "grows otherwise than with the number of samples"),
        (Choosing(), RecordingError, "for every number of samples"),
    ],
    ids=["no operator", "a number", "a length", "another structure"],
)
def test_what_onnx_cannot_say_is_an_error(layer, error, words, tmp_path):
    with pytest.raises(error, match=words):
        nn.onnx.save(NeuralNetwork([FullyConnected(4, 3), layer]), tmp_path / "m.onnx")


def test_an_operation_of_the_users_that_has_a_name_of_ours_is_no_operator(tmp_path):
    ours = REGISTRY["exp"]
    theirs = Operation("exp", lambda x: x * 5.0, rules=(lambda g, out, x: g * 5.0,))

    class Scaled(Layer):
        def apply(self, x):
            return theirs(x)

    try:
        with pytest.raises(UnsupportedOperationError, match="'exp' in Scaled has no form"):
            nn.onnx.save(NeuralNetwork([FullyConnected(4, 3), Scaled()]), tmp_path / "m.onnx")
    finally:
        REGISTRY["exp"] = ours


# --- read again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_our_own_file_gives_back_the_network(dtype, tmp_path):
    network = mixed(dtype=dtype, loss=CrossEntropyLoss(), optimizer=Adam(0.02), seed=7)
    network.layers[1].name = "first"
    path = nn.onnx.save(network, tmp_path / "m.onnx", shape=(3, 4))
    again = NeuralNetwork.load(path)
    assert again.configuration() == network.configuration()
    assert [layer.name for layer in again.layers] == [layer.name for layer in network.layers]
    assert again.dtype == dtype
    x, y = batch(6, 3, 4), np.array([0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(again.predict(x), network.predict(x))
    assert again.train_step(x, y) == network.train_step(x, y)
    np.testing.assert_array_equal(again.predict(x), network.predict(x))


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_is_read_without_our_description(layer, tmp_path):
    network = NeuralNetwork([layer])
    path = nn.onnx.save(network, tmp_path / "m.onnx", shape=(4,))
    edited(path, lambda model: model.ClearField("metadata_props"))
    # In several nodes, which may branch, that are no layers each.
    if len(operators(path)) > 1 or operators(path) == ["Identity"]:
        with pytest.raises(nn.ModelFileError):
            nn.onnx.load(path)
        return
    again = nn.onnx.load(path)
    loss = CrossEntropyLoss if isinstance(layer, SoftMax) else SoftMaxCrossEntropyLoss
    assert repr(again.loss) == repr(loss("mean"))
    x = batch(5, 4)
    np.testing.assert_allclose(again.predict(x), network.predict(x), rtol=1e-6)


def test_parameters_that_were_trained_further_are_taken(tmp_path):
    network = NeuralNetwork([FullyConnected(2, 3)], optimizer=SGD(0.3))
    path = nn.onnx.save(network, tmp_path / "m.onnx")

    def train(model):
        (bias,) = (each for each in model.graph.initializer if each.name == "0.bias")
        bias.raw_data = np.array([1.0, 2.0, 3.0], np.float32).tobytes()

    again = nn.onnx.load(edited(path, train))
    np.testing.assert_array_equal(again.layers[0].bias.value, [1.0, 2.0, 3.0])
    assert repr(again.optimizer) == repr(SGD(0.3))


def test_nodes_that_were_changed_count_more_than_our_description(tmp_path):
    network = NeuralNetwork([FullyConnected(2, 3), Tanh()], optimizer=SGD(0.3))
    path = nn.onnx.save(network, tmp_path / "m.onnx")

    def change(model):
        model.graph.node[-1].op_type = "Sigmoid"

    again = nn.onnx.load(edited(path, change))
    assert repr(again.layers[-1]) == "Sigmoid()"
    assert repr(again.optimizer) == repr(SGD(0.1))


def test_a_constant_that_was_changed_counts_too(tmp_path):
    path = nn.onnx.save(NeuralNetwork([FullyConnected(2, 3), Clip(-0.5, 0.5)]), tmp_path / "m.onnx")

    def change(model):
        for tensor in model.graph.initializer:
            if tensor.raw_data == np.float32(0.5).tobytes():
                tensor.raw_data = np.float32(0.75).tobytes()

    assert nn.onnx.load(edited(path, change)).layers[-1].maximum == 0.75


def test_a_description_asks_for_no_more_than_the_file_holds(tmp_path):
    path = nn.onnx.save(NeuralNetwork([FullyConnected(2, 3)]), tmp_path / "m.onnx")

    def inflate(model):
        (entry,) = model.metadata_props
        assert entry.key == DESCRIPTION
        description = json.loads(entry.value)
        description["configuration"]["layers"][0]["out_features"] = 10**12
        entry.value = json.dumps(description)

    with pytest.raises(nn.ModelFileError, match="no more parameters than there are numbers"):
        nn.onnx.load(edited(path, inflate))


def test_a_network_that_was_read_from_a_foreign_file_can_be_written(tmp_path):
    network = NeuralNetwork([FullyConnected(4, 3), ReLU()])
    path = nn.onnx.save(network, tmp_path / "m.onnx")
    edited(path, lambda model: model.ClearField("metadata_props"))
    again = nn.onnx.load(nn.onnx.save(nn.onnx.load(path), tmp_path / "again.onnx"))
    np.testing.assert_array_equal(again.predict(batch(3, 4)), network.predict(batch(3, 4)))


@pytest.mark.parametrize("call", [nn.onnx.load, lambda p: nn.onnx.save(mixed(), p)])
def test_without_the_package_onnx_the_error_says_what_to_install(call, tmp_path, monkeypatch):
    monkeypatch.setattr("nn.onnx.installed.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "autograd-core\[onnx\]"'):
        call(tmp_path / "m.onnx")
