"""Collections: listed, shown, checked, reduced, dropped."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tests.support.program import revsearch


def json_of(home: Path, *arguments: str | Path) -> Any:
    done = revsearch(home, *arguments, "-f", "json")
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)


def test_no_collections_is_1_and_says_how_to_make_one(tmp_path: Path) -> None:
    for command in (("collections",), ("collections", "list")):
        done = revsearch(tmp_path, *command)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"revsearch index FOLDER" in done.stderr


def test_a_collection_is_listed_with_what_it_holds(home: Path, pictures: Path) -> None:
    (row,) = json_of(home, "collections", "list")
    assert (row["name"], row["pictures"], row["files"], row["skipped"]) == ("pictures", 40, 40, 0)
    assert (row["methods"], row["folders"], row["writing"]) == (["phash", "sift"], [str(pictures)], False)


def test_a_collection_is_shown_method_by_method(home: Path) -> None:
    document = json_of(home, "collections", "show", "pictures")
    keys = {key["method"]: key for key in document["keys"]}
    assert keys["phash"]["metric"] == "hamming" and keys["phash"]["dim"] == 256
    assert {(key["pictures"], key["complete"], key["in_chromadb"]) for key in keys.values()} == {(40, True, 40)}


def test_nothing_skipped_is_1(home: Path) -> None:
    done = revsearch(home, "collections", "skipped", "-0")
    assert (done.returncode, done.stdout) == (1, b"")


def test_skipped_files_are_listed_with_their_reasons(tmp_path: Path, pictures: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(pictures / "a" / "p00.png", folder)
    (folder / "cut.png").write_bytes((folder / "p00.png").read_bytes()[:100])
    (folder / "empty.jpg").touch()
    revsearch(tmp_path, "index", folder, "-m", "phash")
    rows = json_of(tmp_path, "collections", "skipped")
    assert {Path(row["path"]).name for row in rows} == {"cut.png", "empty.jpg"}
    assert all(row["reason"] for row in rows)


def test_a_forgotten_folder_leaves_with_the_next_run(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", pictures / "b", "-m", "phash")
    unknown = revsearch(tmp_path, "collections", "forget", "pictures", tmp_path)
    assert unknown.returncode == 2 and str(pictures / "a") in unknown.stderr.decode()
    assert revsearch(tmp_path, "collections", "forget", "pictures", pictures / "b").returncode == 0
    report = json_of(tmp_path, "index")
    assert (report["pictures"], report["removed"]) == (20, 20)
    assert len(os.listdir(pictures / "b")) == 20, "the pictures themselves are untouched"
    found = revsearch(tmp_path, "search", pictures / "b" / "p20.png", "-m", "phash", "-k", "40", "-0").stdout
    assert found.count(b"\0") == 20 and b"/b/" not in found


def test_dropping_one_method_keeps_the_others_and_frees_the_disk(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash", "-m", "sift")
    collection = tmp_path / "data" / "collections" / "pictures"
    before = sum(path.stat().st_size for path in collection.rglob("*") if path.is_file())
    assert revsearch(tmp_path, "collections", "drop", "pictures", "-m", "sift", "--yes").returncode == 0
    after = sum(path.stat().st_size for path in collection.rglob("*") if path.is_file())
    assert after < before / 2
    assert [key["method"] for key in json_of(tmp_path, "collections", "show")["keys"]] == ["phash"]
    assert revsearch(tmp_path, "search", pictures / "a" / "p00.png", "-m", "sift").returncode == 3
    assert revsearch(tmp_path, "search", pictures / "a" / "p00.png").returncode == 0
    nothing = revsearch(tmp_path, "collections", "drop", "pictures", "-m", "sift", "--yes")
    assert nothing.returncode == 2 and "is not indexed by 'sift'" in nothing.stderr.decode()


def test_dropping_asks_first(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    silent = revsearch(tmp_path, "collections", "drop", "pictures")
    assert silent.returncode == 2 and "say --yes" in silent.stderr.decode()
    refused = revsearch(tmp_path, "collections", "drop", "pictures", stdin=b"n\n")
    assert refused.returncode == 1 and "nothing was deleted" in refused.stderr.decode()
    assert json_of(tmp_path, "collections", "list")
    assert revsearch(tmp_path, "collections", "drop", "pictures", stdin=b"y\n").returncode == 0
    assert not (tmp_path / "data" / "collections" / "pictures").exists()
    assert len(os.listdir(pictures / "a")) == 20


def test_an_unknown_collection_cannot_be_dropped(home: Path) -> None:
    done = revsearch(home, "collections", "drop", "pictrues", "--yes")
    assert done.returncode == 3 and "did you mean 'pictures'?" in done.stderr.decode()


def test_verify_tells_sound_embeddings_from_damaged_ones(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    sound = revsearch(tmp_path, "collections", "verify")
    assert sound.returncode == 0 and "phash: sound" in sound.stderr.decode()
    journal = tmp_path / "data" / "collections" / "pictures" / "journal"
    (stored,) = [path for path in journal.rglob("*.vec") if path.stat().st_size]
    data = bytearray(stored.read_bytes())
    data[5] ^= 0xFF
    stored.write_bytes(data)
    damaged = revsearch(tmp_path, "collections", "verify", "-c", "pictures")
    assert damaged.returncode == 3 and "damaged" in damaged.stderr.decode()


def test_a_lost_collection_is_listed_adopted_and_indexed_on(tmp_path: Path, pictures: Path, home: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy, copy_function=shutil.copy2)
    description = copy / "data" / "collections" / "pictures" / "collection.json"
    description.unlink()
    done = revsearch(copy, "collections", "list")
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.endswith("take it up: revsearch collections adopt pictures")
    done = revsearch(copy, "search", pictures / "a" / "p00.png", "-c", "pictures")
    assert done.returncode == 3
    assert b"revsearch collections adopt pictures" in done.stderr
    done = revsearch(copy, "collections", "adopt", "pictures")
    assert done.returncode == 0, done.stderr.decode()
    assert json_of(copy, "collections", "list")[0]["folders"] == [str(pictures)]
    done = revsearch(copy, "collections", "adopt", "pictures")
    assert done.returncode == 2
    assert b"is a collection already" in done.stderr


def test_a_lost_collection_can_be_dropped(tmp_path: Path, home: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy, copy_function=shutil.copy2)
    (copy / "data" / "collections" / "pictures" / "collection.json").write_text("{")
    assert revsearch(copy, "collections", "drop", "pictures", "-y").returncode == 0
    assert not (copy / "data" / "collections" / "pictures").exists()
