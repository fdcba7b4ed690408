"""Duplicates in the background: found, put into the trash, brought back; and what was found last, for the page."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import count, size_text

if TYPE_CHECKING:
    from revsearch_tui.core.groups.plan import Action
    from revsearch_tui.core.groups.review import Review
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.jobs import JobControl, Jobs

_MOST_TOLD = 160


class FindRequest(NamedTuple):
    """What to look for in a collection: by which methods (none: all it is indexed by), and what to keep."""

    collection: str
    methods: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    prefer: tuple[Path, ...] = ()
    protect: tuple[Path, ...] = ()
    same_thing: bool = False
    any_orientation: bool = False


@dataclass(slots=True)
class FoundDuplicates:
    """What was found last in each collection, how it was asked for, and what it was before a plan was applied: by the
    name of that journal. Jobs put in, pages take out; each entry is put in whole."""

    reviews: dict[str, Review] = field(default_factory=dict)
    requests: dict[str, FindRequest] = field(default_factory=dict)
    before: dict[str, tuple[str, Review]] = field(default_factory=dict)


class FindOrder(NamedTuple):
    """Find the groups of a collection."""

    request: FindRequest
    found: FoundDuplicates

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Finding duplicates in {self.request.collection}"

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "No groups were made."

    @property
    def kept(self) -> str:
        return "No groups are made of what is compared so far."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        notes: list[str] = []
        review = find(workspace, self.request, control, notes.append)
        name = self.request.collection
        self.found.reviews[name], self.found.requests[name] = review, self.request
        groups = count(len(review.groups), "group") if review.groups else "Nothing is the same"
        text = " ".join([f"{groups} among {count(review.pictures, 'picture')}.", *_told(notes)])
        return WorkDone(f"'{name}' is looked through", text)


def find(workspace: Workspace, request: FindRequest, control: JobControl, note: Callable[[str], None]) -> Review:
    """The groups, with nothing decided. Raises `UsageError`, `MethodUnavailableError`, `Cancelled` and more."""
    from revsearch_tui.core.groups.duplicates import find_duplicates
    from revsearch_tui.core.groups.keeping import keep_rules
    from revsearch_tui.core.groups.look_for import LookFor
    from revsearch_tui.core.groups.opening_sides import Methods, open_sides
    from revsearch_tui.core.groups.review import Review

    look_for = LookFor(
        keep_rules(request.order, request.protect, request.prefer),
        same_thing=request.same_thing,
        any_orientation=request.any_orientation,
    )
    collection = workspace.collection(request.collection)
    control.progress(0, None, "opening the index")
    with open_sides(workspace, collection, None, Methods(request.methods), control, note) as (side, _):
        found = find_duplicates(side, look_for, control, note)
    review = Review.of(found.groups, look_for, found.pictures)
    # Else the collector, which stops every thread, would pass through it again and again: half a second of 100,000
    # files each time. It is in no circle, so it goes when it is replaced.
    gc.freeze()
    return review


class ApplyOrder(NamedTuple):
    """Let the marked files of a review go; nothing is decided there while this runs."""

    collection: str
    review: Review
    action: Action
    found: FoundDuplicates

    @property
    def title(self) -> str:
        """What the job is called."""
        return "Applying the plan"

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "What went before that can be undone."

    @property
    def kept(self) -> str:
        return "What went is in the trash, and can be undone."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.core.groups.applying import apply_plan
        from revsearch_tui.core.groups.review import plan_of_chosen

        notes: list[str] = []
        plan = plan_of_chosen(self.review.chosen(), self.collection)
        report = apply_plan(workspace, plan, self.action, f"{self.collection}, in the app", control, notes.append)
        self.found.before[report.journal] = self.collection, self.review
        self.found.reviews[self.collection] = self.review.without(set(report.done))
        text = f"{count(len(report.done), 'file')} of {size_text(report.freed)} went; undo brings them back."
        title = "Stopped" if report.cancelled else "The plan is applied"
        return WorkDone(title, " ".join([text, *_left(report.left), *_told(notes)]), changed=self.collection)


class UndoOrder(NamedTuple):
    """Bring back what the newest plan let go; and show the groups as they were before that."""

    collection: str
    found: FoundDuplicates

    @property
    def title(self) -> str:
        """What the job is called."""
        return "Undoing"

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "What came back before that is where it was."

    @property
    def kept(self) -> str:
        return "What came back is where it was; undo goes on with the rest."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.core.groups.undoing import undo

        notes: list[str] = []
        report = undo(workspace, None, control, notes.append)
        known = self.found.before.get(report.journal)
        if known is not None:
            name, review = known
            self.found.reviews[name] = review.of_present()
        elif not report.cancelled and self.collection in self.found.reviews:
            request = self.found.requests[self.collection]
            self.found.reviews[self.collection] = find(workspace, request, control, notes.append)
        text = f"{count(len(report.restored), 'file')} came back."
        title = "Stopped" if report.cancelled else "Undone"
        changed = known[0] if known is not None else self.collection
        return WorkDone(title, " ".join([text, *_left(report.left), *_told(notes)]), changed=changed)


def is_moving_files(jobs: Jobs) -> bool:
    """Whether a plan is being applied or undone, so that nothing can be decided."""
    return jobs.is_running and isinstance(jobs.order, ApplyOrder | UndoOrder)


def _left(left: Sequence[tuple[Path, str]]) -> list[str]:
    if not left:
        return []
    path, why = left[0]
    others = f" and {count(len(left) - 1, 'other')}" if len(left) > 1 else ""
    return [f"'{path.name}'{others} stayed, for {why}."]


def _told(notes: Sequence[str]) -> list[str]:
    return [f"{shortened(note, _MOST_TOLD)}." for note in notes]
