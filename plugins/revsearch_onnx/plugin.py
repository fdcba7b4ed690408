"""What this plugin offers. Nothing heavy is imported here."""

from __future__ import annotations

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """The method `onnx`."""
    return [
        MethodInfo(
            name="onnx",
            title="ONNX encoder",
            summary="Compares pictures by the vectors of an ONNX image model that you register.",
            shape="vector",
            metric="cosine",
            dim=0,
            factory="revsearch_onnx.encoder:OnnxEncoder",
            models="required",
            options=(
                OptionSpec(
                    "device",
                    "auto",
                    "where the model runs: auto takes the GPU where one works",
                    choices=("auto", "cpu", "cuda"),
                    stage="search",
                ),
                OptionSpec("batch", 32, "pictures given to the model at once", minimum=1, maximum=1024, stage="search"),
            ),
            requires=("onnxruntime", "cv2"),
            capabilities=frozenset({"explain", "text-query"}),
        )
    ]
