"""Computes what the formulas of layers and losses say, as `nn.Formulas` explains the notation."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

import autograd_core

_TOKEN = re.compile(r"\s*(∂?[A-Za-zŷα-ω]+′?|[\d.]+|.)")
_FUNCTIONS = {
    "ln": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "σ": autograd_core.sigmoid,
    "√": np.sqrt,
}


class Quantity(NamedTuple):
    """A value, and whether it stands for a matrix: then a neighbour makes a matrix product."""

    value: Any
    matrix: bool


def right_side(formula: str, letters: dict[str, Any]) -> Any:
    """Return the value of a formula's right side.

    `letters` holds a value for each letter; that of the left side gives its shape alone.
    """
    name, _, text = formula.partition(" = ")
    return _Reader(text, letters, name).value()


class _Reader:
    """Reads one expression from the left, each method one level of precedence."""

    def __init__(self, text: str, letters: dict[str, Any], name: str) -> None:
        self.shape = np.shape(letters[name])
        self.name = name
        self.letters = letters
        for words in (", each sample in a row", " in another shape", " in the shape of X"):
            text, found, _ = text.partition(words)
            self.arranged = bool(found)
            if found:
                break
        self.tokens = [*_TOKEN.findall(text), ""]

    def value(self) -> Any:
        found = self.alternatives().value
        assert self.tokens == [""], f"left over: {self.tokens}"
        return np.reshape(found, self.shape) if self.arranged else found

    def next_is(self, *tokens: str) -> bool:
        return self.tokens[0] in tokens

    def take(self, *expected: str) -> str:
        token = self.tokens.pop(0)
        assert not expected or token in expected, f"expected {expected}, found {token!r}"
        return token

    def alternatives(self) -> Quantity:
        then = self.sum()
        if not self.next_is("where"):
            return then
        condition = self.condition()
        self.take(",")
        self.take("else")
        otherwise = self.sum()
        return Quantity(np.where(condition, then.value, otherwise.value), True)

    def condition(self) -> Any:
        self.take("where")
        left = self.sum().value
        compare = {">": np.greater, "≤": np.less_equal, "≥": np.greater_equal}[self.take()]
        return compare(left, self.sum().value)

    def sum(self) -> Quantity:
        sign = -1 if self.next_is("−") and self.take() else 1
        first = self.product()
        total, matrix = sign * first.value, first.matrix
        while self.next_is("+", "−"):
            sign = 1 if self.take() == "+" else -1
            term = self.product()
            total, matrix = total + sign * term.value, matrix or term.matrix
        return Quantity(total, matrix)

    def product(self) -> Quantity:
        result = self.factor()
        while not self.next_is("", "+", "−", ")", "]", "|", ",", "where", ">", "≤", "≥"):
            operator = self.take() if self.next_is("⊙", "/") else " "
            right = self.factor()
            matrix = result.matrix or right.matrix
            if operator == "/":
                result = Quantity(result.value / right.value, matrix)
            elif operator == " " and result.matrix and right.matrix:
                result = Quantity(result.value @ right.value, True)
            else:
                result = Quantity(result.value * right.value, matrix)
        return result

    def factor(self) -> Quantity:
        if self.next_is("Σ"):
            return self.summed()
        result = self.operand()
        while self.next_is("²", "³", "ᵀ"):
            power = {"²": 2, "³": 3, "ᵀ": None}[self.take()]
            value = result.value.T if power is None else result.value**power
            result = Quantity(value, result.matrix)
        return result

    def summed(self) -> Quantity:
        self.take("Σ")
        terms = self.product()
        value = terms.value
        if self.next_is("where"):
            value = np.where(self.condition(), value, 0.0)
        if not self.shape or self.shape == (1,):
            return Quantity(np.reshape(np.sum(value), self.shape), terms.matrix)
        over_samples = self.name.startswith("∂")
        axis: Any = -1
        if over_samples:  # and over places, where each channel has many
            axis = (0, *range(2, np.ndim(value) if len(self.shape) == 1 else 0))
        return Quantity(np.sum(value, axis=axis, keepdims=not over_samples), terms.matrix)

    def operand(self) -> Quantity:
        token = self.take()
        if token in ("(", "[", "|"):
            inner = self.alternatives()
            self.take({"(": ")", "[": "]", "|": "|"}[token])
            return Quantity(np.abs(inner.value), inner.matrix) if token == "|" else inner
        if token[0].isdigit():
            return Quantity(float(token), False)
        if token == "π":
            return Quantity(np.pi, False)
        given = self.letters.get(token)
        if given is not None and token != self.name and not callable(given):
            return Quantity(self.letters[token], token[0].isupper())
        function = given if callable(given) else _FUNCTIONS.get(token) or getattr(np, token, None)
        function = function or getattr(autograd_core, token, None)
        assert callable(function), f"what is {token!r}?"
        if not self.next_is("("):  # ln softmax(X)
            inner = self.factor()
            return Quantity(function(inner.value), inner.matrix)
        self.take("(")
        arguments = [self.alternatives()]
        while self.next_is(","):
            self.take()
            arguments.append(self.alternatives())
        self.take(")")
        matrix = any(argument.matrix for argument in arguments)
        return Quantity(function(*(argument.value for argument in arguments)), matrix)
