"""Real pictures through the installed program: its own decoding, candidates and verification."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.program import revsearch, revsearch_json
from tests.support.realdata import real_file, unpacked

pytestmark = pytest.mark.realdata


def _workspace(home: Path) -> Workspace:
    return Workspace(Folders(home / "data", home / "cache", home / "config"))


@pytest.mark.drill
def test_photographed_covers_find_their_reference(tmp_path: Path) -> None:
    covers = unpacked("covers-dev.tar.gz", tmp_path / "pictures") / "covers" / "dev"
    workspace = _workspace(tmp_path / "home")
    index_collection(workspace, "covers", [covers / "reference"], ["sift"], control=NullControl())
    queries = sorted([*covers.glob("canon/*.jpg"), *covers.glob("palm/*.jpg")])
    engine = open_engine(workspace, workspace.collection("covers"), NullControl(), print)
    request = search_request(workspace, workspace.choose(["sift"]), k=1)
    results = engine.search([read_query(str(query)) for query in queries], request)
    engine.close()
    missed = [r.query for r in results if not r.hits or r.hits[0].path.name != Path(r.query).name]
    assert len(queries) == 100
    assert len(missed) <= 1, f"recall@1 is {1 - len(missed) / 100}: {missed}"


@pytest.mark.drill
def test_every_photo_of_a_thousand_finds_itself_and_its_class(tmp_path: Path) -> None:
    photos = unpacked("corel1k.tar.gz", tmp_path / "pictures") / "corel1k"
    home = tmp_path / "home"
    added = revsearch(home, "models", "add", real_file("models/mobilenet_v2_imagenet.onnx"), "--name", "mobilenet")
    assert added.returncode == 0, added.stderr.decode()
    workspace = _workspace(home)
    methods = ["phash", "onnx:mobilenet"]
    index_collection(workspace, "corel", [photos], methods, control=NullControl())
    chosen = sorted(random.Random(11).sample(sorted(photos.glob("*/*.jpg")), 150))
    engine = open_engine(workspace, workspace.collection("corel"), NullControl(), print)
    precision: dict[str, float] = {}
    for choice in workspace.choose(methods):
        relevant = 0
        request = search_request(workspace, [choice], k=11)
        for result in engine.search([read_query(str(query)) for query in chosen], request):
            query = Path(result.query)
            assert result.hits[0].path == query and result.hits[0].score == 1
            assert len({hit.image_id for hit in result.hits}) == len(result.hits)
            relevant += sum(hit.path.parent.name == query.parent.name for hit in result.hits[1:])
        precision[choice.label] = relevant / (10 * len(chosen))
    engine.close()
    assert precision["onnx:mobilenet"] >= 0.95, precision
    assert 0.15 < precision["phash"] < precision["onnx:mobilenet"], precision


def test_every_file_of_a_hostile_folder_is_indexed_or_listed_with_a_reason(tmp_path: Path) -> None:
    table = real_file("formats-dev.tsv")
    folder = unpacked("formats-dev.tar.gz", tmp_path / "pictures")
    home = tmp_path / "home"
    done = revsearch(home, "index", folder, "-c", "formats", "-m", "phash")
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    skipped = {row["path"]: row["reason"] for row in revsearch_json(home, "collections", "skipped", "formats")}
    files = {str(path) for path in folder.rglob("*") if path.is_file()}
    summary = revsearch_json(home, "collections", "show", "formats")
    assert summary["files"] == len(files)
    assert set(skipped) <= files and all(skipped.values())
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    differing = [row["name"] for row in rows if (str(folder / row["name"]) in skipped) == (row["decodes"] == "yes")]
    # Programs for Ghostscript, which is never run.
    assert all(name.endswith(".eps") for name in differing), differing
    assert len(differing) <= 0.02 * len(rows)


def test_words_find_photos_of_their_class_by_the_network_that_ships(tmp_path: Path) -> None:
    from benchmarks.text import ONE_WORD, TWO_WORDS, numbered, precisions

    corel = unpacked("corel1k.tar.gz", tmp_path / "pictures") / "corel1k"
    for folder in corel.iterdir():
        for path in sorted(folder.iterdir())[25:]:
            path.unlink()
    classes = numbered(corel, tmp_path / "numbered")
    workspace = _workspace(tmp_path / "home")
    index_collection(workspace, "words", [tmp_path / "numbered"], ["efficientnet"], control=NullControl())
    engine = open_engine(workspace, workspace.collection("words"), NullControl(), print)
    for queries in (ONE_WORD, TWO_WORDS):
        found = precisions(workspace, engine, "efficientnet", queries, classes)
        assert sum(found.values()) / len(found) >= 0.8, found
    engine.close()
