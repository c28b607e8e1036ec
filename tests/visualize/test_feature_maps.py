"""Kernels and feature maps: what the pictures show, and what the page computes."""

import numpy as np
import pytest

from nn import Conv2D, FullyConnected, MaxPool2D, NeuralNetwork, ReLU
from visualize import feature_maps


@pytest.fixture
def network():
    return NeuralNetwork([Conv2D(2, 3, 3, padding="same"), ReLU(), MaxPool2D(2)])


@pytest.fixture
def image():
    return np.random.default_rng(0).standard_normal((2, 6, 8))


def test_pictures_have_an_image_for_each_kernel_and_map(network, image):
    figure = pytest.importorskip("matplotlib.figure", reason="pictures need matplotlib")
    from visualize.training import plot_feature_maps, plot_kernels

    assert plot_kernels(network, ax=figure.Figure().add_subplot()).get_title() == (
        "3 kernels, 2 x 3 x 3"
    )
    ax = plot_feature_maps(network, image, -1, ax=figure.Figure().add_subplot())
    shown = [np.asarray(one.get_array()) for one in ax.images]
    np.testing.assert_array_equal(shown, network.predict(image[None])[0])
    with pytest.raises(ValueError, match="such as Conv2D"):
        plot_kernels(FullyConnected(2, 3), ax=figure.Figure().add_subplot())


def test_what_is_no_window_is_refused(network, image):
    with pytest.raises(TypeError, match=r"got ReLU\(\)"):
        feature_maps(network, image, 1)
    with pytest.raises(ValueError, match="at most 200,000 numbers"):
        feature_maps(network, np.zeros((2, 400, 400)))


@pytest.mark.parametrize("layer", [0, 2])
def test_the_page_adds_up_what_the_layer_did(network, image, layer, tmp_path, window):
    page_file = tmp_path / "maps.html"
    page = feature_maps(network, image, layer)
    page.save(page_file)
    tab = window.page
    tab.goto(page_file.as_uri())
    tab.locator(".results .image").nth(1).focus()
    tab.keyboard.press("ArrowRight")
    total = tab.locator(".total").inner_text()
    _, height, width = page.behind.shape
    expected = page.behind[1, height // 2, width // 2 + 1]
    assert float(total.replace("−", "-")) == pytest.approx(expected, rel=1e-2, abs=1e-4)
