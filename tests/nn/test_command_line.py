"""The command line, as users run it: in a process of its own."""

import csv
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from nn import NeuralNetwork, load_dataset
from nn.configuration import Configuration, ConfigurationError, read_configuration
from nn.prediction_log import prediction_log

DATA = Path(sys.modules["nn"].__file__).parent / "data" / "files"


def command(folder, *words):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "nn", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "qtagg"},  # a window that can't open: it must not matter
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    done = command(folder, "train")
    assert done.returncode == 0, done.stderr
    return folder, done


def test_train_reaches_its_accuracy_and_says_where_all_is(run):
    folder, done = run
    lines = done.stdout.splitlines()
    assert sum(line.startswith("epoch ") and "loss" in line for line in lines) == 20
    accuracy = float(done.stdout.partition("unseen test images: ")[2].partition("%")[0])
    assert accuracy >= 88.0
    written = {path.name for path in (folder / "runs" / "mnist-sample").iterdir()}
    assert written == {
        "configuration.toml",
        "model.safetensors",
        "history.csv",
        "loss.png",
        "training-step.svg",
        "predictions.log",
    }
    assert all(name in done.stdout for name in written)
    assert "epoch 20/20" in done.stderr  # the progress bar


def test_train_writes_whole_files(run):
    folder = run[0] / "runs" / "mnist-sample"
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == [str(n) for n in range(1, 21)]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert ET.parse(folder / "training-step.svg").getroot().tag.endswith("svg")
    assert read_configuration(folder / "configuration.toml", []) == Configuration()


def test_prediction_log_is_what_the_saved_model_says(run):
    folder = run[0] / "runs" / "mnist-sample"
    data = load_dataset("mnist-sample")
    predictions = NeuralNetwork.load(folder / "model.safetensors").predict(data.x_test)
    expected = prediction_log(predictions.argmax(axis=1), data.y_test, 64)
    assert (folder / "predictions.log").read_bytes() == expected.encode()
    assert expected.startswith("Current batch: 0\n - image 0: Prediction=7. Label=7\n")


def test_evaluate_predict_and_draw_read_the_run(run):
    folder, done = run
    accuracy = done.stdout.partition("unseen test images: ")[2].split()[0]
    evaluated = command(folder, "evaluate", "runs/mnist-sample")
    assert f"accuracy {accuracy}" in evaluated.stdout
    images = DATA / "mnist-sample" / "t10k-images-idx3-ubyte.gz"
    predicted = command(folder, "predict", "runs/mnist-sample", images)
    assert predicted.stdout.startswith("image 0: 7 (")
    assert len(predicted.stdout.splitlines()) == 500
    assert command(folder, "draw", "runs/mnist-sample", "-o", "step.png").returncode == 0
    assert (folder / "step.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_leaves_the_first_alone_and_gives_the_same_model(run, tmp_path):
    folder = run[0]
    changes = ["--set", "num_epochs=1", "--name", "twin", "--quiet"]
    first, second = command(folder, "train", *changes), command(folder, "train", *changes)
    assert first.stdout == second.stdout
    models = [folder / "runs" / name / "model.safetensors" for name in ("twin", "twin-2")]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_configuration_file_and_changes(tmp_path):
    (tmp_path / "my.toml").write_text('data = "digits"\nhidden_size = 8\nnum_epochs = 1\n')
    done = command(tmp_path, "train", "my.toml", "--set", "hidden_size=4", "--set", "dtype=float64")
    assert done.returncode == 0, done.stderr
    model = NeuralNetwork.load(tmp_path / "runs" / "digits" / "model.safetensors")
    assert model.parameters()["0.weight"].shape == (64, 4)
    assert model.dtype == np.float64


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["train", "missing.config"], 2, ["missing.config", "no such file", "hidden_size = 128"]),
        (["train", "bad.toml"], 2, ["bad.toml", "TOML"]),
        (["train", "wrong.toml"], 2, ["wrong.toml:2", "'hiden_size'", "did you mean 'hidden_size'",
                                      "wrong.toml:3", "num_epochs expects a whole number from 1"]),
        (["train", "--set", "learning_rate=fast"], 2, ["learning_rate expects a number above 0"]),
        (["train", "--set", "hidden_size"], 2, ["key=value"]),
        (["train", "--name", "../x"], 2, ["not a path"]),
        (["train", "."], 2, ["a folder"]),
        (["evaluate", "nowhere"], 2, ["nowhere", "python -m nn train"]),
        (["sing"], 2, ["invalid choice"]),
        ([], 2, ["COMMAND"]),
    ],
)  # fmt: skip
def test_wrong_use_is_one_paragraph_and_exit_code_2(words, code, said, tmp_path):
    (tmp_path / "bad.toml").write_text("hidden_size 128")
    (tmp_path / "wrong.toml").write_text("# mine\nhiden_size = 3\nnum_epochs = 0\n")
    done = command(tmp_path, *words)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "\n\n" not in done.stderr.strip()
    for part in said:
        assert part in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_run_that_fails_has_exit_code_1_and_no_traceback(run, tmp_path):
    (tmp_path / "images").write_bytes(b"\0\0\x08\x03")
    done = command(run[0], "predict", "runs/mnist-sample", tmp_path / "images")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_help_shows_examples():
    assert "python -m nn train --set hidden_size=256" in command(".", "train", "--help").stdout


@pytest.mark.parametrize("change", ["seed=-1", "seed=1.5", "batch_size=true", "dtype=int8", "a=1"])
def test_configuration_refuses_values_out_of_range(change):
    with pytest.raises(ConfigurationError, match=f"--set {change}"):
        read_configuration(None, [change])


def test_prediction_log_has_exact_lines():
    text = prediction_log([7, 2, 1], [7, 2, 4], 2)
    assert text == (
        "Current batch: 0\n"
        " - image 0: Prediction=7. Label=7\n"
        " - image 1: Prediction=2. Label=2\n"
        "Current batch: 1\n"
        " - image 2: Prediction=1. Label=4\n"
    )
