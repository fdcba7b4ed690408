"""Train a method's model from labelled pictures, or go on where an earlier sitting stopped, and register it."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import (
    Cancelled,
    Control,
    MethodInfo,
    MethodUnavailableError,
    OptionSpec,
    RevsearchError,
    TrainedModel,
    UsageError,
)
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.base.wording import nearest
from revsearch_tui.core.labelled.open import open_labelled
from revsearch_tui.core.models.model_store import get_model, list_models, require_free, save_trained
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.declarations import complete_values
from revsearch_tui.core.plugins.loading import is_importable, load_factory
from revsearch_tui.core.training.runs import RUN_FILE, Request, Run, checked_run_name, read_run, write_run

if TYPE_CHECKING:
    from revsearch_tui.core.labelled.data import LabelledData
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.core.workspace import Workspace


def trainable_methods(workspace: Workspace) -> dict[str, MethodInfo]:
    """The methods that train the models of their family, by name, whether or not training can run."""
    infos = [row.info for row in workspace.registry.methods() if row.state != "shadowed"]
    return {info.name: info for info in infos if isinstance(info, MethodInfo) and info.trainer}


def lacks_to_train(info: MethodInfo) -> str:
    """What training needs that is not installed, and how to install it: a sentence, empty where nothing is missing."""
    missing = [module for module in info.train_requires if not is_importable(module)]
    if not missing:
        return ""
    return f"training '{info.name}' needs {', '.join(missing)}: pip install 'revsearch-tui[{info.extra}]'"


def trainable(workspace: Workspace, name: str) -> MethodInfo:
    """The method of that name that trains the models of its family, with what training needs installed.

    Raises MethodUnavailableError.
    """
    infos = {row.info.name: row.info for row in workspace.registry.methods() if isinstance(row.info, MethodInfo)}
    info = infos.get(name)
    info = infos.get(info.models_of, info) if info is not None and info.models_of else info
    if info is None or not info.trainer:
        known = sorted(each.name for each in infos.values() if each.trainer)
        hint = nearest(name, known)
        also = f"did you mean '{hint}'?" if hint else f"those that can: {', '.join(known) or 'none'}"
        raise MethodUnavailableError(f"there is no method '{name}' that can be trained; {also}")
    lacking = lacks_to_train(info)
    if lacking:
        raise MethodUnavailableError(lacking)
    return info


def train(
    workspace: Workspace,
    request: Request,
    name: str,
    control: Control,
    note: Callable[[str], None],
    *,
    restart: bool = False,
    register: bool = True,
) -> tuple[Run, ModelRecord | None]:
    """Train and register the model `name`; the run of that name goes on from its checkpoint where it has one.

    A finished run is not trained again, only registered, where its model is gone. `restart` throws away what an
    earlier run of that name left, and its model once the new one is there. Raises UsageError (bad data, options or
    name; a run of that name that was asked for something else), MethodUnavailableError, StorageError, and Cancelled
    after the state is saved.
    """
    info = trainable(workspace, request.method)
    options = complete_values(f"training '{info.name}'", info.train_options, request.options)
    for spec in info.train_options:
        if spec.names_weights:
            options[spec.name] = _weights(workspace, spec.name, str(options[spec.name]))
    request = replace(request, method=info.name, options=options)
    run = Run(checked_run_name(name), workspace.folders.runs / name, request, "running", _now())
    if register:
        require_free(workspace.folders.models, name, restart)
    with contained(f"the trainer of '{info.name}'", passing=(RevsearchError,)):
        trainer = load_factory(info.trainer)(dict(request.options))
    with _owned(run.folder):
        run = _taken_up(run, info.train_options, restart, note)
        write_run(run)
        try:
            with open_training_data(workspace, request, control) as data:
                note(_summary(data))
                trained = _trained(trainer, data, run, control)
        except RevsearchError as error:
            write_run(replace(run, state="stopped" if isinstance(error, Cancelled) else "failed", ended=_now()))
            raise
        run = replace(run, state="done", ended=_now(), result=trained.training)
        write_run(run)
        if not register:
            return run, None
        store = workspace.folders.models
        record = save_trained(store, name, info.name, lambda folder: _copied(trained, run, folder), replace=restart)
        shutil.rmtree(run.folder / "model", ignore_errors=True)
        shutil.rmtree(run.folder / "pictures", ignore_errors=True)
        return run, record


def open_training_data(workspace: Workspace, request: Request, control: Control | None = None) -> LabelledData:
    """The labelled pictures that a training asks for; close them. Raises as `open_labelled` does."""
    return open_labelled(
        workspace,
        request.data,
        options=request.data_options,
        seed=request.split_seed,
        test=request.test,
        validation=request.validation,
        region=request.region,
        control=control,
    )


def _trained(trainer: Any, data: LabelledData, run: Run, control: Control) -> TrainedModel:
    """Train into the run's own folder `model`, so that nothing half made is ever near the store."""
    folder = run.folder / "model"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with contained(f"the trainer of '{run.request.method}'", passing=(RevsearchError, OSError)):
        trained: TrainedModel = trainer.train(data, run.folder, folder, control)
    record = {"method": run.request.method, "data": data.describe(), **trained.training, "curves": run.curves()}
    return TrainedModel(trained.main, trained.settings, record)


def _copied(trained: TrainedModel, run: Run, folder: Path) -> TrainedModel:
    shutil.copytree(run.folder / "model", folder, dirs_exist_ok=True)
    return trained


def _owned(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    return writer_lock(folder, "training", of="training run")


def _taken_up(run: Run, specs: Sequence[OptionSpec], restart: bool, note: Callable[[str], None]) -> Run:
    """The earlier run of that name, if it was asked for the same and is to go on. An option that its record does not
    hold came later and had its default."""
    if not (run.folder / RUN_FILE).is_file():
        return run
    if restart:
        for entry in run.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif not entry.name.startswith("writer."):  # the lock this very process holds
                entry.unlink()
        return run
    earlier = read_run(run.folder)
    kept = {spec.name: spec.default for spec in specs} | dict(earlier.request.options)
    kept |= {spec.name: run.request.options[spec.name] for spec in specs if spec.changeable}
    before = replace(earlier.request, options=kept)
    if before != run.request:
        raise UsageError(
            f"there is a training run '{run.name}' with other settings ({_difference(before, run.request)}): "
            "choose another name, or begin anew with --restart"
        )
    note(f"going on with the training run '{run.name}' of {earlier.started}")
    return replace(run, started=earlier.started)


def _difference(before: Request, now: Request) -> str:
    """The first thing that differs, in words."""
    for name in ("method", "data", "region", "split_seed", "test", "validation"):
        if getattr(before, name) != getattr(now, name):
            return f"{name} was {getattr(before, name)!r}"
    for old, new in ((before.options, now.options), (before.data_options, now.data_options)):
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                return f"{name} was {old.get(name)!r}"
    return "in part"


def _weights(workspace: Workspace, option: str, named: str) -> str:
    """What such an option names as a path: the folder of a model or run of that name, or the path as it stands."""
    if not named:
        return ""
    if named in {record.name for record in list_models(workspace.folders.models)}:
        return str(get_model(workspace.folders.models, named).folder)
    if (workspace.folders.runs / named / RUN_FILE).is_file():
        return str(workspace.folders.runs / named)
    path = Path(named).expanduser()
    if not path.exists():
        raise UsageError(f"option '{option}' names '{named}', but there is no model, training run or file of that name")
    return str(path.resolve())


def _summary(data: LabelledData) -> str:
    counts = {part: len(getattr(data, part)) for part in ("train", "validation", "test")}
    dropped: Mapping[str, int] = data.dropped
    left_out = f"; left out: {', '.join(f'{count:,} {why}' for why, count in dropped.items())}" if dropped else ""
    told = ", ".join(f"{count:,} for {part}" for part, count in counts.items())
    return f"{len(data.classes):,} classes, pictures: {told}{left_out}"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
