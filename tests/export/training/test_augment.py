"""Random changes of training pictures."""

from __future__ import annotations

import pytest
import torch
from revsearch_export.training.augment import augmented, mirror_mask, mixed
from revsearch_export.training.recipe import Augmentation

_EVERYTHING = Augmentation(mirror="random", shift=3, zoom=0.2, turn=20, light=0.3, erase=0.3)


def _pictures(count: int = 6, side: int = 20) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, side, side), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("wanted", [Augmentation(), _EVERYTHING])
def test_the_same_generator_makes_the_same_changes_and_another_makes_others(wanted: Augmentation) -> None:
    pictures, mirrored = _pictures(), torch.zeros(6, dtype=torch.bool)
    first, again = (augmented(pictures, mirrored, wanted, _generator()) for _ in range(2))
    assert first.dtype == torch.uint8 and first.shape == pictures.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, augmented(pictures, mirrored, wanted, _generator(1)))


def test_only_the_pictures_told_to_be_are_mirrored() -> None:
    pictures = _pictures()
    mirrored = torch.tensor([True, False, False, True, False, False])
    found = augmented(pictures, mirrored, Augmentation(shift=0), _generator())
    assert torch.equal(found[mirrored], pictures[mirrored].flip(3))
    assert torch.equal(found[~mirrored], pictures[~mirrored])


def test_a_shift_moves_whole_pixels_by_no_more_than_asked() -> None:
    pictures = _pictures(20)
    found = augmented(pictures, torch.zeros(20, dtype=torch.bool), Augmentation(shift=2), _generator())
    for before, after in zip(pictures, found, strict=True):
        inner = after[:, 2:-2, 2:-2]
        moved = [before[:, 2 + y : 18 + y, 2 + x : 18 + x] for y in range(-2, 3) for x in range(-2, 3)]
        assert any(torch.equal(inner, one) for one in moved)


def test_alternate_mirroring_shows_each_picture_both_ways_in_two_epochs() -> None:
    positions = torch.arange(1000)
    masks = [mirror_mask(positions, epoch, "alternate", 7, _generator()) for epoch in range(3)]
    assert torch.equal(masks[0], ~masks[1]) and torch.equal(masks[0], masks[2])
    assert 400 < int(masks[0].sum()) < 600


def test_a_blanked_square_is_no_larger_than_asked() -> None:
    pictures = torch.zeros(30, 3, 20, 20, dtype=torch.uint8)
    found = augmented(pictures, torch.zeros(30, dtype=torch.bool), Augmentation(shift=0, erase=0.3), _generator())
    areas = (found[:, 0] > 0).flatten(1).sum(1)
    assert int(areas.min()) > 0 and int(areas.max()) <= 36


def test_blending_keeps_the_mean_of_the_batch() -> None:
    pictures = torch.rand(8, 3, 4, 4)
    found, order, share = mixed(pictures, Augmentation(mixup=0.4), _generator())
    assert 0 <= share <= 1
    assert torch.allclose(found, pictures * share + pictures[order] * (1 - share))
    assert torch.allclose(found.mean(), pictures.mean(), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_pasting_takes_a_rectangle_of_the_other_picture_and_counts_its_area(seed: int) -> None:
    pictures = torch.arange(8.0)[:, None, None, None].expand(8, 3, 10, 10)
    found, order, share = mixed(pictures, Augmentation(cutmix=1.0), _generator(seed))
    for number in range(8):
        pasted = found[number, 0] == order[number]
        if order[number] != number:
            assert float(pasted.float().mean()) == pytest.approx(1 - share)
            assert torch.equal(found[number, 0][~pasted], pictures[number, 0][~pasted])
            rows, columns = pasted.any(1), pasted.any(0)
            assert torch.equal(pasted, rows[:, None] & columns[None, :]), "not a rectangle"


def test_where_both_are_asked_for_some_batches_are_blended_and_some_pasted() -> None:
    pictures = torch.rand(8, 3, 10, 10)
    blended = 0
    for seed in range(40):
        found, order, share = mixed(pictures, Augmentation(mixup=1.0, cutmix=1.0), _generator(seed))
        blended += bool(torch.allclose(found, pictures * share + pictures[order] * (1 - share)))
    assert 10 < blended < 30
