"""What a search is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from revsearch_tui.api import FusionInfo
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.pixels import ELSEWHERE, OTHER_COLOURS, SMALL_THINGS

Exactness: TypeAlias = Literal["auto", "exact", "approximate"]
OwnFusion: TypeAlias = Literal["evidence", "ranks", "verified"]
FUSIONS: tuple[OwnFusion, ...] = ("evidence", "ranks", "verified")
Fusion: TypeAlias = OwnFusion | FusionInfo
"""How methods make one ranking: a rule of our own by its name, or one of a plugin."""
Tier: TypeAlias = Literal["same file", "copy", "same thing", "alike", "different"]
"""How much is the same: the bytes, the picture, what is on it, or its kind."""
MATCH = "judged a match"
"""Why a hit is one that users judged so."""
BY_PIXELS, SAME_PIXELS = "nearest by pixels", "the same by pixels"
"""Why a hit is before others that are found as the same by as much evidence, or hardly more; and why it is a copy."""
PART, ON_WHITE = "part ", "on white"
"""Why a hit is one that a part of the query alone found, before that part; and that it was found with white about it in
place of the query's ground."""
FIRST_LOOK = 60
"""Hits that are told before local methods verify: more than a screen shows."""
SAME: tuple[Tier, ...] = ("same file", "copy", "same thing")
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class MethodRank:
    """Where one of several fused methods put a hit."""

    method: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One picture found.

    `score` is 1 for the query picture itself and falls from there; `raw` with `unit` is what it was made of.
    `verified` is None for methods that do not verify. `exact` is False where an approximate index chose the
    candidates. `path` is the first of `paths`, all files with these very bytes that pass the request's filters, those
    that are there before those that are `missing`. `links` are further names of a file that is among them already:
    hard or symbolic links, no copies. `orientation` names how the query
    had to be turned, and that the picture shows it mirrored or inverted where geometry found that. `label` and
    `confidence` are the class that a classifier gives the picture, or the name that another method has for it, and its
    probability; empty and None for methods that know neither. `fused` holds each method's own rank where several
    methods were fused, and `tier` what that says where it was done by evidence. `why` says of a hit for words what
    speaks for it, `class seashore` or `name beach`, of one that users judged so `judged a match`, of one that is a
    picture within the query `part 10%,20%,30%,15%`, as a crop is written, and of one that its pixels put before others
    of as much evidence `nearest by pixels`, or say to be a copy `the same by pixels`; of one that is found by the query
    made smaller `at half its size`.
    """

    rank: int
    method: str
    image_id: str
    path: Path
    paths: tuple[Path, ...]
    score: float
    raw: float
    unit: str
    verified: bool | None
    exact: bool
    width: int
    height: int
    orientation: str = ""
    label: str = ""
    confidence: float | None = None
    fused: tuple[MethodRank, ...] = ()
    missing: tuple[Path, ...] = ()
    links: tuple[Path, ...] = ()
    tier: Tier | None = None
    why: tuple[str, ...] = ()

    @property
    def is_judged_match(self) -> bool:
        """Whether users judged it a match."""
        return MATCH in self.why

    @property
    def is_same(self) -> bool:
        """Whether evidence says that it shows the same as the query."""
        return self.tier in SAME

    @property
    def lacks(self) -> str:
        """What a copy lacks of the query, in words; empty where it lacks nothing, or nobody looked."""
        return next((why for why in self.why if why in (ELSEWHERE, OTHER_COLOURS, SMALL_THINGS)), "")

    @property
    def likely_label(self) -> str:
        """Its class where that is worth telling people: one of several methods' if it is more likely than not."""
        is_likely = not self.fused or self.confidence is None or self.confidence >= _LIKELY
        return self.label if is_likely else ""

    @property
    def part(self) -> str | None:
        """The part of the query that alone found it, as a crop is written; None where the whole did."""
        return next((why.removeprefix(PART) for why in self.why if why.startswith(PART)), None)

    @property
    def copies(self) -> tuple[Path, ...]:
        """The other files with these very bytes."""
        return tuple(path for path in self.paths[1:] if path not in self.links)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """How to search. `crop` is `x,y,w,h` in pixels or percent of the upright query.

    `auto` searches exactly up to `exact_limit` pictures or, with 0, as long as that takes a quarter of a second by
    estimate. `candidates` bounds how many pictures a local method verifies. `under` keeps hits below these folders,
    `glob` those that match one of these shell patterns: by their name, or by their whole path where it holds a slash.
    `fusion` is how several methods are made one, with `weights` by their labels: by what their scores are worth (see
    `evidence`), by their ranks (see `fusion.fuse`), or by the rule of a plugin. A method that the
    user `named` must work; one of several that nobody named is left out where it does not, with a note.
    """

    methods: Sequence[MethodChoice]
    k: int = 20
    min_score: float | None = None
    exactness: Exactness = "auto"
    exact_limit: int = 0
    candidates: int = 100
    crop: str | None = None
    any_orientation: bool = False
    under: Sequence[Path] = ()
    glob: Sequence[str] = ()
    fusion: Fusion = "evidence"
    weights: Mapping[str, float] = field(default_factory=dict)
    named: bool = True


@dataclass(frozen=True, slots=True)
class QueryClass:
    """What a classifier, or another method that has names, takes the query for: the class and its probability, None
    where that is not known."""

    method: str
    label: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query, hits best first. `method` is `fused` where several methods took part.

    `query_classes` has an entry for each classifier among them. `image_id` is that of the query, empty where only a
    part of it was searched; `query_is_gone` says that there is no file, and what is stored of it was searched.
    `taken_for` are the names that the words of a query were looked for by, what counts most first. `left_out` pictures
    would be hits, were they not judged no match.
    """

    query: str
    method: str
    hits: tuple[Hit, ...]
    seconds: float
    gallery: int
    notes: tuple[str, ...] = field(default=())
    query_classes: tuple[QueryClass, ...] = ()
    image_id: str = ""
    query_is_gone: bool = False
    taken_for: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def likely_classes(self) -> tuple[QueryClass, ...]:
        """The classes of the query that are worth telling people: all where one method was asked, of several those that
        are more likely than not."""
        sure = self.method != "fused"
        return tuple(
            told for told in self.query_classes if sure or told.confidence is None or told.confidence >= _LIKELY
        )

    @property
    def only_alike(self) -> bool:
        """Whether there are hits, and evidence told of none that it shows the same."""
        return bool(self.hits) and all(hit.tier == "alike" and not hit.is_judged_match for hit in self.hits)
