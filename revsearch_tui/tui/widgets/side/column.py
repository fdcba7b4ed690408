"""The column beside the results: the query, the highlighted hit, and what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from revsearch_tui.tui.messages import FileFacts
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.widgets.side.detail import Detail
from revsearch_tui.tui.widgets.side.picture import PicturePane

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit


class SideColumn(Vertical):
    """Takes what to show at any time, also before it is on the screen."""

    def __init__(self, loader: PictureLoader) -> None:
        super().__init__(id="side")
        self._query = PicturePane(loader, "no picture", id="query-picture")
        self._hit = PicturePane(loader, "no hit", id="hit-picture")
        self._detail = Detail()
        self._query.border_title = "Query"
        self._hit.border_title = "Hit"

    def compose(self) -> ComposeResult:
        yield self._query
        yield self._hit
        with VerticalScroll(id="detail", can_focus=False) as detail:
            detail.border_title = "Details"
            yield self._detail

    def show_query(self, source: str, image_id: str, has_failed: bool = False) -> None:
        """Show the query picture; one from the web once it was fetched, from when on its image id is known."""
        is_there = image_id or (source and "://" not in source)
        self._query.say("not fetched" if source and has_failed else "" if source else "no picture")
        self._query.show(Path(source) if is_there else None, image_id)

    def show_hit(self, hit: Hit | None) -> None:
        """Show the highlighted hit."""
        self._detail.show(hit)
        self._hit.show(hit.path if hit else None, hit.image_id if hit else "")
        self._hit.border_title = f"Hit {hit.rank}" if hit else "Hit"
        for scroll in self.query("#detail"):
            scroll.scroll_home(animate=False)

    def add_facts(self, facts: FileFacts) -> None:
        """Complete the details of the hit."""
        self._detail.add_facts(facts)
