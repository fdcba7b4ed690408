"""One line about the job in the background: how far, how fast, how long still."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui.messages import JobProgress
from revsearch_tui.tui.text import clip, duration_text, shown
from revsearch_tui.tui.widgets.results.row import bar


class JobBar(Static):
    """Hidden until a job runs."""

    def __init__(self) -> None:
        super().__init__("", id="job-bar", markup=False)
        self.display = False

    def begin(self, title: str) -> None:
        """Show that a job started."""
        self.display = True
        self.update(Content.assemble((f" {shown(title)} ", "$text bold"), ("starting …", "$foreground-muted")))

    def show(self, progress: JobProgress) -> None:
        """Show how far it is."""
        self.display = True
        self.update(progress_content(progress, self.size.width or 80))

    def end(self) -> None:
        """The job is over."""
        self.display = False


def progress_content(progress: JobProgress, width: int) -> Content:
    """Title, bar, counts, rate and time left, in one line."""
    tail = counts_text(progress)
    cells = max(6, min(30, width - len(tail) - 34))
    title = clip(shown(progress.title), max(8, width - len(tail) - cells - 8 - len(progress.what)))
    return Content.assemble(
        (f" {title} ", "$text bold"),
        (f"{shown(progress.what)} ", "$foreground-muted"),
        (share_bar(progress, cells), "$primary on $panel"),
        (f"  {tail}", "$text"),
    )


def counts_text(progress: JobProgress) -> str:
    """`32/60  12/s  0:02 left`, as far as it is known."""
    total = f"/{progress.total:,}" if progress.total is not None else ""
    counts = f"{progress.done:,}{total}"
    rate = f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s" if progress.rate else ""
    left = f"{duration_text(progress.eta_s)} left" if progress.eta_s is not None else ""
    return "  ".join(part for part in (counts, rate, left) if part)


def share_bar(progress: JobProgress, cells: int) -> str:
    """How much is done as a bar of that many cells; dots where that is not known."""
    return bar(progress.done / progress.total, cells) if progress.total else "·" * cells
