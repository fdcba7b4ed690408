"""The store of registered models: one folder each, verified before use. Plain JSON; nothing heavy is imported."""

from revsearch_tui.core.models.check import vector_check
from revsearch_tui.core.models.record import FORMAT, MANIFEST, ModelPart, ModelRecord
from revsearch_tui.core.models.store import (
    ModelCheck,
    add_model,
    copy_model,
    get_model,
    list_models,
    name_for,
    remove_model,
    require_free,
    save_fitted,
    save_trained,
)

__all__ = [
    "FORMAT",
    "MANIFEST",
    "ModelCheck",
    "ModelPart",
    "ModelRecord",
    "add_model",
    "copy_model",
    "get_model",
    "list_models",
    "name_for",
    "remove_model",
    "require_free",
    "save_fitted",
    "save_trained",
    "vector_check",
]
