"""Convolution and max pooling: forward and all gradients, arrays in N, C, H, W, beside peers."""

import tracemalloc
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np

from autograd_core import Node, convolution, max_pool

from .figures import Figure, print_figures, print_times
from .timing import compare, ratio
from .workloads import Step

SHAPES: tuple[tuple[tuple[int, int, int], int, int, int, int, float], ...] = (
    ((64, 1, 28), 8, 5, 1, 2, 0.3),
    ((64, 8, 14), 16, 5, 1, 2, 1.35),
    ((64, 3, 32), 16, 3, 1, 1, 1.5),
    ((32, 64, 16), 64, 3, 1, 1, 1.7),
    ((8, 3, 224), 64, 7, 2, 3, 0.9),
)
"""Samples, channels and side; kernels and theirs; stride, padding; at most so much of PyTorch's."""
MOST_OF_MYGRAD = 0.55
POOLED = ((64, 8, 28, 28), (64, 16, 14, 14))
MOST_OF_POOLING = 0.5


def run(rounds: int) -> list[Figure]:
    """Print a table and the ratios for each shape."""
    figures: list[Figure] = []
    for (n, c, side), f, k, stride, padding, most in SHAPES:
        random = np.random.default_rng(0)
        x = random.standard_normal((n, c, side, side), np.float32)
        w = random.standard_normal((f, c, k, k), np.float32)
        out = (side + 2 * padding - k) // stride + 1
        g = random.standard_normal((n, f, out, out), np.float32)
        title = f"{n} x {c} x {side}², {f} of {k} x {k}, stride {stride}"
        targets = {"PyTorch": most, "MyGrad": MOST_OF_MYGRAD}
        contenders = dict(_convolved(x, w, g, stride, padding))
        figures += _raced(title, contenders, targets, rounds)
        figures += _peaks(title, contenders)
    figures.append(_large_batch(rounds))
    for shape in POOLED:
        random = np.random.default_rng(0)
        x = random.standard_normal(shape, np.float32)
        title = f"max pooling 2 x 2 of {' x '.join(map(str, shape))}"
        figures += _raced(title, dict(_pooled(x)), {"PyTorch": MOST_OF_POOLING}, rounds)
    return figures


def _raced(
    title: str, contenders: dict[str, Step], targets: dict[str, float], rounds: int
) -> list[Figure]:
    times = compare(contenders, rounds)
    print_times(title, times)
    return print_figures(
        Figure(title, f"eager / {name}", ratio(times, "eager", name), targets[name])
        for name in times
        if name != "eager"
    )


def _peaks(title: str, contenders: dict[str, Step]) -> list[Figure]:
    """Print the peak of NumPy's arrays in one step, beside MyGrad's."""
    peaks = {name: _peak(contenders[name]) for name in ("eager", "MyGrad") if name in contenders}
    for name, peak in peaks.items():
        print(f"  {f'peak memory of {name}':50}{peak / 2**20:8.1f} MiB")
    if "MyGrad" not in peaks:
        return []
    share = peaks["eager"] / peaks["MyGrad"]
    return print_figures([Figure(title, "peak memory, eager / MyGrad", share, 1.0)])


def _peak(step: Step) -> int:
    step()
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _large_batch(rounds: int) -> Figure:
    """Print what an image costs in a batch of 1,024, as a share of one in a batch of 64."""
    random = np.random.default_rng(0)
    x = random.standard_normal((1024, 8, 14, 14), np.float32)
    w = random.standard_normal((16, 8, 5, 5), np.float32)
    batches = {"1,024": x, "64": x[:64].copy()}
    times = compare(
        {name: partial(convolution, batch, w, 1, 2) for name, batch in batches.items()}, rounds
    )
    share = ratio(times, "1,024", "64") * 64 / 1024
    name = "per image, batch of 1,024 / of 64"
    return print_figures([Figure("convolution without gradients", name, share, 1.1)])[0]


def _convolved(
    x: np.ndarray, w: np.ndarray, g: np.ndarray, stride: int, padding: int
) -> Iterator[tuple[str, Step]]:
    images, kernels = Node(x), Node(w)

    def eager() -> None:
        convolution(images, kernels, stride, padding).backward(g, keep_intermediate=False)

    eager()
    expected = np.array(images.grad), np.array(kernels.grad)
    yield "eager", eager
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        tensors = [torch.tensor(part, requires_grad=True) for part in (x, w)]
        error = torch.tensor(g)

        def torchs() -> None:
            tensors[0].grad = tensors[1].grad = None
            torch.nn.functional.conv2d(*tensors, stride=stride, padding=padding).backward(error)

        torchs()
        for tensor, gradient in zip(tensors, expected, strict=True):
            np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=2e-2)
        yield "PyTorch", torchs
    whole = (x.shape[-1] + 2 * padding - w.shape[-1]) % stride == 0
    if whole and find_spec("mygrad"):  # which takes no others
        import mygrad
        from mygrad.nnet.layers import conv_nd

        def mygrads() -> None:
            found = conv_nd(
                mygrad.tensor(x, copy=False),
                mygrad.tensor(w, copy=False),
                stride=stride,
                padding=padding,
            )
            found.backward(g)

        yield "MyGrad", mygrads


def _pooled(x: np.ndarray) -> Iterator[tuple[str, Step]]:
    images = Node(x)
    g = np.ones((*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2), np.float32)
    yield "eager", lambda: max_pool(images, 2, 2).backward(g, keep_intermediate=False)
    if find_spec("torch"):
        import torch

        tensor, error = torch.tensor(x, requires_grad=True), torch.tensor(g)

        def torchs() -> None:
            tensor.grad = None
            torch.nn.functional.max_pool2d(tensor, 2).backward(error)

        yield "PyTorch", torchs
