"""Recording a step takes no more memory than the step, and gives the program that it is."""

from __future__ import annotations

import tracemalloc
from contextlib import nullcontext

import numpy as np
import pytest

from nn import SGD, Dropout, FullyConnected, NeuralNetwork, ReLU, Tanh
from nn.training import recorded_step
from nn.training.recorded_step import record_step

X = np.random.default_rng(0).normal(size=(400, 300)).astype(np.float32)
Y = np.arange(400) % 10


def network():
    layers = [FullyConnected(300, 300), ReLU(), Dropout(0.5), FullyConnected(300, 300), Tanh()]
    return NeuralNetwork([*layers, FullyConnected(300, 10)], optimizer=SGD(0.1))


def peak_of(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def recorded():
    return record_step(network(), X, Y, twice=False).program


def test_recording_takes_no_more_memory_than_an_eager_step():
    each = network().compile("eager")
    recorded(), each.train_step(X, Y)  # what is made at first use
    step = peak_of(lambda: each.train_step(X, Y))
    other = network()
    assert peak_of(lambda: record_step(other, X, Y, twice=False)) < 1.1 * step


def test_the_program_is_the_same_as_with_numbers(monkeypatch):
    without = str(recorded())
    monkeypatch.setattr(recorded_step, "without_numbers", lambda root: nullcontext())
    assert str(recorded()) == without


@pytest.mark.parametrize("twice", [False, True])
def test_parameters_and_samples_keep_their_numbers(twice):
    each, x = network(), X.copy()
    before = {name: array.copy() for name, array in each.state_dict().items()}
    record_step(each, x, Y, twice=twice)
    assert all(np.array_equal(array, before[name]) for name, array in each.state_dict().items())
    assert np.array_equal(x, X)
