"""What the README shows must run."""

import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def run_blocks(tmp_path, monkeypatch, capsys):
    """Run the blocks in one namespace, as a reader would type them; give it and the output."""
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        exec(block, names)
    return names, capsys.readouterr().out.splitlines()


def test_code_of_the_readme_runs_and_gives_what_it_says(run_blocks, tmp_path):
    names, printed = run_blocks
    said = re.findall(
        r"^print\(.*\)  # ([^;\n]*)", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert printed == [line.strip() for line in said]
    assert {path.name for path in tmp_path.iterdir()} == {
        "neuron.svg", "digits.safetensors", "descent.html", "exercise.html", "sheet.pdf"
    }  # fmt: skip
    figures = names["network"].evaluate(names["data"].x_test, names["data"].y_test)
    assert figures["accuracy"] > 0.88


def test_results_in_comments_are_true():
    from autograd_core import grad, hessian, sigmoid

    text = README.read_text(encoding="utf-8")
    for call, names in (
        ("grad(sigmoid)(0.0)", {"grad": grad, "sigmoid": sigmoid}),
        ("grad(grad(lambda x: x**3))(2.0)", {"grad": grad}),
        ("hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))", {"hessian": hessian}),
    ):
        said = re.search(re.escape(call) + r"\s+# (.*)", text).group(1)
        np.testing.assert_allclose(eval(call, {"np": np, **names}), eval(said))


def test_the_two_commands_stand_alone():
    commands = re.findall(r"^pip install .*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands[:2] == [
        "pip install -e . && python -m nn train",
        'pip install -e ".[test]" && pytest',
    ]
