"""An iterator that runs in a background thread, a few items ahead of who asks for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK_EVERY = 1.0
"""Seconds after which who waits looks up: on Windows, Ctrl-C is only noticed then."""

_PATIENCE = 1.0
"""Seconds for which the end waits for a thread that is in the middle of an item."""


def read_ahead(items: Iterator[Item], ahead: int) -> Iterator[Item]:
    """Yield the items of an iterator, which runs ahead in a thread.

    Parameters
    ----------
    items : iterator
        Runs in the thread alone, from the first item asked for.
    ahead : int
        How many items wait at most; 0 for no thread.

    Yields
    ------
    item
        In their order. What the iterator raises is raised in the place of the item.

    Examples
    --------
    >>> list(read_ahead(iter(range(5)), 2))
    [0, 1, 2, 3, 4]
    """
    if not ahead:
        yield from items
        return
    shelf = _Shelf[Item](ahead)
    thread = threading.Thread(target=_fill, args=(items, shelf), daemon=True, name="read ahead")
    thread.start()
    try:
        yield from shelf
    finally:
        shelf.close()
        thread.join(_PATIENCE)


def _fill(items: Iterator[Item], shelf: _Shelf[Item]) -> None:
    try:
        for item in items:
            if not shelf.put(item):
                break
    except BaseException as error:
        shelf.end(error)
    else:
        shelf.end()
    finally:
        if (close := getattr(items, "close", None)) is not None:
            close()  # in this thread, where it has run


class _Shelf(Generic[Item]):
    """Where one thread puts items and another takes them."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Wait for a free place and put an item there; False where nobody takes any more."""
        with self._changed:
            while len(self._items) >= self._places and not self._closed:
                self._changed.wait()
            self._items.append(item)
            self._changed.notify_all()
            return not self._closed

    def end(self, error: BaseException | None = None) -> None:
        """Say that no item follows, or why."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Say that no item is taken any more."""
        with self._changed:
            self._closed, self._error = True, None
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Item]:
        while True:
            with self._changed:
                while not self._items and not self._ended:
                    self._changed.wait(_LOOK_EVERY)
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # whose traceback holds this frame
