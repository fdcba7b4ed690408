"""The models a method can run with: those the user stored and, behind them, those that come with its plugin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodInfo, ModelError
from revsearch_tui.core.models.manifests import ModelRecord, read_record
from revsearch_tui.core.models.model_store import list_models, verified_model
from revsearch_tui.core.plugins.declarations import model_owner
from revsearch_tui.core.plugins.loading import package_folder

if TYPE_CHECKING:
    from revsearch_tui.api import ModelFile

REINSTALL = "install the package that brings it again"
"""What to do about a shipped model that is not as it was shipped."""


def shipped_models(info: MethodInfo) -> list[ModelRecord]:
    """Models that come with the method's plugin, in its order; those that are not installed are left out.

    Nothing is imported. One whose manifest is unusable is listed with its `problem`.
    """
    found = []
    for reference in info.shipped:
        package, _, below = reference.partition(":")
        home = package_folder(package)
        folder = home.joinpath(*below.split("/")) if home is not None and below else None
        if folder is None or not folder.is_dir():
            continue
        try:
            record = replace(read_record(folder, REINSTALL), origin="shipped")
            if record.method != model_owner(info):
                raise ModelError(f"the shipped model '{record.name}' in {folder} is one of '{record.method}'")
            found.append(record)
        except ModelError as error:
            found.append(ModelRecord(folder.name, folder, model_owner(info), problem=str(error), origin="shipped"))
    return found


def own_models(models_folder: Path, info: MethodInfo) -> list[ModelRecord]:
    """Models the user stored for a method, by name."""
    return [record for record in list_models(models_folder) if record.method == model_owner(info)]


def offered_models(models_folder: Path, info: MethodInfo) -> list[ModelRecord]:
    """Own models, then the shipped ones whose names are not taken by them."""
    own = own_models(models_folder, info)
    taken = {record.name for record in own}
    return [*own, *(record for record in shipped_models(info) if record.name not in taken)]


def all_models(models_folder: Path, infos: Sequence[MethodInfo]) -> list[ModelRecord]:
    """Every stored model, then every shipped one of these methods whose name is not taken by a stored one."""
    records = list_models(models_folder)
    taken = {record.name for record in records}
    for info in infos:
        for record in shipped_models(info):
            if record.name not in taken:
                records.append(record)
                taken.add(record.name)
    return records


def offered_labels(models_folder: Path, infos: Sequence[MethodInfo]) -> list[str]:
    """Every way to name one of these methods: its name, and `method:model` for each model that it can run with."""
    names = [info.name for info in infos]
    return names + [f"{info.name}:{record.name}" for info in infos for record in offered_models(models_folder, info)]


def load_model(record: ModelRecord) -> ModelFile:
    """A listed model, every file of it verified. Raises ModelError."""
    if record.problem:
        raise ModelError(record.problem)
    if record.origin == "shipped":
        return verified_model(record.folder, REINSTALL)
    return verified_model(record.folder)
