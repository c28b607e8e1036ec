"""Averages of weights, and rates that fall where a figure does not improve."""

import signal

import numpy as np
import pytest

from nn import (
    EMA,
    SGD,
    SWA,
    Adam,
    BatchNorm,
    CosineDecay,
    Dropout,
    EarlyStopping,
    FullyConnected,
    History,
    LambdaCallback,
    Lookahead,
    ModelCheckpoint,
    NeuralNetwork,
    ReduceOnPlateau,
    Residual,
    Tanh,
    load_dataset,
    update_statistics,
)

DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:96], DIGITS.y_train[:96]
TEST = DIGITS.x_test[:50], DIGITS.y_test[:50]


def network_of(optimizer=None):
    layers = [FullyConnected(64, 8), Tanh(), FullyConnected(8, 10)]
    return NeuralNetwork(layers, optimizer=optimizer or Adam(0.02))


def fit(network, epochs=4, **options):
    """Three batches an epoch."""
    options = {"batch_size": 32, "progress": False} | options
    return network.fit(X, Y, epochs=epochs, **options)


class Weights(LambdaCallback):
    """Keeps the weights after each update."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_batch_end(self, network, loss, accuracy):
        self.seen.append(network.state_dict())


def same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, **tolerance)


def mean_of(weights):
    return {name: np.mean([each[name] for each in weights], axis=0) for name in weights[0]}


def interrupt_at(batch):
    def raise_it(network, *_):
        if len(network.losses) == batch:
            signal.raise_signal(signal.SIGINT)

    return LambdaCallback(on_batch_end=raise_it)


# --- EMA and SWA ----------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_the_moving_average_follows_every_update(backend):
    network, weights = network_of(), Weights()
    fit(network, callbacks=[EMA(0.8), weights], backend=backend)
    expected = weights.seen[0]
    for each in weights.seen[1:]:
        expected = {name: 0.8 * mean + 0.2 * each[name] for name, mean in expected.items()}
    same(network.state_dict(), expected, rtol=1e-4, atol=1e-6)


def test_the_last_epochs_are_averaged_evenly():
    network, weights = network_of(), Weights()
    fit(network, epochs=5, callbacks=[SWA(start_epoch=3), weights])
    same(network.state_dict(), mean_of(weights.seen[8::3]), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("average", [EMA(0.8), EMA(0.8, start_epoch=3), SWA(2)])
def test_training_goes_on_with_the_weights_as_they_are(average):
    plain, averaging = Weights(), Weights()
    fit(network_of(), callbacks=[plain])
    fit(network_of(), callbacks=[average, averaging], validation_data=TEST)
    for found, expected in zip(averaging.seen, plain.seen, strict=True):
        same(found, expected, rtol=0)


@pytest.mark.parametrize("average", [EMA(0.5), SWA(1)], ids=["EMA", "SWA"])
def test_figures_files_and_the_best_network_are_those_of_the_average(average, tmp_path):
    network = network_of()
    callbacks = [
        ModelCheckpoint(tmp_path / "{epoch}.safetensors", save_best_only=False),
        EarlyStopping("evaluated_loss"),
        average,
    ]
    history = fit(network, callbacks=callbacks, validation_data=TEST)
    for row in history.epochs:
        saved = NeuralNetwork.load(tmp_path / f"{row['epoch']}.safetensors")
        assert saved.evaluate(*TEST)["loss"] == pytest.approx(row["validation_loss"])
        assert saved.evaluate(X, Y)["loss"] == pytest.approx(row["evaluated_loss"])
    best = history["evaluated_loss"].min()
    assert network.evaluate(X, Y)["loss"] == pytest.approx(best)


@pytest.mark.parametrize("batch", [2, 6, 7, 10])
@pytest.mark.parametrize("kind", [lambda: EMA(0.8), lambda: SWA(2)], ids=["EMA", "SWA"])
def test_an_average_goes_on_to_the_same_bits(kind, batch, tmp_path):
    whole, first, second = network_of(), network_of(), network_of()
    options = {"validation_data": TEST}
    history = fit(whole, callbacks=[kind()], **options)
    with pytest.raises(KeyboardInterrupt):
        fit(first, callbacks=[kind(), interrupt_at(batch)], checkpoint=tmp_path, **options)
    resumed = fit(second, callbacks=[kind()], resume=tmp_path, **options)
    same(second.state_dict(), whole.state_dict(), rtol=0)
    assert resumed.epochs == history.epochs


def test_a_finished_run_goes_on_from_its_weights_and_its_average(tmp_path):
    whole, network = network_of(), network_of()
    fit(whole, epochs=5, callbacks=[EMA(0.8)])
    fit(network, epochs=3, callbacks=[EMA(0.8)], checkpoint=tmp_path)
    again = network_of()
    fit(again, epochs=5, callbacks=[EMA(0.8)], resume=tmp_path)
    same(again.state_dict(), whole.state_dict(), rtol=0)


def test_batches_without_an_update_are_not_averaged():
    network, weights = network_of(), Weights()
    fit(network, callbacks=[EMA(0.5), weights], accumulate=3)
    expected = weights.seen[2]
    for each in weights.seen[5::3]:
        expected = {name: 0.5 * mean + 0.5 * each[name] for name, mean in expected.items()}
    same(network.state_dict(), expected, rtol=1e-4, atol=1e-6)


def test_two_averages_are_one_too_many():
    with pytest.raises(ValueError, match="at most one average of the weights, got EMA and SWA"):
        fit(network_of(), callbacks=[EMA(), SWA(2)])


# --- ReduceOnPlateau ------------------------------------------------------------------------------


def rates(figures, start=1.0, **options):
    """The rate after each epoch whose validation loss is given."""
    callback, network = ReduceOnPlateau(**options), network_of(SGD(start))
    callback.on_train_begin(network, len(figures), 1)
    history, found = History(), []
    for figure in figures:
        history.epochs.append({"validation_loss": figure})
        callback.on_epoch_end(network, history)
        found.append(network.optimizer.learning_rate)
    return found


@pytest.mark.parametrize(
    ("figures", "options", "expected"),
    [
        ([5, 4, 3, 2], {"patience": 1}, [1, 1, 1, 1]),
        ([5, 5, 5, 5], {"patience": 1, "factor": 0.5}, [1, 0.5, 0.25, 0.125]),
        ([5, 6, 6, 4, 5, 6], {"patience": 2, "factor": 0.5}, [1, 1, 0.5, 0.5, 0.5, 0.25]),
        ([5, 4.99, 4.98], {"patience": 1, "factor": 0.5, "min_delta": 0.1}, [1, 0.5, 0.25]),
        ([5] * 6, {"patience": 1, "factor": 0.5, "cooldown": 1}, [1, 0.5, 0.5, 0.25, 0.25, 0.125]),
        ([5] * 4, {"patience": 1, "factor": 0.5, "min_rate": 0.4}, [1, 0.5, 0.4, 0.4]),
        ([5, np.nan, np.nan], {"patience": 1, "factor": 0.5}, [1, 0.5, 0.25]),
    ],
)
def test_the_rate_falls_where_a_figure_stays(figures, options, expected):
    assert rates(figures, **options) == expected


@pytest.mark.parametrize("optimizer", [lambda: SGD(2.0), lambda: Lookahead(SGD(1.0))])
def test_a_reduced_rate_goes_on_to_the_same_bits(optimizer, tmp_path):
    def callbacks():
        return [ReduceOnPlateau("loss", patience=1, factor=0.5, min_delta=0.05, cooldown=1)]

    whole, first, second = (network_of(optimizer()) for _ in range(3))
    history = fit(whole, 8, callbacks=callbacks())
    assert history["learning_rate"][-1] < history["learning_rate"][0]
    with pytest.raises(KeyboardInterrupt):
        fit(first, 8, callbacks=[*callbacks(), interrupt_at(16)], checkpoint=tmp_path)
    resumed = fit(second, 8, callbacks=callbacks(), resume=tmp_path)
    assert resumed.epochs == history.epochs
    same(second.state_dict(), whole.state_dict(), rtol=0)


def test_a_schedule_and_a_plateau_do_not_go_together():
    with pytest.raises(ValueError, match=r"number as learning rate.*Write for example SGD\(0.1\)"):
        fit(network_of(SGD(CosineDecay(0.1, epochs=4))), callbacks=[ReduceOnPlateau("loss")])


# --- statistics of batch normalisation ------------------------------------------------------------


@pytest.mark.parametrize("convention", ["pytorch", "fau"])
def test_swa_computes_the_statistics_for_the_averaged_weights(convention, tmp_path):
    def trained(epochs=4, **options):
        layers = [
            FullyConnected(64, 8),
            Residual(BatchNorm(8, convention=convention), Dropout(0.25)),
            FullyConnected(8, 10),
        ]
        network = NeuralNetwork(layers, optimizer=Adam(0.02))
        return network, fit(network, epochs, callbacks=[SWA(2)], validation_data=TEST, **options)

    network, history = trained()
    hidden = network.layers[0].forward(X)
    found = network.layers[1].layers[0].running_mean.value
    np.testing.assert_allclose(found, hidden.mean(axis=0), atol=1e-5)
    before = network.state_dict()
    assert network.evaluate(*TEST)["loss"] == history["validation_loss"][-1]
    trained(epochs=3, checkpoint=tmp_path)
    same(trained(resume=tmp_path)[0].state_dict(), before, rtol=0)


def test_statistics_are_the_means_over_the_batches():
    network = NeuralNetwork([BatchNorm(64)])
    parts = [X[:32], X[32:64], X[64:]]
    update_statistics(network, parts)
    layer = network.layers[0]
    np.testing.assert_allclose(
        layer.running_mean.value, np.mean([part.mean(axis=0) for part in parts], axis=0), rtol=1e-5
    )
    np.testing.assert_allclose(
        layer.running_var.value,
        np.mean([part.var(axis=0, ddof=1) for part in parts], axis=0),
        rtol=1e-4, atol=1e-6,
    )  # fmt: skip
    network.train_step(X, Y % 64)  # from here on as before
    assert np.abs(layer.running_mean.value - X.mean(axis=0)).max() > 1e-9
