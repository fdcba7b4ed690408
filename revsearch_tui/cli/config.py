"""`revsearch config`."""

from __future__ import annotations

import typer

from revsearch_tui.cli.console import note, write
from revsearch_tui.cli.options import FormatOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.config.settings import SETTINGS
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def default(ctx: typer.Context) -> None:
    """Show, check and describe the configuration."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(show())


@app.command()
def show(form: FormatOption = Format.table) -> int:
    """Every setting, its value, and where that comes from."""
    config = Workspace().config
    rows: list[dict[str, object]] = [
        {"setting": key, "value": value, "from": config.origins[key]} for key, value in config.values.items()
    ]
    for method, options in config.methods.items():
        rows.extend({"setting": f"methods.{method}.{k}", "value": v, "from": "file"} for k, v in options.items())
    rows.extend({"setting": f"keys.{name}", "value": keys, "from": "file"} for name, keys in config.keys.items())
    emit(rows, form, path_key="setting")
    return 0


@app.command()
def validate() -> int:
    """Check the configuration file and the environment: settings, methods, their options, keys, the server."""
    workspace = Workspace()
    workspace.check_config()
    file = workspace.folders.config_file
    note(f"{file}: {'sound' if file.exists() else 'absent, defaults are used'}")
    return 0


@app.command()
def path() -> int:
    """Where the configuration file is looked for."""
    write(f"{Workspace().folders.config_file}\n")
    return 0


@app.command()
def schema(form: FormatOption = Format.table) -> int:
    """Every setting with its type, default, bounds and meaning."""
    rows = [
        {
            "setting": setting.key,
            "type": type(setting.default).__name__,
            "default": setting.default,
            "choices": list(setting.choices),
            "minimum": setting.minimum,
            "maximum": setting.maximum,
            "variable": setting.variable,
            "help": setting.help,
        }
        for setting in SETTINGS
    ]
    emit(rows, form, columns=("setting", "type", "default", "variable", "help"), path_key="setting")
    return 0
