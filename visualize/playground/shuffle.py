"""The order of the samples: one generator, here and in the page, so that both take the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as counting
from itertools import islice

_WORD = 0xFFFFFFFF

MIXED = 15
"""The first numbers of neighbouring seeds are alike, and left out."""


def random_words(seed: int) -> Iterator[int]:
    """Return whole numbers of 32 bits, as shuffle.js takes them from the kernel's generator.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    References
    ----------
    C. Doty-Humphrey, "sfc32", in PractRand, 2010.

    Examples
    --------
    >>> next(random_words(0)), next(random_words(1))
    (1047107358, 2462231382)
    """
    a, b, c = 0, seed, 1
    for count in counting(1):
        found = a + b + count & _WORD
        a = b ^ b >> 9
        b = c + (c << 3) & _WORD
        c = (c << 21 | c >> 11) + found & _WORD
        if count > MIXED:
            yield found


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
    [[1, 3], [0, 4], [4, 1]]
    """
    words, order = random_words(seed), list(range(samples))
    while True:
        for last, word in zip(range(samples - 1, 0, -1), islice(words, samples - 1), strict=True):
            other = word * (last + 1) >> 32
            order[last], order[other] = order[other], order[last]
        for start in range(0, samples - size + 1, size):
            yield order[start : start + size]
