"""What workers tell the screen. Each carries what it answers, so that an answer nobody waits for is told apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from revsearch_tui.tui.refinement import Refinement

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.index_report import IndexReport
    from revsearch_tui.core.search.results import SearchResult
    from revsearch_tui.core.search.sources import QueryPicture
    from revsearch_tui.core.storage.judgements import Verdict
    from revsearch_tui.tui.pictures.drawing import Drawing


class CollectionFacts(NamedTuple):
    """What the header tells of a collection.

    `methods`: label -> pictures indexed by it; `left_out`: label -> why this method cannot be searched by.
    """

    name: str
    roots: tuple[Path, ...]
    pictures: int
    methods: dict[str, int]
    left_out: dict[str, str]

    @property
    def can_answer(self) -> bool:
        """Whether any picture is indexed by any method; while the first ones are read there are methods without one."""
        return any(self.methods.values())


class CollectionOpened(Message):
    """The collection that was to be changed to; `facts` is None where there is none, and `problem` says why.

    `to_choose` says that none was named, and that there are some to choose from.
    """

    def __init__(
        self, opening: int, facts: CollectionFacts | None, problem: str = "", *, to_choose: bool = False
    ) -> None:
        super().__init__()
        self.opening, self.facts, self.problem, self.to_choose = opening, facts, problem, to_choose


class CollectionChanged(Message):
    """A collection was looked at once more; its name tells whether anybody wants to know."""

    def __init__(self, facts: CollectionFacts) -> None:
        super().__init__()
        self.facts = facts


class Question(NamedTuple):
    """What to search: a path or URL, in a collection, by methods named by their labels, or by all it is indexed by.

    `number` tells it from the same question asked at another time. `image_id` is given where it is known, `picture`
    where it was fetched from the web before. `refinement` is all that a search can be told besides.
    """

    number: int
    source: str
    collection: str
    methods: tuple[str, ...]
    image_id: str = ""
    picture: QueryPicture | None = None
    refinement: Refinement = Refinement()


class Fetching(Message):
    """The query is being fetched from the web: bytes that are there, and of how many, where the server tells."""

    def __init__(self, question: Question, done: int, total: int | None) -> None:
        super().__init__()
        self.question, self.done, self.total = question, done, total


class QueryFetched(Message):
    """The query is there from the web, and will be searched now."""

    def __init__(self, question: Question, picture: QueryPicture, image_id: str) -> None:
        super().__init__()
        self.question, self.picture, self.image_id = question, picture, image_id


class FolderAsked(Message):
    """The query is a folder, to choose a picture from."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question


class SearchDone(Message):
    """A search was answered."""

    def __init__(self, question: Question, result: SearchResult) -> None:
        super().__init__()
        self.question, self.result = question, result


class FirstHits(Message):
    """What the quick methods of a search find, while local ones verify."""

    def __init__(self, question: Question, result: SearchResult) -> None:
        super().__init__()
        self.question, self.result = question, result


class SearchFailed(Message):
    """A search could not be answered; `title` and `text` say why."""

    def __init__(self, question: Question, title: str, text: str) -> None:
        super().__init__()
        self.question, self.title, self.text = question, title, text


class JudgedPair(NamedTuple):
    """The picture of a query and a hit of it, by their image ids and what they are called, in a collection."""

    collection: str
    query: str
    other: str
    names: tuple[str, str]


class PairJudged(Message):
    """What is said of a pair now, and was before; None: nothing. `is_undoing` says that it was taken back."""

    def __init__(self, pair: JudgedPair, before: Verdict | None, now: Verdict | None, is_undoing: bool) -> None:
        super().__init__()
        self.pair, self.before, self.now, self.is_undoing = pair, before, now, is_undoing


class Note(Message):
    """A line the user should see, such as that the index was mended."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class PictureDrawn(Message):
    """A picture is ready for the screen; `drawing` is None where it cannot be shown, and `problem` says why."""

    bubble = False

    def __init__(self, key: object, drawing: Drawing | None, problem: str = "") -> None:
        super().__init__()
        self.key, self.drawing, self.problem = key, drawing, problem


class FileFacts(NamedTuple):
    """What the detail pane tells beyond the hit: the format, and per path its size in bytes (None: file gone)."""

    image_id: str
    format: str
    sizes: dict[Path, int | None]


class DetailRead(Message):
    """The files of a hit were looked at."""

    def __init__(self, facts: FileFacts) -> None:
        super().__init__()
        self.facts = facts


class JobMessage(Message):
    """Tells of a job; `job` is its number, which the job's thread sets."""

    job = 0


class JobProgress(JobMessage):
    """How far the running job is: `rate` in steps a second, `eta_s` seconds left where that can be told, and a `remark`
    that is to be seen for a while."""

    def __init__(
        self,
        title: str,
        what: str,
        done: int,
        total: int | None,
        rate: float,
        eta_s: float | None,
        remark: str = "",
    ) -> None:
        super().__init__()
        self.title, self.what, self.done, self.total, self.rate, self.eta_s = title, what, done, total, rate, eta_s
        self.remark = remark


class CollectionFollowed(JobMessage):
    """A collection that is watched is up to date again, or not watched any more; `text` says what happened, if
    anything did."""

    bubble = False

    def __init__(self, collection: str, text: str = "") -> None:
        super().__init__()
        self.collection, self.text = collection, text


class JobDone(JobMessage):
    """Indexing ended; the report also tells whether it was stopped."""

    def __init__(self, report: IndexReport) -> None:
        super().__init__()
        self.report = report


class JobFailed(JobMessage):
    """A job could not be done, or was `stopped` as the user wished."""

    def __init__(self, title: str, text: str, *, stopped: bool = False) -> None:
        super().__init__()
        self.title, self.text, self.stopped = title, text, stopped


class WorkDone(JobMessage):
    """A job that is no indexing ended: what to tell the user, the id of what was made, and the name of a collection
    that is another than before."""

    def __init__(self, title: str, text: str, made: str = "", changed: str = "") -> None:
        super().__init__()
        self.title, self.text, self.made, self.changed = title, text, made, changed


class JobOver(Message):
    """A job ended, however it did; for the screens above the first one. `made` is the id of what it made."""

    bubble = False

    def __init__(self, made: str = "") -> None:
        super().__init__()
        self.made = made
