"""Data: the shipped sets, IDX files whole and damaged, one-hot labels, batches."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from nn.data import (
    DataError,
    batches,
    dataset_names,
    load_dataset,
    one_hot,
    read_idx,
    read_images_and_labels,
    scale_pixels,
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


@pytest.mark.parametrize("name", dataset_names())
def test_shipped_files_are_the_shared_ones(name):
    folder = SHARED / "embedded" / name
    if not folder.exists():
        pytest.skip("the development data are not here")
    for path in folder.iterdir():
        shipped = Path(load_dataset.__code__.co_filename).parent / "files" / name / path.name
        assert shipped.read_bytes() == path.read_bytes()


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
    with pytest.raises(ValueError, match="'mnist-sample', 'digits', got 'mnst'"):
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
