"""Labelled pictures checked in the background; and what was found last, for the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import count

if TYPE_CHECKING:
    from revsearch_tui.core.groups.dataset_check import Check
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.jobs import JobControl

_MOST_TOLD = 160


class CheckRequest(NamedTuple):
    """Which labelled pictures to check, as `open_labelled` takes them, by which methods: the usual ones where none."""

    data: str = ""
    methods: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the data is called."""
        return Path(self.data.rpartition(":")[2]).name


@dataclass(slots=True)
class LastCheck:
    """What was checked last, and what was found; None before that. A job puts both in."""

    request: CheckRequest = CheckRequest()
    check: Check | None = None


class CheckOrder(NamedTuple):
    """Find copies in several parts or under several labels, and labels to doubt."""

    request: CheckRequest
    last: LastCheck

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Checking {self.request.name}"

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "Nothing was checked to its end."

    @property
    def kept(self) -> str:
        return "What is indexed so far is kept; the next check goes on from there."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.core.groups.dataset_check import check_dataset
        from revsearch_tui.core.groups.finding import by_kind
        from revsearch_tui.core.groups.opening_sides import Methods
        from revsearch_tui.core.labelled.open import open_labelled, open_whole

        notes: list[str] = []
        data, methods = self.request
        with (
            open_whole(workspace, data, control=control) as whole,
            open_labelled(workspace, data, control=control) as split,
        ):
            found = check_dataset(workspace, whole, split, Methods(methods), control, notes.append)
        self.last.request, self.last.check = self.request, found
        counts = [f"{number:,} of {kind}" for kind, number in by_kind(found.findings).items()]
        text = f"{count(found.pictures, 'picture')}: {', '.join(counts)}."
        told = [f"{shortened(note, _MOST_TOLD)}." for note in notes]
        return WorkDone(f"'{self.request.name}' is checked", " ".join([text, *told]))
