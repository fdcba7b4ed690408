"""What is searched at the moment, and what was before: plain state, without widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from revsearch_tui.tui.messages import CollectionFacts

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit, SearchResult

_MOST_REMEMBERED = 100


@dataclass(slots=True)
class Asked:
    """A query and, once it is there, its answer. `image_id` is known where the query is a hit of another one."""

    source: str
    image_id: str = ""
    result: SearchResult | None = None
    highlighted: int = 0


@dataclass(slots=True)
class Session:
    """The collection, the methods chosen and the queries asked.

    `generation` counts requests; an answer to any but the latest is stale.
    """

    facts: CollectionFacts | None = None
    methods: tuple[str, ...] = ()
    generation: int = 0
    searching: bool = False
    asked: list[Asked] = field(default_factory=list)

    @property
    def current(self) -> Asked | None:
        """The query on the screen."""
        return self.asked[-1] if self.asked else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a query before this one."""
        return len(self.asked) > 1

    def next_generation(self) -> int:
        """Number a request; everything asked before is stale from now on."""
        self.generation += 1
        return self.generation

    def enter(self, facts: CollectionFacts) -> bool:
        """Take over what is known of a collection; whether it is another one than before.

        Methods that are indexed stay chosen; where none is left, the first is.
        """
        changed = self.facts is None or self.facts.name != facts.name
        self.facts = facts
        kept = () if changed else tuple(method for method in self.methods if method in facts.methods)
        self.methods = kept or tuple(facts.methods)[:1]
        if changed:
            self.asked.clear()
        return changed

    def ask(self, source: str, image_id: str = "", highlighted: int = 0) -> Asked:
        """Remember a query; asking the same again takes the place of the first time.

        `highlighted` is the hit that was highlighted until now, to return to.
        """
        if self.current is not None:
            self.current.highlighted = highlighted
        if self.current is None or self.current.source != source:
            self.asked.append(Asked(source, image_id))
            del self.asked[:-_MOST_REMEMBERED]
        return self.asked[-1]

    def answer(self, result: SearchResult) -> None:
        """Keep the answer to the query on the screen."""
        self.searching = False
        if self.current is not None:
            self.current.result = result

    def back(self) -> Asked | None:
        """Drop the query on the screen and give the one before it."""
        if not self.can_go_back:
            return None
        self.asked.pop()
        return self.asked[-1]


def own_path(hit: Hit) -> str:
    """A file that still holds the hit's picture, as a query."""
    return str(next((path for path in hit.paths if path.exists()), hit.path))
