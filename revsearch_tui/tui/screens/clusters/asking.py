"""What the Clusters screen asks: by what to sort, and how many pictures make a theme."""

from __future__ import annotations

from collections.abc import Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.tui.cluster_jobs import SortRequest
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown

_LEAST, _MOST = 2, 10_000


class SortForm(Form[SortRequest]):
    """Answers with how to sort a collection, or None."""

    def __init__(self, last: SortRequest, methods: Sequence[str] = ()) -> None:
        """`methods` are those the collection is indexed by."""
        choices = tuple(dict.fromkeys(["", *methods, last.method]))
        smallest = str(last.smallest) if last.smallest else ""
        fields = (
            Field("method", "Method", last.method, "–: what tells kinds best", choices=choices),
            Field("smallest", "Smallest", smallest, "how many pictures make a theme; empty: 5 to 10"),
        )
        super().__init__(f"Sort the pictures of {shown(last.collection)}", fields, verb="Sort")
        self._collection = last.collection

    def answer(self) -> SortRequest:
        smallest = self.number("smallest", 0, "number of pictures")
        if smallest and not _LEAST <= smallest <= _MOST:
            raise UsageError(f"a theme has {_LEAST} to {_MOST:,} pictures at least")
        return SortRequest(self._collection, self.text("method"), smallest)
