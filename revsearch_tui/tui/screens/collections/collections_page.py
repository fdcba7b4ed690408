"""All collections, with what each holds and what of its folders it does not; switching, renaming, indexing again,
following folders that moved, watching, deleting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.holdings import Contents, Holding, Holdings, default_note, read_contents, read_holdings
from revsearch_tui.tui.kept_keys import COLLECTIONS
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.collections.asking import Move, RelocateForm, RenameForm
from revsearch_tui.tui.screens.dialog import ConfirmDialog
from revsearch_tui.tui.screens.form import IndexForm
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import count, shown, shown_path, size_text
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.frame import key_of
from revsearch_tui.tui.widgets.holdings_view import holdings_table, holds_content, left_subtitle, left_table

if TYPE_CHECKING:
    from revsearch_tui.core.storage.relocation import Relocated
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_READING = "reading …"
_EMPTY = "Nothing is indexed yet.\n\nGo back, and press a to index a folder of pictures."
_HOLDS, _LEFT = "holds", "left"
_LOOK_EVERY_S = 2.0
_EDGES = 6
"""Cells of a pane's frame, padding and scrollbar."""


class Changed(NamedTuple):
    """What was done with a collection: how it was called before, how it is called now (empty: it is no more), and what
    to tell."""

    name: str
    now: str
    text: str


class CollectionsScreen(Page):
    """A table of collections, and below it what the one under the cursor holds, and the files it does not."""

    BINDINGS = keymap.bindings(COLLECTIONS)
    AUTO_FOCUS = ""
    views = (_HOLDS, _LEFT)

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Collections")
        self.shown_view = _HOLDS
        self.holdings = Holdings(())
        self.contents: Contents | None = None
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        yield Static(_READING, id="collections-empty", classes="page-empty", markup=False)
        yield SortTable(id="collections")
        with Horizontal(id="collection"):
            with VerticalScroll(id="collection-holds", can_focus=False):
                yield Static("", id="collection-text", markup=False)
            yield SortTable(opens=False, id="collection-left")
        yield Static("", id="collections-foot", classes="page-foot", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one("#collections", SortTable)

    @property
    def left(self) -> SortTable:
        return self.query_one("#collection-left", SortTable)

    @property
    def holding(self) -> Holding | None:
        """The collection under the cursor."""
        return next((each for each in self.holdings.collections if each.name == self.table.row_key), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(COLLECTIONS, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.table.border_title = "Collections"
        self.query_one("#collection-holds").border_title = "What it holds"
        self.left.border_title = "Not in it"
        self._wanted = self._opened
        self._say(_READING)
        self._look()
        self.set_interval(_LOOK_EVERY_S, self._look_at_work)

    @property
    def _opened(self) -> str:
        facts = self.home.session.facts
        return facts.name if facts is not None else ""

    # Reading, in the background

    def _look(self) -> None:
        self.fetch("holdings", partial(read_holdings, self.workspace), rows=not self.holdings.collections)

    def _look_at_work(self) -> None:
        """See how far it is, where something is written."""
        if self.home.jobs.is_running or any(each.is_written for each in self.holdings.collections):
            self._look()

    def job_over(self, made: str) -> None:
        self._look()

    def on_collection_followed(self) -> None:
        self._look()

    def fetched(self, message: Fetched) -> None:
        if isinstance(message.value, Holdings):
            self._show(message.value)
        elif isinstance(message.value, Contents):
            if self.holding is not None and message.value.name == self.holding.name:
                self.contents = message.value
                self._show_one()
        elif isinstance(message.value, Changed):
            self._take_up(message.value)
        elif message.what != "contents":  # what is gone was deleted or renamed meanwhile, as the list tells
            self.app.notify(shown(message.problem), severity="error", markup=False)

    # Showing

    def _show(self, holdings: Holdings) -> None:
        self.holdings = holdings
        known = holdings.collections
        self._say("" if known else _EMPTY)
        watched = [each.name for each in known if self.watches.of(each.name) is not None]
        self.table.show(*holdings_table(known, self._opened, watched, self.size.width))
        self.table.border_subtitle = count(len(known), "collection")
        if self._wanted:
            self.table.go_to(self._wanted)
            self._wanted = ""
        if known and self.focused is None:
            self.table.focus()
        lost = "\n".join(
            f"The index '{name}' has lost its description; revsearch collections adopt {name} takes it up again."
            for name in holdings.lost
        )
        foot = self.query_one("#collections-foot", Static)
        foot.update(lost)
        foot.display = bool(lost)
        self._read_one()

    def _say(self, text: str) -> None:
        """Show a text in the place of collections; with none, these."""
        empty = self.query_one("#collections-empty", Static)
        empty.update(text)
        empty.display = bool(text)
        for name in ("#collections", "#collection"):
            self.query_one(name).display = not text

    def _read_one(self) -> None:
        holding = self.holding
        if holding is None:
            return
        if self.contents is not None and self.contents.name != holding.name:
            self.contents = None
        self._show_one()
        self.fetch("contents", partial(read_contents, self.workspace, holding.name))

    def _show_one(self) -> None:
        holding, contents = self.holding, self.contents
        if holding is None:
            return
        room = self.size.width // (1 if self.has_class("-narrow") else 2)
        self.query_one("#collection-text", Static).update(holds_content(holding, contents, room - _EDGES))
        columns, rows = left_table(contents, room) if contents else ([], [])
        if rows != list(self.left.rows_shown) or not columns:
            self.left.show(columns, rows)
        self.left.border_subtitle = left_subtitle(contents) if contents is not None else ""
        self.show_view(self.shown_view)

    def show_view(self, view: str) -> None:
        super().show_view(view)
        self.set_class(view == _LEFT, "-left")
        is_hidden = self.has_class("-narrow") and self._left_files
        hint = f"tab shows {count(self._left_files, 'file')} not in it" if is_hidden else ""
        self.query_one("#collection-holds").border_subtitle = hint

    @property
    def _left_files(self) -> int:
        return self.contents.all_left if self.contents is not None else 0

    def action_view(self, step: int) -> None:
        super().action_view(step)
        if self.shown_view == _LEFT and self.left.rows_shown:
            self.left.focus()
        else:
            self.table.focus()

    @on(SortTable.Moved, "#collections")
    def _moved(self) -> None:
        self._read_one()
        self.refresh_bindings()

    def on_resize(self) -> None:
        if self.holdings.collections:
            self._show(self.holdings)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action in ("index", "watch", "add", "rename", "relocate", "delete"):
            return self.holding is not None
        return super().check_action(action, parameters)

    def action_scroll_detail(self, step: int) -> None:
        self.query_one("#collection-holds", VerticalScroll).scroll_relative(y=3 * step, animate=False)

    @on(SortTable.Chosen, "#collections")
    def _switch(self, message: SortTable.Chosen) -> None:
        if message.row != self._opened:
            self.home.open_collection(message.row)
        self.action_back()

    def action_index(self) -> None:
        if self.holding is not None:
            self.home.start_indexing(IndexOrder(self.holding.name))
            self._look()

    def action_add(self) -> None:
        if self.holding is not None:
            form = IndexForm(self.loader, self.holding.name, self.holding.methods, offers=self.home.labels)
            self.app.push_screen(form, lambda order: self.home.start_indexing(order) if order else None)

    def action_watch(self) -> None:
        holding = self.holding
        if holding is None:
            return
        job, key = self.watches.of(holding.name), key_of(self, "collections.watch")
        if job is not None:
            self.watches.end(job)
            return
        self.watches.begin(holding.name)
        text = f"'{shown(holding.name)}' is watched until the app is left, or until {key} once more."
        self.app.notify(text, markup=False)
        self._look()

    def action_rename(self) -> None:
        holding = self.holding
        if holding is None or self._is_watched(holding):
            return
        name = holding.name
        form = RenameForm(name, [each.name for each in self.holdings.collections])
        self.app.push_screen(form, lambda now: self._change(name, partial(self._rename, name, now)) if now else None)

    def action_relocate(self) -> None:
        holding = self.holding
        if holding is None:
            return
        name = holding.name
        missing = self.contents.missing if self.contents is not None else ()
        form = RelocateForm(self.loader, name, holding.roots, missing)
        self.app.push_screen(form, lambda to: self._change(name, partial(self._move, name, to)) if to else None)

    def action_delete(self) -> None:
        holding = self.holding
        if holding is None or self._is_watched(holding):
            return
        name = holding.name
        text = (
            f"What is indexed of {count(holding.pictures, 'picture')}, {size_text(holding.bytes)} on the disk, and "
            "what was judged of them, is deleted and cannot be brought back. The pictures themselves are not touched."
        )
        dialog = ConfirmDialog(f"Delete the collection '{shown(name)}'?", text, "Delete")
        self.app.push_screen(dialog, lambda yes: self._change(name, partial(self._delete, name)) if yes else None)

    def _is_watched(self, holding: Holding) -> bool:
        """Whether it is watched, which is told."""
        if self.watches.of(holding.name) is None:
            return False
        text = f"'{shown(holding.name)}' is watched; {key_of(self, 'collections.watch')} ends that first."
        self.app.notify(text, severity="warning", markup=False)
        return True

    # What is done, in the thread that searches, which has let go of the collection

    def _change(self, name: str, work: Callable[[], Changed]) -> None:
        self._asked["changed"] = self._asked.get("changed", 0) + 1
        self.home.engine.change(name, partial(self._fetch, self._asked["changed"], "changed", work))

    def _rename(self, name: str, now: str) -> Changed:
        from revsearch_tui.core.storage.renaming import rename

        rename(self.workspace.collection(name), now)
        return Changed(name, now, f"'{name}' is called '{now}' now. {default_note(self.workspace, name, now)}")

    def _move(self, name: str, move: Move) -> Changed:
        from revsearch_tui.core.storage.relocation import relocate

        moved = relocate(self.workspace.collection(name), move.old, move.new)
        return Changed(name, name, _moved_text(move, moved))

    def _delete(self, name: str) -> Changed:
        from revsearch_tui.core.storage.dropping import drop

        collection = self.workspace.collection(name)
        keys = self.workspace.keys(collection)
        drop(collection, keys, store=self.workspace.store_kind(collection), whole=True)
        return Changed(name, "", f"'{name}' is deleted. {default_note(self.workspace, name, '')}")

    def _take_up(self, changed: Changed) -> None:
        from revsearch_tui.tui.following import follow

        follow(self.home, changed.name, changed.now)
        self.app.notify(shown(changed.text.strip()), markup=False, timeout=8)
        self._wanted = changed.now
        self._look()


def _moved_text(move: Move, moved: Relocated) -> str:
    parts = [f"{count(moved.files, 'file')} that were below '{shown_path(move.old)}' are known below the new place"]
    parts += [f"'{shown_path(root)}' is not there" for root in moved.missing]
    if moved.absent:
        names = ", ".join(path.name for path in moved.absent[:3])
        parts.append(f"{count(len(moved.absent), 'file')} of them are not there: {names}, …")
    return "; ".join(parts) + "."
