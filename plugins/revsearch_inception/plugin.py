"""The methods `inception` and `inception-softmax`, options of training, models to fetch. Nothing heavy is imported
here.
"""

from __future__ import annotations

from revsearch_onnx.network_infos import COMMON_OPTIONS, network_infos

from revsearch_tui.api import Download, MethodInfo, ModelDownload, OptionSpec, hookimpl

TRAIN_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "preset",
        "scratch",
        "scratch: from chance weights; tune: from weights given with start, gently",
        choices=("scratch", "tune"),
    ),
    OptionSpec("stem", "full", "small keeps detail of pictures below 150 pixels, at a cost", choices=("full", "small")),
    OptionSpec("auxiliary", 0.3, "weight of the auxiliary head's loss, 0 for no such head", minimum=0, maximum=1),
    *COMMON_OPTIONS,
)

DOWNLOADS: tuple[ModelDownload, ...] = (
    ModelDownload(
        name="inception-imagenet",
        summary="Inception-V3 trained on ImageNet: 1000 classes of things, animals and places",
        download=Download(
            url="https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth",
            file="inception_v3_google-0cc3c7bd.pth",
            # The publisher states the checksum's first digits in the file's name, and nothing else.
            checksum="sha256-prefix:0cc3c7bd",
        ),
        convert="revsearch_export.exporting.inception_imagenet:convert",
        requires=("torch", "onnx"),
        extra="train",
    ),
)


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """Inception-V3, by its embedding and by its classes."""
    return network_infos(
        "inception",
        "Inception-V3",
        "a trained Inception-V3",
        trainer="revsearch_export.trainers.inception:InceptionTrainer",
        train_options=TRAIN_OPTIONS,
        downloads=DOWNLOADS,
    )
