"""`load_state_dict` of what PyTorch wrote: files, names with a prefix, transposed weights."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from nn import SGD, FullyConnected, ModelFileError, NeuralNetwork, ReLU

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((5, 3)).astype(np.float32)


def linear(outputs, inputs):
    """The parameters of a Linear(inputs, outputs) of PyTorch's."""
    weight = RANDOM.standard_normal((outputs, inputs)).astype(np.float32)
    return weight, RANDOM.standard_normal(outputs).astype(np.float32)


(W1, B1), (W2, B2) = linear(4, 3), linear(2, 4)
STATE = {"0.weight": W1, "0.bias": B1, "2.weight": W2, "2.bias": B2}
BY_HAND = np.maximum(X @ W1.T + B1, 0) @ W2.T + B2


def network(*sizes):
    n, m, k = sizes or (3, 4, 2)
    return NeuralNetwork([FullyConnected(n, m), ReLU(), FullyConnected(m, k)])


def prefixed(prefix, state=STATE):
    return {prefix + name: array for name, array in state.items()}


@pytest.mark.parametrize("prefix", ["", "net.", "module.model."])
def test_a_file_of_pytorch_predicts_as_by_hand(tmp_path, prefix):
    path = tmp_path / "torch.safetensors"
    save_file(prefixed(prefix), path)
    for state in (path, str(path), load_file(path)):
        ours = network()
        ours.load_state_dict(state, transposed=True)
        np.testing.assert_allclose(ours.predict(X), BY_HAND, rtol=1e-5, atol=1e-6)
    assert all(node.value.flags.c_contiguous for node in ours.parameters().values())
    ours.train_step(X, np.array([0, 1, 0, 1, 0]))  # what it holds can be trained on


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_floats_become_the_networks(tmp_path, dtype):
    path = tmp_path / "m.safetensors"
    save_file({name: array.astype(dtype) for name, array in STATE.items()}, path)
    ours = network()
    ours.load_state_dict(path, transposed=True)
    assert ours.parameters()["0.weight"].dtype == np.float32
    np.testing.assert_allclose(ours.predict(X), BY_HAND, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("as_file", [False, True])
def test_transposed_weights_are_explained(tmp_path, as_file):
    path = tmp_path / "m.safetensors"
    save_file(STATE, path)
    ours = network()
    before = ours.state_dict()
    words = (
        r"'0.weight' of shape \(4, 3\) instead of \(3, 4\).*PyTorch's Linear: "
        r"write load_state_dict\(state, transposed=True\)"
    )
    with pytest.raises(ValueError, match=words):
        ours.load_state_dict(path if as_file else STATE)
    assert all((array == before[name]).all() for name, array in ours.state_dict().items())


def test_ours_are_not_transposed():
    ours = network()
    with pytest.raises(ValueError, match=r"and so are these before.*: write load_state_dict\(st"):
        ours.load_state_dict(ours.state_dict(), transposed=True)


def test_other_shapes_are_not_called_transposed():
    with pytest.raises(ValueError, match=r"of shape \(4, 3\) instead of \(3, 5\)") as error:
        network(3, 5, 2).load_state_dict(STATE)
    assert "Linear" not in str(error.value)


def test_square_weights_of_a_file_from_elsewhere_are_never_guessed(tmp_path):
    path = tmp_path / "square.safetensors"
    square = dict.fromkeys(("0.bias", "2.bias"), STATE["0.bias"][:3])
    square |= {"0.weight": W1[:3], "2.weight": W2.T[:3, :1] + W1[:3]}
    save_file({name: np.ascontiguousarray(array) for name, array in square.items()}, path)
    ours = network(3, 3, 3)
    with pytest.raises(ValueError, match=r"can't tell how the square weights in 'square.safet"):
        ours.load_state_dict(path)
    ours.load_state_dict(path, transposed=True)
    np.testing.assert_array_equal(ours.parameters()["0.weight"].value, W1[:3].T)
    ours.load_state_dict(path, transposed=False)
    np.testing.assert_array_equal(ours.parameters()["0.weight"].value, W1[:3])


def test_square_weights_of_a_file_of_ours_are_known(tmp_path):
    ours, other = network(3, 3, 3), network(3, 3, 3)
    for node in ours.parameters().values():
        node.value = node.value + 1
    other.load_state_dict(ours.save(tmp_path / "m"))
    np.testing.assert_array_equal(other.predict(X), ours.predict(X))


def test_only_the_matrices_of_fully_connected_layers_are_turned():
    class Scaled(FullyConnected):
        """Has a square matrix of its own beside."""

        made_by_initialize = (*FullyConnected.made_by_initialize, "mixing")

        def initialize(self, generator, dtype):
            super().initialize(generator, dtype)
            self.mixing = type(self.weight)(np.eye(2, dtype=dtype))

        def parameters(self):
            return {**super().parameters(), "mixing": self.mixing}

    ours = NeuralNetwork([Scaled(2, 2)])
    state = {"0.weight": [[1, 2], [3, 4]], "0.bias": [0, 0], "0.mixing": [[1, 2], [3, 4]]}
    ours.load_state_dict(state, transposed=True)
    np.testing.assert_array_equal(ours.parameters()["0.weight"].value, [[1, 3], [2, 4]])
    np.testing.assert_array_equal(ours.parameters()["0.mixing"].value, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({**prefixed("net."), "head.weight": W1}, "missing '0.bias'.*unknown 'head.weight'"),
        ({name: STATE[name] for name in list(STATE)[1:]}, "missing '0.weight'$"),
        ({**STATE, "0.weight": W1.astype(complex)}, "'0.weight' of complex128"),
        (prefixed("x.", {f"{n}": B1 for n in range(50)}), "missing.* and 44 more"),
        ({"net.0.weight": W1, "0.weight": W1}, "missing '0.bias'.*unknown 'net.0.weight'"),
    ],
)
def test_what_does_not_fit_is_named(state, words):
    with pytest.raises(ValueError, match=words):
        network().load_state_dict(state, transposed=True)


def test_a_flag_is_a_flag():
    with pytest.raises((TypeError, ValueError), match=r"load_state_dict\(transposed\) expects"):
        network().load_state_dict(STATE, transposed="yes")


def test_a_damaged_file_and_none_at_all(tmp_path):
    path = tmp_path / "m.safetensors"
    save_file(STATE, path)
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    with pytest.raises(ModelFileError, match=r"m\.safetensors.*truncated"):
        network().load_state_dict(path)
    own = network().save(tmp_path / "own.safetensors")
    damaged = bytearray(own.read_bytes())
    damaged[-1] ^= 1
    own.write_bytes(damaged)
    with pytest.raises(ModelFileError, match="checksum"):
        network().load_state_dict(own)
    with pytest.raises(FileNotFoundError):
        network().load_state_dict(tmp_path / "none.safetensors")


def test_an_optimizer_goes_on_after_parameters_were_loaded():
    ours = NeuralNetwork(network().layers, optimizer=SGD(0.1, momentum=0.9))
    y = np.array([0, 1, 0, 1, 0])
    ours.train_step(X, y)
    ours.load_state_dict(STATE, transposed=True)
    before = ours.state_dict()
    ours.train_step(X, y)
    assert all((array != before[name]).any() for name, array in ours.state_dict().items())
