"""What the documents show runs, and gives what they say.

The blocks of a page are typed in one session, in an empty folder. Behind an expression or a
``print`` its result may stand as a comment: ``grad(sigmoid)(0.0)  # 0.25``; what a block prints may
stand in a block ``text`` right below it. A block that can't run here, for it needs several
machines, is called ``py``.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import autograd_core

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("[!_]*/*.md"))]
DOCUMENTS = [*DOCUMENTS, *sorted((ROOT / "docs").glob("*.md"))]
MADE = ("tutorial", "project", "reference")  # by docs/conf.py
DOCUMENTS = [path for path in DOCUMENTS if path.parent.name not in MADE]
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)
RESULT = re.compile(r"""[-+(\[{'"]|\d|True\b|False\b|None\b|array\(|nan\b|inf\b""")
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
OPTIONAL = ("PIL", "dask", "jax", "optuna", "pandas", "scipy", "sklearn", "torch", "onnx")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def run(text, names):
    """Run a page's blocks; yield what each line gave, and what it says that it gives."""
    for block, shown in BLOCK.findall(text):
        lines, all_printed = block.splitlines(), ""
        for statement in ast.parse(block).body:
            printed, value = io.StringIO(), None
            with contextlib.redirect_stdout(printed):
                if isinstance(statement, ast.Expr):
                    expression = ast.Expression(statement.value)
                    value = eval(compile(expression, "<document>", "eval"), names)
                else:
                    exec(compile(ast.Module([statement], []), "<document>", "exec"), names)
            all_printed += printed.getvalue()
            said = lines[statement.end_lineno - 1].partition("  # ")[2].partition("; ")[0]
            if isinstance(statement, ast.Expr) and RESULT.match(said):
                yield (printed.getvalue() or repr(value)).strip(), said
            elif isinstance(statement, (ast.Try, ast.With)) and (
                inner := said_in(statement, lines)
            ):
                yield " ".join(printed.getvalue().split()), inner
        if shown:
            yield " ".join(all_printed.split()), " ".join(shown.split())


def said_in(statement, lines):
    """What the calls of print in a ``try`` or a ``with`` are said to print, together."""
    within = lines[statement.lineno - 1 : statement.end_lineno]
    said = [line.partition("  # ")[2] for line in within if line.strip().startswith("print(")]
    return " ".join(" ".join(said).split())


def with_the_readers_files(folder):
    """Files of the reader's own, which pages read."""
    (folder / "animals.csv").write_text("age,colour,kind\n3,red,cat\n5,blue,dog\n")
    (folder / "new-animals.csv").write_text("age,colour\n3,red\n")
    with contextlib.suppress(ModuleNotFoundError):
        from PIL import Image

        for name in ("rose/1.png", "rose/2.png", "tulip/1.png"):
            (path := folder / "flowers" / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(path)
    return folder


def agree(came, said):
    """Whether a result is what is said, to the digits that are said; ``...`` is anything."""
    came, said = map(plain, (came, said))
    pattern = ".*".join(re.escape(NUMBER.sub("#", part)) for part in said.split("..."))
    if "..." in said:
        return re.fullmatch(pattern.replace(r"\#", "#"), NUMBER.sub("#", came)) is not None
    if NUMBER.sub("#", came) != NUMBER.sub("#", said):
        return False
    pairs = zip(NUMBER.findall(came), NUMBER.findall(said), strict=True)
    return all(
        abs(float(a) - float(b)) <= 0.501 * 10.0 ** -len(b.partition(".")[2]) for a, b in pairs
    )


def plain(text):
    """A text without spaces, arrays' brackets and kinds of quotes."""
    text = re.sub(r"np\.(?:float|int|complex)\d+|array|, dtype=\w+|[\s()]", "", text)
    return re.sub(r"(\d)\.(?!\d)", r"\1", text.replace('"', "'"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_code_runs_and_gives_what_is_said(path, tmp_path, monkeypatch):
    monkeypatch.chdir(with_the_readers_files(tmp_path))
    plt.switch_backend("agg")
    try:
        pairs = list(run(path.read_text(encoding="utf-8"), {"__name__": "__document__"}))
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")
    finally:
        plt.close("all")
    assert [pair for pair in pairs if not agree(*pair)] == []


def test_the_readme_sets_up_by_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^pip install .*$", text, re.MULTILINE)[:2] == [
        "pip install -e . && python -m nn train",
        'pip install -e ".[test]" && pytest',
    ]


def test_one_version_everywhere():
    said = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert said[1] == autograd_core.__version__


def test_a_wrong_result_is_found():
    text = "```python\nx = 2.0\nx / 3  # 0.667\nprint(x)  # 3.0\nx  # a remark\nx * 4  # 8.1\n```\n"
    assert [agree(*pair) for pair in run(text, {})] == [True, False, False]
    text = "```python\ntry:\n    1 / 1\nexcept ArithmeticError:\n    print(2)  # 2\n```\n"
    assert [agree(*pair) for pair in run(text, {})] == [False]
    text = "```python\nfor i in 1, 2:\n    print(i)\n```\n\n```text\n1\n"
    assert [agree(*pair) for end in "23" for pair in run(f"{text}{end}\n```\n", {})] == [
        True,
        False,
    ]


@pytest.mark.parametrize("path", sorted({*DOCUMENTS, *ROOT.glob("*.md")}), ids=name_of)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        there = path if not file else (path.parent / file)
        if {"_made", *MADE} & set(there.parts):
            continue  # Sphinx says if it is missing
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.*)", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, target


def texts_of(tree):
    """All texts that code holds, with a mark where something is filled in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                part.value if isinstance(part, ast.Constant) else "..." for part in node.values
            )
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_warnings_are_quoted_as_they_are():
    quoted = re.findall(
        r"^\| `([^`]+)` \|", (ROOT / "docs/how-to/trouble.md").read_text(), re.MULTILINE
    )
    assert len(quoted) > 25
    code = [
        path.read_text("utf-8")
        for part in ("nn", "autograd_core")
        for path in (ROOT / part).rglob("*.py")
    ]
    said = "\n".join(text for each in code for text in texts_of(ast.parse(each)))
    for text in quoted:
        for part in text.split("..."):
            assert part.strip(" ,:") in said, (text, part)
