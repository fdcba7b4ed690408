"""`revsearch plugins options`: what can be set of a method, what is, and setting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from revsearch_tui.api import DatasetInfo, MethodInfo, OptionSpec, RevsearchError, UsageError
from revsearch_tui.core.methods.resolving import REGION, complete_options, takes_region
from revsearch_tui.core.plugins.registry import PluginRow
from revsearch_tui.core.workspace import Workspace


def takes(option: OptionSpec) -> str:
    """What an option may be, in words."""
    if option.choices:
        return f"one of {', '.join(each or 'nothing' for each in option.choices)}"
    kind = {"bool": "true or false", "int": "a whole number", "float": "a number"}.get(
        type(option.default).__name__, "text"
    )
    if option.minimum is not None and option.maximum is not None:
        return f"{kind}, {option.minimum:g} to {option.maximum:g}"
    if option.minimum is not None:
        return f"{kind}, at least {option.minimum:g}"
    return kind if option.maximum is None else f"{kind}, at most {option.maximum:g}"


def option_rows(workspace: Workspace, name: str, rows: Sequence[PluginRow]) -> list[dict[str, Any]]:
    """Every option of these methods and data sets; `name` may be `method:model`, whose own settings are shown then."""
    used = _used(workspace)
    found: list[dict[str, Any]] = []
    for row in rows:
        configured = _configured(workspace, row, name)
        found += [
            {
                "of": row.name,
                "option": option.name,
                "default": option.default,
                "takes": takes(option),
                "set": configured.get(option.name),
                "collections": {home: used[home, row.name, option.name] for home in _homes(used, row, option)},
                "stage": option.stage if row.kind == "method" else "reading",
                "help": option.help,
            }
            for option in _specs(workspace, row)
        ]
    return found


def set_options(workspace: Workspace, name: str, rows: Sequence[PluginRow], given: Mapping[str, object]) -> str:
    """Have a method run with these options from now on where no others are given, and say so; an empty value is the
    default again. Raises `UsageError`, `ConfigError`."""
    from revsearch_tui.core.config.changing import change_options

    methods = [row for row in rows if isinstance(row.info, MethodInfo) and row.state != "shadowed"]
    wanted = [row for row in methods if row.name == name.partition(":")[0]] or methods
    if len(wanted) != 1:
        names = ", ".join(row.name for row in wanted)
        raise UsageError(f"say for which method: {names}" if names else f"'{name}' is no method: it has no settings")
    info = wanted[0].info
    assert isinstance(info, MethodInfo)
    hosts = {REGION.name: given[REGION.name]} if takes_region(info) and given.get(REGION.name) else {}
    for region in hosts.values():
        workspace.registry.region(str(region))
    declared = {option.name for option in _specs(workspace, wanted[0])}
    own = {
        option: value for option, value in given.items() if option not in declared or (value and option not in hosts)
    }
    complete = {**complete_options(info, own), **hosts}
    table = name if ":" in name else info.name
    file = workspace.folders.config_file
    change_options(file, table, {option: complete[option] if value else None for option, value in given.items()})
    workspace.forget_config()
    return f"{table} has {', '.join(given)} from now on as set in {file}"


def _specs(workspace: Workspace, row: PluginRow) -> tuple[OptionSpec, ...]:
    """The options of a method, with that of the host, or of a data set."""
    if not isinstance(row.info, MethodInfo | DatasetInfo) or row.state == "shadowed":
        return ()
    if not isinstance(row.info, MethodInfo) or not takes_region(row.info):
        return row.info.options
    regions = ["", *(info.name for info in workspace.registry.regions())]
    return (*row.info.options, replace(REGION, choices=tuple(regions)))


def _configured(workspace: Workspace, row: PluginRow, name: str) -> Mapping[str, object]:
    """What the configuration sets."""
    if row.kind != "method":
        return {}
    methods = workspace.config.methods
    return {**methods.get(row.name, {}), **(methods.get(name, {}) if name.startswith(f"{row.name}:") else {})}


def _used(workspace: Workspace) -> dict[tuple[str, str, str], Any]:
    """By collection, method and option: the value that the collection is indexed with."""
    found = {}
    for collection in workspace.collections():
        try:
            keys = workspace.keys(collection)
        except RevsearchError:
            continue  # told where the collection is worked with
        for key in keys:
            found.update({(collection.name, key.method, option): value for option, value in key.options.items()})
    return found


def _homes(used: Mapping[tuple[str, str, str], Any], row: PluginRow, option: OptionSpec) -> list[str]:
    return [home for home, method, name in used if (method, name) == (row.name, option.name)]
