"""Compare the folders with the catalog: what is new or changed, what is gone, what lacks an embedding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from revsearch_tui.api import Control, ReaderInfo
from revsearch_tui.core.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.indexing.report import IndexReport, IndexSettings
from revsearch_tui.core.scan import FoundFile, ScanReport, is_below, scan
from revsearch_tui.core.sniff import NOT_A_PICTURE, may_be_picture

_CHECK_EVERY_FILES = 500


@dataclass(slots=True)
class Survey:
    """`to_read`: paths that must be read; `known`: the catalog's rows; `gone`: paths that are no more."""

    to_read: list[bytes] = field(default_factory=list)
    known: dict[bytes, FileRow] = field(default_factory=dict)
    gone: list[bytes] = field(default_factory=list)


def survey(
    collection: Collection,
    catalog: Catalog,
    keys: Sequence[str],
    readers: Sequence[ReaderInfo],
    settings: IndexSettings,
    report: IndexReport,
    control: Control,
) -> Survey:
    """Walk the roots. Fills the report's counts of files, and its notes about roots that are absent."""
    result = Survey(known={row.path: row for row in catalog.files()})
    scanned = ScanReport()
    seen: set[bytes] = set()
    others: list[FileRow] = []
    walk = scan(
        collection.roots,
        scanned,
        ignore=settings.ignore,
        exclude=settings.exclude,
        follow_links=settings.follow_links,
    )
    for found in walk:
        seen.add(found.path)
        row = result.known.get(found.path)
        if _is_unchanged(found, row):
            is_other = row is not None and row.error == NOT_A_PICTURE
            report.others += is_other
            report.unchanged += not is_other
        elif may_be_picture(found.path, readers):
            result.to_read.append(found.path)
        else:
            report.others += 1
            others.append(FileRow(found.path, found.size, found.mtime_ns, None, NOT_A_PICTURE, DECODER_VERSION))
        if len(seen) % _CHECK_EVERY_FILES == 0:
            control.progress(len(seen), None, "looking for pictures")
            control.check()
    report.files = len(seen)
    catalog.commit(files=others)
    _judge_empty_roots(collection, seen, result, settings, scanned)
    result.gone = [path for path in result.known if path not in seen and scanned.covers(path, collection.roots)]
    behind_links = [link for link in scanned.dangling if any(is_below(path, link) for path in result.known)]
    for root in [*scanned.missing_roots, *(Path(os.fsdecode(link)) for link in behind_links)]:
        kept = sum(1 for path in result.known if is_below(path, os.fsencode(root)))
        report.notes.append(
            f"'{root}' is missing or empty: what is known of its {kept} files is kept"
            f" (to let go of them: revsearch index --prune, or revsearch collections forget {collection.name} FOLDER)"
        )
    report.notes.extend(f"'{os.fsdecode(path)}' cannot be read: {why}" for path, why in scanned.unreadable.items())
    waiting = set(result.to_read)
    unmarked = catalog.unmarked_files(keys).values()
    result.to_read.extend(sorted(path for path in unmarked if path in seen and path not in waiting))
    return result


def _is_unchanged(found: FoundFile, row: FileRow | None) -> bool:
    if row is None or (row.size, row.mtime_ns) != (found.size, found.mtime_ns):
        return False
    # A file that was skipped is tried again only when decoding has improved since, or when it could not be read at all.
    return row.image_id is not None or row.decoder == DECODER_VERSION


def _judge_empty_roots(
    collection: Collection, seen: set[bytes], result: Survey, settings: IndexSettings, scanned: ScanReport
) -> None:
    """A root that had pictures and has none at all is more likely an unmounted drive than a cleared folder."""
    if settings.prune:
        scanned.missing_roots.clear()
        scanned.dangling.clear()
        return
    for root in collection.roots:
        prefix = os.fsencode(root).rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
        had = any(path.startswith(prefix) for path in result.known)
        if had and root not in scanned.missing_roots and not any(path.startswith(prefix) for path in seen):
            scanned.missing_roots.append(root)
