"""What a method made of a query, beside what is true."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content

from revsearch_tui.core.evaluation.record import Answers, MethodAnswers
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.accuracy.answers import is_relevant, is_right

_LABEL = "$foreground-muted"


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
