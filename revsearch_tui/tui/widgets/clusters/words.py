"""Clusters in words, and their pictures as the grid and cards show hits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from textual.content import Content

from revsearch_tui.core.search.results import Hit
from revsearch_tui.tui.text import clip, count, shown, shown_path

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Cluster

OUTSIDE = "in no theme"


def cluster_name(cluster: Cluster) -> str:
    """What it is called, safe to show."""
    return OUTSIDE if cluster.kind == "outliers" else shown(cluster.name) or "without a name"


def picture_of(cluster: Cluster, place: int) -> Hit:
    """A picture of a cluster, with the folder that it lies in where hits have a class."""
    image = cluster.images[place]
    path = image.paths[0]
    return Hit(
        place + 1,
        "",
        image.image_id.hex(),
        path,
        image.paths,
        math.nan,
        0.0,
        "",
        None,
        True,
        image.width,
        image.height,
        label=path.parent.name or "–",
    )


def foot_content(cluster: Cluster, place: int, width: int) -> Content:
    """Two lines: the picture that the cursor is on; what the cluster shows, and where it lies."""
    image = cluster.images[place]
    facts = f"{image.width}×{image.height} {shown(image.format).upper()}"
    path = clip(shown_path(image.paths[0]), max(10, width - len(facts) - 3), keep_end=True)
    classes = [f"{shown(name)} {share:.0%}" for name, share in cluster.classes]
    folders = [f"{shown_path(folder)} {share:.0%}" for folder, share in cluster.folders]
    told = " · ".join(", ".join(part) for part in (classes, folders) if part)
    told = told or f"{count(len(cluster.images), 'picture')} like too few others"
    return Content.assemble(
        (path, "$text bold"), (f"  {facts}", "$foreground-muted"), "\n", (clip(told, width), "$text")
    )
