"""Einstein summation: sums of products over named axes."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from ..numpy_protocol import stands_in_for
from ..operation import EveryInput, Operation
from ..ufunc_options import cast

__all__ = ["einsum"]


def _forward(*operands: Any, terms: tuple[str, ...] = (), output: str = "") -> Any:
    # With more than two operands the order of the products matters much: let NumPy find one.
    return np.einsum(f"{','.join(terms)}->{output}", *operands, optimize=len(operands) > 2)


def _rule(
    position: int, g: Any, out: Any, *operands: Any, terms: tuple[str, ...], output: str
) -> Any:
    """The same sum with the gradient in the operand's place, over the axes of all the others."""
    wanted = terms[position]
    x = operands[position]
    factors = [g, *(y for place, y in enumerate(operands) if place != position)]
    names = [output, *(term for place, term in enumerate(terms) if place != position)]
    # An axis named twice is a diagonal: a unit matrix couples it with an axis of its own.
    unused = iter(sorted(set(string.ascii_letters) - set("".join(terms) + output)))
    apart = ""
    for axis, letter in enumerate(wanted):
        if letter in apart:
            other = next(unused)
            factors.append(np.eye(np.shape(x)[axis], dtype=np.result_type(x)))
            names.append(letter + other)
            letter = other
        apart += letter
    # An axis that nothing else has was summed alone: every entry on it gets the same.
    known = set("".join(names))
    found = np.einsum(
        f"{','.join(names)}->{''.join(letter for letter in apart if letter in known)}",
        *factors,
        optimize=len(factors) > 2,  # the order in which the operation itself multiplies
    )
    kept = [slice(None) if letter in known else None for letter in apart]
    lengths = [max(n, m) for n, m in zip(found[tuple(kept)].shape, np.shape(x), strict=True)]
    return np.broadcast_to(found[tuple(kept)], tuple(lengths))


_einsum_row = Operation("einsum", _forward, EveryInput(_rule))


@stands_in_for(np.einsum)
def einsum(
    *operands: Any,
    optimize: Any = None,
    dtype: Any = None,
    casting: str = "safe",
    order: str = "K",
) -> Any:
    """Sums of products over named axes (Einstein's convention).

    The gradient is again such a sum: of g and the other arrays, over the axes that this one lacks.

    Parameters
    ----------
    *operands : str, then Node or array_like
        The subscripts, such as "ij,jk->ik", and the arrays; or NumPy's other form, each array
        followed by a list of its axes.
    optimize : optional
        Without meaning here: more than two operands are multiplied in a good order anyway.
    dtype : dtype, optional
        In which data type to compute.
    casting : str, default "safe"
        Which casts to it are allowed.
    order : str, default "K"
        The layout in memory, without meaning here.

    Returns
    -------
    Node, scalar or ndarray
        The axes behind "->"; without an arrow those that are named once, in the order of the
        alphabet.

    Raises
    ------
    ValueError
        If there are not as many arrays as terms, or an axis has several lengths.

    See Also
    --------
    numpy.einsum : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, grad
    >>> x, w = Node([[1.0, 2.0]]), Node([[3.0], [4.0]])
    >>> y = np.einsum("ij,jk->ik", x, w)
    >>> y.backward()
    >>> y.value, x.grad
    (array([[11.]]), array([[3., 4.]]))
    >>> grad(lambda x: np.einsum("ii->", x))(np.ones((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    if isinstance(operands[0], str):
        subscripts, arrays = operands[0].replace(" ", ""), list(operands[1:])
    else:
        subscripts, arrays = _from_lists(operands)
    left, arrow, output = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(arrays):
        raise ValueError(
            f"einsum got {len(arrays)} arrays for the {len(terms)} terms of {subscripts!r}"
        )
    if dtype is not None:
        arrays = [cast(x, dtype, casting, "einsum") for x in arrays]
    letters = "".join(terms) + output
    unused = "".join(x for x in string.ascii_letters if x not in letters)
    extra = [
        np.ndim(x) - len(term.replace("...", "")) if "..." in term else 0
        for term, x in zip(terms, arrays, strict=True)
    ]
    most = max(extra)
    broadcast = unused[:most]
    if not arrow:
        named = "".join(terms).replace(".", "")
        output = "..." + "".join(sorted(x for x in set(named) if named.count(x) == 1))
    terms = [
        term.replace("...", broadcast[most - n :]) for term, n in zip(terms, extra, strict=True)
    ]
    return _einsum_row(*arrays, terms=tuple(terms), output=output.replace("...", broadcast))


def _from_lists(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """NumPy's form with lists of axis numbers, as a string."""

    def spelled(axes: Any) -> str:
        return "".join("..." if a is Ellipsis else string.ascii_letters[a] for a in axes)

    pairs = len(operands) // 2
    left = ",".join(spelled(operands[2 * i + 1]) for i in range(pairs))
    right = f"->{spelled(operands[-1])}" if len(operands) % 2 else ""
    return left + right, [operands[2 * i] for i in range(pairs)]
