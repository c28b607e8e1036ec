"""einops on nodes: ``einops.rearrange(node, "a b -> b a")``.

einops asks each of its back ends whether an array is theirs, so nodes need one there. It is added
when einops is imported, before or after this package, and nothing is imported for it here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .node import Node

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_BACKENDS = "einops._backends"


def _add_backend(backends: ModuleType) -> None:
    numpys: Any = getattr(backends, "NumpyBackend", None)
    if numpys is None:  # another einops than those that are known
        return

    class NodeBackend(numpys):  # type: ignore[misc]
        """NumPy's functions, which record."""

        framework_name = "autograd_core"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return type(tensor) is Node

    backends.NodeBackend = NodeBackend  # type: ignore[attr-defined]  # it is found while it lives


class _WhenImported:  # its base class would import much that is not needed
    """Adds the back end as soon as einops has made its own."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _BACKENDS:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executed(module: ModuleType) -> None:
                execute(module)
                _add_backend(module)

            spec.loader.exec_module = executed  # type: ignore[method-assign]
        return spec


if _BACKENDS in sys.modules:
    _add_backend(sys.modules[_BACKENDS])
else:
    sys.meta_path.insert(0, _WhenImported())
