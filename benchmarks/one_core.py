"""One core and one thread for every contender, and what stands in the first lines of a run."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
ENVIRONMENT = dict.fromkeys(THREADS, "1") | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}
"""What libraries read when they are loaded, so that they have one thread."""

UNSET = ("OPENBLAS_CORETYPE", "MKL_DEBUG_CPU_TYPE")
"""What would choose other kernels than those for this CPU."""

PEERS = {
    "torch": "PyTorch",
    "jax": "JAX",
    "mygrad": "MyGrad",
    "autograd": "HIPS autograd",
    "micrograd": "micrograd",
    "sklearn": "scikit-learn",
}
"""What contenders import, and what it is called."""

PACKAGES = ("numpy", "scipy", "torch", "jax", "mygrad", "autograd", "micrograd", "scikit-learn")

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""The cores that this process may use, before `pin`; empty where the system does not say."""


def environment() -> dict[str, str]:
    """Return the environment in which contenders are alike."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return kept | ENVIRONMENT


def pin(core: int | None = None) -> None:
    """Keep this process, and those that it starts, on one core: the last, if none is given."""
    if CORES:
        os.sched_setaffinity(0, {CORES[-1] if core is None else core})


def release() -> None:
    """Let this process, and those that it starts, use all cores again."""
    if CORES:
        os.sched_setaffinity(0, CORES)


def print_machine() -> None:
    """Print what the figures depend on: the CPU, its BLAS, versions, and the load."""
    print(f"{_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    print(f"NumPy's BLAS: {blas.get('name')} {blas.get('version')}; loaded: {', '.join(_loaded())}")
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}")
    where = f"core {CORES[-1]}" if CORES else "no core of its own (the system can't pin)"
    print(f"one thread, {where}", end="")
    if hasattr(os, "getloadavg"):
        print(f"; load at the start {os.getloadavg()[0]:.1f}", end="")
    print("\n")


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"model name\s*: (.+)", information.read_text())
        if found:
            return found[1]
    return platform.processor() or "a CPU without a name"


def _loaded() -> list[str]:
    """Return each BLAS that is in memory, with the kernel that it chose for this CPU."""
    if find_spec("scipy"):
        import scipy.linalg  # noqa: F401  the native back end calls its BLAS
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ["unknown, install threadpoolctl"]
    return [
        f"{Path(found['filepath']).name} {found.get('version')}, "
        f"kernel {found.get('architecture', 'unknown')}"
        for found in threadpool_info()
        if found["user_api"] == "blas"
    ] or ["none that threadpoolctl knows"]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
