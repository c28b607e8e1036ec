"""The table of operations x pages that compute: texts about one operation, filled with others."""

from __future__ import annotations

import numpy as np
import pytest
from cases import joined
from live_reading import computed_anew, differences, filled_with, texts_of
from table import TABLE
from test_backends import NOT_RECORDED

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.values import is_complex
from visualize.live.graph import live_graph
from visualize.style import Look

ROUNDED = {"cov", "corrcoef", "polyfit"}
"""Means of entries that add up to 0: of what is left every sum has another rest."""

LOOK = Look(local_gradients=True, function_boxes=True)

ONE_OF_EACH = {case.name: case for case in TABLE}
CASES = [case for name, case in ONE_OF_EACH.items() if name not in NOT_RECORDED.keys() | ROUNDED]
GROUPS = [CASES[start : start + 60] for start in range(0, len(CASES), 60)]


def differentiated(case):
    inputs = case.nodes()
    for letter, x in zip("abcdefgh", inputs, strict=False):
        x.name = letter
    root = joined(case.call(*inputs))
    if type(root) is Node and root.requires_grad and case.order:
        root.backward(np.cos(np.arange(root.size)).reshape(root.shape).astype(root.dtype))
    return root, inputs


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0].id}...{group[-1].id}")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_texts_about_an_operation(group):
    for case in group:
        root, inputs = differentiated(case)
        if type(root) is not Node or any(map(is_complex, ancestors(root))):
            continue
        there = set(ancestors(root))
        leaves = [x for x in inputs if x in there and x.operation is None and x.dtype.kind == "f"]
        graph = live_graph(root, leaves)
        content = texts_of(graph.root, look=LOOK)
        program = graph.program()
        others = dict(zip(inputs, case.arrays(draw=1), strict=True))
        for new in ({}, {x: others[x] for x in leaves}):
            arrays = [new.get(x, x.value) for x in leaves]
            found = filled_with(content, graph, program, arrays)
            assert differences(found, texts_of(computed_anew(root, new), look=LOOK)) == [], case.id
