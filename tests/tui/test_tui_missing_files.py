"""Hits whose files are not there any more, or are one file by several names."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.style import Style

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.results import Hit
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.widgets.results.row import columns_for, row_line
from tests.tui.conftest import write_pictures

HIT = Hit(1, "m", "0" * 64, Path("a.png"), (Path("a.png"),), 0.9, 0.9, "cosine", None, True, 40, 30)


@pytest.fixture
def moved(new_home: Path) -> Path:
    """Pictures that were indexed here and, before, in a folder that is not there any more; and what is nowhere."""
    old, new = new_home / "Archive", new_home / "Pictures"
    write_pictures(old, 6)
    workspace = Workspace()
    index_collection(workspace, "pictures", [old], ["phash"], control=NullControl())
    shutil.copytree(old, new)
    (new / "shapes-05.png").unlink()
    shutil.copy(old / "shapes-05.png", new_home / "query.png")
    if sys.platform != "win32":
        os.link(new / "shapes-01.png", new / "shapes-01-linked.png")
    shutil.rmtree(old)
    index_collection(workspace, "pictures", [new], [], control=NullControl())
    return new


async def test_the_path_that_is_there_is_shown_and_the_others_are_struck(moved: Path, opened) -> None:
    async with opened(size=(140, 40)) as driver:
        await driver.ask(moved / "shapes-01.png")
        hit = driver.search.results.hits[0]
        assert hit.path.parent == moved
        assert [path.parent.name for path in hit.missing] == ["Archive"]
        if sys.platform != "win32":
            assert "(linked)" in driver.screen_text
        assert "The file is gone" not in driver.screen_text


@pytest.mark.parametrize("view", ["grid", "list"])
async def test_a_hit_that_is_nowhere_is_marked(moved: Path, opened, view: str) -> None:
    async with opened(size=(140, 40)) as driver:
        await driver.ask(moved.parent / "query.png")
        if view == "list":
            await driver.press("v")
        text = driver.screen_text
        assert driver.names[0] == "shapes-05.png"
        assert "(missing)" in text or "✗" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_rows_of_missing_hits_are_as_wide_as_others(width: int) -> None:
    missing = replace(HIT, missing=(HIT.path,))
    several = replace(missing, paths=tuple(Path(f"{number}.png") for number in range(12)))
    lines = [
        "".join(part.text for part in row_line(hit, columns_for([hit], width), False, lambda _: Style()))
        for hit in (HIT, missing, several)
    ]
    assert len({len(line) for line in lines}) == 1
    assert "(missing)" in lines[1] or "✗" in lines[1]
