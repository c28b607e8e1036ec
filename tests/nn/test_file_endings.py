"""Endings of files: which network files there are, and what is said of others."""

import sys
from types import SimpleNamespace

import pytest

from nn import FullyConnected, ModelCheckpoint, ModelFileError, NeuralNetwork


def network():
    return NeuralNetwork([FullyConnected(2, 3)])


@pytest.mark.parametrize("name", ["m.safetensors", "m.SafeTensors", "m", "m.v2.safetensors"])
def test_these_names_are_of_safetensors_files(tmp_path, name):
    assert network().save(tmp_path / name) == tmp_path / name
    assert isinstance(NeuralNetwork.load(tmp_path / name), NeuralNetwork)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("m.h5", "m.safetensors"),
        ("m.tar.gz", "m.tar.safetensors"),
        ("net-0.9", "net-0.safetensors"),
    ],
)
def test_any_other_ending_is_an_error_that_names_the_endings(tmp_path, name, instead):
    words = rf"save\(\) expects a file that ends in \.safetensors or \.onnx, got '{name}'.*"
    with pytest.raises(ModelFileError, match=words + f"Write for example '{instead}'"):
        network().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ModelFileError, match=rf"load\(\) expects .* got '{name}'"):
        NeuralNetwork.load(tmp_path / name)
    with pytest.raises(ModelFileError, match=rf"ModelCheckpoint\(\) expects .* got '{name}'"):
        ModelCheckpoint(tmp_path / name)


@pytest.mark.parametrize("name", ["m.pt", "m.pth", "m.ckpt"])
def test_a_pickle_is_not_read_and_the_way_out_is_said(name):
    for load in (NeuralNetwork.load, network().load_state_dict):
        with pytest.raises(ModelFileError, match=r"pickle.*safetensors\.torch\.save_file\(model"):
            load(name)


def test_onnx_is_another_modules(tmp_path, monkeypatch):
    calls = []
    stand_in = SimpleNamespace(
        save=lambda *arguments: calls.append(arguments) or arguments[1],
        load=lambda path: ("loaded", path),
    )
    monkeypatch.setitem(sys.modules, "nn.onnx", stand_in)
    ours, path = network(), tmp_path / "m.ONNX"
    assert ours.save(str(path)) == path
    assert calls == [(ours, path)]
    assert NeuralNetwork.load(path) == ("loaded", path)


@pytest.mark.parametrize("name", ["run.h5", "run.safetensors", "run.onnx", "run.pt"])
def test_checkpoints_go_into_a_folder(tmp_path, name):
    x, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    options = {"epochs": 1, "batch_size": 2, "progress": False}
    words = rf"fit\(checkpoint\) expects a folder, got '{name}'.*Write for example 'run'"
    with pytest.raises(ValueError, match=words):
        network().fit(x, y, checkpoint=tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).mkdir()
    network().fit(x, y, checkpoint=tmp_path / name, **options)
    assert list((tmp_path / name).iterdir())
