"""The NumPy back end has the bits of the operations one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_programs import assert_same_bits, random_arrays, random_program

from autograd_core import Operation, Program, log, log_softmax, relu, value_and_grad
from autograd_core.program import interpreter, numpy_backend


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("seed", range(150))
def test_random_programs(seed: int, reuse: bool) -> None:
    program = random_program(seed)
    bound = sorted(program.aliases.values())
    ours = numpy_backend.build(program, bound=bound, reuse=reuse)
    reference = interpreter.build(program, bound=bound)
    arrays = random_arrays(program, seed)
    states: list[dict[int, Any]] = [{n: np.array(arrays[n]) for n in bound} for _ in range(2)]
    ours.bind(states[0])
    reference.bind(states[1])
    for turn in range(3):
        given = [x for n, x in enumerate(random_arrays(program, turn, turn == 2)) if n not in bound]
        found, wanted = ours(*given), reference(*given)
        assert found is not None
        assert wanted is not None
        assert len(found) == len(wanted)
        for x, y in zip(found, wanted, strict=True):
            assert_same_bits(x, y)
        for n in bound:
            assert_same_bits(states[0][n], states[1][n])
