"""The only code that opens a connection: for a URL the user typed, or a download the user asked for by its name."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

_WEB = ("http://", "https://")


class WebError(Exception):
    """Something that went wrong on the web, in words that follow a URL and "cannot be fetched:".

    `status` is the server's answer where there was one, else 0.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class WebResponse:
    """An answer that is being read. `status` is 200, or 206 for a part; header names are in any case."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.status: int = response.status

    def header(self, name: str) -> str:
        """The header's value; empty where it is absent."""
        return str(self._response.headers.get(name) or "")

    @property
    def length(self) -> int | None:
        """How many bytes the answer holds, as the server tells."""
        told = self.header("Content-Length")
        return int(told) if told.isdecimal() else None

    def read(self, size: int) -> bytes:
        """What has arrived, at most `size` bytes; empty at the end. Raises `WebError`, also after the timeout."""
        try:
            data: bytes = self._response.read1(size)
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise WebError(_reason(error)) from None
        return data


class _WebOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if not newurl.lower().startswith(_WEB):
            raise WebError(f"it redirects to '{newurl}', which is not on the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextlib.contextmanager
def open_url(url: str, timeout_s: float, headers: Mapping[str, str]) -> Iterator[WebResponse]:
    """Ask for a URL, following redirects within the web. `timeout_s` bounds each wait for the server.

    Raises `WebError`: not an address of the web, not reachable, or refused by the server.
    """
    if not url.lower().startswith(_WEB):
        raise WebError("it is no address of the web")
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "revsearch", **headers})  # noqa: S310
        response = urllib.request.build_opener(_WebOnly).open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise WebError(f"the server answers {error.code} {error.reason}", error.code) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise WebError(_reason(error)) from None
    with response:
        yield WebResponse(response)


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__
