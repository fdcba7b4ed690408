"""An evaluation or a robustness run from within the app: what it is asked for, the job, and the panel that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from textual.content import Content

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import PROTOCOLS
from revsearch_tui.core.evaluation.request import PARTS, EvalRequest
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.messages import JobFailed, JobProgress
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import clip, shown, shown_path
from revsearch_tui.tui.widgets.frame import JobBar, counts_text, key_of, share_bar

Offers: TypeAlias = Callable[[], Sequence[str]]
"""Gives the methods that can be named."""


class EvaluationForm(Form[EvalRequest]):
    """Answers with what to measure, or None."""

    def __init__(self, loader: PictureLoader, data: str, methods: Sequence[str], offers: Offers | None = None) -> None:
        fields = (
            Field("data", "Data", data, "folder with a folder for each class, or NAME:PATH", loader=loader),
            Field("methods", "Methods", ", ".join(methods), "one or more, separated by commas", offers=offers),
            Field("queries", "Queries", hint="how many; empty: all of the test part"),
            Field("protocols", "Protocols", hint="none: what fits", choices=PROTOCOLS, several=True),
            Field("parts", "Parts", "split", "all: each asks all the others", choices=PARTS),
            Field("name", "Name", hint="of the record; empty: that of the data"),
        )
        super().__init__("Measure methods", fields)

    def answer(self) -> EvalRequest:
        data = self.folder("data")
        if not data:
            raise UsageError("name a folder of pictures that has a folder for each class")
        if ":" not in data and not is_there(data):
            raise UsageError(f"there is no '{shown_path(data)}'")
        return EvalRequest(
            data,
            self.names("methods"),
            queries=self.number("queries", 0, "number of queries"),
            protocols=self.names("protocols"),  # type: ignore[arg-type]
            parts=self.text("parts"),  # type: ignore[arg-type]
            name=self.text("name"),
        )


class RobustnessForm(Form[RobustnessRequest]):
    """Answers with what to measure, or None. `collections` are the names that may be given."""

    def __init__(
        self, collection: str, collections: Sequence[str], indexed_by: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        """`indexed_by` gives the methods of a collection."""
        default = RobustnessRequest()
        offers = (lambda: indexed_by(self.text("collection"))) if indexed_by is not None else None
        fields = (
            Field("collection", "Collection", collection, choices=tuple(collections)),
            Field("methods", "Methods", hint="separated by commas; empty: all that it is indexed by", offers=offers),
            Field("sample", "Sample", str(default.sample), "of how many pictures to make changed copies"),
            Field(
                "rate", "Wrong rate", f"{default.wrong_rate:g}", "share of queries without a copy that may be shown one"
            ),
        )
        note = "Copies are made in memory; nothing is changed on the disk."
        super().__init__("Find changed copies", fields, note=note)

    def answer(self) -> RobustnessRequest:
        default = RobustnessRequest()
        return RobustnessRequest(
            collection=self.text("collection"),
            methods=self.names("methods"),
            sample=self.number("sample", default.sample, "number of pictures"),
            wrong_rate=self.number("rate", default.wrong_rate, "share such as 0.01"),
        )


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
