"""Fetch a query picture from the web. The only code that opens a connection, and only for a URL the user typed."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_tui.core.search.sources import FetchLimits

_CHUNK_BYTES = 64 * 1024
_PLAIN_TYPES = ("application/octet-stream", "binary/octet-stream", "")


class _WebOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if not newurl.lower().startswith(("http://", "https://")):
            raise UsageError(f"'{req.full_url}' redirects to '{newurl}', which is not on the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str, limits: FetchLimits) -> bytes:
    """The picture at a URL. Raises `UsageError`: not reachable, not a picture, too large, too slow."""
    started = time.monotonic()
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "revsearch", "Accept": "image/*"})  # noqa: S310
        with urllib.request.build_opener(_WebOnly).open(request, timeout=limits.timeout_s) as response:
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if not kind.startswith("image/") and kind not in _PLAIN_TYPES:
                raise UsageError(f"'{url}' is of type {kind}, not a picture; give the address of the picture itself")
            told = response.headers.get("Content-Length") or ""
            length = int(told) if told.isdecimal() else None
            if length is not None and length > limits.max_bytes:
                raise UsageError(_too_large(url, limits))
            data = bytearray()
            while chunk := response.read1(_CHUNK_BYTES):  # what is there, so that the clock is looked at
                data += chunk
                if len(data) > limits.max_bytes:
                    raise UsageError(_too_large(url, limits))
                if time.monotonic() - started > limits.total_s:
                    raise UsageError(f"'{url}' takes longer than {limits.total_s:g} s; download it and search the file")
            if length is not None and len(data) < length:
                raise UsageError(f"'{url}' broke off after {len(data):,} of {length:,} bytes; try again")
            return bytes(data)
    except urllib.error.HTTPError as error:
        raise UsageError(f"'{url}' cannot be fetched: the server answers {error.code} {error.reason}") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        reason = " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__
        raise UsageError(f"'{url}' cannot be fetched: {reason}") from None


def _too_large(url: str, limits: FetchLimits) -> str:
    return f"'{url}' is larger than {limits.max_bytes // 1_000_000} MB (network.max_mb)"
