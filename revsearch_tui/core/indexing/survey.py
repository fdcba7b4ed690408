"""Compare the folders with the catalog: what is new or changed, what is gone, what lacks an embedding."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from revsearch_tui.api import Control, ReaderInfo
from revsearch_tui.core.base.scan import LEADS_NOWHERE, FoundFile, Identity, ScanReport, is_below, scan
from revsearch_tui.core.images.limits import READING_VERSION, memory_limit, time_limit
from revsearch_tui.core.images.reasons import (
    NOT_A_PICTURE,
    is_of_a_limit,
    too_many_pixels,
    too_much_memory,
    took_too_long,
)
from revsearch_tui.core.images.sniff import may_be_picture
from revsearch_tui.core.indexing.index_report import IndexReport, IndexSettings, raw_note
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.collections import Collection

_CHECK_EVERY_FILES = 500
_FEW_FILES = 16
"""So many are read before anything is thought about them."""


@dataclass(slots=True)
class Survey:
    """`to_read`: paths that must be read; `known`: the catalog's rows; `gone`: paths that are no more.

    `doubted`: paths among `to_read` that may turn out to hold the picture they held before.
    """

    to_read: list[bytes] = field(default_factory=list)
    doubted: set[bytes] = field(default_factory=set)
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
    rows: list[FileRow] = []
    renumbered: list[FoundFile] = []
    numbered: Counter[int] = Counter()
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
        numbered[found.identity.device] += 1
        if row is not None and not settings.check and is_unchanged(found, row, settings):
            if _is_renumbered(found, row):
                renumbered.append(found)
                continue
            rows += _kept(found, row, catalog, readers, report)
        elif may_be_picture(found.path, readers):
            result.to_read.append(found.path)
            if row is not None and row.image_id is not None:
                result.doubted.add(found.path)
        else:
            report.others += 1
            rows.append(
                FileRow(found.path, found.size, found.mtime_ns, None, NOT_A_PICTURE, READING_VERSION, *found.identity)
            )
        if len(seen) % _CHECK_EVERY_FILES == 0:
            control.progress(len(seen), None, "looking for pictures")
            control.check()
    changed = Counter(found.identity.device for found in renumbered)
    for found in renumbered:
        device = found.identity.device
        if _FEW_FILES < changed[device] > numbered[device] // 2:
            # Not the files were replaced: a file system that numbers them as it goes was mounted again.
            rows += _kept(found, result.known[found.path], catalog, readers, report)
        else:
            result.to_read.append(found.path)
            result.doubted.add(found.path)
    seen.update(scanned.special)
    links = list(scanned.dangling)
    _judge_empty_roots(collection, seen, result, settings, scanned)
    nowhere = [link for link in links if not any(is_below(link, os.fsencode(r)) for r in scanned.missing_roots)]
    rows += _passed_over({**dict.fromkeys(nowhere, LEADS_NOWHERE), **scanned.special}, result.known, report)
    catalog.commit(files=rows)
    report.files = len(seen) + len(nowhere)
    seen.update(nowhere)
    result.gone = [path for path in result.known if path not in seen and scanned.covers(path, collection.roots)]
    behind_links = [
        link for link in scanned.dangling if any(_is_file_below(row, link) for row in result.known.values())
    ]
    for root in [*scanned.missing_roots, *(Path(os.fsdecode(link)) for link in behind_links)]:
        kept = sum(_is_file_below(row, os.fsencode(root)) for row in result.known.values())
        report.notes.append(
            f"'{root}' is missing or empty: what is known of its {kept} files is kept"
            f" (if they moved: revsearch collections relocate OLD NEW -c {collection.name}; to let go of them:"
            f" revsearch index --prune -c {collection.name}, or revsearch collections forget {collection.name} FOLDER)"
        )
    report.notes.extend(f"'{os.fsdecode(path)}' cannot be read: {why}" for path, why in scanned.unreadable.items())
    waiting = set(result.to_read)
    unmarked = _present(catalog.unmarked_files(keys), seen, result.known)
    result.to_read.extend(sorted(path for path in unmarked if path not in waiting))
    return result


def is_unchanged(found: FoundFile, row: FileRow, settings: IndexSettings) -> bool:
    if (row.size, row.mtime_ns) != (found.size, found.mtime_ns):
        return False
    # Tools that put a file in another's place can keep its mtime, but not its ctime.
    if row.ctime_ns and found.identity.ctime_ns and row.ctime_ns != found.identity.ctime_ns:
        return False
    # A file that was skipped is tried again only when decoding has improved since, when it could not be read at all, or
    # when the limit that it was beyond is another now.
    if row.error is not None and is_of_a_limit(row.error) and row.error not in _limits(settings, row.size):
        return False
    return row.image_id is not None or row.decoder == READING_VERSION


def _limits(settings: IndexSettings, file_bytes: int) -> tuple[str, ...]:
    """The reasons for which a file of that size is beyond the limits."""
    seconds, pixels = time_limit(settings.decode_timeout_s, file_bytes), settings.max_pixels
    return took_too_long(seconds), too_many_pixels(pixels), too_much_memory(memory_limit(pixels))


def _is_renumbered(found: FoundFile, row: FileRow) -> bool:
    """Whether the number alone says that this is another file; devices are numbered anew with every mount."""
    return bool(row.inode and found.identity.inode and row.inode != found.identity.inode)


def _kept(
    found: FoundFile, row: FileRow, catalog: Catalog, readers: Sequence[ReaderInfo], report: IndexReport
) -> list[FileRow]:
    """Count an unchanged file; its row where something is to be added to it, for later runs or for the user."""
    is_other = row.error == NOT_A_PICTURE
    report.others += is_other
    report.unchanged += not is_other
    if Identity(row.ctime_ns, row.device, row.inode) == found.identity:
        return []
    ctime_ns, device, inode = found.identity
    note = row.note
    if not row.ctime_ns and row.image_id is not None:  # from a program that took no notes
        note = raw_note(row.path, row.image_id, catalog, readers)
        report.raw += note is not None
    return [replace(row, ctime_ns=ctime_ns, device=device, inode=inode, note=note)]


def _is_file_below(row: FileRow, folder: bytes) -> bool:
    return row.error != LEADS_NOWHERE and is_below(row.path, folder)


def _passed_over(reasons: Mapping[bytes, str], known: Mapping[bytes, FileRow], report: IndexReport) -> list[FileRow]:
    """Rows for what is no file, such as links that lead nowhere, and was not known to be that."""
    new = {path: why for path, why in reasons.items() if path not in known or known[path].error != why}
    report.skipped.extend((Path(os.fsdecode(path)), why) for path, why in new.items())
    return [FileRow(path, -1, -1, None, why, READING_VERSION) for path, why in new.items()]


def _present(unmarked: Mapping[bytes, bytes], seen: set[bytes], known: Mapping[bytes, FileRow]) -> list[bytes]:
    """A path that is there for each picture; the one given may be on a drive that is not."""
    absent = {image_id for image_id, path in unmarked.items() if path not in seen}
    elsewhere = {row.image_id: row.path for row in known.values() if row.image_id in absent and row.path in seen}
    return [path for path in unmarked.values() if path in seen] + list(elsewhere.values())


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
        had = any(path.startswith(prefix) and row.error != LEADS_NOWHERE for path, row in result.known.items())
        if had and root not in scanned.missing_roots and not any(path.startswith(prefix) for path in seen):
            scanned.missing_roots.append(root)
