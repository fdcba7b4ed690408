"""The word that every request has to know."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from revsearch_tui.api import UsageError

_LEAST = 16


def new_token() -> str:
    """One of 256 bits by chance, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def token_in(file: Path) -> str:
    """The first line of a file. Raises `UsageError` where that makes no token."""
    try:
        first = file.expanduser().read_bytes()[:4096].partition(b"\n")[0].decode("ascii").strip()
    except OSError as error:
        raise UsageError(f"the file of the token, '{file}', cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        first = ""
    if len(first) < _LEAST or not first.isprintable() or " " in first:
        raise UsageError(
            f"the first line of '{file}' is no token; put at least {_LEAST} letters and digits there, without blanks"
        )
    return first


def is_token(given: bytes | str, token: str) -> bool:
    """Whether it is the token; takes the same time wherever it differs."""
    found = given if isinstance(given, bytes) else given.encode("utf-8", "surrogateescape")
    return hmac.compare_digest(found, token.encode())
