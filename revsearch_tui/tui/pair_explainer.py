"""What the thread that searches does to explain a pair: it asks method after method, and sends what each shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.tui.messages import Note

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.core.search.explaining import Explained
    from revsearch_tui.core.search.sources import QueryPicture
    from revsearch_tui.core.workspace import Workspace


class ExplainOrder(NamedTuple):
    """Which pair to explain: a path or URL, with the `picture` where it was fetched before, and a file; by methods of a
    collection, named by their labels. `crop` is the part of the query that found the file, if it was not all of it."""

    collection: str
    methods: tuple[str, ...]
    source: str
    picture: QueryPicture | None
    candidate: Path
    crop: str | None = None


class MethodExplained(Message):
    """One method shows why a pair matches."""

    bubble = False

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained


class AllExplained(Message):
    """All methods were asked, and what they come to; or the `problem`, where they could not be."""

    bubble = False

    def __init__(self, verdict: str, problem: str = "") -> None:
        super().__init__()
        self.verdict, self.problem = verdict, problem


def explain(workspace: Workspace, order: ExplainOrder, control: Control, post: Callable[[Message], object]) -> None:
    """Ask all methods of the order that explain; those that work answer one by one."""
    try:
        post(AllExplained(_asked(workspace, order, control, post)))
    except Cancelled:
        pass
    except RevsearchError as error:
        post(AllExplained("", str(error)))
    except Exception as error:  # what nobody foresaw must not leave the page waiting
        post(AllExplained("", f"{type(error).__name__}: {error}"))


def _asked(workspace: Workspace, order: ExplainOrder, control: Control, post: Callable[[Message], object]) -> str:
    from revsearch_tui.core.search.explaining import explain_pair, explaining, verdict
    from revsearch_tui.core.search.sources import read_query
    from revsearch_tui.core.search.start_search import fetch_limits

    parts: list[Explained] = []

    def note(line: str) -> None:
        post(Note(line))

    def told(explained: Explained) -> None:
        parts.append(explained)
        post(MethodExplained(explained))

    limits = fetch_limits(workspace)
    # A lone "-" names a file here: the app's standard input is the keyboard.
    query, candidate = (f"./{source}" if source == "-" else source for source in (order.source, str(order.candidate)))
    collection = workspace.collection(order.collection)
    result = explain_pair(
        order.picture or read_query(query, limits, control),
        read_query(candidate, limits, control),
        explaining(workspace.choose_to_search(collection, order.methods, note=note), named=False),
        workspace.registry.readers(),
        control,
        crop=order.crop,
        named=False,
        note=note,
        told=told,
        timeout_s=workspace.config.real("index.method_timeout_s"),
    )
    return verdict(result, parts)
