"""All jobs: what runs, what waits, what is over, and what each of them told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.base.pace import duration_text
from revsearch_tui.tui import keymap
from revsearch_tui.tui.kept_keys import JOBS
from revsearch_tui.tui.orders import WatchOrder
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row, SortTable
from revsearch_tui.tui.widgets.frame import counts_text, share_bar

if TYPE_CHECKING:
    from revsearch_tui.tui.jobs import Job, Jobs
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_COLUMNS = (
    Column("state", "state"),
    Column("job", "job", most=48),
    Column("began", "began"),
    Column("time", "time", True),
)
_SIGNS = {
    "running": "▸ running",
    "waiting": "· waiting",
    "done": "✓ done",
    "stopped": "◼ stopped",
    "failed": "✗ failed",
}
_KINDS = {"running": "accent", "waiting": "faint", "done": "good", "failed": "bad"}
_WATCHING = "◉ watching"
_EMPTY = (
    "Nothing was done yet.\n\n"
    "Indexing, measuring and finding duplicates are jobs; one begins when the one before is over.\n"
    "Training goes on beside them, one training after another."
)
_LOOK_EVERY_S = 0.5
_BAR = 30


class JobsScreen(Page):
    """Every job of this sitting: what runs, what waits in its order, what is over, the newest first."""

    BINDINGS = keymap.bindings(JOBS)

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Jobs")

    def compose_body(self) -> ComposeResult:
        yield Static(_EMPTY, id="jobs-empty", classes="page-empty", markup=False)
        yield SortTable(opens=False, id="jobs")
        with VerticalScroll(id="jobs-told", can_focus=False):
            yield Static("", id="jobs-text", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one("#jobs", SortTable)

    @property
    def job(self) -> Job | None:
        """The one the cursor is on."""
        return next((job for job in self._jobs if str(job.number) == self.table.row_key), None)

    @property
    def _jobs(self) -> list[Job]:
        """All jobs, and what is watched beside them, in the order they were asked for."""
        queued = [job for queue in self.home.queues for job in queue.all]
        return sorted([*queued, *self.watches.all], key=lambda job: job.number)

    @property
    def _queue(self) -> Jobs | None:
        """The queue of the job the cursor is on; None where it watches."""
        return next((queue for queue in self.home.queues if self.job in queue.all), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(JOBS, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.table.border_title = "Jobs"
        self.query_one("#jobs-told").border_title = "What it tells"
        self._look()
        self.set_interval(_LOOK_EVERY_S, self._look)

    def job_over(self, made: str) -> None:
        self._look()

    def _look(self) -> None:
        """Show what is so now."""
        jobs = self._jobs
        self.query_one("#jobs-empty").display = not jobs
        self.table.display = self.query_one("#jobs-told").display = bool(jobs)
        over = [job for job in reversed(jobs) if job.ended]
        rows = [_row(job) for job in [job for job in jobs if not job.ended] + over]
        if rows != list(self.table.rows_shown):
            self.table.show(_COLUMNS, rows)
            self.table.border_subtitle = count(len(jobs), "job")
            if self.is_current and self.focused is None:
                self.table.focus()
        self._tell()

    def _tell(self) -> None:
        job, queue = self.job, self._queue
        before = queue.title if queue is not None else ""
        self.query_one("#jobs-text", Static).update(_told(job, before) if job is not None else "")
        self.refresh_bindings()

    def on_sort_table_moved(self) -> None:
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "end":
            return self.job is not None and self.job.state in ("running", "waiting")
        return super().check_action(action, parameters)

    def action_end(self) -> None:
        job, queue = self.job, self._queue
        if job is None:
            return
        if queue is None:
            self.watches.end(job)
        elif job.state == "running":
            self.home.stop_job(queue)
        else:
            queue.drop(job)
            self._look()


def _row(job: Job) -> Row:
    began = f"{time.strftime('%H:%M:%S', time.localtime(job.began))}" if job.began else ""
    took = duration_text((job.ended or time.time()) - job.began) if job.began else ""
    is_at_rest = isinstance(job.order, WatchOrder) and job.progress is None
    cells = (
        Cell(_WATCHING if is_at_rest and job.state == "running" else _SIGNS[job.state], kind=_KINDS.get(job.state, "")),
        Cell(job.title),
        Cell(began),
        Cell(took, kind="faint"),
    )
    return Row(str(job.number), cells)


def _told(job: Job, before: str) -> Content:
    """How far it is, what becomes of it when it is stopped, and what it said; `before` is the job it waits for."""
    lines: list[Content] = []
    if job.state == "waiting":
        lines.append(Content(f"It begins when {shown(before)} is over."))
    if job.state == "running" and job.progress is not None:
        bar = share_bar(job.progress, _BAR)
        lines += [
            Content.styled(shown(job.progress.what), "$foreground-muted"),
            Content.assemble((bar, "$primary on $panel"), f"  {counts_text(job.progress)}"),
        ]
    if job.state in ("running", "waiting"):
        lines.append(Content.styled(f"If it is stopped: {job.order.kept}", "$foreground-muted"))
    lines += [Content(shown(line)) for line in job.told]
    return Content("\n").join(lines)
