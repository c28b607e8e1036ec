"""Text by characters: numbers and back, names as the figures were measured, long texts, padding."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import Characters, load_dataset, load_names, pad_sequences, text, windows

SHARED = Path(__file__).parents[3] / "shared" / "data" / "embedded" / "names" / "names.txt"


def test_the_shipped_names_are_the_shared_ones():
    if not SHARED.exists():
        pytest.skip("the development data are not here")
    assert text._NAMES.read_bytes() == SHARED.read_bytes()


def test_names_are_sorted_lower_case_and_a_new_list_each_time():
    names = load_names()
    assert len(names) == 5163
    assert names == sorted(set(names))
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")
    names.clear()
    assert len(load_names()) == 5163


def test_names_are_split_and_cut_as_the_figures_were_measured():
    data, names = load_dataset("names"), load_names()
    order = np.random.default_rng(0).permutation(5163)
    assert (data.x_train.shape, data.x_test.shape) == ((4663, 12), (500, 12))
    characters = Characters(names)
    for x, y, places in (
        (data.x_test, data.y_test, order[:500]),
        (data.x_train, data.y_train, order[500:]),
    ):
        assert x.dtype == y.dtype == np.int64
        for row, label, place in zip(x, y, places, strict=True):
            name = names[place]
            padding = "." * (12 - len(name) - 1)
            assert characters.decode(row) == "." + name + padding
            assert characters.decode(label[label >= 0]) == (name + ".")[:12]
            np.testing.assert_array_equal(label[: len(name)], row[1 : len(name) + 1])


def test_counting_pairs_of_letters_gives_the_known_figure():
    data = load_dataset("names")
    counts = np.ones((27, 27))
    there = data.y_train >= 0
    np.add.at(counts, (data.x_train[there], data.y_train[there]), 1)
    p = counts / counts.sum(axis=1, keepdims=True)
    there = data.y_test >= 0
    loss = -np.log(p[data.x_test[there], data.y_test[there]]).mean()
    assert loss == pytest.approx(2.363, abs=5e-4)


def test_names_are_no_pixels():
    with pytest.raises(ValueError, match="Embedding"):
        load_dataset("names", high=2.0)


@given(st.lists(st.text(st.characters(exclude_characters="."), max_size=8), min_size=1))
def test_every_text_comes_back(texts):
    if not "".join(texts):
        texts = [*texts, "a"]
    characters = Characters(texts)
    assert characters.vocabulary[0] == "."
    for each in texts:
        assert characters.decode(characters.encode(each)) == each
    x, y = characters.sequences(texts)
    for each, row, label in zip(texts, x, y, strict=True):
        assert characters.decode(row).rstrip(".") == "." + each if each else True
        assert (label >= 0).sum() == len(each) + 1
        np.testing.assert_array_equal(row[1 : len(each) + 1], label[: len(each)])


def test_longer_texts_are_cut():
    x, y = Characters("ab").sequences(["abab", "a"], places=2)
    np.testing.assert_array_equal(x, [[0, 1], [0, 1]])
    np.testing.assert_array_equal(y, [[1, 2], [1, 0]])


def test_contexts_see_the_characters_before():
    characters = Characters(["emma"])
    x, y = characters.contexts(["emma", "a"], 3)
    seen = [f"{characters.decode(row)} {characters.decode([label])}"
            for row, label in zip(x, y, strict=True)]  # fmt: skip
    assert seen == ["... e", "..e m", ".em m", "emm a", "mma .", "... a", "..a ."]
    assert characters.contexts([], 3).x.shape == (0, 3)


def test_one_long_text_needs_no_boundary():
    characters = Characters("to be or not", boundary=None)
    assert characters.vocabulary == " benort"
    x, y = windows(characters.encode("to be"), 3)
    assert [characters.decode(row) for row in x] == ["to ", "o b"]
    assert [characters.decode(row) for row in y] == ["o b", " be"]


def test_windows_are_views_that_nobody_can_change():
    numbers = np.arange(1000)
    x, y = windows(numbers, 10, every=10)
    assert x.shape == y.shape == (99, 10)
    assert np.shares_memory(x, numbers)
    np.testing.assert_array_equal(y, x + 1)
    with pytest.raises(ValueError, match="read-only"):
        x[0, 0] = 1


@pytest.mark.parametrize("every", [1, 3, 4, 7])
def test_windows_never_lack_a_label(every):
    for length in range(1, 9):
        x, y = windows(np.arange(10), length, every=every)
        assert len(x) == len(y) == len(range(0, 10 - length, every))


def test_padding_keeps_types_and_further_axes():
    padded = pad_sequences([np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)], padding=-1)
    assert padded.dtype == np.float32
    np.testing.assert_array_equal(padded[1], [[1, 1, 1], [-1, -1, -1]])
    np.testing.assert_array_equal(pad_sequences([[1, 2, 3], []], length=2), [[1, 2], [0, 0]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Characters([]), "with characters, got none"),
        (lambda: Characters(["a.b"]), "boundary.*which they have"),
        (lambda: Characters("ab", boundary=".."), "one character or None"),
        (lambda: Characters(["a", 3]), "expects texts, got int at index 1"),
        (lambda: Characters("ab").encode("abc"), "got 'c' at place 2"),
        (lambda: Characters("ab").decode([0, 3]), "from 0 to 2, got 3 at place 1"),
        (lambda: Characters("ab").decode([[0]]), "one axis"),
        (lambda: Characters("ab").decode([0.5]), "whole numbers"),
        (lambda: Characters("ab").sequences("ab"), r"Write \[text\]"),
        (lambda: Characters("ab", boundary=None).sequences(["ab"]), "windows"),
        (lambda: windows([1, 2, 3], 3), "less than the 3 places"),
        (lambda: windows([1.0, 2.0], 1), "whole numbers"),
        (lambda: pad_sequences([]), "at least one"),
        (lambda: pad_sequences([[1], [[1]]]), r"shape \(1, 1\) at index 1"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
