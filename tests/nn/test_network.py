"""The network: training, evaluation, determinism, garbage, files."""

import gc
import json

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    ELU,
    SGD,
    Adam,
    BinaryCrossEntropy,
    Callback,
    Constant,
    CosineDecay,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    He,
    Layer,
    LeakyReLU,
    MeanSquaredError,
    ModelFileError,
    NeuralNetwork,
    ReLU,
    Reshape,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
    batches,
    load_dataset,
)


def small(seed=0, dtype=np.float32, **parts):
    parts.setdefault("loss", CrossEntropyLoss("mean"))
    layers = [FullyConnected(64, 16), ReLU(), FullyConnected(16, 10), SoftMax()]
    return NeuralNetwork(layers, seed=seed, dtype=dtype, **parts)


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


def fitted(network, digits, **options):
    options = {"epochs": 3, "batch_size": 32, "progress": False, **options}
    return network.fit(digits.x_train, digits.y_train, **options)


def test_fit_learns_the_digits(digits):
    network = small(optimizer=SGD(0.3))
    history = fitted(network, digits, epochs=30)
    assert len(history["loss"]) == 30
    assert history["loss"][-1] < 0.2 < history["loss"][0]
    assert network.evaluate(digits.x_test, digits.y_test)["accuracy"] > 0.9


def test_a_loop_by_hand_gives_the_same_network_as_train_step(digits):
    by_hand, by_step = small(), small()
    for x, y in batches(digits.x_train, digits.y_train, 32):
        loss = by_hand.loss(by_hand.forward(x), y)
        loss.backward()
        by_hand.optimizer.step(by_hand.parameters())
        assert by_step.train_step(x, y) == float(loss)
    for name, value in by_hand.state_dict().items():
        np.testing.assert_array_equal(value, by_step.state_dict()[name])


@pytest.mark.parametrize(("options", "shown"), [({}, True), ({"progress": False}, False)])
def test_fit_shows_a_bar_unless_told_otherwise(digits, capsys, options, shown):
    network = NeuralNetwork([FullyConnected(64, 10)])
    network.fit(digits.x_train[:8], digits.y_train[:8], epochs=1, batch_size=4, **options)
    assert ("epoch 1/1" in capsys.readouterr().err) == shown


def test_differentiate_is_a_train_step_without_its_update(digits):
    network, other = (NeuralNetwork([FullyConnected(64, 10)]) for _ in range(2))
    x, y = digits.x_train[:8], digits.y_train[:8]
    parameters = network.parameters()
    value, prediction, loss = network.differentiate(x, y, parameters)
    assert network.losses == [value] == [float(loss.value)]
    assert prediction.shape == (8, 10)
    network.optimizer.step(parameters)
    assert other.train_step(x, y) == value
    for name, parameter in other.parameters().items():
        np.testing.assert_array_equal(parameter.value, parameters[name].value)


def test_a_network_of_ones_own_may_differentiate_to_a_plain_tuple(digits):
    class Clipped(NeuralNetwork):
        def differentiate(self, x, y, parameters):
            value, prediction, loss = super().differentiate(x, y, parameters)
            for parameter in parameters.values():
                parameter.grad = np.clip(parameter.grad, -0.01, 0.01)
            return value, prediction, loss

    network = Clipped([FullyConnected(64, 10)], optimizer=SGD(1.0))
    before = network.state_dict()
    history = network.fit(
        digits.x_train[:8], digits.y_train[:8], epochs=1, batch_size=4, progress=False
    )
    assert history.iterations["loss"] == network.losses
    assert abs(network.state_dict()["0.weight"] - before["0.weight"]).max() <= 0.0201


def test_train_step_returns_the_loss_before_the_update(digits):
    network = small()
    x, y = digits.x_train[:8], digits.y_train[:8]
    before = network.evaluate(x, y)["loss"]
    assert network.train_step(x, y) == pytest.approx(before, rel=1e-6)
    assert network.train_step(x, y) < before


def test_the_same_seed_gives_the_same_bits(digits):
    first, second, other = small(1), small(1), small(2)
    histories = [fitted(network, digits) for network in (first, second, other)]
    assert histories[0].epochs == histories[1].epochs != histories[2].epochs
    assert histories[0].iterations == histories[1].iterations
    assert histories[0].iterations["loss"] == first.losses
    for name, value in first.state_dict().items():
        np.testing.assert_array_equal(value, second.state_dict()[name])


def test_progress_and_callbacks_change_nothing(digits, capsys):
    seen = []

    class Watch(Callback):
        def on_train_begin(self, network, epochs, batches_per_epoch):
            seen.append((epochs, batches_per_epoch))

        def on_batch_end(self, network, loss, accuracy):
            seen.append(loss)

        def on_epoch_end(self, network, history):
            assert history.epochs[-1]["epoch"] == len(history)

    plain = fitted(small(), digits)
    watched = fitted(small(), digits, progress=True, callbacks=[Watch()])
    assert watched.epochs == plain.epochs
    assert seen == [(3, 45), *plain.iterations["loss"]]
    assert "accuracy" in capsys.readouterr().err


@pytest.mark.parametrize("batch_size", [1, 100, 1437, 5000])
def test_every_sample_is_shown_once_an_epoch(batch_size, digits):
    x, y = digits.x_train[:250], digits.y_train[:250]
    history = small().fit(x, y, epochs=1, batch_size=batch_size, progress=False)
    assert len(history.iteration_loss) == -(-250 // batch_size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.1, momentum=0.9), Adam])
def test_dtype_is_kept_through_training(dtype, make, digits):
    network = small(dtype=dtype, optimizer=make())
    fitted(network, digits, epochs=1)
    assert {value.dtype for value in network.state_dict().values()} == {np.dtype(dtype)}
    assert network.predict(digits.x_test[:2].astype(np.float64)).dtype == dtype


def test_validation_data_is_evaluated_after_each_epoch(digits):
    network = small()
    history = fitted(network, digits, validation_data=(digits.x_test, digits.y_test))
    last = history.epochs[-1]
    figures = network.evaluate(digits.x_test, digits.y_test)
    assert (last["validation_loss"], last["validation_accuracy"]) == tuple(figures.values())


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_evaluate_is_the_loss_of_all_samples_at_once(reduction, digits):
    network = small(loss=CrossEntropyLoss(reduction), dtype=np.float64)
    at_once = float(network.loss(network.forward(digits.x_test), digits.y_test))
    found = network.evaluate(digits.x_test, digits.y_test, batch_size=7)
    assert found["loss"] == pytest.approx(at_once, rel=1e-12)
    right = network.predict(digits.x_test, batch_size=11).argmax(axis=1) == digits.y_test
    assert found["accuracy"] == right.mean()


def test_regression_has_no_accuracy():
    x = np.linspace(-1, 1, 50)[:, None]
    network = NeuralNetwork(
        [FullyConnected(1, 8), Tanh(), FullyConnected(8, 1)],
        loss=MeanSquaredError(),
        optimizer=Adam(0.05),
    )
    network.fit(x, x**2, epochs=60, batch_size=10, progress=False)
    figures = network.evaluate(x, x**2)
    assert figures.keys() == {"loss"}
    assert figures["loss"] < 0.01


def test_one_hot_labels_train_like_class_numbers(digits):
    one_hot = np.eye(10, dtype=np.float32)[digits.y_train]
    by_number, by_row = small(), small()
    first = fitted(by_number, digits)
    second = by_row.fit(digits.x_train, one_hot, epochs=3, batch_size=32, progress=False)
    assert first.epochs == second.epochs


def test_training_from_a_memory_map(digits, tmp_path):
    np.save(tmp_path / "x.npy", digits.x_train)
    network = small()
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    history = network.fit(mapped, digits.y_train, epochs=3, batch_size=32, progress=False)
    assert history.epochs == fitted(small(), digits).epochs


def test_a_training_step_leaves_no_cyclic_garbage(digits):
    network = small(loss=CrossEntropyLoss("mean"))
    x, y = digits.x_train[:32], digits.y_train[:32]
    network.train_step(x, y)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            network.train_step(x, y)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_predict_records_nothing(digits):
    network = small()
    output = network.predict(digits.x_test)
    assert type(output) is np.ndarray
    assert network.predict(digits.x_test[:0]).shape == (0, 10)


def test_forward_takes_a_node(digits):
    x = Node(digits.x_test[:2])
    small().forward(x).sum().backward()
    assert x.grad.shape == (2, 64)


# --- files ---------------------------------------------------------------------------------------


def test_a_saved_network_predicts_and_trains_alike(digits, tmp_path):
    network = NeuralNetwork(
        [Flatten(), FullyConnected(64, 8, weight_initializer=He("uniform")), LeakyReLU(0.2),
         FullyConnected(8, 8, bias=False), ELU(), FullyConnected(8, 10)],
        loss=SoftMaxCrossEntropyLoss("mean"), optimizer=SGD(0.05, momentum=0.9), seed=3,
    )  # fmt: skip
    fitted(network, digits, epochs=1)
    path = network.save(tmp_path / "model.safetensors")
    loaded = NeuralNetwork.load(path)
    assert repr(loaded) == repr(network)
    np.testing.assert_array_equal(loaded.predict(digits.x_test), network.predict(digits.x_test))
    assert np.isfinite(loaded.train_step(digits.x_train[:8], digits.y_train[:8]))


def test_fortran_ordered_parameters_are_saved_right(tmp_path):
    network = small()
    weight = network.parameters()["0.weight"]
    weight.value = np.asfortranarray(weight.value)
    loaded = NeuralNetwork.load(network.save(tmp_path / "m.safetensors"))
    np.testing.assert_array_equal(loaded.parameters()["0.weight"].value, weight.value)


def hostile(tmp_path, **changes):
    from safetensors.numpy import save_file

    network = small()
    header = changes.pop("header", {})
    description = {"format": 1, "configuration": {**network.configuration(), **changes}} | header
    path = tmp_path / "m.safetensors"
    save_file(
        network.state_dict(), path, metadata={"autograd-core network": json.dumps(description)}
    )
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": [{"type": "os.system"}]}, "expected a layer of type"),
        ({"layers": [{"type": "ReLU", "command": "rm"}]}, "expected arguments of ReLU"),
        ({"layers": "ReLU"}, "list of layers"),
        ({"layers": [{"type": "ReLU"}]}, "unknown '0.weight'"),
        ({"loss": 7}, "expected a loss"),
        ({"seed": "x"}, "seed"),
        ({"more": 1}, "expected a description"),
        ({"header": {"format": 2}}, "in format 1, found"),
    ],
)
def test_a_hostile_description_is_one_clear_error(changes, words, tmp_path):
    with pytest.raises(ModelFileError, match=rf"m\.safetensors: .*{words}"):
        NeuralNetwork.load(hostile(tmp_path, **changes))


def test_another_safetensors_file_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"w": np.ones(2)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match="description"):
        NeuralNetwork.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_damaged_file_is_one_clear_error(keep, tmp_path):
    path = small().save(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match="safetensors"):
        NeuralNetwork.load(path)


def test_a_missing_file_is_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        NeuralNetwork.load(tmp_path / "none")


def test_load_state_dict_names_all_that_differs():
    network = small()
    state = network.state_dict()
    del state["2.bias"]
    state["0.weight"] = np.ones((2, 2))
    state["more"] = np.ones(1)
    kept = network.state_dict()
    with pytest.raises(ValueError, match=r"'0.weight' of shape .*missing '2.bias', unknown 'more'"):
        network.load_state_dict(state)
    with pytest.raises(ValueError, match=r"got '2.bias' of complex64"):
        network.load_state_dict(kept | {"2.bias": kept["2.bias"] + 1j})
    np.testing.assert_array_equal(network.state_dict()["0.bias"], kept["0.bias"])


def test_summary_shows_shapes_and_counts():
    lines = small().summary().splitlines()
    assert lines[2].split() == ["FullyConnected(64,", "16)", "(16,)", "1,040"]
    assert lines[-1].split() == ["total", "1,210"]


TWO = np.ones((2, 64)), [1, 2]


def used(optimizer):
    small(optimizer=optimizer).train_step(*TWO)
    return optimizer


def test_an_optimizer_that_remembers_nothing_may_serve_two_networks():
    small(optimizer=used(SGD(0.1))).train_step(*TWO)


def test_an_optimizer_whose_state_was_loaded_serves_a_network():
    loaded = Adam()
    loaded.load_state_dict(used(Adam()).state_dict())
    small(optimizer=loaded).train_step(*TWO)
    assert loaded.updates == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: NeuralNetwork([]), "at least one layer"),
        (lambda: NeuralNetwork([ReLU]), r"Write ReLU\("),
        (lambda: NeuralNetwork([FullyConnected(2, 3), FullyConnected(4, 1)]), "expects 4.*give 3"),
        (lambda: NeuralNetwork([ReLU()], seed=-1), "seed"),
        (lambda: NeuralNetwork([ReLU()], dtype=np.int32), "float32 or float64"),
        (lambda: NeuralNetwork([ReLU()], loss=3), "Loss, got 3"),
        (lambda: small().fit(np.ones((3, 64)), [1, 2], epochs=1, batch_size=1), "one label per"),
        (lambda: small().fit(np.ones((0, 64)), [], epochs=1, batch_size=1), "at least one sample"),
        (lambda: small().fit(np.ones((1, 64)), [1], epochs=0, batch_size=1), "epochs"),
        (lambda: small().fit(np.ones((1, 64)), [1], epochs=1, batch_size=0), "batch_size"),
        (lambda: small().fit(np.ones((1, 64)), [1], epochs=1, batch_size=True), "batch_size"),
        (lambda: small().fit(*TWO, epochs=1, batch_size=1, validation_data=TWO[0]),
         r"validation_data=\(x, y\)"),
        (lambda: small().fit(*TWO, epochs=1, batch_size=1, validation_data=(TWO[0][:, :9], [1, 2])),
         "64.*Change in_features"),
        (lambda: small().fit(np.ma.masked_less(TWO[0], 2), [1, 2], epochs=1, batch_size=1),
         "masked array"),
        (lambda: small().evaluate(TWO[0], np.ma.masked_less([1, 2], 2)), "masked array"),
        (lambda: small().fit(TWO[0], ["a", "b"], epochs=1, batch_size=1), "np.unique"),
        (lambda: NeuralNetwork(3), "list of layers, or a model, got 3"),
        (lambda: small().train_step(np.ones((0, 64)), []), "at least one sample"),
        (lambda: small().train_step(TWO[0], [[1], [2]]), r"labels.astype\(int\).ravel\(\)"),
        (lambda: small(optimizer=used(Adam())), "after 1 updates of another network"),
        (lambda: small(optimizer=used(SGD(CosineDecay(0.1, 9)))), r"Make a new SGD\(...\)"),
        (lambda: small().predict("seven"), "numeric array"),
        (lambda: small().predict(np.ones((2, 8, 8))), "Flatten"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_parameters_are_named_as_in_the_lecture():
    assert [node.name for node in small().parameters().values()] == ["W1", "b1", "W2", "b2"]


def test_names_count_the_layers_with_weights():
    layers = [FullyConnected(4, 4), LeakyReLU(learned=True), Dropout(), FullyConnected(4, 2)]
    names = [node.name for node in NeuralNetwork(layers).parameters().values()]
    assert names == ["W1", "b1", "a1", "W2", "b2"]


def test_sizes_are_followed_through_reshaping():
    network = NeuralNetwork([FullyConnected(4, 6), Reshape((3, 2)), FullyConnected(2, 5)])
    assert network.predict(np.ones((7, 4))).shape == (7, 3, 5)


def test_a_layer_without_parameters_may_stand_twice_and_one_with_them_not():
    relu, layer = ReLU(), FullyConnected(4, 4)
    NeuralNetwork([FullyConnected(4, 4), relu, FullyConnected(4, 4), relu])
    with pytest.raises(ValueError, match="stands in the list twice"):
        NeuralNetwork([layer, relu, layer])


def test_yes_or_no_has_an_accuracy():
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    network = NeuralNetwork(
        [FullyConnected(1, 1, weight_initializer=Constant(1.0)), Sigmoid()],
        loss=BinaryCrossEntropy("mean"),
    )
    assert network.evaluate(x, [0, 1, 1, 1])["accuracy"] == 0.75


@pytest.mark.parametrize(
    "call",
    [
        lambda network, x, y: network.forward(x + 1j),
        lambda network, x, y: network.train_step(x + 1j, y),
        lambda network, x, y: network.train_step(x, y + 1j),
        lambda network, x, y: network.predict(x + 1j),
        lambda network, x, y: network.fit(x + 1j, y, epochs=1, batch_size=2),
        lambda network, x, y: network.fit(x, y + 1j, epochs=1, batch_size=2),
    ],
)
def test_complex_samples_and_labels_are_refused(call):
    network = NeuralNetwork([FullyConnected(3, 2)], loss=MeanSquaredError())
    with pytest.raises((TypeError, ValueError), match=r"real numbers|numeric|got complex"):
        call(network, np.ones((4, 3)), np.ones((4, 2)))


# --- the table of parameters ----------------------------------------------------------------------


def test_parameters_are_those_of_now():
    network = NeuralNetwork([FullyConnected(2, 3), ReLU(), FullyConnected(3, 2)])
    before = network.parameters()
    assert network.parameters() == before
    assert network.parameters() is not before  # a caller may change what it got
    before.clear()
    layer = network.layers[2]
    layer.weight = new = Node(np.ones((3, 2), np.float32))
    assert network.parameters()["2.weight"] is new
    layer.bias = None
    assert list(network.parameters()) == ["0.weight", "0.bias", "2.weight"]
    del layer.weight
    assert network.parameters()["2.weight"] is not new  # made anew
    network.layers = network.layers[:1]
    assert list(network.parameters()) == ["0.weight", "0.bias"]


def test_layers_from_elsewhere_say_their_parameters_each_time():
    class Growing(Layer):
        def __init__(self):
            self.nodes = [Node(np.ones(2, np.float32))]

        def parameters(self):
            return {str(place): node for place, node in enumerate(self.nodes)}

        def apply(self, x):
            return x * self.nodes[-1]

    network = NeuralNetwork([Growing()])
    assert list(network.parameters()) == ["0.0"]
    network.layers[0].nodes.append(Node(np.ones(2, np.float32)))
    assert list(network.parameters()) == ["0.0", "0.1"]


def test_axes_that_no_layer_names_may_be_flattened():
    layers = [FullyConnected(4, 8), ReLU(), Flatten(), FullyConnected(24, 2)]
    network = NeuralNetwork(layers)
    assert network.predict(np.ones((5, 3, 4))).shape == (5, 2)
    with pytest.raises(ValueError, match=r"layer 4, .* expects 3 inputs, .* give 2"):
        NeuralNetwork([*layers, FullyConnected(3, 2)])
