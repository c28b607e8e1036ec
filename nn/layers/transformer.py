"""The block of which transformers are stacked: attention, then a small network for each step."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core import Node

from ..checks import choice, flag, instance, number, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Xavier
from ..registry import known_by_short_name
from .attention import MultiHeadAttention
from .blocks import Residual
from .dropout import Dropout
from .fully_connected import FullyConnected
from .layer import Batch, Layer
from .normalization import LayerNorm, RMSNorm
from .positions import OnSequences

__all__ = ["TransformerBlock"]

_NORMS = {"layer": LayerNorm, "rms": RMSNorm}


class TransformerBlock(OnSequences):
    """Attention between the steps, then two linear maps at each step; both are added to what came.

    Each of the two parts normalizes what goes into it, so that the sums run through the block as
    they are; `norm_first` False normalizes the sums instead, as the first transformers did.

    Parameters
    ----------
    features : int
        Length of each step's vector, before and behind.
    heads : int, default 1
        Heads of attention; see `MultiHeadAttention`.
    head_features : int, optional
        Length of each head's vectors; by default ``features / heads``.
    hidden : int, optional
        Width between the two linear maps; by default four times the features.
    causal : bool, default False
        Whether no step looks at later ones.
    norm : {"layer", "rms"}, default "layer"
        `LayerNorm` or `RMSNorm`.
    norm_first : bool, default True
        Whether what goes into the parts is normalized, and not what is added up.
    activation : str or Layer, default "relu"
        Between the two linear maps: a layer, or its short name.
    bias : bool, default True
        Whether the linear maps add one.
    dropout : float, default 0
        Of the weights of attention, and of what both parts add, during training.
    rotary : bool, default False
        Whether attention turns queries and keys by their positions; else the block knows none, and
        a `PositionalEmbedding` or `PositionalEncoding` stands before it.
    weight_initializer : Initializer, default Xavier()
        How the four matrices start.

    Attributes
    ----------
    attention : MultiHeadAttention
        The first part.
    up, down : FullyConnected
        The linear maps of the second: features to hidden, and back.
    norm1, norm2 : LayerNorm or RMSNorm
        What normalizes.

    Raises
    ------
    ValueError
        If the heads can't share the features, a number is out of range, or a name is not known;
        when called, if the batch is not of shape (samples, steps, features).

    Notes
    -----
    What leaves the block is a sum that nothing has normalized: a `LayerNorm` belongs between the
    last block and the layer that makes scores. Blocks learn sooner where all weights start small,
    as in GPT-2: see the example.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3. R. Xiong et al., "On
    layer normalization in the transformer architecture", ICML 2020, figure 1 (b): norm first.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import TransformerBlock
    >>> block = TransformerBlock(32, 4, causal=True)
    >>> block(np.ones((5, 12, 32), np.float32)).shape
    (5, 12, 32)
    >>> sum(node.size for node in block.parameters().values())
    12704

    A small GPT of 27 letters, over at most 12 places:

    >>> from nn import Embedding, FullyConnected, LayerNorm, NeuralNetwork, Normal
    >>> from nn import PositionalEmbedding
    >>> small = Normal(0.0, 0.02)
    >>> gpt = NeuralNetwork(
    ...     [
    ...         Embedding(27, 32, weight_initializer=small),
    ...         PositionalEmbedding(12, 32),
    ...         TransformerBlock(32, 4, causal=True, weight_initializer=small),
    ...         LayerNorm(32),
    ...         FullyConnected(32, 27, weight_initializer=small),
    ...     ]
    ... )
    >>> gpt.predict(np.zeros((5, 12), int)).shape
    (5, 12, 27)
    """

    gives_scores = True

    def __init__(
        self,
        features: int,
        heads: int = 1,
        *,
        head_features: int | None = None,
        hidden: int | None = None,
        causal: bool = False,
        norm: str = "layer",
        norm_first: bool = True,
        activation: str | Layer = "relu",
        bias: bool = True,
        dropout: float = 0.0,
        rotary: bool = False,
        weight_initializer: Initializer = Xavier(),  # noqa: B008  # it holds no state
    ) -> None:
        owner = "TransformerBlock"
        self.features = whole_number(owner, "features", features)
        self.hidden = hidden if hidden is None else whole_number(owner, "hidden", hidden)
        self.norm = choice(owner, "norm", norm, tuple(_NORMS))
        self.norm_first = flag(owner, "norm_first", norm_first)
        self.bias = flag(owner, "bias", bias)
        self.dropout = number(owner, "dropout", dropout, least=0, below=1)
        # In the order of the way through, in which a summary shows them.
        self.norm1 = _NORMS[self.norm](self.features)
        self.attention = MultiHeadAttention(
            self.features, heads, head_features=head_features, causal=causal, bias=self.bias,
            dropout=self.dropout, rotary=rotary, weight_initializer=weight_initializer,
        )  # fmt: skip
        self.heads, self.causal = self.attention.heads, self.attention.causal
        self.head_features, self.rotary = self.attention.head_features, self.attention.rotary
        self.weight_initializer = self.attention.weight_initializer
        self.norm2 = _NORMS[self.norm](self.features)
        width = 4 * self.features if self.hidden is None else self.hidden
        self.up = self._linear(self.features, width)
        self.activation = activation
        self.act = _activation(owner, activation)
        self.down = self._linear(width, self.features)
        self.drop = Dropout(self.dropout) if self.dropout else None
        self.formulas = Formulas(
            "Z = X + attention(norm(X)), Y = Z + network(norm(Z))"
            if self.norm_first
            else "Z = norm(X + attention(X)), Y = norm(Z + network(Z))"
        )

    @property
    def in_a_row(self) -> tuple[Layer, ...]:  # type: ignore[override]
        """All parts: what is added to them has the same shape."""
        parts = (self.norm1, self.attention, self.norm2, self.up, self.act, self.down)
        return parts if self.drop is None else (*parts, self.drop)

    def ways(self) -> tuple[Sequence[Sequence[Layer]], str]:
        """Return what an open box of a diagram shows."""
        drop = [] if self.drop is None else [self.drop]
        network = [self.up, self.act, self.down, *drop]
        if self.norm_first:
            sums = [Residual(self.norm1, self.attention, *drop), Residual(self.norm2, *network)]
            return (sums,), ""
        first, second = Residual(self.attention, *drop), Residual(*network)
        return ([first, self.norm1, second, self.norm2],), ""

    def _linear(self, inputs: int, outputs: int) -> FullyConnected:
        initializer = self.weight_initializer
        return FullyConnected(inputs, outputs, bias=self.bias, weight_initializer=initializer)

    def apply(self, x: Batch) -> Node:
        """Compute the block."""
        self.require_sequences(x.shape)
        if self.norm_first:
            x = x + self._dropped(self.attention(self.norm1(x)))
            return x + self._dropped(self._network(self.norm2(x)))
        x = self.norm1(x + self._dropped(self.attention(x)))
        return self.norm2(x + self._dropped(self._network(x)))

    def _network(self, x: Node) -> Node:
        return self.down(self.act(self.up(x)))

    def _dropped(self, x: Node) -> Node:
        return x if self.drop is None else self.drop(x)


def _activation(owner: str, given: str | Layer) -> Layer:
    if not isinstance(given, str):
        return instance(owner, "activation", given, Layer, "ReLU()")
    known = known_by_short_name("layer")
    made: Layer = known[choice(owner, "activation", given, tuple(known))]()
    return made
