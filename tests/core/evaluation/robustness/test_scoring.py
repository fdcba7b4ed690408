"""What is measured is what a search gives."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.robustness.answering import (
    Answered,
    MethodScorer,
    fuse_answers,
    ranks_of,
    weigh_answers,
)
from revsearch_tui.core.evaluation.robustness.gallery import Gallery, open_gallery
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.images.decoded_picture import all_orientations
from revsearch_tui.core.search.one_query import embed_query
from revsearch_tui.core.search.results import Fusion, SearchResult
from revsearch_tui.core.search.sources import QueryPicture
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw

CANDIDATES = 10


def query(number: int) -> Image.Image:
    """A part of a picture of the collection, turned left."""
    return draw(number).crop((20, 10, 200, 150)).transpose(Image.Transpose.ROTATE_90)


def asked(gallery: Gallery, any_orientation: bool) -> tuple[list[Answered], list[int], Answered]:
    """What each method of the gallery answers to the parts of four pictures, where those are, and what a search makes
    of the answers."""
    numbers = range(4)
    names = [path.name for path in gallery.paths]
    places = [names.index(f"p{number:02d}.png") for number in numbers]
    answers, scorers, every = [], [], []
    for opened in gallery.opened:
        scorer = MethodScorer(opened, gallery.image_ids, CANDIDATES)
        scorers.append(scorer)
        forms = [np.array(query(number), np.uint8) for number in numbers]
        queries = [embed_query(opened, all_orientations(form) if any_orientation else [form], None) for form in forms]
        every.append(queries)
        answers.append(scorer.answer(queries, places, [frozenset()] * len(places)))
    return answers, places, weigh_answers(scorers, every, answers, gallery.image_ids, places)


def searched(
    workspace: Workspace, methods: dict[str, float], any_orientation: bool, fusion: Fusion = "ranks"
) -> list[SearchResult]:
    """The same parts, searched for as files."""
    engine = open_engine(workspace, workspace.collection("mine"), NullControl(), lambda _line: None)
    queries = []
    for number in range(4):
        stream = io.BytesIO()
        query(number).save(stream, "PNG")
        queries.append(QueryPicture(f"q{number}", stream.getvalue()))
    try:
        request = search_request(
            workspace,
            workspace.choose(list(methods)),
            k=24,
            candidates=CANDIDATES,
            any_orientation=any_orientation,
            fusion=fusion,
            weights=methods,
        )
        return engine.search(queries, request)
    finally:
        engine.close()


@pytest.mark.parametrize("any_orientation", [False, True])
@pytest.mark.parametrize(
    ("methods", "fusion"),
    [
        ({"phash": 1}, "ranks"),
        ({"sift": 1}, "ranks"),
        ({"phash": 1, "sift": 1}, "ranks"),
        ({"phash": 1, "sift": 1}, "verified"),
        ({"phash": 1, "sift": 1}, "evidence"),
        ({"phash": 0.25, "sift": 3}, "ranks"),
        ({"phash": 3, "sift": 0.5}, "verified"),
    ],
)
def test_ranks_and_scores_are_those_of_a_search(
    methods: dict[str, float], fusion: Fusion, any_orientation: bool, workspace: Workspace
) -> None:
    request = RobustnessRequest(collection="mine", methods=list(methods))
    with open_gallery(workspace, request, NullControl(), lambda _line: None) as gallery:
        answers, places, weighed = asked(gallery, any_orientation)
        local = [method == "sift" for method in methods]
        if fusion == "evidence":
            answers = [weighed]
        elif len(answers) > 1:
            answers = [fuse_answers(answers, list(methods.values()), local, 24, places, fusion == "verified")]
        (answered,) = answers
        for number, result in enumerate(searched(workspace, methods, any_orientation, fusion)):
            ids = [gallery.image_ids[row].hex() for row in answered.rows[number] if row >= 0]
            assert ids == [hit.image_id for hit in result.hits]
            shown = answered.scores[number, : len(ids)]
            np.testing.assert_allclose(shown, [hit.score for hit in result.hits], atol=1e-9)
            own = gallery.image_ids[places[number]].hex()
            assert answered.ranks[number] == ids.index(own) + 1
            assert answered.true[number] == pytest.approx(result.hits[ids.index(own)].score)
            best_other = max(hit.score for hit in result.hits if hit.image_id != own)
            assert answered.false[number] == pytest.approx(best_other)


def test_of_equal_scores_the_first_position_goes_before() -> None:
    scores = np.array([[0.5, 0.9, 0.5, 0.5]])
    assert [ranks_of(scores, np.array([place]))[0] for place in range(4)] == [2, 1, 3, 4]


def answers_of(rows: list[int], verified: list[bool]) -> Answered:
    """One query's ranking, best first."""
    count = np.zeros(1)
    return Answered(
        np.array([rows]),
        np.linspace(1, 0.5, len(rows))[None],
        np.array([verified]),
        np.zeros((1, len(rows))),
        count,
        count,
        count,
        np.zeros((1, 0), np.int64),
        np.zeros((1, 0)),
    )


def test_a_local_method_votes_only_by_what_it_verified_where_that_goes_first() -> None:
    unsure = answers_of([3, 2, 1], [False, False, False])
    encoder = answers_of([1, 2, 3], [False, False, False])
    fused = fuse_answers([unsure, encoder], [1, 1], [True, False], 5, [1], True)
    assert fused.rows[0, :3].tolist() == [1, 2, 3], "the order of the encoder"
    sure = answers_of([3, 2, 1], [True, False, False])
    fused = fuse_answers([sure, encoder], [1, 1], [True, False], 5, [1], True)
    assert fused.rows[0, :3].tolist() == [3, 1, 2], "the verified one, then the order of the encoder"
    assert fused.ranks.tolist() == [2]


def test_what_no_method_returned_has_no_rank() -> None:
    ranking = answers_of([3, 2], [False, False])
    assert np.isinf(fuse_answers([ranking, ranking], [1, 1], [False, False], 5, [0], False).ranks).all()


def test_pictures_that_are_not_in_the_gallery_of_a_query_are_neither_ranked_nor_compared(workspace: Workspace) -> None:
    request = RobustnessRequest(collection="mine", methods=["phash", "sift"])
    with open_gallery(workspace, request, NullControl(), lambda _line: None) as gallery:
        for opened in gallery.opened:
            scorer = MethodScorer(opened, gallery.image_ids, 24)
            asked_for = [embed_query(opened, [np.array(query(0), np.uint8)], None)]
            (every,) = scorer.answer(asked_for, [0], [frozenset()]).rows
            absent = frozenset(int(row) for row in every[:3] if row != 0)
            answered = scorer.answer(asked_for, [0], [absent])
            assert answered.rows[0][answered.rows[0] >= 0].tolist() == [
                row for row in every[every >= 0] if row not in absent
            ]
            assert not absent & set(answered.pair_rows[0].tolist())
