"""What docs/data.md shows runs, and its tables and figures are true."""

import re
from pathlib import Path

import numpy as np
import pytest

from nn.data import DATASETS

DOCS = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_blocks_run(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    for name in ("rose/1.png", "rose/2.png", "tulip/1.png"):
        (path := tmp_path / "flowers" / name).parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(path)
    (tmp_path / "animals.csv").write_text("age,colour,kind\n3,red,cat\n5,blue,dog\n")
    (tmp_path / "new-animals.csv").write_text("age,colour\n3,red\n")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert names["new"].features == names["table"].features
    assert names["characters"].vocabulary[0] == "."


def test_every_set_is_in_the_table_with_its_sizes():
    rows = re.findall(
        r"^\| (`.*?`) \| ([\d, +]+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    found = {}
    for names, sizes in rows:
        names = re.findall(r"`(.*?)`", names)
        sizes = re.findall(r"([\d,]+) \+ ([\d,]*\d)", sizes)
        for place, name in enumerate(names):
            train, test = sizes[min(place, len(sizes) - 1)]
            found[name] = int(train.replace(",", "")), int(test.replace(",", ""))
    assert found == {name: (info.train, info.test) for name, info in DATASETS.items()}
