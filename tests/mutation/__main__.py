"""Can the tests fail? Put small faults into the sources, one by one, and count those they notice.

Run as ``python -m tests.mutation``: less with ``--file backpropagation.py`` or ``--sample 200``.
Results are kept in ``.mutation/``, so that an interrupted run goes on, and that after a change of
the tests only the survivors meet them; ``--afresh`` forgets them. A fault that no test can notice
stands in ``explained.txt``, as ``--survivors`` prints it, with the reason behind a last ``|``.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import pickle
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from .mutants import Mutant, mutants_of
from .runner import Record, Sources, Worker, record

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".mutation"
RESULTS = KEPT / "results.jsonl"
EXPLAINED = Path(__file__).with_name("explained.txt")
ENOUGH = 0.9


class Target(NamedTuple):
    """Sources of a package, and the tests that have to notice the faults in them."""

    package: str
    files: list[str]
    formulas: list[str]
    """Further files, of which only the formulas that they show are changed."""
    tests: list[str]


TARGETS = [
    Target("autograd_core", ["autograd_core/**/*.py"], [], ["tests/engine", "autograd_core"]),
    Target(
        "visualize",
        ["visualize/chain_rule/formulas.py"],
        ["nn/formulas.py", "nn/layers/*.py", "nn/losses/*.py"],
        [
            "tests/visualize/test_formulas.py",
            "tests/visualize/test_explain.py",
            "visualize/chain_rule",
            "tests/nn/test_layers.py",
            "tests/nn/test_losses.py",
        ],
    ),
]


def found(patterns: list[str]) -> list[str]:
    return sorted({str(p.relative_to(ROOT)) for pattern in patterns for p in ROOT.glob(pattern)})


def digest(paths: list[str]) -> str:
    """What changes with the files, those in folders too."""
    inner = [p for path in paths for p in sorted(Path(path).rglob("*.py"))]
    files = [*map(Path, paths), *inner]
    return hashlib.sha256(b"".join(p.read_bytes() for p in files if p.is_file())).hexdigest()[:12]


def recorded(sources: Sources, target: Target, tests: list[str]) -> Record:
    """The run without a fault: kept, as long as nothing changes."""
    kept = KEPT / f"{target.package}-{digest([*sources, *tests])}.pickle"
    if not kept.exists():
        print(f"{target.package}: which test runs which line ...", flush=True)
        found = record(sources, target.package, tests)
        if found.failed:
            raise SystemExit(f"without a fault these fail: {found.failed}")
        kept.write_bytes(pickle.dumps(found))
    result: Record = pickle.loads(kept.read_bytes())  # noqa: S301  (written above)
    return result


def outcomes() -> dict[str, dict[str, str]]:
    """What became of each mutant so far."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {row["id"]: row for row in map(json.loads, lines)}


def run(target: Target, mutants: list[Mutant], sources: Sources, workers: int) -> None:
    """Try those mutants whose outcome is not known yet."""
    tests = found(target.tests)
    state = {path: digest([path]) for path in sources}
    tests_state = digest(tests)
    known = outcomes()

    def is_known(mutant: Mutant) -> bool:
        row = known.get(mutant.id, {})
        killed = row.get("outcome") in ("killed", "timeout")
        return row.get("source") == state[mutant.path] and (
            killed or row.get("tests") == tests_state
        )

    todo = [mutant for mutant in mutants if not is_known(mutant)]
    if not todo:
        return
    seen = recorded(sources, target, tests)
    random.Random(0).shuffle(todo)  # all workers get as much to do
    started = time.time()

    def tell(mutant: Mutant, outcome: str, by: str) -> None:
        row = {"id": mutant.id, "outcome": outcome, "by": by, "tests": tests_state}
        line = json.dumps({**row, "source": state[mutant.path]}) + "\n"
        with RESULTS.open("a") as stream:  # one write each: the workers share the file
            stream.write(line)

    children = []
    for number in range(workers):
        if not (child := os.fork()):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            Worker(sources, tests, seen, tell).run(todo[number::workers])
            os._exit(0)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1]:
            print("a worker broke off: run the same command again", flush=True)
    print(f"{target.package}: {len(todo)} mutants in {(time.time() - started) / 60:.1f} minutes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--file", nargs="*", default=[""], help="words in the paths wanted")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--survivors", action="store_true", help="list those not explained")
    parser.add_argument("--afresh", action="store_true", help="forget the results of earlier runs")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    KEPT.mkdir(exist_ok=True)
    if arguments.afresh:
        RESULTS.unlink(missing_ok=True)

    chosen: list[tuple[Target, Mutant]] = []
    given: dict[str, Sources] = {}
    for target in TARGETS:
        formulas = found(target.formulas)
        given[target.package] = Sources()
        for file in found(target.files) + formulas:
            path, source = str(ROOT / file), Path(file).read_text()
            given[target.package][path] = compile(ast.parse(source), path, "exec")
            mutants = mutants_of(source, file, formulas_alone=file in formulas)
            chosen += [(target, mutant) for mutant in mutants]
    existing = {mutant.id for _, mutant in chosen}
    chosen = [pair for pair in chosen if any(word in pair[1].file for word in arguments.file)]
    if arguments.sample is not None:
        chosen = random.Random(arguments.seed).sample(chosen, min(arguments.sample, len(chosen)))
    for target in TARGETS:
        mutants = [mutant for of, mutant in chosen if of is target]
        run(target, mutants, given[target.package], arguments.workers)
    return report([mutant for _, mutant in chosen], existing, arguments.survivors)


def report(mutants: list[Mutant], existing: set[str], survivors: bool) -> int:
    """Print the figures of each file; 1 where they are not good enough."""
    lines = [line for line in EXPLAINED.read_text().splitlines() if line and line[0] != "#"]
    explained = dict(line.rsplit(" | ", 1) for line in lines)
    known = outcomes()
    figures: dict[str, Counter[str]] = {}
    for mutant in mutants:
        outcome = known.get(mutant.id, {}).get("outcome", "not run")
        if mutant.id in explained:
            if outcome in ("killed", "timeout"):
                print(f"explained, but killed by {known[mutant.id]['by']}: {mutant.id}")
            outcome = "explained" if outcome == "survived" else outcome
        if survivors and outcome == "survived":
            print(mutant.id)
        figures.setdefault(mutant.file, Counter())[outcome] += 1
    stale = sorted(explained.keys() - existing)
    for line in stale:
        print(f"explained, but not there: {line}")
    columns = ("killed", "timeout", "explained", "survived", "not run")
    print(f"{'':46}{'mutants':>9}" + "".join(f"{name:>10}" for name in columns))
    total = sum(figures.values(), Counter())
    for file, counts in [*sorted(figures.items()), ("all", total)]:
        numbers = (counts.total(), *(counts[name] for name in columns))
        print(f"{file:46}{numbers[0]:9}" + "".join(f"{number:10}" for number in numbers[1:]))
    share = 1 - (total["survived"] + total["not run"]) / max(total.total(), 1)
    print(f"{share:.1%} killed or explained")
    return int(share < ENOUGH or bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
