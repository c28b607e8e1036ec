"""Parts of a network as plain data and back, from a list of known names only."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from .calls import explain_constructor
from .checks import cut, flag

_KNOWN: dict[str, dict[str, type[Configurable]]] = {}

_INNER_KINDS = (
    "constraint", "initializer", "optimizer", "regularizer", "schedule", "layer", "group",
)  # fmt: skip
"""What a layer or an optimizer can hold among its arguments."""

_NEWER = ("groups", "decay_vectors")
"""Arguments that are not written where they are as usual, and that old files do not have."""

_MOST_ENTRIES = 4096
"""Of an array that is an argument; longer ones are to be parameters or buffers alone."""

_DEEPEST = 16
"""How many parts can stand inside each other: a file can't make this recurse for ever."""


class _Changes:
    """How often an attribute of any part was set: what was made of settings looks whether it is."""

    count = 0


changes = _Changes()


class Configurable:
    """A part that its constructor arguments describe: a layer, a loss, an initializer, ...

    Each argument is kept in an attribute of the same name, or as `kept_as` says. Of a class of
    users those that are plain data, or that another attribute holds, are kept by themselves.
    Subclasses are registered under their class name, so that `rebuild` can make them from a file
    without running anything from it.
    """

    kind: ClassVar[str] = ""
    short_name: ClassVar[str | None] = None
    """What the estimators of `nn.sklearn` call it; None where they don't offer it."""
    kept_as: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The attributes of arguments that are kept under another name, by the argument's name."""

    added_later: ClassVar[frozenset[str]] = frozenset()
    """Arguments that files of older releases do not have. With their defaults they are not written
    either, so that a run of such a release can go on."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        explain_constructor(cls)
        if not is_ours(cls) and inspect.isfunction(constructor := vars(cls).get("__init__")):
            cls.__init__ = _keeping(constructor)  # type: ignore[method-assign]
        # A class that names its kind stands for all of it, and can't be made itself.
        if cls.kind and "kind" not in cls.__dict__ and not cls.__name__.startswith("_"):
            known = _KNOWN.setdefault(cls.kind, {})
            # A class of your own may be named like one of ours, but files mean ours.
            if is_ours(cls) or not is_ours(known.get(cls.__name__)):
                known[cls.__name__] = cls

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = inspect.signature(type(self)).parameters
        given: dict[str, Any] = vars(self).get("_given", {})
        kept_as = {**self.kept_as, **vars(self).get("_given_as", {})}
        try:
            return {
                name: given[name]
                if name in given and not _says_more(getattr(self, name, self))
                else getattr(self, kept_as.get(name, name))
                for name in names
            }
        except AttributeError as error:
            raise AttributeError(
                f"{type(self).__name__}: {error}. Keep each argument of the constructor in an "
                "attribute of the same name, or define arguments(self)"
            ) from None

    def configuration(self) -> dict[str, Any]:
        """Return the class name and the constructor's arguments as plain data."""
        known = _KNOWN.get(self.kind, {}).get(type(self).__name__)
        if known is None or (is_ours(known) and known is not type(self)):
            reason = "is private" if known is None else f"is the name of {known.__module__}'s"
            raise ValueError(
                f"{type(self).__name__} can't be written to a file, for its name {reason}. "
                "Give the class another name"
            )
        parameters = inspect.signature(type(self)).parameters
        plain = {
            name: _as_plain(value)
            for name, value in self.arguments().items()
            if name not in self.added_later or value != parameters[name].default
        }
        return {"type": type(self).__name__, **plain}

    def __repr__(self) -> str:
        parameters = inspect.signature(type(self)).parameters
        parts: list[str] = []
        try:
            arguments = self.arguments()
        except AttributeError:  # an error message may be about to name it
            return f"{type(self).__name__}(...)"
        for name, value in arguments.items():
            parameter = parameters[name]
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                parts += map(repr, value)
            elif parameter.default is inspect.Parameter.empty:
                given = parameter.kind is inspect.Parameter.KEYWORD_ONLY
                parts.append(f"{name}={value!r}" if given else repr(value))
            elif repr(value) != repr(parameter.default):
                parts.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        changes.count += 1

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        changes.count += 1

    def __getstate__(self) -> dict[str, Any]:
        # What a step by hand left behind is a graph, which can't be copied or pickled.
        return {
            name: value for name, value in self.__dict__.items() if not name.startswith("_stepped")
        }


def is_ours(part: Any) -> bool:
    """Whether a class or function is one of this package."""
    return part is not None and part.__module__.split(".")[0] == __name__.split(".")[0]


def _keeping(constructor: Callable[..., None]) -> Callable[..., None]:
    """Let a user's constructor keep what it was given, as far as a file can hold it."""
    signature = inspect.signature(constructor)

    @functools.wraps(constructor)
    def kept(self: Any, *arguments: Any, **keywords: Any) -> None:
        constructor(self, *arguments, **keywords)
        if getattr(type(self).__init__, "__wrapped__", None) is not constructor:
            return  # that of a class above
        bound = signature.bind(self, *arguments, **keywords)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        held = {id(value): name for name, value in vars(self).items()}
        own = vars(self)
        own["_given"] = {name: value for name, value in given.items() if _is_plain(value)}
        own["_given_as"] = {
            name: held[id(value)]
            for name, value in given.items()
            if isinstance(value, Configurable) and id(value) in held
        }

    return kept


def _says_more(value: Any) -> bool:
    """Whether an attribute counts in place of an argument of its name, as nothing was made of it.

    Such as a parameter, a buffer, or a list of layers would be.
    """
    return _is_plain(value) or (callable(value) and not isinstance(value, Configurable))


def _is_plain(value: Any) -> bool:
    """Whether it is what a file can hold, and no part that has its own description."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, (np.generic, np.ndarray)):
        return value.dtype.kind in "fiub" and value.size <= _MOST_ENTRIES
    return value is None or isinstance(value, (bool, int, float, str))


def _as_plain(value: Any) -> Any:
    if isinstance(value, Configurable):
        return value.configuration()
    if isinstance(value, (list, tuple)):
        return [*map(_as_plain, value)]
    if isinstance(value, dict):
        return {name: _as_plain(part) for name, part in value.items()}
    if isinstance(value, (np.generic, np.ndarray)) and value.size <= _MOST_ENTRIES:
        return value.tolist()
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise TypeError(
            "a file holds numbers, texts, small arrays, and parts such as layers as arguments, got "
            f"{cut(value)}. Give its name, such as activation='relu', and look it up in the class"
        )
    return value


def known_by_short_name(kind: str) -> dict[str, type[Any]]:
    """Return the classes of a kind that have a short name of their own, by it.

    Examples
    --------
    >>> list(known_by_short_name("loss"))
    ['squared_error', 'absolute_error', 'huber']
    """
    found: dict[str, type[Any]] = {}
    for part in _KNOWN.get(kind, {}).values():
        if name := vars(part).get("short_name"):
            found.setdefault(name, part)
    return found


def known_names(kind: str) -> frozenset[str]:
    """Return the names of the classes of a kind."""
    return frozenset(_KNOWN.get(kind, {}))


def rebuild(kind: str, configuration: Any, *, complete: bool = False) -> Any:
    """Make a part from what `Configurable.configuration` returned.

    Parameters
    ----------
    kind : str
        Which kind of part is expected, such as "layer".
    configuration : dict
        The class name under "type", and the constructor's arguments.
    complete : bool, default False
        Whether all arguments must be there; otherwise defaults stand in for those of a release
        that had fewer.

    Returns
    -------
    Configurable
        The part.

    Raises
    ------
    ValueError
        If the name is not known for that kind, or the arguments don't fit.

    Examples
    --------
    >>> from nn import He
    >>> rebuild("initializer", He("uniform").configuration())
    He(distribution='uniform')
    """
    return _rebuilt((kind,), configuration, complete, _DEEPEST)


@functools.cache
def _parameters(part: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(part).parameters


def _rebuilt_inside(value: Any, complete: bool, deepest: int) -> Any:
    """An argument: a part, a list or a dict in which there may be parts, or plain data."""
    if isinstance(value, list) and deepest:
        return [_rebuilt_inside(each, complete, deepest - 1) for each in value]
    if isinstance(value, dict) and "type" not in value and deepest:
        return {name: _rebuilt_inside(each, complete, deepest - 1) for name, each in value.items()}
    if isinstance(value, dict):
        return _rebuilt(_INNER_KINDS, value, complete, deepest - 1)
    return value


def _listed(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of {name}, found {cut(value)}")
    return value


def _rebuilt(kinds: tuple[str, ...], configuration: Any, complete: bool, deepest: int) -> Any:
    known = {name: part for kind in kinds for name, part in _KNOWN.get(kind, {}).items()}
    name = configuration.get("type") if isinstance(configuration, dict) else configuration
    if not isinstance(configuration, dict) or not isinstance(name, str) or name not in known:
        expected = f"{' or '.join(kinds)} of type {', '.join(sorted(known))}"
        raise ValueError(f"expected a {expected}, found {cut(name)}")
    if deepest <= 0:
        raise ValueError(f"expected at most {_DEEPEST} parts inside each other, found more")
    part: Any = known[name]
    parameters = _parameters(part)
    # What was set on a layer beside its arguments.
    later = {"optimizer", "trainable"} - parameters.keys() if part.kind == "layer" else set[str]()
    attributes: dict[str, Any] = {}
    if "optimizer" in later and "optimizer" in configuration:
        given = configuration["optimizer"]
        attributes["optimizer"] = _rebuilt(("optimizer",), given, complete, deepest - 1)
    if "trainable" in later and "trainable" in configuration:  # as said here, not for those inside
        attributes["_trainable"] = flag(name, "trainable", configuration["trainable"])
    arguments = {
        argument: _rebuilt_inside(value, complete, deepest)
        for argument, value in configuration.items()
        if argument != "type" and argument not in later
    }
    for argument, parameter in parameters.items():
        if argument not in arguments:
            if complete and argument not in (*_NEWER, *part.added_later):
                raise ValueError(f"expected {argument} among the arguments of {name}, found none")
        elif type(parameter.default) is bool and type(arguments[argument]) is not bool:
            raise ValueError(
                f"expected true or false for {name}({argument}), found {cut(arguments[argument])}"
            )
    several = [name for name, each in parameters.items() if each.kind is each.VAR_POSITIONAL]
    in_order = [part for name in several for part in _listed(name, arguments.pop(name, []))]
    try:
        made = part(*in_order, **arguments)
        for attribute, value in attributes.items():
            setattr(made, attribute, value)
        return made
    except TypeError as error:
        raise ValueError(f"expected arguments of {name}, found {cut(arguments)}: {error}") from None
