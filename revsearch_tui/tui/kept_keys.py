"""The keys of pages about what is kept and set here: jobs, judgements, collections and settings."""

from __future__ import annotations

from revsearch_tui.tui.binding_rows import FIRST, SHOWN, group

KEPT_PAGES = group(
    "app",
    ("collections", "f9", "collections_page", "Collections", "What is indexed: counts, sizes, skipped files, watching"),
    ("settings", "f10", "settings", "Settings", "What is set, with a description of each; written to config.toml"),
)

JOBS = group(
    "jobs",
    ("end", "D,delete", "end", "Stop or drop", "Stop the job the cursor is on, or drop it where it waits", SHOWN),
)

JUDGEMENTS = group(
    "judgements",
    ("filter", "slash", "filter", "Filter", "Only pairs whose paths, date or kind hold what you type", SHOWN),
    ("forget", "d,delete", "forget", "Forget", "Take back what was said of the pair", SHOWN),
    ("undo", "u", "undo", "Undo", "Say again what was taken back last", SHOWN),
)

COLLECTIONS = group(
    "collections",
    ("index", "r", "index", "Index again", "Bring the collection up to date with its folders", SHOWN),
    ("watch", "w", "watch", "Watch", "Index what changes in its folders, as it does; again: no more", SHOWN),
    ("add", "a", "add", "Add folder", "Index one more folder into the collection", SHOWN),
    ("rename", "n", "rename", "Rename", "Give the collection another name", SHOWN),
    ("relocate", "m", "relocate", "Moved", "Its folders are elsewhere now: say where, and nothing is read anew", SHOWN),
    ("detail_down", "J,shift+down", "scroll_detail(1)", "Details down", "Scroll what it holds down"),
    ("detail_up", "K,shift+up", "scroll_detail(-1)", "Details up", "Scroll what it holds up"),
    ("delete", "D,delete", "delete", "Delete", "Delete what is indexed; the pictures stay", SHOWN),
)

SETTINGS = group(
    "settings",
    ("next", "down,tab", "step(1)", "Next", "To the next setting", FIRST),
    ("previous", "up,shift+tab", "step(-1)", "Previous", "To the setting before", FIRST),
    ("next_section", "pagedown", "section(1)", "Next section", "To the next section", SHOWN + FIRST),
    ("previous_section", "pageup", "section(-1)", "Section before", "To the section before", FIRST),
    ("reset", "ctrl+r", "reset", "Default", "The default again, and no line in config.toml", SHOWN),
)
