"""How much samples count in a run: weights of samples and of classes; what is held back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..checks import cut, number
from ..data.preparation import places_of_split
from ..losses.loss import weights_from

if TYPE_CHECKING:
    from ..losses import Loss

Array = npt.NDArray[Any]


def sample_weights(owner: str, given: Any, labels: Array, outputs: Any) -> Array | None:
    """Return one weight per sample, or per step of sequences, in float64; or raise ValueError.

    Parameters
    ----------
    owner : str
        What messages begin with.
    given : array_like or None
        As the user gave them.
    labels : ndarray
        All labels.
    outputs : tuple of int or None
        The shape of what the network says of one sample, where it is known.
    """
    if given is None:
        return None
    # What follows from the layers alone knows nothing of steps, which the labels may have.
    told = outputs and labels.shape[1:] in ((), outputs)
    shape = (len(labels), *outputs) if told else (*labels.shape, 1)
    found = weights_from(f"{owner}(sample_weight)", given, shape, np.dtype(np.float64))
    if not found.any():
        raise ValueError(f"{owner}(sample_weight) expects a weight above 0 somewhere, got only 0")
    return found


def class_weights(owner: str, given: Any, labels: Array, outputs: Any, loss: Loss) -> Array | None:
    """Return the weight of each label by its class, in float64; or raise ValueError.

    Parameters
    ----------
    owner : str
        What messages begin with.
    given : mapping, array_like, "balanced" or None
        As the user gave it; a class that a mapping does not name weighs 1.
    labels : ndarray
        All labels: whole numbers, rows, or yes and no.
    outputs : tuple of int or None
        The shape of what the network says of one sample, where it is known.
    loss : Loss
        Whose labels they are.
    """
    if given is None:
        return None
    owner = f"{owner}(class_weight)"
    if not loss.classifies:
        raise ValueError(
            f"{owner} expects labels that are classes, but {loss!r} compares numbers. Write "
            "sample_weight=, one weight per sample"
        )
    classes = _class_of_each(owner, labels, outputs, loss)
    ignored = getattr(loss, "ignore_index", None)
    left_out = np.zeros(classes.shape, bool) if ignored is None else classes == ignored
    classes = np.where(left_out, 0, classes)
    found = np.bincount(classes[~left_out])
    number_of = len(found) if not loss.one_hot_labels or not outputs else outputs[-1]
    number_of = max(number_of, len(found), 1 if loss.one_hot_labels else 2)
    weights = _of_classes(owner, given, found, number_of)
    return np.where(left_out, 1.0, weights[classes])


def _class_of_each(owner: str, labels: Array, outputs: Any, loss: Loss) -> Array:
    if loss.one_hot_labels:
        rows = labels.ndim > 1 and (not outputs or labels.shape[1:] == tuple(outputs))
        return np.asarray(labels.argmax(axis=-1) if rows else labels, np.intp)
    if labels.size != len(labels):
        raise ValueError(
            f"{owner} expects one label per sample, got shape {labels.shape}. Where each sample "
            "has several answers, write sample_weight="
        )
    return (labels.reshape(-1) >= 0.5).astype(np.intp)


def _of_classes(owner: str, given: Any, found: Array, classes: int) -> npt.NDArray[np.float64]:
    if isinstance(given, str):
        if given != "balanced":
            raise ValueError(f"{owner} expects 'balanced', a dict or a list, got {cut(given)}")
        present = found > 0
        shares = np.zeros(classes)
        # As scikit-learn: so that all classes weigh the same together, and the samples 1 each.
        shares[: len(found)][present] = found.sum() / (present.sum() * found[present])
        return shares
    if isinstance(given, Mapping):
        weights = np.ones(classes)
        for name, weight in given.items():
            known = isinstance(name, (int, np.integer)) and not isinstance(name, bool)
            if not known or not 0 <= name < classes:
                raise ValueError(
                    f"{owner} expects classes from 0 to {classes - 1}, as labels have them, got "
                    f"{cut(name)}"
                )
            weights[name] = number(owner, str(name), weight, least=0)
        return weights
    listed = np.asarray(given)
    if listed.ndim != 1 or len(listed) != classes or listed.dtype.kind not in "fiu":
        raise ValueError(
            f"{owner} expects one weight per class, {classes} of them, a dict such as {{1: 5.0}} "
            f"or 'balanced'; got {cut(given)}"
        )
    return np.array([number(owner, str(n), weight, least=0) for n, weight in enumerate(listed)])


def together(first: Array | None, second: Array | None) -> Array | None:
    """Return the product of two weights, of which one may be that of steps and one of samples."""
    if first is None or second is None:
        return second if first is None else first
    ndim = max(first.ndim, second.ndim)
    first, second = (w.reshape(*w.shape, *(1,) * (ndim - w.ndim)) for w in (first, second))
    return np.asarray(first * second)


def held_back(share: Any, labels: Array, loss: Loss, seed: int) -> tuple[Array, Array]:
    """Return which samples are trained on, and which are held back to validate on.

    Parameters
    ----------
    share : float
        How much is held back.
    labels : ndarray
        All labels; of classes each has its share in both parts.
    loss : Loss
        Whether they are classes.
    seed : int
        The network's: the same samples in each call of `fit`, so that none is ever learned.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    stratified = loss.classifies and labels.ndim == 1 and labels.dtype.kind in "iub"
    return places_of_split(
        "fit(validation_split)", len(labels), share, generator, labels if stratified else None
    )
