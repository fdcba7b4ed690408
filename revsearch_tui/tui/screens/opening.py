"""The part of the first room that opens collections and keeps what is known of the one on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Input

from revsearch_tui.tui.engine_thread import EngineThread
from revsearch_tui.tui.messages import CollectionChanged, CollectionOpened
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.session import Session
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.messages import CollectionFacts


class OpeningScreen(Screen[None]):
    """A screen over one collection; subclasses show what it is and what is asked of it."""

    def __init__(self, workspace: Workspace, loader: PictureLoader) -> None:
        super().__init__()
        self.workspace, self.loader = workspace, loader
        self.engine = EngineThread(workspace, self.post_message)
        self.session = Session()
        self.offered = ""
        """A collection that the user may want to change to."""

    def open_collection(self, name: str | None) -> None:
        """Change to another collection; None: the default one."""
        self.engine.open_collection(self.session.open(), name)

    def on_collection_opened(self, message: CollectionOpened) -> None:
        session = self.session
        if message.opening != session.opening:
            return
        session.opening = 0
        if message.facts is not None:
            self._enter(message.facts)
        else:
            session.to_choose = message.to_choose
            if message.problem:
                self.app.notify(shown(message.problem), title="Not indexed", severity="warning", markup=False)
            if session.facts is None:
                self.show_nothing()
            if message.to_choose and self.is_current and not isinstance(self.focused, Input):
                self.action_collections()  # over what is typed it would swallow the keys
        if session.waits or session.question:  # what was asked gave way to the change
            self.search()

    def on_collection_changed(self, message: CollectionChanged) -> None:
        session = self.session
        if session.facts.name != message.facts.name if session.facts else session.opening:
            return
        if session.facts is None and not message.facts.pictures and self.is_filling:
            return  # there is nothing to search so far
        self._enter(message.facts)
        if session.waits and message.facts.methods:
            self.search()

    def _enter(self, facts: CollectionFacts) -> None:
        changed = self.session.enter(facts)
        self.show_collection()
        if changed:
            self.show_nothing()

    # What subclasses do

    @property
    def is_filling(self) -> bool:
        """Whether what is on the screen, or will be where nothing is, is being indexed."""
        return False

    def show_collection(self) -> None:
        """Show what is known of the collection."""

    def show_nothing(self) -> None:
        """Show that nothing was asked, and what can be done."""

    def search(self) -> None:
        """Ask the query on the screen, now or when it can be asked."""

    # Actions

    def action_collections(self) -> None:
        from revsearch_tui.tui.screens.pick import CollectionsDialog

        facts = self.session.facts
        names = [(collection.name, collection.roots) for collection in self.workspace.collections()]
        dialog = CollectionsDialog(names, self.offered or (facts.name if facts else ""))
        self.offered = ""
        self.app.push_screen(dialog, lambda name: self.open_collection(name) if name else None)
