"""The playground of a network: what there is to say about it, and its file."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..draw import draw
from ..formats.frames import save
from ..graph.picture import lines_of
from ..notebook import mime_bundle
from ..style import Theme, as_theme
from ..text import shown
from .html import PlaygroundPage
from .packing import Pack, is_one_hot
from .programs import look, training_step
from .samples import Arrays, Samples, as_samples, image_shape_of
from .shuffle import batches

if TYPE_CHECKING:
    from nn import NeuralNetwork

__all__ = ["Playground", "playground"]

BATCH_SIZES = (1, 8, 16, 32, 64, 128)
"""What the page offers, beside the one asked for and, if that are not too many, all samples."""

LARGEST_BATCH = 1000
PROBED = 512
"""So many samples of those learned from are looked at for the curves, and for dead units."""

GRID = 48
"""Points in each direction of the plane at which a network with two inputs is asked."""

SCHEDULED = 4000
"""So many rates of a schedule the page knows; then the last one stays."""


def playground(
    network: NeuralNetwork,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    held_out: float | tuple[npt.ArrayLike, npt.ArrayLike] = 0.2,
    batch_size: int = 32,
    seed: int = 0,
    classes: Sequence[str] | None = None,
    image_shape: Sequence[int] | None = None,
    theme: str | Theme = "lecture",
) -> Playground:
    """Make a page in which a network trains: in the browser, without Python.

    It starts with the weights that the network has now, and with what its optimizer remembers. Its
    own loss and optimizer are run as the programs that training steps are here.

    Parameters
    ----------
    network : NeuralNetwork
        The network. It stays as it is.
    x : array_like, shape (samples, ...)
        What to learn from. With two numbers in each sample the page shows what the network says in
        the plane, with images a pad to draw one.
    y : array_like
        The labels, as for `NeuralNetwork.fit`.
    held_out : float or tuple of array_like, default 0.2
        The share of the samples that is held out, drawn by `seed`, or others, ``(x, y)``.
    batch_size : int, default 32
        Samples of a step at first; the page offers other sizes. Up to the number of samples.
    seed : int, default 0
        Of the shuffle, and of what dropout leaves out. The page lets choose another.
    classes : sequence of str, optional
        What the classes are called; their numbers by default.
    image_shape : tuple of int, optional
        Height and width of images of one channel. By default square rows from 64 numbers on are
        images, and samples with two axes; () says that they are none.
    theme : str or Theme, default "lecture"
        The look; see `draw`.

    Returns
    -------
    Playground
        It shows itself in a notebook; ``.save("page.html")`` writes a file.

    Raises
    ------
    TypeError
        If it is no network.
    ValueError
        If data don't fit, are not finite, or more than 1 MB; if the optimizer makes numbers of the
        rate that the page doesn't know.
    UnsupportedOperationError
        If a layer, the loss or the optimizer uses an operation that can't run in a page. It names
        it.

    Warns
    -----
    TrainingWarning
        As `NeuralNetwork.fit`, of what can be seen before the first step, such as a loss that does
        not fit the last layer.

    Notes
    -----
    A step in the page gives the numbers of a step here, but for rounding: in float64 to 1e-9 after
    100 steps on the same batches, which `Playground.batches` tells. Dropout draws by itself there.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SGD, FullyConnected, NeuralNetwork, Tanh
    >>> from visualize import playground
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> y = (x[:, 0] * x[:, 1] > 0).astype(int)
    >>> network = NeuralNetwork(
    ...     [FullyConnected(2, 8), Tanh(), FullyConnected(8, 2)], optimizer=SGD(0.3, momentum=0.9)
    ... )
    >>> page = playground(network, x, y, classes=["differ", "agree"])
    >>> page
    Playground: 3 layers, 42 parameters; 80 samples to learn from, 20 held out
    >>> page.html().startswith("<!DOCTYPE html>")
    True
    """
    from nn import NeuralNetwork
    from nn.checks import whole_number
    from nn.training.causes import Start
    from nn.training.supervision import warn_about_structure

    if not isinstance(network, NeuralNetwork):
        raise TypeError(
            f"playground() expects a NeuralNetwork, got {type(network).__name__}. Write "
            "playground(NeuralNetwork([FullyConnected(2, 8), ...]), x, y)"
        )
    network.settle()
    seed = whole_number("playground", "seed", seed, least=0, most=2**32 - 1)
    data = as_samples(network, x, y, held_out, seed)
    batch_size = min(whole_number("playground", "batch_size", batch_size), len(data.x))
    named = _named_classes(network, data, classes)
    image = image_shape_of(data.x, image_shape)
    warn_about_structure(network, Start(network, data.x, data.y, batch_size))
    return Playground(network, data, batch_size, seed, named, image, as_theme(theme))


class Playground:
    """A page in which a network trains. Make one with `playground`.

    It begins with the weights of that time, whatever becomes of the network.

    Parameters
    ----------
    network : NeuralNetwork
        Whose weights it begins with.
    data : Samples
        What is learned, and what is only looked at.
    batch_size : int
        Samples of an update.
    seed : int
        Decides the order of the samples.
    classes : sequence of str or None
        What the classes are called.
    image_shape : tuple of int or None
        Height and width in pixels of samples that are images.
    theme : Theme
        The look.

    Attributes
    ----------
    description : str
        One sentence about it, which screen readers read out.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork
    >>> from visualize import playground
    >>> network = NeuralNetwork([FullyConnected(2, 2)], loss="softmax_cross_entropy")
    >>> page = playground(network, np.eye(2), np.array([0, 1]), batch_size=2)
    >>> "<script" in page.html()
    True
    """

    def __init__(
        self,
        network: NeuralNetwork,
        data: Samples,
        batch_size: int,
        seed: int,
        classes: Sequence[str] | None,
        image_shape: tuple[int, int] | None,
        theme: Theme,
    ) -> None:
        self._data, self._batch_size, self._seed = data, batch_size, seed
        self._theme, self._picture = theme, draw(network, theme=theme)
        layers, parameters = network.layers, network.parameters().values()
        count = sum(node.size for node in parameters)
        self.description = (
            f"Playground: {len(layers)} layer{'s' * (len(layers) != 1)}, {count:,} parameters; "
            f"{len(data.x):,} samples to learn from, {len(data.held_x):,} held out"
        )
        self._content, self._pack = _content(network, data, batch_size, seed)
        self._content |= {
            "description": self.description,
            "classes": classes,
            "image": image_shape,
        }

    def __repr__(self) -> str:
        return self.description

    def batches(self, batch_size: int | None = None, seed: int | None = None) -> Iterator[Arrays]:
        """Return the batches that the page takes, one after the other, without end.

        Parameters
        ----------
        batch_size : int, optional
            As chosen in the page before its first step; by default the one it opens with.
        seed : int, optional
            As chosen in the page.

        Yields
        ------
        ndarray of int
            Places in the samples that `playground` was given.

        Examples
        --------
        The same steps here as there:

        >>> import numpy as np
        >>> from itertools import islice
        >>> from nn import FullyConnected, NeuralNetwork
        >>> from visualize import playground
        >>> x, y = np.eye(8), np.arange(8) % 2
        >>> network = NeuralNetwork([FullyConnected(8, 2)])
        >>> page = playground(network, x, y, held_out=0, batch_size=3)
        >>> for batch in islice(page.batches(), 4):
        ...     print(batch, round(network.train_step(x[batch], y[batch]), 2))
        [2 0 7] 0.63
        [6 4 5] 0.67
        [5 3 6] 0.6
        [0 7 1] 0.75
        """
        size = self._batch_size if batch_size is None else batch_size
        order = batches(len(self._data.x), size, self._seed if seed is None else seed)
        return (self._data.places[batch] for batch in order)

    def html(self) -> str:
        """The page, a file of its own that asks no network for anything."""
        return self._page.document(self._picture.svg())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, completely or not at all.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.html``. Missing folders are made.

        Raises
        ------
        ValueError
            If the ending is another.
        """
        expected = "save() of a playground expects a file ending in .html"
        makers = {".html": lambda: self.html().encode()}
        save(Path(path), makers, expected, "page.save({})")

    @cached_property
    def _page(self) -> PlaygroundPage:
        return PlaygroundPage({**self._content, "pack": self._pack.text()}, self._theme)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the page, and a picture of the network where no script runs."""
        return mime_bundle(
            repr(self),
            lambda: self._page.fragment(self._picture.svg()),
            self._picture.png,
            include,
            exclude,
            svg=self._picture.svg,
        )


# --- what the page is made of ---------------------------------------------------------------------


def _content(
    network: NeuralNetwork, data: Samples, batch_size: int, seed: int
) -> tuple[dict[str, Any], Pack]:
    pack = Pack()
    count = len(data.x)
    sizes = {size for size in (*BATCH_SIZES, batch_size) if size <= count}
    if count <= LARGEST_BATCH:
        sizes.add(count)
    probed = np.linspace(0, count - 1, min(count, PROBED)).astype(int)
    x, y = data.x[probed], data.y[probed]
    looks = {"probe": look(network, x, y, layers=True), "one": look(network, x[:1], y[:1])}
    if len(data.held_x):
        looks["held"] = look(network, data.held_x, data.held_y)
    if data.x.shape[1:] == (2,):
        points = np.zeros((GRID * GRID, 2), network.dtype)
        looks["grid"] = look(network, points, np.repeat(y[:1], len(points), axis=0))
    steps = {size: training_step(network, data.x[:size], data.y[:size]) for size in sorted(sizes)}
    content = {
        "samples": {"x": pack.add(data.x), "y": _labels(pack, data.y)},
        "held": {"x": pack.add(data.held_x), "y": _labels(pack, data.held_y)},
        "shape": list(data.x.shape[1:]),
        "outputs": list(data.y.shape[1:]),
        "probed": probed.tolist(),
        "steps": pack.add_json(steps),
        "looks": pack.add_json(looks),
        "parameters": [
            {"name": name, "called": node.name or name, "shape": list(node.shape),
             "start": pack.add(np.asarray(node.value))}
            for name, node in network.parameters().items()
        ],
        "state": _state(network, pack, steps[batch_size]["state"]),
        "batchSize": batch_size,
        "seed": seed,
        "layers": [_layer(network, place) for place in range(len(network.layers))],
        "loss": _loss(network, data.y),
        "source": _source(network, data, batch_size),
        **_optimizer(network, pack, -(-count // batch_size)),
    }  # fmt: skip
    return content, pack


def _labels(pack: Pack, y: Arrays) -> dict[str, Any]:
    """Labels; of rows with a one only where that is."""
    if not is_one_hot(y):
        return {"rows": pack.add(y)}
    return {"classes": pack.add(y.argmax(axis=1).astype(np.uint16)), "width": y.shape[1]}


def _state(network: NeuralNetwork, pack: Pack, wanted: Collection[str]) -> list[dict[str, Any]]:
    """What optimizer and layers remember; None for zeros, as at the start."""
    state, buffers = [], network.buffers()
    for path in wanted:
        name, _, key = path.rpartition("/")
        array: Any = network.optimizer.state.get(name, {}).get(key)
        if path in buffers:
            array = buffers[path].value
        start = None if array is None or not np.any(array) else pack.add(np.asarray(array))
        state.append({"name": path, "start": start})
    return state


def _layer(network: NeuralNetwork, place: int) -> dict[str, Any]:
    layer = network.layers[place]
    forward, backward = lines_of(layer.formulas) or ("", ())
    return {
        "title": layer.name or type(layer).__name__,
        "about": shown(repr(layer), 120),
        "forward": forward,
        "backward": list(backward),
        "parameters": [f"{place}.{name}" for name in layer.parameters()],
        "canDie": layer.units_can_die,
    }


def _loss(network: NeuralNetwork, y: Arrays) -> dict[str, Any]:
    loss = network.loss
    forward, backward = lines_of(loss.formulas) or ("", ())
    kind = "values"  # of which no accuracy is told
    if loss.classifies and not loss.one_hot_labels:
        kind = "yes or no"
    elif loss.classifies and y.ndim == 2:
        kind = "classes"
    threshold = getattr(loss, "threshold", 0.5)
    return {
        "title": loss.called,
        "about": shown(repr(loss), 120),
        "forward": forward,
        "backward": list(backward),
        "kind": kind,
        "softmax": loss.applies_softmax,
        "summed": loss.reduction == "sum",
        "threshold": threshold,
    }


def _source(network: NeuralNetwork, data: Samples, batch_size: int) -> str:
    return network.program(data.x[:batch_size], data.y[:batch_size]).source()


def _optimizer(network: NeuralNetwork, pack: Pack, per_epoch: int) -> dict[str, Any]:
    """The rate, and what the page makes of it in each step; see `Optimizer.numbers`."""
    from nn import SGD, Adam, Lion
    from nn.optimizers import Optimizer

    optimizer = network.optimizer
    if optimizer.has_variants or len(network.optimizers) > 1:
        raise ValueError(
            "playground(network) expects one optimizer that treats all parameters alike, got "
            "groups or an optimizer of a layer. Leave them out of the network for the page"
        )
    known = (Optimizer.numbers, SGD.numbers, Adam.numbers, Lion.numbers)
    if type(optimizer).numbers not in known:
        raise ValueError(
            "playground(network) expects an optimizer whose numbers() are those of SGD, of Adam, "
            f"or the rate alone; got {optimizer!r}, which has its own. Write for example "
            "optimizer=SGD(0.1)"
        )
    counters = [int(each["steps"]) for each in optimizer.state.values() if "steps" in each]
    updates = optimizer.updates
    rates = None
    if optimizer.schedule is not None:
        if optimizer.updates_per_epoch is None:
            optimizer = copy.copy(optimizer)
            optimizer.updates_per_epoch = per_epoch
        rates = [optimizer.scheduled(updates + step) for step in range(SCHEDULED)]
    return {
        "optimizer": shown(repr(optimizer), 120),
        "rate": optimizer.learning_rate if rates is None else rates[0],
        "rates": None if rates is None else pack.add(np.array(rates)),
        "made": counters[0] if counters else updates,
        "betas": [optimizer.beta1, optimizer.beta2] if isinstance(optimizer, Adam) else None,
        "decay": getattr(optimizer, "weight_decay", 0.0),
    }


def _named_classes(
    network: NeuralNetwork, data: Samples, classes: Sequence[str] | None
) -> list[str] | None:
    """What the classes are called; None where there are none."""
    loss = network.loss
    if not loss.classifies or data.y.ndim != 2:
        return None
    number = max(2, data.y.shape[1])
    if classes is None:
        return [str(place) for place in range(number)]
    names = [shown(str(name)) for name in classes]
    if isinstance(classes, str) or len(names) != number:
        raise ValueError(
            f"playground(classes) expects a list of {number} names, one for each class, got "
            f"{classes!r}"
        )
    return names
