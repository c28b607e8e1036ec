"""What runs in one loop, and what is seen in the memory of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Program
from autograd_core.program.native.views import Views
from autograd_core.program.passes.fusion import MOST, fused, kind_of, root_of


def names(f: Any, *examples: Any) -> list[list[str]]:
    program = Program.record(f, *examples)
    return [[v.operation.name for v in kernel.values] for kernel in fused(program.values())]  # type: ignore[union-attr]


def test_what_is_element_wise_joins_one_loop_with_its_reductions() -> None:
    found = names(lambda x: np.sum(np.exp(x) * x, axis=1) + np.max(x, axis=1), np.ones((2, 3)))
    assert found == [["exp", "multiply", "sum", "max"], ["add"]]


def test_a_reduction_is_not_used_in_its_own_loop() -> None:
    found = names(lambda x: np.exp(x - np.max(x)), np.ones(3))
    assert found == [["max"], ["subtract", "exp"]]


def test_nor_is_what_is_seen_another_way() -> None:
    found = names(lambda x: np.exp(x).T * x, np.ones((3, 3)))
    assert found == [["exp"], ["multiply"]]


def test_a_product_stands_alone_between_two_loops() -> None:
    found = names(lambda x, w: np.exp(np.tanh(x) @ w) * np.sin(x), np.ones((2, 2)), np.ones((2, 2)))
    assert found == [["tanh"], ["matmul"], ["exp", "sin", "multiply"]]


def test_loops_end_somewhere() -> None:
    def f(x: Any) -> Any:
        for _ in range(MOST + 10):
            x = x * x
        return x

    assert list(map(len, names(f, 1.0))) == [MOST, 10]


def test_every_operation_is_in_one_kernel_behind_what_it_needs() -> None:
    def f(x: Any, w: Any) -> Any:
        return ac.value_and_grad(lambda w: -np.mean(ac.log_softmax(np.tanh(x @ w) @ w.T)))(w)

    values = Program.record(f, np.ones((4, 3)), np.ones((3, 2))).values()
    place = {id(v): n for n, kernel in enumerate(fused(values)) for v in kernel.values}
    for value in values:
        if value.operation is None or kind_of(value) == "view":
            continue
        for x in value.inputs:
            root = root_of(x) if hasattr(x, "operation") else None
            if root is not None and root.operation is not None:
                assert place[id(root)] <= place[id(value)]
                if kind_of(root) != "element-wise" or root is not x:
                    assert place[id(root)] < place[id(value)]


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.T,
        lambda x: x[1:, ::-2],
        lambda x: x[1],
        lambda x: x[1, 2],
        lambda x: x[..., None, 1],
        lambda x: np.reshape(x[:, 1:3], (1, 3, 2)),
        lambda x: np.broadcast_to(x[:, 1:2], (2, 3, 4)),
        lambda x: np.flip(np.swapaxes(x, 0, 1), 0),
        lambda x: np.squeeze(x[None, :2].T),
        lambda x: np.ravel(x)[3:7],
    ],
)
def test_views_lie_where_numpy_says(view: Any) -> None:
    x = np.arange(12.0).reshape(3, 4)
    program = Program.record(lambda x: view(x) * 1.5, x)
    views, value = Views(), program.outputs[0].inputs[0]
    access = views.access(value)
    assert access.root is program.inputs[0]
    assert views.is_view(value) == (value is not access.root)
    index = sum(
        (np.arange(n).reshape([-1 if a == b else 1 for b in range(value.ndim)]) * step
         for a, (n, step) in enumerate(zip(value.shape, access.strides, strict=True))),
        np.array(access.offset),
    )  # fmt: skip
    np.testing.assert_array_equal(x.ravel()[index], view(x))


def test_what_has_to_be_copied_is_no_view() -> None:
    program = Program.record(lambda x: (np.reshape(x.T, (12,)), x[[1, 0]]), np.ones((3, 4)))
    views = Views()
    assert not any(views.is_view(value) for value in program.outputs)
