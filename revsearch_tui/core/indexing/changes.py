"""How many files of a folder are not as a collection knows them: told by a walk, without a look at their bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from revsearch_tui.api import ReaderInfo
from revsearch_tui.core.base.scan import FoundFile, ScanReport, scan
from revsearch_tui.core.images.sniff import may_be_picture
from revsearch_tui.core.indexing.index_report import IndexSettings
from revsearch_tui.core.indexing.survey import is_unchanged
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection


class Changes(NamedTuple):
    """Files: those below the folder that are `known`, and of these the `pictures`, the `gone` and the `changed`; `new`
    ones."""

    known: int = 0
    pictures: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0

    def __str__(self) -> str:
        parts = {"new": self.new, "changed": self.changed, "gone": self.gone}
        return ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def changes_below(collection: Collection, folder: Path, settings: IndexSettings) -> Changes:
    """What an indexing run would find changed below a folder, given by its real path. Raises `StorageError`."""
    with Catalog(collection.catalog_file) as catalog:
        known = {row.path: row for row in catalog.files(os.fsencode(folder))}
    report = ScanReport()
    new = changed = seen = 0
    for found in _walk(folder, report, settings):
        row = known.get(found.path)
        new += row is None
        seen += row is not None
        changed += row is not None and not is_unchanged(found, row, settings)
    in_doubt = report.missing_roots or report.unreadable or report.dangling or report.special
    gone = 0 if in_doubt else len(known) - seen  # what could not be looked at may be there
    pictures = sum(row.image_id is not None for row in known.values())
    return Changes(len(known), pictures, new, changed, gone)


def check_has_pictures(folder: Path, readers: Sequence[ReaderInfo], settings: IndexSettings) -> str:
    """Why a folder is not worth indexing, as the end of a sentence about it; empty where it may hold a picture."""
    report = ScanReport()
    others = 0
    for found in _walk(folder, report, settings):
        if may_be_picture(found.path, readers):
            return ""
        others += 1
    why = report.unreadable.get(os.fsencode(folder))
    if why is not None:
        return f"cannot be read: {why}"
    return f"holds no pictures, only {others:,} other files" if others else "holds no files"


def _walk(folder: Path, report: ScanReport, settings: IndexSettings) -> Iterator[FoundFile]:
    return scan([folder], report, ignore=settings.ignore, exclude=settings.exclude, follow_links=settings.follow_links)
