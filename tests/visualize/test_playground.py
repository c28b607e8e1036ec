"""The playground as Python makes it: its file, its data, and what it refuses."""

from __future__ import annotations

import base64
import re
import zlib
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from page_data import data_of

from autograd_core import UnsupportedOperationError, drawn
from nn import (
    SGD,
    CrossEntropyLoss,
    FullyConnected,
    Layer,
    MeanSquaredError,
    NeuralNetwork,
    Optimizer,
    ReLU,
    load_dataset,
)
from nn.finite import TrainingWarning
from visualize import playground
from visualize.playground.packing import Pack
from visualize.playground.samples import image_shape_of
from visualize.playground.shuffle import batches

X = np.random.default_rng(0).normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)


def network(**options):
    layers = [FullyConnected(2, 4), ReLU(), FullyConnected(4, 2)]
    return NeuralNetwork(layers, **options)


# --- the file -------------------------------------------------------------------------------------


def test_a_page_of_digits_is_at_most_2_mb():
    data = load_dataset("mnist-sample")
    layers = [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10)]
    for dtype in ("float32", "float64"):
        page = playground(
            NeuralNetwork(layers, dtype=dtype),
            data.x_train[:1000],
            data.y_train[:1000],
            held_out=(data.x_test[:200], data.y_test[:200]),
        )
        assert len(page.html()) < 2_000_000
        layers = [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10)]


def test_the_file_asks_for_nothing_and_runs_one_script():
    text = playground(network(), X, Y).html()
    assert "script-src 'sha256-" in text
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text)
    assert not re.findall(r"\b(?:eval|fetch|XMLHttpRequest|importScripts)\s*\(", text)
    scripts = re.findall(r"<script(?! type=.application/json)", text)
    assert len(scripts) == 1


def test_the_network_stays_as_it_is():
    trained = network(optimizer=SGD(0.1, momentum=0.9))
    before = trained.state_dict()
    page = playground(trained, X, Y)
    assert trained.optimizer.state == {}
    assert trained.losses == []
    first = page.html()
    trained.train_step(X, Y)
    assert page.html() == first  # of the time of the call
    for name, value in before.items():
        assert not np.array_equal(value, trained.state_dict()[name])


def test_save_writes_a_whole_file_and_makes_folders(tmp_path):
    path = tmp_path / "new" / "page.html"
    page = playground(network(), X, Y)
    page.save(path)
    assert path.read_text(encoding="utf-8") == page.html()
    assert [each.name for each in path.parent.iterdir()] == ["page.html"]
    with pytest.raises(ValueError, match=r"in \.html, got '\.pdf'.*: page\.save\('page\.html'\)"):
        page.save(tmp_path / "page.pdf")


def test_a_loss_that_does_not_fit_the_last_layer_is_told_as_fit_tells_it():
    with pytest.warns(TrainingWarning, match="CrossEntropyLoss expects probabilities"):
        playground(network(loss=CrossEntropyLoss("mean")), X, Y)


def test_long_names_of_classes_are_cut():
    content = playground(network(), X, Y, classes=["a" * 300, "b"])._content
    assert content["classes"] == ["a" * 39 + "…", "b"]


def test_a_notebook_shows_it_and_a_picture_without_scripts():
    page = playground(network(), X, Y)
    bundle = page._repr_mimebundle_()
    assert bundle["text/plain"] == repr(page)
    assert bundle["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert bundle["image/png"].startswith("iVBOR")
    assert "playground: 3 layers, 22 parameters; 32 samples" in page.description.lower()


# --- the data -------------------------------------------------------------------------------------

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    arrays_of.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.integers(1, 30), st.integers(1, 30)),
        elements=FLOATS
        | st.sampled_from([k / 255 for k in range(0, 256, 51)] + [-0.0]).map(np.float32),
    )
)
def test_arrays_come_back_bit_for_bit(array):
    pack = Pack()
    pack.add(np.zeros(3, np.float32))
    parts = pack.add(array)
    data = zlib.decompress(base64.b64decode(pack.text()))

    def read(place):
        count = int(np.prod(place["shape"]))
        return np.frombuffer(data, place["type"], count, place["at"])

    names, *shades = map(read, parts)
    found = shades[0][names] if shades else names
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


def test_pixels_take_a_byte_each():
    images = load_dataset("mnist-sample").x_train[:100]
    names, shades = Pack().add(images)
    assert (names["type"], names["shape"]) == ("uint8", [100, 784])
    assert shades["type"] == "float32"


def test_batches_are_epochs_of_all_samples():
    found = list(islice(batches(10, 3, 4), 6))
    assert [len({place for batch in found[at : at + 3] for place in batch}) for at in (0, 3)] == [
        9,
        9,
    ]
    assert found != list(islice(batches(10, 3, 5), 6))
    assert found == list(islice(batches(10, 3, 4), 6))


def test_every_order_is_about_equally_likely():
    counts = {}
    for seed in range(2400):
        order = tuple(next(batches(4, 4, seed)))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 49.7  # chi², p = 0.001


def test_what_is_held_out_is_never_learned_from():
    page = playground(network(), X, Y, held_out=0.25, batch_size=30)
    (batch,) = islice(page.batches(), 1)
    held = page._data.held_x
    assert len(held) == 10
    assert not (X[batch].astype(np.float32)[:, None] == held[None]).all(axis=2).any()
    assert sorted(batch) == sorted(page._data.places)
    assert len(playground(network(), X, Y, held_out=0)._data.held_x) == 0
    assert len(playground(network(), X[:4], Y[:4])._data.held_x) == 0
    other = playground(network(), X, Y, held_out=(X[:5], Y[:5]))
    np.testing.assert_array_equal(other._data.held_x, X[:5].astype(np.float32))


@pytest.mark.parametrize(
    ("shape", "given", "found"),
    [
        ((5, 784), None, (28, 28)),
        ((5, 1, 8, 12), None, (8, 12)),
        ((5, 4), None, None),
        ((5, 784), (), None),
        ((5, 96), (8, 12), (8, 12)),
        ((5, 65), None, None),
    ],
)
def test_images_are_recognized(shape, given, found):
    assert image_shape_of(np.zeros(shape), given) == found


# --- what is refused ------------------------------------------------------------------------------


class OwnNumbers(Optimizer):
    def numbers(self, steps):
        return {"rate": self.learning_rate / steps}

    def rule(self, value, gradient, state, numbers):
        return value - numbers["rate"] * gradient, {}


class Noise(Layer):
    def apply(self, x):
        return x + drawn(lambda: np.random.default_rng().gamma(1.0, size=x.shape))


class Norms(Layer):
    def apply(self, x):
        return x * np.linalg.svd(x.T @ x, compute_uv=False)[0]


REFUSED = {
    "no network": (lambda: playground([ReLU()], X, Y), "a NeuralNetwork, got list. Write"),
    "lengths": (lambda: playground(network(), X, Y[:3]), r"got samples of shape \(40, 2\)"),
    "nan": (lambda: playground(network(), X * np.nan, Y), "nan"),
    "a class": (lambda: playground(network(), X, Y + 5), "5"),
    "held out": (lambda: playground(network(), X, Y, held_out=1.0), "from 0 to below 1"),
    "held out parts": (lambda: playground(network(), X, Y, held_out=(X,)), "got 1 parts"),
    "held out labels": (lambda: playground(network(), X, Y, held_out=(X, Y[:2])), "held_out"),
    "batch": (lambda: playground(network(), X, Y, batch_size=0), "batch_size"),
    "seed": (lambda: playground(network(), X, Y, seed=-1), "seed"),
    "names": (lambda: playground(network(), X, Y, classes=["one"]), "a list of 2 names"),
    "image": (lambda: playground(network(), X, Y, image_shape=(3, 3)), "the 2 numbers"),
    "optimizer": (
        lambda: playground(network(optimizer=OwnNumbers(0.1)), X, Y),
        r"got OwnNumbers.*optimizer=SGD\(0\.1\)",
    ),
    "size": (
        lambda: playground(network(), np.arange(400_000.0).reshape(-1, 2), [0] * 200_000),
        r"at most 1 MB.*200,000 samples of 2 numbers, 1\.8 MB.*x\[chosen\]",
    ),
    "drawn": (
        lambda: playground(NeuralNetwork([FullyConnected(2, 2), Noise()]), X, Y),
        "can't run 'drawn'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_in_words(case):
    make, words = REFUSED[case]
    with pytest.raises((ValueError, TypeError, UnsupportedOperationError), match=words):
        make()


def test_an_operation_that_no_page_runs_is_named():
    trained = NeuralNetwork([FullyConnected(2, 2), Norms()], loss=MeanSquaredError())
    with pytest.raises(UnsupportedOperationError, match=r"can't run 'svd'.*Write network\.fit"):
        playground(trained, X, X)


def test_settings_of_the_optimizer_are_told():
    page = playground(network(optimizer=SGD(0.5, weight_decay=0.1)), X, Y)
    data = data_of(page.html())
    assert (data["rate"], data["decay"], data["betas"], data["made"]) == (0.5, 0.1, None, 0)
