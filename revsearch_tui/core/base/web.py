"""The only code that opens a connection: for a URL the user typed, or a download the user asked for by its name.
Waiting for a server is bounded.

A timeout of a socket bounds one wait for one byte. What it does not bound is a server that sends a byte now and then
within a header, a chunk's head or a trailer, and looking up a name has no timeout at all.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import queue
import socket
import ssl
import string
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from revsearch_tui.api import Control, NullControl

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 10
_LONGEST = 200

_POLL_S = 0.1


class WebError(Exception):
    """Something that went wrong on the web, in words that follow a URL and "cannot be fetched:".

    `status` is the server's answer where there was one, else 0.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class TooLongError(WebError):
    """The whole exchange took longer than it may."""


class WebResponse:
    """An answer that is being read. `status` is 200, or 206 for a part; header names are in any case."""

    def __init__(self, response: Any, ask: Callable[[Callable[[], Any]], Any]) -> None:
        self._response, self._ask = response, ask
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
        """What has arrived, at most `size` bytes as they were sent, compressed or not; empty at the end.

        Raises as `open_url` does.
        """
        data: bytes = self._ask(partial(self._response.read1, size))
        return data


@contextlib.contextmanager
def open_url(
    url: str,
    wait_s: float,
    headers: Mapping[str, str],
    *,
    total_s: float = math.inf,
    control: Control | None = None,
) -> Iterator[WebResponse]:
    """Ask for a URL, following redirects within the web, but none from https to http.

    `wait_s` bounds each wait for a server: from looking up its name to the last of its headers, and then for each piece
    of its answer. `total_s` bounds all of it, redirects and the answer's last piece included. Meanwhile `control` is
    asked every 0.1 s whether to stop. Raises `WebError`: not an address of the web, not reachable, too slow, or refused
    by the server; `TooLongError` after `total_s`; and what `control.check` raises.
    """
    waiting = Waiting(wait_s, total_s, control or NullControl())
    ask = partial(_asked, waiting, wait_s, total_s)
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), urllib.request.UnknownHandler(), _Web(waiting)):
        opener.add_handler(handler)
    headers = {"User-Agent": "revsearch", **headers}

    def answer(address: str) -> Any:
        return ask(lambda: opener.open(urllib.request.Request(address, headers=headers), timeout=wait_s))  # noqa: S310

    try:
        seen = [_plain(url)]
        response = answer(seen[0])
        while response.status in _REDIRECTS:
            seen.append(_next(seen, response))
            response.close()
            response = answer(seen[-1])
        if not 200 <= response.status < 300:
            said = f"the server answers {response.status} {_one_line(response.reason)}"
            raise WebError(said.rstrip(), response.status)
        yield WebResponse(response, ask)
    finally:
        waiting.close()


def _plain(url: str, base: str = "") -> str:
    """The address in ASCII, absolute. Raises `WebError` where it is not on the web."""
    try:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(base, url))
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError:  # UnicodeError, of a name that cannot be one of a server, is one too
        raise WebError("it is no address of the web") from None
    if parts.scheme not in ("http", "https") or not host or " " in host or not host.isprintable():
        raise WebError("it is no address of the web")
    rest = (urllib.parse.quote(part, safe=string.punctuation) for part in (parts.path, parts.query))
    return urllib.parse.urlunsplit((parts.scheme, host, *rest, ""))


def _next(seen: Sequence[str], response: Any) -> str:
    """Where a redirect leads. Raises `WebError` where it is not to be followed."""
    told = response.headers.get("Location")
    if told is None:
        raise WebError(f"the server answers {response.status}, a redirect, and does not say where to", response.status)
    # http.client reads headers as Latin-1, whatever they are.
    told = told.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        url = _plain(told, seen[-1])
    except WebError:
        raise WebError(f"it redirects to '{_one_line(told)}', which is not on the web") from None
    if seen[-1].startswith("https:") and not url.startswith("https:"):
        raise WebError(f"it redirects from https to '{_one_line(url)}', where anybody could change it on its way")
    if url in seen:
        raise WebError("it redirects in a circle")
    if len(seen) > _MOST_REDIRECTS:
        raise WebError(f"it redirects more than {_MOST_REDIRECTS} times")
    return url


class _Web(urllib.request.AbstractHTTPHandler):
    """Opens http and https; redirects and refusals come back as the answers they are."""

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self._waiting = waiting

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(partial(_Http, self._waiting), request)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(partial(_Https, self._waiting), request)


class _Http(http.client.HTTPConnection):
    def __init__(self, waiting: Waiting, host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._waiting = waiting

    def connect(self) -> None:
        super().connect()
        self._waiting.watch(self.sock)


class _Https(_Http, http.client.HTTPSConnection):
    """The same, with TLS."""


def _asked(waiting: Waiting, wait_s: float, total_s: float, work: Callable[[], Any]) -> Any:
    """What a step gives, its failure as `WebError`."""
    try:
        return waiting.step(work)
    except AllTookTooLong:
        raise TooLongError(f"it takes longer than {total_s:g} s") from None
    except StepTookTooLong:
        raise WebError(_silent(wait_s)) from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise WebError(_in_words(error, wait_s)) from None


def _in_words(error: Exception, wait_s: float) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return _silent(wait_s)
    if isinstance(reason, socket.gaierror):
        return f"the server's name cannot be looked up ({reason.strerror})"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the server's certificate is not to be trusted ({reason.verify_message})"
    if isinstance(reason, ssl.SSLError):
        return f"no safe connection can be made ({(reason.reason or 'unknown reason').lower().replace('_', ' ')})"
    if isinstance(reason, http.client.RemoteDisconnected):
        return "the server hung up without an answer"
    if isinstance(reason, http.client.IncompleteRead):
        return "the server hung up in the middle of its answer"
    if isinstance(reason, http.client.BadStatusLine):
        return "what answers there is no web server"
    return _one_line(getattr(reason, "strerror", None) or reason) or type(reason).__name__


def _silent(wait_s: float) -> str:
    return f"the server has not answered for {wait_s:g} s"


def _one_line(text: object) -> str:
    """Without line breaks and other characters that act, and of bearable length: servers may send anything."""
    return "".join(each if each.isprintable() else " " for each in str(text))[:_LONGEST].strip()


class StepTookTooLong(Exception):  # noqa: N818 - what happened
    """One step took longer than one step may."""


class AllTookTooLong(Exception):  # noqa: N818 - what happened
    """All steps together took longer than they may."""


class Waiting:
    """The steps of one exchange, each at most `step_s` seconds, all from now on at most `total_s`."""

    def __init__(self, step_s: float, total_s: float, control: Control) -> None:
        self._step_s, self._control = step_s, control
        self._end = time.monotonic() + total_s
        self._asked: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._sockets: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._work, name="web", daemon=True).start()

    def step(self, work: Callable[[], Any]) -> Any:
        """What `work` gives back or raises; or `StepTookTooLong`, `AllTookTooLong`, and what `control.check` raises.

        After any of these three nothing more can be asked.
        """
        step_end = time.monotonic() + self._step_s
        self._asked.put(work)
        while True:
            self._control.check()
            now = time.monotonic()
            if now >= self._end:
                raise AllTookTooLong
            if now >= step_end:
                raise StepTookTooLong
            with contextlib.suppress(queue.Empty):
                value, error = self._done.get(timeout=min(_POLL_S, self._end - now, step_end - now))
                if error is not None:
                    raise error
                return value

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket at the end, so that a call that is left behind ends too. Called within steps."""
        self._sockets.append(connected)
        if self._closed:
            _shut(connected)

    def close(self) -> None:
        """End the thread, or have it end as soon as the call it is in lets it."""
        self._closed = True
        for each in self._sockets:
            _shut(each)
        self._asked.put(None)

    def _work(self) -> None:
        while (work := self._asked.get()) is not None:
            try:
                outcome: tuple[Any, BaseException | None] = (work(), None)
            except BaseException as error:
                outcome = (None, error)
            self._done.put(outcome)
            del outcome, work  # a response that nobody waited for is closed as it goes


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not an SSLSocket's own, which would take its state away from the thread that reads from it.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
