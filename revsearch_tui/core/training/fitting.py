"""Fit a method to a collection's own pictures, or to labelled ones, and register what it learned."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, FitReport, IndexMissingError, MethodInfo, RevsearchError, UsageError
from revsearch_tui.core.indexing.reading_ahead import Reader
from revsearch_tui.core.indexing.start_index import index_settings
from revsearch_tui.core.labelled.open import open_labelled
from revsearch_tui.core.methods.hints import index_command
from revsearch_tui.core.methods.resolving import MethodChoice, make_to_fit
from revsearch_tui.core.models.model_store import require_free, save_fitted
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.workspace import Workspace

_SEED = 0


def fit_to_collection(
    workspace: Workspace,
    collection: Collection,
    choice: MethodChoice,
    name: str,
    pictures: int,
    control: Control,
    *,
    replace: bool = False,
) -> FitReport:
    """Fit to at most `pictures` pictures, drawn with a fixed seed, and register the result as model `name`.

    Raises `UsageError` where the method cannot be fitted without labels or the name is taken, `IndexMissingError`
    where the collection has no pictures.
    """
    if choice.info.fit != "unsupervised":
        raise UsageError(_how_to_fit(choice.info))
    with Catalog(collection.catalog_file) as catalog:
        paths = sorted({row.image_id: row.path for row in catalog.files() if row.image_id}.values())
    if not paths:
        raise IndexMissingError(f"the collection '{collection.name}' has no pictures; run: {index_command(collection)}")
    if len(paths) > pictures:
        paths = sorted(random.Random(_SEED).sample(paths, pictures))
    reader = Reader(index_settings(workspace), workspace.registry.readers())

    def samples() -> Iterator[tuple[Picture, None]]:
        for done, file in enumerate(reader.read_all(paths, lambda _id: True), start=1):
            control.check()
            control.progress(done, len(paths), "reading")
            if file.decoded is not None:
                yield file.decoded.picture, None

    try:
        told = {"collection": collection.name, "seed": _SEED}
        return _fitted(workspace, choice, name, samples(), told, control, replace=replace)
    finally:
        reader.close()


def fit_to_labelled(
    workspace: Workspace,
    choice: MethodChoice,
    name: str,
    data: str | None,
    control: Control,
    *,
    data_options: Mapping[str, object] | None = None,
    replace: bool = False,
) -> FitReport:
    """Fit to all labelled pictures of `data` (see `open_labelled`) but those that it keeps for a test itself, and
    register the result as model `name`.

    Raises `UsageError` where the method does not learn from labels, the name is taken or the data does not do.
    """
    if data is None or choice.info.fit != "supervised":
        raise UsageError(_how_to_fit(choice.info))
    opened = open_labelled(workspace, data, options=data_options, test=0, validation=0, control=control)
    with opened as labelled:
        train = labelled.train

        def samples() -> Iterator[tuple[Picture, str]]:
            for done, (picture, sample) in enumerate(zip(labelled.pictures(train), train, strict=True), start=1):
                control.check()
                control.progress(done, len(train), "reading")
                if picture is not None:
                    yield picture, sample.label

        return _fitted(workspace, choice, name, samples(), {"data": labelled.describe()}, control, replace=replace)


def _how_to_fit(info: MethodInfo) -> str:
    if info.fit == "supervised":
        return (
            f"the method '{info.name}' learns from labelled pictures: "
            f"revsearch models fit {info.name} --name NAME --data FOLDER, a folder with a folder for each class"
        )
    if info.fit == "unsupervised":
        return f"the method '{info.name}' learns from a collection, without labels: leave out --data"
    return f"the method '{info.name}' is not one that is fitted to pictures"


def _fitted(
    workspace: Workspace,
    choice: MethodChoice,
    name: str,
    samples: Iterable[tuple[Picture, str | None]],
    training: Mapping[str, Any],
    control: Control,
    *,
    replace: bool,
) -> FitReport:
    require_free(workspace.folders.models, name, replace)
    who = f"the method '{choice.label}'"
    method = make_to_fit(choice, control)
    try:
        with contained(who, passing=(RevsearchError, OSError)):
            report: FitReport = method.fit(samples, control)
            told = {**training, "samples": report.samples, "options": dict(choice.options)}
            save_fitted(workspace.folders.models, name, choice.info.name, method.save, told, replace=replace)
    finally:
        with contained(who):
            method.close()
    return report
