"""Graphs of PyTorch look like ours, with torch's numbers."""

from __future__ import annotations

import copy
import doctest
import gc
import io
import sys
import warnings
import weakref

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the extra torch")

import autograd_core as ac  # noqa: E402
from autograd_core import Node  # noqa: E402
from autograd_core.modes import current  # noqa: E402
from visualize import draw, explain, record_torch  # noqa: E402
from visualize.from_torch import recording as recorded  # noqa: E402
from visualize.from_torch.graph import as_graph  # noqa: E402
from visualize.graph.picture import picture_of  # noqa: E402
from visualize.text import shown  # noqa: E402

F = torch.nn.functional
DOUBLE = torch.float64


@pytest.fixture(autouse=True)
def same_numbers():
    torch.manual_seed(0)


def picture(tensor, fold=()):
    return picture_of(as_graph(tensor, "draw"), fold)


def boxes(tensor, fold=()):
    return [box.nodes[0].operation.name for box in picture(tensor, fold).boxes]


def leaf(*shape, dtype=DOUBLE):
    return (torch.rand(shape, dtype=dtype) + 0.5).requires_grad_()


# --- the same picture as ours ---------------------------------------------------------------------


def neuron(library, w0, x0, w1, x1, w2):
    return 1 / (1 + library.exp(-(w0 * x0 + w1 * x1 + w2)))


def mlp(library, X, W1, b1, W2, b2, Y):
    y = library.tanh(X @ W1 + b1) @ W2 + b2
    return ((y - Y) ** 2).sum()


def rectified(library, x, w1, w2, target):
    return (library.maximum(x * w1, x) * w2 - target) ** 2


def as_linear(library, X, W, b):
    return library.sigmoid(X @ W.T + b).mean()


PROGRAMS = {
    "the lecture's neuron": (neuron, {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}),
    "a two-layer MLP": (
        mlp,
        {"X": (4, 2), "W1": (2, 3), "b1": (3,), "W2": (3, 2), "b2": (2,), "Y": (4, 2)},
    ),
    "a chain": (rectified, {"x": 3.0, "w1": 0.5, "w2": -1.0, "target": 3.0}),
    "a layer as torch computes it": (as_linear, {"X": (4, 2), "W": (3, 2), "b": (3,)}),
}


def both(program, data, dtype=np.float64):
    """The same function of the same numbers, recorded of torch and computed by us."""
    random = np.random.default_rng(0)
    values = {
        name: np.asarray(random.normal(size=x) if isinstance(x, tuple) else x, dtype)
        for name, x in data.items()
    }
    tensors = {name: torch.tensor(x, requires_grad=True) for name, x in values.items()}
    nodes = {name: Node(x, name=name) for name, x in values.items()}
    with record_torch(**tensors):
        theirs = program(torch, **tensors)
    ours = program(ac, **nodes)
    theirs.backward()
    ours.backward()
    return theirs, ours, tensors, nodes


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_picture_is_ours(name, dtype):
    theirs, ours, tensors, _ = both(*PROGRAMS[name], dtype)
    a, b = picture(theirs), picture_of(ours)
    assert [box.label for box in a.boxes] == [box.label for box in b.boxes]
    assert [wire.name for wire in a.wires] == [wire.name for wire in b.wires]
    ends = [
        [(edge.wire and edge.wire.id, edge.target.id) for edge in each.edges] for each in (a, b)
    ]
    assert ends[0] == ends[1]
    for one, other in zip(a.wires, b.wires, strict=True):
        assert one.node.dtype == other.node.dtype == dtype
        assert np.allclose(one.node.value, other.node.value, rtol=1e-6, atol=1e-6)
        assert np.allclose(one.node.grad, other.node.grad, rtol=1e-6, atol=1e-6)
    for wire in a.wires:
        if wire.name:
            assert (wire.node.grad == tensors[wire.name].grad.numpy()).all()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_files_are_ours(name):
    theirs, ours, _, _ = both(*PROGRAMS[name])
    assert draw(theirs).source == draw(ours).source
    assert draw(theirs).svg() == draw(ours).svg()
    assert draw(theirs, local_gradients=True).source == draw(ours, local_gradients=True).source


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_explanation_has_our_numbers(name):
    theirs, ours, tensors, nodes = both(*PROGRAMS[name])
    for key in tensors:
        found = explain(theirs, tensors[key])
        assert np.allclose(found.value, explain(ours, nodes[key]).value, rtol=1e-9)
        assert np.allclose(found.value, tensors[key].grad, rtol=1e-9)
        assert str(explain(theirs, key)) == str(found)


# --- operations -----------------------------------------------------------------------------------

LABELS = torch.tensor([0, 1, 1])


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None


PEERS = {
    # a call on A, B of shape (3, 4) and W of shape (4, 2): what its boxes are
    "A + B": "add",
    "A - B": "subtract",
    "1 - A": "subtract",
    "A * B": "multiply",
    "A / B": "divide",
    "1 / A": "divide",
    "A ** B": "power",
    "2 ** A": "power",
    "A ** 2": "power",
    "-A": "negative",
    "abs(A)": "absolute",
    "A @ W": "matmul",
    "torch.mm(A, W)": "matmul",
    "A.mv(W.sum(1))": "sum matmul",
    "torch.addmm(B.mean(), A, W)": "mean matmul add",
    "torch.bmm(A.unsqueeze(0), W.unsqueeze(0))": "expand_dims expand_dims matmul",
    "F.linear(A, B)": "transpose matmul",
    "A.exp()": "exp",
    "torch.log(A)": "log",
    "torch.log1p(A)": "log1p",
    "A.sqrt()": "sqrt",
    "A.rsqrt()": "sqrt divide",
    "torch.sin(A)": "sin",
    "torch.cos(A)": "cos",
    "torch.tanh(A)": "tanh",
    "A.sigmoid()": "sigmoid",
    "F.relu(A - 1)": "subtract relu",
    "F.leaky_relu(A - 1, 0.1)": "subtract leaky_relu",
    "F.elu(A - 1)": "subtract elu",
    "F.gelu(A)": "gelu",
    "F.gelu(A, approximate='tanh')": "gelu",
    "F.silu(A)": "silu",
    "F.softplus(A)": "softplus",
    "torch.maximum(A, B)": "maximum",
    "torch.max(A, B)": "maximum",
    "torch.minimum(A, B)": "minimum",
    "A.clamp(min=1)": "clip",
    "torch.clamp(A, 0.6, 1.0)": "clip",
    "torch.where(A > 1, A, B)": "greater where",
    "A.sum()": "sum",
    "A.sum(dim=1, keepdim=True)": "sum",
    "A.mean((0, 1))": "mean",
    "A.max()": "max",
    "A.max(dim=1).values": "max",
    "A.amin(1)": "min",
    "A.prod()": "prod",
    "A.var(unbiased=False)": "var",
    "A.std(dim=0)": "std",
    "A.cumsum(0)": "cumsum",
    "torch.logsumexp(A, dim=1)": "logsumexp",
    "F.softmax(A, dim=1)": "softmax",
    "A.log_softmax(-1)": "log_softmax",
    "F.cross_entropy(A, LABELS)": "softmax_cross_entropy mean",
    "F.cross_entropy(A, LABELS, reduction='sum')": "softmax_cross_entropy sum",
    "F.nll_loss(A, LABELS)": "take_along_axis squeeze negative mean",
    "F.mse_loss(A, B)": "subtract multiply mean",
    "F.l1_loss(A, B)": "subtract absolute mean",
    "F.binary_cross_entropy_with_logits(A, B.detach())": "sigmoid_cross_entropy mean",
    "A.view(4, 3)": "reshape",
    "A.reshape((2, 6))": "reshape",
    "A.flatten()": "reshape",
    "A.t()": "transpose",
    "A.T": "transpose",
    "A.transpose(0, 1)": "transpose",
    "A.permute(1, 0)": "transpose",
    "A.unsqueeze(0).squeeze(0)": "expand_dims squeeze",
    "A.sum(1, keepdim=True).expand(-1, 4)": "sum broadcast_to",
    "A[0]": "getitem",
    "A[:, 1:3]": "getitem",
    "A[LABELS]": "getitem",
    "A[None]": "getitem",
    "A.unbind(1)[2]": "getitem",
    "A.split([1, 3], dim=1)[1]": "getitem",
    "A.chunk(3, 1)[0]": "getitem",
    "A.gather(1, LABELS[:, None])": "take_along_axis",
    "torch.cat([A, B], dim=1)": "concatenate",
    "torch.stack((A, B))": "stack",
    "A.float()": "astype",
    "F.embedding(LABELS, A)": "getitem",
    "A.sort().values": "sort",
    "A.contiguous()": "",
}
NAMED = {
    "F.layer_norm(A, (4,))": "layer_norm",
    "F.conv1d(A[None], B[None, :, :2])": "getitem getitem conv1d",
    "F.max_pool1d(A[None], 2)": "getitem max_pool1d",
    "F.batch_norm(A, None, None, training=True)": "batch_norm",
    "F.dropout(A, 0.5)": "dropout",
    "F.cross_entropy(A, LABELS, label_smoothing=0.1)": "cross_entropy",
    "torch.einsum('ij,jk->ik', A, W)": "torch.einsum",
    "A.norm()": "torch.norm",
    "A.topk(2).values": "topk",
    "A.add(B, alpha=2)": "torch.add",
    "torch.div(A, B, rounding_mode='floor')": "div",
    "A.clone()": "clone",
    "Squared.apply(A)": "Squared",
    "Squared.apply(A * 2)": "multiply Squared",
}


def runs(text):
    a, b, w = leaf(3, 4), leaf(3, 4), leaf(4, 2)
    names = {"A": a, "B": b, "W": w}
    with record_torch(**names):
        out = eval(text, {**globals(), **names})
        loss = (out * out).sum()
    loss.backward()
    return out, loss, names


@pytest.mark.parametrize("text", PEERS | NAMED)
def test_operations(text):
    _, loss, names = runs(text)
    expected = (PEERS | NAMED)[text].split()
    assert boxes(loss) == [*expected, "multiply", "sum"]
    assert (as_graph(loss, "draw").value == loss.detach().numpy()).all()
    for name, tensor in names.items():
        if tensor.grad is not None:
            assert np.allclose(explain(loss, name).value, tensor.grad, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("text", NAMED)
def test_what_has_no_symbol_is_a_named_box(text):
    out, _, _ = runs(text)
    box = picture(out).boxes[-1]
    name = NAMED[text].split()[-1].removeprefix("torch.")
    assert box.label == shown(name, 16)
    assert np.array_equal(box.nodes[0].value, out.detach().numpy())


def test_a_box_says_with_what_options():
    out, _, _ = runs("F.max_pool1d(A[None], 2)")
    assert dict(picture(out).boxes[-1].options)["argument 2"] == "2"


@pytest.mark.parametrize(
    "look",
    [
        {"local_gradients": True},
        {"symbolic": True},
        {"names": True},
        {"rankdir": "TB"},
        {"fold": 0},
    ],
    ids=str,
)
def test_boxes_of_torch_are_drawn_in_every_look(look):
    a, kernel = leaf(2, 1, 5), leaf(1, 1, 3)
    with record_torch(a=a, kernel=kernel):
        z = F.conv1d(a, kernel)
        z[0] = 0.0
        loss = F.layer_norm(z + z.detach() * z, (3,)).pow(2).sum()
    loss.backward()
    diagram = draw(loss, **look)
    assert "</svg>" in diagram.svg()
    assert "</html>" in diagram.html()


def test_an_operation_of_ours_stays_what_it_was():
    runs("torch.einsum('ij,jk->ik', A, W)")
    add = ac.operation.REGISTRY["add"]
    _, loss, _ = runs("A.add(B, alpha=2)")
    draw(loss)
    assert ac.operation.REGISTRY["add"] is add
    assert not [name for name in ac.operation.REGISTRY if name.startswith("torch.")]


def test_a_function_with_other_arguments_is_drawn_without_its_gradient():
    x = leaf(2)
    with record_torch(x=x):
        loss = Scaled.apply(x, 3.0).sum()
    loss.backward()
    assert boxes(loss) == ["Scaled", "sum"]
    assert np.array_equal(picture(loss).wires[0].node.grad, [3.0, 3.0])
    assert np.isnan(explain(loss, x).value).all()


# --- in place, views, parts without a gradient ----------------------------------------------------


def added(A, B):
    x = A * 1
    x += B
    x.mul_(2)
    return x


def relu_in_place(A, B):
    return F.relu((A * 2).sub_(B), inplace=True)


def set_entries(A, B):
    x = A * 1
    x[0] = B[1] * 3
    return x


def add_to_entries(A, B):
    x = A * 1
    x[0, 1:] += B[0, 0]
    return x * x


def change_through_views(A, B):
    x = A * 1
    row, column = x[0], x[:, 1]
    row *= B[0]
    column += 5
    return x * A


def views_of_what_changes(A, B):
    x = A * 1
    row, turned = x[1], x.T
    x *= B
    x[1, 2] = 7.0
    return row * 2 + turned[:, 1].sum()


IN_PLACE = [
    (added, "multiply add multiply"),
    (relu_in_place, "multiply subtract relu"),
    (set_entries, "multiply getitem multiply setitem"),
    (add_to_entries, "multiply getitem getitem add setitem multiply"),
    (
        change_through_views,
        "multiply getitem getitem getitem multiply changed add changed changed multiply",
    ),
    (views_of_what_changes, None),
]


@pytest.mark.parametrize(
    ("function", "expected"), IN_PLACE, ids=lambda x: getattr(x, "__name__", "")
)
def test_changes_in_place(function, expected):
    a, b = leaf(3, 4), leaf(3, 4)
    with record_torch(A=a, B=b):
        out = function(a, b)
        loss = (out * out).sum()
    loss.backward()
    if expected:
        assert sorted(boxes(out)) == sorted(expected.split())
    assert np.array_equal(as_graph(out, "draw").value, out.detach().numpy())
    assert np.allclose(explain(loss, a).value, a.grad)
    assert np.allclose(explain(loss, b).value, b.grad)


def test_the_box_of_an_assignment_says_where():
    x = leaf(3)
    with record_torch(x=x):
        y = x * 1
        y[1:] = 0.0
    assert picture(y).boxes[-1].label == "[1:] ="


def test_values_are_those_of_their_time():
    x = leaf(3)
    before = x.detach().clone()
    with record_torch(x=x):
        y = x * 2
        loss = y.sum()
    with torch.no_grad():
        x.zero_()
        y.zero_()
    values = [wire.node.value for wire in picture(loss).wires]
    assert np.array_equal(values[0], before)
    assert np.array_equal(values[1], 2 * before)


def test_no_grad_and_detach_cut_the_graph():
    x = leaf(3)
    with record_torch(x=x):
        with torch.no_grad():
            mask = (x > 1) * 2.0
        loss = (mask * x + x.detach()).sum()
    loss.backward()
    assert boxes(loss) == ["multiply", "add", "sum"]
    leaves = [wire for wire in picture(loss).wires if wire.source is None]
    assert [(wire.name, wire.node.grad is None) for wire in leaves] == [("x", False), ("x", True)]


def test_integer_targets_are_leaves_without_gradient():
    scores, target = leaf(3, 4), torch.tensor([0, 1, 1])
    with record_torch(scores=scores, target=target):
        loss = F.cross_entropy(scores, target)
    loss.backward()
    (wire,) = (wire for wire in picture(loss).wires if wire.name == "target")
    assert (wire.node.dtype, wire.node.grad) == (np.int64, None)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_short_floats(dtype):
    x = leaf(3, dtype=dtype)
    with record_torch(x=x):
        y = (x * 3 - 1).tanh().sum()
    y.backward()
    assert boxes(y) == ["multiply", "subtract", "tanh", "sum"]
    assert as_graph(y, "draw").dtype == (np.float16 if dtype is torch.float16 else np.float32)


def test_requires_grad_makes_a_leaf():
    with record_torch() as recording:
        x = (torch.ones(2) * 3).requires_grad_()
        recording.name(x=x)
        loss = (x * 2).sum()
    loss.backward()
    assert boxes(loss) == ["multiply", "sum"]
    assert gradients(loss)["x"].tolist() == [2.0, 2.0]


# --- gradients ------------------------------------------------------------------------------------


def gradients(tensor):
    return {wire.name: wire.node.grad for wire in picture(tensor).wires}


def test_gradients_of_another_graph_are_not_shown():
    x = leaf(2)
    with record_torch(x=x) as recording:
        one, other = (x * 3).sum(), (x * 5).sum()
    recording.name(one=one, other=other)
    other.backward()
    assert gradients(one) == {"x": None, None: None, "one": None}
    one.backward()
    assert x.grad.tolist() == [8.0, 8.0]
    assert gradients(one)["x"].tolist() == [3.0, 3.0]


def test_gradients_stay_those_of_their_graph():
    x = leaf(2)
    with record_torch(x=x):
        one, other = (x * 3).sum(), (x * 5).sum()
    one.backward()
    other.backward()
    assert gradients(one)["x"].tolist() == [3.0, 3.0]
    assert gradients(other)["x"].tolist() == [5.0, 5.0]
    one = other
    for _ in range(6):
        with record_torch(x=x):
            other = x.sum()
        other.backward()
    assert gradients(one)["x"] is None
    assert len(recorded.known().find(x)[0].gradients) <= recorded.MOST_PASSES


def test_what_torch_does_in_one_call_has_gradients_inside():
    (X, W, b), random = ((4, 2), (3, 2), (3,)), np.random.default_rng(0)
    values = [random.normal(size=shape) for shape in (X, W, b)]
    tensors = [torch.tensor(value, requires_grad=True) for value in values]
    nodes = [Node(value) for value in values]
    with record_torch():
        theirs = F.mse_loss(F.linear(*tensors), torch.ones(4, 3, dtype=DOUBLE))
    difference = nodes[0] @ nodes[1].T + nodes[2] - np.ones((4, 3))
    ours = (difference * difference).mean()
    theirs.backward()
    ours.backward()
    for one, other in zip(operations(picture(theirs)), operations(picture_of(ours)), strict=True):
        assert np.allclose(one.value, other.value)
        assert np.allclose(one.grad, other.grad)


def operations(found):
    return [wire.node for wire in found.wires if wire.source is not None]


def test_gradients_come_with_autograd_grad():
    x = leaf(2)
    with record_torch(x=x):
        loss = (x * 3).sum()
    torch.autograd.grad(loss, x)
    assert gradients(loss)["x"].tolist() == [3.0, 3.0]


def test_a_training_loop_shows_each_step():
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.rand(4, 2), torch.rand(4, 1)
    with record_torch(x=x, y=y):
        for _ in range(3):
            weight = model.weight.detach().clone()
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert boxes(loss) == ["transpose", "matmul", "add", "subtract", "multiply", "mean"]
    (wire,) = (wire for wire in picture(loss).wires if wire.name == "weight")
    assert np.array_equal(wire.node.value, weight)
    assert np.array_equal(wire.node.grad, model.weight.grad)


# --- names and modules ----------------------------------------------------------------------------


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
        self.head = torch.nn.Linear(3, 2)

    def forward(self, x):
        with ac.scope("mine"):
            x = x * 2
        return self.head(self.encoder(x))


def test_modules_are_scopes_and_parameters_have_names():
    network, x = Network(), torch.rand(4, 2)
    with record_torch(x=x):
        y = network(x)
    scopes = dict.fromkeys(str(box.scope) for box in picture(y).boxes)
    assert list(scopes) == ["mine", "encoder/Linear", "encoder/ReLU", "head"]
    names = [wire.name for wire in picture(y).wires if wire.source is None]
    assert names[:2] == ["x", "encoder.0.weight"]
    assert [box.label for box in picture(y, fold=1).boxes] == ["mine", "encoder", "head"]
    assert picture(y, fold="head").boxes[-1].formulas[0] == "Y = X Wᵀ + b"
    assert current() == (True, None)


def test_a_network_folds_to_its_layers_and_loss():
    layers = [torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2, bias=False)]
    with record_torch():
        loss = torch.nn.CrossEntropyLoss()(
            torch.nn.Sequential(*layers)(torch.rand(3, 2)), torch.tensor([0, 1, 1])
        )
    shown_boxes = [(box.label, box.formulas[0]) for box in picture(loss, None).boxes]
    assert shown_boxes == [
        ("Linear", "Y = X Wᵀ + b"),
        ("ReLU", "Y = max(0, X)"),
        ("Linear", "Y = X Wᵀ"),
        ("CrossEntropyLoss", "L = −Σ y ln softmax(X) / n"),
    ]


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (torch.nn.CrossEntropyLoss(reduction="sum"), "L = −Σ y ln softmax(X)"),
        (torch.nn.CrossEntropyLoss(label_smoothing=0.1), None),
        (torch.nn.MSELoss(), "L = Σ (ŷ − y)² / n"),
        (torch.nn.MSELoss(reduction="sum"), None),
    ],
    ids=str,
)
def test_formulas_of_losses(loss, formula):
    with record_torch():
        out = loss(torch.rand(2, 3, requires_grad=True), torch.rand(2, 3).softmax(1))
    found = picture(out).boxes[-1].scope.formulas
    assert (found and found[0]) == formula


def test_a_loss_is_a_scope():
    with record_torch():
        loss = torch.nn.MSELoss()(leaf(3), torch.zeros(3))
    assert {str(box.scope) for box in picture(loss).boxes} == {"MSELoss"}


def test_names_are_given_to_tensors_results_and_modules():
    a, b, layer = leaf(2), leaf(2), torch.nn.Linear(2, 2, dtype=DOUBLE)
    with record_torch({"x_1": a}, b=b, layer=layer) as recording:
        c = a * b
        recording.name(c=c)
        loss = layer(c).sum()
    recording.name(L=loss)
    names = [wire.name for wire in picture(loss).wires if wire.name]
    assert names == ["x_1", "b", "layer.weight", "layer.bias", "c", "L"]


def test_the_scope_closes_after_an_error():
    with pytest.raises(RuntimeError, match="shapes"), record_torch():
        torch.nn.Sequential(torch.nn.Linear(3, 2))(torch.ones(1, 2))
    assert current() == (True, None)


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (torch.nn.MultiheadAttention(4, 2), [(3, 1, 4)] * 3),
        (torch.nn.LSTM(3, 2), [(4, 1, 3)]),
        (torch.nn.TransformerEncoderLayer(4, 2, 8), [(3, 1, 4)]),
        (torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)), [(2, 1, 6, 6)]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_modules_of_torch(module, shapes):
    with record_torch():
        out = module(*(torch.rand(shape) for shape in shapes))
        out = out[0] if isinstance(out, tuple) else out
        loss = (out * out).mean()
    loss.backward()
    for name, parameter in module.named_parameters():
        found = explain(loss, name).value
        assert np.allclose(found, parameter.grad, rtol=1e-3, atol=1e-6)


# --- nothing else changes -------------------------------------------------------------------------


def test_nothing_is_kept_when_the_last_result_is_gone():
    gc.disable()
    try:
        x = leaf(3)
        with record_torch(x=x) as recording:
            loss = (x * 2).relu().sum()
            squared = Squared.apply(x * x).sum()
        loss.backward()
        entry, _ = recorded.known().find(loss)
        entry = weakref.ref(entry)
        inner = weakref.ref(entry().call.entries[0])
        assert x._backward_hooks
        del loss, squared, recording
        assert entry() is None
        assert inner() is None
        assert not x._backward_hooks
    finally:
        gc.enable()


def test_results_are_those_without_recording():
    network, x = Network(), torch.rand(4, 2)
    plain = network(x)
    with record_torch():
        recorded_one = network(x)
    assert torch.equal(plain, recorded_one)
    assert plain.grad_fn.name() == recorded_one.grad_fn.name()


def test_models_are_saved_and_copied_meanwhile():
    layer = torch.nn.Linear(2, 2)
    with record_torch(), warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = layer(torch.ones(1, 2)).sum()
        torch.save(layer.state_dict(), io.BytesIO())
        x = leaf(2)
        x.requires_grad_()
        loss = loss + x.sum()
        torch.save(x, io.BytesIO())
        copy.deepcopy(layer)
    assert loss.requires_grad


def test_torch_func_runs_inside():
    x = leaf(3)
    with record_torch(x=x):
        slope = torch.func.grad(lambda v: (v * v).sum())(x.detach())
        mapped = torch.vmap(lambda v: v * 2)(x)
    assert torch.equal(slope, 2 * x.detach())
    assert torch.equal(mapped, 2 * x)


def test_torch_is_not_imported_by_us():
    import subprocess

    code = "import visualize, sys; visualize.draw(__import__('autograd_core').Node(1.0)*2); " \
        "assert 'torch' not in sys.modules"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.weak", None)
    with pytest.raises(ImportError, match=r"pip install autograd-core\[torch\]"):
        record_torch()


# --- errors ---------------------------------------------------------------------------------------


def test_tensors_that_were_not_recorded():
    with pytest.raises(ValueError, match=r"draw\(\) expects .* recorded, .*\(2,\).*record_torch"):
        draw(torch.ones(2))
    x = leaf(1)
    with record_torch(x=x):
        loss = x.sum()
    with pytest.raises(ValueError, match="wrt to be a tensor that was recorded"):
        explain(loss, torch.ones(1))


def test_a_tensor_of_another_graph():
    x, y = leaf(1), leaf(1)
    with record_torch(x=x, y=y):
        one, other = x.sum(), y.sum()
    with pytest.raises(ValueError, match=r"'y' \(shape \(1,\)\) is not in its graph"):
        explain(one, y)
    assert other.requires_grad


def test_a_tensor_that_was_changed_afterwards():
    with record_torch():
        y = torch.zeros(2) + 1
    y += 1
    with pytest.raises(ValueError, match="changed in place afterwards"):
        draw(y)


def test_a_module_is_no_result():
    with pytest.raises(TypeError, match=r"result of a module of torch, got the module \(Linear\)"):
        draw(torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: record_torch(3), "tensor or a module of torch, got int"),
        (lambda: record_torch(x=3), r"record_torch\(x=...\) expects a tensor or a module"),
        (lambda: record_torch({1: torch.ones(1)}), "expects names"),
    ],
)
def test_names_for_what_has_none(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_graphs_that_are_too_deep(monkeypatch):
    monkeypatch.setattr(recorded, "DEEPEST", 5)
    x = leaf()
    with pytest.raises(RuntimeError, match="at most 5 operations in a row"), record_torch(x=x):
        for _ in range(6):
            x = x * 2


def test_the_example_in_the_docstring():
    text = record_torch.__doc__.replace("# doctest: +SKIP", "")
    example = doctest.DocTestParser().get_doctest(text, {}, "record_torch", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(example).failed == 0
