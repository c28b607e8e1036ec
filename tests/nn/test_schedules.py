"""Schedules: formulas, composition, epochs and updates, descriptions, errors."""

import math
import signal
import warnings

import numpy as np
import pytest

from nn import (
    SGD,
    Adam,
    CosineDecay,
    DataSource,
    FullyConnected,
    LambdaCallback,
    Lookahead,
    NeuralNetwork,
    RateFunction,
    Schedule,
    StepDecay,
    Switch,
    TrainingWarning,
    WarmUp,
)
from nn.registry import rebuild


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (StepDecay(0.2, every=7, factor=0.5), lambda t: 0.2 * 0.5 ** (t // 7)),
        (StepDecay(0.2, every=1, factor=0.9), lambda t: 0.2 * 0.9**t),
        (
            CosineDecay(0.2, 40, final=0.05),
            lambda t: 0.05 + 0.15 * (1 + math.cos(math.pi * min(t, 40) / 40)) / 2,
        ),
        (WarmUp(10, 0.2), lambda t: 0.2 * min(1, (t + 1) / 10)),
        (
            WarmUp(10, CosineDecay(0.2, 40)),
            lambda t: (
                0.02 * (t + 1) if t < 10 else 0.1 * (1 + math.cos(math.pi * min(t - 10, 40) / 40))
            ),
        ),
        (
            Switch(0.3, 5, Switch(StepDecay(0.2, 2), 4, 0.01)),
            lambda t: 0.3 if t < 5 else 0.2 * 0.1 ** ((t - 5) // 2) if t < 9 else 0.01,
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, Schedule) else "formula",
)
def test_schedule_is_its_formula(schedule, formula):
    for update in range(60):
        assert schedule(update) == pytest.approx(formula(update), rel=1e-12, abs=1e-15)
        assert type(schedule(update)) is float


def test_a_factor_of_one_keeps_the_rate():
    assert StepDecay(0.1, 5, factor=1.0)(100) == 0.1


def test_cosine_stays_at_its_end():
    assert CosineDecay(0.1, 10, final=0.01)(10**9) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "schedule",
    [
        StepDecay(0.2, 7),
        CosineDecay(0.2, 40, final=0.05),
        WarmUp(10, 0.2),
        Switch(0.3, 5, WarmUp(3, StepDecay(0.2, 2))),
    ],
    ids=repr,
)
def test_schedule_survives_its_description(schedule):
    again = rebuild("schedule", schedule.configuration())
    assert repr(again) == repr(schedule)
    assert [again(t) for t in range(20)] == [schedule(t) for t in range(20)]


def endless():
    description = {"type": "WarmUp", "updates": 1, "then": 0.1}
    for _ in range(100):
        description = {"type": "WarmUp", "updates": 1, "then": description}
    return rebuild("schedule", description)


class Negative(Schedule):
    def rate(self, update):
        return -1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StepDecay(0.0, 5), "learning_rate.*above 0"),
        (lambda: StepDecay(0.1, 0), "every.*whole number from 1"),
        (lambda: StepDecay(0.1, 5, factor=1.5), "factor.*above 0 to 1, got 1.5"),
        (lambda: CosineDecay(0.1, 2.5), "updates.*got 2.5"),
        (lambda: CosineDecay(0.1, 10, final=0.2), r"final.*from 0 to 0\.1, got 0\.2"),
        (lambda: WarmUp(10, CosineDecay), r"Write then=CosineDecay\("),
        (lambda: WarmUp(10, "later"), "then.*got 'later'"),
        (lambda: Switch(0.1, 0, 0.2), "updates.*got 0"),
        (lambda: WarmUp(10, 0.1)(-1), "update.*from 0, got -1"),
        (lambda: Negative()(3), r"Negative\(rate of update 3\).*from 0, got -1\.0"),
        (lambda: Schedule()(0), "must define rate"),
        (endless, "at most 16"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=words):
        make()


# --- epochs and updates ---------------------------------------------------------------------------


def rates(schedule, epochs=4, samples=48, batch_size=10, network=None, **options):
    """The rate of each batch in a run with five batches an epoch."""
    network = network or NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(schedule))
    x, y = np.ones((samples, 2)), np.arange(samples) % 2
    options = {"epochs": epochs, "batch_size": batch_size, "progress": False} | options
    return network.fit(x, y, **options).iterations["learning_rate"]


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (StepDecay(0.2, epochs=2, factor=0.5), lambda u: 0.2 * 0.5 ** (u // 10)),
        (StepDecay(0.2, updates=2, factor=0.9), lambda u: 0.2 * 0.9 ** (u // 2)),
        (StepDecay(0.2, every=2, factor=0.9), lambda u: 0.2 * 0.9 ** (u // 2)),
        (StepDecay(0.2, 2, 0.9), lambda u: 0.2 * 0.9 ** (u // 2)),
        (StepDecay(0.2, epochs=0.5, factor=0.9), lambda u: 0.2 * 0.9 ** (u // 2)),
        (CosineDecay(0.2, epochs=4), lambda u: 0.1 * (1 + math.cos(math.pi * u / 20))),
        (WarmUp(epochs=1, then=0.2), lambda u: 0.2 * min(1, (u + 1) / 5)),
        (
            WarmUp(3, StepDecay(0.2, epochs=2, factor=0.5)),
            lambda u: 0.2 * (u + 1) / 3 if u < 3 else 0.2 * 0.5 ** ((u - 3) // 10),
        ),
        (
            Switch(0.3, epochs=3, then=lambda epoch: 0.1 / (1 + epoch)),
            lambda u: 0.3 if u < 15 else 0.1 / (1 + (u - 15) // 5),
        ),
        (lambda epoch: 0.2 * 0.5**epoch, lambda u: 0.2 * 0.5 ** (u // 5)),
        (lambda update: 0.2 / (1 + update), lambda u: 0.2 / (1 + u)),
        (lambda t: 0.2 / (1 + t), lambda u: 0.2 / (1 + u)),
    ],
    ids=lambda value: repr(value) if isinstance(value, Schedule) else "function",
)
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_lengths_are_in_the_unit_that_the_argument_names(schedule, formula, backend):
    found = rates(schedule, backend=backend)
    assert found == pytest.approx([formula(update) for update in range(20)], rel=1e-12, abs=1e-15)


def test_a_subclass_may_count_epochs():
    class Halved(Schedule):
        def rate(self, epoch):
            return 0.5**epoch

    assert rates(Halved(), epochs=2) == [1.0] * 5 + [0.5] * 5


def test_epochs_go_on_where_a_later_fit_has_other_batches():
    schedule = StepDecay(0.2, epochs=1, factor=0.5)
    network = NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(schedule))
    assert rates(None, 2, network=network) == [0.2] * 5 + [0.1] * 5
    assert rates(None, 2, batch_size=24, network=network) == [0.05] * 2 + [0.025] * 2
    assert rates(None, 1, batch_size=12, network=network) == [0.0125] * 4
    again = SGD(schedule)
    again.load_state_dict(network.optimizer.state_dict())
    assert (again.learning_rate, again.scheduled(again.updates)) == (0.0125, 0.00625)


def test_steps_by_hand_are_told_how_long_an_epoch_is():
    network = NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(StepDecay(0.2, epochs=1)))
    x, y = np.ones((4, 2)), np.zeros(4, int)
    with pytest.raises(ValueError, match=r"optimizer\.updates_per_epoch = 100"):
        network.train_step(x, y)
    network.optimizer.updates_per_epoch = 2
    found = []
    for _ in range(4):
        network.train_step(x, y)
        found.append(network.optimizer.learning_rate)
    assert found == pytest.approx([0.2, 0.2, 0.02, 0.02])


def test_a_data_source_says_how_long_an_epoch_is():
    network = NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(StepDecay(0.2, epochs=1)))
    network.data_source = DataSource(np.ones((6, 2)), np.zeros(6, int), batch_size=2)
    network.train(4)
    assert network.optimizer.learning_rate == pytest.approx(0.02)


def test_a_rate_that_is_gone_in_the_first_epoch_is_said():
    x, y = np.ones((400, 2)), np.arange(400) % 2
    options = {"epochs": 2, "batch_size": 4, "progress": False}

    def train(schedule):
        NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(schedule)).fit(x, y, **options)

    with pytest.warns(TrainingWarning, match=r"counts updates, not epochs.*StepDecay\(0.1, epo"):
        train(StepDecay(0.1, every=10))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(StepDecay(0.1, epochs=10))
        train(WarmUp(10, CosineDecay(0.1, epochs=2)))


def test_a_file_holds_the_name_of_a_function_and_its_first_rate(tmp_path):
    def halved(epoch):
        return 0.5**epoch

    network = NeuralNetwork([FullyConnected(2, 2)], optimizer=SGD(halved))
    rates(None, network=network)
    again = NeuralNetwork.load(network.save(tmp_path / "network"))
    np.testing.assert_array_equal(again.predict(np.ones((3, 2))), network.predict(np.ones((3, 2))))
    assert again.optimizer.learning_rate == 1.0
    with pytest.raises(ValueError, match=r"was the function .*halved, and files hold none"):
        rates(None, network=again)
    again.optimizer.schedule = None
    again.optimizer.learning_rate = 0.25
    assert rates(None, 1, network=again) == [0.25] * 5


@pytest.mark.parametrize(
    ("made", "before"),
    [
        (
            StepDecay(0.2, every=7),
            {"type": "StepDecay", "learning_rate": 0.2, "every": 7, "factor": 0.1},
        ),
        (
            CosineDecay(0.2, 40),
            {"type": "CosineDecay", "learning_rate": 0.2, "updates": 40, "final": 0.0},
        ),
        (WarmUp(4, 0.1), {"type": "WarmUp", "updates": 4, "then": 0.1}),
        (Switch(0.3, 5, 0.1), {"type": "Switch", "first": 0.3, "updates": 5, "then": 0.1}),
    ],
    ids=lambda value: "" if isinstance(value, dict) else repr(value),
)
def test_files_of_before_there_were_epochs(made, before):
    assert made.configuration() == before
    assert repr(rebuild("schedule", before, complete=True)) == repr(made)


@pytest.mark.parametrize("batch", [3, 9, 10, 13])
@pytest.mark.parametrize("optimizer", [SGD, lambda rate: Lookahead(Adam(rate), every=3)])
def test_a_run_goes_on_in_the_middle_of_epochs_to_the_same_bits(batch, optimizer, tmp_path):
    def network():
        schedule = WarmUp(2, Switch(CosineDecay(0.2, epochs=1), epochs=2, then=halved))
        return NeuralNetwork([FullyConnected(2, 2)], optimizer=optimizer(schedule))

    def halved(epoch):
        return 0.1 * 0.5**epoch

    def interrupt(network, *_):
        if len(network.losses) == batch:
            signal.raise_signal(signal.SIGINT)

    whole, first, second = network(), network(), network()
    expected = rates(None, network=whole)
    with pytest.raises(KeyboardInterrupt):
        callback = LambdaCallback(on_batch_end=interrupt)
        rates(None, network=first, checkpoint=tmp_path, callbacks=[callback])
    assert rates(None, network=second, resume=tmp_path) == expected
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(second.state_dict()[name], array)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StepDecay(0.1), r"expects epochs=\.\.\. or updates=\.\.\., got none of them"),
        (lambda: StepDecay(0.1, 5, epochs=3), "got every=5 and epochs=3"),
        (lambda: CosineDecay(0.1, 5, epochs=3), "got updates=5 and epochs=3"),
        (lambda: CosineDecay(0.1, epochs=0), "epochs.*whole number from 1, got 0"),
        (lambda: CosineDecay(0.1, epochs=-0.5), "epochs.*above 0, got -0.5"),
        (lambda: WarmUp(epochs=1), "then.*got None"),
        (lambda: StepDecay(0.1, epochs=3)(5), r"schedule\.in_updates\(100\)\(5\)"),
        (lambda: RateFunction(0.1), "function of epoch or of update"),
        (lambda: rates(lambda update: -1.0), "rate of update 0.*from 0, got -1"),
        (lambda: SGD(0.1, momentum=lambda epoch: 0.1), "momentum"),
    ],
)
def test_wrong_lengths_and_functions(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_a_function_of_more_than_the_epoch_is_refused():
    with pytest.raises(TypeError, match=r"of epoch or of update alone.*also takes rate\. Give it"):
        SGD(lambda epoch, rate: rate)


def test_steps_from_a_data_source_know_how_long_an_epoch_is():
    network = NeuralNetwork(
        [FullyConnected(2, 2)], optimizer=SGD(StepDecay(0.5, epochs=1, factor=0.5))
    )
    network.data_source = DataSource(np.ones((6, 2)), np.zeros(6, int), batch_size=2)
    for _ in range(4):
        network.forward()
        network.backward()
        network.update()
    assert network.optimizer.learning_rate == 0.25
