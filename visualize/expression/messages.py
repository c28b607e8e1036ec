"""What is wrong with an expression, in words, and what to write instead."""

from __future__ import annotations

MESSAGES = {
    "empty": "Write an expression, such as x*w + b",
    "long": "at most {most} letters, these are {count}",
    "many": "at most {most} operations",
    "deep": "brackets and signs stand in each other at most {most} deep",
    "letter": "{got} has no meaning here: expected numbers, names, + - * / ** and brackets",
    "caret": "^ is no power in Python: write ** instead, as in x**2",
    "matrix": "@ is for matrices, and these are single numbers: write * instead",
    "operand": "expected a number, a name or ( here, got {got}",
    "operand end": "something is missing behind {before}: expected a number, a name or (",
    "operator": "expected an operator such as + before {got}: write {before}*{got} for a product",
    "open": "this ) closes nothing: write ( before it, or leave it out",
    "close": "this ( is not closed: write ) where it ends",
    "comma": "expected an operator or ) here, got a comma: one bracket holds one number",
    "whole": "// has no gradient: write / instead",
    "compare": "{got} gives no number with a gradient: write maximum(a, b), relu(x) or abs(x)",
    "definition": "a result has only a name here: write {name} = ... without the brackets",
    "assign": "only a name stands before =, as in f = x*w",
    "taken": "{name} has a meaning already: write another name before =",
    "again": "{name} got its meaning in line {line}: write another name here",
    "before": "{name} is used above this line: write the line where it gets its meaning first",
    "number": "{got} is no number: write for example 1000, 0.5 or 1e-3",
    "complex": "{got} is complex, and these are real numbers",
    "unknown": "there is no function {name} here",
    "unknown near": "there is no function {name} here: do you mean {near}?",
    "no function": "{name} is a number here, no function: write {name}*(...) for a product",
    "no call": "{name} is a function: write {name}(x)",
    "one operand": "{name} takes one operand, as in {name}(x), got {count}",
    "two operands": "{name} takes two operands, as in {name}(x, y), got {count}",
    "no result": "these lines give names their numbers: write an expression below, such as f = x*w",
    "constant": "this is the number {value} whatever happens: write a name in it, such as x",
    "leaf alone": "{name} alone has no operation: write for example {name}**2",
}
"""By what the parser calls the mistake; it puts what it found in the place of names in braces."""
