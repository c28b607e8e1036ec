"""What changed between a run and its resumption is refused by name, or said; nothing is spoilt."""

import numpy as np
import pytest

from nn import (
    SGD,
    Adam,
    CosineDecay,
    CrossEntropyLoss,
    Dropout,
    EarlyStopping,
    FullyConnected,
    LambdaCallback,
    ModelCheckpoint,
    ModelFileError,
    NeuralNetwork,
    ReLU,
    Tanh,
    TrainingWarning,
    load_dataset,
)
from nn.command_line.main import main
from nn.training.loop import fingerprint

DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:100], DIGITS.y_train[:100]


def network_of(optimizer=None, middle=ReLU, **parts):
    layers = [FullyConnected(64, 8), middle(), Dropout(0.2), FullyConnected(8, 10)]
    return NeuralNetwork(layers, optimizer=optimizer or SGD(0.1), **parts)


def fit(network, x=X, y=Y, epochs=2, batch_size=20, **options):
    return network.fit(x, y, epochs=epochs, batch_size=batch_size, progress=False, **options)


def everything(network):
    """All that the next batch depends on."""
    return {
        **network.state_dict(),
        **network.optimizer.state_dict(),
        "rate": network.optimizer.learning_rate,
        "losses": list(network.losses),
        "sampling": str(network.sampling.bit_generator.state),
        "random": str(network.layers[2].random_state()),
    }


REFUSED = {
    "rate": (lambda: network_of(SGD(0.5)), {}, r"SGD\(learning_rate\) expects 0.1.*got 0.5"),
    "schedule": (lambda: network_of(SGD(CosineDecay(0.1, 50))), {},
                 r"expects 0.1.*got CosineDecay\(learning_rate=0.1, updates=50"),
    "momentum": (lambda: network_of(SGD(0.1, momentum=0.9)), {}, "optimizer.momentum"),
    "clipping": (lambda: network_of(SGD(0.1, clip_norm=1.0)), {}, "optimizer.clip_norm"),
    "optimizer": (lambda: network_of(Adam(0.1)), {}, "optimizer"),
    "loss": (lambda: network_of(loss=CrossEntropyLoss()), {}, "loss"),
    "layer": (lambda: network_of(middle=Tanh), {}, r"layers\[1\].type"),
    "seed": (lambda: network_of(seed=1), {}, "seed: expected 1, found 0"),
    "dtype": (lambda: network_of(dtype=np.float64), {}, "dtype"),
    "batch_size": (network_of, {"batch_size": 25}, "batch_size: expected 25, found 20"),
    "epochs": (network_of, {"epochs": 1}, "finished 2 epochs.*epochs=1"),
    "fewer samples": (network_of, {"x": X[:99], "y": Y[:99]}, "samples"),
    "other samples": (network_of, {"x": X[::-1]}, "the samples and labels of the run"),
    "other labels": (network_of, {"y": Y[::-1]}, "the samples and labels of the run"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_run_began_with_can_not_change(name, tmp_path):
    fit(network_of(), checkpoint=tmp_path)
    make, options, words = REFUSED[name]
    network = make()
    before = everything(network)
    with pytest.raises(ModelFileError, match=words):
        fit(network, **{"epochs": 4} | options, resume=tmp_path)
    np.testing.assert_equal(everything(network), before)


def test_a_schedule_in_place_of_another_is_refused(tmp_path):
    fit(network_of(SGD(CosineDecay(0.1, 50))), checkpoint=tmp_path)
    for other in (SGD(CosineDecay(0.1, 60)), SGD(0.1)):
        with pytest.raises(ModelFileError, match=r"learning_rate\) expects CosineDecay"):
            fit(network_of(other), epochs=4, resume=tmp_path)
    assert len(fit(network_of(SGD(CosineDecay(0.1, 50))), epochs=4, resume=tmp_path)) == 4


def test_a_rate_that_was_set_by_hand_is_the_one_that_the_run_began_with(tmp_path):
    def at(rate):
        network = network_of()
        network.optimizer.learning_rate = rate
        return network

    fit(at(0.05), checkpoint=tmp_path)
    with pytest.raises(ModelFileError, match=r"expects 0.05.*got 0.1"):
        fit(network_of(), epochs=4, resume=tmp_path)
    assert fit(at(0.05), epochs=4, resume=tmp_path)["learning_rate"].tolist() == [0.05] * 4


def test_a_callback_sets_another_rate_as_the_message_says(tmp_path):
    fit(network_of(), checkpoint=tmp_path)
    slower = LambdaCallback(
        on_train_begin=lambda network, *_: setattr(network.optimizer, "learning_rate", 0.01)
    )
    history = fit(network_of(), epochs=4, resume=tmp_path, callbacks=[slower])
    assert history["learning_rate"].tolist() == [0.1, 0.1, 0.01, 0.01]


def test_a_figure_that_is_no_longer_followed_leaves_the_network_as_it_was(tmp_path):
    fit(network_of(), checkpoint=tmp_path, callbacks=[EarlyStopping("loss")])
    network = network_of()
    before = everything(network)
    with pytest.raises(ValueError, match=r"EarlyStopping\(monitor\) expects 'loss'"):
        fit(network, epochs=4, resume=tmp_path, callbacks=[EarlyStopping("accuracy")])
    np.testing.assert_equal(everything(network), before)


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ({"validation_data": (X, Y)}, {}, "other validation data, or none"),
        ({}, {"validation_data": (X, Y)}, "other validation data, or none"),
        ({"validation_data": (X, Y)}, {"validation_data": (X[:50], Y[:50])}, "other validation"),
        ({"callbacks": [EarlyStopping("loss")]}, {}, "had EarlyStopping among"),
        ({"callbacks": [ModelCheckpoint("{epoch}", "loss")]}, {}, "had ModelCheckpoint among"),
    ],
)
def test_what_may_change_is_said(first, then, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit(network_of(), checkpoint=tmp_path, **first)
    with pytest.warns(TrainingWarning, match=words):
        assert len(fit(network_of(), epochs=3, resume=tmp_path, **then)) == 3


def test_the_same_data_in_another_type_are_the_same(tmp_path):
    fit(network_of(), checkpoint=tmp_path)
    assert len(fit(network_of(), X.astype(np.float64), Y.astype(np.int16), 3, resume=tmp_path)) == 3
    assert fingerprint(X, Y, np.dtype(np.float32)) != fingerprint(X[::-1], Y, np.dtype(np.float32))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--set", "data=digits", "--set", "num_epochs=2", "--quiet"]) == 0
    return tmp_path / "runs" / "digits"


@pytest.mark.parametrize(
    ("line", "edited", "words"),
    [
        ("learning_rate = 0.05", "learning_rate = 0.5", "learning_rate"),
        ("hidden_size = 128", "hidden_size = 64", "configuration.toml in the run's folder"),
        ("seed = 0", "seed = 1", "seed"),
        ("batch_size = 32", "batch_size = 16", "batch_size"),
        ("validation_share = 0.0", "validation_share = 0.5", "configuration.toml in the run's"),
    ],
)
def test_an_edited_configuration_is_refused_and_not_rewritten(line, edited, words, run, capsys):
    path = run / "configuration.toml"
    key = line.split()[0]
    text = "\n".join(
        edited if each.split(" ")[0] == key else each for each in path.read_text().splitlines()
    )
    path.write_text(text + "  \n# edited\n")
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    code = main(["train", "--resume", str(run), "--set", "num_epochs=4", "--quiet"])
    assert code == 1
    assert words in capsys.readouterr().err
    now = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    assert {name: now[name] for name in before} == before


def test_a_resumed_run_keeps_its_new_configuration(run):
    assert main(["train", "--resume", str(run), "--set", "num_epochs=3", "--quiet"]) == 0
    assert "num_epochs = 3" in (run / "configuration.toml").read_text()
