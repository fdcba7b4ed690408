"""What the Duplicates screen asks: what to look for, and whether to let files go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from revsearch_tui.tui.duplicate_jobs import FindRequest
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.screens.form import YES_NO, Field, Form
from revsearch_tui.tui.text import count, shown, size_text
from revsearch_tui.tui.widgets.painting import PointedButton

if TYPE_CHECKING:
    from revsearch_tui.core.groups.plan import Action
    from revsearch_tui.core.groups.review import Review

_BUTTONS: tuple[tuple[Action, str], ...] = (
    ("trash", "Trash"),
    ("hardlink", "Hard links"),
    ("symlink", "Symbolic links"),
)


class FindForm(Form[FindRequest]):
    """Answers with what to look for in a collection, or None."""

    def __init__(self, last: FindRequest, methods: Sequence[str]) -> None:
        """`methods` are those the collection is indexed by."""
        from revsearch_tui.core.groups.keeping import RULES

        fields = (
            Field("methods", "Methods", ", ".join(last.methods), "none: all", choices=tuple(methods), several=True),
            Field("keep", "Keep", ", ".join(last.order), "what decides first; empty: as below"),
            Field("prefer", "Prefer", ", ".join(map(str, last.prefer)), "folders whose files are kept first"),
            Field("protect", "Protect", ", ".join(map(str, last.protect)), "folders of which nothing is let go"),
            Field(
                "same", "Same thing", "yes" if last.same_thing else "no", "bursts and other shots, too", choices=YES_NO
            ),
            Field(
                "turned", "Turned", "yes" if last.any_orientation else "no", "turned and mirrored, too", choices=YES_NO
            ),
        )
        note = f"What is kept is decided by: {', '.join(RULES)}."
        super().__init__(f"Find duplicates in {shown(last.collection)}", fields, verb="Find", note=note)
        self._collection = last.collection

    def answer(self) -> FindRequest:
        from revsearch_tui.core.groups.keeping import keep_rules

        same = self.yes("same")
        prefer, protect = (
            tuple(Path(name).expanduser() for name in self.names(each)) for each in ("prefer", "protect")
        )
        order = self.names("keep")
        keep_rules(order, protect, prefer)
        return FindRequest(self._collection, self.names("methods"), order, prefer, protect, same, self.yes("turned"))


class ApplyDialog(Dialog["Action"]):
    """Answers with what to do with the marked files, or None."""

    def __init__(self, review: Review) -> None:
        super().__init__(classes="form")
        groups = sum(1 for group in review.groups if group.marked)
        self._text = (
            f"{count(review.files, 'file')} of {count(groups, 'group')}, {size_text(review.bytes)}, go to the trash of "
            "their drive; with links, a link to the kept file takes the place of each. Every file is read before, and "
            "what has changed is left. It can be undone."
        )
        self._title = f"Let {count(review.files, 'file')} go?"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = "enter presses · tab changes · esc back"
            yield Static(self._text, markup=False)
            with Horizontal(classes="form-line"):
                for action, label in _BUTTONS:
                    yield PointedButton(
                        label, id=f"apply-{action}", variant="error" if action == "trash" else "default"
                    )
                yield PointedButton("Back", id="apply-no")

    def on_mount(self) -> None:
        self.query_one("#apply-trash").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        chosen = (action for action, _ in _BUTTONS if event.button.id == f"apply-{action}")
        self.dismiss(next(chosen, None))
