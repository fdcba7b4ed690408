"""`revsearch train`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from revsearch_tui.cli.console import note, write
from revsearch_tui.cli.options import QuietOption, RegionOption, parse_method_options
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _complete_trainable(incomplete: str) -> list[str]:
    infos = [row.info for row in Workspace().registry.methods()]
    return [info.name for info in infos if getattr(info, "trainer", "") and info.name.startswith(incomplete)]  # type: ignore[union-attr]


@app.command()
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
