"""Another file under the name of one of our packages, which Python would import in its place."""

from __future__ import annotations

import sys
import warnings
from importlib.util import find_spec
from os.path import dirname, isfile, join, realpath  # pathlib takes longer to import

PACKAGES = ("nn", "visualize")
"""The packages beside this one; their names are common ones."""

_HERE = dirname(dirname(realpath(__file__)))  # noqa: PTH120


def other_file(package: str) -> str | None:
    """Return the file that `import package` finds instead of ours; None where it finds ours.

    Examples
    --------
    >>> other_file("nn") is None
    True
    """
    if not isfile(join(_HERE, package, "__init__.py")):  # noqa: PTH113, PTH118
        return None  # this package stands alone: nothing is hidden
    try:
        spec = find_spec(package)
    except ValueError:  # the module is there and says nothing of its origin
        spec = None
    found = spec.origin if spec is not None else getattr(sys.modules.get(package), "__file__", None)
    if found is None or dirname(realpath(found)) == join(_HERE, package):  # noqa: PTH118, PTH120
        return None
    return str(found)


def advice(package: str, found: str) -> str:
    """Say what is hidden by what, and what to do."""
    return (
        f"{found} hides the package {package!r} of autograd-core: import {package} gets that file. "
        "Rename it, or let Python leave out the working folder: python -P, or the environment "
        "variable PYTHONSAFEPATH=1"
    )


def warn_of_others() -> None:
    """Warn of every package that is hidden."""
    for package in PACKAGES:
        if (found := other_file(package)) is not None:
            warnings.warn(advice(package, found), UserWarning, stacklevel=3)


def require(package: str) -> None:
    """Raise if another file is imported in place of a package that is needed.

    Raises
    ------
    ImportError
        Says which file it is and what to do.
    """
    if (found := other_file(package)) is not None:
        raise ImportError(advice(package, found), name=package, path=found)
