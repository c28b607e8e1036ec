"""Training or not: the mode belongs to the call, whatever other threads do with the network."""

import contextvars
import threading

import numpy as np
import pytest

from nn import Dropout, FullyConnected, Layer, NeuralNetwork, ReLU
from nn.layers.layer import layers_in

X, Y = np.ones((8, 4), np.float32), np.arange(8) % 3


class Inside(Layer):
    """A layer with a dropout in a list inside of it."""

    def __init__(self):
        self.inner = [Dropout(0.5)]

    def apply(self, x):
        return self.inner[0](x)


class Witness(Layer):
    """Keeps the mode of each call; where asked to, it waits for another thread in the middle."""

    def __init__(self, meet=None):
        self.seen = []
        self.meet = meet

    def apply(self, x):
        if self.meet is not None:
            self.meet()
        self.seen.append(self.training)
        return x


def network_of(*layers):
    return NeuralNetwork([FullyConnected(4, 16), ReLU(), *layers, FullyConnected(16, 3)])


CALLS = {
    "forward": (lambda network: network.forward(X), None),
    "predict": (lambda network: network.predict(X), False),
    "evaluate": (lambda network: network.evaluate(X, Y), False),
    "train_step": (lambda network: network.train_step(X, Y), True),
    "learn": (lambda network: network.learn(X, Y), True),
    "differentiate": (lambda network: network.differentiate(X, Y, network.parameters()), True),
}


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("name", CALLS)
def test_each_call_has_its_mode_and_leaves_the_flag_alone(name, flag):
    witness = Witness()
    network = network_of(witness)
    network.train() if flag else network.eval()
    call, mode = CALLS[name]
    call(network)
    assert witness.seen == [flag if mode is None else mode]
    assert [layer.training for layer in network.layers] == [flag] * 4


def test_a_call_that_fails_leaves_no_mode_behind():
    network = network_of(Dropout(0.5))
    for call in (network.predict, lambda x: network.train_step(x, Y)):
        with pytest.raises(ValueError, match="expects a batch"):
            call(np.ones((8, 5)))
        assert all(layer.training for layer in network.layers)


@pytest.mark.parametrize("make", [lambda: Dropout(0.5), Inside])
def test_layers_inside_of_layers_have_the_mode_too(make):
    network = network_of(make())
    np.testing.assert_array_equal(network.predict(X), network.predict(X))
    assert not np.array_equal(network.forward(X).value, network.forward(X).value)
    network.eval()
    assert not any(layer.training for layer in layers_in(network.layers))
    np.testing.assert_array_equal(network.forward(X).value, network.predict(X))


def test_predicting_from_two_threads_at_once_leaves_dropout_on():
    first_is_in, second_is_in = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: network.predict(X))

    def meet():  # the first to come in leaves before the second does
        if threading.current_thread() is thread:
            first_is_in.set()
            assert second_is_in.wait(10)
        elif thread.is_alive():
            second_is_in.set()
            thread.join()

    network = network_of(Dropout(0.5), Witness(meet))
    thread.start()
    assert first_is_in.wait(10)
    network.predict(X)
    assert all(layer.training for layer in network.layers)
    assert not np.array_equal(network.forward(X).value, network.forward(X).value)


@pytest.mark.parametrize("disturb", ["predict", "eval", "evaluating"])
def test_training_beside_another_thread_stays_training(disturb):
    arrived, go_on = threading.Event(), threading.Event()

    def meet():
        if threading.current_thread() is not threading.main_thread():
            return
        arrived.set()
        assert go_on.wait(10)

    witness = Witness(meet)
    network = network_of(witness)

    def beside():
        arrived.wait(10)
        if disturb == "evaluating":
            with network.evaluating():
                go_on.set()
                network.forward(X)
        else:
            network.predict(X) if disturb == "predict" else network.eval()
            go_on.set()

    thread = threading.Thread(target=beside)
    thread.start()
    network.train_step(X, Y)
    thread.join()
    assert (witness.seen[-1] if disturb == "eval" else True in witness.seen) is True


def test_a_prediction_inside_of_a_training_call_and_the_other_way_round():
    outer = Witness()
    network = network_of(outer)
    inner = network_of(Witness())
    outer.meet = lambda: inner.predict(X)
    network.train_step(X, Y)
    assert (outer.seen, inner.layers[2].seen) == ([True], [False])
    contextvars.copy_context().run(network.predict, X)
    assert outer.seen == [True, False]
