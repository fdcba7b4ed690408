"""What this package offers to revsearch. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import ActionInfo, hookimpl


@hookimpl
def revsearch_result_actions() -> list[ActionInfo]:
    return [
        ActionInfo(
            name="html-report",
            title="HTML report",
            summary="Writes queries and hits with scores and links as one page of HTML.",
            factory="revsearch_html_report.report:make",
            target="file",
            suffixes=(".html", ".htm"),
            requires=("PIL",),
        )
    ]
