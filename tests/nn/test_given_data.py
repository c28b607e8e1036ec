"""Data that can't be learned from are refused before the first update, with the place."""

import re
import warnings

import numpy as np
import pytest

from nn import (
    SGD,
    BinaryCrossEntropy,
    CrossEntropyLoss,
    Flatten,
    FullyConnected,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Reshape,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    TrainingWarning,
    standardize,
)
from nn.data import split

NAN, INF = np.nan, np.inf
X = np.random.default_rng(0).standard_normal((6, 4))


class Cubic(Loss):
    """A loss of one's own."""

    def apply(self, prediction, label):
        return (abs(prediction - label) ** 3).mean()


def network_of(loss=None, outputs=3):
    last = {CrossEntropyLoss: [SoftMax()], BinaryCrossEntropy: [Sigmoid()]}.get(type(loss), [])
    return NeuralNetwork([FullyConnected(4, outputs), *last], loss=loss, optimizer=SGD(0.1))


def with_entry(array, place, value):
    array = np.array(array)
    array[place] = value
    return array


def untouched(network, call):
    before = network.state_dict()
    with pytest.raises(ValueError) as error:  # the message is compared by callers
        call()
    after = network.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert not network.losses
    return str(error.value)


CLASSES, ROWS = np.array([0, 1, 2, 0, 1, 2]), np.eye(3)[[0, 1, 2, 0, 1, 2]]
NUMBERS = np.linspace(-1, 1, 18).reshape(6, 3)
YES = np.array([0.0, 1, 0, 1, 1, 0])[:, None]
SOFT = [SoftMaxCrossEntropyLoss(), CrossEntropyLoss()]
BINARY = [BinaryCrossEntropy(), SigmoidCrossEntropyLoss()]
REGRESSION = [MeanSquaredError(), MeanAbsoluteError(), Cubic()]

WRONG_LABELS = [
    *[(loss, *case) for loss in SOFT for case in [
        (with_entry(CLASSES, 4, 3), "labels from 0 to 2.* 3 at index 4"),
        (with_entry(CLASSES, 5, -1), "-1 at index 5"),
        (CLASSES + 1, "3 at index 2.*write y - 1"),
        (with_entry(CLASSES.astype(np.uint8), 1, 255), "255 at index 1"),
        (with_entry(CLASSES.astype(float), 3, NAN), "nan at index 3"),
        (with_entry(CLASSES.astype(float), 2, INF), "inf at index 2"),
        (CLASSES + 0.5, "whole numbers from 0 to 2, got 0.5 at index 0.*MeanSquaredError"),
        (with_entry(CLASSES.astype(float), 4, 1.5), "got 1.5 at index 4"),
        (CLASSES.astype(float), r"write labels.astype\(int\)"),
        (CLASSES > 0, r"shape \(6,\) of bool"),
        (CLASSES[:, None], r"shape \(6, 1\) of int64"),
        (ROWS[:, :2], r"shape \(6, 2\)"),
        (ROWS[:, :, None], r"shape \(6, 3, 1\)"),
        (with_entry(ROWS, (3, 1), NAN), r"nan at index \(3, 1\)"),
        (with_entry(ROWS, (2, 0), -1), r"-1.0 at index \(2, 0\)"),
        (CLASSES[:5], "one label per sample"),
        (["a", "b", "c", "a", "b", "c"], "np.unique"),
        ([0, None, 1, 2, 0, 1], "the label at index 1 is missing"),
        (np.ma.masked_equal(CLASSES, 2), "filled"),
    ]],
    *[(loss, *case) for loss in BINARY for case in [
        (with_entry(YES, 2, 2), r"from 0 \(no\) to 1 \(yes\), got 2.0 at index \(2, 0\)"),
        (with_entry(YES[:, 0], 5, -1), "-1.0 at index 5"),
        (with_entry(YES[:, 0].astype(int), 4, 7), "7 at index 4"),
        (with_entry(YES, 1, NAN), r"nan at index \(1, 0\)"),
        (np.hstack([YES, YES]), r"shape \(6, 2\)"),
    ]],
    *[(loss, *case) for loss in REGRESSION for case in [
        (with_entry(NUMBERS, (3, 2), NAN), r"finite y, got nan at index \(3, 2\)"),
        (with_entry(NUMBERS, (5, 0), INF), r"inf at index \(5, 0\)"),
        (with_entry(NUMBERS, (1, 1), -INF), r"-inf at index \(1, 1\)"),
        (with_entry(NUMBERS, (4, 1), 1e39), r"1e\+39 at index \(4, 1\).*the largest float32"),
        (NUMBERS[:, :1], r"shape \(6, 1\)"),
        (NUMBERS[:, 0], r"expects labels in the shape"),
    ]],
]  # fmt: skip


@pytest.mark.parametrize(("loss", "labels", "words"), WRONG_LABELS)
@pytest.mark.parametrize("method", ["fit", "validation", "evaluate"])
def test_a_wrong_label_is_named_before_anything_is_learned(loss, labels, words, method):
    network = network_of(loss, 1 if loss in BINARY else 3)
    right = {True: YES}.get(loss in BINARY, NUMBERS if loss in REGRESSION else CLASSES)

    def call():
        if method == "evaluate":
            return network.evaluate(X, labels)
        options = {"validation_data": (X, labels)} if method == "validation" else {}
        y = right if method == "validation" else labels
        return network.fit(X, y, epochs=1, batch_size=1, progress=False, **options)

    if isinstance(labels, np.ma.MaskedArray):
        with pytest.raises(TypeError, match=words):
            call()
        return
    message = untouched(network, call)
    assert re.search(words, message), message
    assert "one_hot" not in words


@pytest.mark.parametrize("method", ["fit", "validation"])
@pytest.mark.parametrize(
    ("value", "words"), [(NAN, "got nan"), (INF, "got inf"), (-INF, "got -inf"), (1e39, r"1e\+39")]
)
@pytest.mark.parametrize("where", [(0, 0), (5, 3), (2, 1)])
def test_samples_that_are_no_finite_numbers_are_named(method, value, words, where):
    network, x = network_of(), with_entry(X, where, value)

    def call():
        options = {"validation_data": (x, CLASSES)} if method == "validation" else {}
        samples = X if method == "validation" else x
        return network.fit(samples, CLASSES, epochs=1, batch_size=2, progress=False, **options)

    message = untouched(network, call)
    assert re.search(words, message)
    assert f"at index {where}" in message


def test_float64_holds_more():
    network = NeuralNetwork([FullyConnected(4, 3)], dtype=np.float64, optimizer=SGD(1e-90))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.fit(with_entry(X, (0, 0), 1e39), CLASSES, epochs=1, batch_size=6, progress=False)


@pytest.mark.parametrize("layers", [
    [FullyConnected(3, 3)], [ReLU(), FullyConnected(3, 3)], [FullyConnected(1, 3)],
])  # fmt: skip
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_step", "predict"])
def test_numbers_in_a_row_could_be_one_sample_or_many(layers, method):
    network, x = NeuralNetwork(layers), np.arange(3.0)
    calls = {
        "fit": lambda: network.fit(x, [0, 1, 2], epochs=1, batch_size=3, progress=False),
        "evaluate": lambda: network.evaluate(x, [0, 1, 2]),
        "train_step": lambda: network.train_step(x, [0, 1, 2]),
        "predict": lambda: network.predict(x),
    }
    assert "one sample or 3. Write x[None, :]" in untouched(network, calls[method])


@pytest.mark.parametrize("first", [Flatten(), Reshape((1,))])
def test_a_layer_that_makes_the_axes_takes_numbers_in_a_row(first):
    network = NeuralNetwork([first, FullyConnected(1, 3)])
    assert network.predict(np.arange(5.0)).shape == (5, 3)


@pytest.mark.parametrize("before", [[], [Flatten()], [ReLU()]])
def test_an_image_without_the_axis_of_the_batch(before):
    network = NeuralNetwork([*before, FullyConnected(64, 3)])
    with pytest.raises(ValueError, match=r"axis of the batch: write x.reshape\(1, -1\)"):
        network.predict(np.zeros((8, 8)))
    with pytest.raises(ValueError, match="Change in_features to 7"):
        network.predict(np.zeros((8, 7)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("power", [-1, 0, 1])
def test_very_large_and_very_small_features_are_standardized(dtype, power):
    limits = np.finfo(dtype)
    factor = {-1: float(limits.smallest_subnormal) * 4, 0: 1.0, 1: float(limits.max) / 8}[power]
    x = (np.array([[1.0, 5.0], [-1.0, 5.0], [3.0, 5.0], [1.0, 5.0]]) * factor).astype(dtype)
    (found,) = standardize(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found[:, 0], np.array([0, -2, 2, 0]) / 2**0.5, atol=3e-3)
    assert not found[:, 1].any()


def test_standardizing_what_lies_too_far_away_says_so():
    with pytest.raises(ValueError, match=r"got 1e\+308 at index \(1, 0\)"):
        standardize([[1e-9], [2e-9]], [[0.0], [1e308]])
    (_, test) = standardize([[1.0], [2.0]], [[NAN]])
    assert np.isnan(test).all()


# --- tables --------------------------------------------------------------------------------------


def table(**columns):
    pandas = pytest.importorskip("pandas")
    columns = {"a": [1.0, 2, 3, 4, 5, 6]} | columns
    return pandas.DataFrame({name: make(pandas) if callable(make) else make
                             for name, make in columns.items()})  # fmt: skip


GOOD = {
    "bool": [True, False] * 3,
    "int": [1, 2, 3, 4, 5, 6],
    "Float64": lambda pandas: pandas.array([1.0, 2, 3, 4, 5, 6], dtype="Float64"),
    "Int64": lambda pandas: pandas.array([1, 2, 3, 4, 5, 6], dtype="Int64"),
    "boolean": lambda pandas: pandas.array([True, False] * 3, dtype="boolean"),
    "object": lambda pandas: pandas.Series([1, 2.5, True, 4, 5, 6], dtype=object),
}
BAD = {
    "Int64 with NA": (lambda pandas: pandas.array([1, None, 3, 4, 5, 6], dtype="Int64"), "row 1"),
    "Float64 with NA": (lambda pandas: pandas.array([1, 2, None, 4, 5, 6], dtype="Float64"),
                        "row 2"),
    "boolean with NA": (lambda pandas: pandas.array([True] * 5 + [None], dtype="boolean"), "row 5"),
    "None": ([1, None, "x", 1, 1, 1], "row 1"),
    "nan": ([1, NAN, 3, 4, 5, 6], "row 1, column 'b'"),
    "str": (list("abcdef"), "get_dummies"),
    "categories": (lambda pandas: pandas.Categorical(list("abcabc")), "category"),
    "numbers as categories": (lambda pandas: pandas.Categorical([1, 2, 3, 1, 2, 3]), "category"),
    "dates": (lambda pandas: pandas.to_datetime(["2020"] * 6), "datetime"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_tables_of_numbers_are_taken(name):
    network = NeuralNetwork([FullyConnected(2, 3)])
    frame = table(b=GOOD[name])
    network.fit(frame, CLASSES, epochs=1, batch_size=2, progress=False)
    expected = np.stack([np.array(frame[column].tolist(), float) for column in "ab"], axis=1)
    np.testing.assert_array_equal(network.predict(frame), network.predict(expected))


@pytest.mark.parametrize("name", BAD)
def test_a_column_that_holds_no_numbers_is_named(name):
    network = NeuralNetwork([FullyConnected(2, 3)])
    make, words = BAD[name]
    frame = table(b=make)
    message = untouched(
        network, lambda: network.fit(frame, CLASSES, epochs=1, batch_size=2, progress=False)
    )
    assert "column 'b'" in message
    assert words in message


@pytest.mark.parametrize("make", [
    lambda pandas: pandas.Series([0, 1, 2, 0, 1, 2]),
    lambda pandas: pandas.Series([0, 1, 2, 0, 1, 2], dtype="Int64"),
    lambda pandas: pandas.Series([0, 1, 2, 0, 1, 2], dtype=object),
])  # fmt: skip
def test_a_column_of_classes_is_taken(make):
    NeuralNetwork([FullyConnected(2, 3)]).fit(
        table(b=[1, 2, 3, 4, 5, 6]), make(pytest.importorskip("pandas")), epochs=1, batch_size=2,
        progress=False,
    )  # fmt: skip


def test_a_column_of_labels_with_a_gap_is_refused():
    pandas = pytest.importorskip("pandas")
    network = NeuralNetwork([FullyConnected(2, 3)])
    labels = pandas.Series([0, None, 2, 0, 1, 2], dtype="Int64")
    message = untouched(network, lambda: network.fit(
        table(b=[1, 2, 3, 4, 5, 6]), labels, epochs=1, batch_size=2, progress=False))  # fmt: skip
    assert "index 1" in message


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1.0, 2], [3]], r"got \(1,\) at index 1 after \(2,\)"),
        ([[1.0, 2], [None, 3]], r"the entry at index \(1, 0\) is missing"),
        ([["a", "b"]], r"Write x.astype\(float\)"),
        ([[1j, 2]], "complex"),
    ],
)
def test_what_is_no_array_of_numbers_is_named(x, words):
    network = NeuralNetwork([FullyConnected(2, 3)])
    for call in (network.predict, standardize):
        with pytest.raises(ValueError, match=words):
            call(x)


def test_tables_are_split_and_standardized():
    frame = table(b=GOOD["bool"])
    (found,) = standardize(frame)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    parts = split(frame, CLASSES, 0.5, np.random.default_rng(0))
    assert parts.x_train.dtype == np.float64
    with pytest.raises(ValueError, match="column 'b'"):
        standardize(table(b=list("abcdef")))


def test_a_step_on_nan_blames_the_samples():
    with pytest.warns(TrainingWarning, match="are not finite. Leave those samples out"):
        network_of().train_step(X * NAN, CLASSES)


@pytest.mark.parametrize("layers", [None, 3, FullyConnected])
def test_layers_come_in_a_list(layers):
    with pytest.raises(TypeError, match="expects a list of layers"):
        NeuralNetwork(layers)


@pytest.mark.parametrize("given", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named_in_every_type_without_a_warning(given, dtype, entry):
    x = np.ones((3, 4), given)
    x[1, 2] = entry
    network = NeuralNetwork([FullyConnected(4, 2)], dtype=dtype)
    with pytest.raises(ValueError, match=r"expected finite x, got -?(nan|inf) at index \(1, 2\)"):
        network.fit(x, [0, 1, 0], epochs=1, batch_size=2)


@pytest.mark.parametrize("size", [1e19, 1e38, 3e38])
def test_large_numbers_that_fit_are_taken(size):
    network = NeuralNetwork([FullyConnected(4, 2)])
    x = np.full((3, 4), size, np.float32)
    assert network._checked_data("fit", x, [0, 1, 0])[0] is x
