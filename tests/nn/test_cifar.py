"""CIFAR-10's binary version: files written in its format, whole, damaged, and of another kind."""

import gzip
import hashlib
import io
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from nn.data import DATASETS, DataError, cifar, find_dataset, load_dataset, read_cifar10
from nn.data.download import RemoteFile, download

NAMES = [*cifar.TRAINING, cifar.TEST]


def contents(images=3):
    """The bytes of each file; every image has its class as its first red level."""
    found = {}
    for number, name in enumerate(NAMES):
        labels = (np.arange(images) + number) % 10
        pixels = np.random.default_rng(number).integers(0, 256, (images, 3072))
        pixels[:, 0] = labels
        found[name] = np.concatenate([labels[:, None], pixels], axis=1).astype(np.uint8).tobytes()
    return found


def write_folder(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def write_archive(path, files, *, folder=cifar.FOLDER, extra=()):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in extra:
            archive.addfile(member)
    path.write_bytes(gzip.compress(packed.getvalue(), compresslevel=1, mtime=0))
    return path


@pytest.fixture
def archive(tmp_path):
    return write_archive(tmp_path / cifar.ARCHIVE, {"readme.html": b"<p>", **contents()})


def test_folder_and_archive_hold_the_same(tmp_path, archive):
    write_folder(tmp_path / "other" / cifar.FOLDER, contents())
    for place in (archive, tmp_path, tmp_path / "other", tmp_path / "other" / cifar.FOLDER):
        train, test = read_cifar10(place)
        assert train.images.shape == (15, 3, 32, 32)
        assert test.images.shape == (3, 3, 32, 32)
        assert train.images.dtype == train.labels.dtype == np.uint8
        np.testing.assert_array_equal(train.labels, [0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6])
        np.testing.assert_array_equal(train.images[:, 0, 0, 0], train.labels)
        np.testing.assert_array_equal(test.images[:, 0, 0, 0], test.labels)


def test_channels_come_first_and_rows_are_rows(tmp_path):
    record = np.arange(3072).reshape(3, 32, 32) % 251
    files = dict.fromkeys(NAMES, bytes([7]) + record.astype(np.uint8).tobytes())
    train, _ = read_cifar10(write_folder(tmp_path, files))
    np.testing.assert_array_equal(train.images[0], record)
    assert train.labels[0] == 7


def test_reading_unpacks_nothing_onto_the_disk(tmp_path, archive):
    before = sorted(tmp_path.rglob("*"))
    read_cifar10(archive)
    assert sorted(tmp_path.rglob("*")) == before


def test_it_is_a_data_set_like_the_others(tmp_path, archive, monkeypatch):
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path / "empty"))
    assert find_dataset("cifar-10") is None
    for path in (tmp_path, archive):
        data = load_dataset("cifar-10", path=path, flatten=False)
        assert data.x_train.shape == (15, 3, 32, 32)
        assert data.x_train.dtype == np.float32
        assert data.y_test.dtype == np.int64
    rows = load_dataset("cifar-10", path=tmp_path, high=255, dtype=np.float64)
    np.testing.assert_array_equal(rows.x_test[:, 0], rows.y_test)
    assert rows.x_train.shape == (15, 3072)
    monkeypatch.setenv("AUTOGRAD_CORE_DATA", str(tmp_path))
    assert find_dataset("cifar-10") == tmp_path
    assert DATASETS["cifar-10"].class_names[3] == "cat"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c[:-1], r"data_batch_2\.bin: expected 30730000 bytes.* found 9218.*truncated"),
        (lambda c: c[:-3073], r"expected as many images in data_batch_2\.bin as in data_batch_1"),
        (lambda c: b"", "found 0"),
        (lambda c: b"\x0b" + c[1:], "expected classes from 0 to 9, found 11 for image 0"),
        (lambda c: bytes(10_001 * 3073), "found 30733073"),
    ],
)
def test_damaged_files_are_named(change, words, tmp_path):
    files = contents()
    files["data_batch_2.bin"] = change(files["data_batch_2.bin"])
    for place in (
        write_folder(tmp_path / "folder", files),
        write_archive(tmp_path / cifar.ARCHIVE, files),
    ):
        with pytest.raises(DataError, match=words):
            read_cifar10(place)


def test_damaged_archives_are_refused(tmp_path, archive):
    whole = archive.read_bytes()
    for content, words in (
        (whole[:-20], "truncated"),
        (whole[: len(whole) // 2], "truncated"),
        (whole + b"more", "appended"),
        (b"no gzip", "gzip"),
        (b"", "gzip"),
        (gzip.compress(b"no archive" * 200), "damaged one|without data_batch_1"),
        (gzip.compress(bytes(10240)), r"without data_batch_1\.bin"),
    ):
        archive.write_bytes(content)
        with pytest.raises(DataError, match=words):
            read_cifar10(archive)


def test_an_archive_that_unpacks_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar, "MOST_BYTES", 2**16)
    bomb = write_archive(tmp_path / cifar.ARCHIVE, {"other": bytes(2**18)})
    with pytest.raises(DataError, match="expected at most 65536 bytes unpacked"):
        read_cifar10(bomb)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_ordinary_file_in_the_archive_is_refused(kind, tmp_path):
    member = tarfile.TarInfo(f"{cifar.FOLDER}/{cifar.TEST}")
    member.type, member.linkname = kind, "/etc/passwd"
    files = {name: content for name, content in contents().items() if name != cifar.TEST}
    path = write_archive(tmp_path / cifar.ARCHIVE, files, extra=[member])
    with pytest.raises(DataError, match="expected one ordinary file, found something else"):
        read_cifar10(path)


def test_a_file_that_is_there_twice_is_refused(tmp_path):
    member = tarfile.TarInfo(f"{cifar.FOLDER}/{cifar.TEST}")
    path = write_archive(tmp_path / cifar.ARCHIVE, contents(), extra=[member])
    with pytest.raises(DataError, match="found it twice"):
        read_cifar10(path)


def test_paths_in_the_archive_lead_nowhere(tmp_path):
    path = write_archive(tmp_path / cifar.ARCHIVE, contents(), folder="../../somewhere")
    read_cifar10(path)
    assert [each.name for each in tmp_path.iterdir()] == [cifar.ARCHIVE]


@pytest.mark.parametrize("name", ["data_batch_1", "cifar-10-python.tar.gz", "batches.meta"])
def test_the_version_for_python_is_refused_unread(name, tmp_path):
    class Runs:
        def __reduce__(self):
            return Path.touch, (tmp_path / "run",)

    (tmp_path / name).write_bytes(pickle.dumps(Runs()))
    for place in (tmp_path, tmp_path / name):
        with pytest.raises(DataError, match=r"binary version, found the one for Python .*pickles"):
            read_cifar10(place)
        with pytest.raises(DataError, match=r"found the one for Python .*download=True"):
            load_dataset("cifar-10", path=place)
    assert not (tmp_path / "run").exists()


def test_missing_files_are_named(tmp_path):
    files = contents()
    del files["data_batch_4.bin"], files["test_batch.bin"]
    write_folder(tmp_path, files)
    with pytest.raises(DataError, match=r"neither the archive nor data_batch_4\.bin, test_batch"):
        read_cifar10(tmp_path)
    with pytest.raises(DataError, match=r"Three ways.*data_batch_4\.bin, test_batch"):
        load_dataset("cifar-10", path=tmp_path)
    with pytest.raises(DataError, match="found nothing there"):
        read_cifar10(tmp_path / "nowhere")


def test_what_is_downloaded_has_the_published_checksum(tmp_path):
    (remote,) = DATASETS["cifar-10"].remote
    assert (remote.algorithm, remote.checksum) == ("md5", "c32a1d4ab5d03f1284b67883e8d87530")
    assert not remote.of_unpacked
    with pytest.raises(DataError, match="cifar-10-binary"):
        download(remote, ["no address"], tmp_path, progress=False)


def test_a_larger_file_may_be_fetched_where_it_is_known_to_be(tmp_path, monkeypatch):
    content = gzip.compress(bytes(300_000))
    monkeypatch.setattr("nn.data.download._fetch", lambda *_: content)
    file = RemoteFile("x.gz", "md5", hashlib.md5(content).hexdigest(), of_unpacked=False, most=1000)
    with pytest.raises(DataError, match="at most 1000 bytes unpacked"):
        download(file, ["http://host"], tmp_path, progress=False)
    download(file._replace(most=300_000), ["http://host"], tmp_path, progress=False)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_the_archive_is_downloaded_into_the_cache_and_found_again(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    info = DATASETS["cifar-10"]
    own = info.remote[0]._replace(checksum=hashlib.md5(archive.read_bytes()).hexdigest())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    fetch = partial(
        load_dataset, "cifar-10", download=True, progress=False,
        mirror=f"http://127.0.0.1:{server.server_port}",
    )  # fmt: skip
    try:
        with pytest.raises(DataError, match="expected md5 c32a1d4ab5d03f1284b67883e8d87530 of the"):
            fetch()
        monkeypatch.setitem(DATASETS, "cifar-10", info._replace(remote=(own,)))
        first = fetch()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert find_dataset("cifar-10") == tmp_path / "cache" / "cifar-10"
    np.testing.assert_array_equal(load_dataset("cifar-10").x_test, first.x_test)
