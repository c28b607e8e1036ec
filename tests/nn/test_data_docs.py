"""The tables and figures of docs/how-to/data.md are true."""

import re
from pathlib import Path

from nn.data import DATASETS

DOCS = Path(__file__).parents[2] / "docs" / "how-to" / "data.md"


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
