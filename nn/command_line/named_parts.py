"""Parts of a network in a configuration: a name, and arguments behind it."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..checks import cut
from ..choosing import losses_by_name, usual_name
from ..data.catalogue import DatasetInfo
from ..data.text import IGNORED
from ..initializers import (
    Constant,
    He,
    Initializer,
    LeCun,
    Normal,
    Uniform,
    UniformFanIn,
    Xavier,
    Zeros,
)
from ..layers import Layer, LogSoftMax, SoftMax
from ..losses import Loss, MultiClassHingeLoss
from ..optimizers import Optimizer
from ..registry import known_by_short_name
from ..schedules import CosineDecay, Schedule, StepDecay, WarmUp
from .configuration import NUMBER
from .layer_list import layers_from

__all__ = [
    "ending_for",
    "initializer_from",
    "loss_from",
    "optimizer_from",
    "part_problems",
    "schedule_from",
]

INITIALIZERS: dict[str, type[Initializer]] = {
    "he": He,
    "xavier": Xavier,
    "lecun": LeCun,
    "normal": Normal,
    "uniform": Uniform,
    "uniform_fan_in": UniformFanIn,
    "constant": Constant,
    "zeros": Zeros,
}
LOSSES: dict[str, type[Loss]] = {
    name: loss
    for name, loss in losses_by_name(SoftMax()).items()
    if loss.one_hot_labels  # others are for yes and no
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


def loss_from(text: str, reduction: str, *, texts: bool = False) -> Loss:
    """Make a loss from its name and its arguments; of texts, one that ignores what only fills up.

    Examples
    --------
    >>> loss_from("cross_entropy label_smoothing=0.1", "mean")
    CrossEntropyLoss(reduction='mean', label_smoothing=0.1)
    """
    known = LOSSES
    fixed: dict[str, Any] = {"reduction": reduction}
    if texts:
        fixed["ignore_index"] = IGNORED
        known = {
            name: loss
            for name, loss in known.items()
            if "ignore_index" in inspect.signature(loss).parameters
        }
    name, *arguments = text.split() or [""]
    made: Loss = _made(" ".join([usual_name(name), *arguments]), known, **fixed)
    return made


def ending_for(loss: Loss) -> list[Layer]:
    """Return what stands between the scores of a network and its loss.

    Examples
    --------
    >>> from nn import CrossEntropyLoss, SoftMaxCrossEntropyLoss
    >>> ending_for(CrossEntropyLoss()), ending_for(SoftMaxCrossEntropyLoss())
    ([SoftMax()], [])
    """
    if loss.applies_softmax or isinstance(loss, MultiClassHingeLoss):
        return []
    return [LogSoftMax() if loss.expects.startswith("logarithms") else SoftMax()]


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
    values: Mapping[str, Any], places: Mapping[str, str], data: DatasetInfo, classes: int
) -> list[str]:
    """Return what is wrong with the parts that a configuration names: each is made once.

    Parameters
    ----------
    values, places : mapping
        What was written, and where, by key.
    data : DatasetInfo
        What the run learns from.
    classes : int
        How many there are.
    """
    texts = data.kind == "text"
    rate = values.get("learning_rate", 0.1)
    made: dict[str, Callable[[str], object]] = {
        "layers": lambda text: layers_from(text, data.shape, classes, Zeros(), texts=texts),
        "initializer": initializer_from,
        "optimizer": lambda text: optimizer_from(text, rate),
        "loss": lambda text: loss_from(text, "mean", texts=texts),
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
    name = name.lower()
    if name not in known:
        near = difflib.get_close_matches(name[:40], known, n=1)
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
            rate = "; learning_rate is a key of its own" if key in ("lr", "learning_rate") else ""
            raise ValueError(
                f"{name} knows {names or 'no arguments'}, found {cut(word, _SHORT)}{rate}"
            )
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
