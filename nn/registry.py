"""Parts of a network as plain data and back, from a list of known names only."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

_KNOWN: dict[str, dict[str, type[Configurable]]] = {}


class Configurable:
    """A part that its constructor arguments describe: a layer, a loss, an initializer, ...

    Each argument is kept in an attribute of the same name. Subclasses are registered under their
    class name, so that `rebuild` can make them from a file without running anything from it.
    """

    kind: ClassVar[str] = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.kind and not cls.__name__.startswith("_"):
            _KNOWN.setdefault(cls.kind, {})[cls.__name__] = cls

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def configuration(self) -> dict[str, Any]:
        """Return the class name and the constructor's arguments as plain data."""
        plain = {name: _as_plain(value) for name, value in self.arguments().items()}
        return {"type": type(self).__name__, **plain}

    def __repr__(self) -> str:
        parameters = inspect.signature(type(self)).parameters
        parts = []
        for name, value in self.arguments().items():
            default = parameters[name].default
            if default is inspect.Parameter.empty:
                parts.append(repr(value))
            elif repr(value) != repr(default):
                parts.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


def _as_plain(value: Any) -> Any:
    return value.configuration() if isinstance(value, Configurable) else value


def rebuild(kind: str, configuration: Any) -> Any:
    """Make a part from what `Configurable.configuration` returned.

    Parameters
    ----------
    kind : str
        Which kind of part is expected, such as "layer".
    configuration : dict
        The class name under "type", and the constructor's arguments.

    Returns
    -------
    Configurable
        The part.

    Raises
    ------
    ValueError
        If the name is not known for that kind, or the arguments don't fit.
    """
    known = _KNOWN.get(kind, {})
    if not isinstance(configuration, dict) or configuration.get("type") not in known:
        found = configuration.get("type") if isinstance(configuration, dict) else configuration
        raise ValueError(f"expected a {kind} of type {', '.join(sorted(known))}, found {found!r}")
    part = known[configuration["type"]]
    arguments = {
        name: rebuild("initializer", value) if isinstance(value, dict) else value
        for name, value in configuration.items()
        if name != "type"
    }
    try:
        return part(**arguments)
    except TypeError as error:
        raise ValueError(
            f"expected arguments of {part.__name__}, found {arguments}: {error}"
        ) from None
