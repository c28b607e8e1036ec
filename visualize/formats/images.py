"""Pictures through matplotlib, in its vectors and pixels: PNG, PDF with a page per step, GIF."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layout.sheet import Shape, colour_of, segments
from ..lettering import SMALL, Run, placed
from ..style import Theme
from .timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

MOST_PIXELS = 24_000_000
LONGEST_SIDE = 30_000
"""What a PNG may take; viewers refuse large ones."""

LARGEST_PAGE = 14_000.0
"""Points of the longer side of a page; viewers refuse more than 14,400."""

MOST_IN_A_GIF = 100
"""Of more steps, several go into one frame."""

WIDEST_GIF = 1400
"""Pixels of the longer side of a GIF; all its frames are in memory at once."""

_FALLBACKS = (
    "Arial", "Liberation Sans", "Nimbus Sans", "DejaVu Sans", "Noto Sans CJK JP",
    "Noto Sans CJK SC", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "Noto Emoji",
)  # fmt: skip


def resolution(width: float, height: float, most_pixels: int) -> int:
    """Return the dots per inch of a PNG of so many points: twice those of a screen, or fewer."""
    area = width * height / 72**2
    longest = max(width, height) / 72
    return max(1, min(192, math.floor(min(math.sqrt(most_pixels / area), LONGEST_SIDE / longest))))


def png_of(timeline: Timeline, step: int) -> bytes:
    """Return the picture of a step as a PNG."""
    with _quiet():
        canvas = _Canvas(timeline, [step])
        canvas.show(step)
        return canvas.saved("png", resolution(timeline.width, timeline.height, MOST_PIXELS))


def pngs_of(timeline: Timeline) -> list[bytes]:
    """Return the pictures of all steps as PNGs, all of one size."""
    dpi = resolution(timeline.width, timeline.height, MOST_PIXELS)
    steps = range(len(timeline.steps))
    made = []
    with _quiet():
        canvas = _Canvas(timeline, steps)
        for step in steps:
            canvas.show(step)
            made.append(canvas.saved("png", dpi))
    return made


def pdf_of(timeline: Timeline, steps: Sequence[int]) -> bytes:
    """Return a PDF with one page for each of the steps, in vectors."""
    from matplotlib.backends.backend_pdf import PdfPages

    timeline = timeline.at_most(LARGEST_PAGE)
    file = io.BytesIO()
    with _quiet(), PdfPages(file, metadata={"CreationDate": None}) as pdf:
        canvas = _Canvas(timeline, steps)
        for step in steps:
            canvas.show(step)
            pdf.savefig(canvas.figure, **canvas.ground)
    return file.getvalue()


def gif_of(timeline: Timeline, seconds: float) -> bytes:
    """Return a GIF that loops through the steps, the last of which stays three times as long."""
    from PIL import Image

    dpi = max(1, min(144, math.floor(WIDEST_GIF * 72 / max(timeline.width, timeline.height))))
    steps = range(len(timeline.steps))
    with _quiet():
        canvas = _Canvas(timeline, steps)
        images = [
            Image.fromarray(pixels).convert("RGB").quantize(64, dither=Image.Dither.NONE)
            for pixels in canvas.film(steps, dpi)
        ]
    file = io.BytesIO()
    each = round(1000 * seconds)
    images[0].save(
        file, "GIF", save_all=True, append_images=images[1:], loop=0,
        duration=[each] * (len(images) - 1) + [3 * each], optimize=False,
    )  # fmt: skip
    return file.getvalue()


class _Canvas:
    """All shapes drawn once; a step shows some of them and hides the others."""

    def __init__(self, timeline: Timeline, steps: Sequence[int]) -> None:
        from matplotlib.figure import Figure

        self.theme = timeline.theme
        ground = self.theme.background
        self.ground: dict[str, Any] = {"facecolor": "none" if ground == "transparent" else ground}
        self.figure: Figure = Figure(figsize=(timeline.width / 72, timeline.height / 72))
        axes = self.figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, timeline.width), ylim=(timeline.height, 0))
        axes.axis("off")
        families = _families(self.theme)
        self.artists = []
        for order, timed in enumerate(timeline.shapes):
            if any(timed.there(step) for step in steps):
                for artist in _artists(timed.shape, self.theme, families):
                    artist.set(zorder=order, clip_on=False, snap=False)
                    axes.add_artist(artist)
                    self.artists.append((timed, artist))

    def show(self, step: int) -> None:
        """Show what is there in a step, hide the rest."""
        for timed, artist in self.artists:
            artist.set_visible(timed.there(step))

    def saved(self, format: str, dpi: int) -> bytes:
        """The figure as a file."""
        self._keep_letters_drawable(dpi)
        file = io.BytesIO()
        self.figure.savefig(file, format=format, dpi=dpi, **self.ground)
        return file.getvalue()

    def _keep_letters_drawable(self, dpi: int) -> None:
        """Letters of less than a pixel, on a sheet made small, are an error to the font library."""
        smallest = 72 / dpi
        for timed, artist in self.artists:
            if timed.shape.kind == "text" and timed.shape.size < smallest:
                artist.set(fontsize=smallest)

    def film(self, steps: Sequence[int], dpi: int) -> Iterator[np.ndarray[Any, Any]]:
        """The steps as images, on white where the theme has no ground.

        What stays is drawn once, onto what is there already.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self._keep_letters_drawable(dpi)
        ground = self.theme.background
        self.figure.set(dpi=dpi, facecolor="white" if ground == "transparent" else ground)
        canvas: Any = FigureCanvasAgg(self.figure)
        for _, artist in self.artists:
            artist.set_visible(False)
        canvas.draw()
        for _, artist in self.artists:
            artist.set_visible(True)
        so_far = canvas.copy_from_bbox(self.figure.bbox)
        before = -1
        for step in steps:
            canvas.restore_region(so_far)
            for timed, artist in self.artists:
                if timed.last is None and before < timed.first <= step:
                    self.figure.draw_artist(artist)
            so_far = canvas.copy_from_bbox(self.figure.bbox)
            before = step
            for timed, artist in self.artists:
                if timed.last is not None and timed.there(step):
                    self.figure.draw_artist(artist)
            yield np.array(canvas.buffer_rgba())


@contextmanager
def _quiet() -> Iterator[None]:
    """Letters that no font here has are drawn as boxes; fonts go into a PDF as they are."""
    import matplotlib

    with (
        matplotlib.rc_context({"pdf.fonttype": 42, "savefig.bbox": None}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message=r".*[Gg]lyph")
        yield


def _families(theme: Theme) -> list[str]:
    """The fonts to look for a letter in, of those that are on this machine."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    wanted = [name.strip() for name in theme.font.split(",")]
    return [name for name in (*wanted, *_FALLBACKS) if name in installed]


def _artists(shape: Shape, theme: Theme, families: list[str]) -> list[Artist]:
    from matplotlib.patches import Ellipse, FancyBboxPatch, PathPatch

    if shape.kind == "text":
        return _letters(shape, colour_of(shape.fill, theme), families)
    look: dict[str, Any] = {
        "facecolor": colour_of(shape.fill, theme),
        "edgecolor": colour_of(shape.stroke, theme),
        "linewidth": shape.width if shape.stroke else 0,
        "linestyle": (0, (5, 3)) if shape.dashed else "-",
        "alpha": shape.opacity if shape.opacity < 1 else None,
        "joinstyle": "round",
        "capstyle": "butt",
    }
    if shape.kind == "ellipse":
        centre, (rx, ry) = shape.points
        return [Ellipse(centre, 2 * rx, 2 * ry, **look)]
    if shape.kind == "rectangle":
        (x, y), (a, b) = shape.points
        radius = shape.radius
        style = f"round,pad=0,rounding_size={radius:g}" if radius else "square,pad=0"
        return [FancyBboxPatch((x, y), a - x, b - y, boxstyle=style, **look)]
    return [PathPatch(_path(shape), **look)]


def _path(shape: Shape) -> Any:
    from matplotlib.path import Path

    codes = {"M": Path.MOVETO, "L": Path.LINETO, "Q": Path.CURVE3, "C": Path.CURVE4}
    points: list[tuple[float, float]] = []
    kinds: list[Any] = []
    for command, at in segments(shape):
        points += at or [points[0]]
        kinds += [codes[command]] * len(at) if at else [Path.CLOSEPOLY]
    return Path(points, kinds)


def _letters(shape: Shape, colour: str, families: list[str]) -> list[Artist]:
    """A text for each run; where there are several, each stands where the one before ends."""
    from matplotlib.text import Text

    ((x, y),) = shape.points
    look: dict[str, Any] = {"color": colour, "fontfamily": families, "parse_math": False,
                            "va": "baseline"}  # fmt: skip
    if len(shape.runs) == 1:
        anchor = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
        return [Text(x, y, shape.text, fontsize=shape.size, ha=anchor, **look)]
    widths = [_width(run, shape.size, tuple(families)) for run in shape.runs]
    starts, whole = _starts(shape.runs, widths)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * whole
    return [
        Text(left + start, y - rise, run.text, fontsize=own, ha="left", **look)
        for start, (run, _, rise, own) in zip(starts, placed(shape.runs, shape.size), strict=True)
    ]


def _starts(runs: Sequence[Run], widths: Sequence[float]) -> tuple[list[float], float]:
    """Where each run starts, a superscript above its subscript, and where the last ends."""
    starts: list[float] = []
    end = before = 0.0
    last = 0
    for run, wide in zip(runs, widths, strict=True):
        start = before if run.level and run.level == -last else end
        starts.append(start)
        end = max(end, start + wide)
        before, last = start, run.level
    return starts, end


@lru_cache(maxsize=4096)
def _width(run: Run, size: float, families: tuple[str, ...]) -> float:
    """How wide a run is in the font that is there."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    own = size if run.level == 0 else SMALL * size
    properties = FontProperties(family=list(families), size=own)
    wide: float = text_to_path.get_text_width_height_descent(run.text, properties, False)[0]
    return wide
