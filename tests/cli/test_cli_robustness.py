"""`revsearch robustness`, and what a search makes of its advice."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from revsearch_tui.core.evaluation.robustness.transformations import TRANSFORMATIONS
from tests.support.drawn import draw_folder
from tests.support.program import revsearch, revsearch_json

FEW = ("-t", "jpeg=50", "-t", "mirror", "--sample", "8", "--wrong-rate", "0.02")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("robustness") / "drawn", range(16))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Path:
    """A home with the collection `drawn`, indexed by phash and measured."""
    folder = tmp_path_factory.mktemp("measured")
    revsearch(folder, "index", drawn, "-m", "phash")
    done = revsearch(folder, "robustness", "--any-orientation", *FEW)
    assert done.returncode == 0, done.stderr.decode()
    return folder


def test_a_table_has_a_line_for_each_change_and_a_column_for_each_method(measured: Path, drawn: Path) -> None:
    done = revsearch(measured, "robustness", "-d", drawn, "-m", "phash", *FEW)
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    assert lines[0] == ["copy", "phash"]
    assert lines[1] == ["jpeg", "50", "1.0000"]
    assert [line[0] for line in lines] == ["copy", "jpeg", "mirror", "mean"]
    said = done.stderr.decode()
    assert "8 originals among 16 pictures" in said
    assert "recommended: phash" in said
    assert "of changed copies score" in said
    assert re.search(
        r"of queries without a copy here .* % are shown anything \(95 % interval .*, 2.0 % allowed\)", said
    )
    assert "% of pairs of different pictures pass" in said


def test_hard_changes_are_asked_for_by_one_word(measured: Path) -> None:
    done = revsearch(measured, "robustness", "-t", "hard", "--sample", "4", "-q")
    lines = done.stdout.decode().splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["crop", "crop", "rotation"] and len(lines) == 19
    told = " ".join(revsearch(measured, "robustness", "--help").stdout.decode().split())
    assert all(re.search(rf"\b{each.name}\b", told) for each in TRANSFORMATIONS), "the help names every change"
    assert "of queries without a copy in the gallery, at most this share is shown anything" in told


def test_the_formats_carry_intervals(measured: Path) -> None:
    record = revsearch_json(measured, "robustness", *FEW)
    assert record["kind"] == "robustness" and record["queries"] == 16
    (advice,) = record["advice"]
    assert advice["queries"] == 16 and set(advice["shown_wrong"]) == {"value", "low", "high"}
    assert [cell["transformation"] for cell in record["robustness"]] == ["jpeg", "mirror"]
    done = revsearch(measured, "robustness", *FEW, "-f", "csv", "-q")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [(row["transformation"], row["strength"], row["method"]) for row in rows] == [
        ("jpeg", "50.0", "phash"),
        ("mirror", "1", "phash"),
    ]
    assert all(float(row["low"]) <= float(row["recall@1"]) <= float(row["high"]) for row in rows)
    assert done.stderr == b""


def test_a_search_tells_what_was_advised_and_keeps_to_it_when_asked(measured: Path, drawn: Path) -> None:
    query = drawn / "p03.png"
    done = revsearch(measured, "search", query, "-m", "phash")
    assert "of changed copies score" in done.stderr.decode()
    all_hits = revsearch_json(measured, "search", query, "-m", "phash")[0]["hits"]
    copies = revsearch_json(measured, "search", query, "-m", "phash", "--copies")[0]["hits"]
    assert copies == all_hits[: len(copies)] and 1 <= len(copies) < len(all_hits)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-m", "phash"), "run: revsearch robustness -c pictures -m phash"),
        (("-m", "phash", "-m", "sift", "--fusion", "ranks"), "name one method with -m"),
        (("-m", "phash", "-m", "sift", "--weight", "sift=2"), "name one method with -m"),
    ],
)
def test_copies_of_one_method_need_a_measured_threshold(
    arguments: tuple[str, ...], said: str, home: Path, pictures: Path
) -> None:
    done = revsearch(home, "search", pictures / "a" / "p03.png", "--copies", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1


def test_copies_by_all_methods_are_what_they_say_is_the_same(home: Path, pictures: Path) -> None:
    hits = revsearch_json(home, "search", pictures / "a" / "p03.png", "--copies")[0]["hits"]
    assert hits and {hit["tier"] for hit in hits} <= {"same file", "copy", "same thing"}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("-t", "bend"), 2, "there is no transformation 'bend'"),
        (("-t", "crop=200"), 2, "a number from 0 to 95"),
        (("-f", "paths"), 2, "no paths to give"),
        (("--sample", "1"), 2, "at least 4 pictures"),
        (("--wrong-rate", "2"), 2, "between 0 and 1"),
        (("--fuse", "phash,sift"), 2, "'sift' cannot be fused"),
        (("-d", "/nowhere"), 2, "'/nowhere' is not a folder"),
        (("-c", "nothing"), 3, "there is no collection 'nothing'"),
        (("-m", "sift"), 3, "is not indexed by 'sift'"),
        (("-m", "phsh"), 4, "phash"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_a_status(
    arguments: tuple[str, ...], status: int, said: str, measured: Path
) -> None:
    done = revsearch(measured, "robustness", *arguments)
    assert (done.returncode, done.stdout) == (status, b"")
    assert said in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_measured_run_is_listed_with_its_summary(measured: Path) -> None:
    records = list((measured / "data" / "evaluations").glob("*/record.json"))
    assert records and all(json.loads(file.read_text())["kind"] == "robustness" for file in records)


def test_measuring_again_gives_every_figure_again_and_keeps_nothing(measured: Path) -> None:
    before = revsearch_json(measured, "eval", "list")[-1]
    done = revsearch(measured, "eval", "again", before["id"])
    assert (done.returncode, done.stdout.decode()) == (0, f"all figures of {before['id']} are the same\n")
    assert before in revsearch_json(measured, "eval", "list")
