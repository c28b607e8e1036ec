"""Arguments of another kind are refused at once, by name; layers from elsewhere are left alone."""

import decimal
import re

import numpy as np
import pytest

from nn import (
    SGD,
    CrossEntropyLoss,
    CSVLogger,
    EarlyStopping,
    Flatten,
    FullyConnected,
    Layer,
    LeakyReLU,
    ModelCheckpoint,
    NeuralNetwork,
    ReLU,
    Reshape,
    Sigmoid,
    one_hot,
    split,
)

X, Y = np.random.default_rng(0).normal(size=(32, 4)).astype("f"), np.arange(32) % 3


def network():
    return NeuralNetwork([FullyConnected(4, 3)])


def fit(**keywords):
    options = {"epochs": 1, "batch_size": 8, "progress": False} | keywords
    return network().fit(X, Y, **options)


def with_source(source):
    made = network()
    made.data_source = source
    return made


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: FullyConnected(4, 3, bias="no"), "FullyConnected(bias) expects True or False"),
        (lambda: FullyConnected(4, 3, bias=np.ones(2)), "FullyConnected(bias) expects True or"),
        (lambda: FullyConnected(4, 3, bias=None), "FullyConnected(bias) expects True or False"),
        (lambda: LeakyReLU(learned=2), "LeakyReLU(learned) expects True or False, got 2"),
        (lambda: SGD(nesterov="yes", momentum=0.9), "SGD(nesterov) expects True or False"),
        (lambda: SGD(np.True_), "SGD(learning_rate) expects a finite number above 0"),
        (lambda: EarlyStopping(restore_best="best"), "EarlyStopping(restore_best) expects True"),
        (lambda: EarlyStopping(3), "EarlyStopping(monitor) expects the name of a figure"),
        (lambda: ModelCheckpoint("m", None), "ModelCheckpoint(monitor) expects the name of a fig"),
        (lambda: ModelCheckpoint(None), "ModelCheckpoint(path) expects a path such as"),
        (lambda: ModelCheckpoint("m\0"), "ModelCheckpoint(path) expects a path, and none holds"),
        (
            lambda: ModelCheckpoint("m", save_best_only="x"),
            "ModelCheckpoint(save_best_only) expects",
        ),
        (lambda: CSVLogger(3), "CSVLogger(path) expects a path such as 'runs/first', got 3"),
        (lambda: NeuralNetwork([FullyConnected(4, 3)], dtype=True), "NeuralNetwork(dtype) exp"),
        (
            lambda: NeuralNetwork([FullyConnected(4, 3)], dtype="f33"),
            "NeuralNetwork(dtype) expects",
        ),
        (lambda: fit(callbacks=None), "fit(callbacks) expects a list of callbacks"),
        (lambda: fit(callbacks=EarlyStopping), "fit(callbacks) expects a list of callbacks"),
        (lambda: fit(callbacks=print), "fit(callbacks) expects a list of callbacks"),
        (lambda: fit(checkpoint=3), "fit(checkpoint) expects a path such as 'runs/first', got 3"),
        (lambda: fit(checkpoint="a\0b"), "fit(checkpoint) expects a path, and none holds a NUL"),
        (lambda: fit(resume=b"runs"), "fit(resume) expects a path such as"),
        (lambda: network().save(None), "save(path) expects a path such as"),
        (lambda: network().evaluate(X, Y, batch_size=0), "evaluate(batch_size) expects a whole"),
        (lambda: network().load_state_dict(None), "load_state_dict() expects what state_dict()"),
        (lambda: network().load_state_dict([1]), "load_state_dict() expects what state_dict()"),
        (lambda: NeuralNetwork([ReLU()]).fit(X, Y % 4, epochs=1, batch_size=8), "none of its lay"),
        (lambda: Flatten()(3), "Flatten() expects samples along the first axis, got a single num"),
        (lambda: Reshape((2, 2))(3), "Reshape((2, 2)) expects samples along the first axis"),
        (lambda: network().train_step(np.ma.masked_less(X, 0), Y), "got a masked array"),
        (lambda: network().train_step(X, np.ma.masked_equal(Y, 1)), "got a masked array"),
        (lambda: network().forward(np.ma.masked_less(X, 0)), "got a masked array"),
        (lambda: with_source(3).train(1), "train(iterations) expects a data source with next()"),
        (lambda: with_source([(X, Y)]).train(1), "train(iterations) expects a data source with"),
        (lambda: one_hot(Y, None), "one_hot(classes) expects a whole number from 0, got None"),
        (lambda: one_hot(Y, 3.5), "one_hot(classes) expects a whole number from 0, got 3.5"),
        (lambda: split(X, Y, "x", np.random.default_rng(0)), "split(share) expects a number above"),
        (lambda: split(X, Y, None, np.random.default_rng(0)), "split(share) expects a number"),
    ],
)
def test_the_argument_is_named(call, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        call()


@pytest.mark.parametrize("value", [0, 1, True, False, np.True_])
def test_what_means_yes_or_no_is_taken(value):
    assert FullyConnected(4, 3, bias=value).arguments()["bias"] is bool(value)
    assert SGD(decimal.Decimal("0.5")).learning_rate == 0.5


def test_a_number_beyond_the_type_is_told_in_one_sentence():
    with pytest.raises(ValueError, match=r"got 1e\+300 at index \(0, 0\), which is beyond"):
        network().fit(np.full((2, 4), 1e300), [0, 1], epochs=1, batch_size=2)


# --- layers from elsewhere -----------------------------------------------------------------------


class Counting(Layer):
    """Remembers what it was asked."""

    def __init__(self):
        self.sizes = []

    def apply(self, x):
        self.sizes.append(len(x))
        return x + 0


class OfSeveral(Layer):
    """Takes no sample alone, as what divides by their spread."""

    def apply(self, x):
        if len(x) < 2:
            raise ValueError("expected several samples")
        return x - x.mean(axis=0)


class Wider(Layer):
    """Gives more than its shape says."""

    def apply(self, x):
        return np.concatenate([x, x], axis=1)


def test_a_layer_from_elsewhere_sees_the_batches_alone():
    layer = Counting()
    made = NeuralNetwork([FullyConnected(4, 3), layer, Sigmoid(), FullyConnected(3, 3)])
    made.fit(X, Y, epochs=2, batch_size=8, progress=False)
    assert layer.sizes == [8] * 8


def test_it_may_need_several_samples():
    made = NeuralNetwork([FullyConnected(4, 5), OfSeveral(), ReLU(), FullyConnected(5, 3)])
    assert len(made.fit(X, Y, epochs=1, batch_size=8, progress=False)) == 1


def test_labels_behind_it_are_checked_where_their_number_is_known():
    made = NeuralNetwork([OfSeveral(), FullyConnected(4, 3)])
    wrong = Y.copy()
    wrong[20] = 7
    with pytest.raises(ValueError, match="got 7 at index 20"):
        made.fit(X, wrong, epochs=1, batch_size=8, progress=False)
    assert made.losses == []
    last = NeuralNetwork([FullyConnected(4, 2), Wider()], loss=None)
    last.fit(X, Y, epochs=1, batch_size=8, progress=False)
    one_hot = NeuralNetwork([FullyConnected(4, 2), Wider()], loss=CrossEntropyLoss())
    with pytest.raises(ValueError, match="labels in the shape of the predictions"):
        one_hot.fit(X, np.eye(3)[Y], epochs=1, batch_size=8, progress=False)
