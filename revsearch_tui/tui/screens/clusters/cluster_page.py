"""The pictures of one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import count
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.clusters.clusters_view import ClusterGrid
from revsearch_tui.tui.widgets.clusters.words import cluster_name, foot_content, picture_of
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.results.view import ResultsView

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Cluster
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.screens.indexing import IndexingScreen


class ClusterScreen(Page):
    """All of them, the one that stands for the cluster first; Enter searches by one."""

    def __init__(self, home: IndexingScreen, collection: str, cluster: Cluster, at: int) -> None:
        super().__init__(home, "Clusters", collection, cluster_name(cluster))
        self.cluster, self._at = cluster, at

    def compose_body(self) -> ComposeResult:
        yield ClusterGrid(self.loader, id="cluster-pictures")
        yield Static("", id="clusters-foot", markup=False)

    @property
    def grid(self) -> ClusterGrid:
        return self.query_one(ClusterGrid)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.CLUSTER, self.grid), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.grid.border_title = f"{cluster_name(self.cluster)} · {count(len(self.cluster.images), 'picture')}"
        self.grid.show_empty("Reading …")
        self.grid.focus()
        self.fetch("pictures", self._read, rows=True)

    def _read(self) -> tuple[list[Hit], Mapping[int, str]]:
        """The pictures with the folders that tell them apart: of a hundred thousand that takes seconds."""
        hits = [picture_of(self.cluster, place) for place in range(len(self.cluster.images))]
        return hits, telling_folders([hit.path for hit in hits])

    def fetched(self, message: Fetched) -> None:
        if isinstance(message.value, tuple):
            hits, folders = message.value
            self.grid.show_hits(hits, self._at, folders=folders)

    def on_results_view_highlighted(self, message: ResultsView.Highlighted) -> None:
        if message.hit is not None:
            content = foot_content(self.cluster, message.hit.rank - 1, max(20, self.size.width - 2))
            self.query_one("#clusters-foot", Static).update(content)

    def on_results_view_wanted(self, message: ResultsView.Wanted) -> None:
        if message.action == "query":
            self.search_by(message.hit)
        elif message.action == "open":
            open_hit(self, message.hit, self.workspace.config.text("tui.viewer"))
        else:
            copy_hit_path(self, message.hit)
