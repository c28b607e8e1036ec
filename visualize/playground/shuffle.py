"""The order of the samples: one generator, here and in the page, so that both take the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

_WORD = 0xFFFFFFFF


def random_words(seed: int) -> Iterator[int]:
    """Return whole numbers of 32 bits, as ``randomWords`` of shuffle.js does.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    References
    ----------
    G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software, 2003. The seed is spread over
    the bits first: neighbours would begin alike.

    Examples
    --------
    >>> next(random_words(0)), next(random_words(1))
    (1322448783, 3941939414)
    """
    x = ((seed ^ 0x9E3779B9) * 0x85EBCA6B) & _WORD
    x = (x ^ x >> 16) or 1
    while True:
        x ^= x << 13 & _WORD
        x ^= x >> 17
        x ^= x << 5 & _WORD
        yield x


def batches(samples: int, size: int, seed: int) -> Iterator[list[int]]:
    """Return the batches of a training without end, as indices.

    The samples are shuffled anew in each epoch. Those that fill no batch at its end are left out.

    Parameters
    ----------
    samples : int
        How many there are.
    size : int
        Of a batch, up to `samples`.
    seed : int
        From 0 to 2**32 - 1.

    Examples
    --------
    >>> found = batches(5, 2, seed=1)
    >>> [next(found) for _ in range(3)]
    [[1, 2], [0, 3], [4, 0]]
    """
    words, order = random_words(seed), list(range(samples))
    while True:
        for last, word in zip(range(samples - 1, 0, -1), islice(words, samples - 1), strict=True):
            other = word * (last + 1) >> 32
            order[last], order[other] = order[other], order[last]
        for start in range(0, samples - size + 1, size):
            yield order[start : start + size]
