"""A whole run, from drawn pictures to the record and the advice that is kept with the collection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl, StorageError, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.records import read_answers, read_record
from revsearch_tui.core.evaluation.request import request_of
from revsearch_tui.core.evaluation.robustness.advice import FILE, advice_for, only_copies
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw, draw_folder

REQUEST = RobustnessRequest(
    collection="mine",
    methods=["phash"],
    transformations=["jpeg=50", "mirror"],
    any_orientation=True,
    wrong_rate=0.01,
)


def run(workspace: Workspace, request: RobustnessRequest) -> Record:
    return run_robustness(workspace, request, NullControl(), lambda _line: None)


def recall(record: Record, method: str, transformation: str) -> float:
    (value,) = [
        cell.recall.value
        for cell in record.robustness
        if (cell.method, cell.transformation) == (method, transformation)
    ]
    return value


@pytest.fixture(scope="module")
def record(workspace: Workspace) -> Record:
    return run(workspace, REQUEST)


def test_a_compressed_copy_is_found_and_a_mirrored_one_in_any_orientation_only(record: Record) -> None:
    assert recall(record, "phash", "jpeg") == recall(record, "phash@any", "jpeg") == 1.0
    assert recall(record, "phash", "mirror") < 0.5
    assert recall(record, "phash@any", "mirror") == 1.0
    assert record.recommended == "phash@any"


def test_scores_of_true_and_false_matches_are_told_as_quantiles(record: Record) -> None:
    (cell,) = [cell for cell in record.robustness if (cell.method, cell.transformation) == ("phash@any", "jpeg")]
    assert len(cell.true_scores) == len(cell.false_scores) == 7
    assert list(cell.true_scores) == sorted(cell.true_scores)
    assert min(cell.true_scores) > max(cell.false_scores), "copies score above the best other picture"


def test_figures_come_with_intervals_and_methods_are_compared(record: Record) -> None:
    (plain, anyhow) = record.outcomes
    assert plain.metrics["recall@1"].low <= plain.metrics["recall@1"].value <= plain.metrics["recall@1"].high
    assert anyhow.metrics["recall@1"].value == 1.0
    (comparison,) = record.comparisons
    assert comparison.difference.high < 0 and comparison.p < 0.001


def test_a_record_is_kept_with_every_answer(record: Record, workspace: Workspace, base: Path) -> None:
    assert read_record(workspace.folders.evaluations / record.id).figures_sha256 == record.figures_sha256
    answers = read_answers(workspace.folders, record)
    assert len(answers.queries) == record.queries == 2 * 24 and record.gallery == 24
    anyhow = answers.methods[1]
    for query, value, returned in zip(answers.queries, anyhow.value, anyhow.returned, strict=True):
        assert value == 1.0 and answers.gallery[returned[0]].image_id == query.image_id
    assert {query.label for query in answers.queries} == {"jpeg 50", "mirror"}


def test_running_a_record_again_gives_the_same_figures(record: Record, workspace: Workspace) -> None:
    again = run(workspace, request_of(RobustnessRequest, record.configuration))
    assert again.figures_sha256 == record.figures_sha256
    other = run(workspace, replace(REQUEST, sample=12))
    assert other.figures_sha256 != record.figures_sha256


def test_advice_is_kept_with_the_collection_for_the_options_it_was_measured_with(
    record: Record, workspace: Workspace
) -> None:
    collection = workspace.collection("mine")
    (collection.home / FILE).unlink(missing_ok=True)  # other tests measure the same collection by sift
    run(workspace, REQUEST)
    (phash,), (other,) = workspace.choose(["phash"]), workspace.choose(["phash"], options={"size": 8})
    assert advice_for(collection, phash) in record.advice
    assert advice_for(collection, phash, any_orientation=True) in record.advice
    assert advice_for(collection, other) is None
    assert advice_for(collection, workspace.choose(["sift"])[0]) is None
    (collection.home / FILE).write_text("{")
    assert advice_for(collection, phash) is None


def test_hits_below_the_threshold_are_no_copies(record: Record, workspace: Workspace, base: Path) -> None:
    engine = open_engine(workspace, workspace.collection("mine"), NullControl(), lambda _line: None)
    try:
        request = search_request(workspace, workspace.choose(["phash"]))
        (result,) = engine.search([read_query(str(base / "mine" / "p03.png"))], request)
    finally:
        engine.close()
    (plain, _) = record.advice
    kept = only_copies(result, plain).hits
    assert kept == tuple(hit for hit in result.hits if hit.score >= plain.threshold)
    assert kept[0].path.name == "p03.png" and len(kept) < len(result.hits)


def test_distractors_are_searched_and_never_changed(workspace: Workspace, base: Path) -> None:
    request = replace(
        REQUEST, collection="", data=[str(base / "mine")], distractors=[str(base / "others")], any_orientation=False
    )
    record = run(workspace, request)
    assert (record.gallery, record.queries) == (32, 2 * 24)
    answers = read_answers(workspace.folders, record)
    assert {Path(query.path).parent.name for query in answers.queries} == {"mine"}
    assert {Path(picture.path).parent.name for picture in answers.gallery} == {"mine", "others"}


def test_a_sample_is_the_beginning_of_a_larger_one(workspace: Workspace) -> None:
    small, large = (run(workspace, replace(REQUEST, sample=sample, transformations=["grey"])) for sample in (5, 10))
    queries = [read_answers(workspace.folders, record).queries for record in (small, large)]
    assert len(queries[0]) == 5 and queries[1][:5] == queries[0]


def test_verified_hits_first_is_measured_beside_plain_fusion(workspace: Workspace) -> None:
    request = replace(
        REQUEST, methods=["phash", "sift"], transformations=["crop=40"], any_orientation=False, sample=6, candidates=24
    )
    record = run(workspace, request)
    assert [outcome.method for outcome in record.outcomes] == ["phash", "sift", "phash+sift", "phash+sift@verified"]
    assert recall(record, "phash+sift@verified", "crop") == recall(record, "sift", "crop") == 1.0
    assert recall(record, "phash", "crop") < 1.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sample": 3}, "at least 4"),
        ({"wrong_rate": 0.0}, "between 0 and 1"),
        ({"transformations": ["bend"]}, "there is no transformation 'bend'"),
        ({"data": ["/tmp"]}, "not both"),
        ({"fuse": ["phash,sfit"]}, "cannot be fused"),
        ({"fuse": ["phash"]}, "fuses less than two methods"),
        ({"collection": "", "data": ["/nowhere"]}, "is not a folder"),
    ],
)
def test_an_impossible_request_is_refused_in_a_sentence(
    changes: dict[str, object], said: str, workspace: Workspace
) -> None:
    with pytest.raises(UsageError, match=said):
        run(workspace, replace(REQUEST, **changes))  # type: ignore[arg-type]


def test_too_few_pictures_are_no_sample(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pictures|0 pictures"):
        run(workspace, replace(REQUEST, collection="", data=[str(tmp_path)]))


def test_an_index_of_other_pictures_is_refused_before_it_gives_figures(tmp_path: Path) -> None:
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    folder = draw_folder(tmp_path / "drawn", range(6))
    index_collection(workspace, "changed", [folder], ["phash"], control=NullControl())
    for number in range(6):
        draw(50 + number).save(folder / f"p{number:02d}.png")
    with pytest.raises(StorageError, match="indexed by 'phash' does not fit the pictures"):
        run(workspace, RobustnessRequest(collection="changed", methods=["phash"], transformations=["grey"]))


def test_blank_pictures_are_no_false_pairs_and_are_not_found(tmp_path: Path) -> None:
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    folder = draw_folder(tmp_path / "mixed", range(4))
    for number in range(8):
        Image.new("RGB", (90, 60), (number * 30,) * 3).save(folder / f"blank{number}.png")
    index_collection(workspace, "mixed", [folder], ["phash"], control=NullControl())
    request = replace(REQUEST, collection="mixed", transformations=["jpeg=50"], any_orientation=False)
    record = run_robustness(workspace, request, NullControl(), lambda _line: None)
    (cell,) = record.robustness
    assert cell.recall.value == pytest.approx(4 / 12), "what shows something is found, what does not is not"
    assert max(cell.false_scores) < 0.8, "no blank picture counts as a copy of another"
