"""What all pages share: they cover the search, name themselves in the first line, and Escape leads back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.message import Message
from textual.widgets import Static

from revsearch_tui.api import RevsearchError
from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import JobOver, Note
from revsearch_tui.tui.session import own_path
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.typed_ahead import LeftOnce
from revsearch_tui.tui.widgets.frame import JobBar, KeyHints

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.screens.indexing import IndexingScreen
    from revsearch_tui.tui.watches import Watches

STYLES = Path(__file__).parent.with_name("pages.tcss")
"""Read when the first page opens: the less there is to parse, the sooner the first frame."""


class Fetched(Message):
    """What was read in the background; `value` is None where it could not be, and `problem` says why."""

    bubble = False

    def __init__(self, generation: int, what: str, value: object, problem: str = "") -> None:
        super().__init__()
        self.generation, self.what, self.value, self.problem = generation, what, value, problem


class Page(LeftOnce[None]):
    """A screen over the search, whose jobs and pictures it shares. Subclasses give `compose_body`."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.PAGE, [keymap.STOP])
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (140, "-very-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high"), (44, "-tall")]
    has_own_bar = False
    """Whether the body has a `JobBar`."""
    views: tuple[str, ...] = ()
    """Names of the views of this page; with fewer than two, there are no keys to change between them."""

    def __init__(self, home: IndexingScreen, *crumbs: str) -> None:
        super().__init__()
        self.home, self.workspace, self.loader = home, home.workspace, home.loader
        self._crumbs = crumbs
        self._asked: dict[str, int] = {}
        self._rows = ""
        self.shown_view = ""

    def compose(self) -> ComposeResult:
        yield Static(_crumbs_content(self._crumbs), id="header", markup=False)
        yield from self.compose_body()
        if not self.has_own_bar:
            yield JobBar()
        yield KeyHints()

    def compose_body(self) -> ComposeResult:
        """The widgets between the first line and the last two."""
        yield from ()

    def on_mount(self) -> None:
        if self.home.running is not None:
            self.home.show_in(self.query_one(JobBar))

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        """Groups of keys with the widget they belong to, for the command palette."""
        return [(keymap.PAGE, self), ([keymap.STOP], self)]

    def name_page(self, *crumbs: str) -> None:
        """Change what the first line says."""
        self._crumbs = crumbs
        self.query_one("#header", Static).update(_crumbs_content(crumbs))

    @property
    def watches(self) -> Watches:
        """The collections that are kept current."""
        watches: Watches = self.app.watches  # type: ignore[attr-defined]
        return watches

    # Reading in the background

    def fetch(self, what: str, read: Callable[[], object], *, rows: bool = False) -> None:
        """Read in a worker thread; `fetched` gets the outcome, unless the same was asked for again since. Where it is
        what the page is about, `rows`, what is typed meanwhile waits for it."""
        self._asked[what] = self._asked.get(what, 0) + 1
        self._rows = what if rows else self._rows
        self.loader.submit(partial(self._fetch, self._asked[what], what, read))

    def _fetch(self, generation: int, what: str, read: Callable[[], object]) -> None:
        try:
            self.post_message(Fetched(generation, what, read()))
        except RevsearchError as error:
            self.post_message(Fetched(generation, what, None, str(error)))
        except Exception as error:  # a damaged file that nobody foresaw must not leave the page waiting
            self.post_message(Fetched(generation, what, None, f"{type(error).__name__}: {error}"))

    def on_fetched(self, message: Fetched) -> None:
        if message.generation == self._asked[message.what] and self.is_attached:
            self.fetched(message)
            self._rows = "" if message.what == self._rows else self._rows

    @property
    def awaits_rows(self) -> bool:
        """Whether what is typed waits for what is being read."""
        return bool(self._rows)

    def fetched(self, message: Fetched) -> None:
        """What `fetch` asked for is there."""

    def on_job_over(self, message: JobOver) -> None:
        self.job_over(message.made)

    def job_over(self, made: str) -> None:
        """A job ended; `made` is the id of what it made."""

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "stop_indexing":
            return self.home.running is not None
        if action == "view":
            return len(self.views) > 1
        return True

    def action_back(self) -> None:
        self.dismiss(None)

    def search_by(self, hit: Hit) -> None:
        """Leave all pages, and search with the picture of a hit."""
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        self.home.ask(own_path(hit), hit.image_id)

    def action_view(self, step: int) -> None:
        at = self.views.index(self.shown_view)
        self.show_view(self.views[(at + step) % len(self.views)])

    def action_view_at(self, number: int) -> None:
        self.show_view(self.views[number])

    def show_view(self, view: str) -> None:
        """Change to a view; subclasses that have views do more."""
        self.shown_view = view
        self.refresh_bindings()

    def on_note(self, message: Note) -> None:
        self.app.notify(shown(message.text), markup=False)

    def action_stop_indexing(self) -> None:
        self.home.action_stop_indexing()


def _crumbs_content(crumbs: tuple[str, ...]) -> Content:
    parts: list[tuple[str, str] | str] = [(" revsearch ", "$block-cursor-foreground on $primary bold")]
    for number, crumb in enumerate(crumbs):
        last = number == len(crumbs) - 1
        parts += ["  " if not number else ("  ›  ", "$border"), (clip(shown(crumb), 40), "bold" if last else "$text")]
    return Content.assemble(*parts)
