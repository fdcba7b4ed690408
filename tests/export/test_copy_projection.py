"""The command that learns what copies have in common, from copies it makes itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from revsearch_data.catalogue import originals, render
from revsearch_efficientnet.copies import CopyProjection
from revsearch_export.copy_projection import VIEWS, fit, main
from revsearch_export.copy_views import view

if TYPE_CHECKING:
    from revsearch_tui.api.types import FloatArray


def unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def test_what_copies_differ_in_no_longer_hides_the_picture() -> None:
    chance = np.random.default_rng(0)
    # Eight numbers tell the picture, and eight larger ones what was done to it.
    own = np.repeat(chance.normal(0, 1, (300, 1, 8)), 6, axis=1)
    embeddings = unit(np.concatenate([own, chance.normal(0, 3, (300, 6, 8))], axis=2))
    projection = fit(embeddings[:200], 8)

    def found(rows: FloatArray) -> float:
        near = rows[:, 0] @ rows[:, 1].T
        return float((near.argmax(axis=1) == np.arange(len(rows))).mean())

    tried = embeddings[200:]
    projected = projection.apply(tried.reshape(-1, 16)).reshape(len(tried), 6, 8)
    assert found(projected) > 0.9 > 0.3 > found(tried)


def test_the_command_writes_a_projection_and_tells_what_it_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    for item in originals()[:5]:
        Image.fromarray(render(item, 1)).resize((160, 120)).save(folder / f"{item.stem}.png")
    given = ["--pictures", str(folder), "--limit", "4", "--dim", "16"]
    assert main([*given, "--out", str(tmp_path / "one.npz")]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["pictures"], record["views"], record["dim"]) == ({"drawn": 4}, VIEWS, 16)
    assert CopyProjection.read(tmp_path / "one.npz").projection.shape == (1280, 16)
    assert main([*given, "--out", str(tmp_path / "two.npz")]) == 0
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_folder_without_pictures_is_an_error_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--pictures", str(tmp_path), "--out", str(tmp_path / "copies.npz")]) == 2
    assert "holds no pictures" in capsys.readouterr().err


def test_a_view_is_a_picture_whatever_is_changed_and_the_same_for_the_same_chance() -> None:
    others = [render(item, 2) for item in originals()[:3]]
    for number in range(120):
        picture = others[number % 3][: 1 + 7 * number, : 1 + 5 * (number % 90)]
        made = view(picture, others, 1.0, np.random.default_rng(number))
        assert made.dtype == np.uint8 and made.ndim == 3 and made.shape[2] == 3 and made.size
        assert np.array_equal(made, view(picture, others, 1.0, np.random.default_rng(number)))
