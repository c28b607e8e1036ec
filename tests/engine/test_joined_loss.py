"""One node for the cross entropy of scores: the bits of two operations, into which it opens."""

import numpy as np
import pytest

from autograd_core import Node, grad, log_softmax, negative_log_likelihood, scope
from autograd_core.affine import joining
from autograd_core.backpropagation import ancestors
from autograd_core.joined_loss import cross_entropy_of_scores


@pytest.fixture
def joined():
    token = joining.set(True)
    yield
    joining.reset(token)


def two_operations(scores, targets, divisor):
    return negative_log_likelihood(log_softmax(scores), targets, divisor)


def batch(dtype=np.float32, samples=20):
    random = np.random.default_rng(0)
    scores = random.standard_normal((samples, 3)).astype(dtype)
    return Node(scores, name="scores"), np.eye(3, dtype=dtype)[np.arange(samples) % 3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [1, 20])
def test_loss_and_gradient_have_the_same_bits(joined, dtype, samples):
    (a, targets), (b, _) = batch(dtype, samples), batch(dtype, samples)
    found = cross_entropy_of_scores(a, targets, 7.0)
    expected = two_operations(b, targets, 7.0)
    assert found.operation.name == "cross_entropy_of_scores"
    assert (found.value, found.dtype) == (expected.value, expected.dtype)
    found.backward()
    expected.backward()
    assert np.array_equal(a.grad, b.grad)
    assert a.grad.dtype == dtype


def test_it_is_two_operations_where_somebody_may_look():
    assert cross_entropy_of_scores(*batch(), 1.0).operation is negative_log_likelihood


def test_what_does_not_fit_is_left_to_the_operations(joined):
    scores, targets = batch()
    for other in (targets.astype(np.float64), Node(targets)):
        loss = cross_entropy_of_scores(scores, other, 1.0)
        assert loss.operation is negative_log_likelihood
    with pytest.raises(ValueError, match="the shapes differ"):
        cross_entropy_of_scores(scores, targets[:2], 1.0)


@pytest.mark.parametrize("after_backward", [False, True])
def test_it_opens_into_the_same_graph(joined, after_backward):
    roots = []
    for made in (cross_entropy_of_scores, two_operations):
        with scope("loss"):
            root = made(*batch(), 20.0)
        if after_backward:
            root.backward()
        roots.append(ancestors(root))
    for found, expected in zip(*roots, strict=True):
        assert found.operation is expected.operation
        assert dict(found.options) == dict(expected.options)
        assert np.array_equal(found.value, expected.value)
        assert np.array_equal(found.grad, expected.grad)
        assert str(found.scope) == str(expected.scope)
        assert found.requires_grad == expected.requires_grad
    assert roots[0][1] is roots[0][2].inputs[0]
    assert roots[0][0] is roots[0][1].inputs[0]
    assert [node.serial for node in roots[0]] == sorted({node.serial for node in roots[0]})


def test_a_recorded_backward_pass_is_of_two_operations(joined):
    scores, targets = batch(np.float64)

    def squared(made):
        return grad(
            lambda x: (grad(lambda y: made(y, targets, 2.0))(x) ** 2).sum(),
        )(scores)

    np.testing.assert_allclose(
        np.array(squared(cross_entropy_of_scores).detach()),
        np.array(squared(two_operations).detach()),
    )


def test_infinite_scores_cost_what_they_cost_otherwise(joined):
    losses = []
    for made in (cross_entropy_of_scores, two_operations):
        scores = Node(np.array([[np.inf, 0.0], [0.0, 0.0]], np.float32))
        with np.errstate(all="ignore"):
            loss = made(scores, np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), 1.0)
            loss.backward()
        losses.append((loss.value, *scores.grad.ravel()))
    np.testing.assert_array_equal(*losses)
