"""Nothing is missing in the table, and the checks of it can fail."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest
from cases import MISSING, Case, joined
from table import TABLE

import autograd_core as ac
from autograd_core import EveryInput, Node, Operation, check_gradients, operations
from autograd_core.backpropagation import ancestors
from autograd_core.numpy_protocol import STAND_INS
from autograd_core.operation import REGISTRY
from autograd_core.operations import guards

MODULES = [
    importlib.import_module(f"{operations.__name__}.{found.name}")
    for found in pkgutil.iter_modules(operations.__path__)
]
ROWS = {  # the operations that the package itself defines, public or not
    value.name: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, Operation)
}

OPEN: dict[str, list[str]] = {}  # rows and stand-ins by the name that they have in their files
for module in MODULES:
    for name, value in vars(module).items():
        row = isinstance(value, Operation) and name == value.name
        stand_in = value in STAND_INS.values() and name == getattr(value, "__name__", None)
        if (row or stand_in) and not name.startswith("_") and not hasattr(guards, name):
            OPEN.setdefault(name, []).append(Path(module.__file__).name)


def _cases_by_row() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in TABLE:
        results = case.call(*case.nodes())
        for result in results if isinstance(results, (tuple, list)) else [results]:
            for node in ancestors(result) if type(result) is Node else ():
                if node.operation is not None and case not in found.get(node.operation.name, []):
                    found.setdefault(node.operation.name, []).append(case)
    return found


CASES_BY_ROW = _cases_by_row()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_operation_stands_in_the_table(name):
    assert REGISTRY[name] is ROWS[name]
    assert name in CASES_BY_ROW, f"add a case for {name} to tests/engine/table.py"


@pytest.mark.parametrize("name", sorted(OPEN))
def test_every_row_and_stand_in_is_public(name):
    files = " or ".join(OPEN[name])
    assert name in operations.__all__, (
        f'add "{name}" to the list __all__ at the top of {files}, and a new file to '
        "operations/__init__.py"
    )


@pytest.mark.parametrize("name", operations.__all__)
def test_every_public_function_stands_in_the_table(name):
    if name in MISSING:
        pytest.skip("the installed NumPy does not have it to compare with")
    assert name in {case.name for case in TABLE}, f"add a case for {name} to tests/engine/table.py"


def test_a_star_import_leaves_pythons_own_functions_alone():
    assert {"exp", "Node", "relu", "mean"} < set(ac.__all__)
    assert not {"sum", "max", "min", "all", "any", "round", "divmod"} & set(ac.__all__)


@pytest.mark.parametrize("name", operations.__all__)
def test_every_public_function_has_help(name):
    function = getattr(ac, name)
    assert len((function.__doc__ or "").strip()) > 20, f'say what {name} does: doc="..."'


def _scaled(rule):
    return rule and (lambda *arguments, **options: 1.001 * rule(*arguments, **options))


WITH_A_RULE = sorted(
    name
    for name, row in ROWS.items()
    if name in CASES_BY_ROW
    and (isinstance(row.rules, EveryInput) or any(rule is not None for rule in row.rules))
)


@pytest.mark.parametrize("name", WITH_A_RULE)
def test_a_rule_scaled_by_a_thousandth_fails_the_check(name, monkeypatch):
    row = ROWS[name]
    cases = [case for case in CASES_BY_ROW[name] if case.order]
    case = min(cases, key=lambda case: case.name != name)  # its own, if it has one
    function, inputs = case.on_wanted(case.arrays())
    check_gradients(function, *inputs, atol=1e-6)
    rules = row.rules
    scaled = (
        EveryInput(_scaled(rules.rule))
        if isinstance(rules, EveryInput)
        else tuple(_scaled(rule) for rule in rules)
    )
    monkeypatch.setattr(row, "rules", scaled)
    with pytest.raises(AssertionError, match="analytic"):
        check_gradients(function, *inputs, atol=1e-6)


@pytest.mark.parametrize(
    "name", [name for name in WITH_A_RULE if not isinstance(ROWS[name].rules, EveryInput)]
)
def test_each_rule_alone_is_checked(name, monkeypatch):
    row = ROWS[name]
    for position, rule in enumerate(row.rules):
        if rule is None:
            continue
        rules = list(row.rules)
        rules[position] = _scaled(rule)
        monkeypatch.setattr(row, "rules", tuple(rules))
        failed = False
        for case in CASES_BY_ROW[name]:
            if not case.order:
                continue
            function, inputs = case.on_wanted(case.arrays())
            try:
                check_gradients(function, *inputs, atol=1e-6)
            except AssertionError:
                failed = True
                break
        monkeypatch.undo()
        assert failed, f"no case of the table feels rule {position} of {name}"


# --- an operation of a user's own passes the same tests ----------------------------------------


@pytest.fixture
def cube():
    def forward(x, factor=1.0):
        return factor * x * x * x

    yield Operation(
        "cube",
        forward,
        rules=(lambda g, out, x, factor: g * (3.0 * factor) * x * x,),
        elementwise=True,
    )
    del REGISTRY["cube"]


def test_a_users_operation_passes_the_generated_tests(cube):
    import test_operations as generated

    case = Case("cube", lambda x: cube(x, factor=2.0), lambda x: 2.0 * x**3, elementwise=True)
    generated.test_value_is_numpys(case)
    generated.test_result_is_a_node_where_an_input_is(case)
    generated.test_dtype_of_the_value_is_numpys(case)
    for order in (1, 2):
        generated.test_gradient_is_the_difference_quotient(case, order)
    generated.test_gradient_has_shape_dtype_and_memory_of_its_own(case)
    generated.test_rules_keep_float32(case)
    generated.test_nothing_is_mutated(case)
    for layout in (generated.strided, generated.fortran, generated.read_only):
        generated.test_memory_layout_does_not_matter(case, layout)
    generated.test_recorded_backward_gives_the_same_gradients(case)
    generated.test_elementwise_on_small_and_empty_shapes(case, (0, 3))
    generated.test_elementwise_on_python_numbers(case)


def test_a_users_operation_of_any_number_of_inputs():
    total = Operation(
        "test_total",
        lambda *numbers, weight=1.0: weight * sum(numbers),
        EveryInput(lambda position, g, out, *numbers, weight: weight * g),
    )
    try:
        x, y = Node(1.0), Node([2.0, 3.0])
        out = total(x, y, 4.0, weight=2.0)
        np.testing.assert_array_equal(out.value, [14.0, 16.0])
        out.sum().backward()
        assert x.grad == 4.0
        np.testing.assert_array_equal(y.grad, [2.0, 2.0])
        total(x, y).sum().backward()  # two inputs, no options given
        assert x.grad == 2.0
        check_gradients(lambda *x: total(*x, weight=3.0), 1.0, np.ones(2), 2.0, order=2)
    finally:
        del REGISTRY["test_total"]


def test_joined_weighs_all_results():
    assert joined((np.ones(2), np.ones(1))) == 1.0 + np.cos(1.0) + np.cos(1.0)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "abs", "tanh", "sigmoid", "relu"])
def test_functions_of_entries_are_methods_too(name):
    x = Node([0.5, 2.0])
    found = getattr(x, name)()
    expected = getattr(ac, "absolute" if name == "abs" else name)(x)
    assert found.operation is expected.operation
    np.testing.assert_array_equal(found.value, expected.value)
