"""An evaluation measures what a search finds: exactly, on queries that were fixed before, the same every time."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import Cancelled, NullControl, UsageError
from revsearch_tui.core.evaluation.pictures import open_pictures
from revsearch_tui.core.evaluation.record import Outcome, Protocol, Record
from revsearch_tui.core.evaluation.records import list_records, read_answers
from revsearch_tui.core.evaluation.request import EvalRequest, request_of
from revsearch_tui.core.evaluation.run import measure, run_evaluation, training_notes
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.core.evaluation.conftest import new_workspace
from tests.support.drawn import draw_folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One workspace, and so one cache, for tests that do not look into it."""
    return new_workspace(tmp_path_factory.mktemp("evaluations"))


def evaluate(workspace: Workspace, data: Path, *methods: str, **changes: Any) -> Record:
    return run_evaluation(workspace, EvalRequest(str(data), methods or ("phash",), **changes), NullControl())


def outcome(record: Record, protocol: Protocol, method: str = "phash") -> Outcome:
    return next(each for each in record.outcomes if (each.protocol, each.method) == (protocol, method))


def identity(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def bits_of(workspace: Workspace, files: Sequence[str]) -> np.ndarray:
    from revsearch_tui.core.methods.resolving import make_method

    method = make_method(workspace.choose(["phash"])[0], NullControl())
    return np.asarray(method.embed([np.asarray(Image.open(file).convert("RGB")) for file in files]))


def test_queries_are_a_fixed_tenth_and_the_gallery_is_the_rest(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns)
    assert (record.queries, record.gallery, record.classes) == (6, 54, ["cat", "dog", "ship"])
    answers = read_answers(shared.folders, record)
    returned = {answers.gallery[place].path for row in answers.methods[0].returned for place in row}
    assert not returned & {query.path for query in answers.queries}
    from revsearch_tui.core.training.train import open_training_data

    with open_training_data(shared, _training_request(patterns)) as data:
        assert {query.path for query in answers.queries} == {str(sample.path) for sample in data.test}


def _training_request(data: Path) -> Any:
    from revsearch_tui.core.training.runs import Request

    return Request("cnn", str(data), {})


def test_figures_are_those_of_comparing_every_picture_with_every_other(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns, parts="all")
    answers = read_answers(shared.folders, record)
    files = sorted((str(path) for path in patterns.rglob("*.png")), key=lambda file: identity(Path(file)))
    labels = np.array([Path(file).parent.name for file in files])
    distances = (bits_of(shared, files)[:, None] != bits_of(shared, files)[None]).sum(axis=2).astype(float)
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :-1]
    hits = labels[order] == labels[:, None]
    precisions = [np.mean(np.arange(1, 20) / (np.flatnonzero(row) + 1)) for row in hits]
    assert outcome(record, "neighbour").metrics["accuracy"].value == pytest.approx(hits[:, 0].mean())
    assert outcome(record, "retrieve").metrics["map"].value == pytest.approx(np.mean(precisions))
    assert outcome(record, "retrieve").metrics["precision@5"].value == pytest.approx(hits[:, :5].mean())
    assert outcome(record, "retrieve").metrics["first_hit_rank"].value == pytest.approx((hits.argmax(1) + 1).mean())
    place = files.index(answers.queries[0].path)
    given = [answers.gallery[each].path for each in answers.methods[0].returned[0]]
    assert given == [files[each] for each in order[place, :10]]


def test_every_figure_has_an_interval_and_every_class_its_own(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns, parts="all")
    for each in record.outcomes:
        assert all(figure.low <= figure.value <= figure.high for figure in each.metrics.values())
        assert {label: figures["queries"] for label, figures in each.per_class.items()} == dict.fromkeys(
            record.classes, 20
        )
        mean = np.mean([figures["main"] for figures in each.per_class.values()])
        assert mean == pytest.approx(each.metrics[each.main].value)
    table = outcome(record, "neighbour").confusion
    assert [sum(row) for row in table] == [20, 20, 20]
    right = sum(table[place][place] for place in range(3))
    assert right / 60 == pytest.approx(outcome(record, "neighbour").metrics["accuracy"].value)


def test_the_same_request_gives_the_same_figures_to_the_last_bit(workspace: Workspace, patterns: Path) -> None:
    record = evaluate(workspace, patterns, "phash", "cnn-softmax", fuse=["all"])
    again = request_of(EvalRequest, json.loads(json.dumps(record.configuration)))
    for cache in (True, False):
        now, _ = measure(workspace, replace(again, cache=cache), NullControl())
        assert now.figures_sha256 == record.figures_sha256
    other, _ = measure(workspace, replace(again, seed=1), NullControl())
    assert other.figures_sha256 != record.figures_sha256


def test_a_second_evaluation_embeds_only_what_is_new(workspace: Workspace, patterns: Path, tmp_path: Path) -> None:
    def embedded() -> float:
        (file,) = workspace.folders.embeddings.glob("phash-*/cost.json")
        return float(json.loads(file.read_text())["pictures"])

    evaluate(workspace, patterns)
    evaluate(workspace, patterns, parts="all")
    assert embedded() == 60
    more = shutil.copytree(patterns, tmp_path / "more")
    Image.new("RGB", (24, 24), "red").save(more / "cat" / "new.png")
    evaluate(workspace, more, parts="all")
    assert embedded() == 61


def test_a_smaller_sample_is_part_of_a_larger_one_and_the_others_are_searched(
    shared: Workspace, patterns: Path
) -> None:
    four, six = (evaluate(shared, patterns, queries=number) for number in (4, 6))
    assert (four.queries, four.gallery) == (4, 56)
    asked = [{query.path for query in read_answers(shared.folders, record).queries} for record in (four, six)]
    assert asked[0] < asked[1]


def test_a_picture_is_never_found_by_its_own_bytes(shared: Workspace, patterns: Path, tmp_path: Path) -> None:
    data = shutil.copytree(patterns, tmp_path / "doubled")
    for path in list(data.rglob("00*.png")):
        shutil.copy(path, path.with_name(f"copy-{path.name}"))
    record = evaluate(shared, data, parts="all")
    answers = read_answers(shared.folders, record)
    assert record.queries == 60
    for query, row in zip(answers.queries, answers.methods[0].returned, strict=True):
        assert query.image_id not in {answers.gallery[place].image_id for place in row}


def test_a_copy_saved_anew_is_reported_and_left_out_on_demand(
    shared: Workspace, patterns: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(patterns, tmp_path / "leaking")
    Image.open(data / "cat" / "003.png").save(data / "dog" / "resaved.jpg", quality=95)
    record = evaluate(shared, data, parts="all")
    leaks = record.data["leaks"]
    assert (leaks["queries"], leaks["pairs"], leaks["dropped"]) == (2, 2, False)
    assert [str(data / "cat" / "003.png"), str(data / "dog" / "resaved.jpg")] in leaks["examples"]
    assert any("near-duplicates" in line and "resaved.jpg" in line for line in record.notes)
    clean = evaluate(shared, data, parts="all", drop_leaks=True)
    before, after = (outcome(each, "neighbour").per_class["cat"]["main"] for each in (record, clean))
    assert after >= before and clean.data["leaks"]["dropped"] is True
    answers = read_answers(shared.folders, clean)
    place = [Path(query.path).name for query in answers.queries].index("resaved.jpg")
    given = {Path(answers.gallery[each].path) for each in answers.methods[0].returned[place]}
    assert data / "cat" / "003.png" not in given


def test_a_classifier_is_measured_by_the_classes_it_names(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns, "cnn-softmax", "cnn", parts="all")
    found = outcome(record, "classify", "cnn-softmax")
    assert set(found.metrics) == {"accuracy", "ece"} and len(found.reliability) == 15
    assert sum(each.queries for each in found.reliability) == 60
    answers = read_answers(shared.folders, record)
    told = next(each for each in answers.methods if each.protocol == "classify")
    right = [given == query.label for given, query in zip(told.answered, answers.queries, strict=True)]
    assert found.metrics["accuracy"].value == pytest.approx(np.mean(right))
    assert sum(map(sum, found.confusion)) == 60 and len(record.classes) == 10
    assert not [each for each in record.outcomes if (each.protocol, each.method) == ("classify", "cnn")]


def test_a_gallery_that_nothing_is_searched_in_is_not_embedded(workspace: Workspace, patterns: Path) -> None:
    evaluate(workspace, patterns, "cnn-softmax", protocols=["classify"])
    (cost,) = (json.loads(file.read_text()) for file in workspace.folders.embeddings.rglob("cost.json"))
    assert cost["pictures"] == 6


def test_queries_of_classes_unknown_to_a_classifier_do_not_count(
    shared: Workspace, patterns: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(patterns, tmp_path / "partly")
    (data / "ship").rename(data / "castle")
    record = evaluate(shared, data, "cnn-softmax", parts="all")
    assert any("20 of 60 queries are of classes that 'cnn-softmax' does not know" in line for line in record.notes)
    told = next(each for each in read_answers(shared.folders, record).methods if each.protocol == "classify")
    assert sum(map(math.isnan, told.value)) == 20
    for each, name in (("cat", "cottage"), ("dog", "tower")):
        (data / each).rename(data / name)
    assert {each.protocol for each in evaluate(shared, data, "cnn-softmax").outcomes} == {"neighbour", "retrieve"}
    with pytest.raises(UsageError, match="'cnn-softmax' knows none of the classes"):
        evaluate(shared, data, "cnn-softmax", protocols=["classify"])
    with pytest.raises(UsageError, match="needs a classifier"):
        evaluate(shared, data, protocols=["classify"])


def test_a_model_that_may_have_seen_the_queries_is_told(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns, "cnn")
    assert any("'cifar10' was trained on pictures of these classes" in line for line in record.notes)
    assert not any("trained" in line for line in evaluate(shared, patterns, "phash").notes)


@pytest.mark.parametrize("training", ["ImageNet", {"data": "ImageNet"}, {"data": {"sha256": 3}}, None])
def test_a_manifest_may_say_of_its_training_what_it_likes(training: object, shared: Workspace, patterns: Path) -> None:
    (choice,) = shared.choose(["cnn"])
    assert choice.model is not None
    other = replace(choice, model=replace(choice.model, manifest={**choice.model.manifest, "training": training}))
    request = EvalRequest(str(patterns), ("cnn",))
    with open_pictures(shared, request, NullControl()) as pictures:
        assert isinstance(training_notes([other], pictures), list)


@pytest.mark.parametrize(("methods", "expand"), [(["sift"], 0), (["sift"], 3), (["phash", "sift"], None)])
def test_local_features_and_several_methods_rank_as_a_search_does(
    methods: list[str], expand: int | None, workspace: Workspace, tmp_path: Path
) -> None:
    options = {} if expand is None else {"expand": expand}
    data = tmp_path / "things"
    for seed in range(4):
        draw_folder(data / "whole", range(seed, seed + 1))
        (data / "part").mkdir(exist_ok=True)
        Image.open(data / "whole" / f"p{seed:02d}.png").crop((30, 20, 200, 150)).save(data / "part" / f"c{seed}.png")
    record = evaluate(workspace, data, *methods, parts="all", protocols=["retrieve"], options=options)
    answers = read_answers(workspace.folders, record)
    index_collection(workspace, "things", [data], methods, control=NullControl())
    engine = open_engine(workspace, workspace.collection("things"), NullControl(), lambda _line: None)
    try:
        for query, row, scores in zip(
            answers.queries, answers.methods[-1].returned, answers.methods[-1].scores, strict=True
        ):
            request = search_request(workspace, workspace.choose(methods, options=options), k=20)
            hits = engine.search([read_query(query.path)], request)[0].hits
            assert [answers.gallery[place].path for place in row] == [str(hit.path) for hit in hits[1:]]
            assert scores == pytest.approx([hit.score for hit in hits[1:]], abs=1e-6)
            assert hits[1].verified, "nothing was verified, so the test shows nothing"
    finally:
        engine.close()


def test_queries_and_gallery_may_be_two_data_sets(shared: Workspace, tmp_path: Path) -> None:
    draw_folder(tmp_path / "references", range(8))
    for phone, quality in (("old", 20), ("new", 80)):
        (tmp_path / "photos" / phone).mkdir(parents=True)
        for seed in range(6):
            photo = Image.open(tmp_path / "references" / f"p{seed:02d}.png").resize((180, 130))
            photo.save(tmp_path / "photos" / phone / f"p{seed:02d}.jpg", quality=quality)
    Image.new("RGB", (40, 30), "navy").save(tmp_path / "photos" / "new" / "other.png")
    record = evaluate(
        shared,
        tmp_path / "photos",
        gallery=str(tmp_path / "references"),
        data_options={"label": "name"},
        protocols=["copies"],
    )
    found = outcome(record, "copies").metrics
    assert (record.queries, record.gallery, set(found)) == (13, 8, {"recall@1", "recall@5", "recall@10", "micro_ap"})
    assert found["recall@1"].value == 1.0 and 0.5 < found["micro_ap"].value <= 1.0
    assert any("1 of 13 queries have no picture of their class" in line for line in record.notes)


def test_fused_methods_have_a_row_and_are_compared(shared: Workspace, patterns: Path) -> None:
    record = evaluate(shared, patterns, "phash", "cnn", parts="all", fuse=["phash,cnn"])
    assert outcome(record, "retrieve", "phash+cnn").metrics["map"].value > 0
    pairs = {(each.protocol, each.first, each.second) for each in record.comparisons}
    assert len(pairs) == 12 and ("retrieve", "cnn", "phash+cnn") in pairs and ("neighbour", "cnn", "default") in pairs
    assert all(each.p_corrected >= each.p for each in record.comparisons)
    weighed = evaluate(shared, patterns, "phash", "cnn", parts="all", fuse=["phash*1e-6,cnn"])
    alone, heavy = outcome(record, "retrieve", "cnn"), outcome(weighed, "retrieve", "phash*1e-06+cnn")
    assert heavy.metrics["map"].value == pytest.approx(alone.metrics["map"].value, abs=0.02)
    with pytest.raises(UsageError, match="weighs a method by 'much'"):
        evaluate(shared, patterns, "phash", "cnn", fuse=["phash*much,cnn"])
    with pytest.raises(UsageError, match="'pash' cannot be fused.*did you mean 'phash'"):
        evaluate(shared, patterns, "phash", "cnn", fuse=["pash,cnn"])
    with pytest.raises(UsageError, match="fuses less than two"):
        evaluate(shared, patterns, fuse=["all"])


def test_a_picture_that_cannot_be_read_is_left_out_and_told(shared: Workspace, patterns: Path, tmp_path: Path) -> None:
    data = shutil.copytree(patterns, tmp_path / "damaged")
    (data / "cat" / "000.png").write_bytes((data / "cat" / "000.png").read_bytes()[:60])
    record = evaluate(shared, data, parts="all")
    assert record.queries == record.gallery == 59
    assert "left out for all methods: 1 pictures (cannot be read)" in record.notes


class _Stopping(NullControl):
    """Stops once something was embedded."""

    def __init__(self) -> None:
        self.stopped = False

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.stopped = self.stopped or what.startswith("embedding")

    def check(self) -> None:
        if self.stopped:
            raise Cancelled("stopped")


def test_stopped_work_leaves_no_record_but_what_was_embedded(workspace: Workspace, patterns: Path) -> None:
    with pytest.raises(Cancelled):
        run_evaluation(workspace, EvalRequest(str(patterns), ["phash"]), _Stopping())
    assert list_records(workspace.folders) == [] and not list(workspace.folders.evaluations.glob("*"))
    (cost,) = workspace.folders.embeddings.glob("phash-*/cost.json")
    assert json.loads(cost.read_text())["pictures"] == 32
    assert evaluate(workspace, patterns).queries == 6
    assert json.loads(cost.read_text())["pictures"] == 60


@pytest.mark.drill
def test_a_damaged_cache_is_made_anew(workspace: Workspace, patterns: Path) -> None:
    record = evaluate(workspace, patterns)
    for meta in workspace.folders.embeddings.glob("*/vectors/meta.json"):
        meta.write_text("{}")
    assert evaluate(workspace, patterns).figures_sha256 == record.figures_sha256


def test_a_request_that_cannot_be_measured_is_told(shared: Workspace, patterns: Path) -> None:
    with pytest.raises(UsageError, match="name the methods"):
        EvalRequest("x", [])
    with pytest.raises(UsageError, match="no protocol 'guess'"):
        EvalRequest("x", ["phash"], protocols=["guess"])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="nothing to measure"):
        evaluate(shared, patterns, gallery=str(patterns / "cat"), gallery_options={"label": "name"})


def test_blank_pictures_are_in_no_ranking(tmp_path: Path) -> None:
    for number, label in enumerate(("blank", "drawn")):
        draw_folder(tmp_path / "data" / label, range(12 * number, 12 * number + 12 * number))
    (tmp_path / "data" / "blank").mkdir(exist_ok=True)
    for number in range(12):
        Image.new("RGB", (90, 60), (number * 20,) * 3).save(tmp_path / "data" / "blank" / f"{number}.png")
    workspace = new_workspace(tmp_path / "home")
    record = evaluate(workspace, tmp_path / "data", "phash", parts="all", fuse=())
    answers = read_answers(workspace.folders, record)
    labels = [item.label for item in answers.gallery]
    for query, returned in zip(answers.queries, answers.methods[0].returned, strict=True):
        found = {labels[place] for place in returned if place >= 0}
        assert found == (set() if query.label == "blank" else {"drawn"})
