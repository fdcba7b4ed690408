"""The page of models, and the forms that make some."""

from revsearch_tui.tui.screens.models.models_page import ModelsScreen

__all__ = ["ModelsScreen"]
