"""The server that others ask over HTTP, on this machine only."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType

import uvicorn

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.serve.ending import ended_in_order
from revsearch_tui.serve.endpoints import application
from revsearch_tui.serve.guard import Guard
from revsearch_tui.serve.listening import address_of, bound
from revsearch_tui.serve.service import Service

_LONGEST_GOODBYE_S = 5


def serve_http(
    workspace: Workspace, collection: str | None, host: str, port: int, token: str, say: Callable[[str], None]
) -> None:
    """Answer until Ctrl-C or SIGTERM. `say` is told the address once requests are taken. Raises `RevsearchError`."""
    service = Service(workspace, collection)
    with bound(host, port) as listening:
        address = address_of(listening)
        hosts = frozenset({address, f"localhost:{listening.getsockname()[1]}"})
        guarded = Guard(application(service), token, hosts, service.most_bytes)
        config = uvicorn.Config(
            guarded,
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
        )
        say(f"address: http://{address}")
        try:
            with ended_in_order():
                _Server(config, service).run(sockets=[listening])
        finally:
            service.close()


class _Server(uvicorn.Server):
    """Has what runs end as soon as the server is told to."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.stop()
        super().handle_exit(sig, frame)
