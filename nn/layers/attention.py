"""Attention: every step of a sequence asks all steps, and takes a mean of what they hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, matmul, no_grad, softmax, swapaxes, where
from autograd_core import any as any_of
from autograd_core.modes import in_scope

from ..checks import cut, flag, instance, number, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Xavier
from .dropout import Dropout
from .fully_connected import FullyConnected
from .layer import Batch
from .masking import padding_mask
from .positions import OnSequences, rotary_embedding

__all__ = ["MultiHeadAttention", "attention_weights", "scaled_dot_product_attention"]

_ATTENTION = Formulas("Y = softmax(Q Kᵀ / √d) V")
_CAUSAL = Formulas("Y = softmax(Q Kᵀ / √d + M) V")


def scaled_dot_product_attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    dropout: Callable[[Any], Any] | None = None,
) -> Any:
    """softmax(q kᵀ / √d) v: for each query, the mean of the values whose keys are like it.

    Parameters
    ----------
    q : Node or ndarray, shape (..., queries, d)
        What each step asks.
    k : Node or ndarray, shape (..., keys, d)
        What each step answers to.
    v : Node or ndarray, shape (..., keys, e)
        What it then gives.
    mask : Node or ndarray of bool, which broadcasts to (..., queries, keys), optional
        True where a query may look at a key.
    causal : bool, default False
        Whether no query looks at a later key. Where there are fewer queries than keys, they are
        the last steps.
    dropout : callable, optional
        What the weights go through, such as a `Dropout`.

    Returns
    -------
    Node or ndarray, shape (..., queries, e)
        0 for a query to which the mask leaves no key.

    Raises
    ------
    ValueError
        If queries and keys differ in d, there are more keys than values or fewer, or the mask does
        not fit (..., queries, keys).
    TypeError
        If the mask is not boolean.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, eq. (1).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import scaled_dot_product_attention
    >>> q, k = np.array([[4.0, 0.0]]), np.array([[4.0, 0.0], [0.0, 4.0]])
    >>> scaled_dot_product_attention(q, k, np.array([[1.0], [2.0]])).round(3)
    array([[1.]])
    """

    def apply() -> Any:
        weights = attention_weights(q, k, mask, causal=causal)
        return matmul(weights if dropout is None else dropout(weights), v)

    return in_scope("attention", _CAUSAL if causal else _ATTENTION, apply)


def attention_weights(q: Any, k: Any, mask: Any = None, *, causal: bool = False) -> Any:
    """softmax(q kᵀ / √d): how much each query takes of each key's value.

    Parameters
    ----------
    q : Node or ndarray, shape (..., queries, d)
        What each step asks.
    k : Node or ndarray, shape (..., keys, d)
        What each step answers to.
    mask : Node or ndarray of bool, which broadcasts to (..., queries, keys), optional
        True where a query may look at a key.
    causal : bool, default False
        Whether no query looks at a later key. Where there are fewer queries than keys, they are
        the last steps.

    Returns
    -------
    Node or ndarray, shape (..., queries, keys)
        Each row has the sum 1, or 0 where the mask leaves nothing of it.

    Raises
    ------
    TypeError
        If the mask is not of bool.
    ValueError
        If queries and keys differ in length.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, eq. (1).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import attention_weights
    >>> q = np.zeros((3, 2))
    >>> attention_weights(q, q, causal=True).round(2)
    array([[1.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  ],
           [0.33, 0.33, 0.33]])
    >>> attention_weights(q[:1], q, np.array([False, True, True]))
    array([[0. , 0.5, 0.5]])
    """
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(
            "attention expects queries and keys of one length, (..., queries, d) and "
            f"(..., keys, d), got {q.shape} and {k.shape}"
        )
    queries, keys = q.shape[-2], k.shape[-2]
    scores = matmul(q, swapaxes(k, -1, -2)) * (1.0 / math.sqrt(q.shape[-1]))
    lowest = _lowest(scores.dtype)
    if causal:
        scores = scores + _future(queries, keys, scores.dtype)
    if mask is None:
        return softmax(scores)
    if mask.dtype != bool:
        raise TypeError(
            "attention(mask) expects bool, True where a query may look at a key, got "
            f"{mask.dtype}. Write mask != 0"
        )
    if not _fits(mask.shape, scores.shape):
        raise ValueError(
            f"attention(mask) expects a shape that fits (..., queries, keys), {scores.shape}, got "
            f"{mask.shape}"
        )
    # A row of nothing would be nan, or the mean of what nobody may see: it is 0.
    allowed = mask & _past(queries, keys) if causal else mask
    weights = softmax(where(mask, scores, lowest))
    return where(any_of(allowed, axis=-1, keepdims=True), weights, 0.0)


def _fits(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    ends = zip(reversed(shape), reversed(wide), strict=False)
    return len(shape) <= len(wide) and all(one in (1, other) for one, other in ends)


def _lowest(dtype: np.dtype[Any]) -> float:
    """A score of which exp makes exactly 0; finite, so that nobody takes it for trouble."""
    return -1e9 if dtype.itemsize > 2 else -3e4


@lru_cache(maxsize=64)
def _past(queries: int, keys: int) -> npt.NDArray[np.bool_]:
    """Where a query may look that sees no later key; the last query is at the last key."""
    allowed = np.tri(queries, keys, keys - queries, dtype=bool)
    allowed.flags.writeable = False
    return allowed


@lru_cache(maxsize=64)
def _future(queries: int, keys: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """What is added to scores: to those of later keys so much that nothing is left of them."""
    bias = np.where(_past(queries, keys), 0.0, _lowest(dtype)).astype(dtype)
    bias.flags.writeable = False
    return bias


class MultiHeadAttention(OnSequences):
    """Attention of several heads side by side, each with queries, keys and values of its own.

    Every step of a sequence is asked for a query, a key and a value per head. Each head takes for
    each query the mean of the values whose keys are like it, and the heads' results, one behind the
    other, go through one more matrix.

    Parameters
    ----------
    features : int
        Length of each step's vector, before and behind.
    heads : int, default 1
        How many.
    head_features : int, optional
        Length of each head's vectors. By default the heads share the features, so that each has
        ``features / heads``.
    causal : bool, default False
        Whether no step looks at later ones: to predict what comes next.
    bias : bool, default True
        Whether the four linear maps add one.
    dropout : float, default 0
        With which probability a weight of attention is left out during training.
    rotary : bool, default False
        Whether queries and keys are turned by their positions; see `rotary_embedding`.
    weight_initializer : Initializer, default Xavier()
        How the four matrices start.

    Attributes
    ----------
    query, key, value, out : FullyConnected
        The four linear maps: three to the vectors of all heads, and one from those.

    Raises
    ------
    ValueError
        If the heads can't share the features, or `rotary` gets an odd number of them per head; when
        called, if the batch is not of shape (samples, steps, features).

    Notes
    -----
    What `Embedding` says is padding gets no weight. A layer called by hand can look at another
    sequence, and take a mask of its own: ``layer(x, source, mask=mask)``. With three sequences
    they are what queries, keys and values are made of, see `apply`.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MultiHeadAttention
    >>> layer = MultiHeadAttention(8, 2, causal=True)
    >>> layer(np.ones((5, 3, 8), np.float32)).shape
    (5, 3, 8)

    Of another sequence, as in a translator:

    >>> layer = MultiHeadAttention(8, 2)
    >>> layer(np.ones((5, 3, 8), np.float32), np.ones((5, 7, 8), np.float32)).shape
    (5, 3, 8)
    """

    gives_scores = True
    formulas = Formulas("Y = concat(softmax(Q Kᵀ / √d) V) Wₒ")

    def __init__(
        self,
        features: int,
        heads: int = 1,
        *,
        head_features: int | None = None,
        causal: bool = False,
        bias: bool = True,
        dropout: float = 0.0,
        rotary: bool = False,
        weight_initializer: Initializer = Xavier(),  # noqa: B008  # it holds no state
    ) -> None:
        owner = "MultiHeadAttention"
        self.features = whole_number(owner, "features", features)
        self.heads = whole_number(owner, "heads", heads)
        self.head_features = head_features
        if head_features is not None:
            self._length = whole_number(owner, "head_features", head_features)
        elif self.features % self.heads:
            raise ValueError(
                f"{owner}(features, heads) expects features that the heads can share, got {heads} "
                f"heads for {cut(features)} features. Write for example "
                f"{owner}({self.heads * max(1, self.features // self.heads)}, {heads}), or say "
                "head_features"
            )
        else:
            self._length = self.features // self.heads
        self.causal = flag(owner, "causal", causal)
        self.bias = flag(owner, "bias", bias)
        self.dropout = number(owner, "dropout", dropout, least=0, below=1)
        self.rotary = flag(owner, "rotary", rotary)
        if self.rotary and self._length % 2:
            raise ValueError(
                f"{owner}(rotary) expects an even number of features per head, got {self._length}"
            )
        self.weight_initializer = instance(
            owner, "weight_initializer", weight_initializer, Initializer, "Xavier()"
        )
        width = self.heads * self._length
        self.query, self.key, self.value = (self._linear(self.features, width) for _ in range(3))
        self.out = self._linear(width, self.features)
        for name in ("query", "key", "value", "out"):
            getattr(self, name).name = name
        self.drop = Dropout(self.dropout) if self.dropout else None

    @property
    def in_a_row(self) -> tuple[FullyConnected, ...]:  # type: ignore[override]
        """Values are mixed, step by step, between these."""
        return (self.value, self.out)

    def _linear(self, inputs: int, outputs: int) -> FullyConnected:
        initializer = self.weight_initializer
        return FullyConnected(inputs, outputs, bias=self.bias, weight_initializer=initializer)

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the four linear maps anew from a random generator."""
        super().initialize(generator, dtype)
        maps = (self.query, self.key, self.value, self.out)
        for part, letter in zip(maps, "qkvo", strict=True):
            part.weight.name = f"W_{letter}"
            if part.bias is not None:
                part.bias.name = f"b_{letter}"

    def apply(
        self,
        x: Batch,
        source: Batch | None = None,
        values: Batch | None = None,
        *,
        mask: Any = None,
    ) -> Node:
        """Compute the layer, of one sequence, of two, or of queries, keys and values.

        Parameters
        ----------
        x : Node or ndarray, shape (samples, steps, features)
            The sequences that ask.
        source : Node or ndarray, shape (samples, source steps, features), optional
            Those that they look at; by default themselves.
        values : Node or ndarray, shape (samples, source steps, features), optional
            What they take from each step of the source; by default the source.
        mask : Node or ndarray of bool, optional
            True where a step may look at one of the source: shape (steps, source steps), or with
            the samples before; (samples, 1, source steps) for padding. By default what is known of
            the padding of x.

        Returns
        -------
        Node, shape (samples, steps, features)
            The result.
        """
        q, k, mask = self._asked(x, source, mask)
        if values is None:
            values = x if source is None else source
        else:
            if values.dtype == bool:
                raise TypeError(f"{self!r} expects values, got a mask. Write mask= before it")
            self.require_sequences(values.shape)
            if values.shape[1] != k.shape[2]:
                raise ValueError(
                    f"{self!r} expects a value for each of the {k.shape[2]} steps that are looked "
                    f"at, got values of shape {values.shape}"
                )
        v = self._by_head(self.value(values))
        found = scaled_dot_product_attention(q, k, v, mask, causal=self.causal, dropout=self.drop)
        together = found.transpose((0, 2, 1, 3))  # the heads of a step side by side
        return self.out(together.reshape((*x.shape[:2], self.heads * self._length)))

    def attention_weights(
        self, x: Batch, source: Batch | None = None, *, mask: Any = None
    ) -> npt.NDArray[Any]:
        """Return how much each step takes of each other, without dropout.

        Parameters
        ----------
        x, source, mask
            As in `apply`.

        Returns
        -------
        ndarray, shape (samples, heads, steps, source steps)
            The weights; each row has the sum 1.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import MultiHeadAttention
        >>> layer = MultiHeadAttention(8, 2, causal=True)
        >>> weights = layer.attention_weights(np.ones((1, 3, 8)))
        >>> weights[0, 0].round(2)
        array([[1.  , 0.  , 0.  ],
               [0.5 , 0.5 , 0.  ],
               [0.33, 0.33, 0.33]])
        """
        with no_grad():
            q, k, mask = self._asked(x, source, mask)
            return np.array(attention_weights(q, k, mask, causal=self.causal).value)

    def _asked(self, x: Batch, source: Batch | None, mask: Any) -> tuple[Node, Node, Any]:
        """Queries and keys of all heads, (samples, heads, steps, d), and the mask."""
        self.require_sequences(x.shape)
        if source is None:
            source = x
            real = padding_mask() if mask is None else None
            if real is not None and real.shape == x.shape[:2]:  # not of other steps
                mask = real[:, None, :]
        else:
            self.require_sequences(source.shape)
            if source.shape[0] != x.shape[0]:
                raise ValueError(
                    f"{self!r} expects a source for each of {x.shape[0]} samples, got a source of "
                    f"shape {source.shape}"
                )
        if mask is not None:
            mask = self._by_sample(mask, (*x.shape[:2], source.shape[1]))
        q, k = self._by_head(self.query(x)), self._by_head(self.key(source))
        if self.rotary:
            q, k = rotary_embedding(q), rotary_embedding(k)
        return q, k, mask

    def _by_sample(self, mask: Any, shape: tuple[int, ...]) -> Any:
        """The mask as it broadcasts to (samples, heads, steps, source steps)."""
        mask = mask if type(mask) is Node else np.asarray(mask)
        if mask.ndim == 3:
            mask = mask[:, None]  # one for all heads
        samples, *steps = shape
        full = (samples, self.heads, *steps)
        fits = mask.ndim <= 4 and all(
            n in (1, most) for n, most in zip(mask.shape[::-1], full[::-1], strict=False)
        )
        if not fits:
            padding = mask.shape == (samples, steps[1])
            advice = (
                "Write mask[:, None] for the padding of each sample"
                if padding
                else (f"{(samples, 1, steps[1])} says what is padding")
            )
            raise ValueError(
                f"{self!r} expects a mask of shape {tuple(steps)} or {shape}, got {mask.shape}. "
                f"{advice}"
            )
        return mask

    def _by_head(self, x: Node) -> Node:
        samples, steps, _ = x.shape
        parted = x.reshape((samples, steps, self.heads, self._length))
        return parted.transpose((0, 2, 1, 3))
