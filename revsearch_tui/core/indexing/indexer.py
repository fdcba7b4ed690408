"""The indexing run: survey, read, embed, commit, bring ChromaDB in step."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, Control, ReaderInfo, StorageError
from revsearch_tui.core.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.indexing.reading import Reader
from revsearch_tui.core.indexing.report import IndexReport, IndexSettings
from revsearch_tui.core.indexing.survey import Survey, survey
from revsearch_tui.core.lock import writer_lock
from revsearch_tui.core.methods import MethodChoice

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.intake import Intake
    from revsearch_tui.core.indexing.target import Target

COMMIT_PICTURES = 256
COMMIT_SECONDS = 4.0


def index_collection(
    collection: Collection,
    choices: Sequence[MethodChoice],
    readers: Sequence[ReaderInfo],
    settings: IndexSettings,
    control: Control,
) -> IndexReport:
    """Bring a collection's index up to date for these methods.

    Raises `IndexBusyError`, `StorageError`, `MethodUnavailableError`. On cancellation what is done is kept and the
    report says so.
    """
    started = time.monotonic()
    report = IndexReport(collection.name)
    with writer_lock(collection.home, "indexing"), Catalog(collection.catalog_file, create=True) as catalog:
        job = catalog.start_job("index", " ".join(choice.label for choice in choices))
        try:
            _run(collection, catalog, choices, readers, settings, report, control)
        except BaseException as error:
            _finish_job(catalog, job, "failed", str(error))
            raise
        report.pictures = catalog.counts()[1]
        report.seconds = time.monotonic() - started
        detail = f"{report.decoded} decoded, {len(report.skipped)} skipped"
        _finish_job(catalog, job, "cancelled" if report.cancelled else "done", detail)
    return report


def _finish_job(catalog: Catalog, job: int, outcome: str, detail: str) -> None:
    try:
        catalog.finish_job(job, outcome, detail)
    except StorageError:
        if outcome != "failed":
            raise


def _run(
    collection: Collection,
    catalog: Catalog,
    choices: Sequence[MethodChoice],
    readers: Sequence[ReaderInfo],
    settings: IndexSettings,
    report: IndexReport,
    control: Control,
) -> None:
    from revsearch_tui.core.indexing.compaction import compact
    from revsearch_tui.core.indexing.intake import Intake
    from revsearch_tui.core.indexing.target import Target
    from revsearch_tui.core.regions import Regions
    from revsearch_tui.core.store.mending import mend, update

    targets: list[Target] = []
    regions = Regions()
    try:
        for choice in choices:
            control.check()
            targets.append(Target(collection, catalog, choice, control, regions))
        mend(collection, catalog, control, report.notes.append, url=settings.chroma_url)
        keys = [target.key.key for target in targets]
        found = survey(collection, catalog, keys, readers, settings, report, control)
        intake = Intake(catalog, targets, found.known, report)
        if found.to_read:
            for target in targets:
                catalog.set_complete(target.key.key, False)
            threading.Thread(target=_preload, name="preload").start()
        _read(found, intake, readers, settings, report, control)
        # Also where no file is gone: a file with other contents leaves its old picture behind.
        catalog.remove_files(found.gone)
        report.removed = _count_removed(found, intake.filed)
        for target in targets:
            catalog.set_complete(target.key.key, not target.failed)
            _note_failures(target, report)
        update(collection, catalog, control, report.notes.append, url=settings.chroma_url)
        compact(collection, catalog)
    except Cancelled:
        report.cancelled = True
    finally:
        for target in targets:
            report.embedded[target.choice.label] = target.embedded
            target.close()
        regions.close()


def _read(
    found: Survey,
    intake: Intake,
    readers: Sequence[ReaderInfo],
    settings: IndexSettings,
    report: IndexReport,
    control: Control,
) -> None:
    reader = Reader(
        settings.workers or os.cpu_count() or 1, readers, settings.max_file_bytes, settings.decode_timeout_s
    )
    total = len(found.to_read)
    last_commit = time.monotonic()
    try:
        for done, file in enumerate(reader.read_all(found.to_read, intake.wants), start=1):
            intake.take(file)
            if intake.waiting >= COMMIT_PICTURES or time.monotonic() - last_commit >= COMMIT_SECONDS:
                intake.commit()
                last_commit = time.monotonic()
            control.progress(done, total, "indexing")
            control.check()
        intake.commit()
    except Cancelled:
        intake.commit()
        raise
    finally:
        report.decoded = reader.decoded
        reader.close()


def _preload() -> None:
    """Import ChromaDB, most of a second's work, while pictures are decoded. Whoever needs it says what is wrong."""
    with contextlib.suppress(Exception):
        import revsearch_tui.core.store.chroma  # noqa: F401


def _count_removed(found: Survey, filed: dict[bytes, FileRow]) -> int:
    """Pictures' files that are gone, without those whose picture turned up under another path in this run."""
    arrived: set[bytes | None] = {None, *(row.image_id for row in filed.values())}
    return sum(1 for path in found.gone if found.known[path].image_id not in arrived)


def _note_failures(target: Target, report: IndexReport) -> None:
    if target.failed:
        _, why = target.failed[0]
        report.notes.append(f"the method '{target.choice.label}' failed on {len(target.failed)} pictures, first: {why}")
