"""The answer to a question of the app, as the engine's thread finds it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.search.start_search import fetch_limits, search_request
from revsearch_tui.tui.messages import Fetching, FirstHits, QueryFetched, Question

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.question import CombinedQuery
    from revsearch_tui.core.search.results import SearchResult
    from revsearch_tui.core.search.sources import QueryPicture, StoredPicture
    from revsearch_tui.core.workspace import Workspace

_TELL_EVERY_S = 0.1


class _TellingOfFetching:
    """A control that tells at a bearable pace how much of a query is there."""

    def __init__(self, control: Control, question: Question, post: Callable[[Message], object]) -> None:
        self._question, self._post, self.check = question, post, control.check
        self._told = float("-inf")

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S:
            self._told = now
            self._post(Fetching(self._question, done, total))


class Choices:
    """The methods that searches go by, chosen anew where that may give others: where something that they depend on was
    written. For one thread."""

    def __init__(self, workspace: Workspace, note: Callable[[str], None]) -> None:
        self._workspace, self._note = workspace, note
        self._known: dict[tuple[str, tuple[str, ...]], tuple[object, Sequence[MethodChoice]]] = {}

    def clear(self) -> None:
        """Choose anew next time, which tells again what is left out."""
        self._known.clear()

    def of(self, question: Question) -> Sequence[MethodChoice]:
        """Those of a question. Raises as `Workspace.choose_to_search` does."""
        collection, folders = self._workspace.collection(question.collection), self._workspace.folders
        catalog, asked = collection.catalog_file, (question.collection, question.methods)
        written = catalog, catalog.with_name(f"{catalog.name}-wal"), folders.config_file, folders.models
        state = [_stamp(path) for path in (*written, *folders.models.glob("*"))]
        known = self._known.get(asked)
        if known is not None and known[0] == state:
            return known[1]
        choices = self._workspace.choose_to_search(collection, question.methods, note=self._note)
        self._known[asked] = state, choices
        return choices


def _stamp(path: Path) -> tuple[Path, int, int]:
    """Changes when a file is written, or something comes into a folder."""
    try:
        status = path.stat()
    except OSError:
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size


def find_answer(
    workspace: Workspace,
    engine: SearchEngine,
    question: Question,
    control: Control,
    post: Callable[[Message], object],
    choices: Sequence[MethodChoice],
    *,
    shows_first: bool = False,
) -> SearchResult:
    """The answer by these methods; where `shows_first`, what quick methods find is posted before local ones verify.

    Raises as `search_any` does, and `FolderError` where a folder is asked for.
    """
    from revsearch_tui.core.evaluation.robustness.advice import advice_for_copies, only_copies
    from revsearch_tui.core.search.question import CombinedQuery
    from revsearch_tui.core.search.word_search import search_any

    refined = question.refinement
    collection = workspace.collection(question.collection)
    request = search_request(
        workspace,
        choices,
        k=refined.k,
        min_score=refined.least_score,
        crop=str(refined.crop) if refined.crop is not None else None,
        any_orientation=refined.any_orientation,
        under=refined.under,
        glob=refined.glob,
        named=False,
    )
    advice = advice_for_copies(collection, choices, refined.any_orientation) if refined.copies else None
    query = _query(workspace, engine, question, control, post)
    if refined.copies and isinstance(query, CombinedQuery):
        raise UsageError(f"copies are looked for of one picture alone, not of {query.name}")
    first = (lambda found: post(FirstHits(question, found))) if shows_first and not refined.copies else None
    result = search_any(engine, query, request, first)
    return only_copies(result, advice) if refined.copies else result


def _query(
    workspace: Workspace, engine: SearchEngine, question: Question, control: Control, post: Callable[[Message], object]
) -> QueryPicture | StoredPicture | CombinedQuery:
    from revsearch_tui.core.search.question import Part, feedback, parse_question, read_question, with_feedback
    from revsearch_tui.core.search.sources import FolderError, QueryPicture, is_url

    limits = fetch_limits(workspace)
    telling = _TellingOfFetching(control, question, post)
    refined = question.refinement
    known = {hit.source: hit.image_id for hit in (*refined.likes, *refined.unlikes)}
    if question.image_id:
        known[question.source] = question.image_id

    def read(source: str) -> QueryPicture | StoredPicture:
        if question.picture is not None and source == question.source:
            return question.picture
        return engine.read(_safe_source(source), limits, telling, bytes.fromhex(known.get(source, "")) or None)

    # What a hit is asked by is one file, whatever its name looks like.
    parts = (Part(source=question.source),) if question.image_id else parse_question(question.source)
    judged = feedback([hit.source for hit in refined.likes], [hit.source for hit in refined.unlikes])
    try:
        query = read_question(with_feedback(parts, judged), read)
    except FolderError as error:
        if len(parts) == 1:
            raise
        raise UsageError(str(error)) from None
    if isinstance(query, QueryPicture) and question.picture is None and is_url(question.source):
        post(QueryFetched(question, query, hashlib.sha256(query.data).hexdigest()))
    return query


def _safe_source(source: str) -> str:
    """A lone `-` names a file here: the app's standard input is the keyboard."""
    return "./-" if source == "-" else source
