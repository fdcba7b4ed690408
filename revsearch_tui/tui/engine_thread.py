"""The one thread that searches: it owns the engine of the collection in use, and answers with messages."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.tui.messages import (
    CollectionFacts,
    CollectionRead,
    DetailRead,
    FileFacts,
    Note,
    SearchDone,
    SearchFailed,
)

if TYPE_CHECKING:
    from revsearch_tui.core.collections import Collection
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.workspace import Workspace


class Question(NamedTuple):
    """What to search: a path or URL, in a collection, by methods named by their labels."""

    source: str
    collection: str
    methods: tuple[str, ...]


class _LatestOnly:
    """A control that stops a search as soon as a newer one was asked for."""

    def __init__(self) -> None:
        self.newest = 0
        self.running = 0
        self.closing = False

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Searches are short; only being told to stop matters."""
        self.check()

    def check(self) -> None:
        if self.closing or self.running < self.newest:
            raise Cancelled("a newer search was asked for")


class EngineThread:
    """Runs searches one after another. All public functions return at once; answers go to `post`."""

    def __init__(self, workspace: Workspace, post: Callable[[Message], object]) -> None:
        self._workspace, self._post = workspace, post
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._control = _LatestOnly()
        self._engine: SearchEngine | None = None
        self._pending: list[Future[None]] = []
        self.ready = threading.Event()
        """Set when plugins are loaded; other threads wait for it before they ask for methods."""

    @property
    def is_idle(self) -> bool:
        """Whether every request was worked off."""
        self._pending = [future for future in self._pending if not future.done()]
        return not self._pending

    def prepare(self) -> None:
        """Load what searching needs, so that the first search does not wait for it."""
        self._submit(self._prepare)

    def read_collection(self, generation: int, name: str | None) -> None:
        """Find out about a collection (None: the default one), then open its engine."""
        self._submit(lambda: self._read_collection(generation, name))

    def search(self, generation: int, question: Question) -> None:
        """Search; searches asked for before and not yet done are given up."""
        self._control.newest = generation
        self._submit(lambda: self._search(generation, question))

    def read_files(self, generation: int, collection: str, image_id: str, paths: Sequence[Path]) -> None:
        """Look at the files of a hit."""
        self._submit(lambda: self._read_files(generation, collection, image_id, paths))

    def stop(self) -> None:
        """Give up what runs; returns at once."""
        self._control.closing = True

    def close(self) -> None:
        """Give up what runs and let go of the engine; waits for that."""
        self.stop()
        with contextlib.suppress(RuntimeError):
            self._executor.submit(self._close_engine)
        self._executor.shutdown(wait=True)

    def _submit(self, work: Callable[[], None]) -> None:
        self._pending = [future for future in self._pending if not future.done()]
        with contextlib.suppress(RuntimeError):  # the app is closing
            self._pending.append(self._executor.submit(self._guarded, work))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            if not self._control.closing:
                work()
        except Cancelled:
            pass
        except RevsearchError as error:
            self._post(Note(f"{error.title}: {error}"))
        except Exception as error:  # a plugin's bug must not silence the thread
            self._post(Note(f"Unexpected error: {type(error).__name__}: {error}"))

    def _prepare(self) -> None:
        try:
            self._workspace.registry.rows()
            import revsearch_tui.core.search.engine  # noqa: F401
        finally:
            self.ready.set()

    def _read_collection(self, generation: int, name: str | None) -> None:
        try:
            collection = self._workspace.collection(name)
            keys = self._workspace.keys(collection)
        except RevsearchError as error:
            self._post(CollectionRead(generation, None, str(error)))
            return
        methods = {key.label: key.images for key in keys}
        pictures = _count_pictures(collection)
        self._post(CollectionRead(generation, CollectionFacts(collection.name, collection.roots, pictures, methods)))
        if methods:
            self._control.running = self._control.newest
            with contextlib.suppress(RevsearchError):  # the first search says what is wrong
                self._open(collection.name)

    def _search(self, generation: int, question: Question) -> None:
        from revsearch_tui.core.search.sources import read_query

        self._control.running = generation
        try:
            self._control.check()
            engine = self._open(question.collection)
            collection = self._workspace.collection(question.collection)
            request = self._workspace.request(
                self._workspace.choose_to_search(collection, question.methods, note=self._note), named=False
            )
            query = read_query(_safe_source(question.source), self._workspace.fetch_limits())
            result = engine.search([query], request)[0]
            self._control.check()
        except Cancelled:
            return
        except RevsearchError as error:
            self._post(SearchFailed(generation, error.title, str(error)))
        except Exception as error:
            self._post(SearchFailed(generation, "Unexpected error", f"{type(error).__name__}: {error}"))
        else:
            self._post(SearchDone(generation, result))

    def _open(self, name: str) -> SearchEngine:
        collection = self._workspace.collection(name)
        if self._engine is not None and self._engine.collection.home == collection.home:
            return self._engine
        self._close_engine()
        self._engine = self._workspace.engine(collection, self._control, self._note)
        return self._engine

    def _note(self, text: str) -> None:
        self._post(Note(text))

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _read_files(self, generation: int, collection: str, image_id: str, paths: Sequence[Path]) -> None:
        from revsearch_tui.core.catalog.catalog import Catalog

        with Catalog(self._workspace.collection(collection).catalog_file) as catalog:
            row = catalog.image(bytes.fromhex(image_id))
        sizes: dict[Path, int | None] = {}
        for path in paths:
            try:
                sizes[path] = path.stat().st_size
            except OSError:
                sizes[path] = None
        self._post(DetailRead(generation, FileFacts(image_id, row.format if row else "", sizes)))


def _count_pictures(collection: Collection) -> int:
    from revsearch_tui.core.catalog.catalog import Catalog

    if not collection.catalog_file.exists():
        return 0
    with Catalog(collection.catalog_file) as catalog:
        return catalog.counts()[1]


def _safe_source(source: str) -> str:
    """A lone `-` names a file here: the app's standard input is the keyboard."""
    return "./-" if source == "-" else source
