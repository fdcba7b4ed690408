"""Fetch a query picture from the web, and only for a URL the user typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revsearch_tui.api import Control, NullControl, UsageError
from revsearch_tui.core.base.web import TooLongError, WebError, open_url

if TYPE_CHECKING:
    from revsearch_tui.core.search.sources import FetchLimits

_CHUNK_BYTES = 64 * 1024
_PLAIN_TYPES = ("application/octet-stream", "binary/octet-stream", "")


def fetch(url: str, limits: FetchLimits, control: Control | None = None) -> bytes:
    """The picture at a URL; progress is told in bytes, and `control` is asked every 0.1 s whether to stop.

    Raises `UsageError`: not reachable, not a picture, too large, too slow; `Cancelled`.
    """
    control = control or NullControl()
    headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with open_url(url, limits.timeout_s, headers, total_s=limits.total_s, control=control) as response:
            kind = response.header("Content-Type").partition(";")[0].strip().lower()
            if not kind.startswith("image/") and kind not in _PLAIN_TYPES:
                raise UsageError(f"'{url}' is of type {kind}, not a picture; give the address of the picture itself")
            packed = response.header("Content-Encoding").strip().lower()
            if packed not in ("", "identity"):
                raise WebError(f"the server sends it compressed ({packed}), although it was asked not to")
            length = response.length
            if length is not None and length > limits.max_bytes:
                raise UsageError(_too_large(url, limits))
            data = bytearray()
            while chunk := response.read(_CHUNK_BYTES):
                data += chunk
                if len(data) > limits.max_bytes:
                    raise UsageError(_too_large(url, limits))
                control.progress(len(data), length, "fetching")
            if length is not None and len(data) < length:
                raise UsageError(f"'{url}' broke off after {len(data):,} of {length:,} bytes; try again")
            return bytes(data)
    except TooLongError:
        raise UsageError(f"'{url}' takes longer than {limits.total_s:g} s; download it and search the file") from None
    except WebError as error:
        raise UsageError(f"'{url}' cannot be fetched: {error}") from None


def _too_large(url: str, limits: FetchLimits) -> str:
    return f"'{url}' is larger than {limits.max_bytes // 1_000_000} MB (network.max_mb)"
