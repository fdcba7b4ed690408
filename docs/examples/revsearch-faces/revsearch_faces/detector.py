"""Finds faces with a YuNet network, by OpenCV (Wu, Peng and Yu, YuNet: a tiny millisecond-level face detector, 2023)."""

import os
import threading
from pathlib import Path

import cv2
import numpy as np
from revsearch_tui.api import FloatArray, ModelError, Picture

VARIABLE = "FACES_DETECTOR"
_LONGEST = 640
"""Pixels that pictures are made smaller to: YuNet was trained for faces of 10 to 300."""
_SURE = 0.6
_OVERLAP = 0.3
_MOST = 200


class Detector:
    """One network for each thread that asks, since OpenCV's cannot be shared."""

    def __init__(self) -> None:
        """Raises `ModelError` where the detector's file is not there, or OpenCV cannot use it."""
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # else it prints to stderr
        self._file = _named_file()
        self._of_thread = threading.local()
        self._network()

    def faces(self, picture: Picture) -> FloatArray:
        """(n, 15), the largest first: left, top, width and height in pixels, five points as x and y, how sure."""
        height, width = picture.shape[:2]
        scale = min(1.0, _LONGEST / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        network = self._network()
        network.setInputSize(size)
        shown = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
        _, found = network.detect(shown)
        if found is None:
            return np.zeros((0, 15), np.float32)
        faces = np.asarray(found, np.float32).copy()
        faces[:, :14] *= np.tile([width / size[0], height / size[1]], 7)
        return faces[np.lexsort((*faces.T, -faces[:, 2] * faces[:, 3]))]

    def _network(self) -> cv2.FaceDetectorYN:
        if not hasattr(self._of_thread, "network"):
            try:
                made = cv2.FaceDetectorYN.create(self._file, "", (_LONGEST, _LONGEST), _SURE, _OVERLAP, _MOST)
                made.setInputSize((32, 32))
                made.detect(np.zeros((32, 32, 3), np.uint8))
            except cv2.error as error:
                raise ModelError(f"{self._file} is no detector of faces that OpenCV can use: {error.err}") from None
            self._of_thread.network = made
        network: cv2.FaceDetectorYN = self._of_thread.network
        return network


def _named_file() -> str:
    named = os.environ.get(VARIABLE, "")
    if not named:
        raise ModelError(
            f"no detector of faces is there: set {VARIABLE} to a YuNet file, such as face_detection_yunet_2023mar.onnx "
            "of github.com/opencv/opencv_zoo"
        )
    if not Path(named).is_file():
        raise ModelError(f"there is no file {named}, which {VARIABLE} names as the detector of faces")
    return named
