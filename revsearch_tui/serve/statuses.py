"""Errors as those who ask over HTTP are told them: a status, and the sentence."""

from __future__ import annotations

from revsearch_tui.api import (
    Cancelled,
    IndexBusyError,
    IndexMissingError,
    MethodUnavailableError,
    PictureError,
    RevsearchError,
    StorageError,
    UsageError,
)
from revsearch_tui.core.search.sources import GoneError


class TooLargeError(UsageError):
    """More came than is taken."""

    title = "Too large"


class NotThereError(UsageError):
    """What is asked about is not there, at least not any more."""

    title = "Not there"


_STATUSES: tuple[tuple[type[RevsearchError], int], ...] = (
    (TooLargeError, 413),
    (NotThereError, 404),
    (GoneError, 404),
    (IndexMissingError, 404),
    (PictureError, 422),
    (UsageError, 400),
    (IndexBusyError, 409),
    (MethodUnavailableError, 409),
    (Cancelled, 503),
    (StorageError, 500),
)
"""The first that fits counts."""


def status_of(error: RevsearchError) -> int:
    """The status of an error; 500 where nothing fits better."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
