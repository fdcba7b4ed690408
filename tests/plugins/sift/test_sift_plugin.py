"""What the plugin module says of the method, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

from revsearch_sift.plugin import revsearch_methods

PROBE = """
import sys
import revsearch_sift.plugin as plugin
plugin.revsearch_methods()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"cv2", "numpy", "imagehash", "PIL", "scipy"}))
"""


def test_importing_the_plugin_pulls_in_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_describes_one_local_method() -> None:
    (info,) = revsearch_methods()
    assert (info.name, info.shape, info.metric, info.fit, info.models) == (
        "sift",
        "local",
        "cosine",
        "unsupervised",
        "optional",
    )
    assert {"explain", "query-views"} <= info.capabilities


def test_only_options_that_change_the_features_are_part_of_the_index() -> None:
    stages = {option.name: option.stage for option in revsearch_methods()[0].options}
    assert stages == {
        "features": "index",
        "max_side": "index",
        "upscale": "index",
        "ratio": "search",
        "min_inliers": "search",
        "ransac_px": "search",
        "expand": "search",
    }
