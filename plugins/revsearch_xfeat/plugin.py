"""The description of the `xfeat` method. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """Learned keypoints with geometric verification."""
    return [
        MethodInfo(
            name="xfeat",
            title="XFeat keypoints",
            summary="Finds the same picture cut out, blurred, written over or photographed off a screen; not turned.",
            shape="local",
            metric="cosine",
            dim=0,
            factory="revsearch_xfeat.method:XFeat",
            options=(
                OptionSpec("features", 1024, "keypoints kept of a picture, the surest ones", minimum=50, maximum=4000),
                OptionSpec(
                    "max_side",
                    640,
                    "pixels of the longest side that keypoints are looked for at",
                    minimum=64,
                    maximum=960,
                ),
                OptionSpec(
                    "upscale", True, "look at pictures of under 320 pixels enlarged as well, for far more keypoints"
                ),
                OptionSpec(
                    "cosine",
                    0.84,
                    "how alike the descriptors of a match are at least",
                    minimum=0.0,
                    maximum=1.0,
                    stage="search",
                ),
                OptionSpec(
                    "min_inliers",
                    14,
                    "matches that must agree on one geometry for a picture to count as verified",
                    minimum=4,
                    maximum=1000,
                    stage="search",
                ),
                OptionSpec(
                    "ransac_px",
                    4.0,
                    "how far a match may lie from the common geometry, in pixels of a picture of 640",
                    minimum=0.5,
                    maximum=50.0,
                    stage="search",
                ),
            ),
            requires=("cv2", "onnxruntime"),
            capabilities=frozenset({"explain"}),
        )
    ]
