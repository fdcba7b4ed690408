"""`revsearch train` and `revsearch runs`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from revsearch_tui.cli.console import confirm, note, write
from revsearch_tui.cli.options import FormatOption, OutputOption, QuietOption, RegionOption, parse_method_options
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.training.runs import find_run, list_runs, remove_run
from revsearch_tui.core.workspace import Workspace

train_app = typer.Typer(add_completion=False, rich_markup_mode=None)
runs_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


def _complete_trainable(incomplete: str) -> list[str]:
    infos = [row.info for row in Workspace().registry.methods()]
    return [info.name for info in infos if getattr(info, "trainer", "") and info.name.startswith(incomplete)]  # type: ignore[union-attr]


@train_app.command()
def train(
    method: Annotated[str, typer.Argument(help="Method to train.", autocompletion=_complete_trainable)],
    data: Annotated[
        str,
        typer.Option("--data", "-d", help="Labelled pictures: a folder with a folder a class, a CSV, or NAME:PATH."),
    ],
    out: Annotated[str, typer.Option("--out", "-n", help="Name of the model, and of the run.")],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-O", metavar="NAME=VALUE", help="Option of the training; repeatable."),
    ] = None,
    data_option: Annotated[
        list[str] | None,
        typer.Option("--data-option", metavar="NAME=VALUE", help="Option of the data set; repeatable."),
    ] = None,
    region: RegionOption = None,
    test: Annotated[float, typer.Option(min=0, max=0.9, help="Share of each class kept for the end.")] = 0.10,
    validation: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the rest that choices are made on.")
    ] = 0.05,
    split_seed: Annotated[int, typer.Option(min=0, help="Decides which pictures go where.")] = 0,
    sweep: Annotated[
        str | None, typer.Option(metavar="NAME=V1,V2,...", help="Train once for each value, and compare.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, and replace the model of that name.")] = False,
    quiet: QuietOption = False,
) -> int:
    """Train a model from labelled pictures, and register it. Stopped or killed, the same command goes on from there."""
    from revsearch_tui.core.training.runs import Request
    from revsearch_tui.core.training.train import train as run_training

    workspace = Workspace()
    request = Request(
        method=method,
        data=data,
        options=parse_method_options(option),
        data_options=parse_method_options(data_option),
        region=region or "",
        split_seed=split_seed,
        test=test,
        validation=validation,
    )
    tell = (lambda _: None) if quiet else note
    if sweep is not None:
        return _sweep(workspace, request, out, sweep, tell, restart=restart, quiet=quiet)
    with ProgressBar(quiet=quiet) as control:
        run, record = run_training(workspace, request, out, control, tell, restart=restart)
    assert record is not None
    write("".join(f"{line}\n" for line in figures(run.result)))
    tell(f"registered '{out}'; use it with: revsearch index FOLDER -m {record.method}:{out}")
    return 0


def _sweep(workspace: Workspace, request: Any, out: str, text: str, tell: Any, *, restart: bool, quiet: bool) -> int:
    from revsearch_tui.core.training.sweep import parse_sweep, sweep

    name, values = parse_sweep(text)
    trials = []
    with ProgressBar(quiet=quiet) as control:
        for trial in sweep(workspace, request, out, name, values, control, tell, restart=restart):
            trials.append(trial)
            tell(f"{name}={trial.value}: validation accuracy {trial.accuracy:.4f}")
    best = max(trials, key=lambda trial: trial.accuracy)
    write(f"{name:>12}  validation accuracy  validation loss  run\n")
    for trial in trials:
        mark = " *" if trial is best else ""
        write(f"{trial.value:>12}  {trial.accuracy:19.4f}  {trial.loss:15.4f}  {trial.run.name}{mark}\n")
    tell(
        f"the best is {name}={best.value}; make a model of it: the same command with -O {name}={best.value} for --sweep"
    )
    return 0


def figures(result: Mapping[str, Any]) -> list[str]:
    """The figures of a finished training, a line each."""
    from revsearch_tui.core.training.curves import CALIBRATION, figures_of

    lines = []
    for figure in figures_of(result):
        if figure.name == CALIBRATION:
            lines.append(f"{figure.part}  {CALIBRATION} {figure.value:.4f}")
        else:
            told = f"{figure.name} accuracy".strip()
            interval = f"95 % interval {figure.low:.4f} to {figure.high:.4f}"
            lines.append(f"{figure.part}  {told} {figure.value:.4f} ({interval}, {figure.pictures:,} pictures)")
    return lines


def _complete_run(incomplete: str) -> list[str]:
    return [run.name for run in list_runs(Workspace().folders.runs) if run.name.startswith(incomplete)]


NameArgument = Annotated[str, typer.Argument(help="Training run.", autocompletion=_complete_run)]


@runs_app.callback()
def default(ctx: typer.Context) -> None:
    """List, show, draw and delete training runs."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@runs_app.command("list")
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


@runs_app.command()
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


@runs_app.command()
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


@runs_app.command()
def remove(name: NameArgument, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> int:
    """Delete a run's checkpoints and curves. The model it made stays."""
    run = find_run(Workspace().folders.runs, name)
    if not yes and not confirm(f"Delete the training run '{name}'?"):
        note("nothing was deleted")
        return 1
    remove_run(run)
    note(f"deleted the training run '{name}'")
    return 0
