"""The groups of the open collection: found in the background, decided about, and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.duplicate_jobs import ApplyOrder, FindOrder, FindRequest, UndoOrder, is_moving_files
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.viewer import copy_path, open_path
from revsearch_tui.tui.widgets.duplicates.groups_view import GroupsView
from revsearch_tui.tui.widgets.duplicates.words import foot_content, plan_content

if TYPE_CHECKING:
    from textual.timer import Timer

    from revsearch_tui.core.groups.plan import Action
    from revsearch_tui.core.groups.review import Review
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_LOOK_EVERY_S = 0.2
_OPENING = "opening the collection …"
_NONE_OPEN = "No collection is open.\n\nGo back, and press a to index a folder, or c to choose a collection."
_FINDING = "Looking for what is the same.\n\nThe groups appear here; esc gives up."
_NOT_LOOKED = "n looks for what is the same in this collection."


class DuplicatesScreen(Page):
    """What was found last, or else what is being found."""

    BINDINGS = keymap.bindings(keymap.DUPLICATES)

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Duplicates")
        self.collection = ""
        self._review: Review | None = None
        self._can_undo = False
        self._waits = False
        self._timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(_OPENING, id="duplicates-empty", classes="page-empty", markup=False)
        yield GroupsView(self.loader, id="duplicates-groups")
        yield Static("", id="duplicates-foot", markup=False)

    @property
    def view(self) -> GroupsView:
        return self.query_one(GroupsView)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.DUPLICATES, self), (keymap.TWINS, self.view), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.view.border_title = "Groups"
        self._show()
        self._timer = self.set_interval(_LOOK_EVERY_S, self._begin)
        self._begin()

    def _begin(self) -> None:
        """Once it is known which collection is open: show what was found there, or begin to find."""
        session, running = self.home.session, self.home.jobs.is_running
        if session.facts is None or session.opening:
            if not session.opening and not running:
                self._say(_NONE_OPEN)
            return
        if self._timer is not None:
            self._timer.stop()
        self.collection = session.facts.name
        self.name_page("Duplicates", self.collection)
        self.fetch("undo", self._read_undo)
        if self.collection not in self.home.duplicates.reviews and not self._is_finding:
            self._waits = running
            if not running:
                self._find(self._last)
        self._show()

    @property
    def _last(self) -> FindRequest:
        """What was looked for last."""
        return self.home.duplicates.requests.get(self.collection) or FindRequest(self.collection)

    @property
    def _is_finding(self) -> bool:
        return self.home.jobs.is_running and isinstance(self.home.jobs.order, FindOrder)

    def _read_undo(self) -> bool:
        from revsearch_tui.core.groups.step_journal import journals_in

        return any(applied.open for applied in journals_in(self.workspace.folders.applied))

    def fetched(self, message: Fetched) -> None:
        from revsearch_tui.tui.screens.dialog import ReadingDialog

        if message.what == "undo":
            self._can_undo = bool(message.value)
            self.refresh_bindings()
        elif isinstance(message.value, Content):
            self.app.push_screen(ReadingDialog("Plan", message.value))

    def job_over(self, made: str) -> None:
        if not self.collection:
            return
        self.fetch("undo", self._read_undo)
        if self._waits and not self.home.jobs.is_running:
            self._waits = False
            self._find(self._last)
        self._show()

    # Showing

    def _show(self) -> None:
        """The groups, or a sentence in their place."""
        review = self.home.duplicates.reviews.get(self.collection)
        if review is not self._review and review is not None:
            self._review = review
            self.view.show(review)
        if review is not None and review.groups:
            self._say("")
            if self.focused is None:
                self.view.focus()
        elif self._is_finding:
            self._say(_FINDING)
        elif review is not None:
            self._say("Nothing in this collection is the same.")
        elif self.collection:
            failure = self.home.failure if isinstance(self.home.jobs.order, FindOrder) else None
            self._say(f"{shown(shortened(failure.text, 300))}\n\n{_NOT_LOOKED}" if failure else _NOT_LOOKED)
        self.refresh_bindings()

    def _say(self, text: str) -> None:
        """Show a text in the place of groups; with none, these."""
        empty = self.query_one("#duplicates-empty", Static)
        empty.update(text)
        empty.display = bool(text)
        for name in ("#duplicates-groups", "#duplicates-foot"):
            self.query_one(name).display = not text

    def on_resize(self) -> None:
        self.on_groups_view_moved()

    def on_groups_view_moved(self) -> None:
        view = self.view
        content = foot_content(view.group, view.entry, max(20, self.size.width - 2)) if view.group else Content("")
        self.query_one("#duplicates-foot", Static).update(content)
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        self.view.changed()

    # Deciding

    def on_groups_view_wanted(self, message: GroupsView.Wanted) -> None:
        view, review = self.view, self._review
        if view.group is None or view.file is None or review is None:
            return
        if message.action == "compare":
            from revsearch_tui.tui.screens.duplicates.two_page import TwoScreen

            self.app.push_screen(TwoScreen(self.home, review, view.group, view.entry))
        elif message.action == "open":
            open_path(self, view.file.path, self.workspace.config.text("tui.viewer"))
        elif message.action == "copy":
            copy_path(self, view.file.path)
        elif not self._is_busy():
            try:
                (review.toggle if message.action == "mark" else review.keep)(view.group, view.entry)
            except UsageError as error:
                self.app.notify(shown(str(error)), title="Stays", severity="warning", markup=False)
            view.changed()

    def _is_busy(self) -> bool:
        """Whether the files are being moved, so that nothing can be decided; it is told."""
        if is_moving_files(self.home.jobs):
            self.home.tell_busy()
            return True
        return False

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action in ("apply", "plan", "unmark", "rules"):
            return self._review is not None and bool(self._review.groups)
        if action == "undo":
            return self._can_undo
        if action == "find":
            return bool(self.collection)
        return super().check_action(action, parameters)

    def action_cancel(self) -> None:
        if self._is_finding:
            self.home.action_stop_indexing()
        else:
            self.action_back()

    def action_rules(self) -> None:
        if self._review is not None and not self._is_busy():
            self._review.apply_rules()
            self.view.changed()

    def action_unmark(self) -> None:
        if self._review is not None and not self._is_busy():
            self._review.unmark()
            self.view.changed()

    def _is_marked(self) -> bool:
        """Whether anything is; it is told where nothing is."""
        if self._review is None or not self._review.files:
            text = "Nothing is marked: space marks a file, a marks by the rules of what to keep."
            self.app.notify(text, severity="warning", markup=False)
            return False
        return True

    def action_plan(self) -> None:
        if self._is_marked() and self._review is not None:
            review = self._review
            self.fetch("plan", lambda: plan_content(review.chosen()))

    def action_find(self) -> None:
        from revsearch_tui.tui.screens.duplicates.asking import FindForm

        if self.home.jobs.is_running:
            self.home.tell_busy()
        else:
            self.app.push_screen(FindForm(self._last), lambda request: self._find(request) if request else None)

    def _find(self, request: FindRequest) -> None:
        order = FindOrder(request, self.home.duplicates)
        self.home.start_job(order, order.title)
        self._show()

    def action_apply(self) -> None:
        from revsearch_tui.tui.screens.duplicates.asking import ApplyDialog

        if self.home.jobs.is_running:
            self.home.tell_busy()
        elif self._is_marked() and self._review is not None:
            self.app.push_screen(ApplyDialog(self._review), lambda action: self._apply(action) if action else None)

    def _apply(self, action: Action) -> None:
        if self._review is not None:
            order = ApplyOrder(self.collection, self._review, action, self.home.duplicates)
            self.home.start_job(order, order.title)

    def action_undo(self) -> None:
        if self.home.jobs.is_running:
            self.home.tell_busy()
        else:
            order = UndoOrder(self.collection, self.home.duplicates)
            self.home.start_job(order, order.title)
