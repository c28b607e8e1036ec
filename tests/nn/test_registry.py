"""Parts as plain data and back: known names only."""

import json

import numpy as np
import pytest

from nn import (
    L2,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    CosineDecay,
    FullyConnected,
    He,
    Layer,
    Lion,
    RMSprop,
    WarmUp,
)
from nn.registry import known_by_short_name, rebuild


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


def test_a_class_named_like_one_of_ours_does_not_take_its_place():
    ours = rebuild("layer", {"type": "ReLU"})

    class ReLU(Layer):
        def apply(self, x):
            return np.maximum(x, 0.0)

    assert type(rebuild("layer", {"type": "ReLU"})) is type(ours)
    with pytest.raises(ValueError, match=r"ReLU can't be written.*the name of nn\.layers"):
        ReLU().configuration()


def test_arguments_are_shown_as_they_are_written():
    class Part(Layer):
        def __init__(self, a, *, b, c=3):
            self.a, self.b, self.c = a, b, c

    assert repr(Part(1, b=2)) == "Part(1, b=2)"
    assert repr(Part(1, b=2, c=4)) == "Part(1, b=2, c=4)"


def test_an_argument_that_is_not_kept_is_named():
    class Scale(Layer):
        def __init__(self, factor):
            self.by = factor * 1.0

    assert repr(Scale(2.0)) == "Scale(2.0)"  # which a file can hold
    assert repr(Scale(2j)) == "Scale(...)"
    with pytest.raises(AttributeError, match="'factor'"):
        Scale(2j).configuration()


def nested(depth):
    description = {"type": "WarmUp", "updates": 1, "then": 0.1}
    for _ in range(depth - 1):
        description = {"type": "WarmUp", "updates": 1, "then": description}
    return description


def test_parts_stand_inside_each_other_up_to_a_depth():
    assert rebuild("schedule", nested(16))(20) == 0.1
    with pytest.raises(ValueError, match="at most 16 parts inside each other"):
        rebuild("schedule", nested(17))


def test_parts_have_short_names_of_their_own():
    assert list(known_by_short_name("optimizer").values()) == [
        Adam, AdamW, RMSprop, Adagrad, Lion, SGD,
    ]  # fmt: skip

    class Mine(Adam):
        pass

    class Other(Adam):
        short_name = "adam"

    assert {Mine, Other}.isdisjoint(known_by_short_name("optimizer").values())


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
        ("optimizer", {"type": "SGD", "learning_rate": {"type": "L1Loss"}}, "initializer or opt"),
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
