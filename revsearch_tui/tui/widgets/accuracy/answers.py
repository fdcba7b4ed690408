"""From the answers of a record to the pictures that are shown: mistakes, what was returned, where two disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from textual.content import Content

from revsearch_tui.core.evaluation.record import Answers, MethodAnswers, PictureRef, Protocol
from revsearch_tui.core.search.results import Hit
from revsearch_tui.tui.text import count, shown, shown_path

_LABEL = "$foreground-muted"


class Only(NamedTuple):
    """Which queries: those of a class, answered as a class; empty: any."""

    truth: str = ""
    answered: str = ""


ANY = Only()


def given_by(answers: Answers, method: str, protocol: Protocol) -> MethodAnswers | None:
    """What a method answered under a protocol."""
    return next((each for each in answers.methods if each.method == method and each.protocol == protocol), None)


def is_right(given: MethodAnswers, query: int) -> bool:
    """Whether the answer to a query is wholly right, as accuracies count."""
    return given.value[query] >= 1


def is_counted(given: MethodAnswers, query: int) -> bool:
    """Whether the query takes part in the figures: without a picture of its class in the gallery it cannot."""
    return not math.isnan(given.value[query])


def is_relevant(answers: Answers, query: int, place: int) -> bool:
    """Whether the picture at a place of the gallery is of the query's class."""
    return answers.gallery[place].label == answers.queries[query].label


def wrong_queries(answers: Answers, given: MethodAnswers, only: Only = ANY) -> list[int]:
    """The queries answered wrongly, the surest or the worst first; with `only`, all of those, right ones too."""
    chosen = [query for query in range(len(answers.queries)) if is_counted(given, query)]
    if only == ANY:
        found = [query for query in chosen if not is_right(given, query)]
    else:
        found = [
            query
            for query in chosen
            if only.truth in ("", answers.queries[query].label)
            and (not only.answered or (given.answered and given.answered[query] == only.answered))
            and (only.answered or not is_right(given, query))
        ]
    if given.confidence:
        return sorted(found, key=lambda query: -_number(given.confidence[query]))
    return sorted(found, key=lambda query: _number(given.value[query]))


def query_hits(answers: Answers, given: MethodAnswers, queries: Sequence[int]) -> list[Hit]:
    """Queries as the grid shows pictures: the score is the query's share of the main metric where that says more than
    right or wrong."""
    return [_query_hit(answers, given, query, rank) for rank, query in enumerate(queries, 1)]


def returned_hits(answers: Answers, given: MethodAnswers, query: int) -> list[Hit]:
    """What a query returned, best first; `verified` says whether the picture is of the query's class."""
    if not given.returned:
        return []
    scores = given.scores[query] if given.scores else [math.nan] * len(given.returned[query])
    return [
        _hit(
            answers.gallery[place],
            rank,
            given.method,
            score,
            label=answers.gallery[place].label,
            verified=is_relevant(answers, query, place),
        )
        for rank, (place, score) in enumerate(zip(given.returned[query], scores, strict=True), 1)
    ]


class Agreement(NamedTuple):
    """Queries by which of two methods is right."""

    both: list[int]
    only_first: list[int]
    only_second: list[int]
    neither: list[int]


def agreement(answers: Answers, first: MethodAnswers, second: MethodAnswers) -> Agreement:
    """Compare two methods query by query, over those that take part in the figures of both."""
    found = Agreement([], [], [], [])
    for query in range(len(answers.queries)):
        if not (is_counted(first, query) and is_counted(second, query)):
            continue
        one, other = is_right(first, query), is_right(second, query)
        place = found.both if one and other else found.only_first if one else found.only_second
        (place if one or other else found.neither).append(query)
    return found


def answer_text(answers: Answers, given: MethodAnswers, query: int) -> str:
    """What a method made of a query, in a few words: the class it gave, or the class of the first returned."""
    if given.answered:
        sure = _number(given.confidence[query]) if given.confidence else 0.0
        return f"{given.answered[query]} {sure:.0%}" if sure else given.answered[query]
    if given.returned and given.returned[query]:
        return answers.gallery[given.returned[query][0]].label or "–"
    return "–"


def _query_hit(answers: Answers, given: MethodAnswers, query: int, rank: int) -> Hit:
    picture = answers.queries[query]
    label, sure, score = picture.label, None, given.value[query]
    if given.answered:
        label = f"{picture.label} → {given.answered[query]}"
        sure, score = _number(given.confidence[query]) if given.confidence else None, math.nan
    return _hit(picture, rank, given.method, score, label=label, confidence=sure)


def _hit(
    picture: PictureRef,
    rank: int,
    method: str,
    score: float,
    *,
    label: str,
    confidence: float | None = None,
    verified: bool | None = None,
) -> Hit:
    path = Path(picture.path)
    return Hit(
        rank,
        method,
        picture.image_id,
        path,
        (path,),
        score,
        _number(score),
        "",
        verified,
        True,
        0,
        0,
        label=label or "–",
        confidence=confidence,
    )


def _number(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def verdict_content(answers: Answers, given: MethodAnswers, query: int) -> Content:
    """True class, answer with confidence, where the first right picture came, and the file."""
    picture = answers.queries[query]
    right = is_right(given, query)
    sign = ("✓ right", "$text-success bold") if right else ("✗ wrong", "$text-error bold")
    if 0 < given.value[query] < 1:
        sign = ("◐ partly right", "$text-warning bold")
    lines: list[tuple[str, str, str]] = [("class", shown(picture.label) or "–", "$text bold")]
    if given.answered:
        sure = f" {given.confidence[query]:.0%}" if given.confidence else ""
        lines.append(("answered", shown(given.answered[query]) + sure, "$text-success" if right else "$text-error"))
    lines.append(("method", shown(given.method), "$text"))
    if not given.answered or 0 < given.value[query] < 1:
        lines.append(("figure", f"{100 * given.value[query]:.1f} %", "$text"))
    if given.returned:
        lines.append(("of its class", _relevant_text(answers, given, query), "$text"))
    path = Path(picture.path)
    parts: list[tuple[str, str] | str] = [sign, "\n\n"]
    for label, value, style in lines:
        parts += [(f"{label:<13}", _LABEL), (value, style), "\n"]
    parts += ["\n", (shown(path.name), "$text bold"), "\n", (shown_path(path.parent), _LABEL)]
    return Content.assemble(*parts)


def _relevant_text(answers: Answers, given: MethodAnswers, query: int) -> str:
    places = given.returned[query]
    ranks = [rank for rank, place in enumerate(places, 1) if is_relevant(answers, query, place)]
    if not ranks:
        return f"none of the first {len(places)}"
    return f"{len(ranks)} of {count(len(places), 'picture')}, first at {ranks[0]}"
