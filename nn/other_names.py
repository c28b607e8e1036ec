"""What other libraries call our parts: errors that say what to write here."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ours"]

_PARTS: Mapping[str, str] = {
    **dict.fromkeys(("Linear", "Dense", "Affine"), "FullyConnected"),
    **dict.fromkeys(("Conv1d", "Convolution1D"), "Conv1D"),
    **dict.fromkeys(("Conv2d", "Convolution2D", "Conv"), "Conv2D"),
    **dict.fromkeys(("ConvTranspose2d", "Conv2DTranspose"), "ConvTranspose2D"),
    **dict.fromkeys(("MaxPool1d", "MaxPooling1D"), "MaxPool1D"),
    **dict.fromkeys(("MaxPool2d", "MaxPooling2D"), "MaxPool2D"),
    **dict.fromkeys(("AvgPool1d", "AveragePooling1D"), "AveragePool1D"),
    **dict.fromkeys(("AvgPool2d", "AveragePooling2D"), "AveragePool2D"),
    **dict.fromkeys(("AdaptiveAvgPool2d", "GlobalAveragePooling2D"), "GlobalAveragePool()"),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNormalization"), "BatchNorm"),
    "LayerNormalization": "LayerNorm",
    "GroupNormalization": "GroupNorm",
    **dict.fromkeys(("ZeroPad2d", "ZeroPadding2D"), "ZeroPad"),
    **dict.fromkeys(("Dropout1d", "Dropout2d", "SpatialDropout2D"), "Dropout(0.5, channels=True)"),
    "Softmax": "SoftMax",
    "LogSoftmax": "LogSoftMax",
    **dict.fromkeys(("TanH", "tanh"), "Tanh"),
    "Hardtanh": "HardTanh",
    "Hardsigmoid": "HardSigmoid",
    "ReLU6": "Clip(0.0, 6.0)",
    "SimpleRNN": "RNN",
    "MultiheadAttention": "MultiHeadAttention",
    "TransformerEncoderLayer": "TransformerBlock",
    **dict.fromkeys(("Module", "Model"), "Layer, with def apply(self, x)"),
    "ModuleList": "a plain list",
    "ModuleDict": "a plain dict",
    **dict.fromkeys(("Parameter", "Variable"), "autograd_core.Node(array)"),
    **dict.fromkeys(("Concatenate", "Concat"), 'Parallel(..., join="concatenate")'),
    "Add": "Parallel(...), or Residual(...)",
    "Identity": "Lambda(lambda x: x)",
    "Input": "no layer for it: the first one says how many features it takes",
    "MSELoss": "MeanSquaredError",
    **dict.fromkeys(("L1Loss", "MAELoss"), "MeanAbsoluteError"),
    "SmoothL1Loss": "HuberLoss",
    "BCELoss": "BinaryCrossEntropy",
    "BCEWithLogitsLoss": "SigmoidCrossEntropyLoss",
    **dict.fromkeys(("CrossEntropy", "CategoricalCrossentropy"), "SoftMaxCrossEntropyLoss"),
    "NLLLoss": "NegativeLogLikelihoodLoss",
    "KLDivLoss": "KullbackLeiblerLoss",
    "MultiMarginLoss": "MultiClassHingeLoss",
    **dict.fromkeys(("Sgd", "SGDMomentum", "SgdWithMomentum"), "SGD(0.1, momentum=0.9)"),
    "RMSProp": "RMSprop",
    "AdaGrad": "Adagrad",
    "ReduceLROnPlateau": "ReduceOnPlateau",
    **dict.fromkeys(("StepLR", "ExponentialLR"), "StepDecay"),
    "CosineAnnealingLR": "CosineDecay",
    **dict.fromkeys(("GlorotUniform", "xavier_uniform_"), 'Xavier("uniform")'),
    **dict.fromkeys(("GlorotNormal", "Glorot"), "Xavier()"),
    **dict.fromkeys(("HeNormal", "Kaiming"), "He()"),
    "functional": "functions of nodes from autograd_core, such as relu and softmax",
}
"""What they call layers, losses, optimizers, and what is written here."""


def ours(name: str) -> str:
    """Return the end of a message about a name that `nn` does not have; empty if nobody has it.

    Examples
    --------
    >>> ours("Linear")
    ': write FullyConnected'
    """
    return f": write {_PARTS[name]}" if name in _PARTS else ""
