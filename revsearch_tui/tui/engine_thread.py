"""The one thread that searches: it owns the engine of the collection in use, and answers with messages."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.core.search.start_search import open_engine
from revsearch_tui.tui.answering import Choices, find_answer
from revsearch_tui.tui.frame_first import FrameFirst
from revsearch_tui.tui.memory import last_opened
from revsearch_tui.tui.messages import (
    CollectionChanged,
    CollectionFacts,
    CollectionOpened,
    DetailRead,
    FileFacts,
    FirstHits,
    FolderAsked,
    JudgedPair,
    Note,
    PairJudged,
    Question,
    SearchDone,
    SearchFailed,
)

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.storage.collections import Collection
    from revsearch_tui.core.storage.judgements import Verdict
    from revsearch_tui.core.workspace import Workspace


class _WhileWanted:
    """A control that stops what runs as soon as nobody waits for it any more."""

    def __init__(self) -> None:
        self.is_wanted: Callable[[], bool] = lambda: True
        self.closing = False

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Searches are short; only being told to stop matters."""
        self.check()

    def check(self) -> None:
        if self.closing or not self.is_wanted():
            raise Cancelled("nobody waits for this any more")


class _NoneNamedError(RevsearchError):
    """There are several collections, and nothing says which is meant."""


class EngineThread:
    """Runs searches one after another. All public functions return at once; answers go to `post`.

    A search gives way to a newer search and to a change of collection, a change of collection to a newer one.
    """

    def __init__(self, workspace: Workspace, post: Callable[[Message], object], frame: FrameFirst) -> None:
        """The `frame` with the first hits of a search goes before the rest of that search."""
        self._workspace, self._post, self._frame = workspace, post, frame
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._control = _WhileWanted()
        self._engine: SearchEngine | None = None
        self._question: Question | None = None
        self._opening = 0
        self._told: set[str] = set()
        self._checked: dict[tuple[str, str], str] = {}
        """Collection and label -> why this method cannot be searched by; empty where it can."""
        self._choices = Choices(workspace, self._note_once)
        self._entered: CollectionFacts | None = None
        self._pending: list[Future[None]] = []
        self.ready = threading.Event()
        """Set when plugins are loaded; other threads wait for it before they ask for methods."""

    @property
    def is_idle(self) -> bool:
        """Whether every request was worked off."""
        self._pending = [future for future in self._pending if not future.done()]
        return not self._pending

    def tell(self, make: Callable[[], Message]) -> None:
        """Post the message that this makes, when what was asked for before is done."""

        def post() -> None:
            self._post(make())

        self._submit(post)

    def prepare(self) -> None:
        """Load what searching needs, unless it is there, so that the first search does not wait for it."""
        if not self.ready.is_set():
            self._submit(self._prepare)

    def open_collection(self, opening: int, name: str | None) -> None:
        """Find out about a collection (None: the default one), then open its engine."""
        self._opening = opening
        self.give_up_search()
        # Reading the catalog needs no plugins: the collection is there before these are.
        self._submit(lambda: self._open_collection(opening, name))
        self.prepare()
        self._submit(lambda: self._open_engine(opening))

    def look_again(self, name: str) -> None:
        """Find out about a collection whose index has changed."""
        self._submit(lambda: self._look_again(name))

    def look_in_passing(self, name: str) -> None:
        """As `look_again`, unless there is other work or nothing to look at."""
        if self.is_idle:
            self._submit(lambda: self._look_in_passing(name))

    def search(self, question: Question) -> None:
        """Search; searches asked for before and not yet done are given up."""
        self._question = question
        self._submit(lambda: self._search(question))

    def answer(self, question: Question, post: Callable[[Message], object], is_wanted: Callable[[], bool]) -> None:
        """Search for somebody else, who gets what is told of it, as long as it is wanted."""
        self._submit(lambda: self._answer(question, post, is_wanted))

    def give_up_search(self) -> None:
        """Nobody waits for the search that runs."""
        self._question = None

    def read_files(self, collection: str, image_id: str, paths: Sequence[Path]) -> None:
        """Look at the files of a hit."""
        self._submit(lambda: self._read_files(collection, image_id, paths))

    def judge(self, pair: JudgedPair, verdict: Verdict | None, *, is_undoing: bool = False) -> None:
        """Write down what is said of a pair, None: nothing. What is said of it already is taken back, unless this is
        `is_undoing`."""
        self._submit(lambda: self._judge(pair, verdict, is_undoing))

    def change(self, collection: str, work: Callable[[], None]) -> None:
        """Do work that changes a collection on the disk, which is let go of before."""
        self._submit(lambda: self._change(collection, work))

    def run(self, work: Callable[[Control], None], is_wanted: Callable[[], bool]) -> None:
        """Do other work with pictures and methods, which ends when it is not wanted any more."""
        self._submit(lambda: self._run(work, is_wanted))

    def _change(self, collection: str, work: Callable[[], None]) -> None:
        if self._engine is not None and self._engine.collection.name == collection:
            self._close_engine()
        work()

    def _run(self, work: Callable[[Control], None], is_wanted: Callable[[], bool]) -> None:
        self._control.is_wanted = is_wanted
        self._control.check()
        work(self._control)

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
            if not gc.isenabled():  # since the start; what was imported by now is looked through no more
                gc.freeze()
                gc.enable()

    def _open_collection(self, opening: int, name: str | None) -> None:
        self._control.is_wanted = lambda: self._opening == opening
        self._control.check()
        self._told.clear()
        self._checked.clear()
        self._choices.clear()
        try:
            facts = self._facts(name) if name is not None else self._facts_of_default()
        except _NoneNamedError:
            self._post(CollectionOpened(opening, None, to_choose=True))
            return
        except RevsearchError as error:
            self._post(CollectionOpened(opening, None, str(error), to_choose=name is None and self._are_several()))
            return
        self._entered = facts
        self._post(CollectionOpened(opening, facts))

    def _open_engine(self, opening: int) -> None:
        facts, self._entered = self._entered, None
        self._control.is_wanted = lambda: self._opening == opening
        self._control.check()
        if facts is None:
            return
        self._check_methods(facts)
        if facts.methods:
            with contextlib.suppress(RevsearchError):  # the first search says what is wrong
                self._open(facts.name)

    def _look_again(self, name: str) -> None:
        facts, opening = self._facts(name), self._opening
        self._post(CollectionChanged(facts))
        self._check_methods(facts)
        if self._engine is None and facts.methods:
            self._control.is_wanted = lambda: self._opening == opening
            with contextlib.suppress(RevsearchError):
                self._open(name)

    def _look_in_passing(self, name: str) -> None:
        with contextlib.suppress(RevsearchError):
            self._look_again(name)

    def _facts_of_default(self) -> CollectionFacts:
        """Those of the default collection; where there is none, of the one used last. Raises `_NoneNamedError`."""
        workspace = self._workspace
        try:
            return self._facts(None)
        except RevsearchError as error:
            is_named = workspace.config.origins["general.collection"] != "default"
            default = workspace.folders.collections / workspace.config.text("general.collection")
            problem = error if is_named or default.exists() or not self._are_several() else _NoneNamedError(str(error))
        last = last_opened(workspace.folders)
        if last is not None:
            with contextlib.suppress(RevsearchError):
                facts = self._facts(last)
                if not isinstance(problem, _NoneNamedError):
                    self._note(f"{problem}; '{last}' is open instead")
                return facts
        raise problem

    def _are_several(self) -> bool:
        return len(self._workspace.collections()) > 1

    def _facts(self, name: str | None) -> CollectionFacts:
        collection = self._workspace.collection(name)
        methods = {key.label: key.images for key in self._workspace.keys(collection)}
        left_out = self._left_out(collection.name, methods)
        return CollectionFacts(collection.name, collection.roots, _count_pictures(collection), methods, left_out)

    def _left_out(self, name: str, methods: Iterable[str]) -> dict[str, str]:
        """Of these methods of a collection those that are known not to work, and why."""
        return {label: why for label in methods if (why := self._checked.get((name, label)))}

    def _check_methods(self, facts: CollectionFacts) -> None:
        """Find out which methods cannot be searched by; once for each, as it may mean to read a model."""
        collection = self._workspace.collection(facts.name)
        for label in facts.methods:
            if (facts.name, label) not in self._checked:
                why = ""
                try:
                    self._workspace.choose_to_search(collection, [label], note=self._note_once)
                except RevsearchError as error:
                    why = str(error)
                self._checked[facts.name, label] = why
        left_out = self._left_out(facts.name, facts.methods)
        if left_out != facts.left_out:
            self._post(CollectionChanged(facts._replace(left_out=left_out)))

    def _search(self, question: Question) -> None:
        def post(message: Message) -> None:
            is_first = isinstance(message, FirstHits)
            if is_first:
                self._frame.due()
            self._post(message)
            if is_first:
                self._frame.wait()

        self._answer(question, post, lambda: self._question is question, shows_first=True)

    def _answer(
        self,
        question: Question,
        post: Callable[[Message], object],
        is_wanted: Callable[[], bool],
        *,
        shows_first: bool = False,
    ) -> None:
        from revsearch_tui.core.search.sources import FolderError

        self._control.is_wanted = is_wanted
        try:
            self._control.check()
            engine = self._open(question.collection)
            choices = self._choices.of(question)
            result = find_answer(
                self._workspace, engine, question, self._control, post, choices, shows_first=shows_first
            )
            self._control.check()
        except Cancelled:
            return
        except FolderError:
            post(FolderAsked(question))
        except RevsearchError as error:
            post(SearchFailed(question, error.title, str(error)))
        except Exception as error:
            post(SearchFailed(question, "Unexpected error", f"{type(error).__name__}: {error}"))
        else:
            post(SearchDone(question, result))

    def _open(self, name: str) -> SearchEngine:
        collection = self._workspace.collection(name)
        if self._engine is not None and self._engine.collection.home == collection.home:
            return self._engine
        self._close_engine()
        self._engine = open_engine(self._workspace, collection, self._control, self._note)
        return self._engine

    def _note(self, text: str) -> None:
        self._post(Note(text))

    def _note_once(self, text: str) -> None:
        """Say what every search would say, such as that a method is left out, once for a collection."""
        if text not in self._told:
            self._told.add(text)
            self._note(text)

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _judge(self, pair: JudgedPair, verdict: Verdict | None, is_undoing: bool) -> None:
        from revsearch_tui.core.storage.judgements import Judgements, forget, judge

        home = self._workspace.collection(pair.collection).home
        ids = bytes.fromhex(pair.query), bytes.fromhex(pair.other)
        before = Judgements([home]).of(ids[0]).get(ids[1])
        now = None if verdict == before and not is_undoing else verdict
        if now is None:
            forget(home, [ids])
        else:
            judge(home, [ids], [pair.names], now)
        self._post(PairJudged(pair, before, now, is_undoing))

    def _read_files(self, collection: str, image_id: str, paths: Sequence[Path]) -> None:
        from revsearch_tui.core.storage.catalog.catalog import Catalog

        with Catalog(self._workspace.collection(collection).catalog_file) as catalog:
            row = catalog.image(bytes.fromhex(image_id))
        sizes: dict[Path, int | None] = {}
        for path in paths:
            try:
                sizes[path] = path.stat().st_size
            except OSError:
                sizes[path] = None
        self._post(DetailRead(FileFacts(image_id, row.format if row else "", sizes)))


def _count_pictures(collection: Collection) -> int:
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    if not collection.catalog_file.exists():
        return 0
    with Catalog(collection.catalog_file) as catalog:
        return catalog.counts()[1]
