"""Files: written whole or not at all, read without waiting."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograd_core import files
from autograd_core.files import write_atomically


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "a" / "file"
    assert write_atomically(path, "one").read_text() == "one"
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "file", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert [entry.read_text() for entry in tmp_path.iterdir()] == ["old"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path, monkeypatch):
    def refused(*_, prefix, dir):
        raise PermissionError(13, "Permission denied", str(dir / f"{prefix}abc"))

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(PermissionError) as error:
        write_atomically(tmp_path / "file", "x")
    assert error.value.filename == str(tmp_path / "file")


def test_a_link_stays_a_link(tmp_path):
    target = write_atomically(tmp_path / "target", "old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


# --- what killed processes leave behind -----------------------------------------------------------

WRITES = """
import os, sys, time
from autograd_core import files
def stay(descriptor):
    print("writing", flush=True)
    time.sleep(60)
os.fsync = stay
files.write_atomically(sys.argv[1], "half")
"""


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of writing a file."""
    words = [sys.executable, "-c", WRITES, str(tmp_path / "file")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["file", "other", "x" * 255, "ä" * 120])
def test_what_a_killed_process_has_half_written_is_deleted_and_nothing_else(name, writer, tmp_path):
    writer.kill()
    writer.wait()
    (tmp_path / ".file.settings").touch()
    assert len(names_in(tmp_path)) == 2
    write_atomically(tmp_path / name, "whole")
    assert names_in(tmp_path) == sorted([name, ".file.settings"])


def test_what_a_living_process_is_writing_stays(writer, tmp_path):
    write_atomically(tmp_path / "file", "whole")
    assert len(names_in(tmp_path)) == 2
    writer.kill()
    writer.wait()
    files.remove_leftovers(tmp_path)
    assert names_in(tmp_path) == ["file"]


def test_threads_write_one_file_side_by_side(tmp_path):
    def write(number):
        for _ in range(30):
            write_atomically(tmp_path / "file", str(number) * 1000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names_in(tmp_path) == ["file"]
    assert len(set((tmp_path / "file").read_text())) == 1


def test_a_file_before_stays_under_its_own_name(tmp_path):
    for number in range(3):
        write_atomically(tmp_path / "file", str(number), keep="before")
    assert [(tmp_path / name).read_text() for name in ("file", "before")] == ["2", "1"]


# --- errors that name the file --------------------------------------------------------------------


def test_a_full_disk_is_named_with_the_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as error:
        write_atomically(tmp_path / "file", "x")
    assert error.value.filename == str(tmp_path / "file")


def test_a_circle_of_links_is_an_error_and_stays(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(link)
    with pytest.raises(OSError, match="link") as error:
        write_atomically(link, "x")
    assert error.value.errno == errno.ELOOP
    assert link.is_symlink()
    with pytest.raises(OSError, match="link"), files.opened(link):
        pass


def test_a_link_to_nothing_makes_what_it_points_to(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "link", "x")
    assert (tmp_path / "target").read_text() == "x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_devices_are_written_to_and_pipes_and_folders_refused(tmp_path):
    before = Path("/dev/null").stat().st_rdev
    write_atomically("/dev/null", "x")
    assert Path("/dev/null").stat().st_rdev == before
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match=f"expected a file to write, found a {name}"):
            write_atomically(tmp_path / name, "x")


# --- names ----------------------------------------------------------------------------------------


def test_home_is_meant_by_a_tilde_in_every_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert write_atomically("~/a/file", "x") == tmp_path / "a" / "file"
    with files.opened("~/a/file") as file:
        assert file.read() == b"x"
    assert files.expanded("a/~") == Path("a/~")
    assert files.expanded("~no-such-user.toml") == Path("~no-such-user.toml")


def test_a_tilde_without_a_home_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(FileNotFoundError, match="~ stands for a home folder, and none is known"):
        files.expanded("~/x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_only_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, found in (
        (tmp_path / "pipe", "a pipe"),
        (tmp_path, "a folder"),
        ("/dev/zero", "a d"),
    ):
        with pytest.raises(files.IrregularFileError, match=f"expected a file, found {found}"):
            files.opened(path).__enter__()
    with pytest.raises(FileNotFoundError, match="NUL"):
        files.opened("a\0b").__enter__()
