"""Boxes of faces, with some of what is about them. It is imported when boxes are asked for."""

from collections.abc import Callable

from revsearch_tui.api import Box, Picture

from revsearch_faces.detector import Detector

_ABOUT = 0.2
"""How much of its width and height a box is larger than a face, on each side."""


def make() -> Callable[[Picture], list[Box]]:
    """A provider; it may be called from several threads. Raises `ModelError` where there is no detector."""
    detector = Detector()

    def propose(picture: Picture) -> list[Box]:
        """The largest face first; none stands for the whole picture."""
        height, width = picture.shape[:2]
        boxes = []
        for left, top, wide, high in detector.faces(picture)[:, :4]:
            sides = (left - _ABOUT * wide) / width, (top - _ABOUT * high) / height
            ends = (left + (1 + _ABOUT) * wide) / width, (top + (1 + _ABOUT) * high) / height
            inside = [min(1.0, max(0.0, float(each))) for each in (*sides, *ends)]
            if inside[0] < inside[2] and inside[1] < inside[3]:
                boxes.append(Box(*inside))
        return boxes

    return propose
