"""Parts of a network in a configuration: a name, and arguments behind it."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..checks import cut
from ..initializers import (
    Constant,
    He,
    Initializer,
    Normal,
    Uniform,
    UniformFanIn,
    Xavier,
    Zeros,
)
from ..losses import (
    CrossEntropyLoss,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SoftMaxCrossEntropyLoss,
)
from ..optimizers import Optimizer
from ..registry import known_by_short_name
from ..schedules import CosineDecay, Schedule, StepDecay, WarmUp
from .configuration import NUMBER
from .layer_list import layers_from

__all__ = ["initializer_from", "loss_from", "optimizer_from", "part_problems", "schedule_from"]

INITIALIZERS: dict[str, type[Initializer]] = {
    "he": He,
    "xavier": Xavier,
    "normal": Normal,
    "uniform": Uniform,
    "uniform_fan_in": UniformFanIn,
    "constant": Constant,
    "zeros": Zeros,
}
LOSSES: dict[str, type[Loss]] = {
    "cross_entropy": CrossEntropyLoss,
    "softmax_cross_entropy": SoftMaxCrossEntropyLoss,
    "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
}
SCHEDULES: dict[str, type[Schedule]] = {"step": StepDecay, "cosine": CosineDecay}

_SHORT = 60


def initializer_from(text: str) -> Initializer:
    """Make an initializer, of weights, from its name and its arguments.

    Examples
    --------
    >>> initializer_from("xavier"), initializer_from("normal std=0.1")
    (Xavier(), Normal(std=0.1))
    """
    made: Initializer = _made(text, INITIALIZERS)
    return made


def loss_from(text: str, reduction: str) -> Loss:
    """Make a loss from its name.

    Examples
    --------
    >>> loss_from("cross_entropy", "mean")
    CrossEntropyLoss(reduction='mean')
    """
    made: Loss = _made(text, LOSSES, reduction=reduction)
    return made


def optimizer_from(text: str, rate: float | Schedule) -> Optimizer:
    """Make an optimizer from its name, its arguments, and the learning rate.

    Examples
    --------
    >>> optimizer_from("sgd momentum=0.9", 0.1)
    SGD(momentum=0.9)
    """
    made: Optimizer = _made(text, known_by_short_name("optimizer"), learning_rate=rate)
    return made


def schedule_from(text: str, rate: float) -> float | Schedule:
    """Make what sets the learning rate; nothing written is the rate itself.

    Examples
    --------
    >>> schedule_from("step epochs=30", 0.1)
    StepDecay(0.1, epochs=30)
    >>> schedule_from("warmup epochs=1 then cosine epochs=9", 0.1)
    WarmUp(then=CosineDecay(0.1, epochs=9), epochs=1)
    """
    first, then, rest = (part.strip() for part in text.partition(" then "))
    if not first:
        return rate
    known = SCHEDULES | {"warmup": WarmUp}
    fixed: dict[str, Any] = {"learning_rate": rate}
    if first.split()[0] == "warmup":
        fixed = {"then": schedule_from(rest, rate)}
    elif then:
        raise ValueError(f'expects "then" behind warmup alone, found {cut(text, _SHORT)}')
    made: Schedule = _made(first, known, **fixed)
    return made


def part_problems(
    values: Mapping[str, Any], places: Mapping[str, str], shape: tuple[int, ...], classes: int
) -> list[str]:
    """Return what is wrong with the parts that a configuration names: each is made once.

    Parameters
    ----------
    values, places : mapping
        What was written, and where, by key.
    shape : tuple of int
        Of one sample.
    classes : int
        How many there are.
    """
    rate = values.get("learning_rate", 0.1)
    made: dict[str, Callable[[str], object]] = {
        "layers": lambda text: layers_from(text, shape, classes, Zeros()),
        "initializer": initializer_from,
        "optimizer": lambda text: optimizer_from(text, rate),
        "loss": lambda text: loss_from(text, "mean"),
        "schedule": lambda text: schedule_from(text, rate),
    }
    problems = []
    for key, make in made.items():
        try:
            if values.get(key):
                make(values[key])
        except ValueError as error:
            problems.append(f"{places[key]}: {key}: {error}")
    return problems


def _made(text: str, known: Mapping[str, type], **fixed: Any) -> Any:
    """Call a class by its name with arguments, ``name=value`` or in order, and fixed ones."""
    name, *written = text.split() or [""]
    if name not in known:
        near = difflib.get_close_matches(name.lower()[:40], known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"expects {' or '.join(known)}, found {cut(name, _SHORT)}{meant}")
    part = known[name]
    taken = inspect.signature(part).parameters
    fixed = {key: value for key, value in fixed.items() if key in taken}
    parameters = [p for p in taken.values() if p.name not in fixed]
    in_order = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    given: dict[str, Any] = {}
    for word in written:
        key, equals, value = word.partition("=")
        if not equals:
            key, value = in_order[len(given)] if len(given) < len(in_order) else "", word
        if key not in [p.name for p in parameters] or key in given:
            names = ", ".join(f"{p.name}=..." for p in parameters)
            raise ValueError(f"{name} knows {names or 'no arguments'}, found {cut(word, _SHORT)}")
        given[key] = _value(value)
    try:
        return part(**given, **fixed)
    except TypeError as error:
        raise ValueError(str(error)) from None


def _value(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r"[+-]?[0-9]{1,18}", written):
        return int(written)
    return float(written) if NUMBER.fullmatch(written) else written
