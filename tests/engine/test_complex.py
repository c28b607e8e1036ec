"""Complex numbers: every line of the table is right for them, or refuses them at once."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from cases import Case, in_parts, joined
from table import TABLE

from autograd_core import check_gradients
from autograd_core.backpropagation import ancestors
from autograd_core.node import Node

PHASES = {"eigh", "svd"}
"""Their vectors may be turned in the complex plane: only what no turn changes has a derivative."""


def made_complex(case: Case, which: slice) -> list:
    """The inputs of a case, some of the floating-point ones with an imaginary part."""
    random = np.random.default_rng(zlib.crc32(case.id.encode()))
    arrays = case.arrays()
    for i in [i for i, x in enumerate(arrays) if x.dtype.kind == "f"][which]:
        arrays[i] = arrays[i] + 1j * random.uniform(0.2, 0.5, arrays[i].shape)
    return arrays


def without_phases(case, results):
    """Of vectors the squares of their sizes, and the sum of what belongs together."""
    if case.name == "svd" and isinstance(results, tuple):
        u, s, vh = results
        return np.abs(u) ** 2, s, np.abs(vh) ** 2, (u * np.cos(s)[..., None, :]) @ vh
    if case.name == "eigh":
        values, v = results
        return values, np.abs(v) ** 2, (v * np.cos(values)[..., None, :]) @ np.conj(v).mT
    return results


def called(case, arrays):
    """What a case returns, its twin's value, or None where it refuses."""
    try:
        return joined(without_phases(case, case.call(*arrays)))
    except (TypeError, np.exceptions.ComplexWarning):
        return None


ONE_KIND = {case.id: case for case in TABLE}.values()


@pytest.mark.parametrize("case", ONE_KIND, ids=lambda case: case.id)
@pytest.mark.parametrize("which", [slice(None), slice(1), slice(1, None)], ids=["all", "first", "rest"])
def test_complex_numbers_are_differentiated_or_refused(case, which):
    wanted = sum(x.dtype.kind == "f" for x in case.arrays())
    if not wanted or (wanted == 1 and which != slice(None)):
        pytest.skip("no more to make complex")
    arrays = made_complex(case, which)
    nodes = [Node(x, requires_grad=x.dtype.kind in "fc") for x in arrays]
    try:
        results = case.call(*nodes)
    except TypeError:
        return  # refused at once
    try:
        expected = case.twin(*arrays)
    except TypeError:
        pass
    else:
        pairs = zip(listed(results), listed(expected), strict=True)
        for result, value in pairs:
            np.testing.assert_allclose(
                result.value if type(result) is Node else result, value, rtol=1e-10, atol=1e-12
            )
    if not case.order:
        assert not any(x.requires_grad for x in listed(results) if type(x) is Node)
        return
    _, inputs = case.on_wanted(arrays)
    positions = [i for i, x in enumerate(arrays) if x.dtype.kind in "fc"]

    def function(*some):
        given = list(arrays)
        for i, x in zip(positions, some, strict=True):
            given[i] = x
        return joined(without_phases(case, case.call(*given)))

    check_gradients(function, *inputs, atol=1e-5, order=min(case.order, 2))


def listed(results):
    return list(results) if isinstance(results, (tuple, list)) else [results]
