"""A socket that this machine alone reaches."""

from __future__ import annotations

import ipaddress
import socket
import sys

from revsearch_tui.api import UsageError


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `UsageError` for an address that others reach, and a port that is taken."""
    named = "127.0.0.1" if host == "localhost" else host
    try:
        address = ipaddress.ip_address(named)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise UsageError(
            f"'{host}' is no loopback address, and pictures are served to this machine only; leave out --host"
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listening = socket.socket(family)
    try:
        if sys.platform != "win32":  # where it would let others take the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((named, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"nothing can listen at port {port}: {error.strerror or error}; give another one with --port, 0 for any"
        ) from None
    return listening


def address_of(listening: socket.socket) -> str:
    """Host and port, as in a URL."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
