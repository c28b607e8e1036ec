"""The page of a diagram as a widget, for notebooks that run no inline scripts.

Needs anywidget: ``pip install "autograd-core[widget]"``.
"""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets

from autograd_core.program.javascript.tables import spelled

from .page.html import Page

Value = float | list[Any]
"""A number, or the rows of an array."""


class Values(dict[str, Value]):
    """The leaves by their names, as they are now; nobody would hear of a change inside of it."""

    def __setitem__(self, name: str, value: Value) -> None:
        raise TypeError(
            f"values[{name!r}] = ... would not reach the page. Write: widget.values = "
            f"{{{name!r}: {value!r}}}; leaves that are not named stay as they are"
        )

    def __reduce__(self) -> tuple[type, tuple[dict[str, Value]]]:
        return dict, (dict(self),)  # copies are ordinary


class _FromPage(dict[str, Value]):
    """What the page says of its leaves: all of them, and perhaps not finite."""


def _to_json(values: dict[str, Value], _: GraphWidget) -> dict[str, Any]:
    return {name: _each(value, spelled) for name, value in values.items()}


def _from_json(values: dict[str, Any], _: GraphWidget) -> _FromPage:
    return _FromPage({name: _each(value, float) for name, value in values.items()})


class GraphWidget(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget need not be there
    """The interactive page of a diagram. Made by `Diagram.widget`.

    Attributes
    ----------
    page : str
        What the page shows, as JSON.
    values : dict of str to float or nested list
        The leaves of a live page by their names, always all of them; empty of a page that is not
        live. What is changed in the page arrives here, while a number is dragged 25 times a second.
        A dict that is set here moves the page; leaves that it does not name stay as they are. What
        is changed inside of it nobody hears.

    Raises
    ------
    ValueError
        If `values` names what is no leaf, or has an array of another shape or a number that is not
        finite.
    TypeError
        If `values` has something else than real numbers, or one of its items is set.

    See Also
    --------
    Diagram.widget
    """

    _esm = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)
    values = traitlets.Dict().tag(sync=True, to_json=_to_json, from_json=_from_json)

    def __init__(self, page: Page, image: str) -> None:
        self._image = image
        leaves = () if page.graph is None else page.graph.leaves
        start = [np.asarray(leaf.value) for leaf in leaves]
        self._start = dict(zip(page.leaf_keys, start, strict=True))
        self._now = Values({name: _nested(array) for name, array in self._start.items()})
        super().__init__(_esm=page.module(), page=page.json(), values=self._now)

    @traitlets.validate("values")  # type: ignore[untyped-decorator]
    def _complete(self, proposal: dict[str, Any]) -> Values:
        values = proposal["value"]
        if not isinstance(values, _FromPage):
            values = {name: self._checked(name, value) for name, value in values.items()}
        self._now = Values(self._now | values)
        return self._now

    def _checked(self, name: str, value: Any) -> Value:
        """The value of a leaf that somebody set in Python."""
        if name not in self._start:
            raise ValueError(f"values has no leaf {name!r}. {self._leaves()}")
        try:
            array = np.asarray(value)
        except ValueError:
            expected = f"values[{name!r}] expects rows of the same length"
            raise ValueError(f"{expected}, got {value!r}") from None
        if array.dtype.kind not in "iuf":
            raise TypeError(f"values[{name!r}] expects real numbers, got {value!r}")
        leaf = self._start[name]
        if array.shape != leaf.shape:
            raise ValueError(
                f"values[{name!r}] expects shape {leaf.shape}, got {array.shape}. Write numbers in "
                f"nested lists, as they are now: {self._now[name]!r}"
            )
        with np.errstate(over="ignore"):
            array = array.astype(leaf.dtype)
        if not np.isfinite(array).all():
            raise ValueError(f"values[{name!r}] expects finite {leaf.dtype} numbers, got {value!r}")
        return _nested(array)

    def _leaves(self) -> str:
        if not self._start:
            return "This page is not live: write draw(..., live=True).widget()"
        return f"Its leaves are {', '.join(map(repr, self._start))}"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and the image where there are no widgets, such as in a converted notebook."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/html": self._image}, metadata


def _nested(array: np.ndarray[Any, Any]) -> Value:
    return array.astype(float).tolist()


def _each(value: Any, way: Any) -> Any:
    """A nested list with each number as `way` makes it."""
    return [_each(row, way) for row in value] if isinstance(value, list) else way(value)
