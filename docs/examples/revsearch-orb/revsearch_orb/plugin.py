"""What the plugin offers. It is imported whenever plugins are listed, so it imports nothing heavy."""

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    return [
        MethodInfo(
            name="orb",
            title="ORB keypoints",
            summary="Finds the same scene, cut out, turned or slanted, by corners that match in one geometry.",
            shape="local",
            metric="cosine",
            dim=256,
            factory="revsearch_orb.method:Orb",
            options=(
                OptionSpec("keypoints", 700, "corners of a picture at the most", minimum=50, maximum=5000),
                OptionSpec(
                    "ratio",
                    0.8,
                    "how much nearer the best match of a corner is than the second best",
                    minimum=0.1,
                    maximum=1.0,
                    stage="search",
                ),
                OptionSpec(
                    "min_inliers",
                    10,
                    "matches that must agree on one geometry for a picture to count as verified",
                    minimum=4,
                    maximum=1000,
                    stage="search",
                ),
            ),
            requires=("cv2", "numpy"),
            capabilities=frozenset({"explain"}),
        )
    ]
