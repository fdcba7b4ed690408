"""What to tell of an animation that is known by a later frame than its first."""

from __future__ import annotations

_END = ", since the first shows nothing"


def frame_note(number: int, count: int) -> str:
    """For frame `number`, counted from 1, of `count`."""
    return f"frame {number} of {count}{_END}"


def is_frame_note(note: str | None) -> bool:
    """Whether a file's note is such a one: it is of the picture, wherever its file lies."""
    return note is not None and note.endswith(_END)
