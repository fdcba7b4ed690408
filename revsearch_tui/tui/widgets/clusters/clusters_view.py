"""Clusters as rows of pictures, the one that stands for each first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.text import clip, count
from revsearch_tui.tui.widgets.clusters.words import cluster_name, picture_of
from revsearch_tui.tui.widgets.painting import POINTER
from revsearch_tui.tui.widgets.picture_rows import PictureRows
from revsearch_tui.tui.widgets.results.card import Line, card_lines
from revsearch_tui.tui.widgets.results.geometry import Geometry
from revsearch_tui.tui.widgets.results.view import ResultsView

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Cluster


class ClustersView(PictureRows, inherit_bindings=False):
    """Clusters, with a cursor on a picture of one of them. What is wanted of that is `look`, `query`, `open` or
    `copy`."""

    BINDINGS = keymap.bindings(keymap.CLUSTER_ROWS)

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(loader, **names)
        self.clusters: tuple[Cluster, ...] = ()

    def show(self, clusters: Sequence[Cluster]) -> None:
        """Show these from the first."""
        self.clusters = tuple(clusters)
        self.at = self.entry = 0
        self.show_rows()

    @property
    def cluster(self) -> Cluster | None:
        """The one that the cursor is on."""
        return self.clusters[self.at] if self.clusters else None

    def action_enter(self) -> None:
        self.want("look")

    def action_query(self) -> None:
        self.want("query")

    # What is in a row

    @property
    def rows(self) -> int:
        return len(self.clusters)

    def entries(self, at: int) -> int:
        return len(self.clusters[at].images)

    def picture(self, at: int, number: int) -> tuple[str, Path]:
        image = self.clusters[at].images[number]
        return image.image_id.hex(), image.paths[0]

    def heading(self, at: int, window: range, width: int) -> Line:
        cluster, is_current = self.clusters[at], at == self.at
        total = len(cluster.images)
        tail = f"{window.start + 1:,}-{window.stop:,} of {total:,} " if len(window) < total else ""
        text = f"{at + 1:,} · {cluster_name(cluster)} · {count(total, 'picture')}"
        line = f"{POINTER if is_current else ' '} {clip(text, max(8, width - len(tail) - 3))}"
        gap = " " * max(1, width - cell_len(line) - len(tail))
        kind = "highlight" if is_current else "faint" if cluster.kind == "outliers" else ""
        return [Segment(line, self.style_of(kind)), Segment(gap), Segment(tail, self.style_of("faint"))]

    def card(self, at: int, number: int, geometry: Geometry, key: PictureKey, folder: str) -> list[Line]:
        hit, drawing = picture_of(self.clusters[at], number), self._loader.drawing(key)
        return card_lines(hit, geometry, drawing, self.problem_of(key), self.is_on(at, number), self.style_of, folder)


class ClusterGrid(ResultsView, inherit_bindings=False):
    """The pictures of one cluster, as a grid of results."""

    BINDINGS = keymap.bindings(keymap.CLUSTER)

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(loader, "grid", **names)
