"""Rules of optimizers: one expression, on arrays, in place and in a program, to the same bits."""

import copy
import math
import pickle

import numpy as np
import pytest

from autograd_core import Node, Operation, Program, RecordingError
from autograd_core.operation import REGISTRY
from nn import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    CosineDecay,
    FullyConnected,
    Lion,
    Lookahead,
    NeuralNetwork,
    Optimizer,
    RMSprop,
    Tanh,
)
from nn.optimizers.in_place import in_place, source_in_place
from nn.optimizers.rules import BLOCK, evaluate
from nn.registry import changes

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
    Lookahead(Adam(0.1), every=3, step_size=0.8),
]
EACH = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def gradients(shape, dtype, steps=4):
    """Gradients of many sizes."""
    random = np.random.default_rng(1)
    return [
        (random.standard_normal(shape) * 10.0 ** random.integers(-8, 4, shape)).astype(dtype)
        for _ in range(steps)
    ]


def stepped(optimizer, grads, start=None):
    """The parameter after the steps, and what is remembered of it."""
    w = Node(np.ones_like(grads[0]) if start is None else start)
    for gradient in grads:
        w.grad = gradient
        optimizer.step({"w": w})
    state = optimizer.state.get("w", {})
    return w.value, {key: array for key, array in state.items() if key != "steps"}


def example(optimizer, shape, dtype):
    """Arguments of a rule."""
    w = np.ones(shape, dtype)
    numbers = {name: w.dtype.type(number) for name, number in optimizer.numbers(1).items()}
    return w, w, dict.fromkeys(optimizer.state_keys(), w), numbers


def same_bits(x, y):
    assert (x.dtype, x.shape) == (y.dtype, y.shape)
    assert x.tobytes() == y.tobytes()


# --- three ways of running one rule ---------------------------------------------------------------


@EACH
@DTYPES
@pytest.mark.parametrize("shape", [(5,), (3, 4), (0, 2), (2 * BLOCK + 3,), (3, BLOCK)])
def test_in_place_has_the_bits_of_the_expression(optimizer, dtype, shape):
    optimizer, grads = copy.deepcopy(optimizer), gradients(shape, dtype)
    found, remembered = stepped(optimizer, grads)
    w = np.ones(shape, dtype)
    state = {key: optimizer.first_state(key, w) for key in optimizer.state_keys()}
    for step, gradient in enumerate(grads, start=1):
        numbers = {name: dtype(x) for name, x in optimizer.numbers(step).items()}
        evaluate(optimizer.rule, w, gradient, state, numbers)
    same_bits(found, w)
    assert remembered.keys() == state.keys()
    for key, array in state.items():
        same_bits(remembered[key], array)


@EACH
@DTYPES
def test_a_program_has_the_bits_of_the_step(optimizer, dtype):
    optimizer, grads = copy.deepcopy(optimizer), gradients((3, 4), dtype)
    program = Program.record(optimizer.recorded_rule, *example(optimizer, (3, 4), dtype))
    assert not program.sources
    w = np.ones((3, 4), dtype)
    state = {key: optimizer.first_state(key, w) for key in optimizer.state_keys()}
    for step, gradient in enumerate(grads, start=1):
        numbers = {name: dtype(x) for name, x in optimizer.numbers(step).items()}
        w, state = program(w, gradient, state, numbers)
    found, remembered = stepped(optimizer, grads)
    same_bits(found, w)
    for key, array in state.items():
        same_bits(remembered[key], array)


@pytest.mark.parametrize(
    ("optimizer", "lines"),
    [
        (SGD(0.1), ["n0, = n", "t0 = n0 * g", "w -= t0"]),
        (
            SGD(0.1, momentum=0.5, weight_decay=0.1),
            ["s0, = s", "n0, n1, = n", "s0 *= 0.5", "s0 += g", "w *= n1", "t0 = n0 * s0",
             "w -= t0"],
        ),
        (
            Adagrad(0.1, epsilon=0.5),
            ["s0, = s", "n0, = n", "t0 = n0 * g", "t1 = g * g", "s0 += t1", "t2 = c0(s0)",
             "t2 += 0.5", "t0 /= t2", "w -= t0"],
        ),
    ],
)  # fmt: skip
def test_the_code_is_what_one_would_write_by_hand(optimizer, lines):
    def rule(*arguments):
        new, state = optimizer.rule(*arguments)
        return new, list(state.values())

    program = Program.record(rule, *example(optimizer, (2,), np.float32))
    source, constants = source_in_place(program, len(optimizer.state_keys()))
    found = [line.strip() for line in source.splitlines()]
    assert found[0] == "def update(parameters, n):"
    found.remove("for w, g, s in parameters:")
    assert sorted(found[1:]) == sorted(lines)
    assert set(constants.values()) <= {np.sqrt}


# --- rules of users -------------------------------------------------------------------------------


class Own(Optimizer):
    """Remembers two arrays."""

    remembers = ("first", "second")
    elementwise = True


class Swaps(Own):
    """Each array goes where another was."""

    def rule(self, value, gradient, state, numbers):
        return state["first"], {"first": state["second"], "second": value}


class RemembersLast(Own):
    """What it returns is what it was given, or made of nothing."""

    def rule(self, value, gradient, state, numbers):
        new = value - numbers["rate"] * (gradient + state["first"])
        return new, {"first": gradient, "second": value}


class SameTwice(Own):
    """One array for both."""

    def rule(self, value, gradient, state, numbers):
        total = state["first"] + gradient
        return value - total, {"first": total, "second": total}


class Constants(Own):
    """Numbers that are none of the arrays."""

    def rule(self, value, gradient, state, numbers):
        return value * math.inf, {"first": 3.0, "second": np.float64(0.1) * value}


class Chooses(Own):
    """By np.where, and with options."""

    def rule(self, value, gradient, state, numbers):
        step = np.where(gradient > 0.0, numbers["rate"], -numbers["rate"] / 2.0)
        kept = np.maximum(state["first"], abs(gradient))
        return np.clip(value - step, -0.5, 2.0), {"first": kept, "second": state["second"] - 1.0}


class Masks(Own):
    """By factors of 0 and 1."""

    def rule(self, value, gradient, state, numbers):
        grows = gradient > state["first"]
        return value - grows * numbers["rate"], {"first": grows * gradient, "second": grows + value}


class Captures(Own):
    """An array of its own, which changes with every call."""

    def __init__(self, learning_rate=0.1):
        super().__init__(learning_rate)
        self.factor = np.array(2.0, np.float32)

    def rule(self, value, gradient, state, numbers):
        return value - self.factor * gradient, {"first": value, "second": self.factor * value}

    def numbers(self, steps):
        self.factor[...] = steps
        return super().numbers(steps)


class Decides(Own):
    """By what it finds: no program."""

    def rule(self, value, gradient, state, numbers):
        if np.asarray(gradient).sum() > 0:
            value = value - 1.0
        return value - numbers["rate"] * gradient, {"first": value, "second": value + 1.0}


@pytest.mark.parametrize(
    "kind", [Swaps, RemembersLast, SameTwice, Constants, Chooses, Masks, Captures, Decides]
)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (BLOCK + 7,)])
def test_rules_of_users_in_place_and_as_they_stand(kind, shape):
    compiled, plain = kind(0.1), type(kind.__name__, (kind,), {"elementwise": False})(0.1)
    grads = [g[()] for g in gradients(shape, np.float32)]
    assert all(plain._way(np.dtype(dtype))[0] is None for dtype in ("f4", "f8"))
    start = np.full(shape, 0.5, np.float32)[()]
    for found, expected in zip(
        stepped(compiled, copy.deepcopy(grads), start),
        stepped(plain, copy.deepcopy(grads), start),
        strict=True,
    ):
        if isinstance(found, dict):
            for key, array in expected.items():
                same_bits(found[key], array)
        else:
            same_bits(np.asarray(found), np.asarray(expected))


def test_what_is_written_does_not_depend_on_the_order():
    optimizer = Swaps()
    w = Node(np.array([1.0]))
    w.grad = np.array([0.0])
    optimizer.state["w"] = {"first": np.array([2.0]), "second": np.array([3.0])}
    optimizer.step({"w": w})
    held = (w.value, optimizer.state["w"]["first"], optimizer.state["w"]["second"])
    assert held == (2.0, 3.0, 1.0)


def test_a_gradient_that_an_operation_passes_on_as_it_is_is_left_alone():
    passed_on = Operation("passed_on", lambda x: x, rules=(lambda g, out, x: g,), elementwise=True)

    class Doubles(Optimizer):
        elementwise = True

        def rule(self, value, gradient, state, numbers):
            return value - 2.0 * passed_on(gradient), {}

    gradient = np.array([1.0, 2.0])
    found, _ = stepped(Doubles(0.1), [gradient])
    np.testing.assert_array_equal(gradient, [1.0, 2.0])
    np.testing.assert_array_equal(found, [-1.0, -3.0])


def test_an_operation_of_the_users_may_have_a_name_of_ours():
    ours = REGISTRY["multiply"]
    theirs = Operation("multiply", lambda x, y: x * y + 1.0, rules=(None, None), elementwise=True)

    class Scales(Optimizer):
        elementwise = True

        def rule(self, value, gradient, state, numbers):
            return value - theirs(gradient, 2.0), {}

    try:
        found, _ = stepped(Scales(0.1), [np.array([1.0, 2.0])])
    finally:
        REGISTRY["multiply"] = ours
    np.testing.assert_array_equal(found, [-2.0, -4.0])


def test_a_rule_that_is_not_elementwise_sees_the_whole_parameter():
    class Normalized(Optimizer):
        def rule(self, value, gradient, state, numbers):
            return value - numbers["rate"] * gradient / np.sqrt(np.sum(gradient * gradient)), {}

    grads = gradients((2, BLOCK), np.float64, steps=1)
    found, _ = stepped(Normalized(0.5), grads)
    assert np.linalg.norm(found - 1.0) == pytest.approx(0.5)
    Normalized.elementwise = True
    with pytest.raises(ValueError, match=r"got 'sum'\. Leave elementwise = True out"):
        stepped(Normalized(0.5), grads)


def test_a_rule_may_read_the_rate_but_no_program_can_keep_it():
    class Plain(Optimizer):
        elementwise = True

        def rule(self, value, gradient, state, numbers):
            return value - self.learning_rate * gradient, {}

    optimizer = Plain(CosineDecay(0.1, updates=4))
    found, _ = stepped(optimizer, [np.ones(1)] * 4)
    expected, _ = stepped(SGD(CosineDecay(0.1, updates=4)), [np.ones(1)] * 4)
    np.testing.assert_array_equal(found, expected)
    rate = optimizer.learning_rate
    with pytest.raises(RecordingError, match=r'Plain\.rule\(\) reads.*Write numbers\["rate"\]'):
        Program.record(optimizer.recorded_rule, *example(optimizer, (2,), np.float64))
    assert (optimizer.learning_rate, optimizer.updates) == (rate, 4)
    assert in_place(optimizer.recorded_rule, (), ["rate"], np.dtype("f8")) is None


def test_an_update_of_ones_own_may_call_that_of_the_rule():
    class ByUpdate(Adam):
        def update(self, value, gradient, name):
            super().update(value, gradient, name)

    grads = gradients((3,), np.float32)
    same_bits(stepped(ByUpdate(0.1), grads)[0], stepped(Adam(0.1), grads)[0])


# --- what changes between steps -------------------------------------------------------------------


def test_an_attribute_that_is_set_counts_from_the_next_step():
    changed, fresh = SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.5)
    grads = gradients((3,), np.float64, steps=2)
    stepped(changed, grads[:1])
    before = changes.count
    changed.learning_rate = 0.2
    stepped(changed, [np.zeros(3)], np.zeros(3))
    assert changes.count == before  # so that compiled steps go on
    changed.state["w"]["velocity"] /= 0.9
    changed.momentum = 0.5
    assert changes.count > before
    fresh.learning_rate = 0.2
    fresh.state["w"] = {"velocity": changed.state["w"]["velocity"].copy()}
    same_bits(stepped(changed, grads[1:])[0], stepped(fresh, grads[1:])[0])


@EACH
def test_copies_and_pickles_of_one_in_use_go_on(optimizer):
    used, grads = copy.deepcopy(optimizer), gradients((3,), np.float32)
    stepped(used, grads[:2])
    again = [copy.deepcopy(used), pickle.loads(pickle.dumps(used))]  # noqa: S301
    expected = stepped(used, grads[2:])[0]
    for each in again:
        same_bits(stepped(each, grads[2:])[0], expected)


def test_arrays_stay_the_same_and_loaded_ones_lie_in_c_order():
    optimizer = Adam(0.1)
    grads = gradients((3, 4), np.float32)
    stepped(optimizer, grads[:1])
    mean = optimizer.state["w"]["mean"]
    stepped(optimizer, grads[1:])
    assert optimizer.state["w"]["mean"] is mean
    loaded = Adam(0.1)
    loaded.load_state_dict(
        {name: np.array(array, order="F") for name, array in optimizer.state_dict().items()}
    )
    assert loaded.state["w"]["mean"].flags.c_contiguous


@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam(0.1), RMSprop(0.1)], ids=repr)
def test_gradients_of_other_dtypes_and_orders(optimizer):
    ours, plain = copy.deepcopy(optimizer), copy.deepcopy(optimizer)
    found, _ = stepped(ours, [np.array([[1, 2, 3]] * 2).T], np.ones((3, 2), np.float32))
    expected, _ = stepped(plain, [np.array([[1, 1], [2, 2], [3, 3]], np.float32)])
    same_bits(found, expected)


# --- in compiled steps ----------------------------------------------------------------------------


def trained(backend, optimizer, set_at_step_3=None, dtype=np.float32):
    """Parameters and state after six steps of a small network."""
    random = np.random.default_rng(3)
    network = NeuralNetwork(
        [FullyConnected(3, 4), Tanh(), FullyConnected(4, 2)],
        optimizer=copy.deepcopy(optimizer),
        dtype=dtype,
    ).compile(backend)
    for step in range(6):
        if step == 3 and set_at_step_3 is not None:
            set_at_step_3(network.optimizer)
        network.train_step(random.standard_normal((5, 3)).astype(dtype), np.arange(5) % 2)
    return {**network.state_dict(), **network.optimizer.state_dict()}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        same_bits(np.asarray(found[name]), np.asarray(array))


@pytest.mark.parametrize(
    "optimizer",
    [*OPTIMIZERS, SGD(CosineDecay(0.1, updates=8)), RemembersLast(0.1), Masks(0.1)],
    ids=repr,
)
@DTYPES
def test_compiled_steps_have_the_bits_of_eager_ones(optimizer, dtype):
    found = trained("numpy", optimizer, dtype=dtype)
    assert_same(found, trained("eager", optimizer, dtype=dtype))


def test_compiled_steps_take_what_is_set_in_between():
    def slower(optimizer):
        optimizer.momentum = 0.5

    def steadier(optimizer):
        optimizer.beta1 = 0.5

    for optimizer, change in ((SGD(0.1, momentum=0.9), slower), (Adam(0.1), steadier)):
        changed = trained("numpy", optimizer, change)
        assert_same(changed, trained("eager", optimizer, change))
        name = next(name for name in changed if name.endswith("0.weight"))
        assert (changed[name] != trained("eager", optimizer)[name]).any()


def test_a_compiled_step_cannot_keep_the_rate():
    class Fixed(Optimizer):
        def rule(self, value, gradient, state, numbers):
            return value - self.learning_rate * gradient, {}

    with pytest.raises(RecordingError, match=r'Write numbers\["rate"\]'):
        trained("numpy", Fixed(0.1))
    trained("eager", Fixed(0.1))


@pytest.mark.parametrize("returned", [None, "value", ("value",), ("value", {})])
@pytest.mark.parametrize("elementwise", [True, False])
def test_a_rule_that_returns_something_else_is_told_what_to_return(returned, elementwise):
    class Odd(Optimizer):
        remembers = ("mean",)

        def rule(self, value, gradient, state, numbers):
            return returned

    Odd.elementwise = elementwise
    w = Node(np.ones(2))
    w.grad = np.ones(2)
    with pytest.raises(TypeError, match=r"return value, \{'mean': \.\.\.\}"):
        Odd(0.1).step([w])
