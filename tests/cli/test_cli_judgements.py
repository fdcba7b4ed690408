"""`revsearch judge` and `judgements`: what is said of pictures is kept to, listed, and taken back."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.drawn import draw, draw_folder
from tests.support.program import revsearch

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("judging")
    draw_folder(base / "pictures", range(5))
    draw(1).resize((110, 80)).save(base / "pictures" / "small.png")
    assert revsearch(base / "home", "index", base / "pictures", "-m", "phash").returncode == 0
    return base


@pytest.fixture
def run(base: Path) -> Run:
    return lambda *arguments: revsearch(base / "home", *arguments)


@pytest.fixture
def pictures(base: Path) -> Path:
    return base / "pictures"


def listed(run: Run) -> list[tuple[str, str, str]]:
    rows = json.loads(run("judgements", "-f", "json").stdout)
    return [(row["judgement"], Path(row["first"]).name, Path(row["second"]).name) for row in rows]


def test_no_match_holds_in_searches_and_duplicates_through_a_new_catalog_until_it_is_taken_back(
    run: Run, base: Path, pictures: Path
) -> None:
    one, small = pictures / "p01.png", pictures / "small.png"
    assert run("dupes").returncode == 0
    done = run("judge", one, small, "--no-match")
    assert done.returncode == 0 and b"judged no match: 1 pairs" in done.stderr
    (home,) = (base / "home" / "data" / "collections").iterdir()
    (home / "catalog.sqlite").unlink()
    assert run("index").returncode == 0
    found = run("search", one, "-f", "paths")
    assert str(small) not in found.stdout.decode() and b"1 picture is left out as judged no match" in found.stderr
    assert run("dupes").returncode == 1
    assert run("dupes", pictures, "-m", "phash").returncode == 1, "in the folder, too"
    assert [set(row) for row in listed(run)] == [{"no match", "p01.png", "small.png"}]
    assert run("judge", small, one, "--forget").returncode == 0
    assert run("dupes").returncode == 0
    assert run("judge", small, one, "--forget").returncode == 1
    done = run("judgements")
    assert (done.returncode, done.stdout) == (1, b"") and b"nothing was judged" in done.stderr


def test_a_match_is_pinned_and_pictures_that_are_gone_are_named_by_their_ids(
    run: Run, pictures: Path, tmp_path: Path
) -> None:
    shutil.copyfile(pictures / "p04.png", tmp_path / "outside.png")
    draw(9).save(tmp_path / "stranger.png")
    done = run("judge", tmp_path / "stranger.png", tmp_path / "outside.png", pictures / "p03.png", "--match")
    assert done.returncode == 0 and b"stranger.png' is not in the collection" in done.stderr
    hits = json.loads(run("search", tmp_path / "stranger.png", "-f", "json", "-k", "2").stdout)[0]["hits"]
    assert {Path(hit["path"]).name for hit in hits} == {"p03.png", "p04.png"}
    assert all(hit["why"] == ["judged a match"] for hit in hits)
    (tmp_path / "stranger.png").unlink()
    rows = json.loads(run("judgements", "-f", "json").stdout)
    assert any(str(tmp_path / "stranger.png") in (row["first"], row["second"]) for row in rows)
    for row in rows:
        assert run("judge", row["first_id"], row["second_id"], "--forget").returncode == 0
    assert listed(run) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("p01.png", "p02.png"), "say one of --match, --no-match and --forget"),
        (("p01.png", "p02.png", "--match", "--forget"), "say one of"),
        (("p01.png", "p01.png", "--match"), "hold the same bytes"),
        (("p01.png", "absent.png", "--match"), "does not exist"),
        (("-", "-", "--match"), "give '-' once"),
    ],
)
def test_what_cannot_be_judged_is_told_in_a_sentence(
    run: Run, pictures: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("judge", *(pictures / each if each.endswith(".png") else each for each in arguments))
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert said in line
