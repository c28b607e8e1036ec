"""``python -m nn playground``."""

import json
import re
from pathlib import Path

import page_data
import pytest

from nn.command_line.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("user")


@pytest.fixture
def inside(folder, monkeypatch, capsys):
    """Run a command in this process, in the folder of all tests here."""
    monkeypatch.chdir(folder)

    def run_command(*words):
        code = main([str(word) for word in words])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run_command


@pytest.fixture
def run(folder, inside):
    path = folder / "runs" / "mnist-sample"
    if not path.exists():
        changes = ("--set", "num_epochs=1", "--set", "hidden_size=16", "--set", "seed=3")
        assert inside("train", *changes, "--quiet")[0] == 0
    return path


def data_of(path):
    return page_data.data_of(Path(path).read_text(encoding="utf-8"))


def test_it_writes_a_page_of_the_run(run, inside):
    code, said, _ = inside("playground", run, "-o", "page.html")
    assert code == 0
    assert said.startswith("written: ")
    assert re.search(
        r"\n1,\d\d\d of 2,000 training samples and 2\d\d of 500 test samples, drawn with seed 3\n",
        said,
    )
    page = data_of("page.html")
    assert Path("page.html").stat().st_size < 2_000_000
    assert [layer["title"] for layer in page["layers"]] == [
        "FullyConnected", "ReLU", "FullyConnected", "SoftMax",
    ]  # fmt: skip
    assert (page["batchSize"], page["image"], page["seed"]) == (64, [28, 28], 3)


def test_afresh_starts_with_other_weights(run, inside):
    assert inside("playground", run, "-o", "page.html")[0] == 0
    assert inside("playground", run, "--afresh", "-o", "first.html")[0] == 0
    assert data_of("page.html")["pack"] != data_of("first.html")["pack"]


def test_json_and_quiet(run, inside):
    code, said, _ = inside("playground", run, "--json")
    result = json.loads(said)
    assert (code, result["file"], result["seed"]) == (0, str(run / "playground.html"), 3)
    assert Path(result["file"]).exists()
    assert inside("playground", run, "--quiet")[1] == f"{run / 'playground.html'}\n"


def test_iris_is_no_image(inside):
    changes = ("--set", "data=iris", "--set", "num_epochs=1")
    assert inside("train", *changes, "--quiet", "--name", "flowers")[0] == 0
    assert inside("playground", "runs/flowers", "-o", "iris.html")[0] == 0
    assert data_of("iris.html")["image"] is None


def test_wrong_use(run, inside):
    code, _, said = inside("playground", run, "-o", "page.pdf")
    assert (code, "--output: save() of a playground expects" in said) == (2, True)
    code, _, said = inside("playground", ".")
    assert (code, "expected the folder of a finished run" in said) == (2, True)
    assert inside("playground", "--help")[1].count("  python -m nn playground ") == 2
