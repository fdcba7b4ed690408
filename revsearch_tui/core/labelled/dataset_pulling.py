"""Get a published data set: download it, or take what was downloaded already, and unpack it into a new folder."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, DatasetInfo, RevsearchError, StorageError, UsageError
from revsearch_tui.core.base.download import fetched, side_loaded
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

ELSEWHERE = "--file FILE"


def pull_dataset(workspace: Workspace, name: str, folder: Path, control: Control, *, file: Path | None = None) -> None:
    """Make `folder`, which must be absent or empty, the data set of that name.

    `file` is what was downloaded already, or a folder that it was unpacked into by other means, taken as it is.
    Raises `UsageError`, `MethodUnavailableError`, `StorageError` and `Cancelled`; `folder` is untouched then.
    """
    info = workspace.registry.dataset(name)
    if not info.downloads or not info.unpack:
        pulled = [row.name for row in workspace.registry.rows() if getattr(row.info, "unpack", "")]
        raise UsageError(f"the data set '{name}' is not one to download; those that are: {', '.join(pulled)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty: name a new folder with --to")
    if file is None:
        place = workspace.folders.downloads
        files = [fetched(item, place, control, error=UsageError, elsewhere=ELSEWHERE) for item in info.downloads]
    elif file.is_dir():
        files = [file]
    elif len(info.downloads) > 1:
        raise UsageError(f"'{name}' comes in several files: put them into one folder and give that with {ELSEWHERE}")
    else:
        files = [side_loaded(info.downloads[0], file, control, error=UsageError)]
    _unpack(info, files, folder, control)


def _unpack(info: DatasetInfo, files: Sequence[Path], folder: Path, control: Control) -> None:
    """Unpack beside `folder` and move what came out to its place, so that it is there whole or not at all."""
    folder = folder.absolute()
    incoming = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        incoming.mkdir(parents=True)
        with contained(f"unpacking '{info.name}'", passing=(RevsearchError, OSError)):
            load_factory(info.unpack)(files, incoming, control)
        if folder.exists():
            folder.rmdir()
        incoming.rename(folder)
    except OSError as error:
        raise StorageError(f"the data set cannot be unpacked into {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
