"""What is done with pictures that were found or chosen: `--do` of several commands."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from revsearch_tui.api import Cancelled, QueryHits, RevsearchError
from revsearch_tui.cli.console import error_line
from revsearch_tui.cli.progress import ProgressBar

if TYPE_CHECKING:
    from revsearch_tui.core.search.result_actions import Asked
    from revsearch_tui.core.workspace import Workspace


def complete_action(incomplete: str) -> list[str]:
    """Actions that work, for shell completion."""
    from revsearch_tui.core.workspace import Workspace

    names = [info.name + ("" if info.target == "none" else "=") for info in Workspace().registry.actions()]
    return [name for name in names if name.startswith(incomplete)]


DoOption = Annotated[
    list[str] | None,
    typer.Option(
        "--do",
        metavar="ACTION[=TARGET]",
        help="Do something with the pictures, such as contact-sheet=FILE.png; `revsearch plugins` lists actions; "
        "repeatable.",
        autocompletion=complete_action,
    ),
]


def asked_actions(workspace: Workspace, do: Sequence[str] | None) -> list[Asked]:
    """What `--do` names. Raises `MethodUnavailableError`, `UsageError`."""
    if not do:
        return []
    from revsearch_tui.core.search.result_actions import all_asked

    return all_asked(workspace.registry, do)


def do_all(workspace: Workspace, asked: Sequence[Asked], answers: Sequence[QueryHits], *, quiet: bool) -> int:
    """Do one action after the other and say what was done; the exit status of the first that failed, else 0."""
    bar = ProgressBar(quiet=quiet)
    if not asked:
        return 0
    if not any(answer.hits for answer in answers):
        bar.note(f"nothing was found to do '{asked[0].info.name}' with")
        return 0
    from revsearch_tui.core.search.result_actions import FoundThumbnails, do_action

    status = 0
    with bar as control, closing(FoundThumbnails(workspace)) as thumbnails:
        for each in asked:
            try:
                said = do_action(workspace, each, answers, thumbnails, control)
            except Cancelled:
                raise
            except RevsearchError as error:
                bar.clear()
                error_line(str(error))
                status = status or error.exit_code
            else:
                bar.note(f"{each.target}: {said}" if each.target is not None else said)
    return status
