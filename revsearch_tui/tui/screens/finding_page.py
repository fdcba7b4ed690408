"""What pages about the open collection share that show what a job has found in it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.widgets import Static

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui.jobs import Order
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from textual.timer import Timer

    from revsearch_tui.tui.screens.indexing import IndexingScreen

_LOOK_EVERY_S = 0.2
_OPENING = "opening the collection …"
_NONE_OPEN = "No collection is open.\n\nGo back, and press a to index a folder, or c to choose a collection."


class FindingOrder(Order, Protocol):
    """A job that finds something."""

    @property
    def title(self) -> str:
        """What the job is called."""


class FindingPage(Page):
    """Shows what was found last in the open collection, or has it found as soon as nothing else runs."""

    title_text: ClassVar[str]
    finding_text: ClassVar[str]
    """Stands there while something is being found for the first time."""
    none_text: ClassVar[str]
    """Stands there while nothing was looked for."""
    order_kind: ClassVar[type]
    """What the job is that finds."""

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, self.title_text)
        self.collection = ""
        self._waits = False
        self._timer: Timer | None = None

    # What subclasses do

    def compose_body(self) -> ComposeResult:
        """What shows what is found gets the class `found`; the first of it, the focus."""
        yield Static(_OPENING, id="finding-empty", classes="page-empty", markup=False)

    @abstractmethod
    def last_order(self) -> FindingOrder:
        """The job that finds what was looked for last."""

    @abstractmethod
    def show_found(self) -> str | None:
        """Show what is known of the collection: None where nothing is, a sentence where that is empty, else ''."""

    @property
    @abstractmethod
    def is_known(self) -> bool:
        """Whether anything was looked for in the collection."""

    def opened(self) -> None:
        """It is known now which collection is open."""

    # Beginning

    def on_mount(self) -> None:
        super().on_mount()
        self.show()
        self._timer = self.set_interval(_LOOK_EVERY_S, self._begin)
        self._begin()

    def _begin(self) -> None:
        """Once it is known which collection is open: show what was found there, or begin to find."""
        session, running = self.home.session, self.home.jobs.is_running
        if session.facts is None or session.opening:
            if not session.opening and not running:
                self.say(_NONE_OPEN)
            return
        if self._timer is not None:
            self._timer.stop()
        self.collection = session.facts.name
        self.name_page(self.title_text, self.collection)
        self.opened()
        if not self.is_known and not self.is_finding:
            self._waits = running
            if not running:
                self.find(self.last_order())
        self.show()

    @property
    def awaits_rows(self) -> bool:
        return super().awaits_rows or (not self.collection and self.home.session.is_coming)

    @property
    def is_finding(self) -> bool:
        """Whether the job that runs is one of this page's."""
        return self.home.jobs.is_running and isinstance(self.home.jobs.order, self.order_kind)

    def find(self, order: FindingOrder) -> None:
        """Find in the background."""
        self.home.start_job(order, order.title)
        self.show()

    def job_over(self, made: str) -> None:
        if not self.collection:
            return
        if self._waits and not self.home.jobs.is_running:
            self._waits = False
            self.find(self.last_order())
        self.show()

    # Showing

    def show(self) -> None:
        """What was found, or a sentence in its place."""
        told = self.show_found()
        if told == "":
            self.say("")
            if self.focused is None:
                self.query(".found").first().focus()
        elif self.is_finding:
            self.say(self.finding_text)
        elif told is not None:
            self.say(told)
        elif self.collection:
            failure = self.home.jobs.failure if isinstance(self.home.jobs.order, self.order_kind) else None
            why = f"{shown(shortened(failure.text, 300))}\n\n" if failure else ""
            self.say(why + self.none_text)
        self.refresh_bindings()

    def say(self, text: str) -> None:
        """Show a text in the place of what was found; with none, that."""
        empty = self.query_one("#finding-empty", Static)
        empty.update(text)
        empty.display = bool(text)
        self.query(".found").set(display=not text)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        return bool(self.collection) if action == "find" else super().check_action(action, parameters)

    def action_cancel(self) -> None:
        if self.is_finding:
            self.home.action_stop_indexing()
        else:
            self.action_back()

    def action_find(self) -> None:
        if self.home.jobs.is_running:
            self.home.tell_busy()
        else:
            self.ask_what_to_find()

    @abstractmethod
    def ask_what_to_find(self) -> None:
        """Open the form."""
