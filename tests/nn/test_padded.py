"""Sequences of unequal length: filled up in each batch, and nothing is learned from what fills."""

import numpy as np
import pytest

from nn import GRU, LSTM, RNN, SGD, Embedding, FullyConnected, NeuralNetwork
from nn.data import DataLoader, Padded, pad_sequences

RANDOM = np.random.default_rng(0)
SEQUENCES = [RANDOM.integers(1, 6, length) for length in RANDOM.integers(1, 14, 40)]
CLASSES = np.array([sequence[0] % 2 for sequence in SEQUENCES])
STEPS = [np.roll(sequence, 1) % 3 for sequence in SEQUENCES]


def network_of(kind, outputs, every):
    layers = [Embedding(6, 4, padding=0), kind(4, 5, return_sequences=every)]
    layers.append(FullyConnected(5, outputs))
    return NeuralNetwork(layers, optimizer=SGD(0.5), dtype="float64")


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
@pytest.mark.parametrize("labels", [CLASSES, STEPS], ids=["class", "steps"])
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_filling_up_a_batch_is_filling_up_all(kind, labels, backend):
    every = labels is STEPS
    outputs = 3 if every else 2
    each, together = network_of(kind, outputs, every), network_of(kind, outputs, every)
    options = {"epochs": 3, "progress": False, "backend": backend}
    entries = list(zip(SEQUENCES, labels, strict=True))
    found = each.fit(DataLoader(entries, batch_size=8, collate=Padded()), **options)
    y = pad_sequences(labels) if every else labels
    expected = together.fit(pad_sequences(SEQUENCES), y, batch_size=8, **options)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-10)
    for name, array in together.state_dict().items():
        np.testing.assert_allclose(each.state_dict()[name], array, rtol=1e-9, atol=1e-12)


def test_lengths_are_rounded_up_and_figures_stand_where_none_is():
    x, y = Padded(9, labels=7, multiple=4)([([1], [2]), ([3, 4, 5, 6, 8], [1] * 5)])
    assert x.tolist() == [[1] + [9] * 7, [3, 4, 5, 6, 8, 9, 9, 9]]
    assert y.tolist() == [[2] + [7] * 7, [1] * 5 + [7] * 3]
    x, y = Padded(multiple=1)([(np.ones((2, 3)), 1), (np.ones((1, 3)), 0)])
    assert (x.shape, y.tolist()) == ((2, 2, 3), [1, 0])
    assert repr(Padded()) == "Padded(0, labels=0, multiple=8)"


def test_lists_of_unequal_length_are_told_how():
    with pytest.raises(ValueError, match=r"DataLoader\(.*collate=Padded\(\)\)"):
        network_of(RNN, 2, False).fit(SEQUENCES, CLASSES, epochs=1, batch_size=8, progress=False)
    with pytest.raises(ValueError, match=r"multiple.*from 1"):
        Padded(multiple=0)
