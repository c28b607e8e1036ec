"""Attention, positions and transformer blocks: PyTorch's numbers, masks, shapes, errors."""

from pathlib import Path

import backends
import numpy as np
import pytest

from autograd_core import Node, check_gradients
from autograd_core.program import interpreter
from autograd_core.program.javascript import exported
from nn import (
    Adam,
    Embedding,
    FullyConnected,
    LayerNorm,
    LeakyReLU,
    MultiHeadAttention,
    NeuralNetwork,
    PositionalEmbedding,
    PositionalEncoding,
    ReLU,
    SoftMaxCrossEntropyLoss,
    TransformerBlock,
    attention_weights,
    rotary_embedding,
    scaled_dot_product_attention,
)
from nn.layers.masking import masked_call

REFERENCES = np.load(Path(__file__).parent / "references" / "attention.npz")
"""What PyTorch computed; attention.py beside it made it."""


def reference(case):
    """The arrays of a case by name."""
    prefix = f"{case}/"
    return {k.removeprefix(prefix): REFERENCES[k] for k in REFERENCES if k.startswith(prefix)}


def as_ours(arrays, suffix=""):
    """PyTorch's parameters (or, with the suffix, their gradients) under our names."""
    found = {}
    for name, array in arrays.items():
        if name.endswith(".grad") != bool(suffix):
            continue
        name = name.removesuffix(suffix)
        if "in_proj" in name:
            for part, rows in zip(("query", "key", "value"), np.split(array, 3), strict=True):
                found[f"{part}.{'bias' if 'bias' in name else 'weight'}"] = rows.T
        elif "." in name and name != "x":
            layer, _, kind = name.removeprefix("self_attn.").rpartition(".")
            ours = {"out_proj": "out", "linear1": "up", "linear2": "down"}.get(layer, layer)
            if ours.startswith("norm"):
                kind = {"weight": "gamma", "bias": "beta"}[kind]
            found[f"{ours}.{kind}"] = array.T
    return found


def parts_by_name(layer):
    """Our parameters, without the name of the attention in a block."""
    return {name.removeprefix("attention."): node for name, node in layer.parameters().items()}


def with_parameters_of(layer, arrays):
    layer.initialize(np.random.default_rng(0), np.float64)
    values, parameters = as_ours(arrays), parts_by_name(layer)
    assert values.keys() == parameters.keys()
    for name, node in parameters.items():
        node.value = values[name]
    return layer


def require_gradients(layer, x, arrays):
    gradients = as_ours(arrays, ".grad")
    for name, node in parts_by_name(layer).items():
        np.testing.assert_allclose(node.grad, gradients[name], atol=1e-10, err_msg=name)
    np.testing.assert_allclose(x.grad, arrays["x.grad"], atol=1e-10)


REAL = np.arange(4) < np.array([[2], [4]])


@pytest.mark.parametrize("case", ["plain", "causal", "padded", "crossed"])
def test_attention_is_pytorchs(case):
    arrays = reference(case)
    layer = with_parameters_of(MultiHeadAttention(4, 2, causal=case == "causal"), arrays)
    x, more = Node(arrays["x"]), {}
    if case == "padded":
        more["mask"] = REAL[:, None]
    if case == "crossed":
        more["source"] = arrays["source"]
    y = layer(x, **more)
    np.testing.assert_allclose(y.value, arrays["y"], atol=1e-12)
    weights = layer.attention_weights(x, **more)
    np.testing.assert_allclose(weights, arrays["weights"], atol=1e-12)
    y.backward(arrays["error"])
    require_gradients(layer, x, arrays)


@pytest.mark.parametrize(
    ("order", "activation"), [("first", "relu"), ("first", "gelu"), ("last", "relu")]
)
def test_a_block_is_pytorchs(order, activation):
    arrays = reference(f"norm {order}, {activation}")
    layer = TransformerBlock(
        4, 2, hidden=6, causal=True, norm_first=order == "first", activation=activation
    )
    with_parameters_of(layer, arrays)
    x = Node(arrays["x"])
    y = layer(x)
    np.testing.assert_allclose(y.value, arrays["y"], atol=1e-10)
    y.backward(arrays["error"])
    require_gradients(layer, x, arrays)


def with_random(layer, dtype=np.float64):
    """A layer with parameters that are all random, biases too."""
    layer.initialize(np.random.default_rng(1), dtype)
    random = np.random.default_rng(2)
    for node in layer.parameters().values():
        node.value = node.value + 0.3 * random.standard_normal(node.shape)
    return layer


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("named", ["{}", "0.{}", "encoder.layers.0.{}"])
def test_a_state_of_pytorch_is_loaded_under_its_names(named):
    of_block, of_attention = reference("norm first, relu"), reference("plain")
    networks = [
        (TransformerBlock(4, 2, hidden=6, causal=True), of_block),
        (MultiHeadAttention(4, 2), of_attention),
    ]
    for layer, arrays in networks:
        network = NeuralNetwork([layer], dtype=np.float64)
        others = ("x", "y", "error", "source", "weights")
        state = {
            named.format(name): array
            for name, array in arrays.items()
            if name not in others and not name.endswith(".grad")
        }
        if named == "{}":  # a state of the layer alone, in a network of it
            state = {f"0.{name}": array for name, array in state.items()}
        network.load_state_dict(state, transposed=True)
        np.testing.assert_allclose(network.predict(arrays["x"]), arrays["y"], atol=1e-10)


# --- masks ----------------------------------------------------------------------------------------


def test_a_causal_step_sees_no_later_one():
    layer = with_random(TransformerBlock(4, 2, causal=True))
    x = numbers(2, 5, 4)
    later = x.copy()
    later[:, 3:] += 1.0
    before, after = layer(x).value, layer(later).value
    np.testing.assert_allclose(before[:, :3], after[:, :3], rtol=1e-12, atol=1e-12)
    assert (abs(before[:, 3:] - after[:, 3:]) > 1e-6).all()


def test_fewer_queries_than_keys_are_the_last_steps():
    q, k, v = numbers(3, 1, 2, 5, 4)
    whole = scaled_dot_product_attention(q, k, v, causal=True)
    last = scaled_dot_product_attention(q[..., 3:, :], k, v, causal=True)
    np.testing.assert_allclose(last, whole[..., 3:, :], rtol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_padding_gets_no_weight_and_changes_nothing(causal):
    layer = with_random(MultiHeadAttention(4, 2, causal=causal))
    x = numbers(2, 5, 4)
    real = np.arange(5) < np.array([[3], [5]])
    with masked_call(real):
        padded = layer(x).value
        weights = layer.attention_weights(x)
    np.testing.assert_allclose(padded[0, :3], layer(x[:1, :3]).value[0], rtol=1e-12)
    np.testing.assert_allclose(padded[1], layer(x[1:]).value[0], rtol=1e-12)
    assert (weights[0, :, :, 3:] == 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0)


def test_an_embedding_says_what_is_padding():
    layers = [Embedding(9, 4, padding=0), TransformerBlock(4, 2), FullyConnected(4, 3)]
    network = NeuralNetwork(layers, dtype=np.float64)
    short, long = np.array([[3, 1, 4]]), np.array([[3, 1, 4, 0, 0]])
    found = network.predict(long)[:, :3]
    np.testing.assert_allclose(found, network.predict(short), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("causal", [False, True])
def test_a_row_that_is_masked_whole_is_zero_and_passes_nothing(causal, dtype):
    q, k, v = (Node(x.astype(dtype)) for x in 10 * numbers(3, 2, 3, 4))
    mask = np.array([[False, True, True], [False, False, False]])[:, None]
    y = scaled_dot_product_attention(q, k, v, mask, causal=causal)
    y.backward(np.ones(y.shape, dtype))
    nothing = [0] if causal else []
    assert (y.value[1] == 0.0).all()
    assert (y.value[0, nothing] == 0.0).all()
    for x in (q, k, v):
        assert np.isfinite(x.grad).all()
        assert (x.grad[1] == 0.0).all()
    weights = attention_weights(q.value, k.value, mask, causal=causal)
    assert weights.dtype == dtype
    assert set(weights.sum(axis=-1).ravel().round(2)) <= {0.0, 1.0}


@pytest.mark.parametrize("causal", [False, True])
def test_masked_attention_agrees_with_the_difference_quotient(causal):
    mask = np.array([[True, False, True], [False, False, False]])[:, None]
    q, k, v = numbers(3, 2, 3, 4)

    def function(q, k, v):
        return scaled_dot_product_attention(q, k, v, mask, causal=causal)

    check_gradients(function, q, k, v, order=2)


def test_a_mask_of_ones_own_may_differ_by_sample():
    layer, x = with_random(MultiHeadAttention(4, 2)), numbers(2, 3, 4)
    mask = np.random.default_rng(5).random((2, 3, 3)) > 0.4
    mask |= np.eye(3, dtype=bool)
    found = layer(x, mask=mask).value
    for sample in range(2):
        alone = layer(x[sample][None], mask=mask[sample]).value[0]
        np.testing.assert_allclose(found[sample], alone, rtol=1e-12)
    assert (layer.attention_weights(x, mask=mask)[~mask[:, None].repeat(2, 1)] == 0).all()


def test_values_may_be_others_than_what_is_looked_at():
    layer = with_random(MultiHeadAttention(4, 2))
    x, source, values = numbers(3, 2, 3, 4)
    found = layer(x, source[:, :2], values[:, :2]).value
    both = layer(x, source).value
    assert (np.abs(found - both) > 1e-3).all()
    np.testing.assert_array_equal(layer(x, source, source).value, both)
    np.testing.assert_array_equal(layer(x, None, x).value, layer(x).value)
    first = np.array([True, False])  # each step takes the first value alone
    alone = layer.out(layer.value(values[:, :1])).value
    of_first = layer(x, source[:, :2], values[:, :2], mask=first)
    np.testing.assert_allclose(of_first.value, alone.repeat(3, axis=1), rtol=1e-12)


def test_scores_of_any_size_are_masked():
    q = np.array([[1e4, 0.0]], np.float32)
    k = np.array([[1e4, 0.0], [0.0, 1.0]], np.float32)
    np.testing.assert_array_equal(attention_weights(q, k, np.array([False, True])), [[0.0, 1.0]])
    np.testing.assert_array_equal(attention_weights(k, k, causal=True)[0], [1.0, 0.0])


# --- heads, sources, dropout ----------------------------------------------------------------------


def test_attention_to_another_sequence_agrees_with_the_difference_quotient():
    layer = with_random(MultiHeadAttention(4, 2))
    check_gradients(lambda x, y: layer(x, y), numbers(2, 3, 4), numbers(2, 5, 4), order=2)


def test_gradients_of_all_parameters_agree_with_the_difference_quotient():
    layer = with_random(TransformerBlock(4, 2, hidden=3, causal=True, activation="tanh"))
    x, parameters = numbers(2, 3, 4), layer.parameters()

    def function(*values):
        for name, value in zip(parameters, values, strict=True):
            owner, _, attribute = name.rpartition(".")
            part = layer
            for step in owner.split("."):
                part = getattr(part, step)
            setattr(part, attribute, value)
        return layer(x)

    check_gradients(function, *(node.value for node in parameters.values()))


def test_heads_of_a_length_of_their_own_agree_with_the_difference_quotient():
    layer = with_random(TransformerBlock(4, 3, head_features=2, hidden=5, rotary=True))
    assert layer.attention.query.weight.shape == (4, 6)
    assert layer.attention.out.weight.shape == (6, 4)
    check_gradients(layer, numbers(2, 3, 4), order=2)


def test_dropout_leaves_out_weights_in_training_alone():
    layer, x = with_random(MultiHeadAttention(4, 2, dropout=0.5)), numbers(2, 30, 4)
    with_all = MultiHeadAttention(4, 2)
    with_all.initialize(np.random.default_rng(0), np.float64)
    for name, node in with_all.parameters().items():
        node.value = layer.parameters()[name].value
    assert (layer(x).value != layer(x).value).any()
    layer.train(False)
    np.testing.assert_array_equal(layer(x).value, with_all(x).value)


# --- positions ------------------------------------------------------------------------------------


def test_turned_vectors_know_their_distance_alone():
    q, k = numbers(2, 6)
    rows = np.tile(q, (8, 1)), np.tile(k, (8, 1))
    products = rotary_embedding(rows[0]) @ rotary_embedding(rows[1]).T
    for distance in range(-7, 8):
        found = np.diagonal(products, distance)
        np.testing.assert_allclose(found, found[0], rtol=1e-12)
    assert np.unique(products[0].round(9)).size == 8
    np.testing.assert_allclose(
        rotary_embedding(rows[0], start=3)[:5], rotary_embedding(rows[0])[3:]
    )


def test_turning_is_that_of_complex_numbers():
    x = numbers(2, 3, 5, 6)
    pairs = x[..., ::2] + 1j * x[..., 1::2]
    turned = pairs * np.exp(1j * np.arange(5)[:, None] * 100.0 ** (-np.arange(3) / 3))
    found = rotary_embedding(x, base=100.0)
    np.testing.assert_allclose(found[..., ::2] + 1j * found[..., 1::2], turned, rtol=1e-12)
    check_gradients(rotary_embedding, numbers(2, 3, 4), order=2)


def test_sines_and_cosines_are_those_of_the_paper():
    found = PositionalEncoding(5, base=100.0).forward(np.zeros((1, 4, 5)))[0]
    for position in range(4):
        for i in range(5):
            angle = position / 100.0 ** ((i - i % 2) / 5)
            expected = np.cos(angle) if i % 2 else np.sin(angle)
            assert found[position, i] == pytest.approx(expected, abs=1e-12)


def test_shorter_sequences_use_the_first_positions():
    layer = with_random(PositionalEmbedding(6, 4))
    x = Node(numbers(2, 3, 4))
    y = layer(x)
    np.testing.assert_array_equal(y.value, x.value + layer.weight.value[:3])
    y.backward(np.ones(y.shape))
    np.testing.assert_array_equal(layer.weight.grad, np.repeat([2.0, 0.0], 3)[:, None] * np.ones(4))


# --- networks -------------------------------------------------------------------------------------


def network(**options):
    """A small transformer for numbers, with one of the block's many forms."""
    return NeuralNetwork(
        [PositionalEmbedding(5, 4), TransformerBlock(4, 2, hidden=6, **options), LayerNorm(4),
         FullyConnected(4, 3)],
        loss=SoftMaxCrossEntropyLoss("mean"), optimizer=Adam(0.02), seed=1,
    )  # fmt: skip


FORMS = [
    {"causal": True},
    {"norm": "rms", "rotary": True, "bias": False},
    {"norm_first": False, "activation": "tanh", "causal": True, "rotary": True},
]


def samples(count=6):
    random = np.random.default_rng(3)
    return random.standard_normal((count, 5, 4)).astype(np.float32), random.integers(
        0, 3, (count, 5)
    )


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("backend", ["numpy", "native", "xla"])
def test_compiled_steps_learn_the_same(options, backend):
    x, y = samples()
    eager = network(**options).compile("eager")
    expected = [eager.train_step(x, y) for _ in range(8)]
    try:
        found = network(**options).compile(backend)
    except ImportError as error:
        pytest.skip(str(error))
    losses = [found.train_step(x, y) for _ in range(8)]
    assert expected[-1] < expected[0]
    if backend == "numpy":
        assert losses == expected
    np.testing.assert_allclose(losses, expected, rtol=1e-4)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_a_compiled_step_takes_other_padding_each_time(backend):
    def made(backend):
        layers = [
            Embedding(9, 4, padding=0), TransformerBlock(4, 2, causal=True), FullyConnected(4, 9)
        ]  # fmt: skip
        loss = SoftMaxCrossEntropyLoss("mean", ignore_index=0)
        return NeuralNetwork(layers, loss=loss, seed=2).compile(backend)

    eager, compiled = made("eager"), made(backend)
    random = np.random.default_rng(0)
    for _ in range(6):
        x = random.integers(1, 9, (4, 6))
        x[np.arange(6) >= random.integers(1, 7, 4)[:, None]] = 0
        y = np.where(x == 0, 0, (x + 1) % 9 + (x == 8))
        np.testing.assert_allclose(compiled.train_step(x, y), eager.train_step(x, y), rtol=1e-5)


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_a_page_computes_the_same_step(options):
    x, y = samples(2)
    program = network(**options).program(x, y).replaced(sources={})
    random = np.random.default_rng(7)
    given = [
        y.astype(value.dtype)
        if value.dtype.kind in "iu"
        else random.uniform(0.1, 1.0, value.shape).astype(value.dtype)
        for value in program.inputs
    ]
    (found,) = backends.in_node([(program, exported(program), given)])
    for one, other in zip(found, interpreter.run(program, given), strict=True):
        backends.equal("javascript", one, other)


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_files_hold_it(options, tmp_path):
    x, y = samples()
    first = network(**options)
    first.train_step(x, y)
    again = NeuralNetwork.load(first.save(tmp_path / "m.safetensors"))
    assert repr(again) == repr(first)
    np.testing.assert_array_equal(again.predict(x), first.predict(x))


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_onnxruntime_computes_it(options, tmp_path):
    pytest.importorskip("onnx", reason="ONNX files need the package onnx")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    import nn.onnx

    trained = network(**options)
    path = nn.onnx.save(trained, tmp_path / "m.onnx", shape=(5, 4))
    session = runtime.InferenceSession(path)
    for count in (1, 3):
        x, _ = samples(count)
        (found,) = session.run(None, {session.get_inputs()[0].name: x})
        np.testing.assert_allclose(found, trained.predict(x), rtol=1e-4, atol=1e-5)
    assert repr(NeuralNetwork.load(path)) == repr(trained)


def test_a_layer_as_activation_survives_a_file(tmp_path):
    first = NeuralNetwork([TransformerBlock(4, activation=LeakyReLU(0.1, learned=True))])
    again = NeuralNetwork.load(first.save(tmp_path / "m.safetensors"))
    assert repr(again) == repr(first)
    assert "0.activation.slope" in again.parameters()


def test_diagrams_open_from_the_block_to_its_operations():
    from visualize import draw

    y = with_random(TransformerBlock(4, 2, causal=True))(numbers(1, 3, 4))
    shown = [draw(y, fold=depth).svg() for depth in (1, 2, 3, 4)]
    assert "TransformerBlock" in shown[0]
    assert "MultiHeadAttention" not in shown[0]
    assert "MultiHeadAttention" in shown[1]
    assert "LayerNorm" in shown[1]
    assert "attention" in shown[2]
    assert "query" in shown[2]
    assert "softmax" in shown[3]
    assert "TransformerBlock" in draw(NeuralNetwork([TransformerBlock(4, 2)])).svg()


def test_an_explanation_follows_the_residual_sum():
    from visualize import explain

    layer, x = with_random(MultiHeadAttention(4, 2)), Node(numbers(1, 3, 4), name="x")
    told = str(explain(layer(x).sum(), layer.value.weight))
    assert "∂f/∂W" in told


def test_the_parameters_have_names_that_tell_them_apart():
    named = NeuralNetwork([TransformerBlock(4, 2), TransformerBlock(4, 2)])
    of_attention = {
        name: node.name for name, node in named.parameters().items() if "0.attention" in name
    }
    assert of_attention["0.attention.query.weight"] == "W_q"
    assert of_attention["0.attention.out.bias"] == "b_o"
    assert len(named.parameters()) == 2 * 16


# --- wrong use ------------------------------------------------------------------------------------


def asked(batch, mask, source=None):
    x, source = (None if n is None else np.ones((*n, 4), np.float32) for n in (batch, source))
    mask = None if mask is None else np.ones(mask, bool)
    return MultiHeadAttention(4, 2)(x, source, mask=mask)


def test_a_mask_is_a_list_too_and_one_of_other_steps_is_not_looked_at():
    layer, x = MultiHeadAttention(4, 2), np.random.default_rng(0).normal(size=(1, 2, 4))
    mask = [[True, False], [True, True]]
    assert np.array_equal(layer(x, mask=mask).value, layer(x, mask=np.array(mask)).value)
    with masked_call(np.zeros((1, 6), bool)):
        assert np.array_equal(layer(x).value, layer(x, mask=np.ones((2, 2), bool)).value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MultiHeadAttention(10, 3), r"heads can share, got 3 heads for 10.*\(9, 3\)"),
        (lambda: MultiHeadAttention(2, 3), r"Write for example MultiHeadAttention\(3, 3\)"),
        (lambda: MultiHeadAttention(0), "features.*from 1"),
        (lambda: MultiHeadAttention(4, 3, head_features=0), "head_features.*from 1"),
        (lambda: MultiHeadAttention(4, 2, dropout=1.0), "dropout.*below 1"),
        (lambda: MultiHeadAttention(6, 2, rotary=True), "even number of features per head, got 3"),
        (lambda: MultiHeadAttention(4)(numbers(2, 4)), r"\(samples, steps, 4\).*write x\[None\]"),
        (lambda: MultiHeadAttention(4)(numbers(2, 7)), r"Put Embedding\(..., 4\) before it"),
        (lambda: MultiHeadAttention(4)(numbers(2, 3, 5)), "Change features to 5"),
        (lambda: MultiHeadAttention(4)(numbers(2, 3, 4), numbers(2, 3, 5)), "features to 5"),
        (lambda: MultiHeadAttention(4)(numbers(2, 3, 4), mask=np.ones((3, 3))), "Write mask != 0"),
        (
            lambda: MultiHeadAttention(4)(*numbers(3, 2, 3, 4)[:, :, :2][:2], numbers(2, 3, 4)),
            r"each of the 2 steps .* got values of shape \(2, 3, 4\)",
        ),
        (lambda: MultiHeadAttention(4)(numbers(2, 3, 4), None, np.ones((3, 3)) > 0), "Write mask="),
        (lambda: TransformerBlock(4, norm="batch"), "'layer' or 'rms', got 'batch'"),
        (lambda: TransformerBlock(4, activation="swish"), "activation.*'relu' or .*got 'swish'"),
        (lambda: TransformerBlock(4, activation=ReLU), r"Write activation=ReLU\(\.\.\.\)"),
        (lambda: TransformerBlock(4, hidden=0), "hidden.*from 1"),
        (lambda: PositionalEmbedding(3, 4)(numbers(2, 5, 4)), r"at most 3 steps.*\(5, 4\)"),
        (lambda: PositionalEncoding(4, base=0), "base.*above 0"),
        (lambda: rotary_embedding(numbers(2, 3)), r"even number of features, got \(2, 3\)"),
        (lambda: attention_weights(numbers(2, 3), numbers(2, 4)), r"one length.*\(2, 3\) and"),
        (
            lambda: NeuralNetwork([FullyConnected(4, 4), TransformerBlock(5)]),
            r"expects a batch of shape \(samples, steps, 5\)",
        ),
        (lambda: asked((2, 5), (2, 5)), r"mask of shape \(5, 5\) or \(2, 5, 5\).*mask\[:, None\]"),
        (lambda: asked((2, 5), (4, 4)), r"got \(4, 4\). \(2, 1, 5\) says what is padding"),
        (lambda: asked((2, 5), None, (3, 5)), "a source for each of 2 samples"),
    ],
)
def test_wrong_use_says_what_to_write(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()
