"""Get a published model: download its file, or take one that was downloaded already, convert it and store it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import (
    Control,
    MethodInfo,
    MethodUnavailableError,
    ModelDownload,
    ModelError,
    RevsearchError,
    TrainedModel,
)
from revsearch_tui.core.base.download import fetched, side_loaded
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.core.models.model_store import require_free, save_trained
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.declarations import model_owner
from revsearch_tui.core.plugins.loading import is_importable, load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.core.plugins.registry import Registry

ELSEWHERE = "--file FILE"


def model_downloads(registry: Registry) -> dict[str, tuple[MethodInfo, ModelDownload]]:
    """Every model that can be pulled, by name, with the method it is for; the first plugin to offer a name has it."""
    found: dict[str, tuple[MethodInfo, ModelDownload]] = {}
    for row in registry.methods():
        if isinstance(row.info, MethodInfo) and row.state not in ("incompatible", "shadowed"):
            for item in row.info.downloads:
                found.setdefault(item.name, (row.info, item))
    return found


def lacks_to_convert(item: ModelDownload) -> str:
    """What converting it needs that is not installed, and how to install it: a sentence, empty where nothing is
    missing."""
    missing = [module for module in item.requires if not is_importable(module)]
    if not missing:
        return ""
    cure = f"pip install 'revsearch-tui[{item.extra}]'" if item.extra else f"pip install {' '.join(missing)}"
    return f"to convert the model '{item.name}' takes {', '.join(missing)}, not installed: {cure}"


def pull_model(
    registry: Registry,
    folders: Folders,
    name: str,
    control: Control,
    *,
    file: Path | None = None,
    stored_as: str | None = None,
    replace: bool = False,
    elsewhere: str = ELSEWHERE,
) -> ModelRecord:
    """Store the published model of that name, under that name or `stored_as`. `file` is its file, if it is there;
    `elsewhere` says how the user can give it.

    All that may be missing is asked for before anything is downloaded. Raises `ModelError`, `MethodUnavailableError`
    where converting needs what is not installed, `UsageError` where the name is taken, `StorageError`, `Cancelled`.
    """
    known = model_downloads(registry)
    if name not in known:
        raise ModelError(f"there is no model '{name}' to pull; {instead(name, known)}")
    info, item = known[name]
    lacking = lacks_to_convert(item)
    if lacking:
        raise MethodUnavailableError(lacking)
    models = folders.models
    require_free(models, stored_as or name, replace)
    if file is None:
        file = fetched(item.download, folders.downloads, control, error=ModelError, elsewhere=elsewhere)
    else:
        file = side_loaded(item.download, file, control, error=ModelError)
    source = file
    return save_trained(
        models,
        stored_as or name,
        model_owner(info),
        lambda folder: _converted(item, source, folder, control),
        replace=replace,
    )


def _converted(item: ModelDownload, file: Path, folder: Path, control: Control) -> TrainedModel:
    with contained(f"converting '{item.name}'", passing=(RevsearchError, OSError)):
        made = load_factory(item.convert)(file, folder, control)
    if not isinstance(made, TrainedModel):
        raise ModelError(f"converting '{item.name}' gave a {type(made).__name__}, not a TrainedModel")
    return made
