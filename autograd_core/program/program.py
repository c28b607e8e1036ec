"""Programs: what a function of nodes computes, written down without numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..containers import map_leaves
from .value import Constant, Value, dtype_of, made_of, shape_of

Source = Callable[[], Any]
"""Where an input comes from that the caller doesn't give: drawn, or captured by the function."""


class Program:
    """What a function computes, as a list of operations on values.

    `record` reads it off the graph that the function makes of nodes. It is printed, drawn, written
    as NumPy code, run, and compiled; passes make other programs of it, it never changes itself.

    Parameters
    ----------
    inputs : iterable of Value
        The inputs, in the order in which they are given.
    outputs : iterable of Value or constant
        The results.
    aliases : mapping of int to int, optional
        Number of an output, and the number of the input in whose memory it is left: parameters,
        and what an optimizer remembers.
    sources : mapping of int to callable, optional
        Number of an input that the caller doesn't give, and what returns its value for a run.
    guard : int, optional
        Number of the output that has to be finite: else nothing is written over an input.
    name : str, default "program"
        Of the function.
    arguments, returned : nested containers, optional
        How the function takes its arguments, with values in place of the inputs, and how it
        returns its results, with ... in their place; by default it returns a tuple.
    wanted : iterable of int, optional
        Numbers of the inputs that want a gradient: by default those of floating-point numbers that
        the caller gives.

    Raises
    ------
    ValueError
        If an output that is left in an input's memory has another shape or dtype than it.
    TypeError
        When called: if an argument has another shape, dtype or nesting than it was recorded with.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x, w: x * w + 1.0, 2.0, 3.0)
    >>> [value.operation.name for value in program.values() if value.operation]
    ['multiply', 'add']
    >>> program(10.0, 5.0)
    np.float64(51.0)
    """

    def __init__(
        self,
        inputs: Iterable[Value],
        outputs: Iterable[Value | Constant],
        aliases: Mapping[int, int] | None = None,
        *,
        sources: Mapping[int, Source] | None = None,
        guard: int | None = None,
        name: str = "program",
        arguments: Any = None,
        returned: Any = None,
        wanted: Iterable[int] | None = None,
    ) -> None:
        self.inputs = tuple(inputs)
        self.outputs: tuple[Any, ...] = tuple(outputs)
        self.aliases = dict(aliases or {})
        for place, number in self.aliases.items():
            _refuse_misfit(self.outputs[place], self.inputs[number])
        self.sources = dict(sources or {})
        self.guard = guard
        self.name = name
        self.arguments = arguments
        self.returned = returned
        if wanted is None:
            wanted = [place for place in self.given if self.inputs[place].dtype.kind in "fc"]
        self.wanted = list(wanted)
        self._values: list[Value] | None = None

    @classmethod
    def record(cls, function: Callable[..., Any], /, *examples: Any) -> Program:
        """Return what a function computes of arguments like the examples.

        Parameters
        ----------
        function : callable
            Of numbers, arrays or nodes, or nested tuples, lists and dicts of them, to nodes or a
            nest of them. It may differentiate on the way, by `grad` and its relatives or by
            ``backward()``.
        *examples
            Arguments as it takes them: their shapes and dtypes count. Floating-point numbers and
            arrays become inputs; whole Python numbers, strings, truth values and None are a part
            of the program.

        Returns
        -------
        Program

        Raises
        ------
        RecordingError
            If the function returns no node, has no input, reads a number of a node to decide
            something, or computes something else the second time: it is called twice.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_core import Program, value_and_grad
        >>> program = Program.record(value_and_grad(lambda x: np.sum(x * x)), np.ones(3))
        >>> program(np.array([1.0, 2.0, 3.0]))
        (np.float64(14.0), array([2., 4., 6.]))
        """
        from .recording import record

        return record(cls, function, examples)

    # --- what it is ---------------------------------------------------------------------------

    def values(self) -> list[Value]:
        """Return the inputs, and all values that an output needs, each behind what it is made of.

        An output's whole history comes before that of the next; nothing recurses.
        """
        if self._values is None:
            self._values = [*self.inputs, *made_of(self.outputs, self.inputs)]
        return list(self._values)

    def replaced(self, **parts: Any) -> Program:
        """Return the program with other parts, such as ``outputs=``."""
        same = {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "aliases": self.aliases,
            "sources": self.sources,
            "guard": self.guard,
            "name": self.name,
            "arguments": self.arguments,
            "returned": self.returned,
            "wanted": self.wanted,
        }
        return Program(**{**same, **parts})

    @property
    def given(self) -> list[int]:
        """Numbers of the inputs that the caller gives."""
        return [number for number in range(len(self.inputs)) if number not in self.sources]

    # --- running it ---------------------------------------------------------------------------

    def __call__(self, *arguments: Any) -> Any:
        """Run the operations one by one, and return what the function would."""
        from .interpreter import run

        return self.rebuilt(run(self, self.input_arrays(arguments)))

    def input_arrays(self, arguments: tuple[Any, ...]) -> list[Any]:
        """Return the value of each input for a call of the recorded function."""
        from .arguments import arrays_of

        given = iter(arrays_of(self, arguments))
        return [
            self.sources[number]() if number in self.sources else next(given)
            for number in range(len(self.inputs))
        ]

    def rebuilt(self, results: Iterable[Any]) -> Any:
        """Return the outputs nested as the function returns them."""
        found = iter(results)
        if self.returned is None:
            return tuple(found)
        return map_leaves(lambda leaf: next(found) if leaf is ... else leaf, self.returned)

    # --- showing it ---------------------------------------------------------------------------

    def source(self, backward: bool | None = None) -> str:
        """Return NumPy code: one function, forward and then backward, that needs nothing else.

        Names are those of the function's arguments, variables and nodes; the gradient of z1 is
        called dz1. What nobody named is nested where it reads well, or called as in pictures. The
        numbers are those of the program to rounding; what operations do for scores that are
        infinite, and for nan, is left out.

        Parameters
        ----------
        backward : bool, optional
            Whether gradients of all inputs that want one are computed and returned behind the
            result. By default they are where the result is one real number.

        Returns
        -------
        str
            Its arguments are those of the function that are inputs, in order. Behind them come,
            by keyword, those of `further_arguments`.

        Raises
        ------
        UnsupportedOperationError
            If the forward function of a user's operation can't stand alone.
        TypeError
            If gradients are asked for of another result than one real number.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_core import Node, Program
        >>> def loss(x, y, w, b):
        ...     error = x @ w + b - y
        ...     return np.sum(error**2)
        >>> x, y = Node(np.ones((4, 2)), requires_grad=False), np.array([1, 0, 1, 0])
        >>> print(Program.record(loss, x, y, np.ones(2), 0.0).source())
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def loss(x, y, w, b):
            # forward
            error = x @ w + b - y
            L = np.sum(error ** 2)
        <BLANKLINE>
            # backward
            derror = 2 * error
            dw = x.T @ derror
            db = derror.sum(axis=0)
            return L, dw, db
        """
        from .source import source

        return source(self, backward)

    def further_arguments(self, backward: bool | None = None) -> dict[str, Any]:
        """Return what the function that `source` writes takes by keyword.

        Large arrays of the program, arrays that the function has captured, as they are now, and
        random numbers, drawn anew.

        Parameters
        ----------
        backward : bool, optional
            As of `source`.

        Returns
        -------
        dict of str to array

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_core import Program
        >>> places = np.linspace(0.0, 1.0, 100)
        >>> program = Program.record(lambda x: np.sum(np.exp(x * places)), 1.0)
        >>> list(program.further_arguments())
        ['captured1']
        """
        from .source import further_arguments

        return further_arguments(self, backward)

    def draw(self, **options: Any) -> Any:
        """Draw the operations as a diagram, with shapes in the place of numbers.

        Parameters
        ----------
        **options
            ``fused=True`` draws a box for each kernel, that is, for operations that run in one
            loop; ``fold=()`` leaves layers open; see `visualize.program.draw_program`.

        Returns
        -------
        Diagram
            As of `visualize.draw`: it shows itself in a notebook, and ``.save("step.svg")`` writes
            a file.

        Examples
        --------
        >>> import numpy as np
        >>> from autograd_core import Program
        >>> Program.record(lambda x: np.exp(2.0 * x), np.ones((8, 5))).draw()
        name  operation  value        gradient
        x     -          8×5 float64  -
        -     multiply   8×5 float64  -
        -     exp        8×5 float64  -
        """
        from visualize.program import draw_program

        return draw_program(self, **options)

    def __str__(self) -> str:
        from .printing.listing import listing

        return listing(self)

    def __repr__(self) -> str:
        operations = sum(value.operation is not None for value in self.values())
        return f"<Program {self.name}: {len(self.inputs)} inputs, {operations} operations>"


def _refuse_misfit(output: Value | Constant, replaced: Value) -> None:
    """Raise ValueError where an output can't lie in the memory of an input."""
    if shape_of(output) != replaced.shape or dtype_of(output) != replaced.dtype:
        raise ValueError(
            f"a program expects what replaces an input to have its shape and dtype, "
            f"{replaced.shape} and {replaced.dtype}, got {shape_of(output)} and {dtype_of(output)}"
        )
