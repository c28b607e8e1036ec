"""Embedding, RNN, LSTM and GRU: PyTorch's numbers, gradients, masks, memory, back ends, errors."""

import copy
import pickle
from functools import partial
from pathlib import Path

import backends
import numpy as np
import pytest

from autograd_core import Node, check_gradients, grad, no_grad, rnn
from autograd_core.affine import joining
from autograd_core.backpropagation import ancestors
from autograd_core.program import interpreter
from autograd_core.program.javascript import exported
from nn import (
    GRU,
    LSTM,
    RNN,
    SGD,
    Adam,
    Embedding,
    FullyConnected,
    Masking,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    Parallel,
    ReLU,
    Reshape,
    SoftMaxCrossEntropyLoss,
    load_dataset,
)
from nn.layers.masking import masked_call, padding_mask
from nn.registry import rebuild

REFERENCES = np.load(Path(__file__).parent / "references" / "recurrent.npz")
"""What PyTorch computed; recurrent.py beside it made it."""

RECURRENT = [
    RNN(3, 4),
    RNN(3, 4, activation="relu", return_sequences=True, weight_initializer=Normal(0.0, 0.4)),
    RNN(3, 4, return_sequences=True, go_backwards=True),
    RNN(3, 4, learned_state=True),
    RNN(3, 4, truncate=2),
    LSTM(3, 4),
    LSTM(3, 4, return_sequences=True, learned_state=True),
    LSTM(3, 4, go_backwards=True),
    GRU(3, 4),
    GRU(3, 4, return_sequences=True, bias_initializer=Normal(0.0, 0.4)),
    Masking(),
]
EMBEDDINGS = [Embedding(6, 3), Embedding(6, 3, padding=0)]
LAYERS = [*EMBEDDINGS, *RECURRENT]
KINDS = [RNN, LSTM, GRU]


@pytest.fixture
def random():
    return np.random.default_rng(0)


def batch(layer, random):
    if isinstance(layer, Embedding):
        return random.integers(0, 6, (2, 5))
    return random.standard_normal((2, 5, 3))


def made(layer, dtype=np.float64):
    layer = copy.deepcopy(layer)
    layer.initialize(np.random.default_rng(1), dtype)
    return layer


def closely(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


class at_once:
    """As in a training step: all steps of a layer are one operation."""

    def __enter__(self):
        self._token = joining.set(True)

    def __exit__(self, *error):
        joining.reset(self._token)


# --- PyTorch's numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [False, True], ids=["at once", "step by step"])
@pytest.mark.parametrize("case", ["RNN", "RNN, relu", "LSTM", "GRU"])
def test_a_cell_equals_pytorchs_with_its_weights(case, steps):
    arrays = {
        name.removeprefix(f"{case}/"): REFERENCES[name]
        for name in REFERENCES
        if name.startswith(f"{case}/")
    }
    kind, _, activation = case.partition(", ")
    options = {"activation": activation} if activation else {}
    layer = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}[kind](3, 4, **options)
    network = NeuralNetwork([layer], dtype=np.float64)

    def under(start):
        named = {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
        return {f"0.{name}": value for name, value in named.items()}

    network.load_state_dict(under("state/"), transposed=True)
    x = Node(arrays["x"])
    parts = 2 if kind == "LSTM" else 1
    starts = [Node(arrays[f"start{n}"]) for n in range(parts)]
    given = tuple(starts) if parts == 2 else starts[0]
    if steps:
        y, last = layer.run(x, given)
    else:
        with at_once():
            y, last = layer.run(x, given)
    lasts = last if parts == 2 else (last,)
    closely(y.value, arrays["y"])
    total = (y * arrays["error"]).sum()
    for n, part in enumerate(lasts):
        closely(part.value, arrays[f"last{n}"])
        total = total + (part * arrays[f"last{n}.error"]).sum()
    total.backward()
    closely(x.grad, arrays["x.grad"])
    for n, start in enumerate(starts):
        closely(start.grad, arrays[f"start{n}.grad"])
    gradients = {name: np.array(node.grad) for name, node in layer.parameters().items()}
    expected = arrays["state.grad/bias_ih_l0"]  # of both biases, but for a GRU's n
    closely(gradients["bias"], expected)
    closely(gradients["weight_input"], arrays["state.grad/weight_ih_l0"].T)
    closely(gradients["weight_hidden"], arrays["state.grad/weight_hh_l0"].T)
    if kind == "GRU":
        closely(gradients["bias_hidden"], arrays["state.grad/bias_hh_l0"][8:])


# --- what holds for all layers --------------------------------------------------------------------


@pytest.mark.parametrize("layer", RECURRENT, ids=repr)
@pytest.mark.parametrize("steps", [False, True], ids=["at once", "step by step"])
def test_gradients_agree_with_the_difference_quotient(layer, steps, random):
    layer = made(layer)
    if layer.__dict__.get("truncate"):
        pytest.skip("it is no gradient")
    names = list(layer.parameters())

    def function(x, *values):
        for name, value in zip(names, values, strict=True):
            setattr(layer, name, value)
        if steps:
            return layer(x)
        with at_once():
            return layer(x)

    values = [node.value for node in layer.parameters().values()]
    check_gradients(function, batch(layer, random)[:, :3], *values, order=2)


@pytest.mark.parametrize("layer", EMBEDDINGS, ids=repr)
def test_gradients_of_an_embedding_agree_with_the_difference_quotient(layer, random):
    layer, places = made(layer), batch(layer, random)

    def function(weight):
        layer.weight = weight
        return layer(places) ** 2

    check_gradients(function, layer.weight.value, order=2)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_the_shape_is_what_is_said(layer, dtype, random):
    layer, x = made(layer, dtype), batch(layer, random)
    if not isinstance(layer, Embedding):
        x = Node(x.astype(dtype))
    for together in (False, True):
        token = joining.set(together)
        y = layer(x)
        joining.reset(token)
        y.sum().backward()
        gradients = [p.grad for p in layer.parameters().values()]
        if type(x) is Node:
            gradients.append(x.grad)
        assert {y.dtype, *(g.dtype for g in gradients)} == {np.dtype(dtype)}
        assert y.shape[1:] == layer.output_shape(x.shape[1:])


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_stepping_by_hand_equals_the_recorded_graph(layer, random):
    layer = made(layer)
    x = batch(layer, random)
    again = copy.deepcopy(layer)
    node = Node(x, requires_grad=x.dtype.kind == "f")
    recorded = layer(node)
    error = random.standard_normal(recorded.shape)
    if layer.parameters() or not isinstance(layer, Embedding):
        recorded.backward(error)
    np.testing.assert_array_equal(again.forward(x), recorded.value)
    back = again.backward(error)
    if x.dtype.kind == "f":
        np.testing.assert_array_equal(back, node.grad)
    for name, parameter in layer.parameters().items():
        np.testing.assert_array_equal(again.parameters()[name].grad, parameter.grad)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_survives_its_description_copies_and_a_file(layer, random, tmp_path):
    again = rebuild("layer", layer.configuration())
    assert (type(again), repr(again)) == (type(layer), repr(layer))
    network = NeuralNetwork([copy.deepcopy(layer)])
    x = batch(layer, random)
    before = network.predict(x)
    loaded = NeuralNetwork.load(network.save(tmp_path / "model.safetensors"))
    for other in (loaded, copy.deepcopy(network), pickle.loads(pickle.dumps(network))):  # noqa: S301
        np.testing.assert_array_equal(other.predict(x), before)


def test_the_lines_in_the_box_of_an_rnn_are_what_is_computed(random):
    layer, x = made(RNN(3, 4, return_sequences=True)), random.standard_normal((2, 5, 3))
    y = layer.forward(x)
    error = random.standard_normal(y.shape)
    back = layer.backward(error)
    w, u, b = (node.value for node in layer.parameters().values())
    state, after, found, gradients = np.zeros((2, 4)), np.zeros((2, 4)), [], [0.0, 0.0, 0.0]
    for t in range(5):
        state = np.tanh(x[:, t] @ w + state @ u + b)  # Yₜ = tanh(Xₜ W + Yₜ₋₁ U + b)
        closely(y[:, t], state)
    for t in reversed(range(5)):
        after = (error[:, t] + after @ u.T) * (1 - y[:, t] ** 2)
        found.insert(0, after @ w.T)
        before = y[:, t - 1] if t else np.zeros((2, 4))
        parts = x[:, t].T @ after, before.T @ after, after.sum(0)
        gradients = [total + part for total, part in zip(gradients, parts, strict=True)]
    closely(back, np.stack(found, axis=1))
    for node, gradient in zip(layer.parameters().values(), gradients, strict=True):
        closely(node.grad, gradient)


# --- initial states, memory, truncation -----------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_state_is_where_another_call_goes_on(kind, random):
    layer, x = made(kind(3, 4)), random.standard_normal((2, 6, 3))
    whole, last = layer.run(x)
    first, state = layer.run(x[:, :2])
    second, end = layer.run(x[:, 2:], state)
    closely(layer(x[:, 2:], state).value, second.value[:, -1])  # by a call, too
    closely(np.concatenate([first.value, second.value], axis=1), whole.value)
    pairs = zip(end, last, strict=True) if kind is LSTM else [(end, last)]
    for found, expected in pairs:
        closely(found.value, expected.value)


def test_a_learned_state_starts_at_zero_and_learns(random):
    x, y = random.standard_normal((8, 3, 3)), random.standard_normal((8, 4))
    layers = [LSTM(3, 4, learned_state=True)]
    network = NeuralNetwork(layers, loss=MeanSquaredError(), optimizer=Adam(0.01))
    assert list(layers[0].parameters())[3:] == ["initial_state", "initial_cell"]
    assert not layers[0].initial_state.value.any()
    network.train_step(x, y)
    assert layers[0].initial_state.value.all() and layers[0].initial_cell.value.all()


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_that_memorizes_goes_on_with_the_next_batch(kind, backend, random):
    x, y = random.standard_normal((2, 6, 3)), random.standard_normal((2, 6, 4))

    def network(**options):
        layer = kind(3, 4, return_sequences=True, **options)
        loss = MeanSquaredError()
        made = NeuralNetwork([layer], loss=loss, optimizer=Adam(1e-9), dtype=np.float64)
        return made.compile(backend)

    whole, parts = network(), network(memorize=2)
    expected = whole.predict(x)
    for _ in range(2):
        for start in (0, 2, 4):
            part = slice(start, start + 2)
            found = parts.step(x[:, part], y[:, part]).prediction
            np.testing.assert_allclose(found, expected[:, part], atol=1e-7)
        last = parts.layers[0].last_state.value
        np.testing.assert_allclose(last, expected[:, -1], atol=1e-7)
        np.testing.assert_allclose(parts.predict(x), expected, atol=1e-7)  # it begins anew
        np.testing.assert_array_equal(parts.layers[0].last_state.value, last)
        parts.layers[0].reset_state()


@pytest.mark.parametrize("backend", ["eager", "numpy"])
@pytest.mark.parametrize("kind", KINDS)
def test_memorize_can_be_set_later(kind, backend, random):
    nearly = partial(np.testing.assert_allclose, atol=1e-6)
    x, y = random.standard_normal((2, 6, 3)), np.zeros((2, 4))
    layer = kind(3, 4)
    network = NeuralNetwork([layer], loss=MeanSquaredError(), optimizer=SGD(1e-9))
    network.compile(backend)
    network.train_step(x, y)
    whole = network.predict(x)
    layer.memorize = 2
    network.train_step(x[:, :4], y)
    state = layer.last_state.value
    nearly(network.step(x[:, 4:], y).prediction, whole)
    assert state.dtype == layer.last_state.dtype == np.float32
    layer.memorize = 2  # nothing new: it remembers
    nearly(layer.last_state.value, whole)
    assert f"memorize={layer.memorize}" in repr(layer)
    layer.memorize = False
    assert not network.buffers() and "memorize" not in repr(layer)
    nearly(network.step(x[:, 4:], y).prediction, network.predict(x[:, 4:]))
    with pytest.raises(ValueError, match=r"memorize\) expects a whole number from 0, got 1.5"):
        layer.memorize = 1.5


def test_memory_is_in_the_state_of_the_network(random):
    network = NeuralNetwork([LSTM(3, 4, memorize=2)], loss=MeanSquaredError())
    network.train_step(random.standard_normal((2, 5, 3)), np.zeros((2, 4)))
    state = network.state_dict()
    assert state["0.last_state"].any() and state["0.last_cell"].any()
    other = NeuralNetwork([LSTM(3, 4, memorize=2)])
    other.load_state_dict(state)
    np.testing.assert_array_equal(other.layers[0].last_cell.value, state["0.last_cell"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_as_one_sequence_is_the_rnn_of_the_exercise(kind, random):
    one, x = made(kind(3, 4, batch_is_sequence=True, memorize=True)), random.random((6, 3))
    usual = made(kind(3, 4, return_sequences=True))
    closely(one.forward(x), usual.forward(x[None])[0])
    error = random.standard_normal((6, 4))
    closely(one.backward(error), usual.backward(error[None])[0])
    assert (one.forward(x) != usual.forward(x[None])[0]).any()  # it goes on
    one.reset_state()
    closely(one.forward(x), usual.forward(x[None])[0])


@pytest.mark.parametrize("steps", [False, True], ids=["at once", "step by step"])
@pytest.mark.parametrize("kind", KINDS)
def test_truncated_backpropagation_is_that_of_chunks(kind, steps, random):
    layer = made(kind(3, 4, return_sequences=True, truncate=2))
    whole = made(kind(3, 4, return_sequences=True))
    x, error = random.standard_normal((2, 5, 3)), random.standard_normal((2, 5, 4))
    node = Node(x)
    if steps:
        y = layer(node)
    else:
        with at_once():
            y = layer(node)
    y.backward(error)
    state, total, leaves = None, 0.0, []
    for start in (0, 2, 4):
        leaves.append(Node(x[:, start : start + 2]))
        part, state = whole.run(leaves[-1], state)
        pair = type(state) is tuple
        state = tuple(s.detach() for s in state) if pair else state.detach()
        total = total + (part * error[:, start : start + 2]).sum()
    total.backward()
    closely(node.grad, np.concatenate([leaf.grad for leaf in leaves], axis=1))
    for name, parameter in layer.parameters().items():
        closely(parameter.grad, whole.parameters()[name].grad)


# --- padding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [False, True], ids=["at once", "step by step"])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_padding_leaves_the_state_of_short_sequences_alone(kind, backwards, steps, random):
    layer = made(kind(3, 4, go_backwards=backwards))
    x, lengths = random.standard_normal((3, 5, 3)), (5, 2, 1)
    mask = np.arange(5) < np.array(lengths)[:, None]
    node = Node(x)
    token = joining.set(not steps)
    with masked_call(mask):
        y = layer(node)
    joining.reset(token)
    y.sum().backward()
    for n, length in enumerate(lengths):
        short = Node(x[n : n + 1, :length])
        alone = layer(short)
        alone.sum().backward()
        closely(y.value[n], alone.value[0])
        closely(node.grad[n, :length], short.grad[0])
        assert not node.grad[n, length:].any()


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_a_network_knows_which_steps_are_padding(backend, random):
    x = random.integers(1, 6, (4, 5))
    x[1, 3:] = x[2, 1:] = 0
    y = np.array([0, 1, 0, 1])

    def network():
        layers = [Embedding(6, 3, padding=0), GRU(3, 4), FullyConnected(4, 2)]
        return NeuralNetwork(layers, optimizer=Adam(0.01), dtype=np.float64).compile(backend)

    padded, longer = network(), network()
    filled = np.concatenate([x, np.zeros((4, 3), int)], axis=1)
    for _ in range(4):
        np.testing.assert_allclose(padded.train_step(x, y), longer.train_step(filled, y))
    closely(padded.predict(x[1:2, :3]), longer.predict(filled[1:2]))
    assert not padded.layers[0].weight.value[0].any()


def test_behind_the_last_state_there_are_no_steps(random):
    with masked_call(np.ones((2, 5), bool)):
        made(RNN(3, 4, return_sequences=True))(random.standard_normal((2, 5, 3)))
        assert padding_mask() is not None
        made(RNN(3, 4))(random.standard_normal((2, 5, 3)))
        assert padding_mask() is None


def test_both_directions_know_which_steps_are_padding(random):
    both = Parallel(LSTM(3, 4, go_backwards=True), LSTM(3, 4), join="concatenate")
    network = NeuralNetwork([Embedding(6, 3, padding=0), both], dtype=np.float64)
    short = random.integers(1, 6, (2, 3))
    filled = np.concatenate([short, np.zeros((2, 2), int)], axis=1)
    closely(network.predict(filled), network.predict(short))


@pytest.mark.parametrize("kind", KINDS)
def test_an_rnn_learns_iris_with_the_batch_as_its_sequence(kind):
    data = load_dataset("iris")
    layers = [kind(4, 20, batch_is_sequence=True, memorize=True), FullyConnected(20, 20), ReLU(),
              FullyConnected(20, 3)]  # fmt: skip
    network = NeuralNetwork(layers, optimizer=Adam(5e-3))
    network.fit(data.x_train, data.y_train, epochs=60, batch_size=30, progress=False)
    assert network.evaluate(data.x_test, data.y_test)["accuracy"] >= 0.9


def test_an_rnn_knows_more_of_names_than_pairs_of_letters():
    data = load_dataset("names")
    layers = [Embedding(27, 16), RNN(16, 64, return_sequences=True), FullyConnected(64, 27)]
    loss = SoftMaxCrossEntropyLoss("mean", ignore_index=-1)
    network = NeuralNetwork(layers, loss=loss, optimizer=Adam(3e-3))
    network.fit(data.x_train, data.y_train, epochs=3, batch_size=64, progress=False)
    assert network.evaluate(data.x_test, data.y_test)["loss"] < 2.2  # counted, pairs give 2.363


# --- whole numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [np.int64, np.uint8, np.float32, np.float64, list])
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_whole_numbers_may_come_in_any_type(given, backend):
    x, y = np.arange(6).reshape(3, 2), np.array([0, 1, 0])
    network = NeuralNetwork([Embedding(6, 2), RNN(2, 2)]).compile(backend)
    other = NeuralNetwork([Embedding(6, 2), RNN(2, 2)]).compile("eager")
    x_given = x.tolist() if given is list else x.astype(given)
    for _ in range(4):
        assert network.train_step(x_given, y) == other.train_step(x, y)
    np.testing.assert_array_equal(network.predict(x_given), other.predict(x))


def test_numbers_beyond_float32_stay_what_they_are():
    layer = Embedding(2**24 + 2, 1, weight_initializer=Normal(0.0, 0.0))
    network = NeuralNetwork([layer])
    layer.weight.value[2**24 + 1] = 7.0
    assert network.predict([[2**24 + 1]]).item() == 7.0


@pytest.mark.parametrize("does", ["fit", "predict", "train_step", "evaluate"])
@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[0, 6]], r"from 0 to 5, got 6 at index \(0, 1\)\. Write Embedding\(7, 2\)"),
        ([[-1, 0]], r"from 0 to 5, got -1 at index \(0, 0\)\. .*np\.unique"),
        ([[0.5, 1.0]], r"whole numbers from 0 to 5, got 0\.5 at index \(0, 0\)"),
        ([[np.nan, 1.0]], "got nan at index"),
    ],
)
def test_numbers_that_have_no_row_are_refused_in_words(does, x, words):
    network = NeuralNetwork([Embedding(6, 2), RNN(2, 2)]).compile("numpy")
    for _ in range(3):
        network.train_step([[1, 2]], [0])  # a step is compiled
    options = {"epochs": 1, "batch_size": 1, "progress": False} if does == "fit" else {}
    given = (x,) if does == "predict" else (x, [0])
    with pytest.raises(ValueError, match=words if x[0][0] == x[0][0] else "got nan"):
        getattr(network, does)(*given, **options)


# --- graphs and back ends -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_who_looks_at_the_graph_sees_each_step(kind, random):
    layer, x = made(kind(3, 4)), random.standard_normal((2, 5, 3))
    looked_at = layer(Node(x))
    scopes = {node.scope for node in ancestors(looked_at) if node.operation}
    assert sum(str(scope) == f"{kind.__name__}/step" for scope in scopes) == 5
    with at_once():
        joined = layer(Node(x))
    names = [node.operation.name for node in ancestors(joined) if node.operation]
    assert kind.__name__.lower() in names and len(names) <= 3
    closely(joined.value, looked_at.value)
    with no_grad():
        closely(layer(x).value, looked_at.value)


@pytest.mark.parametrize("layers", [
    lambda: [Embedding(6, 3), RNN(3, 4, return_sequences=True), RNN(4, 4)],
    lambda: [Embedding(6, 3, padding=0), LSTM(3, 4)],
    lambda: [Embedding(6, 3, padding=0), GRU(3, 4, go_backwards=True)],
    lambda: [Embedding(6, 3), LSTM(3, 4, memorize=4, truncate=2)],
    lambda: [Embedding(6, 3), GRU(3, 4, learned_state=True)],
])  # fmt: skip
@pytest.mark.parametrize("backend", ["numpy", "native", "xla"])
def test_compiled_steps_learn_what_eager_ones_do(layers, backend, random):
    if backend == "xla":
        pytest.importorskip("jax")
    x, y = random.integers(0, 6, (3, 4, 3)), random.integers(0, 4, (3, 4))
    eager, compiled = (
        NeuralNetwork(layers(), optimizer=Adam(0.01)).compile(b) for b in ("eager", backend)
    )
    for batch, labels in zip(x, y, strict=True):
        expected, found = eager.train_step(batch, labels), compiled.train_step(batch, labels)
        if backend == "numpy":
            assert found == expected
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    for name, value in compiled.state_dict().items():
        np.testing.assert_allclose(value, eager.state_dict()[name], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_can_run_the_step(kind, random):
    layers = [Embedding(6, 3, padding=0), kind(3, 4), FullyConnected(4, 2)]
    network = NeuralNetwork(layers, optimizer=Adam(0.01), dtype=np.float64)
    x, y = random.integers(0, 6, (4, 3)), np.eye(2)[[0, 1, 0, 1]]
    program = network.program(x, y)
    given = [np.full(value.shape, 0.1, value.dtype) for value in program.inputs]
    given[:2] = random.integers(0, 6, (4, 3)), y
    for place, value in enumerate(program.inputs):
        if place > 1 and value.shape:
            given[place] = random.uniform(0.1, 1.0, value.shape).astype(value.dtype)
    ((*found,),) = backends.in_node([(program, exported(program), given)])
    for one, other in zip(found, interpreter.run(program, given), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", [None, 0])
@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_can_predict(kind, padding, random, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="pip install onnx onnxruntime")
    from nn import onnx

    layers = [Embedding(6, 3, padding=padding), kind(3, 4, go_backwards=True)]
    network, x = NeuralNetwork(layers), random.integers(0, 6, (5, 4))
    file = onnx.save(network, tmp_path / "names.onnx", shape=(4,))
    session = runtime.InferenceSession(file)
    (found,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(found, network.predict(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_higher_derivatives_pass_through_a_training_step(kind, random):
    layer, x = made(kind(2, 2)), random.standard_normal((2, 3, 2))

    def slope(x):
        with at_once():
            return (grad(lambda x: (layer(x) ** 2).sum())(x) ** 2).sum()

    check_gradients(slope, x)


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [RNN(3, 4), LSTM(3, 4), GRU(3, 4)], ids=repr)
def test_an_array_to_begin_with_leaves_the_dtype(layer):
    zeros = np.zeros((2, 4))
    state = (zeros, zeros) if type(layer) is LSTM else zeros
    assert layer.run(np.ones((2, 5, 3), np.float32), state)[0].dtype == np.float32


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RNN(3, 4)(np.ones((2, 3))), r"\(samples, steps, 3\), got \(2, 3\).*x\[None\]"),
        (lambda: RNN(1, 4)(np.ones((2, 3))), r"Write x\[:, :, None\]"),
        (lambda: RNN(4, 4)(np.ones((2, 12))), r"Put Reshape\(\(steps, input_size\)\)"),
        (lambda: LSTM(3, 4)(np.ones((2, 5, 2))), r"got \(2, 5, 2\)\. Change input_size to 2"),
        (lambda: GRU(3, 4)(np.ones((2, 0, 3))), "has to be a step"),
        (lambda: GRU(3, 4)(np.float64(1.0)), "Change input_size to 1"),
        (
            lambda: NeuralNetwork([FullyConnected(4, 15), Reshape((5, 3)), GRU(2, 4)]),
            r"steps of 2 numbers, got samples of shape \(5, 3\)",
        ),
        (lambda: RNN(3, 4, batch_is_sequence=True)(np.ones((2, 5))), r"shape \(steps, 3\)"),
        (lambda: RNN(3, 4, activation="sin"), "activation.*'tanh' or 'relu'"),
        (lambda: RNN(3, 0), "hidden_size.*from 1, got 0"),
        (lambda: RNN(3, 4, truncate=0), "truncate.*from 1"),
        (lambda: RNN(3, 4, weight_initializer=Normal), r"Write weight_initializer=Normal\("),
        (lambda: RNN(3, 4, memorize=2, learned_state=True), "either memorize.*or learned_state"),
        (lambda: RNN(3, 4, memorize=2, go_backwards=True), "go_backwards begins at the end"),
        (lambda: RNN(3, 4, memorize=2, batch_is_sequence=True), "expects memorize=True"),
        (lambda: LSTM(3, 4, memorize=2)(np.ones((3, 5, 3))), "2 sequences.*memorize=3"),
        (lambda: LSTM(3, 4).run(np.ones((2, 5, 3)), [np.ones((2, 4))]), r"pair \(state, cell\)"),
        # As many rows as a pair has parts: once taken for state and cell.
        (lambda: LSTM(3, 4).run(np.ones((2, 5, 3)), np.ones((2, 4))), r"pair.*got shape \(2, 4\)"),
        (lambda: GRU(3, 4).run(np.ones((2, 5, 3)), np.ones((3, 4))), r"shape \(2, 4\).*\(3, 4\)"),
        (
            lambda: RNN(3, 4).run(np.ones((2, 5, 3)), np.ones((1, 2, 4))),
            r"Write state\[0\] without",
        ),
        (lambda: GRU(3, 4)(np.ones((2, 5, 3)), np.ones((1, 2, 4))), r"begin with shape \(2, 4\)"),
        (lambda: Embedding(6, 2, padding=6), "padding.*from 0 to 5, got 6"),
        (lambda: Embedding(6, 2)(np.array(["a"])), "got an array of <U1"),
        (lambda: Masking()(np.ones((2, 3))), r"\(samples, steps, numbers\), got \(2, 3\)"),
        (lambda: Masking(None), "got None"),
    ],
)
def test_wrong_use_says_what_to_write(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_the_recurrence_refuses_other_activations():
    with pytest.raises(ValueError, match=r"rnn.*expects 'tanh' or 'relu', got 'sigmoid'"):
        rnn(np.ones((1, 2, 1)), *np.ones((2, 1, 1)), np.zeros(1), activation="sigmoid")
