"""Products of matrices that are added to parameters: one call of BLAS instead of three passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...operation import LOADED, Operation
from ...operations.arithmetic import multiply, subtract
from ...operations.products import matmul
from ..value import Value
from .rewriting import rewritten

if TYPE_CHECKING:
    from ..program import Program

product_subtracted = Operation(
    "product_subtracted",
    lambda w, rate, x, y: w - rate * (x @ y),
    rules=(None, None, None, None),
    symbol="− r *@",
    doc="w - rate * (x @ y), which BLAS adds up in the memory of w.",
)
del LOADED[product_subtracted.name]  # nobody calls it, so it is not in the table


def accumulate(program: Program, wanted: Callable[[Value], bool] = lambda product: True) -> Program:
    """Write ``w - rate * (x @ y)`` as one operation where it replaces w in place.

    The sums are rounded in another order than one by one. A gradient that is used otherwise, too,
    stays as it is.

    Parameters
    ----------
    program : Program
        Any.
    wanted : callable, optional
        Of a matrix product: whether the back end gains by adding it up in place. By default each.

    Returns
    -------
    Program

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> w = np.ones((2, 2))
    >>> program = Program.record(lambda w, x, y: w - 0.5 * (x @ y), w, w, w)
    >>> program = accumulate(program.replaced(aliases={0: 0}))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['product_subtracted']
    """
    uses = Counter(id(x) for value in program.values() for x in value.inputs if type(x) is Value)
    uses.update(id(x) for x in program.outputs if type(x) is Value)
    replaced = {
        id(program.outputs[output]): program.inputs[place]
        for output, place in program.aliases.items()
    }

    def rule(value: Value) -> Any:
        w = replaced.get(id(value))
        if value.operation is not subtract or w is None or value.inputs[0] is not w:
            return None
        step = value.inputs[1]
        if type(step) is not Value or step.operation is not multiply or uses[id(step)] != 1:
            return None
        for rate, product in (step.inputs, step.inputs[::-1]):
            if (
                type(product) is Value
                and product.operation is matmul
                and uses[id(product)] == 1
                and (product.shape, product.dtype) == (w.shape, w.dtype)
                and w.ndim == 2
                and getattr(rate, "shape", ()) == ()
                and wanted(product)
            ):
                found = Value(
                    product_subtracted, (w, rate, *product.inputs), {}, value.shape, value.dtype
                )
                found.name, found.scope = value.name, value.scope
                return found
        return None

    return rewritten(program, rule)
