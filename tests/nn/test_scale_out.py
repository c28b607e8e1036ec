"""Training on XLA: like eager, over several devices, and in several processes together."""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nn import (
    SGD,
    Adam,
    Dropout,
    FullyConnected,
    LambdaCallback,
    NeuralNetwork,
    ReLU,
    load_dataset,
)
from nn.distributed import Group, Share, current, join

ROOT = Path(__file__).parents[2]


def needs_jax():
    return pytest.importorskip("jax", reason="the back end xla needs JAX: pip install jax")


def network(optimizer=None):
    layers = [FullyConnected(64, 16), ReLU(), Dropout(0.2), FullyConnected(16, 10)]
    return NeuralNetwork(layers, optimizer=optimizer or SGD(0.1, momentum=0.9), seed=3)


def fitted(backend, optimizer=None, **options):
    data = load_dataset("digits")
    trained = network(optimizer)
    given = {"epochs": 2, "batch_size": 50, "progress": False, **options}
    history = trained.fit(data.x_train[:430], data.y_train[:430], backend=backend, **given)
    return trained, history


# --- one process, one device ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [lambda: SGD(0.1, momentum=0.9), lambda: Adam(0.01)])
def test_fit_gives_what_eager_gives(kind):
    needs_jax()
    ours, history = fitted("xla", kind())
    theirs, expected = fitted("eager", kind())
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"])
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-4)
    for name, array in ours.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, theirs.state_dict()[name], atol=1e-5)


def test_a_callback_finds_the_parameters_as_they_are():
    needs_jax()
    seen = {}

    def keep(backend):
        def on_batch_end(network, loss, accuracy):
            seen.setdefault(backend, []).append(network.state_dict()["0.weight"])

        return LambdaCallback(on_batch_end=on_batch_end)

    for backend in ("xla", "eager"):
        callback = keep(backend)
        callback.wants_graph = False  # so that steps stay compiled
        fitted(backend, callbacks=[callback])
    assert len(seen["xla"]) == len(seen["eager"]) == 18
    for ours, theirs in zip(seen["xla"], seen["eager"], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_what_a_callback_sets_counts():
    needs_jax()
    found = {}
    for backend in ("xla", "eager"):

        def halve(network, loss, accuracy):
            network.layers[0].weight.value[...] *= 0.98

        callback = LambdaCallback(on_batch_end=halve)
        callback.wants_graph = False
        found[backend] = fitted(backend, callbacks=[callback])[0].state_dict()
    for name, array in found["xla"].items():
        np.testing.assert_allclose(array, found["eager"][name], atol=1e-5)


def test_a_resumed_run_ends_with_the_same_bits(tmp_path):
    needs_jax()
    whole, _ = fitted("xla", Adam(0.01), epochs=3)
    fitted("xla", Adam(0.01), epochs=1, checkpoint=tmp_path)
    resumed, _ = fitted("xla", Adam(0.01), epochs=3, resume=tmp_path)
    for name, array in whole.state_dict().items():
        assert np.array_equal(array, resumed.state_dict()[name]), name


def test_steps_by_hand_leave_the_parameters_in_place():
    needs_jax()
    data = load_dataset("digits")
    ours, theirs = network().compile(backend="xla"), network().compile(backend="eager")
    weight = ours.layers[0].weight
    array = weight.value
    for _ in range(3):
        loss = ours.train_step(data.x_train[:32], data.y_train[:32])
        assert loss == pytest.approx(theirs.train_step(data.x_train[:32], data.y_train[:32]))
        assert weight.value is array
        np.testing.assert_allclose(array, theirs.layers[0].weight.value, atol=1e-6)


# --- several devices ------------------------------------------------------------------------------

DEVICES = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
from test_scale_out import fitted

theirs, expected = fitted("eager")
for devices in (4, 3):
    ours, history = fitted("xla", devices=devices)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    for name, array in ours.state_dict().items():
        np.testing.assert_allclose(array, theirs.state_dict()[name], atol=1e-5)
print("equal")
"""


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", **more}


def test_fit_over_several_devices_gives_what_one_gives():
    needs_jax()
    done = subprocess.run(
        [sys.executable, "-c", DEVICES.format(folder=str(Path(__file__).parent))],
        env=environment(XLA_FLAGS="--xla_force_host_platform_device_count=4"),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout.strip() == "equal", done.stderr


# --- several processes ----------------------------------------------------------------------------


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def command(folder, *arguments):
    given = ["--set", "num_epochs=2", "--set", "data=digits", "--runs", str(folder), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "nn", "train", "--backend", "xla", *given, *arguments],
        env=environment(),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(started):
    """What processes wrote; none is left running, whatever happens."""
    try:
        written = [process.communicate(timeout=600) for process in started]
    finally:
        for process in started:
            process.kill()
    for process, (_, errors) in zip(started, written, strict=True):
        assert process.returncode == 0, errors
    return [out for out, _ in written]


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_two_processes_end_as_one(tmp_path):
    needs_jax()
    ended([command(tmp_path, "--name", "one")])
    address = f"127.0.0.1:{free_port()}"
    both = [
        command(
            tmp_path,
            *("--name", "two", "--coordinator", address),
            *("--processes", "2", "--process-id", str(number)),
        )
        for number in range(2)
    ]
    first, second = ended(both)
    assert "accuracy on" in first
    assert "accuracy on" not in second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    names = [sorted(path.name for path in (tmp_path / run).iterdir()) for run in ("one", "two")]
    assert names[0] == names[1]
    one, two = (NeuralNetwork.load(tmp_path / run / "model.safetensors") for run in ("one", "two"))
    for name, array in one.state_dict().items():
        np.testing.assert_allclose(array, two.state_dict()[name], atol=1e-5)
    histories = [rows(tmp_path / run / "history.csv") for run in ("one", "two")]
    for alone, together in zip(*histories, strict=True):
        assert float(together["loss"]) == pytest.approx(float(alone["loss"]), rel=1e-5)


def test_ctrl_c_in_the_first_process_ends_both(tmp_path):
    needs_jax()
    address = f"127.0.0.1:{free_port()}"
    both = [
        command(
            tmp_path,
            *("--set", "num_epochs=100000", "--coordinator", address),
            *("--processes", "2", "--process-id", str(number)),
        )
        for number in range(2)
    ]
    try:
        deadline = time.monotonic() + 300
        while not (tmp_path / "digits" / "checkpoint.safetensors").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.2)
        both[0].send_signal(signal.SIGINT)
        _, said = both[0].communicate(timeout=60)
        assert both[0].returncode == 130
        assert "to go on: python -m nn train --resume" in said
        both[1].communicate(timeout=200)
        assert both[1].returncode != 0
    finally:
        for process in both:
            process.kill()


def test_every_row_is_read_by_one_process():
    for batch in (1, 2, 7, 8, 64):
        for processes, devices in ((2, 2), (2, 8), (3, 6)):
            read = [
                row
                for number in range(processes)
                for row in range(batch)[Group(number, processes, devices).rows(batch)]
            ]
            assert read == list(range(batch))


def test_a_share_reads_no_more_than_its_rows():
    class Counting(np.ndarray):
        read = 0

        def __getitem__(self, index):
            Counting.read += len(index)
            return np.asarray(self)[index]

    samples = np.arange(20.0).reshape(10, 2).view(Counting)
    share = Share(samples, np.arange(8)[::-1], Group(1, 2, 2))
    assert share.shape == (8, 2)
    assert np.array_equal(share.own()[:, 0], [6.0, 4.0, 2.0, 0.0])
    assert Counting.read == 4


def test_a_process_alone():
    group = current()
    assert (group.number, group.processes, group.writes) == (0, 1, True)
    group.wait("nobody")
    assert group.rows(5) == slice(0, 5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("10.0.0.1:1234", 2, None), "all three or none of them"),
        (("10.0.0.1", 2, 0), "HOST:PORT"),
        (("10.0.0.1:http", 2, 0), "HOST:PORT"),
        (("10.0.0.1:1234", 0, 0), "processes"),
        (("10.0.0.1:1234", 2, 2), "process"),
    ],
)
def test_what_join_can_not_take(given, message):
    needs_jax()
    with pytest.raises((ValueError, TypeError), match=message):
        join(*given)


def test_join_without_jax_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-core\[xla\]'"):
        join("10.0.0.1:1234", 2, 0)


# --- sweeps ---------------------------------------------------------------------------------------


def test_the_sweep_of_the_documentation_finds_what_one_process_finds(tmp_path):
    for module in ("dask", "distributed", "joblib", "sklearn"):
        pytest.importorskip(module, reason="a sweep needs: pip install 'autograd-core[dask]'")
    text = (ROOT / "docs/how-to/scaling.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import joblib\n.*?)```", text, re.DOTALL)
    found = []
    for name, sweep in (("many", code), ("one", code.replace('backend="dask"', "n_jobs=1"))):
        (tmp_path / f"{name}.py").write_text(sweep, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, f"{name}.py"],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    assert found[0] == found[1]
    assert "hidden_layer_sizes" in found[0]
