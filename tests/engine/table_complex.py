"""Complex numbers and Fourier transforms: lines of the table of operations; see table.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, complex_numbers, find, public, real, row, unary

import autograd_core as ac


def spread_complex(random: np.random.Generator, shape: Any) -> Any:
    """Complex matrices with eigenvalues far from each other."""
    x = 0.3 * complex_numbers(random, shape)
    k = min(shape[-2:])
    x[..., range(k), range(k)] += np.arange(1, k + 1) * np.array([1, 1j] * k)[:k]
    return x


def spread_rotating(random: np.random.Generator, shape: Any) -> Any:
    """Real matrices with a pair of complex eigenvalues."""
    x = random.uniform(-0.2, 0.2, shape)
    x[..., 0, 1] += 2.0
    x[..., 1, 0] -= 1.0
    x[..., -1, -1] += 3.0
    return x


def transform(name: str, *shapes: Any, domain: Any = real, **options: Any) -> Case:
    ours, twin = public(name), find(np.fft, name)
    note = ",".join([domain.__name__, str(shapes[0]), *(f"{k}={v}" for k, v in options.items())])
    return Case(
        name,
        lambda x: ours(x, **options),
        lambda x: twin(x, **options),
        shapes,
        (domain,),
        note=note.replace(" ", ""),
    )


PARTS = [
    *(
        row(name, domains=(domain,), note=domain.__name__, elementwise=True)
        for name in ("real", "imag", "conjugate")
        for domain in (complex_numbers, real)
    ),
    row("angle", domains=(complex_numbers,)),
    row("angle", domains=(complex_numbers,), deg=True),
    row("angle"),
    row("real_if_close"),
    row("real_if_close", domains=(complex_numbers,), note="complex"),
    Case(
        "real_if_close",
        lambda x: ac.real_if_close(ac.multiply(x, 1 + 1e-20j)),
        lambda x: x,
        note="close",
    ),
]

FOURIER = [
    *(
        transform(name, *shape, domain=domain, **options)
        for name in ("fft", "ifft", "hfft")
        for domain in (real, complex_numbers)
        for shape, options in (
            ([(5,)], {}),
            ([(2, 4)], {"norm": "ortho"}),
            ([(2, 4)], {"n": 3, "norm": "forward"}),
            ([(3, 2)], {"n": 5, "axis": 0}),
            ([(3, 2)], {"n": 4, "axis": -2, "norm": "backward"}),
        )
    ),
    *(
        transform(name, *shape, **options)
        for name in ("rfft", "ihfft")
        for shape, options in (
            ([(5,)], {}),
            ([(2, 4)], {"norm": "ortho"}),
            ([(2, 5)], {"n": 3, "norm": "forward"}),
            ([(2, 5)], {"n": 4}),
            ([(3, 2)], {"n": 6, "axis": 0}),
            ([(3, 2)], {"n": 5, "axis": -2, "norm": "backward"}),
            ([(2,)], {"n": 1}),
        )
    ),
    *(
        transform("irfft", *shape, domain=domain, **options)
        for domain in (real, complex_numbers)
        for shape, options in (
            ([(4,)], {}),
            ([(2, 3)], {"n": 5, "norm": "ortho"}),
            ([(2, 3)], {"n": 4, "norm": "forward"}),
            ([(3, 2)], {"n": 3, "axis": 0}),
            ([(3, 2)], {"n": 8, "axis": 0}),
            ([(2,)], {"n": 1}),
            ([(2,)], {"n": 2}),
        )
    ),
    *(
        transform(f"{name}{over}", *shape, domain=domain, **options)
        for name, domain in (
            ("fft", real), ("ifft", complex_numbers), ("rfft", real), ("irfft", complex_numbers)
        )
        for over in ("2", "n")
        for shape, options in (
            ([(3, 4)], {}),
            ([(2, 3, 4)], {"axes": (0, 2), "norm": "ortho"}),
            ([(2, 3, 4)], {"s": (3, 5), "axes": (2, 1)}),
            ([(3, 4)], {"s": (2, -1), "axes": (-1, 0), "norm": "forward"}),
        )
    ),
    transform("fftn", (2, 3, 2)),
    transform("fftn", (3, 4), axes=(0, 0)),
    transform("rfftn", (3, 4, 2), axes=(1, 1, 2)),
    *(
        transform(name, (3, 4), domain=domain, **options)
        for name in ("fftshift", "ifftshift")
        for domain, options in (
            (real, {}),
            (complex_numbers, {"axes": 0}),
            (real, {"axes": (-1,)}),
            (real, {"axes": (0, 1)}),
        )
    ),
]  # fmt: skip

OF_COMPLEX = [
    *(
        unary(name, complex_numbers)
        for name in ("absolute", "exp", "sqrt", "reciprocal", "square", "sin", "tanh", "log")
    ),
    *(row(name, (2, 3), (3,), domains=(complex_numbers,)) for name in ("multiply", "divide")),
    row("power", (2, 3), (3,), domains=(complex_numbers,), note="complex"),
    row("power", (2, 3), (3,), domains=(real, complex_numbers), note="complex exponent"),
    row("multiply", (2, 3), (3,), domains=(real, complex_numbers), note="mixed"),
    row("roots", (3,), domains=(lambda random, shape: np.array([1.3, 0.4, 2.0]),), note="complex"),
    row("linalg.slogdet", (3, 3), domains=(spread_complex,), note="complex"),
    row("linalg.slogdet", (2, 2, 2), domains=(spread_complex,), note="complex"),
    row("linalg.eig", (3, 3), domains=(spread_complex,), note="complex"),
    row("linalg.eig", (2, 2, 2), domains=(spread_complex,), note="complex stack"),
    row("linalg.eig", (3, 3), domains=(spread_rotating,), note="pair"),
    row("linalg.eig", (2, 3, 3), domains=(spread_rotating,), note="pairs"),
    row("linalg.eigvals", (3, 3), domains=(spread_rotating,), note="pair"),
    row("linalg.eigvals", (3, 3), domains=(spread_complex,), note="complex"),
]

CASES: list[Case | None] = [*PARTS, *FOURIER, *OF_COMPLEX]
