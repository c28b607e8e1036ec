"""How long diagrams take: the sizes that lectures and long graphs have."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from autograd_core import Node, scope
from visualize import draw, explain


def neuron(x: float = -1.0) -> Node:
    """The sigmoid neuron of lecture 003."""
    x1, w1, x2, w2, w3 = (Node(value) for value in (x, 2.0, -2.0, -3.0, -3.5))
    return 1 / (1 + np.exp(-(x1 * w1 + x2 * w2 + w3)))


def chain(operations: int) -> Node:
    """X * a + a, over and over."""
    node = Node(1.0, name="x")
    for _ in range(operations // 2):
        node = node * 1.0001 + 0.0001
    return node


def layers(operations: int) -> Node:
    """Scopes of four operations, one behind the other."""
    node = Node(1.0, name="x")
    for _ in range(operations // 4):
        with scope("layer"):
            node = (node * 1.0000001 + 1e-9) * 0.9999999 + 1e-9
    return node


WORKLOADS: tuple[tuple[str, Callable[[], Node], object, float], ...] = (
    ("sigmoid neuron", neuron, None, 0.15),
    ("500 operations, unfolded", lambda: chain(500), 99, 1.0),
    ("5,000 operations, automatic fold", lambda: chain(5_000), None, 1.0),
    ("5,000 operations, unfolded", lambda: chain(5_000), 99, 15.0),
    ("100,000 operations, automatic fold", lambda: chain(100_000), None, 5.0),
    ("1,000,000 operations in scopes", lambda: layers(1_000_000), None, 60.0),
)
"""What is drawn, how it is folded, and the seconds that an SVG may take."""


def seconds_of_svg(numbers: int) -> list[float]:
    """The seconds from the neuron to its SVG, whose numbers differ each time or not."""
    seconds = []
    for place in range(50):
        root = neuron(-1.0 - 0.01 * numbers * (place + 1))
        root.backward()
        start = time.perf_counter()
        draw(root).svg()
        seconds.append(time.perf_counter() - start)
    return seconds


def seconds_of_explaining(operations: int) -> float:
    """The seconds to find and write the largest of more paths than there are atoms."""
    w = root = Node(1.0, name="w")
    for step in range(operations):
        root = root + root * 0.0 if step % 2 else root * 1.0
    start = time.perf_counter()
    str(explain(root, w))
    return time.perf_counter() - start


def run() -> None:
    """Print the seconds from the graph to the SVG, to a page, and to an explanation."""
    draw(neuron()).svg()  # the first picture of a process loads the libraries
    print(f"{'graph':36}{'seconds':>9}{'at most':>9}")
    for name, make, fold, limit in WORKLOADS:
        root = make()
        root.backward()
        start = time.perf_counter()
        draw(root, fold=fold).svg()  # type: ignore[arg-type]
        print(f"{name:36}{time.perf_counter() - start:9.3f}{limit:9.2f}", flush=True)
    print(f"{'sigmoid neuron':36}{'milliseconds, median of 50':>28}")
    for name, numbers in (("draw(f).svg(), new numbers", 1), ("draw(f).svg(), drawn before", 0)):
        print(f"{name:36}{1000 * median(seconds_of_svg(numbers)):28.2f}")
    root = chain(500)
    root.backward()
    start = time.perf_counter()
    page = draw(root).html()
    seconds = time.perf_counter() - start
    size = len(page.encode()) / 1024
    print(f"page of 500 operations: {size:.0f} KB (at most 1024), {seconds:.2f} s")
    seconds = seconds_of_explaining(40_000)
    print(f"explain() through 40,000 operations: {seconds:.2f} s (at most 30)")
