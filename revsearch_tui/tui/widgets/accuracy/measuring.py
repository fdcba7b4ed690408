"""The running job on the page of records: what it does, how far it is, how to stop it; and why it failed."""

from __future__ import annotations

from textual.content import Content

from revsearch_tui.tui.messages import JobFailed, JobProgress
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.frame.job_bar import JobBar, counts_text, share_bar
from revsearch_tui.tui.widgets.frame.key_hints import key_of


class JobPanel(JobBar):
    """A `JobBar` of two lines in a frame."""

    _progress: JobProgress | None = None

    def begin(self, title: str) -> None:
        self._entitle(title, f"{key_of(self.screen, 'search.stop')} stops it")
        self.update(Content.styled("starting …\n", "$foreground-muted"))

    def show(self, progress: JobProgress) -> None:
        self._progress = progress
        width, tail = self.content_size.width or 76, counts_text(progress)
        self.update(
            Content.assemble(
                (clip(shown(progress.what), width), "$foreground-muted"),
                "\n",
                (share_bar(progress, max(6, min(60, width - len(tail) - 2))), "$primary on $panel"),
                (f"  {tail}", "$text"),
            )
        )

    def tell_failure(self, title: str, failure: JobFailed) -> None:
        """Say why the job of that title ended without a record."""
        self._entitle(title, "")
        self.update(Content.assemble((f"{failure.title}: ", "$text-error bold"), shown(failure.text)))

    def on_resize(self) -> None:
        if self._progress is not None:
            self.show(self._progress)

    def _entitle(self, title: str, subtitle: str) -> None:
        self._progress = None
        self.border_title, self.border_subtitle = shown(title), subtitle
        self.display = True
