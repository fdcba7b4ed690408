"""A question as users write it: a picture, words in quotes, or several of both with + and - between them."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.paths import path_of
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES
from revsearch_tui.core.search.sources import QueryPicture, StoredPicture, is_url

MOST_CHARACTERS = 1_000
"""Of the words of one part."""
_MOST_PARTS = 20
_QUOTES = '"“”„'
_PREFIX = "text:"
_SIGNS = {"+": 1, "-": -1}


@dataclass(frozen=True, slots=True)
class Part:
    """Words, or the file or address of a picture; `sign` is 1, or -1 for what is not wanted; `share` is what it counts
    beside a part that stands alone: of n hits that were judged alike each has 1 / n."""

    text: str = ""
    source: str = ""
    sign: int = 1
    share: float = 1.0


Question: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A part that was read."""

    sign: int
    text: str = ""
    picture: QueryPicture | StoredPicture | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class CombinedQuery:
    """A query that is more than a picture; `name` is how users write it."""

    name: str
    terms: tuple[Term, ...]

    @property
    def has_words(self) -> bool:
        """Whether words are among its parts."""
        return any(term.text for term in self.terms)

    @property
    def wanted_words(self) -> str:
        """All words but those that are not wanted."""
        return " ".join(term.text for term in self.terms if term.text and term.sign > 0)


def parse_question(line: str) -> Question:
    """The parts of a line. What names a file that is there, and what has neither quotes nor parts that are there, is
    one source, whatever its name looks like. A pattern as of a shell, such as `trip/*.jpg`, is all pictures that it
    matches, as if they were written with the sign between them. Raises `UsageError`."""
    line = path_of(line)
    alone = (Part(source=line),)
    if is_url(line) or _is_there(line):
        return alone
    parts = [each for part in _parts(line) for each in _matched(part)]
    if len(parts) == 1 and _is_there(parts[0].source):
        return tuple(parts)
    if all(part.source for part in parts) and not (
        len(parts) > 1 and all(is_url(part.source) or _is_there(part.source) for part in parts)
    ):
        return alone
    return checked(parts)


def checked(parts: Sequence[Part]) -> Question:
    """The parts, as far as one can search by them. Raises `UsageError`."""
    for part in parts:
        if not part.source and not part.text.strip():
            raise UsageError('the words to search for are empty; give some, as in "elephant at the beach"')
        if len(part.text) > MOST_CHARACTERS:
            raise UsageError(
                f"'{shortened(part.text, 60)}' is too long to search for; give at most {MOST_CHARACTERS:,} characters"
            )
    if len(parts) > _MOST_PARTS:
        raise UsageError(f"a query has at most {_MOST_PARTS} parts, not {len(parts)}")
    if all(part.sign < 0 for part in parts):
        raise UsageError("there is nothing that is wanted in the query, only what is not; put a picture or words first")
    return tuple(parts)


def written(question: Question) -> str:
    """The question as users write it; a picture alone by its name."""
    texts = [f'"{part.text}"' if part.text else part.source for part in question]
    first = f"- {texts[0]}" if question[0].sign < 0 else texts[0]
    rest = [f" {'-' if part.sign < 0 else '+'} {text}" for part, text in zip(question[1:], texts[1:], strict=True)]
    return first + "".join(rest)


def read_question(
    question: Question, read: Callable[[str], QueryPicture | StoredPicture]
) -> QueryPicture | StoredPicture | CombinedQuery:
    """The question with its pictures, as `read` gives them. Raises as that does."""
    if len(question) == 1 and question[0].source:
        return read(question[0].source)
    terms = [Term(part.sign, part.text, read(part.source) if part.source else None, part.share) for part in question]
    return CombinedQuery(written(question), tuple(terms))


def _is_there(source: str) -> bool:
    return source == "-" or os.path.lexists(os.path.expanduser(source))  # noqa: PTH110, PTH111 - names no path can have


def _matched(part: Part) -> Iterator[Part]:
    """The pictures that a pattern matches, by name; the part itself where it is none, or matches nothing."""
    found: list[str] = []
    if glob.has_magic(part.source) and not is_url(part.source) and not _is_there(part.source):
        names = glob.glob(os.path.expanduser(part.source), recursive=True)  # noqa: PTH111, PTH207 - as above
        found = sorted(name for name in names if os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES)  # noqa: PTH122
    if len(found) > _MOST_PARTS:
        raise UsageError(f"'{part.source}' matches {len(found):,} pictures; a query has at most {_MOST_PARTS} parts")
    yield from (replace(part, source=name) for name in found)
    if not found:
        yield part


def _parts(line: str) -> list[Part]:
    found: list[Part] = []
    rest, sign = line.strip(), 1
    if rest[:2] in ("+ ", "- ", '+"', '-"'):
        sign, rest = _SIGNS[rest[0]], rest[1:].lstrip()
    while rest:
        if rest[0] in _QUOTES:
            end = next((at for at in range(1, len(rest)) if rest[at] in _QUOTES), len(rest))
            found.append(Part(text=rest[1:end].strip(), sign=sign))
            rest = rest[end + 1 :].lstrip()
            if rest and rest[0] not in _SIGNS:
                rest = f"+ {rest}"  # words and what follows them belong together
        else:
            end = min((at for mark in (" + ", " - ") if (at := rest.find(mark)) >= 0), default=len(rest))
            part = rest[:end].strip()
            words = part[len(_PREFIX) :].strip() if part.lower().startswith(_PREFIX) else None
            found.append(Part(source=part, sign=sign) if words is None else Part(text=words, sign=sign))
            rest = rest[end:].lstrip()
        if rest:
            sign, rest = _SIGNS[rest[0]], rest[1:].lstrip()
            if not rest:
                raise UsageError(f"'{shortened(line, 200)}' ends with a sign; put a picture or words behind it")
    return found


def with_words(question: Question, text: str | None) -> Question:
    """The question with these words added, where there are any. Raises `UsageError`."""
    return question if text is None else checked((*question, Part(text=text.strip())))


def feedback(likes: Sequence[str], unlikes: Sequence[str]) -> Question:
    """Parts for pictures that were judged like, or unlike, what is looked for. All of a kind together count as much as
    the query (Rocchio, Relevance feedback in information retrieval, 1971, with each of its three weights 1)."""
    wanted = [Part(source=source, share=1 / len(likes)) for source in likes]
    return (*wanted, *(Part(source=source, sign=-1, share=1 / len(unlikes)) for source in unlikes))


def with_feedback(question: Question, judged: Question) -> Question:
    """The question with these parts added, where there are any. Raises `UsageError`."""
    return checked((*question, *judged)) if judged else question
