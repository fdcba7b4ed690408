"""What is set and installed here: `revsearch config`, `doctor` and `completions`."""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import Annotated, Any

import typer

from revsearch_tui.cli.console import note, write
from revsearch_tui.cli.options import FormatOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.config.settings import SETTINGS
from revsearch_tui.core.doctor import check_servers, mend_onnxruntime, run_checks
from revsearch_tui.core.workspace import Workspace

config_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)
doctor_app = typer.Typer(add_completion=False, rich_markup_mode=None)
completions_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@config_app.callback()
def default(ctx: typer.Context) -> None:
    """Show, check and describe the configuration."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(show())


@config_app.command()
def show(form: FormatOption = Format.table) -> int:
    """Every setting, its value, and where that comes from."""
    config = Workspace().config
    rows: list[dict[str, object]] = [
        {"setting": key, "value": value, "from": config.origins[key]} for key, value in config.values.items()
    ]
    for method, options in config.methods.items():
        rows.extend({"setting": f"methods.{method}.{k}", "value": v, "from": "file"} for k, v in options.items())
    for plugin, table in config.plugins.items():
        rows.extend({"setting": f"plugins.{plugin}.{k}", "value": v, "from": "file"} for k, v in table.items())
    rows.extend({"setting": f"keys.{name}", "value": keys, "from": "file"} for name, keys in config.keys.items())
    emit(rows, form, path_key="setting")
    return 0


@config_app.command()
def validate() -> int:
    """Check the configuration file and the environment: settings, methods, their options, keys, the server."""
    workspace = Workspace()
    workspace.check_config()
    file = workspace.folders.config_file
    note(f"{file}: {'sound' if file.exists() else 'absent, defaults are used'}")
    return 0


@config_app.command()
def path() -> int:
    """Where the configuration file is looked for."""
    write(f"{Workspace().folders.config_file}\n")
    return 0


@config_app.command()
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


class Build(StrEnum):
    """Which build of onnxruntime to end up with; auto is the GPU build where there is an NVIDIA GPU."""

    auto = "auto"
    gpu = "gpu"
    cpu = "cpu"


@doctor_app.command()
def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Bring onnxruntime into order: exactly one, whole.")] = False,
    build: Annotated[Build, typer.Option("--onnxruntime", help="Which build of it.")] = Build.auto,
    version: Annotated[str | None, typer.Option("--version", help="Which version of it; default: any.")] = None,
    form: FormatOption = Format.table,
) -> int:
    """Check the installation; with --mend, mend it. Exit status 1 where something is broken."""
    if mend:
        mend_onnxruntime(version, build.value, say=note)
    workspace = Workspace()
    checks = [*run_checks(workspace.folders), *check_servers(workspace.chroma)]
    rows = [
        {"check": check.name, "status": check.status, "detail": check.detail, "remedy": check.remedy}
        for check in checks
    ]
    emit(rows, form, path_key="check")
    return 1 if any(check.status == "fail" for check in checks) else 0


class Shell(StrEnum):
    """Shells there is a completion script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


@completions_app.command()
def completions(shell: Annotated[Shell, typer.Argument(help="Your shell.")]) -> int:
    """Print a completion script; let your shell read it when it starts."""
    completion: Any = importlib.import_module("typer.completion")  # re-exported there, but not in its __all__
    script = completion.get_completion_script(
        prog_name="revsearch", complete_var="_REVSEARCH_COMPLETE", shell=shell.value
    )
    write(script + "\n")
    return 0
