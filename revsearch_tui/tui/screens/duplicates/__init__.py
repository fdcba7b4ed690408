"""The Duplicates screen: groups of what is the same, and two of them in full size."""

from revsearch_tui.tui.screens.duplicates.groups_page import DuplicatesScreen

__all__ = ["DuplicatesScreen"]
