"""New sequences, one entry after the other, by a network that tells what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .calls import explains_arguments
from .checks import cut, instance, number, whole_number
from .network import NeuralNetwork

__all__ = ["generate"]


@explains_arguments
def generate(
    network: NeuralNetwork,
    start: Sequence[int] | npt.NDArray[np.integer],
    *,
    steps: int,
    stop: int | None = None,
    places: int | None = None,
    temperature: float = 1.0,
    generator: np.random.Generator | None = None,
) -> npt.NDArray[np.int64]:
    """Draw what comes next, again and again: each draw is read before the one after it.

    Parameters
    ----------
    network : NeuralNetwork
        Takes numbers of tokens, (samples, steps), and gives scores (or probabilities, behind a
        `SoftMax`) of the next one, behind each step or behind the last.
    start : sequence of int
        What stands before: one token at least, such as that for the start of a text.
    steps : int
        How many are drawn at most.
    stop : int, optional
        The token with which a sequence ends; it is not returned.
    places : int, optional
        How many of the last tokens the network reads at most, as the steps of a
        `PositionalEmbedding`; by default all.
    temperature : float, default 1
        What scores are divided by: below 1 the likely becomes likelier; 0 takes the likeliest.
    generator : numpy.random.Generator, optional
        Source of randomness; by default the network's own, `NeuralNetwork.sampling`.

    Returns
    -------
    ndarray of int64
        The new tokens.

    Raises
    ------
    ValueError
        If there is nothing to start from, or the network gives no scores.

    Examples
    --------
    >>> from nn import Embedding, FullyConnected, NeuralNetwork, TransformerBlock, generate
    >>> network = NeuralNetwork(
    ...     [Embedding(27, 8), TransformerBlock(8, 2, causal=True), FullyConnected(8, 27)]
    ... )
    >>> len(generate(network, [0], steps=5))
    5
    """
    owner = "generate"
    tokens = np.asarray(start)
    if tokens.ndim != 1 or not tokens.size or tokens.dtype.kind not in "iu":
        raise ValueError(
            f"{owner}(start) expects whole numbers in a row, one at least, got {cut(start)}. "
            "Write start=[0] for a text that begins with token 0"
        )
    steps = whole_number(owner, "steps", steps, least=0)
    stop = None if stop is None else whole_number(owner, "stop", stop, least=0)
    places = None if places is None else whole_number(owner, "places", places)
    temperature = number(owner, "temperature", temperature, least=0)
    random = network.sampling if generator is None else generator
    instance(owner, "generator", random, np.random.Generator, "np.random.default_rng(0)")
    drawn: list[int] = []
    read = [int(token) for token in tokens]
    while len(drawn) < steps:
        found = network.predict(np.array([read if places is None else read[-places:]]))
        if found.ndim not in (2, 3):
            raise ValueError(
                f"{owner}(network) expects scores of shape (samples, steps, tokens) or (samples, "
                f"tokens), got {found.shape}"
            )
        scores = found.reshape(-1, found.shape[-1])[-1].astype(np.float64)
        if network.layers[-1].applies_softmax:
            with np.errstate(divide="ignore"):
                scores = np.log(scores)
        token = _drawn(scores, temperature, random)
        if token == stop:
            break
        drawn.append(token)
        read.append(token)
    return np.array(drawn, np.int64)


def _drawn(scores: npt.NDArray[np.float64], temperature: float, random: np.random.Generator) -> int:
    """One of the tokens, by softmax(scores / temperature)."""
    largest = scores.max()
    if not temperature:
        return int(scores.argmax())
    shares = np.exp((scores - largest) / temperature)
    return int(random.choice(len(scores), p=shares / shares.sum()))
