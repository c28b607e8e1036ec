"""Keywords: what NumPy's functions take besides the usual, as lines of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import NUMPY, Case, definite, listed, mask, positive, real, row, spread_matrix

import autograd_core as ac
from autograd_core.operation import as_operand

MASK = np.array([[True, False, True], [True, True, False]])


def _called(name: str, function: Any, *shapes: Any, note: str = "", **options: Any) -> Case:
    """NumPy's own function: on nodes it hands the call on."""

    def call(*x: Any) -> Any:
        return function(*map(as_operand, x), **options)

    note = note or ",".join(f"{key}={value}" for key, value in options.items())
    return Case(name, call, call, shapes or ((2, 3),), note=note.replace(" ", ""))


def _method(name: str, *args: Any, **options: Any) -> Case:
    """A method, with that of an array for its twin."""

    def call(x: Any) -> Any:
        return getattr(as_operand(x), name)(*args, **options)

    return Case(name, call, call, note=f"method {[*map(str, args)]} {sorted(options)}")


def _of_ufunc(ufunc: np.ufunc, shapes: Any, domain: Any = real, **options: Any) -> Case:
    ours = getattr(ac, ufunc.__name__)
    return Case(
        ufunc.__name__,
        lambda *x: ours(*x, **options),
        lambda *x: ufunc(*x, **options),
        shapes,
        (domain,),
        note=",".join(f"{key}={value}" for key, value in options.items()),
    )


REDUCTIONS = [
    *(
        case
        for name in ("sum", "prod", "nansum", "nanprod")
        for case in (
            row(name, axis=1, dtype=np.float64),
            row(name, initial=2.5),
            row(name, axis=0, where=MASK, note="where"),
            row(name, args=(1, None, None, True, 0.5, MASK), note="by position"),
        )
    ),
    *(
        case
        for name in ("max", "min", "nanmax", "nanmin")
        for case in (
            row(name, axis=1, initial=0.31),
            row(name, axis=0, initial=0.31, where=MASK, note="where"),
            row(name, args=(1, None, True, -0.2, MASK), note="by position"),
        )
    ),
    *(
        case
        for name in ("mean", "nanmean")
        for case in (
            row(name, axis=1, where=MASK, keepdims=True, note="where"),
            row(name, args=(0, np.float64, None, True), note="by position"),
        )
    ),
    *(
        case
        for name in ("var", "std", "nanvar", "nanstd")
        for case in (
            row(name, axis=1, where=MASK, note="where"),
            row(name, args=(1, None, None, 1, True), where=MASK, note="where by position"),
            row(name, axis=1, dtype=np.float64, ddof=1),
            row(name, axis=0, mean=0.4, ddof=1),
        )
    ),
    *(
        _called("var", lambda x, m, f=f: f(x, 1, mean=m, ddof=1), (2, 3), (2, 1), note=f.__name__)
        for f in (np.var, np.std)
    ),
    *(
        row(name, order=0, domains=(mask,), axis=1, where=MASK, note="where")
        for name in ("all", "any")
    ),
    *(row(name, order=0, args=(1, None)) for name in ("argmax", "argmin")),
    row("median", args=(1, None, True, True)),
    row("nanmedian", args=(1, None, True, True)),
    row("quantile", (2, 4), args=(0.3, 1, None, True, "lower", True)),
    row("ptp", args=(1, None, True)),
    row("trace", (3, 3), args=(0, 0, 1, np.float64, None)),
    row("cumsum", args=(1, np.float64, None)),
    row("cumprod", axis=1, dtype=np.float64),
    row("nancumsum", args=(1, np.float64)),
    row("nancumprod", args=(0, np.float64, None)),
    row("cumulative_sum", axis=0, dtype=np.float64),
    row("cumulative_prod", axis=1, dtype=np.float64, include_initial=True),
    row("cov", (2, 4), fweights=[1, 2, 0, 3]),
    row("cov", (2, 4), fweights=[1, 2, 1, 3], aweights=[0.5, 1.5, 1.0, 0.3], ddof=2),
    row("corrcoef", (2, 4), dtype=np.float64),
    Case(
        "cov",
        lambda x, w: ac.cov(x, aweights=w),
        lambda x, w: np.cov(x, aweights=w),
        ((2, 4), (4,)),
        (real, positive),
        note="aweights",
    ),
    *(
        Case(
            "logsumexp",
            lambda x, b, options=options: ac.logsumexp(x, b=b, **options),
            lambda x, b, options=options: np.log(np.sum(b * np.exp(x), **options)),
            ((2, 3), (3,)),
            (real, positive),
            note=f"b {sorted(options)}",
        )
        for options in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})
    ),
    Case(
        "logsumexp",
        lambda x: ac.logsumexp(x, 1, np.array([1.0, -4.0, 0.5]), False, True),
        lambda x: (
            np.log(np.abs(np.sum(np.exp(x) * np.array([1.0, -4.0, 0.5]), axis=1))),
            np.sign(np.sum(np.exp(x) * np.array([1.0, -4.0, 0.5]), axis=1)),
        ),
        note="with its sign",
    ),
]

SHAPES = [
    row("diff", prepend=0.5),
    row("diff", (2, 3), args=(2, 0, [[1.0, 2.0, 3.0]], 4.0)),
    Case(
        "diff",
        lambda x, y: ac.diff(x, axis=0, append=y),
        lambda x, y: np.diff(x, axis=0, append=y),
        ((2, 3), (1, 3)),
        note="append",
    ),
    row("ediff1d", to_begin=-9.0, to_end=[1.0, 2.0]),
    Case(
        "ediff1d",
        lambda x, y: ac.ediff1d(x, y, y),
        lambda x, y: np.ediff1d(x, y, y),
        ((2, 3), (2,)),
        note="both ends",
    ),
    row("linspace", (2,), (), args=(4, True, True)),
    row("linspace", (2,), (2,), num=3, axis=-1, dtype=np.float64, endpoint=False),
    *(
        listed(name, (2, 3), (2, 3), dtype=np.float64)
        for name in ("concatenate", "stack", "hstack", "vstack")
    ),
    listed("concatenate", (2, 3), (2, 3), axis=1, dtype=np.float64, casting="unsafe"),
    row("copy", args=("F",)),
    row("take", args=([4, -1], 0, None, "wrap")),
    row("sort", args=(0, None, None)),
    row("round", order=0, args=(1, None)),
    row("clip", args=(0.0, 1.0, None), dtype=np.float64),
    row("broadcast_to", (3, 1), args=((2, 3, 4), True)),
    *(
        row("pad", (3, 4), args=(width,), mode=mode, **options)
        for mode, options in (
            ("constant", {"constant_values": (1.0, 2.0)}),
            ("linear_ramp", {}),
            ("linear_ramp", {"end_values": ((1.0, 2.0), (3.0, 4.0))}),
            *((mode, {}) for mode in ("maximum", "minimum", "mean", "median")),
            *((mode, {"stat_length": 2}) for mode in ("maximum", "minimum", "mean", "median")),
            ("mean", {"stat_length": ((1, 2), (3, 9))}),
            ("reflect", {"reflect_type": "odd"}),
            ("symmetric", {"reflect_type": "odd"}),
            ("symmetric", {"reflect_type": "even"}),
        )
        for width in (((1, 2), (0, 3)), 5)
    ),
    *(
        Case(
            "pad",
            lambda x, a, b, mode=mode, name=name: ac.pad(
                x, ((1, 2), (0, 1)), mode, **{name: (a, b)}
            ),
            lambda x, a, b, mode=mode, name=name: _padded(x, ((1, 2), (0, 1)), mode, name, a, b),
            ((2, 3), (), ()),
            note=f"{mode} with nodes",
        )
        for mode, name in (("constant", "constant_values"), ("linear_ramp", "end_values"))
    ),
]


def _padded(x: Any, width: Any, mode: str, name: str, a: Any, b: Any) -> Any:
    if isinstance(x, np.ndarray):
        a, b = np.asarray(a).item(), np.asarray(b).item()
    return np.pad(x, width, mode, **{name: (a, b)})


PRODUCTS = [
    row("dot", (2, 3), (3, 2), args=(None,)),
    row("outer", (2,), (3,), args=(None,)),
    *(
        _of_ufunc(np.matmul, shapes, axes=axes)
        for shapes, axes in (
            (((2, 3, 4), (4, 5, 2)), [(1, 2), (0, 1), (0, 1)]),
            (((3, 4), (3, 4)), [(1, 0), (0, 1), (1, 0)]),
            (((2, 3, 4), (4,)), [(1, 2), 0, 0]),
        )
    ),
    *(
        _called(name, getattr(np, name), *shapes, **options)
        for name, shapes, options in (
            ("vecdot", ((2, 3, 4), (2, 3, 4)), {"axis": 0}),
            ("vecdot", ((2, 3, 4), (2, 3, 4)), {"axis": 1, "keepdims": True}),
            ("vecdot", ((2, 3, 4), (3, 2, 4)), {"axes": [1, 0]}),
            ("matvec", ((2, 3, 4), (2, 4)), {"axes": [(1, 2), 1, 0]}),
            ("vecmat", ((2, 3), (2, 3, 4)), {"axes": [1, (1, 2), 0]}),
        )
        if hasattr(np, name)
    ),
    *(
        Case(
            "einsum",
            lambda x, y, way=way: ac.einsum("ij,jk->ik", x, y, dtype=np.float64, order="C", **way),
            lambda x, y, way=way: np.einsum("ij,jk->ik", x, y, dtype=np.float64, order="C", **way),
            ((2, 3), (3, 4)),
            note=f"keywords{way or ''}",
        )
        # Before 2.4 NumPy's own forgets the dtype when it may choose the order.
        for way in ([{}, {"optimize": True}] if NUMPY >= "2.4.0" else [{}])
    ),
]


UFUNCS = [
    _of_ufunc(np.exp, ((2, 3),), dtype=np.float64),
    _of_ufunc(np.sqrt, ((2, 3),), positive, order="C", subok=True, casting="same_kind"),
    _of_ufunc(np.add, ((2, 3), (3,)), signature="dd->d"),
    _of_ufunc(np.multiply, ((2, 3), (3,)), where=True),
    *(
        _called(name, f, note=f"{f.__self__.__name__} {sorted(options)}", **options)
        for name, f, options in (
            ("sum", np.add.reduce, {"axis": 1, "initial": 0.5}),
            ("sum", np.add.reduce, {"dtype": np.float64, "where": MASK, "keepdims": True}),
            ("prod", np.multiply.reduce, {"axis": (0, 1), "where": MASK, "initial": 2.0}),
            ("max", np.maximum.reduce, {"axis": None, "where": MASK, "initial": -0.7}),
            ("min", np.minimum.reduce, {"initial": 0.2, "keepdims": True}),
            ("cumsum", np.add.accumulate, {"axis": 1, "dtype": np.float64}),
            ("cumprod", np.multiply.accumulate, {"dtype": np.float64}),
        )
    ),
]

LINALG = [
    row("linalg.pinv", (3, 3), domains=(definite,), hermitian=True),
    row("linalg.pinv", (3, 3), domains=(spread_matrix,), args=(1e-9, True)),
    row("linalg.pinv", (2, 3, 2), domains=(spread_matrix,), rtol=1e-9),
    row("linalg.svd", (3, 3), domains=(definite,), compute_uv=False, hermitian=True),
    Case(
        "svd",
        lambda a: _symmetric_svd(ac.svd(a, hermitian=True)),
        lambda a: _symmetric_svd(np.linalg.svd(a, hermitian=True)),
        ((2, 3, 3),),
        (lambda random, shape: spread_matrix(random, shape) + 0.0,),
        note="hermitian",
    ),
]


def _symmetric_svd(parts: Any) -> Any:
    """Of singular vectors what does not depend on their sign."""
    u, s, vh = parts
    return u * (s * s)[..., None, :] @ vh


METHODS = [
    _method("sum", 1, None, None, True, 0.5, MASK),
    _method("mean", 0, np.float64, None, True),
    _method("max", 1, None, True, -0.3),
    _method("std", 1, None, None, 1, True, where=MASK),
    _method("var", 0, mean=0.3),
    _method("cumsum", 1, np.float64),
    _method("clip", 0.0, 1.0, None),
    _method("clip", max=0.5),
    _method("take", [0, 4], None, None, "clip"),
    _method("trace", 0, 0, 1, np.float64),
    _method("reshape", 3, 2, order="F"),
    _method("astype", np.float64, "C", "same_kind"),
]

CASES = [*REDUCTIONS, *SHAPES, *PRODUCTS, *UFUNCS, *LINALG, *METHODS]
