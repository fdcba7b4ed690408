"""Contact sheets, as PNG and as HTML."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from revsearch_sheet import plugin
from revsearch_sheet.sheet import MOST_ON_A_PNG, make_sheet

from revsearch_tui.api import Findings, FoundPicture, NullControl, PictureError, QueryHits, UsageError
from revsearch_tui.api.testing import check_plugin


def test_the_plugin_conforms() -> None:
    check_plugin(plugin, strict=True)


def small(_found: FoundPicture) -> Any:
    return np.full((9, 9, 3), (200, 30, 30), np.uint8)


def missing(_found: FoundPicture) -> Any:
    raise PictureError("the file is gone")


def drawn(name: str, hits: list[FoundPicture], thumbnail: Any = small, asked: str = "") -> tuple[str, bytes]:
    """What the action says, and what it writes."""
    output = BytesIO()
    findings = Findings([QueryHits(hits, asked)], thumbnail, Path("/tmp") / name, output)
    return make_sheet()(findings, NullControl()), output.getvalue()


def hit(name: str, number: int = 0, score: float | None = 0.5) -> FoundPicture:
    return FoundPicture(Path("/pictures") / name, f"{number:064x}", score, "copy" if score else "")


def test_a_png_shows_every_picture_once() -> None:
    said, data = drawn("sheet.png", [hit("a.png"), hit("b.png", 1), hit("copy-of-a.png")])
    with Image.open(BytesIO(data)) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).reshape(-1, 3)
    assert said == "2 pictures"
    assert (pixels == (200, 30, 30)).all(axis=1).sum() == 2 * 9 * 9


def test_a_page_names_the_query_pictures_scores_and_tiers() -> None:
    _, data = drawn("sheet.html", [hit("a.png"), hit("b.png", 1, None)], asked="query.png")
    page = data.decode()
    assert "2 pictures like query.png" in page and page.count("data:image/jpeg;base64,") == 2
    assert "a.png<small>0.500 · copy</small>" in page and "b.png</figcaption>" in page


@pytest.mark.parametrize("name", ["sheet.html", "sheet.png"])
def test_a_picture_that_is_gone_leaves_a_reason(name: str) -> None:
    said, data = drawn(name, [hit("<gone>.png")], missing)
    assert said == "1 picture, 1 of them without" and data
    if name.endswith("html"):
        assert b"the file is gone" in data and b"&lt;gone&gt;.png" in data and b"<gone>" not in data


def test_more_than_a_png_takes_is_refused() -> None:
    with pytest.raises(UsageError, match="1,000 pictures; write an .html file"):
        drawn("sheet.png", [hit("a.png", number) for number in range(MOST_ON_A_PNG + 1)])


@pytest.mark.parametrize("name", ["sheet.html", "sheet.png"])
def test_names_of_any_script_are_written(name: str) -> None:
    _, data = drawn(name, [hit("größer – 写真 \x1b[31m\udcff" + "x" * 200 + ".png")])
    assert data
    if name.endswith("html"):
        assert "größer – 写真 �[31m�x" in data.decode()
