"""IDX files, whole and damaged."""

import gzip
import os
import tracemalloc

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
        (b"\0\0\x08\x41" + b"\0\0\0\1" * 65, "at most 64 axes, found a header with 65"),
        (b"\0\0\x08\x03" + b"\0" * 4 + b"\xff" * 8, "at most .* shape .0, 4294967295"),
        (b"\0\0\x0e\x40" + b"\xff" * 256, "at most"),
        (gzip.compress(b"\0\0\x08\x01\x40\0\0\1", mtime=0), "at most .*1073741825 bytes"),
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


@pytest.mark.parametrize("axes", [1, 64])
def test_all_axes_that_numpy_has_are_read(axes, tmp_path):
    (tmp_path / "x").write_bytes(bytes((0, 0, 8, axes)) + b"\0\0\0\1" * axes + b"a")
    assert read_idx(tmp_path / "x").shape == (1,) * axes


def test_a_large_array_is_unpacked_into_its_own_memory(tmp_path):
    path, size = tmp_path / "x.gz", 2**25
    path.write_bytes(gzip.compress(b"\0\0\x08\x01" + size.to_bytes(4, "big") + bytes(size), 1))
    tracemalloc.start()
    assert read_idx(path).nbytes == size
    assert tracemalloc.get_traced_memory()[1] < 1.2 * size
    tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_what_is_no_file_is_neither_waited_for_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, what in ((tmp_path / "pipe", "a pipe"), (tmp_path, "a folder")):
        with pytest.raises(DataError, match=f"expected an IDX file, found {what}"):
            read_idx(path)
    with pytest.raises(DataError, match="/dev/zero: expected an IDX file, found a device"):
        read_idx("/dev/zero")


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
