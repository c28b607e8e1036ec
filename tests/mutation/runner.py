"""How a mutant meets the tests: in a process of its own, first those that run the changed lines.

A worker collects the tests once. For a fault inside a function it forks, and the child gets the
function's new code. What runs while the package is imported (rows of the table, defaults) needs a
child that forks before that. No file is touched.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import inspect
import os
import pickle
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from .mutants import Mutant, alike, inside, same

SECONDS = 3.0
"""CPU time that every test has, beside three times what it took while its lines were noted."""

AT_MOST = 2000
"""So many tests meet a mutant: of each function some, where all tests run the changed line."""

MEMORY = 8 << 30

IMPORT = ""
COLLECTION = "(collection)"
"""These stand for the import of the package, and for the tests' own, where else a test stands."""


class Sources(dict[str, CodeType]):
    """The code that an import gets, by path: a finder of modules."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin not in self:
            return None
        spec.loader = _Given(name, spec.origin)
        spec.loader.code = self[spec.origin]
        return spec


class _Given(SourceFileLoader):
    code: CodeType

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def _walk(code: CodeType, place: str) -> Iterator[tuple[str, CodeType]]:
    """A code and those inside of it, each with its place: numbers and names on the way there."""
    yield place, code
    for number, each in enumerate(inside(code)):
        yield from _walk(each, f"{place}/{number}{each.co_name}")


def _pytest(tests: list[str], plugin: Any) -> int:
    return int(pytest.main(["-q", "-s", "-p", "no:cacheprovider", *tests], plugins=[plugin]))


# --- which test runs which line -----------------------------------------------------------------


@dataclass
class Record:
    """What a run without a fault has shown."""

    seconds: dict[str, float] = field(default_factory=dict)
    """CPU time of each test."""
    tests: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    """By the place of a code, then by line: the tests that ran it, or `IMPORT`."""
    failed: list[str] = field(default_factory=list)

    def running(self, place: str, lines: Iterable[int]) -> set[str]:
        """The tests that ran one of these lines."""
        by_line = self.tests.get(place, {})
        return {test for line in lines for test in by_line.get(line, ())}

    def ordered(self, tests: Iterable[str]) -> list[str]:
        """The cheapest case of every test function, then the second of every one, and so on."""
        cheapest = sorted(
            set(tests) - {IMPORT, COLLECTION}, key=lambda test: (self.seconds[test], test)
        )
        rank: Counter[str] = Counter()
        places = {}
        for test in cheapest:
            function = test.partition("[")[0]
            places[test] = rank[function]
            rank[function] += 1
        return sorted(cheapest, key=places.__getitem__)[:AT_MOST]


class Recorder:
    """A plugin of pytest's that notes which lines every test runs, and how long it takes."""

    def __init__(self, sources: Sources) -> None:
        self.record = Record()
        self.places = {
            id(code): place for path, top in sources.items() for place, code in _walk(top, path)
        }

    @contextlib.contextmanager
    def tracing(self, test: str) -> Iterator[None]:
        found = set()

        def note(frame: FrameType, event: str, argument: Any) -> Any:
            place = self.places.get(id(frame.f_code))
            if place is None:
                return None
            found.add((place, frame.f_lineno))
            return note

        sys.settrace(note)
        started = time.process_time()
        try:
            yield
        finally:
            sys.settrace(None)
            self.record.seconds[test] = time.process_time() - started
            for place, line in found:
                self.record.tests[place].setdefault(line, set()).add(test)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Any:
        with self.tracing(COLLECTION):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        with self.tracing(item.nodeid):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.record.failed.append(report.nodeid)


def record(sources: Sources, package: str, tests: list[str]) -> Record:
    """Run the tests once without a fault: in a child, so that nothing stays imported."""
    recorder = Recorder(sources)

    def run() -> bytes:
        sys.meta_path.insert(0, sources)
        with recorder.tracing(IMPORT):
            importlib.import_module(package)
        if status := _pytest(tests, recorder):
            recorder.record.failed.append(f"pytest ended with status {status}")
        recorder.record.tests = dict(recorder.record.tests)
        return pickle.dumps(recorder.record)

    answer, status = _in_child(run)
    if status:
        raise RuntimeError(f"the run without a fault ended with {status}")
    found: Record = pickle.loads(answer)  # noqa: S301  (our own child wrote it)
    return found


def _in_child(function: Callable[[], bytes]) -> tuple[bytes, int]:
    """Return what a function says in a forked process, and the signal that ended it, or 0."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.close(reader)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            answer = function()
        except BaseException as error:  # whatever a fault leads to
            answer = repr(error).encode()
        with os.fdopen(writer, "wb") as stream:
            stream.write(answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    status = os.waitpid(child, 0)[1]
    return answer, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


# --- the tests against a mutant -----------------------------------------------------------------

Items = dict[str, pytest.Item]


class Trial:
    """A plugin of pytest's that runs the collected tests in its own way, until one fails."""

    def __init__(self, record: Record, loop: Callable[[Trial, Items], None]) -> None:
        self.record, self.loop = record, loop
        self.failed = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.failed = "collecting the tests"
        else:
            self.loop(self, {item.nodeid: item for item in session.items})
        return True

    def run(self, items: Items, tests: list[str]) -> None:
        new = [test for test in items if test not in self.record.seconds]  # the fault made them
        for test in [test for test in tests if test in items] + new:
            limit = SECONDS + 3 * self.record.seconds.get(test, 0.0)
            signal.setitimer(signal.ITIMER_PROF, limit)  # without a handler it ends the process
            signal.setitimer(signal.ITIMER_REAL, 20 * limit)
            items[test].ihook.pytest_runtest_protocol(item=items[test], nextitem=None)
            if self.failed:
                break

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


@dataclass
class Worker:
    """Runs mutants one after another, and tells what became of each, and by which test."""

    sources: Sources
    tests: list[str]
    record: Record
    tell: Callable[[Mutant, str, str], None]

    def run(self, mutants: list[Mutant]) -> None:
        sys.meta_path.insert(0, self.sources)

        def on_the_imported_package() -> bytes:
            left: list[int] = []
            _pytest(
                self.tests, Trial(self.record, lambda *given: self._patching(mutants, left, *given))
            )
            return repr(left).encode()

        answer, ended_by = _in_child(on_the_imported_package)
        if ended_by:
            raise RuntimeError(f"the tests ended with signal {ended_by}")
        for number in ast.literal_eval(answer.decode()):
            mutant = mutants[number]
            self.tell(mutant, *self._try(lambda m=mutant: self._importing(m)))

    def _try(self, function: Callable[[], str]) -> tuple[str, str]:
        """What becomes of a mutant in a child, in which a function says what has noticed it."""

        def run() -> bytes:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            return function().encode()

        answer, ended_by = _in_child(run)
        if ended_by in (signal.SIGPROF, signal.SIGALRM):
            return "timeout", ""
        if answer or ended_by:
            return "killed", answer.decode() or signal.Signals(ended_by).name
        return "survived", ""

    def _changed(self, mutant: Mutant) -> tuple[str, dict[int, CodeType]]:
        """The place of the code that differs; by the id of the old, the new codes around it.

        None of these where the module itself differs, or a function has other free variables.
        """
        old, new = self.sources[mutant.path], mutant.code
        place, codes = mutant.path, {}
        while alike(old, new):
            pairs = enumerate(zip(inside(old), inside(new), strict=True))
            number, (old, new) = next((i, pair) for i, pair in pairs if not same(*pair))
            place += f"/{number}{old.co_name}"
            if old.co_freevars != new.co_freevars:
                return place, {}
            codes[id(old)] = new
        return place, codes

    def _runs_on_import(self, place: str, codes: dict[int, CodeType], lines: Iterable[int]) -> bool:
        *_, innermost = codes.values()
        is_class = not innermost.co_flags & inspect.CO_OPTIMIZED
        if inside(innermost):  # functions that it made on import keep what they were
            lines = self.record.tests.get(place, {})
        return is_class or IMPORT in self.record.running(place, lines)

    def _reaching(self, mutant: Mutant, place: str) -> list[str]:
        """The tests that run the changed lines; where none does by its number, that function."""
        found = self.record.running(place, mutant.lines)
        return self.record.ordered(found or self.record.running(place, self.record.tests[place]))

    def _of_row(self, mutant: Mutant) -> list[str]:
        """The tests that run something of the row or have its name; or all, if there are none."""
        record, (name, lines, _) = self.record, mutant.row
        places = [place for place in record.tests if place.startswith(f"{mutant.path}/")]
        of_row = {test for place in places for test in record.running(place, lines)}
        named = {test for test in record.seconds if name.strip("_").removesuffix("_row") in test}
        order = of_row & named, of_row | named or record.seconds
        return list(dict.fromkeys(test for part in order for test in record.ordered(part)))

    def _importing(self, mutant: Mutant) -> str:
        """Import the package with a fault, and run the tests."""
        place, _ = self._changed(mutant)
        reaching = [] if place == mutant.path else self._reaching(mutant, place)
        tests = list(dict.fromkeys(reaching + self._of_row(mutant)))
        self.sources[mutant.path] = mutant.code
        trial = Trial(self.record, lambda trial, items: trial.run(items, tests))
        status = _pytest(self.tests, trial)
        return trial.failed or ("importing the package" if status else "")

    def _patching(self, mutants: list[Mutant], left: list[int], trial: Trial, items: Items) -> None:
        """Put each mutant into the imported package; `left` gets the numbers of the others."""
        functions = defaultdict(list)
        for found in gc.get_objects():
            if type(found) is FunctionType:
                functions[id(found.__code__)].append(found)
        gc.freeze()

        def with_new_codes(codes: dict[int, CodeType], tests: list[str]) -> str:
            for old, new in codes.items():
                for function in functions[old]:
                    function.__code__ = new
            trial.run(items, tests)
            return trial.failed

        def with_a_new_row(mutant: Mutant) -> str:
            if _make_anew(mutant):
                trial.run(items, self._of_row(mutant))
            return trial.failed

        for number, mutant in enumerate(mutants):
            place, codes = self._changed(mutant)
            if codes and not self._runs_on_import(place, codes, mutant.lines):
                tests = self._reaching(mutant, place)
                outcome = self._try(lambda c=codes, t=tests: with_new_codes(c, t))
                final = COLLECTION not in self.record.running(place, mutant.lines)
            else:
                outcome = self._try(lambda m=mutant: with_a_new_row(m))
                final = False
            # What was made on import, or for the tests, stands as it was: a new import shows more.
            if final or outcome[0] != "survived":
                self.tell(mutant, *outcome)
            else:
                left.append(number)


def _make_anew(mutant: Mutant) -> bool:
    """Run the statement of a mutant in its module: the old objects take what the new ones have.

    Returns whether there were any.
    """
    module = next(m for m in sys.modules.values() if getattr(m, "__file__", "") == mutant.path)
    gc.unfreeze()  # or it would not find who holds what
    names, before = vars(module), dict(vars(module))
    exec(mutant.row[2], names)
    renewed = False
    for name, old in before.items():
        new = names[name]
        if new is old:
            continue
        if type(new) is FunctionType is type(old):
            old.__code__, old.__defaults__ = new.__code__, new.__defaults__
            old.__kwdefaults__ = new.__kwdefaults__
        elif isinstance(getattr(old, "__dict__", None), dict):
            vars(old).update(vars(new))
        else:
            names[name] = old  # a class, a number: others may hold it
            continue
        renewed = True
        for holder in gc.get_referrers(new):
            if type(holder) is dict:
                holder.update({key: old for key, value in holder.items() if value is new})
    return renewed
