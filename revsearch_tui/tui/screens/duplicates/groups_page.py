"""The groups of the open collection: found in the background, decided about, and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import UsageError
from revsearch_tui.tui import keymap
from revsearch_tui.tui.duplicate_jobs import ApplyOrder, FindOrder, FindRequest, UndoOrder, is_moving_files
from revsearch_tui.tui.screens.finding_page import FindingPage
from revsearch_tui.tui.screens.page import Fetched
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.viewer import copy_path, open_path
from revsearch_tui.tui.widgets.duplicates.groups_view import GroupsView
from revsearch_tui.tui.widgets.duplicates.words import foot_content, plan_content, staying_text
from revsearch_tui.tui.widgets.picture_rows import PictureRows

if TYPE_CHECKING:
    from revsearch_tui.core.groups.plan import Action
    from revsearch_tui.core.groups.review import Review
    from revsearch_tui.tui.screens.indexing import IndexingScreen


class DuplicatesScreen(FindingPage):
    """What was found last, or else what is being found."""

    BINDINGS = keymap.bindings(keymap.DUPLICATES)
    title_text = "Duplicates"
    finding_text = "Looking for what is the same.\n\nThe groups appear here; esc gives up."
    none_text = "n looks for what is the same in this collection."
    order_kind = FindOrder

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home)
        self._review: Review | None = None
        self._can_undo = False

    def compose_body(self) -> ComposeResult:
        yield from super().compose_body()
        yield GroupsView(self.loader, id="duplicates-groups", classes="found")
        yield Static("", id="duplicates-foot", classes="found", markup=False)

    @property
    def view(self) -> GroupsView:
        return self.query_one(GroupsView)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.DUPLICATES, self), (keymap.TWINS, self.view), *super().places()]

    def on_mount(self) -> None:
        self.view.border_title = "Groups"
        super().on_mount()

    def opened(self) -> None:
        self.fetch("undo", self._read_undo)

    @property
    def is_known(self) -> bool:
        return self.collection in self.home.duplicates.reviews

    @property
    def _last(self) -> FindRequest:
        """What was looked for last."""
        return self.home.duplicates.requests.get(self.collection) or FindRequest(self.collection)

    def last_order(self) -> FindOrder:
        return FindOrder(self._last, self.home.duplicates)

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
        if self.collection:
            self.fetch("undo", self._read_undo)
        super().job_over(made)

    # Showing

    def show_found(self) -> str | None:
        review = self.home.duplicates.reviews.get(self.collection)
        if review is None:
            return None
        if review is not self._review:
            self._review = review
            self.view.show(review)
        return "" if review.groups else "Nothing in this collection is the same."

    def on_resize(self) -> None:
        self.on_picture_rows_moved()

    def on_picture_rows_moved(self) -> None:
        view = self.view
        content = foot_content(view.group, view.entry, max(20, self.size.width - 2)) if view.group else Content("")
        self.query_one("#duplicates-foot", Static).update(content)
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        self.view.changed()

    # Deciding

    def on_picture_rows_wanted(self, message: PictureRows.Wanted) -> None:
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
                decide = review.toggle if message.action == "mark" else review.keep
                if staying := decide(view.group, view.entry):
                    self.app.notify(staying_text(staying), title="Stays", markup=False)
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
        return super().check_action(action, parameters)

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

    def ask_what_to_find(self) -> None:
        from revsearch_tui.tui.screens.duplicates.asking import FindForm

        def answered(request: FindRequest | None) -> None:
            if request is not None:
                self.find(FindOrder(request, self.home.duplicates))

        facts = self.home.session.facts
        methods = facts.methods if facts is not None and facts.name == self._last.collection else self._last.methods
        self.app.push_screen(FindForm(self._last, tuple(methods)), answered)

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
