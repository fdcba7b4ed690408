"""Rank the pictures of a collection against one query by one method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import Features, IndexMissingError, PairMatch, StorageError
from revsearch_tui.core.methods.embedding import embed_views
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.search.scores import (
    expanded,
    score_of,
    unverified_score,
    verified_order,
    verified_score,
    wanted_neighbours,
)
from revsearch_tui.core.search.views import change_of, own_count, with_views
from revsearch_tui.core.storage.distances import exact_distances
from revsearch_tui.core.storage.journal.features import unpack_features

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.opened import OpenedMethod

_OVER_FETCH = 4
_CHANCE, _DOUBTFUL = 0.45, 0.15
"""The share of matches that agree up to which geometry is no evidence, and how far above it is less than it may be."""
_HINT = 0.01
"""What an inlier counts then, so that a picture can be told from those that no geometry found."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A picture ranked by one method; the fields are those of `Hit`."""

    image_id: bytes
    score: float
    raw: float
    unit: str
    verified: bool | None
    exact: bool
    turn: int
    change: str = ""
    """`mirrored` or `inverted` where geometry found the picture to be the query changed so."""
    support: float = 0.0
    """What the verification is worth, in inliers: see `support`."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query as a method sees it: an embedding per tried orientation, and the local features of each."""

    image_id: bytes | None
    embeddings: npt.NDArray[Any]
    features: Sequence[Features] = ()


def rank_vectors(
    opened: OpenedMethod, query: Query, k: int, allowed: npt.NDArray[np.bool_] | None, approximate: bool
) -> list[Ranked]:
    """Nearest embeddings first; with several orientations each picture counts at its best.

    The very bytes of the query come first, with score 1, whatever else is just as near.
    """
    best: dict[bytes, tuple[float, int]] = {}
    same = _itself(opened, query, allowed)
    if same is not None:
        stored = opened.exact.embedding(same)
        assert stored is not None
        best[same] = (_distance(opened.exact.journal.metric, _as_stored(opened, query.embeddings[0]), stored), 0)
    each, exact = _nearest(opened, query.embeddings, k, allowed, approximate)
    for turn, found in enumerate(each):
        for image_id, distance in found:
            if image_id not in best or distance < best[image_id][0]:
                best[image_id] = (distance, turn)
    order = sorted(best.items(), key=lambda item: (item[0] != same, item[1][0], item[0]))[:k]
    ranked = []
    for image_id, (distance, turn) in order:
        score, raw, unit = _score(opened, distance)
        score = 1.0 if image_id == same else score
        ranked.append(Ranked(image_id, score, raw, unit, None, exact, turn))
    return ranked


def rank_local(
    opened: OpenedMethod,
    query: Query,
    k: int,
    allowed: npt.NDArray[np.bool_] | None,
    approximate: bool,
    candidates: int,
) -> list[Ranked]:
    """Candidates by aggregate vector, then those that pass geometric verification first, by inliers.

    The score of a verified picture is the share of the query's keypoints that are inliers; the rest keep the order
    of their aggregates, below every verified score. Where the method asks for it the query is expanded first. What
    only a view of the query proposes is an answer if it is verified.
    """
    query = _expanded(opened, query, allowed, approximate)
    rows = rank_vectors(opened, query, max(k, candidates), allowed, approximate)
    head = _candidates(opened, query, rows[:candidates], allowed, approximate, candidates)
    least = opened.method.min_inliers
    matches = verify(opened, query, [(row.image_id, row.turn) for row in head])
    verified: list[tuple[int, Ranked]] = []
    for row, verdict in zip(head, matches, strict=True):
        turn, inliers = row.turn, verdict.inliers
        keypoints = len(query.features[turn].keypoints)
        if row.image_id == query.image_id:
            # The very same bytes; a picture without keypoints is found too.
            verified.append(
                (10**9, Ranked(row.image_id, 1.0, float(inliers), "inliers", True, row.exact, 0, "", float(inliers)))
            )
        elif inliers >= least:
            score = verified_score(inliers, keypoints)
            sure = Ranked(row.image_id, score, float(inliers), "inliers", True, row.exact, turn, *verdict[1:])
            verified.append((inliers, sure))
    verified.sort(
        key=lambda pair: (
            pair[1].image_id != query.image_id,
            verified_order(pair[1].score, pair[0], pair[1].image_id),
        )
    )
    most = max(len(features.keypoints) for features in query.features)
    sure_ids = {row.image_id for _, row in verified}
    for row in [row for row in rows if row.image_id not in sure_ids]:
        score = unverified_score(row.score, least, most)
        verified.append((0, Ranked(row.image_id, score, row.raw, "aggregate cosine", False, row.exact, row.turn)))
    return [row for _, row in verified][:k]


class Checked(NamedTuple):
    """How many keypoints of the query agree with a picture in one geometry, what was done to the query there (see
    `views.change_of`), and what that is worth."""

    inliers: int
    change: str = ""
    support: float = 0.0


def support(match: PairMatch) -> float:
    """Inliers, as far as they are not what chance brings about where many matches are sought among.

    Of the matches of 727 pairs of copies at least 59 of 100 agreed, of those of different pages of text at most 48.
    """
    share = match.inliers / match.tentative if match.tentative else 1.0
    return match.inliers * min(1.0, max(_HINT, (share - _CHANCE) / _DOUBTFUL))


def verify(opened: OpenedMethod, query: Query, pictures: Sequence[tuple[bytes, int]]) -> list[Checked]:
    """Hold the query's keypoints against those of each picture, told as (image id, orientation of the query)."""
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(2, thread_name_prefix="verify")
    try:
        return list(opened.method.run(lambda: list(executor.map(lambda each: _verify(opened, query, *each), pictures))))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # a method that blocks would be waited for


def turn_and_change(turn: int, change: str) -> str:
    """What users read of an orientation and a change; nothing for a query as it is."""
    if turn == 0:
        return change
    from revsearch_tui.core.images.decoded_picture import ORIENTATION_NAMES

    return ", ".join(name for name in (ORIENTATION_NAMES[turn], change) if name)


def turned(picture: Picture, every_way: bool) -> list[Picture]:
    """The picture, or the picture in each of `ORIENTATION_NAMES`."""
    if not every_way:
        return [picture]
    from revsearch_tui.core.images.decoded_picture import all_orientations

    return all_orientations(picture)


def _expanded(opened: OpenedMethod, query: Query, allowed: npt.NDArray[np.bool_] | None, approximate: bool) -> Query:
    """The query whose embeddings are joined by the nearest ones, each by those that are nearest to its orientation."""
    count = wanted_neighbours(opened.method)
    if not count:
        return query
    found = [
        row for row in rank_vectors(opened, query, count + 1, allowed, approximate) if row.image_id != query.image_id
    ][:count]
    embeddings = query.embeddings.copy()
    for turn in {row.turn for row in found}:
        rows = [row for row in found if row.turn == turn]
        stored = np.array([opened.exact.embedding(row.image_id) for row in rows])
        embeddings[turn] = expanded(embeddings[turn], stored, np.array([row.raw for row in rows]))
    return replace(query, embeddings=embeddings)


def _candidates(
    opened: OpenedMethod,
    query: Query,
    own: Sequence[Ranked],
    allowed: npt.NDArray[np.bool_] | None,
    approximate: bool,
    candidates: int,
) -> list[Ranked]:
    """What is verified: of the rows of the query as it is, and of those that its views propose."""
    room = candidates - own_count(candidates)
    if not room:
        return list(own)
    known = {row.image_id: row for row in own}
    asked = embed_views(opened.choice, opened.method, opened.exact.journal.dim, query.features[0])
    each, exact = _nearest(opened, asked, room, allowed, approximate)
    proposed = [[image_id for image_id, _ in found] for found in each]
    for image_id, distance in (pair for found in each for pair in found):
        if image_id not in known:
            known[image_id] = Ranked(image_id, *_score(opened, distance), None, exact, 0)
    return [known[image_id] for image_id in with_views([row.image_id for row in own], proposed, candidates)]


def match_of(opened: OpenedMethod, query: Query, image_id: bytes, turn: int) -> PairMatch | None:
    """What an orientation of the query has in common with a picture, by its stored features; None where there are
    none. In the thread that asks: see `verify`."""
    blob = opened.blobs.get(image_id) if opened.blobs is not None else None
    if blob is None:
        return None
    with guarded(opened.choice):
        match: PairMatch = opened.method.match(query.features[turn], unpack_features(blob))
        return match


def _verify(opened: OpenedMethod, query: Query, image_id: bytes, turn: int) -> Checked:
    match = match_of(opened, query, image_id, turn)
    return Checked(0) if match is None else Checked(int(match.inliers), change_of(match), support(match))


def _nearest(
    opened: OpenedMethod,
    embeddings: npt.NDArray[Any],
    k: int,
    allowed: npt.NDArray[np.bool_] | None,
    approximate: bool,
) -> tuple[list[list[tuple[bytes, float]]], bool]:
    """The k nearest rows, with their distances, of each embedding (n, dim); and whether they were searched exactly."""
    if not approximate:
        return opened.exact.nearest_of_many(embeddings, k, allowed), True
    each: list[list[tuple[bytes, float]]] = []
    for embedding in embeddings:
        proposed = _proposed(opened, embedding, k, allowed)
        if proposed is None:  # where ChromaDB does not answer, the rest is searched exactly
            return [*each, *opened.exact.nearest_of_many(embeddings[len(each) :], k, allowed)], True
        each.append(proposed)
    return each, False


def _proposed(
    opened: OpenedMethod, embedding: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None
) -> list[tuple[bytes, float]] | None:
    """The nearest of what ChromaDB's index proposes; None where it does not answer."""
    # The index proposes, the stored embeddings decide: distances are exact even where the choice of rows is not.
    if opened.exact.is_plain(embedding):
        return []
    form = _as_stored(opened, embedding)
    wanted = k * _OVER_FETCH
    while True:
        found = []
        proposed = opened.proposed(form, wanted)
        if proposed is None:
            return None
        for image_id in proposed:
            row = opened.exact.row_of(image_id)
            if row is not None and (allowed is None or allowed[row]) and not opened.exact.plain[row]:
                stored = opened.exact.embedding(image_id)
                assert stored is not None
                found.append((image_id, _distance(opened.exact.journal.metric, form, stored)))
        # Path filters may leave too few of those proposed.
        if len(found) >= k or len(proposed) < wanted:
            found.sort(key=lambda pair: (pair[1], pair[0]))
            return found[:k]
        wanted *= _OVER_FETCH


def too_plain(opened: OpenedMethod, query: Query) -> list[str]:
    """The note for a query that the method cannot tell from others; nothing for other queries."""
    if not opened.exact.is_plain(query.embeddings[0]):
        return []
    return [f"too plain to tell by {opened.choice.label}, which finds nothing but the same file"]


def _itself(opened: OpenedMethod, query: Query, allowed: npt.NDArray[np.bool_] | None) -> bytes | None:
    """The query's image id where the collection holds these very bytes."""
    row = opened.exact.row_of(query.image_id) if query.image_id is not None else None
    return query.image_id if row is not None and (allowed is None or allowed[row]) else None


def _as_stored(opened: OpenedMethod, embedding: npt.NDArray[Any]) -> npt.NDArray[Any]:
    journal = opened.exact.journal
    form: npt.NDArray[Any] = journal.unpack(journal.pack(embedding[None]))[0]
    return form


def _distance(metric: str, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    return float(exact_distances(metric, b[None], a)[0])


def _score(opened: OpenedMethod, distance: float) -> tuple[float, float, str]:
    """(score, raw value, its unit) of a distance."""
    journal = opened.exact.journal
    return score_of(opened.choice.info, journal.metric, journal.dim, distance)


def check_indexed(opened: OpenedMethod, collection: str) -> None:
    """Raise `IndexMissingError` where there is nothing to search, `StorageError` where nothing of it is left."""
    if opened.exact.rows == 0 and opened.trouble:
        raise StorageError(opened.trouble)
    if opened.exact.rows == 0:
        raise IndexMissingError(
            f"the collection '{collection}' has no pictures indexed by '{opened.choice.label}'; {opened.remedy()}"
        )
