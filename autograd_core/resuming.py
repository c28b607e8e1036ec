"""Functions that pause: generators and coroutines, of which every resumption runs in a mode."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any

Manager = AbstractContextManager[Any]


def resuming_in(manager: Callable[[], Manager], function: Callable[..., Any]) -> Any:
    """Return a function that pauses with a mode around every resumption; None for any other.

    Parameters
    ----------
    manager : callable
        Makes the manager of one call, which is entered and left again and again.
    function : callable
        A generator function, a coroutine function, or an asynchronous generator function.
    """
    if isgeneratorfunction(function):

        @wraps(function)
        def generator(*arguments: Any, **keywords: Any) -> Any:
            return (yield from _resumed(manager(), function(*arguments, **keywords)))

        return generator
    if iscoroutinefunction(function):

        @wraps(function)
        async def coroutine(*arguments: Any, **keywords: Any) -> Any:
            return await _Awaited(manager(), function(*arguments, **keywords))

        return coroutine
    if isasyncgenfunction(function):

        @wraps(function)
        async def asynchronous(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
            own = manager()
            inner = function(*arguments, **keywords)
            resumption = inner.asend(None)
            while True:
                try:
                    value = await _Awaited(own, resumption)
                except StopAsyncIteration:
                    return
                try:
                    resumption = inner.asend((yield value))
                except GeneratorExit:
                    await _Awaited(own, inner.aclose())
                    raise
                except BaseException as error:  # thrown in by the caller: the inner one decides
                    resumption = inner.athrow(error)

        return asynchronous
    return None


def _step(manager: Manager, resume: Callable[..., Any], *sent: Any) -> Any:
    with manager:
        return resume(*sent)


def _resumed(manager: Manager, inner: Any) -> Generator[Any, Any, Any]:
    """``yield from inner`` (PEP 380), with the manager entered around every resumption."""
    resume, sent = inner.send, None
    while True:
        try:
            value = _step(manager, resume, sent)
        except StopIteration as stop:
            return stop.value
        try:
            resume, sent = inner.send, (yield value)
        except GeneratorExit:
            _step(manager, inner.close)
            raise
        except BaseException as error:  # thrown in by the caller: the inner one decides
            resume, sent = inner.throw, error


class _Awaited:
    """What a coroutine awaits to be resumed in a mode."""

    def __init__(self, manager: Manager, inner: Any) -> None:
        self.manager = manager
        self.inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        return _resumed(self.manager, self.inner)
