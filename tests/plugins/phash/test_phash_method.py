"""The perceptual hash method: bits, shapes, options, explanation."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image
from revsearch_phash.method import PerceptualHash
from revsearch_phash.plugin import revsearch_methods

from revsearch_tui.api import BitDiff, Explainable, NullControl, UsageError, VectorMethod

PLAIN = {"phash": imagehash.phash, "dhash": imagehash.dhash, "ahash": imagehash.average_hash, "whash": imagehash.whash}


def picture(seed: int, width: int = 200, height: int = 150) -> np.ndarray:
    """Smooth coloured blobs, different for every seed."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def loaded(**options: object) -> PerceptualHash:
    info = revsearch_methods()[0]
    chosen = info.defaults() | {name: info.option(name).parse(value) for name, value in options.items()}
    method = PerceptualHash(chosen, None)
    method.load(NullControl())
    return method


@pytest.mark.parametrize("size", [8, 16, 32])
@pytest.mark.parametrize("name", sorted(PLAIN))
def test_bits_are_those_of_imagehash(name: str, size: int) -> None:
    pictures = [picture(seed, *shape) for seed, shape in enumerate([(200, 150), (90, 300), (640, 480), (33, 40)])]
    expected = [PLAIN[name](Image.fromarray(each), hash_size=size).hash.ravel() for each in pictures]
    assert np.array_equal(loaded(hash=name, size=size).embed(pictures), np.array(expected))


@pytest.mark.parametrize("size", [8, 13, 32])
def test_vectors_are_zeros_and_ones_of_the_declared_length(size: int) -> None:
    method = loaded(size=size)
    bits = method.embed([picture(1), picture(2), picture(3)])
    assert isinstance(method, VectorMethod)
    assert bits.shape == (3, size * size) == (3, method.dim)
    assert bits.dtype == np.uint8
    assert set(np.unique(bits)) == {0, 1}


def test_a_picture_gets_the_same_bits_alone_and_in_a_batch() -> None:
    method = loaded()
    pictures = [picture(seed) for seed in range(9)]
    alone = np.concatenate([method.embed([each]) for each in pictures])
    assert np.array_equal(method.embed(pictures), alone)


def test_no_pictures_give_no_rows() -> None:
    assert loaded().embed([]).shape == (0, 256)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (3, 2)])
@pytest.mark.parametrize("name", [*sorted(PLAIN), "pdq"])
def test_tiny_pictures_have_a_hash(name: str, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert loaded(hash=name).embed([noise]).shape == (1, 256)


def test_a_resized_copy_is_nearer_than_any_other_picture() -> None:
    method = loaded()
    pictures = [picture(seed) for seed in range(20)]
    copy = np.asarray(Image.fromarray(pictures[7]).resize((90, 70)))
    distances = (method.embed(pictures) != method.embed([copy])).sum(axis=1)
    assert distances.argmin() == 7
    assert distances[7] <= 32 < np.delete(distances, 7).min()


def test_wavelets_refuse_a_size_that_is_no_power_of_two() -> None:
    with pytest.raises(UsageError, match="8, 16 or 32"):
        loaded(hash="whash", size=12)


@pytest.mark.parametrize("size", [7, 33])
def test_sizes_out_of_bounds_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="size"):
        revsearch_methods()[0].option("size").parse(size)


def test_the_explanation_shows_both_hashes_as_grids() -> None:
    method = loaded(size=16)
    shown = method.explain(picture(1), picture(2))
    assert isinstance(method, Explainable)
    assert isinstance(shown, BitDiff)
    assert shown.query.shape == shown.candidate.shape == (16, 16)
    assert np.array_equal(shown.query.ravel(), method.embed([picture(1)])[0])


@pytest.mark.parametrize("name", ["phash", "dhash", "ahash", "whash", "pdq"])
def test_what_a_hash_sees_has_its_own_hash(name: str) -> None:
    method = loaded(size=16, hash=name)
    seen = method.explain(picture(1), picture(1)).query_seen
    assert seen is not None and seen.dtype == np.uint8
    coarse = np.asarray(Image.fromarray(seen).resize((256, 256), Image.Resampling.BILINEAR).convert("RGB"))
    differing = int((method.embed([coarse]) != method.embed([picture(1)])).sum())
    assert differing <= 32, f"{differing} of 256 bits"


def test_a_closed_method_can_be_closed_again() -> None:
    method = loaded()
    method.close()
    method.close()
