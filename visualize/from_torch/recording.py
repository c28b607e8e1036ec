"""`record_torch`: what torch computes, written down while it runs.

Imports torch when it is called: it is no requirement of ours.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from autograd_core.modes import Scope, current, mode
from autograd_core.node import next_serial

DEEPEST = 10_000
"""Torch crashes when it frees a chain of some 45,000 operations whose gradients were asked for."""

MOST_PASSES = 4
"""So many backward passes are remembered: several losses may share their parameters."""


# --- what is written down -------------------------------------------------------------------------


class Call:
    """One call of a function of torch, with the entries of its tensors in their places."""

    __slots__ = ("arguments", "function", "name", "options", "random", "scope")

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        random: Any = None,
    ) -> None:
        self.function = function
        self.name = name_of(function)
        self.arguments = arguments
        self.options = options
        self.scope: Scope | None = current()[1]
        self.random = random  # the generator's state before it, where it draws random numbers

    @property
    def entries(self) -> list[Entry]:
        """Those of its tensors, in the order of its arguments."""
        return [x for x in parts((self.arguments, self.options)) if type(x) is Entry]


class Entry:
    """A tensor as it was: its numbers, the call that made it, the gradient that came to it.

    It points to the entries of the call's inputs and to no tensor, so that it costs a copy of the
    numbers and is gone with the last result that was made of it.
    """

    __slots__ = (
        "__weakref__",
        "call",
        "depth",
        "dtype",
        "gradients",
        "name",
        "output",
        "requires_grad",
        "serial",
        "value",
    )

    def __init__(
        self, tensor: Any, call: Call | None, output: int | None = None, serial: int | None = None
    ) -> None:
        self.call = call
        self.output = output  # which of several results of the call
        self.depth: int = 1 + max((x.depth for x in call.entries), default=0) if call else 0
        if self.depth > DEEPEST:
            raise RuntimeError(
                f"record_torch() expects at most {DEEPEST:,} operations in a row, got more. "
                "Record fewer steps, or leave the with block between them"
            )
        self.value = array_of(tensor)
        self.dtype = str(tensor.dtype).removeprefix("torch.")
        self.name: str | None = None
        self.serial = next_serial() if serial is None else serial
        self.gradients: dict[int, Any] = {}
        self.requires_grad = False
        self.watch(tensor)

    def watch(self, tensor: Any) -> None:
        """Keep the gradient of each backward pass that comes by, with the number of the pass.

        A leaf's ``.grad`` may be of another graph, or the sum over several.
        """
        if self.requires_grad or not tensor.requires_grad:
            return
        import torch

        self.requires_grad = True
        me = weakref.ref(self)

        def keep(gradient: Any) -> None:
            entry = me()
            if entry is not None and gradient is not None:
                entry.gradients[torch._C._current_graph_task_id()] = array_of(gradient)
                if len(entry.gradients) > MOST_PASSES:
                    del entry.gradients[next(iter(entry.gradients))]

        keep.__torch_unserializable__ = True  # type: ignore[attr-defined]  # torch.save need not warn
        # Parameters outlive the graph.
        finalizer = weakref.finalize(self, tensor.register_hook(keep).remove)
        finalizer.atexit = False


def array_of(tensor: Any) -> Any:
    """Return a copy of a tensor's numbers, as a node holds them."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if str(tensor.layout) != "torch.strided":
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    try:
        array = np.array(tensor.numpy())
    except TypeError:  # bfloat16 and shorter ones, which NumPy has not
        array = tensor.float().numpy()
    return array if array.ndim else array[()]


def parts(x: Any) -> Iterator[Any]:
    """Everything in nested lists, tuples and dicts, in order."""
    if isinstance(x, (list, tuple)):
        for part in x:
            yield from parts(part)
    elif isinstance(x, dict):
        yield from parts(list(x.values()))
    else:
        yield x


def replaced(x: Any, replace: Callable[[Any], Any]) -> Any:
    """Nested lists, tuples and dicts with every part replaced."""
    if isinstance(x, dict):
        return {key: replaced(part, replace) for key, part in x.items()}
    if isinstance(x, tuple):
        return tuple([replaced(part, replace) for part in x])
    if isinstance(x, list):
        return [replaced(part, replace) for part in x]
    return replace(x)


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function of torch without underscores: ``__radd__`` and ``add_`` are add."""
    name = getattr(function, "__name__", type(function).__name__)
    if name == "__get__":  # of an attribute, such as T
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    name = name.strip("_")
    return _REFLECTED.get(name, name)


_REFLECTED = {"radd": "add", "rmul": "mul"} | {
    f"i{name}": name for name in ("add", "sub", "mul", "div", "truediv", "floordiv", "pow", "mod")
}
"""Operators that change nothing but the side or the place."""

_CUTS = frozenset({"data", "detach"})
"""What gives a tensor without its history."""

_NO_OPERATIONS = frozenset(
    {"as_tensor", "backward", "grad", "new_tensor", "new_empty", "new_full", "new_ones",
     "new_zeros", "empty_like", "full_like", "ones_like", "rand_like", "randint_like", "randn_like",
     "register_hook", "retain_grad", "set", "tensor", "zeros_like"}
)  # fmt: skip
"""What gives a new leaf, or nothing that belongs into a graph."""

_ENTRIES = "autograd_core.entries"
"""The key of the entries of its results in the metadata of a node of torch's graph."""

_RANDOM = ("dropout", "rrelu", "bernoulli", "multinomial", "normal", "uniform", "poisson")


# --- which tensor has which entry -----------------------------------------------------------------


class _Known:
    """The entries of tensors that are alive, each with the version of the tensor that it is of.

    A result keeps its entry. A leaf does not: parameters outlive the graphs that are made of them.
    """

    def __init__(self) -> None:
        from torch.utils.weak import WeakTensorKeyDictionary

        self.results: Any = WeakTensorKeyDictionary()
        self.leaves: Any = WeakTensorKeyDictionary()

    def find(self, tensor: Any) -> tuple[Entry | None, int]:
        """The latest entry of a tensor, and the version that it was of."""
        found = self.results.get(tensor)
        if found is not None:
            return found
        leaf, version = self.leaves.get(tensor, (None, 0))
        return (None if leaf is None else leaf()), version

    def put(self, tensor: Any, entry: Entry) -> None:
        """Enter the latest entry of a tensor."""
        if entry.call is None:
            self.results.pop(tensor, None)
            self.leaves[tensor] = weakref.ref(entry), version_of(tensor)
        else:
            self.results[tensor] = entry, version_of(tensor)


@cache
def known() -> _Known:
    """The one table of entries."""
    return _Known()


def version_of(tensor: Any) -> int:
    """How often the memory of a tensor was changed in place; 0 where torch does not count it."""
    return 0 if tensor.is_inference() else tensor._version


def is_leaf(tensor: Any) -> bool:
    """Whether a tensor is a leaf of torch's graph that wants a gradient."""
    return tensor.requires_grad and tensor.grad_fn is None


def _has_no_numbers(tensor: Any) -> bool:
    """Whether a tensor only stands for others, as inside of torch.func.grad, or has no data."""
    import torch

    return tensor.is_meta or torch._C._functorch.is_functorch_wrapped_tensor(tensor)


def is_tensor(x: Any) -> bool:
    """Whether something is a tensor of torch, which is not imported for that.

    Examples
    --------
    >>> is_tensor(1.0)
    False
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, getattr(torch, "Tensor", ()))


# --- recording ------------------------------------------------------------------------------------


class record_torch:
    """Record what PyTorch computes in a with block, so that `draw` and `explain` take its tensors.

    Nothing is computed otherwise than without it. The picture shows torch's numbers: the value of
    each tensor as it was, and the gradients of the latest backward pass through the graph.

    Parameters
    ----------
    *named : torch.nn.Module or mapping of str to torch.Tensor
        Modules whose parameters get their names; tensors by names that are no Python names. A
        module that is called inside is named by itself.
    **names : torch.Tensor or torch.nn.Module
        Tensors by name; modules whose parameters get this name and a dot before theirs.

    Raises
    ------
    ImportError
        If PyTorch is not installed (``pip install autograd-core[torch]``).
    TypeError
        If something else than tensors and modules is given a name.

    Notes
    -----
    Functions that have a peer among our operations are drawn as it is, others as a box of torch's
    name; ``linear`` and the losses are drawn as the operations that they consist of. Each call of
    a module inside of another is a scope, which folds. What is made inside ``torch.no_grad()``, by
    ``detach()`` or before the block is a leaf.

    It is a mode for functions of torch, not for its dispatcher: that sees matrices transposed and
    products split up in other ways than they were written.

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> from visualize import draw, record_torch
    >>> x, w = torch.tensor(3.0), torch.tensor(2.0, requires_grad=True)  # doctest: +SKIP
    >>> with record_torch(x=x, w=w) as recording:  # doctest: +SKIP
    ...     loss = (w * x - 1) ** 2
    >>> recording.name(L=loss)  # doctest: +SKIP
    >>> loss.backward()  # doctest: +SKIP
    >>> draw(loss)  # doctest: +SKIP
    name  operation  value  gradient
    x     -          3      -
    w     -          2      30
    -     multiply   6      10
    -     subtract   5      10
    L     power      25     1
    """

    def __init__(self, *named: Any, **names: Any) -> None:
        try:
            from torch.utils.weak import WeakTensorKeyDictionary
        except ImportError as error:
            raise ImportError(
                "record_torch() expects PyTorch, which is not installed. Write: "
                "pip install autograd-core[torch]"
            ) from error
        self._names: Any = WeakTensorKeyDictionary()
        self._changes: dict[int, list[tuple[int, Any, Any]]] = {}
        self._modules: list[tuple[Any, Any]] = []
        self._paths: dict[int, str] = {}
        self._open: list[tuple[Any, list[Any]]] = []
        for thing in named:
            if isinstance(thing, Mapping):
                self.name(thing)
            else:
                self._name_module(thing, "", "record_torch(...)")
        self.name(names)

    # --- names --------------------------------------------------------------------------------

    def name(self, named: Mapping[str, Any] | None = None, /, **names: Any) -> None:
        """Name tensors, results too, and modules: by the mapping `named`, or by keywords."""
        for name, thing in {**(named or {}), **names}.items():
            if not isinstance(name, str):
                raise TypeError(f"record_torch() expects names (str), got {name!r}")
            if not is_tensor(thing):
                self._name_module(thing, f"{name}.", f"record_torch({name}=...)")
                continue
            entry, version = known().find(thing)
            if entry is not None and version == version_of(thing):
                entry.name = name
            self._names[thing] = name, self._serial(thing)

    def _serial(self, tensor: Any) -> int:
        """The number that a leaf has in the order in which tensors were named."""
        before = self._names.get(tensor)
        return before[1] if before else next_serial()

    def _name_module(self, module: Any, prefix: str, called: str) -> None:
        if not callable(getattr(module, "named_parameters", None)):
            raise TypeError(
                f"{called} expects a tensor or a module of torch, got {type(module).__name__}. "
                "Write for example: with record_torch(model, x=x): loss = ..."
            )
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            if tensor not in self._names:
                self._names[tensor] = f"{prefix}{name}", self._serial(tensor)

    # --- the with block -----------------------------------------------------------------------

    def __enter__(self) -> record_torch:
        from torch.nn.modules.module import (
            register_module_forward_hook,
            register_module_forward_pre_hook,
        )
        from torch.overrides import TorchFunctionMode

        thread = threading.get_ident()

        def called(
            _: Any, function: Any, types: Any, arguments: Any = (), options: Any = None
        ) -> Any:
            return self._called(function, arguments, options or {})

        def enter(module: Any, inputs: Any) -> None:
            if threading.get_ident() == thread:
                self._enter_module(module)

        def leave(module: Any, inputs: Any, result: Any) -> None:
            if threading.get_ident() == thread:
                self._leave_module(module)

        recorder = type("Recorder", (TorchFunctionMode,), {"__torch_function__": called})()
        hooks = [
            register_module_forward_pre_hook(enter),
            register_module_forward_hook(leave, always_call=True),
        ]
        self._open.append((recorder, hooks))
        recorder.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        recorder, hooks = self._open.pop()
        for hook in hooks:
            hook.remove()
        while self._modules:  # an exception may have left them open
            mode.set(self._modules.pop()[1])
        recorder.__exit__(*exception)

    # --- modules are scopes -------------------------------------------------------------------

    def _enter_module(self, module: Any) -> None:
        outermost = not self._modules
        if outermost:
            self._name_module(module, "", "record_torch(...)")
            self._paths = {id(part): path for path, part in module.named_modules()}
        before = mode.get()
        self._modules.append((module, before))
        if outermost and next(module.children(), None) is not None:
            return  # the network itself: its layers are the boxes
        name = self._paths.get(id(module), "").rpartition(".")[2]
        if not name or name.isdigit():
            name = type(module).__name__
        mode.set((before[0], Scope(name, current()[1], _formulas(module))))

    def _leave_module(self, module: Any) -> None:
        if self._modules and self._modules[-1][0] is module:
            mode.set(self._modules.pop()[1])

    # --- calls --------------------------------------------------------------------------------

    def _called(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        import torch

        name = name_of(function)
        given = {key: x for key, x in options.items() if key != "out"}
        tensors = [x for x in parts((arguments, given)) if isinstance(x, torch.Tensor)]
        if (
            not tensors
            or name in _NO_OPERATIONS
            or not torch.is_grad_enabled()
            or any(map(_has_no_numbers, tensors))
        ):
            return function(*arguments, **options)
        if name in _CUTS:
            result = function(*arguments, **options)
            self._cut(tensors[0], result)
            return result
        # What changes its argument is read before, anything else when it has a tensor as a result.
        changes = function.__name__.endswith("_") or given.get("inplace") is True
        random = torch.get_rng_state() if any(word in name for word in _RANDOM) else None
        call = self._call(function, arguments, given, random) if changes else None
        versions = [version_of(x) for x in tensors]
        result = function(*arguments, **options)
        found = [x for x in parts(result) if isinstance(x, torch.Tensor)]
        several = isinstance(result, (list, tuple))
        changed = [x for x, v in zip(tensors, versions, strict=True) if version_of(x) != v]
        if result is None:
            found = changed
        for position, tensor in enumerate(found):
            if any(tensor is x for x in tensors) and not any(tensor is x for x in changed):
                continue  # nothing was done, as by contiguous()
            if is_leaf(tensor):
                continue  # filled with new numbers
            call = call or self._call(function, arguments, given, random)
            entry = Entry(tensor, call, position if several else None)
            if tensor in self._names and any(tensor is x for x in changed):
                entry.name = self._names[tensor][0]
            known().put(tensor, entry)
            if tensor.grad_fn is not None:
                tensor.grad_fn.metadata.setdefault(_ENTRIES, {})[tensor.output_nr] = entry
            if any(tensor is x for x in changed):
                self._remember(tensor, entry)
        return result

    def _call(
        self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any], random: Any
    ) -> Call:
        import torch

        def entered(x: Any) -> Any:
            return self._entry(x, sets) if isinstance(x, torch.Tensor) else x

        # ``x[0] += 1`` has changed x through a view already: what is set is that view.
        sets = name_of(function) == "setitem"
        return Call(function, replaced(arguments, entered), replaced(options, entered), random)

    def _entry(self, tensor: Any, as_it_was: bool = False) -> Entry:
        """The entry of a tensor as it is now."""
        entry, version = known().find(tensor)
        if entry is not None and entry.call is not None and is_leaf(tensor):
            entry = None  # requires_grad_() has made it one
        if entry is not None and (as_it_was or version == version_of(tensor)):
            entry.watch(tensor)  # requires_grad_() may have come since
            return entry
        changed = self._changed_since(tensor, entry, version) if entry is not None else None
        if entry is None:
            changed = self._own_function(tensor)
        if changed is None:
            name, serial = self._names.get(tensor, (None, None))
            if serial is not None:
                self._names[tensor] = name, next_serial()
            changed = Entry(tensor, None, serial=serial)
            changed.name = name
        known().put(tensor, changed)
        return changed

    def _own_function(self, tensor: Any) -> Entry | None:
        """The entry of what a `torch.autograd.Function` of the user's gave: no mode sees it run."""
        made_by = tensor.grad_fn
        function = getattr(made_by, "_forward_cls", None)
        if function is None:
            return None
        inputs = []
        for before, number in made_by.next_functions:
            if hasattr(before, "variable"):
                inputs.append(self._entry(before.variable))
            elif before is not None:
                inputs.append(before.metadata.get(_ENTRIES, {}).get(number))
        if not inputs or None in inputs:
            return None
        return Entry(tensor, Call(OwnFunction(function), tuple(inputs), {}))

    def _cut(self, tensor: Any, result: Any) -> None:
        entry, _ = known().find(tensor)
        name = entry.name if entry is not None else self._names.get(tensor, (None,))[0]
        if name is not None and result not in self._names:
            self._names[result] = name, next_serial()

    # --- memory that several tensors share ----------------------------------------------------

    def _remember(self, tensor: Any, entry: Entry) -> None:
        """Note a change in place: other tensors may be views of the same memory."""
        place = tensor.untyped_storage().data_ptr()
        self._changes.setdefault(place, []).append(
            (version_of(tensor), weakref.ref(entry), places_of(tensor))
        )

    def _changed_since(self, tensor: Any, entry: Entry, version: int) -> Entry | None:
        """The entry after recorded changes of other tensors in its memory; None without any."""
        mine = places_of(tensor)
        found: Entry | None = None
        for number, reference, theirs in self._changes.get(tensor.untyped_storage().data_ptr(), ()):
            change = reference()
            if change is None or not version < number <= version_of(tensor):
                continue
            if np.intersect1d(mine, theirs).size:
                call = Call(changed_by, (found or entry, change), {"places": (mine, theirs)})
                found = Entry(tensor, call)
        return found


class OwnFunction:
    """A `torch.autograd.Function` of the user's, called on its inputs that want a gradient."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.__name__ = function.__name__

    def __call__(self, *inputs: Any) -> Any:
        """Apply it."""
        return self._function.apply(*inputs)


def places_of(tensor: Any) -> Any:
    """Where in its memory each entry of a tensor stands."""
    places = np.array(tensor.storage_offset())
    for count, stride in zip(tensor.shape, tensor.stride(), strict=True):
        places = places[..., None] + np.arange(count) * stride
    return places


def changed_by(x: Any, change: Any, *, places: Any) -> Any:
    """`x` with the entries that another tensor in its memory has changed; each knows its places.

    Examples
    --------
    >>> places = np.arange(3), np.array(1)  # all, and the second
    >>> changed_by(np.array([1.0, 2.0, 3.0]), np.array(9.0), places=places)
    array([1., 9., 3.])
    """
    mine, theirs = places
    memory = {place: n for n, place in enumerate(theirs.ravel().tolist())}
    taken = np.array([memory.get(place, -1) for place in mine.ravel().tolist()])
    old, new = np.ravel(x), np.ravel(change)
    return np.where(taken >= 0, new[taken], old).reshape(mine.shape)


_LAYERS = {"ReLU": "ReLU", "Sigmoid": "Sigmoid", "Tanh": "Tanh", "Flatten": "Flatten"}
_LOSSES = {
    "CrossEntropyLoss": "SoftMaxCrossEntropyLoss",
    "BCEWithLogitsLoss": "SigmoidCrossEntropyLoss",
}
_MEANS = {"MSELoss": "MeanSquaredError", "L1Loss": "MeanAbsoluteError"}


def _formulas(module: Any) -> Any:
    """What the folded box of a module shows, if it is a layer or loss whose formulas are known."""
    kind = type(module)
    if not kind.__module__.startswith("torch.nn."):
        return None
    import nn

    name, reduction = kind.__name__, getattr(module, "reduction", None)
    if name == "Linear":
        if module.bias is None:
            return nn.Formulas("Y = X Wᵀ", ("E′ = E W", "∂W = Eᵀ X"))
        return nn.Formulas("Y = X Wᵀ + b", ("E′ = E W", "∂W = Eᵀ X", "∂b = Σ E"))
    if name in _LAYERS:
        return getattr(nn, _LAYERS[name]).formulas
    if name in _MEANS and reduction == "mean":
        return getattr(nn, _MEANS[name]).formulas
    plain = getattr(module, "weight", None) is None and not getattr(module, "label_smoothing", 0)
    if name in _LOSSES and reduction in ("sum", "mean") and plain:
        return getattr(nn, _LOSSES[name])(reduction=reduction).formulas
    return None
