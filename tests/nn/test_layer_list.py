"""What a configuration may say of a network: a list of layers, names with arguments."""

import json
from pathlib import Path

import numpy as np
import pytest

import nn
from nn import (
    SGD,
    Adam,
    AdamW,
    CosineDecay,
    FocalLoss,
    He,
    Lion,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    StepDecay,
    Uniform,
    WarmUp,
    Xavier,
    load_dataset,
    write_idx,
)
from nn.command_line.configuration import ConfigurationError
from nn.command_line.layer_list import LayerListError, layers_from
from nn.command_line.main import main
from nn.command_line.named_parts import (
    initializer_from,
    loss_from,
    optimizer_from,
    schedule_from,
)
from nn.command_line.reading import read_configuration
from nn.command_line.runs import build_network, prepare


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def kinds(text, shape=(8, 8)):
    return [repr(layer) for layer in layers_from(text, shape, 3, He())]


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("", (4,), ["FullyConnected(4, 3)"]),
        ("fc 5 tanh", (4,), ["FullyConnected(4, 5)", "Tanh()", "FullyConnected(5, 3)"]),
        ("FC 5,\n ReLU", (4,), ["FullyConnected(4, 5)", "ReLU()", "FullyConnected(5, 3)"]),
        (
            "conv 2 3 relu pool 2",
            (8, 8),
            ["Reshape((1, 8, 8))", "Conv2D(1, 2, 3, padding='same')", "ReLU()", "MaxPool2D()",
             "Flatten()", "FullyConnected(32, 3)"],
        ),
        (
            "conv 2 5 2 avgpool 2 2 fc 6",
            (3, 9, 8),
            ["Reshape((3, 9, 8))", "Conv2D(3, 2, 5, stride=2, padding='same')",
             "AveragePool2D(stride=2)", "Flatten()", "FullyConnected(8, 6)",
             "FullyConnected(6, 3)"],
        ),
        (
            "pool 3 1 conv 4 2 globalpool dropout 0.25",
            (8, 8),
            ["Reshape((1, 8, 8))", "MaxPool2D(size=3, stride=1)", "Conv2D(1, 4, 2, padding='same')",
             "GlobalAveragePool()", "Dropout(rate=0.25)", "FullyConnected(4, 3)"],
        ),
        (
            "conv 4 1 batchnorm groupnorm 2 layernorm fc 5 rmsnorm batchnorm",
            (2, 4),
            ["Reshape((1, 2, 4))", "Conv2D(1, 4, 1, padding='same')", "BatchNorm(4)",
             "GroupNorm(2, 4)", "LayerNorm((4, 2, 4))", "Flatten()", "FullyConnected(32, 5)",
             "RMSNorm(5)", "BatchNorm(5)", "FullyConnected(5, 3)"],
        ),
        (
            "lstm 5 dropout 0.1 gru 4",
            (2, 4),
            ["Reshape((2, 4))", "LSTM(4, 5, return_sequences=True)", "Dropout(rate=0.1)",
             "GRU(5, 4)", "FullyConnected(4, 3)"],
        ),
        (
            "positions attention 2 transformer 2 9 layernorm",
            (2, 4),
            ["Reshape((2, 4))", "PositionalEmbedding(2, 4)", "MultiHeadAttention(4, heads=2)",
             "TransformerBlock(4, heads=2, hidden=9)", "LayerNorm(4)", "Flatten()",
             "FullyConnected(8, 3)"],
        ),
    ],
)  # fmt: skip
def test_a_list_is_these_layers(text, shape, expected):
    assert kinds(text, shape) == expected


def test_the_layers_fit_and_all_weights_start_as_asked():
    layers = layers_from("conv 4 3 relu pool 2 fc 5 relu", (8, 8), 3, Normal(std=0.5))
    network = NeuralNetwork(layers)
    assert network.predict(np.zeros((2, 64))).shape == (2, 3)
    for layer in layers:
        assert getattr(layer, "weight_initializer", None) in (None, layers[1].weight_initializer)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "conv 8 5 relu poool 2",
            r"word 5: expected a layer, found 'poool'; did you mean 'pool'\?",
        ),
        ("conv 8 5 relu poool 2", r"Known: conv CHANNELS KERNEL \[STRIDE\], pool SIZE"),
        ("5 fc", "word 1: expected a layer, found '5', behind which word"),
        ("fc", "word 1, 'fc': expects UNITS, such as 'fc 64', found 'fc'"),
        ("conv 8 relu", "word 1, 'conv': expects CHANNELS KERNEL.*found 'conv 8 relu'"),
        ("relu 3", "word 1, 'relu': expects no number"),
        ("fc 4 5 relu", "word 1, 'fc': expects UNITS.*found 'fc 4 5'"),
        ("fc 4 conv 8 3", "word 3, 'conv': conv is for images, and here samples are rows of 4"),
        ("fc 0", r"word 1, 'fc': FullyConnected\(out_features\)"),
        ("fc 2.5", r"word 1, 'fc': FullyConnected\(out_features\)"),
        ("relu dropout 2", r"word 2, 'dropout': Dropout\(rate\).*got 2"),
        ("pool 2 pool 2 pool 2 pool 2", "word 7, 'pool': MaxPool2D"),
        ("softmax", "word 1: SoftMax follows on its own"),
        ("Dense 5", "word 1: expected a layer, found 'Dense'; did you mean 'fc'"),
        ("relu " * 1001, "at most 1000 words"),
    ],
)
def test_a_wrong_word_is_named_with_its_place(text, words):
    with pytest.raises(LayerListError, match=words):
        kinds(text)


@pytest.mark.parametrize(
    ("text", "shape", "words"),
    [
        ("conv 8 3", (4,), "rows of 4"),
        ("rnn 8", (3, 8, 8), "rnn is for sequences, and here samples are rows of 192"),
        ("conv 8 3 gru 8", (8, 8), "gru is for sequences, and here samples are images"),
        ("rnn 8 batchnorm rnn 8", (8, 8), "here are sequences: layernorm"),
        ("embedding 8", (4,), "embedding is for texts, and here samples are rows of 4"),
    ],
)
def test_what_does_not_fit_there_is_refused(text, shape, words):
    with pytest.raises(LayerListError, match=words):
        kinds(text, shape)


def test_a_list_for_texts_keeps_the_steps_and_looks_back_only():
    layers = layers_from("embedding 8 rnn 6 transformer 2 fc 5 relu", (12,), 27, He(), texts=True)
    assert [repr(layer) for layer in layers] == [
        "Embedding(27, 8)", "RNN(8, 6, return_sequences=True)",
        "TransformerBlock(6, heads=2, causal=True)", "FullyConnected(6, 5)", "ReLU()",
        "FullyConnected(5, 27)",
    ]  # fmt: skip
    for text, words in {
        "": "begins with an embedding", "gru 8": "begins with an embedding",
        "embedding 8 embedding 8": "here samples are sequences", "embedding 8 flatten": "leave it",
    }.items():  # fmt: skip
        with pytest.raises(LayerListError, match=words):
            layers_from(text, (12,), 27, He(), texts=True)


# --- names with arguments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: initializer_from("he"), He()),
        (lambda: initializer_from("xavier uniform"), Xavier("uniform")),
        (lambda: initializer_from("normal std=0.1"), Normal(std=0.1)),
        (lambda: initializer_from("uniform -1 1"), Uniform(-1, 1)),
        (lambda: optimizer_from("sgd", 0.2), SGD(0.2)),
        (lambda: optimizer_from("sgd 0.9 nesterov=true", 0.2), SGD(0.2, 0.9, nesterov=True)),
        (lambda: optimizer_from("adam beta1=0.8 clip_norm=1", 0.2), Adam(0.2, 0.8, clip_norm=1)),
        (lambda: optimizer_from("adamw weight_decay=1e-3", 0.2), AdamW(0.2, weight_decay=1e-3)),
        (lambda: optimizer_from("lion", CosineDecay(0.2, epochs=3)),
         Lion(CosineDecay(0.2, epochs=3))),
        (lambda: loss_from("MSE", "sum"), MeanSquaredError("sum")),
        (lambda: loss_from("focal gamma=1", "mean", texts=True),
         FocalLoss(gamma=1, ignore_index=-1)),
        (lambda: schedule_from("", 0.2), 0.2),
        (lambda: schedule_from("step epochs=3", 0.2), StepDecay(0.2, epochs=3)),
        (lambda: schedule_from("step updates=9 factor=.5", 0.2), StepDecay(0.2, factor=0.5, updates=9)),  # noqa: E501
        (lambda: schedule_from("warmup epochs=1", 0.2), WarmUp(epochs=1, then=0.2)),
        (lambda: schedule_from("warmup 5 then cosine epochs=9 final=0.1", 0.2),
         WarmUp(5, CosineDecay(0.2, epochs=9, final=0.1))),
    ],
)  # fmt: skip
def test_names_and_arguments(made, expected):
    assert repr(made()) == repr(expected)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: initializer_from("hee"), "expects he or .*found 'hee'; did you mean 'he'"),
        (lambda: initializer_from("he wide"), r"He\(distribution\)"),
        (lambda: initializer_from("uniform"), "low"),
        (lambda: optimizer_from("adan", 0.1), "did you mean 'adam'"),
        (lambda: optimizer_from("adam momentum=0.9", 0.1), "adam knows beta1=.*found 'momentum"),
        (lambda: optimizer_from("sgd 0.9 momentum=0.8", 0.1), "found 'momentum=0.8'"),
        (lambda: optimizer_from("sgd learning_rate=1", 0.1), "g_rate=1'; learning_rate is a key"),
        (lambda: optimizer_from("sgd momentum=2", 0.1), r"SGD\(momentum\).*below 1, got 2"),
        (lambda: loss_from("cros_entropy", "mean"), "did you mean 'cross_entropy'"),
        (lambda: loss_from("hinge", "mean"), "expects cross_entropy or .*found 'hinge'"),
        (lambda: loss_from("mse", "mean", texts=True), "expects cross_entropy or .*found 'mean_sq"),
        (lambda: schedule_from("step", 0.1), r"epochs=\.\.\. or updates="),
        (lambda: schedule_from("cosine epochs=2 then step epochs=2", 0.1), "behind warmup alone"),
        (lambda: schedule_from("linear", 0.1), "expects step or cosine or warmup, found 'linear'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_name(made, words):
    with pytest.raises(ValueError, match=words):
        made()


# --- in configurations ----------------------------------------------------------------------------

TOML = """\
data = "digits"
layers = "conv 4 3 relu pool 2 fc 16 relu"
initializer = "xavier"
optimizer = "adam"
learning_rate = 0.01
schedule = "warmup epochs=1 then cosine epochs=2"
loss = "softmax_cross_entropy"
classes = 4
num_epochs = 2
"""


def test_a_run_is_the_network_that_was_written(capsys):
    Path("my.toml").write_text(TOML)
    assert main(["train", "my.toml", "--quiet", "--name", "one"]) == 0
    network = NeuralNetwork.load("runs/one/model.safetensors")
    assert repr(network.optimizer) == (
        "Adam(learning_rate=WarmUp(then=CosineDecay(0.01, epochs=2), epochs=1))"
    )
    assert repr(network.layers[-1]) == "FullyConnected(16, 4, weight_initializer=Xavier())"
    assert network.loss.applies_softmax
    written = read_configuration("runs/one/configuration.toml", [])
    assert written == read_configuration("my.toml", [])
    log = Path("runs/one/predictions.log").read_text()
    data = load_dataset("digits")
    assert log.count("Label") == (data.y_test < 4).sum()
    capsys.readouterr()
    digits = Path(nn.__file__).parent / "data" / "files" / "digits"
    assert main(["predict", "runs/one", str(digits / "t10k-images-idx3-ubyte.gz"), "--json"]) == 0
    for each in json.loads(capsys.readouterr().out)["predictions"]:
        assert 0.25 <= each["probability"] <= 1 and each["prediction"] < 4


def test_a_run_with_layers_goes_on(capsys):
    Path("my.toml").write_text(TOML)
    assert main(["train", "my.toml", "--quiet", "--name", "whole", "--set", "num_epochs=3"]) == 0
    assert main(["train", "my.toml", "--quiet", "--name", "parts"]) == 0
    assert main(["train", "--resume", "runs/parts", "--quiet", "--set", "num_epochs=3"]) == 0
    models = [Path("runs", name, "model.safetensors").read_bytes() for name in ("whole", "parts")]
    assert models[0] == models[1]


def test_a_run_about_texts(capsys):
    change = ["layers=embedding 4 gru 8", "validation_share=0.1", "optimizer=adam"]
    arguments = ["--set", "data=names", "--quiet", "--set", "learning_rate=0.01"]
    arguments += [part for each in change for part in ("--set", each)]
    assert main(["train", *arguments, "--set", "num_epochs=1", "--name", "parts"]) == 0
    capsys.readouterr()
    assert main(["train", "--resume", "runs/parts", "--set", "num_epochs=2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["loss"] < 2.6 and found["accuracy"] > 0.2
    data = load_dataset("names")
    log = Path("runs/parts/predictions.log").read_text().splitlines()
    labels = [int(line.rpartition("=")[2]) for line in log if "Label" in line]
    assert labels == data.y_test[data.y_test >= 0].tolist()
    Path("beginnings.txt").write_text("emm\n\nchristopherchristopher\n")
    assert main(["predict", "runs/parts", "beginnings.txt", "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)["predictions"]
    network = NeuralNetwork.load("runs/parts/model.safetensors")
    scores = network.predict(np.array([[0, 5, 13, 13]]))[0, -1]
    assert expected[0]["prediction"] == ".abcdefghijklmnopqrstuvwxyz"[scores.argmax()]
    assert len(expected) == 3 and main(["draw", "runs/parts"]) == 0
    assert main(["playground", "runs/parts"]) != 0
    assert "found one about texts" in capsys.readouterr().err
    Path("wrong.txt").write_text("emm\nÉmi\n", encoding="utf-8")
    assert main(["predict", "runs/parts", "wrong.txt"]) != 0
    assert "wrong.txt, line 2" in capsys.readouterr().err
    assert main(["train", "--set", "data=names", "--set", "classes=3"]) != 0
    assert "leave it out" in capsys.readouterr().err


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "cosine", "nll", "kl_div"])
def test_losses_of_numbers_tell_an_accuracy_too(loss, capsys):
    change = ["--set", "data=iris", "--set", f"loss={loss}", "--set", "num_epochs=3"]
    assert main(["train", *change, "--set", "learning_rate=0.5", "--json", "--name", "one"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["accuracy"] <= 1
    assert main(["evaluate", "runs/one", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == found["accuracy"]


def test_without_a_list_the_network_is_the_lectures():
    configuration = read_configuration(None, [])
    network = prepare(configuration).network
    assert repr(network.layers) == (
        "(FullyConnected(784, 128), ReLU(), FullyConnected(128, 10), SoftMax())"
    )
    assert repr(network.optimizer) == "SGD()"
    assert repr(network.loss) == "CrossEntropyLoss(reduction='mean')"


def test_all_that_is_wrong_is_told_with_its_line():
    lines = {
        "data": '"digits"', "layers": '"fc 3 rely"', "initializer": '"he x"', "optimizer": '"adan"',
        "schedule": '"step"', "loss": '"x"', "classes": "11", "hidden_size": "3",
    }  # fmt: skip
    Path("my.toml").write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
    with pytest.raises(ConfigurationError) as caught:
        read_configuration("my.toml", [])
    found = str(caught.value).splitlines()
    assert sorted(line.partition(": ")[0] for line in found) == [
        f"my.toml:{n}" for n in range(2, 9)
    ]
    assert "did you mean 'relu'" in str(caught.value)
    for change, meant in {"data=MNIST": "mnist", "lr=0.1": "learning_rate"}.items():
        with pytest.raises(ConfigurationError, match=f"did you mean '{meant}'"):
            read_configuration(None, [change])


def test_the_course_s_format_may_say_more():
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    labels = (np.arange(20) % 3).astype(np.uint8)
    write_idx("images", images), write_idx("labels", labels)
    text = """\
rel_path_train_images = images
rel_path_train_labels = labels
rel_path_test_images = images
rel_path_test_labels = labels
rel_path_log_file = log
num_epochs = 1
batch_size = 10
hidden_size = 5
learning_rate = 0.001
"""
    Path("lecture.config").write_text(text)
    lecture = read_configuration("lecture.config", [])
    assert lecture.to_text() == text
    assert repr(build_network(lecture).optimizer) == "SGD(learning_rate=0.001)"
    more = "layers = conv 2 3 relu pool 4\noptimizer = adam # faster\nclasses = 3\n"
    Path("more.config").write_text(text + more)
    assert main(["train", "more.config", "--quiet", "--name", "more"]) == 0
    network = NeuralNetwork.load("runs/more/model.safetensors")
    assert (repr(network.layers[-2]), type(network.optimizer)) == ("FullyConnected(98, 3)", Adam)
    assert network.loss.reduction == "sum"
    assert read_configuration("runs/more/configuration.config", []).classes == 3
    assert main(["train", "more.config", "--set", "classes=2", "--quiet"]) != 0


def test_the_prediction_log_is_public():
    assert nn.prediction_log([1], [0], 5).endswith("image 0: Prediction=1. Label=0\n")
