"""Reads the formulas that are shown, in plain text and in LaTeX, and computes what they say."""

from __future__ import annotations

import re

import numpy as np

import autograd_core as ac

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_][A-Za-z0-9_]*|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|.)")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_PRODUCTS = {
    "·": np.multiply,
    "⊙": np.multiply,
    "/": np.divide,
    "@": np.matmul,
    "⊗": np.multiply.outer,
}
_OTHER_NAMES = {"ln": "log", "σ": "sigmoid", "sigma": "sigmoid"}


def evaluated(text, values):
    """What a formula says, where `values` are those of its names; Σ sums over the last axis."""
    reader = _Reader(text, values)
    result = reader.choice()
    assert reader.next is None, f"{text!r}: nothing is expected at {reader.next!r}"
    return result


class _Reader:
    """Reads by precedence: choice, sum, product, sign, power, atom."""

    def __init__(self, text, values):
        self.tokens = iter([*_TOKEN.findall(text), None])
        self.values = values
        self.next = next(self.tokens)

    def take(self, *expected):
        token = self.next
        assert not expected or token in expected, f"{token!r} where {expected} is expected"
        self.next = next(self.tokens, None)
        return token

    def choice(self):
        first = self.sum()
        if self.next != "where":
            return first
        self.take()
        left = self.sum()
        compared = {">": np.greater, "<": np.less, "≥": np.greater_equal, "≤": np.less_equal}
        condition = compared[self.take(*compared)](left, self.sum())
        self.take(",")
        self.take("else")
        return np.where(condition, first, self.sum())

    def sum(self):
        result = self.product()
        while self.next in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            result = result + sign * self.product()
        return result

    def product(self):
        result = self.signed()
        while self.next in _PRODUCTS:
            result = _PRODUCTS[self.take()](result, self.signed())
        return result

    def signed(self):
        if self.next == "-":
            self.take()
            return -self.product()
        if self.next == "Σ":
            self.take()
            return np.sum(self.product(), axis=-1, keepdims=True)
        return self.power()

    def power(self):
        base = self.atom()
        while self.next is not None and (self.next in "^ᵀ" or self.next[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹"):
            token = self.take()
            if token == "ᵀ":
                base = base.mT
            else:
                base = base ** (
                    self.atom() if token == "^" else int(token.translate(_SUPERSCRIPTS))
                )
        return base

    def atom(self):
        token = self.take()
        if token == "(":
            inside = self.choice()
            self.take(")")
            return inside
        if token == "√":
            return np.sqrt(self.atom())
        if token[0].isdigit():
            return float(token)
        if self.next == "(":
            return self.call(token)
        return self.values[token]

    def call(self, name):
        arguments = []
        while self.take("(", ",", ")") != ")":
            arguments.append(self.choice())
            if self.next == ")":
                self.take()
                break
        if name == "softmax":
            return ac.softmax(*arguments, axis=-1)
        return getattr(ac, _OTHER_NAMES.get(name, name))(*arguments)


_FROM_LATEX = [
    (r"\\mathrm\{([^{}]*)\}", r"\1"),
    (r"\{([^{}]*)\}\^\{([^{}]*)\}", r"((\1)^(\2))"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"_\{([^{}]*)\}", r"\1"),
]


def from_latex(text):
    """The same formula in plain text, with brackets for what LaTeX shows by its layout."""
    for command, sign in ((r"\left(", "("), (r"\right)", ")"), (r"\cdot", "·"), (r"\odot", "⊙"),
                          (r"\sum", "Σ"), (r"^\top", "ᵀ"), (r"\otimes", "⊗"), (r"\_", "_"),
                          (r"{>}", ">"), (r"{<}", "<"), (r"\text{≥}", "≥"), (r"\text{σ}", "σ"),
                          ("\\ ", " ")):  # fmt: skip
        text = text.replace(command, sign)
    before = None
    while text != before:
        before = text
        for pattern, replacement in _FROM_LATEX:
            text = re.sub(pattern, replacement, text)
    return re.sub(r"\\(?=[a-z])", "", text)
