"""Pictures by which people supervise training.

Each function draws with matplotlib into ``ax=``, or a figure of its own, and returns the axes. It
takes what `nn` gives, such as a History, or plain arrays, and follows matplotlib's light and dark
styles.

>>> from matplotlib.figure import Figure
>>> from visualize.training import plot_metric
>>> history = {"loss": [0.9, 0.4, 0.2], "validation_loss": [0.8, 0.5, 0.6]}
>>> ax = plot_metric(history, ax=Figure().add_subplot())  # in a notebook: plot_metric(history)
"""

from .activation_functions import plot_activation, plot_activations
from .batch_sizes import descend_in_batches, plot_batch_sizes
from .boundary import plot_decision_boundary
from .boundary_over_time import BoundaryRecorder, animate_boundary, plot_boundary_snapshots
from .classification import confusion_matrix, plot_confusion_matrix, plot_most_wrong
from .curves import plot_history, plot_iterations, plot_metric
from .descent import Descent, descend
from .descent_pictures import plot_descent, plot_surface_descent
from .histograms import plot_histogram, plot_histograms
from .images import plot_first_layer
from .initialization import activation_spreads, plot_activation_spread, plot_initializers
from .layers import plot_dead_units, plot_gradient_flow, plot_gradient_norms, plot_update_ratios
from .live import LivePlot
from .recorder import TrainingRecorder

__all__ = [
    "BoundaryRecorder",
    "Descent",
    "LivePlot",
    "TrainingRecorder",
    "activation_spreads",
    "animate_boundary",
    "confusion_matrix",
    "descend",
    "descend_in_batches",
    "plot_activation",
    "plot_activation_spread",
    "plot_activations",
    "plot_batch_sizes",
    "plot_boundary_snapshots",
    "plot_confusion_matrix",
    "plot_dead_units",
    "plot_decision_boundary",
    "plot_descent",
    "plot_first_layer",
    "plot_gradient_flow",
    "plot_gradient_norms",
    "plot_histogram",
    "plot_histograms",
    "plot_history",
    "plot_initializers",
    "plot_iterations",
    "plot_metric",
    "plot_most_wrong",
    "plot_surface_descent",
    "plot_update_ratios",
]
