"""The script of the expression page in node, and its Python twin."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

import autograd_core
from autograd_core import Node
from autograd_core.program.javascript import kernel_source
from visualize.expression.functions import functions
from visualize.expression.page import _knowledge

SCRIPTS = (
    "page/fill.js",
    *(f"expression/{name}.js" for name in ("lettering", "parser", "assembly", "drawing")),
)

HARNESS = """
const fs = require("fs");
const about = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
about.widths = new Map(about.widths.flatMap(([share, letters]) => [...letters].map((one) => [one, share])));
const found = [];
for (const { text, values } of JSON.parse(fs.readFileSync(process.argv[3], "utf8"))) {
  try {
    const graph = new Parser(text, about, (op, given) => folded(about, op, given)).read();
    const given = new Map([...graph.given].map(([name, { value }]) => [name, value]));
    // All is made while the leaves are 1; then they are turned.
    const numbers = new Map([...Object.entries(values), ...given]);
    const ones = new Map(graph.nodes.flatMap(({ leaf }) => (leaf === undefined ? [] : [[leaf, 1]])));
    const data = new Assembly(graph, ones, about).data();
    const { live } = data;
    const kernel = Kernel.build(live.program);
    live.program.names.forEach((name, place) => { kernel.inputs[place][0] = numbers.get(name) ?? 1; });
    kernel.run();
    const read = (slot) => formatted(valueOf(live.slots[slot], kernel.outputs), live.slots[slot][2]);
    const filled = (part) => {
      if (typeof part === "string") return filledIn(part, read);
      if (Array.isArray(part)) return part.map(filled);
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, filled(one)]));
    };
    const sheet = data.sheets[""];
    found.push({
      value: String(kernel.outputs[live.root][0]),
      gradients: Object.fromEntries(live.leaves.map((leaf) => [leaf.name, String(kernel.outputs[leaf.gradient][0])])),
      steps: sheet.steps.map(([kind, , line, chain]) => [kind, filled(data.texts[line]), filled(data.texts[chain])]),
      parts: filled(data.parts),
      description: filled(data.description),
      labels: sheet.shapes.filter(([part]) => part[0] === "o").map(([, , text]) => text[3]),
      sheet,
    });
  } catch (problem) {
    if (!(problem instanceof Mistake)) throw problem;
    found.push({ key: problem.key, at: problem.at, end: problem.end, words: problem.words });
  }
}
process.stdout.write(JSON.stringify(found));
"""


@cache
def code():
    parts = [(files("visualize") / name).read_text("utf-8") for name in SCRIPTS]
    return "\n".join([kernel_source(), *parts, HARNESS])


def read(tmp_path, *expressions):
    """What the script makes of expressions: a text, or a text and the numbers of its leaves."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    given = [(one, {}) if isinstance(one, str) else one for one in expressions]
    data = [{"text": text, "values": values} for text, values in given]
    for name, content in (
        ("code.js", code()),
        ("about.json", json.dumps(dict(_knowledge()))),
        ("expressions.json", json.dumps(data)),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    command = ["node", "code.js", "about.json", "expressions.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


NAMES = {name: getattr(autograd_core, op) for name, (op, _) in functions().items()}
NAMES |= {"np": np, "math": math, "pi": math.pi}


def twin(text, values):
    """The same graph, made by Python of the same text; after backward()."""
    leaves = {name: Node(value, name=name) for name, value in values.items()}
    with np.errstate(all="ignore"):
        root = eval(text, {"__builtins__": {}}, NAMES | leaves)  # a text of the test
        root.backward()
    return root, leaves
