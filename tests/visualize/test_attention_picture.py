"""The weights of attention as matrices."""

import io

import numpy as np
import pytest

from visualize.training import plot_attention

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib import pyplot

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def weights(heads, steps, source):
    scores = np.random.default_rng(0).random((heads, steps, source))
    return scores / scores.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize(("heads", "steps", "source"), [(1, 3, 3), (4, 12, 12), (3, 2, 40)])
def test_each_head_is_a_matrix_of_its_weights(heads, steps, source, style):
    given = weights(heads, steps, source)
    with pyplot.style.context(style):
        axes = plot_attention(given)
        axes[0].figure.savefig(io.BytesIO(), format="png")
    assert len(axes) == heads
    for ax, matrix in zip(axes, given, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), matrix)
        assert ax.images[0].get_clim() == (0.0, 1.0)


def test_steps_have_their_letters_on_both_sides():
    (ax,) = plot_attention(weights(1, 4, 4)[0], steps="anna")
    assert [text.get_text() for text in ax.get_yticklabels()] == list("anna")
    assert [text.get_text() for text in ax.get_xticklabels()] == list("anna")


def test_another_sequence_has_names_of_its_own():
    (ax,) = plot_attention(weights(1, 2, 3)[0], steps="ab", source="xyz")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("given", "names", "words"),
    [
        (np.ones((2, 2, 3, 3)), None, r"of one sequence.*Write weights\[0\]"),
        ([[2.0, -1.0]], None, r"shares from 0 to 1, got -1.0 to 2.0"),
        ([[np.nan, 1.0]], None, "shares from 0 to 1, got nan"),
        (np.eye(3), "ab", "a name for each of 3"),
    ],
)
def test_what_is_no_weights_says_what_to_write(given, names, words):
    with pytest.raises(ValueError, match=words):
        plot_attention(given, steps=names)
