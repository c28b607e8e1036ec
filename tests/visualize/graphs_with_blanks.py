"""Graphs for exercises: a chain, a fork, matrices, a softmax."""

from __future__ import annotations

import numpy as np

from autograd_core import Node


def neuron():
    names = ("x1", "w1", "x2", "w2", "w3")
    values = (-1.0, 2.0, -2.0, -3.0, -3.0)
    x1, w1, x2, w2, w3 = (Node(v, name=n) for v, n in zip(values, names, strict=True))
    return 1 / (1 + np.exp(-(x1 * w1 + x2 * w2 + w3)))


def fork():
    x, y = Node(3.0, name="x"), Node(-2.0, name="y")
    q = x * y
    q.name = "q"
    return (q + x * x) + q * x


def matrix():
    X = Node(np.array([[0.3, -0.8, 1.2], [0.5, 0.4, -0.7]]), name="X")
    W = Node(np.array([[0.6, -0.2], [0.9, 1.1], [-0.4, 0.7]]), name="W")
    b = Node(np.array([0.5, -0.5]), name="b")
    return ((X @ W + b) ** 2).sum()


def softmax_loss():
    s = Node(np.array([0.5, -1.2, 0.8]), name="s")
    y = Node(np.array([0.0, 1.0, 0.0]), name="y", requires_grad=False)
    e = np.exp(s)
    return -np.sum(y * np.log(e / np.sum(e)))


GRAPHS = (neuron, fork, matrix, softmax_loss)
