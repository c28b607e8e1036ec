"""What a row of the table says beside its numbers: name, symbol, options; and what it refuses."""

from __future__ import annotations

import inspect
import itertools
import operator
import pickle
import warnings

import numpy as np
import pytest
from cases import find, real
from table import TABLE
from test_completeness import MODULES, ROWS

import autograd_core as ac
from autograd_core import EveryInput, Node, Operation, grad
from autograd_core.backpropagation import contribution, reaches_older
from autograd_core.operation import REGISTRY

OTHER_NAMES = {"_vector_norm_row": "norm"}
SYMBOLS = {
    "add": "+", "subtract": "−", "multiply": "*", "divide": "/", "negative": "*-1",
    "positive": "+x", "power": "**", "float_power": "**", "square": "²", "sqrt": "√", "cbrt": "∛",
    "reciprocal": "1/x", "absolute": "| |", "remainder": "%", "maximum": "max", "minimum": "min",
    "fmax": "max", "fmin": "min", "sigmoid": "σ", "sum": "Σ", "prod": "Π", "norm": "‖ ‖",
    "matmul": "@", "transpose": "T", "convolve": "∗", "getitem": "[ ]", "take_along_axis": "[ ]",
    "equal": "=", "not_equal": "≠", "less": "<", "less_equal": "≤", "greater": ">",
    "greater_equal": "≥", "logical_and": "∧", "logical_or": "∨", "logical_xor": "⊻",
    "logical_not": "¬", "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^", "invert": "~",
    "floor": "⌊ ⌋", "ceil": "⌈ ⌉", "floor_divide": "//", "sign_of_det": "sign det",
    "log_abs_det": "log |det|", "away_from_pole": "no 0/0", "inside_domain": "no 0/0",
    "base_inside_domain": "no 0/0", "real": "Re", "imag": "Im", "conjugate": "conj",
    "phase_of_det": "sign det", "left_shift": "<<", "right_shift": ">>", "i0": "I₀",
    "modified_bessel": "I", "add_reduceat": "Σ", "maximum_accumulate": "max",
    "minimum_accumulate": "min", "convolution": "conv", "convolution_input": "convᵀ",
    "convolution_kernel": "conv′", "extract_patches": "patches", "scatter_patches": "patchesᵀ",
    "max_pool": "max", "pool_spread": "maxᵀ", "pool_pick": "pick", "average_pool": "mean",
    "average_spread": "meanᵀ",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_is_called_what_it_is(name):
    row = ROWS[name]
    known_as = {n for module in MODULES for n, value in vars(module).items() if value is row}
    assert {OTHER_NAMES.get(n, n.strip("_").removesuffix("_row")) for n in known_as} == {name}
    assert row.symbol == SYMBOLS.get(name, name)
    assert row.__doc__.startswith(f"{name}(")


ELEMENTWISE = {case.name for case in TABLE if case.elementwise} | {
    *("astype", "round", "clip", "fraction", "mantissa", "exponent"),
    *(name for name, row in ROWS.items() if row.symbol == "no 0/0"),
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_an_operation_is_elementwise_where_its_cases_are(name):
    assert ROWS[name].elementwise is (name in ELEMENTWISE)


def defaults_of(function):
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some of NumPy's don't tell
        return {}
    simple = (int, float, str, tuple, type(None))
    return {
        name: parameter.default
        for name, parameter in parameters.items()
        if isinstance(parameter.default, simple)
    }


ON_PURPOSE = {("einsum", "optimize"), ("take", "mode"), ("select", "default")}


@pytest.mark.parametrize("name", sorted({case.name for case in TABLE if hasattr(ac, case.name)}))
def test_options_have_numpys_defaults(name):
    theirs = defaults_of(find(np, name) or find(np.linalg, name))
    for option, default in defaults_of(getattr(ac, name)).items():
        if option in theirs and (name, option) not in ON_PURPOSE:
            assert default == theirs[option], option
            assert type(default) is type(theirs[option]), option


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("exp", "(x, /)"), ("add", "(x, y, /)"), ("where", "(condition, x, y)"),
        ("prod", "(a, axis=None, *, dtype=None, keepdims=False, initial=None, where=True)"),
        ("softmax", "(x, axis=-1)"),
        ("sort", "(a, axis=-1, kind=None, *, stable=None)"), ("matmul", "(x, y, /)"),
        ("var", "(a, axis=None, *, dtype=None, ddof=0, keepdims=False, where=True, mean=None, "
         "correction=None)"),
        ("scatter_add", "(x, index=(), shape=())"), ("gelu", "(x, approximate=False)"),
        ("add_along_axis", "(x, indices, axis=-1, shape=())"), ("pinv",
         "(a, rcond=None, hermitian=False, *, rtol=None)"),
    ],
)  # fmt: skip
def test_help_shows_how_to_call_it(name, signature):
    assert str(inspect.signature(REGISTRY[name])) == signature
    assert REGISTRY[name].__doc__.startswith(name + signature + "\n\n")


# --- a user's own row -----------------------------------------------------------------------------


@pytest.fixture
def make():
    """`Operation`, forgotten again afterwards."""
    made = []

    def operation(name, *arguments, **options):
        made.append(name)
        return Operation(name, *arguments, **options)

    yield operation
    for name in made:
        REGISTRY.pop(name, None)


def passed(g, out, *inputs, **options):
    return g


def test_options_come_from_the_forward_function(make):
    def forward(x, y, power=2, *, scale=1.0):
        """Its docstring."""
        return scale * x**power + y

    row = make("mine", forward, (passed, None))
    assert row.defaults == {"power": 2, "scale": 1.0}
    assert str(row.__signature__) == "(x, y, power=2, *, scale=1.0)"
    assert row.__doc__.startswith("mine(x, y, power=2, *, scale=1.0)\n\nIts docstring.\n\nRaises\n")
    assert row(2.0, 1.0, 3, scale=2.0) == 17.0
    assert repr(row) == "Operation('mine')"
    assert (row.symbol, row.elementwise, row.arity, row.differentiable) == ("mine", False, 2, False)


@pytest.mark.parametrize(
    ("forward", "rules", "defaults", "signature"),
    [
        (lambda *numbers: sum(numbers), (passed, passed), {}, "(*numbers)"),
        (lambda *numbers, w=1.0: w, EveryInput(passed), {"w": 1.0}, "(*numbers, w=1.0)"),
        (np.hypot, (passed, passed), {}, "(x, y, /)"),
        (max, (passed, passed), {}, "(x, y, /)"),
        (operator.mul, (passed, passed), {}, "(x, y, /)"),
    ],
)
def test_what_forward_functions_tell(make, forward, rules, defaults, signature):
    row = make("mine", forward, rules)
    assert row.defaults == defaults
    assert str(row.__signature__) == signature


def test_options_said_in_the_row_go_before_those_of_the_forward_function(make):
    row = make("mine", lambda x, a, b=3: x * a + b, (passed,), options={"a": 2.0})
    assert row.defaults == {"a": 2.0}
    assert str(row.__signature__) == "(x, a=2.0)"
    assert row(3.0, 4.0) == 15.0
    row = make("mine", lambda x, *, c=1.0, d=5: x * c, (passed,), keyword_options={"c": 4.0})
    assert row.defaults == {"c": 4.0}
    assert str(row.__signature__) == "(x, *, c=4.0)"
    assert row(2.0) == 8.0
    with pytest.raises(TypeError, match="mine takes 1 input and the options c, got 2 positional"):
        row(2.0, 3.0)


@pytest.mark.parametrize(("given", "kept"), [(None, False), (True, True), (False, False)])
def test_elementwise_as_said(make, given, kept):
    assert make("mine", lambda x: x * 1.0, (passed,), elementwise=given).elementwise is kept


def test_ufuncs_are_elementwise_but_those_of_whole_vectors(make):
    assert make("mine", np.exp, (passed,)).elementwise
    assert not make("mine", np.matmul, (passed, passed)).elementwise
    assert not make("mine", np.exp, (passed,), elementwise=False).elementwise


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: ac.softmax(Node([1.0]), 0, 1),
            r"softmax takes 1 input and the options axis, got 3",
        ),
        (lambda: ac.softmax(Node([1.0]), 0, axis=0), r"got 2 positional arguments and axis="),
        (lambda: ac.softmax(axis=0), r"got 0 positional arguments and axis="),
        (lambda: ac.softmax(Node([1.0]), a=1, b=2), r"got 1 positional argument and a=, b="),
        (lambda: ac.add(Node(1.0)), r"add takes 2 inputs, got 1 positional argument$"),
        (lambda: REGISTRY["stack"](Node(1.0), at=2), "stack takes any number of inputs and the op"),
        (lambda: ac.sum(Node([1.0]), of=1), r"sum\(\) expects sum\(a, axis=None.* argument 'of'"),
    ],
)
def test_a_call_that_does_not_fit_says_what_is_taken(call, says):
    with pytest.raises(TypeError, match=says):
        call()


def test_an_option_may_be_a_node_that_wants_no_gradient():
    half = Node(0.5, requires_grad=False)
    out = ac.leaky_relu(Node(-1.0), half)
    assert out.value == -0.5
    assert out.options == {"negative_slope": 0.5}
    assert type(out.options["negative_slope"]) is np.float64
    with pytest.raises(TypeError, match=r"leaky_relu\(negative_slope=...\) .* negative_slope=node"):
        ac.leaky_relu(Node(-1.0), negative_slope=Node(0.5))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ac.exp({"a": 1.0}), r"exp expects nodes, .* got dict: \"\{'a': 1.0\}\"$"),
        (lambda: ac.exp([[1.0], [1.0, 2.0]]), "got list: "),
        (lambda: ac.exp(np.array([None])), r"got ndarray of dtype object: '\[None\]'"),
        (lambda: ac.exp(b"x" * 99), "got bytes: .{62,64}$"),
        (lambda: ac.add(Node(1.0), {1.0}), "add expects nodes, .* got set"),
        (lambda: ac.exp(np.ma.ones(2)), "exp expects .* got a masked array"),
        (lambda: ac.matmul(Node(np.ones((2, 3)), name="w"), np.ones((2, 3))),
         r"matmul can't work on Node 'w' of shape \(2, 3\) and dtype float64, array of shape "
         r"\(2, 3\) and dtype float64: .*transposes.$"),
        (lambda: ac.reshape(Node(np.ones(3)), (2,)),
         r"reshape can't work on Node of shape \(3,\) and dtype float64, shape=\(2,\), order=C: "
         r"cannot reshape array of size 3 into shape \(2,\)\.$"),
        (lambda: ac.stack([Node(np.ones(2)), 3.0]), r"float 3.0, axis=0: all input arrays must ha"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_described(call, says):
    with pytest.raises((TypeError, ValueError), match=says):
        call()


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (ValueError, ValueError), (TypeError, TypeError), (IndexError, IndexError),
        (np.linalg.LinAlgError, np.linalg.LinAlgError), (np.exceptions.AxisError, "AxisError"),
        (UnicodeError, ValueError),
        (lambda text: UnicodeDecodeError("utf-8", b"", 0, 1, text), ValueError),
    ],
)  # fmt: skip
def test_the_kind_of_an_error_is_kept(make, raised, caught):
    def forward(x):
        raise raised("a reason. \nand more")

    caught = np.exceptions.AxisError if caught == "AxisError" else caught
    row = make("mine", forward, (passed,))
    with pytest.raises(caught, match=r"^mine can't work on Node of shape \(\) .*a reason\.$") as e:
        row(Node(1.0))
    assert type(e.value) is caught


def test_an_error_of_another_kind_is_left_alone(make):
    def forward(x):
        raise KeyError("x")

    with pytest.raises(KeyError, match=r"^'x'$"):
        make("mine", forward, (passed,))(Node(1.0))


def test_a_pickled_row_that_is_not_there_says_how_to_make_it(make):
    text = pickle.dumps(make("mine", np.exp, (passed,)))
    assert pickle.loads(text) is REGISTRY["mine"]  # noqa: S301
    del REGISTRY["mine"]
    with pytest.raises(LookupError, match=r"no operation is named 'mine' here. Make it with Oper"):
        pickle.loads(text)  # noqa: S301


# --- which results want a gradient ----------------------------------------------------------------

CONSTANT, LEAF = Node(2.0, requires_grad=False), Node(3.0)


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        (lambda: LEAF + CONSTANT, True), (lambda: CONSTANT + LEAF, True),
        (lambda: CONSTANT + CONSTANT, False), (lambda: 2.0 + CONSTANT, False),
        (lambda: 2.0 * LEAF, True), (lambda: np.multiply(CONSTANT, LEAF), True),
        (lambda: np.multiply(LEAF, CONSTANT), True), (lambda: np.sign(LEAF), False),
        (lambda: np.copysign(LEAF, CONSTANT), True), (lambda: np.copysign(CONSTANT, LEAF), False),
        (lambda: np.heaviside(LEAF, CONSTANT), False), (lambda: np.heaviside(1.0, LEAF), True),
        (lambda: np.where(CONSTANT > 0, CONSTANT, LEAF), True),
        (lambda: np.where(LEAF > 0, CONSTANT, CONSTANT), False),
        (lambda: np.floor(LEAF) + CONSTANT, False), (lambda: LEAF > CONSTANT, False),
        (lambda: ac.astype(LEAF, np.int64), False), (lambda: ac.astype(LEAF, np.float32), True),
        (lambda: np.stack([CONSTANT, LEAF]), True), (lambda: np.stack([CONSTANT, 1.0]), False),
    ],
)  # fmt: skip
def test_a_result_wants_a_gradient_where_an_input_with_a_rule_does(result, wanted):
    assert result().requires_grad is wanted


# --- the edge: shape and dtype of what a rule returns --------------------------------------------


@pytest.mark.parametrize(
    ("value", "returned", "expected"),
    [
        (np.ones(3), np.array([True, False, True]), [1.0, 0.0, 1.0]),
        (np.ones(3), np.arange(3), [0.0, 1.0, 2.0]),
        (np.ones(3), 2.0, [2.0, 2.0, 2.0]), (np.ones(3), 2, [2.0, 2.0, 2.0]),
        (np.ones(3), np.ones((4, 3)), [4.0, 4.0, 4.0]),
        (np.ones(3), np.ones((5, 4, 3)), [20.0, 20.0, 20.0]),
        (np.ones((1, 3)), np.ones((4, 3)), [[4.0, 4.0, 4.0]]),
        (np.ones((2, 1, 3)), np.ones((5, 2, 4, 3)), np.full((2, 1, 3), 20.0)),
        (np.ones((3, 2)), np.ones((3, 1)), np.ones((3, 2))),
        (np.ones((3, 2)), np.arange(2.0), [[0.0, 1.0]] * 3),
        (np.ones((1, 1)), np.ones((2, 3)), [[6.0]]),
        (np.float64(1.0), np.ones((2, 3)), 6.0), (np.float64(1.0), np.ones(1), 1.0),
        (np.float32(1.0), np.float64(0.1), np.float32(0.1)),
        (np.ones(2, np.float32), np.full(2, 0.1), np.full(2, np.float32(0.1))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("recorded", [False, True])
def test_what_a_rule_returns_is_brought_into_the_shape_of_the_input(
    make, value, returned, expected, recorded
):
    x = Node(value)
    row = make("mine", lambda x: np.sum(x), (lambda g, out, x: returned,))
    row(x).backward(create_graph=recorded)
    found = x.grad.value if recorded else x.grad
    np.testing.assert_array_equal(found, expected)
    assert (np.shape(found), found.dtype) == (x.shape, x.dtype)
    assert isinstance(found, np.ndarray if x.ndim else np.generic)


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("shape", [(2,), (4, 2), (3, 3), (2, 3, 2), (5, 2, 3)])
def test_what_does_not_fit_the_input_is_refused(make, shape, recorded):
    x = Node(np.ones((4, 3)))
    row = make("mine", lambda x: np.sum(x), (lambda g, out, x: np.ones(shape),))
    with pytest.raises(
        ValueError, match=r"'mine' returned shape .* for an input of shape \(4, 3\)"
    ):
        row(x).backward(create_graph=recorded)


@pytest.mark.parametrize("returned", ["text", None, np.array(["a"])])
def test_only_numbers_are_gradients(make, returned):
    row = make("mine", lambda x: x * 1.0, (lambda g, out, x: returned,))
    kind = type(returned).__name__
    with pytest.raises(TypeError, match=rf"'mine' returned {kind} \(dtype .*must return numbers"):
        row(Node(1.0)).backward()


def test_the_rule_that_fails_is_named_with_its_node(make):
    def bad(g, out, x):
        raise ZeroDivisionError("here")

    row = make("mine", lambda x: x * 1.0, (bad,))
    out = row(Node(1.0))
    out.name = "loss"
    with pytest.raises(ZeroDivisionError) as caught:
        (out * 2.0).backward()
    assert caught.value.__notes__ == [
        "while backpropagating through operation 'mine' (node 'loss')"
    ]


# --- what functions refuse ------------------------------------------------------------------------

MATRIX = Node(real(np.random.default_rng(1), (2, 3)))
VECTOR = Node(real(np.random.default_rng(2), (3,)))
STACK = Node(np.ones((2, 3, 4)))
LINALG_ERROR = np.linalg.LinAlgError

REFUSED = [
    (
        lambda: np.linalg.qr(Node(np.ones((3, 2))), "complete"),
        ValueError,
        r"mode='complete'\) of sh",
    ),
    (lambda: np.linalg.qr(MATRIX, "raw"), ValueError, r"qr\(mode='raw'\) of shape \(2, 3\)"),
    (
        lambda: np.average(MATRIX, weights=np.ones(3)),
        ValueError,
        r"shape \(2, 3\), or in that of the",
    ),
    (lambda: np.average(MATRIX, axis=(0, 1), weights=np.ones(3)), ValueError, r"got \(3,\)"),
    (lambda: np.average(MATRIX, axis=1, weights=np.ones((1, 3))), ValueError, r"got \(1, 3\)"),
    (lambda: np.quantile(VECTOR, -0.1), ValueError, "numbers from 0 to 1, got -0.1"),
    (lambda: np.quantile(VECTOR, [0.5, -0.1]), ValueError, r"0 to 1, got \[ 0.5 -0.1\]"),
    (lambda: np.quantile(VECTOR, [0.5, 1.1]), ValueError, r"0 to 1, got \[0.5 1.1\]"),
    (lambda: np.quantile(VECTOR, 0.5, method="mean"), ValueError, "one of .*weibull, got 'mean'"),
    (lambda: np.linalg.matrix_power(Node(np.eye(2)), 2.0), TypeError, "interpreted as an integer"),
    (
        lambda: np.linalg.matrix_power(Node(1.0), 2),
        LINALG_ERROR,
        r"square matrices, got shape \(\)",
    ),
    (lambda: ac.cumulative_sum(MATRIX), ValueError, r"cumulative_sum expects axis= .*\(2, 3\)"),
    (lambda: ac.cumulative_prod(MATRIX), ValueError, r"cumulative_prod expects axis= .*\(2, 3\)"),
    (lambda: np.diff(VECTOR, -1), ValueError, r"diff\(n=...\) expects 0 or more, got -1"),
    (lambda: np.interp(VECTOR, [0.0, 1.0], [1.0]), ValueError, r"one length, .* \(2,\) and \(1,\)"),
    (
        lambda: np.interp(0.5, Node([0.0, 1.0]), [1.0, 2.0]),
        TypeError,
        r"interp\(xp=...\) .* Pass xp=node.value",
    ),
    (lambda: np.diag(STACK), ValueError, r"a vector or a matrix, got shape \(2, 3, 4\)"),
    (lambda: ac.diag(Node(1.0)), ValueError, r"a vector or a matrix, got shape \(\)"),
    (lambda: np.matrix_transpose(VECTOR), ValueError, r"at least 2 axes, got shape \(3,\)"),
    (lambda: np.linalg.multi_dot([VECTOR]), ValueError, "at least two arrays, got 1"),
    (lambda: ac.hstack([]), ValueError, "need at least one array"),
    (lambda: np.tensordot(MATRIX, STACK, 1), ValueError, r"lengths \[3\] and \[2\] differ"),
    (lambda: np.cross(MATRIX, np.ones((2, 2))), ValueError, r"length 3, got shapes \(2, 3\) and"),
    (lambda: ac.cross(np.ones((2, 2)), MATRIX), ValueError, r"length 3, got shapes \(2, 2\) and"),
    (lambda: ac.vecdot(VECTOR, np.ones(1)), ValueError, r"vectors of one length, got \(3,\) and"),
    (lambda: np.convolve(MATRIX, VECTOR), ValueError, r"expects vectors, got shapes \(2, 3\) and"),
    (lambda: np.convolve(VECTOR, MATRIX), ValueError, r"expects vectors, got shapes \(3,\) and"),
    (
        lambda: np.convolve(VECTOR, VECTOR, "some"),
        ValueError,
        "'full', 'same' or 'valid', got 'som",
    ),
    (lambda: np.linalg.norm(STACK, 2), ValueError, r"norm\(ord=2\) expects axis= .*\(2, 3, 4\)"),
    (
        lambda: np.linalg.norm(STACK, axis=(0, 1, 2)),
        ValueError,
        r"one axis or two, got \(0, 1, 2\)",
    ),
    (lambda: np.linalg.norm(VECTOR, "fro"), ValueError, "'fro'.* is a norm of matrices"),
    (lambda: np.linalg.norm(MATRIX, 3), ValueError, r"norm\(ord=3\) is not a norm of matrices"),
    (lambda: np.einsum("ij,jk", MATRIX), ValueError, "got 1 arrays for the 2 terms of 'ij,jk'"),
    (lambda: np.split(VECTOR, 2), ValueError, "split can't take 3 entries apart into 2 equal"),
    (lambda: np.pad(VECTOR, 1, "reflect", stat_length=1), ValueError, "takes reflect_type=, got"),
    (lambda: np.var(VECTOR, ddof=1, correction=1), ValueError, "ddof= or correction=, not both"),
    (lambda: np.std(VECTOR, ddof=1, correction=0), ValueError, "ddof= or correction=, not both"),
    (lambda: ac.negative_log_likelihood(MATRIX, np.ones((3, 2))), ValueError, "shapes differ"),
    (lambda: ac.softmax_cross_entropy(MATRIX, np.array([-1, 0])), ValueError, "2, got -1 to 0"),
    (lambda: ac.softmax_cross_entropy(MATRIX, np.array([True, False])), TypeError, "not bool"),
    (lambda: np.linalg.lstsq(STACK, VECTOR), LINALG_ERROR, r"got \(2, 3, 4\) and \(3,\)"),
    (lambda: np.linalg.lstsq(MATRIX, STACK), LINALG_ERROR, r"got \(2, 3\) and \(2, 3, 4\)"),
    (lambda: np.linalg.lstsq(MATRIX, VECTOR), LINALG_ERROR, r"got \(2, 3\) and \(3,\)"),
    (lambda: np.linalg.lstsq(MATRIX, 1.0), LINALG_ERROR, r"got \(2, 3\) and \(\)"),
    (lambda: np.cov(STACK), ValueError, r"a vector or a matrix, got shape \(2, 3, 4\)"),
    (lambda: np.take(VECTOR, [3]), IndexError, "out of bounds"),
    (lambda: Node(1.0) + "text", TypeError, "'Node' and 'str'"),
    (lambda: "text" + Node(1.0), TypeError, "can only concatenate str|'str' and 'Node'"),
    (lambda: ac.concatenate([]), ValueError, "concatenate can't work on .* need at least one arr"),
    (lambda: ac.unstack(MATRIX, axis=5), np.exceptions.AxisError, "axis 5 is out of bounds"),
    (lambda: ac.reshape(MATRIX, (3, 2), "K"), ValueError, r"expected 'C' .* got 'K'"),
]


@pytest.mark.parametrize(("call", "error", "says"), REFUSED)
def test_arguments_that_make_no_sense_are_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()


# --- what takes NumPy's arguments -----------------------------------------------------------------

CUBE = real(np.random.default_rng(3), (2, 3, 4))


@pytest.mark.parametrize(
    "call",
    [
        *(
            lambda x, m=m: getattr(x, m)(axis=1, keepdims=True)
            for m in ("sum", "mean", "prod", "max", "min", "var", "std", "all", "any", "argmax",
                      "argmin")
        ),
        *(lambda x, m=m: getattr(x, m)(axis=1, ddof=1, keepdims=True) for m in ("var", "std")),
        *(lambda x, m=m: getattr(x, m)() for m in ("argsort", "cumsum", "cumprod", "round")),
        lambda x: x.ravel(),
        *(
            lambda x, m=m: getattr(x, m)()
            for m in ("sum", "mean", "prod", "max", "min", "var", "std", "all", "any", "argmax",
                      "argmin")
        ),
        lambda x: x[0, 0].transpose(0), lambda x: np.size(x, 1), lambda x: np.size(x),
        lambda x: x.argsort(axis=None), lambda x: x.argsort(1),
        lambda x: x.reshape((4, 6), order="F"), lambda x: x.reshape(4, 6), lambda x: x.ravel("F"),
        lambda x: x.flatten("F"), lambda x: x.transpose(), lambda x: x.transpose(2, 0, 1),
        lambda x: x.transpose((1, 0, 2)), lambda x: x.diagonal(1, 2, 1), lambda x: x.diagonal(-1),
        lambda x: x.trace(1, 1, 2), lambda x: x.trace(-1), lambda x: x.take([0, 5]),
        lambda x: x.take([2, 0], axis=1), lambda x: x.repeat(2), lambda x: x.repeat(2, axis=1),
        lambda x: x.squeeze(), lambda x: x[:1].squeeze(0), lambda x: x.swapaxes(0, 2),
        lambda x: x.clip(min=-0.5), lambda x: x.clip(max=0.5), lambda x: x.T, lambda x: x.mT,
        lambda x: x.round(1), lambda x: x.cumsum(1), lambda x: x.cumprod(-1),
        lambda x: (x > 0).all(axis=1), lambda x: (x > 0).any(axis=1), lambda x: (x > 0).all(),
        lambda x: divmod(x, 0.7)[0], lambda x: divmod(x, 0.7)[1], lambda x: x.dot(np.ones((4, 2))),
    ],
)  # fmt: skip
def test_methods_take_the_arguments_of_arrays(call):
    found, expected = call(Node(CUBE)), call(CUBE)
    if type(found) is int:
        assert found == expected
        return
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    assert found.shape == np.shape(expected)
    assert found.dtype == expected.dtype


def test_a_stable_sort_keeps_the_order_of_equal_entries():
    ties = np.tile([1.0, 0.0], 500)
    expected = np.argsort(ties, stable=True)
    assert (np.argsort(ties) != expected).any()  # or this test could not fail
    for found in (np.argsort(Node(ties), stable=True), Node(ties).argsort(stable=True)):
        np.testing.assert_array_equal(found.value, expected)
    np.testing.assert_array_equal(np.argsort(Node(ties), kind="stable").value, expected)


def test_ties_in_a_sort_get_the_gradients_in_their_order():
    x = np.tile([1.0, 0.0], 50)
    weights = np.arange(100.0)
    expected = np.empty(100)
    expected[np.argsort(x, stable=True)] = weights
    for axis in (None, -1):
        found = grad(lambda x, axis=axis: np.sum(np.sort(x, axis=axis, stable=True) * weights))(x)
        np.testing.assert_array_equal(found, expected)


def test_clip_of_whole_numbers_stays_whole():
    for x, low, high in ((np.arange(5), 1, None), (np.arange(5, dtype=np.uint8), None, 3)):
        found = np.clip(Node(x, requires_grad=False), low, high)
        np.testing.assert_array_equal(found.value, np.clip(x, low, high))
        assert found.dtype == x.dtype


def test_float32_infinities_become_the_ends_of_float32():
    x = np.array([np.inf, -np.inf, np.nan], np.float32)
    found = np.nan_to_num(Node(x))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.value, np.nan_to_num(x))


@pytest.mark.parametrize("x", [-1.0, 0.5, 1.5], ids="at the knot {}".format)
def test_interp_takes_the_slope_on_the_right_of_a_knot(x):
    heights, knots = np.array([0.0, 3.0, 4.0]), [-1.0, 0.5, 1.5]
    slope = {-1.0: 2.0, 0.5: 1.0, 1.5: 1.0}[x]  # at the last there is none: that on the left
    assert grad(lambda x: np.interp(x, knots, heights))(x) == slope
    assert np.interp(Node(x), knots, heights).value == heights[knots.index(x)]


@pytest.mark.parametrize("name", ["add", "maximum", "minimum", "multiply"])
def test_a_reduction_of_a_ufunc_goes_along_the_first_axis(name):
    reduce = getattr(np, name).reduce
    for options in ({}, {"axis": None}, {"axis": (0, 2), "keepdims": True}, {"axis": -1}):
        found, expected = reduce(Node(CUBE), **options), reduce(CUBE, **options)
        np.testing.assert_allclose(found.value, expected, rtol=1e-12)
        assert found.shape == np.shape(expected)


def test_no_spread_is_no_number_but_one_entry_too_few():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for f in (np.var, np.std):
            assert np.isnan(grad(lambda x, f=f: f(x, ddof=1))(np.array([1.0]))).all()
    np.testing.assert_array_equal(grad(np.var)(np.array([1.0])), [0.0])


def test_rank_and_residuals_of_least_squares():
    random = np.random.default_rng(4)
    for a, b in (
        (random.normal(size=(4, 2)), random.normal(size=4)),
        (random.normal(size=(4, 2)), random.normal(size=(4, 3))),
        (random.normal(size=(2, 4)), random.normal(size=2)),
        (random.normal(size=(3, 3)), random.normal(size=3)),
        (np.ones((4, 2)), random.normal(size=4)),
        (np.diag([1.0, 1e-4, 0.0])[:, :2], random.normal(size=3)),
        (np.zeros((4, 2)), random.normal(size=4)),
        (random.normal(size=(4, 2)) * 1e-20, random.normal(size=4) * 1e-20),
        (np.zeros((4, 0)), random.normal(size=4)),
    ):
        for rcond in (None, 1e-3):
            for found, expected in zip(
                np.linalg.lstsq(Node(a), b, rcond), np.linalg.lstsq(a, b, rcond), strict=True
            ):
                found = found.value if type(found) is Node else found
                assert np.shape(found) == np.shape(expected)
                np.testing.assert_allclose(found, expected, atol=1e-12)


def test_matrices_are_multiplied_in_the_order_that_costs_least():
    """The example of T. Cormen et al., "Introduction to Algorithms", on matrix chains."""

    def nested(node):
        return node.name or f"({nested(node.inputs[0])}{nested(node.inputs[1])})"

    def brackets(*lengths):
        shapes = itertools.pairwise(lengths)
        return nested(
            np.linalg.multi_dot([Node(np.ones(s), name="ABCDEF"[i]) for i, s in enumerate(shapes)])
        )

    assert brackets(30, 35, 15, 5, 10, 20, 25) == "((A(BC))((DE)F))"
    assert brackets(10, 2, 10, 1) == brackets(2, 10, 3, 1) == "(A(BC))"
    assert brackets(1, 10, 2, 10) == "((AB)C)"
    row, column = Node(np.ones(9), name="a"), Node(np.ones(9), name="z")
    matrix = Node(np.ones((9, 9)), name="M")
    assert nested(np.linalg.multi_dot([matrix, matrix, column])) == "(M(Mz))"
    assert nested(np.linalg.multi_dot([row, matrix, matrix])) == "((aM)M)"


def test_what_has_enough_axes_is_left_alone():
    for x in (VECTOR, MATRIX, STACK):
        assert np.atleast_1d(x) is x
    for x in (MATRIX, STACK):
        assert np.atleast_2d(x) is x
    assert np.atleast_3d(STACK) is STACK


def test_nan_in_a_maximum_warns_of_nothing():
    np.testing.assert_array_equal(grad(np.max)(np.array([1.0, np.nan])), [0.0, np.nan])


@pytest.mark.parametrize("f", [np.remainder, np.fmod])
def test_the_gradient_of_a_remainder_is_whole(f):
    random = np.random.default_rng(6)
    x, y = random.uniform(-99, 99, 500), random.uniform(0.1, 3.0, 500)
    for divisor in (y, -y):
        found = grad(lambda x, y: np.sum(f(x, y)), 1)(x, divisor)
        whole = np.floor if f is np.remainder else np.trunc
        np.testing.assert_array_equal(found, -whole(x / divisor))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: ac.logsumexp(np.array([-np.inf, -np.inf])), -np.inf),
        (lambda: ac.selu(1000.0), 1050.7009873554805),
        (lambda: ac.elu(1000.0), 1000.0),
        (lambda: np.round(ac.norm(np.ones((2, 3)), "nuc"), 12), np.round(6**0.5, 12)),
        (lambda: ac.quantile(Node([1.0, np.nan, 2.0]), 0.25).value, np.nan),
        (lambda: ac.nanstd(Node([3.0, np.nan, 3.0])).value, 0.0),
        (lambda: ac.matrix_power(np.zeros((2, 2)), 0), np.eye(2)),
        (lambda: MATRIX[[np.argmax(Node([0.0, 1.0])), 0]].value, MATRIX.value[[1, 0]]),
        (lambda: np.delete(VECTOR, np.argmax(Node([0.0, 1.0]))).value, VECTOR.value[[0, 2]]),
        (lambda: np.linalg.cross(Node(np.eye(3)[:, :2]), np.eye(3)[:, 1:], axis=0).value,
         np.linalg.cross(np.eye(3)[:, :2], np.eye(3)[:, 1:], axis=0)),
        (lambda: ac.average(np.zeros((2, 0)), axis=0, returned=True)[1], np.zeros(0)),
        (lambda: grad(np.linalg.det)(np.ones((0, 0))), np.ones((0, 0))),
        (lambda: np.quantile(VECTOR, []).value, np.zeros(0)),
        (lambda: grad(ac.logsumexp)(np.full(2, -np.inf)), np.zeros(2)),
        (lambda: ac.logsumexp(np.zeros(0)), -np.inf),
        (lambda: ac.logsumexp(np.array([1, 2])), ac.logsumexp(np.array([1.0, 2.0]))),
        (lambda: ac.logsumexp(np.array([[2e3, -np.inf], [-2e3, -np.inf]]), axis=1), [2e3, -2e3]),
        (lambda: ac.norm(np.array([0.0, 1.0, 2.0]), 0), 2.0),
        (lambda: np.take(VECTOR, np.argsort(VECTOR)).value, np.sort(VECTOR.value)),
        (lambda: ac.softmax_cross_entropy(np.ones((0, 3)), np.zeros(0, int)), np.zeros(0)),
        (lambda: np.linalg.pinv(Node(np.diag([1.0, 1e-3])), rtol=0.1).value, np.diag([1.0, 0.0])),
        (lambda: ac.nanmax(Node([[np.nan, np.nan], [1.0, 2.0]]), axis=1).value, [np.nan, 2.0]),
        (lambda: np.repeat(VECTOR, np.argmax(Node([0.0, 0.0, 1.0]))).value,
         np.repeat(VECTOR.value, 2)),
        (lambda: ac.softmax_cross_entropy(np.zeros((1, 4)), np.zeros(1, np.uint8)),
         [1.3862943611198906]),
        (lambda: np.block([VECTOR, 2.0]).value, np.append(VECTOR.value, 2.0)),
    ],
)  # fmt: skip
def test_values_at_the_ends_without_a_warning(call, expected):
    found = call()
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize(
    ("x", "low", "high", "gradients"),
    [
        (0.0, 0.0, 1.0, (1.0, 0.0, 0.0)), (1.0, 0.0, 1.0, (1.0, 0.0, 0.0)),
        (-1.0, 0.0, 1.0, (0.0, 1.0, 0.0)), (2.0, 0.0, 1.0, (0.0, 0.0, 1.0)),
        (-1.0, 1.0, 1.0, (0.0, 1.0, 0.0)), (0.0, 2.0, 1.0, (0.0, 0.0, 1.0)),
    ],
)  # fmt: skip
def test_one_of_the_entry_and_the_edges_gets_the_gradient_of_clip(x, low, high, gradients):
    assert grad(np.clip, (0, 1, 2))(x, low, high) == gradients


def test_dtypes_of_several_inputs():
    x = np.ones(3, np.float32)
    assert ac.multiply(2.0, x).dtype == ac.multiply(x, 2.0).dtype == np.float32
    logits, weights = Node(np.ones((2, 3), np.float32)), np.ones((2, 3))
    assert ac.softmax_cross_entropy(logits, weights).dtype == np.float64
    assert ac.softmax_cross_entropy(logits, weights.astype(int)).dtype == np.float32


def test_a_copy_is_another_node():
    assert MATRIX.copy() is not MATRIX
    assert ac.copy(MATRIX) is not MATRIX


# --- backward's seeds and results -----------------------------------------------------------------


def test_an_input_without_a_rule_gets_zeros_all_the_way():
    for recorded in (False, True):
        x, z = Node([1.0, -2.0]), Node([3.0, 4.0])
        np.copysign(x, z * 2.0).backward(np.ones(2), create_graph=recorded)
        found = z.grad
        assert type(found) is (Node if recorded else np.ndarray)
        if recorded:
            assert not found.requires_grad
            found = found.value
        np.testing.assert_array_equal(found, [0.0, 0.0])


def test_a_seed_is_a_constant_unless_it_is_a_node_that_wants_a_gradient():
    x, weight = Node(3.0), Node(5.0)
    (2.0 * x).backward(create_graph=True)
    assert not x.grad.requires_grad
    (2.0 * x).backward(weight, create_graph=True)
    assert x.grad.requires_grad
    x.grad.backward()
    assert weight.grad == 2.0
    (2.0 * x).backward(weight)
    assert x.grad == 10.0
    assert type(x.grad) is np.float64
    root = 2.0 * x
    root.backward(3)
    assert type(root.grad) is np.float64


def test_the_gradient_of_a_root_with_one_entry_has_its_shape():
    root = 2.0 * Node([[3.0]])
    root.backward()
    np.testing.assert_array_equal(root.grad, [[1.0]])
    assert root.grad.shape == (1, 1)


def test_local_gradients_are_as_large_as_the_result(make):
    row = make("mine", lambda x: 2.0 * x, (lambda g, out, x: 2.0,), elementwise=True)
    (local,) = row(Node([1.0, 2.0])).local_gradients
    np.testing.assert_array_equal(local, [2.0, 2.0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Node(np.ma.ones(2)), r"^Node\(\) expects numbers or plain arrays, got a masked"),
        (lambda: np.interp(0.5, Node([1.0]), [2.0]), r"^interp\(xp=...\) is an option"),
    ],
)
def test_errors_name_what_was_called(call, says):
    with pytest.raises(TypeError, match=says):
        call()


def test_a_result_inside_no_grad_has_no_history():
    with ac.no_grad():
        out = ac.softmax(2.0 * Node([1.0, 2.0]), axis=0)
    assert (out.operation, out.inputs, dict(out.options), out.requires_grad) == (
        None,
        (),
        {},
        False,
    )


def test_contributions_are_not_added_into_what_is_borrowed():
    for add in (lambda x, y: x + y, lambda x, y: y + x, lambda x, y: np.where(True, x + y, 0.0)):
        y, others = Node(np.ones(3)), [Node(np.ones(3)) for _ in range(4)]
        parts = [add(x, y) for x in others]
        sum(parts[1:], start=parts[0]).sum().backward()
        np.testing.assert_array_equal(y.grad, [4.0, 4.0, 4.0])
        for node in (*others, *parts):
            np.testing.assert_array_equal(node.grad, [1.0, 1.0, 1.0])


def test_constants_have_no_local_gradient():
    assert (CONSTANT * LEAF).local_gradients == (None, 2.0)
    assert np.copysign(LEAF, Node(-2.0)).local_gradients == (-1.0, None)
    assert contribution(LEAF, 0, np.float64(1.0)) is None


def test_what_lies_outside_of_a_function_is_left_alone():
    outside = 2.0 * Node(3.0)
    outside.backward()
    assert grad(lambda y: y * outside)(5.0).value == 6.0
    assert outside.grad == 1.0
    constant = Node(1.0, requires_grad=False)
    newer = Node(2.0)
    assert not reaches_older(constant * newer, newer.serial)
    assert reaches_older(newer * newer, newer.serial + 1)


@pytest.mark.parametrize("n", [1, 2, 3, 2.0, np.array(2.0)])
def test_a_power_at_0_with_a_factor_of_0(n):
    """The mixed derivative of z * x**n is n * x**(n - 1), at z = 0 too."""
    slope = grad(lambda z: np.sum(grad(lambda x: np.sum(z * x**n))(0.0)))(0.0)
    assert slope == (1.0 if n == 1 else 0.0)


def test_python_numbers_and_arrays_without_axes_become_numpys_scalars(make):
    for result in (2.0, np.array(2.0)):
        out = make("mine", lambda x, r=result: r, (passed,), options={})(Node(1.0))
        assert type(out.value) is np.float64
    (constant,) = [x for x in (Node(1.0) * np.array(2.0)).inputs if type(x) is not Node]
    assert np.ndim(constant) == 0
    assert type((Node(1.0) * np.array(2.0)).value) is np.float64
    assert type(ac.exp(np.array(0.0))) is type(ac.add(Node([1.0])[0], [[2.0]][0][0]).value)


def test_gradients_of_leaves_accumulate_without_those_in_between():
    x = Node(3.0)
    for _ in range(2):
        (2.0 * x * x).backward(accumulate=True, keep_intermediate=False)
    assert x.grad == 24.0


def test_a_seed_that_is_missing_is_asked_for_by_its_caller():
    with pytest.raises(ValueError, match=r"^backward\(\) expects a scalar at the root, got shape"):
        MATRIX.backward()


def test_the_middle_of_nothing_has_the_shape_of_the_others():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        assert np.median(Node(np.zeros((2, 0))), axis=1, keepdims=True).shape == (2, 1)


def test_a_scalar_that_is_padded_is_another_node():
    assert np.pad(LEAF, 1) is not LEAF


def test_a_row_shows_no_annotations_and_an_even_text(make):
    def forward(x: float, scale: float = 2.0) -> float:
        return x * scale

    row = make(
        "mine",
        forward,
        (passed,),
        doc="""First.

    Then.""",
    )
    assert row.__doc__.startswith("mine(x, scale=2.0)\n\nFirst.\n\nThen.\n\nRaises\n")


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: np.array_equiv(x, x[0]), lambda x: np.may_share_memory(x, x), np.nanargmin,
        np.nanargmax, lambda x: np.lexsort((x[0], x[1])), lambda x: np.shares_memory(x, x),
        np.isneginf, np.isposinf, np.isreal, np.iscomplex, np.iscomplexobj, np.isrealobj,
        np.nonzero, np.argwhere, np.array_repr, np.array_str, np.array2string, np.min_scalar_type,
        np.common_type, lambda x: np.can_cast(x, np.float64), lambda x: np.isin(x, [1.0]),
        lambda x: np.digitize(x, [0.0, 1.0]), lambda x: np.histogram(x, 3, (0.0, 2.0))[0],
        lambda x: np.histogram_bin_edges(x, 3, (0.0, 2.0)), lambda x: np.isclose(x, 1.0),
        lambda x: np.empty_like(x).shape, lambda x: np.ones_like(x), lambda x: np.zeros_like(x),
    ],
)  # fmt: skip
def test_questions_about_a_node_are_those_about_its_value(ask):
    x = np.array([[1.0, -2.0, 3.0], [0.0, np.inf, 1.0]])[:, :2]
    found, expected = ask(Node(x)), ask(x)
    assert type(found) is type(expected)
    np.testing.assert_array_equal(found, expected)


def test_any_and_all_as_reductions_of_ufuncs():
    flags = np.array([[True, False], [False, False]])
    for reduce in (np.logical_or.reduce, np.logical_and.reduce):
        np.testing.assert_array_equal(reduce(Node(flags, requires_grad=False)).value, reduce(flags))
    np.testing.assert_array_equal(np.linalg.diagonal(Node(CUBE)).value, np.linalg.diagonal(CUBE))
    np.testing.assert_array_equal(np.linalg.trace(Node(CUBE)).value, np.linalg.trace(CUBE))
