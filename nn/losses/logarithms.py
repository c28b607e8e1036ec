"""What losses share that expect logarithms of probabilities."""

from __future__ import annotations

from ..layers import Layer, LogSoftMax
from .loss import Loss


class _OfLogarithms(Loss):
    """A loss of what LogSoftMax gives."""

    classifies = True
    expects = "logarithms of probabilities"
    advice_on_scores = "Put LogSoftMax() behind it, or use SoftMaxCrossEntropyLoss, of scores"

    def advice_behind(self, last: Layer) -> str | None:
        """Return what to write instead where a network ends with a layer that does not fit."""
        if last.applies_softmax:
            return "Write LogSoftMax() in its place"
        return None if isinstance(last, LogSoftMax) else super().advice_behind(last)
