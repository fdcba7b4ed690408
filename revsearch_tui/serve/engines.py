"""Engines of collections, each used by one thread of its own, in which those who ask wait their turn."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from revsearch_tui.api import Cancelled
from revsearch_tui.core.search.start_search import open_engine
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.storage.collections import Collection

T = TypeVar("T")

_MOST_OPEN = 8
"""Collections whose engines are kept open."""


class Wanted:
    """Whether whoever asked still waits for the answer."""

    def __init__(self) -> None:
        self.is_given_up = False

    def give_up(self) -> None:
        """Have the work ended, or not begun: nobody waits for it any more."""
        self.is_given_up = True


class Desk:
    """One collection and all that answers for it, for the one thread that works here."""

    def __init__(self, workspace: Workspace, collection: Collection, ending: threading.Event) -> None:
        self.workspace, self.collection = workspace, collection
        self.control = _OfDesk(ending)
        self.notes: list[str] = []
        """What engines have to say besides their answers, until somebody takes it along."""
        self._engine: SearchEngine | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"engine {collection.name}")

    def engine(self, wanted: Sequence[MethodChoice] = ()) -> SearchEngine:
        """The engine, open. Raises as `open_engine` does."""
        if self._engine is None:
            self._engine = open_engine(self.workspace, self.collection, self.control, self.notes.append, wanted=wanted)
        return self._engine

    def run(self, work: Callable[[Desk], T], wanted: Wanted) -> Future[T]:
        """Have it done when its turn comes, or raise `Cancelled` where it is given up by then."""

        def turn() -> T:
            self.control.wanted = wanted
            self.control.check()
            return work(self)

        return self._executor.submit(turn)

    def close(self) -> None:
        """Let go of everything once the work that waits is done; returns at once."""
        self._executor.submit(self._close_engine)
        self._executor.shutdown(wait=False)

    def join(self) -> None:
        """Wait until nothing runs here any more."""
        self._executor.shutdown(wait=True)

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            with contextlib.suppress(Cancelled):
                engine.close()


class Engines:
    """The desks of collections. Those not asked for longest close where there are too many."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._desks: dict[Path, Desk] = {}
        self._lock, self._ending = threading.Lock(), threading.Event()

    def run(self, collection: str | None, work: Callable[[Desk], T], wanted: Wanted) -> Future[T]:
        """Have work done by the thread of a collection, None: the default one. Raises `IndexMissingError`,
        `StorageError`; what the work raises is the future's."""
        found = self._workspace.collection(collection)
        with self._lock:
            if self._ending.is_set():
                raise Cancelled("the server is ending")
            # A workspace of its own: what it caches is not shared between threads.
            desk = self._desks.pop(found.home, None)
            if desk is not None and desk.collection != found:  # it has other folders by now, or was made anew
                desk.close()
                desk = None
            desk = desk or Desk(Workspace(self._workspace.folders), found, self._ending)
            self._desks[found.home] = desk
            for oldest in list(self._desks)[:-_MOST_OPEN]:
                self._desks.pop(oldest).close()
            return desk.run(work, wanted)

    def stop(self) -> None:
        """Have all work end; returns at once."""
        self._ending.set()

    def close(self) -> None:
        """The same, and wait for that."""
        self.stop()
        with self._lock:
            desks, self._desks = list(self._desks.values()), {}
        for desk in desks:
            desk.close()
        for desk in desks:
            desk.join()


class _OfDesk:
    """The control of all work at a desk."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self.wanted = Wanted()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Searches are short; only being told to stop matters."""
        self.check()

    def check(self) -> None:
        if self._ending.is_set():
            raise Cancelled("the server is ending")
        if self.wanted.is_given_up:
            raise Cancelled("nobody waits for this any more")
