"""The largest face as a vector, by an SFace network and OpenCV (Zhong et al., SFace, IEEE Transactions on Image
Processing, 2021). It is imported when the method is used.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from revsearch_tui.api import BaseMethod, Control, Embeddings, FloatArray, ModelError, Picture

from revsearch_faces.detector import Detector

_DIM = 128


class Faces(BaseMethod):
    def load(self, control: Control) -> None:
        """Raises `ModelError` where the detector or the recognizer is missing, or OpenCV cannot use it."""
        self.detector = Detector()
        if self.model is None:
            raise ModelError("the method 'faces' needs a recognizer: revsearch models add FILE.onnx --method faces")
        main = str(self.model.manifest.get("main", ""))
        file = self.model.folder / main
        if not main or not file.is_file():
            raise ModelError(f"the model '{self.model.name}' has no file of a recognizer")
        try:
            self.recognizer = cv2.FaceRecognizerSF.create(str(file), "")
            found = self.recognizer.feature(np.zeros((112, 112, 3), np.uint8))
        except cv2.error as error:
            raise ModelError(
                f"'{self.model.name}' is no recognizer of faces that OpenCV can use: {error.err}"
            ) from None
        if np.size(found) != _DIM:
            raise ModelError(
                f"the recognizer '{self.model.name}' gives {np.size(found)} numbers for a face, not {_DIM}"
            )

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, 128) float32 of length 1; zeros, which are like nothing, where there is no face."""
        return np.array([self._face(picture) for picture in pictures], np.float32)

    def _face(self, picture: Picture) -> FloatArray:
        faces = self.detector.faces(picture)
        if not len(faces):
            return np.zeros(_DIM, np.float32)
        upright = self.recognizer.alignCrop(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), faces[:1])
        row = np.asarray(self.recognizer.feature(upright), np.float32).ravel().copy()
        return np.asarray(row / max(float(np.linalg.norm(row)), 1e-12), np.float32)
