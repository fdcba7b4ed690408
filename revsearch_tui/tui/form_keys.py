"""The keys of forms and of their fields."""

from __future__ import annotations

from revsearch_tui.tui.binding_rows import SHOWN, group

FORM = group(
    "form",
    ("close", "escape", "close", "Back", "Close without changing anything", SHOWN),
)

CHOICE = group(
    "choice",
    ("next", "right,l,space", "choose(1)", "Other value", "Take the next value of a field that offers some", SHOWN),
    ("previous", "left,h", "choose(-1)", "Value before", "Take the value before"),
    ("accept", "enter", "accept", "Done", "As Enter in a line that is typed", ""),
)
