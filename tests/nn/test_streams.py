"""The command line with standard output and error that are closed, full, or short of letters."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nn.command_line.streams import printable

ROOT = Path(__file__).parents[2]
TRAIN = "train --set data=digits --set num_epochs=1"


SYSTEM = os.pathsep.join([os.environ.get("PATH", ""), os.defpath])
BASH = shutil.which("bash", path=SYSTEM)


def shell(folder, words, streams="", **environment):
    if BASH is None:
        pytest.skip("the streams are closed by bash, which is not here")
    return subprocess.run(
        [BASH, "-c", f'"{sys.executable}" -W error -m nn {words} {streams}'],
        cwd=folder, capture_output=True, check=False,
        env={**os.environ, "PATH": SYSTEM, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_costs_no_run(streams, tmp_path):
    done = shell(tmp_path, TRAIN, streams)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    # What was written is whole: no text of the terminal went into a file that took its place.
    run = tmp_path / "runs" / "digits"
    assert (run / "history.csv").read_bytes().startswith(b"epoch,")
    assert (run / "training-step.svg").read_bytes().rstrip().endswith(b"</svg>")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("words", "streams", "code"),
    [
        (TRAIN, ">/dev/full", 1),
        (f"{TRAIN} --json --quiet", ">/dev/full", 1),
        (TRAIN, "2>/dev/full", 0),
        ("datasets", ">/dev/full", 1),
        ("--help", ">/dev/full", 1),
        ("nonsense", "2>/dev/full", 2),
    ],
)
def test_a_full_device_is_one_sentence(words, streams, code, tmp_path):
    done = shell(tmp_path, words, streams)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    if code == 1:
        assert b"standard output: no space left; the result could not be printed" in done.stderr
    if words.startswith("train"):  # the run is whole
        assert (tmp_path / "runs" / "digits" / "model.safetensors").is_file()


def test_a_name_that_the_terminal_lacks_ends_no_run(tmp_path):
    done = shell(tmp_path, f"{TRAIN} --name größe😀", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert rb"gr\xf6\xdfe\U0001f600" in done.stdout


def test_a_reader_that_has_gone_is_no_traceback(tmp_path):
    done = shell(tmp_path, "datasets", "| head -c 1; exit ${PIPESTATUS[1]}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"n", b"")


def test_control_characters_of_a_name_are_written_out(tmp_path):
    name = "clear\x1b[2J\x07\u202eend.toml"
    done = shell(tmp_path, f"train '{name}'")
    assert done.returncode == 2
    assert b"\x1b" not in done.stderr
    assert rb"clear\x1b[2J\x07\u202eend.toml" in done.stderr


def test_printable_leaves_letters_alone():
    text = "Größe 数 😀\n\ttab é"
    assert printable(text) == text
    assert printable("a\rb\x00\x9b\u2028\ud800") == r"a\rb\x00\x9b\u2028\ud800"


def test_ctrl_c_while_importing_is_one_word(tmp_path):
    slow = tmp_path / "sitecustomize.py"
    # The import of the package hangs at its first heavy part, until it is interrupted.
    slow.write_text(
        "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'nn.data':\n"
        "            print('importing', flush=True)\n"
        "            time.sleep(30)\n"
        "sys.meta_path.insert(0, Slow())\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    with subprocess.Popen(
        [sys.executable, "-m", "nn", "datasets"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "importing\n"
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (1, "stopped\n")
    assert time.monotonic() - started < 10


def test_importing_the_package_elsewhere_leaves_ctrl_c_alone(tmp_path):
    code = "import signal, nn; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "True\n"
