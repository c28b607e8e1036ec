"""Updates are recorded on one entry of each array, and computed on all."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from autograd_core import Node
from nn import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.training.one_entry import updated_at_one_entry

SHAPE = (300, 200)
OPTIMIZERS = [
    SGD(0.1), SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1), Adam(), AdamW(), RMSprop(),
    Adagrad(),
]  # fmt: skip


def given(optimizer):
    nodes = [
        Node(np.full(SHAPE, 2.0, np.float32), requires_grad=False)
        for _ in range(2 + len(optimizer.state_keys()))
    ]
    numbers = {name: Node(np.float32(1.5), requires_grad=False) for name in optimizer.numbers(1)}
    return nodes[0], nodes[1], dict(zip(optimizer.state_keys(), nodes[2:], strict=True)), numbers


def structure(results):
    """Operations, shapes and leaves of graphs, in order."""
    found = []
    waiting = list(results)
    while waiting:
        x = waiting.pop()
        found.append((x.operation, x.shape, x.dtype) if type(x) is Node else x)
        if type(x) is Node:
            waiting += x.inputs
            if x.operation is None:
                found.append(id(x))
    return found


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda x: type(x).__name__)
def test_the_graph_is_that_of_whole_arrays(optimizer):
    arguments = given(optimizer)
    new, state = updated_at_one_entry(optimizer, *arguments)
    wanted, wanted_state = optimizer.recorded_rule(*arguments)
    assert state.keys() == wanted_state.keys()
    assert structure([new, *state.values()]) == structure([wanted, *wanted_state.values()])


def test_no_whole_arrays_are_computed():
    optimizer = Adam()
    arguments = given(optimizer)
    tracemalloc.start()
    try:
        kept = updated_at_one_entry(optimizer, *arguments)
        size = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept[0].shape == SHAPE
    assert size < arguments[0].value.nbytes / 2


def test_what_a_rule_leaves_as_it_is():
    class Still(SGD):
        def rule(self, value, gradient, state, numbers):
            return value, {}

    arguments = given(Still(0.1))
    assert updated_at_one_entry(Still(0.1), *arguments)[0] is arguments[0]
