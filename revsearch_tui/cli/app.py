"""The command line's table of contents. The module of a command is imported when it is called."""

from __future__ import annotations

import importlib
import os
import shlex
from collections.abc import Sequence
from typing import Any

import typer
import typer.core
import typer.main

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import data_apart, error_line
from revsearch_tui.cli.exit_status import COMPLETE_VARIABLE, guarded, interrupted
from revsearch_tui.cli.opening import open_app

EXIT_USAGE = 2

# The base of all errors of parsing; where it is imported from differs between versions of typer.
_PARSE_ERROR: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

COMMANDS = {
    "index": ("index", "Index folders of pictures into a collection."),
    "search": ("search", "Find the pictures like a query."),
    "pick": ("pick", "Choose pictures in the app, and print their paths."),
    "compare": ("compare", "Tell how alike two pictures are."),
    "explain": ("explain", "Show why two pictures match."),
    "dupes": ("dupes", "Find what is there twice, and choose what to keep."),
    "clusters": ("clusters", "Sort pictures by what they show, and tell bursts."),
    "judge": ("judgements", "Say that pictures match, or do not."),
    "judgements": ("judgements", "List what was said of pairs of pictures."),
    "collections": ("collections", "List collections, show what they hold, drop them."),
    "plugins": ("plugins", "List, describe, switch, check and begin plugins."),
    "models": ("models", "Register, list, fit, pull and remove trained models."),
    "eval": ("eval", "Measure methods on labelled pictures; show and compare them."),
    "robustness": ("robustness", "See which methods find your pictures from changed copies."),
    "train": ("train", "Train a model from labelled pictures."),
    "runs": ("train", "List, show, draw and delete training runs."),
    "datasets": ("datasets", "List, show and download labelled pictures."),
    "serve": ("serve", "Answer other programs over HTTP or MCP, or a browser."),
    "config": ("installation", "Show, check and describe the configuration."),
    "doctor": ("installation", "Check the installation and mend it."),
    "demo": ("index", "Make the sample collection, index it, and search it."),
    "completions": ("installation", "Print a completion script for your shell."),
}
"""Command -> the module it lives in, where it is called `COMMAND_app`, and its line in the help."""


class _LazyGroup(typer.core.TyperGroup):
    """Imports a command's module when that command is called; help needs only the table above."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, line = COMMANDS[cmd_name]
        if COMPLETE_VARIABLE not in os.environ and cmd_name not in _remaining(ctx):
            return typer.core.TyperCommand(cmd_name, help=line, short_help=line)
        commands = importlib.import_module(f"revsearch_tui.cli.{module}")
        command = typer.main.get_command(getattr(commands, f"{cmd_name}_app"))
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            from revsearch_tui.core.base.wording import nearest

            hint = nearest(name, COMMANDS)
            raise UsageError(
                f"there is no command '{name}'; "
                + (_meant(args) or (f"did you mean '{hint}'?" if hint else "see: revsearch --help"))
            )
        ctx.meta[_CALLED] = name
        return super().resolve_command(ctx, args)


def _meant(words: list[str]) -> str:
    """What to say where the first word is no command but a picture, or a folder of them; empty where it is neither."""
    if os.path.isdir(words[0]):  # noqa: PTH112 - of any text, however long
        return f"to index what is in it: revsearch index {shlex.quote(words[0])}"
    if words[0].startswith(("http://", "https://")) or os.path.exists(words[0]):  # noqa: PTH110 - as above
        return f"to search for it: revsearch search {shlex.join(words)}"
    return ""


_CALLED = "revsearch.called"


def _remaining(ctx: Any) -> tuple[str, ...]:
    """The command that is being called, if any is: help only lists them."""
    return (ctx.meta[_CALLED],) if _CALLED in ctx.meta else ()


app = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _bare(
    ctx: typer.Context,
    collection: str = typer.Option(None, "--collection", "-c", help="Collection the app opens with."),
    text: bool = typer.Option(False, "--text", help="Tell all in words, for screen readers: no pictures, no frames."),
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit."),
) -> None:
    """Reverse image search for your own pictures. Without a command, open the app."""
    if version:
        from revsearch_tui import __version__
        from revsearch_tui.cli.console import write

        write(f"revsearch {__version__}\n")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        raise typer.Exit(open_app(collection, text_only=text))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit status back. Errors become one line on stderr."""
    with data_apart():
        return guarded(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    if COMPLETE_VARIABLE in os.environ:
        importlib.import_module("typer.completion").completion_init()
    try:
        outcome = command.main(
            list(arguments), prog_name="revsearch", standalone_mode=False, complete_var=COMPLETE_VARIABLE
        )
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.Abort:
        return interrupted()
    except _PARSE_ERROR as error:
        error_line(error.format_message())
        return EXIT_USAGE
    return outcome if isinstance(outcome, int) else 0
