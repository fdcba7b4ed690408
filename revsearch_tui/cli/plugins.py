"""`revsearch plugins`: what plugins offer, a closer look at one, its checks, and a package for a new one."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from revsearch_tui.api import MethodInfo, MethodUnavailableError, ModelFile, RevsearchError
from revsearch_tui.api.deprecations import deprecations
from revsearch_tui.cli.console import note, write
from revsearch_tui.cli.options import FormatOption, OutputOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.plugins.registry import PluginRow
from revsearch_tui.core.workspace import Workspace

plugins_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


def _complete_kind(incomplete: str) -> list[str]:
    from revsearch_tui.core.plugins.scaffold import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def _complete_plugin(incomplete: str) -> list[str]:
    from revsearch_tui.core.plugins.registry import plugin_names

    return [name for name in plugin_names() if name.startswith(incomplete)]


PluginArgument = Annotated[
    str, typer.Argument(help="A plugin, or something that one offers.", autocompletion=_complete_plugin)
]


@plugins_app.callback()
def default(
    ctx: typer.Context,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 4 where something is broken, incompatible or shadowed.")
    ] = False,
) -> None:
    """List what plugins offer and what state each is in. A plugin that fails is a row with a reason."""
    if ctx.invoked_subcommand is not None:
        return
    rows = Workspace().registry.rows()
    emit(
        [_told(row) for row in rows],
        form,
        columns=("kind", "name", "state", "plugin", "distribution", "about"),
        path_key="name",
        output=output,
    )
    for row in rows:
        for told in deprecations(row.info) if row.info is not None else ():
            note(f"the plugin '{row.plugin}' of {row.distribution or 'nobody'}: {told}")
    wrong = [row for row in rows if row.state in ("broken", "incompatible", "shadowed")]
    if strict and wrong:
        raise MethodUnavailableError(f"{wrong[0].name} is {wrong[0].state}: {wrong[0].reason}")
    raise typer.Exit(0 if rows else 1)


@plugins_app.command()
def info(name: PluginArgument, form: FormatOption = Format.table) -> int:
    """Everything that a plugin, or one thing it offers, says of itself."""
    rows: list[dict[str, object]] = []
    for row in _rows_of(name):
        rows += [{"of": row.name, "field": field, "value": value} for field, value in _told(row).items() if value]
        if row.info is not None:
            told = {field.name: getattr(row.info, field.name) for field in dataclasses.fields(row.info)}
            shown = [(field, value) for field, value in told.items() if field not in ("name", "summary", "options")]
            rows += [{"of": row.name, "field": field, "value": _plain(value)} for field, value in shown if value]
            rows += [
                {"of": row.name, "field": f"option {option.name}", "value": f"{option.help}; {_takes(option)}"}
                for option in getattr(row.info, "options", ())
            ]
    emit(rows, form, columns=("of", "field", "value"), path_key="value")
    return 0


@plugins_app.command()
def check(
    name: PluginArgument,
    form: FormatOption = Format.table,
    strict: Annotated[bool, typer.Option("--strict", help="What could not be tried counts as failed.")] = False,
) -> int:
    """Run the conformance kit on an installed plugin. Exit status 1 where a check fails."""
    from revsearch_tui.core.plugins.checking import check_installed

    workspace = Workspace()
    rows = _rows_of(name, workspace)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_installed(workspace.registry, rows[0].plugin, _models(workspace, rows))
    emit(
        [{"of": each.subject, "check": each.check, "outcome": each.outcome, "reason": each.reason} for each in results],
        form,
        path_key="check",
    )
    bad = [each for each in results if each.outcome == "failed" or (strict and each.outcome == "skipped")]
    note(f"{len(results)} checks, {len(bad)} failed" if bad else f"{len(results)} checks, none failed")
    return 1 if bad else 0


@plugins_app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the package and of what it offers: a-z, 0-9 and -.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            "-k",
            help="What it is to offer: vector, local, classifier, region, reader, dataset or metric.",
            autocompletion=_complete_kind,
        ),
    ] = "vector",
    into: Annotated[Path, typer.Option("--into", help="Folder that the package's folder is made in.")] = Path(),
) -> int:
    """Write a complete package for a new plugin: code, tests, entry point, README, CI."""
    from revsearch_tui.core.plugins.scaffold import make_package

    taken = [row for row in Workspace().registry.rows() if name in (row.name, row.plugin)]
    if taken:
        note(f"the name '{name}' is taken by {taken[0].distribution or 'another plugin'}, which would come first")
    files = make_package(name, kind, into.expanduser())
    write("".join(f"{file}\n" for file in files))
    folder = into.expanduser() / name
    note(f"next: pip install -e '{folder}[test]' && pytest {folder} && revsearch plugins check {name}")
    return 0


def _rows_of(name: str, workspace: Workspace | None = None) -> list[PluginRow]:
    """What the plugin of that name offers, or what is called so. Raises `MethodUnavailableError`."""
    from revsearch_tui.core.base.wording import instead

    rows = (workspace or Workspace()).registry.rows()
    found = [row for row in rows if row.plugin == name] or [row for row in rows if row.name == name]
    if not found:
        known = sorted({row.plugin for row in rows} | {row.name for row in rows})
        raise MethodUnavailableError(f"there is no plugin '{name}', nor does one offer it; {instead(name, known)}")
    return found


def _told(row: PluginRow) -> dict[str, object]:
    return {
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "plugin": row.plugin,
        "distribution": f"{row.distribution} {row.version}".strip(),
        "about": row.reason or row.summary,
        "reason": row.reason,
    }


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [getattr(each, "name", each) for each in value]
    return value


def _takes(option: Any) -> str:
    told = [f"default {option.default!r}"]
    if option.choices:
        told.append(f"one of {', '.join(option.choices)}")
    if option.minimum is not None or option.maximum is not None:
        told.append(f"{option.minimum} to {option.maximum}")
    return ", ".join(told)


def _models(workspace: Workspace, rows: list[PluginRow]) -> dict[str, ModelFile]:
    """The model that each method would run with, where there is one."""
    found = {}
    for row in rows:
        if isinstance(row.info, MethodInfo):
            try:
                model = workspace.choose([row.name])[0].model
            except RevsearchError:
                continue  # the kit fits one where it can
            if model is not None:
                found[row.name] = model
    return found
