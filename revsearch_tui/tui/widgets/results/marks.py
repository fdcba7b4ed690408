"""The small signs behind a score."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

LEGEND = (
    ("✓", "good", "verified: the geometry of both pictures agrees"),
    ("○", "doubt", "not verified: found by its overall look only"),
    ("≈", "bar", "approximate: an approximate index chose the candidates"),
    ("✗", "faint", "missing: none of the picture's files is there"),
    ("·", "faint", "not found by the method that the column names"),
)
"""Sign, component class without its prefix, meaning."""


def marks(hit: Hit) -> list[tuple[str, str]]:
    """Signs of a hit with their component class: (sign, class)."""
    signs = []
    if hit.verified is not None:
        signs.append(LEGEND[0][:2] if hit.verified else LEGEND[1][:2])
    if not hit.exact:
        signs.append(LEGEND[2][:2])
    return signs


def missing_sign(hit: Hit, room: int) -> str:
    """What follows the name of a hit none of whose files is there, in `room` cells for both."""
    if hit.path not in hit.missing:
        return ""
    return " (missing)" if room >= 24 else " ✗"
