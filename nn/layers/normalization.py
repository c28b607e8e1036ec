"""Layers that bring entries to mean 0 and variance 1, then scale and shift them as they learn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node, batch_normalization, moments, normalize, recorded, reshape
from autograd_core.node import raw

from ..checks import choice, flag, instance, number, whole_number
from ..finite import warn
from ..formulas import Formulas
from ..initializers import Constant, Initializer, Zeros
from .buffers import Buffer
from .layer import Batch, Layer

__all__ = ["BatchNorm", "GroupNorm", "LayerNorm", "RMSNorm"]

_N = "(X − μ) / √(σ² + ε)"
_SCALED = Formulas(
    f"Y = γ ⊙ {_N} + β",
    (
        "E′ = (γ ⊙ E − mean(γ ⊙ E) − N ⊙ mean(N ⊙ γ ⊙ E)) / √(σ² + ε)",
        "∂γ = Σ E ⊙ N",
        "∂β = Σ E",
    ),
)
_PLAIN = Formulas(f"Y = {_N}", ("E′ = (E − mean(E) − Y ⊙ mean(Y ⊙ E)) / √(σ² + ε)",))


class _Normalization(Layer):
    """What the layers share: a scale γ, and a shift β, of which each has as many as `shape` says.

    Attributes
    ----------
    gamma, beta : Node or None
        Scale and shift; None without `affine`.
    """

    gamma: Node | None
    beta: Node | None
    gives_scores = True
    named_in_pytorch: ClassVar[Mapping[str, str | None]] = MappingProxyType(
        {"weight": "gamma", "bias": "beta", "num_batches_tracked": None}
    )
    made_by_initialize: tuple[str, ...] = ("gamma", "beta")

    _shape: tuple[int, ...]

    def __init__(
        self,
        epsilon: float,
        affine: bool,
        gamma_initializer: Initializer,
        beta_initializer: Initializer = Zeros(),  # noqa: B008  # they hold no state
    ) -> None:
        owner = type(self).__name__
        self.epsilon = number(owner, "epsilon", epsilon, least=0)
        self.affine = flag(owner, "affine", affine)
        self.gamma_initializer = instance(
            owner, "gamma_initializer", gamma_initializer, Initializer, "Constant(1.0)"
        )
        self.beta_initializer = instance(
            owner, "beta_initializer", beta_initializer, Initializer, "Zeros()"
        )
        if not self.affine and self.formulas is _SCALED:
            self.formulas = _PLAIN

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make scale and shift anew."""
        self.gamma = self.beta = None
        if self.affine:
            self.gamma = Node(self.gamma_initializer(self._shape, generator, dtype), name="γ")
            if "beta" in self.made_by_initialize:
                self.beta = Node(self.beta_initializer(self._shape, generator, dtype), name="β")

    def _along(self, shape: tuple[int, ...]) -> tuple[Any, Any]:
        """Scale and shift in a shape that is broadcast to the batch."""
        gamma: Any = 1.0 if self.gamma is None else _shaped(self.gamma, shape)
        beta: Any = 0.0 if self.beta is None else _shaped(self.beta, shape)
        return gamma, beta


def _shaped(node: Any, shape: tuple[int, ...]) -> Any:
    return node if node.shape == shape else reshape(node, shape)


def _advice(shape: tuple[int, ...], channels: int, called: str) -> str:
    """What to write where samples of a shape have other channels."""
    if not shape:
        return "Of one sample write x[None]; of samples with one feature x[:, None]"
    last = ", or np.moveaxis(x, -1, 1): channels come first" * (shape[-1] == channels)
    return f"Write {called}{shape[0]}){last}"


class BatchNorm(_Normalization):
    """Each feature, or each channel of images, less its mean in the batch, over its deviation.

    y = γ (x - μ) / sqrt(σ² + ε) + β. In training μ and σ² are those of the batch, over the samples
    of (samples, features), and over samples and places of (samples, channels, ...). When training
    is over they are running averages, so that a sample's result is its own.

    Parameters
    ----------
    features : int
        How long axis 1 of a batch is: the number of features, or of channels.
    momentum : float, optional
        How running averages go on, from 0 to 1; by default 0.1 or 0.8, as `convention` says.
    epsilon : float, default 1e-5
        What is added to the variance.
    convention : {"pytorch", "fau"}, default "pytorch"
        What `momentum` m means. "pytorch": running = (1 - m) running + m batch, with the variance
        divided by n - 1, from 0 and 1 on. "fau", as in the exercises of FAU's Deep Learning course:
        running = m running + (1 - m) batch, with the variance divided by n, from the first batch
        on.
    affine : bool, default True
        Whether γ and β are learned; otherwise they are 1 and 0.
    gamma_initializer, beta_initializer : Initializer, default Constant(1.0) and Zeros()
        How they start.

    Attributes
    ----------
    gamma, beta : Node, shape (features,), or None
        γ and β.
    running_mean, running_var : Buffer, shape (features,)
        The running averages.

    Raises
    ------
    ValueError
        If a number is out of range, or `convention` not one of those; when called, if the batch is
        not of shape (samples, features, ...).

    Warns
    -----
    TrainingWarning
        In training, if a feature has one entry alone in the batch: then its deviation is 0. The
        running averages stand in for it.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch Normalization", ICML 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import BatchNorm
    >>> layer = BatchNorm(1)
    >>> layer.forward(np.array([[1.0], [3.0], [5.0]])).round(3)
    array([[-1.225],
           [ 0.   ],
           [ 1.225]])
    >>> layer.running_mean.value, layer.running_var.value
    (array([0.3], dtype=float32), array([1.3], dtype=float32))
    >>> layer.train(False)
    >>> layer.forward(np.array([[3.0]])).round(3)
    array([[2.368]])
    """

    running_mean: Buffer
    running_var: Buffer
    _share: float | None = None
    """How far the averages go to those of a batch, where they are computed anew."""
    linear = True
    made_by_initialize: tuple[str, ...] = ("gamma", "beta", "running_mean", "running_var")
    formulas = _SCALED

    def __init__(
        self,
        features: int,
        *,
        momentum: float | None = None,
        epsilon: float = 1e-5,
        convention: str = "pytorch",
        affine: bool = True,
        gamma_initializer: Initializer = Constant(1.0),  # noqa: B008  # they hold no state
        beta_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        self.features = whole_number("BatchNorm", "features", features)
        self.convention = choice("BatchNorm", "convention", convention, ("pytorch", "fau"))
        if momentum is not None:
            momentum = number("BatchNorm", "momentum", momentum, least=0, most=1)
        self.momentum = momentum
        self._shape = (self.features,)
        super().__init__(epsilon, affine, gamma_initializer, beta_initializer)
        if self.convention == "fau":
            self.made_by_initialize = (*self.made_by_initialize, "started")

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make scale and shift anew, and running averages of nothing."""
        super().initialize(generator, dtype)
        self.running_mean = Buffer(np.zeros(self.features, dtype), name="μ")
        self.running_var = Buffer(np.ones(self.features, dtype), name="σ²")
        if self.convention == "fau":
            self.started = Buffer(np.zeros(1, dtype))  # 1 behind the first batch

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if shape[:1] != (self.features,):
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, {self.features}), or with further "
                f"axes behind these, got samples of shape {shape}. "
                + _advice(shape, self.features, "BatchNorm(")
            )
        return shape

    def apply(self, x: Batch) -> Node:
        """Normalise by the batch while training, else by the running averages."""
        self.output_shape(x.shape[1:])
        along = (self.features, *[1] * (x.ndim - 2))
        gamma, beta = self._along(along)
        axes = (0, *range(2, x.ndim))
        if self.training and self._has_spread(x):
            found = moments(x, axes)
            self._remember(found, x.size // self.features)
            return normalize(x, gamma, beta, found, axes, self.epsilon)
        mean, variance = (_shaped(x.node, along) for x in (self.running_mean, self.running_var))
        return batch_normalization(x, gamma, beta, mean, variance, self.epsilon)

    def _has_spread(self, x: Batch) -> bool:
        if x.size > self.features:
            return True
        warn(
            f"{self!r} expects more than one entry per feature to train on, got a batch of shape "
            f"{x.shape}, in which each is its own mean: the running averages stand in. Choose a "
            "batch_size that leaves no single sample over"
        )
        return False

    def _remember(self, found: Any, count: int) -> None:
        """Let the running averages go on by the moments of a batch of `count` entries a feature."""
        in_program = recorded.here()
        mean, variance = found if in_program else raw(found)
        share: Any
        if self.convention == "fau":
            before = self.started.node if in_program else self.started.value
            share = 1.0 - before * (0.8 if self.momentum is None else self.momentum)
            self.started.update(np.ones_like(before))
        else:
            share = 0.1 if self.momentum is None else self.momentum
            variance = variance * (count / (count - 1.0))
        share = share if self._share is None else self._share
        for buffer, now in ((self.running_mean, mean), (self.running_var, variance)):
            before = buffer.node if in_program else buffer.value
            buffer.update((1.0 - share) * before + share * now.reshape(-1))


class LayerNorm(_Normalization):
    """The entries of each sample less their mean, over their deviation.

    y = γ (x - μ) / sqrt(σ² + ε) + β, with μ and σ² of the last axis: of the features of
    (samples, features), or of those of each step of (samples, steps, features). It computes the
    same in training and afterwards.

    Parameters
    ----------
    features : int, or tuple of int
        How long the last axis is; of several axes that are normalised together, how long each.
    epsilon : float, default 1e-5
        What is added to the variance.
    affine : bool, default True
        Whether γ and β are learned; otherwise they are 1 and 0.
    gamma_initializer, beta_initializer : Initializer, default Constant(1.0) and Zeros()
        How they start.

    Attributes
    ----------
    gamma, beta : Node, in the shape of the last axes, or None
        γ and β.

    Raises
    ------
    ValueError
        If a length is below 1, or epsilon below 0; when called, if the last axes of the batch have
        other lengths.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer Normalization", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import LayerNorm
    >>> LayerNorm(3).forward(np.array([[1.0, 3.0, 5.0], [0.0, 10.0, 20.0]])).round(3)
    array([[-1.225,  0.   ,  1.225],
           [-1.225,  0.   ,  1.225]])
    """

    formulas = _SCALED

    def __init__(
        self,
        features: int | Iterable[int],
        *,
        epsilon: float = 1e-5,
        affine: bool = True,
        gamma_initializer: Initializer = Constant(1.0),  # noqa: B008  # they hold no state
        beta_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        self.features = _lengths(type(self).__name__, features)
        self._shape = self.features if isinstance(self.features, tuple) else (self.features,)
        self.in_features = self._shape[0] if len(self._shape) == 1 else None
        super().__init__(epsilon, affine, gamma_initializer, beta_initializer)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        axes = len(self._shape)
        if shape[-axes:] != self._shape:
            expected = ", ".join(map(str, self._shape))
            fitting = shape[-axes:] if axes > 1 else shape[-1] if shape else None
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, ..., {expected}), got samples of "
                f"shape {shape}. "
                + (f"Write {type(self).__name__}({fitting})" if fitting else "Write x[None]")
            )
        return shape

    def apply(self, x: Batch) -> Node:
        """Normalise the last axes."""
        return self._normalized(x, center=True)

    def _normalized(self, x: Batch, center: bool) -> Node:
        self.output_shape(x.shape[1:])
        axes = tuple(range(-len(self._shape), 0))
        gamma, beta = self._along(self._shape)
        found = moments(x, axes, center)
        return normalize(x, gamma, beta, found, axes, self.epsilon, center)


def _lengths(owner: str, features: Any) -> int | tuple[int, ...]:
    if not isinstance(features, Iterable):
        return whole_number(owner, "features", features)
    lengths = tuple(whole_number(owner, "features", length) for length in features)
    if not lengths:
        raise ValueError(f"{owner}(features) expects at least one length, got ()")
    return lengths


class RMSNorm(LayerNorm):
    """The entries of each sample over the root of their mean square: `LayerNorm` without a mean.

    y = γ x / sqrt(mean(x²) + ε), along the last axis.

    Parameters
    ----------
    features : int, or tuple of int
        How long the last axis is; of several axes that are normalised together, how long each.
    epsilon : float, default 1e-5
        What is added to the mean square.
    affine : bool, default True
        Whether γ is learned; otherwise it is 1.
    gamma_initializer : Initializer, default Constant(1.0)
        How it starts.

    Attributes
    ----------
    gamma : Node, in the shape of the last axes, or None
        γ.

    Raises
    ------
    ValueError
        If a length is below 1, or epsilon below 0; when called, if the last axes of the batch have
        other lengths.

    References
    ----------
    B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import RMSNorm
    >>> RMSNorm(2).forward(np.array([[3.0, 4.0]])).round(3)
    array([[0.849, 1.131]])
    """

    made_by_initialize = ("gamma",)
    formulas = Formulas(
        "Y = γ ⊙ X / √(mean(X²) + ε)",
        ("E′ = (γ ⊙ E − N ⊙ mean(N ⊙ γ ⊙ E)) / √(mean(X²) + ε)", "∂γ = Σ E ⊙ N"),
    )

    def __init__(
        self,
        features: int | Iterable[int],
        *,
        epsilon: float = 1e-5,
        affine: bool = True,
        gamma_initializer: Initializer = Constant(1.0),  # noqa: B008  # they hold no state
    ) -> None:
        super().__init__(
            features, epsilon=epsilon, affine=affine, gamma_initializer=gamma_initializer
        )
        if not self.affine and self.formulas is RMSNorm.formulas:
            self.formulas = Formulas(
                "Y = X / √(mean(X²) + ε)", ("E′ = (E − Y ⊙ mean(Y ⊙ E)) / √(mean(X²) + ε)",)
            )

    def apply(self, x: Batch) -> Node:
        """Divide the last axes by their root mean square."""
        return self._normalized(x, center=False)


class GroupNorm(_Normalization):
    """Each sample's channels, in groups, less the mean of the group, over its deviation.

    y = γ (x - μ) / sqrt(σ² + ε) + β, with μ and σ² of all entries of a group of channels in one
    sample, and γ and β for each channel. It computes the same in training and afterwards.

    Parameters
    ----------
    groups : int
        How many groups: 1 takes all channels together, `channels` each by itself, which is called
        instance normalisation.
    channels : int
        How long axis 1 of a batch (samples, channels, ...) is, a multiple of `groups`.
    epsilon : float, default 1e-5
        What is added to the variance.
    affine : bool, default True
        Whether γ and β are learned; otherwise they are 1 and 0.
    gamma_initializer, beta_initializer : Initializer, default Constant(1.0) and Zeros()
        How they start.

    Attributes
    ----------
    gamma, beta : Node, shape (channels,), or None
        γ and β.

    Raises
    ------
    ValueError
        If `channels` is no multiple of `groups`; when called, if a batch has other channels.

    References
    ----------
    Y. Wu and K. He, "Group Normalization", ECCV 2018. D. Ulyanov, A. Vedaldi and V. Lempitsky,
    "Instance Normalization", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import GroupNorm
    >>> GroupNorm(2, 4).forward(np.array([[1.0, 3.0, 10.0, 20.0]])).round(3)
    array([[-1.,  1., -1.,  1.]])
    """

    formulas = _SCALED

    def __init__(
        self,
        groups: int,
        channels: int,
        *,
        epsilon: float = 1e-5,
        affine: bool = True,
        gamma_initializer: Initializer = Constant(1.0),  # noqa: B008  # they hold no state
        beta_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        self.groups = whole_number("GroupNorm", "groups", groups)
        self.channels = whole_number("GroupNorm", "channels", channels)
        if self.channels % self.groups:
            raise ValueError(
                f"GroupNorm(groups, channels) expects groups of equal size, got {self.channels} "
                f"channels in {self.groups} groups"
            )
        self._shape = (self.channels,)
        super().__init__(epsilon, affine, gamma_initializer, beta_initializer)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if shape[:1] != (self.channels,):
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, {self.channels}, ...), got samples "
                f"of shape {shape}. "
                + _advice(
                    shape,
                    self.channels,
                    f"GroupNorm({math.gcd(self.groups, *shape[:1])}, ",
                )
            )
        return shape

    def apply(self, x: Batch) -> Node:
        """Normalise each group."""
        self.output_shape(x.shape[1:])
        parted = (self.groups, self.channels // self.groups, *x.shape[2:])
        axes = tuple(range(2, 1 + len(parted)))
        gamma, beta = self._along((*parted[:2], *[1] * (x.ndim - 2)))
        grouped = reshape(x, (x.shape[0], *parted))
        found = normalize(grouped, gamma, beta, moments(grouped, axes), axes, self.epsilon)
        return reshape(found, x.shape)
