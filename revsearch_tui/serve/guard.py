"""Who may ask at all: this machine, under its own name, with the token, and within bounds.

A page in a browser can send requests to this machine, and by a name of its own that leads here (DNS rebinding) read
the answers too: so the Host header has to name this machine. No answer has a CORS header, and none is had without the
token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from revsearch_tui.serve.statuses import TooLargeError
from revsearch_tui.serve.tokens import is_token

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """Lets requests through to `app` that come with one of the `hosts` and the token."""

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str], most_bytes: int) -> None:
        self._app, self._token, self._hosts, self._most = app, token, hosts, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here is asked by websocket
            await send({"type": "websocket.close", "code": 1008})
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts:
            named = "the header Host names none" if not host else f"the header Host names '{host}'"
            await _refuse(send, 421, "Not this server", f"{named}; ask for {min(self._hosts)}")
            return
        kind, _, given = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer" or not is_token(given.strip(), self._token):
            said = "the token is missing or wrong; send the header Authorization: Bearer TOKEN, with the token that "
            await _refuse(send, 401, "Not allowed", said + "was printed when the server started")
            return
        bounded = _Bounded(receive, self._most)
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._most:
            await bounded.discard()
            error = bounded.error
            await _refuse(send, 413, error.title, str(error))
            return
        await self._app(scope, bounded, send)


class _Bounded:
    """What comes, up to so many bytes of a body."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._come = receive, most, 0

    @property
    def error(self) -> TooLargeError:
        return TooLargeError(f"the request is larger than {self._most // 1_000_000} MB (network.max_mb)")

    async def __call__(self) -> Message:
        """Raises `TooLargeError`."""
        message = await self._receive()
        self._come += len(message.get("body", b""))
        if self._come > self._most:
            await self.discard(message)
            raise self.error
        return message

    async def discard(self, message: Message | None = None) -> None:
        """Take what still comes, though not without end: who sends reads the answer after that."""
        while self._come <= 2 * self._most and (message is None or message.get("more_body")):
            message = await self._receive()
            self._come += len(message.get("body", b""))


async def _refuse(send: Send, status: int, title: str, sentence: str) -> None:
    body = json.dumps({"error": sentence, "title": title}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
