"""The keys of forms and of their fields."""

from __future__ import annotations

from revsearch_tui.tui.binding_rows import SHOWN, group

FORM = group(
    "form",
    ("close", "escape", "close", "Back", "Close without changing anything", SHOWN),
)

NAMES = group(
    "names",
    ("list", "down,ctrl+n", "list", "List", "In a line of methods: list all there are, to mark some", SHOWN),
)

CHOICE = group(
    "choice",
    ("next", "right,l", "choose(1)", "Next value", "Take the next value of a field that offers some", SHOWN),
    ("previous", "left,h", "choose(-1)", "Value before", "Take the value before"),
    ("change", "space", "change", "Change", "The other value, or the next one; where several go, mark this one", SHOWN),
    ("accept", "enter", "accept", "Done", "As Enter in a line that is typed", ""),
)
