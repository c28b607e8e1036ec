"""Lines of the table for the functions of SciPy; none where it is not installed.

The twin is SciPy's function on plain arrays. On nodes, which SciPy would make arrays of, it is
ours, but for the element-wise functions of scipy.special: those reach ours by themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from cases import Case, Shape, between, definite, find, inside, positive, real, spread_matrix, whole

from autograd_core import Node

try:
    import scipy.integrate
    import scipy.linalg
    import scipy.signal
    import scipy.special
    import scipy.stats
except ImportError:
    scipy = None  # type: ignore[assignment]
else:
    import autograd_core.scipy as ours


def scipys(
    name: str, *shapes: Shape, args: tuple[Any, ...] = (), first: Any = (), **more: Any
) -> Case:
    """f(*first, *inputs, *args, **more) of ours, and of SciPy."""
    fields = {k: more.pop(k) for k in ("domains", "order", "elementwise", "note") if k in more}
    function, theirs = find(ours, name), find(scipy, name)
    note = [*map(str, first), *map(str, args), *(f"{k}={v}" for k, v in more.items())]
    fields["note"] = fields.get("note") or ",".join(note)

    def call(*x: Any) -> Any:
        return function(*first, *x, *args, **more)

    def twin(*x: Any) -> Any:
        on_nodes = any(type(value) is Node for value in x)
        if on_nodes and not isinstance(theirs, np.ufunc):
            return call(*x)
        return theirs(*first, *x, *args, **more)

    return Case(name, call, twin, shapes or ((2, 3),), **fields)


whole_order = whole(3)


def special(name: str, *domains: Any, first: Any = (), order: int = 2, **more: Any) -> Case:
    """An element-wise function, one domain per input."""
    return scipys(
        f"special.{name}",
        *((2, 3),) * len(domains),
        first=first,
        domains=domains,
        order=order,
        elementwise=not more and name not in APART and whole_order not in domains,
        **more,
    )


APART = ("fresnel", "sici", "shichi", "comb", "perm")
"""Functions with two results, and those that are made of others, whose errors name those."""


def _without_signs(results: Any) -> Any:
    """Eigenvectors point to either side, as the machine's LAPACK has it."""
    values, vectors = results
    return values, np.abs(vectors)


above_1 = between(1.2, 4.0)
share = between(0.05, 0.95)

UNARY = {
    real: "erf erfc erfcx erfi dawsn ndtr log_ndtr expit log_expit expm1 exp2 exp10 cbrt cosm1 "
    "exprel cosdg sindg i0 i0e i1 i1e j0 j1 rgamma softplus wrightomega",
    positive: "gamma gammaln loggamma psi digamma entr j0 j1 y0 y1 k0 k0e k1 k1e exp1 expi spence "
    "tandg cotdg rgamma",
    between(-2.9, -2.1): "gamma gammaln psi rgamma exprel",
    inside: "erfinv log1p tandg ellipk ellipe exprel",
    share: "logit ndtri erfcinv",
    between(-9.0, -0.1): "log_ndtr ndtri_exp log_expit",
    between(30.0, 45.0): "log_ndtr expit log_expit erfcx gammaln psi i0e k0e",
}

ELEMENTWISE = [] if scipy is None else [
    *(
        special(name, domain, note=f"from {domain(np.random.default_rng(0), (1,))[0]:.1f}")
        for domain, names in UNARY.items()
        for name in names.split()
        if hasattr(scipy.special, name)
    ),
    special("polygamma", positive, first=(1,)),
    special("polygamma", positive, first=(0,)),
    special("polygamma", whole(4), positive),
    special("multigammaln", between(2.2, 5.0), args=(3,)),
    special("multigammaln", between(2.2, 5.0), args=(1,)),
    special("beta", positive, positive),
    special("betaln", positive, positive),
    special("gammainc", positive, first=(1.7,)),
    special("gammainc", positive, first=(0.6,)),
    special("gammaincc", positive, first=(1.7,)),
    special("gammaincinv", share, first=(1.7,)),
    special("gammainccinv", share, first=(1.7,)),
    special("betainc", share, first=(1.7, 2.2)),
    special("betaincc", share, first=(1.7, 2.2)),
    special("betaincinv", share, first=(1.7, 2.2)),
    special("betainccinv", share, first=(1.7, 2.2)),
    special("zeta", positive, first=(2.5,)),
    special("poch", positive, positive),
    special("binom", between(4.2, 6.0), between(0.7, 3.4)),
    special("comb", between(4.2, 6.0), between(0.7, 3.4)),
    special("comb", between(4.2, 6.0), between(0.7, 3.4), repetition=True),
    special("perm", between(4.2, 6.0), between(0.7, 3.4)),
    special("factorial", positive),
    special("gammasgn", real, order=0),
    special("xlogy", real, positive),
    special("xlog1py", real, inside),
    special("rel_entr", positive, positive),
    special("kl_div", positive, positive),
    special("huber", positive, real),
    special("pseudo_huber", positive, real),
    special("powm1", positive, real),
    special("radian", real, real, real),
    special("boxcox", positive, real),
    special("boxcox", positive, first=(), args=(0.0,)),
    special("boxcox1p", positive, real),
    special("inv_boxcox", share, share),
    special("inv_boxcox1p", share, share),
    special("hyp0f1", real, first=(1.3,)),
    special("hyp1f1", real, first=(0.7, 1.3)),
    special("hyp2f1", inside, first=(0.7, 1.3, 2.1)),
    *(special(name, real, first=(n,)) for name in ("jv", "jn", "jve", "iv", "ive") for n in (0, 2)),
    *(
        special(name, positive, first=(n,))
        for name in ("yv", "yn", "yve", "kv", "kn", "kve")
        for n in (0, 2)
    ),
    special("jv", positive, first=(0.5,)),
    special("iv", positive, first=(0.5,)),
    special("kv", positive, first=(0.5,)),
    special("jv", whole_order, positive),
    *(special("expn", positive, first=(n,)) for n in (0, 1, 2, 4)),
    special("stdtr", real, first=(3.5,)),
    special("stdtrit", share, first=(3.5,)),
    special("pdtr", positive, first=(3,)),
    special("pdtrc", positive, first=(3,)),
    special("chdtr", positive, first=(3.5,)),
    special("chdtrc", positive, first=(3.5,)),
    special("fdtr", positive, first=(3.5, 4.5)),
    special("fdtrc", positive, first=(3.5, 4.5)),
    special("fresnel", positive),
    special("sici", positive),
    special("shichi", positive),
]  # fmt: skip

FACTORS = np.array([1.0, -2.0, 0.5], np.float32)
SUMS = [] if scipy is None else [
    *(
        scipys(f"special.{name}", (2, 3, 4), axis=axis)
        for name in ("softmax", "log_softmax", "logsumexp")
        for axis in (None, 0, -1, (0, 2))
    ),
    scipys("special.logsumexp", (2, 3, 4), axis=1, keepdims=True),
    *(
        scipys(
            "special.logsumexp",
            (2, 3, 4),
            axis=axis,
            keepdims=keepdims,
            b=np.arange(24.0, dtype=np.float32).reshape(2, 3, 4),
            note=f"b,{axis},{keepdims}",
        )
        for axis in (None, 1, (0, 2))
        for keepdims in (False, True)
    ),
    scipys("special.logsumexp", (3,), args=(0, FACTORS, False, True), note="signs"),
]  # fmt: skip


def near_one(random: np.random.Generator, shape: Shape) -> Any:
    """Matrices with positive eigenvalues, not symmetric."""
    return random.uniform(-0.3, 0.3, shape) + np.diag(np.arange(1.0, shape[-1] + 1))


def band(random: np.random.Generator, shape: Shape) -> Any:
    """Diagonals of a regular matrix, the last but one the main one or the last."""
    x = random.uniform(-0.3, 0.3, shape)
    x[-2:] += 1.5 if shape[0] == 4 else 0.0
    x[1] += 2.0 if shape[0] == 3 else 0.0
    return x


def lower_band(random: np.random.Generator, shape: Shape) -> Any:
    return band(random, shape)[[0, 2, 1, 3]] + np.array([[0.0], [1.0], [0.0], [-1.0]])


def linalg(name: str, *shapes: Shape, domain: Any = near_one, **more: Any) -> Case:
    domains = more.pop("domains", (domain, *(real,) * (len(shapes) - 1)))
    note = more.pop("note", "") or ",".join(f"{k}={v}" for k, v in more.items())
    sizes = "x".join("".join(map(str, shape)) for shape in shapes)
    return scipys(f"linalg.{name}", *shapes, domains=domains, note=f"{note}@{sizes}", **more)


def in_double(name: str) -> Any:
    """SciPy's function, which complains of float32."""
    function, theirs = find(ours, name), find(scipy, name)
    return lambda x: (
        function(x) if type(x) is Node else theirs(np.asarray(x, np.result_type(x, np.float64)))
    )


MATRICES = [] if scipy is None else [
    linalg("expm", (3, 3)),
    linalg("expm", (2, 3, 3)),
    replace(linalg("logm", (3, 3)), twin=in_double("linalg.logm")),
    linalg("sqrtm", (3, 3)),
    *(linalg(name, (3, 3)) for name in ("coshm", "sinhm", "tanhm", "inv", "det", "pinv")),
    linalg("svdvals", (3, 3)),
    *(
        linalg("solve_triangular", (3, 3), b, trans=trans, lower=lower, unit_diagonal=unit)
        for b in ((3,), (3, 2))
        for trans in (0, 1)
        for lower in (False, True)
        for unit in (False, True)
    ),
    linalg("solve_triangular", (3, 3), (3, 2), args=("T", True), note="T"),
    linalg("cholesky", (3, 3), domain=definite),
    linalg("cholesky", (3, 3), domain=definite, lower=True),
    linalg("solve", (3, 3), (3,)),
    linalg("solve", (3, 3), (3, 2)),
    linalg("solve", (3, 3), (3, 2), transposed=True),
    linalg("solve_sylvester", (3, 3), (2, 2), (3, 2), domains=(near_one, near_one, real)),
    *(
        linalg("solve_banded", (3, 4), b, domains=(band, real), first=((1, 1),))
        for b in ((4,), (4, 2))
    ),
    linalg("solve_banded", (4, 5), (5,), domains=(band, real), first=((0, 3),), note="0,3"),
    linalg("solve_banded", (4, 5), (5,), domains=(lower_band, real), first=((2, 1),), note="2,1"),
    linalg("norm", (3, 4), domain=real),
    linalg("norm", (3, 4), domain=real, args=(2, 1), note="2"),
    linalg("norm", (3, 3), args=("nuc",), note="nuc"),
    Case(
        "linalg.eigh",
        lambda x: _without_signs(ours.linalg.eigh(x)),
        lambda x: _without_signs((ours if type(x) is Node else scipy).linalg.eigh(x)),
        ((3, 3),),
        (definite,),
        order=0,
    ),
    linalg("eigvalsh", (3, 3), domain=definite),
    linalg("eigvalsh", (3, 3), domain=definite, lower=False),
    linalg("qr", (4, 3), domain=spread_matrix, mode="economic", order=0),
    linalg("qr", (3, 3), domain=spread_matrix, order=0),
    linalg("svd", (4, 3), domain=spread_matrix, full_matrices=False, order=0),
    linalg("lstsq", (4, 3), (4,), domains=(spread_matrix, real)),
    linalg("block_diag", (2, 3), (2, 2), (3,), domain=real),
    linalg("toeplitz", (4,), domain=real),
    linalg("toeplitz", (4,), (3,), domain=real),
    linalg("circulant", (4,), domain=real),
    linalg("hankel", (4,), domain=real),
    linalg("hankel", (4,), (3,), domain=real),
]  # fmt: skip

SIGNALS = [] if scipy is None else [
    *(
        scipys(f"signal.{name}", a, b, args=(mode,), note=f"{mode}@{a}{b}".replace(" ", ""))
        for name in ("convolve", "correlate", "fftconvolve")
        for mode in ("full", "valid", "same")
        for a, b in (((5,), (3,)), ((4,), (2,)), ((3,), (5,)), ((4, 5), (3, 2)))
    ),
]  # fmt: skip


def stats(name: str, *domains: Any, **more: Any) -> Case:
    """A function of a distribution, one domain per argument."""
    shapes = ((2, 3), *((3,),) * (len(domains) - 1))
    note = more.pop("note", "") or ("" if len(domains) > 1 else "standard")
    return scipys(f"stats.{name}", *shapes, domains=domains, note=note, **more)


ONES = np.array([0, 1, 1])
low = between(0.1, 0.4)
left = between(-0.5, 0.2)
SHAPES = {
    "norm": (), "cauchy": (), "laplace": (), "logistic": (), "gumbel_r": (),
    "expon": (), "halfnorm": (), "uniform": (), "t": (positive,), "gamma": (positive,),
    "chi2": (positive,), "invgamma": (positive,), "lognorm": (positive,),
    "weibull_min": (positive,), "pareto": (positive,), "beta": (positive, positive),
}  # fmt: skip
"""Of each distribution the domains of its parameters, beside loc and scale."""

PLACES = {"beta": share, "uniform": share, "pareto": between(2.5, 5.0)}
NO_DERIVATIVE = ("t", "gamma", "chi2", "invgamma", "beta")
"""Whose distribution functions have no known derivative with respect to the parameters."""

DISTRIBUTIONS = [] if scipy is None else [
    *(
        stats(
            f"{name}.{function}",
            place,
            *shapes,
            note="by all" if shapes else "",
        )
        for name, shapes in SHAPES.items()
        for place in [PLACES.get(name, real if not shapes and name[0] in "nclg" else positive)]
        for function in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
        if function.endswith("pdf") or name not in NO_DERIVATIVE
    ),
    *(
        stats(f"{name}.{function}", PLACES.get(name, positive), args=args, note="by place")
        for name, args in (
            ("t", (3.5, 0.2, 1.3)), ("gamma", (2.5, 0.2, 1.3)), ("chi2", (2.5, 0.2, 1.3)),
            ("invgamma", (2.5, 0.2, 1.3)), ("beta", (2.5, 1.7)),
        )
        for function in ("cdf", "sf", "logcdf", "logsf")
    ),
    *(
        stats(f"norm.{function}", real, real, positive, note="loc, scale")
        for function in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
    ),
    *(
        stats(f"{name}.{function}", positive, *shapes, left, above_1, note="loc, scale")
        for name, shapes in SHAPES.items()
        if name not in ("norm", "uniform", "beta", "pareto")
        for function in ("pdf", "logpdf")
    ),
    *(
        stats(f"{name}.ppf", share, args=args, note="by share")
        for name, args in (
            ("t", (3.5, 0.2, 1.3)), ("gamma", (2.5, 0.2, 1.3)), ("chi2", (2.5, 0.2, 1.3)),
            ("invgamma", (2.5, 0.2, 1.3)), ("beta", (2.5, 1.7)),
        )
    ),
    *(
        stats(f"{name}.ppf", share, *shapes, real, positive, note="loc, scale")
        for name, shapes in SHAPES.items()
        if name not in NO_DERIVATIVE
    ),
    *(
        stats(f"{name}.{function}", *parameters, first=(ONES + (name == "geom"),), note=function)
        for name, parameters in (
            ("poisson", (positive,)), ("bernoulli", (share,)), ("geom", (share,)),
        )
        for function in ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf")
        if name != "bernoulli" or function in ("pmf", "logpmf")
    ),
    *(
        scipys(f"stats.binom.{function}", (2, 3), first=(ONES, 4), domains=(share,), note="p")
        for function in ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf")
    ),
    scipys("stats.nbinom.logpmf", (2, 3), (3,), first=(3,), domains=(positive, share), note="n, p"),
    scipys("stats.nbinom.cdf", (2, 3), first=(2, 3.5), domains=(share,), note="p"),
    scipys("stats.nbinom.sf", (2, 3), first=(2, 3.5), domains=(share,), note="p"),
    *(
        scipys(
            f"stats.multivariate_normal.{function}", shape, (3,), (3, 3),
            domains=(real, real, definite), note=f"{shape}",
        )
        for function in ("pdf", "logpdf")
        for shape in ((3,), (4, 3))
    ),
    scipys("stats.multivariate_normal.entropy", (3, 3), first=(None,), domains=(definite,)),
    *(
        scipys(f"stats.dirichlet.{function}", (3,), first=(x,), domains=(positive,), note=f"{x}")
        for function in ("pdf", "logpdf")
        for x in np.array([[0.25, 0.25, 0.5], [0.25, 0.5, 0.25]], np.float32)
    ),
    scipys("stats.dirichlet.logpdf", (2,), args=(FACTORS**2,), domains=(low,), note="x"),
    scipys("stats.dirichlet.entropy", (3,), domains=(positive,)),
    scipys("integrate.cumulative_trapezoid", (2, 4)),
    scipys("integrate.cumulative_trapezoid", (2, 4), (4,), note="x"),
    scipys("integrate.cumulative_trapezoid", (2, 4), (2, 4), axis=0, initial=0, note="x, axis 0"),
    scipys("integrate.trapezoid", (2, 4), (4,)),
]  # fmt: skip

CASES = [*ELEMENTWISE, *SUMS, *MATRICES, *SIGNALS, *DISTRIBUTIONS]
