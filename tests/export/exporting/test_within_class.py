"""Embeddings in which pictures of one class lie closer together."""

from __future__ import annotations

import pytest
import torch
from revsearch_export.exporting.heads import fit_within_class, neighbour_accuracy


def _clouds(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of two classes that differ along the first of 60 axes and vary, both alike, along the next five."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    vectors = 0.3 * torch.randn(count, 60, generator=chance) + 5
    vectors[:, 0] += labels * 2.0
    vectors[:, 1:6] += 4 * torch.randn(count, 5, generator=chance)
    return vectors, labels


def test_neighbours_are_more_often_of_the_same_class() -> None:
    (gallery, labels), (queries, answers) = _clouds(300, 0), _clouds(200, 1)
    norm = fit_within_class(gallery, labels)
    before = neighbour_accuracy(queries, answers, gallery, labels)
    after = neighbour_accuracy(norm(queries), answers, norm(gallery), labels)
    assert before < 0.8 < 0.9 < after, (before, after)


def test_directions_that_vary_most_are_shortened_most_and_none_is_lengthened() -> None:
    vectors, labels = _clouds(400, 2)
    norm = fit_within_class(vectors, labels)
    shortened = norm(vectors)
    before, after = vectors - vectors.mean(0), shortened
    kept = after.std(0) / before.std(0)
    assert float(kept.max()) <= 1.001
    assert float(kept[1:6].max()) < 0.5 < 0.8 < float(kept[6:].min())


@pytest.mark.parametrize("labels", [torch.arange(4), torch.zeros(4, dtype=torch.int64)])
def test_few_pictures_give_finite_embeddings(labels: torch.Tensor) -> None:
    vectors = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    found = fit_within_class(vectors, labels)(vectors)
    assert found.shape == vectors.shape and bool(torch.isfinite(found).all())
    if len(set(labels.tolist())) == 4:  # nothing varies within a class of one
        assert torch.allclose(found, vectors - vectors.mean(0), atol=1e-5)


def test_all_alike_stay_alike() -> None:
    vectors = torch.ones(6, 5)
    assert bool(torch.isfinite(fit_within_class(vectors, torch.arange(6) % 2)(vectors)).all())
