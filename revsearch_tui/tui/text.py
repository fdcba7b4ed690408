"""File names and numbers as text that is safe to show. Names are data: nothing in them is ever interpreted."""

from __future__ import annotations

import os
import unicodedata
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def shown(name: str) -> str:
    """The name with control, formatting and undecodable characters written as escapes such as `\\x1b`."""
    if name.isascii() and name.isprintable():
        return name
    return "".join(_escape(char) if unicodedata.category(char) in _HIDDEN else char for char in name)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown_path(path: Path | str) -> str:
    """The path with the home folder as `~`, safe to show."""
    text = os.fspath(path)
    home = os.path.expanduser("~")  # noqa: PTH111 - `Path.home` raises where there is no home
    if len(home) > 1 and (text == home or text.startswith(home + os.sep)):
        text = "~" + text[len(home) :]
    return shown(text)


def clip(text: str, width: int, *, keep_end: bool = False) -> str:
    """The text in at most `width` cells, with `…` where something was left out."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    kept, used = [], 1
    for char in reversed(text) if keep_end else text:
        used += cell_len(char)
        if used > width:
            break
        kept.append(char)
    return "…" + "".join(reversed(kept)) if keep_end else "".join(kept) + "…"


def clip_name(name: str, width: int) -> str:
    """A file name in at most `width` cells: the middle goes, so that beginning and suffix stay."""
    if cell_len(name) <= width or width < 8:
        return clip(name, width)
    tail = max(4, width // 3)
    return clip(name, width - tail) + clip(name, tail + 1, keep_end=True).removeprefix("…")


def clip_placed(folder: str, name: str, width: int) -> str:
    """A file name behind the folder that tells it apart, in at most `width` cells: neither goes, and of the folder
    the end stays, in which years and numbers differ."""
    if not folder or cell_len(folder) + cell_len(name) <= width:
        return clip_name(folder + name, width)
    room = max(width // 2, width - cell_len(name))
    if cell_len(folder) > room:
        folder = folder.removesuffix("…" + folder[-1])
    folder = clip(folder, room, keep_end=True)
    return folder + clip_name(name, width - cell_len(folder))


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 picture`, `1,000 pictures`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 1000:
        return f"{size} bytes"
    value, units = size / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 99.95 else f"{value:.1f} {units[0]}"


def fetching_text(done: int, total: int | None) -> str:
    """`fetching … 1.2 of 5.0 MB`."""
    return f"fetching … {done / 1e6:.1f} {f'of {total / 1e6:.1f} ' if total is not None else ''}MB"


def when_text(moment: str) -> str:
    """A moment in ISO 8601 as local date and minute; as it is where it is none."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return shown(moment)


def class_text(label: str, confidence: float | None) -> str:
    """A class with its probability in percent: `horse 97%`."""
    return f"{shown(label)} {confidence:.0%}" if confidence is not None else shown(label)


def raw_text(raw: float, unit: str, width: int | None = None) -> str:
    """The raw value with its unit: whole numbers without decimals. In `width` cells the unit is shortened, or left out
    where not even its last word fits."""
    number = f"{raw:,.0f}" if raw == int(raw) else f"{raw:.4f}" if abs(raw) < 1 else f"{raw:,.2f}"
    room = None if width is None else width - len(number) - 1
    return f"{number} {unit_text(unit, room)}".rstrip()


def unit_text(unit: str, width: int | None = None) -> str:
    """A unit in at most `width` cells: its first words go, for the last one says what it is."""
    words = shown(unit).split()
    while width is not None and words and cell_len(" ".join(words)) > width:
        del words[0]
    return " ".join(words)
