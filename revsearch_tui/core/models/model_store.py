"""Add, list, fetch and remove models. Every function takes the folder that holds them (`Folders.models`)."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from revsearch_tui.api import ModelError, RevsearchError, StorageError, UsageError
from revsearch_tui.api.infos import check_name
from revsearch_tui.core.base.wording import nearest
from revsearch_tui.core.models import model_files
from revsearch_tui.core.models.manifests import (
    ADD_AGAIN,
    MANIFEST,
    ModelPart,
    ModelRecord,
    find_user_manifest,
    model_sha256,
    read_record,
    read_user_manifest,
    to_manifest,
)

if TYPE_CHECKING:
    from revsearch_tui.api import ModelFile, TrainedModel

ModelCheck: TypeAlias = "Callable[[ModelFile], Mapping[str, Any]]"
"""Tries a model that is about to be stored: returns facts worth keeping, raises ModelError where it is unusable."""

_COMPANIONS = (".data", "_data")
"""Added to a file's name: weights kept beside an ONNX file, as PyTorch and Optimum name them."""
_FURTHER = ("text_model", "tokenizer")
"""Keys of a user's manifest that name further files beside the model's; `sha256` of each stands in `KEY_sha256`."""


def name_for(file: Path) -> str:
    """The name a model file gets when the user gives none. Raises UsageError where its stem makes no name."""
    slug = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40].rstrip("-")
    return _checked_name(slug, hint=" (made from the file's name: give one of your own)")


def add_model(
    models_folder: Path,
    file: Path,
    *,
    check: ModelCheck,
    name: str | None = None,
    manifest_file: Path | None = None,
    method: str = "onnx",
    replace: bool = False,
) -> ModelRecord:
    """Store a copy of a model file, with the weights file beside it if there is one and the files that the user's
    manifest names, after trying it.

    The user's manifest is `manifest_file`, else the `.json` or `.toml` of the same stem beside the file; what it says
    is kept as the model's settings. Where it tells the file's `sha256`, the file must match. `check` is given the
    complete copy before it is installed (`vector_check(info)` makes one from a method's info). A model of the same
    name is only replaced where `replace` is true.

    Raises UsageError (a bad name, a name in use), ModelError (an unusable file or manifest) or StorageError (nowhere
    to store it); nothing that was stored before is touched then.
    """
    name = name_for(file) if name is None else _checked_name(name)
    require_free(models_folder, name, replace)
    if not file.is_file():
        raise ModelError(f"there is no model file {file}")
    if file.name == MANIFEST:
        raise ModelError(f"a model file cannot be called {MANIFEST}: rename {file}")
    manifest_path = manifest_file or find_user_manifest(file)
    settings = read_user_manifest(manifest_path) if manifest_path else {}
    further = _further(file, settings)
    sources = list(dict.fromkeys(each for main in (file, *further.values()) for each in (main, *_companions(main))))
    with model_files.incoming_folder(models_folder) as incoming:
        parts = tuple(model_files.copy_part(source, incoming / source.name) for source in sources)
        of_name = {part.name: part for part in parts}
        for key, source in {"": file, **further}.items():
            _compare_sha256(source, of_name[source.name], settings.get(f"{key}_sha256".lstrip("_")), manifest_path)
        record = _new_record(name, incoming, method, parts, main=file.name, settings=settings)
        with _told_of(file, incoming):
            record = changed(record, facts=dict(check(_model_file(record))))
        return _install(models_folder, record)


def copy_model(models_folder: Path, source: Path, *, name: str | None = None, replace: bool = False) -> ModelRecord:
    """Store a copy of a stored model from elsewhere: the whole folder of one, of another machine or home say.

    Every file is verified against the folder's manifest; settings, facts and training come along, and so does the
    model's identity, whatever its new name. Raises as `add_model` does.
    """
    record = read_record(source, "name a model file, or the whole folder of a stored model")
    for entry in (MANIFEST, *(part.name for part in record.files)):
        if (source / entry).resolve() != source.resolve() / entry:
            raise _is_link(source / entry)
    model = verified_model(source, "copy the model's whole folder anew, under its own name")
    name = record.name if name is None else _checked_name(name)
    require_free(models_folder, name, replace)
    with model_files.incoming_folder(models_folder) as incoming:
        for part in record.files:
            target = incoming / part.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if model_files.copy_part(model.folder / part.name, target).sha256 != part.sha256:
                raise ModelError(f"the model in {source} changed while it was copied: try again")
        copied = _new_record(name, incoming, record.method, record.files, main=record.main, settings=record.settings)
        return _install(models_folder, changed(copied, facts=record.facts, training=record.training))


def save_fitted(
    models_folder: Path,
    name: str,
    method: str,
    write: Callable[[Path], None],
    training: Mapping[str, Any],
    *,
    replace: bool = False,
) -> ModelRecord:
    """Store what a method learned: `write(folder)` puts its files into an empty folder, `training` tells how.

    `write` is usually the `save` of a `Fittable`. Raises as `add_model` does, and StorageError for any
    OSError of `write`; what else `write` raises passes through.
    """

    def fitted(folder: Path) -> TrainedModel:
        write(folder)
        from revsearch_tui.api import TrainedModel

        return TrainedModel("", {}, training)

    return save_trained(models_folder, name, method, fitted, replace=replace)


def save_trained(
    models_folder: Path,
    name: str,
    method: str,
    write: Callable[[Path], TrainedModel],
    *,
    replace: bool = False,
) -> ModelRecord:
    """Store what a trainer or converter makes: `write(folder)` puts its files into an empty folder and describes them.

    The description's settings are part of the model's identity; its `main` is one of the files, or empty. Raises as
    `save_fitted` does, and ModelError where the description does not fit the files or is not made of JSON values.
    """
    _checked_name(name)
    require_free(models_folder, name, replace)
    with model_files.incoming_folder(models_folder) as incoming:
        described = write(incoming)
        paths = sorted(path for path in incoming.rglob("*") if path.is_file())
        if not paths:
            raise ModelError(f"the method '{method}' wrote no file for the model '{name}'")
        if incoming / MANIFEST in paths:
            raise ModelError(f"the method '{method}' wrote a file called {MANIFEST}, a name that is taken")
        parts = tuple(model_files.settled_part(incoming, path) for path in paths)
        if described.main and described.main not in {part.name for part in parts}:
            raise ModelError(f"the method '{method}' wrote no file {described.main}, which the model '{name}' names")
        settings, training = _as_json(method, described.settings), _as_json(method, described.training)
        record = _new_record(name, incoming, method, parts, main=described.main, settings=settings)
        return _install(models_folder, changed(record, training=training))


def list_models(models_folder: Path) -> list[ModelRecord]:
    """All stored models by name, files unread; one whose manifest is unusable is listed with its `problem`."""
    if not models_folder.is_dir():
        return []
    model_files.tidy(models_folder)
    try:
        folders = sorted(path for path in models_folder.iterdir() if path.is_dir() and _is_name(path.name))
    except OSError as error:
        raise StorageError(f"the models in {models_folder} cannot be listed: {error.strerror or error}") from error
    records = []
    for folder in folders:
        try:
            records.append(read_record(folder))
        except ModelError as error:
            records.append(ModelRecord(folder.name, folder, problem=str(error)))
    return records


def get_model(models_folder: Path, name: str) -> ModelFile:
    """A stored model, every file of it verified; `ModelFile.manifest` is the whole manifest.

    Raises UsageError for a name no model can have and ModelError where the model is unknown, or a file of it is
    missing, changed or damaged.
    """
    return verified_model(_existing(models_folder, name))


def verified_model(folder: Path, again: str = ADD_AGAIN) -> ModelFile:
    """The model in a folder, every file of it verified. Raises ModelError, with `again` as what to do about it."""
    record = read_record(folder, again)
    name = record.name
    for part in record.files:
        path = folder / part.name
        try:
            if not path.is_file():
                raise ModelError(f"the model '{name}' lacks its file {path}: {again}")
            if path.stat().st_size != part.bytes or model_files.file_sha256(path) != part.sha256:
                raise ModelError(f"the file {path} of the model '{name}' was changed or is damaged: {again}")
        except OSError as error:
            raise ModelError(
                f"the file {path} of the model '{name}' cannot be read: {error.strerror or error}"
            ) from error
    if model_sha256(record.method, record.files, record.settings) != record.sha256:
        raise ModelError(f"the manifest of the model '{name}' in {folder} was changed: {again}")
    return _model_file(record)


def remove_model(models_folder: Path, name: str) -> None:
    """Remove a stored model, sound or not. Raises ModelError where there is none and StorageError."""
    model_files.remove(_existing(models_folder, name))


def _companions(file: Path) -> list[Path]:
    """The weights beside a model file. A link could lead to any file of the user's, whoever made the model."""
    found = [beside for end in _COMPANIONS if os.path.lexists(beside := file.with_name(file.name + end))]
    for beside in found:
        if beside.is_symlink():
            raise _is_link(beside)
    return [beside for beside in found if beside.is_file()]


def _further(file: Path, settings: Mapping[str, Any]) -> dict[str, Path]:
    """The further files that a user's manifest names, by its keys. Raises `ModelError`."""
    found = {}
    for key in _FURTHER:
        name = settings.get(key)
        if name is None:
            continue
        if not isinstance(name, str) or name in ("", ".", "..", MANIFEST) or Path(name).name != name or "\\" in name:
            raise ModelError(f"the manifest of {file}: '{key}' takes the name of a file beside the model, not {name!r}")
        beside = file.with_name(name)
        if beside.is_symlink():
            raise _is_link(beside)
        if not beside.is_file():
            raise ModelError(f"there is no file {beside}, which the manifest of {file.name} names as '{key}'")
        found[key] = beside
    return found


def _is_link(path: Path) -> ModelError:
    return ModelError(f"{path} is a symbolic link, which could lead to any file: put the file itself there")


@contextlib.contextmanager
def _told_of(file: Path, incoming: Path) -> Iterator[None]:
    """What goes wrong with the copy of a model in `incoming` is told of the user's own file."""
    try:
        yield
    except RevsearchError as error:
        error.args = tuple(
            each.replace(str(incoming), str(file.parent)) if isinstance(each, str) else each for each in error.args
        )
        raise


def _new_record(
    name: str, folder: Path, method: str, parts: tuple[ModelPart, ...], *, main: str, settings: Mapping[str, Any]
) -> ModelRecord:
    import datetime

    return ModelRecord(
        name=name,
        folder=folder,
        method=method,
        sha256=model_sha256(method, parts, settings),
        files=parts,
        main=main,
        settings=settings,
        added=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _install(models_folder: Path, record: ModelRecord) -> ModelRecord:
    model_files.write_text(record.folder / MANIFEST, json.dumps(to_manifest(record), indent=2) + "\n")
    target = models_folder / record.name
    model_files.install(record.folder, target)
    return changed(record, folder=target)


def _model_file(record: ModelRecord) -> ModelFile:
    from revsearch_tui.api import ModelFile

    return ModelFile(record.name, record.folder, record.sha256, to_manifest(record))


def _as_json(method: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they will be read back, so that what is hashed now is what is hashed then."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(values), allow_nan=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"the method '{method}' describes its model by more than JSON values: {error}") from error
    return plain


def _compare_sha256(file: Path, part: ModelPart, told: object, manifest: Path | None) -> None:
    if told is not None and (not isinstance(told, str) or told.lower() != part.sha256):
        raise ModelError(f"{file} is not the file that {manifest} describes: their sha-256 differ")


def _existing(models_folder: Path, name: str) -> Path:
    folder = models_folder / _checked_name(name)
    if not folder.is_dir() and models_folder.is_dir():
        model_files.put_back(models_folder)
    if not folder.is_dir():
        known = [record.name for record in list_models(models_folder)]
        hint = nearest(name, known)
        also = (
            f"did you mean '{hint}'?" if hint else f"stored are: {', '.join(known)}" if known else "none is stored yet"
        )
        raise ModelError(f"there is no model '{name}'; {also}")
    return folder


def require_free(models_folder: Path, name: str, replace: bool) -> None:
    """Raise UsageError where a model could not get that name: before long work rather than after it."""
    _checked_name(name)
    if not replace and (models_folder / name).exists():
        raise UsageError(f"there is a model '{name}' already: choose another name, or remove that one first")


def _checked_name(name: str, hint: str = "") -> str:
    try:
        return check_name(name)
    except ValueError as error:
        raise UsageError(f"{error}{hint}") from None


def _is_name(name: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(check_name(name))
    return False
