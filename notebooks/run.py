"""Run the notebooks and compare what they show with what is committed.

    python notebooks/run.py                  # all of them; fails where something else is shown
    python notebooks/run.py 03 digits        # those with one of these words in their names
    python notebooks/run.py --write          # takes over what is shown; what is as before stays

It needs the extra ``notebooks``. A difference that a machine makes (the last digits of a sum, the
position of a letter) is none: numbers may differ by a hundredth, pictures by a shade.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

FOLDER = Path(__file__).parent
SECONDS = 120
"""A cell that takes longer hangs."""
MOST_BYTES = 400_000

NUMBER = re.compile(r"(?<![\w.])[-−+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")

Cell = Any  # of nbformat, whose dictionaries have attributes
Output = Any


def executed(path: Path) -> Any:
    """Return a notebook as it is after running, without what another run would change."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        # A socket that nobody else on the machine can reach; Windows has none.
        socket = {"transport": "ipc", "ip": f"{folder}/kernel"} if os.name == "posix" else {}
        NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": FOLDER}},
            config=Config({"KernelManager": socket}),
        ).execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs: list[Output]) -> list[Output]:
    """Join what was printed in several pieces, which depend on the clock."""
    joined: list[Output] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if (
            before is not None
            and output.output_type == before.output_type == "stream"
            and output.name == before.name
        ):
            before.text += output.text
        else:
            joined.append(output)
    return joined


def complaints(notebook: Any) -> list[str]:
    """Say what no committed notebook may show: warnings, errors, addresses in memory, too much."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{cell.id}: {text or output.get('evalue')}")
            if re.search(r"\b0x[0-9a-f]{6,}", text):
                found.append(f"{cell.id}: shows an address, which is another in each run: {text}")
    size = len(nbformat.writes(notebook).encode())
    if size > MOST_BYTES:
        found.append(f"{size:,} bytes are more than {MOST_BYTES:,}")
    return found


def differences(old: Any, new: Any) -> dict[str, str]:
    """Say of each cell that shows something else, by its id, what it is."""
    before = {cell.id: cell.get("outputs", []) for cell in old.cells}
    found = {}
    for cell in new.cells:
        shown = cell.get("outputs", [])
        was = before[cell.id]
        if len(shown) != len(was):
            found[cell.id] = f"{len(was)} outputs are committed, {len(shown)} came"
        for one, other in zip(was, shown, strict=False):
            if not same_output(one, other):
                found[cell.id] = f"committed:\n{_plain(one)}\ncame:\n{_plain(other)}"
    return found


def _plain(output: Output) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain") or output)[:1000]


def same_output(one: Output, other: Output) -> bool:
    """Whether two outputs show the same to a reader."""
    if one.output_type != other.output_type:
        return False
    if one.output_type == "stream":
        return same_text(one.text, other.text)
    first, second = one.get("data", {}), other.get("data", {})
    return first.keys() == second.keys() and all(
        _same_data(kind, first[kind], second[kind]) for kind in first
    )


def _same_data(kind: str, one: Any, other: Any) -> bool:
    if kind == "image/png":
        return same_pixels(base64.b64decode(one), base64.b64decode(other))
    if kind in ("image/svg+xml", "text/html"):
        # Between the tags stands what is read, in them where it stands.
        places = same_text("".join(TAG.findall(one)), "".join(TAG.findall(other)), atol=2.0)
        return places and same_text(TAG.sub("\n", one), TAG.sub("\n", other))
    return same_text(str(one), str(other))


def same_text(one: str, other: str, *, rtol: float = 0.01, atol: float = 1e-9) -> bool:
    """Whether two texts differ in nothing but the last digits of their numbers."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    values = ((float(a.replace("−", "-")), float(b.replace("−", "-"))) for a, b in pairs)
    return all(abs(a - b) <= atol + rtol * max(abs(a), abs(b)) for a, b in values)


def same_pixels(one: bytes, other: bytes) -> bool:
    """Whether two PNGs are of one size, nearly, and of one picture, nearly."""
    if one == other:
        return True
    import numpy as np
    from matplotlib.image import imread

    first, second = imread(io.BytesIO(one)), imread(io.BytesIO(other))
    height, width = (min(a, b) for a, b in zip(first.shape[:2], second.shape[:2], strict=True))
    if max(first.shape[0], second.shape[0]) > 1.05 * height + 2:
        return False
    if max(first.shape[1], second.shape[1]) > 1.05 * width + 2:
        return False
    apart = np.abs(first[:height, :width, :3] - second[:height, :width, :3]).mean(axis=2)
    if np.mean(apart) >= 0.02:
        return False
    if first.shape != second.shape:  # by another version of Matplotlib, all is moved a little
        return True
    blocks = apart[: height // 8 * 8, : width // 8 * 8].reshape(height // 8, 8, width // 8, 8)
    return bool(blocks.mean(axis=(1, 3)).max(initial=0.0) < 0.12)  # a letter is more


def merged(old: Any, new: Any) -> Any:
    """Return the new notebook with the committed outputs where they show the same."""
    before = {cell.id: cell for cell in old.cells}
    changed = differences(old, new)
    for cell in new.cells:
        if cell.cell_type == "code" and cell.id not in changed:
            cell.outputs = before[cell.id].outputs
    return new


def run(path: Path, write: bool) -> list[str]:
    """Run one notebook, and say what is wrong with it."""
    old = nbformat.read(path, as_version=4)
    try:
        new = executed(path)
    except CellExecutionError as error:
        return [str(error)]
    found = complaints(new)
    if write and not found:
        from autograd_core.files import write_atomically

        write_atomically(path, (nbformat.writes(merged(old, new)) + "\n").encode())
    elif not write:
        found += [f"{name}: {what}" for name, what in differences(old, new).items()]
    return found


def main() -> int:
    """Run those that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="words in the names of notebooks; all without")
    parser.add_argument("--write", action="store_true", help="write what is shown into the files")
    parser.add_argument("--jobs", type=int, default=2, help="so many at the same time (2)")
    arguments = parser.parse_args()
    paths = [
        path
        for path in sorted(FOLDER.glob("*.ipynb"))
        if not arguments.names or any(name in path.stem for name in arguments.names)
    ]
    if not paths:
        parser.error(f"no notebook in {FOLDER} is called like {arguments.names}")
    # Pictures are to be shown by the notebook, and sums taken in one order.
    os.environ.pop("MPLBACKEND", None)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = pool.map(lambda path: run(path, arguments.write), paths)
        failed = 0
        for path, found in zip(paths, results, strict=True):
            well = "written" if arguments.write else "as committed"
            print(path.name, "\n".join(["", *found]) if found else well, flush=True)
            failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
