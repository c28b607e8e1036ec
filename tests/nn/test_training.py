"""The training loop: history, callbacks, warnings, interruption, and resuming to the same bits."""

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nn import (
    L2,
    SGD,
    Adam,
    Constant,
    CosineDecay,
    CrossEntropyLoss,
    CSVLogger,
    DataSource,
    Dropout,
    EarlyStopping,
    FullyConnected,
    History,
    LambdaCallback,
    MeanSquaredError,
    ModelCheckpoint,
    ModelFileError,
    NeuralNetwork,
    Normal,
    ProgressBar,
    ReLU,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    TerminateOnNaN,
    TrainingWarning,
    WarmUp,
    Zeros,
    load_dataset,
    model_file,
)
from nn.training import checkpoint, loop
from nn.training.supervision import Watch, dead_units

DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:300], DIGITS.y_train[:300]


def small(seed=0, hidden=16, **parts):
    layers = [FullyConnected(64, hidden), ReLU(), FullyConnected(hidden, 10)]
    return NeuralNetwork(layers, seed=seed, **parts)


def fit(network, epochs=3, **options):
    return network.fit(X, Y, epochs=epochs, batch_size=32, progress=False, **options)


def same_bits(first, second):
    return all(
        np.array_equal(value, second.state_dict()[name])
        for name, value in first.state_dict().items()
    )


# --- history -------------------------------------------------------------------------------------


def test_history_has_a_row_per_epoch_and_per_iteration():
    history = fit(small())
    columns, steps = history.to_dict(), history.to_dict(per="iteration")
    assert {len(column) for column in columns.values()} == {3}
    assert {len(column) for column in steps.values()} == {3 * 10}
    assert set(steps) == {"loss", "accuracy", "learning_rate"}
    assert history.epochs[0]["accuracy"] * 300 == sum(steps["accuracy"][:10] * ([32] * 9 + [12]))
    assert set(columns) == {
        "epoch", "loss", "accuracy", "learning_rate", "gradient_norm/0", "update_ratio/0",
        "gradient_norm/2", "update_ratio/2", "dead_units/1",
    }  # fmt: skip


def test_figures_per_layer_are_of_the_last_update():
    network = small()
    before = []
    watch = LambdaCallback(
        on_batch_end=lambda network, loss, accuracy: before.append(network.state_dict())
    )
    row = fit(network, epochs=1, callbacks=[watch]).epochs[-1]
    old, new = before[-2], before[-1]
    names = ("0.weight", "0.bias")
    norm = np.sqrt(sum(np.sum(network.parameters()[n].grad ** 2) for n in names))
    change = np.sqrt(sum(np.sum((new[n] - old[n]) ** 2) for n in names))
    size = np.sqrt(sum(np.sum(old[n] ** 2) for n in names))
    assert row["gradient_norm/0"] == pytest.approx(norm, rel=1e-5)
    assert row["update_ratio/0"] == pytest.approx(change / size, rel=1e-5)


def test_figures_per_layer_of_every_third_batch():
    plain, inspected = small(), small()
    fit(plain)
    steps = fit(inspected, inspect_every=3).to_dict(per="iteration")
    assert same_bits(plain, inspected)
    assert np.isfinite(steps["gradient_norm/0"]).tolist() == [n % 3 == 0 for n in range(30)]
    assert {"update_ratio/2", "dead_units/1"} < set(steps)
    with pytest.raises(ValueError, match="inspect_every"):
        fit(small(), inspect_every=0)


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize(
    ("batch_size", "looked_at"),
    [(300, [1, 9]), (100, [1, 4, 7, 10]), (75, [1, 3, 5, 7, 9]), (38, list(range(1, 11)))],
)
def test_layers_are_looked_at_once_in_eight_batches_or_an_epoch(batch_size, looked_at):
    history = small().fit(X, Y, epochs=10, batch_size=batch_size, progress=False)
    assert (np.flatnonzero(np.isfinite(history["gradient_norm/0"])) + 1).tolist() == looked_at


def test_history_is_written_as_csv(tmp_path):
    history = fit(small(), epochs=2)
    lines = history.to_csv(tmp_path / "epochs.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,loss,accuracy")
    assert len(lines) == 3
    assert len(history.to_csv(tmp_path / "steps.csv", per="iteration").read_text().split()) == 21


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ([{"accuracy": 0.5}] * 2, {"accuracy": [0.5, 0.5]}),
        ([{"foo": 1.0}, {"loss": 2.0, "foo": 1.0}], {"foo": [1.0, 1.0], "loss": [np.nan, 2.0]}),
        ([{"loss": 2.0}, {"loss": 1.0, "foo": 3.0}], {"loss": [2.0, 1.0], "foo": [np.nan, 3.0]}),
    ],
)
def test_a_history_made_by_hand_takes_any_figures(rows, columns):
    history = History()
    for row in rows:
        history.add_iteration(**row)
    np.testing.assert_equal(history.iterations, columns)


def test_the_columns_of_a_history_can_be_set():
    history = History()
    history.iterations.setdefault("loss", []).append(1.0)
    assert history.iteration_loss.tolist() == [1.0]
    history.iterations = {"loss": [1.0, 2.0]}
    assert history.to_dict("iteration")["loss"].tolist() == [1.0, 2.0]


def learns_beside(network, history):
    network.train_step(X[:8], Y[:8])


def trains_beside(network, history):
    if len(history) == 1:
        network.fit(X[:8], Y[:8], epochs=1, batch_size=4, progress=False)


def clears_losses(network, history):
    network.losses.clear()


def replaces_losses(network, history):
    network.losses = []


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize("beside", [learns_beside, trains_beside, clears_losses, replaces_losses])
def test_a_history_holds_the_losses_of_its_own_run(beside):
    network, shown = small(), []
    watch = LambdaCallback(
        on_batch_end=lambda network, loss, accuracy: shown.append(loss), on_epoch_end=beside
    )
    history = fit(network, callbacks=[watch])
    network.losses.clear()
    assert history.iterations["loss"] == shown
    assert {len(column) for column in history.iterations.values()} == {30}


# --- callbacks -----------------------------------------------------------------------------------


def test_early_stopping_ends_and_brings_back_the_best_network():
    network = small(optimizer=SGD(0.5))
    states = []
    history = fit(
        network,
        epochs=200,
        validation_data=(DIGITS.x_test, DIGITS.y_test),
        callbacks=[
            EarlyStopping(patience=3),
            LambdaCallback(on_epoch_end=lambda network, _: states.append(network.state_dict())),
        ],
    )
    losses = history["validation_loss"]
    assert len(history) < 200
    assert len(history) == np.argmin(losses) + 1 + 3
    best = states[int(np.argmin(losses))]
    assert all(np.array_equal(network.state_dict()[name], best[name]) for name in best)


class Recorder:
    """Stands for a network whose parameters are the number of the epoch."""

    stop_training = False

    def __init__(self):
        self.epoch, self.loaded, self.saved = 0, None, []

    def state_dict(self):
        return {"epoch": self.epoch}

    def load_state_dict(self, state):
        self.loaded = state["epoch"]

    def save(self, path):
        self.saved.append((self.epoch, path.name))


def shown(callback, figures, network):
    """Show a callback one epoch per figure, until it has seen enough."""
    history = History()
    callback.on_train_begin(network, len(figures), 1)
    for network.epoch, figure in enumerate(figures, 1):
        history.epochs.append({"epoch": network.epoch, callback.monitor: figure})
        callback.on_epoch_end(network, history)
        if network.stop_training:
            break
    callback.on_train_end(network, history)
    return network


@pytest.mark.parametrize(
    ("figures", "options", "ended", "restored"),
    [
        ([1.0, 1.0, 1.0], {"patience": 1}, 2, 1),
        ([1.0, 1.0, 1.0], {"patience": 2}, 3, 1),
        ([1.0, 1.2, 1.1, 1.0], {"patience": 3}, 4, 1),
        ([1.0, 1.1, 0.9, 1.0, 1.0], {"patience": 2}, 5, 3),
        ([1.0, 0.5, 0.25], {"patience": 1, "min_delta": 0.5}, 2, 1),
        ([1.0, 0.499, 0.0], {"patience": 1, "min_delta": 0.5}, 3, 2),
        ([1.0, 0.8, 0.6, 0.4], {"patience": 2, "min_delta": 0.3}, 4, 3),
        ([0.5, 0.6, 0.6], {"patience": 1, "monitor": "validation_accuracy"}, 3, 2),
        ([1.0, 0.9, 0.8], {"patience": 1}, 3, 3),
        ([1.0, 0.9, 1.0], {"patience": 1, "restore_best": False}, 3, None),
        ([np.nan, 1.0, 1.0], {"patience": 1}, 3, 2),
    ],
)
def test_early_stopping_waits_for_its_patience(figures, options, ended, restored):
    callback = EarlyStopping(**options)
    for _ in range(2):  # a second run starts afresh
        network = shown(callback, figures, Recorder())
        assert (network.epoch, network.loaded) == (ended, restored)


@pytest.mark.parametrize(
    ("figures", "options", "saved"),
    [
        ([3.0, 2.0, 2.0, 2.5, 1.0], {}, [1, 2, 5]),
        ([0.1, 0.3, 0.2, 0.4], {"monitor": "accuracy"}, [1, 2, 4]),
        ([3.0, 4.0], {"save_best_only": False}, [1, 2]),
    ],
)
def test_the_model_is_saved_after_these_epochs(figures, options, saved):
    network = shown(ModelCheckpoint("model-{epoch}", **options), figures, Recorder())
    assert network.saved == [(epoch, f"model-{epoch}") for epoch in saved]


def test_model_checkpoint_keeps_the_best(tmp_path):
    keep = ModelCheckpoint(tmp_path / "best.safetensors", monitor="accuracy")
    every = ModelCheckpoint(tmp_path / "epoch-{epoch}.safetensors", save_best_only=False)
    network = small()
    fit(network, callbacks=[keep, every])
    assert {path.name for path in tmp_path.iterdir()} == {
        "best.safetensors", "epoch-1.safetensors", "epoch-2.safetensors", "epoch-3.safetensors"
    }  # fmt: skip
    assert same_bits(NeuralNetwork.load(tmp_path / "epoch-3.safetensors"), network)


def test_csv_logger_writes_what_the_history_holds(tmp_path):
    history = fit(small(), callbacks=[CSVLogger(tmp_path / "log.csv")])
    assert (tmp_path / "log.csv").read_text() == history.to_csv(tmp_path / "h.csv").read_text()


def test_tensorboard_writes_an_event_file(tmp_path):
    pytest.importorskip("tensorboardX", reason="the extra 'tensorboard' is not installed")
    from nn import TensorBoard

    fit(small(), epochs=1, callbacks=[TensorBoard(tmp_path)])
    assert [path.stat().st_size > 0 for path in tmp_path.iterdir()] == [True]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
def test_terminate_on_nan_names_the_operation():
    network = NeuralNetwork(
        [FullyConnected(64, 10), SoftMax()], loss=CrossEntropyLoss("mean"), optimizer=SGD(0.1)
    )
    network.layers[0].weight.value[0, 0] = 1e38
    with pytest.raises(FloatingPointError, match=r"the loss is nan; operation '\w+' in \w+"):
        network.fit(
            np.full((4, 64), 1e30), [1, 2, 3, 4], epochs=1, batch_size=4, progress=False,
            callbacks=[TerminateOnNaN()],
        )  # fmt: skip


def test_columns_stand_in_the_order_in_which_they_came():
    history = fit(small(), epochs=1, inspect_every=2)
    assert list(history.to_dict(per="iteration")) == [
        "loss", "accuracy", "learning_rate", "gradient_norm/0", "update_ratio/0",
        "gradient_norm/2", "update_ratio/2", "dead_units/1",
    ]  # fmt: skip


def test_a_folder_that_can_not_be_made_shows_before_the_first_epoch(tmp_path):
    (tmp_path / "file").touch()
    network = small()
    with pytest.raises(FileExistsError):
        fit(network, checkpoint=tmp_path / "file")
    assert not network.losses


def test_callbacks_end_even_when_training_fails():
    ended = []

    def fail(network, loss, accuracy):
        raise RuntimeError("mine")

    watch = LambdaCallback(on_batch_end=fail, on_train_end=lambda *_: ended.append(True))
    with pytest.raises(RuntimeError, match="mine"):
        fit(small(), callbacks=[watch])
    assert ended == [True]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LambdaCallback(on_epoch=print), "on_epoch_end.*got on_epoch="),
        (lambda: EarlyStopping(patience=0), "patience"),
        (lambda: fit(small(), callbacks=[EarlyStopping()]), "give fit.. validation_data"),
        (lambda: fit(small(), callbacks=[TerminateOnNaN]), r"Write TerminateOnNaN\(...\)"),
        (lambda: fit(small(), callbacks=[print]), "expects instances of Callback"),
    ],
)
def test_wrong_use_of_callbacks_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


# --- warnings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (lambda: NeuralNetwork([FullyConnected(64, 10), SoftMax()],
                               loss=SoftMaxCrossEntropyLoss("mean")), "softmax twice"),
        (lambda: NeuralNetwork([FullyConnected(64, 10), SoftMax(), SoftMax()],
                               loss=CrossEntropyLoss("mean")), "softmax twice"),
        (lambda: NeuralNetwork([FullyConnected(64, 8, weight_initializer=Zeros()), Sigmoid(),
                                FullyConnected(8, 10)]), "layer 0.*all zero"),
        (lambda: small(optimizer=SGD(1e-9)), "has not moved"),
        (lambda: NeuralNetwork([FullyConnected(64, 8, weight_initializer=Normal(-9.0, 0.1)), ReLU(),
                                FullyConnected(8, 10)]), "100% of the units of layer 1.*dead"),
        (lambda: NeuralNetwork([FullyConnected(64, 8, weight_initializer=Normal(0.0, 1e4)),
                                FullyConnected(8, 10, weight_initializer=Normal(0.0, 1e4))],
                               optimizer=SGD(1e-6)), "layer 0.*explodes"),
        (lambda: NeuralNetwork([layer for _ in range(9) for layer in
                                (FullyConnected(64, 64, weight_initializer=Normal(0.0, 0.01)),
                                 Sigmoid())] + [FullyConnected(64, 10)]), "layer 0.*vanishes"),
    ],
    ids=["softmax loss", "softmax layers", "zeros", "standstill", "dead", "exploding", "vanishing"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
def test_trouble_is_said_in_words(network, words):
    with pytest.warns(TrainingWarning, match=words):
        fit(network(), epochs=6)


def said_of(rows, samples=100):
    """What a watch says of epochs with these rows, by its first words."""
    watch = Watch(small(), samples)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for number in range(1, len(rows) + 1):
            watch.after_epoch(rows[:number])
    return [str(warning.message) for warning in said]


def losses(*values, **more):
    return [{"loss": value, **more} for value in values]


def one_epoch(**figures):
    return [{"loss": 1.0} | {name.replace("_at_", "/"): figure for name, figure in figures.items()}]


STILL, DEAD, EXPLODES, VANISHES = "has not moved", "are dead", "explodes", "vanishes"


@pytest.mark.parametrize(
    ("rows", "samples", "words"),
    [
        (losses(*[1.0] * 4), 100, []),
        (losses(*[1.0] * 5), 100, [STILL]),
        (losses(*[1.0] * 9), 100, [STILL]),
        (losses(1.0, *[0.95] * 4), 100, []),
        (losses(1.0, *[0.95] * 5), 100, [STILL]),
        (losses(*[1.0] * 4, 0.9999 + 1e-6), 100, [STILL]),
        (losses(*[1.0] * 4, 0.9999 - 1e-6), 100, []),
        (losses(1.0, *[0.901] * 5), 100, [STILL]),
        (losses(1.0, *[0.899] * 5), 100, []),
        (losses(*[1.0] * 5, accuracy=1.0), 100, []),
        (losses(*[1.0] * 5, accuracy=0.99), 100, [STILL]),
        (one_epoch(dead_units_at_1=0.5), 16, []),
        (one_epoch(dead_units_at_1=0.51), 16, [DEAD]),
        (one_epoch(dead_units_at_1=0.99), 15, []),
        (one_epoch(dead_units_at_1=1.0), 15, [DEAD]),
        (one_epoch(gradient_norm_at_0=1e4), 100, []),
        (one_epoch(gradient_norm_at_0=1.01e4), 100, [EXPLODES]),
        (one_epoch(gradient_norm_at_0=np.nan), 100, [EXPLODES]),
        (one_epoch(gradient_norm_at_0=1e-7), 100, []),
        (one_epoch(gradient_norm_at_0=0.99e-7), 100, [VANISHES]),
        (2 * one_epoch(gradient_norm_at_0=0.99e-7), 100, [VANISHES]),
        (one_epoch(gradient_norm_at_0=0.99e-7, gradient_norm_at_2=0.99e-7), 100, [VANISHES] * 2),
        # What has learned may come to rest, as long as its layers do so together.
        (losses(1.0, accuracy=1.0, **{"gradient_norm/0": 1.1e-10, "gradient_norm/2": 1e-8}), 9, []),
        (losses(1.0, accuracy=1.0, **{"gradient_norm/0": 0.9e-10, "gradient_norm/2": 1e-8}), 9,
         [VANISHES]),
    ],
)  # fmt: skip
def test_warnings_begin_at_their_thresholds(rows, samples, words):
    said = said_of(rows, samples)
    assert [word for message, word in zip(said, words, strict=True) if word in message] == words


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize(("alive", "share"), [(600, 1.0), (511, 0.0)])
def test_a_unit_is_dead_that_is_silent_for_512_samples(alive, share):
    samples = np.zeros((601, 1), np.float32)
    samples[alive] = 1.0
    network = NeuralNetwork([FullyConnected(1, 1, weight_initializer=Constant(1.0)), ReLU()])
    assert dead_units(network, samples) == {1: share}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_not_finite_is_said_once():
    network = small()
    network.layers[0].weight.value[...] = np.inf
    with pytest.warns(TrainingWarning) as said:
        fit(network, epochs=2)
    assert sum("loss is nan; the leaf 'W1'" in str(warning.message) for warning in said) == 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_data_that_are_not_finite_are_named_as_what_they_are(tmp_path):
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=X.shape)  # read batch by batch
    x[:] = X
    x[3, 5] = np.nan
    with pytest.warns(TrainingWarning) as said:
        small().fit(x, Y, epochs=2, batch_size=32, progress=False)
    (message,) = [str(warning.message) for warning in said]  # no dead units, no explosion
    assert "the data that went into operation 'matmul' in FullyConnected are not finite" in message


@pytest.mark.parametrize(
    ("layers", "loss", "x", "y", "epochs"),
    [
        ([FullyConnected(64, 16), ReLU(), FullyConnected(16, 10)], None, X, Y, 8),
        ([FullyConnected(64, 500), ReLU(), FullyConnected(500, 10)], None, X[:1], Y[:1], 50),
        ([FullyConnected(1, 1)], MeanSquaredError(), X[:90, 2:3], 3 * X[:90, 2:3] + 1, 600),
        ([FullyConnected(1, 1)], MeanSquaredError(), X[:90, 2:3], X[:90, 3:4], 600),
        ([FullyConnected(64, 1)], SigmoidCrossEntropyLoss(), X, 0 * Y, 50),
    ],
    ids=["digits", "one image", "solved exactly", "as good as a line can be", "one class"],
)
def test_a_sound_run_warns_of_nothing(layers, loss, x, y, epochs):
    network = NeuralNetwork(layers, loss=loss)
    network.fit(x, y, epochs=epochs, batch_size=30, progress=False)  # warnings are errors here


# --- the progress bar, and how often checkpoints are written --------------------------------------


def test_the_progress_bar_stands_at_the_samples_that_were_shown(capsys):
    bar, stands = ProgressBar(samples=10, batch_size=4), []
    bar.on_train_begin(None, epochs=3, batches_per_epoch=3)
    for epoch in (2, 3):  # gone on with in the second epoch
        bar.on_epoch_begin(None, epoch)
        stands.append(bar._bar.n)
        for _ in range(3):
            bar.on_batch_end(None, 1.0, 0.5)
            stands.append(bar._bar.n)
    assert stands == [10, 14, 18, 20, 20, 24, 28, 30]
    assert bar._bar.total == 30
    bar.on_train_end(None, None)
    assert "epoch 3/3" in capsys.readouterr().err


def test_checkpoints_take_a_tenth_of_the_time(tmp_path, monkeypatch):
    clock, written = [0.0], []

    def write(folder, run):
        clock[0] += 1.0
        written.append(run.finished_epochs)

    def an_epoch_later(network, history):
        clock[0] += 1.0

    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(checkpoint, "write", write)
    later = LambdaCallback(on_epoch_end=an_epoch_later)
    fit(small(), epochs=25, checkpoint=tmp_path, callbacks=[later])
    assert written == [1, 11, 21, 25]


# --- interruption and resuming -------------------------------------------------------------------


def interrupt_at(batch):
    """A callback that presses Ctrl-C in the given batch."""
    count = iter(range(1, 10**9))

    def press(network, loss, accuracy):
        if next(count) == batch:
            os.kill(os.getpid(), signal.SIGINT)

    return LambdaCallback(on_batch_end=press)


@pytest.mark.parametrize("optimizer", [SGD, lambda: SGD(0.1, momentum=0.9), Adam])
@pytest.mark.parametrize("batch", [1, 7, 10, 23])
def test_an_interrupted_run_resumes_to_the_same_bits(batch, optimizer, tmp_path):
    whole, first, second = (small(optimizer=optimizer()) for _ in range(3))
    history = fit(whole, epochs=4, inspect_every=3)
    with pytest.raises(KeyboardInterrupt, match="resume="):
        fit(first, epochs=4, inspect_every=3, checkpoint=tmp_path, callbacks=[interrupt_at(batch)])
    resumed = fit(second, epochs=4, inspect_every=3, resume=tmp_path)
    assert same_bits(whole, second)
    assert resumed.epochs == history.epochs
    for per in ("epoch", "iteration"):  # as text, for nan is not equal to itself
        files = [each.to_csv(tmp_path / "h.csv", per).read_text() for each in (resumed, history)]
        assert files[0] == files[1]
    assert second.losses == whole.losses


@pytest.mark.parametrize("batch", [4, 37, 65])
def test_early_stopping_and_the_best_model_resume_as_well(batch, tmp_path):
    def callbacks(name):
        path = tmp_path / name
        return [EarlyStopping(patience=2, min_delta=0.05), ModelCheckpoint(path)]

    whole, first, second = (small(optimizer=SGD(0.5)) for _ in range(3))
    options = {"epochs": 40, "validation_data": (X[:50], Y[:50])}
    history = fit(whole, callbacks=callbacks("whole"), **options)
    with pytest.raises(KeyboardInterrupt):
        fit(
            first, checkpoint=tmp_path, callbacks=[*callbacks("part"), interrupt_at(batch)],
            **options,
        )  # fmt: skip
    resumed = fit(second, resume=tmp_path, callbacks=callbacks("part"), **options)
    assert resumed.epochs == history.epochs
    assert len(history) < 40
    assert same_bits(whole, second)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "part").read_bytes()
    again = fit(second, resume=tmp_path, callbacks=callbacks("part"), **options)
    assert again.epochs == history.epochs  # has stopped: stays
    assert same_bits(whole, second)


def test_an_interrupt_in_the_last_batch_ends_the_run_as_it_would_have_ended():
    whole, interrupted, histories = small(), small(), []
    fit(whole)
    with contextlib.suppress(KeyboardInterrupt):
        histories.append(fit(interrupted, callbacks=[interrupt_at(30)]))
    assert [len(history) for history in histories] == [3]
    assert same_bits(whole, interrupted)


def test_a_rate_that_a_callback_has_set_stays_in_a_resumed_run(tmp_path):
    def slower(network, history):
        network.optimizer.learning_rate = 0.01

    first, second = small(), small()
    with pytest.raises(KeyboardInterrupt):
        fit(first, checkpoint=tmp_path,
            callbacks=[LambdaCallback(on_epoch_end=slower), interrupt_at(13)])  # fmt: skip
    resumed = fit(second, resume=tmp_path)
    assert resumed.iterations["learning_rate"] == [0.1] * 10 + [0.01] * 20


def test_a_finished_run_can_go_on_for_more_epochs(tmp_path):
    whole, part = small(), small()
    fit(whole, epochs=4)
    fit(part, epochs=2, checkpoint=tmp_path)
    again = small()
    fit(again, epochs=4, resume=tmp_path)
    assert same_bits(whole, again)


def test_interrupting_without_a_checkpoint_leaves_whole_parameters():
    network = small()
    with pytest.raises(KeyboardInterrupt, match="stopped in epoch 1"):
        fit(network, callbacks=[interrupt_at(5)])
    assert len(network.losses) == 5
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_training_in_a_thread_leaves_signals_alone():
    networks = [small(), small()]
    thread = threading.Thread(target=fit, args=(networks[0],))
    thread.start()
    fit(networks[1])
    thread.join()
    assert same_bits(*networks)


def test_resuming_from_an_empty_folder_starts_at_the_beginning(tmp_path):
    first, second = small(), small()
    fit(first)
    fit(second, resume=tmp_path)
    assert same_bits(first, second)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-5]), "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: small().save(path), "checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_one_clear_error(change, words, tmp_path):
    fit(small(), epochs=1, checkpoint=tmp_path)
    change(tmp_path / "checkpoint.safetensors")
    with pytest.raises(ModelFileError, match=words):
        fit(small(), resume=tmp_path)


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    fit(small(), checkpoint=tmp_path)
    differs = r"same network; layers\[0\].out_features: expected 8, found 16; layers\[2\].in_feat"
    with pytest.raises(ModelFileError, match=differs):
        fit(small(hidden=8), resume=tmp_path)
    with pytest.raises(ModelFileError, match="same data"):
        small().fit(X[:9], Y[:9], epochs=1, batch_size=3, progress=False, resume=tmp_path)
    with pytest.raises(FileNotFoundError, match="folder of a run"):
        fit(small(), resume=tmp_path / "none")


def test_a_checkpoint_of_another_release_is_refused(tmp_path):
    path = model_file.write(tmp_path / checkpoint.FILE, "autograd-core checkpoint", {"data": 1}, {})
    with pytest.raises(ModelFileError, match=r"of this release.*Start anew in another folder"):
        fit(small(), resume=tmp_path)
    path.unlink()
    fit(small(), resume=tmp_path)


def test_each_loss_is_saved_once(tmp_path):
    from safetensors.numpy import load_file

    history = fit(small(), checkpoint=tmp_path)
    arrays = load_file(tmp_path / checkpoint.FILE).values()
    found = [array for array in arrays if array.tolist() == history.iterations["loss"]]
    assert len(found) == 1


def test_a_later_run_of_a_trained_network_resumes_with_the_losses_of_both(tmp_path):
    whole, first, second = small(), small(), small()
    for network in (whole, first):
        earlier = fit(network, epochs=1)
        network.train_step(X[:8], Y[:8])
    history = fit(whole, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        fit(first, epochs=3, checkpoint=tmp_path, callbacks=[interrupt_at(13)])
    resumed = fit(second, epochs=3, resume=tmp_path)
    assert second.losses == whole.losses
    assert resumed.iterations == history.iterations
    assert len(earlier.iterations["loss"]) + 1 + len(history.iterations["loss"]) == len(
        whole.losses
    )
    assert same_bits(whole, second)


@pytest.mark.parametrize("batch", [3, 13, 25])
@pytest.mark.parametrize("beside", [learns_beside, clears_losses, replaces_losses])
def test_losses_from_beside_the_run_are_resumed_as_they_were(beside, batch, tmp_path):
    whole, first, second = small(), small(), small()
    watch = LambdaCallback(on_epoch_end=beside)
    history = fit(whole, callbacks=[watch])
    with pytest.raises(KeyboardInterrupt):
        fit(first, checkpoint=tmp_path, callbacks=[watch, interrupt_at(batch)])
    resumed = fit(second, resume=tmp_path, callbacks=[watch])
    assert (resumed.iterations, second.losses) == (history.iterations, whole.losses)
    assert same_bits(whole, second)


def test_a_folder_that_can_not_be_written_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    fit(small(), epochs=1, checkpoint=tmp_path)
    kept = (tmp_path / "checkpoint.safetensors").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fit(small(), epochs=2, resume=tmp_path)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]


CHILD = """
import sys
from nn import Adam, FullyConnected, NeuralNetwork, ReLU, load_dataset
data = load_dataset("digits")
network = NeuralNetwork(
    [FullyConnected(64, 16), ReLU(), FullyConnected(16, 10)], optimizer=Adam(), seed=5
)
print("ready", flush=True)
network.fit(data.x_train[:640], data.y_train[:640], epochs=150, batch_size=32, progress=False,
            **{sys.argv[1]: sys.argv[2]})
network.save(sys.argv[2] + "/model.safetensors")
"""


def child(option, folder):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, option, str(folder)], stdout=subprocess.PIPE
    )


@pytest.mark.slow
def test_killed_at_twenty_random_moments_gives_the_model_of_a_whole_run(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    killed.mkdir()
    start = time.perf_counter()
    with child("checkpoint", whole) as process:
        process.stdout.readline()
        start = time.perf_counter()
        assert process.wait() == 0
    seconds = time.perf_counter() - start
    moments = random.Random(0)
    for _ in range(20):
        with child("resume", killed) as process:
            process.stdout.readline()
            time.sleep(moments.uniform(0.0, seconds / 12))
            process.kill()
    with child("resume", killed) as process:
        assert process.wait() == 0
    sums = [
        hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        for folder in (whole, killed)
    ]
    assert sums[0] == sums[1]
    assert not list(killed.glob(".*"))


def test_checkpoints_are_plain_data(tmp_path):
    from safetensors import safe_open

    fit(small(), checkpoint=tmp_path)
    with safe_open(tmp_path / "checkpoint.safetensors", framework="numpy") as file:
        (description,) = file.metadata().values()
    assert json.loads(description)["configuration"]["finished_epochs"] == 3


def test_a_thousand_steps_take_no_more_memory_than_a_hundred():
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("this system does not tell a process its memory by /proc")
    network = small(hidden=128)

    def resident_after(steps):
        for _ in range(steps):
            network.train_step(X, Y)
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    after_hundred = resident_after(100)
    assert resident_after(900) - after_hundred < 2**20


# --- layers that compute otherwise while training, regularizers, schedules -----------------------


def with_dropout(seed=0, **parts):
    layers = [FullyConnected(64, 16), ReLU(), Dropout(0.5), FullyConnected(16, 10)]
    return NeuralNetwork(layers, seed=seed, **parts)


def test_dropout_leaves_out_while_training_alone():
    network = with_dropout()
    first, second = network.forward(X[:5]).value, network.forward(X[:5]).value
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(network.predict(X[:5]), network.predict(X[:5]))
    assert [layer.training for layer in network.layers] == [True] * 4
    network.layers[2].train(False)
    network.predict(X[:5])
    assert [layer.training for layer in network.layers] == [True, True, False, True]
    network.eval()
    np.testing.assert_array_equal(network.forward(X[:5]).value, network.predict(X[:5]))
    fit(network, epochs=1)
    assert all(layer.training for layer in network.layers)


def test_looking_at_the_network_takes_nothing_from_its_random_numbers():
    plain, watched = with_dropout(), with_dropout()
    look = LambdaCallback(on_batch_end=lambda network, *_: network.predict(X[:5]))
    fit(plain)
    fit(watched, callbacks=[look], validation_data=(X, Y))
    assert same_bits(plain, watched)


@pytest.mark.parametrize("batch", [3, 10, 17])
def test_dropout_and_schedules_resume_to_the_same_bits(batch, tmp_path):
    def make():
        schedule = WarmUp(5, CosineDecay(0.02, 30))
        return with_dropout(optimizer=SGD(schedule, momentum=0.9))

    whole, first, second = make(), make(), make()
    history = fit(whole, epochs=4)
    with pytest.raises(KeyboardInterrupt):
        fit(first, epochs=4, checkpoint=tmp_path, callbacks=[interrupt_at(batch)])
    resumed = fit(second, epochs=4, resume=tmp_path)
    assert same_bits(whole, second)
    assert resumed.iterations == history.iterations


def test_history_keeps_the_rate_of_each_update():
    schedule = CosineDecay(0.5, 30)
    history = fit(small(optimizer=SGD(schedule)))
    rates = history.to_dict(per="iteration")["learning_rate"]
    assert rates.tolist() == [schedule(update) for update in range(30)]


def test_a_regularizer_shrinks_weights_and_is_no_part_of_the_loss():
    def network(**more):
        return NeuralNetwork([FullyConnected(64, 10, **more)])

    free, held = network(), network(weight_regularizer=L2(0.5))
    x, y = X[:32], Y[:32]
    assert free.train_step(x, y) == held.train_step(x, y)
    difference = free.state_dict()["0.weight"] - held.state_dict()["0.weight"]
    start = network().state_dict()["0.weight"]
    np.testing.assert_allclose(difference, 0.1 * 0.5 * start, atol=1e-6)
    fit(free), fit(held)
    norms = [np.linalg.norm(n.state_dict()["0.weight"]) for n in (free, held)]
    assert norms[1] < 0.5 * norms[0]


def test_training_from_a_data_source_is_training_batch_by_batch():
    by_source, by_hand = small(), small()
    by_source.data_source = DataSource(X, Y, batch_size=40, seed=1)
    source = DataSource(X, Y, batch_size=40, seed=1)
    losses = by_source.train(20)
    assert losses == [by_hand.train_step(*source.next()) for _ in range(20)] == by_source.losses
    assert same_bits(by_source, by_hand)
    with pytest.raises(ValueError, match="data_source = DataSource"):
        by_hand.train(1)


def test_scores_in_place_of_probabilities_are_said_in_words():
    network = small(loss=CrossEntropyLoss("mean"))
    network.layers[2].weight.value[...] = np.abs(network.layers[2].weight.value)
    with pytest.warns(TrainingWarning, match=r"Put SoftMax\(\) behind it"):
        network.fit(X[:1], Y[:1], epochs=1, batch_size=1, progress=False)


def test_a_run_is_not_resumed_to_fewer_epochs_than_it_has(tmp_path):
    fit(small(), epochs=3, checkpoint=tmp_path)
    with pytest.raises(ModelFileError, match=r"finished 3 epochs.*epochs=2"):
        fit(small(), epochs=2, resume=tmp_path)
