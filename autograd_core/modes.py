"""What holds while an operation runs: whether it is recorded, and in which named scope.

Both live in one context variable, so that threads and asynchronous tasks do not see each other's,
and an operation reads them with one look-up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import FrameType
from typing import Any, TypeVar

from .resuming import resuming_in

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
        What a diagram writes into the folded box: a layer's `nn.Formulas`, () of a layer without.
        They are kept, and not the layer, so that a layer which keeps a node makes no reference
        cycle.

    Examples
    --------
    >>> from autograd_core import Node, scope
    >>> with scope("outer"), scope("inner"):
    ...     y = Node(2.0) * 3.0
    >>> y.scope.name, y.scope.parent.name
    ('inner', 'outer')
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

mode: ContextVar[Any] = ContextVar("autograd_core.mode", default=(True, None))
"""The mode; while generators have managers open, a `_Live` says whether operations are recorded."""

differentiated_since: ContextVar[int | None] = ContextVar(
    "autograd_core.differentiated_since", default=None
)
"""The serial number from which nodes belong to a function being differentiated; None outside."""


class _Entry:
    """One entry into a manager, until it is left."""

    __slots__ = ("before", "frame", "manager", "scope")

    def __init__(
        self, manager: _ModeManager, before: Any, scope: Scope | None, frame: FrameType | None
    ) -> None:
        self.manager = manager
        self.before = before  # the mode to go back to
        self.scope = scope
        self.frame = frame  # of a generator; None for what is entered and left in one go

    def applied(self, recording: bool, scope: Scope | None) -> Mode:
        return self.manager._records(recording), scope if self.scope is None else self.scope


class _Live:
    """In place of ``recording`` while a generator may be suspended inside a manager.

    The entry of a generator holds only while the generator runs: its caller, who goes on when it
    pauses, must not be left in its mode. A suspended frame has no caller.
    """

    __slots__ = ("included", "recording")

    def __init__(self, recording: bool, included: tuple[_Entry, ...]) -> None:
        self.recording = recording
        self.included = included  # entries that this mode was made inside of

    def now(self, scope: Scope | None) -> Mode:
        recording = self.recording
        for entry in _held.get():
            if _runs(entry) and entry not in self.included:
                recording, scope = entry.applied(recording, scope)
        return recording, scope


def _runs(entry: _Entry) -> bool:
    return entry.frame is not None and entry.frame.f_back is not None


_entered: ContextVar[tuple[_Entry, ...]] = ContextVar("autograd_core.entered", default=())
"""What is open, the latest last. Not kept by the managers: threads may share one."""

_held: ContextVar[tuple[_Entry, ...]] = ContextVar("autograd_core.held", default=())
"""What generators have open."""

_of_frame: dict[FrameType, list[_Entry]] = {}
"""The same by the generator's frame, which may be closed in any thread."""


def current() -> Mode:
    """Whether operations are recorded here and now, and the innermost open scope."""
    recording, scope = mode.get()
    return (recording, scope) if type(recording) is bool else recording.now(scope)


def is_recording() -> bool:
    """Whether operations are recorded: not so inside `no_grad`."""
    return current()[0]


def _set(recording: bool, scope: Scope | None) -> None:
    held = _held.get()
    if held:
        mode.set((_Live(recording, tuple(filter(_runs, held))), scope))
    else:
        mode.set((recording, scope))


def _restore(before: Any) -> None:
    """Go back to a mode; entries of generators that came since stay, those that went are gone."""
    held = _held.get()
    if held:
        held = tuple(entry for entry in held if entry.frame is not None)
        _held.set(held)
    recording, scope = before
    if held and type(recording) is bool:
        recording = _Live(recording, ())
    elif not held and type(recording) is not bool:
        recording = recording.recording
    mode.set((recording, scope))


def _asking(frame: FrameType) -> FrameType:
    """The frame that holds a with block, or an `ExitStack` in its place."""
    while frame.f_back is not None and (
        frame.f_code.co_qualname.startswith(_STACKS) and frame.f_globals["__name__"] == "contextlib"
    ):
        frame = frame.f_back
    return frame


_STACKS = ("ExitStack.", "AsyncExitStack.", "_BaseExitStack.")


def _suspends(frame: FrameType) -> bool:
    """Whether a frame is that of a generator whose caller goes on in the caller's own mode.

    A generator that is a context manager or a fixture of tests is there to leave the mode open.
    """
    if not frame.f_code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
        return False
    caller = frame.f_back
    while caller is not None and caller.f_code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
        caller = caller.f_back
    module = "" if caller is None else str(caller.f_globals.get("__name__"))
    return module.partition(".")[0] not in ("contextlib", "_pytest", "pytest_asyncio", "anyio")


class _ModeManager(ContextDecorator):
    """A context manager and decorator that changes the mode and puts it back.

    In a generator it holds while the generator runs, not while its caller goes on. As a decorator
    of a generator or coroutine function it is entered and left with every resumption.
    """

    def _records(self, recording: bool) -> bool:
        return recording

    def _opened(self, current: Scope | None) -> Scope | None:
        """The scope that the manager opens, if it does."""
        return None

    def _of_one_call(self) -> _ModeManager:
        """A manager for one call of a function that pauses."""
        return self

    def __enter__(self) -> Any:
        recording, scope = current()
        frame = _asking(sys._getframe(1))
        opened = self._opened(scope)
        if frame is not None and _suspends(frame):
            entry = _Entry(self, None, opened, frame)
            _of_frame.setdefault(frame, []).append(entry)
            before = mode.get()
            _held.set((*_held.get(), entry))
            _restore(before)
        else:
            entry = _Entry(self, mode.get(), opened, None)
            _entered.set((*_entered.get(), entry))
            _set(*entry.applied(recording, scope))
        return opened or scope

    def __exit__(self, *exception: object) -> None:
        frame = _asking(sys._getframe(1))
        for entries in (_of_frame.get(frame, []), _entered.get(), *list(_of_frame.values())):
            entry = next((e for e in reversed(entries) if e.manager is self), None)
            if entry is not None:
                break
        else:
            raise RuntimeError(
                f"{type(self).__name__} was left in another thread or task than it was entered "
                "in, where it changed nothing. Enter and leave it in one: write a with statement "
                f"inside the function that runs there, or decorate it with {type(self).__name__}"
            )
        if entry.frame is not None:
            _leave_generator(entry)
        else:
            _leave(entry)

    def __call__(self, function: Any) -> Any:
        """Return the function with all that it does in the mode."""
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(self(function.__func__))
        if not callable(function):
            raise TypeError(
                f"{type(self).__name__} expects a function to decorate, got "
                f"{type(function).__name__}: {function!r}"
            )
        resuming = resuming_in(self._of_one_call, function)
        return super().__call__(function) if resuming is None else resuming


def _leave_generator(entry: _Entry) -> None:
    frame = entry.frame
    assert frame is not None
    entries = _of_frame[frame]
    entries.remove(entry)
    if not entries:
        del _of_frame[frame]
    entry.frame = None  # so that it holds nowhere any more, and lets go of the generator's data
    _restore(mode.get())


def _leave(entry: _Entry) -> None:
    entered = _entered.get()
    place = entered.index(entry)
    later = entered[place + 1 :]
    _entered.set((*entered[:place], *later))
    _restore(entry.before)
    for other in later:  # left out of order: those that are still open hold without this one
        other.before = mode.get()
        _set(*other.applied(*current()))


class no_grad(_ModeManager):
    """Compute without recording: context manager and decorator, per thread.

    Results made inside carry a value and no history; they want no gradient. Around ``yield`` in a
    generator it holds for the generator, not for its caller; a generator or coroutine function that
    it decorates is in it at every resumption.

    Parameters
    ----------
    function : callable, optional
        What is decorated: ``@no_grad`` or ``@no_grad()``; nothing as a context manager.

    Raises
    ------
    TypeError
        If what is decorated is no function.

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

    def _records(self, recording: bool) -> bool:
        return False


class scope(_ModeManager):
    """Tag the nodes made inside with a name: context manager and decorator, nested.

    Layers and neurons use it, and so can four operations that shall fold into one "sigmoid" in a
    diagram. A scope changes no number.

    Parameters
    ----------
    name : str
        What a diagram shows on the folded box.

    Raises
    ------
    TypeError
        If the name is no text.

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

    def _opened(self, current: Scope | None) -> Scope | None:
        return Scope(self.name, current)

    def _of_one_call(self) -> _ModeManager:
        return _OneScope(self.name)


class _OneScope(scope):
    """The same scope at every entry: one call of a function that pauses is one box."""

    opened: Scope | None = None

    def _opened(self, current: Scope | None) -> Scope | None:
        if self.opened is None:
            self.opened = Scope(self.name, current)
        return self.opened


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
    before = mode.get()
    live = _of_frame or type(before[0]) is not bool  # a generator has opened a mode, somewhere
    if live:
        recording, outer = current()
        _set(recording, Scope(name, outer, formulas))
    else:
        recording, outer = before
        mode.set((recording, Scope(name, outer, formulas)))
    try:
        return function(*arguments)
    finally:
        if live or _of_frame:
            _restore(before)
        else:
            mode.set(before)


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
        before = self._mode = mode.get()
        if before[0] is not True:
            _set(True, current()[1])
        oldest = self.oldest
        if oldest is None:
            self._since = None
        else:
            outer = differentiated_since.get()
            since = oldest if outer is None or oldest < outer else outer
            self._since = differentiated_since.set(since)

    def __exit__(self, *exception: object) -> None:
        if self._since is not None:
            differentiated_since.reset(self._since)
        if mode.get() is not self._mode:
            _restore(self._mode)
