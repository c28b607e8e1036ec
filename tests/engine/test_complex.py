"""Complex numbers: every line of the table is right for them, or refuses them at once."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import Case, as_nodes, joined
from table import TABLE

from autograd_core import Node, check_gradients
from autograd_core.node import raw
from autograd_core.operations import guards

WHICH = {"all": slice(None), "first": slice(1), "rest": slice(1, None)}
"""Which of several floating-point inputs become complex."""


def cases():
    for case in {case.id: case for case in TABLE if not hasattr(guards, case.name)}.values():
        wanted = [i for i, x in enumerate(case.arrays()) if x.dtype.kind == "f"]
        for name, which in WHICH.items():
            if wanted and (len(wanted) > 1 or name == "all"):
                yield pytest.param(case, wanted[which], id=f"{case.id}-{name}")


def made_complex(case: Case, positions: list[int]) -> list[Any]:
    """The inputs of a case, some with an imaginary part."""
    random = np.random.default_rng(zlib.crc32(case.id.encode()))
    arrays = case.arrays()
    for i in positions:
        arrays[i] = arrays[i] + 1j * random.uniform(0.2, 0.5, arrays[i].shape)
    return arrays


def without_phases(case: Case, results: Any) -> Any:
    """What is defined of vectors that may be turned in the complex plane."""
    if case.name == "svd" and isinstance(results, tuple):
        u, s, vh = results
        return np.abs(u) ** 2, s, np.abs(vh) ** 2, (u * np.cos(s)[..., None, :]) @ vh
    if case.name == "eigh":
        values, v = results
        return values, np.abs(v) ** 2, (v * np.cos(values)[..., None, :]) @ np.conj(v).mT
    return results


def each(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (tuple, list)) else [results]


@pytest.mark.parametrize(("case", "positions"), list(cases()))
def test_complex_numbers_are_differentiated_or_refused(case, positions):
    arrays = made_complex(case, positions)
    try:
        results = case.call(*as_nodes(arrays))
    except TypeError as error:
        assert re.search("real|complex", str(error))  # refused at once
        return
    for result, value in zip(each(results), each(case.twin(*arrays)), strict=True):
        np.testing.assert_allclose(raw(result), value, rtol=1e-10, atol=1e-12)

    def function(*inputs):
        return joined(without_phases(case, case.call(*inputs)))

    if any(type(result) is Node and result.requires_grad for result in each(results)):
        if case.order:
            of_wanted, inputs = replace(case, call=function).on_wanted(arrays)
            check_gradients(of_wanted, *inputs, atol=1e-5, order=min(case.order, 2))
    else:  # it is flat
        for i in positions:
            arrays[i] = arrays[i] * (1 + 1e-9j)
        for result, value in zip(each(results), each(case.call(*arrays)), strict=True):
            np.testing.assert_array_equal(raw(result), value)
