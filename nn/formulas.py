"""What a layer or a loss computes and passes back, as lines for its box in a diagram."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .registry import Configurable

__all__ = ["Formulas"]


class Formulas(NamedTuple):
    """The equations of a layer or a loss, in the letters of lecture 000.

    X goes in, Y comes out; E is the error from behind, E′ goes on; ∂W is the gradient of W. For a
    loss ŷ is the prediction (X where it is scores), y the label, L the loss. Capitals side by side
    are a matrix product, ⊙ multiplies entries. Σ adds up what the left side does not have: all for
    L, the samples for ∂b, the entries of each sample for Y and E′. n is the number of samples, or
    of entries where a loss is the mean of these; q are the labels of classes, smoothed and
    weighted, w is how much each sample counts, both over the sum of the weights for a mean. s is
    the score of the right class, t is 1 where y is yes, else −1. Of what is normalised together μ
    is the mean, σ² the variance, ``mean(...)`` that of something else; N = (X − μ) / √(σ² + ε).

    Attributes
    ----------
    forward : str
        One line for the way forward.
    backward : tuple of str, default ()
        Lines for the way back.

    Examples
    --------
    >>> from nn import Formulas, Layer
    >>> class Square(Layer):
    ...     formulas = Formulas("Y = X²", ("E′ = 2 E ⊙ X",))
    ...
    ...     def apply(self, x):
    ...         return x * x
    >>> Square().formulas.backward
    ('E′ = 2 E ⊙ X',)
    """

    forward: str
    backward: tuple[str, ...] = ()

    def averaged(self) -> Formulas:
        """Return the formulas of a loss divided by the number of samples.

        Examples
        --------
        >>> from nn import Formulas
        >>> Formulas("L = −Σ y ln σ(X)", ("E = σ(X) − y",)).averaged()
        Formulas(forward='L = −Σ y ln σ(X) / n', backward=('E = (σ(X) − y) / n',))
        """
        lines = []
        for line in self.backward:
            left, right = line.split(" = ")
            lines.append(f"{left} = {_in_brackets(right)} / n")
        return Formulas(f"{self.forward} / n", tuple(lines))

    def weighted(self) -> Formulas:
        """Return the formulas of a loss of samples that have weights.

        Examples
        --------
        >>> from nn import Formulas
        >>> Formulas("L = Σ (ŷ − y)²", ("E = 2 (ŷ − y)",)).weighted()
        Formulas(forward='L = Σ w ⊙ (ŷ − y)²', backward=('E = w ⊙ 2 (ŷ − y)',))
        """
        lines = (line.split(" = ") for line in self.backward)
        return Formulas(
            self.forward.replace("Σ ", "Σ w ⊙ ", 1),
            tuple(f"{left} = w ⊙ {_in_brackets(right, '−')}" for left, right in lines),
        )


def _in_brackets(right: str, sign: str = " ") -> str:
    """Put a sum in brackets, and what begins with a sign, so that it is one factor."""
    bare = right
    while (inner := re.sub(r"\([^()]*\)|\[[^][]*\]", "", bare)) != bare:
        bare = inner
    is_sum = " − " in bare or " where " in bare or right.startswith(sign)
    return f"({right})" if is_sum else right


class WithFormulas(Configurable):
    """A part of a network that has a box of its own in a diagram.

    Attributes
    ----------
    formulas : Formulas or None
        What `apply` computes. A subclass that defines another `apply` inherits none.
    """

    formulas: Formulas | None = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "apply" in vars(cls) and "formulas" not in vars(cls):
            cls.formulas = None
