"""What this package offers to revsearch: a sheet of the pictures that were found. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import ActionInfo, hookimpl


@hookimpl
def revsearch_result_actions() -> list[ActionInfo]:
    """The contact sheet."""
    return [
        ActionInfo(
            name="contact-sheet",
            title="Contact sheet",
            summary="Draws the pictures on one sheet, with name, score and tier: a PNG or HTML file.",
            factory="revsearch_sheet.sheet:make_sheet",
            target="file",
            suffixes=(".png", ".html"),
            requires=("PIL",),
        )
    ]
