"""The data sets: sizes, ranges, classes, and that they can be learned."""

from pathlib import Path

import numpy as np
import pytest

from nn import SGD, Adam, FullyConnected, NeuralNetwork, Tanh
from nn.data import load_dataset, read_images_and_labels, standardize

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("name", "train", "test", "pixels"),
    [("mnist-sample", 2000, 500, 784), ("digits", 1437, 360, 64)],
)
def test_shipped_sets_have_their_sizes_and_ranges(name, train, test, pixels):
    data = load_dataset(name)
    assert data.x_train.shape == (train, pixels)
    assert data.x_test.shape == (test, pixels)
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert set(data.y_train) == set(data.y_test) == set(range(10))


def test_pixel_range_and_shape_are_asked_for():
    data = load_dataset("mnist-sample", flatten=False, low=-1.0, dtype=np.float64)
    assert data.x_test.shape == (500, 28, 28)
    assert (data.x_test.min(), data.x_test.max(), data.x_test.dtype) == (-1.0, 1.0, np.float64)


@pytest.mark.parametrize("name", ["mnist-sample", "digits"])
def test_shipped_files_are_the_shared_ones(name):
    folder = SHARED / "embedded" / name
    if not folder.exists():
        pytest.skip("the development data are not here")
    for path in folder.iterdir():
        shipped = Path(load_dataset.__code__.co_filename).parent / "files" / name / path.name
        assert shipped.read_bytes() == path.read_bytes()


def test_iris_is_fishers_table_with_balanced_classes():
    data = load_dataset("iris", dtype=np.float64)
    assert data.x_train.shape == (100, 4)
    assert data.x_test.shape == (50, 4)
    assert np.bincount(data.y_train).tolist() == [34, 33, 33]
    assert np.bincount(data.y_test).tolist() == [16, 17, 17]
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    # The means that Fisher's table II gives, in cm.
    means = [
        [5.006, 3.428, 1.462, 0.246],
        [5.936, 2.770, 4.260, 1.326],
        [6.588, 2.974, 5.552, 2.026],
    ]
    np.testing.assert_allclose([x[y == k].mean(axis=0) for k in range(3)], means, atol=1e-12)
    # The two flowers in which other copies differ from the table.
    np.testing.assert_array_equal(x[y == 0][[34, 37]], [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]])


def test_iris_has_no_pixels_to_map():
    with pytest.raises(ValueError, match="standardize"):
        load_dataset("iris", low=-1.0)


@pytest.mark.parametrize(("optimizer", "rate"), [("SGD", 0.1), ("momentum", 0.02), ("Adam", 0.01)])
def test_iris_is_learned_by_every_optimizer(optimizer, rate):
    make = {"SGD": SGD, "momentum": lambda r: SGD(r, momentum=0.9), "Adam": Adam}[optimizer]
    data = load_dataset("iris")
    x_train, x_test = standardize(data.x_train, data.x_test)
    accuracies = []
    for seed in range(20):
        network = NeuralNetwork(
            [FullyConnected(4, 16), Tanh(), FullyConnected(16, 3)], optimizer=make(rate), seed=seed
        )
        network.fit(x_train, data.y_train, epochs=40, batch_size=10, progress=False)
        accuracies.append(network.evaluate(x_test, data.y_test)["accuracy"])
    assert np.mean(accuracies) >= 0.94


def test_full_mnist_reads():
    if not (SHARED / "mnist").exists():
        pytest.skip("full MNIST is not here")
    images, labels = read_images_and_labels(
        SHARED / "mnist" / "t10k-images-idx3-ubyte.gz",
        SHARED / "mnist" / "t10k-labels-idx1-ubyte.gz",
    )
    assert images.shape == (10000, 28, 28)
    np.testing.assert_array_equal(labels[:3], [7, 2, 1])


def test_unknown_set_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"'mnist-sample', 'digits', .* got 'mnst'"):
        load_dataset("mnst")
