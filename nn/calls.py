"""Calls with wrong arguments: a TypeError that names the one that was meant, and what to write."""

from __future__ import annotations

import difflib
import functools
import inspect
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

# What other libraries call it, and what one might take it for; ours is one of the names behind.
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("lr", "eta", "rate", "step_size", "stepsize", "learning_rate_init", "eta0"),
        ("learning_rate", "rate", "slope", "strength"),
    ),
    **dict.fromkeys(("alpha",), ("l2", "learning_rate", "slope", "strength")),
    **dict.fromkeys(("n_samples", "num_samples"), ("n",)),
    **dict.fromkeys(("sep",), ("delimiter",)),
    **dict.fromkeys(("collate_fn",), ("collate",)),
    **dict.fromkeys(("prefetch", "prefetch_factor", "num_workers", "workers"), ("ahead",)),
    **dict.fromkeys(
        ("batchsize", "batch", "bs", "minibatch_size", "mini_batch_size"), ("batch_size",)
    ),
    **dict.fromkeys(
        ("nb_epoch", "nb_epochs", "n_epochs", "num_epochs", "n_epoch", "max_epochs", "max_iter",
         "iterations", "n_iter", "epoch"),
        ("epochs", "iterations"),
    ),
    **dict.fromkeys(("verbose", "progress_bar", "verbosity"), ("progress", "verbose")),
    **dict.fromkeys(("validation", "val_data", "eval_set", "valid_data"), ("validation_data",)),
    **dict.fromkeys(("callback",), ("callbacks",)),
    **dict.fromkeys(
        ("gradient_accumulation_steps", "accumulate_grad_batches", "accumulation_steps"),
        ("accumulate",),
    ),
    **dict.fromkeys(("eps",), ("epsilon",)),
    **dict.fromkeys(("beta_1", "b1"), ("beta1",)),
    **dict.fromkeys(("beta_2", "b2"), ("beta2",)),
    **dict.fromkeys(("rho", "decay_rate", "alpha_decay", "smoothing"), ("decay",)),
    **dict.fromkeys(("wd", "weightdecay"), ("weight_decay",)),
    **dict.fromkeys(("mu", "beta"), ("momentum",)),
    **dict.fromkeys(
        ("clipnorm", "max_norm", "global_clipnorm", "max_grad_norm", "norm"),
        ("clip_norm", "max_norm"),
    ),
    **dict.fromkeys(("p", "prob", "probability", "drop_rate", "dropout"), ("rate", "dropout")),
    **dict.fromkeys(("negative_slope", "leak"), ("slope",)),
    **dict.fromkeys(("inputs", "input_dim", "input_size", "n_in", "in_units", "in_dim"),
                    ("in_features", "input_size", "entries")),
    **dict.fromkeys(("units", "outputs", "output_dim", "output_size", "n_out", "out_dim"),
                    ("out_features", "hidden_size", "features")),
    **dict.fromkeys(("hidden_dim", "hidden_units", "num_hiddens", "state_size", "hidden_features"),
                    ("hidden_size", "hidden")),
    **dict.fromkeys(("num_features", "normalized_shape", "embedding_dim", "embed_dim", "d_model",
                     "dim"), ("features",)),
    **dict.fromkeys(("num_embeddings", "vocab_size", "vocabulary", "tokens"), ("entries",)),
    **dict.fromkeys(("num_heads", "n_heads", "nhead", "n_head"), ("heads",)),
    **dict.fromkeys(("num_groups",), ("groups",)),
    **dict.fromkeys(("num_channels",), ("channels",)),
    **dict.fromkeys(("key_dim", "head_dim"), ("head_features",)),
    **dict.fromkeys(("dim_feedforward", "d_ff", "mlp_dim", "hidden_size"), ("hidden",)),
    **dict.fromkeys(("padding_idx",), ("padding",)),
    **dict.fromkeys(("max_len", "block_size", "context_length", "positions"), ("steps",)),
    **dict.fromkeys(("stateful",), ("memorize",)),
    **dict.fromkeys(("is_causal", "use_causal_mask"), ("causal",)),
    **dict.fromkeys(("target_shape",), ("shape",)),
    **dict.fromkeys(("use_bias", "with_bias"), ("bias",)),
    **dict.fromkeys(("kernel_size", "filter_size", "pool_size", "window"), ("kernel", "size")),
    **dict.fromkeys(("filters", "out_channel", "num_kernels"), ("out_channels",)),
    **dict.fromkeys(("num_features", "normalized_shape"), ("features",)),
    **dict.fromkeys(("num_groups",), ("groups",)),
    **dict.fromkeys(("num_channels", "num_parameters"), ("channels",)),
    **dict.fromkeys(("elementwise_affine",), ("affine",)),
    **dict.fromkeys(("strides",), ("stride",)),
    **dict.fromkeys(("pad",), ("padding",)),
    **dict.fromkeys(("dilation_rate",), ("dilation",)),
    **dict.fromkeys(
        ("kernel_initializer", "weight_init", "weights_initializer", "init", "initializer"),
        ("weight_initializer",),
    ),
    **dict.fromkeys(("bias_init",), ("bias_initializer",)),
    **dict.fromkeys(("kernel_regularizer", "regularizer"), ("weight_regularizer",)),
    **dict.fromkeys(("criterion", "loss_function", "loss_fn", "objective"), ("loss",)),
    **dict.fromkeys(("optim", "optimiser", "solver"), ("optimizer",)),
    **dict.fromkeys(("random_state", "random_seed", "rng"), ("seed", "generator", "random_state")),
    **dict.fromkeys(("precision", "type"), ("dtype",)),
    **dict.fromkeys(("filepath", "file", "filename", "fname"), ("path",)),
    **dict.fromkeys(("metric", "quantity"), ("monitor",)),
    **dict.fromkeys(("restore_best_weights",), ("restore_best",)),
    **dict.fromkeys(("delta", "tol"), ("min_delta",)),
    **dict.fromkeys(("n_iter_no_change", "wait"), ("patience",)),
    **dict.fromkeys(
        ("num_classes", "n_classes", "depth", "nb_classes", "centers"), ("classes",)
    ),
    **dict.fromkeys(
        ("test_size", "validation_share", "fraction"), ("share", "validation_split")
    ),
    **dict.fromkeys(("stratify",), ("stratified",)),
    **dict.fromkeys(("hidden", "hidden_sizes", "hidden_layers"), ("hidden_layer_sizes",)),
    **dict.fromkeys(("loc", "average"), ("mean",)),
    **dict.fromkeys(("stddev", "sigma", "scale"), ("std",)),
    **dict.fromkeys(("minval", "min", "a", "lower"), ("low",)),
    **dict.fromkeys(("maxval", "max", "b", "upper"), ("high",)),
    **dict.fromkeys(("lambda_", "lam", "l2", "l1", "lambd"), ("strength",)),
    **dict.fromkeys(("X", "data", "samples", "inputs", "images", "features"), ("x",)),
    **dict.fromkeys(("Y", "target", "targets", "labels", "label", "y_true"), ("y",)),
    **dict.fromkeys(("gamma", "drop"), ("factor",)),
    **dict.fromkeys(("step_size", "steps", "T_max", "decay_steps"), ("every", "updates")),
}  # fmt: skip

# What is not an argument of ours at all, and what serves instead.
_INSTEAD: Mapping[str, str] = {
    "shuffle": "the samples are shuffled anew in each epoch",
    "betas": "write beta1=0.9, beta2=0.999",
    "name": "set it afterwards: layer.name = 'hidden'",
    "activation": "put the activation behind it: FullyConnected(64, 32), ReLU()",
    "input_shape": "write in_features of the first FullyConnected",
    "output_padding": "write padding=((1, 0), (1, 0)): a row and a column more behind",
    "padding_mode": "zeros stand around; for others pad the data: np.pad(x, ..., mode='reflect')",
    "from_logits": "SoftMaxCrossEntropyLoss takes scores, CrossEntropyLoss probabilities",
    "mode": "accuracies shall grow, and all else shrink, by themselves",
    "params": "an optimizer is given to the network: NeuralNetwork(layers, optimizer=SGD(0.1))",
    "learning_rate": "it belongs to the optimizer: optimizer=SGD(0.1)",
    "optimizer": "it belongs to the network: NeuralNetwork(layers, optimizer=SGD(0.1)); one of a "
    "layer alone is set afterwards: layer.optimizer = SGD(0.1)",
    "trainable": "set it afterwards: layer.trainable = False",
    "loss": "it belongs to the network: NeuralNetwork(layers, loss=SoftMaxCrossEntropyLoss())",
    "epochs": "it belongs to fit: network.fit(x, y, epochs=20, batch_size=32)",
    "batch_size": "it belongs to fit: network.fit(x, y, epochs=20, batch_size=32)",
    "monitor": "it belongs to EarlyStopping or ModelCheckpoint",
    "weight_decay": "AdamW and SGD have it; for weights alone write weight_regularizer=L2(1e-4)",
    "patience": "it belongs to callbacks: fit(..., callbacks=[EarlyStopping(patience=5)])",
    "early_stopping": "write callbacks=[EarlyStopping(patience=5)]",
    "class_weight": "it belongs to fit, or to a loss: SoftMaxCrossEntropyLoss(class_weight=[1, 5])",
    "metrics": "they belong to fit and evaluate: network.fit(..., metrics=['f1'])",
    "steps_per_epoch": "an epoch shows all samples once",
    "drop_last": "the last batch of an epoch holds what is left",
    "transform": "what changes samples at random goes to fit or DataLoader: augment=[RandomFlip()]",
    "batch_first": "batches always are (samples, steps, features)",
    "num_layers": "write several in the list, all but the last with return_sequences=True",
    "bidirectional": (
        "write Parallel(LSTM(8, 16), LSTM(8, 16, go_backwards=True), join='concatenate')"
    ),
    "return_state": "call layer.run(x, state), which returns the states and the last one",
    "mask_zero": "write padding=0",
    "data_format": "channels come first: (samples, channels, height, width)",
    "initial_epoch": "to go on with a run write resume=FOLDER",
}

_EXAMPLES: Mapping[str, str] = {"epochs": "20", "batch_size": "32"}


class _Needed:
    """What stands in a signature for an argument that some calls can do without."""

    def __repr__(self) -> str:
        return "..."


NEEDED: Any = _Needed()


class MissingArgumentError(TypeError):
    """A call lacks an argument that it needs; the message names it, with a call that has it."""


def explains_arguments(function: Function) -> Function:
    """Let a function name the argument that was meant where a call of it does not fit.

    Examples
    --------
    >>> @explains_arguments
    ... def descend(x, *, learning_rate):
    ...     return x - learning_rate
    >>> descend(1.0, lr=0.5)
    Traceback (most recent call last):
        ...
    TypeError: descend() has no argument 'lr': write learning_rate=0.5
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def explained(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except TypeError as error:
            missing = isinstance(error, MissingArgumentError)
            words = _problem(function, signature, arguments, keywords, missing=missing)
            if words is None:
                raise  # it comes from inside
        raise TypeError(words)

    return cast(Function, explained)


def explain_constructor(made: type) -> None:
    """Do the same for the constructor that a class defines, if it does."""
    if inspect.isfunction(constructor := vars(made).get("__init__")):
        made.__init__ = explains_arguments(constructor)  # type: ignore[misc]


def _problem(
    function: Callable[..., Any],
    signature: inspect.Signature,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    *,
    missing: bool,
) -> str | None:
    """Say what is wrong with a call; None where it fits."""
    original = ""
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        original = str(error)
    if not original and not missing:
        return None
    owner, parameters = function.__name__, dict(signature.parameters)
    if next(iter(parameters), None) == "self":
        del parameters["self"]
        if owner == "__init__" and arguments:
            owner = type(arguments[0]).__name__
        arguments = arguments[1:]
    by_place = [
        name for name, each in parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    by_name = [name for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY]
    taken = {*by_place[: len(arguments)], *keywords}
    words: list[str] = []
    found: set[str] = set()
    if further := arguments[len(by_place) :]:
        free = [name for name in by_name if name not in taken]
        # A loss or an optimizer says itself what it is.
        kinds = [getattr(value, "kind", None) for value in further]
        free = [kind for kind in kinds if kind in free] or free
        written = [f"{n}={_shown(v)}" for n, v in zip(free, further, strict=False)]
        if "layer" in kinds:
            words.append("takes no layer there: layers stand in one list, [layer, layer]")
        elif len(further) > len(free):
            words.append(
                f"takes {len(by_place)} arguments by place and got {len(arguments)}; they are "
                f"{', '.join(by_place) or 'none'}"
            )
        else:
            words.append(
                f"takes {_listed(by_place) or 'nothing'} by place and all else by name: write "
                f"{', '.join(written)}"
            )
            found.update(free[: len(further)])
    for name, value in keywords.items():
        if name in parameters:
            if name in by_place[: len(arguments)]:
                words.append(f"got {name} twice, by place and by name")
            continue
        meant = _meant(name, [each for each in parameters if each not in taken])
        found.update([meant] if meant in parameters else [])
        words.append(f"has no argument {name!r}: {_advice(meant, value, parameters)}")
    lacking = [
        name
        for name, each in parameters.items()
        if (each.default is each.empty or each.default is NEEDED) and name not in taken | found
        and each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]  # fmt: skip
    if lacking:
        call = ", ".join(
            name if name in by_place else f"{name}={_EXAMPLES.get(name, '...')}"
            for name in parameters
            if name in lacking or name in taken | found
        )
        words.append(f"expects also {_listed(lacking)}: write {owner}({call})")
    return f"{owner}() {'; it '.join(words) or original}"


def _meant(name: str, free: list[str]) -> str:
    """Return the argument that a wrong name stands for, or a key of what serves instead."""
    if name in _INSTEAD:
        return name
    others = _OTHER_NAMES.get(name, _OTHER_NAMES.get(name.lower(), ()))
    for other in others:
        if other in free:
            return other
    near = difflib.get_close_matches(name.lower(), free, n=1, cutoff=0.7)
    return near[0] if near else next((other for other in others if other in _INSTEAD), "")


def _shown(value: Any) -> str:
    return "..." if hasattr(value, "__array__") else reprlib.repr(value)


def _listed(names: list[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _advice(meant: str, value: Any, parameters: Mapping[str, Any]) -> str:
    if meant in parameters:
        # Progress is a yes or no, where others count.
        shown = bool(value) if meant in ("progress", "verbose") else value
        return f"write {meant}={_shown(shown)}"
    if meant in _INSTEAD:
        return _INSTEAD[meant]
    return f"it takes {', '.join(parameters) or 'none'}"
