"""How Sphinx builds the documentation: ``python -m sphinx -W docs docs/_build/html``.

The notebooks become the tutorial as they are committed, with their outputs.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]

import pages  # noqa: E402  # what is written from the code

import autograd_core  # noqa: E402

PROJECT = ("CONTRIBUTING", "ARCHITECTURE", "CHANGELOG")
"""Files at the top of the repository that are pages here, too."""

project = "autograd-core"
copyright = "the authors of autograd-core"
version = release = autograd_core.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "mathml",
]
exclude_patterns = ["_build", "_made/*.md"]
nb_execution_mode = "off"  # the outputs are committed, and CI compares them
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]
nitpicky = False

autodoc_typehints = "none"  # the docstrings say it in words
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "autograd-core"
html_extra_path = ["_made/live"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_depth": 2,
    "show_toc_level": 1,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_math_renderer = "mathml"


def setup(app: Any) -> None:
    """Take |x| in docstrings for the absolute value; for Sphinx bars mean something else."""
    app.connect("autodoc-process-docstring", pages.without_substitutions)
    app.connect("source-read", with_links_to_project_pages)


def with_links_to_project_pages(_app: Any, name: str, source: list[str]) -> None:
    """Let links to the files at the top of the repository lead to their copies here."""
    way = "" if name.startswith("project/") else "../project/"
    for file in PROJECT:
        pattern = rf"\]\((?:\.\./)*{file}\.md"
        source[0] = re.sub(pattern, f"]({way}{file.lower()}.md", source[0])


tutorial = DOCS / "tutorial"
shutil.rmtree(tutorial, ignore_errors=True)
tutorial.mkdir()
for path in [*(ROOT / "notebooks").glob("*.ipynb"), ROOT / "notebooks/SLIDES.md"]:
    shutil.copy(path, tutorial)
project_pages = DOCS / "project"
shutil.rmtree(project_pages, ignore_errors=True)
project_pages.mkdir()
for name in PROJECT:
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    (project_pages / f"{name.lower()}.md").write_text(text, encoding="utf-8")
pages.make(DOCS)
