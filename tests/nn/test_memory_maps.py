"""Data larger than memory: memory maps through training, prediction and evaluation."""

import numpy as np
import pytest

from nn import SGD, FullyConnected, NeuralNetwork, ReLU
from nn.data import batches, load_dataset


class WatchedMap(np.memmap):
    """A memory map that writes down how many samples are taken from it at a time."""

    taken: list = []  # noqa: RUF012

    def __getitem__(self, rows):
        found = super().__getitem__(rows)
        if self.shape[:1] == (1000,):
            WatchedMap.taken.append(len(found))
        return found


def memory_map(folder, array, kind=np.memmap):
    mapped = kind(folder / "x.bin", dtype=array.dtype, mode="w+", shape=array.shape)
    mapped[...] = array
    mapped.flush()
    return kind(folder / "x.bin", dtype=array.dtype, mode="r", shape=array.shape)


@pytest.mark.parametrize("generator", [None, np.random.default_rng(0)])
def test_batches_of_a_memory_map_read_the_rows_of_the_batch_alone(generator, tmp_path):
    x = memory_map(tmp_path, np.arange(3000.0).reshape(1000, 3), WatchedMap)
    WatchedMap.taken.clear()
    for rows, labels in batches(x, np.arange(1000), 64, generator):
        np.testing.assert_array_equal(rows[:, 0], labels * 3.0)
    assert set(WatchedMap.taken) == {64, 1000 % 64}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_a_memory_map_trains_predicts_and_evaluates_like_an_array(dtype, tmp_path):
    data = load_dataset("digits", high=16)
    x_train = data.x_train.astype(dtype)
    results = []
    for x in (x_train, memory_map(tmp_path, x_train)):
        network = NeuralNetwork(
            [FullyConnected(64, 8), ReLU(), FullyConnected(8, 10)], optimizer=SGD(0.01)
        )
        history = network.fit(x, data.y_train, epochs=2, batch_size=100, progress=False)
        results.append((history["loss"], network.predict(x), network.evaluate(x, data.y_train)))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert results[0][2] == results[1][2]
    assert type(results[1][1]) is np.ndarray


def test_training_takes_no_more_of_a_memory_map_than_a_batch(tmp_path):
    x = memory_map(tmp_path, np.random.default_rng(0).random((1000, 4)), WatchedMap)
    network = NeuralNetwork([FullyConnected(4, 2)])
    WatchedMap.taken.clear()
    network.fit(x, np.arange(1000) % 2, epochs=2, batch_size=100, progress=False)
    network.predict(x, batch_size=100)
    network.evaluate(x, np.arange(1000) % 2, batch_size=100)
    assert max(WatchedMap.taken) == 100
