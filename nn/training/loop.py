"""The training loop: epochs of shuffled batches, watched, interruptible, and resumable."""

from __future__ import annotations

import itertools
import json
import math
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..calls import NEEDED
from ..data.augmentation import Augment, augmented
from ..data.loader import DataLoader
from ..data.preparation import batches
from ..data.several import arrays_of, each_array
from ..distributed import current, share
from ..finite import warn
from ..losses.loss import Expected
from ..metrics import Metric
from . import checkpoint
from .accumulation import Part, parts_of_group, weight_of
from .averaging import averaged, averages_first
from .callbacks import Callback, is_from_elsewhere, wants_graph
from .causes import Start
from .checkpoint_check import rate_in, without_rates
from .compiled_steps import SAME_BITS
from .history import History, Row
from .interrupt import deferred_interrupt
from .supervision import (
    Inspection,
    Watch,
    require_something_to_learn,
    warn_about_groups,
    warn_about_schedule,
    warn_about_structure,
)
from .totals import Totals, flat

if TYPE_CHECKING:
    from ..network import BatchResult, NeuralNetwork

_FINGERPRINT_SAMPLES = 1024
_FINGERPRINT_ENTRIES = 2**20

_MOST_TARGETS = 2**24
"""Entries of rows of classes that are made for all samples at once, and not for each batch."""

_INSPECT_EVERY = 8
"""Batches, at least, from one look at the layers to the next."""


class _Batch(NamedTuple):
    """Samples, their labels, these as the loss takes them, and how much each counts."""

    x: Any
    labels: npt.NDArray[Any]
    targets: npt.NDArray[Any]
    weight: npt.NDArray[Any] | None = None
    counted: npt.NDArray[Any] | None = None


@dataclass(eq=False)
class TrainingRun:
    """One call of `NeuralNetwork.fit`, from its first batch or from where a checkpoint stands.

    Everything that the next batch depends on is in the network, its optimizer, its generators and
    the attributes below, and goes into a checkpoint: a resumed run gives the same bits as one that
    was not interrupted.
    """

    network: NeuralNetwork
    samples: npt.NDArray[Any]
    labels: npt.NDArray[Any]
    _: KW_ONLY
    epochs: int
    batch_size: int
    validation_data: tuple[Any, ...] | None
    """What `NeuralNetwork.evaluate` is called on."""
    callbacks: Sequence[Callback]
    folder: Path | None
    """Of the checkpoints."""
    inspect_every: int | None
    accumulate: int = 1
    """Batches for each update."""
    backend: str | None = None
    """That was asked for; None for whichever the network has."""
    weigh: Callable[[Any, Any], tuple[Any, Any]]
    """Makes of a loader's labels and weights how much each sample counts, in loss and metrics."""
    loader: DataLoader | None = None
    """What reads the batches; samples and labels are then those of one to look at."""
    augment: Sequence[Augment] = ()
    weights: npt.NDArray[Any] | None = None
    """How much each sample counts in the loss."""
    sample_weight: npt.NDArray[Any] | None = None
    """How much it counts in accuracy and metrics."""
    metrics: Sequence[Metric] = ()
    evaluate_training: bool | None = None

    def __post_init__(self) -> None:
        self.history = History()
        self.history.growing = {metric.name for metric in self.metrics if metric.grows}
        self.totals = Totals(self.network.loss, self.metrics)
        self.finished_epochs = 0
        self.finished_batches = 0
        """Of the current epoch."""
        self.shuffle_state = self.network.sampling.bit_generator.state
        """Of the generator at the start of the current epoch."""
        self._first_rates: dict[str, Any] = {}
        """What the run was asked for, for a checkpoint; a callback may change them on the way."""
        self._first_network: dict[str, Any] = {}
        if self.folder is not None:
            self._first_rates, self._first_network = self._rates(), self.network.configuration()
        self._callback_states: list[tuple[Callback, Mapping[str, npt.NDArray[Any]]]] = []
        """Of the run that this one goes on with."""
        self._undo: Callable[[], None] = _nothing
        """Puts the network back to where it stood before it went on with another run."""
        self.has_checkpoint = False
        """Whether the one in the folder is of this run."""
        self._next_checkpoint = 0.0
        self._group = current()
        loader = self.loader
        self.samples_per_epoch = len(self.samples) if loader is None else loader.samples
        self.batches_per_epoch = (
            -(-len(self.samples) // self.batch_size) if loader is None else len(loader)
        )

    def run(self) -> History:
        """Train to the last epoch.

        Raises
        ------
        KeyboardInterrupt
            After the current batch, when interrupted; with a folder for checkpoints, one is
            written first.
        """
        network = self.network
        if self.folder is not None:  # where it can't be made, that shows before the first epoch
            self.folder.mkdir(parents=True, exist_ok=True)
        network.stop_training = False
        network.train()
        network.said_not_finite.clear()
        require_something_to_learn(network)
        start = Start(network, self.samples, self.labels, self.batch_size)
        explained = warn_about_structure(network, start)
        watch = Watch(network, self.samples_per_epoch, start, explained=explained)
        for optimizer in network.optimizers:
            optimizer.serve(network)
            optimizer.updates_per_epoch = -(-self.batches_per_epoch // self.accumulate)
            warn_about_schedule(optimizer, self.epochs)
        warn_about_groups(network)
        try:
            for callback in self.callbacks:
                callback.on_train_begin(network, self.epochs, self.batches_per_epoch)
            self._load_callbacks()
            with deferred_interrupt() as interrupted:
                while self.finished_epochs < self.epochs and not network.stop_training:
                    # Closed, whatever happens: a thread may read ahead.
                    with network.staying(), closing(self._batches()) as found:
                        self._run_epoch(found, watch, interrupted)
            watch.look_at_parameters()
        finally:
            for callback in averages_first(self.callbacks):
                callback.on_train_end(network, self.history)
        return self.history

    def _run_epoch(
        self, found: Iterator[_Batch], watch: Watch, interrupted: threading.Event
    ) -> None:
        network = self.network
        epoch = self.finished_epochs + 1
        for callback in self.callbacks:
            callback.on_epoch_begin(network, epoch)
        network.look_again()
        network.sampling.bit_generator.state = self.shuffle_state
        figures: Row = {}
        each, at_end = (
            any(wants_graph(callback, method) for callback in self.callbacks)
            for method in ("on_batch_end", "on_epoch_end")
        )
        read = any(is_from_elsewhere(callback, "on_batch_end") for callback in self.callbacks)
        for batch, part in self._grouped(found):
            last = self.finished_batches == self.batches_per_epoch - 1
            # Where epochs have few batches, looking at each of them would cost more than they do.
            of_epoch = last and (epoch - 1) % -(-_INSPECT_EVERY // self.batches_per_epoch) == 0
            wanted = self.inspect_every and len(network.losses) % self.inspect_every == 0
            wanted = wanted and (part is None or part.updates)
            inspection = Inspection(network) if of_epoch or wanted else None
            graph = each or (last and at_end)
            row = self._run_batch(batch, watch, inspection, part, graph=graph)
            if inspection is not None:
                seen = inspection.after_update(self.samples)
                row |= seen if wanted else {}
                figures = seen if of_epoch else {}
            self.history.add_iteration(**row)
            if read:
                network.settle()
            for callback in self.callbacks:
                callback.on_batch_end(network, row["loss"], self.totals.accuracy)
            if interrupted.is_set() and not last:
                self._stop(epoch)
        network.settle()
        if self.validation_data is not None:  # before they are evaluated on
            watch.look_at_parameters()
        with averaged(network, self.callbacks, epoch, self._some_batches):
            self._end_epoch(epoch, figures)
            watch.after_epoch(self.history.epochs, self.history.iterations["loss"][0])
            for callback in self.callbacks:
                callback.on_epoch_end(network, self.history)
        if interrupted.is_set() and epoch < self.epochs:
            self._stop(epoch)
        if self.folder is not None:
            self._write_checkpoint(self.folder, last=epoch == self.epochs or network.stop_training)

    def _grouped(self, found: Iterator[_Batch]) -> Iterator[tuple[_Batch, Part | None]]:
        """Yield batches, each with which part it is of those that make an update together."""
        done = self.finished_batches % self.accumulate
        while group := list(itertools.islice(found, self.accumulate)):
            weights = [1.0]
            if len(group) > 1:
                weights = [weight_of(self.network, b.x, b.labels, b.weight) for b in group]
            yield from list(zip(group, parts_of_group(weights), strict=True))[done:]
            done = 0

    def _batches(self) -> Generator[_Batch, None, None]:
        """Yield what is left of the epoch."""
        generator, start = self.network.sampling, self.finished_batches
        start -= start % self.accumulate  # the whole group
        if self.loader is not None:
            for found in self.loader.shuffled(generator, start=start):
                x, y = share(found.x, np.arange(len(found.x)), self._group), found.y
                yield _Batch(x, y, y, *self.weigh(y, found.weight))
            return
        places = np.arange(len(self.samples))
        ordered = batches(places, places, self.batch_size, generator)
        for number, (chosen, _) in enumerate(ordered, start=1):
            if number == 1:  # behind the order of the samples, which is drawn with the first batch
                seed = int(generator.integers(2**63)) if self.augment else 0
            if number <= start:
                continue
            x, rows = self.samples, chosen
            if self.augment:
                x = augmented(each_array(x[chosen]), self.augment, seed, number)
                rows = np.arange(len(chosen))
            weights = (w if w is None else w[chosen] for w in (self.weights, self.sample_weight))
            targets = self._targets[chosen]
            yield _Batch(share(x, rows, self._group), self.labels[chosen], targets, *weights)

    def _some_batches(self) -> Iterator[Any]:
        """Yield the samples of an epoch, in another order than any that is learned from."""
        generator = np.random.default_rng([self.network.seed, 1])
        if self.loader is not None:
            return (found.x for found in self.loader.shuffled(generator))
        places = np.arange(len(self.samples))
        ordered = batches(places, places, self.batch_size, generator)
        return (self.samples[chosen] for chosen, _ in ordered)

    def _run_batch(
        self,
        batch: _Batch,
        watch: Watch,
        inspection: Inspection | None,
        part: Part | None,
        graph: bool,
    ) -> Row:
        """Learn from a batch; return its figures. A `graph` is recorded where somebody wants it."""
        network = self.network

        def before_update(step: BatchResult) -> None:
            if not math.isfinite(step.value):  # the update would spoil the parameters too
                for callback in self.callbacks:
                    callback.on_nonfinite_loss(network, step.loss)
                watch.nonfinite_loss(step.loss, step.value)
            if inspection is not None:
                inspection.before_update()

        eager = graph or inspection is not None
        step = network.step(
            batch.x,
            batch.targets,
            before_update,
            sample_weight=batch.weight,
            eager=eager,
            part=part,
        )
        self.finished_batches += 1
        accuracy = self.totals.add(
            step.value,
            step.prediction,
            batch.labels,
            batch.weight,
            sample_weight=batch.counted,
            mask=step.mask,
        )
        row: Row = {"loss": step.value}
        if accuracy is not None:
            row["accuracy"] = accuracy
        row["learning_rate"] = network.optimizer.learning_rate
        return row

    def _end_epoch(self, epoch: int, figures: Row) -> None:
        network = self.network
        row: Row = {"epoch": epoch, **flat(self.totals.figures())}
        row["learning_rate"] = network.optimizer.learning_rate
        if self._evaluates:
            data = (self.samples, self.labels, self.sample_weight)
            after = self._evaluated(*(data if self.loader is None else (self.loader,)))
            row |= {f"evaluated_{name}": figure for name, figure in after.items()}
        if self.validation_data is not None:
            validation = self._evaluated(*self.validation_data)
            row |= {f"validation_{name}": figure for name, figure in validation.items()}
        self.history.epochs.append(row | figures)
        self.finished_epochs = epoch
        self.finished_batches = 0
        self.totals = Totals(network.loss, self.metrics)
        self.shuffle_state = network.sampling.bit_generator.state

    @property
    def _evaluates(self) -> bool:
        """Whether the training data are evaluated after an epoch, as the validation data are."""
        if any(callback.evaluates for callback in self.callbacks):
            return True
        if self.evaluate_training is not None:
            return self.evaluate_training
        in_memory = self.loader is None and not isinstance(self.samples, np.memmap)
        return self.validation_data is not None and in_memory

    def _evaluated(self, x: Any, y: Any = NEEDED, sample_weight: Any = None) -> Row:
        options: dict[str, Any] = {"metrics": self.metrics} if self.metrics else {}
        if sample_weight is not None:
            options["sample_weight"] = sample_weight
        return flat(self.network.evaluate(x, y, **options))

    # --- the state that a checkpoint holds ----------------------------------------------------

    def state_dict(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """Return all that the next batch depends on, as plain data and as arrays."""
        network, history = self.network, self.history
        # The network's last losses are mostly those of the run, and these are in the history.
        shared = _common_end(network.losses, history.iterations.get("loss", []))
        others = network.losses[: len(network.losses) - shared]
        arrays: dict[str, npt.NDArray[Any]] = {"losses:": np.array(others)}
        states: dict[str, Mapping[str, Any]] = {
            "parameters": network.state_dict(),
            **{name: optimizer.state_dict() for name, optimizer in network.named_optimizers()},
            "iterations": history.iterations,
            "metrics": self.totals.arrays(),
            **{name: each.state_dict() for name, each in self._named_callbacks()},
        }
        for kind, state in states.items():
            arrays |= {f"{kind}:{name}": np.asarray(array) for name, array in state.items()}
        plain = {
            "network": self._first_network | {"optimizer": network.optimizer.configuration()},
            "learned": network.learned(),
            "data": self._data_description(),
            "finished_epochs": self.finished_epochs,
            "finished_batches": self.finished_batches,
            "totals": self.totals.numbers(),
            "metrics": [metric.name for metric in self.metrics],
            "epochs": history.epochs,
            "columns": list(history.iterations),
            "shared_losses": shared,
            "shuffle_state": self.shuffle_state,
            "first_rate": self._first_rates.get("optimizer"),
            "layer_rates": {
                name: [first, now]
                for (name, first), now in zip(
                    self._first_rates.items(), self._rates().values(), strict=True
                )
                if name != "optimizer"
            },
            "fingerprint": self._fingerprint,
            "validation_fingerprint": self._validation_fingerprint,
            "backend": network.backend,
            "met": {} if network._steps is None else network._steps.met,
            "layer_states": [layer.random_state() for layer in network.layers],
        }
        return plain, arrays

    def load_state_dict(
        self, plain: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Go on where the run stood that `state_dict` was called on.

        Raises
        ------
        ValueError
            If that run had another network, another learning rate or other data, or has finished
            more epochs; nothing is changed then.

        Warns
        -----
        TrainingWarning
            Where it had other validation data, or callbacks that this one does not have.
        """
        self._undo = self._snapshot()
        try:
            self._go_on(plain, arrays)
        except BaseException:
            self._undo()
            raise

    def _go_on(self, plain: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        network, history = self.network, self.history
        self._check_first_rates(plain)
        # Learning rates may have been changed on the way, by a callback.
        rate, _ = rate_in(plain["network"]["optimizer"])
        found, expected = plain["network"], network.configuration()
        checkpoint.check_same("network", without_rates(found), without_rates(expected))
        checkpoint.check_same("data and batches", plain["data"], self._data_description())
        names = [metric.name for metric in self.metrics]
        checkpoint.check_same("metrics", plain.get("metrics", names), names)
        if plain.get("fingerprint", self._fingerprint) != self._fingerprint:
            raise ValueError(
                "expected the samples and labels of the run, in their order; got others of the "
                "same shape. Give fit(x, y) the same data, or train in another folder"
            )
        if plain["finished_epochs"] > self.epochs:
            raise ValueError(
                f"the run has finished {plain['finished_epochs']} epochs; expected as many "
                f"or more to go on to, got epochs={self.epochs}"
            )
        self._stay_on(plain.get("backend", "auto"))
        if network._steps is not None:  # so that as many further ones are eager as there would be
            network._steps.met.update(plain.get("met", {}))
        parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
        for path, array in arrays.items():
            kind, _, name = path.partition(":")
            parts.setdefault(kind, {})[name] = array
        network.load_state_dict(parts["parameters"])
        if "learned" in plain:
            network.learn_only(plain["learned"])
        rates = {"optimizer": rate}
        rates |= {name: now for name, (_, now) in plain.get("layer_rates", {}).items()}
        for name, each in network.named_optimizers():
            each.load_state_dict(parts.get(name, {}))
            if isinstance(rates.get(name), float) and each.schedule is None:
                each.learning_rate = rates[name]
        history.epochs = plain["epochs"]
        history.iterations = {name: parts["iterations"][name].tolist() for name in plain["columns"]}
        of_run = history.iterations.get("loss", [])
        of_run = of_run[len(of_run) - plain["shared_losses"] :]
        network.losses[:] = [*parts["losses"][""].tolist(), *of_run]
        self.finished_epochs = plain["finished_epochs"]
        self.finished_batches = plain["finished_batches"]
        self.totals.set_numbers(plain["totals"])
        self.totals.set_arrays(parts.get("metrics", {}))
        self.shuffle_state = plain["shuffle_state"]
        network.sampling.bit_generator.state = self.shuffle_state
        self._callback_states = [
            (callback, parts[name]) for name, callback in self._named_callbacks() if name in parts
        ]
        for layer, state in zip(network.layers, plain["layer_states"], strict=True):
            if state is not None:
                layer.set_random_state(state)
        self._say_what_is_other(plain, parts)

    def _stay_on(self, backend: str) -> None:
        """Go on by the back end of the run: another would round otherwise."""
        network = self.network
        if (backend in SAME_BITS and network.backend in SAME_BITS) or backend == network.backend:
            return
        if self.backend is not None:
            raise ValueError(
                f"the run is on the back end {backend!r}, and another would round otherwise: "
                f"expected backend={backend!r}, got {self.backend!r}. Leave backend= out to stay"
            )
        network.compile(backend)

    def _rates(self) -> dict[str, Any]:
        """The learning rates of now, or what schedules are, as plain data by optimizer."""
        return {
            name: rate_in(optimizer.configuration())[0]
            for name, optimizer in self.network.named_optimizers()
        }

    def _check_first_rates(self, plain: Mapping[str, Any]) -> None:
        own = json.loads(json.dumps(self._first_rates))
        run = {name: first for name, (first, _) in plain.get("layer_rates", {}).items()}
        if "first_rate" in plain:
            run["optimizer"] = plain["first_rate"]
        for name, optimizer in self.network.named_optimizers():
            if run.get(name, own[name]) != own[name]:
                raise ValueError(
                    f"{type(optimizer).__name__}(learning_rate) expects {_written(run[name])}, "
                    f"with which the run began, got {_written(own[name])}. To go on at another "
                    "rate, begin with that one and set network.optimizer.learning_rate in a "
                    "callback's on_train_begin; for a new run take another folder"
                )

    def _say_what_is_other(self, plain: Mapping[str, Any], kept: Iterable[str]) -> None:
        own = {name for name, _ in self._named_callbacks()}
        for name in kept:
            if name.startswith("callback ") and name not in own:
                warn(f"the run had {name.split()[1]} among its callbacks, and goes on without it")
        key, own_print = "validation_fingerprint", self._validation_fingerprint
        if plain.get(key, own_print) != own_print:
            warn(
                "the run had other validation data, or none: its figures so far are not comparable "
                "with those from here on"
            )

    def _load_callbacks(self) -> None:
        try:
            for callback, state in self._callback_states:
                callback.load_state_dict(self.network, state)
        except BaseException:
            self._undo()
            raise

    def _snapshot(self) -> Callable[[], None]:
        """Return what puts the network back to where it stands now."""
        network = self.network
        parameters, losses = network.state_dict(), list(network.losses)
        remembered = [(vars(each), dict(vars(each))) for each in network.optimizers]
        sampling, learned = network.sampling.bit_generator.state, network.learned()
        random = [layer.random_state() for layer in network.layers]

        def undo() -> None:
            network.load_state_dict(parameters)
            network.learn_only(learned)
            network.losses[:] = losses
            for own, before in remembered:
                own.update(before)
            network.sampling.bit_generator.state = sampling
            for layer, state in zip(network.layers, random, strict=True):
                if state is not None:
                    layer.set_random_state(state)

        return undo

    @cached_property
    def _targets(self) -> npt.NDArray[Any]:
        """The labels as the loss takes them, where that is known and does not take much memory."""
        network = self.network
        outputs = network.declared_outputs()
        classes = self.labels.ndim == 1 and self.labels.dtype.kind in "iu"
        if outputs is None or not classes or not network.loss.one_hot_labels:
            return self.labels
        if len(self.labels) * math.prod(outputs) > _MOST_TARGETS:
            return self.labels
        return network.loss.checked_label(
            Expected((len(self.labels), *outputs), network.dtype), self.labels
        )

    @cached_property
    def _fingerprint(self) -> int:
        found = fingerprint(self.samples, self.labels, self.network.dtype)
        return found if self.weights is None else zlib.crc32(self.weights.tobytes(), found)

    @cached_property
    def _validation_fingerprint(self) -> int | None:
        if self.validation_data is None:
            return None
        x, y, *weight = self.validation_data
        if isinstance(x, DataLoader):
            x, y, *_ = x.sample()
        found = fingerprint(x, y, self.network.dtype)
        return zlib.crc32(weight[0].tobytes(), found) if weight else found

    def _named_callbacks(self) -> Iterator[tuple[str, Callback]]:
        """Callbacks by their class, and a number where there are several of it."""
        seen: Counter[str] = Counter()
        for callback in self.callbacks:
            kind = type(callback).__name__
            yield f"callback {kind} {seen[kind]}", callback
            seen[kind] += 1

    def _data_description(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "samples": [self.samples_per_epoch, *self.samples.shape[1:]],
            "labels": [self.samples_per_epoch, *self.labels.shape[1:]],
            "batch_size": self.batch_size,
        }
        augment = self.augment if self.loader is None else self.loader.augment
        if augment:
            described["augment"] = [getattr(part, "__qualname__", repr(part)) for part in augment]
        if self.accumulate > 1:
            described["accumulate"] = self.accumulate
        return described

    def _write_checkpoint(self, folder: Path, *, last: bool) -> None:
        """Write a checkpoint, unless that would take more than a tenth of the time."""
        start = time.monotonic()
        if last or start >= self._next_checkpoint:
            checkpoint.write(folder, self)
            end = time.monotonic()
            self._next_checkpoint = end + 10 * (end - start)

    def _stop(self, epoch: int) -> None:
        if self.folder is None:
            raise KeyboardInterrupt(f"training stopped in epoch {epoch}")
        self.network.settle()
        checkpoint.write(self.folder, self)
        raise KeyboardInterrupt(
            f"training stopped in epoch {epoch}; its state is in {self.folder}, "
            f"go on with fit(..., resume={str(self.folder)!r})"
        )


def fingerprint(x: Any, y: npt.NDArray[Any], dtype: np.dtype[Any]) -> int:
    """Return a checksum of data: of some samples, evenly spread, and their labels.

    Of a memory map no more than these rows are read, one by one.
    """
    seen = 0
    for array in arrays_of(x):
        entries = max(1, array[:1].size)
        number = min(len(x), max(1, min(_FINGERPRINT_SAMPLES, _FINGERPRINT_ENTRIES // entries)))
        rows = np.linspace(0, len(x) - 1, number).astype(np.intp)
        for row in rows:
            seen = zlib.crc32(np.ascontiguousarray(array[row], dtype).tobytes(), seen)
    return zlib.crc32(np.ascontiguousarray(y[rows], np.float64).tobytes(), seen)


def _nothing() -> None:
    """Change nothing."""


def _written(rate: Any) -> str:
    """Write a learning rate or the description of a schedule."""
    if isinstance(rate, dict):
        arguments = ", ".join(f"{k}={_written(v)}" for k, v in rate.items() if k != "type")
        return f"{rate.get('type')}({arguments})"
    return str(rate)


def _common_end(first: list[float], second: list[float]) -> int:
    """Return how many objects two lists share at their ends."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] is pair[1], pairs))
