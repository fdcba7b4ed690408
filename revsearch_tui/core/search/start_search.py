"""From a workspace to an open engine, to requests and to bounds on queries, all as configured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexMissingError

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.results import SearchRequest
    from revsearch_tui.core.search.sources import FetchLimits
    from revsearch_tui.core.storage.collections import Collection
    from revsearch_tui.core.workspace import Workspace


def open_engine(
    workspace: Workspace,
    collection: Collection,
    control: Control,
    note: Callable[[str], None],
    *,
    wanted: Sequence[MethodChoice] = (),
) -> SearchEngine:
    """A search engine for the collection; close it. Raises `IndexMissingError`, which tells how to index by the
    methods that are `wanted`, and `StorageError`."""
    if not collection.catalog_file.exists():
        from revsearch_tui.core.methods.hints import index_command

        raise IndexMissingError(
            f"the collection '{collection.name}' is not indexed yet; run: {index_command(collection, wanted)}"
        )
    from revsearch_tui.core.images.pool import DecodePool

    decoder = DecodePool(1, workspace.registry.readers(), max_pixels=workspace.max_pixels)
    try:
        decoder.start()  # its process gets ready while this one imports what searching needs
        from revsearch_tui.core.search.engine import SearchEngine

        return SearchEngine(
            collection,
            decoder,
            control,
            note=note,
            store=workspace.store_kind(collection, control),
            method_timeout_s=workspace.config.real("index.method_timeout_s"),
        )
    except BaseException:
        decoder.close()
        raise


def search_request(workspace: Workspace, methods: Sequence[MethodChoice], **changes: object) -> SearchRequest:
    """A search request with the configured defaults; `changes` replace fields."""
    from revsearch_tui.core.search.results import SearchRequest

    request = SearchRequest(
        methods,
        k=workspace.config.number("search.k"),
        exact_limit=workspace.config.number("search.exact_limit"),
        candidates=workspace.config.number("search.candidates"),
    )
    return replace(request, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def fetch_limits(workspace: Workspace) -> FetchLimits:
    """Bounds on queries, above all on those from the web."""
    from revsearch_tui.core.search.sources import FetchLimits

    return FetchLimits(
        max_bytes=workspace.config.number("network.max_mb") * 1_000_000,
        max_file_bytes=workspace.config.number("index.max_file_mb") * 1_000_000,
        timeout_s=workspace.config.real("network.timeout_s"),
    )
