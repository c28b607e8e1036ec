"""The worked examples of lectures 000 and 003 by name, with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autograd_core import (
    Node,
    Operation,
    elu,
    exp,
    leaky_relu,
    log,
    relu,
    scope,
    sqrt,
    tanh,
)

from .neurons import neural_chain, neuron
from .parts import WEIGHTS, cut, drawn, sigmoid_in_steps

__all__ = ["lecture_example", "lecture_examples"]


class _Example(NamedTuple):
    shows: str
    build: Callable[[], Node]


_EXAMPLES: dict[str, _Example] = {}
_ALIASES = {
    "simple example": "sum times",
    "complex example": "sigmoid neuron",
    "fully connected layer": "fully connected shapes",
    "softmax": "softmax and cross entropy",
}


def lecture_example(name: str) -> Node:
    """Return the graph of a worked example of the lectures, ready to draw.

    Parameters
    ----------
    name : str
        Its name, one of `lecture_examples`; upper case and underscores count as lower case and
        spaces.

    Returns
    -------
    Node
        The result. ``backward()`` has run: from 1, or from ones where the result is an array.

    Raises
    ------
    TypeError
        If the name is no text.
    ValueError
        If there is none of that name; it lists those of a similar one.

    See Also
    --------
    named_nodes : its nodes by their names

    Examples
    --------
    >>> from visualize import draw, lecture_example, named_nodes
    >>> L = lecture_example("neural chain")
    >>> nodes = named_nodes(L)
    >>> print(L.value, nodes["w_1"].grad, nodes["w_2"].grad)
    0.5625 -13.5 6.75
    >>> draw(lecture_example("simple example"))
    name  operation  value  gradient
    x     -          3      -2
    y     -          1      -2
    z     -          -2     4
    q     add        4      -2
    v     multiply   -8     1
    """
    if not isinstance(name, str):
        raise TypeError(
            f"lecture_example() expects a name such as 'sigmoid neuron', got "
            f"{type(name).__name__}: {cut(name)}"
        )
    key = " ".join(name.lower().replace("_", " ").split())
    key = _ALIASES.get(key, key)
    if key not in _EXAMPLES:
        known = [*_EXAMPLES, *_ALIASES]
        near = get_close_matches(key, known, n=4, cutoff=0.5)
        near += [one for one in known if key and key in one and one not in near]
        raise ValueError(
            f"lecture_example() expects the name of an example, got {cut(name)}; "
            + (f"near it: {', '.join(map(repr, near))}. " if near else "")
            + f"There are: {', '.join(map(repr, _EXAMPLES))}"
        )
    root = _EXAMPLES[key].build()
    root.backward(None if root.ndim == 0 else np.ones(root.shape))
    return root


def lecture_examples() -> dict[str, str]:
    """Return the worked examples that `lecture_example` builds: by name, what each shows.

    Returns
    -------
    dict of str to str
        What each shows, and the slide, by its name.

    Examples
    --------
    >>> from visualize import lecture_examples
    >>> lecture_examples()["sum times"]
    'v = (x + y) z with q = x + y (003, "Simple example, with numbers")'
    """
    return {name: example.shows for name, example in _EXAMPLES.items()}


def _example(shows: str) -> Callable[[Callable[[], Node]], Callable[[], Node]]:
    """Enter an example under the name of the function that builds it."""

    def enter(build: Callable[[], Node]) -> Callable[[], Node]:
        _EXAMPLES[build.__name__.strip("_").replace("_", " ")] = _Example(shows, build)
        return build

    return enter


def _named(node: Node, name: str) -> Node:
    node.name = name
    return node


# --- lecture 003, computational graphs ------------------------------------------------------------


@_example('v = (x + y) z with q = x + y (003, "Simple example, with numbers")')
def _sum_times() -> Node:
    x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    q = _named(x + y, "q")
    return _named(q * z, "v")


@_example('q = x + y: the gradient remains the same (003, "Standard operations")')
def _addition() -> Node:
    return _named(Node(3.0, name="x") + Node(1.0, name="y"), "q")


@_example('v = q z: the gradient switches to the other factor (003, "Standard operations")')
def _multiplication() -> Node:
    return _named(Node(4.0, name="q") * Node(-2.0, name="z"), "v")


@cache
def _letter(letter: str, forward: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Operation:
    """Return a function of which the slide shows no more than its letter."""
    return Operation(
        f"{letter} of the lecture",
        forward,
        rules=(lambda g, out, x: g * slope(x),),
        elementwise=True,
        symbol=letter,
    )


def _square(x: Any) -> Any:
    return x**2


def _twice(x: Any) -> Any:
    return 2.0 * x


@_example('z = f(x) and a loss L of it: dL/dx = dL/dz f′(x) (003, "Abstract function")')
def _abstract_function() -> Node:
    z = _named(_letter("f", np.sin, np.cos)(Node(1.0, name="x")), "z")
    return _named(_letter("L", _square, _twice)(z), "L")


@_example('z = f(g(y)) and a loss L of it: dL/dy = dL/dz f′(x) g′(y) (003, "Abstract function")')
def _chained_functions() -> Node:
    x = _named(_letter("g", np.exp, np.exp)(Node(0.5, name="y")), "x")
    z = _named(_letter("f", np.sin, np.cos)(x), "z")
    return _named(_letter("L", _square, _twice)(z), "L")


@_example('f = 1 / (1 + exp(-(x_1 w_1 + x_2 w_2 + w_3))) (003, "Complex Example")')
def _sigmoid_neuron() -> Node:
    # The slides print df/dx_1 = 0.470074; a zero was dropped there, it is 0.4700074.
    return neuron([-1.0, -2.0], [2.0, -3.0], -3.5, names={"b": "w_3", "y": "f"})


@_example('L = (y - ŷ)^2 behind relu(x w_1) and the square of x_2 w_2 (003, "Neural Chain")')
def _neural_chain() -> Node:
    return neural_chain(3.0, [0.5, -1.0], activations=["relu", "square"], target=3.0)


@_example('L = w^2 at the start w = 1.8 (003, "1D Gradient Descent")')
def _gradient_descent() -> Node:
    return _named(Node(1.8, name="w") ** 2, "L")


# --- lecture 003, layers --------------------------------------------------------------------------


@_example('y = x W + b: (1 x 2)(2 x 4) + (1 x 4) (003, "Fully Connected Layer Dimensions")')
def _fully_connected_shapes() -> Node:
    x = Node([[1.0, 2.0]], name="x")
    w = Node([[0.5, -1.0, 0.25, 1.0], [-0.5, 0.75, 1.0, -0.25]], name="W")
    b = Node([[0.5, 0.0, -1.0, 0.25]], name="b")
    return _named(x @ w + b, "y")


@_example('y = x W of an image as a row: (1 x 3 x 3) becomes (1 x 9) (003, "Image Data")')
def _image_data() -> Node:
    image = Node(np.arange(1.0, 10.0).reshape(1, 3, 3), name="image")
    x = _named(image.reshape(1, 9), "x")
    w = Node(drawn(0, WEIGHTS, 0, (9, 4)), name="W")
    return _named(x @ w, "y")


@_example('sigma = sqrt(2 / n_i): 1 for two inputs (003, "Weight Initialisation")')
def _he_initialisation() -> Node:
    return _named(sqrt(2 / Node(2.0, name="n_i")), "sigma")


def _at_five_points(function: Callable[[Any], Any]) -> Node:
    return _named(function(Node([-2.0, -1.0, 0.0, 1.0, 2.0], name="x")), "f")


@_example('f = 1 / (1 + exp(-x)) at -2, -1, 0, 1, 2 (003, "Activation Functions")')
def _sigmoid() -> Node:
    return _at_five_points(scope("sigmoid")(sigmoid_in_steps))


@_example('f = tanh(x) at -2, -1, 0, 1, 2 (003, "Activation Functions")')
def _tanh() -> Node:
    return _at_five_points(tanh)


@_example('f = max(x, 0) at -2, -1, 0, 1, 2 (003, "Activation Functions")')
def _relu() -> Node:
    # The slide's derivative at 0 is 1; lectures 000 and 002, and this package, say 0.
    return _at_five_points(relu)


@_example('f = x, or 0.01 x below 0, at -2, -1, 0, 1, 2 (003, "Activation Functions")')
def _leaky_relu() -> Node:
    return _at_five_points(leaky_relu)


@_example('f = x, or exp(x) - 1 below 0, at -2, -1, 0, 1, 2 (003, "Activation Functions")')
def _elu() -> Node:
    return _at_five_points(elu)


# --- lecture 000 ----------------------------------------------------------------------------------


def _cross_entropy(prediction: Node, target: Any) -> Node:
    """Return the sum of -ln(ŷ + ε) over the true classes: lecture 000, eq. 12."""
    with scope("cross entropy"):
        y = Node(np.array(target, float), name="y", requires_grad=False)
        loss = -np.sum(y * log(prediction + float(np.finfo(float).eps)))
    return _named(loss, "L")


@_example("L = Σ -ln(ŷ + ε) of the softmax of two rows of scores (000, eqs. 10-13)")
def _softmax_and_cross_entropy() -> Node:
    x = Node([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], name="x")
    with scope("softmax"):
        exponentials = exp(x - np.max(x, axis=1, keepdims=True))
        prediction = exponentials / np.sum(exponentials, axis=1, keepdims=True)
    return _cross_entropy(_named(prediction, "yhat"), [[0, 0, 1], [1, 0, 0]])


@_example("L = Σ -ln(ŷ + ε) of nine samples whose true class has the probability 0 (000, eq. 12)")
def _cross_entropy_worst_case() -> Node:
    prediction = Node(np.tile([1.0, 0.0], (9, 1)), name="yhat")
    return _cross_entropy(prediction, np.tile([0, 1], (9, 1)))
