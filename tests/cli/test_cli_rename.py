"""A collection gets another name, and all that was made with it goes on working."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.collections import Collection, open_collection
from tests.support.drawn import draw_folder
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import collection_of, journals, keys_of


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the collection `pictures` of a dozen pictures, with a threshold measured and a record kept."""
    base = tmp_path_factory.mktemp("original")
    draw_folder(base / "folder", range(12))
    assert revsearch(base / "home", "index", base / "folder", "-m", "phash").returncode == 0
    measured = revsearch(
        base / "home",
        "robustness",
        "-c",
        "pictures",
        "-m",
        "phash",
        "--sample",
        "10",
        "-t",
        "crop=10",
        "--name",
        "kept",
    )
    assert measured.returncode == 0, measured.stderr
    return base


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original / "home", tmp_path / "home"))


@pytest.fixture
def query(original: Path) -> Path:
    return sorted((original / "folder").iterdir())[3]


def opened(home: Path, name: str = "pictures") -> Collection:
    return open_collection(collection_of(home).home.parent, name)


def ok(home: Path, *arguments: str | Path) -> Any:
    done = revsearch(home, *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done


def test_nothing_is_read_or_embedded_anew(home: Path, query: Path) -> None:
    before = journals(home)
    ok(home, "collections", "rename", "pictures", "photos")
    assert [row["name"] for row in revsearch_json(home, "collections", "list")] == ["photos"]
    assert ok(home, "search", query, "-c", "photos", "-k", "1", "-0").stdout == bytes(query) + b"\0"
    found = ok(home, "search", query, "-c", "photos", "-k", "1", "--approximate", "-f", "csv")
    assert b"approximate" in found.stdout and found.stderr == b""
    report = revsearch_json(home, "index", "-c", "photos")
    assert (report["unchanged"], report["read"], report["embedded"]) == (12, 0, {"phash": 0})
    collection_of(home, "photos").home.rename(collection_of(home, "photos").home.with_name("pictures"))
    assert set(journals(home)["phash"]) == set(before["phash"])


def test_thresholds_and_evaluations_go_on_working(home: Path, query: Path) -> None:
    ok(home, "collections", "rename", "pictures", "photos")
    ok(home, "search", query, "-c", "photos", "-m", "phash", "--copies")
    again = ok(home, "eval", "again", "kept")
    assert b"are the same" in again.stdout
    ok(home, "eval", "remove", "kept", "--yes")
    ok(home, "collections", "rename", "photos", "others")
    assert revsearch(home, "robustness", "-c", "pictures").stderr == (
        b"revsearch: there is no collection 'pictures' any more; it is called 'others' now\n"
    )


def test_the_old_name_is_free_for_another_collection(home: Path, original: Path, query: Path) -> None:
    ok(home, "collections", "rename", "pictures", "photos")
    ok(home, "index", original / "folder", "-c", "pictures", "-m", "sift")
    assert revsearch(home, "collections", "rename", "photos", "pictures").returncode == 2
    assert ok(home, "search", query, "-c", "pictures", "-k", "1", "-0").stdout
    ok(home, "collections", "drop", "pictures", "--yes")
    ok(home, "collections", "rename", "photos", "pictures")
    assert ok(home, "search", query, "-k", "1", "-0").stdout


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("pictures", "a/b"), 2, "'a/b' cannot name a collection"),
        (("pictures", ".."), 2, "'..' cannot name a collection"),
        (("pictures", "pictures"), 2, "already"),
        (("pictures", "taken"), 2, "there is a collection or an index 'taken' already"),
        (("absent", "photos"), 3, "there is no collection 'absent'"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(names: tuple[str, str], code: int, said: str, home: Path) -> None:
    (collection_of(home).home.parent / "taken").mkdir()
    done = revsearch(home, "collections", "rename", *names)
    assert done.returncode == code and said in done.stderr.decode()
    assert opened(home).roots


def test_a_collection_that_is_being_written_is_not_renamed(home: Path) -> None:
    with writer_lock(collection_of(home).home, "indexing"):
        done = revsearch(home, "collections", "rename", "pictures", "photos")
    assert done.returncode == 3 and b"is being written by process" in done.stderr
    assert opened(home).roots


def test_a_configured_name_that_is_no_more_is_told(home: Path) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text('[general]\ncollection = "pictures"\n')
    said = ok(home, "collections", "rename", "pictures", "photos").stderr.decode()
    assert "general.collection is 'pictures' still, by the file; set it to 'photos'" in said


KILLED = """
import os, pathlib, sys
from revsearch_tui.cli.app import run
import revsearch_tui.core.storage.relocation as renaming

rename = pathlib.Path.rename
def kill_before(self, target):
    os._exit(9)
def kill_after(self, target):
    rename(self, target)
    os._exit(9)
def renaming_home(self, target):
    return {killer}(self, target) if self.name == "pictures" else rename(self, target)
pathlib.Path.rename = renaming_home
sys.exit(run(["collections", "rename", "pictures", "photos"]))
"""


@pytest.mark.parametrize(("killer", "name"), [("kill_before", "pictures"), ("kill_after", "photos")])
def test_killed_in_the_middle_it_has_the_one_name_or_the_other(
    killer: str, name: str, home: Path, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_HOME", str(home))
    program = KILLED.format(killer=killer)
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 9
    assert [row["name"] for row in revsearch_json(home, "collections", "list")] == [name]
    assert ok(home, "search", query, "-k", "1", "-0").stdout == bytes(query) + b"\0"
    report = revsearch_json(home, "index", "-c", name)
    assert (report["unchanged"], report["read"]) == (12, 0)
    ok(home, "collections", "rename", name, "third")


def test_what_a_server_has_of_it_stays_under_its_name_there(home: Path) -> None:
    space, keys = opened(home).space, keys_of(home)
    ok(home, "collections", "rename", "pictures", "photos")
    ok(home, "collections", "rename", "photos", "third")
    assert opened(home, "third").space == space
    assert keys_of(home, "third") == keys
    description = collection_of(home, "third").home / "collection.json"
    told = json.loads(description.read_text())
    del told["roots"]
    description.write_text(json.dumps(told))
    ok(home, "collections", "adopt", "third")
    assert opened(home, "third").space == space
