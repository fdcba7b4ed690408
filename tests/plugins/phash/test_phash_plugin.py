"""What the plugin module says of the method, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

from revsearch_phash.plugin import revsearch_methods

PROBE = """
import sys
import revsearch_phash.plugin as plugin
plugin.revsearch_methods()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"cv2", "numpy", "imagehash", "PIL", "scipy", "pywt"}))
"""


def test_importing_the_plugin_pulls_in_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_describes_one_hamming_vector_method() -> None:
    (info,) = revsearch_methods()
    assert (info.name, info.shape, info.metric) == ("phash", "vector", "hamming")
    assert info.defaults() == {"hash": "phash", "size": 16}
    assert all(option.stage == "index" for option in info.options)
    assert info.capabilities == {"explain", "plain-rows", "turned-rows"}
