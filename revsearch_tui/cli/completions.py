"""`revsearch completions`."""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import Annotated, Any

import typer

from revsearch_tui.cli.console import write

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Shell(StrEnum):
    """Shells there is a completion script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


@app.command()
def completions(shell: Annotated[Shell, typer.Argument(help="Your shell.")]) -> int:
    """Print a completion script; let your shell read it when it starts."""
    completion: Any = importlib.import_module("typer.completion")  # re-exported there, but not in its __all__
    script = completion.get_completion_script(
        prog_name="revsearch", complete_var="_REVSEARCH_COMPLETE", shell=shell.value
    )
    write(script + "\n")
    return 0
