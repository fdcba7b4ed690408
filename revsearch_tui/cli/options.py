"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import ConfigError, UsageError
from revsearch_tui.cli.output import Format
from revsearch_tui.core.methods.sets import SETS


def complete_collection(incomplete: str) -> list[str]:
    """Names of collections, for shell completion."""
    from revsearch_tui.core.workspace import Workspace

    return [found.name for found in Workspace().collections() if found.name.startswith(incomplete)]


def complete_method(incomplete: str) -> list[str]:
    """Methods that work, and `method:model` for registered models, for shell completion."""
    from revsearch_tui.core.models.offered import offered_labels
    from revsearch_tui.core.plugins.registry import plugin_names
    from revsearch_tui.core.workspace import Workspace

    workspace = Workspace()
    try:
        infos = workspace.method_infos("available")
    except ConfigError:  # so that it is not known which plugins may be imported
        return [name for name in plugin_names() if name.startswith(incomplete)]
    return [name for name in offered_labels(workspace.folders.models, infos) if name.startswith(incomplete)]


def complete_methods(incomplete: str) -> list[str]:
    """As `complete_method`, and words for several, for shell completion."""
    return [*complete_method(incomplete), *(word for word in SETS if word.startswith(incomplete))]


def complete_model(incomplete: str) -> list[str]:
    """Names of registered models, for shell completion."""
    from revsearch_tui.core.workspace import Workspace

    return [record.name for record in Workspace().models() if record.name.startswith(incomplete)]


def complete_region(incomplete: str) -> list[str]:
    """Region providers that work, for shell completion."""
    from revsearch_tui.core.workspace import Workspace

    rows = Workspace().registry.rows()
    return [
        row.name
        for row in rows
        if row.kind == "region provider" and row.state == "available" and row.name.startswith(incomplete)
    ]


def complete_fusion(incomplete: str) -> list[str]:
    """Rules of fusion that work, for shell completion."""
    from revsearch_tui.core.search.results import FUSIONS
    from revsearch_tui.core.workspace import Workspace

    names = [*FUSIONS, *(info.name for info in Workspace().registry.fusions())]
    return [name for name in names if name.startswith(incomplete)]


def complete_store(incomplete: str) -> list[str]:
    """Vector stores that work, for shell completion."""
    from revsearch_tui.core.storage.collections import CHROMA
    from revsearch_tui.core.workspace import Workspace

    rows = Workspace().registry.rows()
    names = [CHROMA, *(row.name for row in rows if row.kind == "store" and row.state == "available")]
    return [name for name in names if name.startswith(incomplete)]


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
    typer.Option(
        "--method",
        "--methods",
        "-m",
        help="Method, or method:model; repeatable. quick: phash alone.",
        autocompletion=complete_methods,
    ),
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
RegionOption = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="NAME",
        help="Let the method see only what a region provider proposes; as -O region=NAME.",
        autocompletion=complete_region,
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What stdout carries.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
NulOption = Annotated[bool, typer.Option("--null", "-0", help="Paths only, each ended by NUL (for xargs -0).")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def parse_method_options(given: list[str] | None, region: str | None = None) -> dict[str, object]:
    """`name=value` texts as a mapping, and the region as an option like the others. Raises `UsageError`."""
    found: dict[str, object] = {} if region is None else {"region": region}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"'{text}' is not of the form NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
