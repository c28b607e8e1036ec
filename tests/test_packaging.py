"""What pyproject.toml promises is what is tested."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_lowest_versions_are_those_that_are_tested():
    promised = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    lowest = dict(re.match(r"([\w-]+)>=([\d.]+)", entry).groups() for entry in promised)
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if line and line[0] != "#")
    assert tested.keys() == lowest.keys()
    for name, version in tested.items():
        assert (version + ".0").startswith(lowest[name] + "."), name


def test_the_command_is_the_one_that_the_start_knows():
    from nn.starting import SCRIPT

    assert PROJECT["scripts"] == {SCRIPT: "nn.command_line.main:main"}


@pytest.mark.parametrize("package", ["autograd_core", "nn", "visualize"])
def test_nothing_imported_is_deprecated(package, tmp_path):
    # Each module, without what it imports when it is used; newer Pythons tell what they will lose.
    code = f"import pkgutil, importlib, {package}\n" + (
        f"for found in pkgutil.walk_packages({package}.__path__, '{package}.'):\n"
        "    if not found.name.endswith(('__main__', 'sklearn', '.widget')):\n"
        "        importlib.import_module(found.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
