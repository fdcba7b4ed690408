"""`revsearch runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.cli.console import confirm, note
from revsearch_tui.cli.options import FormatOption, OutputOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.training.runs import find_run, list_runs, remove_run
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


def _complete_run(incomplete: str) -> list[str]:
    return [run.name for run in list_runs(Workspace().folders.runs) if run.name.startswith(incomplete)]


NameArgument = Annotated[str, typer.Argument(help="Training run.", autocompletion=_complete_run)]


@app.callback()
def default(ctx: typer.Context) -> None:
    """List, show, draw and delete training runs."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@app.command("list")
def list_all(form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """All training runs, the newest first."""
    from revsearch_tui.core.training.watch import RunsWatch

    seen = RunsWatch(Workspace().folders.runs).look()
    for problem in seen.problems:
        note(problem)
    rows = []
    for watched in seen.runs:
        run, last = watched.run, (watched.curves or ({},))[-1]
        rows.append(
            {
                "name": run.name,
                "method": run.request.method,
                "state": watched.state,
                "epochs": last.get("epoch", 0),
                "loss": last.get("loss", ""),
                "validation_accuracy": last.get("validation_accuracy", ""),
                "seconds": last.get("seconds", ""),
                "started": run.started,
            }
        )
    if not rows:
        note("nothing was trained yet; start with: revsearch train cnn --data FOLDER --out NAME")
    emit(rows, form, columns=list(rows[0]) if rows else [], path_key="name", output=output)
    return 0 if rows else 1


@app.command()
def show(name: NameArgument, form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """The curves of one run, an epoch a line; as JSON also its settings and result."""
    run = find_run(Workspace().folders.runs, name)
    curves = run.curves()
    columns = list(dict.fromkeys(key for line in curves for key in line))
    document = {
        "name": run.name,
        "state": run.state,
        "method": run.request.method,
        "data": run.request.data,
        "options": dict(run.request.options),
        "result": dict(run.result),
        "curves": curves,
    }
    emit(curves, form, columns=columns, path_key="epoch", document=document, output=output)
    return 0 if curves else 1


@app.command()
def plot(
    names: Annotated[
        list[str], typer.Argument(help="Training runs, drawn over each other.", autocompletion=_complete_run)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .png, .svg or .pdf.")],
) -> int:
    """Draw accuracy and loss per epoch."""
    from revsearch_tui.core.training.curves import plot_runs

    folder = Workspace().folders.runs
    plot_runs([find_run(folder, name) for name in names], output)
    note(f"wrote {output}")
    return 0


@app.command()
def remove(name: NameArgument, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> int:
    """Delete a run's checkpoints and curves. The model it made stays."""
    run = find_run(Workspace().folders.runs, name)
    if not yes and not confirm(f"Delete the training run '{name}'?"):
        note("nothing was deleted")
        return 1
    remove_run(run)
    note(f"deleted the training run '{name}'")
    return 0
