"""NumPy's functions that ask for an array at once: `r_` and `c_` join nodes, others say why not."""

from __future__ import annotations

import numpy as np
import numpy.polynomial.polynomial as polynomial
import pytest

from autograd_core import Node, check_gradients

A, B = np.array([1.0, 2.0]), np.array([3.0, 4.0])
JOINED = {
    "vectors": lambda a, b: np.r_[a, b],
    "numbers and ranges": lambda a, b: np.r_[a, 0.5, 1:4, b],
    "scalars": lambda a, b: np.r_[a[0], b[1], 0.0],
    "columns": lambda a, b: np.c_[a, b],
    "column and constant": lambda a, b: np.c_[a, [1.0, 2.0], b],
    "matrices": lambda a, b: np.r_["1", a[None], b[None]],
    "as rows": lambda a, b: np.r_["0,2", a, b],
    "as columns": lambda a, b: np.r_["1,2,0", a, b],
    "in a stack": lambda a, b: np.r_["0,3,1", a, b],
    "beside a matrix": lambda a, b: np.c_[np.ones((2, 2)), a, b],
}


@pytest.mark.parametrize("name", JOINED)
def test_r_and_c_join_nodes(name):
    call = JOINED[name]
    out = call(Node(A), Node(B))
    np.testing.assert_array_equal(out.value, call(A, B))
    check_gradients(lambda a, b: call(a, b) ** 2, A, B, order=2)


@pytest.mark.parametrize("name", JOINED)
def test_r_and_c_keep_float32(name):
    call, x, y = JOINED[name], A.astype(np.float32), B.astype(np.float32)
    assert call(Node(x), Node(y)).dtype == call(x, y).dtype


def test_r_of_a_large_node():
    x = np.arange(5000.0).astype(np.float16)
    np.testing.assert_array_equal(np.r_[Node(x), 1.0].value, np.r_[x, 1.0])


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda x: np.mean([x, x]), r"np.mean would .*np.mean\(np.stack\(.*autograd_core.mean\("),
        (lambda x: np.sum([x, x]), r"autograd_core.sum\(\[a, b\]\)"),
        (lambda x: np.max([[x], [x]]), r"autograd_core.max\(\[a, b\]\)"),
        (lambda x: np.cumsum((x, x)), r"autograd_core.cumsum\(\[a, b\]\)"),
        (lambda x: np.median([x, x]), r"autograd_core.median\(\[a, b\]\)"),
        (lambda x: np.append([x], [x]), r"autograd_core.append\(\[a, b\]\)"),
        (lambda x: np.linalg.norm([x, x]), r"np.linalg.norm would .*autograd_core.norm\("),
        (lambda x: np.linalg.det([[x, x], [x, x]]), r"autograd_core.det"),
        (lambda x: np.r_[[x, x], 1.0], r"np.r_\[a, b\], not in a list"),
        (lambda x: np.vectorize(np.sin)(x), r"np.vectorize.* np.stack\(\[f\(x\) for x in node\]\)"),
        (lambda x: polynomial.polyval(1.0, x), r"np.polyval\(c\[::-1\], x\)"),
        (lambda x: polynomial.polyfit(x, x, 1), "np.polyfit"),
        (lambda x: np.polynomial.Polynomial([1.0, 2.0])(x), "np.polyval"),
        (lambda x: np.polynomial.chebyshev.chebadd(x, x), "np.polynomial"),
        (lambda x: np.kaiser(3, x), r"autograd_core.kaiser\(M, beta\)"),
        (lambda x: np.lib.stride_tricks.as_strided(x, (2,)), "sliding_window_view"),
        (lambda x: np.ma.array(x), "np.where"),
        (lambda x: np.full(3, x), r"np.broadcast_to\(x, shape\)"),
        (lambda x: np.exp([x]), r"np.exp would .*np.exp\(np.stack\(.*autograd_core.exp"),
        (lambda x: np.add([x], 1.0), r"autograd_core.add\(\[a, b\]\)"),
        (lambda x: np.dot([x, x], [1.0, 2.0]), r"autograd_core.dot\(\[a, b\]\)"),
        (lambda x: np.arange(x), r"np.linspace\(start, stop, n\)"),
        (lambda x: np.random.default_rng(0).normal(x), r"mean \+ deviation \* generator.normal"),
        (lambda x: np.random.default_rng(0).permutation(x[None]), r"x\[generator.permutation"),
        (lambda x: np.array([x]), r"a node can't become a plain array .*np.stack\(\[a, b\]\)"),
    ],
)  # fmt: skip
def test_what_to_write(call, advice):
    with pytest.raises(TypeError, match=advice):
        call(Node(1.5, name="x"))


REFUSED = {
    "put": (lambda x: np.put(x, [0], 1.0), r"np.where\(mask, new, a\)"),
    "put in an array": (lambda x: np.put(np.ones(2), [0], x), r"np.where\(mask, new, a\)"),
    "place": (lambda x: np.place(x, [True, False], [1.0]), r"np.where\(mask, vals, a\)"),
    "putmask": (lambda x: np.putmask(x, [True, False], 1.0), r"np.where\(mask, vals, a\)"),
    "copyto": (lambda x: np.copyto(np.ones(2), x), r"np.where\(where, src, dst\)"),
    "put_along_axis": (lambda x: np.put_along_axis(x, [0], 1.0, 0), "changed copy"),
    "fill_diagonal": (lambda x: np.fill_diagonal(x, 1.0), r"np.eye\(n, dtype=bool\)"),
    "save": (lambda x: np.save("/dev/null", x), "Pass node.value"),
    "savez": (lambda x: np.savez("/dev/null", x=x), "Pass node.value"),
    "savetxt": (lambda x: np.savetxt("/dev/null", x), "Pass node.value"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_writes_into_arrays_and_files_is_refused(name):
    call, advice = REFUSED[name]
    with pytest.raises(TypeError, match=rf"can't take nodes: .*{advice}"):
        call(Node(A))


MISSING = {
    "sort": r"np.sort\(x\)", "partition": "np.partition", "resize": "np.resize",
    "put": "np.where", "fill": "np.full_like", "tobytes": r"node.value.tobytes\(...\)",
    "tofile": r"node.value.tofile\(...\)", "view": "astype", "flags": "node.value.flags",
    "flat": r"node.ravel\(\)", "strides": "node.value.strides", "nbytes": "node.value.nbytes",
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_methods_that_nodes_have_not_say_what_to_write(name):
    with pytest.raises(
        AttributeError, match=rf"a node has no {name} \(node 'x'\): .*{MISSING[name]}"
    ):
        getattr(Node(A, name="x"), name)
    assert not hasattr(Node(A), name)
    assert name not in dir(Node(A))


def test_attributes_of_nodes_are_read_the_fast_way():
    # With either, Python calls a hook of the type for every attribute that the engine reads.
    assert not {"__getattr__", "__getattribute__"} & vars(Node).keys()


def test_an_attribute_that_nobody_has():
    with pytest.raises(AttributeError, match="'Node' object has no attribute 'gard'"):
        _ = Node(A).gard


METHODS = {
    "argpartition": lambda x: x.argpartition(1),
    "choose": lambda x: (x > 2).astype(int).choose([x, -x]),
    "compress": lambda x: x.compress([True, False]), "nonzero": lambda x: x.nonzero(),
    "searchsorted": lambda x: x.searchsorted([1.5, 2.5], side="right"),
    "choose axis": lambda x: x.reshape(1, 2).compress([False, True], axis=1),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_arrays(name):
    found, expected = METHODS[name](Node(A)), METHODS[name](A)
    if not isinstance(found, tuple):
        found, expected = (found,), (expected,)
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(getattr(x, "value", x), y)


def test_polynomials_of_plain_coefficients_take_nodes():
    x = Node(A)
    np.testing.assert_allclose(polynomial.polyval(x, [1.0, 2.0, 3.0]).value, 1 + 2 * A + 3 * A * A)
