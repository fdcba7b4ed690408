"""What was said of pairs of pictures in the open collection: listed, filtered, looked at, taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Input, Static

from revsearch_tui.core.storage.judgements import Judgement, Verdict, forget, judge, judgements_of, names_now
from revsearch_tui.tui import keymap
from revsearch_tui.tui.kept_keys import JUDGEMENTS
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.screens.two_files import TwoFilesScreen
from revsearch_tui.tui.text import clip, clip_placed, count, shown, shown_path
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row, SortTable
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.side import PicturePane

if TYPE_CHECKING:
    from textual.timer import Timer

    from revsearch_tui.tui.screens.indexing import IndexingScreen

SIGNS: Mapping[Verdict, str] = {"match": "= match", "no match": "≠ no match"}
_LOOK_EVERY_S = 0.2
_OPENING = "opening the collection …"
_NONE_OPEN = "No collection is open.\n\nGo back, and press a to index a folder, or c to choose a collection."
_EMPTY = (
    "Nothing was judged in this collection.\n\nAmong the hits of a picture, M judges a match, and N that it is none."
)
_NONE_LEFT = "No pair holds what you typed; esc shows them all."
_TABLE_EDGES = 16
"""Cells of borders and between columns."""


class Remembered(NamedTuple):
    """A judgement, with what its pictures are called now."""

    judgement: Judgement
    names: tuple[str, str]

    @property
    def key(self) -> str:
        """Names the pair."""
        return self.judgement.first.hex() + self.judgement.second.hex()

    @property
    def when(self) -> str:
        """Local date and minute."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.judgement.when))

    def holds(self, text: str) -> bool:
        """Whether kind, date or a path holds it, in letters of any case."""
        parts = (SIGNS[self.judgement.verdict], self.when, *self.names)
        return any(text.casefold() in part.casefold() for part in parts)


class JudgementsScreen(Page):
    """The newest first."""

    BINDINGS = keymap.bindings(JUDGEMENTS)
    AUTO_FOCUS = ""

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Judgements")
        self.collection = ""
        self.known: tuple[Remembered, ...] = ()
        self.listed: tuple[Remembered, ...] = ()
        self._forgotten: list[Judgement] = []
        self._wanted = ""
        self._timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="judgements-filter"):
            yield Static("Filter", classes="prompt")
            yield Input(placeholder="part of a path, a date, or no match", compact=True)
        yield Static(_OPENING, id="judgements-empty", classes="page-empty", markup=False)
        yield SortTable(id="judgements")
        with Horizontal(id="judgements-pair"):
            yield PicturePane(self.loader, "no picture", id="judgements-first")
            yield PicturePane(self.loader, "no picture", id="judgements-second")
        yield Static("", id="judgements-foot", classes="page-foot", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one(SortTable)

    @property
    def filter(self) -> Input:
        return self.query_one(Input)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(JUDGEMENTS, self), (keymap.TABLE, self.table), *super().places()]

    def current(self) -> Remembered | None:
        """The pair the cursor is on."""
        return next((each for each in self.listed if each.key == self.table.row_key), None)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.border_title = "Judgements"
        self.query_one("#judgements-filter").display = False
        self._say(_OPENING)
        self._timer = self.set_interval(_LOOK_EVERY_S, self._begin)
        self._begin()

    def _begin(self) -> None:
        """Once it is known which collection is open, read what was said in it."""
        session = self.home.session
        if session.facts is None or session.opening:
            if not session.opening and not self.home.jobs.is_running:
                self._say(_NONE_OPEN)
            return
        if self._timer is not None:
            self._timer.stop()
        self.collection = session.facts.name
        self.name_page("Judgements", self.collection)
        self.fetch("judgements", self._read, rows=True)

    @property
    def awaits_rows(self) -> bool:
        return super().awaits_rows or (not self.collection and self.home.session.is_coming)

    # Reading and writing, in the background

    def _read(self) -> tuple[Remembered, ...]:
        from revsearch_tui.core.storage.catalog.catalog import Catalog

        collection = self.workspace.collection(self.collection)
        with Catalog(collection.catalog_file) as catalog:
            return tuple(Remembered(each, names_now(catalog, each)) for each in judgements_of(collection.home))

    def _write(self, write: Callable[[Path], object]) -> None:
        """Change what is said by a function of the collection's home, and read it anew."""

        def write_then_read() -> object:
            write(self.workspace.collection(self.collection).home)
            return self._read()

        self.fetch("written", write_then_read)

    def fetched(self, message: Fetched) -> None:
        if not isinstance(message.value, tuple):
            if message.what == "judgements":
                self._say(shown(message.problem))
            else:
                self.app.notify(shown(message.problem), severity="error", markup=False)
            return
        self.known = message.value
        self._show()
        if message.what == "written":
            self.home.search_again()

    # Showing

    def _show(self) -> None:
        """The pairs that the filter lets pass, or a sentence in their place."""
        text = self.filter.value.strip()
        self.listed = tuple(each for each in self.known if each.holds(text))
        self._say("" if self.listed else _NONE_LEFT if self.known else _EMPTY)
        self.table.show(*_listing(self.listed, self.size.width))
        of = f" of {len(self.known):,}" if len(self.listed) < len(self.known) else ""
        self.table.border_subtitle = f"{len(self.listed):,}{of} pairs" if of else count(len(self.listed), "pair")
        if self._wanted:
            self.table.go_to(self._wanted)
            self._wanted = ""
        if self.listed and self.focused is None:
            self.table.focus()
        self._show_pair()
        self.refresh_bindings()

    def _say(self, text: str) -> None:
        """Show a text in the place of pairs; with none, these."""
        empty = self.query_one("#judgements-empty", Static)
        empty.update(text)
        empty.display = bool(text)
        for name in ("#judgements", "#judgements-pair", "#judgements-foot"):
            self.query_one(name).display = not text

    def _show_pair(self) -> None:
        """Both pictures under the cursor, with where they are."""
        pair = self.current()
        if pair is None:
            return
        paths = [Path(name) for name in pair.names]
        folders = telling_folders(paths)
        ids = pair.judgement.first, pair.judgement.second
        for number, side in enumerate(("first", "second")):
            pane = self.query_one(f"#judgements-{side}", PicturePane)
            pane.show(paths[number], ids[number].hex())
            width = max(10, self.size.width // 2 - 6)
            name = clip_placed(shown(folders.get(number, "")), shown(paths[number].name), width)
            pane.border_title = Content(name)  # names are no markup
        width = max(20, self.size.width - 2)
        foot = "\n".join(clip(shown_path(path), width, keep_end=True) for path in paths)
        self.query_one("#judgements-foot", Static).update(Content(foot))

    def on_sort_table_moved(self) -> None:
        self._show_pair()

    def on_resize(self) -> None:
        if self.known:
            self._show()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "filter":
            return bool(self.known)
        if action == "forget":
            return bool(self.listed)
        if action == "undo":
            return bool(self._forgotten)
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one("#judgements-filter").display = True
        self.filter.focus()

    def on_input_changed(self) -> None:
        self._show()

    def on_input_submitted(self) -> None:
        if self.listed:
            self.table.focus()

    def action_back(self) -> None:
        """Give up the filter first."""
        line = self.query_one("#judgements-filter")
        if not line.display:
            super().action_back()
            return
        line.display = False
        self.filter.value = ""
        self._show()
        if self.listed:
            self.table.focus()

    def on_sort_table_chosen(self) -> None:
        pair = self.current()
        if pair is not None:
            self.app.push_screen(JudgedTwoScreen(self.home, self.listed, self.listed.index(pair)))

    def action_forget(self) -> None:
        pair = self.current()
        if pair is None:
            return
        at = self.listed.index(pair)
        others = [each for each in self.listed if each is not pair]
        self._wanted = others[min(at, len(others) - 1)].key if others else ""
        self._forgotten.append(pair.judgement)
        self._write(lambda home: forget(home, [(pair.judgement.first, pair.judgement.second)]))

    def action_undo(self) -> None:
        if not self._forgotten:
            return
        said = self._forgotten.pop()
        self._wanted = Remembered(said, said.names).key
        pair = (said.first, said.second)
        self._write(lambda home: judge(home, [pair], [said.names], said.verdict, said.when))


class JudgedTwoScreen(TwoFilesScreen):
    """Both pictures of a pair in full size, and those of the pairs after and before it."""

    def __init__(self, home: IndexingScreen, pairs: Sequence[Remembered], at: int) -> None:
        super().__init__(home, "Judgements", "Compare")
        self._pairs, self._at = pairs, at

    def files(self) -> tuple[Path, Path]:
        first, second = self._pairs[self._at].names
        return Path(first), Path(second)

    def foot(self, width: int) -> Content:
        pair = self._pairs[self._at]
        where = " · ".join(clip(shown_path(path), max(10, width // 2 - 2), keep_end=True) for path in self.files())
        told = (
            f"{SIGNS[pair.judgement.verdict]}, said {pair.when} · {self._at + 1:,} of {count(len(self._pairs), 'pair')}"
        )
        return Content.assemble((where, "$text"), "\n", (told, "$foreground-muted"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action in ("keep", "mark"):
            return False
        if action == "step":
            return len(self._pairs) > 1
        return super().check_action(action, parameters)

    def action_step(self, step: int) -> None:
        self._at = (self._at + step) % len(self._pairs)
        self.changed()


def _listing(pairs: Sequence[Remembered], width: int) -> tuple[list[Column], list[Row]]:
    """The table in so many cells."""
    room = max(8, (width - _TABLE_EDGES - len(SIGNS["no match"]) - len("2026-01-01 00:00")) // 2)
    columns = [Column("kind", "said"), Column("when", "when"), Column("first", "picture"), Column("second", "and")]
    rows = []
    for pair in pairs:
        paths = [Path(name) for name in pair.names]
        folders = telling_folders(paths)
        names = [clip_placed(shown(folders.get(at, "")), shown(path.name), room) for at, path in enumerate(paths)]
        verdict = pair.judgement.verdict
        kind = Cell(SIGNS[verdict], kind="good" if verdict == "match" else "bad")
        rows.append(Row(pair.key, [kind, Cell(pair.when, kind="faint"), *map(Cell, names)]))
    return columns, rows
