"""What the documentation takes from the code: live pages, and tables."""

from __future__ import annotations

from pathlib import Path


def make(folder: Path) -> None:
    """Write all of it."""
    live = folder / "live"
    live.mkdir(parents=True, exist_ok=True)
    _live_pages(live)


def _live_pages(folder: Path) -> None:
    from visualize import draw, lecture_example

    draw(lecture_example("sigmoid neuron"), live=True).save(folder / "sigmoid-neuron.html")
