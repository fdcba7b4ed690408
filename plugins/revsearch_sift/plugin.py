"""The description of the `sift` method. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import MethodInfo, OptionSpec, RegionInfo, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """SIFT keypoints with geometric verification."""
    return [
        MethodInfo(
            name="sift",
            title="SIFT keypoints",
            summary="Finds the same object or scene, turned, cut out, slanted or in clutter, and shows what matched.",
            shape="local",
            metric="cosine",
            dim=0,
            factory="revsearch_sift.method:Sift",
            version=3,
            fit="unsupervised",
            models="optional",
            options=(
                OptionSpec(
                    "features", 700, "keypoints kept of a picture, the strongest ones", minimum=50, maximum=4000
                ),
                OptionSpec(
                    "max_side",
                    640,
                    "pixels of the longest side that keypoints are looked for at",
                    minimum=64,
                    maximum=960,
                ),
                OptionSpec("upscale", True, "double pictures of under 128 pixels first, for over twice the keypoints"),
                OptionSpec(
                    "ratio",
                    0.79,
                    "how much nearer the best match of a keypoint is than the second best",
                    minimum=0.1,
                    maximum=1.0,
                    stage="search",
                ),
                OptionSpec(
                    "min_inliers",
                    7,
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
                OptionSpec(
                    "expand",
                    0,
                    "nearest pictures that join the query in a second search, for more of the same kind; 0 for none",
                    minimum=0,
                    maximum=20,
                    stage="search",
                ),
            ),
            requires=("cv2",),
            capabilities=frozenset({"explain", "query-views"}),
        )
    ]


@hookimpl
def revsearch_region_providers() -> list[RegionInfo]:
    """Where the strongest SIFT features are."""
    return [
        RegionInfo(
            name="sift-salient",
            title="Crowded keypoints",
            summary="The part of a picture where its strongest SIFT keypoints are most crowded.",
            factory="revsearch_sift.descriptors:SiftSalient",
            requires=("cv2",),
        )
    ]
