"""ONNX files that are damaged, or made to harm: an error, and neither memory nor time lost."""

import json
import os

import numpy as np
import pytest

import nn
from nn import FullyConnected, ModelFileError, NeuralNetwork, ReLU, SoftMax

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx")

from onnx import ModelProto, TensorProto  # noqa: E402

from nn.onnx import weighing  # noqa: E402


@pytest.fixture
def path(tmp_path):
    network = NeuralNetwork([FullyConnected(4, 3), ReLU(), FullyConnected(3, 2), SoftMax()])
    return nn.onnx.save(network, tmp_path / "m.onnx")


@pytest.fixture
def model(path):
    return onnx.load(path)


def foreign(model):
    model.ClearField("metadata_props")
    return model


def refused(path, content, words):
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    with pytest.raises(ModelFileError, match=words) as error:
        nn.onnx.load(path)
    assert str(error.value).startswith(str(path))


# --- any bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_description", [True, False])
def test_whatever_byte_changes_it_is_a_network_or_an_error(with_description, path, model):
    content = (model if with_description else foreign(model)).SerializeToString()
    random = np.random.default_rng(0)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(400):
        changed = bytearray(content)
        for place in random.integers(0, len(content), random.integers(1, 4)):
            changed[place] = random.integers(256)
        path.write_bytes(bytes(changed))
        try:
            nn.onnx.load(path)
            outcomes["read"] += 1
        except ModelFileError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20


def test_wherever_it_is_cut_off_it_is_an_error(path):
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        refused(path, content[:length], "expected|damaged")


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"{}", b"\x89PNG\r\n\x1a\n", b"\xff" * 50])
def test_another_kind_of_file_is_an_error(content, path):
    refused(path, content, "expected an ONNX file")


def test_a_safetensors_file_is_none(path):
    network = NeuralNetwork([FullyConnected(4, 3)])
    refused(path, network.save(path.with_suffix(".safetensors")).read_bytes(), "expected an ONNX")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "m.onnx")
    with pytest.raises(ModelFileError, match="it is a pipe"):
        nn.onnx.load(tmp_path / "m.onnx")


def test_a_file_of_more_than_protobuf_can_hold_is_not_read(path):
    os.truncate(path, 2**31)
    with pytest.raises(ModelFileError, match="expected at most 2147483647 bytes"):
        nn.onnx.load(path)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"m\.onnx"):
        nn.onnx.load(tmp_path / "m.onnx")


# --- more than it seems ---------------------------------------------------------------------------


def test_many_small_entries_are_refused_before_they_are_parsed(path, monkeypatch):
    monkeypatch.setattr(weighing, "MOST_ENTRIES", 1000)
    model = ModelProto(ir_version=10)
    model.graph.node.extend([onnx.NodeProto()] * 1001)
    refused(path, model, "expected at most 1000 entries")


def test_names_beyond_all_measure_are_refused_before_they_are_parsed(path, model, monkeypatch):
    monkeypatch.setattr(weighing, "MOST_OF_STRUCTURE", 10_000)
    nn.onnx.load(path)
    model.graph.doc_string = "a" * 10_000
    refused(path, model, "expected at most 10000 bytes beside the numbers of tensors")


def test_the_numbers_of_tensors_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(weighing, "MOST_OF_STRUCTURE", 10_000)
    network = NeuralNetwork([FullyConnected(100, 100)])
    path = nn.onnx.save(network, tmp_path / "m.onnx")
    assert nn.onnx.load(path).predict(np.ones((1, 100))).shape == (1, 100)


def test_graphs_in_graphs_without_end_are_refused(path, model):
    inner = b""
    for _ in range(300):  # graph, node, attribute g
        for key in (0x32, 0x2A, 0x0A):
            inner = bytes([key]) + _varint(len(inner)) + inner
    content = model.SerializeToString() + b"\x3a" + _varint(len(inner)) + inner
    refused(path, content, "at most 100 inside each other")


def _varint(number):
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dims": [2**40, 2**40]}, "expected .* bytes for shape"),
        ({"dims": [-4, -3]}, r"expected a shape, found \(-4, -3\)"),
        ({"dims": [4, 3, *[1] * 70]}, "expected a shape"),
        ({"dims": [2**62, 0]}, r"expected|shape"),
        ({"dims": [4, 4]}, "expected 64 bytes for shape .* found 48"),
        ({"data_type": 11}, "expected 96 bytes"),
        ({"data_type": 8}, "ONNX's type 8"),
        ({"data_type": 99}, "ONNX's type 99"),
        ({"raw_data": b""}, "found 0"),
        ({"data_location": TensorProto.EXTERNAL}, "own folder"),
    ],
    ids=str,
)
def test_what_a_tensor_says_of_itself_is_checked_first(change, words, path, model):
    (weight,) = (each for each in model.graph.initializer if each.name == "0.weight")
    for field, value in change.items():
        if field == "dims":
            del weight.dims[:]
            weight.dims.extend(value)
        else:
            setattr(weight, field, value)
    refused(path, foreign(model), words)


def test_one_tensor_that_serves_many_layers_is_refused(path, model):
    model = foreign(model)
    del model.graph.node[:]
    last = "input"
    model.graph.initializer.append(
        onnx.numpy_helper.from_array(np.ones((100, 100), np.float32), "W")
    )
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 100
    for place in range(50):
        model.graph.node.append(onnx.helper.make_node("MatMul", [last, "W"], [f"y{place}"]))
        last = f"y{place}"
    model.graph.output[0].name = last
    refused(path, model, "no more parameters than there are numbers")


def test_constants_that_double_are_refused(path, model):
    model = foreign(model)
    del model.graph.node[:]
    last = "0.bias"
    for place in range(40):
        model.graph.node.append(
            onnx.helper.make_node("Concat", [last, last], [f"c{place}"], axis=0)
        )
        last = f"c{place}"
    refused(path, model, "at most 64 entries")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.opset_import[0].CopyFrom(onnx.OperatorSetIdProto(version=5)), "version 7"),
        (lambda m: m.ClearField("opset_import"), "a version, operators and a graph"),
        (lambda m: m.ClearField("graph"), "a version, operators and a graph"),
        (lambda m: m.functions.add(name="f"), "functions that the file defines"),
        (lambda m: m.graph.sparse_initializer.add(), "found sparse ones"),
        (lambda m: m.graph.initializer.append(m.graph.initializer[0]), "found two tensors"),
        (lambda m: m.graph.ClearField("output"), "expected one output, found 0: none"),
        (lambda m: m.graph.node[0].ClearField("output"), "expected a result"),
    ],
)
def test_what_a_file_must_have_is_checked(change, words, path, model):
    model = foreign(model)
    change(model)
    refused(path, model, words)


def test_names_that_move_the_cursor_are_shown_as_they_are(path, model):
    model = foreign(model)
    model.graph.node[0].op_type = "\x1b[2J\n" * 1000
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"\\x1b\[2J\\n") as error:
        nn.onnx.load(path)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 1500


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(configuration=[]),
        lambda d: d["configuration"].update(layers=[{"type": "os.system"}] * 4),
        lambda d: d["configuration"].update(dtype="object"),
        lambda d: d.update(names="none"),
    ],
)
def test_a_description_that_is_damaged_is_an_error(change, path, model):
    (entry,) = model.metadata_props
    description = json.loads(entry.value)
    change(description)
    entry.value = json.dumps(description)
    refused(path, model, "expected")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1, "a": 2}', "1" * 10_000])
def test_a_description_that_is_no_json_is_an_error(text, path, model):
    model.metadata_props[0].value = text
    refused(path, model, "the description")
