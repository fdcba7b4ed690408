"""What a new collection is indexed by where nobody names methods, and the word `quick`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch, revsearch_json


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("drawn"), range(4))


def methods_of(home: Path) -> list[str]:
    (row,) = revsearch_json(home, "collections", "list")
    return list(row["methods"])


def test_a_new_collection_is_indexed_for_copies_things_and_kinds(tmp_path: Path, drawn: Path) -> None:
    assert revsearch(tmp_path, "index", drawn).returncode == 0
    assert methods_of(tmp_path) == ["phash", "sift", "efficientnet"]
    (answer,) = revsearch_json(tmp_path, "search", drawn / "p02.png")
    assert set(answer["hits"][0]["methods"]) == {"phash", "sift", "efficientnet"}


def test_a_collection_that_has_methods_keeps_them(tmp_path: Path, drawn: Path) -> None:
    revsearch(tmp_path, "index", drawn, "-m", "phash")
    revsearch(tmp_path, "index", drawn)
    assert methods_of(tmp_path) == ["phash"]


@pytest.mark.parametrize("asked", [("--methods", "quick"), ("-m", "quick", "-m", "phash"), ()])
def test_quick_is_phash_alone_wherever_methods_are_named(tmp_path: Path, drawn: Path, asked: tuple[str, ...]) -> None:
    configured = {} if asked else {"REVSEARCH_GENERAL_METHODS": "quick"}
    done = revsearch(tmp_path, "index", drawn, *asked, environment=configured)
    assert done.returncode == 0, done.stderr
    assert methods_of(tmp_path) == ["phash"]
    assert revsearch(tmp_path, "search", drawn / "p01.png", "-m", "quick", "-k", "1").returncode == 0
    assert revsearch(tmp_path, "config", "validate", environment=configured).returncode == 0


def without_onnxruntime(folder: Path) -> dict[str, str]:
    """Variables under which the library of networks cannot be loaded."""
    (folder / "onnxruntime").mkdir(parents=True)
    (folder / "onnxruntime" / "__init__.py").write_text("raise ImportError('libonnx.so: no such file')")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))}


@pytest.mark.drill
def test_what_of_the_usual_methods_does_not_work_is_left_out_in_one_sentence(tmp_path: Path, drawn: Path) -> None:
    environment = without_onnxruntime(tmp_path / "broken")
    done = revsearch(tmp_path / "home", "index", drawn, environment=environment)
    told = [line for line in done.stderr.decode().splitlines() if "efficientnet" in line]
    assert len(told) == 1 and told[0].startswith("left out: the method 'efficientnet'"), done.stderr
    assert done.returncode == 4
    assert methods_of(tmp_path / "home") == ["phash", "sift"]
    again = revsearch(tmp_path / "home", "index", environment=environment)
    assert (again.returncode, again.stderr) == (0, b""), "it is not one of the collection's"
    named = revsearch(tmp_path / "other", "index", drawn, "-m", "efficientnet", environment=environment)
    assert named.returncode == 4


def test_plugins_that_are_not_loaded_are_left_out_as_well(tmp_path: Path, drawn: Path) -> None:
    done = revsearch(tmp_path, "index", drawn, environment={"REVSEARCH_LOAD_PLUGINS": "phash"})
    assert [line.split("'")[1] for line in done.stderr.decode().splitlines()] == ["sift", "efficientnet"]
    assert methods_of(tmp_path) == ["phash"]
