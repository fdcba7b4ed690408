"""Bindings made from rows: what the tables of keys are written in."""

from __future__ import annotations

from textual.binding import Binding

SHOWN, FIRST = "shown", "first"
"""Shown in the last line; taken before any widget takes it."""


def binding(place: str, name: str, keys: str, action: str, description: str, tooltip: str, how: str = "") -> Binding:
    """A binding with an id, `place.name`."""
    return Binding(
        keys, action, description, show=SHOWN in how, tooltip=tooltip, id=f"{place}.{name}", priority=FIRST in how
    )


def group(place: str, *rows: tuple[str, ...] | Binding) -> list[Binding]:
    """Bindings of a place, from rows: name, keys, action, description, tooltip, and how it is shown and taken."""
    return [row if isinstance(row, Binding) else binding(place, *row) for row in rows]
