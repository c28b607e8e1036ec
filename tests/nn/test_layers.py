"""Layers: the lectures' equations, dtypes, parameters, modes, files, errors."""

import contextlib
import copy
import json
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from formula_reader import right_side
from test_sequences import LAYERS as SEQUENCES

import autograd_core as ac
import nn
from autograd_core import Node, check_gradients
from nn import (
    ELU,
    GELU,
    L2,
    SELU,
    SGD,
    Adam,
    AveragePool1D,
    AveragePool2D,
    BatchNorm,
    Clip,
    Constant,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    GroupNorm,
    HardSigmoid,
    HardTanh,
    He,
    Lambda,
    Layer,
    LayerNorm,
    LeakyReLU,
    LogSoftMax,
    MaxPool1D,
    MaxPool2D,
    MultiHeadAttention,
    NeuralNetwork,
    Parallel,
    PositionalEmbedding,
    PositionalEncoding,
    PReLU,
    ReLU,
    Reshape,
    Residual,
    RMSNorm,
    Sequential,
    Sigmoid,
    SiLU,
    SoftMax,
    Softplus,
    Softsign,
    Tanh,
    TransformerBlock,
    ZeroPad,
)
from nn.layers.windows import OverImages
from nn.registry import _KNOWN, rebuild

LAYERS = [
    FullyConnected(4, 3),
    FullyConnected(4, 3, bias=False),
    ReLU(),
    Sigmoid(),
    Tanh(),
    LeakyReLU(0.1),
    LeakyReLU(0.25, learned=True),
    PReLU(),
    PReLU(4, start=0.5),
    ELU(0.5),
    SELU(),
    GELU(),
    GELU(approximate=True),
    SiLU(),
    Softplus(),
    Softsign(),
    HardSigmoid(),
    HardTanh(),
    Clip(-0.5, 1.0),
    Clip(None, 1.0),
    Clip(-0.5, None),
    SoftMax(),
    LogSoftMax(),
    BatchNorm(4),
    BatchNorm(4, convention="fau", momentum=0.9),
    BatchNorm(4, affine=False),
    LayerNorm(4),
    LayerNorm(4, epsilon=0.1, affine=False),
    RMSNorm(4),
    RMSNorm(4, affine=False),
    GroupNorm(2, 4),
    GroupNorm(4, 4, affine=False),
    Dropout(0.3),
    Dropout(0.3, channels=True),
    Flatten(),
    Reshape((2, -1)),
    Sequential(FullyConnected(4, 6), Tanh(), FullyConnected(6, 3)),
    Residual(FullyConnected(4, 4), Dropout(0.3)),
    Residual(Sigmoid(), FullyConnected(4, 3), shortcut=FullyConnected(4, 3, bias=False)),
    Parallel(FullyConnected(4, 3), [FullyConnected(4, 3), Tanh()]),
    Parallel(FullyConnected(4, 3), Tanh(), join="concatenate"),
    Lambda(np.tanh),
    Conv2D(2, 3, 3),
    Conv2D(2, 4, (2, 3), stride=(2, 1), padding="same", groups=2),
    Conv2D(2, 3, 2, padding=((1, 0), (0, 2)), dilation=2, bias=False),
    Conv1D(2, 3, 3, padding=((2, 0),)),
    ConvTranspose2D(2, 3, 3, stride=2, padding=1),
    ConvTranspose2D(2, 4, 4, stride=2, padding="same", groups=2, bias=False),
    MaxPool2D(2),
    MaxPool2D((3, 2), stride=(2, 1), padding=1),
    MaxPool1D(3, stride=2, padding="same"),
    AveragePool2D(2),
    AveragePool2D(3, stride=2, padding="same"),
    AveragePool1D(2),
    GlobalAveragePool(),
    ZeroPad(((0, 1), 2)),
    ZeroPad(),
    PositionalEmbedding(3, 4),
    PositionalEncoding(4),
    MultiHeadAttention(4, 2),
    MultiHeadAttention(4, causal=True, bias=False, dropout=0.3, rotary=True),
    TransformerBlock(4, 2, hidden=5, causal=True),
    TransformerBlock(4, 1, norm="rms", norm_first=False, activation=LeakyReLU(0.1, learned=True)),
    TransformerBlock(4, 2, hidden=3, activation="gelu", dropout=0.3, bias=False, rotary=True),
]
ON_SEQUENCES = (PositionalEmbedding, PositionalEncoding, MultiHeadAttention, TransformerBlock)
BLOCKS = (Sequential, Residual, Parallel, Lambda, MultiHeadAttention, TransformerBlock)
"""What they compute stands in their layers, or in the function, and in no formula."""
IN_FILES = [layer for layer in LAYERS if not isinstance(layer, Lambda)]


def batch(layer, random):
    """Samples for a layer."""
    shape = (5, 4)
    if isinstance(layer, (Conv1D, MaxPool1D, AveragePool1D)):
        shape = (5, 2, 6)
    elif isinstance(layer, OverImages):
        shape = (3, 2, 4, 5)
    elif isinstance(layer, ON_SEQUENCES):
        shape = (2, 3, 4)
    return random.standard_normal(shape)


@pytest.fixture
def random():
    return np.random.default_rng(0)


def repeatable(layer):
    """The layer as a function: a random one draws the same numbers in every call."""
    state = layer.random_state()

    def call(x):
        if state is not None:
            layer.set_random_state(state)
        return layer(x)

    return call


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_gradient_agrees_with_the_difference_quotient(layer, random):
    layer.initialize(np.random.default_rng(1), np.float64)
    check_gradients(repeatable(layer), batch(layer, random), order=2)


def test_gradient_of_a_learned_slope_agrees_with_the_difference_quotient(random):
    layer, x = LeakyReLU(0.25, learned=True), random.standard_normal((5, 4))

    def of_slope(a, x):
        layer.slope = a
        return layer(x)

    check_gradients(of_slope, np.array([0.25]), x, order=2)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(layer, dtype, random):
    layer.initialize(np.random.default_rng(1), dtype)
    x = Node(batch(layer, random).astype(dtype))
    y = layer(x)
    y.sum().backward()
    gradients = [x.grad, *(p.grad for p in layer.parameters().values())]
    assert [y.dtype, *(g.dtype for g in gradients)] == [dtype] * (1 + len(gradients))


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_stepping_by_hand_equals_the_recorded_graph(layer, random):
    layer.initialize(np.random.default_rng(1), np.float64)
    node = Node(batch(layer, random))
    again = copy.deepcopy(layer)
    recorded = layer(node)
    error = random.standard_normal(recorded.shape)
    recorded.backward(error)
    np.testing.assert_array_equal(again.forward(node.value), recorded.value)
    np.testing.assert_array_equal(again.backward(error), node.grad)
    for name, parameter in layer.parameters().items():
        np.testing.assert_array_equal(again.parameters()[name].grad, parameter.grad)


ARGUMENTS = {
    "slope": "a", "alpha": "α", "epsilon": "ε", "rate": "p", "minimum": "a", "maximum": "b",
}  # fmt: skip
"""The letters in which formulas write the arguments of layers; others stand by their names."""


TOGETHER = {
    BatchNorm: lambda x, layer: np.broadcast_to(np.mean(x, axis=0), x.shape),
    LayerNorm: lambda x, layer: np.mean(x, axis=-1, keepdims=True),
    RMSNorm: lambda x, layer: np.mean(x, axis=-1, keepdims=True),
    GroupNorm: lambda x, layer: np.repeat(
        x.reshape(len(x), layer.groups, -1).mean(axis=2), layer.channels // layer.groups, axis=1
    ),
}
"""Means over what a layer normalises together."""


def normalized(x, layer, together):
    """What the letters of its formulas stand for: a mean, moments, and entries without scale."""
    found = {"mean": lambda x: together(x, layer)}
    if type(layer) is RMSNorm:
        return found | {"N": x / np.sqrt(together(x**2, layer) + layer.epsilon)}
    mean = together(x, layer)
    variance = together((x - mean) ** 2, layer)
    entries = (x - mean) / np.sqrt(variance + layer.epsilon)
    return found | {"μ": mean, "σ": np.sqrt(variance), "N": entries}


def convolved(function, first, second, **more):
    """What stands at a ⋆ or ∗ in the formulas of a layer, without b."""

    def compute(layer, of):
        how = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups")}
        shapes = {"shape": of[more["like"]].shape} if more else {}
        return function(of[first], of[second], **shapes, **how)

    return compute


def added(product):
    return lambda layer, of: product(layer, of) + of["b"][:, *(None,) * (of["X"].ndim - 2)]


def pooled(function, *letters, **more):
    def compute(layer, of):
        how = {name: getattr(layer, name) for name in ("size", "stride", "padding")}
        shapes = {"shape": of["X"].shape} if more else {}
        return function(*(of[letter] for letter in letters), **shapes, **how)

    return compute


def around(layer, of):
    widths = [(0, 0), (0, 0), *layer._widths(of["X"].ndim - 2)]
    return np.pad(of["X"], widths), tuple(
        slice(before, before + n) for (before, _), n in zip(widths, of["X"].shape, strict=True)
    )


IN_WORDS = {
    "W ⋆ X": convolved(ac.convolution, "X", "W"),
    "W ⋆ E": convolved(ac.convolution, "E", "W"),
    "W ∗ E": convolved(ac.convolution_input, "E", "W", like="X"),
    "W ∗ X": convolved(ac.convolution_input, "X", "W", like="Y"),
    "E ⋆ X": convolved(ac.convolution_kernel, "X", "E", like="W"),
    "X ⋆ E": convolved(ac.convolution_kernel, "E", "X", like="W"),
    "max X in each window": pooled(ac.max_pool, "X"),
    "E where X = Y in a window, else 0": pooled(ac.pool_spread, "E", "X", "Y"),
    "mean of X in each window": pooled(ac.average_pool, "X"),
    "E / n in each window": pooled(ac.average_spread, "E", like="X"),
    "mean of X in each channel": lambda layer, of: of["X"].mean(axis=(2, 3)),
    "E / n in each channel": lambda layer, of: of["E"][:, :, None, None] / of["X"][0, 0].size,
    "X with zeros around": lambda layer, of: around(layer, of)[0],
    "X + P, sines and cosines of the positions": lambda layer, of: of["X"] + np.stack(
        [np.sin([0.0, 1.0, 2.0]), np.cos([0.0, 1.0, 2.0]),
         np.sin([0.0, 0.01, 0.02]), np.cos([0.0, 0.01, 0.02])], axis=-1
    ),
    "E without what is around": lambda layer, of: of["E"][around(layer, of)[1]],
}  # fmt: skip
IN_WORDS |= {f"{text} + b": added(IN_WORDS[text]) for text in ("W ⋆ X", "W ∗ X")}
"""What formulas of layers on images say, computed."""


@pytest.mark.parametrize("layer", [x for x in LAYERS if not isinstance(x, BLOCKS)], ids=repr)
def test_formulas_say_what_is_computed(layer, random):
    layer.initialize(np.random.default_rng(1), np.float64)
    x = batch(layer, random)
    y = layer.forward(x)
    error = random.standard_normal(y.shape)
    parameters = {node.name: node for node in layer.parameters().values()}
    found = {"Y": y, "E′": layer.backward(error)}
    found |= {f"∂{name}": node.grad for name, node in parameters.items()}
    letters = {ARGUMENTS.get(name, name): value for name, value in layer.arguments().items()}
    letters |= {name: node.value for name, node in parameters.items()}
    letters |= {"X": x, "E": error, "M": y != 0, **found}
    if isinstance(layer, SELU):
        letters |= {"α": layer.alpha, "λ": layer.scale}
    if together := TOGETHER.get(type(layer)):
        letters |= normalized(x, layer, together)
    assert layer.formulas is not None, "give the class formulas = Formulas(...)"
    lines = (layer.formulas.forward, *layer.formulas.backward)
    assert [line.partition(" = ")[0] for line in lines] == list(found)
    for line, value in zip(lines, found.values(), strict=True):
        words = IN_WORDS.get(line.partition(" = ")[2])
        said = right_side(line, letters) if words is None else words(layer, letters)
        said = np.broadcast_to(said, value.shape)
        np.testing.assert_allclose(said, value, rtol=1e-12, atol=1e-14, err_msg=line)


def test_the_table_has_every_layer():
    exported = {getattr(nn, name) for name in nn.__all__} - {Layer}
    layers = {part for part in exported if isinstance(part, type) and issubclass(part, Layer)}
    missing = layers - {type(layer) for layer in [*LAYERS, *SEQUENCES]}
    assert not missing, f"add these to LAYERS: {missing}"


@pytest.mark.parametrize("kind", ["layer", "loss", "optimizer", "schedule", "initializer"])
def test_every_part_is_exported(kind):
    for name, part in _KNOWN[kind].items():
        ours = getattr(sys.modules[part.__module__], name, None) is part  # no example's
        if part.__module__.startswith("nn.") and ours and not name.startswith("_"):
            assert name in nn.__all__, f'add "{name}" to the list __all__ of {part.__module__}'


@pytest.mark.parametrize("package", [nn, nn.layers, nn.losses, nn.optimizers, nn.data])
def test_a_package_shows_what_is_its_own(package):
    assert "TYPE_CHECKING" not in dir(package)


@pytest.mark.parametrize("alias", ["layers.Batch", "optimizers.Parameters"])
def test_type_aliases_can_be_imported_from_their_package(alias):
    package, name = alias.split(".")
    assert hasattr(getattr(nn, package), name)
    assert not hasattr(nn, name)


def test_formulas_are_not_inherited_by_another_apply():
    class Halved(FullyConnected):
        def apply(self, x):
            return 0.5 * super().apply(x)

    class Renamed(ReLU):
        pass

    assert (Halved(2, 3).formulas, Halved(2, 3, bias=False).formulas) == (None, None)
    assert Renamed.formulas is ReLU.formulas


def test_fully_connected_steps_are_equations_4_7_and_8(random):
    layer = FullyConnected(4, 3, bias_initializer=Constant(0.5))
    layer.initialize(random, np.float64)
    x, error = random.standard_normal((5, 4)), random.standard_normal((5, 3))
    weight = layer.weight.value
    np.testing.assert_allclose(layer.forward(x), x @ weight + 0.5, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(error), error @ weight.T, rtol=1e-14)
    np.testing.assert_allclose(layer.weight.grad, x.T @ error, rtol=1e-14)
    np.testing.assert_allclose(layer.bias.grad, error.sum(axis=0), rtol=1e-14)


def test_the_lectures_update_of_the_weights_is_equation_8(random):
    layer = FullyConnected(4, 3)
    layer.initialize(random, np.float64)
    x, error = random.standard_normal((5, 4)), random.standard_normal((5, 3))
    before = layer.weight.value.copy()
    layer.forward(x)
    layer.backward(error)
    SGD(0.1).step(layer.parameters())
    np.testing.assert_allclose(layer.weight.value, before - 0.1 * (x.T @ error), rtol=1e-14)


def test_column_samples_are_equations_2_and_3(random):
    layer = FullyConnected(4, 3, bias=False)
    layer.initialize(random, np.float64)
    x, error = random.standard_normal((4, 5)), random.standard_normal((3, 5))
    weight = layer.weight.value.T
    np.testing.assert_allclose(layer.forward(x.T).T, weight @ x, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(error.T).T, weight.T @ error, rtol=1e-14)
    np.testing.assert_allclose(layer.weight.grad.T, error @ x.T, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_stepped_by_hand_as_in_the_lecture_learns_the_same_bits(dtype, random):
    def network():
        layers = [
            FullyConnected(4, 6), LeakyReLU(0.25, learned=True), Dropout(0.2), FullyConnected(6, 3),
            SoftMax(),
        ]  # fmt: skip
        return NeuralNetwork(
            layers, loss=CrossEntropyLoss(), optimizer=SGD(0.1, 0.9), seed=4, dtype=dtype
        )

    by_hand, by_graph = network(), network()
    for _ in range(5):
        x, y = random.standard_normal((5, 4)).astype(dtype), random.integers(0, 3, 5)
        tensor = x
        for layer in by_hand.layers:
            tensor = layer.forward(tensor)
        loss = by_hand.loss.forward(tensor, y)
        error = by_hand.loss.backward()
        for layer in reversed(by_hand.layers):
            error = layer.backward(error)
        by_hand.optimizer.step(by_hand.parameters())
        assert by_graph.train_step(x, y) == loss
    for name, value in by_graph.state_dict().items():
        np.testing.assert_array_equal(by_hand.state_dict()[name], value)


def test_relu_step_is_equation_9_with_zero_at_zero():
    layer = ReLU()
    layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    np.testing.assert_array_equal(layer.backward(np.array([[5.0, 6.0, 7.0]])), [[0.0, 0.0, 7.0]])


def test_softmax_steps_are_equations_10_and_11(random):
    layer, x, error = SoftMax(), random.standard_normal((5, 4)), random.standard_normal((5, 4))
    y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(layer.forward(x), y, rtol=1e-13)
    expected = y * (error - (error * y).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(layer.backward(error), expected, rtol=1e-12, atol=1e-15)


def test_softmax_of_huge_scores_does_not_overflow():
    np.testing.assert_array_equal(SoftMax().forward([[1e4, 0.0]]), [[1.0, 0.0]])


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ELU(1.0), LeakyReLU(0.01)], ids=repr)
def test_activations_have_the_lectures_values(layer):
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    expected = {
        Sigmoid: [0.119202922, 0.2689414214, 0.5, 0.7310585786, 0.880797078],
        Tanh: [-0.9640275801, -0.761594156, 0.0, 0.761594156, 0.9640275801],
        ELU: [-0.8646647168, -0.6321205588, 0.0, 1.0, 2.0],
        LeakyReLU: [-0.02, -0.01, 0.0, 1.0, 2.0],
    }[type(layer)]
    np.testing.assert_allclose(layer.forward(x), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("layer", "at_zero"),
    [
        (ReLU(), 0.0),
        (LeakyReLU(0.2), 0.2),
        (PReLU(start=0.5), 0.5),
        (ELU(0.5), 0.5),
        (SELU(), SELU.scale * SELU.alpha),
        (Sigmoid(), 0.25),
        (Tanh(), 1.0),
        (Softsign(), 1.0),
    ],
    ids=repr,
)
def test_slope_at_zero_is_the_left_one(layer, at_zero):
    layer.forward(np.zeros(1))
    np.testing.assert_array_equal(layer.backward(np.ones(1)), [at_zero])


@pytest.mark.parametrize(
    ("layer", "edge", "slope"), [(HardTanh(), 1.0, 1.0), (HardSigmoid(), 3.0, 1 / 6)], ids=repr
)
def test_slope_at_an_edge_is_the_inner_one(layer, edge, slope):
    layer.forward(np.array([-edge - 0.01, -edge, edge, edge + 0.01]))
    np.testing.assert_allclose(layer.backward(np.ones(4)), [0.0, slope, slope, 0.0])


@pytest.mark.parametrize(
    "layer",
    [
        Sigmoid(), Tanh(), ELU(), SoftMax(), ReLU(), SELU(), GELU(), GELU(approximate=True), SiLU(),
        Softplus(), Softsign(), HardSigmoid(), HardTanh(), LogSoftMax(), PReLU(),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_inputs_give_finite_values_and_gradients(layer, dtype):
    y = layer.forward(np.array([[-1e4, 0.0, 1e4]], dtype))
    assert np.isfinite(y).all()
    assert np.isfinite(layer.backward(np.ones_like(y))).all()


def test_fully_connected_has_the_lectures_shapes():
    layer = FullyConnected(2, 4)
    assert layer(np.ones((1, 2))).shape == (1, 4)
    assert layer.weight.shape == (2, 4)
    assert Flatten()(np.ones((1, 3, 3))).shape == (1, 9)


def test_each_call_is_a_scope_of_its_own():
    layer = FullyConnected(2, 2)
    first, second = layer(np.ones((1, 2))), layer(np.ones((1, 2)))
    assert str(first.scope) == str(second.scope) == "FullyConnected"
    assert first.scope is not second.scope
    assert first.inputs[0].scope is first.scope


def test_layer_on_a_plain_array_gives_a_node():
    assert type(ReLU()(np.array([-1.0, 1.0]))) is Node


def test_layer_of_ones_own_learns_and_is_drawn_by_its_name():
    class Scale(Layer):
        def __init__(self):
            self.factor = Node(2.0)

        def parameters(self):
            return {"factor": self.factor}

        def apply(self, x):
            return self.factor * x

    layer = Scale()
    out = layer(np.array([3.0]))
    out.backward()
    assert (layer.factor.grad, str(out.scope)) == (3.0, "Scale")


# --- who makes the parameters ---------------------------------------------------------------------


def by_a_network(layer, dtype=np.float32, seed=0):
    return NeuralNetwork([layer], dtype=dtype, seed=seed).state_dict()


@pytest.mark.parametrize("layer", [FullyConnected(4, 3), LeakyReLU(learned=True)], ids=repr)
@pytest.mark.parametrize("look", [repr, copy.copy, Layer.parameters], ids=["repr", "copy", "list"])
def test_looking_at_a_layer_makes_no_parameters(layer, look):
    with contextlib.suppress(AttributeError):
        look(layer)
    assert not layer.initialized


@pytest.mark.parametrize(
    ("layer", "name"),
    [(FullyConnected(4, 3), "weight"), (FullyConnected(4, 3), "bias"),
     (LeakyReLU(learned=True), "slope")],
)  # fmt: skip
def test_reading_a_parameter_before_it_is_made_says_what_to_write(layer, name):
    with pytest.raises(AttributeError, match=rf"no {name} yet.*NeuralNetwork.*layer\.initialize\("):
        getattr(layer, name)


@pytest.mark.parametrize("step", [Layer.forward, Layer.__call__])
def test_layers_stepped_by_hand_differ(step, random):
    first, second = FullyConnected(4, 3), FullyConnected(4, 3)
    for layer in (first, second):
        step(layer, random.standard_normal((5, 4)))
    assert (first.weight.value != second.weight.value).all()
    assert first.weight.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer", IN_FILES, ids=repr)
def test_a_network_makes_anew_what_a_layer_made_when_stepped_by_hand(layer, dtype, random):
    stepped, fresh = rebuilt(layer), rebuilt(layer)
    stepped.forward(batch(layer, random))
    stepped = copy.deepcopy(stepped)
    found, expected = by_a_network(stepped, dtype), by_a_network(fresh, dtype)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == dtype
    assert stepped.random_state() == fresh.random_state()


def set_anew(layer):
    layer.weight = Node(np.full((4, 3), 7.0))


def set_in_place(layer):
    layer.forward(np.ones((1, 4)))
    layer.weight.value[...] = 7.0


def set_value(layer):
    layer.forward(np.ones((1, 4)))
    layer.weight.value = np.full((4, 3), 7.0)


def set_by_initialize(layer):
    layer.weight_initializer = Constant(7.0)
    layer.initialize(np.random.default_rng(3), np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("set_weight", [set_anew, set_in_place, set_by_initialize, set_value])
@pytest.mark.parametrize("before", [lambda layer: None, lambda layer: layer.forward(np.ones(4))])
def test_parameters_set_by_hand_survive_the_network(before, set_weight, dtype):
    layer = FullyConnected(4, 3)
    before(layer)
    set_weight(layer)
    found = by_a_network(layer, dtype)
    assert (found["0.weight"] == 7.0).all()
    assert (found["0.bias"] == 0.0).all()
    assert found["0.weight"].dtype == dtype


def test_a_weight_set_by_hand_survives_the_first_step():
    layer = FullyConnected(4, 3)
    layer.weight = Node(np.full((4, 3), 7.0))
    np.testing.assert_array_equal(layer.forward(np.ones((1, 4))), [[28.0] * 3])


@pytest.mark.parametrize("bias", [True, False])
def test_what_another_network_made_stays_and_takes_no_random_numbers(bias):
    layer = FullyConnected(4, 3, bias=bias)
    first = by_a_network(layer, seed=1)
    second = NeuralNetwork([layer, FullyConnected(3, 2)], seed=2).state_dict()
    np.testing.assert_array_equal(first["0.weight"], second["0.weight"])
    fresh = by_a_network(FullyConnected(3, 2), seed=2)
    np.testing.assert_array_equal(fresh["0.weight"], second["1.weight"])


def test_a_random_state_set_by_hand_survives_the_network():
    layer, other = Dropout(), Dropout()
    layer.set_random_state(other.random_state())
    by_a_network(layer)
    assert layer.random_state() == other.random_state()


class Outer(Layer):
    """A layer with another one inside, which makes itself when it is called."""

    def __init__(self):
        self.inner = FullyConnected(4, 4)

    @property
    def inside(self):
        return self.inner

    def parameters(self):
        return self.inside.parameters()

    def apply(self, x):
        return self.inside(x)


class Peeking(Outer):
    def apply(self, x):
        return x @ self.inner.weight + self.inner.bias


class InAList(Outer):
    def __init__(self):
        self.blocks = {"first": [(FullyConnected(4, 4), self)]}

    @property
    def inside(self):
        return self.blocks["first"][0][0]


class Twofold(Outer):
    def __init__(self):
        self.inner = Outer()


class InitializingOuter(Outer):
    def initialize(self, generator, dtype):
        self.inner.initialize(generator, dtype)


class MakingOuter(Outer):
    made_by_initialize = ("inner",)

    def __init__(self):
        pass

    def initialize(self, generator, dtype):
        self.inner = FullyConnected(4, 4)


OUTER = [Outer, Peeking, InAList, Twofold, InitializingOuter, MakingOuter]


def changes_nothing(layer):
    pass


def steps_by_hand(layer):
    layer.forward(np.ones((1, 4)))


@pytest.mark.parametrize("before", [changes_nothing, steps_by_hand])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("outer", OUTER)
def test_a_network_makes_the_layers_inside_of_a_layer(outer, dtype, before, tmp_path):
    layer = outer()
    before(layer)
    network = NeuralNetwork([layer, FullyConnected(4, 2)], dtype=dtype, seed=3)
    x, y = np.ones((6, 4)), np.arange(6) % 2
    network.fit(x, y, epochs=1, batch_size=3, progress=False)
    assert {node.dtype for node in network.parameters().values()} == {np.dtype(dtype)}
    assert network.predict(x).dtype == dtype
    again = NeuralNetwork([outer(), FullyConnected(4, 2)], dtype=dtype, seed=3)
    again.fit(x, y, epochs=1, batch_size=3, progress=False)
    np.testing.assert_array_equal(again.predict(x), network.predict(x))
    assert [stage.parameters for stage in network.stages()] == [20, 10]
    network.save(tmp_path / "network.safetensors")


@pytest.mark.parametrize("outer", OUTER)
def test_an_outer_layer_stepped_by_hand_makes_those_inside(outer):
    layer = outer()
    assert layer.forward(np.ones((1, 4))).shape == (1, 4)
    SGD(0.1).step({"weight": learned(layer)})
    found = by_a_network(layer)["0.weight"]
    np.testing.assert_array_equal(found, layer.inside.parameters()["weight"].value)
    assert (found == 7.0).all()


def learned(layer):
    """The weight inside, as if trained to 7."""
    node = layer.parameters()["weight"]
    node.value = np.full((4, 4), 7.0)
    node.grad = np.zeros((4, 4), np.float32)
    return node


def test_initialize_is_called_though_it_names_nothing():
    class Halved(InitializingOuter):
        def initialize(self, generator, dtype):
            super().initialize(generator, dtype)
            self.inner.bias.value = np.full(4, 0.5)

    layer = Halved()
    assert (by_a_network(layer)["0.bias"] == 0.5).all()
    layer.inner.bias.value = np.zeros(4)
    assert (by_a_network(layer)["0.bias"] == 0.0).all()  # another network finds it made


def test_what_initialize_makes_without_naming_it_says_what_to_write():
    class Unnamed(Layer):
        def initialize(self, generator, dtype):
            self.gain = Node(dtype(1.0))

        def apply(self, x):
            return x * self.gain

    with pytest.raises(AttributeError, match=r"write made_by_initialize = \('gain',\)"):
        Unnamed().forward(np.ones((1, 4)))


def test_a_property_may_read_a_parameter():
    class Doubled(FullyConnected):
        @property
        def scaled(self):
            return self.weight * 2.0

        @property
        def misspelled(self):
            return self.wieght

        def apply(self, x):
            return x @ self.scaled + self.bias

    with pytest.raises(AttributeError, match=r"no weight yet"):
        _ = Doubled(4, 3).scaled
    with pytest.raises(AttributeError, match=r"Doubled has no attribute 'wieght'"):
        _ = Doubled(4, 3).misspelled
    layer = Doubled(4, 3)
    assert layer.forward(np.ones((1, 4))).shape == (1, 3)


def test_parameters_held_before_the_network_is_made_stay_the_layers():
    layer = FullyConnected(4, 3)
    layer.forward(np.ones((1, 4)))
    layer.backward(np.ones((1, 3)))
    held = layer.parameters()
    found = by_a_network(layer)
    np.testing.assert_array_equal(found["0.weight"], by_a_network(FullyConnected(4, 3))["0.weight"])
    assert layer.weight is held["weight"]
    assert layer.bias is held["bias"]
    assert (layer.weight.name, layer.weight.grad) == ("W1", None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_stay_whose_bias_was_learned_by_hand(dtype):
    layer = FullyConnected(4, 3)
    layer.forward(np.ones((1, 4)))
    weight = layer.weight.value.copy()
    layer.bias.value = np.ones(3)
    found = by_a_network(layer, dtype)
    np.testing.assert_array_equal(found["0.weight"], weight)
    np.testing.assert_array_equal(found["0.bias"], np.ones(3))
    assert {value.dtype for value in found.values()} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", ["complete", "formulas", "joins_units", "penalty"])
def test_a_layer_of_ones_own_may_use_its_names(name):
    from visualize import draw

    class Own(Layer):
        def __init__(self):
            setattr(self, name, 0.5)

        def apply(self, x):
            return x * getattr(self, name)

    network = NeuralNetwork([FullyConnected(4, 3), Own()])
    network.fit(np.ones((3, 4)), np.arange(3), epochs=1, batch_size=3, progress=False)
    assert "Own" in draw(network).svg()
    assert "Own" in draw(network(np.ones((3, 4))), fold=0).svg()


def rebuilt(layer):
    return rebuild("layer", layer.configuration())


# --- a learned slope ------------------------------------------------------------------------------


def test_a_learned_slope_starts_as_asked_and_learns():
    layer = LeakyReLU(0.25, learned=True)
    network = NeuralNetwork([layer, FullyConnected(1, 1)], dtype=np.float64)
    assert layer.parameters().keys() == {"slope"}
    assert (layer.slope.shape, layer.slope.dtype) == ((1,), np.float64)
    assert layer.slope.value == 0.25
    network.forward(np.array([[-1.0]])).sum().backward()
    SGD(0.1).step(network.parameters())
    assert layer.slope.value != 0.25


def test_a_fixed_slope_is_a_number_and_no_parameter():
    layer = LeakyReLU(0.2)
    assert (layer.slope, layer.parameters(), layer.initialized) == (0.2, {}, True)


def test_leaky_relu_has_the_left_slope_at_zero():
    for layer in (LeakyReLU(0.2), LeakyReLU(0.2, learned=True)):
        layer.initialize(np.random.default_rng(0), np.float64)
        layer.forward(np.zeros(1))
        np.testing.assert_array_equal(layer.backward(np.ones(1)), [0.2])


# --- dropout --------------------------------------------------------------------------------------


def test_dropout_leaves_out_its_share_and_keeps_the_mean():
    y = Dropout(0.2).forward(np.ones((400, 500)))
    assert set(np.unique(y)) == {0.0, 1.25}
    assert np.mean(y == 0.0) == pytest.approx(0.2, abs=0.005)
    assert y.mean() == pytest.approx(1.0, abs=0.005)


def test_dropout_keeps_what_is_drawn_at_its_rate_or_above():
    layer = Dropout(0.25)
    drawn = np.array([[0.0, 0.24, 0.25, 0.99]], np.float32)
    layer._generator = SimpleNamespace(random=lambda shape, dtype: drawn)
    np.testing.assert_allclose(layer.forward(np.ones((1, 4))), [[0, 0, 4 / 3, 4 / 3]])


def test_dropout_is_the_identity_when_training_is_over(random):
    layer, x = Dropout(0.5), random.standard_normal((5, 4))
    layer.train(False)
    assert not layer.training
    before = layer.random_state()
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert layer.random_state() == before
    layer.train()
    assert (layer.forward(x) != x).any()


def test_dropout_passes_the_error_through_the_entries_that_it_kept(random):
    layer, x = Dropout(0.5), np.ones((20, 20))
    y = layer.forward(x)
    error = random.standard_normal(x.shape)
    np.testing.assert_array_equal(layer.backward(error), error * y)


def test_dropout_draws_anew_in_each_call_and_again_from_a_state():
    layer, x = Dropout(0.5), np.ones((20, 20))
    layer.initialize(np.random.default_rng(3), np.float64)
    state = json.loads(json.dumps(layer.random_state()))
    first, second = layer.forward(x), layer.forward(x)
    assert (first != second).any()
    layer.set_random_state(state)
    np.testing.assert_array_equal(layer.forward(x), first)
    other = Dropout(0.5)
    other.set_random_state(state)
    np.testing.assert_array_equal(other.forward(x), first)


def test_dropout_leaves_the_same_entries_out_in_both_precisions():
    single, double = Dropout(0.5), Dropout(0.5)
    double.set_random_state(single.random_state())
    x = np.ones((20, 20))
    np.testing.assert_array_equal(single.forward(x.astype(np.float32)), double.forward(x))


def test_dropout_changes_no_weight_and_no_other_dropout_of_the_network():
    def network(*between):
        return NeuralNetwork([FullyConnected(4, 8), *between, FullyConnected(8, 2)], seed=5)

    plain, dropped = network(), network(Dropout(), Dropout())
    for found, expected in zip(
        dropped.state_dict().values(), plain.state_dict().values(), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    assert dropped.layers[1].random_state() != dropped.layers[2].random_state()
    again = network(Dropout(), Dropout())
    assert again.layers[1].random_state() == dropped.layers[1].random_state()


def test_layers_without_randomness_have_no_state():
    assert ReLU().random_state() is None
    with pytest.raises(ValueError, match="no random numbers"):
        ReLU().set_random_state({})


# --- shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "given", "found"),
    [
        ((28, 28), (784,), (28, 28)),
        ((4, -1), (6, 2), (4, 3)),
        ((-1,), (2, 3), (6,)),
        (-1, (2, 3), (6,)),
        (6, (2, 3), (6,)),
        ([3, 2], (6,), (3, 2)),
    ],
)
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_reshape_gives_each_sample_its_shape(shape, given, found, samples):
    layer = Reshape(shape)
    assert layer.output_shape(given) == found
    x = np.arange(samples * np.prod(given), dtype=float).reshape(samples, *given)
    np.testing.assert_array_equal(layer(x).value, x.reshape(samples, *found))


def test_reshape_undoes_flatten(random):
    x = random.standard_normal((5, 2, 3))
    np.testing.assert_array_equal(Reshape((2, 3)).forward(Flatten().forward(x)), x)


# --- files and copies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        *IN_FILES,
        FullyConnected(4, 3, weight_initializer=He("uniform"), weight_regularizer=L2(0.01)),
    ],
    ids=repr,
)
def test_layer_survives_its_description(layer):
    again = rebuild("layer", layer.configuration())
    assert (type(again), repr(again)) == (type(layer), repr(layer))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])  # noqa: S301
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_layer_can_be_copied_also_after_a_step_by_hand(layer, copied, random):
    x = batch(layer, random)
    layer.initialize(np.random.default_rng(1), np.float64)
    layer.forward(x)
    again = copied(layer)
    np.testing.assert_array_equal(again.forward(x), layer.forward(x))


def test_a_network_of_all_layers_is_saved_loaded_and_trained(tmp_path, random):
    network = NeuralNetwork(
        [Flatten(), FullyConnected(4, 6), LeakyReLU(0.25, learned=True), Dropout(0.1),
         Reshape((3, 2)), ELU(), Flatten(), FullyConnected(6, 3)],
        optimizer=Adam(0.01), seed=2,
    )  # fmt: skip
    x, y = random.standard_normal((20, 2, 2)), np.arange(20) % 3
    network.train_step(x, y)
    loaded = NeuralNetwork.load(network.save(tmp_path / "model.safetensors"))
    assert repr(loaded) == repr(network)
    for each in (*network.layers, *loaded.layers):
        each.train(False)
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))
    assert loaded.layers[2].slope.value == network.layers[2].slope.value != 0.25


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FullyConnected(784, 10)(np.ones((5, 28, 28))), "Put Flatten"),
        (lambda: FullyConnected(4, 2)(np.ones((5, 3))), r"\(samples, 4\).*\(5, 3\)"),
        (lambda: FullyConnected(0, 2), "in_features.*from 1.*got 0"),
        (lambda: FullyConnected(2, 2.5), "out_features.*got 2.5"),
        (lambda: FullyConnected(True, 2), "in_features.*got True"),
        (lambda: FullyConnected(2, 2, weight_initializer=He), r"Write .*=He\("),
        (lambda: FullyConnected(2, 2, bias_initializer=0.0), r"such as Zeros\(\), got 0.0"),
        (lambda: FullyConnected(2, 2, weight_regularizer=0.1), r"such as L2.*got 0.1"),
        (lambda: FullyConnected(2, 2, bias=False, bias_regularizer=L2()), "bias=True"),
        (lambda: FullyConnected(2, 2).wieght, "no attribute 'wieght'"),
        (lambda: ReLU().backward(np.ones(2)), "forward"),
        (lambda: stepped(ReLU(), (2, 3)).backward(np.ones(3)), r"\(2, 3\), got shape \(3,\)"),
        (lambda: LeakyReLU("small"), "slope.*finite number, got 'small'"),
        (lambda: LeakyReLU(np.inf), "finite"),
        (lambda: ELU(None), "alpha.*got None"),
        (lambda: Dropout(1.0), "from 0 below 1, got 1.0"),
        (lambda: Dropout(-0.1), "from 0"),
        (lambda: Dropout().set_random_state({"bit_generator": "MT19937"}), "PCG64"),
        (lambda: Dropout().set_random_state(7), "expects what random_state"),
        (lambda: Reshape((-1, -1)), "one may be -1"),
        (lambda: Reshape((0, 2)), r"got \(0, 2\)"),
        (lambda: Reshape("28x28"), "got '28x28'"),
        (lambda: Reshape((2, 3))(np.ones((5, 7))), r"6 entries, got .*\(7,\).*have 7"),
        (lambda: Reshape((2, -1))(np.ones((5, 7))), "2 entries times n"),
        (lambda: Layer()(np.ones(2)), "must define apply"),
    ],
)
def test_wrong_use_says_what_to_write(make, words):
    errors = (ValueError, TypeError, AttributeError, RuntimeError)
    with pytest.raises(errors, match=words):
        make()


def stepped(layer, shape):
    layer.forward(np.ones(shape))
    return layer
