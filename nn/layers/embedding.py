"""The layer that gives each whole number, such as a letter or a word, a vector of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, getitem
from autograd_core.recorded import depends

from ..checks import instance, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Normal
from .layer import Batch, Layer
from .masking import set_padding_mask

__all__ = ["Embedding"]


class Embedding(Layer):
    """Each whole number becomes a row of a matrix, which is learned: Y = W[X].

    Parameters
    ----------
    entries : int
        How many numbers there are: from 0 to `entries` - 1.
    features : int
        Length of the vector of each.
    padding : int, optional
        The number with which short sequences are filled up. Its vector is 0 and learns nothing, and
        the layers and the loss behind know that there is no step: see `padding_mask`.
    weight_initializer : Initializer, default Normal(0.0, 1.0)
        How W starts.

    Attributes
    ----------
    weight : Node, shape (entries, features)
        W.

    Raises
    ------
    ValueError
        If a size is below 1, or `padding` is no entry; when called, if the batch holds other than
        whole numbers from 0 to entries - 1.

    Notes
    -----
    The first layer of a network gets whole numbers as they are, whatever the network's dtype.
    W[X] is the product of one-hot rows with W, without the zeros; its gradient adds each error to
    the row that was picked.

    References
    ----------
    Y. Bengio et al., "A neural probabilistic language model", Journal of Machine Learning
    Research, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Embedding
    >>> layer = Embedding(27, 16)
    >>> layer(np.array([[0, 1, 2], [3, 4, 26]])).shape
    (2, 3, 16)

    A row that is picked twice gets both errors:

    >>> from autograd_core import Node
    >>> layer = Embedding(3, 1)
    >>> layer.weight = Node([[1.0], [2.0], [4.0]])
    >>> rows = layer(np.array([[2, 2, 0]]))
    >>> rows.sum().backward()
    >>> layer.weight.grad
    array([[1.],
           [0.],
           [2.]])
    """

    weight: Node
    joins_units = "weight"
    takes_indices = True
    sample_axes = ("T",)
    made_by_initialize = ("weight",)
    formulas = Formulas("Y = W[X]", ("∂W[X] = Σ E",))

    def __init__(
        self,
        entries: int,
        features: int,
        *,
        padding: int | None = None,
        weight_initializer: Initializer = Normal(0.0, 1.0),  # noqa: B008  # it holds no state
    ) -> None:
        self.entries = whole_number("Embedding", "entries", entries)
        self.features = whole_number("Embedding", "features", features)
        self.padding = padding
        if padding is not None:
            most = self.entries - 1
            self.padding = whole_number("Embedding", "padding", padding, least=0, most=most)
        self.weight_initializer = instance(
            "Embedding", "weight_initializer", weight_initializer, Initializer, "Normal(0.0, 1.0)"
        )

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the matrix anew from a random generator."""
        weight = self.weight_initializer((self.entries, self.features), generator, dtype)
        if self.padding is not None:
            weight[self.padding] = 0.0
        self.weight = Node(weight, name="W")

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return (*shape, self.features)

    def as_indices(self, x: Any) -> npt.NDArray[np.intp]:
        """Return whole numbers as an array of places in W, or raise ValueError.

        Parameters
        ----------
        x : array_like
            Whole numbers from 0 to `entries` - 1, also as floats.
        """
        given = np.asarray(x)
        places = given
        if given.dtype.kind not in "iu":
            places = np.trunc(given) if given.dtype.kind == "f" else given
            wrong = ~(places == given) if given.dtype.kind == "f" else given.dtype.kind != "b"
            if np.any(wrong):
                self._refuse(given, wrong, "whole numbers")
        if places.size and not (places.min() >= 0 and places.max() < self.entries):
            self._refuse(given, (places < 0) | (places >= self.entries), "numbers")
        return places.astype(np.intp, copy=False)

    def _refuse(self, given: Any, wrong: Any, what: str) -> None:
        if given.dtype.kind not in "fiu":
            found, advice = f"an array of {given.dtype}", "Write x.astype(int) of numbers"
        else:
            place = np.unravel_index(int(np.argmax(wrong)), given.shape)
            at = f"index {tuple(map(int, place))}" if given.ndim > 1 else f"index {int(place[0])}"
            found = f"{given[place]} at {at}" if given.ndim else str(given)
            needed = f"Write Embedding({given.max() + 1:.0f}, {self.features})"
            advice = (
                f"{needed} if there are so many"
                if what == "numbers" and given.min() >= 0
                else "names, x = np.unique(x, return_inverse=True) numbers entries from 0"
            )
        raise ValueError(
            f"{self!r} expects {what} from 0 to {self.entries - 1}, got {found}. {advice}"
        )

    def apply(self, x: Batch) -> Node:
        """Pick the rows of W."""
        places: Any = x
        if not depends(x):
            places = self.as_indices(x.value if type(x) is Node else x)
        elif x.dtype.kind not in "iu":
            places = x.astype(np.intp)
        rows: Node = getitem(self.weight, places)
        if self.padding is None:
            return rows
        real = places != self.padding
        set_padding_mask(real)
        return rows * real[..., None]
