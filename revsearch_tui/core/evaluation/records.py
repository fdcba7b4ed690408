"""Records of evaluations on disk: a folder each, there whole or not at all, with the programs, libraries, methods and
models that figures were made by.
"""

from __future__ import annotations

import platform
import re
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from revsearch_tui import __version__
from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import may_write, sync_folder, write_json
from revsearch_tui.core.base.large_json import read_large
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.base.wording import nearest
from revsearch_tui.core.evaluation.codec import answers_of, figures_sha256, record_of, to_json
from revsearch_tui.core.evaluation.record import FORMAT, Answers, Record
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.storage.catalog.evaluations import EvaluationRow, forget_evaluation, put_evaluation
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.renaming import current_name

RECORD_FILE, ANSWERS_FILE = "record.json", "answers.json"
_SLUG_LENGTH = 32
_Kind = TypeVar("_Kind")

_ALWAYS = ("numpy", "pillow")


def new_id(name: str, started: str) -> str:
    """An id for a record that began at `started` (ISO 8601), such as `20261125-193000-cifar10-3fa2`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_SLUG_LENGTH].strip("-") or "evaluation"
    return f"{datetime.fromisoformat(started):%Y%m%d-%H%M%S}-{slug}-{uuid.uuid4().hex[:4]}"


def write_record(folders: Folders, record: Record, answers: Answers, collection: Collection | None = None) -> Record:
    """Keep a record with its answers, under its id or a new one where it has none; gives back what was kept.

    `figures_sha256` is set here. With a collection, `data["collection"]` names it, and its catalog lists the record.
    Raises `StorageError`; nothing is left behind then.
    """
    record = replace(record, id=record.id or new_id(record.name, record.started), figures_sha256=figures_sha256(record))
    if collection is not None:
        record = replace(record, data={**record.data, "collection": collection.name})
    folder = folders.evaluations / record.id
    incoming = folders.evaluations / f".{record.id}.part"
    try:
        incoming.mkdir(parents=True)
        write_json(incoming / ANSWERS_FILE, {"format": FORMAT, **to_json(answers)}, indent=None)
        write_json(incoming / RECORD_FILE, {"format": FORMAT, **to_json(record)})
        incoming.rename(folder)
        sync_folder(folders.evaluations)
    except OSError as error:
        raise StorageError(
            f"the record cannot be written to {folder}: {error.strerror or error}; make room, and try again"
        ) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    if collection is not None:
        try:
            row = EvaluationRow(record.id, record.kind, record.started, record.name, _summary(record))
            put_evaluation(collection.catalog_file, row)
        except StorageError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return read_record(folder)


def keep_record(folders: Folders, record: Record, answers: Answers, collection: Collection | None = None) -> Record:
    """As `write_record`; where nothing can be written at all, the record has no id, and a note that says so."""
    places = [folders.evaluations, *([collection.home] if collection is not None else [])]
    closed = next((place for place in places if not may_write(place)), None)
    if closed is None:
        return write_record(folders, record, answers, collection)
    told = f"this record is not kept, for nothing can be written to {closed}"
    return replace(record, figures_sha256=figures_sha256(record), notes=[*record.notes, told])


def list_records(folders: Folders, note: Callable[[str], None] = lambda _line: None) -> list[Record]:
    """All records that can be read, the newest first; `note` gets a line for each other one."""
    found = []
    for folder in _folders(folders):
        try:
            found.append(read_record(folder))
        except StorageError as error:
            note(str(error))
    return sorted(found, key=lambda record: (record.started, record.id), reverse=True)


def find_record(folders: Folders, text: str) -> Record:
    """The record of that id, of the only id that begins so, or the only one of that name.

    Raises `UsageError` where there is none or several, `StorageError` where it is damaged or from a newer program.
    """
    ids = [folder.name for folder in _folders(folders)]
    matching = [text] if text in ids else [each for each in ids if text and each.startswith(text)]
    records = [] if matching else list_records(folders)
    matching = matching or [record.id for record in records if record.name == text]
    if len(matching) == 1:
        return read_record(folders.evaluations / matching[0])
    if matching:
        raise UsageError(f"'{text}' may be any of {', '.join(sorted(matching, reverse=True)[:5])}: give more of the id")
    hint = nearest(text, [*ids, *(record.name for record in records)])
    also = f"did you mean '{hint}'?" if hint else "list them with: revsearch eval list"
    raise UsageError(f"there is no evaluation '{text}'; {also}")


def read_record(folder: Path) -> Record:
    """The record in a folder. Raises `StorageError` where it is missing, damaged or from a newer program."""
    return _decoded(folder, RECORD_FILE, record_of)


def read_answers(folders: Folders, record: Record) -> Answers:
    """What the methods of a record answered. Raises as `read_record` does."""
    return _decoded(folders.evaluations / record.id, ANSWERS_FILE, answers_of)


def remove_record(folders: Folders, record: Record) -> None:
    """Delete a record, and take it off its collection's list. Raises `StorageError`."""
    try:
        shutil.rmtree(folders.evaluations / record.id)
    except OSError as error:
        raise StorageError(f"the evaluation '{record.id}' cannot be deleted: {error.strerror or error}") from error
    name = current_name(folders.collections, str(record.data.get("collection") or ""))
    catalog = folders.collections / name / "catalog.sqlite"
    if catalog.is_file():
        forget_evaluation(catalog, record.id)


def _folders(folders: Folders) -> list[Path]:
    if not folders.evaluations.is_dir():
        return []
    return [each for each in folders.evaluations.iterdir() if each.is_dir() and not each.name.startswith(".")]


def _decoded(folder: Path, file: str, decode: Callable[[Mapping[str, Any]], _Kind]) -> _Kind:
    try:
        raw = read_large((folder / file).read_text("utf-8"))
        if raw.pop("format") > FORMAT:
            raise StorageError(f"the evaluation '{folder.name}' was made by a newer revsearch: update revsearch")
        return decode(raw)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise StorageError(f"the evaluation in {folder} is damaged ({error}): delete that folder") from error


def _summary(record: Record) -> dict[str, Any]:
    """What a list shows of a record."""
    mains = {
        f"{o.method} {o.protocol} {o.main}": o.metrics[o.main].value for o in record.outcomes if o.main in o.metrics
    }
    return {"queries": record.queries, "gallery": record.gallery, "figures": to_json(mains)}


def versions_of(choices: Sequence[MethodChoice]) -> dict[str, str]:
    """Names to versions; those of methods and models are called `method NAME` and `model NAME`."""
    found = {
        "revsearch": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "decoder": str(DECODER_VERSION),
    }
    modules = {module.partition(".")[0] for choice in choices for module in choice.info.requires}
    distributions = metadata.packages_distributions() if modules else {}
    for name in sorted({*_ALWAYS, *(each for module in modules for each in distributions.get(module, ()))}):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    for choice in choices:
        found[f"method {choice.label}"] = str(choice.info.version)
        if choice.model is not None:
            found[f"model {choice.model.name}"] = choice.model.sha256
    return found
