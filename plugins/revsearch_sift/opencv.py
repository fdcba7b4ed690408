"""OpenCV, with the BLAS that is built into it held to the calling thread.

That library reads how many threads to start once, when it is loaded, and `cv2.setNumThreads` does not reach it. Its
products are small here and asked for from several threads at once; its own threads on top of those took up to twenty
times as long. numpy, which has a BLAS of its own, comes first and keeps its threads.
"""

from __future__ import annotations

import os

import numpy as np  # noqa: F401

_VARIABLE = "OPENBLAS_NUM_THREADS"
_before = os.environ.get(_VARIABLE)
os.environ[_VARIABLE] = "1"
try:
    import cv2
finally:
    if _before is None:
        del os.environ[_VARIABLE]
    else:
        os.environ[_VARIABLE] = _before

__all__ = ["cv2"]
