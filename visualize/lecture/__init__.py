"""Graphs of the lecture, each in one line: neurons, chains, networks, and its worked examples.

>>> from visualize import draw, neuron
>>> diagram = draw(neuron([-1, -2], [2, -3], bias=-3), fold="sigmoid")
"""

from .examples import lecture_example, lecture_examples
from .networks import matrix_network, scalar_network
from .neurons import neural_chain, neuron
from .parts import named_nodes
from .slides import IMPORTS, SLIDES

__all__ = [
    "IMPORTS",
    "SLIDES",
    "lecture_example",
    "lecture_examples",
    "matrix_network",
    "named_nodes",
    "neural_chain",
    "neuron",
    "scalar_network",
]
