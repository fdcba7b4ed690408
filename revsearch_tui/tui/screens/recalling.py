"""The part of the first room that remembers from one start to the next, and asks again what was asked before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from revsearch_tui.tui.marks import Marked
from revsearch_tui.tui.memory import Change, Keeper, Memory, PastQuery
from revsearch_tui.tui.screens.marking import MarkingScreen
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.pictures.loader import PictureLoader
    from revsearch_tui.tui.session import Asked

_WRITE_AFTER_S = 1.0
"""Changes that follow one another within this time are written together."""


class Recalled(Message):
    """What was remembered is read."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory


class RecallingScreen(MarkingScreen):
    """A screen that remembers."""

    def __init__(self, workspace: Workspace, loader: PictureLoader) -> None:
        super().__init__(workspace, loader)
        self.keeper = Keeper(workspace.folders)
        self._is_writing_soon = False

    def recall(self) -> None:
        """Read what is remembered, in the background, before all that is asked of the engine from now on."""
        self.engine.tell(lambda: Recalled(self.keeper.read()))

    def on_recalled(self, message: Recalled) -> None:
        self.keeper.take(message.memory)
        memory = self.keeper.memory
        if memory.view and self.workspace.config.origins["tui.view"] == "default":
            self.results.view = memory.view
        for name, methods in memory.methods.items():
            self.session.chosen.setdefault(name, methods)
        if not self.is_picking:  # what was marked another time is not meant now
            for name, marks in memory.marks.items():
                self.session.marks[name] = {**marks, **self.session.marks.get(name, {})}
        self.show_collection()

    def keep(self, change: Change) -> None:
        """Remember a change, and write it soon."""
        self.keeper.change(change)
        if not self._is_writing_soon:
            self._is_writing_soon = True
            self.set_timer(_WRITE_AFTER_S, self._write)

    def _write(self) -> None:
        self._is_writing_soon = False
        self.loader.submit(self.keeper.write)

    def keep_choices(self) -> None:
        """Remember the collection and its methods, where they are others than before."""
        facts, memory = self.session.facts, self.keeper.memory
        if facts is None or not facts.methods:
            return
        if memory.collection != facts.name:
            self.keep(lambda memory: setattr(memory, "collection", facts.name))
        chosen = self.session.chosen.get(facts.name, ())
        if memory.methods.get(facts.name, ()) != chosen:
            self.keep(lambda memory: memory.choose(facts.name, chosen))

    def keep_marked(self, image_id: str, marked: Marked | None) -> None:
        facts = self.session.facts
        if facts is not None and not self.is_picking:
            self.keep(lambda memory: memory.mark(facts.name, image_id, marked))

    def keep_view(self, view: str) -> None:
        """Remember how hits are shown."""
        self.keep(lambda memory: setattr(memory, "view", view))

    def keep_query(self, asked: Asked) -> None:
        """Remember what was asked and answered."""
        query = PastQuery(asked.source, asked.image_id, replace(asked.answered, likes=(), unlikes=()))
        if query not in self.keeper.memory.recent[:1]:
            self.keep(lambda memory: memory.ask(query))

    # Asking again

    def ask_past(self, query: PastQuery) -> None:
        """Ask what was asked before, narrowed as it was."""
        self.session.ask(query.source, query.image_id, self.results.highlighted).refinement = query.refinement
        self.search()

    def can_recall(self, action: str) -> bool:
        """Whether `history` or `save_query` does anything now."""
        if action == "save_query":
            return self.session.current is not None
        return self._welcome is None and bool(self.keeper.memory.recent or self.keeper.memory.saved)

    def action_history(self) -> None:
        from revsearch_tui.tui.screens.history import HistoryDialog

        dialog = HistoryDialog(self.keeper.memory, self.forget_query)
        self.app.push_screen(dialog, lambda query: self.ask_past(query) if query else None)

    def forget_query(self, name: str, query: PastQuery) -> None:
        """Forget a query of that name or, without a name, that it was asked."""
        self.keep(lambda memory: memory.save(name, None) if name else memory.forget(query))

    def action_save_query(self) -> None:
        from revsearch_tui.tui.screens.history import SaveForm

        asked = self.session.current
        if asked is None:
            return
        refinement = replace(asked.refinement, likes=(), unlikes=())
        query = PastQuery(asked.source, asked.image_id, refinement)

        def save(name: str | None) -> None:
            if name:
                self.keep(lambda memory: memory.save(name, query))
                self.app.notify(f"Saved as '{shown(name)}'.", markup=False, timeout=3)
                self.refresh_bindings()

        self.app.push_screen(SaveForm(query, self.keeper.memory.saved), save)
