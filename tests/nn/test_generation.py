"""New sequences: drawn one by one, each read before the next."""

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    RNN,
    Adam,
    Embedding,
    FullyConnected,
    Layer,
    NeuralNetwork,
    PositionalEmbedding,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    TransformerBlock,
    generate,
)


class Following(Layer):
    """Scores for the token behind each: the next number, by so much."""

    takes_indices = True

    def __init__(self, lead=50.0, tokens=5, last=False):
        self.lead, self.tokens, self.last = lead, tokens, last
        self.seen = []

    def as_indices(self, x):
        return np.asarray(x)

    def apply(self, x):
        x = np.asarray(x.value if type(x) is Node else x)
        self.seen.append(x.tolist())
        scores = self.lead * np.eye(self.tokens)[(x + 1) % self.tokens]
        return Node(scores[:, -1] if self.last else scores)


def following(**options):
    return NeuralNetwork([Following(**options)], dtype=np.float64)


@pytest.mark.parametrize("last", [False, True])
def test_each_draw_is_read_before_the_next(last):
    network = following(last=last)
    found = generate(network, [3], steps=6)
    assert found.tolist() == [4, 0, 1, 2, 3, 4]
    assert found.dtype == np.int64
    assert network.layers[0].seen[-1] == [[3, 4, 0, 1, 2, 3]]


def test_it_ends_before_the_stop():
    assert generate(following(), [1], steps=9, stop=4).tolist() == [2, 3]
    assert generate(following(), [3], steps=9, stop=4).tolist() == []
    assert generate(following(), [3], steps=0).tolist() == []


def test_no_more_than_the_last_places_are_read():
    network = following()
    generate(network, np.array([0, 1, 2, 3]), steps=3, places=2)
    assert network.layers[0].seen == [[[2, 3]], [[3, 4]], [[4, 0]]]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("behind", [[], [SoftMax()]], ids=["scores", "probabilities"])
def test_shares_are_those_of_softmax(temperature, behind):
    network = NeuralNetwork([Following(lead=2.0, tokens=3), *behind], dtype=np.float64)
    random = np.random.default_rng(0)
    found = [
        generate(network, [0], steps=1, temperature=temperature, generator=random)[0]
        for _ in range(2000)
    ]
    share = 1 / (1 + 2 * np.exp(-2.0 / temperature))
    assert np.mean(np.array(found) == 1) == pytest.approx(share, abs=0.03)


def test_at_temperature_0_the_likeliest_is_taken():
    assert generate(following(lead=1e-9), [0], steps=4, temperature=0).tolist() == [1, 2, 3, 4]


def test_one_seed_gives_one_sequence_and_the_network_has_its_own():
    network = following(lead=0.1)
    first, second = (
        generate(network, [0], steps=20, generator=np.random.default_rng(3)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    before = network.sampling.bit_generator.state
    assert generate(network, [0], steps=20).tolist() != generate(network, [0], steps=20).tolist()
    assert network.sampling.bit_generator.state != before


@pytest.mark.parametrize("middle", [
    [PositionalEmbedding(6, 8), TransformerBlock(8, 2, causal=True)],
    [RNN(8, 8, return_sequences=True)],
], ids=["transformer", "recurrent"])  # fmt: skip
def test_a_network_that_learned_to_count_counts(middle):
    network = NeuralNetwork(
        [Embedding(5, 8), *middle, FullyConnected(8, 5)],
        loss=SoftMaxCrossEntropyLoss("mean"), optimizer=Adam(0.01), seed=1,
    )  # fmt: skip
    x = (np.arange(6) + np.arange(5)[:, None]) % 5
    network.fit(x, (x + 1) % 5, epochs=100, batch_size=5, progress=False)
    found = generate(network, [2], steps=8, places=6, temperature=0)
    assert found.tolist() == [3, 4, 0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": []}, r"one at least, got \[\].*Write start=\[0\]"),
        ({"start": 0}, r"Write start=\[0\]"),
        ({"start": [0.5]}, "whole numbers"),
        ({"steps": -1}, "steps.*from 0"),
        ({"places": 0}, "places.*from 1"),
        ({"stop": "."}, "stop.*whole number"),
        ({"temperature": -1.0}, "temperature.*from 0"),
        ({"generator": 3}, r"generator such as np.random.default_rng\(0\)"),
    ],
)
def test_wrong_use_says_what_to_write(arguments, words):
    with pytest.raises((ValueError, TypeError), match=words):
        generate(following(), **({"start": [0], "steps": 3} | arguments))


def test_a_network_without_scores_is_refused():
    network = NeuralNetwork([Embedding(5, 8), FullyConnected(8, 4)])

    class Deep(Layer):
        def apply(self, x):
            return x[..., None]

    with pytest.raises(ValueError, match="expects scores of shape"):
        generate(NeuralNetwork([*network.layers, Deep()]), [0], steps=2)
