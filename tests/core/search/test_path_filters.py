"""Path filters answered by the catalog's indexes keep what they keep one path after another."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from fnmatch import fnmatch
from pathlib import Path

import pytest

from revsearch_tui.core.search.hit_files import PathFilter
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow

PATHS = [
    b"/p/a/one.png",
    b"/p/a/two.PNG",
    b"/p/a/deep/er/three.jpg",
    b"/p/ab/four.png",
    b"/p/a[1]/five.png",
    b"/p/a.png/six",
    b"/p/\xff\xfe/not text \xe9.png",
    "/p/ü/über.jpg".encode(),
    b"/q/star*.png",
    b"/q/new\nline.png",
    b"/q/.png",
]
SKIPPED = b"/p/a/no picture.png"


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    catalog = Catalog(tmp_path / "catalog.sqlite3", create=True)
    rows = [FileRow(path, 1, 1, hashlib.sha256(path).digest(), None, 1) for path in PATHS]
    images = [(hashlib.sha256(path).digest(), 1, 1, "PNG") for path in PATHS]
    catalog.commit([*rows, FileRow(SKIPPED, 1, 1, None, "broken", 1)], images)
    return catalog


@pytest.mark.skipif(os.sep != "/", reason="the paths are those of POSIX")
@pytest.mark.parametrize("under", [(), ("/p/a",), ("/p/a", "/q"), ("/",), ("/nowhere",), ("/p/a[1]",)])
@pytest.mark.parametrize(
    "glob",
    [
        (),
        ("*.png",),
        ("*.png", "t*"),
        ("*",),
        ("*e*e*",),
        ("*a*b*c*d*e*f*",),
        ("t?o.*",),
        ("[!a]*.png",),
        ("/p/a/*",),
        ("/p/a/*", "/q/*.png"),
        ("/p/a/*", "*.jpg"),
        ("*/a/*.png",),
        ("ü*",),
        ("*é*",),
        ("star*.png",),
        ("star[*].png",),
        ("a/*",),
        ("/p/a[[]1]/*",),
        ("one.png",),
        ("/p/a/one.png",),
        ("",),
        tuple(f"{number}*" for number in range(30)),
    ],
)
def test_the_catalog_finds_what_passes(under: tuple[str, ...], glob: tuple[str, ...], catalog: Catalog) -> None:
    wanted = PathFilter([Path(folder) for folder in under], glob)
    plainly = set()
    for path in PATHS:
        text = os.fsdecode(path)
        below = not under or any(text.startswith(folder.rstrip("/") + "/") for folder in under)
        if below and (not glob or any(fnmatch(text if "/" in one else text.rpartition("/")[2], one) for one in glob)):
            plainly.add(hashlib.sha256(path).digest())
    assert wanted.pictures(catalog) == plainly
    assert {hashlib.sha256(path).digest() for path in PATHS if wanted.keeps(path)} == plainly


def test_only_what_is_below_a_folder_is_read(catalog: Catalog, tmp_path: Path) -> None:
    asked: list[str] = []
    catalog._connection.set_trace_callback(asked.append)
    list(catalog.pictures([b"/p/a"]))
    list(catalog.pictures([], ["/q/*.png"]))
    plans = sqlite3.connect(tmp_path / "catalog.sqlite3")
    for query in asked:
        (plan,) = plans.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert plan[3].startswith("SEARCH files USING PRIMARY KEY (path>? AND path<?)"), plan
    assert len(asked) == 2
    plans.close()
