"""What layers and losses compute, and what they pass back: the equations of lecture 000."""

from __future__ import annotations

from typing import Any, NamedTuple


class LayerFormulas(NamedTuple):
    """One line for the way forward, some for the way back."""

    forward: str
    backward: tuple[str, ...]


LAYERS = {
    # eqs. (4), (7) and (8)
    "FullyConnected": LayerFormulas("Y = X W + b", ("E′ = E Wᵀ", "∂W = Xᵀ E", "∂b = Σ E")),
    # eq. (9)
    "ReLU": LayerFormulas("Y = max(0, X)", ("E′ = E where X > 0, else 0",)),
    "Sigmoid": LayerFormulas("Y = 1 / (1 + exp(−X))", ("E′ = E ⊙ Y ⊙ (1 − Y)",)),
    "Tanh": LayerFormulas("Y = tanh(X)", ("E′ = E ⊙ (1 − Y²)",)),
    "LeakyReLU": LayerFormulas("Y = X where X > 0, else a X", ("E′ = E where X > 0, else a E",)),
    "ELU": LayerFormulas(
        "Y = X where X > 0, else α (exp(X) − 1)", ("E′ = E where X > 0, else E ⊙ (Y + α)",)
    ),
    # eqs. (10) and (11)
    "SoftMax": LayerFormulas("Y = exp(X) / Σ exp(X)", ("E′ = Y ⊙ (E − Σ E ⊙ Y)",)),
    "Flatten": LayerFormulas("Y = X, each sample in a row", ("E′ = E in the shape of X",)),
    "Reshape": LayerFormulas("Y = X in another shape", ("E′ = E in the shape of X",)),
    "Dropout": LayerFormulas("Y = X ⊙ M / (1 − p)", ("E′ = E ⊙ M / (1 − p)",)),
    # eqs. (12) and (13), with the derivative that (12) has
    "CrossEntropyLoss": LayerFormulas("L = −Σ y ln(ŷ + ε)", ("E = −y / (ŷ + ε)",)),
    "SoftMaxCrossEntropyLoss": LayerFormulas("L = −Σ y ln softmax(X)", ("E = softmax(X) − y",)),
    "BinaryCrossEntropy": LayerFormulas(
        "L = −Σ [y ln(ŷ + ε) + (1 − y) ln(1 − ŷ + ε)]",
        ("E = (1 − y) / (1 − ŷ + ε) − y / (ŷ + ε)",),
    ),
    "SigmoidCrossEntropyLoss": LayerFormulas(
        "L = −Σ [y ln σ(X) + (1 − y) ln(1 − σ(X))]", ("E = σ(X) − y",)
    ),
    "MeanAbsoluteError": LayerFormulas("L = Σ |ŷ − y| / n", ("E = sign(ŷ − y) / n",)),
    "MeanSquaredError": LayerFormulas("L = Σ (ŷ − y)² / n", ("E = 2 (ŷ − y) / n",)),
}
"""By the name of the class: X goes in, Y comes out, E is the error from behind, E′ goes on."""


def formulas_of(part: Any) -> LayerFormulas | None:
    """Return the formulas of a layer or a loss of `nn`; None for a class of the user's.

    Examples
    --------
    >>> from nn import CrossEntropyLoss, FullyConnected
    >>> formulas_of(FullyConnected(2, 3, bias=False))
    LayerFormulas(forward='Y = X W', backward=('E′ = E Wᵀ', '∂W = Xᵀ E'))
    >>> formulas_of(CrossEntropyLoss("mean")).backward
    ('E = −y / (ŷ + ε) / n',)
    """
    kind = type(part)
    found = LAYERS.get(kind.__name__)
    if found is None or not kind.__module__.startswith("nn."):
        return None
    if kind.__name__ == "FullyConnected" and not part.arguments()["bias"]:
        return _without_bias(found)
    if kind.__name__ == "LeakyReLU" and part.learned:
        return found._replace(backward=(*found.backward, "∂a = Σ E ⊙ X where X ≤ 0"))
    if "CrossEntropy" in kind.__name__ and part.reduction == "mean":
        return _averaged(found)
    return found


def _without_bias(formulas: LayerFormulas) -> LayerFormulas:
    return LayerFormulas("Y = X W", formulas.backward[:2])


def _averaged(formulas: LayerFormulas) -> LayerFormulas:
    left, right = formulas.backward[0].split(" = ")
    right = f"({right})" if " − " in right else right
    return LayerFormulas(f"{formulas.forward} / n", (f"{left} = {right} / n",))


def formulas_of_scope(name: str, operations: set[str]) -> LayerFormulas | None:
    """Return the formulas of a folded scope that a layer or a loss opened, by its name.

    Examples
    --------
    >>> formulas_of_scope("FullyConnected", {"matmul"}).forward
    'Y = X W'
    """
    found = LAYERS.get(name)
    if found is None:
        return None
    if name == "FullyConnected" and "add" not in operations:
        return _without_bias(found)
    if name == "SoftMaxCrossEntropyLoss":
        return None  # one operation: whether it sums or averages over the batch can't be seen
    return _averaged(found) if "CrossEntropy" in name and "divide" in operations else found
