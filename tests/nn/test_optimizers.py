"""Optimizers: the lecture's descent, published update rules, clipping, state, dtypes."""

import copy
import pickle

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    CosineDecay,
    FullyConnected,
    Group,
    Lion,
    Lookahead,
    NeuralNetwork,
    Optimizer,
    ReLU,
    RMSprop,
    StepDecay,
    Tanh,
    WarmUp,
    clip_gradients,
)
from nn.registry import rebuild

OPTIMIZERS = [
    SGD(0.1),
    SGD(0.1, weight_decay=0.2),
    SGD(0.1, momentum=0.9),
    SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.2),
    Adam(0.1, beta1=0.8),
    AdamW(0.1, weight_decay=0.2),
    RMSprop(0.1, decay=0.8),
    Adagrad(0.1),
    Lion(0.1, beta1=0.8, weight_decay=0.2),
    Lookahead(SGD(0.1, momentum=0.9), every=2),
    SGD(WarmUp(2, CosineDecay(0.1, updates=4)), momentum=0.9),
    Adam(StepDecay(0.1, every=2), clip_norm=0.5),
]
SHAPE = (3, 2)
START = np.random.default_rng(7).standard_normal(SHAPE)
GRADIENTS = np.random.default_rng(0).standard_normal((6, *SHAPE))


def walked(optimizer, gradients=GRADIENTS, start=START):
    """The parameter after a step along each gradient."""
    w = Node(start)
    for gradient in gradients:
        w.grad = np.array(gradient, w.dtype)
        optimizer.step({"w": w})
    return w.value


def test_sgd_walks_down_the_lectures_parabola():
    w, optimizer, path = Node(1.8), SGD(0.3), [1.8]
    for _ in range(5):
        (w**2).backward()
        optimizer.step([w])
        path.append(float(w))
    np.testing.assert_allclose(path, [1.8, 0.72, 0.288, 0.1152, 0.04608, 0.018432], rtol=1e-12)


# --- published update rules, written out ----------------------------------------------------------


def sgd(w):
    for g in GRADIENTS:
        w = w - 0.1 * g
    return w


def sgd_with_decay(w):
    for g in GRADIENTS:
        w = w - 0.1 * g - 0.1 * 0.2 * w
    return w


def sgd_with_momentum(w):
    v = 0.0
    for g in GRADIENTS:
        v = 0.9 * v + g
        w = w - 0.1 * v
    return w


def nesterov_in_sutskevers_form(w):
    # The gradient is taken where the velocity leads; `w` here is that point, as it is in `SGD`.
    velocity = np.zeros_like(w)
    base = w
    for g in GRADIENTS:
        velocity, base = 0.9 * velocity - 0.1 * g, base + 0.9 * velocity - 0.1 * g
        w = base + 0.9 * velocity
    return w


def nesterov_with_decay(w):
    v = 0.0
    for g in GRADIENTS:
        v = 0.9 * v + g
        w = w - 0.1 * 0.2 * w - 0.1 * (g + 0.9 * v)
    return w


def adam_algorithm_1(w, beta1=0.9, beta2=0.999, decay=0.0):
    m, v = 0.0, 0.0
    for t, g in enumerate(GRADIENTS, start=1):
        w = w - 0.1 * decay * w
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        w = w - 0.1 * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
    return w


def rmsprop(w):
    v = 0.0
    for g in GRADIENTS:
        v = 0.8 * v + 0.2 * g * g
        w = w - 0.1 * g / (np.sqrt(v) + 1e-8)
    return w


def adagrad(w):
    total = 0.0
    for g in GRADIENTS:
        total = total + g * g
        w = w - 0.1 * g / (np.sqrt(total) + 1e-10)
    return w


def lion(w, decay=0.0):
    m = 0.0
    for g in GRADIENTS:
        w = w - 0.1 * decay * w - 0.1 * np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
    return w


def lookahead_with_momentum(w, k=2, alpha=0.5):
    slow, v = w, 0.0
    for t, g in enumerate(GRADIENTS, start=1):
        v = 0.9 * v + g
        w = w - 0.1 * v
        if t % k == 0:
            slow = w = slow + alpha * (w - slow)
    return w


@pytest.mark.parametrize(
    ("optimizer", "published"),
    [
        (SGD(0.1), sgd),
        (SGD(0.1, weight_decay=0.2), sgd_with_decay),
        (SGD(0.1, momentum=0.9), sgd_with_momentum),
        (SGD(0.1, momentum=0.9, nesterov=True), nesterov_in_sutskevers_form),
        (SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.2), nesterov_with_decay),
        (Adam(0.1), adam_algorithm_1),
        (Adam(0.1, 0.8, 0.9), lambda w: adam_algorithm_1(w, 0.8, 0.9)),
        (AdamW(0.1), lambda w: adam_algorithm_1(w, decay=0.01)),
        (AdamW(0.1, weight_decay=0.2), lambda w: adam_algorithm_1(w, decay=0.2)),
        (RMSprop(0.1, decay=0.8), rmsprop),
        (Adagrad(0.1), adagrad),
        (Lion(0.1), lion),
        (Lion(0.1, weight_decay=0.2), lambda w: lion(w, decay=0.2)),
        (Lookahead(SGD(0.1, momentum=0.9), every=2), lookahead_with_momentum),
        (Lookahead(SGD(0.1, 0.9), 4, 0.8), lambda w: lookahead_with_momentum(w, 4, 0.8)),
    ],
    ids=lambda part: repr(part) if isinstance(part, Optimizer) else "",
)
def test_steps_are_the_published_ones(optimizer, published):
    np.testing.assert_allclose(walked(copy.deepcopy(optimizer)), published(START), rtol=1e-12)


# The first row of the parameter that PyTorch 2 computes from START and GRADIENTS.
PYTORCH = [
    (SGD(0.1), [0.06021195075029241, 0.1463920846847465]),
    (SGD(0.1, momentum=0.9), [0.025645760091875944, -0.23141811404363505]),
    (SGD(0.1, momentum=0.9, nesterov=True), [0.08218599681124644, -0.33075520171214784]),
    (Adam(0.1, 0.8, 0.9), [-0.13321430964067774, 0.14149061418213643]),
    (AdamW(0.1, weight_decay=0.2), [-0.12597069076673512, 0.10992497787013038]),
    (RMSprop(0.1, decay=0.8), [-0.27368659837631304, 0.2034218569170133]),
    (Adagrad(0.1), [-0.12474099372434345, 0.2570554563491859]),
]


@pytest.mark.parametrize(("optimizer", "row"), PYTORCH, ids=repr)
def test_steps_are_those_of_pytorch(optimizer, row):
    np.testing.assert_allclose(walked(copy.deepcopy(optimizer))[0], row, rtol=1e-13)


# --- what holds for all ---------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_float32_stays_float32(optimizer, shape):
    w = Node(np.full(shape, 2.0, np.float32)[()])
    optimizer = copy.deepcopy(optimizer)
    for _ in range(3):
        (w * w).sum().backward()
        optimizer.step([w])
    assert w.dtype == np.float32
    for key, array in optimizer.state.get("0", {}).items():
        assert array.dtype == (np.int64 if key == "steps" else np.float32)
    assert np.all(w.value < 2)


def test_numpy_numbers_as_arguments_keep_float32():
    for optimizer in (SGD(np.float64(0.1), momentum=np.float64(0.9)), AdamW(np.float64(0.1))):
        assert type(optimizer.learning_rate) is float
        assert walked(optimizer, start=START.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_parameters_are_updated_in_place_and_gradients_left_alone(optimizer):
    w = Node(START)
    array, w.grad = w.value, GRADIENTS[0] / 100
    copy.deepcopy(optimizer).step([w])
    assert w.value is array
    np.testing.assert_array_equal(w.grad, GRADIENTS[0] / 100)
    assert (array != START).any()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("shape", [(300, 700), (200_000,), (2**16 + 1,)])
def test_large_parameters_are_updated_in_blocks_as_small_ones_are(optimizer, shape):
    start = np.random.default_rng(0).standard_normal(shape)
    gradients = np.random.default_rng(1).standard_normal((2, *shape)) / 1000
    found = walked(copy.deepcopy(optimizer), gradients, start)
    rows = walked(copy.deepcopy(optimizer), gradients[:, :2], start[:2])
    if optimizer.clip_norm is None:
        np.testing.assert_array_equal(found[:2], rows)
    assert (found != start).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_state_taken_over_continues_with_the_same_bits(optimizer):
    whole, first, second = (copy.deepcopy(optimizer) for _ in range(3))
    middle = walked(first, GRADIENTS[:3])
    second.load_state_dict(first.state_dict())
    assert second.learning_rate == first.learning_rate
    np.testing.assert_array_equal(walked(second, GRADIENTS[3:], middle), walked(whole))


def test_an_optimizer_with_the_past_of_another_network_is_refused_and_a_loaded_state_is_not():
    used, loaded = Adam(0.1), Adam(0.1)
    walked(used)
    loaded.load_state_dict(used.state_dict())
    assert loaded.updates == used.updates > 0
    assert (used.remembers_steps, loaded.remembers_steps) == (True, False)
    walked(loaded)
    assert loaded.remembers_steps


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_optimizer_survives_its_description_copies_and_pickle(optimizer):
    again = rebuild("optimizer", optimizer.configuration())
    assert (type(again), repr(again)) == (type(optimizer), repr(optimizer))
    pickled = pickle.loads(pickle.dumps(optimizer))  # noqa: S301
    np.testing.assert_array_equal(walked(again), walked(pickled))


@pytest.mark.parametrize(
    ("optimizer", "keys"),
    [
        (SGD(0.1), []),
        (SGD(0.1, momentum=0.9), ["w/velocity"]),
        (AdamW(0.1), ["w/mean", "w/square", "w/steps"]),
        (RMSprop(0.1), ["w/square"]),
        (Adagrad(0.1), ["w/square_sum"]),
        (Lion(0.1), ["w/mean"]),
        (Lookahead(Adam(0.1)), ["w/mean", "w/square", "w/steps", "w/slow"]),
    ],
    ids=repr,
)
def test_state_has_stable_names(optimizer, keys):
    walked(optimizer)
    state = optimizer.state_dict()
    assert state.keys() == {"updates", *keys}
    assert state["updates"] == len(GRADIENTS)


def test_state_is_a_copy():
    optimizer = SGD(0.1, momentum=0.9)
    walked(optimizer)
    state = optimizer.state_dict()
    before = state["w/velocity"].copy()
    walked(optimizer)
    np.testing.assert_array_equal(state["w/velocity"], before)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_parameters_without_a_gradient_stay(optimizer):
    w, v = Node(np.ones(2)), Node(np.ones(2))
    v.grad = np.ones(2)
    copy.deepcopy(optimizer).step({"w": w, "v": v})
    np.testing.assert_array_equal(w.value, [1.0, 1.0])
    assert (v.value != 1.0).all()


@pytest.mark.parametrize("way", [lambda w: {"w": w}, lambda w: [w], lambda w: iter([w])])
def test_parameters_come_as_a_mapping_a_list_or_once_only(way):
    (w,) = with_gradients(np.float64(3.0))
    SGD(0.1, clip_norm=1.0).step(way(w))
    assert float(w) == -0.1


# --- clipping -------------------------------------------------------------------------------------


def with_gradients(*gradients):
    nodes = [Node(np.zeros_like(gradient)[()]) for gradient in gradients]
    for node, gradient in zip(nodes, gradients, strict=True):
        node.grad = gradient
    return nodes


def test_clipping_scales_all_gradients_as_one_vector():
    nodes = with_gradients(np.array([3.0, 0.0]), np.array([[4.0]]), np.float64(12.0))
    assert clip_gradients(nodes, 6.5) == 13.0
    found = np.concatenate([np.ravel(node.grad) for node in nodes])
    np.testing.assert_allclose(found, [1.5, 0.0, 2.0, 6.0], rtol=1e-15)
    assert clip_gradients(nodes, 6.5) == pytest.approx(6.5)


def test_short_gradients_are_left_alone():
    (node,) = with_gradients(np.array([3.0, 4.0]))
    assert clip_gradients({"w": node}, 5.0) == 5.0
    np.testing.assert_array_equal(node.grad, [3.0, 4.0])
    assert clip_gradients([Node(1.0)], 1.0) == 0.0


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_norms_beyond_the_squares_of_float32(size):
    (node,) = with_gradients(np.array([3.0, 4.0], np.float32) * np.float32(size))
    assert clip_gradients([node], size) == pytest.approx(5 * size, rel=1e-6)
    assert node.grad.dtype == np.float32
    np.testing.assert_allclose(node.grad, [0.6 * size, 0.8 * size], rtol=1e-6)


@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_left_for_others_to_see(entry):
    (node,) = with_gradients(np.array([1.0, entry]))
    assert not np.isfinite(clip_gradients([node], 0.1))
    np.testing.assert_array_equal(node.grad, [1.0, entry])


def test_a_read_only_gradient_is_replaced():
    (node,) = with_gradients(np.broadcast_to(1.0, (4,)))
    assert clip_gradients([node], 1.0) == 2.0
    np.testing.assert_array_equal(node.grad, [0.5] * 4)


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW, RMSprop, Adagrad])
def test_every_optimizer_takes_a_clip_norm(kind):
    assert kind(0.1, clip_norm=0.5).clip_norm == 0.5
    assert kind(0.1).clip_norm is None


def test_clip_norm_bounds_the_step():
    found = walked(SGD(1.0, clip_norm=0.5), GRADIENTS[:1] * 100)
    assert np.linalg.norm(found - START) == pytest.approx(0.5)


# --- the learning rate ----------------------------------------------------------------------------


def test_the_rate_follows_the_schedule_update_by_update():
    schedule = WarmUp(2, StepDecay(1.0, every=2, factor=0.5))
    optimizer, w, rates = SGD(schedule), Node(0.0), []
    assert optimizer.learning_rate == 0.5
    for _ in range(6):
        w.grad, before = np.float64(1.0), float(w)
        optimizer.step([w])
        assert before - float(w) == pytest.approx(optimizer.learning_rate)
        rates.append(optimizer.learning_rate)
    assert rates == [0.5, 1.0, 1.0, 1.0, 0.5, 0.5]


def test_the_rate_can_be_set_by_hand_and_is_described():
    optimizer = SGD(0.1)
    optimizer.learning_rate = np.float64(0.01)
    assert repr(optimizer) == "SGD(learning_rate=0.01)"
    assert type(optimizer.learning_rate) is float
    scheduled = SGD(CosineDecay(0.1, 10))
    scheduled.schedule = None
    scheduled.learning_rate = 0.5
    assert repr(scheduled) == "SGD(learning_rate=0.5)"


# --- figures to reach -----------------------------------------------------------------------------


@pytest.mark.parametrize(("activation", "least"), [(Tanh, 20), (ReLU, 19)])
def test_adam_learns_xor_from_nearly_every_seed(activation, least):
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    right = 0
    for seed in range(20):
        network = NeuralNetwork(
            [FullyConnected(2, 8), activation(), FullyConnected(8, 2)],
            optimizer=Adam(0.02),
            seed=seed,
        )
        for _ in range(500):
            network.train_step(x, y)
        right += network.evaluate(x, y)["accuracy"] == 1.0
    assert right >= least


@pytest.mark.parametrize("kind", [SGD, AdamW, Lion])
def test_lookahead_treats_groups_as_its_optimizer_does(kind):
    def groups():
        return {"weight_decay": 0.3, "groups": [Group("b", rate_factor=0.1, weight_decay=0)]}

    def walk(optimizer):
        named = {"w": Node(START), "b": Node(START)}
        for gradient in GRADIENTS[:4]:
            for node in named.values():
                node.grad = gradient.copy()
            optimizer.step(named)
        return [node.value for node in named.values()]

    found = walk(Lookahead(kind(0.1, **groups()), every=4))
    fast = walk(kind(0.1, **groups()))
    for one, other in zip(found, fast, strict=True):
        np.testing.assert_allclose(one, START + 0.5 * (other - START), rtol=1e-12)


# --- wrong use ------------------------------------------------------------------------------------


def of_another_shape():
    optimizer = Adam()
    for shape in ((2,), (3,)):
        w = Node(np.ones(shape))
        w.grad = np.ones(shape)
        optimizer.step([w])


class ByHand(Optimizer):
    def update(self, value, gradient, name):
        value -= gradient


def set_beside_a_schedule():
    SGD(CosineDecay(0.1, 10)).learning_rate = 0.01


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(0.0), "above 0, got 0.0"),
        (lambda: SGD(float("nan")), "finite"),
        (lambda: SGD("fast"), "learning_rate.*got 'fast'"),
        (lambda: SGD(CosineDecay), r"Write learning_rate=CosineDecay\("),
        (lambda: SGD(0.1, momentum=1.0), "momentum.*from 0 below 1, got 1.0"),
        (lambda: SGD(0.1, nesterov=True), "momentum=0.9, nesterov=True"),
        (lambda: SGD(0.1, weight_decay=-1.0), "weight_decay.*from 0"),
        (lambda: SGD(0.1, clip_norm=0.0), "clip_norm.*above 0"),
        (lambda: Adam(beta1=1.0), "beta1.*below 1"),
        (lambda: AdamW(epsilon=0.0), r"AdamW\(epsilon\).*above 0"),
        (lambda: RMSprop(decay=-0.1), "decay.*from 0"),
        (lambda: Adagrad(None), "got None"),
        (lambda: SGD(0.1).step([np.ones(2)]), "leaf nodes, got ndarray"),
        (lambda: SGD(0.1).step([Node(1.0) * 2.0]), "leaf nodes"),
        (lambda: clip_gradients([], 0.0), "max_norm.*above 0"),
        (lambda: Adam().load_state_dict({"x": 1.0}), "found 'x'"),
        (lambda: Adam().load_state_dict({"w/velocity": 1.0}), "mean or square.*found 'w/vel"),
        (lambda: Lookahead("adam"), r"Write optimizer=Adam\(0.001\)"),
        (lambda: Lookahead(ByHand()), r"says in rule\(\)"),
        (lambda: Lookahead(Adam(), every=0), "every.*from 1"),
        (lambda: Lookahead(Adam(), step_size=1.5), "step_size.*to 1"),
        (lambda: Lion(beta2=1.0), "beta2.*below 1"),
        (of_another_shape, r"shape \(2,\), got one of shape \(3,\)"),
        (set_beside_a_schedule, "optimizer.schedule = None"),
        (lambda: Optimizer().step(with_gradients(np.ones(2))), "must define update"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=words):
        make()


def test_a_refused_step_changes_nothing():
    (w,) = with_gradients(np.ones(2))
    with pytest.raises(TypeError):
        SGD(0.1).step([w, np.ones(2)])
    np.testing.assert_array_equal(w.value, [0.0, 0.0])


def test_a_step_without_any_gradient_asks_for_backward():
    with pytest.raises(RuntimeError, match=r"Call loss\.backward\(\) first"):
        SGD(0.1).step([Node(1.0), Node([2.0])])


@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam(0.1)], ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("value", [1 + 1j, [1 + 1j, 2.0]], ids=["number", "array"])
def test_complex_parameters_are_refused(optimizer, value):
    z = Node(value)
    (abs(z) ** 2).sum().backward()
    with pytest.raises(TypeError, match=r"real parameters, got complex128 under '0'.*conj"):
        optimizer.step([z])
    np.testing.assert_array_equal(z.value, value)


def test_the_norm_of_complex_gradients():
    z = Node([3.0, 4.0j])
    (abs(z) ** 2).sum().backward()
    assert clip_gradients([z], 5.0) == 10.0
    np.testing.assert_allclose(z.grad, [3.0, -4.0j])
