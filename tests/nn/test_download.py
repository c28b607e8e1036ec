"""Downloads, from a server on this machine: whole files or none, checked, and where they go."""

import gzip
import hashlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from nn.data import DATASETS, DataError, cache_folder, find_dataset, load_dataset, write_idx
from nn.data.download import RemoteFile, download

SHARED = Path(__file__).parents[3] / "shared" / "data"
CONTENT = gzip.compress(np.random.default_rng(0).bytes(300_000), mtime=0)
FILE = RemoteFile(
    "file.gz", "sha256", hashlib.sha256(gzip.decompress(CONTENT)).hexdigest(), of_unpacked=True
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        if self.server.redirects_to:
            self.send_response(302)
            self.send_header("Location", self.server.redirects_to)
            self.end_headers()
            return
        if self.server.drips:
            self.drip(self.server.drips)
            return
        name = self.path.rpartition("/")[2]
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        start = int(asked[len("bytes=") : -1]) if asked and self.server.resumes else 0
        rest = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.server.says_length:
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        broken = self.server.breaks.pop(0) if self.server.breaks else None
        self.wfile.write(rest[:broken])
        if broken == 0 and self.server.hangs:
            self.server.released.wait(10)

    def drip(self, part):
        """A byte of the headers or of the content now and then, for as long as the test takes."""
        if part == "content":
            self.send_response(200)
            self.end_headers()
        for _ in range(400):
            try:
                self.wfile.write(b"H")
            except OSError:
                break
            if self.server.released.wait(0.02):
                break

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.files = {"file.gz": CONTENT}
    found.requests, found.breaks = [], []
    found.resumes = found.says_length = True
    found.hangs = False
    found.redirects_to = found.drips = None
    found.released = threading.Event()
    found.url = f"http://127.0.0.1:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.released.set()
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def nobody():
    """An address at which no server answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def fetched(folder, *mirrors, file=FILE, **options):
    return download(file, mirrors, folder, progress=False, **options)


def test_a_file_arrives_whole(server, tmp_path):
    assert fetched(tmp_path, server.url).read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file.gz"]


def test_a_progress_bar_names_the_file(server, tmp_path, capsys):
    download(FILE, [server.url + "/"], tmp_path)
    shown = capsys.readouterr()
    assert "file.gz: 100%" in shown.err
    assert shown.out == ""


def test_a_broken_connection_is_taken_up_where_it_broke(server, tmp_path):
    server.breaks = [100_000, 50_000]
    assert fetched(tmp_path, server.url).read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_server_that_can_not_resume_sends_it_all_again(server, tmp_path):
    server.breaks, server.resumes = [100_000], False
    assert fetched(tmp_path, server.url).read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_a_length_that_is_not_announced_is_no_obstacle(server, tmp_path):
    server.says_length = False
    assert fetched(tmp_path, server.url).read_bytes() == CONTENT


def test_mirrors_are_tried_in_their_order(server, nobody, tmp_path):
    mirrors = [nobody, f"{server.url}/first", f"{server.url}/second"]
    assert fetched(tmp_path, *mirrors).read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/first/file.gz"]


def test_another_way_of_packing_is_the_same_file(server, tmp_path):
    server.files["file.gz"] = gzip.compress(gzip.decompress(CONTENT), compresslevel=1, mtime=7)
    assert fetched(tmp_path, server.url).exists()


def test_a_checksum_of_the_packed_file_serves_too(server, tmp_path):
    file = RemoteFile("file.gz", "md5", hashlib.md5(CONTENT).hexdigest(), of_unpacked=False)
    assert fetched(tmp_path, server.url, file=file).exists()
    server.files["file.gz"] = gzip.compress(gzip.decompress(CONTENT), compresslevel=1, mtime=7)
    with pytest.raises(DataError, match=r"expected md5 .* of the file, found"):
        fetched(tmp_path / "other", server.url, file=file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            gzip.compress(b"something else", mtime=0),
            "expected sha256 .* found .*: it is another file",
        ),
        (CONTENT[:-100], "truncated"),
        (CONTENT + b"more", "appended"),
        (b"<html>Sign in to the network</html>", "gzip"),
        (b"", "gzip"),
        (gzip.compress(bytes(2**26 + 1), mtime=0), "at most"),
        (None, "404"),
    ],
)
def test_what_is_not_the_file_is_refused_and_leaves_nothing(server, content, words, tmp_path):
    server.files["file.gz"] = content
    with pytest.raises(DataError, match=rf"file\.gz: expected to download it.*{words}"):
        fetched(tmp_path, server.url)
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_keeps_breaking_is_given_up_and_leaves_nothing(server, tmp_path):
    server.breaks = [1000] * 99
    with pytest.raises(DataError, match=r"broke after 5000 of 300\d+ bytes"):
        fetched(tmp_path, server.url)
    assert list(tmp_path.iterdir()) == []
    server.breaks = []
    assert fetched(tmp_path, server.url).read_bytes() == CONTENT


def test_a_silent_server_is_given_up_after_the_timeout(server, tmp_path):
    server.breaks, server.hangs = [0, 0], True
    with pytest.raises(DataError, match=r"nothing came for 0\.2 seconds"):
        fetched(tmp_path, server.url, timeout=0.2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ["headers", "content"])
def test_a_server_that_sends_for_ever_is_given_up(part, server, tmp_path):
    server.drips = part
    with pytest.raises(DataError, match=r"had not sent all after 0\.3 seconds"):
        fetched(tmp_path, server.url, longest=0.3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://x/y"])
def test_redirects_lead_to_http_alone(url, server, tmp_path):
    server.redirects_to = url
    with pytest.raises(
        DataError, match=r"redirects to ftp:.*only http and|Redirection to url .* is not allowed"
    ):
        fetched(tmp_path, server.url)


def test_a_file_of_this_machine_is_no_download(tmp_path):
    (tmp_path / "file.gz").write_bytes(CONTENT)
    with pytest.raises(DataError, match="unknown url type: file"):
        fetched(tmp_path / "to", tmp_path.as_uri())


def test_a_redirect_on_the_same_server_is_followed(server, tmp_path):
    server.redirects_to = f"{server.url}/elsewhere/file.gz"
    with pytest.raises(DataError, match="would lead to an infinite loop"):
        fetched(tmp_path, server.url)


def test_without_a_home_folder_the_variable_is_named(monkeypatch, tmp_path):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    for variable in ("AUTOGRAD_CORE_CACHE", "AUTOGRAD_CORE_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert find_dataset("mnist") is None
    with pytest.raises(DataError, match="Set the environment variable AUTOGRAD_CORE_CACHE"):
        load_dataset("mnist", download=True, progress=False)


def test_every_mirror_is_named_with_its_reason(server, nobody, tmp_path):
    with pytest.raises(DataError) as caught:
        fetched(tmp_path, nobody, f"{server.url}/here", "no address", file=FILE._replace(name="x"))
    for part in (f"{nobody}/x: ", f"{server.url}/here/x: the server says 404", "no address/x: "):
        assert part in str(caught.value)


def test_a_folder_that_can_not_be_written_is_a_clear_error(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"can't be written .*AUTOGRAD_CORE_CACHE"):
        fetched(tmp_path / "file", server.url)


# --- data sets ------------------------------------------------------------------------------------


@pytest.fixture
def mnist(monkeypatch, server, tmp_path):
    """A small data set under MNIST's name, on the server alone."""
    info, random = DATASETS["mnist"], np.random.default_rng(0)
    arrays = [
        random.integers(0, 256, (20, 28, 28)).astype(np.uint8),
        np.arange(20, dtype=np.uint8) % 10,
        random.integers(0, 256, (5, 28, 28)).astype(np.uint8),
        np.arange(5, dtype=np.uint8),
    ]
    served, remote = tmp_path / "served", []
    for file, array in zip(info.files, arrays, strict=True):
        write_idx(served / f"{file}.gz", array)
        content = (served / f"{file}.gz").read_bytes()
        server.files[f"{file}.gz"] = content
        digest = hashlib.sha256(gzip.decompress(content)).hexdigest()
        remote.append(RemoteFile(f"{file}.gz", "sha256", digest))
    monkeypatch.setitem(DATASETS, "mnist", info._replace(remote=tuple(remote)))
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    return served


def test_a_downloaded_set_is_read_and_found_again(mnist, server, tmp_path):
    assert find_dataset("mnist") is None
    first = load_dataset("mnist", download=True, mirror=server.url, progress=False)
    assert (first.x_train.shape, first.x_test.shape) == ((20, 784), (5, 784))
    assert find_dataset("mnist") == tmp_path / "cache" / "mnist"
    requests = len(server.requests)
    again = load_dataset("mnist", download=True, mirror=server.url, progress=False)
    np.testing.assert_array_equal(load_dataset("mnist").x_test, first.x_test)
    np.testing.assert_array_equal(again.y_train, first.y_train)
    assert len(server.requests) == requests == 4


def test_after_a_broken_download_only_the_missing_files_are_fetched(mnist, server):
    kept = server.files.pop("t10k-images-idx3-ubyte.gz")
    with pytest.raises(DataError, match="t10k-images"):
        load_dataset("mnist", download=True, mirror=server.url, progress=False)
    with pytest.raises(DataError, match=r"without t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte"):
        load_dataset("mnist")
    server.files["t10k-images-idx3-ubyte.gz"] = kept
    server.requests.clear()
    load_dataset("mnist", download=True, mirror=server.url, progress=False)
    assert [path for path, _ in server.requests] == [
        "/t10k-images-idx3-ubyte.gz",
        "/t10k-labels-idx1-ubyte.gz",
    ]


def test_a_download_goes_into_the_folder_that_is_named(mnist, server, tmp_path):
    load_dataset("mnist", path=tmp_path / "mine", download=True, mirror=server.url, progress=False)
    assert len(list((tmp_path / "mine" / "mnist").iterdir())) == 4
    assert not (tmp_path / "cache").exists()
    assert load_dataset("mnist", path=tmp_path / "mine").x_train.shape == (20, 784)


def test_without_files_the_error_says_the_three_ways_to_get_them(mnist):
    with pytest.raises(DataError) as caught:
        load_dataset("mnist")
    for part in (
        'load_dataset("mnist", path="FOLDER")',
        "train-images-idx3-ubyte.gz",
        "AUTOGRAD_CORE_DATA",
        'load_dataset("mnist", download=True)',
        "--set data_path=FOLDER",
        "no such folder",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("inside", ["", "mnist"])
@pytest.mark.parametrize("spelling", ["-idx", ".idx"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_of_ones_own_is_read_in_any_spelling(mnist, inside, spelling, packed, tmp_path):
    folder = tmp_path / "own" / inside
    folder.mkdir(parents=True)
    for file in mnist.iterdir():
        name = file.name.removesuffix(".gz").replace("-idx", spelling) + ".gz" * packed
        content = file.read_bytes()
        (folder / name).write_bytes(content if packed else gzip.decompress(content))
    assert load_dataset("mnist", path=tmp_path / "own").x_test.shape == (5, 784)
    assert find_dataset("mnist", tmp_path / "own") == folder


def test_an_environment_variable_names_the_folder(mnist, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CORE_DATA", str(mnist))
    assert load_dataset("mnist").x_train.shape == (20, 784)


@pytest.mark.parametrize(("file", "word"), [("x", "no such folder"), ("y", "a file, not a folder")])
def test_a_path_without_the_set_is_named(mnist, file, word, tmp_path):
    (tmp_path / "y").write_text("")
    with pytest.raises(DataError, match=rf"{file} \({word}\)"):
        load_dataset("mnist", path=tmp_path / file)


def test_files_of_another_set_with_the_same_names_are_refused(mnist, monkeypatch):
    labels = np.resize(np.array([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], np.uint8), 20)
    write_idx(mnist / "t10k-labels-idx1-ubyte.gz", labels)
    write_idx(mnist / "t10k-images-idx3-ubyte.gz", np.zeros((20, 28, 28), np.uint8))
    with pytest.raises(DataError, match="expected fashion-mnist, found the labels of mnist"):
        load_dataset("fashion-mnist", path=mnist)


@pytest.mark.parametrize(
    ("file", "array", "words"),
    [
        ("train-images-idx3-ubyte.gz", np.zeros((20, 8, 8), np.uint8), r"\(28, 28\).*\(8, 8\)"),
        ("train-labels-idx1-ubyte.gz", np.full(20, 12, np.uint8), "from 0 to 9 .*found 12 to 12"),
        ("train-labels-idx1-ubyte.gz", np.zeros(20), "integers"),
        ("t10k-labels-idx1-ubyte.gz", np.zeros(4, np.uint8), "5 labels"),
    ],
)
def test_files_that_are_not_the_set_are_named(mnist, file, array, words):
    write_idx(mnist / file, array)
    with pytest.raises(DataError, match=rf"{file}: expected .*{words}"):
        load_dataset("mnist", path=mnist)


@pytest.mark.parametrize("options", [{"path": "."}, {"download": True}, {"mirror": "http://x"}])
def test_sets_that_ship_are_neither_looked_for_nor_downloaded(options):
    with pytest.raises(ValueError, match="comes with the package"):
        load_dataset("digits", **options)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_every_file_of_a_set_has_a_checksum_and_an_address(name):
    info = DATASETS[name]
    assert [file.name for file in info.remote] == [f"{file}.gz" for file in info.files]
    assert all(
        len(file.checksum) == hashlib.new(file.algorithm).digest_size * 2 for file in info.remote
    )
    assert len(info.mirrors) >= 2


def test_the_real_mnist_passes_its_checksums(server, monkeypatch, tmp_path):
    if not (SHARED / "mnist").exists():
        pytest.skip("full MNIST is not here")
    server.files = {path.name: path.read_bytes() for path in (SHARED / "mnist").iterdir()}
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path))
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    data = load_dataset("mnist", download=True, mirror=server.url, progress=False)
    assert (data.x_train.shape, data.x_test.shape) == ((60000, 784), (10000, 784))


# --- the cache folder -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "/home/me/.cache/autograd-core"),
        ("linux", {"XDG_CACHE_HOME": "/big"}, "/big/autograd-core"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/autograd-core"),
        ("darwin", {"XDG_CACHE_HOME": "/big"}, "/home/me/Library/Caches/autograd-core"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/autograd-core"),
        ("win32", {}, "/home/me/AppData/Local/autograd-core"),
        ("darwin", {"AUTOGRAD_CORE_CACHE": "/mine"}, "/mine"),
        ("linux", {"AUTOGRAD_CORE_CACHE": "~/mine"}, "/home/me/mine"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the paths are written the POSIX way")
def test_the_cache_is_where_the_platform_wants_it(platform, variables, expected, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "AUTOGRAD_CORE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == Path(expected)
