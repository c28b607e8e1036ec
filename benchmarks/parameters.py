"""What collecting the parameters of a network takes: anew, and when nothing was set since."""

import timeit

from nn import FullyConnected, NeuralNetwork, ReLU

from .figures import Figure, print_figures

MOST = 30.0
"""Microseconds, for ten layers."""


def run(rounds: int) -> list[Figure]:
    """Print the microseconds of both, the best of so many rounds."""
    ten = [layer for _ in range(5) for layer in (FullyConnected(8, 8), ReLU())]
    network = NeuralNetwork(ten)

    def anew() -> None:
        network.look_again()
        network.parameters()

    calls = 2000
    return print_figures(
        Figure("ten layers", name, min(timeit.repeat(f, number=calls, repeat=rounds)) / calls * 1e6,
               MOST, "us")
        for name, f in {"anew, once a fit": anew, "known": network.parameters}.items()
    )  # fmt: skip
