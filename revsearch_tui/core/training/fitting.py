"""Fit a method to a collection's own pictures and register what it learned."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, FitReport, IndexMissingError, RevsearchError, UsageError
from revsearch_tui.core.indexing.reading_ahead import Reader
from revsearch_tui.core.indexing.start_index import index_settings
from revsearch_tui.core.methods.hints import index_command
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.models.model_store import save_fitted
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory
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
        raise UsageError(f"the method '{choice.label}' is not one that is fitted to pictures")
    with Catalog(collection.catalog_file) as catalog:
        paths = sorted({row.image_id: row.path for row in catalog.files() if row.image_id}.values())
    if not paths:
        raise IndexMissingError(f"the collection '{collection.name}' has no pictures; run: {index_command(collection)}")
    if len(paths) > pictures:
        paths = sorted(random.Random(_SEED).sample(paths, pictures))
    settings = index_settings(workspace)
    reader = Reader(settings, workspace.registry.readers())
    who = f"the method '{choice.label}'"
    with contained(who, passing=(RevsearchError,)):
        method: Any = load_factory(choice.info.factory)(dict(choice.options), None)

    def samples() -> Iterator[tuple[Picture, None]]:
        for done, file in enumerate(reader.read_all(paths, lambda _id: True), start=1):
            control.check()
            control.progress(done, len(paths), "reading")
            if file.decoded is not None:
                yield file.decoded.picture, None

    try:
        with contained(who, passing=(RevsearchError, OSError)):
            report: FitReport = method.fit(samples(), control)
        training = {
            "collection": collection.name,
            "samples": report.samples,
            "seed": _SEED,
            "options": dict(choice.options),
        }
        with contained(who, passing=(RevsearchError, OSError)):
            save_fitted(workspace.folders.models, name, choice.info.name, method.save, training, replace=replace)
    finally:
        reader.close()
        with contained(who):
            method.close()
    return report
