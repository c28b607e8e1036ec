"""Derivatives that are made of `grad`: of functions entry by entry, and along a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from .argument_names import says_argument
from .containers import leaves, leaves_beside
from .differentiation import Function, grad, require_function

__all__ = ["elementwise_grad", "hessian_vector_product"]


@says_argument
def elementwise_grad(f: Function, argument: int | tuple[int, ...] = 0) -> Function:
    """Return the derivative of a function that works entry by entry, as another such function.

    Parameters
    ----------
    f : callable
        From an array to an array, each entry of which depends on one entry of the argument. Of
        another function the sum of its results is differentiated.
    argument : int or tuple of int, default 0
        Which positional argument to differentiate for; a tuple gives a tuple of derivatives.

    Returns
    -------
    callable
        ``(*arguments) -> derivative``, shaped like the argument. It nests for higher orders.

    Raises
    ------
    ValueError
        When called: if there is no such argument.
    TypeError
        When called: if an argument is not floating-point data, or f returns complex numbers or
        integers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import elementwise_grad
    >>> elementwise_grad(np.sqrt)(np.array([1.0, 4.0]))
    array([0.5 , 0.25])
    >>> elementwise_grad(elementwise_grad(np.square))(np.array([3.0, 4.0]))
    array([2., 2.])
    """
    require_function("elementwise_grad", f)
    return grad(lambda *arguments, **keywords: np.sum(f(*arguments, **keywords)), argument)


@says_argument
def hessian_vector_product(f: Function, argument: int | tuple[int, ...] = 0) -> Function:
    """Return the function that multiplies the second derivatives of f with a vector.

    Parameters
    ----------
    f : callable
        From numbers, arrays, Nodes, or nested containers of them, to a scalar.
    argument : int or tuple of int, default 0
        Which positional argument to differentiate for.

    Returns
    -------
    callable
        ``(*arguments, vector) -> product``; vector and product are nested and shaped like the
        argument.

    Raises
    ------
    ValueError
        When called: if f returns no scalar, has no such argument, or the vector is nested or shaped
        otherwise than the argument.
    TypeError
        When called: if the vector is missing, or an argument is not floating-point data.

    Notes
    -----
    It costs a few evaluations of f, however many entries there are; `hessian` costs one for each.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import hessian_vector_product
    >>> product = hessian_vector_product(lambda x: x[0] ** 2 * x[1])
    >>> product(np.array([3.0, 2.0]), np.array([1.0, 10.0]))
    array([64.,  6.])
    """
    slope = grad(f, argument)

    def multiplied(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) < 2:
            raise TypeError(
                "hessian_vector_product(f) expects the arguments of f and then the vector, got "
                f"{len(arguments)}. Write hessian_vector_product(f)(x, v)"
            )
        *given, vector = arguments

        def along(*given: Any) -> Any:
            found = slope(*given, **keywords)
            try:
                directions = leaves_beside(found, vector)
            except ValueError as error:
                raise ValueError(
                    "hessian_vector_product() expects a vector nested like the argument, but "
                    f"{error}"
                ) from None
            total: Any = 0.0
            for g, v in zip(leaves(found), directions, strict=True):
                if np.shape(g) != np.shape(v):
                    raise ValueError(
                        "hessian_vector_product() expects a vector shaped like the argument, "
                        f"{np.shape(g)}, got {np.shape(v)}"
                    )
                total = total + np.sum(g * v)
            return total

        return grad(along, argument)(*given)

    return multiplied
