"""Register a model file for a method that takes models, after trying it; or a stored model's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodInfo, UsageError
from revsearch_tui.core.models.model_store import add_model, copy_model
from revsearch_tui.core.models.trial import TrialLimits, vector_check
from revsearch_tui.core.plugins.declarations import model_owner

if TYPE_CHECKING:
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.core.plugins.registry import Registry


def register_model(
    registry: Registry,
    models_folder: Path,
    file: Path,
    *,
    method: str,
    limits: TrialLimits,
    name: str | None = None,
    manifest: Path | None = None,
    replace: bool = False,
) -> ModelRecord:
    """Store a copy of a model file for a method, tried in a process of its own within `limits`; or, of a folder, the
    stored model that it holds, whose own manifest names its method.

    Raises as `add_model` and `copy_model` do, MethodUnavailableError, and UsageError where the method takes no model.
    """
    if file.is_dir():
        if manifest is not None:
            raise UsageError(f"{file} is a folder, whose own manifest counts: name no other")
        return copy_model(models_folder, file.resolve(), name=name, replace=replace)
    info = method_for_models(registry, method)
    return add_model(
        models_folder,
        file,
        check=vector_check(info, limits=limits),
        name=name,
        manifest_file=manifest,
        method=info.name,
        replace=replace,
    )


def method_for_models(registry: Registry, method: str) -> MethodInfo:
    """The method under whose name model files for this one are stored, which may lack a model so far.

    Raises MethodUnavailableError, and UsageError where it takes no model file.
    """
    rows = {row.name: row for row in registry.methods()}
    row = rows.get(method)
    if row is not None and isinstance(row.info, MethodInfo) and model_owner(row.info) != method:
        method = model_owner(row.info)
    info = registry.method_without_model(method)
    if info.models == "none":
        raise UsageError(f"the method '{method}' takes no model")
    if info.shape == "local":
        raise UsageError(f"models of '{method}' are fitted: revsearch models fit {method} --name NAME")
    return info
