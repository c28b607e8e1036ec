"""The scikit-learn estimators: its own checks, labels as given, parameters, errors."""

import importlib
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from scipy.sparse import csr_array  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from nn import SGD, CosineDecay, Dropout, FullyConnected, He, Xavier, load_dataset  # noqa: E402
from nn.registry import known_by_short_name  # noqa: E402
from nn.sklearn import NeuralNetworkClassifier, NeuralNetworkRegressor  # noqa: E402

X = np.random.default_rng(0).standard_normal((150, 3))
SIDE = np.where(X[:, 0] + X[:, 1] > 0, "right", "left")


def reasons(estimator):
    """The checks that ask for more digits than float32 has, and for the same samples held back."""
    reason = "float32 rounds at 1e-7" if estimator.dtype == "float32" else ""
    reason = reason or ("other samples are held back" if estimator.early_stopping else "")
    checks = [f"check_sample_weight_equivalence_on_{kind}_data" for kind in ("dense", "sparse")]
    return dict.fromkeys(checks, reason) if reason else {}


# Its small sets leave units dead and losses at a standstill, which is worth a warning elsewhere.
@pytest.mark.filterwarnings("ignore::nn.training.supervision.TrainingWarning")
@parametrize_with_checks(
    [
        NeuralNetworkClassifier(),
        NeuralNetworkClassifier((20,), activation="tanh", optimizer=SGD(0.1, momentum=0.9)),
        NeuralNetworkClassifier((), dtype="float32"),
        NeuralNetworkRegressor(),
        NeuralNetworkRegressor((20, 10), loss="absolute_error", l2=1e-4),
        NeuralNetworkRegressor(early_stopping=True, validation_fraction=0.2),
    ],
    expected_failed_checks=reasons,
)
def test_it_passes_scikit_learns_checks(estimator, check):
    check(estimator)


DEFAULTS = {
    "hidden_layer_sizes": (100,), "activation": "relu", "optimizer": "adam", "learning_rate": 0.01,
    "epochs": 100, "batch_size": 32, "l2": 0.0, "dropout": 0.0, "random_state": None,
    "dtype": "float64", "backend": None, "verbose": False, "warm_start": False,
    "early_stopping": False,
    "validation_fraction": 0.1, "n_iter_no_change": 10, "tol": 1e-4,
}  # fmt: skip


def test_the_estimators_offer_these_parts_by_name():
    for kind, names in {
        "layer": {"relu", "leaky_relu", "elu", "tanh", "sigmoid"},
        "optimizer": {"sgd", "adam", "adamw", "rmsprop", "adagrad", "lion"},
        "loss": {"squared_error", "absolute_error"},
    }.items():
        assert names <= known_by_short_name(kind).keys()


def test_defaults_are_those_of_the_documentation():
    assert NeuralNetworkClassifier().get_params() == DEFAULTS | {"class_weight": None}
    assert NeuralNetworkRegressor().get_params() == DEFAULTS | {"loss": "squared_error"}


@pytest.mark.parametrize(
    ("activation", "hidden"),
    [("relu", He), ("leaky_relu", He), ("elu", He), ("tanh", Xavier), ("sigmoid", Xavier)],
)
def test_the_activation_decides_how_hidden_weights_start(activation, hidden):
    classifier = NeuralNetworkClassifier((8, 4), activation=activation, epochs=1).fit(X, SIDE)
    starts = [type(layer.weight_initializer) for layer in classifier.network_.layers[::2]]
    assert starts == [hidden, hidden, Xavier]


@pytest.mark.parametrize(
    "labels",
    [
        SIDE,
        SIDE.astype(object),
        SIDE == "right",
        np.where(SIDE == "right", 7, -3),
        np.where(SIDE == "right", 2.0, 1.0),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_come_back_as_they_were_given(labels):
    classifier = NeuralNetworkClassifier((8,), epochs=60, random_state=0).fit(X, labels)
    found = classifier.predict(X)
    assert found.dtype == labels.dtype
    assert set(found) == set(labels) == set(classifier.classes_)
    assert np.mean(found == labels) > 0.95


def test_probabilities_are_in_the_order_of_the_classes():
    classifier = NeuralNetworkClassifier((8,), epochs=20, random_state=0).fit(X, SIDE)
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (150, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)
    likeliest = classifier.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(likeliest, classifier.predict(X))
    np.testing.assert_allclose(np.exp(classifier.predict_log_proba(X)), probabilities, rtol=1e-12)


@pytest.mark.parametrize("columns", [None, 1, 3])
def test_regression_keeps_the_shape_of_its_targets(columns):
    targets = np.sin(X[:, 0]) if columns is None else np.sin(X[:, :columns])
    regressor = NeuralNetworkRegressor((16,), epochs=150, random_state=0)
    if columns == 1:
        with pytest.warns(sklearn.exceptions.DataConversionWarning):
            regressor.fit(X, targets)
        targets = targets[:, 0]
    else:
        regressor.fit(X, targets)
    assert regressor.predict(X).shape == targets.shape
    assert regressor.score(X, targets) > 0.9


@pytest.mark.parametrize("activation", known_by_short_name("layer"))
@pytest.mark.parametrize("optimizer", known_by_short_name("optimizer"))
def test_every_activation_learns_under_every_optimizer(activation, optimizer):
    rate = {"sgd": 0.5, "lion": 0.01}.get(optimizer, 0.05)
    classifier = NeuralNetworkClassifier(
        8, activation=activation, optimizer=optimizer, learning_rate=rate, epochs=30, random_state=0
    )
    assert classifier.fit(X, SIDE).score(X, SIDE) > 0.9


def test_the_network_is_built_as_asked():
    classifier = NeuralNetworkClassifier(
        (8, 4), dropout=0.1, l2=0.01, epochs=3, batch_size=50, random_state=0, dtype="float32",
        optimizer=SGD(CosineDecay(0.5, updates=9)),
    )  # fmt: skip
    classifier.fit(X, SIDE)
    layers = classifier.network_.layers
    assert [(x.in_features, x.out_features) for x in layers if isinstance(x, FullyConnected)] == [
        (3, 8),
        (8, 4),
        (4, 2),
    ]
    assert sum(isinstance(layer, Dropout) for layer in layers) == 2
    assert layers[0].weight_regularizer.strength == 0.01
    assert layers[0].weight.dtype == np.float32
    assert classifier.network_.optimizer.updates == 9
    assert len(classifier.loss_curve_) == 3
    assert classifier.loss_curve_[-1] == classifier.loss_


def test_the_random_state_decides_and_a_given_optimizer_stays_as_it_is():
    optimizer = SGD(0.1, momentum=0.9)
    make = NeuralNetworkClassifier((8,), optimizer=optimizer, epochs=3, dropout=0.2, random_state=3)
    first, again = make.fit(X, SIDE).predict_proba(X), clone(make).fit(X, SIDE).predict_proba(X)
    other = clone(make).set_params(random_state=4).fit(X, SIDE).predict_proba(X)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (optimizer.updates, optimizer.state) == (0, {})
    np.testing.assert_array_equal(make.predict_proba(X), first)


def test_it_takes_part_in_pipelines_searches_and_pickles():
    data = load_dataset("digits")
    x, y = data.x_train[:400], data.y_train[:400]
    classifier = NeuralNetworkClassifier((16,), epochs=15, random_state=0)
    assert cross_val_score(make_pipeline(StandardScaler(), classifier), x, y, cv=3).mean() > 0.8
    search = GridSearchCV(classifier, {"hidden_layer_sizes": [(2,), (16,)]}, cv=2).fit(x, y)
    assert search.best_params_ == {"hidden_layer_sizes": (16,)}
    again = pickle.loads(pickle.dumps(search.best_estimator_))  # noqa: S301
    np.testing.assert_array_equal(again.predict(x), search.predict(x))


# --- weights, parts, and going on -----------------------------------------------------------------


@pytest.mark.parametrize("kind", [NeuralNetworkClassifier, NeuralNetworkRegressor])
def test_a_weight_counts_a_sample_so_many_times(kind):
    weights = np.random.default_rng(1).integers(0, 3, 60)
    y = SIDE[:60] if kind is NeuralNetworkClassifier else X[:60, 0]
    make = kind((8,), activation="tanh", epochs=20, batch_size=200, random_state=0)
    weighted = clone(make).fit(X[:60], y, sample_weight=weights)
    repeated = clone(make).fit(X[:60].repeat(weights, axis=0), y.repeat(weights))
    plain = clone(make).fit(X[:60], y)
    output = "predict_proba" if kind is NeuralNetworkClassifier else "predict"
    found, expected, other = (getattr(each, output)(X) for each in (weighted, repeated, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert np.abs(found - other).max() > 1e-3


@pytest.mark.parametrize("kind", [NeuralNetworkClassifier, NeuralNetworkRegressor])
def test_parts_are_learned_one_after_the_other(kind):
    y = SIDE if kind is NeuralNetworkClassifier else X[:, 0]
    more = {"classes": ["left", "right"]} if kind is NeuralNetworkClassifier else {}
    whole = kind((8,), epochs=3, random_state=0).fit(X, y)
    parts = kind((8,), epochs=50, random_state=0)
    for _ in range(3):
        parts.partial_fit(X, y, **more)
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))
    assert (parts.n_iter_, parts.loss_curve_) == (3, whole.loss_curve_)
    parts.partial_fit(X[:40], y[:40], sample_weight=np.ones(40))
    assert parts.n_iter_ == 4


def test_classes_that_come_later_are_named_at_first():
    classifier = NeuralNetworkClassifier((8,), random_state=0)
    with pytest.raises(ValueError, match=r"classes=np\.unique\(y_of_all\)"):
        classifier.partial_fit(X, SIDE)
    classifier.partial_fit(X[SIDE == "left"], SIDE[SIDE == "left"], classes=["right", "left"])
    assert classifier.classes_.tolist() == ["left", "right"]
    for _ in range(30):
        classifier.partial_fit(X, SIDE)
    assert classifier.score(X, SIDE) > 0.9
    with pytest.raises(ValueError, match=r"expects the classes .*got also \['up'\]"):
        classifier.partial_fit(X[:1], ["up"])
    with pytest.raises(ValueError, match="expects those of the first call"):
        classifier.partial_fit(X, SIDE, classes=["left", "up"])


def test_a_warm_start_goes_on_where_fit_has_ended():
    make = NeuralNetworkClassifier((8,), epochs=2, random_state=0, warm_start=True)
    whole = clone(make).set_params(epochs=6).fit(X, SIDE)
    for _ in range(3):
        make.fit(X, SIDE)
    np.testing.assert_array_equal(make.predict_proba(X), whole.predict_proba(X))
    assert (make.n_iter_, len(make.loss_curve_)) == (6, 6)
    with pytest.raises(ValueError, match="warm_start expects the classes of the last fit"):
        make.fit(X, np.where(SIDE == "left", "up", "down"))
    with pytest.raises(ValueError, match="expecting 3 features"):
        make.fit(X[:, :2], SIDE)
    cold = make.set_params(warm_start=False).fit(X, SIDE)
    assert cold.n_iter_ == 2


def test_early_stopping_keeps_the_best_on_what_is_held_back():
    noisy = np.where(np.random.default_rng(0).random(150) < 0.2, "left", SIDE)
    make = NeuralNetworkClassifier(
        (32,), epochs=500, random_state=0, early_stopping=True, n_iter_no_change=5
    )
    classifier = make.fit(X, noisy)
    curve = classifier.validation_loss_curve_
    assert classifier.n_iter_ == len(curve) == len(classifier.loss_curve_) < 500
    assert int(np.argmin(curve)) <= len(curve) - 5
    assert NeuralNetworkClassifier(epochs=1).fit(X, SIDE).validation_loss_curve_ is None
    weighted = clone(make).fit(X, noisy, sample_weight=np.ones(150))
    np.testing.assert_array_equal(weighted.predict(X), classifier.predict(X))
    with pytest.raises(ValueError, match=r"can't hold back 10% of 6 samples.*validation_fraction"):
        clone(make).fit(X[:6], SIDE[:6])


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")  # a rate is far too small
def test_searches_run_in_processes_and_columns_are_transformed():
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    random = np.random.default_rng(0)
    table = pandas.DataFrame({"size": random.normal(50, 20, 120),
                              "colour": random.choice(["red", "green", "blue"], 120)})  # fmt: skip
    y = (table["size"] > 50) ^ (table["colour"] == "red")
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["size"]), ("words", OneHotEncoder(), ["colour"])]
    )
    network = NeuralNetworkClassifier((16,), epochs=40, random_state=0)
    pipeline = Pipeline([("columns", columns), ("network", network)])
    grid = {"network__learning_rate": [1e-6, 0.02], "network__activation": ["tanh", "relu"]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(table, y)
    assert search.best_params_["network__learning_rate"] == 0.02
    assert search.best_score_ > 0.9
    pipeline.fit(table, y, network__sample_weight=np.ones(120))
    assert pipeline.score(table, y) > 0.9


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
def test_optuna_chooses_what_to_try_as_in_the_documentation():
    optuna = pytest.importorskip("optuna", reason="Optuna is not installed: pip install optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    docs = Path(__file__).parents[2] / "docs" / "scaling.md"
    blocks = re.findall(r"```python\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    names = {"__name__": "example"}
    exec(next(block for block in blocks if "optuna" in block), names)
    assert names["study"].best_value > 0.8


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"early_stopping": 3}, "early_stopping.*True or False"),
        ({"early_stopping": True, "validation_fraction": 1.0}, "validation_fraction.*below 1"),
        ({"early_stopping": True, "n_iter_no_change": 0}, "n_iter_no_change.*from 1"),
        ({"early_stopping": True, "tol": -1.0}, "tol.*from 0"),
        ({"warm_start": "x"}, "warm_start.*True or False"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes.*from 1, got 0"),
        ({"activation": "relu6"}, "activation.*'relu' or .*got 'relu6'"),
        ({"optimizer": "lbfgs"}, r"'adam'.*got 'lbfgs'\. An instance such as SGD\(0\.1\)"),
        ({"optimizer": SGD}, "optimizer.*got <class"),
        ({"learning_rate": 0.0}, r"NeuralNetworkClassifier\(learning_rate\).*above 0"),
        ({"epochs": 0}, "epochs.*from 1"),
        ({"batch_size": 2.5}, "batch_size.*got 2.5"),
        ({"l2": -1.0}, "l2.*from 0"),
        ({"dropout": 1.0}, "dropout.*below 1"),
        ({"dtype": "int64"}, "float32 or float64"),
    ],
)
def test_wrong_parameters_say_what_is_expected(parameters, words):
    with pytest.raises(ValueError, match=words):
        NeuralNetworkClassifier(**parameters).fit(X, SIDE)


def test_wrong_data_say_what_is_expected():
    with pytest.raises(ValueError, match=r"'squared_error' or .*, got 'quantile'"):
        NeuralNetworkRegressor(loss="quantile").fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Unknown label type"):
        NeuralNetworkClassifier().fit(X, X[:, 0])
    with pytest.raises(NotFittedError):
        NeuralNetworkRegressor().predict(X)
    with pytest.raises(ValueError, match="expecting 3 features"):
        NeuralNetworkClassifier((2,), epochs=1).fit(X, SIDE).predict(X[:, :2])


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "nn.sklearn")
    with pytest.raises(ImportError, match=r'pip install "autograd-core\[sklearn\]"'):
        importlib.import_module("nn.sklearn")


@pytest.mark.parametrize("dtype", ["x", 3, True, "float16", "complex128"])
def test_a_type_that_is_none_of_ours_is_named(dtype):
    with pytest.raises(ValueError, match=r"\(dtype\) expects float32 or float64"):
        NeuralNetworkClassifier(dtype=dtype).fit(np.ones((4, 2)), [0, 1, 0, 1])


def test_sparse_samples_are_what_they_are_as_dense_ones():
    x = (np.random.default_rng(0).random((40, 6)) < 0.3).astype(float)
    y = x[:, 0] * 2 + x[:, 1]
    for kind in (NeuralNetworkClassifier, NeuralNetworkRegressor):
        made = [kind((4,), epochs=3, random_state=0) for _ in range(2)]
        fitted = [each.fit(given, y) for each, given in zip(made, (csr_array(x), x), strict=True)]
        np.testing.assert_array_equal(fitted[0].predict(csr_array(x)), fitted[1].predict(x))


def test_classes_count_as_asked_and_back_ends_give_the_same():
    x = np.random.default_rng(0).standard_normal((60, 2))
    y = np.where(np.arange(60) < 50, "many", "few")
    arguments = {"epochs": 3, "random_state": 0}
    by_hand = np.where(y == "many", 60 / 100, 60 / 20)
    twice = np.where(y == "few", 2.0, 1.0)

    def loss(weight=None, **more):
        return NeuralNetworkClassifier((4,), **arguments, **more).fit(x, y, weight).loss_

    assert loss(class_weight="balanced") == loss(by_hand)
    assert loss(by_hand, class_weight={"few": 2}) == loss(by_hand * twice)
    assert loss(backend="numpy") == loss(backend="eager")
    with pytest.raises(ValueError, match=r"can't tell from a part.*compute_class_weight"):
        NeuralNetworkClassifier(class_weight="balanced").partial_fit(x, y, np.unique(y))
