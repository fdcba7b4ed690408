"""What the app remembers from one start to the next, and the file that holds it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from revsearch_tui.core.base.files import write_json
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.tui.marks import MOST_MARKED, Marked, Marks
from revsearch_tui.tui.refinement import Refinement

FORMAT = 1
MOST_RECENT = 100
MOST_SAVED = 200
_FILE, _LOCK = "app.json", "app.lock"
_PATIENCE_S = 2.0
_LONGEST = 10_000
"""Characters of a query that is remembered."""
_VIEWS = ("grid", "list")


@dataclass(frozen=True, slots=True)
class PastQuery:
    """What was asked: as in a `Question`, with what it was narrowed to, but not what it was led by."""

    source: str
    image_id: str = ""
    refinement: Refinement = Refinement()


@dataclass(slots=True)
class Memory:
    """The collection and the view used last, the methods chosen and the marks by collection, queries newest first, and
    those that were given a name. What is empty was never said."""

    collection: str = ""
    view: str = ""
    methods: dict[str, tuple[str, ...]] = field(default_factory=dict)
    recent: list[PastQuery] = field(default_factory=list)
    saved: dict[str, PastQuery] = field(default_factory=dict)
    marks: dict[str, Marks] = field(default_factory=dict)

    def ask(self, query: PastQuery) -> None:
        """A query is the newest one, with what it is narrowed to now."""
        if len(query.source) <= _LONGEST:
            self.recent = [query, *(each for each in self.recent if each.source != query.source)][:MOST_RECENT]

    def forget(self, query: PastQuery) -> None:
        """A query was never asked."""
        self.recent = [each for each in self.recent if each != query]

    def save(self, name: str, query: PastQuery | None) -> None:
        """A query has a name, None: nothing has."""
        self.saved.pop(name, None)
        if query is not None and len(self.saved) < MOST_SAVED:
            self.saved[name] = query

    def choose(self, collection: str, methods: tuple[str, ...]) -> None:
        """These methods are chosen for a collection; none: all of them."""
        self.methods.pop(collection, None)
        if methods:
            self.methods[collection] = methods

    def rename(self, collection: str, name: str) -> None:
        """A collection is called otherwise."""
        if self.collection == collection:
            self.collection = name
        of_names: tuple[dict[str, Any], ...] = (self.methods, self.marks)
        for known in of_names:
            if collection in known:
                known[name] = known.pop(collection)

    def drop(self, collection: str) -> None:
        """A collection is no more."""
        if self.collection == collection:
            self.collection = ""
        self.methods.pop(collection, None)
        self.marks.pop(collection, None)

    def mark(self, collection: str, image_id: str, marked: Marked | None) -> None:
        """A picture of a collection is marked, None: it is not."""
        marks = self.marks.setdefault(collection, {})
        marks.pop(image_id, None)
        if marked is not None and len(marks) < MOST_MARKED:
            marks[image_id] = marked
        if not marks:
            del self.marks[collection]


Change: TypeAlias = Callable[[Memory], None]


class Keeper:
    """Holds what is remembered, and writes what changed. All but `read` and `write` is for the thread of the app."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._waiting: list[Change] = []
        self._early: list[Change] = []
        self._is_taken = False
        self._lock = threading.Lock()
        self.memory = Memory()

    @property
    def is_behind(self) -> bool:
        """Whether something is to be written."""
        return bool(self._waiting)

    def read(self) -> Memory:
        """What is on disk; for any thread."""
        return read_memory(self._folders) or Memory()

    def take(self, memory: Memory) -> None:
        """Go on from what was read at the start, with what changed since."""
        self.memory, self._is_taken = memory, True
        for change in self._early:
            change(memory)
        self._early.clear()

    def change(self, change: Change) -> None:
        """Change what is remembered; `write` writes it."""
        change(self.memory)
        if not self._is_taken:
            self._early.append(change)
        with self._lock:
            self._waiting.append(change)

    def write(self) -> None:
        """Make the changes to what is on disk, where other apps may have written meanwhile; for any thread. What cannot
        be written, or would replace what a newer program wrote, is not remembered."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            if waiting:
                # That the lock was not given up in time is an OSError, too; some file systems know no locks.
                with contextlib.suppress(OSError, NotImplementedError):
                    self._write(waiting)

    def _write(self, waiting: list[Change]) -> None:
        from filelock import FileLock

        folder = self._folders.state
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK, timeout=_PATIENCE_S):
            memory = read_memory(self._folders)
            if memory is not None:
                for change in waiting:
                    change(memory)
                write_json(folder / _FILE, _values(memory), indent=None)


def last_opened(folders: Folders) -> str | None:
    """The name of the collection used last, whether it is still there or not; None where none is known."""
    memory = read_memory(folders)
    return memory.collection or None if memory is not None else None


def read_memory(folders: Folders) -> Memory | None:
    """What is remembered: nothing of what is broken; None where a newer program wrote it."""
    try:
        known = json.loads((folders.state / _FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Memory()
    if not isinstance(known, dict):
        return Memory()
    version = known.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        return None
    view = _text(known, "view")
    memory = Memory(_text(known, "collection"), view if view in _VIEWS else "")
    for name, methods in _mapping(known, "methods").items():
        memory.choose(name, _texts(methods))
    for values in reversed(_items(known.get("recent"))[:MOST_RECENT]):
        if (query := _query(values)) is not None:
            memory.ask(query)
    for name, values in _mapping(known, "saved").items():
        memory.save(name, _query(values))
    for name, marks in _mapping(known, "marks").items():
        for values in _items(marks):
            if isinstance(values, dict) and (image_id := _text(values, "image_id")) and (path := _text(values, "path")):
                memory.mark(
                    name, image_id, Marked(image_id, Path(path), _number(values, "score"), _text(values, "tier"))
                )
    return memory


def _values(memory: Memory) -> dict[str, Any]:
    """As JSON values."""
    return {
        "format": FORMAT,
        "collection": memory.collection,
        "view": memory.view,
        "methods": memory.methods,
        "recent": [_query_values(query) for query in memory.recent],
        "saved": {name: _query_values(query) for name, query in memory.saved.items()},
        "marks": {
            name: [{**each._asdict(), "path": str(each.path)} for each in marks.values()]
            for name, marks in memory.marks.items()
        },
    }


def _query_values(query: PastQuery) -> dict[str, Any]:
    refined = query.refinement
    values = {
        "source": query.source,
        "image_id": query.image_id,
        "any_orientation": refined.any_orientation,
        "copies": refined.copies,
        "least_score": refined.least_score,
        "under": [str(folder) for folder in refined.under],
        "glob": refined.glob,
        "k": refined.k,
    }
    return {name: value for name, value in values.items() if value}


def _query(values: object) -> PastQuery | None:
    """None where it is none."""
    if not isinstance(values, dict) or not (source := _text(values, "source")):
        return None
    k = _number(values, "k")
    refinement = Refinement(
        any_orientation=values.get("any_orientation") is True,
        copies=values.get("copies") is True,
        least_score=_number(values, "least_score"),
        under=tuple(map(Path, _texts(values.get("under")))),
        glob=_texts(values.get("glob")),
        k=int(k) if k is not None and k >= 1 else None,
    )
    return PastQuery(source, _text(values, "image_id"), refinement)


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) and "\0" not in value else ""


def _number(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and -1e9 < value < 1e9 else None  # type: ignore[operator, arg-type]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in _items(value) if isinstance(item, str) and item and "\0" not in item)


def _mapping(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}
