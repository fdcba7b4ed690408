"""A real ImageNet encoder on real photographs."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from revsearch_onnx.encoder import OnnxEncoder
from revsearch_onnx.plugin import revsearch_methods

from revsearch_tui.api import NullControl
from revsearch_tui.core.models.model_store import add_model, get_model
from revsearch_tui.core.models.trial import vector_check
from tests.support.realdata import real_file

EACH = 12


@pytest.mark.realdata
def test_nearest_photos_are_mostly_of_the_same_class(tmp_path: Path) -> None:
    from PIL import Image

    labels, photos = [], []
    with tarfile.open(real_file("corel1k.tar.gz")) as archive:
        for member in archive:
            label = Path(member.name).parent.name
            if member.isfile() and labels.count(label) < EACH:
                content = archive.extractfile(member)
                assert content is not None
                photos.append(np.asarray(Image.open(io.BytesIO(content.read())).convert("RGB")))
                labels.append(label)
    info = revsearch_methods()[0]
    record = add_model(tmp_path, real_file("models/mobilenet_v2_imagenet.onnx"), check=vector_check(info))
    assert record.facts == {"dim": 1280, "alone": False}
    method = OnnxEncoder(info.defaults(), get_model(tmp_path, record.name))
    method.load(NullControl())
    vectors = method.embed(photos)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    names = np.array(labels)
    assert (names[np.argsort(-alike, axis=1)[:, :5]] == names[:, None]).mean() > 0.9
