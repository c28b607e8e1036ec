"""Augmentation: what each does, from which numbers, and that networks are evaluated without."""

import signal

import numpy as np
import pytest

from nn import Adam, Callback, FullyConnected, NeuralNetwork, load_dataset
from nn.data import RandomCrop, RandomFlip, RandomNoise, RandomRotation, RandomShift
from nn.layers import Flatten

ALL = [
    RandomFlip(vertical=True),
    RandomShift(2),
    RandomCrop(8, padding=2),
    RandomRotation(30),
    RandomNoise(0.1),
]


def images(channels=2, dtype=np.float32, n=50):
    shape = (n, channels, 8, 8) if channels else (n, 8, 8)
    return (np.random.default_rng(1).random(shape) * 255).astype(dtype)


def called(augment, x, seed=0):
    return augment(x, np.random.default_rng(seed))


@pytest.mark.parametrize("augment", ALL, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_type_stay_and_the_seed_decides(augment, dtype):
    x = images(dtype=dtype)
    before = x.copy()
    first = called(augment, x)
    assert (first.shape, first.dtype) == (x.shape, dtype)
    np.testing.assert_array_equal(first, called(augment, x))
    assert not np.array_equal(first, called(augment, x, seed=1))
    assert not np.array_equal(first, x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("augment", ALL[:4], ids=repr)
def test_channels_are_changed_alike_and_may_be_missing(augment):
    grey = images(channels=0, dtype=np.uint8)
    changed = called(augment, grey)
    assert changed.dtype == np.uint8
    both = called(augment, np.stack([grey, grey], axis=1))
    np.testing.assert_array_equal(both[:, 0], changed)
    np.testing.assert_array_equal(both[:, 1], changed)


@pytest.mark.parametrize("augment", ALL, ids=repr)
def test_a_batch_of_none_stays_one(augment):
    x = images()[:0]
    assert called(augment, x).shape == x.shape


def test_flips_mirror_about_half_of_the_images():
    x = images(n=1000)
    for augment, mirrored in (
        (RandomFlip(), x[..., ::-1]),
        (RandomFlip(False, True), x[..., ::-1, :]),
    ):
        changed = called(augment, x)
        flipped = (changed == mirrored).all(axis=(1, 2, 3))
        np.testing.assert_array_equal(changed[~flipped], x[~flipped])
        assert 0.45 < flipped.mean() < 0.55
    np.testing.assert_array_equal(called(RandomFlip(probability=0), x), x)


def test_shifts_go_both_ways_as_far_as_is_said():
    x = np.zeros((500, 1, 9, 9), np.float32)
    x[:, :, 4, 4] = 1
    _, _, rows, columns = np.nonzero(called(RandomShift((1, 3), fill=-1), x) == 1)
    assert set((rows - 4).tolist()) == {-1, 0, 1}
    assert set((columns - 4).tolist()) == {-3, -2, -1, 0, 1, 2, 3}
    edge = called(RandomShift(1, fill=-1), np.zeros((50, 3, 3)))
    assert set(np.unique(edge)) == {-1, 0}


def test_crops_are_pieces_of_the_image():
    x = np.arange(36.0).reshape(1, 6, 6).repeat(300, 0)
    pieces = called(RandomCrop((2, 3)), x)
    assert pieces.shape == (300, 2, 3)
    corners = pieces[:, 0, 0]
    np.testing.assert_array_equal(pieces - corners[:, None, None], (x[:, :2, :3]) - 0.0 * pieces)
    assert len(set(corners.tolist())) == 5 * 4


def test_rotations_turn_around_the_middle():
    x = np.zeros((1, 5, 5))
    x[0, 2, 4] = 1  # to the right of the middle
    turn = RandomRotation(180)
    angles = np.radians(np.random.default_rng(0).uniform(-180, 180, 1))
    turned = called(turn, x)[0]
    rows, columns = np.indices((5, 5)) - 2
    middle = np.array([(rows * turned).sum(), (columns * turned).sum()]) / turned.sum()
    expected = 2 * np.array([-np.sin(angles[0]), np.cos(angles[0])])  # counterclockwise, rows down
    np.testing.assert_allclose(middle, expected, atol=0.3)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_a_rotation_by_nothing_changes_nothing(dtype):
    x = images(dtype=dtype)
    np.testing.assert_array_equal(called(RandomRotation(0), x), x)


def test_a_quarter_turn_is_exact():
    class Quarter(np.random.Generator):
        def uniform(self, low, high, size):
            return np.full(size, 90.0)

    x = images()
    turned = RandomRotation(90)(x, Quarter(np.random.PCG64(0)))
    np.testing.assert_allclose(turned, np.rot90(x, axes=(-2, -1)), atol=1e-3)


def test_corners_that_nothing_turns_into_are_filled():
    turned = called(RandomRotation(45, fill=7), np.zeros((20, 9, 9)))
    assert turned.max() > 6
    assert turned[:, 4, 4].max() < 1e-6


# --- in training ----------------------------------------------------------------------------------


def fitted(x, y, *, epochs=2, seed=0, **keywords):
    network = NeuralNetwork([Flatten(), FullyConnected(64, 10)], optimizer=Adam(0.01), seed=seed)
    history = network.fit(x, y, epochs=epochs, batch_size=50, progress=False, **keywords)
    return network, history


@pytest.fixture(scope="module")
def digits():
    data = load_dataset("digits", flatten=False)
    return data.x_train[:300], data.y_train[:300]


def test_the_networks_seed_decides(digits):
    augment = [RandomShift(1), RandomNoise(0.1)]
    first, again, other = (
        list(fitted(*digits, augment=augment, seed=seed)[1]["loss"]) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first != list(fitted(*digits, seed=1)[1]["loss"])


def test_without_augmentation_nothing_has_changed(digits):
    losses = (fitted(*digits, **keywords)[1]["loss"] for keywords in ({}, {"augment": []}))
    np.testing.assert_array_equal(*losses)


def test_networks_are_evaluated_on_the_samples_themselves(digits):
    x, y = digits
    seen = []

    def spoil(samples, generator):
        seen.append(len(samples))
        return np.zeros_like(samples)

    network, history = fitted(x, y, epochs=1, augment=spoil, validation_data=(x, y))
    assert seen == [50] * 6
    twin, _ = fitted(np.zeros_like(x), y, epochs=1)
    np.testing.assert_array_equal(network.predict(x), twin.predict(x))
    assert history.epochs[-1]["validation_loss"] == network.evaluate(x, y)["loss"]


def test_a_resumed_run_sees_the_same_changes(digits, tmp_path):
    augment = [RandomFlip(), RandomShift(1), RandomRotation(10), RandomNoise(0.1)]
    whole, _ = fitted(*digits, epochs=3, augment=augment)

    class Stop(Callback):
        def on_batch_end(self, network, loss, accuracy):
            if len(network.losses) == 8:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fitted(*digits, epochs=3, augment=augment, checkpoint=tmp_path, callbacks=[Stop()])
    resumed, history = fitted(*digits, epochs=3, augment=augment, resume=tmp_path)
    assert len(history.iterations["loss"]) == 18
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(resumed.state_dict()[name], value)
    with pytest.raises(ValueError, match=r"same data and batches; augment"):
        fitted(*digits, epochs=4, augment=augment[:2], resume=tmp_path)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: RandomFlip()(np.ones((2, 64)), None), "flatten=False"),
        (lambda: RandomShift(-1), "pixels. expects a whole number from 0"),
        (lambda: RandomShift((1, 2, 3)), "one number or two"),
        (lambda: RandomCrop(9)(np.ones((1, 8, 8)), None), "at most 8 of images"),
        (lambda: RandomRotation(181), "to 180"),
        (lambda: RandomNoise(0.1)(np.ones((1, 2), np.uint8), None), "scale_pixels"),
        (lambda: RandomFlip(probability=2), "to 1"),
        (lambda: fitted(images(0), np.zeros(50, int), augment=RandomFlip), r"Write RandomFlip\("),
        (lambda: fitted(images(0), np.zeros(50, int), augment=3), "functions of images"),
        (lambda: fitted(images(0), np.zeros(50, int), augment=RandomCrop(7)), "in their shape"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
