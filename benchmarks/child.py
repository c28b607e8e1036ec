"""Python code in a process of its own, which answers in JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]


def answer(code: str, environment: dict[str, str] | None = None) -> Any:
    """Run code in a fresh process and return what its last line says.

    Raises
    ------
    RuntimeError
        If it fails; with what it wrote.
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=FOLDER,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{code}\n\nfailed with\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
