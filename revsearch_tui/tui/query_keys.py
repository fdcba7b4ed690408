"""The keys of pages about one query: a part of its picture, and rankings side by side."""

from __future__ import annotations

from revsearch_tui.tui.binding_rows import SHOWN, group

PART = group(
    "part",
    ("search", "enter", "search", "Search", "Search by what is in the box", SHOWN),
    ("propose", "p", "propose", "Proposal", "The next part that a plugin proposes, such as where detail is", SHOWN),
    ("whole", "0", "whole", "Whole", "The whole picture", SHOWN),
    ("left", "left,h", "move(-1, 0)", "Left", "Move the box to the left", SHOWN),
    ("down", "down,j", "move(0, 1)", "Down", "Move the box down"),
    ("up", "up,k", "move(0, -1)", "Up", "Move the box up"),
    ("right", "right,l", "move(1, 0)", "Right", "Move the box to the right"),
    ("narrower", "shift+left,H", "resize(-1, 0)", "Narrower", "Make the box narrower", SHOWN),
    ("higher", "shift+down,J", "resize(0, 1)", "Higher", "Make the box higher"),
    ("lower", "shift+up,K", "resize(0, -1)", "Lower", "Make the box lower"),
    ("wider", "shift+right,L", "resize(1, 0)", "Wider", "Make the box wider", SHOWN),
    ("coarser", "plus,equals_sign", "step(1)", "Coarser", "Move and resize by larger steps", SHOWN),
    ("finer", "minus", "step(-1)", "Finer", "Move and resize by smaller steps", SHOWN),
)

COLUMNS = group(
    "columns",
    ("choose", "m", "choose", "Columns", "Choose which rankings stand side by side", SHOWN),
)
