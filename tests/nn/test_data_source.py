"""The data source of lecture 000: batches without end, and going on where one stood."""

import json

import numpy as np
import pytest

from nn.data import DataSource


def source(samples=10, batch_size=4, seed=0):
    x = np.arange(samples)
    return DataSource(x, -x, batch_size, seed)


def epoch(of):
    return [of.next() for _ in range(len(of))]


def test_every_epoch_has_every_sample_once_in_a_new_order():
    each = source()
    first, second = ([x for x, _ in epoch(each)] for _ in range(2))
    assert [len(x) for x in first] == [4, 4, 2]
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second)) == list(range(10))
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()
    assert each.epoch == 2


def test_labels_stay_with_their_samples():
    for x, y in epoch(source()):
        np.testing.assert_array_equal(y, -x)


def test_the_seed_alone_gives_the_orders():
    first, again, other = ([x.tolist() for x, _ in epoch(source(seed=s))] for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("batch_size", [1, 10, 99])
def test_batch_sizes_from_one_sample_to_all(batch_size):
    assert sum(len(x) for x, _ in epoch(source(batch_size=batch_size))) == 10


@pytest.mark.parametrize("taken", range(8))
def test_a_restored_source_goes_on_with_the_very_next_batch(taken):
    original, restored = source(), source(seed=99)
    for _ in range(taken):
        original.next()
    restored.load_state_dict(json.loads(json.dumps(original.state_dict())))
    assert restored.epoch == original.epoch
    for _ in range(7):
        np.testing.assert_array_equal(restored.next(), original.next())


def test_a_source_is_an_iterator():
    each = source()
    assert iter(each) is each
    assert len(next(each)[0]) == 4


def test_a_source_reads_from_a_memory_map(tmp_path):
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(10, 3))
    x[...] = np.arange(10)[:, None]
    rows, labels = DataSource(x, np.arange(10), 4).next()
    np.testing.assert_array_equal(rows[:, 0], labels)


def test_lists_are_taken_as_arrays():
    rows, labels = DataSource([[0.0], [1.0], [2.0]], [0, 1, 2], 3).next()
    np.testing.assert_array_equal(rows[:, 0], labels)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": 11}, "samples=10, got samples=11"),
        ({"batch_size": 5}, "batch_size=4, got batch_size=5"),
        ({"position": 10}, "position from 0 to 9"),
        ({"position": -1}, "position from 0 to 9"),
        ({"epoch": -1}, "epoch from 0"),
        ({"generator": {"bit_generator": "MT19937"}}, "PCG64"),
        ({"generator": None}, "PCG64"),
        ({"more": 1}, "expects the keys"),
    ],
)
def test_the_state_of_another_source_is_refused_and_changes_nothing(change, words):
    each, untouched = source(), source()
    with pytest.raises(ValueError, match=words):
        each.load_state_dict({**each.state_dict(), **change})
    np.testing.assert_array_equal(each.next(), untouched.next())


@pytest.mark.parametrize(
    ("x", "y", "batch_size", "words"),
    [
        (np.ones(3), np.ones(2), 1, "as many labels"),
        (3.0, np.ones(2), 1, "as many labels"),
        (np.ones(0), np.ones(0), 1, "at least one sample"),
        (np.ones(3), np.ones(3), 0, "batch_size"),
        (np.ones(3), np.ones(3), 1.5, "batch_size"),
    ],
)
def test_wrong_use_says_what_is_expected(x, y, batch_size, words):
    with pytest.raises(ValueError, match=words):
        DataSource(x, y, batch_size)
