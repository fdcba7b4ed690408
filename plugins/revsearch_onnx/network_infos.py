"""The methods that run trained networks, described, with the options of search and of training. Imports nothing
heavy.
"""

from __future__ import annotations

from typing import Any

from revsearch_tui.api import MethodInfo, ModelDownload, OptionSpec

NETWORK_OPTIONS = (
    OptionSpec(
        "device",
        "auto",
        "where the model runs: auto takes the GPU where one works",
        choices=("auto", "cpu", "cuda"),
        stage="search",
    ),
    OptionSpec(
        "batch",
        0,
        "pictures given to the model at once; 0 takes what is fastest",
        minimum=0,
        maximum=1024,
        stage="search",
    ),
)

COMMON_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("side", 0, "pixels a side of the input; 0: the preset's", minimum=0, maximum=1024),
    OptionSpec(
        "crop",
        -1.0,
        "part of the picture's middle that is looked at, 0.1 to 1; -1: the preset's",
        minimum=-1,
        maximum=1,
    ),
    OptionSpec(
        "dropout", -1.0, "share of numbers dropped before the classifier; -1: the preset's", minimum=-1, maximum=0.95
    ),
    OptionSpec(
        "start", "", "what to start from: a model or run by name, or a folder or file of weights", names_weights=True
    ),
    OptionSpec(
        "teacher", "", "a model of the same classes to learn from instead of from the labels", names_weights=True
    ),
    OptionSpec("both_sides", False, "embed each picture together with its mirror image: better, at twice the cost"),
    OptionSpec("epochs", -1.0, "times that every picture is seen; -1: the preset's", minimum=-1, maximum=10_000),
    OptionSpec("batch", 0, "pictures a step; 0: the preset's", minimum=0, maximum=8192),
    OptionSpec("lr", -1.0, "highest learning rate; -1: the preset's", minimum=-1, maximum=100),
    OptionSpec(
        "optimiser",
        "",
        "what updates the weights; empty: the preset's",
        choices=("", "muon", "muon-adamw", "sgd", "adamw"),
    ),
    OptionSpec(
        "decay", -1.0, "what weights lose in one step at the full rate; -1: the preset's", minimum=-1, maximum=1
    ),
    OptionSpec(
        "smoothing", -1.0, "share of certainty spread over the other classes; -1: the preset's", minimum=-1, maximum=0.9
    ),
    OptionSpec(
        "mixup", -1.0, "strength of blending pairs of pictures, 0 for none; -1: the preset's", minimum=-1, maximum=1
    ),
    OptionSpec(
        "cutmix", -1.0, "strength of pasting parts of pictures into others; -1: the preset's", minimum=-1, maximum=1
    ),
    OptionSpec("shift", -1, "pixels that pictures are moved by at most; -1: the preset's", minimum=-1, maximum=64),
    OptionSpec("zoom", -1.0, "greatest change of scale, as a fraction; -1: the preset's", minimum=-1, maximum=0.9),
    OptionSpec("turn", -1.0, "greatest turn, in degrees; -1: the preset's", minimum=-1, maximum=180),
    OptionSpec(
        "light",
        -1.0,
        "greatest change of brightness and contrast, as a fraction; -1: the preset's",
        minimum=-1,
        maximum=0.9,
    ),
    OptionSpec(
        "erase",
        -1.0,
        "side of a blanked square, as a fraction of the picture's; -1: the preset's",
        minimum=-1,
        maximum=0.9,
    ),
    OptionSpec("patience", 0, "epochs without a better validation loss before stopping; 0: never", minimum=0),
    OptionSpec("seed", 0, "decides every random choice of the training", minimum=0, maximum=2**31 - 1),
    OptionSpec("device", "auto", "where to train", choices=("auto", "cpu", "cuda")),
    OptionSpec("precision", "auto", "auto: bf16 where the hardware has it", choices=("auto", "fp32", "bf16")),
    OptionSpec("threads", 0, "processor threads, 0 for all; the same number gives the same weights", minimum=0),
    OptionSpec("checkpoint_s", 60.0, "seconds between checkpoints within an epoch", minimum=0, changeable=True),
)


def network_infos(
    name: str,
    title: str,
    network: str,
    *,
    trainer: str = "",
    train_options: tuple[OptionSpec, ...] = (),
    shipped: tuple[str, ...] = (),
    downloads: tuple[ModelDownload, ...] = (),
    factories: tuple[str, str] = (
        "revsearch_onnx.network_methods:NetworkEmbedding",
        "revsearch_onnx.network_methods:NetworkClasses",
    ),
    takes_text: bool = False,
) -> list[MethodInfo]:
    """`name` by the embedding of a network's models, and `name`-softmax by their classes.

    `network` is what summaries call it, with its article. Without a `trainer` it is run and not trained. `factories`
    are those of the embedding and of the classes; with `takes_text` both take words, and the embedding knows names.
    """
    both: dict[str, Any] = {
        "metric": "cosine",
        "dim": 0,
        "models": "required",
        "models_of": name,
        "shipped": shipped,
        "options": NETWORK_OPTIONS,
        "requires": ("onnxruntime", "cv2"),
    }
    able = frozenset({"explain", "text-query"} if takes_text else {"explain"})
    embedding = MethodInfo(
        name=name,
        title=title,
        summary=f"Finds pictures of the same kind of thing, by the embedding of {network}.",
        shape="vector",
        factory=factories[0],
        capabilities=able | {"names"} if takes_text else able,
        extra="train" if trainer else "",
        trainer=trainer,
        train_options=train_options,
        train_requires=("torch", "onnx") if trainer else (),
        downloads=downloads,
        **both,
    )
    classes = MethodInfo(
        name=f"{name}-softmax",
        title=f"{title}, classes",
        summary=f"Finds pictures that {network} takes for the same class, and says which.",
        shape="classifier",
        factory=factories[1],
        capabilities=able,
        **both,
    )
    return [embedding, classes]
