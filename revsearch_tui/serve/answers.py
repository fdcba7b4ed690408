"""What other programs are answered, described: the same over HTTP and MCP, and as `--format json` gives it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    # `class` is a word of Python; what is added to an answer some day is to be no error for who reads it.
    model_config = ConfigDict(populate_by_name=True)


class MethodPlace(_Answer):
    """Where one of several methods puts a hit."""

    rank: int
    score: float


class HitFound(_Answer):
    """A picture that was found, best first."""

    rank: int
    method: str = Field(description="`fused` where several methods took part.")
    score: float = Field(description="1 for the picture itself, falling from there.")
    raw: float = Field(description="What the score was made of, in `unit`.")
    unit: str
    verified: bool | None = Field(description="Whether geometry confirms it; null for methods that cannot tell.")
    tier: str | None = Field(description="How much is the same: same file, copy, same thing, alike, different.")
    class_: str | None = Field(alias="class", description="What a classifier takes the picture for.")
    confidence: float | None
    why: list[str]
    search: Literal["exact", "approximate"]
    path: str
    copies: list[str] = Field(description="Other files with the very same bytes.")
    links: list[str]
    missing: list[str] = Field(description="Files of these that are not there any more.")
    image_id: str
    width: int
    height: int
    orientation: str
    methods: dict[str, MethodPlace] | None = None


class QueryTakenFor(_Answer):
    """What a classifier takes the query for."""

    method: str
    class_: str = Field(alias="class")
    confidence: float | None


class SearchAnswer(_Answer):
    """Hits, best first, and what is to be said of them."""

    query: str
    method: str
    gallery: int = Field(description="Pictures that were searched.")
    seconds: float
    query_classes: list[QueryTakenFor]
    taken_for: list[str] = Field(description="Names that words were looked for by.")
    hits: list[HitFound]
    notes: list[str] = Field(description="Sentences on what was lacking, such as a method that was left out.")


class MethodShows(_Answer):
    """What one method shows of two pictures."""

    method: str
    score: float
    raw: float = Field(description="What the score was made of, in `unit`.")
    unit: str
    verified: bool | None = Field(description="Whether geometry confirms it; null for methods that cannot tell.")
    inliers: int | None = Field(description="Points of both that agree on one geometry.")
    class_1: str | None = Field(description="What a classifier takes the first for.")
    confidence_1: float | None
    class_2: str | None
    confidence_2: float | None
    orientation: str = Field(description="How the first was turned for that.")
    says: list[str] = Field(description="What speaks for the pair, or that nothing does, in sentences.")
    explanation: dict[str, Any] = Field(
        description="The same as data, by `kind`: lines, bits, heat or classes; points in fractions of both sides."
    )


class ExplainAnswer(_Answer):
    """Why two pictures match."""

    first: str
    second: str
    tier: str = Field(description="How much is the same: same file, copy, same thing, alike, different.")
    why: str
    verdict: str = Field(description="What it all comes to, in a sentence.")
    methods: list[MethodShows]
    nothing_to_say: list[str] = Field(description="Methods that say nothing for the pair.")
    notes: list[str] = Field(description="Sentences on what was lacking, such as a method that was left out.")
    drawing: str | None = Field(description="Where it was asked for: a PNG in base64.")


class CollectionHeld(_Answer):
    """A collection, and what it holds."""

    name: str
    pictures: int
    files: int
    skipped: int
    methods: list[str]
    folders: list[str]
    home: str
    writing: bool = Field(description="Whether it is being indexed just now.")


class GroupFile(_Answer):
    """A file of a group, and how it is known to be the same as the one to keep."""

    file: Literal["keep", "go", "spared"]
    tier: str | None
    method: str | None
    score: float | None
    shown_by: str | None = Field(description="Of one that goes the file that stays and shows all that it does.")
    why: str
    path: str
    width: int
    height: int
    bytes: int
    image_id: str
    model_config = ConfigDict(extra="allow")


class GroupFound(_Answer):
    """Files that are the same."""

    tier: str
    freed: int = Field(description="Bytes that go with the files that may go.")
    keep: GroupFile
    others: list[GroupFile]


class DuplicatesAnswer(_Answer):
    """Groups of files that are the same. Nothing was done with any of them."""

    pictures: int = Field(description="Pictures that were compared.")
    seconds: float
    groups: list[GroupFound]
    notes: list[str]


class RecordListed(_Answer):
    """An evaluation in short."""

    id: str
    kind: str
    name: str
    queries: int
    gallery: int
    methods: list[str]
    best: list[str] = Field(description="The best method under each protocol, with its main figure.")
    started: str


class EvaluationAnswer(_Answer):
    """An evaluation that was made: in short, and all of its record."""

    listed: RecordListed
    record: dict[str, Any]


class JobTold(_Answer):
    """Work that takes long: how far it is and, in the end, what came of it."""

    id: str
    kind: Literal["dupes", "eval"]
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    done: int
    total: int | None
    what: str = Field(description="What it is doing.")
    notes: list[str]
    result: dict[str, Any] | None = Field(description="What came of it, once it is done.")
    error: str | None = Field(description="Why it failed: a sentence.")


class ErrorTold(_Answer):
    """What went wrong, in a sentence."""

    error: str
    title: str
