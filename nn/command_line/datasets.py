"""The command ``datasets``."""

from __future__ import annotations

import argparse

from ..data import DATASETS, find_dataset
from .command import Result, command


@command(
    summary="the data sets: sizes, licences, and where they are",
    description="List the data sets that can be trained on.",
    examples=("datasets", "datasets --json"),
)
def datasets(arguments: argparse.Namespace) -> Result:
    """List the data sets."""
    heading = ("name", "training", "test", "sample", "classes", "licence", "where")
    rows, found = [heading], []
    for name, info in DATASETS.items():
        folder = find_dataset(name)
        place = "in the package" if info.ships else "not here" if folder is None else str(folder)
        sample = " x ".join(map(str, info.shape))
        sizes = (f"{info.train:,}", f"{info.test:,}", sample, str(info.classes))
        rows.append((name, *sizes, info.licence, place))
        found.append(
            {
                "name": name,
                "about": info.about,
                "training_samples": info.train,
                "test_samples": info.test,
                "sample_shape": info.shape,
                "classes": info.classes,
                "class_names": info.class_names,
                "licence": info.licence,
                "folder": None if folder is None else str(folder),
            }
        )
    if arguments.quiet:
        return {"datasets": found}, "".join(f"{name}\n" for name in DATASETS)
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in (1, 2, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if any(each["folder"] is None for each in found):
        lines += [
            "",
            "To have one that is not here: python -m nn train --set data=mnist --set download=true",
            "or, with its files in a folder: --set data_path=FOLDER, or the environment "
            "variable AUTOGRAD_CORE_DATA",
        ]
    return {"datasets": found}, "\n".join(lines) + "\n"
