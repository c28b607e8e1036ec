"""The node of a computational graph."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import numpy as np

from . import recorded
from .foreign import advice_for_caller
from .leaving import (
    belongs_to_a_function,
    refuse_as_float,
    refuse_in_a_function,
    refuse_in_a_program,
)
from .modes import Scope
from .scipys_functions import instead_of_scipys, is_optimizer
from .values import is_complex, leaf_value

if TYPE_CHECKING:
    import numpy.typing as npt

    from .operation import Operation
    from .operations.methods import NodeMethods
else:
    NodeMethods = object  # its methods are bound when there are operations to make them of

Operand = Any
"""What stands beside a node in an expression: a node, a number, an array or a nested list."""

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})

next_serial: Callable[[], int] = count(1).__next__
"""Numbers the nodes in the order of creation (one C call, so threads never share a number)."""


latest_change = 0
"""The number of the latest change of a leaf's value: older results were computed before it."""


def mark_changed(leaves: Iterable[Node]) -> None:
    """Say that the values of leaves have been changed in place.

    Results that were made of them before have no gradient any more: `backward` says so.

    Examples
    --------
    >>> w = Node([1.0, 2.0], name="w")
    >>> loss = (w * w).sum()
    >>> w.value[0] = 5.0
    >>> mark_changed([w])
    >>> loss.backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    RuntimeError: the value of a leaf (node 'w') was changed after 'multiply' had used it: ...
    """
    global latest_change
    latest_change = next_serial()
    for leaf in leaves:
        leaf.changed = latest_change


def raw(x: Any) -> Any:
    """Return the value of a node, and anything else as it is.

    Examples
    --------
    >>> raw(Node(2.0)), raw(3.0)
    (np.float64(2.0), 3.0)

    While a program is recorded it raises for a node that depends on the program's inputs.
    """
    if type(x) is not Node:
        return x
    if recorded.open_recordings:
        recorded.refuse_reading(x)
    return x._value


def held(x: Any) -> Any:
    """Return the value of a node, for its shape, dtype and memory alone, and else as `raw`.

    They are the same at every run of a program, so it may be asked for while one is recorded.
    """
    return x._value if type(x) is Node else x


def constant(x: Any) -> Any:
    """Return the value of a node, through which no gradient passes, and anything else as it is.

    While a program is recorded it is a node still, which wants no gradient.

    Examples
    --------
    >>> constant(Node(2.0))
    np.float64(2.0)
    """
    return x.detach() if recorded.depends(x) else raw(x)


@final
class Node(NodeMethods):
    """A value in a computational graph, and where it came from.

    An expression of nodes computes its value at once and records the operation, so that
    `backward` can walk from a result to everything that it was made of.

    Parameters
    ----------
    value : float, complex or array_like
        The value; it is copied, so that changing the array afterwards can't spoil a gradient.
        A value without axes is held as a NumPy scalar, any other as an array.
    name : str, optional
        What diagrams and error messages call the node.
    requires_grad : bool, default True
        Whether `backward` computes the gradient; needs floating-point or complex data.

    Attributes
    ----------
    value : numpy scalar or ndarray
        The forward value.
    grad : numpy scalar, ndarray, Node or None
        d root / d node after ``root.backward()``, in the value's shape and dtype; None before.
        (A Node after ``backward(create_graph=True)``.)
    operation : Operation or None
        The operation that made the node; None for a leaf.
    inputs : tuple
        The operation's inputs: nodes, and raw numbers and arrays, which are constants.
    options : mapping
        The operation's keyword options, such as ``axis``.
    name : str or None
        The given name.
    scope : Scope or None
        The innermost `scope` in which the node was made.
    requires_grad : bool
        Whether `backward` computes a gradient here.
    serial : int
        Grows with every node made, so sorting by it sorts a graph topologically.

    Raises
    ------
    TypeError
        If the data is not numeric, or wants a gradient and is not floating-point.

    Notes
    -----
    A node points only to its inputs: dropping the last result frees the whole graph. ``==``
    compares entry by entry, as for arrays; nodes hash by identity.

    A node that wants no gradient may leave the graph: as an array, an index, a mask, a number. One
    that wants a gradient becomes no array, and it becomes a number (``float(node)``, ``item()``,
    ``tolist()``, ``math.exp(node)``) only outside of the function that `grad` or a relative of it
    is differentiating, or inside `no_grad`; elsewhere a part of the gradient would be lost, and a
    TypeError says what to write. ``node.value`` is the number alone everywhere.
    ``row = x[0]; row *= 2.0`` raises too: it would change x in NumPy, and a node is never
    overwritten.

    Set the value of a leaf, or let an optimizer step, only after `backward` has walked all that was
    made of it: what was recorded before the change has no gradient any more, and `backward` raises.
    ``x.value[0] = ...`` changes the array behind the node's back, which nothing can see.

    A leaf copies its data. Arrays that stand beside nodes in an expression are constants and are
    not copied: change them only after `backward`.

    Complex numbers: the gradient of a real result L for z = x + iy is dL/dx - i dL/dy, so that a
    small step dz changes L by the real part of ``grad * dz``, and a holomorphic function passes on
    ``g * f'(z)`` as a real one does. A step towards a minimum is ``z - rate * np.conj(z.grad)``.
    What a real node gets from complex numbers is the real part.

    Examples
    --------
    The first graph of lecture 003, v = (x + y) z:

    >>> from autograd_core import Node
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> v = (x + y) * z
    >>> v.value
    np.float64(-8.0)
    >>> v.backward()
    >>> x.grad, y.grad, z.grad
    (np.float64(-2.0), np.float64(-2.0), np.float64(4.0))
    """

    __slots__ = (
        "__weakref__",
        "_value",  # read directly within the engine: the property costs a call
        "changed",  # the number of the last change of a leaf's value; set on leaves alone
        "grad",
        "inputs",
        "name",
        "operation",
        "options",
        "requires_grad",
        "scope",
        "serial",
    )

    _value: Any
    changed: int
    grad: Any
    operation: Operation | None
    inputs: tuple[Any, ...]
    options: Mapping[str, Any]
    name: str | None
    scope: Scope | None
    requires_grad: bool
    serial: int

    def __init__(
        self, value: npt.ArrayLike, *, name: str | None = None, requires_grad: bool = True
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(
                f"Node(name=...) expects a str, got {type(name).__name__}: name={str(name)!r}"
            )
        if isinstance(value, Node):
            raise TypeError(
                "Node() expects a number or an array, got a Node. "
                "To start a new graph from its value, write: node.detach()"
            )
        self._value = leaf_value(value, requires_grad)
        if recorded.open_recordings:
            recorded.keep_original(self, value)
        self.grad = None
        self.operation = None
        self.inputs = ()
        self.options = NO_OPTIONS
        self.name = name
        self.scope = None
        self.requires_grad = bool(requires_grad)
        self.serial = next_serial()

    def __init_subclass__(cls, **options: Any) -> None:
        raise TypeError(
            "Node can't be subclassed: the engine knows nodes by their exact type. Write functions "
            "of nodes, or an Operation"
        )

    # --- what it is ---------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The forward value: a NumPy scalar, or an array.

        It can be set on a leaf, to a number or an array of the same shape; the dtype stays. What
        was made of the leaf before has no gradient then: compute it again.

        Examples
        --------
        >>> from autograd_core import Node
        >>> x = Node(2.0)
        >>> x.value = 5
        >>> x.value
        np.float64(5.0)
        """
        if recorded.open_recordings:
            recorded.refuse_reading(self, "node.value")
        return self._value

    @value.setter
    def value(self, value: npt.ArrayLike) -> None:
        recorded.refuse_change(self)
        if self.operation is not None:
            raise TypeError(
                f"the value of a result can't be set{named(self)}: its consumers have used it "
                "already. Set the value of a leaf and compute again (node.value += ... on an array "
                "has changed it by now)"
            )
        if value is self._value:  # what remains of `node.value -= ...` on an array
            mark_changed((self,))
            return
        if isinstance(value, Node):
            raise TypeError(
                "node.value = ... expects a number or an array, got a Node. Write node.value = "
                "other.value"
            )
        new = leaf_value(value, requires_grad=False, called="node.value = ...")
        if new.shape != self._value.shape:
            raise ValueError(
                f"node.value = ... expects the shape {self._value.shape}{named(self)}, got "
                f"{new.shape}. For another shape make a new Node"
            )
        if is_complex(new) and not is_complex(self._value):
            raise TypeError(
                f"node.value = ... expects real numbers, as the node holds{named(self)}, got "
                f"{new.dtype}. Write value.real, or make a new Node"
            )
        # It was copied above, and nothing else refers to it.
        with np.errstate(over="ignore"):
            kept = new.astype(self._value.dtype, copy=False, casting="same_kind")
        if kept is not new and (np.isfinite(new) & ~np.isfinite(kept)).any():
            raise ValueError(
                f"node.value = ... expects numbers that {kept.dtype} holds{named(self)}, got "
                f"{np.abs(new).max():.4g}. Write smaller ones, or make a Node of {new.dtype}"
            )
        self._value = kept
        mark_changed((self,))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self._value.shape

    @property
    def ndim(self) -> int:
        """Number of axes of the value."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """Number of entries of the value."""
        return self._value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the value."""
        return self._value.dtype

    def item(self) -> float | int | bool:
        """Return the only entry as a Python number; it takes no part in gradients any more.

        Raises
        ------
        TypeError
            In a function that is being differentiated, whose gradient would be lost; see `Node`.

        Examples
        --------
        >>> from autograd_core import Node
        >>> Node(2.5).item()
        2.5
        """
        refuse_in_a_function(self, "node.item()", named(self))
        return self._only_entry("item", ValueError)

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers, without gradients; else as `item`."""
        refuse_in_a_function(self, "node.tolist()", named(self))
        recorded.refuse_reading(self, "node.tolist()")
        return self._value.tolist()

    def __repr__(self) -> str:
        value = self._value
        if value.ndim:
            text = np.array2string(value, separator=", ", prefix="Node(", threshold=50, edgeitems=2)
        else:
            text = str(value)
        details = []
        if value.size > 50:
            details.append(f"shape={value.shape}")
        if value.dtype != np.float64:
            details.append(f"dtype={value.dtype}")
        if self.name is not None:
            details.append(f"name={self.name!r}")
        if self.operation is not None:
            details.append(f"operation={self.operation.name!r}")
        if not self.requires_grad:
            details.append("requires_grad=False")
        return f"Node({', '.join([text, *details])})"

    def __format__(self, spec: str) -> str:
        if spec and self.ndim:
            raise TypeError(
                f"the format {spec!r} is for a single number, got a node of shape {self.shape}"
                f"{named(self)}. Write np.array2string(node, precision=3), or node alone"
            )
        return format(self._value, spec) if spec else str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # copy, deepcopy and pickle all come here. The gradient stays: it is of this graph.
        refuse_in_a_function(self, "a copy or pickle of a node", named(self))
        recorded.refuse_reading(self, "a copy or pickle of a node")
        if self.operation is not None and self.requires_grad:
            advice = (
                advice_for_caller(sys._getframe(1)) or "Write node.detach() for its value alone."
            )
            raise TypeError(
                f"only leaves can be copied and pickled, got the result of "
                f"{self.operation.name!r}{named(self)}: its history would be lost. {advice}"
            )
        return _restored_leaf, (self._value, self.name, self.requires_grad)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError(f"len() of a scalar node{named(self)}")
        return self.shape[0]

    __hash__ = object.__hash__  # by identity, although == compares entries

    # --- leaving the graph --------------------------------------------------------------------

    def __float__(self) -> float:
        if self.requires_grad:
            refuse_as_float(self, named(self), sys._getframe(1))
        if recorded.open_recordings:
            refuse_in_a_program(self, sys._getframe(1))
        return float(self._only_entry("float"))

    def __complex__(self) -> complex:
        if self.requires_grad:
            refuse_as_float(self, named(self), sys._getframe(1))
        return complex(self._only_entry("complex"))

    def __floor__(self) -> int:
        return math.floor(self._only_entry("floor"))

    def __ceil__(self) -> int:
        return math.ceil(self._only_entry("ceil"))

    def __trunc__(self) -> int:
        return int(self)

    def __int__(self) -> int:
        return int(self._only_entry("int"))

    def __index__(self) -> int:
        # A whole number has no gradient to lose: list[np.argmax(x)] and range(n) work.
        if self.dtype.kind not in "iu" or self.ndim:
            raise TypeError(
                f"an index expects a whole number, got a node of shape {self.shape} and dtype "
                f"{self.dtype}{named(self)}. Write array[node.value]"
            )
        recorded.refuse_reading(self, "node as an index")
        return int(self._value)

    def __bool__(self) -> bool:
        recorded.refuse_reading(self, "bool(node), as in `if node > 0:`,")
        return bool(self._only_entry("bool"))

    def _only_entry(self, function: str, error: type[Exception] = TypeError) -> Any:
        if self._value.size != 1:
            raise error(
                f"{function}() expects a node with one entry, got shape {self.shape}{named(self)}."
                " Reduce it first, for example node.sum(), or read the array: node.value"
            )
        if function in ("float", "int") and is_complex(self._value):
            raise TypeError(
                f"{function}() expects a real number, got {self.dtype}{named(self)}. Write "
                f"{function}(node.real), or complex(node)"
            )
        if recorded.open_recordings:
            called = "node.item()" if error is ValueError else f"{function}(node)"
            recorded.refuse_reading(self, called)
        return self._value.item()

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            f"a node's entries can't be assigned{named(self)}: its consumers have used them "
            "already. Write np.where(mask, new, node) for a changed copy, or, on a leaf before "
            "the forward pass, node.value[index] = ..."
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if not self.requires_grad:  # nothing is lost: an index, a mask, a result of no_grad
            recorded.refuse_reading(self)
            return np.array(self._value, dtype, copy=copy is not False)
        frame = sys._getframe(1)
        if self._value.size == 1 and is_optimizer(frame) and not belongs_to_a_function(self):
            recorded.refuse_reading(self)
            return np.array(self._value, dtype)  # what an objective returns is a number: float(y)
        advice = instead_of_scipys(frame) or advice_for_caller(frame)
        raise TypeError(
            f"a node can't become a plain array without losing its gradient{named(self)}. "
            + (
                advice
                or "Write np.stack([a, b]) or np.concatenate([...]) to join nodes, or node.value "
                "for the number or array alone"
            )
        )


def _restored_leaf(value: Any, name: str | None, requires_grad: bool) -> Node:
    return Node(value, name=name, requires_grad=requires_grad)


def named(node: Node) -> str:
    """The node's name as a clause for error messages, or nothing."""
    return "" if node.name is None else f" (node {node.name!r})"
