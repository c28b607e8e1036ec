"""Files of every kind, changed at random: read as they were written, or one clear error."""

import copy
import gzip
import json
import random
import time
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from nn import (
    L2,
    Adam,
    DataError,
    Dropout,
    EarlyStopping,
    FullyConnected,
    LeakyReLU,
    ModelFileError,
    NeuralNetwork,
    ReLU,
    WarmUp,
    model_file,
    read_idx,
    write_idx,
)
from nn.command_line.configuration import ConfigurationError
from nn.command_line.course_configuration import CourseConfiguration
from nn.command_line.reading import read_configuration
from nn.command_line.toml_configuration import TomlConfiguration
from nn.training import checkpoint

MUTATIONS = 300

STRANGE: list[Any] = [
    None, True, -1, 0, 1, 2, 3.5, 1e308, float("nan"), float("inf"), 2**63, 10**30, 10**400, "",
    "x", "float16", "BF16", [], [[1]], {}, {"type": "He"}, {"type": "os"}, "\x1b[2J", "a" * 9000,
]  # fmt: skip


def places(tree, at=()):
    """Where anything stands in plain data."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        yield (*at, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*at, key))


def nested(depth):
    tree: list[Any] = []
    for _ in range(depth):
        tree = [tree]
    return tree


def mutated(tree, chance):
    """Plain data with one thing gone, strange, moved, doubled, or a little different."""
    tree = copy.deepcopy(tree)
    *outer, key = chance.choice(list(places(tree)))
    parent = tree
    for each in outer:
        parent = parent[each]
    kind = chance.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1:
        other = tree
        for each in chance.choice(list(places(tree))):
            other = other[each]
        parent[key] = copy.deepcopy(other)
    elif kind == 2 and isinstance(parent, dict):
        parent[chance.choice(["x", "", "type", "\x1b"])] = chance.choice(STRANGE)
    elif kind == 3 and type(parent[key]) in (int, float):
        parent[key] += chance.choice([1, -1, 0.5, 1e6])
    elif kind == 4:
        parent[key] = nested(chance.choice([1, 30, 400]))
    else:
        parent[key] = chance.choice(STRANGE)
    return tree


def damaged(content, chance):
    """Bytes with some of them changed, gone, or more."""
    changed = bytearray(content)
    at = chance.randrange(len(changed))
    kind = chance.randrange(4)
    if kind == 0:
        changed[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del changed[at : at + chance.choice([1, 8, len(changed)])]
    elif kind == 2:
        changed[at:at] = chance.randbytes(chance.choice([1, 8]))
    else:
        changed[at] = chance.randrange(256)
    return bytes(changed)


# --- safetensors ----------------------------------------------------------------------------------


def network():
    layers = [
        FullyConnected(4, 3, weight_regularizer=L2(0.1)),
        ReLU(),
        Dropout(0.3),
        LeakyReLU(0.1),
    ]
    return NeuralNetwork([*layers, FullyConnected(3, 2)], optimizer=Adam(WarmUp(3, 0.1)), seed=3)


def mutated_tensors(whole, kind, chance):
    """A changed file, and whether its checksum says nothing of the change."""
    if chance.randrange(3) == 0:
        return damaged(whole, chance), False
    length = int.from_bytes(whole[:8], "little")
    header, body = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    texts = header.pop("__metadata__")
    if chance.randrange(4) == 0:
        text = json.dumps({**mutated(header, chance), "__metadata__": texts}).encode()
        return len(text).to_bytes(8, "little") + text + body, False
    entry = json.loads(texts[kind])
    entry["configuration"] = mutated({"all": entry["configuration"]}, chance).get("all")
    how = chance.choice(["old", "none", "fits"])
    if how == "none":
        del entry["sha256"]
    if how == "fits":
        arrays = load(whole)
        text = json.dumps(entry["configuration"])
        entry["sha256"] = model_file._checksum(text, arrays, lambda name: [arrays[name].tobytes()])
    return save(load(whole), metadata={kind: json.dumps(entry)}), how != "old"


def check(read, write, path, allowed):
    """Read changed files: all are taken as they were written, or refused in one clear error."""
    chance, refused = random.Random(0), 0
    original = read()
    for _ in range(MUTATIONS):
        silent = write(chance)
        start = time.process_time()
        try:
            found = read()
        except allowed as error:
            refused += 1
            said = str(error)
            assert str(path) in said
            assert len(said) < 20_000
            assert said.replace("\n", "").isprintable()
        else:
            assert silent or found == original
        assert time.process_time() - start < 5
    assert refused > MUTATIONS / 3


def state_of(network):
    return repr(network), {name: array.tobytes() for name, array in network.state_dict().items()}


def test_networks(tmp_path):
    path = network().save(tmp_path / "model")
    whole = path.read_bytes()

    def write(chance):
        content, silent = mutated_tensors(whole, model_file.NETWORK, chance)
        path.write_bytes(content)
        return silent

    check(lambda: state_of(NeuralNetwork.load(path)), write, path, ModelFileError)


def test_checkpoints(tmp_path):
    path = tmp_path / checkpoint.FILE
    x, y = np.random.default_rng(0).normal(size=(12, 4)), np.arange(12) % 2

    def fit(trained, epochs):
        return trained.fit(
            x, y, epochs=epochs, batch_size=4, progress=False, resume=tmp_path,
            validation_data=(x, y), callbacks=[EarlyStopping(patience=50)],
        )  # fmt: skip

    fit(network(), 3)
    whole = path.read_bytes()

    def write(chance):
        content, silent = mutated_tensors(whole, "autograd-core checkpoint", chance)
        path.write_bytes(content)
        (tmp_path / checkpoint.PREVIOUS).unlink(missing_ok=True)
        return silent

    def read():
        trained = network()
        before = state_of(trained)
        try:
            history = fit(trained, 3)
        except ModelFileError:
            assert state_of(trained) == before
            raise
        return state_of(trained), history.epochs

    check(read, write, path, ModelFileError)


# --- configurations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "configuration",
    [TomlConfiguration(), CourseConfiguration("a", "b", "c", "d", "e", 1, 2, 3, 0.1)],
    ids=["toml", "course"],
)
def test_configurations(configuration, tmp_path):
    path = tmp_path / configuration.file_name

    def write(chance):
        values = mutated({key: getattr(configuration, key) for key in configuration.keys}, chance)
        text = "".join(f"{key} = {written(value)}\n" for key, value in values.items())
        path.write_bytes(text.encode())
        if chance.randrange(2):
            path.write_bytes(damaged(text.encode(), chance))
        return True

    def written(value):
        is_text = isinstance(value, str) and configuration.file_name.endswith("toml")
        return json.dumps(value) if is_text or value is True or value is False else str(value)

    path.write_text(configuration.to_text())
    check(lambda: read_configuration(path, [], check_files=False), write, path, ConfigurationError)


# --- IDX ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x-idx3", "x-idx3.gz"])
def test_idx(name, tmp_path):
    path, array = tmp_path / name, np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    write_idx(path, array)
    whole = path.read_bytes()
    packed = name.endswith("gz")
    plain = gzip.decompress(whole) if packed else whole

    def write(chance):
        content = bytearray(plain)
        for _ in range(chance.randrange(3)):
            content[chance.randrange(16)] = chance.choice([0, 1, 3, 8, 11, 14, 64, 65, 128, 255])
        content = gzip.compress(content) if packed else bytes(content)
        path.write_bytes(damaged(content, chance) if chance.randrange(2) else content)
        return True

    check(lambda: read_idx(path).tolist(), write, path, DataError)
