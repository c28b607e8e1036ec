"""Lecture 003 slide by slide: every one with a graph, network, function or matrix in two lines.

>>> from visualize.lecture import IMPORTS, SLIDES
>>> print(SLIDES["Neural Chain"])
L = lecture_example("neural chain")
draw(L, fold=1, function_boxes=True)
"""

from __future__ import annotations

__all__ = ["IMPORTS", "SLIDES"]

IMPORTS = """\
import numpy as np
from autograd_core import Node
from nn import *
from visualize import *
from visualize.training import *
"""
"""What stands above the lines."""

SLIDES = {
    # Repetition
    "Repetition: 1D Gradient Descent": "plot_descent()",
    "Repetition: 1D Gradient Descent, one step": """\
L = lecture_example("gradient descent")
draw(L)""",
    "Repetition: Boolean Operators: OR": """\
x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 1]
plot_decision_boundary(lambda x: 1 / (1 + np.exp(-(x.sum(axis=1, keepdims=True) - 0.5))), x, y)""",
    "Last Week: Single Neuron": """\
y = neuron([-1, -2], [2, -3], bias=-3)
draw(y, style="neurons")""",
    "Today: Neural Network": 'draw(scalar_network([2, 3, 2]), style="neurons")',
    # Computational graph
    "Computational Graph: Options": "plot_derivative_ways()",
    "Simple example": 'draw(lecture_example("simple example"), symbolic=True)',
    "Simple example, step by step": """\
v = lecture_example("simple example")
draw(v, symbolic=True).frames()""",
    "Simple example: dv/dx": """\
v = lecture_example("simple example")
explain(v, named_nodes(v)["x"])""",
    "Standard operations: Addition": """\
q = lecture_example("addition")
draw(q, symbolic=True, local_gradients=True)""",
    "Standard operations: Multiplication": """\
v = lecture_example("multiplication")
draw(v, symbolic=True, local_gradients=True)""",
    "Simple example, with numbers": 'draw(lecture_example("simple example"))',
    "Simple example, with numbers, step by step": """\
v = lecture_example("simple example")
draw(v).frames()""",
    "Abstract function: dL/dx": 'draw(lecture_example("abstract function"), symbolic=True)',
    "Abstract function: dL/dy": 'draw(lecture_example("chained functions"), symbolic=True)',
    "Abstract function, f and f′": """\
L = lecture_example("chained functions")
draw(L, function_boxes=True)""",
    "Complex Example": 'draw(lecture_example("sigmoid neuron"))',
    "Complex Example, local gradients": """\
f = lecture_example("sigmoid neuron")
draw(f, local_gradients=True, number_format=".2f")""",
    "Complex Example, step by step": """\
f = lecture_example("sigmoid neuron")
draw(f, number_format=".2f").frames()""",
    "Complex Example: df/dx_1": """\
f = lecture_example("sigmoid neuron")
explain(f, named_nodes(f)["x_1"])""",
    "Complex Example: df/dw_1": """\
f = lecture_example("sigmoid neuron")
explain(f, named_nodes(f)["w_1"])""",
    "Complex Example: f(x) and f′(x)": 'derivative_table(lecture_example("sigmoid neuron"))',
    "Complex Example, four functions as one": """\
f = lecture_example("sigmoid neuron")
draw(f, fold="sigmoid")""",
    "Complex Example, f and f′": """\
f = lecture_example("sigmoid neuron")
draw(f, fold="sigmoid", function_boxes=True)""",
    # Single neuron
    "Neuron": 'draw(neuron([-1, -2], [2, -3], bias=-3), fold="sigmoid", function_boxes=True)',
    "Neuron, in letters": """\
y = neuron([-1, -2], [2, -3], bias=-3)
draw(y, fold="sigmoid", symbolic=True)""",
    "Neuron, inner operations hidden": """\
y = neuron([-1, -2], [2, -3], bias=-3)
draw(y, fold=2, function_boxes=True)""",
    "Neuron: dL/dw_1": """\
L = neuron([-1, -2], [2, -3], bias=-3, target=1)
explain(L, named_nodes(L)["w_1"])""",
    "Neuron: dL/db": """\
L = neuron([-1, -2], [2, -3], bias=-3, target=1)
explain(L, named_nodes(L)["b"])""",
    # Neural chain
    "Neural Chain": """\
L = lecture_example("neural chain")
draw(L, fold=1, function_boxes=True)""",
    "Neural Chain: Forward path": """\
L = lecture_example("neural chain")
draw(L, gradients=False)""",
    "Neural Chain, gradients": 'draw(lecture_example("neural chain"), local_gradients=True)',
    "Neural Chain, step by step": """\
L = lecture_example("neural chain")
draw(L).frames()""",
    "Neural Chain: dL/dw_2": """\
L = lecture_example("neural chain")
explain(L, named_nodes(L)["w_2"])""",
    "Neural Chain: dL/dw_1": """\
L = lecture_example("neural chain")
explain(L, named_nodes(L)["w_1"])""",
    # Neural network
    "Neural Network": 'draw(scalar_network([2, 2]), fold="loss", function_boxes=True)',
    "Neural Network, as circles": 'draw(scalar_network([2, 2]), style="neurons")',
    "Neural Network, inner operations hidden": """\
L = scalar_network([2, 2])
draw(L, fold=["Σ", "loss"], function_boxes=True)""",
    "Neural Network: dL/dw_11": """\
L = scalar_network([2, 2])
explain(L, named_nodes(L)["w_{11}"])""",
    "Neural Network: dL/dw_12": """\
L = scalar_network([2, 2])
explain(L, named_nodes(L)["w_{12}"])""",
    "Neural Network as matrices": 'draw(matrix_network([2, 2]), fold="loss")',
    "Neural Network: ΔW": """\
L = matrix_network([2, 2])
explain(L, named_nodes(L)["W"])""",
    "Neural Network: ΔW, entry by entry": """\
L = matrix_network([2, 2])
explain(L, named_nodes(L)["W"], entry=(0, 1))""",
    "Hadamard product": """\
a, b = Node([[5.0, 6.0], [7.0, 8.0]], name="A"), Node([[1.0, 2.0], [3.0, 4.0]], name="B")
draw(a * b)""",
    "Neural Network, one hidden layer": """\
L = scalar_network([2, 2, 2])
draw(L, fold=["Σ", "loss"], function_boxes=True)""",
    "Neural Network, one hidden layer, as circles": """\
L = scalar_network([2, 2, 2])
draw(L, style="neurons")""",
    "Neural Network, one hidden layer: neurons as boxes": """\
L = scalar_network([2, 2, 2])
draw(L, fold=["neuron 1", "neuron 2", "loss"])""",
    "Neural Network, one hidden layer: dL/dw_11^1": """\
L = scalar_network([2, 2, 2])
explain(L, named_nodes(L)["w_{11}^1"])""",
    "Neural Network, one hidden layer: forward and backward path": """\
L = matrix_network([2, 2, 2])
draw(L, fold="loss", function_boxes=True)""",
    "Neural Network, one hidden layer: ΔW²": """\
L = matrix_network([2, 2, 2])
explain(L, named_nodes(L)["W^2"])""",
    "Neural Network, one hidden layer: ΔW¹": """\
L = matrix_network([2, 2, 2])
explain(L, named_nodes(L)["W^1"])""",
    # Activation functions
    "Activation Functions: Sigmoid": "plot_activation(Sigmoid())",
    "Activation Functions: tanh": "plot_activation(Tanh())",
    "Activation Functions: ReLU": "plot_activation(ReLU())",
    "Activation Functions: Leaky ReLU": "plot_activation(LeakyReLU(0.1))",
    "Activation Functions: ELU": "plot_activation(ELU())",
    "Activation Functions: Softmax, classifier": "plot_softmax([1, 2, 3], target=2)",
    "Activation Functions: Softmax, as a graph": """\
L = lecture_example("softmax and cross entropy")
draw(L, fold="cross entropy")""",
    "Activation Functions: Rule of thumb": "plot_activations()",
    # Fully connected layer
    "Fully Connected Layer Dimensions: y = f(W x + b)": """\
y = matrix_network([2, 3], columns=True, loss=False)
draw(y)""",
    "Fully Connected Layer Dimensions: each y_j": """\
y = scalar_network([2, 3], loss=False)
draw(y)""",
    "Fully Connected Layer Dimensions: y = f(x W + b)": """\
y = matrix_network([2, 3], loss=False)
draw(y)""",
    "Fully Connected Layer Dimensions: (1 x 2)(2 x 4)": """\
y = lecture_example("fully connected layer")
draw(y)""",
    "Fully Connected Layer Dimensions, as circles": """\
y = matrix_network([2, 4], loss=False)
draw(y, style="neurons")""",
    "Fully Connected Layer: Image Data": "plot_flattening()",
    "Fully Connected Layer: Image Data, as a graph": 'draw(lecture_example("image data"))',
    # Batches
    "Gradient Descent": """\
L = matrix_network([1, 1], batch=3)
draw(L, fold="network")""",
    "Gradient Descent: All the data": 'plot_batch_sizes(show="loss")',
    "Stochastic Gradient Descent": "plot_batch_sizes()",
    "Batch Gradient Descent": "plot_batch_losses()",
    "Dimensions with batch gradient descent": """\
y = matrix_network([2, 4], batch=3, loss=False)
draw(y)""",
    "Codeexample Tensorflow": """\
y = matrix_network([3, 4, 3, 1], activations=["relu", "relu", "sigmoid"], batch=2, loss=False)
draw(y, fold=2)""",
    # Weight initialisation
    "Weight Initialisation": "plot_initial_weights()",
    "Weight Initialisation: what becomes of it": "plot_initializers()",
    "Weight Initialisation: σ of He": 'draw(lecture_example("he initialisation"))',
    # Training
    "Training a Neural Network: 3. Define the network": """\
layers = [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10)]
draw(NeuralNetwork(layers, loss=SoftMaxCrossEntropyLoss()))""",
    "Training a Neural Network: 6. Supervise the training": """\
history = {"loss": [0.9, 0.5, 0.3, 0.2], "validation_loss": [0.9, 0.6, 0.5, 0.5]}
plot_metric(history)""",
}
"""By the titles of the slides: their pictures and formulas, as code; the last line shows it.

The slides on CPU and GPU, on reading data and those without a figure of their own are left out.
Where the slides err, the package shows the correct: it is named in the examples and builders."""
