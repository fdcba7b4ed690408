"""Files of the model store: copies with checksums, installing and removing folders whole or not at all.

A folder appears under its name by one rename, when it is complete and on disk. One that is replaced steps aside
first and is put back where the exchange was cut short, so no stored model is ever lost half way.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from revsearch_tui.api import ModelError, StorageError
from revsearch_tui.core.base.files import sync_folder
from revsearch_tui.core.models.manifests import ModelPart

_INCOMING = ".incoming-"
_REMOVED = ".removed-"
_ASIDE = ".aside-"
_STALE_SECONDS = 24 * 3600
_BLOCK = 1 << 20


def file_sha256(path: Path) -> str:
    """sha-256 of a file, in hex."""
    import hashlib

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def copy_part(source: Path, target: Path) -> ModelPart:
    """Copy a file, put it safely on disk, and tell what was written. Raises ModelError where it cannot be opened."""
    import hashlib

    digest, size = hashlib.sha256(), 0
    try:
        reader = source.open("rb")
    except OSError as error:
        raise ModelError(f"the model file {source} cannot be read: {error.strerror or error}") from error
    with reader, target.open("xb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            size += len(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    return ModelPart(target.name, digest.hexdigest(), size)


def settled_part(folder: Path, path: Path) -> ModelPart:
    """Put a file that is written already safely on disk, and tell what it is."""
    import hashlib

    with path.open("rb+") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    return ModelPart(path.relative_to(folder).as_posix(), digest, path.stat().st_size)


def write_text(path: Path, text: str) -> None:
    """Write a new text file and put it safely on disk."""
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def incoming_folder(models_folder: Path) -> Iterator[Path]:
    """A new folder to build a model in; what is still there at the end of the block is thrown away.

    Raises StorageError, in a sentence, for any OSError of the block.
    """
    try:
        models_folder.mkdir(parents=True, exist_ok=True)
        tidy(models_folder)
        folder, hold = _new_incoming(models_folder)
        try:
            yield folder
        finally:
            _throw_away(folder)
            if hold is not None:
                os.close(hold)
    except OSError as error:
        raise StorageError(f"the model cannot be stored in {models_folder}: {error.strerror or error}") from error


def install(incoming: Path, target: Path) -> None:
    """Move a finished folder to its place; what was there before is replaced, or kept if that fails."""
    if not target.exists():
        incoming.rename(target)
    else:
        aside = target.with_name(f"{_ASIDE}{target.name}.{os.urandom(16).hex()}")
        target.rename(aside)
        try:
            incoming.rename(target)
        except OSError:
            with contextlib.suppress(OSError):
                aside.rename(target)
            raise
        _throw_away(aside)
    sync_folder(target.parent)


def remove(folder: Path) -> None:
    """Remove a model's folder: gone from the listing at once, then from the disk."""
    gone = folder.with_name(f"{_REMOVED}{os.urandom(16).hex()}")
    try:
        folder.rename(gone)
    except OSError as error:
        raise StorageError(f"the model folder {folder} cannot be removed: {error.strerror or error}") from error
    _throw_away(gone)


def tidy(models_folder: Path) -> None:
    """Put back and throw away what killed processes left behind."""
    put_back(models_folder)
    for folder in models_folder.glob(f"{_REMOVED}*"):
        _throw_away(folder)
    for folder in models_folder.glob(f"{_INCOMING}*"):
        with contextlib.suppress(OSError):
            _throw_away_abandoned(folder)


def put_back(models_folder: Path) -> None:
    """Finish exchanges that a crash cut short: an old folder whose name is free returns to its place."""
    for aside in models_folder.glob(f"{_ASIDE}*"):
        name = aside.name.removeprefix(_ASIDE).partition(".")[0]
        with contextlib.suppress(OSError):
            if (models_folder / name).exists():
                _throw_away(aside)
            else:
                aside.rename(models_folder / name)


def _throw_away(folder: Path) -> None:
    """Remove a folder as far as that can be."""
    import shutil  # with all that it can pack, it takes longer to import than listing models

    shutil.rmtree(folder, ignore_errors=True)


def _new_incoming(models_folder: Path) -> tuple[Path, int | None]:
    """A new folder, and the descriptor by which this process holds it where the system can tell; to be closed."""
    while True:
        folder = models_folder / f"{_INCOMING}{os.urandom(16).hex()}"
        folder.mkdir()
        hold = None
        with contextlib.suppress(_TakenError, FileNotFoundError):
            hold = _hold(folder)
            if folder.exists():
                return folder, hold
        if hold is not None:  # another process took it for abandoned before it was held
            os.close(hold)


def _throw_away_abandoned(folder: Path) -> None:
    """Remove a folder that no living process is filling. Where that cannot be told, only an old one."""
    try:
        hold = _hold(folder)
    except _TakenError:
        return
    if hold is not None or folder.stat().st_mtime < time.time() - _STALE_SECONDS:
        _throw_away(folder)
    if hold is not None:
        os.close(hold)


class _TakenError(Exception):
    """Another process holds the folder."""


def _hold(folder: Path) -> int | None:
    """Hold a folder for as long as the descriptor is open, or the process lives; None where there are no such locks.

    Raises `_TakenError`, and OSError where there is no such folder.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise _TakenError from None
        return None
    return descriptor
