"""Models for Inception-V3 that can be fetched."""

from __future__ import annotations

from revsearch_tui.api import Download, ModelDownload

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
        convert="revsearch_export.pretrained.inception_imagenet:convert",
        requires=("torch", "onnx"),
        extra="train",
    ),
)
