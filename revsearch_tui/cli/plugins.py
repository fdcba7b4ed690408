"""`revsearch plugins`: what plugins offer; one of them told of, set, switched, checked and traced; and a new one."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import MethodInfo, MethodUnavailableError, ModelFile, RevsearchError, UsageError
from revsearch_tui.cli.console import data_as_narration, note, write
from revsearch_tui.cli.listings import list_plugins, told
from revsearch_tui.cli.options import (
    FormatOption,
    JsonOption,
    MethodOptionsOption,
    OutputOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.plugin_options import option_rows, set_options, takes
from revsearch_tui.core.config.changing import change_plugin
from revsearch_tui.core.config.plugin_tables import PROCESS
from revsearch_tui.core.plugins.registry import PluginRow, plugin_names
from revsearch_tui.core.workspace import Workspace

plugins_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


def _complete_kind(incomplete: str) -> list[str]:
    from revsearch_tui.core.plugins.scaffold import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def _complete_plugin(incomplete: str) -> list[str]:
    return [name for name in plugin_names() if name.startswith(incomplete)]


def _complete_disabled(incomplete: str) -> list[str]:
    tables = Workspace().config.plugins
    return [name for name, table in tables.items() if table.get("enabled") is False and name.startswith(incomplete)]


PluginArgument = Annotated[
    str, typer.Argument(help="A plugin, or something that one offers.", autocompletion=_complete_plugin)
]


StrictOption = Annotated[
    bool, typer.Option("--strict", help="Exit status 4 where something is broken, incompatible or shadowed.")
]


@plugins_app.callback()
def default(
    ctx: typer.Context,
    form: FormatOption = Format.table,
    as_json: JsonOption = False,
    output: OutputOption = None,
    strict: StrictOption = False,
) -> None:
    """List what plugins offer and what state each is in. A plugin that fails is a row with a reason."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_plugins(_form(form, as_json), output, strict=strict))


@plugins_app.command("list")
def list_all(
    form: FormatOption = Format.table,
    as_json: JsonOption = False,
    output: OutputOption = None,
    strict: StrictOption = False,
) -> int:
    """The same list."""
    return list_plugins(_form(form, as_json), output, strict=strict)


@plugins_app.command()
def info(name: PluginArgument, form: FormatOption = Format.table, as_json: JsonOption = False) -> int:
    """Everything that a plugin, or one thing it offers, says of itself; and which process its methods run in."""
    workspace = Workspace()
    rows: list[dict[str, object]] = []
    for row in _rows_of(name, workspace):
        rows += [{"of": row.name, "field": field, "value": value} for field, value in told(row).items() if value]
        if row.kind == "method" and row.info is not None:
            where = "one of its own" if workspace.isolation.applies_to(workspace.registry, row) else "the program's"
            rows.append({"of": row.name, "field": PROCESS, "value": where})
        if row.info is not None:
            said = {field.name: getattr(row.info, field.name) for field in dataclasses.fields(row.info)}
            shown = [(field, value) for field, value in said.items() if field not in ("name", "summary", "options")]
            rows += [{"of": row.name, "field": field, "value": _plain(value)} for field, value in shown if value]
            rows += [
                {
                    "of": row.name,
                    "field": f"option {option.name}",
                    "value": f"{option.help}; default {option.default!r}, {takes(option)}",
                }
                for option in getattr(row.info, "options", ())
            ]
    emit(rows, _form(form, as_json), columns=("of", "field", "value"), path_key="value")
    return 0


@plugins_app.command("set")
def set_plugin(
    name: PluginArgument,
    process: Annotated[
        bool | None,
        typer.Option("--process/--no-process", help="Run its methods in a process of their own, or in the program's."),
    ] = None,
) -> int:
    """Set how a plugin runs. Methods of third parties have a process of their own where nothing is set."""
    if process is None:
        raise UsageError("say what to set: --process or --no-process")
    workspace = Workspace()
    plugin = _rows_of(name, workspace)[0].plugin
    change_plugin(workspace.folders.config_file, plugin, {PROCESS: process})
    where = "processes of their own" if process else "the process of the program"
    note(f"methods of the plugin '{plugin}' run in {where}")
    return 0


@plugins_app.command()
def options(
    name: PluginArgument,
    option: MethodOptionsOption = None,
    form: FormatOption = Format.table,
    as_json: JsonOption = False,
) -> int:
    """The options of a method: their defaults and bounds, what you set, and what collections are indexed with. With -O,
    set what it has where a command says nothing else; an empty value is the default again."""
    workspace = Workspace()
    rows = _rows_of(name.partition(":")[0], workspace)
    if option:
        note(set_options(workspace, name, rows, parse_method_options(option)))
    columns = ("of", "option", "default", "takes", "set", "collections", "help")
    shown = option_rows(workspace, name, rows)
    if not shown:
        note(f"'{name}' has no options")
    form = _form(form, as_json)
    if form is not Format.json:
        for each in shown:
            each["collections"] = [f"{home}={value}" for home, value in each["collections"].items()]
    emit(shown, form, columns=columns, path_key="option")
    return 0 if shown else 1


@plugins_app.command()
def enable(name: Annotated[str, typer.Argument(help="What you disabled.", autocompletion=_complete_disabled)]) -> int:
    """Have back what you disabled."""
    workspace = Workspace()
    if workspace.config.plugins.get(name, {}).get("enabled", True):
        _rows_of(name, workspace)
        note(f"'{name}' is not disabled")
        return 0
    change_plugin(workspace.folders.config_file, name, {"enabled": None})
    note(f"'{name}' is enabled again")
    return 0


@plugins_app.command()
def disable(name: PluginArgument) -> int:
    """Do without a plugin, or one thing that it offers, until you enable it. A disabled plugin is not imported."""
    workspace = Workspace()
    if name not in plugin_names():  # one that ends the program when it is imported can be disabled, too
        _rows_of(name, workspace)
    change_plugin(workspace.folders.config_file, name, {"enabled": False})
    note(f"'{name}' is disabled; to have it back: revsearch plugins enable {name}")
    return 0


@plugins_app.command(context_settings={"allow_interspersed_args": False})
def trace(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND...]", help="A command with all that belongs to it, or a plugin."),
    ] = None,
    form: FormatOption = Format.table,
    as_json: JsonOption = False,
    output: OutputOption = None,
) -> int:
    """Tell what is asked of plugins, how long that takes, what it imports and who asked: while plugins are described
    anew, or while a command runs, whose output goes to stderr."""
    from revsearch_tui.cli.plugin_trace import trace_command, trace_describing

    words = words or []
    from revsearch_tui.cli.app import COMMANDS

    if words and words[0] in COMMANDS:
        with data_as_narration():
            status, rows = trace_command(words)
    else:
        if len(words) > 1:
            raise UsageError(f"there is no command '{words[0]}'; options of trace stand before what is traced")
        status, rows = 0, trace_describing(words[0] if words else None)
        if words and not rows:
            _rows_of(words[0])  # asked afterwards, for it would import what is to be traced
    columns = ("at_ms", "plugin", "what", "ms", "imported", "caller")
    emit(rows, _form(form, as_json), columns=columns, path_key="plugin", output=output)
    return status


@plugins_app.command()
def check(
    name: PluginArgument,
    form: FormatOption = Format.table,
    as_json: JsonOption = False,
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
        _form(form, as_json),
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


def _form(form: Format, as_json: bool) -> Format:
    return Format.json if as_json else form


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [getattr(each, "name", each) for each in value]
    return value


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
