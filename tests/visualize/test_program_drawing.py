"""Programs as diagrams: shapes in place of numbers, kernels as boxes."""

from __future__ import annotations

import numpy as np
import pytest
from geometry import bodies, body_box, overlap, sheet_of, text_box, texts

from autograd_core import Node, Program, relu, scope, value_and_grad
from autograd_core.operation import REGISTRY
from visualize.program import draw_program
from visualize.text import Unknown, in_line, number, size_and_range


def loss(x, y, W1, b1, W2, b2):
    with scope("hidden"):
        a1 = relu(x @ W1 + b1)
    with scope("output"):
        z2 = a1 @ W2 + b2
    return np.sum((z2 - y) ** 2)


def step(x, y, W1, b1, W2, b2, rate):
    value, gradients = value_and_grad(loss, (2, 3, 4, 5))(x, y, W1, b1, W2, b2)
    return value, [w - rate * g for w, g in zip((W1, b1, W2, b2), gradients, strict=True)]


def training_step():
    shapes = (64, 20), (64, 10), (20, 8), (8,), (8, 10), (10,)
    x, y, *parameters = (np.ones(shape, np.float32) for shape in shapes)
    data = [Node(array, requires_grad=False) for array in (x, y)]
    program = Program.record(step, *data, *parameters, Node(np.float32(0.1), requires_grad=False))
    return program.replaced(aliases={1: 2, 2: 3, 3: 4, 4: 5}, returned=None)


def words(diagram):
    return [shape.text for shape in texts(sheet_of(diagram))]


def kernels(program):
    """All element-wise operations behind each other as one kernel: for the test."""
    found = [[]]
    for value in program.values():
        if value.operation is not None and value.operation.elementwise:
            found[-1].append(value)
        elif value.operation is not None:
            found.append([])
    return found


def test_shapes_stand_where_numbers_would():
    said = words(training_step().draw(fold=()))
    assert {"64×20", "20×8", "64×8", "(8,)", "64×10", "scalar"} <= set(said)
    assert not any(word.replace(".", "").isdigit() and word not in "12" for word in said)


def test_results_have_the_names_of_what_they_replace():
    said = {word.strip() for word in words(training_step().draw())}
    assert {f"{name}′ =" for name in ("W1", "b1", "W2", "b2")} <= said
    assert {"z1 =", "dz1 =", "dW1 =", "dz2 ="} <= said


@pytest.mark.parametrize("options", [{}, {"fold": ()}, {"fused": kernels},
                                     {"fold": (), "outlines": True}])  # fmt: skip
def test_no_text_stands_on_another_or_on_a_body(options):
    sheet = sheet_of(training_step().draw(**options))
    boxes = [text_box(text) for text in texts(sheet)]
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            assert overlap(one, other) < 2.0
    for text in texts(sheet):
        if not text.part.startswith("o"):
            for body in bodies(sheet).values():
                assert overlap(text_box(text), body_box(body)) < 2.0


def test_every_kernel_is_one_box():
    program = training_step()
    open_boxes = len(bodies(sheet_of(program.draw(fold=()))))
    fused = program.draw(fused=kernels)
    names = [word for word in words(fused) if word.startswith("kernel")]
    numbers = {int(name.split(":")[0].split()[1]) for name in names}
    assert numbers == set(range(1, len(names) + 1))
    assert any("relu" in name for name in names)
    inside = sum(len(values) for values in kernels(program) if len(values) > 1)
    assert len(bodies(sheet_of(fused))) == open_boxes - inside + len(names)


def test_kernels_may_stay_open():
    program = training_step()
    fused = program.draw(fused=kernels, fold=(), outlines=True)
    assert len(bodies(sheet_of(fused))) == len(bodies(sheet_of(program.draw(fold=()))))


def test_gradients_have_boxes_of_their_own():
    names = set(words(training_step().draw(fold=("hidden", "hidden backward"))))
    assert {"hidden", "hidden backward"} <= names


def test_one_result_needs_no_box_for_all():
    program = Program.record(lambda x: np.exp(x) * 2.0, np.ones((9, 5)))
    assert "results" not in words(program.draw())
    assert "results" in words(training_step().draw())
    assert "results" not in REGISTRY


def test_a_program_with_constants_among_its_results():
    program = Program.record(lambda x: (x * 2.0, 3.0, x), np.ones((9, 5)))
    assert "results" in words(program.draw())


def test_pages_and_words_have_no_numbers_either():
    diagram = Program.record(lambda x: np.exp(x) * 2.0, np.ones((9, 5))).draw()
    assert "9×5 float64" in str(diagram)
    assert "result 9×5 float64" in diagram.description
    assert "9×5 float64" in diagram.html()
    assert diagram.svg()


def test_wrong_options_are_named():
    program = Program.record(lambda x: x * 2.0, 1.0)
    with pytest.raises(TypeError, match=r"Program.draw\(\) expects .*rankdir.* got colour"):
        program.draw(colour="red")
    with pytest.raises(TypeError, match="got symbolic"):
        draw_program(program, symbolic=True)


def test_unknown_numbers():
    unknown = Unknown.of((3, 2), np.float32)
    assert unknown.nbytes == 24
    assert unknown.strides == (0, 0)
    assert in_line(unknown, ".4g") == "3×2 float32"
    assert size_and_range(unknown, ".4g") == ("3×2", "float32")
    assert number(Unknown.of((), np.float64), ".4g") == "float64"
