"""`revsearch models`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import confirm, note
from revsearch_tui.cli.listings import list_models as listed_models
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOptionsOption,
    OutputOption,
    QuietOption,
    complete_method,
    complete_model,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.models.model_store import get_model, list_models, remove_model
from revsearch_tui.core.models.offered import load_model
from revsearch_tui.core.workspace import Workspace

models_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)

NameOption = Annotated[str | None, typer.Option("--name", "-n", help="Name of the model; default: from the file's.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a model of the same name.")]
MethodChoiceOption = Annotated[str, typer.Option("--method", "-m", help="Method.", autocompletion=complete_method)]


@models_app.callback()
def default(ctx: typer.Context) -> None:
    """Register, list, fit and remove trained models."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@models_app.command("list")
def list_all(form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """All models: your own, and those that come with plugins."""
    return listed_models(form, output)


@models_app.command()
def add(
    file: Annotated[
        Path,
        typer.Argument(
            help="Model file, e.g. ONNX, with its JSON or TOML manifest beside it, or the folder of a stored model."
        ),
    ],
    name: NameOption = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="Manifest, where it is not beside the file.")
    ] = None,
    method: MethodChoiceOption = "onnx",
    replace: ReplaceOption = False,
) -> int:
    """Register a model file, after trying it, or a stored model's folder from another machine."""
    from revsearch_tui.core.models.registering import register_model
    from revsearch_tui.core.models.trial import TrialLimits

    workspace = Workspace()
    config = workspace.config
    record = register_model(
        workspace.registry,
        workspace.folders.models,
        file,
        method=method,
        limits=TrialLimits(config.real("models.check_timeout_s"), config.number("models.check_memory_mb")),
        name=name,
        manifest=manifest,
        replace=replace,
    )
    dim = "" if file.is_dir() else f", {record.facts.get('dim', '?')} numbers a picture"
    note(f"registered '{record.name}'{dim}; use it with: revsearch index FOLDER -m {record.method}:{record.name}")
    return 0


def _complete_pulled(incomplete: str) -> list[str]:
    from revsearch_tui.core.models.model_pulling import model_downloads

    return [name for name in model_downloads(Workspace().registry) if name.startswith(incomplete)]


@models_app.command()
def pull(
    download: Annotated[str, typer.Argument(help="Published model.", autocompletion=_complete_pulled)],
    file: Annotated[Path | None, typer.Option("--file", help="Its file, where it was downloaded already.")] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="Name to store it under; default: its own.")] = None,
    replace: ReplaceOption = False,
    quiet: QuietOption = False,
) -> int:
    """Download a published model, check it, and convert it. An interrupted download goes on where it stopped."""
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.models.model_pulling import pull_model

    with ProgressBar(quiet=quiet) as control:
        workspace = Workspace()
        record = pull_model(
            workspace.registry, workspace.folders, download, control, file=file, stored_as=name, replace=replace
        )
    note(f"registered '{record.name}'; use it with: revsearch index FOLDER -m {record.method}:{record.name}")
    return 0


@models_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Model.", autocompletion=complete_model)],
    form: FormatOption = Format.table,
) -> int:
    """One model's manifest, after checking its files."""
    workspace = Workspace()
    record = next((found for found in workspace.models() if found.name == name and found.origin == "shipped"), None)
    model = load_model(record) if record else get_model(workspace.folders.models, name)
    document = {**model.manifest, "origin": record.origin if record else "own", "folder": str(model.folder)}
    rows = [{"field": field, "value": value} for field, value in document.items()]
    emit(rows, form, document=document, path_key="field")
    return 0


@models_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Model.", autocompletion=complete_model)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Delete a model. What was indexed with it stays, and can be used again once the same file is added."""
    workspace = Workspace()
    folder = workspace.folders.models
    if any(record.name == name and record.origin == "shipped" for record in workspace.models()):
        raise UsageError(f"the model '{name}' comes with an installed package: it cannot be removed")
    known = any(record.name == name for record in list_models(folder))
    if known and not yes and not confirm(f"Delete the model '{name}'?"):
        note("nothing was deleted")
        return 1
    remove_model(folder, name)
    note(f"deleted the model '{name}'")
    return 0


@models_app.command()
def fit(
    method: Annotated[str, typer.Argument(help="Method to fit, e.g. sift.", autocompletion=complete_method)],
    name: Annotated[str, typer.Option("--name", "-n", help="Name of the model that comes out.")],
    collection: CollectionOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", "-d", help="Labelled pictures, for methods that learn from labels: as train takes them."
        ),
    ] = None,
    pictures: Annotated[int, typer.Option("--pictures", min=10, help="Pictures to fit to, drawn by chance.")] = 1000,
    option: MethodOptionsOption = None,
    replace: ReplaceOption = False,
    quiet: QuietOption = False,
) -> int:
    """Fit a method to a collection's own pictures, e.g. the vocabulary of sift, or to labelled ones."""
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.methods.hints import index_command
    from revsearch_tui.core.training.fitting import fit_to_collection, fit_to_labelled

    workspace = Workspace()
    choice = workspace.choose_to_fit(method, options=parse_method_options(option))
    label = f"{choice.info.name}:{name}"
    with ProgressBar(quiet=quiet) as control:
        if data is not None or choice.info.fit == "supervised":
            report = fit_to_labelled(workspace, choice, name, data, control, replace=replace)
            how = f"revsearch index FOLDER -m {label}"
        else:
            home = workspace.collection(collection)
            report = fit_to_collection(workspace, home, choice, name, pictures, control, replace=replace)
            how = index_command(home, [dataclasses.replace(choice, label=label)])
    note(f"fitted '{name}' to {report.samples} pictures; use it with: {how}")
    return 0
