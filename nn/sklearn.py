"""Estimators with scikit-learn's interface, for its pipelines, searches and cross-validation.

Needs scikit-learn: ``pip install "autograd-core[sklearn]"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state, column_or_1d
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'nn.sklearn expects scikit-learn 1.6 or later. Write: pip install "autograd-core[sklearn]"'
    ) from error

from autograd_core import log_softmax, softmax

from .calls import explain_constructor
from .checks import choice, float_type, number, whole_number
from .initializers import He, Xavier
from .layers import Dropout, FullyConnected, Layer
from .losses import Loss, SoftMaxCrossEntropyLoss
from .network import NeuralNetwork
from .optimizers import Optimizer
from .registry import known_by_short_name, rebuild
from .regularization import L2

Estimator = TypeVar("Estimator")


def _explained(estimator: type[Estimator]) -> type[Estimator]:
    explain_constructor(estimator)
    return estimator


@_explained
@dataclass(eq=False, repr=False)
class _Estimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
    """What classifier and regressor share: making a network from the arguments, and fitting it."""

    hidden_layer_sizes: int | Iterable[int] = (100,)
    _: KW_ONLY
    activation: str = "relu"
    optimizer: str | Optimizer = "adam"
    learning_rate: float = 0.01
    epochs: int = 100
    batch_size: int = 32
    l2: float = 0.0
    dropout: float = 0.0
    random_state: Any = None
    dtype: npt.DTypeLike = "float64"
    verbose: bool = False

    def __post_init__(self) -> None:
        self._keep_sizes()

    def _keep_sizes(self) -> None:
        if isinstance(self.hidden_layer_sizes, Iterator):  # which the first fit would use up
            self.hidden_layer_sizes = tuple(self.hidden_layer_sizes)

    def _fit(self, x: npt.NDArray[Any], y: npt.NDArray[Any], outputs: int, loss: Loss) -> None:
        owner = type(self).__name__
        batch_size = whole_number(owner, "batch_size", self.batch_size)
        epochs = whole_number(owner, "epochs", self.epochs)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        self.network_ = NeuralNetwork(
            self._layers(x.shape[1], outputs),
            loss=loss,
            optimizer=self._optimizer(),
            seed=int(seed),
            dtype=self.dtype,
        )
        history = self.network_.fit(
            x, y, epochs=epochs, batch_size=batch_size, progress=bool(self.verbose)
        )
        self.loss_curve_ = history["loss"].tolist()
        self.loss_ = self.loss_curve_[-1]

    def _layers(self, inputs: int, outputs: int) -> list[Layer]:
        owner = type(self).__name__
        self._keep_sizes()  # set_params may have put them there
        sizes = self.hidden_layer_sizes
        hidden = [
            whole_number(owner, "hidden_layer_sizes", size)
            for size in (sizes if isinstance(sizes, Iterable) else [sizes])
        ]
        activations = known_by_short_name("layer")
        activation = activations[choice(owner, "activation", self.activation, tuple(activations))]
        regularizer = L2(number(owner, "l2", self.l2, least=0)) if self.l2 else None
        dropout = number(owner, "dropout", self.dropout, least=0, below=1)
        layers: list[Layer] = []
        widths = [inputs, *hidden, outputs]
        for position, (before, behind) in enumerate(pairwise(widths)):
            last = position == len(hidden)
            layers.append(
                FullyConnected(
                    before,
                    behind,
                    weight_initializer=He() if activation.rectifies and not last else Xavier(),
                    weight_regularizer=regularizer,
                )
            )
            if not last:
                layers.append(activation())
                if dropout:
                    layers.append(Dropout(dropout))
        return layers

    def _optimizer(self) -> Optimizer:
        if isinstance(self.optimizer, Optimizer):
            # A new one in each fit: it would remember the parameters of the last.
            fresh: Optimizer = rebuild("optimizer", self.optimizer.configuration())
            return fresh
        owner = type(self).__name__
        optimizers = known_by_short_name("optimizer")
        try:
            name = choice(owner, "optimizer", self.optimizer, tuple(optimizers))
        except ValueError as error:
            raise ValueError(f"{error}. An instance such as SGD(0.1) is welcome too") from None
        rate = number(owner, "learning_rate", self.learning_rate, above=0)
        made: Optimizer = optimizers[name](rate)
        return made

    def _outputs(self, x: Any) -> npt.NDArray[Any]:
        check_is_fitted(self)
        samples = validate_data(self, x, reset=False, dtype=self.network_.dtype)
        outputs = self.network_.predict(samples)
        if not np.isfinite(outputs).all():  # of which argmax and the metrics would make something
            rows = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
            raise ValueError(
                f"{type(self).__name__} expects a network that gives finite numbers; it gives nan "
                f"or infinity for {len(rows)} of {len(outputs)} samples, the first {rows[0]}: its "
                "training has diverged, or the samples are huge. A smaller learning_rate or a "
                "StandardScaler before it helps"
            )
        return outputs


class NeuralNetworkClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A `NeuralNetwork` of fully connected layers that classifies, as a scikit-learn estimator.

    Softmax and cross entropy follow the last layer.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, or int, default (100,)
        Units of each hidden layer; () for none.
    activation : {"relu", "leaky_relu", "elu", "tanh", "sigmoid"}, default "relu"
        What follows each hidden layer: any layer with a `short_name`. Weights start as `He` says
        before one that rectifies, else as `Xavier` says.
    optimizer : {"sgd", "adam", "adamw", "rmsprop", "adagrad", "lion"} or Optimizer, default "adam"
        How the weights are changed: a name, or an instance such as ``SGD(0.1, momentum=0.9)``, of
        which each `fit` makes a new one.
    learning_rate : float, default 0.01
        For an optimizer that is given by its name.
    epochs : int, default 100
        How often all samples are shown.
    batch_size : int, default 32
        Samples per update.
    l2 : float, default 0
        Strength of the `L2` regularization of the weights.
    dropout : float, default 0
        Rate of the `Dropout` behind each hidden layer.
    random_state : int, RandomState or None, default None
        Source of all randomness; a number for the same result each time.
    dtype : {"float64", "float32"}, default "float64"
        Precision of data and parameters.
    verbose : bool, default False
        Whether a progress bar is shown.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    network_ : NeuralNetwork
        The trained network; it gives scores, one per class.
    loss_curve_ : list of float
        The mean loss of each epoch.
    loss_ : float
        The last of them.
    n_features_in_ : int
        Columns of the samples.

    Notes
    -----
    Columns should be on a common scale: put a ``StandardScaler`` before it.

    Examples
    --------
    >>> from nn import load_dataset
    >>> from nn.sklearn import NeuralNetworkClassifier
    >>> data = load_dataset("digits")
    >>> classifier = NeuralNetworkClassifier((64,), epochs=20, random_state=0)
    >>> classifier.fit(data.x_train, data.y_train).score(data.x_test, data.y_test) > 0.9
    True
    """

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> NeuralNetworkClassifier:  # noqa: N803
        """Train a new network.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.
        y : array_like, shape (samples,)
            Their labels: numbers, strings, ...

        Returns
        -------
        NeuralNetworkClassifier
            Itself.

        Raises
        ------
        ValueError
            If samples, labels or parameters don't fit.
        """
        samples, labels = validate_data(
            self, X, y, dtype=float_type(type(self).__name__, self.dtype)
        )
        check_classification_targets(labels)
        self.classes_, encoded = np.unique(column_or_1d(labels, warn=True), return_inverse=True)
        self._fit(samples, encoded, len(self.classes_), SoftMaxCrossEntropyLoss("mean"))
        return self

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[Any]:  # noqa: N803
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.

        Returns
        -------
        ndarray, shape (samples, classes)
            The probabilities; each row adds up to 1.
        """
        return np.asarray(softmax(self._outputs(X)))

    def predict_log_proba(self, X: npt.ArrayLike) -> npt.NDArray[Any]:  # noqa: N803
        """Return the logarithm of the probability of each class, finite also where that is 0."""
        return np.asarray(log_softmax(self._outputs(X)))

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likeliest label of each sample, as it was given to `fit`.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.

        Returns
        -------
        ndarray, shape (samples,)
            The labels.
        """
        scores = self._outputs(X)
        return self.classes_[scores.argmax(axis=1)]


@_explained
@dataclass(eq=False, repr=False, kw_only=True)
class NeuralNetworkRegressor(RegressorMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A `NeuralNetwork` of fully connected layers for numbers, as a scikit-learn estimator.

    The last layer's output is the prediction.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error"}, default "squared_error"
        What is made small, on average. The other parameters are those of `NeuralNetworkClassifier`,
        and so are the attributes, apart from `classes_`.

    Notes
    -----
    Columns and targets should be of the size of 1: put a ``StandardScaler`` before it, and where
    the targets are large a ``TransformedTargetRegressor`` around it.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.sklearn import NeuralNetworkRegressor
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> regressor = NeuralNetworkRegressor((50,), random_state=0)
    >>> regressor.fit(x, x[:, 0] ** 2).score(x, x[:, 0] ** 2) > 0.99
    True
    """

    loss: str = "squared_error"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> NeuralNetworkRegressor:  # noqa: N803
        """Train a new network.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.
        y : array_like, shape (samples,) or (samples, outputs)
            The numbers to be predicted.

        Returns
        -------
        NeuralNetworkRegressor
            Itself.

        Raises
        ------
        ValueError
            If samples, numbers or parameters don't fit.
        """
        losses = known_by_short_name("loss")
        name = choice("NeuralNetworkRegressor", "loss", self.loss, tuple(losses))
        samples, targets = validate_data(
            self,
            X,
            y,
            dtype=float_type(type(self).__name__, self.dtype),
            multi_output=True,
            y_numeric=True,
        )
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)
        self._one_output = targets.ndim == 1
        columns = targets.reshape(len(targets), -1)
        self._fit(samples, columns, columns.shape[1], losses[name]())
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:  # noqa: N803
        """Return what the network says of each sample.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.

        Returns
        -------
        ndarray, shape (samples,) or (samples, outputs)
            As `y` was given to `fit`.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_output else outputs
