"""Large JSON, read in pieces. Python's own reader takes a text as a whole, and while it does every other thread stands
still: half a second for the answers of a large evaluation.
"""

from __future__ import annotations

import json
import re
from typing import Any

_BLANKS = re.compile(r"[ \t\r\n]*")
_VALUE = json.JSONDecoder().raw_decode
_PIECE = 1 << 16
"""Characters that are read at a time, where they are many."""
_NUMBERS = re.compile(r'[^][{}"]*')
_ROWS = re.compile(r'(?:\s*\[[^][{}"]*\]\s*,)*\s*\[[^][{}"]*\]\s*')
"""Pieces of lists that hold nothing but numbers, true, false and null; and of lists of such lists."""
_DEEPEST = 6
"""What lies deeper is read whole."""


def read_large(text: str) -> Any:
    """What `json.loads` gives. Raises ValueError where the text is no JSON."""
    if len(text) <= _PIECE:
        return json.loads(text)
    value, end = _value(text, _after_blanks(text, 0), 0)
    if _after_blanks(text, end) != len(text):
        raise ValueError(f"there is more behind the end, at character {end}")
    return value


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends."""
    if depth == _DEEPEST or text[at : at + 1] not in ("[", "{"):
        return _VALUE(text, at)
    return _members(text, at, depth) if text[at] == "{" else _items(text, at, depth)


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _after_blanks(text, at + 1)
    while text[at : at + 1] != "}" or found:
        name, at = _VALUE(text, at)
        if not isinstance(name, str):
            raise ValueError(f"a name is wanted before character {at}")
        at = _passed(text, at, ":")
        found[name], at = _value(text, at, depth + 1)
        at = _after_blanks(text, at)
        if text[at : at + 1] == "}":
            break
        at = _passed(text, at, ",")
    return found, at + 1


def _items(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    plain = _plain(text, at)
    if plain is not None:
        return plain
    found: list[Any] = []
    at = _after_blanks(text, at + 1)
    while text[at : at + 1] != "]" or found:
        value, at = _value(text, at, depth + 1)
        found.append(value)
        at = _after_blanks(text, at)
        if text[at : at + 1] == "]":
            break
        at = _passed(text, at, ",")
    return found, at + 1


def _plain(text: str, at: int) -> tuple[list[Any], int] | None:
    """A list of numbers and the like, or of lists of these, read in pieces; None for other lists."""
    is_nested = text.startswith("[[", at)
    ending, boundary, allowed = ("]]", "],", _ROWS) if is_nested else ("]", ",", _NUMBERS)
    end = text.find(ending, at) + len(ending) - 1
    found: list[Any] = []
    start = at + 1
    while start < end:
        cut = text.find(boundary, start + _PIECE, end)
        stop = end if cut < 0 else cut + len(boundary) - 1
        if allowed.fullmatch(text, start, stop) is None:
            return None
        found += json.loads(f"[{text[start:stop]}]")
        start = stop + 1
    # Behind the last comma something is wanted.
    return (found, end + 1) if start == end + 1 and found else None


def _after_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return at if match is None else match.end()


def _passed(text: str, at: int, char: str) -> int:
    """Where the next value begins, behind that character."""
    at = _after_blanks(text, at)
    if text[at : at + 1] != char:
        raise ValueError(f"'{char}' is wanted at character {at}")
    return _after_blanks(text, at + 1)
