"""What is searched at the moment, and what was before: plain state, without widgets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_address, is_folder, is_there, picture_of
from revsearch_tui.tui.marks import MOST_MARKED, Marked, Marks, marked_of
from revsearch_tui.tui.messages import CollectionFacts, JudgedPair, Question
from revsearch_tui.tui.refinement import Refinement

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit, SearchResult
    from revsearch_tui.core.search.sources import QueryPicture
    from revsearch_tui.core.storage.judgements import Verdict

_MOST_REMEMBERED = 100
_MOST_BYTES = 256_000_000
"""Of pictures from the web; the oldest are fetched again."""


class SaidBefore(NamedTuple):
    """What was said of the query and a hit before something else was; None: nothing."""

    pair: JudgedPair
    verdict: Verdict | None


@dataclass(slots=True)
class Asked:
    """A query and, once it is there, its answer, by these methods, with that much of it `answered`.

    `image_id` is known once it was answered, and before where the query is a hit of another one. `picture` is what was
    fetched from the web. `has_failed` says that there is no answer to what was asked last. `refinement` is what it is
    narrowed to, and led by, from now on; `steps` lead back from it, the last one first.
    """

    source: str
    image_id: str = ""
    result: SearchResult | None = None
    methods: tuple[str, ...] = ()
    highlighted: int = 0
    picture: QueryPicture | None = None
    has_failed: bool = False
    refinement: Refinement = Refinement()
    answered: Refinement = Refinement()
    steps: list[Refinement | SaidBefore] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """The collection, the methods chosen and the queries asked.

    `question` is the one whose answer is awaited, `opening` the number of the change of collection under way (0:
    none); answers to others are stale. `waits` says that the query on the screen is to be asked as soon as it can be.
    """

    facts: CollectionFacts | None = None
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Collection -> the methods the user chose for it; without an entry, all of its methods answer."""
    marks: dict[str, Marks] = field(default_factory=dict)
    """Collection -> what is marked of it."""
    told: set[str] = field(default_factory=set)
    """Remarks on answers that the user has seen, of this collection."""
    question: Question | None = None
    opening: int = 0
    waits: bool = False
    to_choose: bool = False
    """Whether nothing is open, although there are collections to choose from."""
    asked: list[Asked] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def current(self) -> Asked | None:
        """The query on the screen."""
        return self.asked[-1] if self.asked else None

    @property
    def is_coming(self) -> bool:
        """Whether a collection is open, or about to be."""
        return self.facts is not None or self.opening > 0

    @property
    def nearest_folder(self) -> Path:
        """Where to look for another picture first: beside the query, then in the collection's folders."""
        asked = self.current.source if self.current is not None else ""
        beside = Path(asked).parent if asked and picture_of(asked) and not is_address(asked) else None
        folders = (beside, *(self.facts.roots if self.facts is not None else ()), Path.home())
        return next((folder for folder in folders if folder is not None and is_folder(folder)), Path("/"))

    @property
    def can_go_back(self) -> bool:
        """Whether there is a query before this one, or this one is without an answer."""
        return len(self.asked) > 1 or bool(self.asked and self._is_unanswered)

    @property
    def _is_unanswered(self) -> bool:
        return self.question is not None or self.waits or (self.current is not None and self.current.has_failed)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods to search by: those chosen, or all that work."""
        facts = self.facts
        if facts is None:
            return ()
        chosen = tuple(method for method in self.chosen.get(facts.name, ()) if method in facts.methods)
        return chosen or _working(facts)

    def choose(self, methods: tuple[str, ...]) -> None:
        """Search by these from now on; none, or all that work: by all, also those to come."""
        if self.facts is not None:
            self.chosen[self.facts.name] = () if methods == _working(self.facts) else methods

    @property
    def marked(self) -> Marks:
        """What is marked of the collection."""
        return self.marks.get(self.facts.name, {}) if self.facts is not None else {}

    def mark(self, hit: Hit) -> Marked | None:
        """Mark a hit, or unmark it; what is marked now. Raises `UsageError` where too many are."""
        if self.facts is None or hit.image_id in self.marked:
            self.marked.pop(hit.image_id, None)
            return None
        if len(self.marked) >= MOST_MARKED:
            raise UsageError(f"{MOST_MARKED:,} pictures are marked, and more cannot be")
        marked = self.marks.setdefault(self.facts.name, {})[hit.image_id] = marked_of(hit)
        return marked

    def open(self) -> int:
        """Number a change of collection; an earlier one that is under way is stale from now on."""
        self.opening = next(self._numbers)
        return self.opening

    def enter(self, facts: CollectionFacts) -> bool:
        """Take over what is known of a collection; whether it is another one than before.

        Of the queries asked of another collection, only one that waits for this one is kept.
        """
        left, self.facts, self.to_choose = self.facts, facts, False
        changed = left is None or left.name != facts.name
        if changed:
            self.told.clear()
        if left is not None and changed:
            self.question = None
            del self.asked[: -1 if self.waits else None]
        return changed

    def ask(self, source: str, image_id: str = "", highlighted: int = 0) -> Asked:
        """Remember a query; asking the same again takes the place of the first time, as does any of one that failed.

        `highlighted` is the hit that was highlighted until now, to return to. What the query before is narrowed to goes
        for this one, too.
        """
        refinement = Refinement()
        if self.current is not None:
            refinement = self.current.refinement.for_next(is_picture=bool(image_id) or picture_of(source) == source)
            self.current.highlighted = highlighted
            if self.current.source == source or (self.current.has_failed and self.current.result is None):
                self.asked.pop()
        self.asked.append(Asked(source, image_id, refinement=refinement))
        del self.asked[:-_MOST_REMEMBERED]
        return self.asked[-1]

    def keep(self, picture: QueryPicture, image_id: str) -> None:
        """Keep what was fetched for the query on the screen."""
        if self.current is None:
            return
        self.current.picture, self.current.image_id = picture, image_id
        total = 0
        for asked in reversed(self.asked):
            total += len(asked.picture.data) if asked.picture is not None else 0
            if total > _MOST_BYTES and asked is not self.current:
                asked.picture = None

    def search(self) -> Question | None:
        """The question to search for the query on the screen; None where it has to wait."""
        self.question, self.waits = None, False
        asked = self.current
        if asked is None:
            return None
        asked.has_failed = False
        if self.facts is None or self.opening or not self.facts.can_answer:
            self.waits = True
        else:
            self.question = self._question(asked, self.facts, self._chosen_now, asked.refinement)
        return self.question

    def aside(self, refinement: Refinement, methods: tuple[str, ...] | None = None) -> Question | None:
        """The query on the screen as a question whose answer is not awaited there, by other methods (none: by all);
        None where there is nothing to ask, or to ask by."""
        asked, facts = self.current, self.facts
        if asked is None or facts is None or self.opening or not facts.methods:
            return None
        return self._question(asked, facts, self._chosen_now if methods is None else methods, refinement)

    @property
    def _chosen_now(self) -> tuple[str, ...]:
        """The methods chosen of the open collection; none where all answer."""
        return self.methods if self.facts is not None and self.chosen.get(self.facts.name) else ()

    def _question(
        self, asked: Asked, facts: CollectionFacts, methods: tuple[str, ...], refinement: Refinement
    ) -> Question:
        number = next(self._numbers)
        return Question(number, asked.source, facts.name, methods, asked.image_id, asked.picture, refinement)

    def answer(self, question: Question, result: SearchResult | None) -> bool:
        """Keep the answer to the query on the screen, None where there is none; False where it is stale."""
        if question != self.question:
            return False
        self.question = None
        if self.current is not None:
            self.current.has_failed = result is None
            if result is not None:
                self.current.result, self.current.methods = result, self.methods
                self.current.answered = question.refinement
                self.current.image_id = result.image_id or self.current.image_id
        return True

    def refine(self, refinement: Refinement) -> bool:
        """Have the query on the screen narrowed and led so; False where it was so before."""
        if self.current is None or self.current.refinement == refinement:
            return False
        self.current.refinement = refinement
        return True

    def take_back_refinement(self) -> bool:
        """Go back from a refinement that has no answer to what was answered before, where there is such a thing."""
        asked = self.current
        if asked is None or asked.result is None or asked.methods != self.methods:
            return False
        is_other = asked.refinement != asked.answered
        if is_other:
            asked.refinement, asked.has_failed = asked.answered, False
        return is_other

    def back(self) -> Asked | None:
        """Drop the query on the screen, with its question, and give the one before it.

        One that was answered otherwise, by other methods or less narrowed, goes back to that instead.
        """
        unanswered, asked = self._is_unanswered, self.current
        self.question, self.waits = None, False
        if asked is not None and unanswered and asked.result is not None:
            asked.has_failed, asked.refinement = False, asked.answered
            self.choose(asked.methods)
        elif asked is not None:
            self.asked.pop()
        return self.current


def _working(facts: CollectionFacts) -> tuple[str, ...]:
    return tuple(method for method in facts.methods if method not in facts.left_out)


def own_path(hit: Hit) -> str:
    """A file that still holds the hit's picture, as a query."""
    return str(next((path for path in hit.paths if is_there(path)), hit.path))
