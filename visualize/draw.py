"""`draw`: from a graph or a network to a diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from autograd_core import Node

from .diagram import Diagram
from .drawing import graph_drawing
from .from_torch.graph import as_graph
from .graph.folding import Fold
from .graph.frozen import frozen, is_small
from .live.leaves import WhichLeaves
from .network import NetworkDrawing, is_network
from .neurons.drawing import ArtificialNeuronDrawing, NeuronDrawing
from .neurons.sheet import Edges
from .rolled import RolledDrawing
from .style import Leaves, Look, Theme, as_theme
from .text import LARGEST_GRID

if TYPE_CHECKING:
    from torch import Tensor

    from nn import NeuralNetwork


def draw(
    root: Node | NeuralNetwork | Tensor,
    *,
    fold: Fold = None,
    gradients: bool = True,
    local_gradients: bool = False,
    number_format: str = ".4g",
    theme: str | Theme = "lecture",
    rankdir: str = "LR",
    leaves: Leaves = "near",
    aspect: float | None = None,
    grid: int = LARGEST_GRID,
    names: bool = False,
    symbolic: bool = False,
    function_boxes: bool = False,
    outlines: bool = False,
    rolled: bool = False,
    style: Literal["graph", "neurons"] = "graph",
    edges: Edges = "weight",
    x: Any = None,
    live: WhichLeaves = False,
) -> Diagram:
    """Draw the graph of everything that a node was made of, as on the lecture's slides.

    Operations stand in circles. After every leaf and operation runs a wire, with the forward
    value above it and, after ``backward()``, the gradient below. A network without data is drawn
    as its chain of layers, with shapes, numbers of parameters and formulas.

    Parameters
    ----------
    root : Node, NeuralNetwork or torch.Tensor
        The result, such as the loss; a network; or a result of PyTorch, see `record_torch`.
    fold : int, str or collection of str, optional
        Which scopes become one box. By default the layers of a network; of other graphs as few
        scopes as needed, and only above 150 boxes. ``()`` leaves everything open. An int
        is the number of levels that stay open: 0 draws the whole graph as one box, 1 each
        outermost scope as one. Names, or paths such as ``"layer/sigmoid"``, fold the scopes
        called so. In a network without data ``()`` opens all blocks, such as `nn.Residual`, an int
        from 2 those of so many levels, and the names of blocks keep these closed.
    gradients : bool, default True
        Whether gradients are shown where there are any.
    local_gradients : bool, default False
        Whether each input of an operation shows d result / d input.
    number_format : str, default ".4g"
        How numbers are written, as in Python's `format`.
    theme : str or Theme, default "lecture"
        ``"lecture"``, ``"colour-blind"``, ``"dark"``, ``"micrograd"``, or a look of your own.
    rankdir : {"LR", "RL", "TB", "BT"}, default "LR"
        The direction in which values flow: left to right, top to bottom, ...
    leaves : {"near", "column"}, default "near"
        Where inputs and parameters stand: near their use, or all in one column at the start.
    aspect : float, optional
        Width through height of what the picture is to fill, such as ``4/3``: a longer one is cut
        into rows, in which the wires run on. By default what is wider than 2.2 to 1, and wider
        than a slide, is cut to fill 16 to 9. ``math.inf`` keeps one row.
    grid : int, default 4
        Arrays of up to so many rows and columns show their entries.
    names : bool, default False
        Whether results without a name are given one: z1, a1, ...
    symbolic : bool, default False
        Whether letters stand above the wires, and derivatives as products of letters below them,
        in place of numbers.
    function_boxes : bool, default False
        Whether functions of one variable are drawn as on the neuron slides: a box with the value
        in its left half, the derivative in its right.
    outlines : bool, default False
        Whether a frame stands around the operations of each open scope.
    rolled : bool, default False
        Whether scopes that repeat, such as the time steps of a recurrent network, stand once: one
        body, how often it runs, and the wires back, with the numbers of the last time.
    style : {"graph", "neurons"}, default "graph"
        ``"neurons"`` draws a network, or a graph made by one, as circles and lines.
    edges : {"weight", "gradient"}, default "weight"
        By what the lines between neurons are coloured.
    x : array_like, optional
        One sample, whose activations stand in the neurons of a network.
    live : bool, str or collection of str, default False
        Whether the leaves, or those of these names, can be changed in the interactive page, where
        every number follows; see `Diagram.save`. Each number then has room for 8 letters.

    Returns
    -------
    Diagram
        It shows itself in a notebook; ``.save("graph.svg")`` writes a file.

    Raises
    ------
    TypeError
        If `root` is nothing that can be drawn, or an argument does not belong to this kind of
        picture.
    ValueError
        If an argument has a value that is not known; the message lists those that are.

    References
    ----------
    Lecture 003, "Computational Graph".

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import draw
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> v = (x + y) * z
    >>> v.backward()
    >>> draw(v)
    name  operation  value  gradient
    x     -          3      -2
    y     -          1      -2
    z     -          -2     4
    -     add        4      -2
    -     multiply   -8     1
    >>> draw(v).svg().count("<circle")
    2
    """
    root = as_graph(root, "draw")
    if not is_network(root) and type(root) is not Node:
        raise TypeError(
            f"draw() expects a Node, the result of an expression of nodes, or a NeuralNetwork, got "
            f"{type(root).__name__}. Write for example: x = Node(2.0, name='x'); draw(x * x)"
        )
    look = Look(
        as_theme(theme),
        number_format,
        rankdir=rankdir,
        leaves=leaves,
        gradients=gradients,
        local_gradients=local_gradients,
        aspect=aspect,
        grid=grid,
        names=names,
        symbolic=symbolic,
        function_boxes=function_boxes,
        outlines=outlines,
    )
    _check_live(live, root, look, style=style, rolled=rolled)
    if style not in ("graph", "neurons"):
        raise ValueError(f"style expects 'graph' or 'neurons', got {style!r}")
    if rolled and (style == "neurons" or type(root) is not Node):
        raise TypeError(
            "rolled=True expects a graph, the result of running a network. Write for example: "
            "draw(network.forward(x), rolled=True)"
        )
    if style == "neurons":
        given = [name for name in ("symbolic", "names", "local_gradients", "function_boxes",
                                   "outlines") if getattr(look, name)]  # fmt: skip
        if fold is not None or given:
            raise TypeError(
                f"draw(style='neurons') draws no operations, so it expects no "
                f"{'fold' if fold is not None else given[0]}=. Leave it out, or write style='graph'"
            )
        return Diagram(NeuronDrawing(root, look, edges=edges, x=x))
    if x is not None or edges != "weight":
        raise TypeError(
            "edges= and x= are for neurons, got style='graph'. Write for example: "
            "draw(network, style='neurons', x=[1.0, 2.0])"
        )
    if type(root) is not Node:
        return Diagram(NetworkDrawing(root, look, fold))
    if rolled:
        return Diagram(RolledDrawing(frozen(root), fold, look))
    small = is_small(root)
    diagram = Diagram(graph_drawing(frozen(root) if small else root, fold, look))
    if live is not False:
        return diagram.live(live)
    if not small:
        diagram.read_numbers()
    return diagram


def _check_live(live: WhichLeaves, root: Any, look: Look, *, style: str, rolled: bool) -> None:
    """Only a graph with numbers at its wires can be computed anew."""
    if live is False:
        return
    why = None
    if type(root) is not Node:
        why = "a network has no numbers. Write for example: draw(network.forward(x), live=True)"
    elif style == "neurons":
        why = "style='neurons' draws no wires. Leave it out"
    elif rolled:
        why = "rolled=True shows one repetition of many. Leave it out"
    elif look.symbolic:
        why = "symbolic=True shows letters. Leave it out: the page shows formulas, too"
    if why is not None:
        raise TypeError(f"draw(live=...) expects a graph with its numbers, and {why}")


def draw_artificial_neuron(
    what: int | Node = 3, *, number_format: str = ".4g", theme: str | Theme = "lecture"
) -> Diagram:
    """Draw one neuron as beside the biological one: inputs, weights, body with Σ and f, output.

    Parameters
    ----------
    what : int or Node, default 3
        How many inputs it has; or the graph of a neuron, whose names and numbers are shown.
    number_format : str, default ".4g"
        How numbers are written, as in Python's `format`.
    theme : str or Theme, default "lecture"
        The look.

    Returns
    -------
    Diagram
        It shows itself in a notebook; ``.save("neuron.svg")`` writes a file.

    References
    ----------
    Lecture 003, "Neural Network".

    Examples
    --------
    >>> from visualize import draw_artificial_neuron
    >>> draw_artificial_neuron(2).description
    'Artificial neuron: y = f(Σ wᵢxᵢ + b)'
    """
    return Diagram(ArtificialNeuronDrawing(what, Look(as_theme(theme), number_format)))
