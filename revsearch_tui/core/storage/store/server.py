"""The address of a ChromaDB server, from `store.chroma_url`."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from revsearch_tui.api import ConfigError


class ServerAddress(NamedTuple):
    """Where a server listens, and whether it speaks TLS."""

    host: str
    port: int
    tls: bool


def server_address(url: str) -> ServerAddress:
    """The parts of `http://host:port` or `https://host:port`. Raises `ConfigError` where it is neither."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"store.chroma_url '{url}' is not of the form http://host:port")
    return ServerAddress(parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.scheme == "https")
