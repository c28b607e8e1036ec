"""Lines of the table of operations, and what makes them: domains, and rows by the name.

A case is a call, its NumPy twin, and where to try it: shapes, domain, highest order. The twin runs
on plain arrays for the expected value, and on nodes, where NumPy hands it to the operations.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core.operation import REGISTRY

Shape = tuple[int, ...]

NUMPY = np.lib.NumpyVersion(np.__version__)
"""The installed NumPy, for rows that an older one does not have, or gets wrong itself."""


# --- domains: (random generator, shape) -> array ----------------------------------------------


def real(random: np.random.Generator, shape: Shape) -> Any:
    """Distinct numbers of both signs, away from 0: no ties, no kink at 0."""
    size = int(np.prod(shape))
    places = random.permutation(np.linspace(-2.2, 2.4, size) if size > 1 else np.array([0.7]))
    places = places + random.uniform(-0.02, 0.02, places.shape)
    return (places + 0.15 * np.sign(places)).reshape(shape)


def between(low: float, high: float) -> Callable[..., Any]:
    return lambda random, shape: random.uniform(low, high, shape)


def complex_numbers(random: np.random.Generator, shape: Shape) -> Any:
    """Distinct complex numbers, away from 0 and from the axes."""
    return real(random, shape) + 1j * real(random, shape)


positive = between(0.4, 3.0)
inside = between(-0.85, 0.85)


def spread_matrix(random: np.random.Generator, shape: Shape) -> Any:
    """Matrices far from singular, with singular values far from each other."""
    x = random.uniform(-0.3, 0.3, shape)
    k = min(shape[-2:])
    x[..., range(k), range(k)] += np.arange(1, k + 1) * np.array([1, -1] * k)[:k]
    return x


def definite(random: np.random.Generator, shape: Shape) -> Any:
    """Symmetric positive matrices."""
    x = random.uniform(-0.3, 0.3, shape)
    return x + x.swapaxes(-1, -2) + np.diag(np.arange(1.0, shape[-1] + 1)) * 1.5


def with_zeros(random: np.random.Generator, shape: Shape) -> Any:
    x = real(random, shape)
    x.reshape(-1)[[0, -1]] = 0.0
    return x


def whole(limit: int) -> Callable[..., Any]:
    return lambda random, shape: random.integers(0, limit, shape)


def zero_or_one(random: np.random.Generator, shape: Shape) -> Any:
    return random.integers(0, 2, shape, dtype=np.int8)


def one_hot(random: np.random.Generator, shape: Shape) -> Any:
    return np.eye(shape[-1])[random.integers(0, shape[-1], shape[:-1])]


def zeros(random: np.random.Generator, shape: Shape) -> Any:
    return np.zeros(shape)


def mask(random: np.random.Generator, shape: Shape) -> Any:
    return random.random(shape) < 0.5


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    name: str
    call: Callable[..., Any]
    twin: Callable[..., Any]
    shapes: tuple[Shape, ...] = ((2, 3),)
    domains: tuple[Callable[..., Any], ...] = (real,)
    order: int = 2
    elementwise: bool = False
    note: str = ""

    @property
    def id(self) -> str:
        return f"{self.name}{'-' if self.note else ''}{self.note}"

    def arrays(self, dtype: Any = np.float64, draw: int = 0) -> list[Any]:
        """The inputs, the same in every run; others of the same domains for each `draw`."""
        random = np.random.default_rng(zlib.crc32(self.id.encode()) + draw)
        domains = self.domains * (len(self.shapes) if len(self.domains) == 1 else 1)
        found = [np.asarray(d(random, s)) for d, s in zip(domains, self.shapes, strict=True)]
        dtypes = {"f": dtype, "c": np.result_type(dtype, np.complex64)}
        return [x.astype(dtypes.get(x.dtype.kind, x.dtype)) for x in found]

    def nodes(self, dtype: Any = np.float64) -> list[Any]:
        return as_nodes(self.arrays(dtype))

    def on_wanted(self, arrays: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
        """The call as a function of the floating-point inputs alone, and those."""
        wanted = [i for i, x in enumerate(arrays) if np.asarray(x).dtype.kind in "fc"]

        def function(*some: Any) -> Any:
            given = list(arrays)
            for i, x in zip(wanted, some, strict=True):
                given[i] = x
            return joined(self.call(*given))

        return function, [arrays[i] for i in wanted]


def as_nodes(arrays: list[Any]) -> list[Any]:
    return [ac.Node(x, requires_grad=x.dtype.kind in "fc") for x in arrays]


def joined(results: Any) -> Any:
    """Several results as one: the sum of all their entries, each with a weight of its own.

    Complex ones have two parts, side by side.
    """
    if not isinstance(results, (tuple, list)):
        return in_parts(results)
    total: Any = 0.0
    for number, result in enumerate(map(in_parts, results)):
        if np.result_type(result).kind == "f":
            weights = np.cos(np.arange(np.size(result)) + number).reshape(np.shape(result))
            total = total + np.sum(result * weights.astype(np.result_type(result)))
    return total


def in_parts(result: Any) -> Any:
    return np.stack([np.real(result), np.imag(result)]) if np.iscomplexobj(result) else result


def find(module: Any, name: str) -> Any:
    for part in name.split("."):
        module = getattr(module, part, None)
    return module


def public(name: str) -> Any:
    """Our function of that name, which may be given with NumPy's module."""
    name = name.rpartition(".")[2]
    assert hasattr(ac, name), (
        f'add "{name}" to the list __all__ at the top of its file, a new file to '
        "operations/__init__.py"
    )
    return getattr(ac, name)


def einsum_of(subscripts: str, *shapes: Shape) -> Case:
    return Case(
        "einsum",
        lambda *x: ac.einsum(subscripts, *x),
        lambda *x: np.einsum(subscripts, *x),
        shapes,
        note=subscripts,
    )


MISSING: set[str] = set()
"""Names that the installed NumPy, an older one, does not have."""


def row(
    name: str, *shapes: Shape, args: tuple[Any, ...] = (), note: str = "", **more: Any
) -> Case | None:
    """A case whose call is ours of that name and whose twin is NumPy's: f(*inputs, *args, **kw)."""
    fields = {k: more.pop(k) for k in ("domains", "order", "elementwise") if k in more}
    ours, twin = public(name), find(np, name)
    if twin is None:
        MISSING.add(name)
        return None
    note = note or ",".join([*map(str, args), *(f"{k}={v}" for k, v in more.items())])
    note += f"{'@' if note else ''}{list(shapes)}".replace(" ", "") if len(shapes) > 1 else ""
    return Case(
        name.rpartition(".")[2],
        lambda *x: ours(*x, *args, **more),
        lambda *x: twin(*x, *args, **more),
        shapes or ((2, 3),),
        note=note.replace(" ", ""),
        **fields,
    )


def listed(name: str, *shapes: Shape, **options: Any) -> Case:
    """A case of a function that takes a list of arrays."""
    ours, twin = public(name), find(np, name)
    return Case(
        name.rpartition(".")[2],
        lambda *x: ours(list(x), **options),
        lambda *x: twin(list(x), **options),
        shapes,
        note=",".join(f"{k}={v}" for k, v in options.items()),
    )


def unary(name: str, domain: Any = real, order: int = 2) -> Case | None:
    return row(name, (2, 3), domains=(domain,), order=order, elementwise=True)


def binary(name: str, first: Any = real, second: Any = None) -> Case | None:
    return row(name, (2, 3), (3,), domains=(first, second or first), elementwise=True)


def made(name: str, twin: Any, *shapes: Shape, note: str = "", **more: Any) -> Case:
    """A case of an operation that NumPy does not have, with the expression that says the same."""
    fields = {k: more.pop(k) for k in ("domains", "order", "elementwise") if k in more}
    ours = public(name)
    note = note or ",".join(f"{k}={v}" for k, v in more.items())
    return Case(name, lambda *x: ours(*x, **more), twin, shapes or ((2, 3),), note=note, **fields)


def guards(name: str, undefined: Any, *others: Any) -> list[Case]:
    """An operation that keeps rules from 0/0: where nothing comes from above, and elsewhere."""

    def twin(g: Any, x: Any, *others: Any) -> Any:
        return np.where((g == 0) & undefined(x, *others), 1.0, x)

    shapes = ((2, 3),) * (2 + len(others))
    return [
        Case(
            name, REGISTRY[name], twin, shapes, (g, x, *others), order, elementwise=True, note=note
        )
        for note, g, x, order in (("kept", real, real, 2), ("unused", zeros, with_zeros, 0))
    ]


def with_nan(random: np.random.Generator, shape: Shape) -> Any:
    x = real(random, shape)
    x.reshape(-1)[1] = np.nan
    return x


def square(random: np.random.Generator) -> Any:
    return spread_matrix(random, (4, 4)).reshape(2, 2, 4)


def invertible(*shape: int) -> Callable[..., Any]:
    """An array of a shape that is a regular square matrix, too."""
    n = int(np.prod(shape) ** 0.5)
    return lambda random, _: spread_matrix(random, (n, n)).reshape(shape)


def in_turn(arrays: tuple[Any, ...], axes: tuple[Any, ...]) -> list[Any]:
    """Each array and a list of its axes; the axes of the result may follow."""
    pairs = zip(arrays, axes, strict=False)
    return [part for pair in pairs for part in pair] + list(axes[len(arrays) :])


def fixed(entries: Any) -> Any:
    """An array that nobody writes into, and so a part of a program."""
    array = np.array(entries)
    array.flags.writeable = False
    return array


def with_infinities(random: np.random.Generator, shape: Shape) -> Any:
    x = real(random, shape)
    x.reshape(-1)[:3] = np.nan, np.inf, -np.inf
    return x


def with_one_number(random: np.random.Generator, shape: Shape) -> Any:
    x = real(random, shape)
    x[:, [0, -1]] = np.nan
    return x
