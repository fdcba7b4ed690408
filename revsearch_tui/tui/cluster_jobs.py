"""Clusters in the background: found; and what was found last, for the page."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import count

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Clusters
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.jobs import JobControl

_MOST_TOLD = 160


class SortRequest(NamedTuple):
    """How to sort a collection: by which method (none: what tells kinds best), and how many pictures make a theme (0:
    as many as fits)."""

    collection: str
    method: str = ""
    smallest: int = 0


@dataclass(slots=True)
class FoundClusters:
    """What was found last in each collection, and how it was asked for. Jobs put in, pages take out."""

    clusters: dict[str, Clusters] = field(default_factory=dict)
    requests: dict[str, SortRequest] = field(default_factory=dict)


class SortOrder(NamedTuple):
    """Find the clusters of a collection."""

    request: SortRequest
    found: FoundClusters

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Finding clusters in {self.request.collection}"

    @property
    def values(self) -> None:
        return None

    @property
    def when_stopped(self) -> str:
        return "No clusters were made."

    @property
    def kept(self) -> str:
        return "No clusters are made of what is read so far."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.core.groups.clusters import find_clusters, methods_for_themes
        from revsearch_tui.core.groups.opening_sides import open_sides

        notes: list[str] = []
        name, method, smallest = self.request
        collection = workspace.collection(name)
        control.progress(0, None, "opening the index")
        methods = methods_for_themes(workspace, collection, (method,) if method else ())
        with open_sides(workspace, collection, None, methods, control, notes.append) as (side, _):
            found = find_clusters(side, control, notes.append, smallest=smallest or None)
        gc.freeze()  # as for duplicates: a hundred thousand pictures are in no circle
        self.found.clusters[name], self.found.requests[name] = found, self.request
        themes, bursts = (sum(each.kind == kind for each in found.found) for kind in ("theme", "burst"))
        text = f"{count(themes, 'theme')}, {count(bursts, 'burst')} among {count(found.pictures, 'picture')}."
        told = [f"{shortened(note, _MOST_TOLD)}." for note in notes]
        return WorkDone(f"'{name}' is sorted", " ".join([text, *told]))
