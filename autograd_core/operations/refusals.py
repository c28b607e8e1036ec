"""What can't be done with nodes, and what to write instead.

NumPy's functions that write into an array or a file, and the methods of arrays that do. See
`asking` for functions that want the plain array without asking the node first.
"""

from __future__ import annotations

from ..node import Node, named
from ..numpy_protocol import REFUSED, existing

_WRITES = "it writes into an array, and a node's value is never overwritten"
_FILES = "a file holds numbers, not the graph"

for _names, _advice in {
    ("put", "put_along_axis"): f"{_WRITES}. Write np.where(mask, new, a) for a changed copy",
    ("place", "putmask"): f"{_WRITES}. Write np.where(mask, vals, a) for a changed copy",
    ("copyto",): (  # np.full and np.full_like copy, too
        f"{_WRITES}. Write np.where(where, src, dst) for a changed copy, and "
        "np.broadcast_to(fill_value, shape) for np.full and np.full_like"
    ),
    ("fill_diagonal",): (
        f"{_WRITES}. Write np.where(np.eye(n, dtype=bool), val, a) for a changed copy"
    ),
    ("ufunc.at",): (
        f"{_WRITES}. Write a + autograd_core.scatter_add(b, index, a.shape) for np.add.at(a, "
        "index, b)"
    ),
    ("save", "savez", "savez_compressed"): f"{_FILES}. Pass node.value",
    ("savetxt",): f"{_FILES}. Pass node.value",
    ("sort_complex",): "it returns complex numbers. Write np.sort(x)",
    ("isnat", "is_busday", "busday_count", "busday_offset", "datetime_as_string"): (
        "it is about dates, which have no derivative. Pass node.value"
    ),
}.items():
    for _function in existing(*_names):
        REFUSED[_function] = _advice


# --- methods and attributes of arrays -------------------------------------------------------------

_OVERWRITES = "its value is never overwritten"
_MEMORY = "its value belongs to the graph"

NOT_METHODS = {
    "sort": f"{_OVERWRITES}. Write np.sort(x), which returns the sorted entries",
    "partition": f"{_OVERWRITES}. Write np.partition(x, kth), which returns them",
    "resize": f"{_OVERWRITES}. Write np.resize(x, shape), which returns them",
    "put": f"{_OVERWRITES}. Write np.where(mask, new, x) for a changed copy",
    "fill": f"{_OVERWRITES}. Write np.full_like(x, number)",
    "itemset": f"{_OVERWRITES}. Write np.where(mask, new, x) for a changed copy",
    "setfield": f"{_OVERWRITES}. Write np.where(mask, new, x) for a changed copy",
    "setflags": f"{_MEMORY}. The array itself is node.value",
    **dict.fromkeys(
        ("tobytes", "tofile", "dump", "dumps"),
        "bytes hold numbers, not the graph. Write node.value.{name}(...)",
    ),
    **dict.fromkeys(
        ("view", "getfield", "byteswap"),
        f"{_MEMORY}, and other numbers read from its bytes have no gradient. Write "
        "node.astype(dtype), or node.value.{name}(...) for the array alone",
    ),
    "data": "its numbers are node.value, and those of a leaf can be set: node.value -= 0.1 * g",
    **dict.fromkeys(
        ("base", "ctypes", "flags", "flat", "strides", "itemsize", "nbytes"),
        f"{_MEMORY}. Write node.value.{{name}} (node.ravel() for the entries in one row)",
    ),
}
"""Methods and attributes of arrays that nodes have not -> why, and what to write."""


class _NotAMethod:
    """What a name of arrays is on a node: not there, and why.

    Not a ``__getattr__``, with which Python would read every attribute of a node the slow way.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: Node | None, owner: type) -> object:
        name = self.name
        where = "" if node is None else named(node)
        advice = NOT_METHODS[name].format(name=name)
        raise AttributeError(f"a node has no {name}{where}: {advice}", name=name, obj=node)


def _dir(self: Node) -> list[str]:
    return [name for name in object.__dir__(self) if name not in NOT_METHODS]


for _name in NOT_METHODS:
    setattr(Node, _name, _NotAMethod(_name))
Node.__dir__ = _dir  # type: ignore[method-assign, assignment]
