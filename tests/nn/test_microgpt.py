"""A. Karpathy's microgpt on this engine: its model in scalars, in vectors, and as our layers.

The model is that of https://karpathy.github.io/2026/02/12/microgpt, step by step: one token at a
time, with the keys and values of those before it kept; RMS normalisation, no biases, relu(x)² (of
its first edition) between the linear maps, no tied weights. All words here are ours.
"""

from itertools import pairwise

import numpy as np
import pytest

from autograd_core import Node, no_grad, relu, softmax, softmax_cross_entropy
from nn import (
    Adam,
    Embedding,
    FullyConnected,
    Layer,
    NeuralNetwork,
    PositionalEmbedding,
    RMSNorm,
    SoftMaxCrossEntropyLoss,
    TransformerBlock,
)
from nn.data.text import load_names

TOKENS, PLACES, FEATURES, HEADS = 27, 8, 16, 4
END = 0
"""The token before the first letter and behind the last."""

NAMES = load_names()[::100]


def initial(seed=0, dtype=np.float64):
    """The weights, as arrays of (outputs, inputs)."""
    shapes = {
        "token": (TOKENS, FEATURES), "place": (PLACES, FEATURES),
        "query": (FEATURES, FEATURES), "key": (FEATURES, FEATURES),
        "value": (FEATURES, FEATURES), "out": (FEATURES, FEATURES),
        "expand": (4 * FEATURES, FEATURES), "contract": (FEATURES, 4 * FEATURES),
        "head": (TOKENS, FEATURES),
    }  # fmt: skip
    random = np.random.default_rng(seed)
    return {name: (0.08 * random.standard_normal(s)).astype(dtype) for name, s in shapes.items()}


def encoded(name):
    """Its letters as numbers from 1, with the end on both sides, cut to the places."""
    return [END, *(ord(letter) - ord("a") + 1 for letter in name), END][: PLACES + 1]


# --- every number a node --------------------------------------------------------------------------


class InScalars:
    """The model in numbers: lists of scalar nodes, sums of products."""

    def __init__(self, arrays):
        self.w = {name: [[Node(x) for x in row] for row in array] for name, array in arrays.items()}

    def parameters(self):
        """All numbers, one by one."""
        return {
            f"{name}.{i}.{j}": node
            for name, rows in self.w.items()
            for i, row in enumerate(rows)
            for j, node in enumerate(row)
        }

    def gradients(self):
        """As arrays; 0 where a number took no part."""
        return {
            name: np.array([[0.0 if x.grad is None else x.grad for x in row] for row in rows])
            for name, rows in self.w.items()
        }

    def scores(self, token, place, keys, values):
        """What may come next, as one score for each token."""
        x = [t + p for t, p in zip(self.w["token"][token], self.w["place"][place], strict=True)]
        x = rms_norm(x)
        before = x
        x = rms_norm(x)
        query = linear(x, self.w["query"])
        keys.append(linear(x, self.w["key"]))
        values.append(linear(x, self.w["value"]))
        size, together = FEATURES // HEADS, []
        for head in range(0, FEATURES, size):
            q = query[head : head + size]
            k = [key[head : head + size] for key in keys]
            v = [value[head : head + size] for value in values]
            weights = probabilities(
                [sum(a * b for a, b in zip(q, each, strict=True)) / size**0.5 for each in k]
            )
            together += [
                sum(weight * each[j] for weight, each in zip(weights, v, strict=True))
                for j in range(size)
            ]
        x = linear(together, self.w["out"])
        x = [a + b for a, b in zip(x, before, strict=True)]
        before = x
        x = linear(rms_norm(x), self.w["expand"])
        x = [a.relu() ** 2 for a in x]
        x = linear(x, self.w["contract"])
        x = [a + b for a, b in zip(x, before, strict=True)]
        return linear(x, self.w["head"])

    def loss(self, tokens):
        """The mean of -log p of each next token."""
        keys, values, losses = [], [], []
        for place, (token, following) in enumerate(pairwise(tokens)):
            p = probabilities(self.scores(token, place, keys, values))
            losses.append(-p[following].log())
        return (1 / len(losses)) * sum(losses)


def linear(x, w):
    return [sum(a * b for a, b in zip(row, x, strict=True)) for row in w]


def probabilities(scores):
    largest = max(score.item() for score in scores)
    exponentials = [(score - largest).exp() for score in scores]
    total = sum(exponentials)
    return [each / total for each in exponentials]


def rms_norm(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


# --- every vector a node --------------------------------------------------------------------------


class InVectors:
    """The same model, one token at a time, in vectors and matrices."""

    def __init__(self, arrays):
        self.w = {name: Node(array, name=name) for name, array in arrays.items()}

    def parameters(self):
        """The matrices."""
        return self.w

    def gradients(self):
        """As arrays."""
        return {name: node.grad for name, node in self.w.items()}

    def scores(self, token, place, keys, values):
        """What may come next, as a vector of scores."""
        w = self.w
        x = normalized(w["token"][token] + w["place"][place])
        asking = normalized(x)
        query = (w["query"] @ asking).reshape((HEADS, 1, -1))
        keys.append((w["key"] @ asking).reshape((HEADS, 1, -1)))
        values.append((w["value"] @ asking).reshape((HEADS, 1, -1)))
        k, v = np.concatenate(keys, axis=1), np.concatenate(values, axis=1)
        weights = softmax(query @ k.mT / (FEATURES // HEADS) ** 0.5)
        x = x + w["out"] @ (weights @ v).reshape((FEATURES,))
        x = x + w["contract"] @ relu(w["expand"] @ normalized(x)) ** 2
        return w["head"] @ x

    def loss(self, tokens):
        """The mean of -log p of each next token."""
        keys, values, scores = [], [], []
        for place, token in enumerate(tokens[:-1]):
            scores.append(self.scores(token, place, keys, values))
        return softmax_cross_entropy(np.stack(scores), np.array(tokens[1:])).mean()


def normalized(x):
    return x * ((x * x).mean() + 1e-5) ** -0.5


def test_scalars_and_vectors_are_the_same_model():
    losses, gradients = [], []
    for model in (InScalars(initial()), InVectors(initial())):
        loss = model.loss(encoded("anna"))
        loss.backward()
        losses.append(loss.item())
        gradients.append(model.gradients())
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    for name, found in gradients[0].items():
        np.testing.assert_allclose(found, gradients[1][name], rtol=1e-9, atol=1e-15, err_msg=name)


def trained(model, steps, rate=0.01):
    """The losses of single names, by Adam at a rate that falls to 0."""
    losses, adam = [], Adam(rate, 0.85, 0.99)
    for parameter in model.parameters().values():
        parameter.grad = np.zeros_like(parameter.value)
    for step in range(steps):
        loss = model.loss(encoded(NAMES[step % len(NAMES)]))
        loss.backward(keep_intermediate=False)
        adam.learning_rate = rate * (1 - step / steps)
        adam.step(model.parameters())
        for parameter in model.parameters().values():
            parameter.grad = np.zeros_like(parameter.value)  # some take no part in the next name
        losses.append(loss.item())
    return losses


def test_scalars_learn_as_vectors_do():
    found = trained(InScalars(initial()), 3)
    np.testing.assert_allclose(found, trained(InVectors(initial()), 3), rtol=1e-6)
    assert found[-1] < found[0]


def test_it_learns_names_and_makes_some():
    model = InVectors(initial(dtype=np.float32))
    losses = trained(model, 500)
    assert np.mean(losses[:5]) == pytest.approx(np.log(TOKENS), abs=0.1)
    assert np.mean(losses[-50:]) < of_pairs() - 0.2
    names = [sampled(model, np.random.default_rng(seed)) for seed in range(20)]
    assert len(set(names)) > 10
    assert any(name not in NAMES for name in names)


# --- the same as layers ---------------------------------------------------------------------------


class SquaredReLU(Layer):
    """max(0, x)²."""

    def apply(self, x):
        return relu(x) ** 2


def as_network(arrays):
    """The model in layers of ours, all steps at once."""
    block = TransformerBlock(
        FEATURES, HEADS, causal=True, norm="rms", bias=False, activation=SquaredReLU()
    )
    network = NeuralNetwork(
        [Embedding(TOKENS, FEATURES), PositionalEmbedding(PLACES, FEATURES), RMSNorm(FEATURES),
         block, FullyConnected(FEATURES, TOKENS, bias=False)],
        loss=SoftMaxCrossEntropyLoss("mean"), dtype=np.float64,
    )  # fmt: skip
    for name, node in named_as_in_microgpt(network).items():
        node.value = arrays[name] if name in ("token", "place") else arrays[name].T
    return network


def named_as_in_microgpt(network):
    embedding, positions, _, block, head = network.layers
    maps = {"query": block.attention.query, "key": block.attention.key,
            "value": block.attention.value, "out": block.attention.out,
            "expand": block.up, "contract": block.down, "head": head}  # fmt: skip
    nodes = {"token": embedding.weight, "place": positions.weight}
    return nodes | {name: layer.weight for name, layer in maps.items()}


def test_our_layers_are_the_same_model():
    tokens, model = encoded("charlott"), InVectors(initial())
    loss = model.loss(tokens)
    loss.backward()
    network = as_network(initial())
    prediction = network.forward(np.array([tokens[:-1]]))
    of_layers = network.loss(prediction, np.array([tokens[1:]]))
    assert of_layers.item() == pytest.approx(loss.item(), rel=1e-12)
    of_layers.backward()
    found = named_as_in_microgpt(network)
    for name, gradient in model.gradients().items():
        rows = gradient if name in ("token", "place") else gradient.T
        np.testing.assert_allclose(found[name].grad, rows, rtol=1e-9, atol=1e-14, err_msg=name)


def of_pairs():
    """The loss on these names of what knows how often a letter follows another in them."""
    counts = np.zeros((TOKENS, TOKENS))
    for name in NAMES:
        for pair in pairwise(encoded(name)):
            counts[pair] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return -np.sum(counts * np.log(np.where(counts, shares, 1))) / counts.sum()


def sampled(model, random, temperature=0.5):
    """A new name, letter by letter."""
    keys, values, token, name = [], [], END, ""
    with no_grad():
        for place in range(PLACES):
            scores = model.scores(token, place, keys, values)
            p = softmax(scores / temperature).value.astype(float)
            token = int(random.choice(TOKENS, p=p / p.sum()))
            if token == END:
                break
            name += chr(ord("a") + token - 1)
    return name
