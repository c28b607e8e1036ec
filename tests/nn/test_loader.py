"""Batches that are read ahead: their order, their errors, their threads, and training on them."""

import gc
import itertools
import os
import signal
import threading
import time

import numpy as np
import pytest

from nn import (
    Adam,
    Callback,
    Dropout,
    EarlyStopping,
    FullyConnected,
    NeuralNetwork,
    ReLU,
    SoftMaxCrossEntropyLoss,
)
from nn.data import DataLoader, RandomFlip, RandomNoise, pad_sequences
from nn.data.read_ahead import read_ahead
from nn.distributed import Group

X = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


def readers():
    return [each for each in threading.enumerate() if each.name == "read ahead"]


@pytest.fixture(autouse=True)
def _no_thread_stays(few_objects):
    yield
    gc.collect()
    end = time.monotonic() + 5
    while readers() and time.monotonic() < end:
        time.sleep(0.01)
    assert readers() == []


class Entries:
    """As PyTorch has data sets."""

    def __len__(self):
        return len(X)

    def __getitem__(self, place):
        return X[place], Y[place]


def parts(size=16):
    for first in range(0, len(X), size):
        yield X[first : first + size], Y[first : first + size]


class Batches:
    """An iterable with a length, as PyTorch has loaders."""

    def __len__(self):
        return 4

    def __iter__(self):
        return parts()


LOADERS = {
    "arrays": lambda **k: DataLoader(X, Y, batch_size=16, **k),
    "entries": lambda **k: DataLoader(Entries(), batch_size=16, **k),
    "pairs": lambda **k: DataLoader(list(zip(X, Y, strict=True)), batch_size=16, **k),
    "function": lambda **k: DataLoader(parts, batches=4, **k),
    "iterable": lambda **k: DataLoader(Batches(), **k),
    "list": lambda **k: DataLoader(list(parts()), **k),
}
SAMPLES, WHOLE = ["arrays", "entries", "pairs"], ["function", "iterable", "list"]


def network(seed=0, **options):
    layers = [FullyConnected(4, 8), ReLU(), Dropout(0.2), FullyConnected(8, 2)]
    return NeuralNetwork(layers, optimizer=Adam(0.02), seed=seed, **options)


def same(one, other):
    assert len(one) == len(other)
    for (x, y), (u, v) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, u)
        np.testing.assert_array_equal(y, v)


# --- what comes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_an_epoch_has_every_sample_once(kind, ahead):
    loader = LOADERS[kind](ahead=ahead)
    assert len(loader) == 4
    found = list(loader)
    assert [len(y) for _, y in found] == [16, 16, 16, 2]
    x, y = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort(x.T)
    np.testing.assert_array_equal(x[order], X[np.lexsort(X.T)])
    np.testing.assert_array_equal(y, (x[:, 0] > 0))


@pytest.mark.parametrize("kind", SAMPLES)
def test_orders_follow_from_the_seed_and_differ_between_epochs(kind):
    one, twin, other = (LOADERS[kind](seed=seed) for seed in (1, 1, 2))
    first, second = list(one), list(one)
    same(first, list(twin))
    same(second, list(twin))
    assert not np.array_equal(first[0].x, second[0].x)
    assert not np.array_equal(first[0].x, next(iter(other)).x)
    twin.epoch = 0
    same(first, list(twin))


@pytest.mark.parametrize("kind", LOADERS)
def test_in_order_is_the_order_of_the_source(kind):
    x, y = (np.concatenate(each) for each in zip(*LOADERS[kind]().in_order(), strict=True))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    unshuffled = LOADERS[kind](shuffle=False)
    same(list(unshuffled), list(unshuffled))


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("start", range(4))
def test_any_batch_can_be_the_first(kind, start):
    loader = LOADERS[kind](augment=[RandomNoise(0.1)])
    whole = list(loader.shuffled(np.random.default_rng(3)))
    same(list(loader.shuffled(np.random.default_rng(3), start=start)), whole[start:])


def test_what_is_read_ahead_changes_nothing():
    def noise(generator):
        while True:
            yield generator.standard_normal((8, 3)), generator.integers(2, size=8)

    augment = [RandomNoise(1.0)]
    runs = [list(DataLoader(noise, batches=6, augment=augment, ahead=a)) for a in (0, 1, 9)]
    same(runs[0], runs[1])
    same(runs[0], runs[2])


def test_functions_are_called_anew_for_each_epoch_with_other_numbers():
    def noise(generator):
        for _ in range(3):
            yield generator.standard_normal((8, 3)), np.zeros(8, int)

    loader = DataLoader(noise, batches=3)
    first, second = list(loader), list(loader)
    assert not np.array_equal(first[0].x, second[0].x)


def test_the_sample_to_look_at_is_from_all_over():
    sorted_by_class = DataLoader(X[np.argsort(Y)], np.sort(Y), batch_size=4)
    assert set(sorted_by_class.sample().y) == {0, 1}


def test_a_memory_map_is_read_by_batches(tmp_path):
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=X.shape)
    x[...] = X
    for rows, labels in DataLoader(x, Y, batch_size=16):
        assert type(rows) is np.ndarray
        np.testing.assert_array_equal(rows[:, 0] > 0, labels)


def test_entries_of_unequal_length_are_collated():
    entries = [(np.arange(n), n) for n in (1, 3, 2)]

    def collate(entries):
        return pad_sequences([x for x, _ in entries]), [y for _, y in entries]

    loader = DataLoader(entries, batch_size=3, collate=collate, shuffle=False)
    ((x, y),) = loader
    np.testing.assert_array_equal(x, [[0, 0, 0], [0, 1, 2], [0, 1, 0]])
    assert y.tolist() == [1, 3, 2]
    with pytest.raises(ValueError, match=r"got \(3,\) at place 1 .*Write collate="):
        list(DataLoader(entries, batch_size=3, shuffle=False))


# --- the thread -----------------------------------------------------------------------------------


def test_no_more_is_read_ahead_than_asked_for():
    made = []

    def count():
        for number in itertools.count():
            made.append(number)
            yield number

    items = read_ahead(count(), 3)
    for wanted in range(5):
        assert next(items) == wanted
        time.sleep(0.02)
        assert len(made) <= wanted + 1 + 3 + 1  # one is in the thread's hands
    items.close()


def test_reading_goes_on_while_nobody_waits():
    ready = threading.Event()

    def two():
        yield 1
        ready.set()
        yield 2

    items = read_ahead(two(), 2)
    assert next(items) == 1
    assert ready.wait(5)
    assert list(items) == [2]


@pytest.mark.parametrize("ahead", [0, 2])
def test_errors_arrive_in_their_place_with_their_traceback(ahead):
    def fails():
        yield from parts()
        raise OSError("the disk is gone")

    loader = DataLoader(fails, batches=9, ahead=ahead)
    found = []
    with pytest.raises(OSError, match="the disk is gone") as caught:
        for batch in loader:
            found.append(batch)  # noqa: PERF402
    assert len(found) == 4
    assert caught.traceback[-1].name == "fails"
    with pytest.raises(OSError, match="the disk is gone"):
        network().fit(loader, epochs=1, progress=False)


def test_an_iteration_that_is_left_ends_the_thread_and_closes_the_source():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield X, Y
        finally:
            closed.set()

    for _ in DataLoader(endless, batches=100):
        break
    assert closed.wait(5)


def test_the_source_is_closed_in_its_thread_whoever_else_has_it():
    closed_in = []

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed_in.append(threading.current_thread().name)

    source = endless()
    items = read_ahead(source, 2)
    next(items)
    items.close()
    assert closed_in == ["read ahead"]
    assert source.gi_frame is None


def test_a_source_that_hangs_holds_nobody_up():
    release = threading.Event()

    def hangs():
        yield X, Y
        release.wait(20)

    found = iter(DataLoader(hangs, batches=2))
    next(found)
    start = time.monotonic()
    found.close()
    assert time.monotonic() - start < 10
    release.set()


def test_warnings_of_the_source_are_errors_where_they_are_made_so():
    import warnings

    def warns():
        warnings.warn("odd", UserWarning, stacklevel=1)
        yield X, Y

    with pytest.raises(UserWarning, match="odd"):
        list(DataLoader(warns, batches=1))


def test_two_iterations_at_once_do_not_meet():
    loader = DataLoader(X, Y, batch_size=8)
    one, two = iter(loader), iter(loader)
    taken = [next(each) for each in (one, two, one, two)]
    loader.epoch = 0
    same(taken[::2], list(loader)[:2])
    same(taken[1::2], list(loader)[:2])
    one.close()
    two.close()


# --- training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("augment", [(), (RandomNoise(0.1),)])
@pytest.mark.parametrize("kind", SAMPLES)
def test_a_loader_of_samples_trains_to_the_same_bits_as_arrays(kind, augment):
    plain, loaded = network(), network()
    first = plain.fit(X, Y, epochs=3, batch_size=16, augment=augment, progress=False)
    second = loaded.fit(LOADERS[kind](augment=augment), epochs=3, progress=False)
    np.testing.assert_array_equal(first.iterations["loss"], second.iterations["loss"])
    assert [row["loss"] for row in first.epochs] == [row["loss"] for row in second.epochs]
    for name, value in plain.state_dict().items():
        np.testing.assert_array_equal(value, loaded.state_dict()[name])


@pytest.mark.parametrize("kind", LOADERS)
def test_networks_learn_evaluate_and_predict_from_every_source(kind):
    loader = LOADERS[kind]()
    trained = network()
    history = trained.fit(
        loader,
        epochs=20,
        validation_data=loader,
        callbacks=[EarlyStopping("loss", patience=20)],
        progress=False,
    )
    assert trained.evaluate(loader)["accuracy"] > 0.9
    whole = trained.evaluate(X, Y)
    assert trained.evaluate(loader) == pytest.approx(whole, rel=1e-5)
    assert history.epochs[-1]["validation_loss"] == pytest.approx(
        history.epochs[-1]["evaluated_loss"]
    )
    np.testing.assert_allclose(trained.predict(loader), trained.predict(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_back_ends_take_its_batches(backend):
    loader = LOADERS["function"](augment=[RandomNoise(0.1)])
    losses = network().fit(loader, epochs=3, backend=backend, progress=False)["loss"]
    other = network().fit(loader, epochs=3, backend="eager", progress=False)["loss"]
    np.testing.assert_array_equal(losses, other)


@pytest.mark.parametrize("kind", LOADERS)
def test_an_interrupted_run_goes_on_to_the_same_bits(kind, tmp_path):
    loader = LOADERS[kind](augment=[RandomNoise(0.1)])
    whole = network()
    whole.fit(loader, epochs=3, progress=False)

    class Interrupt(Callback):
        def on_batch_end(self, network, loss, accuracy):
            if len(network.losses) == 6:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="go on with"):
        network().fit(
            loader, epochs=3, checkpoint=tmp_path, callbacks=[Interrupt()], progress=False
        )
    resumed = network()
    history = resumed.fit(loader, epochs=3, resume=tmp_path, progress=False)
    assert len(history.iterations["loss"]) == 12
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(value, resumed.state_dict()[name])


def test_a_run_of_unequal_batches_goes_on_too(tmp_path):
    def unequal():
        for first, last in ((0, 10), (10, 40), (40, 50)):
            yield X[first:last], Y[first:last]

    class Interrupt(Callback):
        def on_batch_end(self, network, loss, accuracy):
            if len(network.losses) == 5:
                signal.raise_signal(signal.SIGINT)

    loader = DataLoader(unequal, batches=3)
    whole = network().fit(loader, epochs=2, progress=False)
    with pytest.raises(KeyboardInterrupt):
        network().fit(
            loader, epochs=2, checkpoint=tmp_path, callbacks=[Interrupt()], progress=False
        )
    resumed = network().fit(loader, epochs=2, resume=tmp_path, progress=False)
    assert resumed.epochs == whole.epochs


def test_a_run_does_not_go_on_with_other_samples(tmp_path):
    loader = DataLoader(X, Y, batch_size=16)
    network().fit(loader, epochs=1, checkpoint=tmp_path, progress=False)
    fewer = DataLoader(X[:40], Y[:40], batch_size=16)
    with pytest.raises(ValueError, match=r"samples\[0\]: expected 40, found 50"):
        network().fit(fewer, epochs=2, resume=tmp_path, progress=False)


def test_a_second_interrupt_does_not_wait_for_a_slow_source():
    release = threading.Event()

    def slow():
        yield X, Y
        release.wait(20)

    loader = DataLoader(slow, batches=2)
    loader.sample()
    timers = [threading.Timer(delay, os.kill, [os.getpid(), signal.SIGINT]) for delay in (0.3, 0.6)]
    for timer in timers:
        timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        network().fit(loader, epochs=1, progress=False)
    assert time.monotonic() - start < 10
    release.set()
    for timer in timers:
        timer.join()


def test_the_bar_and_callbacks_know_how_long_it_takes(capsys):
    seen = []

    class Look(Callback):
        def on_train_begin(self, network, epochs, batches_per_epoch):
            seen.append(batches_per_epoch)

    for kind in ("arrays", "function"):
        network().fit(LOADERS[kind](), epochs=2, callbacks=[Look()])
    assert seen == [4, 4]
    assert "epoch 2/2: 100%" in capsys.readouterr().err


def test_summed_losses_are_sums_over_all_samples():
    one, other = (network(loss=SoftMaxCrossEntropyLoss("sum")) for _ in range(2))
    first = one.fit(X, Y, epochs=1, batch_size=16, progress=False)
    second = other.fit(DataLoader(X, Y, batch_size=16), epochs=1, progress=False)
    assert first.epochs[0]["loss"] == second.epochs[0]["loss"] > 50 * np.log(2) / 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: DataLoader(X, Y), "Write batch_size=32"),
        (lambda: DataLoader(X, Y[:3], batch_size=2), "as many labels as samples"),
        (lambda: DataLoader(X, batch_size=2).sample(), r"Of an array write DataLoader\(x, y,"),
        (lambda: DataLoader(X[:0], Y[:0], batch_size=2), "at least one sample"),
        (lambda: DataLoader(X, Y, batch_size=2, batches=3), "an epoch shows all"),
        (lambda: DataLoader(X, Y, batch_size=0), "from 1, got 0"),
        (lambda: DataLoader(X, Y, batch_size=2, ahead=-1), "ahead"),
        (lambda: DataLoader(X, Y, batchsize=2), "write batch_size=2"),
        (lambda: DataLoader(parts), "Write batches=100"),
        (lambda: DataLoader(parts()), "Give the function that makes it"),
        (lambda: DataLoader(parts, batch_size=3), "leave batch_size out"),
        (lambda: DataLoader(3), "a function, or an iterable of batches, got 3$"),
        (lambda: DataLoader(X), r"Write DataLoader\(x, y, batch_size=32\)"),
        (lambda: DataLoader(Entries()), "Write batch_size=32"),
        (lambda: DataLoader(lambda: 3, batches=1).sample(), "Write yield x, y in a loop"),
        (lambda: DataLoader(lambda: [X], batches=1).sample(), r"\(x, y\), or.*got ndarray"),
        (lambda: DataLoader(lambda: [(X, Y[:1])], batches=1).sample(), "as many labels"),
        (lambda: DataLoader(list(zip(X, Y, strict=True))).sample(), "write batch_size too"),
        (lambda: list(DataLoader(parts, batches=5)), "got 4. Write batches=4"),
        (lambda: DataLoader(parts, batches=4, collate=len), "sources of samples"),
        (lambda: DataLoader((X, Y), batch_size=2), r"Write DataLoader\(x, y, batch"),
        (lambda: DataLoader(X, Y, batch_size=2, augment=RandomFlip), r"Write RandomFlip\("),
        (lambda: network().fit(DataLoader(X, Y, batch_size=2), Y, epochs=1), "no labels beside"),
        (lambda: network().fit(DataLoader(X, Y, batch_size=2), epochs=1, batch_size=2), "its own"),
        (lambda: network().fit(parts(), epochs=1), "Give the function that makes it"),
        (lambda: network().fit(parts, epochs=1), "Write batches=100"),
        (lambda: network().fit(Entries(), epochs=1, batch_size=2), r"fit\(DataLoader\(source, "),
        (lambda: network().fit(X, epochs=1, batch_size=2), "expects also y: write"),
        (lambda: network().fit(X, Y, epochs=1), "expects also batch_size"),
        (lambda: network().evaluate(X), "expects also y"),
        (lambda: network().fit(DataLoader(X, Y + 5, batch_size=50), epochs=1), "labels from 0"),
        (lambda: network().fit(DataLoader(X[:, :3], Y, batch_size=2), epochs=1), "3"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


@pytest.mark.parametrize("kind", ["arrays", "function"])
def test_processes_that_train_together_read_the_same_batches(kind, monkeypatch):
    alone = network()
    alone.fit(LOADERS[kind](augment=[RandomNoise(0.1)]), epochs=2, backend="eager", progress=False)
    monkeypatch.setattr("nn.training.loop.current", lambda: Group(1, 2, 2))
    beside = network()
    beside.fit(LOADERS[kind](augment=[RandomNoise(0.1)]), epochs=2, backend="eager", progress=False)
    for name, value in alone.state_dict().items():
        np.testing.assert_array_equal(value, beside.state_dict()[name])
    plain = network()  # arrays and their changes, by the same way
    plain.fit(
        X, Y, batch_size=16, augment=[RandomNoise(0.1)], epochs=2, backend="eager", progress=False
    )
    if kind == "arrays":
        np.testing.assert_array_equal(plain.losses, beside.losses)


def test_metrics_and_figures_of_layers_go_with_loaders():
    history = network().fit(
        LOADERS["entries"](),
        epochs=2,
        metrics=["f1"],
        inspect_every=2,
        validation_data=LOADERS["function"](),
        progress=False,
    )
    assert 0 <= history.epochs[-1]["validation_f1"] <= 1
    assert "evaluated_loss" not in history.epochs[-1]  # the data would be read twice
    assert "gradient_norm/0" in history.iterations


@pytest.mark.parametrize(
    ("name", "given", "instead"),
    [
        ("sample_weight", np.ones(50), r"\(x, y, weight\)"),
        ("class_weight", "balanced", "class_weight={0: 1.0"),
        ("validation_split", 0.2, "validation_data=DataLoader"),
    ],
)
def test_what_needs_all_samples_is_refused_beside_a_loader(name, given, instead):
    with pytest.raises(TypeError, match=rf"fit\({name}\) is for samples in arrays.*{instead}"):
        network().fit(LOADERS["arrays"](), epochs=1, progress=False, **{name: given})


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_weights_of_samples_and_classes_count_as_of_arrays(backend):
    """Entries and whole batches (x, y, weight), in loss, accuracy, validation and evaluation."""
    weight = np.random.default_rng(3).random(len(Y)) + 0.1
    options = {"epochs": 2, "progress": False, "class_weight": {0: 3.0}, "backend": backend}
    entries = DataLoader(list(zip(X, Y, weight, strict=True)), batch_size=7)
    whole = [(X[i : i + 7], Y[i : i + 7], weight[i : i + 7]) for i in range(0, len(X), 7)]
    one, other = network(), network()
    expected = one.fit(
        X, Y, batch_size=7, sample_weight=weight, validation_data=(X, Y, weight), **options
    )
    history = other.fit(entries, validation_data=DataLoader(whole), **options)
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        np.testing.assert_allclose(history[column], expected[column], rtol=1e-6)
    for name, value in one.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], value)
    figures = one.evaluate(X, Y, sample_weight=weight)
    assert other.evaluate(entries) == pytest.approx(figures, rel=1e-6)
    assert figures["loss"] != pytest.approx(one.evaluate(X, Y)["loss"], rel=1e-3)
    assert other.predict(entries).shape == (len(X), 2)
    with pytest.raises(ValueError, match="a weight in each entry of a batch, or in none"):
        list(DataLoader([(X[0], 0, 1.0), (X[1], 1)], batch_size=2))
