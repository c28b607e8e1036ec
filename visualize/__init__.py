"""Pictures of graphs, in the look of the lecture.

>>> from autograd_core import Node
>>> from visualize import draw
>>> w = Node(1.8, name="w")
>>> loss = w**2
>>> loss.backward()
>>> diagram = draw(loss)  # shows itself in a notebook; diagram.save("loss.svg") writes a file
"""

from autograd_core import shadowing

shadowing.require("nn")  # it is used below

# isort: split

from .chain_rule.explain import Explanation, explain
from .chain_rule.functions import DerivativeTable, derivative_table
from .diagram import Diagram
from .draw import draw, draw_artificial_neuron
from .exercises.exercise import Exercise, exercise
from .exercises.worksheet import Worksheet, worksheet
from .feature_maps.maps import FeatureMaps, feature_maps
from .from_torch.recording import record_torch
from .lecture import (
    lecture_example,
    lecture_examples,
    matrix_network,
    named_nodes,
    neural_chain,
    neuron,
    scalar_network,
)
from .mistakes.compare import compare
from .mistakes.comparison import Comparison
from .notebook import set_notebook_format
from .playground.playground import Playground, playground
from .style import THEMES, Theme
from .why.why import Cause, why

__all__ = [
    "THEMES",
    "Cause",
    "Comparison",
    "DerivativeTable",
    "Diagram",
    "Exercise",
    "Explanation",
    "FeatureMaps",
    "Playground",
    "Theme",
    "Worksheet",
    "compare",
    "derivative_table",
    "draw",
    "draw_artificial_neuron",
    "exercise",
    "explain",
    "feature_maps",
    "lecture_example",
    "lecture_examples",
    "matrix_network",
    "named_nodes",
    "neural_chain",
    "neuron",
    "playground",
    "record_torch",
    "scalar_network",
    "set_notebook_format",
    "why",
    "worksheet",
]
del shadowing
