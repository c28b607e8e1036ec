"""Lines of the table: polynomials, slopes, windows, sets, and entries put together anew."""

from __future__ import annotations

import numpy as np
from cases import (
    NUMPY,
    Case,
    between,
    binary,
    inside,
    invertible,
    made,
    positive,
    real,
    row,
    spread_matrix,
    unary,
    whole,
    with_zeros,
)

import autograd_core as ac


def both(name, *shapes, call, note="", domains=(real,), order=2):
    """A case whose call has the function in it: ours, then NumPy's."""
    return Case(
        name, lambda *x: call(ac, *x), lambda *x: call(np, *x), shapes, domains, order, note=note
    )


def with_real_roots(random, shape):
    """The coefficients of a polynomial of the second degree."""
    return np.array([1.0, -3.0, 0.5]) * random.uniform(0.9, 1.1, shape)


def ascending(random, shape):
    return np.sort(real(random, shape))


INNER = (np.arange(20).reshape(4, 5) % 3 != 1).astype(np.float32)
"""A pattern with zeros among the entries."""


def counted(random, shape):
    """A condition, as whole numbers."""
    return random.integers(0, 2, shape)


POLYNOMIALS = [
    row("polyadd", (4,), (2,)),
    row("polyadd", (2,), (4,)),
    row("polysub", (2,), (4,)),
    row("polysub", (4,), ()),
    row("polymul", (4,), (3,)),
    row("polydiv", (5,), (3,)),
    row("polydiv", (2,), (3,), order=0),
    row("polydiv", (3,), (1,)),
    row("polyder", (5,)),
    row("polyder", (5,), m=2),
    row("polyder", (3,), args=(0,)),
    row("polyint", (3,)),
    row("polyint", (3,), m=2, k=2.0),
    both("polyint", (3,), (3,), call=lambda m, p, k: m.polyint(p, 2, k=k), note="k"),
    row("poly", (3,)),
    row("poly", (3, 3), domains=(spread_matrix,)),
    row("roots", (3,), domains=(with_real_roots,)),
    row("polyfit", (6,), (6,), args=(2,)),
    row("polyfit", (6,), (6, 2), deg=1),
    both("polyfit", (6,), (6,), (6,), call=lambda m, x, y, w: m.polyfit(x, y, 2, w=w, cov=True),
         domains=(real, real, positive), note="w, cov"),
    both("polyfit", (6,), (6, 2), call=lambda m, x, y: m.polyfit(x, y, 1, cov="unscaled"),
         note="unscaled"),
    both("polyfit", (6,), (6, 2), call=lambda m, x, y: m.polyfit(x, y, 1, cov=True),
         note="cov of two"),
    both("polyfit", (6,), (6,), call=lambda m, x, y: m.polyfit(x, y, 2, full=True)[:2],
         note="full"),
]  # fmt: skip

SIGNALS = [
    *(
        case
        for order in (1, 2)
        for case in (
            row("gradient", (4, 5), edge_order=order),
            row("gradient", (4, 5), axis=-2, edge_order=order),
            row("gradient", (3, 4, 5), args=(0.5,), axis=(2, 0), edge_order=order),
            both("gradient", (5,), (5,), domains=(real, ascending),
                 call=lambda m, f, x, order=order: m.gradient(f, x, edge_order=order),
                 note=f"places, {order}"),
            both("gradient", (4, 3), (), (3,), domains=(real, positive, ascending),
                 call=lambda m, f, h, x, order=order: m.gradient(f, h, x, edge_order=order),
                 note=f"distance and places, {order}"),
        )
    ),
    row("gradient", (2,)),
    row("unwrap", (8,), domains=(between(-9.0, 9.0),)),
    row("unwrap", (2, 5), domains=(between(-9.0, 9.0),), axis=0),
    row("unwrap", (2, 6), domains=(between(-3.0, 3.0),), period=2.0),
    row("unwrap", (6,), domains=(between(-9.0, 9.0),), discont=4.5),
    both("unwrap", (6,), (), domains=(between(-3.0, 3.0), between(1.4, 1.5)),
         call=lambda m, p, period: m.unwrap(p, period=period), note="period"),
    unary("i0"),
    row("i0", (4,), domains=(between(-30.0, -11.0),), note="large", order=0, elementwise=True),
    made("modified_bessel", lambda x: ac.i0(x), elementwise=True),
    both("modified_bessel", (3,), call=lambda m, x: ac.modified_bessel(x, 2), note="order 2"),
    Case("kaiser", lambda beta: ac.kaiser(5, beta),
         lambda beta: np.i0(beta * np.sqrt(1 - np.array([-1.0, -0.5, 0, 0.5, 1]) ** 2))
         / np.i0(beta), ((),)),
    row("logspace", (), (), num=4),
    row("logspace", (2,), (2,), num=3, endpoint=False, axis=-1),
    both("logspace", (), (), (), domains=(real, real, positive),
         call=lambda m, a, b, base: m.logspace(a, b, 3, base=base), note="base"),
    both("logspace", (2,), (2,), (2,), domains=(real, real, positive),
         call=lambda m, a, b, base: m.logspace(a, b, 3, base=base), note="bases"),
    row("geomspace", (), (), domains=(positive,), num=4),
    row("geomspace", (), (), domains=(between(-3.0, -0.5),), num=3),
    row("geomspace", (2,), (2,), domains=(positive,), num=3, endpoint=False, axis=1),
    row("geomspace", (), (), domains=(positive,), num=1),
    both("geomspace", (2,), domains=(positive,), order=0,
         call=lambda m, x: m.geomspace(x, [3, 4], 5, axis=1), note="a list"),
    both("logspace", (), domains=(positive,), order=0,
         call=lambda m, base: m.logspace([0, 1], 1, 3, base=base), note="base of lists"),
]  # fmt: skip

ARRANGED = [
    both("insert", (2, 3), (), call=lambda m, a, v: m.insert(a, 2, v), note="flat"),
    both("insert", (2, 3), (3,), call=lambda m, a, v: m.insert(a, 1, v, axis=0), note="row"),
    both("insert", (2, 3), (2,), call=lambda m, a, v: m.insert(a, [1, 1], v), note="twice"),
    both("insert", (2, 3), (2,), call=lambda m, a, v: m.insert(a, 1, v, axis=-1), note="column"),
    both("insert", (2, 3), (2, 2), call=lambda m, a, v: m.insert(a, [0, 3], v, axis=1),
         note="columns"),
    both("insert", (4,), (2,), call=lambda m, a, v: m.insert(a, slice(0, 3, 2), v), note="slice"),
    row("resize", args=((3, 3),)),
    row("resize", args=(4,)),
    row("resize", args=((2, 1, 2),)),
    row("trim_zeros", (5,)),
    *(
        both("trim_zeros", (2, 3),
             call=lambda m, x, how=how: m.trim_zeros(np.pad(x, 1) * INNER, **how), note=str(how))
        for how in ({}, {"trim": "b", "axis": 1})
        if NUMPY >= "2.2.0"  # before, of vectors alone
    ),
    both("trim_zeros", (3,), order=0, call=lambda m, x: m.trim_zeros(x * 0, "b"), note="all"),
    *(row("trim_zeros", (5,), domains=(with_zeros,), order=0, trim=t) for t in ("fb", "f", "b")),
    Case("sliding_window_view", lambda x: ac.sliding_window_view(x, (2, 2)),
             lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)), ((3, 4),)),
    Case("sliding_window_view", lambda x: ac.sliding_window_view(x, 3, axis=-1),
         lambda x: np.lib.stride_tricks.sliding_window_view(x, 3, axis=-1), ((2, 5),), note="axis"),
    both("extract", (2, 3), (2, 3), domains=(real, counted),
         call=lambda m, x, c: m.extract(c, x)),
    both("choose", (3,), (3,), (3,), domains=(whole(2), real, real),
         call=lambda m, a, x, y: m.choose(a, [x, y])),
    both("choose", (2, 3), (3,), (), domains=(whole(5), real, real),
         call=lambda m, a, x, y: m.choose(a, [x, y], mode="wrap"), note="wrap"),
    both("choose", (2, 3), (3,), (), domains=(whole(5), real, real),
         call=lambda m, a, x, y: m.choose(a, (x, y), mode="clip"), note="clip"),
    both("bincount", (5,), (5,), domains=(whole(4), real),
         call=lambda m, x, w: m.bincount(x, weights=w)),
    both("bincount", (5,), (5,), domains=(whole(4), real),
         call=lambda m, x, w: m.bincount(x, w, minlength=7), note="minlength"),
    row("partition", (7,), args=(3,)),
    row("partition", (4, 5), args=([1, 3],), axis=0),
    row("partition", (3, 4), args=(5,), axis=None),
    row("argpartition", (3, 5), order=0, args=(2,)),
    row("argpartition", (3, 5), order=0, args=(2,), axis=0),
]  # fmt: skip

APPLIED = [
    both("apply_along_axis", (2, 3, 4),
         call=lambda m, x: m.apply_along_axis(lambda r: np.sum(r * r), 1, x), note="number"),
    both("apply_along_axis", (2, 3, 4),
         call=lambda m, x: m.apply_along_axis(lambda r, k: np.outer(r[:k], r[:2]), 0, x, 1),
         note="matrix"),
    both("apply_along_axis", (3,), call=lambda m, x: m.apply_along_axis(np.cumsum, -1, x),
         note="vector"),
    both("apply_over_axes", (2, 3, 4), call=lambda m, x: m.apply_over_axes(np.sum, x, [0, -1])),
    both("apply_over_axes", (2, 3), call=lambda m, x: m.apply_over_axes(np.cumsum, x, 1),
         note="one"),
    both("piecewise", (2, 4),
         call=lambda m, x: m.piecewise(x, [x < -1, x > 1], [lambda x: x * x, np.exp, 7.0])),
    both("piecewise", (6,),
         call=lambda m, x: m.piecewise(x, [x < 1, x < 0], [np.sin, lambda x: x**3]),
         note="the last counts"),
    both("piecewise", (6,), call=lambda m, x: m.piecewise(x, x > 0, [lambda x, k: k * x * x], 3.0),
         note="one"),
]  # fmt: skip

SETS = [
    row("union1d", (4,), (2, 2)),
    both("intersect1d", (4,), call=lambda m, x: m.intersect1d(x, x[1:3])),
    both("intersect1d", (4,), call=lambda m, x: m.intersect1d(x, x[1:3], return_indices=True),
         note="indices"),
    both("setdiff1d", (5,), call=lambda m, x: m.setdiff1d(x, x[1:3])),
    both("setxor1d", (5,), (2,), call=lambda m, x, y: m.setxor1d(x, np.concatenate([x[2:], y]))),
    *(row(f"unique_{kind}", (2, 3)) for kind in ("all", "counts", "inverse")),
    both("unique_values", (2, 3), call=lambda m, x: np.sort(m.unique_values(x))),
]  # fmt: skip

FLOATS = [
    row("modf", (2, 3)),
    row("frexp", (2, 3)),
    row("ldexp", (2, 3), (3,), domains=(real, whole(4)), elementwise=True),
    binary("nextafter"),
    unary("spacing", order=0),
    *(
        row(name, (2, 3), (3,), domains=(whole(9),), order=0, elementwise=True)
        for name in ("left_shift", "right_shift", "gcd", "lcm")
    ),
    row("bitwise_count", (2, 3), domains=(whole(9),), order=0, elementwise=True),
]


def method(ufunc, kind, *shapes, domains=(real,), note="", order=2, **options):
    """A case of a method of a ufunc; ours is called through the protocol."""
    call = getattr(getattr(np, ufunc), kind)
    called = {"accumulate": f"{ufunc}_accumulate"}.get(kind, f"{ufunc}.{kind}")
    own = getattr(ac, called, call)
    note = note or ",".join(f"{k}={v}" for k, v in options.items())
    return Case(called, lambda *x: own(*x, **options), lambda *x: call(*x, **options), shapes,
                domains, order, note=note)  # fmt: skip


METHODS = [
    *(
        method(f"{name}imum", "accumulate", *shape, **options)
        for name in ("max", "min")
        for shape, options in (
            (((7,),), {}),
            (((3, 4),), {"axis": 1}),
            (((2, 3, 4),), {"axis": -2}),
        )
    ),
    method("add", "reduceat", (6,), indices=[0, 4, 2, 2, 5]),
    method("add", "reduceat", (3, 6), indices=[1, 3], axis=1),
    method("multiply", "reduceat", (6,), indices=[0, 4, 2]),
    method("maximum", "reduceat", (6, 2), indices=[0, 2], axis=0),
    method("logaddexp", "reduceat", (3, 6), indices=[0, 4, 2], axis=-1),
    method("subtract", "reduce", (4,)),
    method("divide", "reduce", (2, 3), axis=1, keepdims=True),
    method("logaddexp", "reduce", (2, 3), axis=None),
    method("logaddexp", "reduce", (2, 3, 4), axis=(0, 2)),
    method("hypot", "reduce", (2, 3), axis=0),
    method("hypot", "reduce", (2, 3), axis=-1, initial=2.0),
    method("hypot", "reduce", (1, 3), axis=0),
    method("hypot", "reduce", (2, 3), axis=()),
    method("logical_or", "accumulate", (4, 2), order=0),
    method("logical_xor", "reduce", (4, 2), order=0),
    method("subtract", "accumulate", (4, 2)),
    method("logaddexp", "accumulate", (2, 3), axis=1),
    method("divide", "accumulate", (4,)),
    method("arctan2", "outer", (2,), (3,)),
]


def complexified(name, *domains):
    """A case of a function of np.emath, where all results are real."""
    function = getattr(np.emath, name)
    return Case(
        f"emath.{name}", lambda *x: function(*x), function, ((2, 3),) * len(domains), domains
    )


EMATH = [
    *(complexified(name, positive) for name in ("sqrt", "log", "log2", "log10")),
    *(complexified(name, inside) for name in ("arccos", "arcsin", "arctanh")),
    complexified("logn", between(2.0, 3.0), positive),
    complexified("power", positive, real),
]

LINALG = [
    row("linalg.tensorsolve", (2, 3, 6), (2, 3), domains=(invertible(2, 3, 6), real)),
    row("linalg.tensorsolve", (2, 6, 3), (2, 3), domains=(
        lambda r, s: invertible(2, 3, 6)(r, s).transpose(0, 2, 1), real), axes=(1,)),
]  # fmt: skip

CASES = [
    *POLYNOMIALS,
    *SIGNALS,
    *ARRANGED,
    *APPLIED,
    *SETS,
    *FLOATS,
    *METHODS,
    *EMATH,
    *LINALG,
]
