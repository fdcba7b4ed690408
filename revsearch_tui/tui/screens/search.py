"""The first room: ask with a picture, look at what was found."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Input

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.files import is_address
from revsearch_tui.tui.frame_first import HeldFrame
from revsearch_tui.tui.messages import (
    DetailRead,
    Fetching,
    FirstHits,
    FolderAsked,
    QueryFetched,
    SearchDone,
    SearchFailed,
)
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.query_pages import QueryPagesScreen
from revsearch_tui.tui.session import own_path
from revsearch_tui.tui.text import fetching_text, shown
from revsearch_tui.tui.widgets.frame import Header, JobBar, KeyHints
from revsearch_tui.tui.widgets.query import PathLine
from revsearch_tui.tui.widgets.refined import RefinedLine
from revsearch_tui.tui.widgets.results.row import answered_by, results_title
from revsearch_tui.tui.widgets.results.view import ResultsView
from revsearch_tui.tui.widgets.welcome import missing, nothing_asked

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import SearchResult
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.messages import Question
    from revsearch_tui.tui.widgets.side import SideColumn


class SearchScreen(QueryPagesScreen):
    """Query line, results, and a column with the query and the details of the highlighted hit."""

    BINDINGS = keymap.bindings(keymap.SEARCH)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (140, "-very-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high"), (44, "-tall")]
    AUTO_FOCUS = "#results"

    side: reactive[bool] = reactive(True, init=False)

    def __init__(
        self,
        workspace: Workspace,
        loader: PictureLoader,
        collection: str | None,
        is_first: bool,
        query: str = "",
        is_picking: bool = False,
    ) -> None:
        super().__init__(workspace, loader)
        self._wanted, self._is_first, self._first_query, self.is_picking = collection, is_first, query, is_picking
        self._column: SideColumn | None = None
        self._first_look: Question | None = None
        """What was last answered by a first look before the whole answer came."""
        self._frame = HeldFrame(self)
        if not is_first:
            self.session.open()  # a question may come before the first look at the collection

    def compose(self) -> ComposeResult:
        yield Header("" if self._is_first else self._wanted or "")
        line, body = PathLine(self.loader, id="query"), Horizontal(id="body")
        line.display = body.display = not self._is_first
        yield line
        yield RefinedLine()
        if self._is_first:
            yield self.make_welcome()
        with body:
            yield ResultsView(self.loader, self.workspace.config.text("tui.view"), id="results")
        yield JobBar()
        yield KeyHints()

    # Parts

    @property
    def results(self) -> ResultsView:
        return self.query_one(ResultsView)

    @property
    def query_line(self) -> PathLine:
        return self.query_one("#query", PathLine)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way in the background."""
        return all(part.is_idle for part in (self.engine, self.loader, self._frame, *self.queues))

    def on_mount(self) -> None:
        self.show_nothing()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """What needs more than the first frame: only now is anything heavy imported."""
        self.recall()
        if self._is_first:
            self.engine.prepare()
        else:
            self.open_collection(self._wanted)
        if self._first_query:
            self.ask(self._first_query)
        self.loader.submit(_load_dialogs)

    def stop(self) -> None:
        """Ask everything that runs to stop; returns at once."""
        for queue in self.queues:
            queue.stop()
        self.engine.stop()

    def close(self) -> None:
        """Stop what runs and wait for it."""
        self.stop()
        self.engine.ready.set()
        for queue in self.queues:
            queue.close()
        self.engine.close()
        self.keeper.write()
        self.loader.close()

    # Asking

    def ask(self, source: str, image_id: str = "") -> None:
        """Search with a path or URL."""
        self.session.ask(source, image_id, self.results.highlighted)
        self.search()

    def use_methods(self, methods: tuple[str, ...]) -> None:
        """Search by these from now on (none: by all), and once again what was asked last."""
        self.session.choose(methods)
        self.show_collection()
        if self.session.current is not None:
            self.search()

    def search(self) -> None:
        question, asked = self.session.search(), self.session.current
        if asked is None:
            return
        self._show_query()
        self.refresh_bindings()
        self.show_refinement()
        if question is not None:
            if self.results.hits:  # else the screen is laid out anew, by which messages are broken into lines
                self._frame.hold()
            is_there = not is_address(asked.source) or asked.picture is not None
            self.results.border_subtitle = "searching …" if is_there else "fetching …"
            self.engine.search(question)
            return
        empty = missing(self.session, self.is_filling)
        is_coming = empty is None or self.is_filling
        self.results.border_subtitle = "waiting for the collection …" if is_coming else ""
        if empty is not None:
            self.results.show_empty(empty.title, *empty.lines)
        if self.session.to_choose and self.is_current:
            self.action_collections()

    def on_fetching(self, message: Fetching) -> None:
        if message.question == self.session.question:
            self.results.border_subtitle = fetching_text(message.done, message.total)

    def on_query_fetched(self, message: QueryFetched) -> None:
        if message.question == self.session.question:
            self.session.keep(message.picture, message.image_id)
            self.results.border_subtitle = "searching …"
            self._show_query_picture()

    def on_first_hits(self, message: FirstHits) -> None:
        """Show it, unless the list stays as it is until the answer is there."""
        self.call_after_refresh(self.loader.frame.out)
        if message.question == self.session.question and message.result.hits and not self.is_following:
            self._show_result(message.result, 0)
            self.results.border_subtitle = "a first look · verifying …"
            self._first_look = message.question

    def on_search_done(self, message: SearchDone) -> None:
        if self.session.answer(message.question, message.result):
            if self._first_look == message.question and self.results.highlighted:
                self.follow()  # somebody looks at one already
            if message.result.query_is_gone:
                self._show_query_picture()
            self._show_result(message.result, self.place_of_followed(message.result))
            if self.session.current is not None:
                self.keep_query(self.session.current)

    def on_search_failed(self, message: SearchFailed) -> None:
        if not self.session.answer(message.question, None):
            return
        asked = self.session.current
        if asked is not None and asked.result is not None and self.has_taken_back(message):
            self._show_query_picture()
            self._show_result(asked.result, self.results.highlighted)
            return
        self.results.border_title, self.results.border_subtitle = "Results", ""
        lines = textwrap.wrap(shown(shortened(message.text, 500)), max(20, self.results.size.width - 4))
        self.results.show_empty(message.title, *lines)
        self._show_query_picture()
        self.refresh_bindings()

    def on_folder_asked(self, message: FolderAsked) -> None:
        if message.question == self.session.question:
            self._return()
            self._browse(Path(message.question.source))

    # Showing

    def show_collection(self) -> None:
        self.query_one(Header).show(self.session.facts, self.session.methods)
        self.show_marks()
        self.keep_choices()

    def _show_query(self) -> None:
        """Show what was asked last, but never in the place of what is being typed."""
        if self.focused is not self.query_line.input:
            self._show_asked()
        self._show_query_picture()

    def _show_asked(self) -> None:
        asked = self.session.current
        self.query_line.show(asked.source if asked is not None else "")

    def _show_query_picture(self) -> None:
        asked = self.session.current
        if asked is None:
            if self._column is not None:
                self._column.show_query("", "")
            return
        if asked.picture is not None:
            self.loader.keep(asked.image_id, asked.picture.data)
        self._side_column().show_query(asked.source, asked.image_id, asked.has_failed, self.part)

    def _side_column(self) -> SideColumn:
        """The column, which comes with the first query."""
        if self._column is None:
            from revsearch_tui.tui.widgets.side import SideColumn

            self._column = SideColumn(self.loader)
            self._column.display = self.side
            self.query_one("#body").mount(self._column)
        return self._column

    def show_nothing(self) -> None:
        self._show_query()
        self.show_refinement()
        self.results.border_title = "Results"
        self.results.border_subtitle = ""
        empty = nothing_asked(self.session, self.is_filling)
        self.results.show_empty(empty.title, *empty.lines)

    def _show_result(self, result: SearchResult, highlighted: int) -> None:
        hits = result.hits
        self._frame.show()
        self.results.border_title = results_title(result)
        self.results.border_subtitle = f"{answered_by(result)} · {result.seconds:.2f} s"
        if hits:
            signs = {hit.image_id: self.refinement.sign(hit.image_id) for hit in hits}
            self.results.show_hits(hits, highlighted, signs)
            if self.focused is not self.query_line.input:
                self.results.focus()
        else:
            way = "esc drops what it is narrowed to." if self.refinement.told() else "Try another method with m."
            self.results.show_empty("Nothing found", way)
        self.show_refinement()
        for note in result.notes:
            if note not in self.session.told and not self.is_told_above(note, result):
                self.session.told.add(note)
                self.app.notify(shown(note), markup=False)
        self.refresh_bindings()

    def on_results_view_highlighted(self, message: ResultsView.Highlighted) -> None:
        if self._column is not None:
            self._column.show_hit(message.hit)
        if message.hit is not None and self.session.facts is not None:
            self.engine.read_files(self.session.facts.name, message.hit.image_id, message.hit.paths)

    def on_detail_read(self, message: DetailRead) -> None:
        if self._column is not None:
            self._column.add_facts(message.facts)

    def watch_side(self, side: bool) -> None:
        if self._column is not None:
            self._column.display = side

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "stop_indexing":
            return self.running is not None
        if action == "back":
            return self.session.can_go_back
        if action == "edit_query" and isinstance(self.focused, Input):
            return False
        if action == "browse":
            return self._welcome is None
        if action == "unmark":
            return bool(self.session.marked)
        if action == "pick":
            return self.is_picking and not isinstance(self.focused, Input) and bool(self.meant)
        if action in ("do", "choose_action", "write_paths"):
            return bool(self.meant)
        if action in ("history", "save_query"):
            return self.can_recall(action)
        if action in ("narrow", "part", "columns", "clear", "undo"):
            return self.can_refine(action)
        if action in ("methods", "refresh_index"):
            return self.session.facts is not None
        return True

    def action_edit_query(self) -> None:
        line = self._welcome.line if self._welcome is not None else self.query_line
        self.set_focus(line.input)
        line.input.select_all()

    def action_toggle_view(self) -> None:
        self.results.view = "list" if self.results.view == "grid" else "grid"
        self.keep_view(self.results.view)

    def action_back(self) -> None:
        if self.session.can_go_back:
            self._return()

    def action_leave(self) -> None:
        if self.can_refine("clear") and self.session.question is None:
            self.action_clear()
        else:
            self.action_back()

    def _return(self) -> None:
        """Give up the query on the screen, and show the one before it."""
        asked = self.session.back()
        self.engine.give_up_search()
        self._show_query()
        self.show_collection()
        if asked is None:
            self.show_nothing()
        elif asked.result is not None and asked.methods == self.session.methods:
            self._show_result(asked.result, asked.highlighted)
        else:
            self.search()

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        self.results.focus()
        self.ask(event.source)

    def on_path_line_left(self) -> None:
        self.results.focus()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What was typed and not asked goes when the line is left; not when only the terminal is."""
        if event.widget is self.query_line.input and self.focused not in (None, event.widget):
            self._show_asked()

    def on_results_view_wanted(self, message: ResultsView.Wanted) -> None:
        if message.action == "query":
            self.ask(own_path(message.hit), message.hit.image_id)
        elif message.action == "mark":
            self.mark_hit(message.hit)
        elif message.action == "open":
            self.open_meant(message.hit)
        elif message.action == "explain":
            self.explain(message.hit)
        elif message.action == "copy":
            self.copy_meant(message.hit)
        else:
            self.judge_hit(message.hit, message.action)

    # Dialogs

    def action_browse(self) -> None:
        self._browse(self.session.nearest_folder)

    def _browse(self, folder: Path) -> None:
        from revsearch_tui.tui.screens.pick import BrowseDialog

        self.app.push_screen(BrowseDialog(self.loader, folder), lambda path: self.ask(str(path)) if path else None)

    def action_methods(self) -> None:
        from revsearch_tui.tui.screens.pick import MethodsDialog

        if self.session.facts is not None:
            dialog = MethodsDialog(self.session.facts, self.session.methods)
            self.app.push_screen(dialog, lambda methods: self.use_methods(methods) if methods else None)


def _load_dialogs() -> None:
    """Import the dialogs, so that the first of each opens at once."""
    from revsearch_tui.tui.screens import form, help, history, pick  # noqa: F401
