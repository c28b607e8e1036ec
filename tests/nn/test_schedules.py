"""Schedules: formulas, composition, descriptions, errors."""

import math

import pytest

from nn import CosineDecay, Schedule, StepDecay, Switch, WarmUp
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
