"""A run whose folder was edited, or whose packages are hidden, is told so, not run wrongly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nn
from nn.command_line.main import main

FEW = ["--set", "num_epochs=1", "--set", "hidden_size=4", "--set", "data=iris", "--quiet"]


@pytest.fixture
def run(tmp_path, capsys):
    assert main(["train", *FEW, "--runs", str(tmp_path), "--name", "a"]) == 0
    capsys.readouterr()
    return tmp_path / "a"


@pytest.mark.parametrize("command", ["evaluate", "draw"])
@pytest.mark.parametrize("text", ["", 'data = "digits"\n'])
def test_the_data_of_another_run(command, text, run, capsys):
    (run / "configuration.toml").write_text(text)
    assert main([command, str(run)]) == 2
    said = capsys.readouterr().err
    assert "its network has learned from samples of 4 numbers" in said
    assert "configuration.toml there is not the one of the run" in said


def test_a_far_key_is_not_called_near(capsys):
    assert main(["train", "--set", "friends=foo"]) == 2
    said = capsys.readouterr().err
    assert "unknown key 'friends'. Known: data, " in said


def test_a_file_in_place_of_visualize_is_named(run):
    (run / "visualize.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "nn", "draw", "."], cwd=run, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(Path(nn.__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "visualize.py hides the package 'visualize'" in done.stderr.splitlines()[-1]
