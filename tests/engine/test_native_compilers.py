"""C compilers that are missing, fail or hang, and the cache of what they made."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_core import Program, compile
from autograd_core.program import native
from autograd_core.program.native import blas, cache, compiler
from autograd_core.program.native.compiler import CompilerError, compilers

REAL = list(compilers())
needs_compiler = pytest.mark.skipif(not REAL, reason="there is no C compiler on this machine")
posix = pytest.mark.skipif(os.name == "nt", reason="scripts and modes of POSIX")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: Any) -> Iterator[Path]:
    """A cache of its own for each test, and nothing remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    native._said.clear()
    native._hanging.clear()
    yield tmp_path / "cache" / "autograd-core" / "native"
    native._said.clear()
    native._hanging.clear()


def program() -> Program:
    return Program.record(lambda x: np.sum(x * x), np.ones(3))


def works(executable: Any) -> bool:
    return bool(executable(np.array([1.0, 2.0, 2.0])) == [9.0])


def fake(folder: Path, monkeypatch: Any, script: str) -> None:
    """Let a script be the only compiler."""
    folder = folder / "bin"
    folder.mkdir()
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: None)


# --- which compiler -------------------------------------------------------------------------------


@posix
def test_without_a_compiler_numpy_runs_it_and_says_so_once(
    tmp_path: Path, monkeypatch: Any, recwarn: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: None)
    for _ in range(2):
        executable = native.build(program())
        assert works(executable)
        assert executable.backend == "numpy"
        assert 'pip install "autograd-core[native]"' in executable.reason  # type: ignore[union-attr]
    assert len(recwarn) == 1
    assert "NumPy runs its programs: this machine has no C compiler" in str(recwarn[0].message)
    with pytest.raises(CompilerError, match="no C compiler"):
        native.compiled(program())


@posix
def test_a_compiled_function_works_without_a_compiler(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: None)
    f = compile(lambda x: np.sum(x * x), backend="native")
    with pytest.warns(RuntimeWarning, match="no C compiler"):
        assert f(np.array([1.0, 2.0, 2.0])) == 9.0


@posix
def test_a_parameter_is_updated_without_a_compiler(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: None)
    step = Program.record(lambda x, w: (np.sum(w), w - x), np.ones(3), np.ones(3))
    with pytest.warns(RuntimeWarning):
        executable = native.build(step.replaced(aliases={1: 1}, guard=0), bound=[1])
    w = np.ones(3)
    executable.bind({1: w})
    assert executable(np.ones(3)) == [3.0]
    assert (w == 0).all()


@posix
def test_a_compiler_that_fails_is_told_of_with_its_words(tmp_path: Path, monkeypatch: Any) -> None:
    fake(tmp_path, monkeypatch, "echo licence has expired >&2; exit 3")
    with pytest.warns(RuntimeWarning, match=r"(?s)cc failed with status 3: licence has expired"):
        executable = native.build(program())
    assert works(executable)
    assert "licence has expired" in executable.reason  # type: ignore[union-attr]


@posix
def test_a_compiler_that_writes_nothing_or_rubbish(tmp_path: Path, monkeypatch: Any) -> None:
    fake(tmp_path, monkeypatch, "exit 0")
    with pytest.warns(RuntimeWarning, match="it said nothing"):
        assert works(native.build(program()))
    rubbish = 'for a; do [ "$o" = -o ] && echo rubbish > "$a"; o=$a; done'
    (tmp_path / "bin" / "cc").write_text(f"#!/bin/sh\n{rubbish}\n")
    with pytest.warns(RuntimeWarning, match="NumPy runs its programs"):
        assert works(native.build(program()))


@posix
def test_a_compiler_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: Any, own_cache: Path
) -> None:
    sleeping = "/bin/sleep" if Path("/bin/sleep").exists() else "/usr/bin/sleep"
    fake(
        tmp_path,
        monkeypatch,
        f'[ "$1" = --version ] && exit 0\n{sleeping} 600 & echo $! > {tmp_path}/child; wait',
    )
    monkeypatch.setattr(compiler, "TIMEOUT", 0.5)
    with pytest.warns(RuntimeWarning, match="did not finish within 0.5 s"):
        assert works(native.build(program()))
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        state = Path(f"/proc/{child}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.02)
    else:
        pytest.fail("the compiler's child still runs")
    start = time.monotonic()
    with pytest.raises(CompilerError, match="did not finish"):
        native.compiled(program())  # it is not waited for again
    assert time.monotonic() - start < 0.4
    assert not list(own_cache.iterdir())


@posix
@needs_compiler
def test_the_next_compiler_is_taken_where_one_fails(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "cc").write_text("#!/bin/sh\nexit 1\n")
    (folder / "cc").chmod(0o755)
    real = next(c for c in REAL if "ziglang" not in c.command)
    (folder / "gcc").symlink_to(real.command[0])
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))
    monkeypatch.delenv("CC", raising=False)
    assert native.build(program()).backend == "native"


@posix
@needs_compiler
def test_cc_of_the_environment_comes_first_and_may_have_arguments(
    tmp_path: Path, monkeypatch: Any
) -> None:
    real = next(c for c in REAL if "ziglang" not in c.command)
    monkeypatch.setenv("CC", f"{real.command[0]} -DFIRST")
    found = next(compilers())
    assert found.command == (real.command[0], "-DFIRST")
    assert found.key != real.key
    assert works(native.build(program()))


@posix
@pytest.mark.parametrize(
    ("given", "said"),
    [("nosuchcc -x", "the compiler of $CC='nosuchcc -x' is not there"), ("gcc 'x", "$CC can't be")],
)
def test_cc_that_names_no_compiler(monkeypatch: Any, given: str, said: str) -> None:
    monkeypatch.setenv("CC", given)
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: None)
    with pytest.warns(RuntimeWarning, match=re.escape(said)):
        assert works(native.build(program()))


def test_the_wheel_is_the_last_to_be_asked(monkeypatch: Any) -> None:
    monkeypatch.setattr(compiler.util, "find_spec", lambda name: object())
    monkeypatch.setattr(compiler.metadata, "version", lambda name: "0.14.0")
    monkeypatch.delenv("CC", raising=False)
    last = list(compilers())[-1]
    assert last.command == (sys.executable, "-m", "ziglang", "cc")
    assert last.version == "ziglang 0.14.0"
    assert "-mcpu=native" in last.flags


def test_nothing_bends_the_arithmetic() -> None:
    for kind in ("gcc", "clang", "zig"):
        flags = compiler._flags(kind)
        assert "-ffp-contract=off" in flags
        assert not {"-Ofast", "-ffast-math", "-funsafe-math-optimizations"} & set(flags)
        assert "-ffinite-math-only" not in flags


# --- the cache ------------------------------------------------------------------------------------


def libraries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


@needs_compiler
def test_what_was_compiled_is_not_compiled_again(own_cache: Path, monkeypatch: Any) -> None:
    assert works(native.build(program()))
    (path,) = libraries(own_cache)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in path.name
    assert [p.name for p in own_cache.iterdir()] == [path.name]  # no folder is left

    def never(*args: Any, **options: Any) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(compiler.Compiler, "build", never)
    assert native.build(program()).backend == "native"


@posix
@needs_compiler
def test_the_folder_is_for_this_user_alone(own_cache: Path) -> None:
    native.build(program())
    for folder in (own_cache, own_cache.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert libraries(own_cache)[0].stat().st_mode & 0o777 == 0o600


@needs_compiler
@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "text"])
def test_a_damaged_file_is_made_again(own_cache: Path, damage: str) -> None:
    code = (
        "import numpy as np; from autograd_core import Program; "
        "from autograd_core.program import native; "
        "p = Program.record(lambda x: np.sum(x * x), np.ones(3)); "
        "print(native.build(p)(np.array([1.0, 2.0, 2.0]))[0], native.build(p).backend)"
    )

    def in_a_process() -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        return done.stdout.strip() or done.stderr

    assert in_a_process() == "9.0 native"
    (path,) = libraries(own_cache)
    content = path.read_bytes()
    middle = len(content) // 2
    damaged = {
        "cut": content[:middle],
        "changed": content[:middle] + b"\xff" * 64 + content[middle + 64 :],
        "empty": b"",
        "text": b"hello",
    }
    path.write_bytes(damaged[damage])
    assert in_a_process() == "9.0 native"
    (again,) = libraries(own_cache)
    assert again.read_bytes() == content


@posix
@needs_compiler
def test_a_link_in_place_of_a_library_is_not_followed(own_cache: Path, tmp_path: Path) -> None:
    native.build(program())
    (path,) = libraries(own_cache)
    foreign = tmp_path / "foreign.so"
    foreign.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(foreign)
    assert works(native.build(program()))
    (again,) = libraries(own_cache)
    assert not again.is_symlink()


def private_temporary(folder: Path) -> bool:
    return folder.parent == Path(tempfile.gettempdir()) and folder.stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.parametrize("mode", [0o777, 0o750, 0o705])
def test_a_folder_that_others_can_open_is_not_used(own_cache: Path, mode: int) -> None:
    assert cache.cache_folder() == own_cache
    for folder in (own_cache, own_cache.parent):
        folder.chmod(mode)
        assert private_temporary(cache.cache_folder())
        folder.chmod(0o700)
    assert cache.cache_folder() == own_cache


@posix
def test_nor_a_link_nor_one_below_a_folder_that_all_can_write(
    own_cache: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    own_cache.parent.mkdir(parents=True, mode=0o700)
    own_cache.symlink_to(elsewhere)
    assert private_temporary(cache.cache_folder())
    own_cache.unlink()
    tmp_path.chmod(0o777)
    assert private_temporary(cache.cache_folder())
    tmp_path.chmod(0o1777)  # as /tmp is: nobody can rename what is another's
    assert cache.cache_folder() == own_cache


@posix
def test_nor_one_of_another_user(own_cache: Path, monkeypatch: Any) -> None:
    assert cache.cache_folder() == own_cache
    monkeypatch.setattr(os, "geteuid", lambda: own_cache.stat().st_uid + 1)
    assert private_temporary(cache.cache_folder())


@needs_compiler
def test_where_no_cache_can_be_written_it_goes_with_the_process(
    tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert private_temporary(cache.cache_folder())
    assert native.build(program()).backend == "native"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/path")
    assert cache._place_for_caches().is_absolute()


@needs_compiler
def test_a_full_disk_leaves_the_library_to_this_process(own_cache: Path, monkeypatch: Any) -> None:
    real = cache.write_atomically

    def full(path: Path, content: bytes) -> Path:
        if path.parent == own_cache:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(cache, "write_atomically", full)
    assert works(native.build(program()))
    assert not libraries(own_cache)


def test_the_oldest_go(own_cache: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(cache, "_MOST", 3)
    folder = cache.cache_folder()
    for number in range(5):
        path = folder / f"{number}{cache._SUFFIX}"
        path.write_bytes(b"")
        os.utime(path, (number, number))
    for name, age in (("build-old", 2 * cache._A_DAY), ("build-new", 0)):
        (folder / name).mkdir()
        (folder / name / "half.so").write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    cache._forget_oldest(folder)
    assert [path.name for path in folder.glob("build-*")] == ["build-new"]
    assert [path.stem for path in libraries(folder)] == ["2", "3", "4"]


@needs_compiler
def test_two_processes_at_once_end_with_one_good_file(own_cache: Path) -> None:
    code = (
        "import sys, numpy as np; from autograd_core import Program; "
        "from autograd_core.program import native; "
        "p = Program.record(lambda x: np.exp(np.sum(x * x)), np.ones(3)); "
        "sys.stdin.read(); "
        "print(native.build(p)(np.zeros(3))[0], native.build(p).backend)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.close()
    for process in both:
        assert process.stdout is not None
        assert process.stdout.read() == "1.0 native\n"
        process.stdout.close()
        assert process.wait() == 0
    (path,) = libraries(own_cache)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in path.name


@posix
def test_a_compile_that_is_interrupted_leaves_nothing(
    tmp_path: Path, own_cache: Path, monkeypatch: Any
) -> None:
    fake(
        tmp_path,
        monkeypatch,
        f'[ "$1" = --version ] && exit 0\necho half > program.so; echo > {tmp_path}/begun\n'
        "exec /bin/sleep 60",  # left behind it would keep no core busy
    )
    code = (
        "import numpy as np; from autograd_core import Program; "
        "from autograd_core.program import native; "
        "native.build(Program.record(lambda x: np.sum(x * x), np.ones(3)))"
    )
    # What runs in the background ignores Ctrl-C, and so does what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        signal.signal(signal.SIGINT, before)
        try:
            for _ in range(3000):
                if (tmp_path / "begun").exists():
                    break
                time.sleep(0.01)
            time.sleep(0.3)  # until Popen has returned, which can't be interrupted cleanly
            assert [path.is_dir() for path in own_cache.iterdir()] == [True]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) != 0
        finally:
            process.kill()
    assert not list(own_cache.iterdir())


# --- BLAS -----------------------------------------------------------------------------------------


def test_the_pointers_of_blas_multiply() -> None:
    pytest.importorskip("scipy")
    blas.gemm_pointers.cache_clear()
    assert set(blas.gemm_pointers()) == {"float32", "float64"}


def test_a_blas_that_counts_otherwise_is_not_called(monkeypatch: Any) -> None:
    pytest.importorskip("scipy")
    for name, value in (("_INTEGERS", "void (char *, char *, long *"), ("_multiplies", None)):
        blas.gemm_pointers.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr(blas, name, value or (lambda address, dtype: False))
            assert blas.gemm_pointers() == {}
    blas.gemm_pointers.cache_clear()
