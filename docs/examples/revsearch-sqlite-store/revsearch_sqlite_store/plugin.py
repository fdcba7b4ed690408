"""What this package offers to revsearch. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import StoreInfo, hookimpl


@hookimpl
def revsearch_vector_stores() -> list[StoreInfo]:
    return [
        StoreInfo(
            name="sqlite",
            title="SQLite",
            summary="One SQLite file for each method: small, exact, read by any program.",
            factory="revsearch_sqlite_store.store:SqliteStore",
            requires=("numpy", "sqlite3"),
        )
    ]
