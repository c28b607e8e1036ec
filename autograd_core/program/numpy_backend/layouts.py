"""How the arrays of a program lie in memory, as far as that is known before any numbers are.

NumPy adds up entries in the order in which they lie in memory, and BLAS has other ways for
transposed matrices. So a result may be left in a buffer of ours only where NumPy by itself would
have made an array that lies as the buffer does: rows first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Value


class Layouts:
    """Samples: arrays that lie in memory as those of a run do. Their entries mean nothing."""

    def __init__(self) -> None:
        self._samples: dict[int, Any] = {}
        self._memory = np.empty(0, np.uint8)

    def sample(self, x: Any) -> Any:
        """The sample of a value, or an array constant itself; None where nothing is known."""
        return self._samples.get(id(x)) if type(x) is Value else x

    def rows_first(self, value: Value) -> None:
        """Say that a value is an array of its own with the rows one after the other."""
        size = value.size * value.dtype.itemsize
        if self._memory.nbytes < size:
            self._memory = np.empty(size, np.uint8)
        self._samples[id(value)] = self._memory[:size].view(value.dtype).reshape(value.shape)

    def lies_as(self, value: Value, sample: Any) -> None:
        """Say that a value lies as this array does."""
        self._samples[id(value)] = sample

    def is_rows_first(self, x: Any) -> bool:
        """Whether an operand is known to lie with the rows one after the other."""
        sample = self.sample(x)
        return sample is not None and sample.flags.c_contiguous

    def gives_rows_first(self, x: Any) -> bool:
        """Whether what is computed of an operand, entry by entry, lies with the rows first.

        So it is where no axis lies closer in memory than the one behind it. Axes that repeat one
        entry have no say.
        """
        if not np.ndim(x):
            return True
        sample = self.sample(x)
        if sample is None:
            return len(x.shape) == 1
        strides = [
            stride for n, stride in zip(sample.shape, sample.strides, strict=True) if n > 1 < stride
        ]
        return strides == sorted(strides, reverse=True) and min(sample.strides) >= 0
