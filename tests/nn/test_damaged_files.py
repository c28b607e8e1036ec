"""Damaged and hostile files: noticed before anything is changed or allocated."""

import errno
import json
import os
import random
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from nn import (
    Adam,
    Dropout,
    FullyConnected,
    Layer,
    ModelFileError,
    NeuralNetwork,
    ReLU,
    Reshape,
    TrainingWarning,
    model_file,
)
from nn.training import checkpoint

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(20, 4)), np.arange(20) % 2


def small():
    layers = [FullyConnected(4, 3), ReLU(), Dropout(0.2), FullyConnected(3, 2)]
    return NeuralNetwork(layers, optimizer=Adam(), seed=3)


def fit(network, epochs=4, **options):
    return network.fit(X, Y, epochs=epochs, batch_size=5, progress=False, **options)


def same_bits(one, other):
    states = one.state_dict(), other.state_dict()
    return all(np.array_equal(states[0][name], states[1][name]) for name in states[0])


@pytest.fixture
def run(tmp_path):
    """The folder of a run, with two checkpoints."""
    fit(small(), checkpoint=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        checkpoint.PREVIOUS,
        checkpoint.FILE,
    ]
    return tmp_path


# --- checkpoints ----------------------------------------------------------------------------------


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_flipped_bit_goes_on_from_the_checkpoint_before(run):
    whole = small()
    fit(whole, epochs=6)
    files = {path: path.read_bytes() for path in run.iterdir()}
    last = run / checkpoint.FILE
    for bit in random.Random(0).sample(range(8 * len(files[last])), 100):
        for path, content in files.items():
            path.write_bytes(content)
        last.write_bytes(flipped(files[last], bit))
        network = small()
        with pytest.warns(TrainingWarning, match=r"before the last: .*checkpoint\.safetensors: "):
            fit(network, epochs=6, resume=run)
        assert same_bits(network, whole), bit


@pytest.mark.parametrize("change", [lambda data: b"", lambda data: data[:-9], bytes.swapcase])
def test_a_damaged_checkpoint_never_becomes_the_one_before(change, run):
    last = run / checkpoint.FILE
    last.write_bytes(change(last.read_bytes()))
    with pytest.warns(TrainingWarning, match="before the last"):
        fit(small(), epochs=5, resume=run)
    last.unlink()
    with pytest.warns(TrainingWarning, match="is missing"):
        fit(small(), epochs=5, resume=run)


def test_a_missing_checkpoint_goes_on_from_the_one_before(run):
    (run / checkpoint.FILE).unlink()
    with pytest.warns(TrainingWarning, match="is missing"):
        fit(small(), resume=run)


def test_the_checkpoint_of_another_run_is_not_the_one_before(run, tmp_path):
    fit(small(), epochs=1, checkpoint=run)
    assert not (run / checkpoint.PREVIOUS).exists()
    other = tmp_path / "other"
    fit(small(), epochs=1, checkpoint=other)
    fit(small(), epochs=2, resume=run, checkpoint=other)
    assert not (other / checkpoint.PREVIOUS).exists()


def test_two_damaged_checkpoints_are_one_error_that_names_both(run):
    for name in (checkpoint.FILE, checkpoint.PREVIOUS):
        (run / name).write_bytes(b"damage")
    network, untouched = small(), small()
    with pytest.raises(ModelFileError) as error:
        fit(network, resume=run)
    assert checkpoint.FILE in str(error.value)
    assert f"{checkpoint.PREVIOUS}: " in str(error.value)
    assert "Start anew" in str(error.value)
    assert same_bits(network, untouched)


def rewritten(path, change, kind="autograd-core checkpoint", *, fits=True):
    """Change what stands in a file; the checksum fits afterwards, or there is none."""
    with model_file.reading(path, kind) as file:
        description, arrays = file.description, file.arrays()
    if not fits:  # as before there were checksums
        for key in ("first_rate", "fingerprint", "validation_fingerprint"):
            description.pop(key, None)
    change(description, arrays)
    if fits:
        model_file.write(path, kind, description, arrays)
    else:
        header = {"format": 1, "configuration": description}
        path.write_bytes(save(arrays, metadata={kind: json.dumps(header)}))


def put(key, value):
    def change(description, arrays):
        *parents, last = key.split("/")
        for parent in parents:
            description = description[int(parent) if type(description) is list else parent]
        description[int(last) if type(description) is list else last] = value

    return change


def put_array(name, value):
    return lambda description, arrays: arrays.__setitem__(name, np.asarray(value))


def leave_out(name):
    return lambda description, arrays: (arrays if name in arrays else description).pop(name)


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (leave_out("finished_epochs"), "expected a description with"),
        (leave_out("network"), "expected a description with"),
        (leave_out("shuffle_state"), "expected a description with"),
        (put("more", 1), "expected a description with"),
        (put("version", 2.0), "of this release"),
        (put("version", None), "of this release"),
        (put("finished_epochs", 10**30), "finished_epochs expects a whole number"),
        (put("finished_epochs", -1), "finished_epochs expects a whole number"),
        (put("finished_epochs", 1.5), "finished_epochs expects a whole number"),
        (put("finished_epochs", True), "finished_epochs expects a whole number"),
        (put("finished_epochs", 2), "figures of 2 epochs"),
        (put("finished_batches", 4), "finished_batches expects a whole number from 0 to 3"),
        (put("finished_batches", None), "finished_batches expects"),
        (put("shared_losses", 17), "shared_losses expects a whole number from 0 to 16"),
        (put("totals", [0.0, 0]), "totals"),
        (put("totals", [0.0, -5, 0]), "totals"),
        (put("totals", ["0", 0, 0]), "totals"),
        (put("epochs", {}), "figures of 4 epochs"),
        (put("epochs/0/loss", "x"), "numbers as figures of epoch 1"),
        (put("epochs/1/epoch", 7), "epoch 2 in its row"),
        (put("epochs/1/accuracy", 1.5), "0 to 1 as accuracy"),
        (put("columns", "loss"), "list of names"),
        (put("columns", ["loss", "loss"]), "for each of the columns"),
        (put("shuffle_state", {}), "shuffle_state expects the state of a PCG64"),
        (put("shuffle_state/state/state", 2**128), "shuffle_state expects the state"),
        (put("shuffle_state/state/inc", -1), "shuffle_state expects the state"),
        (put("shuffle_state/state/inc", 2), "shuffle_state expects the state"),
        (put("shuffle_state/has_uint32", 2), "shuffle_state expects the state"),
        (put("shuffle_state/bit_generator", "MT19937"), "shuffle_state expects the state"),
        (put("layer_states", [None]), "layer_states of 4 layers"),
        (put("layer_states/2", None), "a state"),
        (put("layer_states/0", {}), "nothing"),
        (put("layer_states/2/uinteger", 2**32), "the state of a PCG64"),
        (put("network/seed", 3.0), "network.*seed: expected 3, found 3.0"),
        (put("network/layers/0/bias", 1), "bias: expected True, found 1"),
        (put("network/optimizer", None), "description of the network"),
        (put("network/optimizer/learning_rate", -1.0), "learning_rate above 0"),
        (put("network/optimizer/learning_rate", "fast"), "learning_rate above 0"),
        (put("data", None), "same data"),
        (leave_out("parameters:0.weight"), "missing '0.weight'"),
        (put_array("parameters:9.weight", [1.0]), "unknown '9.weight'"),
        (put_array("parameters:0.bias", [1.0]), "of shape .1,. instead of .3,."),
        (put_array("parameters:0.bias", [1, 2, 3]), "of int64 instead of float32"),
        (put_array("optimizer:0.bias/mean", [1.0]), "among what the optimizer remembers"),
        (put_array("optimizer:0.bias/speed", np.ones(3)), "among what the optimizer remembers"),
        (put_array("optimizer:0.bias/steps", 3.0), "among what the optimizer remembers"),
        (put_array("optimizer:0.bias/steps", -3), "whole numbers from 0"),
        (put_array("optimizer:updates", -1), "whole numbers from 0"),
        (leave_out("optimizer:updates"), "'updates'"),
        (put_array("iterations:loss", np.ones(3)), "expected 16 numbers in the column 'loss'"),
        (put_array("losses:", [[1.0]]), "one row of numbers"),
        (put_array("other:x", 1.0), "expected no array"),
    ],
)
def test_a_checkpoint_that_is_well_formed_but_wrong_is_refused(change, words, fits, run):
    (run / checkpoint.PREVIOUS).unlink()
    rewritten(run / checkpoint.FILE, change, fits=fits)
    network, untouched = small(), small()
    with pytest.raises(ModelFileError, match=rf"{re.escape(checkpoint.FILE)}: .*{words}"):
        fit(network, resume=run, epochs=9)
    assert same_bits(network, untouched)
    assert network.losses == []


def test_a_checkpoint_of_a_release_without_checksums_is_read(run):
    rewritten(run / checkpoint.FILE, lambda *_: None, fits=False)
    whole, resumed = small(), small()
    fit(whole, epochs=6)
    fit(resumed, epochs=6, resume=run)
    assert same_bits(whole, resumed)


def test_a_checkpoint_that_has_lost_its_checksum_is_damaged(run):
    path = run / checkpoint.FILE
    with model_file.reading(path, "autograd-core checkpoint") as file:
        description, arrays = file.description, file.arrays()
    header = {"format": 1, "configuration": description}
    path.write_bytes(save(arrays, metadata={"autograd-core checkpoint": json.dumps(header)}))
    (run / checkpoint.PREVIOUS).unlink(missing_ok=True)
    network, untouched = small(), small()
    with pytest.raises(ModelFileError, match="expected a checksum"):
        fit(network, resume=run)
    assert same_bits(network, untouched)


# --- two at once ----------------------------------------------------------------------------------

HOLDS = """
import sys, time
from pathlib import Path
from nn import *
class Wait(Callback):
    def on_epoch_begin(self, network, epoch):
        print("training", flush=True)
        time.sleep(60)
import numpy as np
NeuralNetwork([FullyConnected(4, 2)]).fit(
    np.ones((2, 4)), [0, 1], epochs=1, batch_size=1, progress=False, callbacks=[Wait()],
    checkpoint=sys.argv[1],
)
"""


def test_a_folder_is_for_one_run_at_a_time_and_one_that_was_killed_holds_nobody_up(tmp_path):
    words = [sys.executable, "-W", "ignore", "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with pytest.raises(BlockingIOError, match="another training run") as error:
            fit(small(), checkpoint=tmp_path)
        assert error.value.filename == str(tmp_path)
        process.kill()
    fit(small(), checkpoint=tmp_path)
    assert all("training" not in path.name for path in tmp_path.iterdir())


# --- files of networks ----------------------------------------------------------------------------


def hostile(path, change, tensors=None):
    """A file of a network, with another description and arrays."""
    description, arrays = small().configuration(), small().state_dict()
    change(description, arrays)
    header = {"format": 1, "configuration": description}
    path.write_bytes(save(arrays, metadata={model_file.NETWORK: json.dumps(header)}))
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("layers/0/in_features", 10**400), "at most 50 digits, found 401"),
        (put("layers/0/in_features", 10**30), "in_features"),
        (put("layers/0/in_features", 1.5), "in_features"),
        (put("layers/0/in_features", -4), "in_features"),
        (put("layers/0/bias", "no"), "true or false for FullyConnected.bias."),
        (put("layers/0/weight_initializer", {"type": "He"}), "distribution among the arguments"),
        (put("layers/2/rate", "0.5"), "rate"),
        (put("layers/1", {"type": "Reshape", "shape": [3] * 100}), "fewer than 64"),
        (put("layers", [{"type": "ReLU"}] * 10_001), "at most 10000 layers in a file, found 10001"),
        (put("layers", {}), "expected a layer of type"),
        (put("seed", 1e3), "seed"),
        (put("dtype", "float16"), "dtype of float32 or float64"),
        (put("dtype", [["x", "f4"]]), "dtype of float32 or float64"),
        (put("optimizer/beta1", float("nan")), "beta1"),
        (leave_out("seed"), "expected a description"),
        (leave_out("0.bias"), "missing '0.bias'"),
        (put_array("0.bias", np.ones(3, np.int32)), "'0.bias' of int32 instead of float32"),
        (put_array("0.bias", np.ones(4, np.float32)), "'0.bias' of shape .4,. instead of .3,."),
    ],
)
def test_a_model_file_that_is_well_formed_but_wrong_is_refused(change, words, tmp_path):
    path = hostile(tmp_path / "m", change)
    with pytest.raises(ModelFileError, match=f"m: .*{words}"):
        NeuralNetwork.load(path)


def large(description, arrays):
    description["layers"][0]["out_features"] = description["layers"][3]["in_features"] = 40_000_000


def test_a_small_file_of_large_layers_takes_no_memory(tmp_path):
    path = hostile(tmp_path / "m", large)
    tracemalloc.start()
    with pytest.raises(ModelFileError, match="no more parameters than there are numbers"):
        NeuralNetwork.load(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_no_weights_are_drawn_for_a_network_that_is_read(tmp_path, monkeypatch):
    network = small()
    path = network.save(tmp_path / "m")
    monkeypatch.setattr("nn.initializers.He.draw", None)
    assert same_bits(NeuralNetwork.load(path), network)


def test_many_layers_take_linear_time(tmp_path):
    network = NeuralNetwork([FullyConnected(1, 1) for _ in range(3000)])
    assert same_bits(NeuralNetwork.load(network.save(tmp_path / "m")), network)
    with pytest.raises(ValueError, match="at most 10000 layers, got 10001"):
        NeuralNetwork([ReLU()] * 10_001).save(tmp_path / "m")


def header_of(text):
    content = text if isinstance(text, bytes) else text.encode()
    return len(content).to_bytes(8, "little") + content


TENSOR = '{"w": {"dtype": %s, "shape": %s, "data_offsets": %s}}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff" * 8 + b"{}", "its 10 bytes declare a header of 18446744073709551615"),
        (header_of("{}")[:-1], "its 9 bytes declare a header of 2"),
        (header_of(" " * (2**24 + 1)), "a header of at most 16777216 bytes, found one of 16777217"),
        (header_of('{"a": [' + "[]," * 10**6 + "[]]}"), "at most 1000000 lists and names"),
        (header_of("{}") + b"x", "too long"),
        (header_of("[]"), "tensors by name"),
        (header_of("{"), "expected JSON in the header"),
        (header_of(b'{"\xff": 1}'), "expected UTF-8 in the header"),
        (header_of("[" * 100_000), "nested too deep"),
        (header_of('{"a": 1, "a": 2}'), "'a' twice"),
        (header_of('{"a": ' + "1" * 5000 + "}"), "at most 50 digits, found 5000"),
        (header_of('{"__metadata__": {"a": 1}}'), "texts under __metadata__"),
        (header_of('{"w": 1}'), "dtype, shape, data_offsets of w"),
        (header_of(TENSOR % ('"BF16"', "[1]", "[0, 2]")) + b"ab", "w is of dtype BF16, expected"),
        (header_of(TENSOR % ('"F8_E4M3"', "[1]", "[0, 1]")) + b"a", "w is of dtype F8_E4M3, exp"),
        (header_of(TENSOR % ("null", "[1]", "[0, 1]")) + b"a", "w is of dtype None"),
        (header_of(TENSOR % ('"U8"', "[-1]", "[0, 1]")) + b"a", "whole numbers from 0 for w"),
        (header_of(TENSOR % ('"U8"', "[1.0]", "[0, 1]")) + b"a", "whole numbers from 0 for w"),
        (header_of(TENSOR % ('"U8"', str([1] * 65), "[0, 1]")) + b"a", "at most 64 whole"),
        (header_of(TENSOR % ('"U8"', f"[0, {2**63}]", "[0, 0]")), "no array can have"),
        (header_of(TENSOR % ('"U8"', "[1]", "[0, 2]")) + b"ab", "expected 1 bytes for w"),
        (header_of(TENSOR % ('"U8"', "[1]", "[1, 2]")) + b"ab", "w to begin at byte 0"),
        (header_of(TENSOR % ('"U8"', "[1]", "[1, 0]")) + b"ab", "expected 1 bytes for w"),
        (header_of(TENSOR % ('"U8"', "[1]", "[0]")) + b"ab", "two whole numbers as data_offsets"),
        (header_of(TENSOR % ('"U8"', "[9]", "[0, 9]")) + b"ab", "the file is truncated"),
    ],
)
def test_what_is_no_safetensors_file_is_named(content, words, tmp_path):
    path = tmp_path / "a\x1b[2Jb"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=rf"a\\x1b\[2Jb: .*{words}"):
        NeuralNetwork.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_model_that_is_no_file_is_neither_waited_for_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(ModelFileError, match=r"it is a (pipe|folder|device)"):
            NeuralNetwork.load(path)


def test_an_argument_that_a_later_release_adds_has_its_default(tmp_path):
    network = NeuralNetwork([Reshape((4,)), FullyConnected(4, 2)])
    path = network.save(tmp_path / "m")
    rewritten(path, leave_out_bias, model_file.NETWORK)
    assert same_bits(NeuralNetwork.load(path), network)


def leave_out_bias(description, arrays):
    del description["layers"][1]["bias"]


def test_layers_that_hold_layers_are_read_without_drawing(tmp_path):
    class Twice(Layer):
        def __init__(self):
            self.inner = FullyConnected(4, 4)

        def parameters(self):
            return {f"inner.{name}": node for name, node in self.inner.parameters().items()}

        def apply(self, x):
            return self.inner(self.inner(x))

    network = NeuralNetwork([Twice(), FullyConnected(4, 2)])
    read = NeuralNetwork.load(network.save(tmp_path / "m"))
    assert same_bits(read, network)
    np.testing.assert_array_equal(read.predict(X), network.predict(X))


def test_an_input_error_of_the_disk_goes_on_from_the_checkpoint_before(run, monkeypatch):
    load = checkpoint._load

    def broken(path, network):
        if path.name == checkpoint.FILE:
            raise OSError(errno.EIO, "Input/output error", str(path))
        load(path, network)

    monkeypatch.setattr(checkpoint, "_load", broken)
    with pytest.warns(TrainingWarning, match="Input/output error"):
        fit(small(), resume=run)
