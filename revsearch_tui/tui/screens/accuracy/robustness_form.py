"""Whose pictures to make changed copies of, and which methods are to find the originals."""

from __future__ import annotations

from collections.abc import Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown


class RobustnessForm(Form[RobustnessRequest]):
    """Answers with what to measure, or None. `collections` are the names that may be given."""

    def __init__(self, collection: str, collections: Sequence[str]) -> None:
        default = RobustnessRequest()
        fields = (
            Field("collection", "Collection", collection),
            Field("methods", "Methods", hint="separated by commas; empty: all that it is indexed by"),
            Field("sample", "Sample", str(default.sample), "of how many pictures to make changed copies"),
            Field("rate", "Wrong rate", f"{default.wrong_rate:g}", "share of false pairs that advised scores let pass"),
        )
        note = "Copies are made in memory; nothing is changed on the disk."
        super().__init__("Find changed copies", fields, note=note)
        self._collections = collections

    def answer(self) -> RobustnessRequest:
        collection, default = self.text("collection"), RobustnessRequest()
        if collection not in self._collections:
            names = ", ".join(map(shown, self._collections))
            raise UsageError(f"there is no collection '{shown(collection)}'; there are: {names}")
        return RobustnessRequest(
            collection=collection,
            methods=self.names("methods"),
            sample=self.number("sample", default.sample, "number of pictures"),
            wrong_rate=self.number("rate", default.wrong_rate, "share such as 0.001"),
        )
