"""Groups: parameters that an optimizer treats otherwise, by the pattern of their names."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from ..checks import cut, number
from ..registry import Configurable

__all__ = ["Group"]


class _OfKind(Configurable):
    kind: ClassVar[str] = "group"


class Group(_OfKind):
    """Parameters whose names fit a pattern: how fast they learn, and how they decay.

    Parameters
    ----------
    pattern : str
        As for files: ``*`` stands for anything, dots too, ``?`` for one letter, ``[01]`` for one of
        these. It has to fit the whole path, such as ``encoder.2.bias``. Of several groups that fit,
        the first counts.
    learning_rate : float, optional
        The rate of these, in place of the optimizer's first one; it keeps its ratio to that, so
        that schedules, `ReduceOnPlateau` and a rate that is set later act on all.
    rate_factor : float, optional
        In place of it, that ratio: by what the optimizer's rate is multiplied.
    weight_decay : float, optional
        In place of the optimizer's, for biases too; by default it stays as it is.

    Raises
    ------
    TypeError
        If `pattern` is no text, or both `learning_rate` and `rate_factor` are given.

    Notes
    -----
    A group holds no parameters and is no mask: it says a rule, which also holds for what is put
    into the network later. Parameters that are not to learn at all are frozen:
    ``layer.trainable = False``.

    References
    ----------
    Multiples of one rate, as in J. Howard and S. Ruder, "Universal language model fine-tuning for
    text classification", ACL 2018, section 3.2.

    Examples
    --------
    >>> from nn import AdamW, FullyConnected, Group, NeuralNetwork, ReLU
    >>> network = NeuralNetwork(
    ...     [FullyConnected(4, 8), ReLU(), FullyConnected(8, 2)],
    ...     optimizer=AdamW(
    ...         1e-3, groups=[Group("0.*", learning_rate=1e-4), Group("*.bias", weight_decay=0)]
    ...     ),
    ... )
    """

    def __init__(
        self,
        pattern: str,
        *,
        learning_rate: float | None = None,
        rate_factor: float | None = None,
        weight_decay: float | None = None,
    ) -> None:
        if not isinstance(pattern, str) or not pattern:
            raise TypeError(
                f"Group(pattern) expects a pattern of names such as '*.bias', got {cut(pattern)}"
            )
        self.pattern = pattern
        if learning_rate is not None and rate_factor is not None:
            raise TypeError("Group expects learning_rate or rate_factor, got both")
        self.learning_rate = _given("learning_rate", learning_rate, above=0)
        self.rate_factor = _given("rate_factor", rate_factor, above=0)
        self.weight_decay = _given("weight_decay", weight_decay, least=0)

    def holds(self, name: str) -> bool:
        """Whether a parameter belongs to it.

        Examples
        --------
        >>> from nn import Group
        >>> Group("*.bias").holds("encoder.2.bias"), Group("0.*").holds("10.weight")
        (True, False)
        """
        return fnmatchcase(name, self.pattern)

    def scaled(self, share: float) -> Group:
        """Return the group with its learning rate, if it has one, multiplied by a share."""
        if self.learning_rate is None:
            return self
        rate = self.learning_rate * share
        return Group(self.pattern, learning_rate=rate, weight_decay=self.weight_decay)


def _given(name: str, value: Any, **bounds: float) -> float | None:
    return None if value is None else number("Group", name, value, **bounds)


def checked_groups(owner: str, groups: Any, decays: bool) -> tuple[Group, ...]:
    """Return the groups of an optimizer, or raise where something else is given.

    `decays` says whether the optimizer has a weight decay.
    """
    if isinstance(groups, Group):
        groups = (groups,)
    if not isinstance(groups, Iterable) or not all(isinstance(each, Group) for each in groups):
        raise TypeError(
            f"{owner}(groups) expects a list of groups such as [Group('*.bias', weight_decay=0)], "
            f"got {cut(groups)}"
        )
    for group in groups:
        if group.weight_decay is not None and not decays:
            raise ValueError(
                f"{owner} has no weight decay, got {group!r}. Write AdamW(...) or SGD(...), which "
                "have one, or a regularizer: FullyConnected(..., weight_regularizer=L2(1e-4))"
            )
    return tuple(groups)
