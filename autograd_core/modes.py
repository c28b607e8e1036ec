"""What holds while an operation runs: whether it is recorded, and in which named scope.

Both live in one context variable, so that threads and asynchronous tasks do not see each other's,
and an operation reads them with one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import Any, TypeVar

Result = TypeVar("Result")


class Scope:
    """One entry into a named part of a computation, such as one call of a layer.

    Nodes made inside carry it as ``node.scope``. Entering the same name twice gives two scopes,
    so that two calls of one layer stay two boxes in a diagram.

    Attributes
    ----------
    name : str
        The name given to `scope`.
    parent : Scope or None
        The scope around this one.
    formulas : object or None
        What a diagram writes into the folded box: a layer's `nn.Formulas`. They are kept, and not
        the layer, so that a layer which keeps a node makes no reference cycle.
    """

    __slots__ = ("formulas", "name", "parent")

    def __init__(self, name: str, parent: Scope | None, formulas: Any = None) -> None:
        self.name = name
        self.parent = parent
        self.formulas = formulas

    def __iter__(self) -> Iterator[Scope]:
        """The scopes from the outermost to this one."""
        chain: list[Scope] = []
        current: Scope | None = self
        while current is not None:
            chain.append(current)
            current = current.parent
        return reversed(chain)

    def __str__(self) -> str:
        return "/".join(scope.name for scope in self)

    def __repr__(self) -> str:
        return f"Scope({str(self)!r})"


Mode = tuple[bool, Scope | None]
"""Whether operations are recorded, and the innermost open scope."""

mode: ContextVar[Mode] = ContextVar("autograd_core.mode", default=(True, None))

differentiated_since: ContextVar[int | None] = ContextVar(
    "autograd_core.differentiated_since", default=None
)
"""The serial number from which nodes belong to a function being differentiated; None outside."""


def is_recording() -> bool:
    """Whether operations are recorded: not so inside `no_grad`."""
    return mode.get()[0]


_outside: ContextVar[tuple[Mode, ...]] = ContextVar("autograd_core.outside", default=())
"""The modes to go back to, the latest last. Not kept by the manager: threads may share one."""


class _ModeManager(ContextDecorator):
    """A context manager and decorator that changes the mode and puts it back."""

    def _changed(self, recording: bool, current: Scope | None) -> Mode:
        raise NotImplementedError

    def __enter__(self) -> Any:
        before = mode.get()
        changed = self._changed(*before)
        _outside.set((*_outside.get(), before))
        mode.set(changed)
        return changed[1]

    def __exit__(self, *exception: object) -> None:
        *outer, before = _outside.get()
        _outside.set(tuple(outer))
        mode.set(before)


class no_grad(_ModeManager):
    """Compute without recording: context manager and decorator, per thread.

    Results made inside carry a value and no history; they want no gradient.

    Examples
    --------
    >>> from autograd_core import Node, no_grad
    >>> x = Node(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.value, y.requires_grad
    (np.float64(9.0), False)
    >>> @no_grad
    ... def square(x):
    ...     return x * x
    >>> square(x).requires_grad
    False
    """

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """Return the manager, or, for ``@no_grad`` without brackets, the decorated function."""
        manager = super().__new__(cls)
        if function is None:
            return manager
        return manager(function)

    def _changed(self, recording: bool, current: Scope | None) -> Mode:
        return False, current


class scope(_ModeManager):
    """Tag the nodes made inside with a name: context manager and decorator, nested.

    Layers and neurons use it, and so can four operations that shall fold into one "sigmoid" in a
    diagram. A scope changes no number.

    Parameters
    ----------
    name : str
        What a diagram shows on the folded box.

    Examples
    --------
    >>> from autograd_core import Node, exp, scope
    >>> x = Node(0.5, name="x")
    >>> with scope("sigmoid"):
    ...     y = 1 / (1 + exp(-x))
    >>> str(y.scope)
    'sigmoid'
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(
                f"scope() expects a name (str), got {type(name).__name__}; "
                f'write for example: with scope("sigmoid"): ...'
            )
        self.name = name

    def _changed(self, recording: bool, current: Scope | None) -> Mode:
        return recording, Scope(self.name, current)


def in_scope(name: str, formulas: Any, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a scope: ``with scope(name): ...`` in less time, for what is called often.

    Parameters
    ----------
    name : str
        What a diagram shows on the folded box.
    formulas : object or None
        What it writes into the box; see `Scope`.
    function : callable
        What is called with the `arguments`.

    Examples
    --------
    >>> from autograd_core import Node
    >>> node = in_scope("twice", None, lambda x: x + x, Node(1.0))
    >>> str(node.scope), node.value
    ('twice', np.float64(2.0))
    """
    recording, outer = mode.get()
    token = mode.set((recording, Scope(name, outer, formulas)))
    try:
        return function(*arguments)
    finally:
        mode.reset(token)


class recording:
    """Record even inside `no_grad`: what `grad` needs for the function that it differentiates.

    Parameters
    ----------
    oldest : int, optional
        The serial number from which nodes belong to that function while it runs. Of nested
        functions the outermost counts: what it made, an inner one may not lose either.
    """

    __slots__ = ("_mode", "_since", "oldest")

    def __init__(self, oldest: int | None = None) -> None:
        self.oldest = oldest

    def __enter__(self) -> None:
        self._mode = mode.set((True, mode.get()[1]))
        outer = differentiated_since.get()
        oldest = self.oldest
        since = outer if oldest is None or (outer is not None and outer < oldest) else oldest
        self._since = differentiated_since.set(since)

    def __exit__(self, *exception: object) -> None:
        differentiated_since.reset(self._since)
        mode.reset(self._mode)
