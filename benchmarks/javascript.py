"""Programs as data, run by the script of pages: in Chromium, or in Node.js where there is none."""

import json
import shutil
import subprocess
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_core import Program, tanh, value_and_grad
from autograd_core.program.javascript import exported, kernel_source
from nn import SGD, Adam, FullyConnected, NeuralNetwork, Optimizer, ReLU, SoftMaxCrossEntropyLoss
from nn import Tanh as TanhLayer
from nn.training.recorded_step import record_step

from .figures import Figure, print_figures
from .scalars import INPUTS, STEPS, graph

TARGETS = {
    "784-128-10, batch 32, float32, SGD": (120.0, "/s"),
    "784-128-10, batch 32, float32, Adam": (80.0, "/s"),
    "2-16-16-3, batch 100, float32, SGD": (2500.0, "/s"),
    "2-16-16-3, batch 100, float64, Adam": (2500.0, "/s"),
    f"{STEPS} scalar operations and their gradients": (1.0, "ms"),
}
"""What is timed, and how many runs a second, or milliseconds of a run, are aimed at."""

TIMED = """
const timed = (jobs, rounds) => {
  const built = jobs.map(([data, inputs]) => {
    const kernel = Kernel.build(data);
    inputs.forEach((numbers, place) => kernel.inputs[place].set(numbers));
    for (let i = 0; i < 20; i++) kernel.run();
    return kernel;
  });
  return built.map((kernel) => {
    const found = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      let runs = 0;
      while (performance.now() - start < 200) { kernel.run(); runs++; }
      found.push((performance.now() - start) / runs);
    }
    return Math.min(...found); // by the clock on the wall: what others do is in the rest
  });
};
"""


def run(rounds: int) -> list[Figure]:
    """Print how long a run takes, and what is aimed at."""
    jobs = [
        _step((784, 128, 10), 32, np.float32, SGD(0.01)),
        _step((784, 128, 10), 32, np.float32, Adam(1e-6)),
        _step((2, 16, 16, 3), 100, np.float32, SGD(1e-3)),
        _step((2, 16, 16, 3), 100, np.float64, Adam(1e-6)),
        _scalars(),
    ]
    where, milliseconds = _measured(jobs, rounds)
    if where is None:
        print("left out: Chromium (pip install playwright) and Node.js are not there\n")
        return []
    title = f"training steps and a graph in {where}"
    print(f"{title}; the fastest of {rounds} stretches, by the clock on the wall")
    return print_figures(
        Figure(title, name, found if unit == "ms" else 1e3 / found, target, unit, unit == "/s")
        for (name, (target, unit)), found in zip(TARGETS.items(), milliseconds, strict=True)
    )


Job = tuple[dict[str, Any], list[list[float]]]


def _step(sizes: tuple[int, ...], samples: int, dtype: type, optimizer: Optimizer) -> Job:
    random = np.random.default_rng(0)
    layers: list[Any] = []
    for n, m in pairwise(sizes):
        layers += [FullyConnected(n, m), ReLU() if n > 2 else TanhLayer()]
    network = NeuralNetwork(
        layers[:-1], loss=SoftMaxCrossEntropyLoss("mean"), optimizer=optimizer, seed=0, dtype=dtype
    )
    x = random.standard_normal((samples, sizes[0])).astype(dtype)
    y = np.eye(sizes[-1])[random.integers(0, sizes[-1], samples)]
    network.predict(x)
    step = record_step(network, x, y, twice=False)
    numbers = network.optimizer.numbers(1)
    inputs = []
    for place, value in enumerate(step.program.inputs):
        if place in step.parameters:
            array = step.parameters[place].value
        elif value.name in numbers:
            array = numbers[value.name]
        else:
            array = {"x": x, "y": y}.get(value.name or "", np.zeros(value.shape))
        inputs.append(np.ravel(array).tolist())
    return exported(step.program), inputs


def _scalars() -> Job:
    function = value_and_grad(lambda *xs: graph(xs, tanh), argument=tuple(range(len(INPUTS))))
    return exported(Program.record(function, *INPUTS)), [[x] for x in INPUTS]


def _measured(jobs: list[Job], rounds: int) -> tuple[str | None, list[float]]:
    """Where it was measured, and the milliseconds of a run of each."""
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            page.set_content(f"<script>{kernel_source()}{TIMED}</script>")
            asked = "([jobs, rounds]) => timed(jobs, rounds)"
            return f"Chromium {browser.version}", page.evaluate(asked, [jobs, rounds])
    except Exception as error:  # no playwright, or no browser for it
        print(f"not in Chromium: {str(error).splitlines()[0]}")
    node = shutil.which("node")
    if node is None:
        return None, []
    script = f"{kernel_source()}{TIMED}"
    script += (
        f"const given = JSON.parse(require('fs').readFileSync(0)), found = timed(given, {rounds});"
    )
    done = subprocess.run(
        [node, "-e", f"{script}console.log(JSON.stringify([process.version, found]))"],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=True,
    )
    version, found = json.loads(done.stdout)
    return f"Node.js {version}", found
