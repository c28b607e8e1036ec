"""Parts as plain data and back: known names only."""

import json

import pytest

from nn import L2, Adam, CosineDecay, FullyConnected, He, WarmUp
from nn.registry import rebuild


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("layer", FullyConnected(2, 3, weight_initializer=He("uniform"))),
        ("layer", FullyConnected(2, 3, bias=False, weight_regularizer=L2(0.01))),
        ("optimizer", Adam(WarmUp(10, CosineDecay(0.1, 100)), clip_norm=1.0)),
    ],
    ids=repr,
)
def test_parts_inside_parts_survive_json(kind, part):
    assert repr(rebuild(kind, json.loads(json.dumps(part.configuration())))) == repr(part)


@pytest.mark.parametrize(
    ("kind", "description", "words"),
    [
        ("layer", {"type": "os.system"}, "expected a layer of type .*found 'os.system'"),
        ("layer", {"type": "Layer"}, "found 'Layer'"),
        ("layer", {"type": "Adam"}, "found 'Adam'"),
        ("layer", {"type": ["ReLU"]}, "found"),
        ("layer", "ReLU", "found 'ReLU'"),
        ("layer", {"type": "ReLU", "command": "rm"}, "expected arguments of ReLU"),
        ("loss", {"type": "_ReducedLoss"}, "expected a loss"),
        ("optimizer", {"type": "SGD", "learning_rate": {"type": "He"}}, "learning_rate"),
        ("optimizer", {"type": "SGD", "learning_rate": {"type": "SGD"}}, "initializer or reg"),
        (
            "layer",
            {
                "type": "FullyConnected",
                "in_features": 1,
                "out_features": 1,
                "weight_initializer": {"type": "L2"},
            },
            "expects an initializer",
        ),
    ],
)
def test_anything_else_is_one_clear_error(kind, description, words):
    with pytest.raises(ValueError, match=words):
        rebuild(kind, description)
