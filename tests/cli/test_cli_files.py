"""The files of a hit: every copy is given, links are told from copies, and what is not there is marked."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn import draw
from tests.support.program import revsearch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`one.png` with a copy that comes before it and one after, and another picture."""
    made = tmp_path / "pictures"
    made.mkdir()
    draw(1).save(made / "one.png")
    draw(2).save(made / "other.png")
    shutil.copy(made / "one.png", made / "a-copy.png")
    shutil.copy(made / "one.png", made / "z-copy.png")
    return made


@pytest.fixture
def home(tmp_path: Path, folder: Path) -> Path:
    assert revsearch(tmp_path / "home", "index", folder, "-m", "phash").returncode == 0
    return tmp_path / "home"


def search(home: Path, *arguments: str | Path) -> str:
    done = revsearch(home, "search", "-m", "phash", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def first_hit(home: Path, *arguments: str | Path) -> dict[str, Any]:
    (result,) = json.loads(search(home, *arguments, "-k", "1", "-f", "json"))
    hit: dict[str, Any] = result["hits"][0]
    return hit


def test_paths_and_0_give_every_path_of_every_hit(home: Path, folder: Path) -> None:
    every = [folder / name for name in ("a-copy.png", "one.png", "z-copy.png", "other.png")]
    assert search(home, folder / "one.png", "-0").split("\0")[:-1] == [str(path) for path in every]
    assert search(home, folder / "one.png", "-f", "paths").splitlines() == [str(path) for path in every]
    assert search(home, folder / "one.png", "--min-score", "0.99", "-0").count("\0") == 3


def test_csv_has_a_row_for_every_file_of_a_hit(home: Path, folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(search(home, folder / "one.png", "-f", "csv"))))
    assert [(row["rank"], row["file"], Path(row["path"]).name) for row in rows] == [
        ("1", "first", "a-copy.png"),
        ("1", "copy", "one.png"),
        ("1", "copy", "z-copy.png"),
        ("2", "first", "other.png"),
    ]


def test_a_table_says_how_many_copies_there_are(home: Path, folder: Path) -> None:
    lines = search(home, folder / "one.png").splitlines()
    assert len(lines) == 3
    assert lines[1].endswith(f"{folder / 'a-copy.png'} +2 more")
    assert lines[2].endswith(str(folder / "other.png"))
    two = search(home, folder / "one.png", folder / "other.png").splitlines()
    assert any(line.endswith(" +2 more") for line in two)


def test_a_path_that_is_there_goes_first_and_missing_ones_are_marked_in_every_output(home: Path, folder: Path) -> None:
    query = shutil.copy(folder / "one.png", folder.parent / "query.png")
    gone = [folder / "a-copy.png", folder / "one.png"]
    for path in gone:
        path.unlink()
    living = folder / "z-copy.png"
    hit = first_hit(home, query)
    assert (hit["path"], hit["copies"], hit["missing"]) == (str(living), [str(p) for p in gone], [str(p) for p in gone])
    assert search(home, query, "-k", "1", "-f", "paths").splitlines() == [str(living), *(str(p) for p in gone)]
    rows = list(csv.DictReader(io.StringIO(search(home, query, "-k", "1", "-f", "csv"))))
    assert [row["missing"] for row in rows] == ["False", "True", "True"]
    assert search(home, query, "-k", "1").rstrip().endswith(f"{living} +2 more")
    living.unlink()
    assert search(home, query, "-k", "1").rstrip().endswith(f"{gone[0]} (missing) +2 more")
    assert len(first_hit(home, query)["missing"]) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_to_a_file_are_no_copies_of_it(home: Path, folder: Path) -> None:
    os.link(folder / "z-copy.png", folder / "zz-hard.png")
    (folder / "0-symbolic.png").symlink_to("z-copy.png")
    revsearch(home, "index")
    hit = first_hit(home, folder / "one.png")
    assert Path(hit["path"]).name == "a-copy.png"
    assert [Path(path).name for path in hit["copies"]] == ["one.png", "z-copy.png"]
    assert [Path(path).name for path in hit["links"]] == ["zz-hard.png", "0-symbolic.png"]
    assert " +2 more +2 linked" in search(home, folder / "one.png", "-k", "1")
    rows = list(csv.DictReader(io.StringIO(search(home, folder / "one.png", "-k", "1", "-f", "csv"))))
    assert [row["file"] for row in rows] == ["first", "copy", "copy", "link", "link"]


def test_filters_hold_for_every_path_that_is_given(home: Path, folder: Path) -> None:
    apart = folder / "apart"
    apart.mkdir()
    shutil.copy(folder / "one.png", apart / "one.png")
    revsearch(home, "index")
    assert search(home, folder / "one.png", "--under", apart, "-0") == f"{apart / 'one.png'}\0"
    assert search(home, folder / "one.png", "--glob", "z-*", "-0") == f"{folder / 'z-copy.png'}\0"
    hit = first_hit(home, folder / "one.png", "--under", apart)
    assert (hit["path"], hit["copies"]) == (str(apart / "one.png"), [])
