"""The benchmarks compare like with like, and say which target was missed; nothing is timed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nn import data

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from benchmarks import cifar, features, ours, scalars, steps, timing  # noqa: E402
from benchmarks.__main__ import COMMANDS  # noqa: E402
from benchmarks.by_hand import by_hand  # noqa: E402
from benchmarks.figures import Figure, print_missed  # noqa: E402

SMALL = 10, (3, 5, 4)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_our_steps_are_those_by_hand(backend, optimizer):
    made = {
        steps.HAND: by_hand(*SMALL, optimizer),
        backend: ours.by_train_step(backend)(*SMALL, optimizer),
    }
    if backend != "eager":
        made["alone"] = ours.executable_alone(backend)(*SMALL, optimizer)
    steps.check_alike(made)


def test_contenders_that_learn_something_else_are_refused():
    other = by_hand(10, (3, 6, 4))
    with pytest.raises(AssertionError, match="the third loss of other is"):
        steps.check_alike({steps.HAND: by_hand(*SMALL), "other": other})


def test_a_graph_with_another_value_is_refused():
    _, eager = next(scalars.graph_contenders())
    scalars.check_alike({"eager": eager, "same": eager})
    with pytest.raises(AssertionError, match="by other"):
        scalars.check_alike({"eager": eager, "other": lambda: eager() + 1.0})


@pytest.mark.parametrize(
    "value, target, at_least, met",
    [
        (1.15, 1.15, False, True),
        (1.1549, 1.15, False, True),  # printed as 1.15
        (1.156, 1.15, False, False),
        (0.0041, 0.004, False, True),  # printed as 0.004
        (0.0046, 0.004, False, False),
        (1.69, 1.7, True, False),
        (1.7, 1.7, True, True),
        (9.0, None, False, True),
    ],
)
def test_a_target_is_met_where_the_printed_digits_meet_it(value, target, at_least, met):
    figure = Figure("group", "one / other", value, target, at_least=at_least)
    assert figure.met == met
    assert figure.line(20, "one / other").endswith("MISSED") == (not met)


def test_missed_targets_are_listed_with_their_group(capsys):
    missed = Figure("A", "x / y", 2.0, 1.0)
    print_missed([missed, Figure("B", "x / y", 0.5, 1.0), Figure("C", "z", 3.0)])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 figures have a target, 1 missed it:"
    assert [line.split()[:2] for line in said[1:]] == [["A:", "x"]]


def test_contenders_are_timed_as_often_and_the_ratio_is_that_of_medians():
    times = timing.compare({"a": lambda: None, "b": lambda: sum(range(1000))}, rounds=3)
    assert {name: len(found) for name, found in times.items()} == {"a": 3, "b": 3}
    assert timing.ratio({"a": [1.0, 2.0, 9.0], "b": [4.0]}, "a", "b") == 0.5


def test_all_that_can_be_measured_is_named_in_the_help():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(name in done.stdout for name in COMMANDS)


def test_cifar_is_trained_on_where_its_files_are(tmp_path, capsys):
    for name in (*data.cifar.TRAINING, data.cifar.TEST):
        record = np.random.default_rng(0).integers(0, 256, (8, 3073)).astype(np.uint8)
        record[:, 0] = np.arange(8)
        (tmp_path / name).write_bytes(record.tobytes())
    figures = cifar.run(tmp_path, 1, 1)
    assert [figure.at_least for figure in figures] == [True, True]
    assert "CIFAR-10, 40 images, 1 epochs" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="Three ways to get it"):
        cifar.run(tmp_path / "nowhere", 1, 1)
    parameters = cifar.small_network(0).parameters().values()
    assert sum(node.size for node in parameters) == 122_570


def test_the_tables_of_features_are_as_they_were_tried():
    readme, page = (ROOT / "README.md", ROOT / "docs/coming-from.md")
    assert features.table(features=features.SHORT) in readme.read_text(encoding="utf-8")
    assert features.table() in page.read_text(encoding="utf-8")


def test_what_the_table_says_of_us_runs_and_a_wrong_entry_is_found(monkeypatch):
    assert features.wrong(features.OURS) == []
    assert all(features.OURS in codes for codes in features.FEATURES.values())
    monkeypatch.setitem(features.FEATURES, "flying", {features.OURS: "fly()"})
    monkeypatch.setitem(features.LOOKED_FOR, "adding", {features.OURS: "Node(1.0) + 1.0"})
    monkeypatch.setitem(features.LOOKED_FOR, "a slip", {features.OURS: "Nod(1.0)"})
    assert features.wrong(features.OURS) == [
        f"{features.OURS}: {entry}"
        for entry in ("flying: fly()", "adding: Node(1.0) + 1.0", "a slip: Nod(1.0)")
    ]
