"""Records of evaluations are kept whole, found by what users type, and never half read."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.evaluation.record import (
    Answers,
    Comparison,
    Estimate,
    MethodAnswers,
    Outcome,
    PictureRef,
    Record,
    ReliabilityBin,
    RobustnessCell,
    ThresholdAdvice,
)
from revsearch_tui.core.evaluation.records import (
    find_record,
    list_records,
    read_answers,
    remove_record,
    write_record,
)
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.evaluations import listed_evaluations
from revsearch_tui.core.storage.collections import ensure_collection
from revsearch_tui.core.workspace import Workspace

_OUTCOME = Outcome(
    "phash",
    "neighbour",
    "accuracy",
    {"accuracy": Estimate(0.5, 0.25, 0.75)},
    {"cat": {"queries": 2.0, "main": 0.5}},
    [[1, 1], [0, 2]],
    [ReliabilityBin(0.0, 0.1, 2, 0.05, 0.5)],
    {"seconds_per_query": 0.25},
)
RECORD = Record(
    id="",
    kind="eval",
    name="animals",
    started="2026-11-25T19:30:00+00:00",
    seconds=1.5,
    configuration={"data": "place", "methods": ["phash"]},
    data={"seed": 0},
    versions={"revsearch": "1"},
    classes=["cat", "dog"],
    queries=4,
    gallery=10,
    outcomes=[_OUTCOME],
    comparisons=[Comparison("neighbour", "phash", "sift", Estimate(0.1, -0.1, 0.2), 0.04, 0.08)],
    robustness=[RobustnessCell("phash", "jpeg", 0.5, Estimate(1.0, 1.0, 1.0), 4, [0.1, 0.2])],
    advice=[
        ThresholdAdvice("phash", 0.9, 0.01, 0.002, 0.8, 40, 0.9, Estimate(0.01, 0.0, 0.02), 10),
        ThresholdAdvice("sift", 0.9, 0.001, 0.002, 0.8, 40),
    ],
    notes=["a note"],
)
ANSWERS = Answers(
    [PictureRef("/odd\udcff name.png", "cat", "00" * 32)],
    [PictureRef("/b.png", "dog", "11" * 32)],
    [MethodAnswers("phash", "neighbour", [math.nan], [[0]], [[0.25]], ["dog"], [0.5])],
)


def test_what_was_kept_comes_back(workspace: Workspace) -> None:
    kept = write_record(workspace.folders, RECORD, ANSWERS)
    assert kept.id.startswith("20261125-193000-animals-") and len(kept.figures_sha256) == 64
    assert find_record(workspace.folders, kept.id) == kept
    answers = read_answers(workspace.folders, kept)
    assert answers.queries == ANSWERS.queries and answers.gallery == ANSWERS.gallery
    assert math.isnan(answers.methods[0].value[0]) and answers.methods[0].returned == [[0]]


def test_the_digest_stands_for_figures_and_not_for_times_or_costs(workspace: Workspace) -> None:
    other_cost = replace(RECORD, seconds=9.0, outcomes=[replace(_OUTCOME, cost={})], started="2027-01-01T00:00:00")
    figure = replace(_OUTCOME, metrics={"accuracy": Estimate(0.5, 0.25, math.nextafter(0.75, 1))})
    digests = [
        write_record(workspace.folders, record, ANSWERS).figures_sha256
        for record in (RECORD, other_cost, replace(RECORD, outcomes=[figure]))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_record_is_found_by_the_beginning_of_its_id_and_by_its_name(workspace: Workspace) -> None:
    first = write_record(workspace.folders, RECORD, ANSWERS)
    second = write_record(workspace.folders, replace(RECORD, name="plants", started="2026-12-01T00:00:00"), ANSWERS)
    assert find_record(workspace.folders, "20261125").id == first.id
    assert find_record(workspace.folders, "plants").id == second.id
    assert [record.id for record in list_records(workspace.folders)] == [second.id, first.id]
    with pytest.raises(UsageError, match="may be any of .*plants.*animals"):
        find_record(workspace.folders, "2026")
    with pytest.raises(UsageError, match="no evaluation 'plant'; did you mean 'plants'"):
        find_record(workspace.folders, "plant")
    with pytest.raises(UsageError, match="no evaluation ''"):
        find_record(workspace.folders, "")


def test_a_record_from_before_advice_was_about_queries_is_read(workspace: Workspace) -> None:
    kept = write_record(workspace.folders, RECORD, ANSWERS)
    raw = json.loads(_file(workspace, kept).read_text())
    for advice in raw["advice"]:
        del advice["shown_wrong"], advice["queries"]
    _file(workspace, kept).write_text(json.dumps(raw | {"format": 1}))
    (phash, sift) = find_record(workspace.folders, kept.id).advice
    assert phash == replace(RECORD.advice[0], shown_wrong=None, queries=0) and sift == RECORD.advice[1]


def _file(workspace: Workspace, record: Record) -> Path:
    return workspace.folders.evaluations / record.id / "record.json"


def test_a_damaged_or_newer_record_is_told_and_hides_no_other(workspace: Workspace) -> None:
    kept = [write_record(workspace.folders, RECORD, ANSWERS) for _ in range(4)]
    _file(workspace, kept[0]).write_text("{}")
    _file(workspace, kept[1]).write_text(_file(workspace, kept[1]).read_text()[:200])
    newer = json.loads(_file(workspace, kept[2]).read_text()) | {"format": 99}
    _file(workspace, kept[2]).write_text(json.dumps(newer))
    for damaged, sentence in ((kept[0], "damaged"), (kept[1], "damaged"), (kept[2], "newer revsearch")):
        with pytest.raises(StorageError, match=sentence):
            find_record(workspace.folders, damaged.id)
    lines: list[str] = []
    assert list_records(workspace.folders, lines.append) == [kept[3]]
    assert len(lines) == 3


def test_a_record_that_cannot_be_written_leaves_nothing_behind(workspace: Workspace, tmp_path: Path) -> None:
    bare = ensure_collection(workspace.folders.collections, "bare", (tmp_path,))
    with pytest.raises(StorageError, match="catalog .* is missing"):
        write_record(workspace.folders, RECORD, ANSWERS, bare)
    assert list_records(workspace.folders) == []
    assert list(workspace.folders.evaluations.iterdir()) == []


def test_a_collection_lists_the_records_about_it_until_they_are_removed(workspace: Workspace, tmp_path: Path) -> None:
    collection = ensure_collection(workspace.folders.collections, "holiday", (tmp_path,))
    Catalog(collection.catalog_file, create=True).close()
    kept = write_record(workspace.folders, RECORD, ANSWERS, collection)
    (listed,) = listed_evaluations(collection.catalog_file)
    assert (listed.id, listed.kind, listed.name) == (kept.id, "eval", "animals")
    assert listed.summary["figures"] == {"phash neighbour accuracy": 0.5}
    remove_record(workspace.folders, find_record(workspace.folders, kept.id))
    assert list_records(workspace.folders) == [] and listed_evaluations(collection.catalog_file) == []
