"""Preparing data: one-hot labels, ranges, splits, batches."""

import numpy as np
import pytest

from nn.data import batches, one_hot, scale_pixels, split, standardize


def test_one_hot_rows():
    np.testing.assert_array_equal(one_hot([1, 0], 2), [[0, 1], [1, 0]])
    assert one_hot(np.array([], int), 3).shape == (0, 3)
    tokens = np.array([[2, 0, 1], [1, 1, 0]])
    np.testing.assert_array_equal(one_hot(tokens, 3), np.eye(3)[tokens])
    for labels in ([0, 2], [-1, 0], [0.0, 1.0], [[0], [2]]):
        with pytest.raises(ValueError, match="one_hot"):
            one_hot(labels, 2)


def test_pixels_are_mapped_by_a_straight_line():
    np.testing.assert_allclose(scale_pixels([0, 8, 16], -1, 1, white=16), [-1, 0, 1])
    with pytest.raises(ValueError, match="floating-point type, got uint8"):
        scale_pixels([0, 255], dtype=np.uint8)


def test_batches_hold_every_sample_once_and_shuffle_by_the_generator():
    x = np.arange(10)
    order = [batch.tolist() for batch, _ in batches(x, x, 4, np.random.default_rng(0))]
    again = [batch.tolist() for batch, _ in batches(x, x, 4, np.random.default_rng(0))]
    assert order == again
    assert [len(batch) for batch in order] == [4, 4, 2]
    shown = [sample for batch in order for sample in batch]
    assert sorted(shown) == list(range(10)) != shown
    with pytest.raises(ValueError, match="batch_size"):
        batches(x, x, 0)
    with pytest.raises(ValueError, match="as many labels"):
        batches(x, x[1:], 2)


@pytest.mark.parametrize(
    "call", [lambda: batches([1], [1], 1, 0), lambda: split([1, 2], [1, 2], 0.5, 0)]
)
def test_a_seed_is_no_generator(call):
    with pytest.raises(TypeError, match=r"Write generator=np.random.default_rng\(0\)"):
        call()


def test_lists_are_taken_as_arrays():
    x, y = [[0.0], [1.0], [2.0]], [0, 1, 2]
    ((rows, labels),) = batches(x, y, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(rows[:, 0], labels)
    parts = split(x, y, 0.4, np.random.default_rng(0))
    np.testing.assert_array_equal(parts.x_train[:, 0], parts.y_train)


def test_standardize_takes_mean_and_spread_of_the_training_data_alone():
    random = np.random.default_rng(0)
    train, test = random.normal(5.0, 3.0, (200, 4)), random.normal(0.0, 1.0, (50, 4))
    new_train, new_test = standardize(train, test)
    np.testing.assert_allclose(new_train.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(new_train.std(axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(new_test, (test - train.mean(axis=0)) / train.std(axis=0))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e30, -7.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_feature_is_only_shifted(value, dtype):
    train = np.full((7, 2), value, dtype)
    train[:, 1] = range(7)
    new_train, new_test = standardize(train, np.array([[value, 3.0]], dtype))
    np.testing.assert_allclose(new_train[:, 0], 0.0, atol=1e-15 * abs(value))
    np.testing.assert_allclose(new_test, [[0.0, 0.0]], atol=1e-15 * abs(value))
    assert new_train.dtype == new_test.dtype == dtype


def test_standardize_makes_float32_of_whole_numbers_and_keeps_its_arguments():
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    (found,) = standardize(images)
    np.testing.assert_array_equal(found, [[[-1, -1], [-1, -1]], [[1, 1], [1, 1]]])
    assert (found.dtype, images[0, 0, 0]) == (np.float32, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones((0, 2)),), "training samples"),
        ((np.float64(3),), "training samples"),
        ((np.ones((3, 2)), np.ones((3, 4))), r"shape \(2,\).*got \(4,\)"),
        ((np.array([[1.0, np.nan], [1.0, 2.0]]),), r"features \[1\]"),
        ((np.array([[1.0, np.inf], [1.0, 2.0]]),), r"features \[1\]"),
    ],
)
def test_standardize_refuses_what_it_can_not_scale(arguments, words):
    with pytest.raises(ValueError, match=words):
        standardize(*arguments)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize(("share", "held_back"), [(0.2, 20), (0.01, 1), (0.333, 33), (0.99, 99)])
def test_split_holds_back_a_share_and_loses_no_sample(share, held_back, stratified):
    x, y = np.arange(100), np.arange(100) % 3
    parts = split(x, y, share, np.random.default_rng(0), stratified=stratified)
    assert (len(parts.x_train), len(parts.x_validation)) == (100 - held_back, held_back)
    assert sorted([*parts.x_train, *parts.x_validation]) == list(range(100))
    np.testing.assert_array_equal(parts.y_train, parts.x_train % 3)
    np.testing.assert_array_equal(parts.y_validation, parts.x_validation % 3)


def test_split_follows_its_generator():
    x = np.arange(50)
    first, again, other = (split(x, x, 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x_validation, again.x_validation)
    assert set(first.x_validation) != set(other.x_validation)


@pytest.mark.parametrize("seed", range(5))
def test_a_stratified_split_keeps_the_shares_of_rare_classes(seed):
    y = np.repeat([0, 1, 2], [900, 90, 10])
    parts = split(y, y, 0.2, np.random.default_rng(seed), stratified=True)
    assert np.bincount(parts.y_validation).tolist() == [180, 18, 2]
    assert len(set(parts.y_train[:50])) > 1  # not sorted by class


@pytest.mark.parametrize("part", ["y_train", "y_validation"])
def test_the_classes_of_a_stratified_split_do_not_take_turns(part):
    y = np.arange(80) % 2
    labels = getattr(split(y, y, 0.5, np.random.default_rng(0), stratified=True), part)
    assert set(labels.reshape(-1, 2).sum(axis=1)) == {0, 1, 2}


@pytest.mark.parametrize(
    ("classes", "held_back", "of_each"),
    [
        ([1, 20], 3, [0, 3]),  # 0.14 and 2.86
        ([1, 20], 12, [1, 11]),  # 0.57 and 11.43
        ([20, 1], 12, [11, 1]),
        ([2, 9], 4, [1, 3]),  # 0.73 and 3.27
        ([3, 3, 3], 3, [1, 1, 1]),
    ],
)
def test_a_stratified_split_rounds_each_class_to_its_share(classes, held_back, of_each):
    y = np.repeat(np.arange(len(classes)), classes)
    share = held_back / len(y)
    parts = split(y, y, share, np.random.default_rng(0), stratified=True)
    assert np.bincount(parts.y_validation, minlength=len(classes)).tolist() == of_each


@pytest.mark.parametrize(("share", "held_back"), [(0.24, 2), (0.26, 3), (0.94, 9)])
def test_a_share_is_rounded_to_whole_samples(share, held_back):
    x = np.arange(10)
    assert len(split(x, x, share, np.random.default_rng(0)).x_validation) == held_back


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 1.5, 0.01, 0.99, float("nan")])
def test_split_refuses_a_part_without_samples(share):
    with pytest.raises(ValueError, match=f"split.*got {share}"):
        split(np.arange(10), np.arange(10), share, np.random.default_rng(0))


def test_a_stratified_split_wants_class_numbers():
    with pytest.raises(ValueError, match="argmax"):
        split(np.arange(4), np.eye(4), 0.5, np.random.default_rng(0), stratified=True)
