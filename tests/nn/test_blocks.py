"""Blocks: layers made of layers, their shapes, tables, files, pictures and errors."""

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    L2,
    LSTM,
    SGD,
    Adam,
    BatchNorm,
    Conv1D,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    Lambda,
    Layer,
    LayerNorm,
    NeuralNetwork,
    Parallel,
    PositionalEmbedding,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    SoftMax,
    Tanh,
    TrainingWarning,
)
from nn.tensor_file import ModelFileError
from visualize import draw

X = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(int)


def blocks():
    return [
        FullyConnected(4, 6),
        Residual(FullyConnected(6, 6), ReLU(), Dropout(0.25)),
        Parallel(FullyConnected(6, 3), [FullyConnected(6, 5), Tanh()], join="concatenate"),
        Residual([FullyConnected(8, 2)], shortcut=FullyConnected(8, 2, bias=False)),
    ]


PATHS = [
    "0.weight", "0.bias", "1.0.weight", "1.0.bias", "2.0.weight", "2.0.bias", "2.1.0.weight",
    "2.1.0.bias", "3.0.weight", "3.0.bias", "3.shortcut.weight",
]  # fmt: skip


def test_paths_name_what_is_inside():
    net = NeuralNetwork(blocks())
    assert list(net.parameters()) == PATHS
    names = [node.name for node in net.parameters().values()]
    assert names == ["W1", "b1", "W2", "b2", "W3", "b3", "W4", "b4", "W5", "b5", "W6"]


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_all_of_it_learns_the_same_on_every_back_end(backend):
    nets = [NeuralNetwork(blocks(), optimizer=Adam(0.01)).compile(b) for b in ("eager", backend)]
    before = nets[1].state_dict()
    for net in nets:
        for _ in range(3):
            net.train_step(X, CLASSES)
    for name, array in nets[0].state_dict().items():
        np.testing.assert_allclose(nets[1].state_dict()[name], array, rtol=1e-4, atol=1e-6)
        assert (array != before[name]).any()


def test_what_they_compute():
    first, second, third = (FullyConnected(4, 4) for _ in range(3))
    NeuralNetwork([Sequential(first, second, third)])
    row = Sequential(first, second)
    np.testing.assert_array_equal(row(X).value, second(first(X)).value)
    assert (row[1], len(row), list(row)) == (second, 2, [first, second])
    np.testing.assert_array_equal(Residual(first)(X).value, first(X).value + X)
    shortened = Residual(first, shortcut=third)
    np.testing.assert_array_equal(shortened(X).value, (first(X) + third(X)).value)
    total = Parallel(first, second, third)(X).value
    np.testing.assert_array_equal(total, (first(X) + second(X) + third(X)).value)
    beside = Parallel(first, [second, third], join="concatenate")(X).value
    np.testing.assert_array_equal(beside, np.hstack([first(X).value, third(second(X)).value]))


def test_branches_join_along_the_channels_of_images():
    images = np.ones((2, 3, 4, 4))
    block = Parallel(ReLU(), Tanh(), join="concatenate", axis=1)
    assert block(images).shape == (2, 6, 4, 4)
    assert block.output_shape((3, 4, 4)) == (6, 4, 4)


TABLE = """\
layer                               output  parameters
------------------------------------------------------
FullyConnected(4, 6)                (6,)            30
Residual, frozen                    (6,)            42
  FullyConnected(6, 6), frozen      (6,)            42
  ReLU()                            (6,)             0
  Dropout(rate=0.25)                (6,)             0
Parallel                            (8,)            56
  FullyConnected(6, 3)              (3,)            21
  Sequential                        (5,)            35
    FullyConnected(6, 5)            (5,)            35
    Tanh()                          (5,)             0
Residual                            (2,)            34
  FullyConnected(8, 2)              (2,)            18
  FullyConnected(8, 2, bias=False)  (2,)            16
------------------------------------------------------
total                                              162
of these frozen                                     42"""


def test_the_table_is_a_tree():
    net = NeuralNetwork(blocks())
    net.layers[1].trainable = False
    assert net.summary() == TABLE


def test_a_shared_weight_counts_once():
    first, second = FullyConnected(4, 4), FullyConnected(4, 4)
    net = NeuralNetwork([first, ReLU(), second])
    second.weight = first.weight
    assert net.summary().splitlines()[-1].split() == ["total", "24"]


def test_files_keep_them(tmp_path):
    net = NeuralNetwork(blocks(), seed=3)
    loaded = NeuralNetwork.load(net.save(tmp_path / "net"))
    assert repr(loaded) == repr(net)
    np.testing.assert_array_equal(loaded.predict(X), net.predict(X))


def test_dropout_inside_goes_on_where_a_checkpoint_stands(tmp_path):
    def fitted(epochs, **options):
        net = NeuralNetwork(blocks())
        net.fit(X, CLASSES, batch_size=10, progress=False, epochs=epochs, **options)
        return net.state_dict()

    fitted(2, checkpoint=tmp_path)
    resumed, whole = fitted(4, resume=tmp_path), fitted(4)
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array)


def test_regularizers_inside_cost():
    inner = FullyConnected(4, 4, weight_regularizer=L2(0.5))
    net = NeuralNetwork([Residual(inner)])
    loss, objective = net.objective(net.forward(X), net.loss.checked_label(net.forward(X), CLASSES))
    cost = 0.25 * float((inner.weight.value**2).sum())
    assert objective.item() - loss.item() == pytest.approx(cost, rel=1e-5)


@pytest.mark.parametrize("fold", [1, 2, 3])
def test_they_fold_and_open(fold):
    net = NeuralNetwork([Residual(Sequential(FullyConnected(4, 4), ReLU()))])
    graph = net.loss(net.forward(X[:2]), CLASSES[:2])
    texts = draw(graph, fold=fold).svg()
    assert (">Residual<" in texts) == (fold == 1)
    assert (">Sequential<" in texts) == (fold == 2)
    assert (">ReLU<" in texts) == (fold == 3)


def test_the_drawing_of_a_network_says_what_a_block_is_made_of():
    svg = draw(NeuralNetwork(blocks())).svg()
    assert ">Residual<" in svg
    assert ">FullyConnected(6, 6)<" in svg


# --- functions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (Sequential(Tanh(), ReLU(), Tanh()), "Y = F₃(F₂(F₁(X)))"),
        (Residual(Tanh()), "Y = F(X) + X"),
        (Residual(FullyConnected(2, 2), shortcut=FullyConnected(2, 2)), "Y = F(X) + S(X)"),
        (Parallel(Tanh(), ReLU()), "Y = F₁(X) + F₂(X)"),
        (Parallel(Tanh(), ReLU(), join="concatenate"), "Y = concat(F₁(X), F₂(X))"),
        (Parallel([Tanh() for _ in range(11)]), "Y = F₁(X) + F₂(X) + … + F₁₁(X)"),
    ],
)
def test_boxes_say_how_layers_are_joined(block, said):
    assert block.formulas.forward == said
    assert said.partition(" = ")[2] in draw(NeuralNetwork([block])).svg()


def test_a_function_learns_what_it_is_given():
    scale, inner = Node(np.ones(4)), FullyConnected(4, 2)

    def model(x):
        return inner(x * scale)

    layer = Lambda(model, parameters={"scale": scale, "inner": inner})
    net = NeuralNetwork([layer], optimizer=SGD(0.5))
    assert list(net.parameters()) == ["0.scale", "0.inner.weight", "0.inner.bias"]
    net.train_step(X, CLASSES)
    assert (scale.value != 1).all()
    assert net.summary().splitlines()[2].split() == ["model:", "Lambda", "(2,)", "14"]


def test_what_a_function_uses_and_is_not_learned_is_said():
    loose, inner = Node(np.ones(4)), FullyConnected(4, 2)
    with pytest.warns(TrainingWarning, match=r"'loose', which is not learned.*\{'loose': loose\}"):
        Lambda(lambda x: x * loose)
    with pytest.warns(TrainingWarning, match="'inner', which is not learned"):
        Lambda(lambda x: inner(x))
    constant = loose.detach()
    Lambda(lambda x: x * constant)


def test_no_file_keeps_a_function(tmp_path):
    net = NeuralNetwork([FullyConnected(4, 2), Sequential(Lambda(np.tanh))])
    with pytest.raises(ModelFileError, match=r"keeps no code, got Lambda\(tanh\).*class Tanh\(Lay"):
        net.save(tmp_path / "net")


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make, words", [
    (lambda: Sequential(), "Sequential expects at least one layer, got none. Write Sequential"),
    (lambda: Sequential(ReLU), r"expects layers, got .*Write ReLU\(\.\.\.\)"),
    (lambda: Residual(FullyConnected(4, 8)), r"added to them, but what goes in is \(4,\), and "
     r"they give \(8,\)\. Write Residual\(\.\.\., shortcut=FullyConnected\(4, 8\)\)"),
    (lambda: Residual(Conv2D(2, 3, 1)).output_shape((2, 8, 8)), r"shortcut=Conv2D\(2, 3, 1\)"),
    (lambda: Residual(Conv2D(2, 2, 3)).output_shape((2, 8, 8)), "Write padding='same'"),
    (lambda: Sequential(FullyConnected(4, 8), FullyConnected(4, 2)), "layer 1, .* expects 4"),
    (lambda: Parallel(FullyConnected(4, 8), FullyConnected(4, 2)), 'Write join="concatenate"'),
    (lambda: Parallel(ReLU(), join="add"), r"Parallel\(join\) expects 'sum' or 'concatenate'"),
    (lambda: Parallel(ReLU(), axis=0), "which is the axis of the batch"),
    (lambda: Parallel(FullyConnected(4, 8), FullyConnected(3, 8)), "take 3 and 4 features"),
    (lambda: Lambda(3), r"Lambda\(function\) expects a function of nodes, got 3"),
])  # fmt: skip
def test_errors_say_what_to_write(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


def test_shapes_that_would_only_broadcast_are_refused():
    class Summed(Layer):
        def apply(self, x):
            return x.sum(axis=1, keepdims=True)

    with pytest.raises(ValueError, match=r"what goes in is \(4,\), and they give \(1,\)"):
        Residual(Summed())(X)
    with pytest.raises(ValueError, match=r"gets \(1,\) and \(4,\) from its branches"):
        Parallel(Summed(), ReLU())(X)


def test_a_layer_of_ones_own_may_change_shapes_without_saying_so():
    class Doubled(Layer):
        def apply(self, x):
            return np.concatenate([x, x], axis=1)

    net = NeuralNetwork([FullyConnected(4, 3), Doubled(), FullyConnected(6, 2)])
    assert net.predict(X).shape == (30, 2)
    assert net.stages()[1].behind == (6,)


def test_the_last_layer_of_a_row_speaks_for_it():
    row = Sequential(FullyConnected(4, 2), SoftMax())
    assert (row.applies_softmax, row.gives_scores) == (True, False)
    with pytest.warns(TrainingWarning, match="softmax twice"):
        NeuralNetwork([row]).fit(X, CLASSES, epochs=1, batch_size=10, progress=False)


def test_a_parallel_takes_its_branches_as_one_list_too():
    assert Parallel([FullyConnected(4, 3), FullyConnected(4, 3)]).output_shape((4,)) == (3,)


# --- what is known of shapes before there are data ------------------------------------------------

STEPS = np.ones((4, 5, 6), np.float32)


@pytest.mark.parametrize("layers", [
    [FullyConnected(6, 8), Flatten(), FullyConnected(40, 3)],
    [Sequential(FullyConnected(6, 8), Flatten()), FullyConnected(40, 3)],
    [FullyConnected(6, 8), Reshape((40,)), FullyConnected(40, 3)],
    [FullyConnected(6, 8), BatchNorm(5), ReLU(), Flatten(), FullyConnected(40, 3)],
    [FullyConnected(6, 8), Conv1D(5, 3, 3), Flatten(), FullyConnected(18, 3)],
    [FullyConnected(6, 8), Lambda(lambda x: x.mT), BatchNorm(8), Flatten(), FullyConnected(40, 3)],
    [FullyConnected(6, 8), PositionalEmbedding(5, 8), Flatten(), FullyConnected(40, 3)],
    [LayerNorm(6), Flatten(), FullyConnected(30, 3)],
])  # fmt: skip
def test_a_full_connection_may_stand_at_each_step(layers):
    assert NeuralNetwork(layers).predict(STEPS).shape == (4, 3)


@pytest.mark.parametrize("layers", [
    [FullyConnected(6, 8), ReLU(), FullyConnected(7, 3)],
    [FullyConnected(6, 8), BatchNorm(8), FullyConnected(7, 3)],
    [FullyConnected(6, 8), LSTM(7, 3)],
    [FullyConnected(6, 8), LSTM(8, 4), FullyConnected(8, 3)],
    [FullyConnected(6, 8), Reshape((2, 2, 2)), Conv2D(1, 3, 1)],
])  # fmt: skip
def test_what_can_fit_no_samples_is_refused_at_once(layers):
    with pytest.raises(ValueError, match="expects"):
        NeuralNetwork(layers)
