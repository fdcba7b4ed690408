from pathlib import Path

import numpy as np
import pytest
from revsearch_tui.api import ModelError, ModelFile, NullControl, Picture

from revsearch_faces.method import Faces
from revsearch_faces.region import make


def scene(*places: tuple[int, int, int]) -> Picture:
    """Red squares at left, top, side on grey."""
    picture = np.full((256, 320, 3), 90, np.uint8)
    for left, top, side in places:
        picture[top : top + side, left : left + side] = (255, 0, 0)
    return picture


def test_a_face_is_boxed_with_what_is_about_it() -> None:
    boxes = make()(scene((160, 96, 32)))
    assert len(boxes) == 1
    # The network takes 64 pixels about the middle of the field for the face: 144 to 208, and a fifth more on each side.
    assert boxes[0].left == pytest.approx((144 - 12.8) / 320)
    assert boxes[0].bottom == pytest.approx((144 + 12.8) / 256)


def test_faces_at_the_edge_stay_inside_and_none_is_the_whole_picture() -> None:
    (box,) = make()(scene((0, 0, 32)))
    assert (box.left, box.top) == (0, 0)
    assert make()(scene()) == []


def test_the_same_face_elsewhere_is_nearer_than_another(model: ModelFile) -> None:
    method = Faces({}, model)
    method.load(NullControl())
    one, moved, other = scene((96, 96, 32)), scene((224, 160, 32)), scene((96, 96, 32))
    other[112:128, 96:128] = (200, 60, 60)
    rows = method.embed([one, moved, other, scene()])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert not rows[3].any()
    assert np.linalg.norm(rows[:3], axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_files_that_are_not_there_are_asked_for(
    model: ModelFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="revsearch models add FILE.onnx --method faces"):
        Faces({}).load(NullControl())
    monkeypatch.setenv("FACES_DETECTOR", str(tmp_path / "absent.onnx"))
    with pytest.raises(ModelError, match="there is no file .*absent.onnx, which FACES_DETECTOR names"):
        make()
    monkeypatch.delenv("FACES_DETECTOR")
    with pytest.raises(ModelError, match="set FACES_DETECTOR to a YuNet file"):
        Faces({}, model).load(NullControl())


def test_files_that_are_no_networks_are_refused(
    model: ModelFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: Path
) -> None:
    (tmp_path / "recognizer.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match="no recognizer of faces that OpenCV can use"):
        Faces({}, model).load(NullControl())
    (tmp_path / "detector.onnx").write_bytes(b"no network")
    monkeypatch.setenv("FACES_DETECTOR", str(tmp_path / "detector.onnx"))
    with pytest.raises(ModelError, match="no detector of faces that OpenCV can use"):
        make()
    monkeypatch.setenv("FACES_DETECTOR", str(files / "recognizer.onnx"))
    with pytest.raises(ModelError, match="no detector of faces that OpenCV can use"):
        make()
