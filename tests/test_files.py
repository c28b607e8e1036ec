"""Writing files: whole or not at all."""

import os

import pytest

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
