"""The program's own folders hold no pictures of the user's."""

from __future__ import annotations

from pathlib import Path

from tests.support.drawn import draw
from tests.support.program import revsearch, revsearch_json


def test_a_folder_that_holds_the_index_itself_is_indexed_without_it(tmp_path: Path) -> None:
    draw(1).save(tmp_path / "one.png")
    home = tmp_path / "home"
    for _ in range(2):
        done = revsearch(home, "index", tmp_path, "-c", "everything", "-m", "phash")
        assert done.returncode == 0, done.stderr.decode()
    assert revsearch_json(home, "collections", "show", "everything")["files"] == 1
