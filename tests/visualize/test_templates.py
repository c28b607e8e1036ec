"""Templates: texts with slots, written once in Python and filled in with other numbers."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core import Node
from autograd_core.program.interpreter import run
from visualize.graph.picture import lines_of
from visualize.live.graph import live_graph
from visualize.templates import filled, group, has_slots, now, slot
from visualize.text import check_number_format, number, shown


def test_a_group_reads_as_its_numbers_say():
    template = "a + " + group("-", slot(0, "2") + "·x")
    assert now(template) == "a + 2·x"
    assert filled(template, lambda *_: "-3") == "a + (-3·x)"


def test_equal_parts_stand_once_and_empty_ones_not_at_all():
    template = group("=", " = ", slot(0, "1"), "", slot(1, "2"), "2")
    assert now(template) == "1 = 2"
    assert filled(template, lambda *_: "2") == "2"


def test_without_slots_a_group_is_settled():
    assert group("-", "-2") == "(-2)"
    assert not has_slots(group("=", " = ", "1", "1"))


def test_a_name_can_not_bring_marks_of_its_own():
    assert not has_slots(shown("x" + slot(0, "1")))
    assert now(shown("\ue011-\ue012")) == shown("\ue011-\ue012")


def test_the_program_gives_every_slot_its_number():
    x, w = Node(np.array([[1.0, -2.0], [0.5, 3.0]]), name="x"), Node(1.5, name="w")
    y = np.tanh(x * w).sum()
    y.backward()
    graph = live_graph(y, [x, w])
    texts = [
        number(graph.root.value, ".6g"),
        *(number(leaf.grad, ".6g") for leaf in graph.leaves if not leaf.ndim),
    ]
    program = graph.program()
    new = [np.array([[0.3, 0.7], [-1.0, 2.0]]), 0.5]
    outputs = run(program, new)

    def read(place, _):
        output, entry, how = graph.slots.slots[place]
        return format(np.ravel(outputs[output])[entry], how)

    x2, w2 = (Node(array) for array in new)
    y2 = np.tanh(x2 * w2).sum()
    y2.backward()
    assert [filled(text, read) for text in texts] == [f"{y2.value:.6g}", f"{w2.grad:.6g}"]


def test_a_format_and_formulas_can_not_bring_marks():
    with pytest.raises(ValueError, match="number_format expects"):
        check_number_format("\ue011>9.2f")
    assert lines_of(("\ue011-x", ("\ue013",))) == ("\ufffd-x", ["\ufffd"])


@pytest.mark.parametrize(
    ("kind", "parts", "texts", "reads"),
    [
        ("-", ["{}"], ["2", "-2"], ["2", "(-2)"]),
        ("=", [" = ", "{}", "2"], ["2", "3"], ["2", "3 = 2"]),
        ("?", ["{}", "0", "none", "{} of them"], ["0", "2"], ["none", "2 of them"]),
        ("·", ["2", "{}", "1", "3"], ["1", "-2"], ["", "-2 · 3"]),
        ("·", ["2", "4", "{}", "3", "-5"], ["1", "2"], ["… · 3 · (-5)", "… · 3 · (-5)"]),
        ("^", ["{}"], ["1", "12", "-2", "0.5"], ["¹", "¹²", "^(-2)", "^0.5"]),
        ("+", ["1", "{}"], ["2", "-2"], ["1 + 2", "1 - 2"]),
        (
            "|",
            ["9", " ", "y = ", "{}", "4"],
            ["2", "123456"],
            [" y = 2 = 4", " y = 123456\n   = 4"],
        ),
    ],
)
def test_kinds_of_groups(kind, parts, texts, reads):
    template = group(kind, *(part.replace("{}", slot(0, texts[0])) for part in parts))
    assert [filled(template, lambda *_, text=text: text) for text in texts] == reads
