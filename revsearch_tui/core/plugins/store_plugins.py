"""Vector stores of plugins, behind glass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, MethodUnavailableError, StorePlace, VectorStore
from revsearch_tui.core.plugins.containment import Contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.storage.store.store_kind import StoreKind

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.registry import Registry


def plugin_store(registry: Registry, name: str, control: Control, timeout_s: float) -> StoreKind:
    """The store of that name; with a `problem` where there is none that works."""
    try:
        info = registry.store(name)
    except MethodUnavailableError as error:
        return StoreKind(name, problem=f"{error}; searches are exact, and '{name}' follows once it is there again")

    def opened(place: StorePlace) -> VectorStore:
        held: Any = Contained(f"the store '{name}'", lambda: load_factory(info.factory)(place), control, timeout_s)
        return held  # type: ignore[no-any-return]

    return StoreKind(name, opener=opened)
