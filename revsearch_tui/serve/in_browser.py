"""The app in a browser on this machine, by textual-serve: a process of the app for each page.

textual-serve itself answers whoever asks. Here a page is had with the token only, which its address brings the first
time and a cookie after that, and a websocket only by a page of this very address: what runs behind it moves files.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web
from textual_serve.server import Server

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.serve.ending import ended_in_order
from revsearch_tui.serve.listening import address_of, bound
from revsearch_tui.serve.tokens import is_token

_OWN_THINGS_ONLY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws://{address}; frame-ancestors 'none'"
)
"""What the page may load: its font would come from Google."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve_in_browser(
    workspace: Workspace, collection: str | None, host: str, port: int, token: str, say: Callable[[str], None]
) -> None:
    """Serve pages until Ctrl-C or SIGTERM. `say` is told the address. Raises `RevsearchError`."""
    if collection is not None:
        workspace.collection(collection)
        os.environ["REVSEARCH_GENERAL_COLLECTION"] = collection  # what the app opens with
    with bound(host, port) as listening:
        address = address_of(listening)
        server = _Server(address, token)
        say(f"address: http://{address}/?token={token}")
        with ended_in_order():
            web.run_app(
                server.application(),
                sock=listening,
                print=None,
                access_log=None,
                handle_signals=False,
                shutdown_timeout=2,
            )


class _Server(Server):
    def __init__(self, address: str, token: str) -> None:
        # -P: a file named numpy.py in the folder it was started in is not imported.
        command = [sys.executable, "-P", "-m", "revsearch_tui"]
        text = subprocess.list2cmdline(command) if sys.platform == "win32" else f"exec {shlex.join(command)}"
        host, _, port = address.rpartition(":")
        super().__init__(text, host, int(port), "revsearch", f"http://{address}")
        self._address, self._token, self._cookie = address, token, f"revsearch-{port}"

    async def application(self) -> web.Application:
        """What answers."""
        app = await self._make_app()
        app.on_startup.clear()  # it would print

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        app.middlewares.append(guarded)
        return app

    async def _guarded(self, request: web.Request, handle: Handler) -> web.StreamResponse:
        if request.headers.get("Host", "").lower() != self._address:
            return _refusal(421, f"ask for {self._address}")
        if request.headers.get("Origin", self.public_url) != self.public_url:
            return _refusal(403, "another page may not ask for this one")
        given = request.query.get("token", "")
        if is_token(given, self._token) and request.path == "/":
            answer: web.StreamResponse = web.HTTPFound("/")
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict", path="/")
            return answer
        if not is_token(request.cookies.get(self._cookie, ""), self._token):
            return _refusal(401, "open the whole address that was printed when the server started, with its token")
        answer = await handle(request)
        if not answer.prepared:  # as one that became a websocket is
            answer.headers["Content-Security-Policy"] = _OWN_THINGS_ONLY.format(address=self._address)
        return answer


def _refusal(status: int, sentence: str) -> web.Response:
    return web.Response(status=status, text=f"{sentence}\n")
