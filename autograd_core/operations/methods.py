"""What nodes can do: operators, the methods of arrays, backward, and NumPy's protocols.

A node alone knows none of it: operations record nodes, so they are made of them and bound here.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ..errors import explained, refused_complex
from ..foreign import is_foreign, refused_by_torch
from ..gradients import backward, local_gradients
from ..lists import stacked
from ..node import NO_OPTIONS, Node, Operand, named, raw
from ..numpy_protocol import call_function, call_ufunc
from ..operation import Operation, record
from ..recorded import depends
from ..ufunc_options import cast
from ..values import PLAIN_TYPES, as_constant, is_complex
from . import (
    activations,
    arithmetic,
    choices,
    comparisons,
    complex_numbers,
    exponential,
    indexing,
    products,
    reductions,
    shaping,
    trigonometric,
)  # fmt: skip
from .indexing import getitem_row, is_basic

if TYPE_CHECKING:
    import numpy.typing as npt

_NUMBERS = PLAIN_TYPES - {np.ndarray, complex}

Operator = Callable[[Any, Operand], Node]


def _operators(operation: Operation) -> tuple[Operator, Operator]:
    """``node + other`` and ``other + node``: what calling the operation does, on the shortest way.

    A chain of scalar operations spends most of its time here.
    """
    forward = operation.forward

    def operator(self: Node, other: Any) -> Any:
        kind = type(other)
        wanted = self.requires_grad
        if kind is Node:
            right = other._value
            wanted = wanted or other.requires_grad
        elif kind in _NUMBERS:
            right = other
        else:
            other = right = _constant(other, operation)
            if other is NotImplemented:
                return NotImplemented
            if type(other) is Node:  # made of a list of nodes
                return operation(self, other)
        try:
            value = forward(self._value, right)
        except (ValueError, TypeError) as error:
            raise explained(error, operation.name, (self, other), NO_OPTIONS) from error
        return record(operation, (self, other), value, NO_OPTIONS, wanted)

    def reflected(self: Node, other: Any) -> Any:
        if type(other) not in _NUMBERS:
            other = _constant(other, operation)
            if other is NotImplemented:
                return NotImplemented
            if type(other) is Node:
                return operation(other, self)
            if type(other) is complex:  # Python's own takes np.float64 for a float
                other = np.result_type(self._value, other).type(other)
        try:
            value = forward(other, self._value)
        except (ValueError, TypeError) as error:
            raise explained(error, operation.name, (other, self), NO_OPTIONS) from error
        return record(operation, (other, self), value, NO_OPTIONS, self.requires_grad)

    return operator, reflected


def _in_place(operator: Operator, symbol: str) -> Operator:
    """``node += other``: another node, as for numbers; but not where NumPy would change an array.

    After ``row = x[0]``, ``row *= 2.0`` changes x in NumPy, and a node is never overwritten.
    """

    def in_place(self: Node, other: Any) -> Any:
        made_by = self.operation
        if made_by is getitem_row and self._value.ndim and is_basic(self.options["index"]):
            raise TypeError(
                f"row {symbol}= ... after row = x[...] would change x in NumPy, and a node is "
                f"never overwritten{named(self)}. Write row = row {symbol} ... for the row alone, "
                f"or x = np.where(mask, x {symbol} ..., x) for a changed x"
            )
        return operator(self, other)

    return in_place


def _powers() -> tuple[Operator, Operator]:
    """``node ** other``, for which Python may give a third argument: pow(x, y, modulo)."""
    operator, reflected = _operators(arithmetic.power)

    def power(self: Node, other: Any, modulo: None = None) -> Any:
        if modulo is not None:
            raise TypeError("pow() of a node takes no third argument. Write pow(node, y) % modulo")
        return operator(self, other)

    return power, reflected


def _comparison(operation: Operation) -> Operator:
    compare = _operators(operation)[0]  # Python asks 2 < node as node > 2
    if not operation.real_only:
        return compare

    def ordered(self: Node, other: Any) -> Any:
        if self._value.dtype.kind == "c" or (type(other) not in _NUMBERS and is_complex(other)):
            raise refused_complex(operation.name, (self, other))
        return compare(self, other)

    return ordered


def _unary(operation: Operation) -> Callable[[Any], Node]:
    return lambda self: operation(self)


_KNOWN = (numbers.Number, np.generic, np.ndarray, list, tuple)


def _constant(other: Any, operation: Operation) -> Any:
    """What stands beside a node, or NotImplemented for what is no number: Python asks it next."""
    if isinstance(other, _KNOWN) or is_foreign(other):
        other = stacked(other)
        return other if type(other) is Node else as_constant(other, operation.name)
    return NotImplemented


class NodeMethods:
    """The methods of `Node`, for which a type checker takes this as its base class.

    At run time they are bound to it below.
    """

    __add__, __radd__ = _operators(arithmetic.add)
    __sub__, __rsub__ = _operators(arithmetic.subtract)
    __mul__, __rmul__ = _operators(arithmetic.multiply)
    __truediv__, __rtruediv__ = _operators(arithmetic.divide)
    __pow__, __rpow__ = _powers()
    __matmul__, __rmatmul__ = _operators(products.matmul)
    __floordiv__, __rfloordiv__ = _operators(comparisons.floor_divide)
    __mod__, __rmod__ = _operators(arithmetic.remainder)
    __and__, __rand__ = _operators(comparisons.bitwise_and)
    __or__, __ror__ = _operators(comparisons.bitwise_or)
    __xor__, __rxor__ = _operators(comparisons.bitwise_xor)
    __lshift__, __rlshift__ = _operators(comparisons.left_shift)
    __rshift__, __rrshift__ = _operators(comparisons.right_shift)
    __iadd__ = _in_place(__add__, "+")
    __isub__ = _in_place(__sub__, "-")
    __imul__ = _in_place(__mul__, "*")
    __itruediv__ = _in_place(__truediv__, "/")
    __ipow__ = _in_place(__pow__, "**")
    __imatmul__ = _in_place(__matmul__, "@")
    __ifloordiv__ = _in_place(__floordiv__, "//")
    __imod__ = _in_place(__mod__, "%")
    __lt__ = _comparison(comparisons.less)
    __le__ = _comparison(comparisons.less_equal)
    __gt__ = _comparison(comparisons.greater)
    __ge__ = _comparison(comparisons.greater_equal)
    __eq__ = _comparison(comparisons.equal)  # type: ignore[assignment]
    __ne__ = _comparison(comparisons.not_equal)  # type: ignore[assignment]
    __neg__ = _unary(arithmetic.negative)
    __pos__ = _unary(arithmetic.positive)
    __abs__ = _unary(arithmetic.absolute)
    __invert__ = _unary(comparisons.invert)

    # --- differentiation ----------------------------------------------------------------------

    def backward(
        self: Any,
        seed: npt.ArrayLike | Node | None = None,
        *,
        accumulate: bool = False,
        keep_intermediate: bool = True,
        create_graph: bool = False,
    ) -> None:
        """Set ``.grad`` of every node that this one was made of (reverse-mode differentiation).

        The gradients are set afresh: after the call every ``.grad`` is d self / d node, however
        often it is run. A node with several consumers gets the sum of what they contribute.

        Parameters
        ----------
        seed : array_like, optional
            The gradient at this node, in its shape; 1 by default, which needs a scalar.
        accumulate : bool, default False
            Add to the ``.grad`` that are there already, for gradients over several roots.
        keep_intermediate : bool, default True
            Keep the gradients of inner nodes, as diagrams need them. False sets those of leaves
            only, and frees the others on the way.
        create_graph : bool, default False
            Record the backward pass itself: the gradients are Nodes and can be differentiated.
            Gradients made that way refer to the graph, and it to them: set ``x.grad = None`` to let
            it go, or use `grad`, which leaves nothing behind.

        Raises
        ------
        ValueError
            If the node is no scalar and no seed is given, or the seed has another shape.
        RuntimeError
            If nothing that the node was made of wants a gradient, or a leaf was changed after it
            had been used.

        Notes
        -----
        Where the upstream gradient is exactly 0, an infinite or undefined derivative contributes
        0: ``np.where(v < 1, np.exp(v), 2 * v)`` has the gradient 2 at v = 1000. What is infinite
        shows in the gradients, without NumPy's warnings; `find_nonfinite` says where it came from.

        References
        ----------
        Lecture 003, "Backpropagation": the local gradient times the upstream gradient, summed
        where two arrive.

        Examples
        --------
        >>> from autograd_core import Node
        >>> w = Node(1.8, name="w")
        >>> loss = w**2
        >>> loss.backward()
        >>> w.grad
        np.float64(3.6)
        """
        backward(self, seed, accumulate, keep_intermediate, create_graph)

    @property
    def local_gradients(self: Any) -> tuple[Any, ...]:
        """D node / d input, one per input of the operation: the factors of the chain rule.

        Each has the node's shape. None stands for a constant, for an input that wants no gradient
        and for an operation that does not work entry by entry, such as matmul.

        Examples
        --------
        >>> from autograd_core import Node
        >>> x, y = Node(3.0), Node(-2.0)
        >>> (x * y).local_gradients
        (np.float64(-2.0), np.float64(3.0))
        """
        return local_gradients(self)

    # --- the methods of ndarray ---------------------------------------------------------------

    # Their arguments are those of NumPy's functions behind the first, in the same places.

    def sum(self, *arguments: Any, **options: Any) -> Node:
        """``sum(axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True)``.

        Sum over all entries, or over `axis` (an int or a tuple).
        """
        return reductions.sum(self, *arguments, **options)

    def mean(self, *arguments: Any, **options: Any) -> Node:
        """``mean(axis=None, dtype=None, out=None, keepdims=False, *, where=True)``.

        Mean of all entries, or over `axis` (an int or a tuple).
        """
        return reductions.mean(self, *arguments, **options)

    def prod(self, *arguments: Any, **options: Any) -> Node:
        """``prod(axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True)``.

        Product of all entries, or over `axis` (an int or a tuple).
        """
        return reductions.prod(self, *arguments, **options)

    def max(self, *arguments: Any, **options: Any) -> Node:
        """``max(axis=None, out=None, keepdims=False, initial=None, where=True)``.

        Largest entry, or the largest along `axis` (an int or a tuple).
        """
        return reductions.max(self, *arguments, **options)

    def min(self, *arguments: Any, **options: Any) -> Node:
        """``min(axis=None, out=None, keepdims=False, initial=None, where=True)``.

        Smallest entry, or the smallest along `axis` (an int or a tuple).
        """
        return reductions.min(self, *arguments, **options)

    def var(self, *arguments: Any, **options: Any) -> Node:
        """``var(axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where, mean)``.

        Variance of all entries, or over `axis`: the sum of squares over n - ddof.
        """
        return reductions.var(self, *arguments, **options)

    def std(self, *arguments: Any, **options: Any) -> Node:
        """``std(axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where, mean)``.

        Standard deviation of all entries, or over `axis`; see `var`.
        """
        return reductions.std(self, *arguments, **options)

    def cumsum(self, *arguments: Any, **options: Any) -> Node:
        """``cumsum(axis=None, dtype=None, out=None)``: running sums along `axis`, or flat."""
        found: Node = np.cumsum(self, *arguments, **options)  # type: ignore[call-overload]
        return found

    def cumprod(self, *arguments: Any, **options: Any) -> Node:
        """``cumprod(axis=None, dtype=None, out=None)``: running products along `axis`, or flat."""
        found: Node = np.cumprod(self, *arguments, **options)  # type: ignore[call-overload]
        return found

    def all(self, *arguments: Any, **options: Any) -> Node:
        """``all(axis=None, out=None, keepdims=False, *, where=True)``: whether all entries hold."""
        return comparisons.all(self, *arguments, **options)

    def any(self, *arguments: Any, **options: Any) -> Node:
        """``any(axis=None, out=None, keepdims=False, *, where=True)``: whether any entry holds."""
        return comparisons.any(self, *arguments, **options)

    def argmax(self, *arguments: Any, **options: Any) -> Node:
        """``argmax(axis=None, out=None, *, keepdims=False)``: where the largest entry stands."""
        return comparisons.argmax(self, *arguments, **options)

    def argmin(self, *arguments: Any, **options: Any) -> Node:
        """``argmin(axis=None, out=None, *, keepdims=False)``: where the smallest entry stands."""
        return comparisons.argmin(self, *arguments, **options)

    def argsort(self, *arguments: Any, **options: Any) -> Node:
        """``argsort(axis=-1, kind=None, order=None, *, stable=None)``: the order that sorts."""
        return comparisons.argsort(self, *arguments, **options)

    def clip(
        self, min: Operand = None, max: Operand = None, out: None = None, **options: Any
    ) -> Node:
        """The entries limited to a range; see `autograd_core.clip`."""
        return choices.clip(self, min, max, out=out, **options)

    def round(self, decimals: int = 0, out: None = None) -> Node:
        """The nearest numbers with so many decimals; without a gradient."""
        return comparisons.round(self, decimals, out)

    def dot(self, b: Operand, out: None = None) -> Node:
        """The dot product; see `autograd_core.dot`."""
        return products.dot(self, b, out)

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Node:
        """The same entries in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        return shaping.reshape(self, shape[0] if len(shape) == 1 else shape, order)

    def ravel(self, order: str = "C") -> Node:
        """The entries in one row."""
        return shaping.ravel(self, order)

    def flatten(self, order: str = "C") -> Node:
        """The entries in one row."""
        return shaping.ravel(self, order)

    def squeeze(self, axis: Any = None) -> Node:
        """Without the axes of length 1, all or those of `axis`."""
        return shaping.squeeze(self, axis)

    def transpose(self, *axes: Any) -> Node:
        """Permute the axes, or reverse them where none are given."""
        if len(axes) == 1 and not isinstance(axes[0], SupportsIndex):
            return shaping.transpose(self, axes[0])
        return shaping.transpose(self, axes or None)

    def swapaxes(self, axis1: int, axis2: int) -> Node:
        """Exchange two axes."""
        return shaping.swapaxes(self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Node:
        """Repeat each entry; see `autograd_core.repeat`."""
        return indexing.repeat(self, repeats, axis)

    def take(self, *arguments: Any, **options: Any) -> Node:
        """``take(indices, axis=None, out=None, mode="raise")``: pick entries by number."""
        return indexing.take(self, *arguments, **options)

    def argpartition(self, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Node:
        """The order that puts the `kth` smallest entry in its place; without a gradient."""
        return comparisons.argpartition(self, kth, axis, kind)

    def choose(self, choices: Any, out: None = None, mode: str = "raise") -> Node:
        """Take each entry from the choice named by this one; see `autograd_core.choose`."""
        found: Node = np.choose(self, choices, out=out, mode=mode)  # type: ignore[call-overload]
        return found

    def compress(self, condition: Any, axis: int | None = None, out: None = None) -> Node:
        """Pick the entries where a condition holds; see `autograd_core.compress`."""
        return indexing.compress(condition, self, axis, out)

    def nonzero(self) -> tuple[npt.NDArray[np.intp], ...]:
        """Where the entries are not 0, as one array of places per axis."""
        return np.nonzero(raw(self))

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where to insert `v` so that the entries stay in order: whole numbers."""
        node: Any = self
        return np.searchsorted(node, v, side, sorter)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
        """The diagonal of a matrix, or of each matrix of a stack."""
        return indexing.diagonal(self, offset, axis1, axis2)

    def trace(self, *arguments: Any, **options: Any) -> Node:
        """``trace(offset=0, axis1=0, axis2=1, dtype=None, out=None)``: the diagonal's sum."""
        return indexing.trace(self, *arguments, **options)

    def astype(
        self,
        dtype: npt.DTypeLike,
        order: str = "K",
        casting: str = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Node:
        """The same entries in another data type; `order`, `subok` and `copy` mean nothing here."""
        if casting == "unsafe":
            return shaping.astype(self, np.dtype(dtype))
        return cast(self, dtype, casting, "astype")

    def copy(self, order: str = "C") -> Node:
        """The same value as another node, with the gradient; `order` means nothing here."""
        return shaping.copy(self)

    def detach(self: Any) -> Node:
        """Return a leaf with a copy of the value and no history, which wants no gradient."""
        if not depends(self):
            return Node(self._value, name=self.name, requires_grad=False)
        stopped: Node = shaping.copy(self)  # a program has to know where the numbers come from
        stopped.name, stopped.requires_grad = self.name, False
        return stopped

    def conj(self) -> Node:
        """The complex conjugate, entry by entry."""
        return complex_numbers.conjugate(self)

    def conjugate(self) -> Node:
        """The complex conjugate, entry by entry."""
        return complex_numbers.conjugate(self)

    @property
    def real(self) -> Node:
        """The real parts."""
        return complex_numbers.real(self)

    @property
    def imag(self) -> Node:
        """The imaginary parts."""
        return complex_numbers.imag(self)

    @property
    def T(self) -> Node:
        """The axes in reverse order: for a matrix its transpose."""
        return shaping.transpose(self, None)

    @property
    def mT(self: Any) -> Node:
        """The last two axes exchanged: each matrix of a stack transposed."""
        if self.ndim < 2:
            raise ValueError(f"mT expects at least 2 axes, got shape {self.shape}{named(self)}")
        axes = tuple(range(self.ndim))
        return shaping.transpose(self, (*axes[:-2], axes[-1], axes[-2]))

    def __getitem__(self, index: Any) -> Node:
        return indexing.getitem(self, index)

    def __divmod__(self, other: Operand) -> tuple[Node, Node]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple[Node, Node]:
        return other // self, other % self

    def __round__(self: Any, decimals: int | None = None) -> Any:
        if decimals is None and not self.ndim:  # as of a float: a step has no gradient to lose
            return int(comparisons.round(self))
        return comparisons.round(self, decimals or 0)

    def __iter__(self: Any) -> Iterator[Node]:
        if not self.ndim:
            raise TypeError(f"a scalar node has no entries to iterate over{named(self)}")
        return (self[row] for row in range(len(self)))

    # --- functions that engines for scalars, and PyTorch, have as methods -----------------------

    def exp(self) -> Node:
        """The exponential function of each entry."""
        return exponential.exp(self)

    def log(self) -> Node:
        """The natural logarithm of each entry."""
        return exponential.log(self)

    def sqrt(self) -> Node:
        """The square root of each entry."""
        return arithmetic.sqrt(self)

    def abs(self) -> Node:
        """The size of each entry."""
        return arithmetic.absolute(self)

    def tanh(self) -> Node:
        """The hyperbolic tangent of each entry."""
        return trigonometric.tanh(self)

    def sigmoid(self) -> Node:
        """1 / (1 + exp(-x)), entry by entry."""
        return activations.sigmoid(self)

    def relu(self) -> Node:
        """max(0, x), entry by entry."""
        return activations.relu(self)

    # --- the array API standard, whose module is loaded when somebody asks for it ---------------

    def __array_namespace__(self, /, *, api_version: str | None = None) -> Any:
        """The module of the standard's functions, if it knows the version."""
        return import_module("autograd_core.array_api").namespace(api_version)

    def to_device(self: Any, device: Any, /, *, stream: Any = None) -> Node:
        """The node itself: there is only the CPU."""
        if device != "cpu" or stream is not None:
            raise ValueError(
                f"nodes live on the device 'cpu', got {device!r} and stream={stream!r}"
            )
        return self

    @property
    def device(self) -> str:
        """Where the value lies: on the CPU."""
        return "cpu"

    def __dlpack__(self, /, **options: Any) -> Any:
        """The array, for another library; refused where the gradient would be lost."""
        return np.asarray(self).__dlpack__(**options)

    def __dlpack_device__(self, /) -> tuple[int, int]:
        """The CPU."""
        return np.zeros(0).__dlpack_device__()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> Any:
        return call_function(function, arguments, options)


def _torch_function(cls: type, function: Any, *arguments: Any, **options: Any) -> Any:
    raise refused_by_torch(function)


for _name, _method in list(vars(NodeMethods).items()):
    if callable(_method) or isinstance(_method, property):
        _function: Any = getattr(_method, "fget", _method)
        _function.__name__, _function.__qualname__ = _name, f"Node.{_name}"
        setattr(Node, _name, _method)

_others: Any = Node  # what other libraries ask of a type
_others.__torch_function__ = classmethod(_torch_function)
_others.__pandas_priority__ = 1_000_000  # a Series leaves `series * node` to the node
