"""`revsearch clusters`: themes of a collection or a folder, in every format, and what cannot be sorted."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.support.program import revsearch
from tests.support.tiny_network import paint, store_network

Clusters = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine red pictures in a folder and nine green ones in another, indexed by a network that knows colours and by
    phash."""
    base = tmp_path_factory.mktemp("clusters")
    for number in range(9):
        for name, colour in (("Roses", (240, 12 * number, 10)), ("Lawns", (12 * number, 240, 10))):
            file = base / "pictures" / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(paint(*colour)).save(file)
    store_network(base / "home" / "data" / "models", "colours", "efficientnet")
    done = revsearch(base / "home", "index", base / "pictures", "-m", "efficientnet:colours", "-m", "phash")
    assert done.returncode == 0, done.stderr
    return base


@pytest.fixture
def clusters(base: Path) -> Clusters:
    return lambda *arguments: revsearch(base / "home", "clusters", *arguments)


def test_a_table_has_a_row_for_each_theme(clusters: Clusters) -> None:
    done = clusters()
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.decode().splitlines()
    assert head.split() == ["cluster", "kind", "pictures", "name", "path"]
    assert sorted(row.split()[3:6] for row in rows) == [["mostly-green", "in", "Lawns"], ["mostly-red", "in", "Roses"]]
    assert (
        "18 pictures in" in done.stderr.decode()
        and "2 themes, 0 bursts, 0 pictures in no theme" in done.stderr.decode()
    )


def test_other_formats_have_every_picture(clusters: Clusters, base: Path) -> None:
    told = json.loads(clusters("-f", "json").stdout)
    assert {cluster["name"]: len(cluster["files"]) for cluster in told} == {
        "mostly-green in Lawns": 9,
        "mostly-red in Roses": 9,
    }
    assert told[0]["path"] == told[0]["files"][0]["path"] and list(told[0]["folders"].values()) == [1.0]
    rows = list(csv.DictReader(clusters("-f", "csv").stdout.decode().splitlines()))
    assert len(rows) == 18 and [row["place"] for row in rows[:3]] == ["1", "2", "3"]
    paths = clusters("-0").stdout.decode().split("\0")[:-1]
    assert sorted(paths) == sorted(str(path) for path in (base / "pictures").rglob("*.png"))


def test_a_folder_is_indexed_first_and_one_kind_can_be_asked_for(clusters: Clusters, base: Path) -> None:
    done = clusters(base / "pictures", "-m", "efficientnet:colours", "--kind", "theme", "-f", "json")
    assert len(json.loads(done.stdout)) == 2, done.stderr
    done = clusters("--under", base / "pictures" / "Roses", "--kind", "outliers", "-f", "paths")
    assert done.returncode == 1 and len(done.stdout.decode().splitlines()) == 9


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-m", "phash"), 4, "'phash' cannot tell what pictures show"),
        (("-c", "absent"), 3, "there is no collection 'absent'"),
        (("--kind", "themes"), 2, "there is no kind 'themes'; did you mean 'theme'"),
        (("absent",), 2, "'absent' is neither a folder nor a collection"),
    ],
)
def test_what_cannot_be_sorted_is_told_in_a_sentence(
    clusters: Clusters, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = clusters(*arguments)
    assert (done.returncode, done.stdout) == (code, b"")
    (line,) = done.stderr.decode().splitlines()
    assert said in line
