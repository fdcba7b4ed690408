"""The indexing run: survey, read, embed, commit, bring ChromaDB in step."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from revsearch_tui.api import Cancelled, Control, ReaderInfo, RevsearchError, StorageError
from revsearch_tui.core.base.lock import tell_progress, writer_lock
from revsearch_tui.core.indexing.index_report import IndexReport, IndexSettings, raw_line
from revsearch_tui.core.indexing.reading_ahead import Reader
from revsearch_tui.core.indexing.survey import Survey, survey
from revsearch_tui.core.indexing.while_running import Listener, Meter
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.restoring import describe_keys, remember_sound
from revsearch_tui.core.storage.collections import PURPOSE, Collection

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.intake import Intake
    from revsearch_tui.core.indexing.target import Target
    from revsearch_tui.core.methods.regions import Regions
    from revsearch_tui.core.storage.store.store_kind import StoreKind

COMMIT_PICTURES = 1000
COMMIT_SECONDS = 4.0
"""A commit, which waits for the disk, is due after so many pictures or so long."""
FIRST_COMMIT_SECONDS = 1.5
"""Once a batch is embedded, so that something can be searched soon."""


class Feed(Protocol):
    """Does what it can of what is to be read, by other means than this process; gives back the ids of the files' bytes,
    and leaves in `found.to_read` what is not done."""

    def __call__(
        self,
        collection: Collection,
        catalog: Catalog,
        targets: Sequence[Target],
        found: Survey,
        settings: IndexSettings,
        report: IndexReport,
        control: Control,
    ) -> set[bytes]: ...


def run_indexing(
    collection: Collection,
    choices: Sequence[MethodChoice],
    readers: Sequence[ReaderInfo],
    settings: IndexSettings,
    control: Control,
    listener: Listener | None = None,
    feed: Feed | None = None,
) -> IndexReport:
    """Bring a collection's index up to date for these methods. `feed` does before what others can do.

    Raises `IndexBusyError`, `StorageError`, `MethodUnavailableError`. On cancellation what is done is kept and the
    report says so.
    """
    started = time.monotonic()
    report = IndexReport(collection.name)
    with writer_lock(collection.home, PURPOSE), Catalog(collection.catalog_file, create=True) as catalog:
        job = catalog.start_job("index", " ".join(choice.label for choice in choices))
        try:
            _run(collection, catalog, choices, readers, settings, report, control, listener or Listener(), feed)
        except BaseException as error:
            _finish_job(catalog, job, "failed", str(error))
            raise
        report.pictures = catalog.counts()[1]
        report.seconds = time.monotonic() - started
        detail = f"{report.decoded} decoded, {len(report.skipped)} skipped"
        _finish_job(catalog, job, "cancelled" if report.cancelled else "done", detail)
        catalog.close()
        remember_sound(collection, job)
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
    listener: Listener,
    feed: Feed | None,
) -> None:
    from revsearch_tui.core.indexing.intake import Intake
    from revsearch_tui.core.methods.regions import Regions
    from revsearch_tui.core.storage.store.mending import mark_returned, mend

    targets: list[Target] = []
    regions = Regions()
    reader = Reader(settings, readers)
    try:
        if feed is None and not catalog.counts()[0]:
            reader.start()  # there will be files to read, and the methods take a while to load
        targets.extend(_targets(collection, catalog, choices, regions, settings, report, control))
        describe_keys(collection, catalog)
        if not settings.store_later:
            mend(collection, catalog, control, report.notes.append, store=settings.store)
        keys = [target.key.key for target in targets]
        found = survey(collection, catalog, keys, readers, settings, report, control)
        if found.to_read:
            for target in targets:
                catalog.set_complete(target.key.key, False)
        fed = feed(collection, catalog, targets, found, settings, report, control) if feed and found.to_read else set()
        intake = Intake(catalog, targets, found, readers, report)
        if found.to_read and settings.store.is_chroma and not settings.store_later:
            threading.Thread(target=_preload, name="preload").start()
        meter = Meter(len(found.to_read), targets, reader)
        _read(collection.home, found, intake, reader, report, control, meter, listener)
        # Also where no file is gone: a file with other contents leaves its old picture behind.
        catalog.remove_files(found.gone)
        report.removed = _count_removed(found, intake, fed)
        if report.raw:
            report.notes.append(raw_line(report.raw, collection.name))
        for target in targets:
            target.judge()
            catalog.set_complete(target.key.key, not target.gave_up)
        catalog.commit(failures={target.key.key: target.failed for target in targets})
        mark_returned(collection, catalog)
        report.store_is_behind = True
        if not settings.store_later:
            bring_store_up(collection, catalog, control, report.notes.append, settings.store)
            report.store_is_behind = False
    except Cancelled:
        report.cancelled = True
    finally:
        reader.close()
        for target in targets:
            report.embedded[target.choice.label] = target.embedded
            _note_failures(catalog, target, report)
            target.close()
        regions.close()


def bring_store_up(
    collection: Collection, catalog: Catalog, control: Control, note: Callable[[str], None], store: StoreKind
) -> None:
    """For the writer, after a run: have ChromaDB, or another store, follow, and free the disk of what is gone.

    Raises `StorageError`, `Cancelled`.
    """
    from revsearch_tui.core.storage.store.mending import update
    from revsearch_tui.core.storage.upkeep import code_embeddings, compact

    update(collection, catalog, control, note, store=store)
    compact(collection, catalog)
    code_embeddings(collection, catalog, control)


def _read(
    home: Path,
    found: Survey,
    intake: Intake,
    reader: Reader,
    report: IndexReport,
    control: Control,
    meter: Meter,
    listener: Listener,
) -> None:
    total = len(found.to_read)
    tell_progress(home, 0, total)
    last_commit = time.monotonic()
    commits = batches = 0
    try:
        for done, file in enumerate(reader.read_all(found.to_read, intake.wants), start=1):
            intake.take(file)
            if intake.batches > batches:
                batches = intake.batches
                cost = meter.cost(done)
                if cost is not None and listener.cost is not None:
                    listener.cost(cost)
            patience = FIRST_COMMIT_SECONDS if batches and not commits else COMMIT_SECONDS
            if intake.waiting >= COMMIT_PICTURES or time.monotonic() - last_commit >= patience:
                intake.commit()
                tell_progress(home, done, total)
                last_commit = time.monotonic()
                if listener.committed is not None:
                    listener.committed(done, total)
                    meter.idle_s += time.monotonic() - last_commit
                    last_commit = time.monotonic()
                commits += 1
            control.progress(done, total, "indexing")
            control.check()
        intake.commit()
    except Cancelled:
        intake.commit()
        raise
    finally:
        report.decoded += reader.decoded
        reader.close()


def _preload() -> None:
    """Import ChromaDB, most of a second's work, while pictures are decoded. Whoever needs it says what is wrong."""
    with contextlib.suppress(Exception):
        import revsearch_tui.core.storage.store.chroma  # noqa: F401


def _count_removed(found: Survey, intake: Intake, fed: set[bytes]) -> int:
    """Pictures' files that are gone, without those whose picture turned up under another path in this run."""
    ids = (found.known[path].image_id for path in found.gone)
    return sum(1 for image_id in ids if image_id is not None and not (image_id in fed or intake.has_read(image_id)))


def _targets(
    collection: Collection,
    catalog: Catalog,
    choices: Sequence[MethodChoice],
    regions: Regions,
    settings: IndexSettings,
    report: IndexReport,
    control: Control,
) -> Iterator[Target]:
    """The methods that can take part; one that cannot is left out, and raises where there is no other."""
    from revsearch_tui.core.indexing.target import Target

    opened = 0
    errors: list[RevsearchError] = []
    if settings.retry_failed:
        catalog.forget_failures(choice.key for choice in choices)
    for choice in choices:
        control.check()
        try:
            yield Target(collection, catalog, choice, control, regions, settings.method_timeout_s)
            opened += 1
        except (Cancelled, StorageError):
            raise
        except RevsearchError as error:
            errors.append(error)
            why = str(error) if f"'{choice.label}'" in str(error) else f"the method '{choice.label}': {error}"
            report.left_out[choice.label] = why
            report.notes.append(f"left out: {why}")
    if errors and not opened:
        raise errors[0]


def _note_failures(catalog: Catalog, target: Target, report: IndexReport) -> None:
    label = target.choice.label
    if target.gave_up:
        report.left_out[label] = target.gave_up
        report.notes.append(f"left out: {target.gave_up}")
    if target.failed:
        report.failed[label] = len(target.failed)
        image_id, reason = next(iter(target.failed.items()))
        image = catalog.image(image_id)
        where = f" on '{image.paths[0]}'" if image else ""
        more = f" and on {len(target.failed) - 1} more pictures" if len(target.failed) > 1 else ""
        report.notes.append(f"{reason}{where}{more}; see: revsearch collections skipped {report.collection}")
