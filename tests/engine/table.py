"""The table from which the tests of the operations are generated: one line per case.

What a line is made of stands in cases.py. Kinds of operations with many lines have a file of their
own, `table_<kind>.py`, with a list CASES; they are collected below.
"""

from __future__ import annotations

import numpy as np
from cases import (
    NUMPY,
    Case,
    between,
    binary,
    definite,
    einsum_of,
    fixed,
    guards,
    in_turn,
    inside,
    invertible,
    listed,
    made,
    mask,
    one_hot,
    positive,
    real,
    row,
    spread_matrix,
    square,
    unary,
    whole,
    with_infinities,
    with_nan,
    with_one_number,
    with_zeros,
    zero_or_one,
)
from table_complex import CASES as COMPLEX
from table_functions import CASES as FUNCTIONS
from table_histograms import CASES as HISTOGRAMS
from table_images import CASES as IMAGES
from table_interpolation import CASES as INTERPOLATION
from table_keywords import CASES as KEYWORDS
from table_normalizing import CASES as NORMALIZING
from table_recurrent import CASES as RECURRENT
from table_scipy import CASES as SCIPY

import autograd_core as ac
from autograd_core.operation import REGISTRY

ELEMENTWISE_UNARY = [
    unary("negative"),
    unary("positive"),
    unary("absolute"),
    unary("square"),
    unary("sqrt", positive),
    unary("cbrt"),
    unary("reciprocal"),
    unary("exp"),
    unary("exp2"),
    unary("expm1"),
    unary("log", positive),
    unary("log2", positive),
    unary("log10", positive),
    unary("log1p", inside),
    unary("sin"),
    unary("cos"),
    unary("tan", inside),
    unary("arcsin", inside),
    unary("arccos", inside),
    unary("arctan"),
    unary("sinh"),
    unary("cosh"),
    unary("tanh"),
    unary("arcsinh"),
    unary("arccosh", between(1.2, 3.0)),
    unary("arctanh", inside),
    unary("sinc", order=3),
    unary("deg2rad"),
    unary("rad2deg"),
    unary("nan_to_num"),
    *guards("away_from_pole", lambda x: x == 0),
    *guards("inside_domain", lambda x: x <= 0),
    *guards(
        "base_inside_domain", lambda x, y: (x == 0) & (y < 1) | (x < 0) & (y % 1 != 0), positive
    ),
    made("relu", lambda x: np.maximum(x, 0), elementwise=True),
    made("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x), elementwise=True),
    made(
        "leaky_relu",
        lambda x: np.where(x > 0, x, 0.3 * x),
        elementwise=True,
        negative_slope=0.3,
    ),
    made("elu", lambda x: np.where(x > 0, x, np.expm1(x)), elementwise=True),
    made("elu", lambda x: np.where(x > 0, x, 0.5 * np.expm1(x)), elementwise=True, alpha=0.5),
    made(
        "selu",
        lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
        elementwise=True,
    ),
    made("sigmoid", lambda x: 1 / (1 + np.exp(-x)), elementwise=True),
    made("silu", lambda x: x / (1 + np.exp(-x)), elementwise=True),
    made("softplus", lambda x: np.log(1 + np.exp(x)), elementwise=True),
    made("erf", lambda x: ac.erf(x), elementwise=True),
    made("gelu", lambda x: x * (1 + ac.erf(x / 2**0.5)) / 2, elementwise=True),
    made(
        "gelu",
        lambda x: x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2,
        elementwise=True,
        approximate=True,
    ),
]

ELEMENTWISE_BINARY = [
    binary("add"),
    binary("subtract"),
    binary("multiply"),
    binary("divide"),
    binary("power", positive, real),
    binary("float_power", positive, real),
    binary("maximum"),
    binary("minimum"),
    binary("fmax"),
    binary("fmin"),
    binary("copysign"),
    binary("hypot"),
    binary("logaddexp"),
    binary("logaddexp2"),
    binary("arctan2"),
    binary("remainder", between(0.1, 0.4), between(0.6, 0.9)),
    row("remainder", (3,), (2, 3), domains=(between(2.1, 2.4), between(-0.99, -0.85))),
    row("divmod", (2, 3), (3,), domains=(between(0.1, 0.4), between(0.6, 0.9))),
    binary("fmod", between(2.1, 2.4), between(0.85, 0.99)),
]

# Without a derivative: only the value is checked.
FLAT = [
    *(
        unary(name, order=0)
        for name in ("sign", "floor", "ceil", "trunc", "rint", "isnan", "isinf", "isfinite")
    ),
    *(unary(name, order=0) for name in ("signbit", "logical_not")),
    unary("invert", mask, order=0),
    *(
        row(name, (2, 3), (3,), order=0, elementwise=True)
        for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
    ),
    *(
        row(name, (2, 3), (3,), order=0, elementwise=True)
        for name in ("logical_and", "logical_or", "logical_xor", "floor_divide")
    ),
    *(
        row(name, (2, 3), (3,), domains=(mask,), order=0, elementwise=True)
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ),
    row("round", order=0),
    row("round", order=0, args=(1,)),
    row("argmax", order=0),
    row("argmax", order=0, axis=1, keepdims=True),
    row("argmin", order=0, args=(0,)),
    row("argsort", order=0),
    row("argsort", order=0, axis=0, stable=True),
    row("all", order=0, axis=1),
    row("any", order=0),
]

CHOICES = [
    row("where", (2, 3), (3,), (2, 1), domains=(mask, real, real), elementwise=True),
    Case(
        "select",
        lambda x, y: ac.select([x > 1, x < 0], [x, y], x * y),
        lambda x, y: np.select([x > 1, x < 0], [x, y], x * y),
        ((2, 3), (2, 3)),
    ),
    row("heaviside", (2, 3), (3,), domains=(zero_or_one, real), elementwise=True),
    row("clip", (3, 4), args=(-1.0, 1.0)),
    row("clip", (3, 4), a_min=-0.5, a_max=None),
    made("clip", lambda x: np.clip(x, None, 0.5), (3, 4), max=0.5),
    row("clip", (3, 4), (4,), (3, 1), domains=(real, between(-1, -0.1), between(0.1, 1))),
    made("clip", lambda x, low, high: np.clip(x, low, high), (4,), (4,), (4,), note="crossed"),
]

NAN_REDUCTIONS = (
    *("nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nanvar", "nanstd", "nanmedian"),
)

REDUCTIONS = [
    *(
        case
        for name in ("sum", "mean", "max", "min", "prod", "ptp", "var", "std", "median")
        for case in (
            row(name),
            row(name, axis=1),
            row(name, args=(0,), keepdims=True),
            row(name, (2, 3, 2), axis=(0, -1)),
        )
    ),
    row("prod", (2, 3), domains=(with_zeros,), note="zeros"),
    row("prod", (5,), domains=(with_zeros,), order=3, note="two zeros"),
    row("var", ddof=1),
    row("std", axis=0, ddof=1),
    row("cumsum"),
    row("cumsum", axis=1),
    row("cumprod"),
    row("cumprod", axis=0),
    row("cumprod", (2, 5), domains=(with_zeros,), axis=1),
    *(
        row(name, domains=(lambda random, shape: with_nan(random, shape),), order=0, axis=axis)
        for name in NAN_REDUCTIONS
        for axis in (None, 1)
    ),
    *(row(name, axis=0) for name in ("nansum", "nanmean", "nanmax", "nanmin", "nanprod")),
    *(row(name, axis=1, ddof=1, keepdims=True) for name in ("nanvar", "nanstd")),
    row("nanmedian"),
    row("nanquantile", (2, 4), args=(0.3,), axis=1, keepdims=True),
    row("nanpercentile", (2, 4), args=([30, 80],), axis=0),
    row("nancumsum", axis=1),
    row("nancumprod"),
    row("cov"),
    row("cov", (4,)),
    row("cov", (2, 4), (4,), bias=True),
    row("cov", (4, 2), rowvar=False),
    row("corrcoef", (2, 4)),
    row("ediff1d"),
    row("linspace", (), (), args=(5,)),
    row("linspace", (2,), (), num=3, endpoint=False),
    Case(
        "interp",
        lambda x, y: ac.interp(x, [-1.0, 0.1, 1.6, 2.0], y),
        lambda x, y: np.interp(x, [-1.0, 0.1, 1.6, 2.0], y),
        ((2, 3), (4,)),
    ),
    Case(
        "interp",
        lambda x, y: ac.interp(x, [-1.0, 0.1], y, left=3.0, right=4.0),
        lambda x, y: np.interp(x, [-1.0, 0.1], y, left=3.0, right=4.0),
        ((6,), (2,)),
        note="outside",
    ),
    row("polyval", (3,), (2, 2)),
    row("meshgrid", (2,), (3,)),
    row("meshgrid", (2,), (3,), (2,), indexing="ij", sparse=True),
    row("delete", (3, 2), args=([0, 2],), axis=0),
    row("delete", (2, 3), args=(slice(1, 4),)),
    row("quantile", (5,), args=(0.3,)),
    row("quantile", (2, 4), args=([0.1, 0.8],), axis=1),
    row("quantile", (2, 4), args=([[0.1, 0.8]],), axis=0, keepdims=True),
    *(
        row("quantile", (6,), args=(0.35,), method=method)
        for method in ("lower", "higher", "nearest", "midpoint")
    ),
    row("percentile", (5,), args=(30,)),
    row("average"),
    row("average", axis=1, keepdims=True),
    Case(
        "average",
        lambda a, w: ac.average(a, weights=w),
        lambda a, w: np.average(a, weights=w),
        ((2, 3), (2, 3)),
        (real, positive),
        note="weights",
    ),
    Case(
        "average",
        lambda a, w: ac.average(a, axis=1, weights=w),
        lambda a, w: np.average(a, axis=1, weights=w),
        ((2, 3), (3,)),
        (real, positive),
        note="vector of weights",
    ),
    row("trapezoid", axis=0),
    row("trapezoid", dx=0.5),
    row("trapezoid", (2, 3), (3,)),
    row("diff"),
    row("diff", (3, 4), n=2, axis=0),
    row("cumulative_sum", (3,)),
    row("cumulative_sum", (2, 3), axis=1, include_initial=True),
    row("cumulative_prod", (2, 3), axis=0),
    row("cumulative_prod", (3,), include_initial=True),
    made("logsumexp", lambda x: np.log(np.sum(np.exp(x)))),
    made(
        "logsumexp",
        lambda x: np.log(np.sum(np.exp(x), axis=1, keepdims=True)),
        axis=1,
        keepdims=True,
    ),
    made("logsumexp", lambda x: np.log(np.sum(np.exp(x), axis=(0, 2))), (2, 3, 2), axis=(0, 2)),
    made("softmax", lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)),
    made("softmax", lambda x: np.exp(x) / np.sum(np.exp(x), axis=0), axis=0),
    made("log_softmax", lambda x: x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))),
    made("log_softmax", lambda x: x - np.log(np.sum(np.exp(x), axis=0)), axis=0),
    made(
        "negative_log_likelihood",
        lambda x, y: -np.sum(y * x) / 2.0,
        (2, 3),
        (2, 3),
        domains=(real, positive),
        divisor=2.0,
    ),
    made(
        "sigmoid_cross_entropy",
        lambda x, y: y * np.log(1 + np.exp(-x)) + (1 - y) * np.log(1 + np.exp(x)),
        (2, 3),
        (3,),
        domains=(real, between(0.1, 0.9)),
        elementwise=True,
    ),
    made(
        "softmax_cross_entropy",
        lambda x, y: -np.sum(y * (x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))), axis=-1),
        (2, 3),
        (2, 3),
        domains=(real, lambda random, shape: one_hot(random, shape).astype(int)),
        note="one-hot",
    ),
    made(
        "softmax_cross_entropy",
        lambda x, y: -np.sum(y * (x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))), axis=-1),
        (2, 3),
        (2, 3),
        domains=(real, positive),
        note="weights",
    ),
    made(
        "negative_log_likelihood",
        lambda x, y: -np.sum(x * y) / 2.0,
        (2, 3),
        (2, 3),
        domains=(real, positive),
        divisor=2.0,
    ),
    made(
        "softmax_cross_entropy",
        lambda x, y: np.log(np.sum(np.exp(x), axis=0)) - x[y, np.arange(4)],
        (3, 4),
        (4,),
        domains=(real, whole(3)),
        note="labels",
        axis=0,
    ),
    row("linalg.norm"),
    row("linalg.norm", (4,)),
    *(row("linalg.norm", (4,), args=(p,)) for p in (1, 2, 3, 0.5, -1, np.inf, -np.inf)),
    row("linalg.norm", (4,), args=(0,), order=0),
    *(
        row("linalg.norm", (3, 3), args=(p,), domains=(spread_matrix,))
        for p in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    row("linalg.norm", (2, 3), axis=1, keepdims=True),
    row("linalg.norm", (2, 3, 2), ord=1, axis=(0, 2), keepdims=True),
    row("linalg.norm", (2, 3, 3), ord="nuc", axis=(1, 2), domains=(spread_matrix,)),
    row("linalg.norm", (2, 3, 2)),
    row("linalg.vector_norm", (2, 3), axis=0, ord=3),
    row("linalg.vector_norm", (2, 3)),
    row("linalg.matrix_norm", (2, 3, 3), domains=(spread_matrix,)),
    row("linalg.matrix_norm", (3, 3), ord=2, keepdims=True, domains=(spread_matrix,)),
]


SHAPES = [
    row("reshape", args=((3, 2),)),
    row("reshape", args=((3, 2), "F")),
    made("reshape", lambda x: np.reshape(x, -1), shape=(-1,)),
    row("ravel"),
    row("ravel", args=("F",)),
    row("transpose"),
    row("transpose", (2, 3, 4), args=((1, 2, 0),)),
    row("transpose", (2, 3, 2), axes=(-1, 0, 1)),
    row("swapaxes", (2, 3, 2), args=(0, -1)),
    row("moveaxis", (2, 3, 4), args=(0, -1)),
    row("moveaxis", (2, 3, 4), args=((0, 1), (2, 0))),
    row("rollaxis", (2, 3, 4), args=(2, 1)),
    row("matrix_transpose", (2, 3, 2)),
    row("expand_dims", args=(1,)),
    row("expand_dims", axis=(0, -1)),
    row("squeeze", (2, 1, 3, 1)),
    row("squeeze", (2, 1, 3, 1), axis=1),
    row("broadcast_to", (3, 1), args=((2, 3, 4),)),
    row("flip"),
    row("flip", axis=0),
    row("fliplr"),
    row("flipud"),
    row("roll", args=(2,)),
    row("roll", args=((1, -2), (0, 1))),
    row("roll", args=([1, -2], [0, 1])),
    row("roll", (2, 3), shift=-1, axis=1),
    row("rot90"),
    row("rot90", (2, 3, 2), k=3, axes=(1, 2)),
    row("repeat", args=(2,)),
    row("repeat", args=([2, 0, 1],), axis=1),
    row("tile", args=(2,)),
    row("tile", args=((2, 1, 3),)),
    row("tril"),
    row("triu", (3, 3), args=(1,)),
    row("tril", (3,)),
    row("astype", args=(np.float64,)),
    row("atleast_1d", ()),
    row("atleast_2d", (3,)),
    row("atleast_3d", (2, 3)),
    row("atleast_2d", (3,), ()),
    row("copy"),
    row("broadcast_arrays", (2, 1), (3,)),
    row("diagonal"),
    row("diagonal", (3, 2, 3), args=(1, 0, 2)),
    row("diag", (3, 4), args=(-1,)),
    row("diag", (3,), k=1),
    row("diagflat", (2, 2)),
    row("trace", (3, 3)),
    row("trace", (3, 3, 2), offset=1, axis1=1, axis2=0),
    row("sort", (3, 4)),
    row("sort", (3, 4), axis=0),
    row("sort", (3, 4), axis=None),
    row("take", args=([0, 2, 2],)),
    row("take", args=([[0, 2], [2, 1]],), axis=1),
    row("take", args=([4, -1],), axis=0, mode="wrap"),
    row("take", args=([4, -1],), axis=0, mode="clip"),
    Case(
        "compress",
        lambda x: ac.compress([True, False, True], x, axis=0),
        lambda x: np.compress([True, False, True], x, axis=0),
        ((3, 2),),
    ),
    row("take_along_axis", (2, 3), (2, 2), domains=(real, whole(3)), axis=1),
    row("take_along_axis", (2, 3), (4,), domains=(real, whole(6)), axis=None),
    row("take_along_axis", (3, 2), (4, 1), domains=(real, whole(3)), axis=0),
    made(
        "add_along_axis",
        lambda x, i: ac.add_along_axis(x, i, 1, (2, 3)),
        (2, 4),
        (2, 4),
        domains=(real, whole(3)),
        axis=1,
        shape=(2, 3),
    ),
    made(
        "scatter_add",
        lambda x: ac.scatter_add(x, ([0, 2, 0],), (3, 2)),
        (3, 2),
        index=([0, 2, 0],),
        shape=(3, 2),
    ),
    *(
        made("getitem", lambda x, index=index: x[index], (3, 4), index=index, note=note)
        for note, index in {
            "int": 1,
            "negative": -1,
            "slice": slice(None, None, -2),
            "pair": (1, 2),
            "ellipsis": (Ellipsis, 0),
            "newaxis": (None, slice(1), None),
            "list": [2, 0, 2],
            "arrays": (fixed([0, 2, 0]), fixed([1, 1, 1])),
            "mixed": (slice(None), fixed([[0, 3], [3, 3]])),
            "mask": fixed(np.arange(12).reshape(3, 4) % 3 == 0),
            "row mask": fixed([True, False, True]),
            "empty": [],
            "whole": (),
        }.items()
    ),
    Case(
        "gather",
        lambda x, rows: REGISTRY["gather"](x, rows, index=(0, slice(1, None)), at=(0,)),
        lambda x, rows: x[rows, 1:],
        ((3, 4), (2, 2)),
        (real, whole(3)),
    ),
    Case(
        "gather",
        lambda x, rows: REGISTRY["gather"](x, rows, index=(0,), at=(0,)),
        lambda x, rows: x[rows],
        ((3, 4), (2, 2)),
        (real, whole(3)),
        note="rows",
    ),
    Case(
        "scatter_places",
        lambda x, rows, columns: REGISTRY["scatter_places"](
            x, rows, columns, index=(0, 0), at=(0, 1), shape=(3, 4)
        ),
        lambda x, rows, columns: np.tensordot(
            x, (rows[..., None] * 4 + columns[..., None] == np.arange(12)) * 1.0, 2
        ).reshape(3, 4),
        ((2, 2), (2, 1), (2, 2)),
        (real, whole(3), whole(4)),
    ),
    listed("concatenate", (2, 3), (1, 3), (2, 3)),
    listed("concatenate", (2, 3), (2, 1), axis=-1),
    listed("concatenate", (2, 3), (3,), axis=None),
    listed("stack", (2, 3), (2, 3)),
    listed("stack", (2, 3), (2, 3), (2, 3), axis=-1),
    listed("stack", (), ()),
    listed("hstack", (2, 3), (2, 1)),
    listed("hstack", (2,), (3,)),
    listed("vstack", (3,), (2, 3)),
    listed("dstack", (2, 3), (2, 3)),
    listed("column_stack", (2,), (2, 3)),
    row("append", (2, 3), (3,)),
    row("append", (2, 3), (1, 3), axis=0),
    Case(
        "block",
        lambda a, b, c: ac.block([[a, b], [c]]),
        lambda a, b, c: np.block([[a, b], [c]]),
        ((2, 2), (2, 1), (3,)),
    ),
    row("unstack", axis=1),
    row("split", (4, 3), args=(2,)),
    row("split", (4, 3), args=([1, 3],)),
    row("array_split", (5, 2), args=(3,)),
    row("array_split", (2, 5), args=(2,), axis=1),
    row("hsplit", (2, 4), args=(2,)),
    row("vsplit", (2, 4), args=(2,)),
    row("dsplit", (1, 2, 4), args=(2,)),
    row("pad", args=(1,)),
    row("pad", args=(((1, 2), (0, 1)),), constant_values=2.0),
    row("pad", args=((1, 0),), mode="edge"),
    row("pad", args=(1,), mode="reflect"),
    row("pad", args=(2,), mode="symmetric"),
    row("pad", args=(2,), mode="wrap"),
]

PRODUCTS = [
    *(
        row("matmul", *shapes)
        for shapes in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((4, 2, 3), (3, 2)),
            ((4, 2, 3), (4, 3, 2)),
            ((4, 1, 2, 3), (2, 3, 2)),
            ((4, 2, 3), (3,)),
            ((3,), (4, 3, 2)),
            ((2, 3), (4, 3, 2)),
        )
    ),
    *(
        row("dot", *shapes)
        for shapes in (
            ((), (3,)),
            ((3,), (3,)),
            ((2, 3), (3, 2)),
            ((2, 3), (3,)),
            ((2, 2, 3), (2, 3, 2)),
            ((2, 2, 3), (3,)),
        )
    ),
    row("vdot", (2, 3), (3, 2)),
    row("inner", (2, 3), (4, 3)),
    row("inner", (3,), (3,)),
    row("inner", (), (3,)),
    row("outer", (2,), (3,)),
    row("tensordot", (2, 3, 4), (3, 4, 2)),
    row("tensordot", (2, 3), (2, 3), axes=((0, 1), (0, 1))),
    row("tensordot", (2, 3), (4, 2), axes=(0, 1)),
    row("tensordot", (2,), (3,), axes=0),
    row("kron", (2, 2), (1, 3)),
    row("kron", (2,), (2, 2)),
    row("cross", (3,), (3,)),
    row("cross", (2, 3), (2, 3)),
    row("cross", (3, 2), (3, 2), axis=0),
    row("vecdot", (2, 3), (3,)),
    row("vecdot", (3, 2), (3, 2), axis=0),
    row("matvec", (2, 2, 3), (3,)),
    row("vecmat", (2, 3), (3, 2)),
    *(row("convolve", (5,), (3,), mode=mode) for mode in ("full", "same", "valid")),
    row("convolve", (2,), (4,), mode="same"),
    row("correlate", (5,), (3,)),
    row("vander", (3,)),
    row("vander", (3,), N=4, increasing=True),
    *(
        einsum_of(subscripts, *shapes)
        for subscripts, *shapes in (
            ("ij,jk->ik", (2, 3), (3, 2)),
            ("ij,jk", (2, 3), (3, 2)),
            ("ii->i", (3, 3)),
            ("ii", (3, 3)),
            ("ij->", (2, 3)),
            ("ij->j", (2, 3)),
            ("ij->ji", (2, 3)),
            ("ij,ij->", (2, 3), (2, 3)),
            ("i,j,k->ikj", (2,), (3,), (2,)),
            ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
            ("...i->...", (2, 2, 3)),
            ("bij,bj->bi", (2, 2, 3), (2, 3)),
            ("ij,kl->il", (2, 3), (2, 2)),
            ("iij->j", (2, 2, 3)),
            ("ij,i...->j...", (2, 3), (2, 2)),
        )
    ),
    Case(
        "einsum",
        lambda a, b: ac.einsum(a, [0, 1], b, [1, 2], [0, 2]),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
        ((2, 3), (3, 2)),
        note="lists",
    ),
]

LINALG = [
    *(row("linalg.inv", s, domains=(spread_matrix,)) for s in ((3, 3), (2, 2, 2))),
    *(
        row("linalg.det", s, domains=(spread_matrix,))
        for s in ((1, 1), (3, 3), (2, 2, 2), (4, 4), (5, 5), (2, 6, 6))
    ),
    made(
        "cofactors",
        lambda a: np.linalg.det(a) * np.linalg.inv(a).T,
        (3, 3),
        domains=(spread_matrix,),
    ),
    *(row("linalg.slogdet", s, domains=(spread_matrix,)) for s in ((3, 3), (2, 2, 2))),
    *(
        row("linalg.solve", *s, domains=(spread_matrix, real))
        for s in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((2, 3, 3), (3,)))
    ),
    row("linalg.cholesky", (3, 3), domains=(definite,)),
    row("linalg.cholesky", (2, 2, 2), domains=(definite,), upper=True),
    row("linalg.eigh", (3, 3), domains=(definite,)),
    row("linalg.eigh", (2, 2, 2), domains=(definite,), UPLO="U"),
    row("linalg.eigvalsh", (3, 3), domains=(definite,)),
    row("linalg.svd", (3, 3), domains=(spread_matrix,)),
    row("linalg.svd", (4, 2), full_matrices=False, domains=(spread_matrix,)),
    row("linalg.svd", (2, 2, 3), full_matrices=False, domains=(spread_matrix,)),
    row("linalg.svd", (2, 3), compute_uv=False, domains=(spread_matrix,)),
    row("linalg.svdvals", (3, 2), domains=(spread_matrix,)),
    row("linalg.qr", (3, 3), domains=(spread_matrix,)),
    row("linalg.qr", (2, 4, 2), domains=(spread_matrix,)),
    row("linalg.qr", (2, 4), domains=(spread_matrix,)),
    row("linalg.qr", (3, 2), mode="r", domains=(spread_matrix,)),
    *(row("linalg.pinv", s, domains=(spread_matrix,)) for s in ((3, 2), (2, 2, 3), (3, 3))),
    row("linalg.lstsq", (4, 2), (4,), domains=(spread_matrix, real)),
    row("linalg.lstsq", (4, 2), (4, 2), domains=(spread_matrix, real), rcond=1e-9),
    row("linalg.lstsq", (2, 3), (2,), domains=(spread_matrix, real)),
    *(
        row("linalg.matrix_power", (2, 2), args=(n,), domains=(spread_matrix,))
        for n in (0, 1, 2, 5, -2)
    ),
    listed("linalg.multi_dot", (2,), (2, 3), (3, 2), (2,)),
    row("linalg.cond", (3, 3), domains=(spread_matrix,)),
    row("linalg.cond", (3, 3), args=("fro",), domains=(spread_matrix,)),
    row("linalg.tensorinv", (2, 2, 4), domains=(lambda r, s: square(r),), ind=2),
]


# --- axes, stacks and options apart from each other -------------------------------------------
# Lengths differ wherever they can, so that no axis can be taken for another.


APART = [
    *(
        row(f"linalg.{name}", (3, 2, 2), domains=(spread_matrix,), **options)
        for name, options in (
            ("inv", {}),
            ("det", {}),
            ("slogdet", {}),
            ("pinv", {}),
            ("svdvals", {}),
            ("matrix_power", {"n": 0}),
            ("matrix_power", {"n": 3}),
            ("matrix_power", {"n": -3}),
            ("cond", {"p": -2}),
            ("cond", {"p": 1}),
            ("matrix_norm", {"ord": -2}),
        )
    ),
    *(
        row(f"linalg.{name}", (4, 3, 2, 2), domains=(domain,), order=1, **options)
        for name, domain, options in (
            ("inv", spread_matrix, {}),
            ("det", spread_matrix, {}),
            ("pinv", spread_matrix, {}),
            ("matrix_power", spread_matrix, {"n": 0}),
            ("cholesky", definite, {}),
            ("eigh", definite, {}),
            ("svd", spread_matrix, {"full_matrices": False}),
            ("qr", spread_matrix, {}),
            ("slogdet", spread_matrix, {}),
            ("matrix_norm", spread_matrix, {"ord": "nuc"}),
            ("cond", spread_matrix, {}),
        )
    ),
    row("linalg.cond", (3, 3), p=2, domains=(spread_matrix,)),
    row("linalg.cond", (3, 3), p=-2, domains=(spread_matrix,)),
    row("linalg.det", (3, 1, 1)),
    row("linalg.det", (2, 5, 5), domains=(spread_matrix,)),
    row("linalg.solve", (3, 2, 2), (3, 2, 4), domains=(spread_matrix, real)),
    row("linalg.cholesky", (3, 2, 2), domains=(definite,)),
    row("linalg.eigh", (3, 2, 2), domains=(definite,)),
    row("linalg.eigh", (3, 2, 2), UPLO="u", domains=(definite,)),
    row("linalg.eigvalsh", (3, 2, 2), UPLO="U", domains=(definite,)),
    row("linalg.svd", (3, 2, 2), domains=(spread_matrix,)),
    row("linalg.svd", (5, 4, 2), full_matrices=False, domains=(spread_matrix,)),
    row("linalg.svd", (5, 2, 4), full_matrices=False, domains=(spread_matrix,)),
    row("linalg.qr", (5, 2, 4), domains=(spread_matrix,)),
    row("linalg.qr", (3, 2, 2), mode="complete", domains=(spread_matrix,)),
    row("linalg.pinv", (4, 3, 2), domains=(spread_matrix,)),
    row("linalg.tensorinv", (6, 2, 3), domains=(invertible(6, 2, 3),), ind=1),
    row("linalg.tensorinv", (4, 3, 12), domains=(invertible(4, 3, 12),)),
    listed("linalg.multi_dot", (5, 2), (2, 4), (4, 3), (3, 6)),
    listed("linalg.multi_dot", (2, 5), (5, 2), (2, 4)),
    *(
        row("linalg.matrix_norm", (4, 2, 3), ord=p, keepdims=True, domains=(spread_matrix,))
        for p in ("nuc", 1, -1, np.inf, -np.inf)
    ),
    *(row("linalg.vector_norm", (2, 3), ord=p, axis=0) for p in (0.5, 1, np.inf, -np.inf)),
    *(
        row("linalg.vector_norm", (2, 3), ord=p, axis=1, keepdims=True)
        for p in (3, 1, np.inf, -np.inf)
    ),
    row("linalg.vector_norm", (2, 3), ord=0, axis=1, keepdims=True, order=0),
    row("linalg.vector_norm", (2, 3, 4), ord=3, axis=(0, 2)),
    row("linalg.norm", (2, 3), keepdims=True),
    row("linalg.norm", (2, 3, 4), axis=-1),
    row("linalg.norm", (2, 3, 4), ord=2, axis=(2, 0), domains=(spread_matrix,)),
    row("linalg.norm", (2, 3, 4), ord=-1, axis=(2, 0)),
    # reductions
    *(row(name, (2, 3, 4), axis=-1, keepdims=True) for name in ("ptp", "prod", "max", "std")),
    *(row(name, (2, 3, 4), axis=1) for name in ("ptp", "prod", "min", "var", "cumsum", "cumprod")),
    row("prod", (2, 3, 4), axis=(2, 0), keepdims=True),
    row("var", (2, 3, 4), axis=(0, 2), ddof=1),
    row("std", (2, 3, 4), axis=(0, 2), correction=1),
    row("cov", (2, 4), ddof=0),
    row("cov", (2, 5), (1, 5), ddof=2),
    row("cov", (4,), (4,)),
    row("corrcoef", (4, 2), rowvar=False),
    row("corrcoef", (4,), order=1),
    row("corrcoef", (2, 4), (4,)),
    row("average", (2, 3, 4), axis=(0, 2)),
    row("average", (2, 3), axis=1, returned=True),
    row("average", (2, 3), returned=True),
    Case(
        "average",
        lambda a, w: ac.average(a, axis=-2, weights=w, keepdims=True, returned=True),
        lambda a, w: np.average(a, axis=-2, weights=w, keepdims=True, returned=True),
        ((2, 3, 4), (3,)),
        (real, positive),
        note="keepdims, returned",
    ),
    Case(
        "average",
        lambda a, w: ac.average(a, axis=(0, 1), weights=w, keepdims=True),
        lambda a, w: np.average(a, axis=(0, 1), weights=w, keepdims=True),
        ((2, 3), (2, 3)),
        (real, positive),
        note="keepdims, all weights",
    ),
    row("median", (2, 3, 4), axis=(0, 2)),
    row("median", (2, 3, 4), axis=-2),
    row("quantile", (2, 3, 4), args=(0.3,), axis=(2, 0), keepdims=True),
    row("quantile", (2, 3, 4), args=([[0.1, 0.2, 0.9]],), axis=1),
    *(
        row("quantile", (5,), args=(q,), method=method)
        for method, q in (
            ("lower", 1.0),
            ("higher", 0.5),
            ("higher", 0.0),
            ("nearest", 0.375),
            ("nearest", 0.625),
            ("midpoint", 0.25),
            ("midpoint", 0.3),
            ("linear", 1.0),
        )
    ),
    row("percentile", (2, 4), args=(30,), axis=1, keepdims=True, method="midpoint"),
    row("percentile", (5,), args=([30, 80],)),
    row("nanquantile", (2, 3, 4), args=([0.2, 0.7],), axis=(0, 2), keepdims=True),
    row("nanquantile", (5,), args=(1.0,)),
    row("nanpercentile", (2, 4), args=(30,), axis=1, keepdims=True),
    row("nanmedian", (2, 3, 4), axis=1, keepdims=True),
    *(
        row(name, (3, 4), domains=(lambda random, shape: with_nan(random, shape),), order=0, **o)
        for name, o in (
            ("nancumsum", {}),
            ("nancumprod", {"axis": 1}),
            ("nansum", {"axis": 0}),
            ("nanvar", {"axis": 0, "ddof": 1}),
            ("nanstd", {"axis": 1, "keepdims": True}),
            ("nanmean", {"axis": 1, "keepdims": True}),
            ("nanmax", {"axis": 0, "keepdims": True}),
            ("nanmin", {"axis": 0, "keepdims": True}),
            ("nanmax", {"axis": 1, "keepdims": True}),
            ("nanmin", {"axis": 1, "keepdims": True}),
            ("nanprod", {"axis": 1, "keepdims": True}),
            ("nanmedian", {"axis": 0}),
        )
    ),
    row(
        "nanquantile",
        (3, 4),
        domains=(lambda random, shape: with_nan(random, shape),),
        order=0,
        args=(0.3,),
        axis=1,
    ),
    row("nan_to_num", (2, 3), domains=(with_infinities,), order=0),
    row(
        "nan_to_num", (2, 3), domains=(with_infinities,), order=0, nan=1.5, posinf=7.0, neginf=-3.0
    ),
    row("trapezoid", (3, 2), (3,), axis=0),
    row("trapezoid", (3, 2), (3, 2), axis=0),
    row("trapezoid", (2, 3, 4), axis=1, dx=0.5),
    row("diff", (2, 3, 4), axis=1),
    row("diff", n=0),
    row("cumulative_sum", (2, 3, 4), axis=1, include_initial=True),
    row("cumulative_sum", (2, 3), axis=-1),
    row("linspace", (2, 1), (3,), num=4),
    row("linspace", (), (), num=1),
    row("linspace", (), (), num=2),
    row("linspace", (), (), num=4, endpoint=False),
    Case(
        "interp",
        lambda x, y: ac.interp(x, [-1.0, 0.5, 1.5], y),
        lambda x, y: np.interp(x, [-1.0, 0.5, 1.5], y),
        ((8,), (3,)),
        (between(-2.0, 2.5), real),
        note="beyond the ends",
    ),
    Case(
        "interp",
        lambda x, y: ac.interp(x, [0.25], y),
        lambda x, y: np.interp(x, [0.25], y),
        ((4,), (1,)),
        note="one point",
    ),
    *(
        Case(
            "power",
            lambda x, n=n: ac.power(x, n),
            lambda x, n=n: np.power(x, n),
            domains=(positive,),
            elementwise=True,
            note=str(n),
        )
        for n in (0.0, 1, 2, 3, -1, 2.5, -0.5)
    ),
    row("nanquantile", (2, 3), domains=(with_one_number,), order=0, args=(0.7,), axis=1),
    # the order of the entries
    row("meshgrid", (2,), (3,), (4,)),
    row("meshgrid", (2,)),
    row("roll", (2, 3, 4), args=(1,), axis=-2),
    row("rot90", (2, 3, 4), axes=(2, 0)),
    row("rot90", (3, 4), k=2),
    row("rollaxis", (2, 3, 4), args=(2,)),
    row("rollaxis", (2, 3, 4), args=(0, -1)),
    row("rollaxis", (2, 3, 4), args=(-1, 1)),
    row("rollaxis", (2, 3, 4), args=(0, 3)),
    row("rollaxis", (2, 3, 4), args=(1, 1)),
    row("moveaxis", (2, 3, 4), args=(-1, 0)),
    row("matrix_transpose", (2, 3, 4)),
    row("transpose", (2, 3, 4), axes=(2, 0, 1)),
    row("expand_dims", (2, 3), axis=-1),
    row("expand_dims", (2, 3), axis=0),
    row("squeeze", (2, 1, 3, 1), axis=(1, -1)),
    row("tril", (3, 4), args=(-1,)),
    row("triu", (2, 3, 4), args=(-1,)),
    row("tile", (2, 3, 4), args=((3, 2),)),
    row("tile", (3,), args=((2, 4),)),
    row("tile", (2, 3), args=([2],)),
    row("repeat", (2, 3, 4), args=(2,), axis=1),
    row("repeat", (2, 3), args=(3,), axis=-1),
    row("repeat", (2, 3), args=([1, 0, 2],), axis=-1),
    row("delete", (2, 3, 4), args=(1,), axis=-2),
    row("delete", (2, 3), args=([True, False, True],), axis=1),
    Case(
        "compress",
        lambda x: ac.compress([True, False, True], x),
        lambda x: np.compress([True, False, True], x),
        ((2, 3),),
        note="flat",
    ),
    row("diagonal", (3, 4), args=(-1,)),
    row("diagonal", (3, 4), args=(2,)),
    row("diagonal", (3, 4), args=(-3,)),
    row("diagonal", (4, 2), args=(-1,)),
    row("diagonal", (2, 3, 4), args=(1, 2, 1)),
    row("diagonal", (3, 4, 2)),
    row("diag", (3,), k=-2),
    row("diag", (2, 4), k=1),
    row("diagflat", (2, 2), k=-1),
    row("trace", (3, 4), offset=-1),
    row("trace", (2, 3, 4), axis1=1, axis2=2),
    row("trace", (3, 4, 2)),
    row("linalg.diagonal", (2, 3, 4), offset=-1)
    and made(
        "diagonal", lambda x: np.diagonal(x, -1, 1, 2), (2, 3, 4), offset=-1, axis1=-2, axis2=-1
    ),
    row("sort", (2, 3, 4), axis=1),
    row("argsort", (2, 3, 4), order=0),
    row("argsort", (2, 3, 4), order=0, axis=None),
    row("argmax", (2, 3, 4), order=0, axis=1, keepdims=True),
    row("argmin", (2, 3, 4), order=0, axis=-1),
    row("all", (2, 3, 4), domains=(mask,), order=0, axis=(0, 2), keepdims=True),
    row("any", (2, 3, 4), domains=(mask,), order=0, axis=1),
    row("take", (2, 3, 4), args=([[0, 2], [2, 1]],), axis=-2),
    row("take", (2, 3), args=([3, -2, 5],), axis=1, mode="clip"),
    row("take", (2, 3), args=([3, -2, 7],), mode="wrap"),
    row("take", (2, 3), args=(4,)),
    row("take_along_axis", (2, 3, 4), (2, 5, 4), domains=(real, whole(3)), axis=1),
    row("take_along_axis", (2, 3, 4), (1, 3, 2), domains=(real, whole(4)), axis=-1),
    made(
        "scatter_add",
        lambda x: np.pad(x, ((1, 0), (0, 2))),
        index=(slice(1, None), slice(0, 3)),
        shape=(3, 5),
    ),
    # joining and taking apart
    listed("concatenate", (2, 3, 4), (2, 1, 4), axis=1),
    listed("concatenate", (2, 1), (2, 3), (2, 2), axis=1),
    listed("stack", (2, 3), (2, 3), axis=1),
    listed("stack", (2, 3), (2, 3), axis=-2),
    listed("hstack", (2, 3, 4), (2, 1, 4)),
    listed("hstack", (2, 3)),
    listed("hstack", (), (3,)),
    listed("vstack", (2, 3), (3,), (1, 3)),
    listed("dstack", (3,), (3,)),
    listed("dstack", (2, 3, 4), (2, 3)),
    listed("column_stack", (2, 3), (2,), (2, 2)),
    listed("column_stack", (), ()),
    Case(
        "block",
        lambda a, b, c: ac.block([[[a, b]], [[c]]]),
        lambda a, b, c: np.block([[[a, b]], [[c]]]),
        ((2, 3), (2, 1), (2, 4)),
        note="three deep",
    ),
    Case(
        "block", lambda a: ac.block([a, a[0]]), lambda a: np.block([a, a[0]]), ((3,),), note="flat"
    ),
    Case("block", lambda a: ac.block([a]), lambda a: np.block([a]), ((2, 3),), note="high"),
    Case(
        "block",
        lambda a, b: ac.block([a, b]),
        lambda a, b: np.block([a, b]),
        ((2, 3), (2, 1)),
        note="higher than deep",
    ),
    row("unstack", (2, 3, 4), axis=-1),
    row("unstack", (2, 3)),
    row("split", (2, 6), args=(3,), axis=-1),
    row("split", (2, 6), args=([1, 4],), axis=1),
    row("array_split", (2,), args=(3,)),
    row("array_split", (2, 5), args=(3,), axis=-1),
    row("hsplit", (4,), args=(2,)),
    row("hsplit", (2, 3, 1), args=([1],)),
    *(
        row("pad", shape, args=(width,))
        for shape, width in (((2, 3), {-1: (1, 2)}), ((2, 3, 2), {0: 1, 2: (0, 2)}))
        if NUMPY >= "2.4.0"  # new in it
    ),
    row("pad", (2, 3), args=((2, 1),)),
    row("pad", (3, 4), args=(((1, 2), (0, 3)),), mode="reflect"),
    row("pad", (3, 4), args=(((0, 0), (2, 0)),), mode="edge"),
    row("pad", (3, 4), args=(((0, 1), (0, 0)),), mode="edge"),
    # products
    row("inner", (2, 5), (3, 4, 5)),
    row("inner", (3,), ()),
    row("dot", (3,), ()),
    row("dot", (4, 2, 3), (3, 5)),
    row("dot", (4, 3), (2, 3, 5)),
    row("dot", (3,), (2, 3, 5)),
    row("matmul", (5, 4, 2, 3), (3, 6)),
    row("matmul", (5, 2, 3), (5, 3, 4)),
    row("tensordot", (2, 3, 4), (4, 3, 5), axes=([2, 1], [0, 1])),
    row("tensordot", (2, 3, 4), (4, 5), axes=1),
    row("tensordot", (2, 3, 4), (5, 3), axes=(1, 1)),
    row("tensordot", (2, 3, 4), (2, 5), axes=(-3, -2)),
    row("kron", (2,), (3, 2)),
    row("kron", (2, 3), (4,)),
    row("kron", (1, 2, 3), (2, 2)),
    row("outer", (2, 2), (3,)),
    row("outer", (3,), (2, 2)),
    row("vdot", (2, 3), (6,)),
    row("cross", (3, 2), (2, 3), axisa=0),
    row("cross", (2, 3), (3, 2), axisb=0, axisc=0),
    row("vecdot", (2, 3, 4), (2, 3, 4), axis=1),
    row("matvec", (5, 2, 3), (5, 3)),
    row("vecmat", (5, 2), (5, 2, 3)),
    row("convolve", (2,), (5,), mode="valid"),
    row("convolve", (5,), (2,), mode="same"),
    row("convolve", (4,), (4,), mode="valid"),
    row("correlate", (5,), (3,), mode="full"),
    row("correlate", (5,), (4,), mode="same"),
    row("vander", (3,), N=2),
    row("vander", (3,), N=5),
    row("vander", (2,), increasing=True),
    row("polyval", (1,), (2,)),
    row("polyval", (4,), ()),
    *(
        Case(
            "einsum",
            lambda *x, axes=axes: ac.einsum(*in_turn(x, axes)),
            lambda *x, axes=axes: np.einsum(*in_turn(x, axes)),
            shapes,
            note=f"lists {axes}",
        )
        for axes, shapes in (
            (([0, 1], [1, 2]), ((2, 3), (3, 4))),
            (([2, 0], [0, 1]), ((2, 3), (3, 4))),
            (([..., 0], [0, 1]), ((2, 3), (3, 4))),
            (([0, 1], [1, 2], [2, 0]), ((2, 3), (3, 4))),
        )
    ),
    *(
        einsum_of(subscripts, *shapes)
        for subscripts, *shapes in (
            (",", (), ()),
            ("ba", (2, 3)),
            ("ij , jk -> ki", (2, 3), (3, 4)),
            ("...ij,...j->...i", (4, 2, 3), (5, 1, 3)),
            ("...,...", (2, 3), (3,)),
            ("iij->ij", (2, 2, 3)),
            ("iii->i", (2, 2, 2)),
            ("ij,k->", (2, 3), (4,)),
            ("ij,ij,jk->ki", (2, 3), (2, 3), (3, 4)),
            ("i,ij->j", (1,), (2, 3)),
        )
    ),
    # softmax and what belongs to it, along a middle axis
    made("softmax", lambda x: np.exp(x) / np.sum(np.exp(x), 1, keepdims=True), (2, 3, 4), axis=1),
    made(
        "log_softmax",
        lambda x: x - np.log(np.sum(np.exp(x), 1, keepdims=True)),
        (2, 3, 4),
        axis=1,
    ),
    made("logsumexp", lambda x: np.log(np.sum(np.exp(x), axis=1)), (2, 3, 4), axis=1),
    made("logsumexp", lambda x: np.log(np.sum(np.exp(x), keepdims=True)), (2, 3), keepdims=True),
    *(
        made(
            "softmax_cross_entropy",
            lambda x, y: -np.sum(y * (x - np.log(np.sum(np.exp(x), 1, keepdims=True))), axis=1),
            (2, 3, 4),
            (2, 3, 4),
            domains=(real, weights),
            note=f"axis 1, {weights.__name__}",
            axis=1,
        )
        for weights in (positive, mask)
    ),
    made(
        "softmax_cross_entropy",
        lambda x, y: np.squeeze(
            np.log(np.sum(np.exp(x), 1)) - np.take_along_axis(x, y[:, None], 1)[:, 0]
        ),
        (2, 3, 4),
        (2, 4),
        domains=(real, whole(3)),
        note="axis 1, labels",
        axis=1,
    ),
    made(
        "gelu",
        lambda x: x * (1 + ac.erf(x / 2**0.5)) / 2,
        note="at large x",
        domains=(between(2.0, 3.5),),
        elementwise=True,
    ),
    row("clip", (3, 4), args=(None, 0.5)),
    made("clip", lambda x: np.clip(x, -0.5, None), (3, 4), min=-0.5),
]


TABLE: list[Case] = [
    case
    for part in (
        ELEMENTWISE_UNARY,
        ELEMENTWISE_BINARY,
        FLAT,
        CHOICES,
        REDUCTIONS,
        SHAPES,
        PRODUCTS,
        LINALG,
        APART,
        COMPLEX,
        IMAGES,
        INTERPOLATION,
        FUNCTIONS,
        SCIPY,
        KEYWORDS,
        RECURRENT,
        HISTOGRAMS,
        NORMALIZING,
    )
    for case in part
    if case is not None
]
