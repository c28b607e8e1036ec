"""The command line, as users run it: in a process of its own."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from nn import History, NeuralNetwork, load_dataset, read_idx, write_idx
from nn.command_line.main import main
from nn.command_line.prediction_log import prediction_log
from nn.command_line.reading import read_configuration
from nn.command_line.runs import EpochReport
from nn.command_line.toml_configuration import TomlConfiguration
from nn.data import dataset_names

SHARED = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(sys.modules["nn"].__file__).parent / "data" / "files"

COURSE = """\
rel_path_train_images = train-images
rel_path_train_labels = train-labels
rel_path_test_images = test-images
rel_path_test_labels = test-labels
rel_path_log_file = logs/course.log
num_epochs = 1
batch_size = 100
hidden_size = 32
learning_rate = 1E-3
"""


def command(folder, *words, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "nn", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "MPLBACKEND": "qtagg",
            **environment,
        },  # a window that can't open: it must not matter
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
        "checkpoint.safetensors",
        "checkpoint-before.safetensors",
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
    assert read_configuration(folder / "configuration.toml", []) == TomlConfiguration()


def test_prediction_log_is_what_the_saved_model_says(run):
    folder = run[0] / "runs" / "mnist-sample"
    data = load_dataset("mnist-sample")
    predictions = NeuralNetwork.load(folder / "model.safetensors").predict(data.x_test)
    expected = prediction_log(predictions.argmax(axis=1), data.y_test, 64)
    assert (folder / "predictions.log").read_bytes() == expected.encode()
    assert expected.startswith("Current batch: 0\n - image 0: Prediction=7. Label=7\n")


def test_evaluate_predict_and_draw_read_the_run(run, inside):
    folder, done = run
    finished = folder / "runs" / "mnist-sample"
    accuracy = done.stdout.partition("unseen test images: ")[2].split()[0]
    assert f"accuracy {accuracy}" in inside("evaluate", finished)[1]
    code, printed, _ = inside(
        "predict", finished, DATA / "mnist-sample" / "t10k-images-idx3-ubyte.gz"
    )
    assert (code, printed[:12], len(printed.splitlines())) == (0, "image 0: 7 (", 500)
    assert command(folder, "draw", finished, "-o", "step.png").returncode == 0
    assert (folder / "step.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_leaves_the_first_alone_and_gives_the_same_model(inside):
    changes = ["--set", "num_epochs=1", "--name", "twin", "--quiet"]
    first, second = inside("train", *changes), inside("train", *changes)
    assert first[:2] == second[:2]
    models = [Path("runs", name, "model.safetensors") for name in ("twin", "twin-2")]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_configuration_file_and_changes(inside):
    Path("my.toml").write_text('data = "digits"\nhidden_size = 8\nnum_epochs = 1\n')
    changes = ("--set", "hidden_size=4", "--set", "dtype=float64")
    code, _, errors = inside("train", "my.toml", *changes)
    assert code == 0, errors
    model = NeuralNetwork.load("runs/digits/model.safetensors")
    assert model.parameters()["0.weight"].shape == (64, 4)
    assert model.dtype == np.float64


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["train", "missing.config"], 2, ["missing.config", "no such file", "hidden_size = 128"]),
        (["train", "bad.toml"], 2, ["bad.toml:1: expected a line like: hidden_size = 128"]),
        (["train", "wrong.toml"], 2, ["wrong.toml:2", "'hiden_size'", "did you mean 'hidden_size'",
                                      "wrong.toml:3", "num_epochs expects a whole number from 1"]),
        (["train", "--set", "learning_rate=fast"], 2, ["learning_rate expects a number above 0"]),
        (["train", "--set", "hidden_size"], 2, ["key=value"]),
        (["train", "--name", "../x"], 2, ["not a path"]),
        (["train", "."], 2, ["a folder"]),
        (["train", "course.config"], 2, ["course.config:1: rel_path_train_images expects a file",
                                         "rel_path_test_labels", "course.config:6: num_epochs"]),
        (["train", "--set", "data_path=x"], 2, ["comes with the package"]),
        (["evaluate", "nowhere"], 2, ["nowhere", "python -m nn train"]),
        (["draw", "."], 2, ["expected the folder of a finished run"]),
        (["predict", "nowhere"], 2, ["FILE"]),
        (["sing"], 2, ["invalid choice"]),
        ([], 2, ["COMMAND"]),
    ],
)  # fmt: skip
def test_wrong_use_is_one_paragraph_and_exit_code_2(words, code, said, tmp_path):
    (tmp_path / "bad.toml").write_text("hidden_size 128")
    (tmp_path / "course.config").write_text(COURSE.replace("num_epochs = 1", "num_epochs = 0"))
    (tmp_path / "wrong.toml").write_text("# mine\nhiden_size = 3\nnum_epochs = 0\n")
    done = command(tmp_path, *words)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "\n\n" not in done.stderr.strip()
    for part in said:
        assert part in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def inside(tmp_path, monkeypatch, capsys):
    """Run a command in this process, in an empty working folder."""
    monkeypatch.chdir(tmp_path)

    def run_command(*words):
        code = main([str(word) for word in words])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run_command


def images_file(folder, shape=(3, 28, 28)):
    path = folder / "images"
    write_idx(path, np.zeros(shape, np.uint8))
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\x08\x03", "expected the lengths of 3 axes"),
        (b"\0\0\x08\x03" + b"\0\0\0\x01" * 3 + b"x", r"shape (n, 28, 28), as the network has"),
        (b"\0\0\x08\x01\0\0\0\x01x", "found shape (1,)"),
        (b"", "empty file"),
    ],
)
def test_a_run_that_fails_has_exit_code_1_and_no_traceback(content, words, run, tmp_path):
    (tmp_path / "images").write_bytes(content)
    done = command(run[0], "predict", "runs/mnist-sample", tmp_path / "images")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_predictions_of_no_images_are_none(run, inside, tmp_path):
    path = images_file(tmp_path, (0, 28, 28))
    assert inside("predict", run[0] / "runs" / "mnist-sample", path) == (0, "", "")


@pytest.mark.parametrize(("name", "words"), [("missing", "no such file"), (".", "a folder")])
def test_images_that_are_no_file_are_wrong_usage(name, words, run, inside):
    code, _, said = inside("predict", run[0] / "runs" / "mnist-sample", name)
    assert code == 2
    assert f"expected an IDX file, found {words}" in said


def test_a_damaged_model_is_one_clear_error(run, inside, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(run[0] / "runs" / "mnist-sample", folder)
    (folder / "model.safetensors").write_bytes(b"no model")
    code, _, said = inside("evaluate", folder)
    assert code == 1
    assert "model.safetensors: expected a safetensors file" in said


def test_a_folder_for_runs_that_is_a_file_is_one_clear_error(inside, tmp_path):
    (tmp_path / "runs").write_text("")
    code, printed, said = inside("train", "--quiet")
    assert (code, printed) == (1, "")
    assert said.startswith("error: ")
    assert "runs" in said


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root"
)
def test_a_read_only_working_folder_is_one_clear_error(inside, tmp_path):
    tmp_path.chmod(0o500)
    code, _, said = inside("train", "--quiet")
    tmp_path.chmod(0o700)
    assert code == 1
    assert "ermission denied" in said


def test_data_that_are_not_here_leave_no_folder_behind(inside, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    code, _, said = inside("train", "--set", "data=fashion-mnist")
    assert code == 1
    assert "Three ways to get it" in said
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough_is_no_error(run):
    process = subprocess.Popen(
        [sys.executable, "-m", "nn", "predict", "runs/mnist-sample",
         DATA / "mnist-sample" / "train-images-idx3-ubyte.gz"],
        cwd=run[0], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert said == b""


# --- results for people and for programs ----------------------------------------------------------


def test_json_of_a_training_run_is_all_there_is_on_stdout(inside):
    code, printed, _ = inside("train", "--json", "--set", "data=digits", "--set", "num_epochs=1")
    result = json.loads(printed)
    assert code == 0
    assert result["run"] == str(Path("runs", "digits"))
    assert (result["test_samples"], len(result["files"])) == (360, 7)
    assert all(Path(file).is_file() for file in result["files"])
    assert 0.1 < result["accuracy"] < 1.0


def test_a_picture_of_an_unknown_kind_is_wrong_usage(run, inside):
    code, _, said = inside("draw", run[0] / "runs" / "mnist-sample", "-o", "a.bmp")
    assert code == 2
    assert "--output: " in said
    assert ".svg, .png" in said


def test_json_of_the_other_commands(run, inside, tmp_path):
    folder = run[0] / "runs" / "mnist-sample"
    figures = json.loads(inside("evaluate", folder, "--json")[1])
    assert figures.keys() == {"run", "loss", "accuracy", "test_samples"}
    predicted = json.loads(inside("predict", folder, images_file(tmp_path), "--json")[1])
    assert len(predicted["predictions"]) == 3
    assert predicted["predictions"][0].keys() == {"prediction", "probability"}
    drawn = json.loads(inside("draw", folder, "-o", "a.svg", "--json")[1])
    assert Path(drawn["file"]).is_file()
    sets = json.loads(inside("datasets", "--json")[1])["datasets"]
    assert [each["name"] for each in sets] == list(dataset_names())


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_json_has_null_where_a_loss_is_no_number(inside):
    changes = ("data=digits", "num_epochs=1", "learning_rate=1e30")
    code, printed, said = inside("train", "--json", *(w for c in changes for w in ("--set", c)))
    assert (code, json.loads(printed)["loss"]) == (0, None)
    assert "warning: the loss is " in said


def test_quiet_prints_the_result_alone(run, inside, tmp_path):
    folder = run[0] / "runs" / "mnist-sample"
    code, printed, said = inside("train", "--quiet", "--set", "data=digits", "--set", "seed=1")
    assert (code, said) == (0, "")
    assert re.fullmatch(r"accuracy on 360 unseen test images: [\d.]+% \(loss [\d.]+\)\n", printed)
    assert re.fullmatch(
        r"(\d\n){3}", inside("predict", folder, images_file(tmp_path), "--quiet")[1]
    )
    assert inside("draw", folder, "-o", "a.svg", "--quiet")[1] == "a.svg\n"
    assert inside("datasets", "--quiet")[1].split() == list(dataset_names())


def test_datasets_are_listed_with_sizes_licences_and_places(inside, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path))
    monkeypatch.delenv("AUTOGRAD_CORE_DATA", raising=False)
    code, printed, _ = inside("datasets")
    lines = {line.partition(" ")[0]: line for line in printed.splitlines()}
    assert code == 0
    for part in ("2,000", "500", "28 x 28", "CC BY-SA 3.0", "in the package"):
        assert part in lines["mnist-sample"]
    for part in ("100", "50", " 4 ", " 3 ", "CC BY 4.0"):
        assert part in lines["iris"]
    assert lines["fashion-mnist"].endswith("not here")
    assert "AUTOGRAD_CORE_DATA" in printed


@pytest.mark.parametrize(
    "words", [[], ["train"], ["evaluate"], ["predict"], ["draw"], ["datasets"]]
)
def test_help_shows_examples(words, capsys):
    assert main([*words, "--help"]) == 0
    printed = capsys.readouterr().out
    assert "examples:\n  python -m nn " + " ".join(words) in printed


# --- other data -----------------------------------------------------------------------------------


def test_a_validation_share_is_evaluated_after_each_epoch(inside):
    changes = ("data=digits", "num_epochs=3", "validation_share=0.2")
    code, printed, _ = inside("train", *(word for c in changes for word in ("--set", c)))
    assert code == 0
    assert printed.count("validation loss") == 3
    with Path("runs", "digits", "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert all(0 < float(row["validation_accuracy"]) < 1 for row in rows)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("validation_share=0.0001", 2, "leaves samples in both parts"),
        ("hidden_size=1000000000000", 1, "not enough memory"),
    ],
)
def test_what_can_not_be_trained_leaves_no_folder_behind(change, code, words, inside, tmp_path):
    found, _, said = inside("train", "--set", "data=iris", "--set", change)
    assert found == code
    assert words in said
    assert list(tmp_path.iterdir()) == []


def test_iris_is_trained_on_and_predicted_from_centimetres(inside):
    code, printed, _ = inside("train", "--set", "data=iris", "--set", "batch_size=10", "--quiet")
    assert code == 0
    assert float(printed.partition("samples: ")[2].partition("%")[0]) >= 90.0
    write_idx("flowers", np.array([[5.0, 3.4, 1.5, 0.2], [6.6, 3.0, 5.6, 2.0]]))
    assert inside("predict", "runs/iris", "flowers", "--quiet")[1] == "0\n2\n"


def test_a_folder_of_files_is_named_in_the_configuration(inside):
    if not (SHARED / "mnist").exists():
        pytest.skip("full MNIST is not here")
    changes = ("data=mnist", f"data_path={SHARED}", "num_epochs=1", "hidden_size=8")
    code, printed, _ = inside("train", "--quiet", *(w for c in changes for w in ("--set", c)))
    assert code == 0
    assert printed.startswith("accuracy on 10000 unseen")


# --- the course's configuration -------------------------------------------------------------------


@pytest.fixture
def course(inside):
    """Two training images per digit, and 25 test images."""
    x, y = np.random.default_rng(0).integers(0, 256, (20, 28, 28)), np.arange(20) % 10
    for name, array in (("train-images", x), ("train-labels", y)):
        write_idx(name, array.astype(np.uint8))
    for name, array in (("test-images", [*x, *x[:5]]), ("test-labels", [*y, *y[:5]])):
        write_idx(name, np.array(array, np.uint8))
    return inside


def test_a_course_run_is_the_lectures_and_writes_its_log(course):
    Path("my.config").write_text(COURSE)
    code, printed, _ = course("train", "my.config", "--set", "num_epochs=60", "--set=batch_size=10")
    assert code == 0
    network = NeuralNetwork.load("runs/my/model.safetensors")
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["FullyConnected", "ReLU", "FullyConnected", "SoftMax"]
    assert {name: node.shape for name, node in network.parameters().items()} == {
        "0.weight": (784, 32),
        "0.bias": (32,),
        "2.weight": (32, 10),
        "2.bias": (10,),
    }
    assert (network.dtype, network.loss.reduction) == (np.float64, "sum")
    assert repr(network.optimizer) == "SGD(learning_rate=0.001)"
    assert network.layers[0].weight_initializer.configuration()["type"] == "He"
    log = Path("logs", "course.log").read_bytes()
    labels = [*range(10), *range(10), *range(5)]
    predicted = network.predict(read_idx("test-images").reshape(25, -1) / 255).argmax(axis=1)
    assert log == prediction_log(predicted, labels, 10).encode()
    assert [line for line in log.splitlines() if line.startswith(b"Current")] == [
        b"Current batch: 0",
        b"Current batch: 1",
        b"Current batch: 2",
    ]
    assert log.endswith(b"Label=4\n")
    assert str(Path("logs", "course.log")) in printed


def test_the_curve_of_a_course_run_has_the_loss_per_sample_beside_the_sum(course, monkeypatch):
    from visualize.training import curves

    drawn = []
    original = curves.plot_summed_loss
    monkeypatch.setattr(
        curves,
        "plot_summed_loss",
        lambda *given, **options: drawn.append(original(*given, **options)) or drawn[-1],
    )
    Path("my.config").write_text(COURSE)
    assert course("train", "my.config", "--set", "num_epochs=3")[0] == 0
    ((sums, shares),) = drawn
    with Path("runs/my/history.csv").open() as file:
        losses = np.array([float(row["loss"]) for row in csv.DictReader(file)])
    samples = len(read_idx("train-labels"))
    np.testing.assert_allclose(sums.lines[0].get_ydata(), losses)
    np.testing.assert_allclose(shares.lines[0].get_ydata(), losses / samples)
    assert sums.get_ylabel() == f"loss, sum over {samples} samples"


def test_the_step_diagram_has_a_box_per_layer(run, inside):
    from nn.command_line.runs import load_run, step_diagram

    network, configuration = load_run(run[0] / "runs" / "mnist-sample")
    svg = step_diagram(network, configuration.load_data()).svg()
    boxes = ("FullyConnected", "ReLU", "SoftMax", "CrossEntropyLoss")
    assert [svg.count(f">{name}</text>") for name in boxes] == [2, 1, 1, 1]
    assert "<ellipse" not in svg  # no operation stands open


def test_a_course_run_is_looked_at_like_any_other(course):
    Path("my.config").write_text(COURSE)
    course("train", "my.config", "--quiet", "--name", "mine")
    assert course("evaluate", "runs/mine")[1].startswith("loss ")
    assert len(course("predict", "runs/mine", "test-images", "--quiet")[1].split()) == 25
    assert course("draw", "runs/mine")[0] == 0


def test_a_course_run_goes_on_with_its_log_elsewhere(course):
    Path("my.config").write_text(COURSE)
    assert course("train", "my.config")[0] == 0
    changes = ("--set", "num_epochs=2", "--set", "rel_path_log_file=other.log")
    assert course("train", "--resume", "runs/my", *changes)[0] == 0
    assert Path("other.log").read_text().startswith("Current batch: 0")


def test_two_course_runs_are_the_same(course):
    Path("my.config").write_text(COURSE)
    course("train", "my.config", "--quiet")
    course("train", "my.config", "--quiet")
    models = [Path("runs", name, "model.safetensors").read_bytes() for name in ("my", "my-2")]
    assert models[0] == models[1]


@pytest.mark.parametrize(
    ("file", "array", "words"),
    [
        ("train-images", np.zeros((20, 8, 8), np.uint8), "images of 28 x 28 pixels"),
        ("train-images", np.zeros((20, 28, 28)), "uint8"),
        ("test-images", np.zeros((0, 28, 28), np.uint8), "found"),
        ("train-labels", np.full(20, 10, np.uint8), "from 0 to 9, found 10 to 10"),
        ("test-labels", np.zeros(24, np.uint8), "25 labels"),
    ],
)
def test_course_data_that_do_not_fit_are_named_before_training(file, array, words, course):
    Path("my.config").write_text(COURSE)
    write_idx(file, array)
    code, _, said = course("train", "my.config")
    assert code == 1
    assert file in said
    assert words in said
    assert not Path("runs").exists()


# The matrices are so small that more threads wait for each other on a machine that is busy.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


@pytest.mark.slow
def test_full_mnist_with_the_courses_configuration(tmp_path):
    if not (SHARED / "mnist").exists():
        pytest.skip("full MNIST is not here")
    text = COURSE.replace("num_epochs = 1", "num_epochs = 5").replace("= 32", "= 500")
    for name, file in (
        ("train-images", "train-images-idx3-ubyte.gz"),
        ("train-labels", "train-labels-idx1-ubyte.gz"),
        ("test-images", "t10k-images-idx3-ubyte.gz"),
        ("test-labels", "t10k-labels-idx1-ubyte.gz"),
    ):
        text = text.replace(f"= {name}", f"= {SHARED / 'mnist' / file}")
    (tmp_path / "mnist.config").write_text(text)
    done = command(tmp_path, "train", "mnist.config", "--json", **ONE_THREAD)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accuracy"] >= 0.963
    lines = (tmp_path / "logs" / "course.log").read_text().splitlines()
    assert len(lines) == 10_000 + 100
    assert lines[-1].startswith(" - image 9999: ")


@pytest.mark.slow
def test_one_image_learned_ten_thousand_times(tmp_path):
    images = read_idx(DATA / "mnist-sample" / "t10k-images-idx3-ubyte.gz")[:1]
    for name in ("train-images", "test-images"):
        write_idx(tmp_path / name, images)
    for name in ("train-labels", "test-labels"):
        write_idx(tmp_path / name, np.array([7], np.uint8))
    (tmp_path / "one.config").write_text(COURSE)
    changes = ("num_epochs=10000", "batch_size=1")
    words = [word for change in changes for word in ("--set", change)]
    done = command(tmp_path, "train", "one.config", "--quiet", *words, **ONE_THREAD)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "runs" / "one" / "history.csv").open() as file:
        assert sum(1 for _ in file) == 1 + 10_000
    log = (tmp_path / "logs" / "course.log").read_bytes()
    assert log == b"Current batch: 0\n - image 0: Prediction=7. Label=7\n"


# --- the log --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epochs", "told"),
    [(5, [1, 2, 3, 4, 5]), (100, list(range(1, 101))), (250, [*range(3, 250, 3), 250])],
)
def test_a_long_run_reports_at_most_a_hundred_epochs(epochs, told, capsys):
    report, history = EpochReport(), History()
    report.on_train_begin(None, epochs, 1)
    for epoch in range(1, epochs + 1):
        history.epochs.append({"epoch": epoch, "loss": 1.0, "accuracy": 0.5})
        report.on_epoch_end(None, history)
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.removeprefix("epoch").partition("/")[0]) for line in lines] == told


def test_prediction_log_has_exact_lines():
    text = prediction_log([7, 2, 1], [7, 2, 4], 2)
    assert text == (
        "Current batch: 0\n"
        " - image 0: Prediction=7. Label=7\n"
        " - image 1: Prediction=2. Label=2\n"
        "Current batch: 1\n"
        " - image 2: Prediction=1. Label=4\n"
    )


# --- stopping and going on -----------------------------------------------------------------------


def test_a_run_stopped_by_ctrl_c_says_how_to_go_on_and_ends_alike(tmp_path):
    options = ["--set", "num_epochs=60", "--set", "data=digits", "--quiet"]
    whole = command(tmp_path, "train", "--name", "whole", *options)
    words = [sys.executable, "-m", "nn", "train", "--name", "stopped", *options]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        checkpoint = tmp_path / "runs" / "stopped" / "checkpoint.safetensors"
        while not checkpoint.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 1
    assert "to go on: python -m nn train --resume runs/stopped" in said
    assert "Traceback" not in said
    assert not (tmp_path / "runs" / "stopped" / "model.safetensors").exists()
    resumed = command(tmp_path, "train", "--resume", "runs/stopped", "--quiet")
    assert resumed.stdout == whole.stdout
    for name in ("model.safetensors", "history.csv", "predictions.log"):
        files = [tmp_path / "runs" / run / name for run in ("whole", "stopped")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_finished_run_goes_on_for_more_epochs(inside):
    few, more = "num_epochs=2", "num_epochs=5"
    inside("train", "--name", "few", "--set", few, "--set", "data=digits", "--quiet")
    resumed = inside("train", "--resume", "runs/few", "--set", more, "--quiet")
    at_once = inside("train", "--name", "more", "--set", more, "--set", "data=digits", "--quiet")
    assert resumed == at_once
    code, _, errors = inside("train", "--resume", "runs/few", "--set", "num_epochs=3")
    assert (code, "at least 5, found 3" in errors) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "--resume", "nowhere"], "nowhere: expected the folder of a run"),
        (["train", "my.toml", "--resume", "runs/x"], "leave out CONFIG and --name"),
        (["train", "--resume", ".", "--set", "hidden_size=9"], "with its own hidden_size,"),
        (
            ["train", "--resume", ".", "--set", "seed=1", "--set", "learning_rate=1"],
            "its own learning_rate and seed,",
        ),
    ],
)
def test_wrong_use_of_resume(words, said, tmp_path):
    (tmp_path / "configuration.toml").write_text(TomlConfiguration().to_text())
    done = command(tmp_path, *words)
    assert (done.returncode, said in done.stderr) == (2, True)
