"""Choose a collection, or the methods to compare by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import CollectionFacts
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.pointed import MarkList, PointedList


class CollectionsDialog(Dialog[str]):
    """One of the collections; None where nothing was chosen."""

    def __init__(self, collections: Sequence[tuple[str, tuple[Path, ...]]], current: str) -> None:
        super().__init__(classes="pick")
        self._collections, self._current = collections, current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Collections"
            box.border_subtitle = "enter opens · esc back"
            if not self._collections:
                yield Static("There is none yet; press esc, then a, to index a folder.", classes="dialog-hint")
            yield PointedList(
                *(Option(_collection(name, roots), id=f"c-{name}") for name, roots in self._collections),
                compact=True,
            )

    def on_mount(self) -> None:
        names = [name for name, _ in self._collections]
        options = self.query_one(OptionList)
        if self._current in names:
            options.highlighted = names.index(self._current)
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._collections[event.option_index][0])


class MethodsDialog(Dialog[tuple[str, ...]]):
    """Some of the methods that a collection is indexed by; None where nothing was chosen."""

    BINDINGS = keymap.bindings(keymap.METHODS)

    def __init__(self, facts: CollectionFacts, chosen: Sequence[str]) -> None:
        super().__init__(classes="pick")
        self._facts, self._chosen = facts, chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Compare by"
            box.border_subtitle = "space marks · enter searches · esc back"
            yield MarkList(
                *(
                    Selection(_method(method, self._facts), method, method in self._chosen)
                    for method in self._facts.methods
                ),
                compact=True,
            )
            yield Static("Several marked methods are fused into one ranking.", classes="dialog-hint")

    def on_mount(self) -> None:
        self.query_one(MarkList).focus()

    def action_mark(self) -> None:
        self.query_one(MarkList).action_select()

    def action_apply(self) -> None:
        selection = self.query_one(MarkList)
        marked = [method for method in self._facts.methods if method in selection.selected]
        if not marked and selection.highlighted is not None:
            marked = [list(self._facts.methods)[selection.highlighted]]
        self.dismiss(tuple(marked) or None)


def _collection(name: str, roots: Sequence[Path]) -> Content:
    where = shown_path(roots[0]) if roots else "no folder"
    if len(roots) > 1:
        where += f" and {len(roots) - 1} more"
    return Content.assemble((f"{shown(name):<18} ", "bold"), (where, "$foreground-muted"))


def _method(label: str, facts: CollectionFacts) -> Content:
    pictures = facts.methods[label]
    behind = f"{pictures:,} of {facts.pictures:,} pictures" if pictures < facts.pictures else count(pictures, "picture")
    if label in facts.left_out:
        behind = f"left out: {shown(facts.left_out[label])}"
    return Content.assemble((f"{shown(label):<18} ", ""), (behind, "$foreground-muted"))
