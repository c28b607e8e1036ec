"""What an installed wheel must do, run outside the repository."""

import subprocess
import sys
from pathlib import Path

import autograd_core

assert "site-packages" in autograd_core.__file__, autograd_core.__file__
heavy = {name.partition(".")[0] for name in sys.modules} & {
    "matplotlib", "pygraphviz", "graphviz", "tqdm", "safetensors", "nn", "visualize"
}  # fmt: skip
assert not heavy, f"import autograd_core must need NumPy alone, but loaded {heavy}"
for package in ("autograd_core", "nn", "visualize"):
    assert (Path(autograd_core.__file__).parents[1] / package / "py.typed").exists(), package

done = subprocess.run(
    [sys.executable, "-W", "error", "-m", "nn", "train", "--name", "smoke"],
    capture_output=True, text=True, check=False,
)  # fmt: skip
print(done.stdout)
assert done.returncode == 0, done.stderr
accuracy = float(done.stdout.partition("unseen test images: ")[2].partition("%")[0])
assert accuracy >= 88.0, accuracy
written = {path.name for path in Path("runs/smoke").iterdir()}
expected = {
    "configuration.toml", "model.safetensors", "history.csv", "loss.png",
    "training-step.svg", "predictions.log", "checkpoint.safetensors",
    "checkpoint-before.safetensors",
}  # fmt: skip
assert written == expected, written
# What a presentation is made of comes with the wheel.
from visualize import draw  # noqa: E402  # after what was loaded without it

draw(autograd_core.Node(3.0) * 2.0).save("slides.html", frames=True)
assert "Reveal.initialize" in Path("slides.html").read_text(encoding="utf-8")
print("smoke test passed")
