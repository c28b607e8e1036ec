"""Programs as data that a script of a page runs: one more printer, without Python.

`exported` writes a program down as JSON has it; `kernel_source` is the script, always the same,
that runs what it says. Every operation is lowered by running its own forward function on arrays
without numbers, so a page computes with the rules of the table.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..program import Program

__all__ = ["exported", "kernel_source"]

_PARTS = ("places", "scalars", "loops", "lines", "products", "matrices", "random", "build")
"""The files of the kernel, in the order in which they need each other."""


def exported(program: Program) -> dict[str, Any]:
    """Return a program as data for the kernel.

    Parameters
    ----------
    program : Program
        As it was recorded.

    Returns
    -------
    dict
        What ``json.dumps(..., allow_nan=False)`` takes:

        - "values": the data type and the shape of each value;
        - "inputs", "names": number of the value that each input is, and what it is called;
        - "outputs": number of the value that each output is;
        - "aliases": number of an output, and of the input that it is copied into after a run;
        - "guard": number of the output that has to be finite for that, or None;
        - "drawn": number of an input that nobody gives, and how it comes about;
        - "steps": name, number of the value it makes, numbers of those it reads, and more.

    Raises
    ------
    UnsupportedOperationError
        If the kernel can't run an operation; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> data = exported(Program.record(lambda x: np.sum(x * x), np.ones(3)))
    >>> [step[0] for step in data["steps"]], data["values"][0]
    (['multiply', 'sum'], ['d', [3]])
    """
    from .exporting import exported

    return exported(program)


@cache
def kernel_source() -> str:
    """Return the script: it defines one constant, ``Kernel``.

    ``Kernel.build(data)`` returns an object with

    - ``inputs``, ``outputs``: a typed array for each, always the same ones;
    - ``shapes``: ``{inputs, outputs}``;
    - ``run()``: compute the outputs, and copy those that replace inputs into them. It returns
      false, and copies nothing, if the guarded output is not finite;
    - ``seed(number)``: begin the random numbers anew.

    ``Kernel.write(array, numbers)`` writes numbers into an array as data spells them;
    ``Kernel.number(x)`` and ``Kernel.spelled(x)`` do that for one of them, to and fro.
    ``Kernel.bytes(base64)`` is what such text stands for. ``Kernel.generator()`` returns random
    numbers of its own, with ``seed(number)``, ``bits()`` for 32 of them and ``uniform()``.

    Examples
    --------
    >>> len(kernel_source().encode()) < 60 * 1024
    True
    """
    folder = files(__package__) / "kernel"
    parts = ((folder / f"{name}.js").read_text("utf-8") for name in _PARTS)
    return "".join((_BEFORE, *parts, _AFTER))


_BEFORE = 'const Kernel = (() => {\n"use strict";\n'
_AFTER = """return {
  build, scalars: SCALARS, generator,
  write: writeConstant, number: numberOf, spelled, bytes: bytesOf,
};
})();
if (typeof module !== "undefined") module.exports = Kernel;
"""
