"""The form for what a search is narrowed to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_folder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.refinement import Refinement
from revsearch_tui.tui.screens.form import YES_NO, Field, Form
from revsearch_tui.tui.text import shown_path

_MOST_HITS = 10_000


class NarrowForm(Form[Refinement]):
    """Answers with the query's refinement, or None."""

    def __init__(self, loader: PictureLoader, now: Refinement, usual_hits: int) -> None:
        fields = (
            Field("copies", "Copies only", "yes" if now.copies else "no", "only the same picture", choices=YES_NO),
            Field(
                "turned",
                "Turned too",
                "yes" if now.any_orientation else "no",
                "in all eight orientations",
                choices=YES_NO,
            ),
            Field("score", "Least score", "" if now.least_score is None else f"{now.least_score:g}", "any, 0 to 1"),
            Field(
                "under", "Below", str(now.under[0]) if now.under else "", "only pictures in this folder", loader=loader
            ),
            Field("glob", "Names", ", ".join(now.glob), "any; *.png, or */2019/beach*"),
            Field("hits", "Hits", "" if now.k is None else str(now.k), f"{usual_hits}, as configured"),
        )
        super().__init__("Narrow the search", fields, verb="Narrow", note="What is empty narrows nothing.")
        self._now = now

    def answer(self) -> Refinement:
        folder, hits = self.folder("under"), self.number("hits", 0, "number of hits")
        if folder and not is_folder(folder):
            raise UsageError(f"'{shown_path(folder)}' is not a folder")
        if self.text("hits") and not 1 <= hits <= _MOST_HITS:
            raise UsageError(f"a search gives 1 to {_MOST_HITS:,} hits")
        return replace(
            self._now,
            copies=self.yes("copies"),
            any_orientation=self.yes("turned"),
            least_score=self.number("score", 0.0, "score") if self.text("score") else None,
            under=(Path(folder),) if folder else (),
            glob=self.names("glob"),
            k=hits or None,
        )
