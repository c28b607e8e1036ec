"""Exercises: what is asked, what usual mistakes lead to, numbers with which they show."""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode

import numpy as np
import pytest
from graphs_with_blanks import GRAPHS, fork, matrix, neuron, softmax_loss
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Node, Operation, exp, relu, scope, sigmoid, softmax, tanh
from autograd_core.program.errors import UnsupportedOperationError
from autograd_core.program.interpreter import run
from visualize import draw, exercise, lecture_example, lecture_examples
from visualize.exercises.afresh import afresh
from visualize.exercises.seeds import Merit, leaves_of, merit_of, outputs_of
from visualize.exercises.tolerance import near
from visualize.exercises.wrong_values import wrong_values_of


def task(f, blank="gradients", **options):
    return exercise(f, blank, **options)._task


# --- what is asked --------------------------------------------------------------------------------


def test_gradients_are_asked_for_in_the_order_of_the_chain_rule():
    asked = exercise(fork())
    assert asked.questions == ["∂f/∂u2", "∂f/∂u3", "∂f/∂q", "∂f/∂u1", "∂f/∂x", "∂f/∂y"]
    assert asked.answers()["∂f/∂x"] == pytest.approx(-2 + 2 * 3 + 2 * 3 * -2)


def test_values_are_asked_for_of_results():
    assert exercise(fork(), "values").questions == ["q", "u1", "u2", "u3", "f"]
    assert exercise(fork(), "both").questions[4:6] == ["f", "∂f/∂u2"]


@pytest.mark.parametrize(
    ("blank", "labels"),
    [
        ("q", ["q", "∂f/∂q"]),
        (["x", "q.value"], ["q", "∂f/∂x"]),
        (["y.grad"], ["∂f/∂y"]),
        (["u1"], ["u1", "∂f/∂u1"]),
    ],
)
def test_blanks_by_name(blank, labels):
    assert exercise(fork(), blank).questions == labels


def test_a_name_that_is_not_there_is_told_near_ones():
    with pytest.raises(ValueError, match=r"blank='qq'.*is no name in this graph.*'q'"):
        exercise(fork(), ["qq"])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: exercise(3.0), TypeError, r"expects a Node.*exercise\(x \* x\)"),
        (lambda: exercise(fork(), [3]), TypeError, "names, got int"),
        (lambda: exercise(fork(), 3), TypeError, "names, got int.*blank="),
        (lambda: exercise(Node(3.0, name="x")), ValueError, "finds nothing to fill in"),
        (lambda: exercise(fork(), seed=-1), ValueError, "whole number from 0 on, got -1"),
        (lambda: exercise(fork()).save("x.pdf"), ValueError, "ending in .html"),
        (lambda: exercise(fork() * (1 + 2j)), TypeError, "complex"),
        (
            lambda: exercise(sum(Node(float(i)) ** 2 for i in range(1, 110)), fold=()),
            ValueError,
            "numbers to fill in, expected at most 200.*fold=1",
        ),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=f"(?s){words}"):
        make()


def test_an_operation_that_cannot_run_in_a_page_is_named():
    strange = Operation(
        "strange", lambda x: np.float64(math.gamma(x)), rules=(lambda g, out, x: g,)
    )
    with pytest.raises(UnsupportedOperationError, match=r"can't run 'strange'.*Write worksheet"):
        exercise(strange(Node(2.0, name="x")) * 3.0)


def test_a_picture_without_room_for_boxes_is_refused(monkeypatch):
    monkeypatch.setattr("visualize.exercises.blanks.most_in_full", lambda look: 5)
    with pytest.raises(ValueError, match=r"parts, expected up to 5, .*fold=1"):
        exercise(fork(), "q")


def test_the_graph_stays_as_it_is_and_needs_no_backward():
    f = fork()
    assert exercise(f).answers()["∂f/∂y"] == pytest.approx(12.0)
    assert f.grad is None
    assert f.inputs[0].grad is None


def test_two_leaves_of_one_name_are_two_questions():
    f = Node(2.0, name="x") * Node(3.0, name="x")
    assert list(exercise(f).answers().values()) == [3.0, 2.0]


def test_what_is_in_a_fold_is_not_asked_for():
    x = Node(0.7, name="x")
    with scope("sigmoid"):
        s = 1 / (1 + np.exp(-x))
    assert exercise(s * 2.0, fold=1).questions == ["∂f/∂a1", "∂f/∂x"]
    assert len(exercise(s * 2.0, fold=()).questions) == 5


@pytest.mark.filterwarnings("ignore:with these numbers")
@pytest.mark.parametrize("name", lecture_examples())
def test_every_worked_example_with_small_gradients_is_an_exercise(name):
    f = lecture_example(name)
    try:
        asked = exercise(f, "both", seed=1)
    except ValueError as error:
        assert "finds nothing to fill in" in str(error)
        return
    assert asked.html()


# --- what counts ----------------------------------------------------------------------------------

numbers = st.floats(1e-4, 1e6) | st.floats(-1e6, -1e-4)


@given(numbers)
def test_what_is_rounded_to_two_digits_counts(right):
    assert near(float(f"{right:.2g}"), right)
    assert near(float(f"{right:.3g}"), right)
    assert near(round(right, 2), right) or round(right, 2) == 0


@given(numbers)
def test_what_is_off_does_not_count(right):
    assert not near(-right, right)
    assert not near(1.2 * right, right) or abs(right) < 0.05
    assert not near(0.0, right)


def test_where_nothing_is_right_only_nothing_counts():
    assert near([0.0, 0.004, 0.1], 0.0).tolist() == [True, True, False]


# --- mistakes -------------------------------------------------------------------------------------


def hints(asked, label):
    (question,) = [one for one in asked.questions.all if one.blank.label == label]
    return {m.hint: m.value.value for m in question.mistakes}


@pytest.mark.parametrize(
    ("label", "number", "words"),
    [
        ("∂f/∂x", -6.0, "only one path of several, that through u1"),
        ("∂f/∂q", 1.0, "only one path of several, that through f"),
        ("∂f/∂y", -12.0, "the sign is wrong"),
        ("∂f/∂y", 4.0, "the local gradient is missing"),
        ("∂f/∂y", 3.0, "the upstream gradient is missing"),
        ("∂f/∂y", -8.0, "multiplied by its own value"),
        ("∂f/∂y", 7.0, "added, where the chain rule multiplies"),
        ("∂f/∂y", 24.0, "a factor of 2 too much"),
    ],
)
def test_mistakes_in_gradients(label, number, words):
    x, y = Node(3.0, name="x"), Node(-2.0, name="y")
    q = x * y
    q.name = "q"
    found = hints(task(q + q * x), label)
    assert any(words in hint and np.isclose(value, number) for hint, value in found.items()), found


@pytest.mark.parametrize(
    ("make", "number", "words"),
    [
        (lambda x, y: x + y, 6.0, "multiplied in place of added"),
        (lambda x, y: x + y, 1.0, "the sign of the second operand"),
        (lambda x, y: x - y, -1.0, "the wrong way round"),
        (lambda x, y: x - y, 5.0, "added in place of subtracted"),
        (lambda x, y: x * y, 5.0, "added in place of multiplied"),
        (lambda x, y: x * y, 3.0, "the first operand alone"),
        (lambda x, y: x / y, 2 / 3, "the wrong way round"),
        (lambda x, y: x / y, 6.0, "multiplied in place of divided"),
        (lambda x, y: 1 / x, -3.0, "the negative in place of the reciprocal"),
        (lambda x, y: 1 / x, 3.0, "the denominator"),
        (lambda x, y: -x, 3.0, "the sign is forgotten"),
        (lambda x, y: x**3, 9.0, "multiplied by the exponent"),
        (lambda x, y: x**2, 6.0, "the derivative of the power|doubled"),
        (lambda x, y: np.exp(x), np.exp(-3), "the sign of what goes in"),
        (lambda x, y: np.exp(x), 3.0, "what goes into exp"),
        (lambda x, y: np.log(x), np.log10(3), "base 10"),
        (lambda x, y: np.sqrt(x), 1.5, "halved"),
        (lambda x, y: sigmoid(x), np.tanh(3), "tanh in place of the sigmoid"),
        (lambda x, y: tanh(x), 1 / (1 + np.exp(-3)), "the sigmoid in place of tanh"),
        (lambda x, y: tanh(x), 1 - np.tanh(3) ** 2, "the derivative of tanh in place of tanh"),
        (lambda x, y: relu(x), 0.0, "closed: above 0"),
        (lambda x, y: relu(-x), 3.0, "the absolute value"),
        (lambda x, y: np.maximum(x, y), 2.0, "the smaller one"),
        (lambda x, y: np.minimum(x, y), 3.0, "the larger one"),
        (lambda x, y: (x * y) + y, 7.0, "right but for a mistake at u: added in place of mult"),
    ],
)
def test_mistakes_in_values(make, number, words):
    f = make(Node(3.0, name="x"), Node(2.0, name="y"))
    for x in f.inputs:
        if type(x) is Node and not x.name:
            x.name = "u"
    found = [(m.value.value, m.hint) for m in wrong_values_of(f)]
    assert any(np.isclose(value, number) and re.search(words, hint) for value, hint in found), found


def test_mistakes_in_values_of_arrays():
    X, W = Node(np.array([[1.0, 2.0], [3.0, 5.0]])), Node(np.array([[0.5, -1.0], [2.0, 0.0]]))
    said = {m.hint: m.value.value for m in wrong_values_of(X @ W)}
    by_hand = {
        "the product is the wrong way round": W.value @ X.value,
        "the second matrix is transposed": X.value @ W.value.T,
        "the first matrix is transposed": X.value.T @ W.value,
        "entry by entry: a row times a column is asked for": X.value * W.value,
    }
    for hint, value in by_hand.items():
        assert np.array_equal(said[hint], value), hint
    said = {m.hint: m.value.value for m in wrong_values_of(np.sum(X, axis=0))}
    assert np.array_equal(said["over the other axis"], [3.0, 8.0])
    assert np.array_equal(said["the mean in place of the sum"], [2.0, 3.5])
    s = Node(np.array([1.0, 2.0]))
    said = {m.hint: m.value.value for m in wrong_values_of(softmax(s))}
    assert any(np.allclose(value, np.exp(s.value)) for value in said.values())


@pytest.mark.parametrize("make", GRAPHS)
def test_what_follows_from_right_answers_is_right(make):
    asked = task(make(), "both").questions
    leaves = [leaf.value for leaf in asked.leaves]
    with np.errstate(all="ignore"):  # some mistakes take a logarithm of a negative number
        found = run(asked.program, [*leaves, *(one.blank.right for one in asked.all)])
    for one in asked.all:
        right, follows = found[:2]
        found = found[2 + len(one.mistakes) :]
        assert np.allclose(right, one.blank.right, rtol=1e-12)
        assert np.allclose(follows, right, rtol=1e-12)


def test_what_follows_from_a_wrong_answer_is_computed_from_it():
    asked = task(fork(), "both").questions
    labels = [one.blank.label for one in asked.all]
    answers = [np.array(one.blank.right) for one in asked.all]
    answers[labels.index("q")] = np.array(10.0)  # not -6
    answers[labels.index("∂f/∂q")] = np.array(-1.0)  # not 4
    found = run(asked.program, [*(leaf.value for leaf in asked.leaves), *answers])
    follows = {}
    for one in asked.all:
        follows[one.blank.label] = found[1]
        found = found[2 + len(one.mistakes) :]
    assert follows["u2"] == 10 + 9
    assert follows["u3"] == 10 * 3
    assert follows["∂f/∂y"] == -1 * 3
    assert follows["∂f/∂x"] == -1 * -2 + 2 * 3 + 10
    assert follows["∂f/∂q"] == 1 + 3


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", GRAPHS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_numbers_of_a_seed_show_every_mistake(make, seed):
    asked = task(make(), "both", seed=seed)
    questions = asked.questions
    merit = merit_of(questions, [x.value for x in questions.leaves], np.random.default_rng(5))
    assert merit.hidden == 0
    assert asked.note == ""
    for x in questions.leaves:
        assert all(float(f"{entry:.2g}") == entry for entry in np.ravel(x.value))


def test_few_mistakes_share_a_wrong_number():
    chosen = [task(neuron(), seed=seed).questions for seed in range(3)]
    shared = [merit_of(q, [x.value for x in q.leaves], np.random.default_rng(0)) for q in chosen]
    given = task(neuron()).questions
    own = merit_of(given, [x.value for x in given.leaves], np.random.default_rng(0))
    assert max(merit.shared for merit in shared) < own.shared
    assert own.hidden > 0


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (exercise(neuron(), seed=seed).answers() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_numbers_keep_signs_and_sizes_and_classes():
    f = softmax_loss()
    given = leaves_of(f)
    for leaf, made in zip(given, leaves_of(task(f, seed=2).root), strict=True):
        if leaf.name == "y":
            assert np.array_equal(leaf.value, made.value)
        else:
            assert np.array_equal(np.sign(leaf.value), np.sign(made.value))
            assert np.abs(made.value).max() < 2 * np.abs(leaf.value).max()


def test_a_bias_of_zeros_is_a_matter_of_choice():
    b = Node(np.zeros(2), name="b")
    f = np.sum((Node(np.array([0.5, 2.0]), name="x") + b) ** 2)
    (made,) = [leaf for leaf in leaves_of(task(f, seed=1).root) if leaf.name == "b"]
    assert np.all(made.value != 0)


def test_a_logarithm_stays_in_its_domain():
    x = Node(0.3, name="x")
    for seed in range(5):
        assert np.isfinite(exercise(np.log(x) * x, seed=seed).answers()["∂f/∂x"])


def test_where_a_mistake_does_not_show_the_note_says_so():
    x = Node(2.0, name="x")
    note = exercise(x * x, "values").note
    assert "f comes out right although added in place of multiplied" in note
    assert "seed=" in note
    assert exercise(x * x, "values", seed=0).note == ""


def test_where_no_numbers_help_a_warning_says_so():
    x = Node(2.0, name="x")
    with pytest.warns(UserWarning, match="f comes out right although this is the first operand"):
        exercise(x + Node(1e-6, name="y"), "values", seed=0)


def test_a_merit_is_ranked_by_what_hides_first():
    assert Merit(0, 9, 9, 9).rank < Merit(1, 0, 0, 0).rank


def test_mistakes_that_are_none_do_not_count_as_hidden():
    f = Node(3.0, name="x") + Node(4.0, name="y")  # both local gradients are 1
    assert exercise(f).note == ""


def test_outputs_are_grouped_by_question():
    asked = task(fork()).questions
    found = outputs_of(asked, [x.value for x in asked.leaves])
    assert [len(rows) for rows in found] == [1 + len(one.mistakes) for one in asked.all]


def test_afresh_is_another_graph_with_the_same_numbers():
    f = fork()
    f.backward(np.float64(2.0))
    again = afresh(f)
    assert again is not f
    assert (again.value, again.grad) == (f.value, 2.0)
    assert again.inputs[0].name is None
    assert {leaf.name: leaf.grad for leaf in leaves_of(again)} == {
        leaf.name: leaf.grad for leaf in leaves_of(f)
    }


# --- the page's source ----------------------------------------------------------------------------


def texts_and_numbers(content, name=""):
    """All that a reader of the source finds in it, but for lengths on the sheet and programs."""
    if isinstance(content, dict):
        for key, part in content.items():
            if key not in ("style", "program", "bounds", "units", "boxes", "ports", "results"):
                yield from texts_and_numbers(part, key)
    elif isinstance(content, list):
        for part in content:
            if name != "shapes" or isinstance(part, list):
                yield from texts_and_numbers(part, name)
    elif isinstance(content, str) or (name != "shapes" and isinstance(content, float)):
        yield content


@pytest.mark.parametrize("make", GRAPHS)
def test_no_answer_can_be_read_in_the_source(make):
    asked = exercise(make(), "both", seed=1)
    for source in (asked.html(), asked._page.fragment(asked._svg)):
        data = re.search(r'type="application/json"[^>]*>(.*?)</script>', source, re.DOTALL)[1]
        image = b64decode(re.search(r'base64,([^"]*)"', source)[1]).decode()
        found = [*texts_and_numbers(json.loads(data)), *re.findall(r">([^<]*)</text>", image)]
        written = {word for text in map(str, found) for word in re.findall(r"[\d.e-]*\d", text)}
        leaves = {f"{x:.4g}" for leaf in asked._task.questions.leaves for x in np.ravel(leaf.value)}
        assert leaves <= written | {x.lstrip("-") for x in written} | leaves
        answers = {f"{x:.4g}" for value in asked.answers().values() for x in np.ravel(value)}
        told = {x for x in answers - leaves if len(x.lstrip("-0.")) >= 3 and x in written}
        assert told == set()
        exact = {repr(float(x)) for value in asked.answers().values() for x in np.ravel(value)}
        assert not {x for x in exact if len(x) > 6} & written


def test_what_is_searched_for_is_found_in_a_page_without_blanks():
    source = draw(afresh(neuron())).html()
    data = re.search(r'type="application/json"[^>]*>(.*?)</script>', source, re.DOTALL)[1]
    assert any("0.1966" in str(text) for text in texts_and_numbers(json.loads(data)))


def test_a_constant_gradient_is_no_plain_number_either():
    asked = exercise(3.1416 * Node(2.0, name="x") * 1.5)
    assert asked.answers()["∂f/∂x"] == pytest.approx(4.7124)
    assert "4.712" not in asked.html()
    assert "4.712" not in asked._svg


def test_names_of_users_are_text():
    x = Node(2.0, name="</script><script>alert(1)</script>")
    asked = exercise(x * x + exp(x))
    assert "<script>alert" not in asked.html()
    assert "<script>alert" not in asked._svg


def test_a_notebook_shows_page_picture_and_text():
    bundle = exercise(fork())._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Exercise: ∂f/∂u2 = ?")
    assert bundle["text/html"].startswith("<img")
    assert bundle["image/png"]


def test_saving(tmp_path):
    exercise(matrix()).save(tmp_path / "folder" / "exercise.html")
    assert (tmp_path / "folder" / "exercise.html").read_text(encoding="utf-8").startswith("<!DOC")
