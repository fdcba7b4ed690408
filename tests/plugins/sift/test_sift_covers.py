"""Photographed DVD covers are found among their references."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest
from PIL import Image
from revsearch_sift.method import Sift
from revsearch_sift.plugin import revsearch_methods

from revsearch_tui.api import NullControl
from tests.support.realdata import real_file


@pytest.mark.drill
@pytest.mark.realdata
def test_photos_of_covers_find_their_cover() -> None:
    references: dict[str, np.ndarray] = {}
    photos: list[tuple[str, np.ndarray]] = []
    with tarfile.open(real_file("covers-dev.tar.gz")) as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            source, number = folder.rpartition("/")[2], name.removesuffix(".jpg")
            wanted = number.isdigit() and (
                source == "reference" or (source in ("e63", "palm") and int(number) % 5 == 0)
            )
            handle = archive.extractfile(member) if wanted else None
            if handle is None:
                continue
            picture = np.asarray(Image.open(io.BytesIO(handle.read())).convert("RGB"))
            if source == "reference":
                references[number] = picture
            else:
                photos.append((number, picture))
    method = Sift(revsearch_methods()[0].defaults(), None)
    method.load(NullControl())
    gallery = dict(zip(references, method.extract(list(references.values())), strict=True))
    found = 0
    for (number, _), query in zip(photos, method.extract([picture for _, picture in photos]), strict=True):
        inliers = {name: method.match(query, candidate).inliers for name, candidate in gallery.items()}
        best = max(inliers, key=lambda name: inliers[name])
        found += best == number and inliers[best] >= method.min_inliers
    method.close()
    assert len(gallery) == 50
    assert len(photos) == 20
    assert found >= 19
