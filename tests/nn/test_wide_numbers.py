"""Numbers too wide for a float or for memory: refused by name, with the bound."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nn import (
    L2,
    SGD,
    Adam,
    Constant,
    CosineDecay,
    CrossEntropyLoss,
    DataSource,
    Dropout,
    EarlyStopping,
    FullyConnected,
    NeuralNetwork,
    Normal,
    ReLU,
    Reshape,
    StepDecay,
    load_dataset,
    one_hot,
    split,
)
from nn.checks import cut, generator_in
from nn.data import scale_pixels

WIDE, WIDEST = 10**400, 10**5000  # Python writes no number of more than 4,300 digits
X, Y = np.ones((4, 3)), np.arange(4) % 2


def fit(**options):
    NeuralNetwork([FullyConnected(3, 2)]).fit(X, Y, **{"epochs": 1, "batch_size": 1} | options)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FullyConnected(10**30, 1), "in_features) expects a whole number from 1 to 9"),
        (lambda: FullyConnected(1, WIDEST), "to 9223372036854775807, got a number of 5001 digits"),
        (
            lambda: FullyConnected(2**30, 2**30),
            "at most 576460752303423488 weights, got 1073741824",
        ),
        (lambda: SGD(WIDE), "learning_rate) expects a finite number above 0 to 1.79769e+308, got"),
        (lambda: SGD(-WIDEST), "got a negative number of 5001 digits"),
        (lambda: SGD(Fraction(WIDE)), "above 0 to 1.79769e+308, got Fraction(1000"),
        (lambda: SGD(Fraction(WIDEST)), "got a Fraction with a number of more digits than"),
        (lambda: SGD(Decimal("1e400")), "above 0 to 1.79769e+308, got Decimal('1E+400')"),
        (lambda: SGD(Decimal("sNaN")), "above 0, got Decimal('sNaN')"),
        (lambda: setattr(SGD(), "learning_rate", WIDE), "learning_rate) expects"),
        (lambda: Adam(beta1=WIDE), "beta1) expects a finite number from 0 below 1, got a number"),
        (lambda: Dropout(WIDEST), "rate) expects"),
        (lambda: Reshape((WIDEST,)), "Reshape(shape) expects"),
        (lambda: Reshape([1] * 64), "fewer than 64"),
        (lambda: Normal(0, WIDE), "std) expects"),
        (lambda: Constant(WIDEST), "value) expects"),
        (lambda: L2(WIDE), "strength) expects"),
        (lambda: CosineDecay(0.1, WIDE), "updates) expects"),
        (lambda: StepDecay(0.1, WIDEST), "every) expects"),
        (lambda: CrossEntropyLoss(WIDEST), "reduction) expects 'sum' or 'mean'"),
        (lambda: FullyConnected(1, 1, weight_initializer=WIDEST), "expects an initializer"),
        (lambda: NeuralNetwork([ReLU()], seed=WIDE), "seed) expects a whole number from 0 to 340"),
        (lambda: DataSource(X, Y, 1, seed=-1), "seed) expects a whole number from 0, got -1"),
        (lambda: DataSource(X, Y, WIDE), "batch_size) expects"),
        (lambda: EarlyStopping(patience=WIDE), "patience) expects"),
        (lambda: EarlyStopping(min_delta=WIDE), "min_delta) expects"),
        (lambda: fit(epochs=WIDE), "epochs) expects a whole number from 1 to 922"),
        (lambda: fit(batch_size=WIDEST), "batch_size) expects a whole number from 1 to 922"),
        (lambda: one_hot([0], WIDE), "to 2147483647, got a number of 401 digits"),
        (lambda: split(X, Y, WIDEST, np.random.default_rng(0)), "split(share) expects"),
        (lambda: scale_pixels([1], high=WIDE), "high) expects"),
        (lambda: scale_pixels([1], white=0), "white) expects a finite number above 0"),
        (lambda: load_dataset("digits", low=-WIDE), "low) expects"),
    ],
)
def test_numbers_too_wide_are_refused_by_name(make, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)) as error:
        make()
    assert len(str(error.value)) < 700


def test_the_seed_that_numpy_would_draw_is_one():
    NeuralNetwork([ReLU()], seed=np.random.SeedSequence().entropy)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12, "12"),
        (10**39, str(10**39)),
        (-(10**40), "a negative number of 41 digits"),
        ("é", "'é'"),
    ],
)
def test_values_are_cut_in_messages(value, shown):
    assert cut(value) == shown


def test_states_of_generators_are_told_from_all_else():
    state = np.random.PCG64(1).state
    assert generator_in("x", state, "PCG64").state == state
    assert generator_in("x", np.random.MT19937(1).state, "MT19937").state["state"]["pos"] == 623
    inner = state["state"]
    for wrong in (
        None,
        {},
        state | {"state": None},
        state | {"state": inner | {"inc": 2}},
        state | {"state": inner | {"state": 2**128}},
        state | {"state": inner | {"state": 1.0}},
        state | {"has_uint32": 2},
        state | {"more": 1},
        np.random.MT19937(1).state,
    ):
        with pytest.raises(ValueError, match="x expects the state of a PCG64 generator, got"):
            generator_in("x", wrong, "PCG64")
