"""Data: the shipped sets, IDX files whole and damaged, one-hot labels, batches."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from nn import SGD, Adam, FullyConnected, NeuralNetwork, ReLU, Tanh
from nn.data import (
    DataError,
    batches,
    load_dataset,
    one_hot,
    read_idx,
    read_images_and_labels,
    scale_pixels,
    split,
    standardize,
    write_idx,
)

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("name", "train", "test", "pixels"),
    [("mnist-sample", 2000, 500, 784), ("digits", 1437, 360, 64)],
)
def test_shipped_sets_have_their_sizes_and_ranges(name, train, test, pixels):
    data = load_dataset(name)
    assert data.x_train.shape == (train, pixels)
    assert data.x_test.shape == (test, pixels)
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert set(data.y_train) == set(data.y_test) == set(range(10))


def test_pixel_range_and_shape_are_asked_for():
    data = load_dataset("mnist-sample", flatten=False, low=-1.0, dtype=np.float64)
    assert data.x_test.shape == (500, 28, 28)
    assert (data.x_test.min(), data.x_test.max(), data.x_test.dtype) == (-1.0, 1.0, np.float64)


@pytest.mark.parametrize("name", ["mnist-sample", "digits"])
def test_shipped_files_are_the_shared_ones(name):
    folder = SHARED / "embedded" / name
    if not folder.exists():
        pytest.skip("the development data are not here")
    for path in folder.iterdir():
        shipped = Path(load_dataset.__code__.co_filename).parent / "files" / name / path.name
        assert shipped.read_bytes() == path.read_bytes()


def test_iris_is_fishers_table_with_balanced_classes():
    data = load_dataset("iris", dtype=np.float64)
    assert data.x_train.shape == (100, 4)
    assert data.x_test.shape == (50, 4)
    assert np.bincount(data.y_train).tolist() == [34, 33, 33]
    assert np.bincount(data.y_test).tolist() == [16, 17, 17]
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    # The means that Fisher's table II gives, in cm.
    means = [
        [5.006, 3.428, 1.462, 0.246],
        [5.936, 2.770, 4.260, 1.326],
        [6.588, 2.974, 5.552, 2.026],
    ]
    np.testing.assert_allclose([x[y == k].mean(axis=0) for k in range(3)], means, atol=1e-12)
    # The two flowers in which other copies differ from the table.
    np.testing.assert_array_equal(x[y == 0][[34, 37]], [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]])


def test_iris_has_no_pixels_to_map():
    with pytest.raises(ValueError, match="standardize"):
        load_dataset("iris", low=-1.0)


@pytest.mark.parametrize(("optimizer", "rate"), [("SGD", 0.1), ("momentum", 0.02), ("Adam", 0.01)])
def test_iris_is_learned_by_every_optimizer(optimizer, rate):
    make = {"SGD": SGD, "momentum": lambda r: SGD(r, momentum=0.9), "Adam": Adam}[optimizer]
    data = load_dataset("iris")
    x_train, x_test = standardize(data.x_train, data.x_test)
    accuracies = []
    for seed in range(20):
        network = NeuralNetwork(
            [FullyConnected(4, 16), Tanh(), FullyConnected(16, 3)], optimizer=make(rate), seed=seed
        )
        network.fit(x_train, data.y_train, epochs=40, batch_size=10, progress=False)
        accuracies.append(network.evaluate(x_test, data.y_test)["accuracy"])
    assert np.mean(accuracies) >= 0.94


def test_full_mnist_reads():
    if not (SHARED / "mnist").exists():
        pytest.skip("full MNIST is not here")
    images, labels = read_images_and_labels(
        SHARED / "mnist" / "t10k-images-idx3-ubyte.gz",
        SHARED / "mnist" / "t10k-labels-idx1-ubyte.gz",
    )
    assert images.shape == (10000, 28, 28)
    np.testing.assert_array_equal(labels[:3], [7, 2, 1])


def test_unknown_set_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"'mnist-sample', 'digits', .* got 'mnst'"):
        load_dataset("mnst")


@pytest.mark.parametrize("name", ["x-idx2", "x-idx2.gz"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8", ">i4"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0, 4), (2, 1, 2, 1)])
def test_arrays_survive_idx(name, dtype, shape, tmp_path):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    write_idx(tmp_path / name, array)
    found = read_idx(tmp_path / name)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.flags.writeable


WHOLE = b"\0\0\x08\x01\0\0\0\x03abc"
BOMB = b"\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01" + b"\0" * 2**24


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (WHOLE[:3], "header of 4 bytes, found 3"),
        (WHOLE[:6], "lengths of 1 axes"),
        (WHOLE[:-1], "3 bytes .* found 2.*truncated"),
        (WHOLE + b"d", "appended"),
        (b"\x89PNG" + WHOLE, "magic number"),
        (b"\0\0\x08\0", "magic number"),
        (b"\0\0\x07\x01\0\0\0\0", "magic number"),
        (b"\0\0\x0e\x03" + b"\xff" * 12, "at most"),
        (gzip.compress(WHOLE)[:-3], "truncated"),
        (gzip.compress(WHOLE[:-1]), "truncated"),
        (gzip.compress(WHOLE) + gzip.compress(WHOLE), "appended"),
        (gzip.compress(WHOLE) + gzip.compress(b""), "appended"),
        (gzip.compress(WHOLE) + b"\0\0", "appended"),
        (gzip.compress(b""), "header of 4 bytes, found 0"),
        (gzip.compress(WHOLE)[:10] + b"\xff" * 20, "damaged"),
        (gzip.compress(BOMB), "appended"),
    ],
)
def test_damaged_file_is_named_with_expected_and_found(content, words, tmp_path):
    path = tmp_path / "data-idx1-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"data-idx1-ubyte\.gz: expected .*{words}"):
        read_idx(path)


def test_images_and_labels_must_fit_together(tmp_path):
    images, labels = tmp_path / "images", tmp_path / "labels"
    write_idx(images, np.zeros((3, 2, 2), np.uint8))
    write_idx(labels, np.zeros(2, np.uint8))
    with pytest.raises(DataError, match=r"labels: expected 3 labels.*found 2"):
        read_images_and_labels(images, labels)
    with pytest.raises(DataError, match="labels: expected images"):
        read_images_and_labels(labels, labels)


def test_idx_refuses_what_it_can_not_hold(tmp_path):
    with pytest.raises(DataError, match="int64"):
        write_idx(tmp_path / "x", np.arange(3))
    assert not (tmp_path / "x").exists()


def test_one_hot_rows():
    np.testing.assert_array_equal(one_hot([1, 0], 2), [[0, 1], [1, 0]])
    assert one_hot(np.array([], int), 3).shape == (0, 3)
    for labels in ([0, 2], [-1, 0], [0.0, 1.0], [[0]]):
        with pytest.raises(ValueError, match="one_hot"):
            one_hot(labels, 2)


def test_pixels_are_mapped_by_a_straight_line():
    np.testing.assert_allclose(scale_pixels([0, 8, 16], -1, 1, white=16), [-1, 0, 1])
    with pytest.raises(ValueError, match="floating-point type, got uint8"):
        scale_pixels([0, 255], dtype=np.uint8)


def test_batches_hold_every_sample_once_and_shuffle_by_the_generator():
    x = np.arange(10)
    order = [batch.tolist() for batch, _ in batches(x, x, 4, np.random.default_rng(0))]
    again = [batch.tolist() for batch, _ in batches(x, x, 4, np.random.default_rng(0))]
    assert order == again
    assert [len(batch) for batch in order] == [4, 4, 2]
    shown = [sample for batch in order for sample in batch]
    assert sorted(shown) == list(range(10)) != shown
    with pytest.raises(ValueError, match="batch_size"):
        batches(x, x, 0)
    with pytest.raises(ValueError, match="as many labels"):
        batches(x, x[1:], 2)


# --- standardize and split ------------------------------------------------------------------------


def test_standardize_takes_mean_and_spread_of_the_training_data_alone():
    random = np.random.default_rng(0)
    train, test = random.normal(5.0, 3.0, (200, 4)), random.normal(0.0, 1.0, (50, 4))
    new_train, new_test = standardize(train, test)
    np.testing.assert_allclose(new_train.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(new_train.std(axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(new_test, (test - train.mean(axis=0)) / train.std(axis=0))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e30, -7.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_feature_is_only_shifted(value, dtype):
    train = np.full((7, 2), value, dtype)
    train[:, 1] = range(7)
    new_train, new_test = standardize(train, np.array([[value, 3.0]], dtype))
    np.testing.assert_allclose(new_train[:, 0], 0.0, atol=1e-15 * abs(value))
    np.testing.assert_allclose(new_test, [[0.0, 0.0]], atol=1e-15 * abs(value))
    assert new_train.dtype == new_test.dtype == dtype


def test_standardize_makes_float32_of_whole_numbers_and_keeps_its_arguments():
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    (found,) = standardize(images)
    np.testing.assert_array_equal(found, [[[-1, -1], [-1, -1]], [[1, 1], [1, 1]]])
    assert (found.dtype, images[0, 0, 0]) == (np.float32, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones((0, 2)),), "training samples"),
        ((np.float64(3),), "training samples"),
        ((np.ones((3, 2)), np.ones((3, 4))), r"shape \(2,\).*got \(4,\)"),
        ((np.array([[1.0, np.nan], [1.0, 2.0]]),), r"features \[1\]"),
        ((np.array([[1.0, np.inf], [1.0, 2.0]]),), r"features \[1\]"),
    ],
)
def test_standardize_refuses_what_it_can_not_scale(arguments, words):
    with pytest.raises(ValueError, match=words):
        standardize(*arguments)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize(("share", "held_back"), [(0.2, 20), (0.01, 1), (0.333, 33), (0.99, 99)])
def test_split_holds_back_a_share_and_loses_no_sample(share, held_back, stratified):
    x, y = np.arange(100), np.arange(100) % 3
    parts = split(x, y, share, np.random.default_rng(0), stratified=stratified)
    assert (len(parts.x_train), len(parts.x_validation)) == (100 - held_back, held_back)
    assert sorted([*parts.x_train, *parts.x_validation]) == list(range(100))
    np.testing.assert_array_equal(parts.y_train, parts.x_train % 3)
    np.testing.assert_array_equal(parts.y_validation, parts.x_validation % 3)


def test_split_follows_its_generator():
    x = np.arange(50)
    first, again, other = (split(x, x, 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x_validation, again.x_validation)
    assert set(first.x_validation) != set(other.x_validation)


@pytest.mark.parametrize("seed", range(5))
def test_a_stratified_split_keeps_the_shares_of_rare_classes(seed):
    y = np.repeat([0, 1, 2], [900, 90, 10])
    parts = split(y, y, 0.2, np.random.default_rng(seed), stratified=True)
    assert np.bincount(parts.y_validation).tolist() == [180, 18, 2]
    assert len(set(parts.y_train[:50])) > 1  # not sorted by class


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 1.5, 0.01, 0.99, float("nan")])
def test_split_refuses_a_part_without_samples(share):
    with pytest.raises(ValueError, match=f"split.*got {share}"):
        split(np.arange(10), np.arange(10), share, np.random.default_rng(0))


def test_a_stratified_split_wants_class_numbers():
    with pytest.raises(ValueError, match="argmax"):
        split(np.arange(4), np.eye(4), 0.5, np.random.default_rng(0), stratified=True)


# --- memory maps ----------------------------------------------------------------------------------


class WatchedMap(np.memmap):
    """A memory map that writes down how many samples are taken from it at a time."""

    taken: list = []  # noqa: RUF012

    def __getitem__(self, rows):
        found = super().__getitem__(rows)
        if self.shape[:1] == (1000,):
            WatchedMap.taken.append(len(found))
        return found


def memory_map(folder, array, kind=np.memmap):
    mapped = kind(folder / "x.bin", dtype=array.dtype, mode="w+", shape=array.shape)
    mapped[...] = array
    mapped.flush()
    return kind(folder / "x.bin", dtype=array.dtype, mode="r", shape=array.shape)


@pytest.mark.parametrize("generator", [None, np.random.default_rng(0)])
def test_batches_of_a_memory_map_read_the_rows_of_the_batch_alone(generator, tmp_path):
    x = memory_map(tmp_path, np.arange(3000.0).reshape(1000, 3), WatchedMap)
    WatchedMap.taken.clear()
    for rows, labels in batches(x, np.arange(1000), 64, generator):
        np.testing.assert_array_equal(rows[:, 0], labels * 3.0)
    assert set(WatchedMap.taken) == {64, 1000 % 64}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_a_memory_map_trains_predicts_and_evaluates_like_an_array(dtype, tmp_path):
    data = load_dataset("digits", high=16)
    x_train = data.x_train.astype(dtype)
    results = []
    for x in (x_train, memory_map(tmp_path, x_train)):
        network = NeuralNetwork(
            [FullyConnected(64, 8), ReLU(), FullyConnected(8, 10)], optimizer=SGD(0.01)
        )
        history = network.fit(x, data.y_train, epochs=2, batch_size=100, progress=False)
        results.append((history["loss"], network.predict(x), network.evaluate(x, data.y_train)))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert results[0][2] == results[1][2]
    assert type(results[1][1]) is np.ndarray


def test_training_takes_no_more_of_a_memory_map_than_a_batch(tmp_path):
    x = memory_map(tmp_path, np.random.default_rng(0).random((1000, 4)), WatchedMap)
    network = NeuralNetwork([FullyConnected(4, 2)])
    WatchedMap.taken.clear()
    network.fit(x, np.arange(1000) % 2, epochs=2, batch_size=100, progress=False)
    network.predict(x, batch_size=100)
    network.evaluate(x, np.arange(1000) % 2, batch_size=100)
    assert max(WatchedMap.taken) == 100
