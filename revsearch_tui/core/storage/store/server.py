"""ChromaDB servers: their addresses, from `store.chroma_url`; what is noted of them; what is wrong with one, in words.

What the catalog notes of servers is `server` with JSON, where all was written, or `writing server` with the same: the
addresses in their order, the id that each collection has there, and how many rows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from revsearch_tui.api import ConfigError, StorageError

TOKEN = "REVSEARCH_CHROMA_TOKEN"
"""The variable with the token that servers, or what stands before them, ask for."""

DEFAULT_TENANT, DEFAULT_DATABASE = "default_tenant", "default_database"

_SETTLED, _WRITING = "server ", "writing server "
_CLOUD = ".trychroma.com"
_BUSY = (429, 502, 503, 504)
_FORM = "is not of the form http://host:port"


@dataclass(frozen=True, slots=True)
class Server:
    """One shard's place: a server, and which of the collections there, counted from 1, where an address stands twice.

    `timeout_s` is for an answer; writing may take `WRITE_PATIENCE` times as long.
    """

    url: str
    number: int = 1
    tenant: str = DEFAULT_TENANT
    database: str = DEFAULT_DATABASE
    timeout_s: float = 10.0

    @property
    def place(self) -> list[Any]:
        """What tells it from others."""
        return [self.url, self.number, self.tenant, self.database]

    def headers(self) -> dict[str, str]:
        """What goes with every request. Raises `ConfigError` for a token that is none."""
        token = os.environ.get(TOKEN, "").strip()
        if not token:
            return {}
        if not re.fullmatch(r"[!-~]+", token):
            raise ConfigError(f"the variable {TOKEN} holds characters that no token has; it is one word of ASCII")
        # What is known to work with ChromaDB Cloud is its own header alone.
        bearer = {} if (urlsplit(self.url).hostname or "").endswith(_CLOUD) else {"Authorization": f"Bearer {token}"}
        return {"X-Chroma-Token": token, **bearer}


WRITE_PATIENCE = 12


class ServerError(StorageError):
    """What is wrong with a server, as the beginning of a sentence that says what follows of it.

    `may_pass`: the same request may work in a moment. `too_much`: a smaller one may.
    """

    def __init__(self, sentence: str, *, may_pass: bool = False, too_much: bool = False) -> None:
        super().__init__(sentence)
        self.may_pass, self.too_much = may_pass, too_much


def server_urls(text: str) -> list[str]:
    """The addresses in `store.chroma_url`, `http://host:port`, apart by commas. Raises `ConfigError`."""
    return [_checked(url) for part in text.split(",") if (url := part.strip().rstrip("/"))]


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError(f"store.chroma_url '{url}' {_FORM}") from None
    if parts.username is not None or parts.password is not None:
        host = parts.netloc.rpartition("@")[2]
        raise ConfigError(
            f"store.chroma_url holds a name or a password for '{host}', which would be shown in messages; "
            f"take it out, and put a token into the variable {TOKEN}"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"store.chroma_url '{url}' {_FORM}")
    return url


def check_servers(text: str) -> None:
    """Raises `ConfigError` where `store.chroma_url`, or the token in the environment, cannot be what is meant."""
    for url in server_urls(text):
        Server(url).headers()


def servers_of(text: str, tenant: str, database: str, timeout_s: float) -> tuple[Server, ...]:
    """The shards that `store.chroma_url` names, in its order. Raises `ConfigError`."""
    urls = server_urls(text)
    return tuple(Server(url, urls[:at].count(url) + 1, tenant, database, timeout_s) for at, url in enumerate(urls))


def state_of(held: Sequence[Mapping[str, Any]], *, is_written: bool) -> str:
    """What to note in the catalog of what servers hold: of each its `place`, the collection's `id` and its `rows`."""
    return (_SETTLED if is_written else _WRITING) + json.dumps(list(held), separators=(",", ":"))


def noted(state: str | None) -> list[dict[str, Any]] | None:
    """What was noted; None where that is nothing about servers, or of an older form."""
    text = (state or "").removeprefix(_WRITING.removesuffix(_SETTLED))
    if not text.startswith(_SETTLED):
        return None
    try:
        held = json.loads(text.removeprefix(_SETTLED))
        return [{"place": list(one["place"]), "id": str(one["id"]), "rows": int(one["rows"])} for one in held]
    except (ValueError, TypeError, KeyError):
        return None


def is_written(state: str | None, servers: Sequence[Server]) -> bool:
    """Whether these servers were left with everything written. None of them is asked."""
    if state is None or not state.startswith(_SETTLED):
        return False
    return [one["place"] for one in noted(state) or ()] == [server.place for server in servers]


def check_held(state: str | None, held: Sequence[Mapping[str, Any]]) -> None:
    """Raise `ServerError` where servers do not hold what was noted when all was written."""
    before = noted(state) or []
    for at, one in enumerate(held):
        if at >= len(before) or before[at] != one:
            raise ServerError(
                f"the ChromaDB server at {one['place'][0]} does not hold what it was given; "
                "the next run of 'revsearch index' gives it anew"
            )


def in_doubt(state: str) -> str:
    """The state to note where a server was found not to hold what it was given."""
    return _WRITING + state.removeprefix(_SETTLED) if state.startswith(_SETTLED) else state


def check_answer(url: str, status: int, kind: str, path: str) -> None:
    """Raise `ServerError` for an answer that ChromaDB's own client could not tell in a sentence.

    Of its status, its content type and the path that was asked for.
    """
    if status in (401, 403):
        token = f"does not take the token in the variable {TOKEN}"
        why = token if os.environ.get(TOKEN, "").strip() else f"asks for a token, which goes into the variable {TOKEN}"
        raise ServerError(f"the ChromaDB server at {url} {why} (HTTP {status})")
    if status == 413:
        raise ServerError(f"the ChromaDB server at {url} takes no more at once (HTTP 413)", too_much=True)
    if status in _BUSY:
        raise ServerError(f"the ChromaDB server at {url} cannot answer now (HTTP {status})", may_pass=True)
    if 300 <= status < 400:
        raise ServerError(f"what answers at {url} sends elsewhere (HTTP {status}), so that is not the server's address")
    if status in (404, 405, 410) and path.endswith("/version"):
        raise ServerError(
            f"what answers at {url} is no ChromaDB server of version 1 (HTTP {status}), which this program works with"
        )
    if "json" not in kind:
        what = "a web page" if "html" in kind else f"'{kind}'" if kind else "nothing"
        raise ServerError(f"what answers at {url} is no ChromaDB server: it sends {what} (HTTP {status})")


def check_version(url: str, version: object) -> None:
    """Raise `ServerError` for a server that speaks otherwise."""
    if not isinstance(version, str) or not version.startswith("1."):
        shown = re.sub(r"[^\w.+-]", "", str(version))[:20]
        raise ServerError(f"the ChromaDB server at {url} is of version {shown}, and this program works with version 1")


def trouble(url: str, error: Exception, timeout_s: float) -> ServerError:
    """What an exception of ChromaDB's client, or of what carries its requests, says about the server."""
    if isinstance(error, ServerError):
        return error
    kinds = {kind.__name__ for kind in type(error).__mro__}
    said = " ".join(str(error).split())[:200] or type(error).__name__
    if "TimeoutException" in kinds:
        seconds = f"{timeout_s:g} second{'s' if timeout_s != 1 else ''}"
        return ServerError(f"the ChromaDB server at {url} does not answer within {seconds}", may_pass=True)
    if "TransportError" in kinds:
        return ServerError(f"the ChromaDB server at {url} does not answer ({said})", may_pass=True)
    if kinds & {"BatchSizeExceededError", "QuotaError"}:
        return ServerError(f"the ChromaDB server at {url} takes no more ({said})", too_much=True)
    if kinds & {"ChromaAuthError", "AuthorizationError"}:
        return ServerError(f"the ChromaDB server at {url} refuses access ({said})")
    if "ChromaError" in kinds and re.search(r"(?i)\b(tenant|database) \[", said):
        return ServerError(
            f"the ChromaDB server at {url} says: {said}; make it there, or mend store.chroma_tenant and "
            "store.chroma_database"
        )
    if "RateLimitError" in kinds:
        return ServerError(f"the ChromaDB server at {url} cannot answer now ({said})", may_pass=True)
    if "ChromaError" in kinds:
        return ServerError(f"the ChromaDB server at {url} fails ({said})")
    return ServerError(f"what the ChromaDB server at {url} sends cannot be understood ({said})")
