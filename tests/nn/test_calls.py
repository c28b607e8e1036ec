"""Calls that don't fit name the argument that was meant, and what to write."""

import inspect

import numpy as np
import pytest

import nn
from nn import (
    GRU,
    L2,
    LSTM,
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    CosineDecay,
    CrossEntropyLoss,
    DataSource,
    Dropout,
    EarlyStopping,
    Embedding,
    FullyConnected,
    LeakyReLU,
    MeanSquaredError,
    ModelCheckpoint,
    MultiHeadAttention,
    NeuralNetwork,
    Normal,
    Optimizer,
    ReLU,
    RMSprop,
    one_hot,
    split,
)
from nn.calls import explains_arguments
from nn.other_names import _PARTS

X, Y = np.ones((5, 4)), np.arange(5) % 3


def network():
    return NeuralNetwork([FullyConnected(4, 3)])


def fit(*arguments, **keywords):
    return network().fit(*arguments, progress=False, **keywords)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SGD(lr=0.1), "SGD() has no argument 'lr': write learning_rate=0.1"),
        (lambda: Adam(lr=0.1), "Adam() has no argument 'lr': write learning_rate=0.1"),
        (lambda: RMSprop(eta=0.1), "write learning_rate=0.1"),
        (lambda: Adam(beta_1=0.8), "write beta1=0.8"),
        (lambda: Adam(betas=(0.9, 0.99)), "write beta1=0.9, beta2=0.999"),
        (lambda: Adam(eps=1e-7), "write epsilon=1e-07"),
        (lambda: Adam(weight_decay=0.1), "AdamW and SGD have it"),
        (lambda: AdamW(0.1, wd=0.1), "write weight_decay=0.1"),
        (lambda: NeuralNetwork(ReLU(), ReLU()), "layers stand in one list, [layer, layer]"),
        (lambda: LSTM(3, units=5), "write hidden_size=5"),
        (lambda: GRU(3, 5, num_layers=2), "all but the last with return_sequences=True"),
        (lambda: BatchNorm(num_features=3), "write features=3"),
        (lambda: Embedding(num_embeddings=9, features=2), "write entries=9"),
        (lambda: Embedding(9, output_dim=2), "write features=2"),
        (lambda: MultiHeadAttention(8, num_heads=2), "write heads=2"),
        (lambda: network().compile(loss="mse"), "it belongs to the network"),
        (lambda: Adam().step(), "write optimizer.step(network.parameters())"),
        (lambda: SGD(learningrate=0.1), "write learning_rate=0.1"),
        (lambda: SGD(0.1, 0.9, True), "by place and all else by name: write nesterov=True"),
        (lambda: SGD(0.1, learning_rate=0.2), "got learning_rate twice"),
        (lambda: SGD(foo=1), "has no argument 'foo': it takes learning_rate, momentum"),
        (lambda: RMSprop(rho=0.9), "write decay=0.9"),
        (lambda: fit(X, Y, 5), "write epochs=5; it expects also batch_size"),
        (lambda: fit(X, Y, 5, 32), "fit() takes x and y by place and all else by name: write "
                                   "epochs=5, batch_size=32"),
        (lambda: fit(X, Y), "fit() expects also epochs and batch_size: write "
                            "fit(x, y, epochs=20, batch_size=32, progress=...)"),
        (lambda: fit(X, Y, batch_size=3), "fit() expects also epochs"),
        (lambda: fit(X, Y, epochs=3), "fit() expects also batch_size"),
        (lambda: fit(), "expects also x, y, epochs and batch_size"),
        (lambda: fit(X, Y, epochs=1, batchsize=3), "'batchsize': write batch_size=3"),
        (lambda: fit(X, Y, epochs=1, batchSize=3), "write batch_size=3"),
        (lambda: fit(X, Y, nb_epoch=3, batch_size=2), "'nb_epoch': write epochs=3"),
        (lambda: fit(X, Y, epoch=3, batch_size=2), "write epochs=3"),
        (lambda: fit(X, Y, epochs=1, batch_size=2, test_size=0.2), "write validation_split=0.2"),
        (lambda: NeuralNetwork([ReLU()], metrics=["f1"]), "they belong to fit and evaluate"),
        (lambda: NeuralNetwork([ReLU()], class_weight="balanced"), "it belongs to fit, or to a "),
        (lambda: network().fit(X, Y, epochs=1, batch_size=2, verbose=0), "write progress=False"),
        (lambda: fit(X, Y, epochs=1, batch_size=2, lr=0.1), "belongs to the optimizer"),
        (lambda: fit(X=X, y=Y, epochs=1, batch_size=2), "write x=..."),
        (lambda: network().predict(X, 32), "write batch_size=32"),
        (lambda: network().predict(samples=X), "write x=..."),
        (lambda: network().evaluate(X), "evaluate() expects also y: write evaluate(x, y)"),
        (lambda: network().train(number=3), "has no argument 'number': it takes iterations"),
        (lambda: NeuralNetwork.load(filename="x"), "write path='x'"),
        (lambda: NeuralNetwork([ReLU()], SGD(0.5)), "write optimizer=SGD(learning_rate=0.5)"),
        (lambda: NeuralNetwork([ReLU()], criterion=CrossEntropyLoss()), "write loss="),
        (lambda: NeuralNetwork([ReLU()], lr=0.1), "it belongs to the optimizer"),
        (lambda: NeuralNetwork([ReLU()], epochs=3), "it belongs to fit"),
        (lambda: NeuralNetwork(), "NeuralNetwork() expects also layers"),
        (lambda: FullyConnected(3), "expects also out_features"),
        (lambda: FullyConnected(3, 4, use_bias=False), "write bias=False"),
        (lambda: FullyConnected(input_dim=3, units=4), "write out_features=4"),
        (lambda: FullyConnected(3, 4, activation="relu"), "put the activation behind it"),
        (lambda: FullyConnected(3, 4, name="a"), "layer.name = 'hidden'"),
        (lambda: Dropout(p=0.5), "write rate=0.5"),
        (lambda: LeakyReLU(negative_slope=0.2), "write slope=0.2"),
        (lambda: CrossEntropyLoss(reductoin="mean"), "write reduction='mean'"),
        (lambda: MeanSquaredError(mean=True), "MeanSquaredError() has no argument 'mean'"),
        (lambda: ReLU(inplace=True), "ReLU() takes no arguments"),
        (lambda: EarlyStopping("loss", 5), "write patience=5"),
        (lambda: EarlyStopping(restore_best_weights=True), "write restore_best=True"),
        (lambda: ModelCheckpoint(filepath="x"), "write path='x'"),
        (lambda: Normal(stddev=0.1), "write std=0.1"),
        (lambda: L2(lam=0.1), "write strength=0.1"),
        (lambda: CosineDecay(0.1, T_max=3), "write updates=3"),
        (lambda: DataSource(X, Y, batchsize=3), "write batch_size=3"),
        (lambda: one_hot(Y, num_classes=3), "write classes=3"),
        (lambda: split(X, Y, test_size=0.2), "write share=0.2"),
    ],
)  # fmt: skip
def test_a_call_that_does_not_fit_names_our_argument(call, words):
    with pytest.raises(TypeError) as error:
        call()
    assert words in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


def test_parts_of_ones_own_explain_as_well():
    class Own(Optimizer):
        def __init__(self, learning_rate, *, patience=3):
            super().__init__(learning_rate)

    with pytest.raises(TypeError, match=r"Own\(\) takes learning_rate by place.*patience=5"):
        Own(0.1, 5)


def test_an_error_from_inside_is_left_as_it_is():
    @explains_arguments
    def broken(x):
        return len(x)

    with pytest.raises(TypeError, match="object of type 'int' has no len"):
        broken(3)


def test_signatures_stay_readable():
    assert list(inspect.signature(SGD).parameters)[:2] == ["learning_rate", "momentum"]
    assert "epochs" in inspect.signature(NeuralNetwork.fit).parameters


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.Linear(3, 4), "module 'nn' has no attribute 'Linear': write FullyConnected"),
        (lambda: nn.History().history, r"write history\['loss'\]"),
        (lambda: nn.nothing, "module 'nn' has no attribute 'nothing'$"),
    ],
)
def test_what_other_libraries_have_is_named_with_ours(call, words):
    with pytest.raises(AttributeError, match=words):
        call()


def test_ours_are_there_under_the_names_that_are_said():
    for written in _PARTS.values():
        name = written.partition("(")[0].partition(",")[0]
        assert hasattr(nn, name) or name.startswith(
            ("a plain", "no layer", "autograd", "functions")
        )
