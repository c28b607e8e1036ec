"""Neural networks on the graph engine: layers, losses, optimizers, training, data.

>>> from nn import CrossEntropyLoss, FullyConnected, NeuralNetwork, ReLU, SGD, SoftMax
>>> network = NeuralNetwork(
...     [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10), SoftMax()],
...     loss=CrossEntropyLoss("mean"),
...     optimizer=SGD(learning_rate=0.1),
... )

See `NeuralNetwork.fit`, or run ``python -m nn train``.
"""

from . import data
from .data import (
    DataError,
    Dataset,
    DataSource,
    batches,
    load_dataset,
    one_hot,
    read_idx,
    split,
    standardize,
    write_idx,
)
from .formulas import Formulas
from .initializers import Constant, He, Initializer, Normal, Uniform, UniformFanIn, Xavier, Zeros
from .layers import (
    ELU,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    LeakyReLU,
    ReLU,
    Reshape,
    Sigmoid,
    SoftMax,
    Tanh,
)
from .losses import (
    BinaryCrossEntropy,
    CrossEntropyLoss,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SigmoidCrossEntropyLoss,
    SoftMaxCrossEntropyLoss,
)
from .model_file import ModelFileError
from .network import NeuralNetwork
from .optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, clip_gradients
from .regularization import L1, L1L2, L2, Regularizer
from .schedules import CosineDecay, Schedule, StepDecay, Switch, WarmUp
from .training.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ProgressBar,
    TensorBoard,
    TerminateOnNaN,
)
from .training.history import History
from .training.supervision import TrainingWarning

__all__ = [
    "ELU",
    "L1",
    "L1L2",
    "L2",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "CSVLogger",
    "Callback",
    "Constant",
    "CosineDecay",
    "CrossEntropyLoss",
    "DataError",
    "DataSource",
    "Dataset",
    "Dropout",
    "EarlyStopping",
    "Flatten",
    "Formulas",
    "FullyConnected",
    "He",
    "History",
    "Initializer",
    "LambdaCallback",
    "Layer",
    "LeakyReLU",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "ModelCheckpoint",
    "ModelFileError",
    "NeuralNetwork",
    "Normal",
    "Optimizer",
    "ProgressBar",
    "RMSprop",
    "ReLU",
    "Regularizer",
    "Reshape",
    "Schedule",
    "Sigmoid",
    "SigmoidCrossEntropyLoss",
    "SoftMax",
    "SoftMaxCrossEntropyLoss",
    "StepDecay",
    "Switch",
    "Tanh",
    "TensorBoard",
    "TerminateOnNaN",
    "TrainingWarning",
    "Uniform",
    "UniformFanIn",
    "WarmUp",
    "Xavier",
    "Zeros",
    "batches",
    "clip_gradients",
    "data",
    "load_dataset",
    "one_hot",
    "read_idx",
    "split",
    "standardize",
    "write_idx",
]
