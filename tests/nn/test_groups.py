"""Optimizers of layers, and groups of parameters: eager and compiled, saved and resumed."""

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Callback,
    FullyConnected,
    Group,
    Layer,
    NeuralNetwork,
    Optimizer,
    ReduceOnPlateau,
    ReLU,
    Residual,
    RMSprop,
    StepDecay,
    TrainingWarning,
    WarmUp,
)
from visualize import playground

X = np.random.default_rng(0).standard_normal((32, 4)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(int)
BACKENDS = ["eager", "numpy", "native"]


def made(optimizer, *own, backend="eager", **options):
    layers = [FullyConnected(4, 6), ReLU(), FullyConnected(6, 6), ReLU(), FullyConnected(6, 2)]
    for layer, each in zip(layers[::2], own, strict=False):
        layer.optimizer = each
    return NeuralNetwork(layers, optimizer=optimizer, **options).compile(backend)


def stepped(net, steps=4):
    for _ in range(steps):
        net.train_step(X, CLASSES)
    return net.state_dict()


def compare(found, expected, backend):
    for name, array in expected.items():
        rtol, atol = (0, 0) if backend in ("eager", "numpy") else (1e-4, 1e-6)
        np.testing.assert_allclose(found[name], array, rtol=rtol, atol=atol, err_msg=name)


# --- optimizers of layers -------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layer_is_trained_by_its_own_optimizer(backend):
    net = made(SGD(0.125), SGD(0.5), None, backend=backend)
    before = net.state_dict()
    other = made(SGD(0.125))
    other.differentiate(X, CLASSES, other.parameters())
    gradients = {name: node.grad.copy() for name, node in other.parameters().items()}
    after = stepped(net, 1)
    for name, gradient in gradients.items():
        rate = 0.5 if name.startswith("0.") else 0.125
        np.testing.assert_allclose(after[name], before[name] - rate * gradient, rtol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("own", [
    lambda: [Adam(0.01), SGD(0.1, momentum=0.9)],
    lambda: [SGD(StepDecay(0.1, 2, 0.5)), AdamW(0.01, clip_norm=0.01)],
    lambda: [RMSprop(0.01, clip_norm=0.1), Adagrad(0.1)],
])  # fmt: skip
def test_every_back_end_does_as_eager_steps(backend, own):
    nets = [made(Adam(0.02, clip_norm=0.5), *own(), backend=each) for each in ("eager", backend)]
    states = [stepped(net) for net in nets]
    compare(states[1], states[0], backend)
    for first, second in zip(nets[0].optimizers, nets[1].optimizers, strict=True):
        assert first.updates == second.updates == 4
        assert first.learning_rate == second.learning_rate
        compare(second.state_dict(), first.state_dict(), backend)


def test_one_optimizer_may_serve_several_layers():
    shared = Adam(0.01)
    net = made(SGD(0.1), shared, shared)
    stepped(net)
    assert net.optimizers == [net.optimizer, shared]
    assert shared.updates == 4
    assert list(shared.state) == ["0.weight", "0.bias", "2.weight", "2.bias"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_innermost_optimizer_counts(backend):
    inner = FullyConnected(4, 4)
    block = Residual(inner, FullyConnected(4, 4))
    block.optimizer, inner.optimizer = SGD(1e-9), SGD(0.5)
    net = NeuralNetwork([block, FullyConnected(4, 2)], optimizer=SGD(1e-9)).compile(backend)
    before = net.state_dict()
    after = stepped(net, 1)
    moved = [name for name in after if np.abs(after[name] - before[name]).max() > 1e-6]
    assert moved == ["0.0.weight", "0.0.bias"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_that_is_set_later_is_noticed(backend):
    net = made(SGD(0.1), backend=backend)
    stepped(net)
    net.layers[0].optimizer = own = Adam(0.01)
    stepped(net)
    assert own.updates == 4
    net.layers[0].optimizer = None
    stepped(net)
    assert (own.updates, net.optimizer.updates) == (4, 12)


def test_files_and_checkpoints_keep_it(tmp_path):
    def fitted(epochs, **options):
        net = made(SGD(0.1, momentum=0.5), Adam(0.01), SGD(StepDecay(0.1, 2, 0.9)))
        net.layers[4].trainable = False
        net.fit(X, CLASSES, batch_size=8, progress=False, epochs=epochs, **options)
        return net

    fitted(2, checkpoint=tmp_path / "run")
    resumed, whole = fitted(4, resume=tmp_path / "run"), fitted(4)
    compare(resumed.state_dict(), whole.state_dict(), "eager")
    for first, second in zip(resumed.optimizers, whole.optimizers, strict=True):
        compare(first.state_dict(), second.state_dict(), "eager")
    loaded = NeuralNetwork.load(whole.save(tmp_path / "net"))
    assert repr(loaded.layers[0].optimizer) == "Adam(learning_rate=0.01)"
    assert loaded.layers[4].trainable is False
    assert not loaded.layers[4].weight.requires_grad
    with pytest.raises(ValueError, match="same network"):
        made(SGD(0.1, momentum=0.5)).fit(
            X, CLASSES, batch_size=8, progress=False, epochs=4, resume=tmp_path / "run"
        )


def test_something_else_than_an_optimizer_is_refused():
    with pytest.raises(TypeError, match=r"FullyConnected.optimizer expects instances of Optimizer"):
        made(SGD(0.1), 0.1)
    with pytest.raises(TypeError, match=r"Write SGD\(\.\.\.\)"):
        made(SGD(0.1), SGD)


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_group_multiplies_the_rate_and_has_its_own_decay(backend):
    groups = [Group("0.*", rate_factor=0.5), Group("*.bias", rate_factor=2.0, weight_decay=0.25)]
    net = made(SGD(0.125, weight_decay=0.5, groups=groups), backend=backend)
    before = net.state_dict()
    other = made(SGD(0.1))
    other.differentiate(X, CLASSES, other.parameters())
    after = stepped(net, 1)
    for name, node in other.parameters().items():
        rate = 0.0625 if name.startswith("0.") else 0.25 if name.endswith("bias") else 0.125
        decay = 0.25 if rate == 0.25 else 0.5
        expected = before[name] * (1 - rate * decay) - rate * node.grad
        np.testing.assert_allclose(after[name], expected, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer", [
    lambda: AdamW(
        0.01, weight_decay=0.5, decay_vectors=False, groups=[Group("2.*", rate_factor=3.0)]
    ),
    lambda: Adam(StepDecay(0.01, 2, 0.5), groups=[Group("*.weight", weight_decay=0.1)]),
    lambda: RMSprop(0.01, groups=[Group("0.*", rate_factor=0.5)], clip_norm=0.1),
    lambda: SGD(0.1, 0.9, nesterov=True, weight_decay=0.1, decay_vectors=False),
])  # fmt: skip
def test_groups_on_every_back_end(backend, optimizer):
    states = [stepped(made(optimizer(), backend=each)) for each in ("eager", backend)]
    compare(states[1], states[0], backend)


def test_no_decay_on_biases_and_normalisation_by_one_argument():
    class Normalised(Layer):
        def __init__(self):
            self.gamma = Node(np.full(4, 3.0))

        def apply(self, x):
            return x + 0.0 * self.gamma

    for backend in BACKENDS:
        optimizer = AdamW(0.1, weight_decay=0.5, decay_vectors=False)
        net = NeuralNetwork([Normalised(), FullyConnected(4, 2)], optimizer=optimizer)
        weight = net.layers[1].weight.value.copy()
        net.compile(backend)
        stepped(net, 2)
        assert (net.layers[0].gamma.value == 3.0).all()
        assert (np.abs(net.layers[1].weight.value - weight) > 0.01).any()


def test_a_group_says_what_happens_to_vectors_too():
    w, b = Node(np.ones((1, 1))), Node(np.ones(1))
    (0.0 * (w.sum() + b.sum())).backward()
    SGD(1.0, weight_decay=0.5, decay_vectors=False, groups=[Group("b", weight_decay=0.25)]).step(
        {"w": w, "b": b}
    )
    assert (w.value.item(), b.value.item()) == (0.5, 0.75)


def test_an_optimizer_of_ones_own_has_groups_without_another_line():
    class Plain(Optimizer):
        def update(self, value, gradient, name):
            value -= self.learning_rate * gradient

    w, b = Node(np.ones(2)), Node(np.ones(2))
    (w.sum() + b.sum()).backward()
    Plain(0.5, groups=[Group("1", rate_factor=0.5)]).step([w, b])
    assert (w.value[0], b.value[0]) == (0.5, 0.75)


def test_files_keep_groups_and_old_ones_need_none(tmp_path):
    groups = [Group("*.bias", weight_decay=0), Group("0.*", rate_factor=0.5)]
    net = made(AdamW(0.01, groups=groups, decay_vectors=False))
    loaded = NeuralNetwork.load(net.save(tmp_path / "net"))
    assert repr(loaded.optimizer) == repr(net.optimizer)
    assert "groups=(Group('*.bias', weight_decay=0.0), Group('0.*', rate_factor=0.5))" in repr(
        loaded
    )
    assert "groups" not in made(Adam(0.01)).optimizer.configuration()


@pytest.mark.parametrize("backend", BACKENDS)
def test_parameters_that_made_different_numbers_of_steps(backend):
    nets = [made(Adam(0.01), backend=each) for each in ("eager", backend)]
    for net in nets:
        net.layers[0].trainable = False
        stepped(net, 2)
        net.layers[0].trainable = True
        stepped(net, 3)
    compare(nets[1].state_dict(), nets[0].state_dict(), backend)
    state = nets[1].optimizer.state
    assert (state["0.weight"]["steps"], state["2.weight"]["steps"]) == (3, 5)


@pytest.mark.parametrize("make, words", [
    (lambda: Group(3), r"Group\(pattern\) expects a pattern of names such as '\*\.bias'"),
    (lambda: Group("*", rate_factor=0), r"Group\(rate_factor\) expects a finite number above 0"),
    (lambda: Group("*", rate=0.1), r"has no argument 'rate': write learning_rate=0\.1"),
    (lambda: Group("*", learning_rate=1, rate_factor=1), "learning_rate or rate_factor, got both"),
    (lambda: SGD(groups=["*.bias"]), r"SGD\(groups\) expects a list of groups such as"),
    (lambda: RMSprop(groups=[Group("*", weight_decay=0)]), r"RMSprop has no weight decay.*AdamW"),
    (lambda: SGD(decay_vectors="no"), r"SGD\(decay_vectors\) expects True or False"),
])  # fmt: skip
def test_errors_say_what_to_write(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


# --- rates of their own ---------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rate, first", [
    (0.1, 0.1),
    (WarmUp(2, StepDecay(0.1, updates=1, factor=0.5)), 0.05),
])  # fmt: skip
def test_a_learning_rate_of_a_group_is_that_and_moves_with_that_of_all(rate, first, backend):
    group = Group("b", learning_rate=0.02)
    w, b = Node(np.ones(2)), Node(np.ones(2))
    optimizer = SGD(rate, groups=[group])
    moved = []
    for step in range(4):
        if step == 3 and optimizer.schedule is None:
            optimizer.learning_rate = 0.05
        w.grad = b.grad = np.ones(2)
        before = w.value[0], b.value[0]
        optimizer.step({"w": w, "b": b})
        moved.append((before[0] - w.value[0], before[1] - b.value[0]))
    np.testing.assert_allclose([y / x for x, y in moved], 0.2)
    np.testing.assert_allclose(moved[0][0], first)
    np.testing.assert_allclose(moved[3], (0.05, 0.01))
    if optimizer.schedule is None:  # a file holds what is now
        assert optimizer.arguments()["groups"][0].learning_rate == 0.01
    groups = [Group("0.*", learning_rate=0.02)]
    compiled = stepped(made(SGD(rate, groups=groups), backend=backend))
    factors = [Group("0.*", rate_factor=0.2)]
    expected = stepped(made(SGD(rate, groups=factors)))
    for name, array in expected.items():
        np.testing.assert_allclose(compiled[name], array, rtol=1e-4, atol=1e-6)


def test_a_group_that_holds_nothing_is_named():
    net = made(AdamW(0.01, groups=[Group("bias", weight_decay=0)]))
    words = r"Group\('bias'.*holds none.*0\.weight, 0\.bias.*Write '\*bias'"
    with pytest.warns(TrainingWarning, match=words):
        net.fit(X, CLASSES, epochs=1, batch_size=16, progress=False)


def test_rates_that_fell_on_a_plateau_go_on_after_an_interruption(tmp_path):
    def run(epochs, rate=0.1, **options):
        net = made(SGD(1.0, groups=[Group("4.bias", learning_rate=0.25)]), Adam(rate))
        net.fit(
            X, np.arange(32) % 2, epochs=epochs, batch_size=16, progress=False,
            validation_data=(X, CLASSES), **options,
            callbacks=[ReduceOnPlateau(patience=1, factor=0.5)],
        )  # fmt: skip
        return net

    whole = run(8)
    run(5, checkpoint=tmp_path)
    resumed = run(8, resume=tmp_path)
    rates = [each.learning_rate for each in resumed.optimizers]
    assert rates == [each.learning_rate for each in whole.optimizers]
    assert rates[0] < 1.0 and rates[1] == rates[0] * 0.1
    compare(resumed.state_dict(), whole.state_dict(), "eager")
    with pytest.raises(ValueError, match=r"Adam\(learning_rate\) expects 0\.1.*got 0\.2"):
        run(8, rate=0.2, resume=tmp_path)


@pytest.mark.parametrize("net", [
    lambda: made(SGD(0.1, groups=[Group("*.bias", rate_factor=0.5)])),
    lambda: made(SGD(0.1), SGD(0.5)),
])  # fmt: skip
def test_a_page_that_trains_has_one_optimizer(net):
    with pytest.raises(ValueError, match="treats all parameters alike, got groups"):
        playground(net(), X, CLASSES)


def test_layers_that_are_learned_later_go_on_after_an_interruption(tmp_path):
    class Unfreeze(Callback):
        def on_epoch_begin(self, network, epoch):
            if epoch in (1, 4):
                network.layers[2].trainable = epoch == 4

    def run(epochs, **options):
        net = made(Adam(0.01))
        net.layers[0].weight.requires_grad = False
        net.fit(X, CLASSES, epochs=epochs, batch_size=16, progress=False, callbacks=[Unfreeze()],
                **options)  # fmt: skip
        return net

    whole = run(5)
    for stopped in (2, 4):
        run(stopped, checkpoint=tmp_path / str(stopped))
        compare(run(5, resume=tmp_path / str(stopped)).state_dict(), whole.state_dict(), "eager")
    first, *_ = made(Adam(0.01)).layers
    assert (whole.layers[0].weight.value == first.weight.value).all()
    assert (whole.layers[2].weight.value != made(Adam(0.01)).layers[2].weight.value).any()
    net = made(Adam(0.01))  # which learns what that run did not
    with pytest.raises(ValueError, match="of the same network"):
        net.fit(X, CLASSES, epochs=5, batch_size=16, progress=False, resume=tmp_path / "2")


def test_a_layer_that_is_stepped_by_hand_is_changed_by_its_own_optimizer():
    layer, other = FullyConnected(4, 2), FullyConnected(4, 2)
    for each in (layer, other):
        each.initialize(np.random.default_rng(0), np.float64)
    layer.optimizer = SGD(0.1)
    for each in (layer, other):
        each.forward(X)
    errors = [each.backward(np.ones((32, 2))) for each in (layer, other)]
    np.testing.assert_array_equal(*errors)  # that of the weights before
    SGD(0.1).step(other.parameters())
    np.testing.assert_array_equal(layer.weight.value, other.weight.value)
    assert layer.optimizer.updates == 1
