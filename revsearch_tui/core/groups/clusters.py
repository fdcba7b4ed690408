"""The pictures of a collection by theme, and bursts, each with a name and the picture that stands for it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from revsearch_tui.api import Control, MethodUnavailableError
from revsearch_tui.core.groups.bursts import find_bursts
from revsearch_tui.core.groups.opening_sides import Methods
from revsearch_tui.core.groups.themes import check_available, find_themes, smallest_theme
from revsearch_tui.core.search.stored import knows_names
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.core.groups.sides import Side
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.storage.catalog.catalog import ImageRow
    from revsearch_tui.core.workspace import Workspace

ClusterKind: TypeAlias = Literal["theme", "burst", "outliers"]
KINDS: tuple[ClusterKind, ...] = ("theme", "burst", "outliers")
_USUAL = "efficientnet"
"""For folders."""
_NAMED_BY = 200
"""Pictures of a cluster that say what it shows."""
_MOST_NAMES, _LEAST_SHARE = 3, 0.15
"""So many classes and folders name a cluster, those that have such a share of it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`images` are those of a theme, the one that stands for it first; of a burst, by time; or the outliers. `classes`
    and `folders` hold names with their share of it, 0 to 1; where no class is known there is none."""

    kind: ClusterKind
    images: tuple[ImageRow, ...]
    classes: tuple[tuple[str, float], ...] = ()
    folders: tuple[tuple[Path, float], ...] = ()

    @property
    def name(self) -> str:
        """What it shows, and where it lies."""
        what = ", ".join(name for name, _ in self.classes)
        where = ", ".join(folder.name or str(folder) for folder, _ in self.folders)
        return f"{what} in {where}" if what and where else what or where


@dataclass(frozen=True, slots=True)
class Clusters:
    """What was found among so many pictures, in how many seconds: themes, the largest first, bursts, outliers."""

    found: list[Cluster]
    pictures: int
    seconds: float


def tells_kinds(choices: Sequence[MethodChoice]) -> MethodChoice | None:
    """The method that tells kinds of things best: one that has names, else another embedding, else none."""
    fitting = [choice for choice in choices if choice.info.metric == "cosine" and choice.info.shape == "vector"]
    return next((choice for choice in fitting if choice.info.knows_names), next(iter(fitting), None))


def fit_for_themes(choices: Sequence[MethodChoice], collection: str) -> MethodChoice:
    """The same where there has to be one. Raises `MethodUnavailableError`."""
    found = tells_kinds(choices)
    if found is None:
        labels = ", ".join(f"'{choice.label}'" for choice in choices)
        raise MethodUnavailableError(
            f"{labels} cannot tell what pictures show; index the collection by a method that does, such as "
            f"efficientnet: revsearch index -c {collection} -m efficientnet"
        )
    return found


def methods_for_themes(
    workspace: Workspace, source: Collection | Sequence[Path], specs: Sequence[str] = (), model: str | None = None
) -> Methods:
    """The one method that the themes of a collection, or of folders, are found by. Raises `MethodUnavailableError`, and
    as choosing does."""
    if isinstance(source, Collection):
        choices = workspace.choose_to_search(source, specs, model=model, note=lambda _: None)
        name = source.name
    else:
        choices, name = workspace.choose(specs or [_USUAL], model=model), "NAME"
    return Methods([fit_for_themes(choices, name).label])


def find_clusters(
    side: Side, control: Control, note: Callable[[str], None], *, smallest: int | None = None, bursts: bool = True
) -> Clusters:
    """The clusters by the one method that the side is opened by. The pictures of a burst count as one in themes, and go
    where its first goes. Raises `UsageError`, `MethodUnavailableError`, `Cancelled`."""
    started = time.monotonic()
    if len(side.images) >= 2 * (smallest or smallest_theme(len(side.images))):
        check_available()
    ((label, opened),) = side.opened.items()
    found_bursts = find_bursts(side, label, control) if bursts else []
    more = {number for burst in found_bursts for number in burst[1:]}
    known = [opened.exact.row_of(image_id) is not None for image_id in side.image_ids]
    numbers = np.array([n for n, is_known in enumerate(known) if is_known and n not in more], np.int64)

    def rows(places: Any) -> Any:
        return opened.exact.stored([side.image_ids[number] for number in numbers[places]])[0]

    least = smallest or smallest_theme(len(numbers))
    themes = find_themes(len(numbers), rows, least, control)
    if themes.sampled < len(numbers):
        note(
            f"themes were found in {themes.sampled:,} of {len(numbers):,} pictures, and the others put to the nearest; "
            f"themes of fewer than about {least * len(numbers) // themes.sampled:,} pictures may be missing"
        )
    if not all(known):
        note(f"left out: {len(known) - sum(known):,} pictures that '{label}' has nothing stored of")
    following = {burst[0]: burst[1:] for burst in found_bursts}
    clusters = []
    for theme in range(themes.labels.max(initial=-1) + 1):
        members = np.flatnonzero(themes.labels == theme)
        nearest = numbers[members[np.argsort(themes.distances[members], kind="stable")]].tolist()
        clusters.append(_cluster(side, "theme", [each for n in nearest for each in (n, *following.get(n, ()))]))
    clusters += [_cluster(side, "burst", burst) for burst in sorted(found_bursts, key=len, reverse=True)]
    rest = [each for n in numbers[themes.labels < 0].tolist() for each in (n, *following.get(n, ()))]
    if rest:
        clusters.append(Cluster("outliers", tuple(sorted((side.images[n] for n in rest), key=lambda i: i.paths))))
    return Clusters(clusters, len(numbers) + len(more), time.monotonic() - started)


def _cluster(side: Side, kind: ClusterKind, numbers: Sequence[int]) -> Cluster:
    images = tuple(side.images[number] for number in numbers)
    places = np.unique(np.linspace(0, len(numbers) - 1, min(_NAMED_BY, len(numbers))).astype(int))
    return Cluster(kind, images, _classes(side, [numbers[place] for place in places]), _folders(images))


def _classes(side: Side, numbers: Sequence[int]) -> tuple[tuple[str, float], ...]:
    """Each picture speaks for its class as much as it is sure."""
    (opened,) = side.opened.values()
    if not knows_names(opened):
        return ()
    rows, has = opened.exact.stored([side.image_ids[number] for number in numbers])
    told: Counter[str] = Counter()
    for name, confidence in opened.method.names(rows[has]):
        told[name] += 1.0 if confidence is None else confidence  # type: ignore[assignment]
    return _most(told)


def _folders(images: Sequence[ImageRow]) -> tuple[tuple[Path, float], ...]:
    return _most(Counter(path.parent for image in images for path in image.paths[:1]))


def _most(told: Counter[Any]) -> tuple[tuple[Any, float], ...]:
    total = sum(told.values())
    return tuple((name, each / total) for name, each in told.most_common(_MOST_NAMES) if each >= _LEAST_SHARE * total)
