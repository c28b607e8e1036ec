"""Folders of images, one per class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import expanded, shown

from ..calls import explains_arguments
from ..checks import choice, cut, float_type, number, whole_number
from .idx import DataError

__all__ = ["ImageFolder"]

_ENDINGS = (
    ".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp",
)  # fmt: skip


class ImageFolder:
    """Images in a folder that has a folder for each class.

    ``flowers/rose/1.jpg``, ``flowers/rose/2.jpg``, ``flowers/tulip/1.png``: classes and images are
    in the order of their names, also those in folders of a class's folder. Nothing is read before
    it is asked for: ``folder[i]`` reads one image, `load` all, and a `DataLoader` those of a batch.

    Parameters
    ----------
    path : path-like
        The folder.
    size : int or tuple of int, optional
        Rows and columns that each image is brought to (bilinear). By default images are left as
        they are, and have to be alike.
    channels : {"rgb", "grey"}, default "rgb"
        Three channels or one.
    low, high : float, default 0 and 1
        The pixel range: what black and white become.
    dtype : {float32, float64}, default float32
        Type of the images.

    Attributes
    ----------
    classes : tuple of str
        The names of the folders; class numbers are places in it.
    paths : list of Path
        The images.
    labels : ndarray of int64
        Their class numbers.

    Raises
    ------
    ImportError
        If Pillow is not installed (``pip install autograd-core[images]``).
    DataError
        If there are no such folders, or no images in one; where an image is read, if it is broken
        or has another size. Each time the file is named.
    ValueError
        If an argument is none of those that are known; when read, if images are not alike.

    Notes
    -----
    Files whose names begin with a point, or do not end as images do, are passed over. Images are
    turned as their camera says; what is transparent loses its transparency.

    Examples
    --------
    >>> from nn.data import DataLoader, ImageFolder
    >>> flowers = ImageFolder("flowers", size=(64, 64))  # doctest: +SKIP
    >>> x, y = flowers.load()  # doctest: +SKIP
    >>> x.shape, flowers.classes  # doctest: +SKIP
    ((120, 3, 64, 64), ('rose', 'tulip'))
    >>> loader = DataLoader(flowers, batch_size=32)  # doctest: +SKIP
    """

    @explains_arguments
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        size: int | tuple[int, int] | None = None,
        channels: str = "rgb",
        low: float = 0.0,
        high: float = 1.0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        _require_pillow()
        self.path = expanded(path)
        self.channels = choice("ImageFolder", "channels", channels, ("rgb", "grey"))
        self.low = number("ImageFolder", "low", low)
        self.high = number("ImageFolder", "high", high)
        self.dtype = float_type("ImageFolder", dtype)
        both = size if size is None or isinstance(size, (tuple, list)) else (size, size)
        if both is not None and len(both) != 2:
            raise ValueError(f"ImageFolder(size) expects rows and columns, got {cut(size)}")
        self.size = (
            None
            if both is None
            else tuple(whole_number("ImageFolder", "size", each) for each in both)
        )
        self.classes, self.paths, self.labels = _found_in(self.path)
        self._alike: tuple[Path, tuple[int, ...]] | None = None
        """The first image that was read, and its shape."""

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)

    def __getitem__(self, place: int) -> tuple[npt.NDArray[Any], int]:
        """Read an image, of shape (channels, rows, columns), and return its class number too."""
        if isinstance(place, slice):
            raise TypeError(
                "ImageFolder expects the number of one image, got a slice. Write x, y = "
                "folder.load(), and x[:100] of these"
            )
        path = self.paths[place]
        image = self._read(path)
        if self._alike is None:
            self._alike = path, image.shape
        first, shape = self._alike
        if image.shape != shape:
            raise DataError(
                f"{shown(path)}: expected {shape[1]} x {shape[2]} pixels as in {shown(first)}, "
                f"found {image.shape[1]} x {image.shape[2]}. Write ImageFolder(..., size=(64, 64))"
            )
        return image, int(self.labels[place])

    def load(self) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Read all images.

        Returns
        -------
        x : ndarray, shape (images, channels, rows, columns)
            The images.
        y : ndarray of int64, shape (images,)
            Their class numbers.
        """
        first, _ = self[0]
        x = np.empty((len(self), *first.shape), self.dtype)
        for place in range(len(self)):
            x[place], _ = self[place]
        return x, self.labels.copy()

    def __repr__(self) -> str:
        return f"ImageFolder({str(self.path)!r}, {len(self)} images, {len(self.classes)} classes)"

    def _read(self, path: Path) -> npt.NDArray[Any]:
        from PIL import Image, ImageOps

        try:
            with Image.open(path) as opened:
                image = ImageOps.exif_transpose(_in_8_bits(opened))
                image = image.convert("RGB" if self.channels == "rgb" else "L")
                if self.size is not None:
                    rows, columns = self.size
                    image = image.resize((columns, rows), Image.Resampling.BILINEAR)
                pixels = np.asarray(image)
        except Exception as error:  # of damaged files Pillow raises almost any
            raise DataError(
                f"{shown(path)}: expected an image, found what can't be read as one ({error}). "
                "Leave it out of the folder"
            ) from None
        pixels = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
        scale = (self.high - self.low) / 255.0
        return np.asarray(pixels * self.dtype.type(scale) + self.dtype.type(self.low))


def _in_8_bits(image: Any) -> Any:
    """Bring grey levels of 16 bits to 8: Pillow would cut them off at 255."""
    from PIL import Image

    if image.mode == "P" and "transparency" in image.info:  # of which Pillow would warn
        return image.convert("RGBA")
    if image.mode == "F":
        raise ValueError("its levels are fractions, of which nothing says what is white")
    if not image.mode.startswith("I"):
        return image
    levels = np.asarray(image)
    if levels.size and (levels.min() < 0 or levels.max() > 65535):
        raise ValueError("its levels have more than 16 bits")
    return Image.fromarray((levels // 257).astype(np.uint8))


def _require_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise ImportError(
            "ImageFolder reads images by Pillow, which is not installed. Write: "
            "pip install autograd-core[images]"
        ) from None


def _found_in(folder: Path) -> tuple[tuple[str, ...], list[Path], npt.NDArray[np.int64]]:
    """Return the classes in a folder, and the images with their class numbers."""
    if not folder.is_dir():
        raise DataError(f"{shown(folder)}: expected a folder with a folder per class, found none")
    classes = sorted(
        each.name for each in folder.iterdir() if each.is_dir() and each.name[0] != "."
    )
    if not classes:
        loose = any(each.suffix.lower() in _ENDINGS for each in folder.iterdir())
        found = "images that lie there themselves" if loose else "none"
        raise DataError(
            f"{shown(folder)}: expected a folder per class, such as {folder.name}/cat and "
            f"{folder.name}/dog with the images of each, found {found}"
        )
    paths: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        images = sorted(
            path
            for path in (folder / name).rglob("*")
            if path.suffix.lower() in _ENDINGS and path.name[0] != "." and path.is_file()
        )
        if not images:
            raise DataError(
                f"{shown(folder / name)}: expected images of this class "
                f"({', '.join(_ENDINGS)}), found none"
            )
        paths += images
        labels += [label] * len(images)
    return tuple(classes), paths, np.array(labels, np.int64)
