"""A user's file under the name of one of the packages: it is said which hides which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_core
import nn
import visualize
from autograd_core.shadowing import PACKAGES, other_file


def python(folder, *words):
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(nn.__file__).parents[1])},
    )  # fmt: skip


def test_our_own_are_found():
    assert {package: other_file(package) for package in PACKAGES} == {"nn": None, "visualize": None}
    assert (autograd_core.__name__, visualize.__name__) == ("autograd_core", "visualize")


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_file_that_hides_a_package_is_named(package, as_folder, tmp_path):
    file = tmp_path / package / "__init__.py" if as_folder else tmp_path / f"{package}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("import autograd_core\n")
    done = python(tmp_path, "-c", "import autograd_core")
    assert done.returncode == 0
    assert f"{file} hides the package '{package}' of autograd-core" in done.stderr
    if not as_folder:  # it may be the very program that is run
        assert f"hides the package '{package}'" in python(tmp_path, file.name).stderr
    assert python(tmp_path, "-P", "-c", "import autograd_core, visualize, nn").stderr == ""


def test_pictures_need_our_networks(tmp_path):
    (tmp_path / "nn.py").write_text("")
    done = python(tmp_path, "-c", "import visualize")
    assert done.returncode == 1
    assert "ImportError: " in done.stderr.splitlines()[-1]
    assert "nn.py hides the package 'nn'" in done.stderr.splitlines()[-1]


def test_a_hidden_package_leaves_the_other_names_alone(tmp_path):
    (tmp_path / "other.py").write_text("")
    assert python(tmp_path, "-c", "import autograd_core, visualize").stderr == ""
