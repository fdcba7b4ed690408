"""The Collections screen: what is indexed, what was skipped, and all that can be done with a collection."""

from revsearch_tui.tui.screens.collections.collections_page import CollectionsScreen

__all__ = ["CollectionsScreen"]
