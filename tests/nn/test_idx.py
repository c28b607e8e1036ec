"""IDX files, whole and damaged."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import DataError, read_idx, read_images_and_labels, write_idx


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
        (b"\0\0\x08\x02\x80\0\0\0\0\0\0\x04", "8589934592 bytes .*truncated"),
        (b"\0\0\x08\x02\x80\0\0\0\0\0\0\x05", "at most 8589934592 bytes"),
        (gzip.compress(WHOLE, mtime=0)[:-3], "truncated"),
        (gzip.compress(WHOLE[:-1], mtime=0), "truncated"),
        (gzip.compress(WHOLE, mtime=0) + gzip.compress(WHOLE, mtime=0), "appended"),
        (gzip.compress(WHOLE, mtime=0) + gzip.compress(b"", mtime=0), "appended"),
        (gzip.compress(WHOLE, mtime=0) + b"\0\0", "appended"),
        (gzip.compress(b"", mtime=0), "header of 4 bytes, found 0"),
        (gzip.compress(WHOLE, mtime=0)[:10] + b"\xff" * 20, "damaged"),
        (gzip.compress(BOMB, mtime=0), "appended"),
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
    with pytest.raises(DataError, match=r"1 to 255 axes of uint8, int8, .*got 1 axes of int64"):
        write_idx(tmp_path / "x", np.arange(3))
    assert not (tmp_path / "x").exists()


@given(
    start=st.sampled_from([b"", b"\0\0\x08\x01", b"\0\0\x0d\x02\0\0\0\x01", b"\x1f\x8b\x08\0"]),
    rest=st.binary(max_size=40),
    packed=st.booleans(),
)
def test_any_bytes_are_an_array_or_a_data_error(start, rest, packed, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any-idx"
    path.write_bytes(gzip.compress(start + rest) if packed else start + rest)
    try:
        found = read_idx(path)
    except DataError as error:
        assert str(error).startswith(f"{path}: expected ")
    else:
        assert found.nbytes < 50
