"""The command that makes a SIFT vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from revsearch_export.sift_vocabulary import draw, main
from revsearch_sift.vocabulary import Vocabulary


def fill(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for index in range(count):
        noise = np.random.default_rng(index).integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((200, 160)).filter(ImageFilter.GaussianBlur(1)).save(folder / f"{index}.png")
    return folder


def test_the_command_writes_a_vocabulary_and_tells_what_it_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [fill(tmp_path / "one", 9), fill(tmp_path / "two" / "deep", 6).parent]
    out = tmp_path / "mine.npz"
    code = main(["--pictures", *map(str, folders), "--out", str(out), "--limit", "8", "--layouts", str(folders[0])])
    record = json.loads(capsys.readouterr().out)
    assert code == 0
    assert record["pictures"] == {"one": 8, "two": 6}
    assert record["layouts"] == {"one": 9}
    assert record["used"] == 14
    assert Vocabulary.load(out).dim == record["dim"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.npz", "one", "two"]


def test_the_same_pictures_are_drawn_again(tmp_path: Path) -> None:
    folder = fill(tmp_path / "one", 9)
    assert draw(folder, 4, 0) == draw(folder, 4, 0)
    assert len(draw(folder, 4, 0)) == 4


def test_a_folder_without_pictures_is_an_error_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    code = main(["--pictures", str(tmp_path / "empty"), "--out", str(tmp_path / "v.npz")])
    assert code == 2
    assert "holds no pictures" in capsys.readouterr().err
