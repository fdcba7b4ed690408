"""A whole run, from drawn pictures to the record and the advice that is kept with the collection."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl, StorageError, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.record import Estimate, Record, ThresholdAdvice
from revsearch_tui.core.evaluation.records import read_answers, read_record
from revsearch_tui.core.evaluation.request import request_of
from revsearch_tui.core.evaluation.robustness.advice import FILE, advice_for, describe, only_copies
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
    assert advice_for(collection, [phash]) in record.advice
    assert advice_for(collection, [phash], any_orientation=True) in record.advice
    assert advice_for(collection, [other]) is None
    assert advice_for(collection, workspace.choose(["sift"])) is None
    old = json.loads((collection.home / FILE).read_text())
    for kept in old["methods"].values():
        del kept["shown_wrong"], kept["queries"]
    (collection.home / FILE).write_text(json.dumps(old | {"format": 1}))
    advice = advice_for(collection, [phash])
    assert advice is not None and advice.shown_wrong is None and "other pictures" in describe(advice)
    (collection.home / FILE).write_text("{")
    assert advice_for(collection, [phash]) is None


def test_advice_is_told_as_what_a_search_shows() -> None:
    advice = ThresholdAdvice("phash", 0.8281, 0.01, 0.00002, 0.61, 40_000, 0.97, Estimate(0.008, 0.002, 0.024), 200)
    assert describe(advice) == (
        "phash: 61% of changed copies score 0.828 or more; of queries without a copy here 0.8 % are shown anything "
        "(95 % interval 0.2 % to 2.4 %, 1.0 % allowed)"
    )
    assert describe(replace(advice, threshold=0.0)).startswith("phash: 61% of changed copies are verified; of queries")
    older = ThresholdAdvice("phash", 0.8281, 0.001, 0.0008, 0.61, 40_000)
    assert describe(older) == "phash: 61% of changed copies score 0.828 or more, and at most 1 in 1,000 other pictures"


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


def test_a_collage_is_beside_other_originals_and_finding_those_is_not_wrong(workspace: Workspace) -> None:
    record = run(workspace, replace(REQUEST, methods=["sift"], transformations=["collage=2"], any_orientation=False))
    (cell,) = record.robustness
    assert cell.recall.value == 1.0, "no other part of the collage goes before the original"
    answers = read_answers(workspace.folders, record)
    originals = [query.image_id for query in answers.queries]
    for number, returned in enumerate(answers.methods[0].returned):
        first = number - number % 8
        beside = originals[first - 8 : first] if first else originals[:8]
        found = {answers.gallery[place].image_id for place in returned} - {originals[number]}
        assert found and not found & set(beside)
    assert max(cell.false_scores) < 0.2


def test_the_record_tells_how_many_queries_without_a_copy_would_be_shown_anything(record: Record) -> None:
    for advice in record.advice:
        shown = advice.shown_wrong
        assert shown is not None and 0 <= shown.low <= shown.value <= shown.high <= 0.3
        assert (advice.wrong_rate, advice.queries) == (0.01, 48)
        assert advice.measured_wrong_rate <= shown.value
    assert "48 queries are few for a wrong rate of 0.01; thresholds are rough, so take a larger sample or rate" in (
        record.notes
    )


@pytest.mark.drill
def test_pictures_of_one_colour_set_no_threshold_and_are_found_by_themselves(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "drawn", range(18))
    for shade in range(2):
        Image.new("RGB", (220, 160), (90 + 40 * shade, 90, 90)).save(folder / f"plain{shade}.png")
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    index_collection(workspace, "drawn", [folder], ["phash", "sift"], control=NullControl())
    request = RobustnessRequest(collection="drawn", methods=["phash", "sift"], transformations=["jpeg=50", "blur=1"])
    record = run(workspace, request)
    assert "2 of 20 originals are of one colour; they set no threshold" in record.notes
    engine = open_engine(workspace, workspace.collection("drawn"), NullControl(), lambda _line: None)
    try:
        for method in ("phash", "sift"):
            (advice,) = [advice for advice in record.advice if advice.method == method]
            assert advice.threshold < 0.9 and advice.queries == 36 and advice.found > 0.9
            search = search_request(workspace, workspace.choose([method]))
            for name in ("plain0.png", "p03.png"):
                (result,) = engine.search([read_query(str(folder / name))], search)
                kept = only_copies(result, replace(advice, threshold=1.0)).hits
                assert name in [hit.path.name for hit in kept], "the picture itself, whatever is asked of others"
    finally:
        engine.close()


@pytest.mark.drill
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
    record = run(workspace, replace(request, fuse=["all"]))
    rows = ["phash", "sift", "default", "phash+sift", "phash+sift@verified"]
    assert [outcome.method for outcome in record.outcomes] == rows
    assert recall(record, "default", "crop") == 1.0
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


@pytest.mark.drill
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
