"""Features have the length they say, do not depend on the batch, and see what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from revsearch_svm.cells import Hog, Texture
from revsearch_svm.centre import centre, shares
from revsearch_svm.features import Part, make_part, mirrored
from revsearch_svm.plain import Colours, Pixels

from revsearch_tui.api.testing import odd_pictures, sample_pictures
from tests.support.tiny_svm import patches

PARTS: dict[str, Part] = {
    "hog": Hog(0.8, 32, 8, 12),
    "colours": Colours(1.0, 16, 4),
    "texture": Texture(1.0, 32, 8, 2),
    "pixels": Pixels(0.5, 8),
    "patches": patches(),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_vectors_are_as_long_as_they_say_whatever_the_picture(part: Part) -> None:
    pictures = [*odd_pictures().values(), *sample_pictures(3)]
    vectors = part.vectors(pictures)
    assert vectors.shape == (len(pictures), part.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_vector_does_not_depend_on_its_batch(part: Part) -> None:
    pictures = sample_pictures(5)
    together = part.vectors(pictures)
    alone = np.concatenate([part.vectors([picture]) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert len(np.unique(together.round(3), axis=0)) == len(pictures), "different pictures, different vectors"


@pytest.mark.parametrize("kind", ["hog", "colours", "texture", "pixels"])
def test_a_description_makes_the_same_part_again(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    part = PARTS[kind]
    assert make_part({"kind": kind, **part.describe()}, {}, tmp_path_factory.getbasetemp(), "m") == part


def test_hog_votes_for_the_direction_from_dark_to_light() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:, 16:] = 200
    strengths = {}
    for name, seen in {"right": picture, "left": picture[:, ::-1], "down": picture.transpose(1, 0, 2)}.items():
        blocks = Hog(1.0, 32, 8, 4).vectors([seen]).reshape(4, 4, -1)  # corner, orientation, block
        strengths[name] = int(blocks.sum(axis=(0, 2)).argmax())
    assert strengths == {"right": 0, "down": 1, "left": 2}


def test_hog_hardly_changes_with_contrast() -> None:
    dark = np.random.default_rng(0).integers(0, 128, (32, 32, 3), dtype=np.uint8)
    part = PARTS["hog"]
    np.testing.assert_allclose(part.vectors([dark * 2]), part.vectors([dark]), atol=0.03)


def test_texture_counts_every_pixel_once() -> None:
    part = Texture(1.0, 32, 8, 2)
    shared = (part.vectors(sample_pictures(2)) ** 2).reshape(2, -1, part.cells**2).sum(axis=1)
    np.testing.assert_allclose(shared, 1, atol=1e-5)


def test_texture_does_not_change_with_brightness() -> None:
    picture = sample_pictures(1)[0] // 2
    np.testing.assert_allclose(Texture().vectors([picture + 40]), Texture().vectors([picture]), atol=1e-5)


def test_patches_answer_as_their_definition_says() -> None:
    part = patches(side=8, centroids=3)
    picture = sample_pictures(1, 8, 8)[0]
    answers = np.zeros((2, 2, 3))
    for top in range(3):
        for left in range(3):
            patch = picture[top : top + 6, left : left + 6].transpose(2, 0, 1).reshape(-1).astype(np.float64)
            patch = (patch - patch.mean()) / np.sqrt(patch.var() + 10)
            distances = np.linalg.norm((patch - part.mean) @ part.whitening - part.centroids, axis=1)
            answers[top * 2 // 3, left * 2 // 3] += np.maximum(0, distances.mean() - distances)
    answers /= np.array([[4, 2], [2, 1]])[..., None]
    np.testing.assert_allclose(part.vectors([picture])[0], answers.ravel(), rtol=1e-3, atol=1e-3)


def test_the_middle_is_cut_out() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[25:75, 75:125] = 255
    assert (centre(picture, 0.5, 50) == 255).all()
    assert centre(picture, 0.5, 20).shape == (20, 20, 3)
    assert (centre(picture, 1.0, 100) == picture[:, 50:150]).all()


def test_shares_are_means_that_leave_nothing_out() -> None:
    weights = shares(7, 3)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert ((weights > 0).sum(axis=0) == 1).all()


def test_a_mirrored_picture_mirrored_is_the_picture() -> None:
    (picture,) = sample_pictures(1)
    assert (mirrored(mirrored([picture]))[0] == picture).all()
