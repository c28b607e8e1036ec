"""Pages that compute: every text, filled with other numbers, is what Python writes of those."""

from __future__ import annotations

import graphs
import numpy as np
import pytest
from live_reading import check_texts, leaves_of, strings, texts_of

import autograd_core as ac
from autograd_core import Node, no_grad, scope
from autograd_core.program.interpreter import run
from visualize import explain, lecture_example, lecture_examples
from visualize.graph.picture import picture_of
from visualize.layout.blocks import Blocks
from visualize.layout.laid_out import lay_out
from visualize.live.graph import live_graph
from visualize.live.numbers import Slots, is_live, live
from visualize.style import LECTURE, Look
from visualize.templates import has_slots, now
from visualize.text import number

RICH = Look(local_gradients=True, function_boxes=True, names=True)


def examples():
    for name in lecture_examples():
        root = lecture_example(name)
        if type(root) is Node and leaves_of(root):
            yield name


@pytest.mark.parametrize("look", [LECTURE, RICH, Look(number_format="+.3e")])
@pytest.mark.parametrize("name", [*examples()])
def test_examples_of_the_lectures(name, look):
    check_texts(lecture_example(name), look=look, entries=True)


@pytest.mark.parametrize("fold", [None, (), 0])
@pytest.mark.parametrize("name", graphs.ORDERED)
def test_expressions(name, fold):
    check_texts(graphs.ORDERED[name](), fold=fold, look=RICH, entries=True)


@pytest.mark.parametrize("seed", range(8))
def test_graphs_of_any_form(seed):
    check_texts(graphs.random_graph(seed), look=RICH)
    check_texts(graphs.branches(seed))


@pytest.mark.parametrize("fold", [None, (), 0])
@pytest.mark.parametrize("sizes", [(2, 3, 2), (4, 6, 3)])
def test_networks(sizes, fold):
    # The line that says what the loss's gradient is compares numbers, and finds none that is nan.
    check_texts(graphs.loss_of(*sizes), fold=fold, look=RICH, entries=True, finite=True)


def leaf(value, name="x", **options):
    return Node(value, name=name, **options)


def chained(x):
    for _ in range(4):
        x = ac.tanh(x * 1.25) + x
    return x


def function_in_a_fold(x):
    with scope("outer"), scope("sigmoid"):
        y = 1 / (1 + ac.exp(-x))
    return y * 2


EXPRESSIONS = {
    "power": lambda x, w: x**w,
    "powers": lambda x, w: (x * w) ** w / x ** (-2.5) + 2**x - w**2,
    "logarithm": lambda x, w: np.log(x) * -1 + np.sqrt(w),
    "minus a minus": lambda x, w: np.negative(-x) - (-w),
    "differences": lambda x, w: x - (w - x) - 3,
    "quotients": lambda x, w: x / w / (x / w),
    "activations": lambda x, w: ac.relu(x) + ac.leaky_relu(w) * ac.elu(x) + ac.sigmoid(w),
    "a mask": lambda x, w: (x > 0) * x + np.where(w > 1, np.exp(w), 2 * x),
    "constants": lambda x, w: x * Node(2.5, requires_grad=False) + np.float64(-1.2) * w,
    "a chain": lambda x, w: chained(x) * w,
    "a fold": lambda x, w: function_in_a_fold(x) * w,
    "twice": lambda x, w: x * x * w + x,
    "whole numbers": lambda x, w: x * np.floor(w) + np.sign(x),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_numbers(name, dtype):
    with np.errstate(all="ignore"):
        y = EXPRESSIONS[name](leaf(dtype(1.5)), leaf(dtype(-2.0), "w"))
        y.backward()
    check_texts(y, look=RICH)
    check_texts(y, fold=0, look=Look(number_format=".2f"))


def test_arrays():
    x = leaf(np.linspace(-2, 2, 60).reshape(10, 6))
    y = np.mean(np.exp(x))
    y.backward()
    check_texts(y, look=RICH, entries=True)
    W, x, b = leaf(np.arange(6.0).reshape(3, 2), "W"), leaf([1.0, -2.0]), leaf(np.ones(3), "b")
    y = ((W @ x + b) ** 2).sum()
    y.backward()
    check_texts(y, look=RICH, entries=True)


def test_gradients_of_any_seed_and_of_leaves_alone():
    x = leaf([1.0, 2.0, 3.0])
    y = x * 2
    y.backward(np.array([1.0, -1.0, 2.0]))
    check_texts(y)
    x = leaf(1.5)
    y = x * 2 * x
    y.backward(np.float64(3.0))
    check_texts(y)
    y = x * x * 3
    y.backward(keep_intermediate=False)
    check_texts(y)


def test_gradients_as_a_graph():
    x = leaf(1.5)
    y = x * x * x
    y.backward(create_graph=True)
    check_texts(y)
    slope = x.grad
    slope.backward()
    check_texts(slope)


def test_without_names_and_without_gradients():
    x = Node(1.5)
    y = x * 2 * x + x
    check_texts(y)
    y.backward()
    check_texts(y, look=RICH)


# --- the graph ---------------------------------------------------------------------------------


def test_only_what_follows_a_changing_leaf_has_slots():
    x, w, v = leaf(3.0), leaf(2.0, "w"), leaf(5.0, "v")
    y = x * w + v * 7.0
    y.backward()
    root = live_graph(y, [x]).root
    left, right = root.inputs
    assert has_slots(number(left.value, ".4g"))
    assert not has_slots(number(right.value, ".4g"))
    assert has_slots(number(left.inputs[1].grad, ".4g"))
    assert not has_slots(number(left.inputs[0].grad, ".4g"))


def test_the_program_reads_every_leaf():
    for name in graphs.ORDERED:
        root = graphs.ORDERED[name]()
        graph = live_graph(root, leaves_of(root))
        texts_of(graph.root)
        program = graph.program()
        read = {id(x) for value in program.values() for x in value.inputs}
        shown = {id(x) for x in program.outputs}
        assert all(id(x) in read | shown for x in program.inputs)


def test_inside_no_grad():
    x = leaf(3.0)
    y = x * x
    y.backward()
    with no_grad():
        graph = live_graph(y, [x])
        text = number(graph.root.value * graph.root.grad, ".4g")
    assert has_slots(text)
    assert run(graph.program(), [4.0]) == [16.0]


def test_gradients_are_those_of_the_root_alone():
    x = leaf(3.0)
    y, other = x * x, x * 5.0
    y.backward()
    other.backward(accumulate=True)
    assert x.grad == 11.0
    graph = live_graph(y, [x])
    (gradient,) = {id(part): part.grad for part in graph.root.inputs}.values()
    assert float(gradient) == 6.0
    still = graph.still()
    assert still.inputs[0].grad == 6.0
    assert not is_live(still.value)


def test_gradients_of_another_graph_are_none_of_its_own():
    x = leaf(3.0)
    (x * 7.0).backward()
    graph = live_graph(x * x, [x])
    assert graph.root.inputs[0].grad is None


def test_nothing_is_made_of_a_gradient_of_zero():
    z = leaf(1.0, "z")
    y = 1 / (1 + np.exp(-z))
    y.backward()
    graph = live_graph(y, [z])
    (gradient,) = (leaf.grad for leaf in graph.leaves)
    assert has_slots(number(gradient, ".4g"))
    with np.errstate(all="ignore"):
        assert run(graph.program(), [-1000.0]) == [0.0]


def test_what_can_not_change():
    x, count = leaf(3.0), Node(np.array(2), name="count", requires_grad=False)
    y = x * count
    with pytest.raises(TypeError, match=r"are floats of 64 or 32 bits, got int64 'count'. Write"):
        live_graph(y, [count])
    with pytest.raises(ValueError, match="are leaves of the graph, 'z' is none"):
        live_graph(y, [leaf(1.0, "z")])
    with pytest.raises(ValueError, match="are leaves of the graph"):
        live_graph(y, [y])
    with pytest.raises(TypeError, match=r"real numbers, got complex128 'c'. Write draw"):
        live_graph(x * leaf(1j, "c"), [x])
    with pytest.raises(ValueError, match=r"which asks the locale. Write for example: .*'.3g'"):
        number(live_graph(y, [x]).root.value, ".3n")


def test_parts_of_an_array_know_their_places():
    x = Node(np.arange(6.0).reshape(2, 3))
    slots = Slots([x])
    whole = live(x, slots)
    for part in (whole[1], whole[::-1], whole.reshape(-1)[[4, 1]], whole[:, 1:] * 2.0):
        for entry in np.asanyarray(part).reshape(-1):
            text = number(entry, ".4g")
            output, place, _ = slots.slots[ord(text[0]) - 0xF0000]
            node = next(node for node, found in slots.outputs.items() if found == output)
            assert now(text) == f"{np.ravel(node.value)[place]:.4g}" == f"{float(entry):.4g}"
    backwards = (whole[::-1] + 0.0).node
    np.testing.assert_array_equal(backwards.value, x.value[::-1])


# --- room --------------------------------------------------------------------------------------


def test_numbers_have_room_for_longer_ones():
    narrow, wide = Blocks(LECTURE), Blocks(Look(room=8))
    for value in (2.0, np.array([[1.0, 2.0]]), np.linspace(0, 1, 50)):
        assert wide.value(value, "value").width > narrow.value(value, "value").width
    assert wide.value(2.0, "value").width == wide.value(-2.345678, "value").width
    assert wide.constant(2.0).width == wide.value(3.0, "value").width


def test_room_is_the_same_for_live_numbers():
    blocks = Blocks(Look(room=8))
    for value in (2.0, np.array([[1.0, -2.0]]), np.linspace(0, 1, 50)):
        x = Node(value)
        same = blocks.value(live(x, Slots([x])), "value"), blocks.value(x.value, "value")
        assert same[0].width == same[1].width
        texts = [[now(shape.text) for shape in block.shapes] for block in same]
        assert texts[0] == texts[1]


def test_every_number_of_a_page_has_a_slot():
    root = graphs.neuron()
    graph = live_graph(root, leaves_of(root))
    content = texts_of(graph.root)
    numbers = [text for text in strings(content["picture"]) if any(c.isdigit() for c in now(text))]
    assert sum(map(has_slots, numbers)) >= 2 * len(leaves_of(root))


@pytest.mark.parametrize("name", ["neuron", "product_of_matrices", "layers"])
def test_a_live_picture_is_laid_out_like_a_plain_one(name):
    root = graphs.ORDERED[name]()
    graph = live_graph(root, leaves_of(root))
    look = Look(room=8, local_gradients=True, function_boxes=True)
    sheets = [lay_out(picture_of(one, None, look)).sheet for one in (graph.root, graph.still())]
    placed = [[(shape.kind, shape.points, now(shape.text)) for shape in sheet.shapes]
              for sheet in sheets]  # fmt: skip
    assert placed[0] == placed[1]


def test_a_part_that_comes_back_inside_a_fold():
    x, y = leaf(1.5), leaf(-0.5, "y")
    with scope("inner"):
        with scope("deep"):
            h = np.sin(x * y)
        g = h * x + y
    k = g**2 - h
    k.backward()
    check_texts(k, fold=1)


def test_what_the_gradient_of_a_loss_is_holds_for_other_numbers_too():
    """Of an opened ReLU y - t is right only as long as it is open."""
    W, x, y = leaf([[1.0], [2.0]], "W"), np.ones((2, 2)), np.array([[1.0], [4.0]])
    z = x @ W
    z.name = "z"
    for a, said in ((np.where(z > 0, z, z * leaf(0.1, "s")), False), (z, True)):
        loss = ((a - y) ** 2).sum()
        loss.name = "L"
        loss.backward()
        line = "∂L/∂z = 2·(z - y)"
        assert line in str(explain(loss, W))
        graph = live_graph(loss, leaves_of(loss))
        copy = next(node for node in graph.leaves if node.name == "W")
        assert (line in str(explain(graph.root, copy))) == said
