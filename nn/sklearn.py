"""Estimators with scikit-learn's interface, for its pipelines, searches and cross-validation.

Needs scikit-learn: ``pip install "autograd-core[sklearn]"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

try:
    from scipy.sparse import issparse
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state, column_or_1d, compute_sample_weight
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'nn.sklearn expects scikit-learn 1.6 or later. Write: pip install "autograd-core[sklearn]"'
    ) from error

from autograd_core import log_softmax, softmax

from .calls import explain_constructor
from .checks import choice, flag, float_type, number, whole_number
from .initializers import He, Xavier
from .layers import Dropout, FullyConnected, Layer
from .losses import Loss, SoftMaxCrossEntropyLoss
from .network import NeuralNetwork
from .optimizers import Optimizer
from .registry import known_by_short_name, rebuild
from .regularization import L2
from .training.callbacks import EarlyStopping

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
    backend: str | None = None
    verbose: bool = False
    warm_start: bool = False
    early_stopping: bool = False
    validation_fraction: float = 0.1
    n_iter_no_change: int = 10
    tol: float = 1e-4

    def __post_init__(self) -> None:
        self._keep_sizes()

    def _keep_sizes(self) -> None:
        if isinstance(self.hidden_layer_sizes, Iterator):  # which the first fit would use up
            self.hidden_layer_sizes = tuple(self.hidden_layer_sizes)

    def _fit(
        self,
        x: npt.NDArray[Any],
        y: npt.NDArray[Any],
        sample_weight: Any,
        outputs: int,
        loss: Loss,
        *,
        goes_on: bool,
        epochs: int | None = None,
    ) -> None:
        """Train, and keep the curves; for so many epochs alone where a number is given."""
        owner = type(self).__name__
        batch_size = whole_number(owner, "batch_size", self.batch_size)
        random = check_random_state(self.random_state)
        if not goes_on:
            self.network_ = NeuralNetwork(
                self._layers(x.shape[1], outputs),
                loss=loss,
                optimizer=self._optimizer(),
                seed=int(random.randint(np.iinfo(np.int32).max)),
                dtype=self.dtype,
            )
            self.loss_curve_: list[float] = []
            self.validation_loss_curve_: list[float] | None = None
            self.n_iter_ = 0
        options: dict[str, Any] = {}
        places = np.arange(len(x))
        if epochs is None and flag(owner, "early_stopping", self.early_stopping):
            places, held = self._held_back(places, y, loss, random)
            options["validation_data"] = x[held], y[held]
            options["callbacks"] = EarlyStopping(
                patience=whole_number(owner, "n_iter_no_change", self.n_iter_no_change),
                min_delta=number(owner, "tol", self.tol, least=0),
            )
            x, y = x[places], y[places]
        if sample_weight is not None:
            options["sample_weight"] = sample_weight[places]
        history = self.network_.fit(
            x,
            y,
            epochs=whole_number(owner, "epochs", self.epochs) if epochs is None else epochs,
            batch_size=batch_size,
            progress=bool(self.verbose),
            backend=self.backend,
            **options,
        )
        self.loss_curve_ += history["loss"].tolist()
        self.loss_ = self.loss_curve_[-1]
        self.n_iter_ += len(history)
        if "validation_data" in options:
            before = self.validation_loss_curve_ or []
            self.validation_loss_curve_ = before + history["validation_loss"].tolist()

    def _held_back(
        self, places: npt.NDArray[Any], y: npt.NDArray[Any], loss: Loss, random: Any
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Choose what is learned from, and what is validated on."""
        owner = type(self).__name__
        share = number(owner, "validation_fraction", self.validation_fraction, above=0, below=1)
        try:
            learned, held = train_test_split(
                places,
                test_size=share,
                random_state=random,
                stratify=y if loss.classifies else None,
            )
        except ValueError as error:  # too few samples, of a class or at all
            raise ValueError(
                f"{owner}(early_stopping) can't hold back {share:.0%} of {len(places)} samples: "
                f"{error}. Write another validation_fraction, or early_stopping=False"
            ) from None
        return learned, held

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _validated(self, x: Any, *y: Any, **options: Any) -> Any:
        """Check samples, and labels beside them; what is sparse, as of encoders, becomes dense."""
        found = validate_data(self, x, *y, accept_sparse="csr", **options)
        samples, *labels = found if y else (found,)
        samples = samples.toarray() if issparse(samples) else samples
        return (samples, *labels) if y else samples

    def _weights(self, sample_weight: Any, x: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
        if sample_weight is None:
            return None
        weights: npt.NDArray[Any] = _check_sample_weight(
            sample_weight, x, dtype=x.dtype, ensure_non_negative=True
        )
        return weights

    def _goes_on(self) -> bool:
        """Whether `fit` starts with the network of the last one."""
        return flag(type(self).__name__, "warm_start", self.warm_start) and hasattr(
            self, "network_"
        )

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
            given = self.optimizer
            given = given.lower() if isinstance(given, str) else given
            name = choice(owner, "optimizer", given, tuple(optimizers))
        except ValueError as error:
            raise ValueError(f"{error}. An instance such as SGD(0.1) is welcome too") from None
        rate = number(owner, "learning_rate", self.learning_rate, above=0)
        made: Optimizer = optimizers[name](rate)
        return made

    def _outputs(self, x: Any) -> npt.NDArray[Any]:
        check_is_fitted(self)
        samples = self._validated(x, reset=False, dtype=self.network_.dtype)
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


@_explained
@dataclass(eq=False, repr=False, kw_only=True)
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
    backend : {"auto", "eager", "numpy", "native", "xla"}, optional
        What runs the training steps, see `NeuralNetwork.fit`.
    verbose : bool, default False
        Whether a progress bar is shown.
    warm_start : bool, default False
        Whether `fit` goes on with the network of the last `fit`, for further `epochs`.
    early_stopping : bool, default False
        Whether some samples are held back, of each class as many, and training ends when the loss
        on them has not improved for a while; the network with the lowest is kept.
    validation_fraction : float, default 0.1
        How many are held back.
    n_iter_no_change : int, default 10
        How many epochs without an improvement of `tol` are waited for.
    tol : float, default 1e-4
        By how much the loss has to fall to count.
    class_weight : dict, "balanced" or None, default None
        How much each label counts in training: those that are missing 1; "balanced" lets all count
        the same together.

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
    validation_loss_curve_ : list of float, or None
        The loss on what was held back, after each epoch.
    n_iter_ : int
        How many epochs the network has learned for.
    n_features_in_ : int
        Columns of the samples.

    Notes
    -----
    Columns should be on a common scale: put a ``StandardScaler`` before it.

    A batch's loss is the mean weighted by `sample_weight`. So a weight of 2 is the same as giving a
    sample twice where all samples are one batch; where they are several, others share a batch.

    Examples
    --------
    >>> from nn import load_dataset
    >>> from nn.sklearn import NeuralNetworkClassifier
    >>> data = load_dataset("digits")
    >>> classifier = NeuralNetworkClassifier((64,), epochs=20, random_state=0)
    >>> classifier.fit(data.x_train, data.y_train).score(data.x_test, data.y_test) > 0.9
    True
    """

    class_weight: Mapping[Any, float] | str | None = None

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> NeuralNetworkClassifier:
        """Train a new network; with `warm_start`, the one that there is.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.
        y : array_like, shape (samples,)
            Their labels: numbers, strings, ...
        sample_weight : array_like, shape (samples,), optional
            How much each sample counts, from 0.

        Returns
        -------
        NeuralNetworkClassifier
            Itself.

        Raises
        ------
        ValueError
            If samples, labels or parameters don't fit.
        """
        goes_on = self._goes_on()
        samples, labels = self._checked(X, y, reset=not goes_on)
        if not goes_on:
            self.classes_ = np.unique(labels)
        elif set(unique_labels(labels)) != set(self.classes_):
            raise ValueError(
                f"fit() with warm_start expects the classes of the last fit, {self.classes_}, got "
                f"{unique_labels(labels)}. Write warm_start=False for other ones, or partial_fit "
                "for a part of the samples"
            )
        self._learn(samples, labels, sample_weight, goes_on=goes_on)
        return self

    def partial_fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: npt.ArrayLike,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> NeuralNetworkClassifier:
        """Learn from samples once, in batches, after all that was learned before.

        Parameters
        ----------
        X, y, sample_weight
            As of `fit`.
        classes : array_like, optional
            All classes that there will ever be, needed in the first call.

        Returns
        -------
        NeuralNetworkClassifier
            Itself.

        Raises
        ------
        ValueError
            If the classes are missing in the first call, others later, or `y` has further ones.

        Examples
        --------
        >>> import numpy as np
        >>> from nn.sklearn import NeuralNetworkClassifier
        >>> classifier = NeuralNetworkClassifier((8,), random_state=0)
        >>> for part in range(20):
        ...     x = np.random.default_rng(part).standard_normal((64, 2))
        ...     _ = classifier.partial_fit(x, x[:, 0] > x[:, 1], classes=[False, True])
        >>> classifier.predict([[3.0, -3.0], [-3.0, 3.0]])
        array([ True, False])
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "partial_fit() can't tell from a part of the samples how many each class has. "
                "Write class_weight=dict(zip(classes, compute_class_weight('balanced', "
                "classes=classes, y=y_of_all)))"
            )
        goes_on = hasattr(self, "network_")
        if not goes_on and classes is None:
            raise ValueError(
                "partial_fit() expects all classes in its first call, as these samples may have "
                "only some. Write partial_fit(X, y, classes=np.unique(y_of_all))"
            )
        samples, labels = self._checked(X, y, reset=not goes_on)
        if not goes_on:
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            raise ValueError(
                f"partial_fit(classes) expects those of the first call, {self.classes_}, got "
                f"{unique_labels(classes)}. Leave classes out, or make a new estimator"
            )
        if len(unknown := np.setdiff1d(labels, self.classes_)):
            raise ValueError(
                f"partial_fit(y) expects the classes {self.classes_}, got also {unknown}. Name all "
                "of them as classes in the first call"
            )
        self._learn(samples, labels, sample_weight, goes_on=goes_on, epochs=1)
        return self

    def _checked(self, x: Any, y: Any, *, reset: bool) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        dtype = float_type(type(self).__name__, self.dtype)
        samples, labels = self._validated(x, y, dtype=dtype, reset=reset)
        check_classification_targets(labels)
        return samples, column_or_1d(labels, warn=True)

    def _learn(self, x: Any, labels: Any, sample_weight: Any, **options: Any) -> None:
        encoded, weights = np.searchsorted(self.classes_, labels), self._weights(sample_weight, x)
        if self.class_weight is not None:
            of_classes = compute_sample_weight(self.class_weight, labels)
            weights = of_classes if weights is None else weights * of_classes
        loss = SoftMaxCrossEntropyLoss("mean")
        self._fit(x, encoded, weights, len(self.classes_), loss, **options)

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
    backend : {"auto", "eager", "numpy", "native", "xla"}, optional
        What runs the training steps, see `NeuralNetwork.fit`.
    verbose : bool, default False
        Whether a progress bar is shown.
    warm_start : bool, default False
        Whether `fit` goes on with the network of the last `fit`, for further `epochs`.
    early_stopping : bool, default False
        Whether some samples are held back, of each class as many, and training ends when the loss
        on them has not improved for a while; the network with the lowest is kept.
    validation_fraction : float, default 0.1
        How many are held back.
    n_iter_no_change : int, default 10
        How many epochs without an improvement of `tol` are waited for.
    tol : float, default 1e-4
        By how much the loss has to fall to count.
    loss : {"squared_error", "absolute_error", "huber"}, default "squared_error"
        What is made small, on average. The other parameters are those of `NeuralNetworkClassifier`
        without `class_weight`, and so are the attributes, apart from `classes_`.

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

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> NeuralNetworkRegressor:
        """Train a new network; with `warm_start`, the one that there is.

        Parameters
        ----------
        X : array_like, shape (samples, features)
            The samples.
        y : array_like, shape (samples,) or (samples, outputs)
            The numbers to be predicted.
        sample_weight : array_like, shape (samples,), optional
            How much each sample counts, from 0.

        Returns
        -------
        NeuralNetworkRegressor
            Itself.

        Raises
        ------
        ValueError
            If samples, numbers or parameters don't fit.
        """
        self._learn(X, y, sample_weight, goes_on=self._goes_on())
        return self

    def partial_fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
    ) -> NeuralNetworkRegressor:
        """Learn from samples once, in batches, after all that was learned before.

        Parameters
        ----------
        X, y, sample_weight
            As of `fit`.

        Returns
        -------
        NeuralNetworkRegressor
            Itself.
        """
        self._learn(X, y, sample_weight, goes_on=hasattr(self, "network_"), epochs=1)
        return self

    def _learn(self, x: Any, y: Any, sample_weight: Any, *, goes_on: bool, **options: Any) -> None:
        losses = known_by_short_name("loss")
        name = choice("NeuralNetworkRegressor", "loss", self.loss, tuple(losses))
        samples, targets = self._validated(
            x,
            y,
            dtype=float_type(type(self).__name__, self.dtype),
            multi_output=True,
            y_numeric=True,
            reset=not goes_on,
        )
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)
        columns = targets.reshape(len(targets), -1)
        outputs = self.network_.declared_outputs() if goes_on else columns.shape[1:]
        if outputs != columns.shape[1:]:
            raise ValueError(
                f"expected targets of {outputs} numbers, as before, got {columns.shape[1:]}. Make "
                "a new estimator for others"
            )
        self._one_output = targets.ndim == 1
        weights = self._weights(sample_weight, samples)
        loss = losses[name]()
        self._fit(samples, columns, weights, columns.shape[1], loss, goes_on=goes_on, **options)

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
