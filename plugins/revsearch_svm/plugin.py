"""The description of the method `svm`. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

TRAIN_OPTIONS = (
    OptionSpec(
        "features",
        "auto",
        "what is measured of a picture; auto: hog, and hog+patches where pictures are under 64 pixels",
        choices=("auto", "hog", "patches", "hog+patches", "pixels", "embedding"),
    ),
    OptionSpec(
        "network",
        "",
        "for embedding: a trained network by name, or the folder of its model, or its ONNX file",
        names_weights=True,
    ),
    OptionSpec(
        "kernel",
        "auto",
        "how features are compared; auto: nystroem",
        choices=("auto", "linear", "nystroem", "rbf"),
    ),
    OptionSpec(
        "components",
        0,
        "landmarks of the nystroem kernel; 0: 2000, and 4000 above 20000 pictures",
        minimum=0,
        maximum=20_000,
    ),
    OptionSpec(
        "reduce",
        0,
        "principal directions that are kept; 0: 512, 1024 above 20000 pictures, all for a linear machine; -1: all",
        minimum=-1,
        maximum=8192,
    ),
    OptionSpec(
        "side", 0, "pixels a side that pictures are brought to; 0: 96, less for small ones", minimum=0, maximum=512
    ),
    OptionSpec(
        "crop", 0.0, "part of the picture's middle that is looked at; 0: the best of several", minimum=0, maximum=1
    ),
    OptionSpec("mirror", True, "train on mirrored copies too, and judge a picture by both"),
    OptionSpec("orientations", 18, "directions over 360 degrees that hog tells apart", minimum=4, maximum=36),
    OptionSpec("centroids", 1600, "patches that are learnt for features of patches", minimum=4, maximum=8192),
    OptionSpec("stride", 2, "every so many pixels a patch is looked at", minimum=1, maximum=6),
    OptionSpec("c", 0.0, "weight of wrong decisions; 0: the best of a grid", minimum=0, maximum=1e6),
    OptionSpec("gamma", 0.0, "sharpness of the kernel; 0: the best of a grid", minimum=0, maximum=1e3),
    OptionSpec("folds", 4, "parts for cross-validation where the validation part is small", minimum=2, maximum=20),
    OptionSpec("limit", 10_000, "pictures that the grid is tried on at most", minimum=100),
    OptionSpec("seed", 0, "decides every random choice of the training", minimum=0, maximum=2**31 - 1),
)


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """A support vector machine."""
    return [
        MethodInfo(
            name="svm",
            title="Support vector machine",
            summary="Tells your classes apart by edges, colours and patches; learns from a folder a class in minutes.",
            shape="classifier",
            metric="cosine",
            dim=0,
            factory="revsearch_svm.method:SvmMethod",
            models="required",
            requires=("cv2",),
            extra="train",
            capabilities=frozenset({"explain"}),
            trainer="revsearch_export.svm.trainer:SvmTrainer",
            train_options=TRAIN_OPTIONS,
            train_requires=("sklearn",),
        )
    ]
