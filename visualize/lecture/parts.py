"""What neurons and networks are built of: checked numbers, names, activations, weighted sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd_core import Node, Operation, elu, exp, leaky_relu, relu, scope, sigmoid, tanh

Number: TypeAlias = float | Node
Activation: TypeAlias = str | Callable[[Any], Any] | None


# --- names ----------------------------------------------------------------------------------------


class Names:
    """The names of the slides, of which a user may change some.

    Examples
    --------
    >>> names = Names("neuron", {"b": "w_3"})
    >>> names("x_1"), names("b")
    ('x_1', 'w_3')
    """

    def __init__(self, owner: str, given: Mapping[str, str | None] | None) -> None:
        if not isinstance(given, Mapping | None):
            raise TypeError(
                f"{owner}(names) expects a mapping from the names of the slides to others, such as "
                f"{{'b': 'w_3'}}, got {type(given).__name__}: {cut(given)}"
            )
        self.owner = owner
        self.given = dict(given or {})
        self.asked: dict[str, None] = {}

    def __call__(self, name: str) -> str | None:
        """Return what a node is called."""
        self.asked[name] = None
        return self.given.get(name, name)

    def check(self) -> None:
        """Refuse names that no node of the graph has."""
        for name in self.given.keys() - self.asked.keys():
            raise ValueError(
                f"{self.owner}(names) expects names that its graph has, got {name!r}; there are: "
                f"{', '.join(list(self.asked)[:40])}{' ...' * (len(self.asked) > 40)}"
            )


def cut(value: Any) -> str:
    """Show a value in a message; `nn`, which knows how, is imported for that alone."""
    from nn.checks import cut

    return cut(value)


def indexed(letter: str, index: int | str, level: int | str = "", *, alone: bool = False) -> str:
    """Return a name with its indices, as the slides write it; `alone` leaves the lower one out.

    Examples
    --------
    >>> indexed("b", 1), indexed("w", pair(1, 2), 1), indexed("w", pair(1, 10))
    ('b_1', 'w_{12}^1', 'w_{1,10}')
    """
    below = "" if alone else f"_{_braced(index)}"
    return f"{letter}{below}" + (f"^{_braced(level)}" if level != "" else "")


def _braced(index: int | str) -> str:
    return f"{index}" if len(f"{index}") == 1 else f"{{{index}}}"


def pair(i: int, j: int) -> str:
    """Return the indices of a weight: first its input, then its unit."""
    return f"{i}{j}" if i < 10 and j < 10 else f"{i},{j}"


# --- numbers --------------------------------------------------------------------------------------


def leaf(value: Number, name: str | None, *, wanted: bool = True) -> Node:
    """Return a node of a number; one that is a node stays, and keeps the name that it has."""
    if type(value) is not Node:
        return Node(value, name=name, requires_grad=wanted)
    if value.name is None:
        value.name = name
    return value


def numbers(owner: str, what: str, given: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return an object array of the floats and scalar nodes that a user gave, checked."""
    many = "a list of" if shape == (-1,) else " x ".join(map(str, shape))
    expected = f"{owner}({what}) expects {many} numbers or scalar nodes"
    if not shape:
        expected = f"{owner}({what}) expects a number or a scalar node"
    if type(given) is Node and given.ndim:
        raise TypeError(
            f"{expected}, got a node of shape {given.shape}. Write its .value, or a list of nodes; "
            "matrix_network() takes it as it is"
        )
    try:
        found = _entries(given, len(shape))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{expected}, got {cut(given)}") from error
    if found.shape != shape and -1 not in shape:
        raise ValueError(f"{expected}, got the shape {found.shape}")
    return found


def one_number(owner: str, what: str, given: Any) -> Number:
    """Return the float or the scalar node that a user gave, checked."""
    found: Number = numbers(owner, what, given, ()).item()
    return found


def _entries(given: Any, depth: int) -> npt.NDArray[Any]:
    if depth == 0:
        made = np.empty((), object)
        made[()] = _entry(given)
        return made
    rows = [_entries(row, depth - 1) for row in given]
    if not rows:
        return np.empty((0,) * depth, object)
    return np.stack(rows)


def _entry(given: Any) -> Number:
    if type(given) is Node:
        if given.ndim:
            raise TypeError("a node of more than one number")
        return given
    if isinstance(given, str | bytes | bool | np.bool_):
        raise TypeError("no number")
    return float(given)


WEIGHTS, BIASES, INPUTS, TARGETS = range(4)


def drawn(seed: int, what: int, layer: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return numbers that are short to read: quarters, whole inputs, targets of 0 or 1.

    Sums and products of them are exact: no 5.551e-17 where a 0 should stand. Each part has a
    random stream of its own: who gives the inputs changes no weight.
    """
    generator = np.random.default_rng([seed, what, layer])
    if what == TARGETS:
        return generator.integers(0, 2, shape).astype(float)
    signs = generator.choice([-1.0, 1.0], shape)
    if what == INPUTS:
        return signs * generator.integers(1, 3, shape)
    # Up to 2 where few meet, so that units are rarely alike; else up to 1: nothing saturates.
    most = 8 if what == WEIGHTS and shape[0] < 3 else 4
    return signs * generator.integers(1, most + 1, shape) / 4


def checked_seed(owner: str, seed: Any) -> int:
    """Return a seed of 0 or more."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise TypeError(f"{owner}(seed) expects a whole number of 0 or more, got {cut(seed)}")
    return int(seed)


# --- activations ----------------------------------------------------------------------------------


def sigmoid_in_steps(z: Any) -> Any:
    """Compute the sigmoid by the four operations of the slide "Complex Example"."""
    return 1 / (1 + exp(-z))


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky relu": leaky_relu,
    "elu": elu,
    "square": lambda z: z**2,
    "identity": lambda z: z,
}
"""Those of the lecture; the square closes its chain of neurons."""


def activation_of(owner: str, given: Activation) -> tuple[str | None, Callable[[Any], Any]]:
    """Return an activation, and the scope that folds it where it may be several operations."""
    if given is None:
        return None, ACTIVATIONS["identity"]
    if isinstance(given, str):
        name = given.lower().replace("_", " ")
        if name not in ACTIVATIONS:
            near = get_close_matches(name, ACTIVATIONS, n=1)
            raise ValueError(
                f"{owner} expects an activation of {', '.join(map(repr, ACTIVATIONS))}, or a "
                f"function of a node, got {given!r}" + (f". Write {near[0]!r}" if near else "")
            )
        return None, ACTIVATIONS[name]
    if not callable(given):
        raise TypeError(
            f"{owner} expects an activation such as 'sigmoid' or a function of a node, got "
            f"{type(given).__name__}: {cut(given)}"
        )
    if isinstance(given, Operation):
        return None, given
    if given is sigmoid_in_steps:
        return "sigmoid", given
    return str(getattr(given, "__name__", "f")).replace("<lambda>", "f"), given


def activations_of(
    owner: str, given: Activation | Sequence[Activation], layers: int
) -> list[Activation]:
    """Return one activation per layer, where one for all or one for each was given."""
    if given is None or isinstance(given, str) or callable(given):
        return [given] * layers
    if not isinstance(given, Sequence) or len(given) != layers:
        raise ValueError(
            f"{owner}(activations) expects one activation, or a list of {layers}, one for each "
            f"layer, got {cut(given)}"
        )
    return list(given)


def activated(owner: str, z: Node, activation: Activation, names: Names, name: str) -> Node:
    """Return an activation of a weighted sum, named."""
    fold, function = activation_of(owner, activation)
    if fold is None:
        y = function(z)
    else:
        with scope(fold):
            y = function(z)
    if type(y) is not Node or y.shape != z.shape:
        got = f"a node of shape {y.shape}" if type(y) is Node else type(y).__name__
        raise TypeError(
            f"{owner} expects an activation that makes a node of a node, both of one shape, got "
            f"{got} of {fold or function}"
        )
    y.name = names(name)
    return y


# --- sums -----------------------------------------------------------------------------------------


def weighted_sum(
    inputs: Sequence[Node], weights: Sequence[Node], bias: Node | None, name: str | None
) -> Node:
    """Return x_1 w_1 + x_2 w_2 + ... + b, in the scope Σ where it is more than one operation."""
    if len(inputs) == 1 and bias is None:
        z = inputs[0] * weights[0]
    else:
        with scope("Σ"):
            products = [x * w for x, w in zip(inputs, weights, strict=True)]
            z = products[0]
            for term in [*products[1:], *([] if bias is None else [bias])]:
                z = z + term
    z.name = name
    return z


def squared_error(outputs: Sequence[Node], targets: Sequence[Node], names: Names) -> Node:
    """Return the mean of (y - ŷ)^2 over the outputs, in the scope "loss"."""
    with scope("loss"):
        squares = [(y - target) ** 2 for y, target in zip(outputs, targets, strict=True)]
        loss = squares[0]
        for square in squares[1:]:
            loss = loss + square
        if len(squares) > 1:
            loss = loss / len(squares)
    loss.name = names("L")
    return loss


def ready(root: Node, names: Names) -> Node:
    """Return the root after backward(), from 1 or from ones: ready to draw."""
    names.check()
    if root.requires_grad:  # else it was built inside no_grad()
        root.backward(None if root.ndim == 0 else np.ones(root.shape))
    return root


def named_nodes(root: Node) -> dict[str, Node]:
    """Return the nodes of a graph that have a name, by their names, inputs first.

    Parameters
    ----------
    root : Node
        The result of the graph.

    Returns
    -------
    dict of str to Node
        Of several nodes of one name the last, which is nearest to the result.

    Raises
    ------
    TypeError
        If `root` is no Node.

    Examples
    --------
    >>> from visualize import named_nodes, neural_chain
    >>> nodes = named_nodes(neural_chain(3, [0.5, -1], activations=["relu", "square"], target=3))
    >>> list(nodes)
    ['x', 'yhat', 'w_1', 'z_1', 'x_2', 'w_2', 'z_2', 'y', 'L']
    >>> nodes["w_1"].grad
    np.float64(-13.5)
    """
    if type(root) is not Node:
        raise TypeError(f"named_nodes() expects a Node, got {type(root).__name__}: {cut(root)}")
    found = {root: None}
    todo = [root]
    while todo:
        for node in todo.pop().inputs:
            if type(node) is Node and node not in found:
                found[node] = None
                todo.append(node)
    in_order = sorted(found, key=lambda node: node.serial)
    return {node.name: node for node in in_order if node.name is not None}
