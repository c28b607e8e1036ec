"""Complex numbers in pictures: they are written as in Python; what can't show them says so."""

from __future__ import annotations

import html

import numpy as np
import pytest

from autograd_core import Node
from visualize import draw, explain


def graph():
    z = Node(1 + 2j, name="z")
    w = Node(np.array([1j, 2.0]), name="w")
    x = Node(2.0, name="x")
    loss = np.abs(z * x) ** 2 + np.sum(np.abs(np.fft.fft(w * z)))
    loss.backward()
    return z, w, x, loss


def test_values_and_gradients_are_written_as_in_python():
    *_, loss = graph()
    svg = html.unescape(draw(loss).svg())
    assert "1+2j" in svg
    assert "10-20j" in svg


@pytest.mark.parametrize("local", [True, False])
def test_every_picture_of_complex_numbers_can_be_made(tmp_path, local):
    *_, loss = graph()
    diagram = draw(loss, local_gradients=local)
    assert "1+2j" in diagram.html()
    assert any("(1+2j)·2 = 2+4j" in str(frame) for frame in diagram.frames())
    diagram.save(tmp_path / "graph.tex")
    assert "2+4j" in repr(diagram._repr_mimebundle_())


def test_a_large_array_shows_the_sizes_of_its_entries():
    values = Node(np.full((3, 40), 3 + 4j), name="v")
    assert "min |z| 5" in draw(np.sum(np.abs(values))).html()


def test_explain_says_that_it_writes_real_numbers():
    z, w, x, loss = graph()
    for wrt in (z, w, x):
        with pytest.raises(TypeError, match=r"explain.*real numbers, got complex128.*draw"):
            explain(loss, wrt)
