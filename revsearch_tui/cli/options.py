"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.output import Format


def complete_collection(incomplete: str) -> list[str]:
    """Names of collections, for shell completion."""
    from revsearch_tui.core.workspace import Workspace

    return [found.name for found in Workspace().collections() if found.name.startswith(incomplete)]


def complete_method(incomplete: str) -> list[str]:
    """Methods that work, and `method:model` for registered models, for shell completion."""
    from revsearch_tui.core.models.store import list_models
    from revsearch_tui.core.workspace import Workspace

    workspace = Workspace()
    names = [row.name for row in workspace.registry.methods() if row.state == "available"]
    names += [f"{record.method}:{record.name}" for record in list_models(workspace.folders.models)]
    return [name for name in names if name.startswith(incomplete)]


def complete_model(incomplete: str) -> list[str]:
    """Names of registered models, for shell completion."""
    from revsearch_tui.core.models.store import list_models
    from revsearch_tui.core.workspace import Workspace

    records = list_models(Workspace().folders.models)
    return [record.name for record in records if record.name.startswith(incomplete)]


CollectionOption = Annotated[
    str | None,
    typer.Option(
        "--collection",
        "-c",
        help="Collection; default: the only one, or general.collection.",
        autocompletion=complete_collection,
    ),
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Method, or method:model; repeatable.", autocompletion=complete_method),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Model the method runs with.", autocompletion=complete_model)
]
MethodOptionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--option", "-O", metavar="NAME=VALUE", help="Option of the method, or method.name=value; repeatable."
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What stdout carries.")]
NulOption = Annotated[bool, typer.Option("--null", "-0", help="Paths only, each ended by NUL (for xargs -0).")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def parse_method_options(given: list[str] | None) -> dict[str, object]:
    """`name=value` texts as a mapping. Raises `UsageError`."""
    found: dict[str, object] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"'{text}' is not of the form NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
