"""Which memory each value gets: that of values which nobody needs any more is used again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Step:
    """One instruction, as far as memory is concerned.

    Attributes
    ----------
    makes : dict
        Key of each piece of memory that the step fills, and its bytes.
    needs : set
        Keys of the pieces that it reads.
    brief : dict
        Key and bytes of what it needs for itself alone.
    replaces : sequence
        Keys of the pieces in which its first result may be left if the step is their last reader.
    """

    makes: dict[Hashable, int]
    needs: set[Hashable]
    brief: dict[Hashable, int] = field(default_factory=dict)
    replaces: Sequence[Hashable] = ()


@dataclass
class Buffers:
    """A plan: which buffer each key lies in, and how many bytes each buffer has."""

    sizes: list[int]
    places: dict[Hashable, int]


def planned(steps: Sequence[Step], kept: Iterable[Hashable] = ()) -> Buffers:
    """Give every piece of memory a buffer, shared by pieces that are not needed at one time.

    Parameters
    ----------
    steps : sequence of Step
        In the order of their execution.
    kept : iterable
        Keys of what is needed after the last step.

    Returns
    -------
    Buffers

    Examples
    --------
    >>> steps = [Step({"a": 8}, set()), Step({"b": 8}, {"a"}), Step({"c": 4}, {"b"})]
    >>> planned(steps).places
    {'a': 0, 'b': 1, 'c': 0}
    """
    last: dict[Hashable, int] = {}
    for number, step in enumerate(steps):
        for key in (*step.makes, *step.needs):
            last[key] = number
    last.update(dict.fromkeys(kept, len(steps)))
    plan = Buffers([], {})
    free: list[int] = []
    for number, step in enumerate(steps):
        dying = [
            plan.places[key]
            for key in dict.fromkeys((*step.makes, *step.needs))
            if last[key] == number and key in plan.places
        ]
        replaced = [plan.places[key] for key in step.replaces if plan.places.get(key) in dying]
        for place, (key, size) in enumerate(step.makes.items()):
            if not place and replaced and plan.sizes[replaced[0]] >= size:
                plan.places[key] = replaced[0]
                dying.remove(replaced[0])
            else:
                plan.places[key] = _taken(free, plan, size)
            if last[key] == number:
                dying.append(plan.places[key])  # nobody reads it
        brief = []
        for key, size in step.brief.items():
            plan.places[key] = _taken(free, plan, size)
            brief.append(plan.places[key])
        free += [*dying, *brief]
    return plan


def _taken(free: list[int], plan: Buffers, size: int) -> int:
    """The number of a buffer for so many bytes: the smallest free one, the largest made larger."""
    if not free:
        plan.sizes.append(size)
        return len(plan.sizes) - 1
    fitting = [buffer for buffer in free if plan.sizes[buffer] >= size]
    if fitting:
        found = min(fitting, key=plan.sizes.__getitem__)
    else:
        found = max(free, key=plan.sizes.__getitem__)
        plan.sizes[found] = size
    free.remove(found)
    return found
