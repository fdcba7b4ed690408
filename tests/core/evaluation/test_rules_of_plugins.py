"""Rules of fusion of plugins: in searches, in evaluations and over changed copies, and what comes of bad ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.api import FusionInfo, MethodUnavailableError, NullControl, UsageError
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.robustness.answering import MethodScorer, rule_answers
from revsearch_tui.core.evaluation.robustness.gallery import open_gallery
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
from revsearch_tui.core.evaluation.run import measure
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.fusion import fusions_of
from revsearch_tui.core.search.fusion_rules import OpenedRule, fusion_named
from revsearch_tui.core.search.one_query import embed_query
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.core.evaluation.conftest import new_workspace
from tests.support.drawn import draw, draw_folder
from tests.support.site import install

SOURCE = """
import sys
from revsearch_tui.api import FusionInfo, hookimpl

NAMES = ("by-ranks", "by-evidence", "by-last", "leaves", "too-many", "no-number")

@hookimpl
def revsearch_fusion_rules():
    return [FusionInfo(name, "T", "S.", f"rules:{name.replace('-', '_')}") for name in NAMES]

def by_ranks():
    def fuse(ballots):
        return sum(b.weight / (60 + b.ranks) for b in ballots) * 61 / sum(b.weight for b in ballots)
    return fuse

def by_evidence():
    return lambda ballots: 1 - 10 ** -sum(b.evidence + (b.likeness > 0) * 0.01 for b in ballots)

def by_last():
    return lambda ballots: 1 / ballots[-1].ranks

def leaves():
    return lambda ballots: sys.exit(3)

def too_many():
    return lambda ballots: by_ranks()(ballots).repeat(2)

def no_number():
    return lambda ballots: by_ranks()(ballots) * float("nan")
"""
METHODS = ("phash", "sift")
PICTURES = 12


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Drawn pictures, and a plugin on the path."""
    folder = tmp_path_factory.mktemp("rules")
    install(folder / "site", "rules", SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder / "site")
        draw_folder(folder / "mine", range(PICTURES))
        yield folder


@pytest.fixture(scope="module")
def workspace(base: Path) -> Workspace:
    workspace = new_workspace(base)
    index_collection(workspace, "mine", [base / "mine"], METHODS, control=NullControl())
    return workspace


@pytest.fixture(scope="module")
def part(base: Path) -> Path:
    """A part of one of the pictures, as a query."""
    draw(5).crop((20, 10, 200, 150)).save(base / "part.png")
    return base / "part.png"


def searched(workspace: Workspace, query: Path, rule: str, **changes: object) -> SearchResult:
    engine = open_engine(workspace, workspace.collection("mine"), NullControl(), lambda _line: None)
    try:
        choices = workspace.choose(METHODS)
        fusion = fusion_named(workspace.registry, rule)
        request = search_request(workspace, choices, k=PICTURES, fusion=fusion, **changes)
        return engine.search([read_query(str(query))], request)[0]
    finally:
        engine.close()


def test_a_rule_that_says_what_ours_says_gives_the_same_ranking(workspace: Workspace, part: Path) -> None:
    weights = {"phash": 0.3, "sift": 2.0}
    ours, theirs = (searched(workspace, part, rule, weights=weights).hits for rule in ("ranks", "by-ranks"))
    assert [hit.image_id for hit in theirs] == [hit.image_id for hit in ours]
    assert [hit.score for hit in theirs] == pytest.approx([hit.score for hit in ours])
    assert {hit.unit for hit in theirs} == {"by-ranks"} and theirs[0].fused == ours[0].fused


def test_a_rule_knows_the_evidence_that_geometry_gives(workspace: Workspace, part: Path) -> None:
    first, second, *_ = searched(workspace, part, "by-evidence").hits
    assert first.path.stem == "p05" and first.verified and first.score > 0.9 > second.score


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("leaves", "the rule of fusion 'leaves' failed: SystemExit: 3"),
        ("too-many", r"gave \(24,\) scores for 12 candidates"),
        ("no-number", "gave scores that are not between 0 and 1"),
    ],
)
def test_a_rule_that_fails_is_named(workspace: Workspace, part: Path, rule: str, complaint: str) -> None:
    with pytest.raises(MethodUnavailableError, match=complaint):
        searched(workspace, part, rule)


def test_a_rule_that_there_is_not_is_told_with_those_that_there_are(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no rule of fusion 'rank'; there are: evidence, ranks, verified, by-ranks"):
        fusion_named(workspace.registry, "rank")


def test_over_copies_a_rule_answers_as_in_a_search(workspace: Workspace, part: Path) -> None:
    info = fusion_named(workspace.registry, "by-evidence")
    assert isinstance(info, FusionInfo)
    rule = OpenedRule(info, NullControl())
    asked = RobustnessRequest(collection="mine", methods=METHODS)
    candidates = workspace.config.number("search.candidates")
    with open_gallery(workspace, asked, NullControl(), lambda _line: None) as gallery:
        scorers = [MethodScorer(opened, gallery.image_ids, candidates) for opened in gallery.opened]
        form = np.array(draw(5).crop((20, 10, 200, 150)), np.uint8)
        queries = [[embed_query(opened, [form], None)] for opened in gallery.opened]
        parts = [scorer.answer(query, [5], [()]) for scorer, query in zip(scorers, queries, strict=True)]
        answered = rule_answers(rule, scorers, queries, parts, [1.0, 1.0], gallery.image_ids, [5])
        ids = [gallery.image_ids[row].hex() for row in answered.rows[0] if row >= 0]
    rule.close()
    hits = searched(workspace, part, "by-evidence").hits
    assert ids == [hit.image_id for hit in hits]
    np.testing.assert_allclose(answered.scores[0, : len(ids)], [hit.score for hit in hits], atol=1e-9)


@pytest.mark.drill
def test_a_robustness_run_has_a_row_for_the_rule(workspace: Workspace) -> None:
    request = RobustnessRequest(
        collection="mine", methods=METHODS, sample=10, transformations=["crop"], fuse=["all", "all@by-ranks"]
    )
    record = run_robustness(workspace, request, NullControl(), lambda _line: None)
    recalls = {
        method: [cell.recall.value for cell in record.robustness if cell.method == method]
        for method in ("phash+sift", "phash+sift@by-ranks")
    }
    assert recalls["phash+sift"] and recalls["phash+sift"] == recalls["phash+sift@by-ranks"]


def test_an_evaluation_measures_the_rule_as_it_would_our_own(base: Path, patterns: Path) -> None:
    fuse = ["phash,sift", "phash,sift@by-ranks", "phash,sift*2@by-last"]
    record, answers = measure(
        new_workspace(base / "evaluations"), EvalRequest(str(patterns), METHODS, fuse=fuse), NullControl()
    )
    ours, theirs, last, alone = (
        next(each for each in answers.methods if (each.method, each.protocol) == (name, "neighbour"))
        for name in ("phash+sift", "phash+sift@by-ranks", "phash+sift*2@by-last", "sift")
    )
    assert theirs.returned == ours.returned and theirs.value == pytest.approx(ours.value)
    assert last.returned == alone.returned, "what the other method alone returned comes behind"
    measured = {each.method for each in record.outcomes if each.protocol == "retrieve"}
    assert measured == {"phash", "sift", "default", "phash+sift", "phash+sift@by-ranks", "phash+sift*2@by-last"}


def test_the_rule_of_a_fusion_stands_behind_its_methods() -> None:
    (name, fused), *others = fusions_of(["all@borda", "a,b*0.5@ranks"], ["a", "b"]).items()
    assert (name, fused.rule, fused.weights) == ("a+b@borda", "borda", {0: 1.0, 1: 1.0})
    assert [(name, fused.rule) for name, fused in others] == [("a+b*0.5", "")]
    with pytest.raises(UsageError, match="'all@' names no rule"):
        fusions_of(["all@"], ["a", "b"])
