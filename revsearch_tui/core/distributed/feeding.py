"""At home: give the files that an indexing run has to read to Daft's workers, and take in what they make of them.

What is taken in is committed shard by shard, rows before files, as an indexing run does, so that a kill of home or
workers loses no more than jobs that are under way, which are done again. What no worker could do is left to the run.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import itertools
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from revsearch_tui.api import Control, MethodUnavailableError, StorageError
from revsearch_tui.core.base.child import start_module
from revsearch_tui.core.base.lock import tell_progress
from revsearch_tui.core.base.messages import read_message, write_message
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.distributed.job_order import WorkOrder, encode_paths
from revsearch_tui.core.distributed.query_process import pack_blocks
from revsearch_tui.core.images.reasons import is_frame_note
from revsearch_tui.core.indexing.index_report import IndexReport, IndexSettings
from revsearch_tui.core.indexing.intake import NEVER_DECODED
from revsearch_tui.core.indexing.survey import Survey
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.exchange.archive import ArchiveSource
from revsearch_tui.core.storage.exchange.joining import append_new

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.target import Target

FEWEST_FILES, MOST_FILES = 4, 64
"""Of one job: so few that one lost costs little and all workers have some, so many that its commit costs little."""
JOBS_OF_A_WORKER = 8
"""At least, where there are files for that."""
JOBS_AT_ONCE = 500
"""Of one query, after which workers begin anew: what Daft holds in memory does not grow with the collection."""
FRUITLESS = 3
"""So many starts in a row that got no job done, and the rest is left to the run at home."""
_ASK_EVERY_S = 0.2


class WorkersLostError(Exception):
    """Daft, or one of its workers, ended before the jobs were done."""


def check_daft(*, ray: bool) -> None:
    """Raises `MethodUnavailableError` where what runs the workers is not installed."""
    if importlib.util.find_spec("daft") is None:
        more = " 'daft[ray]'" if ray else ""
        raise MethodUnavailableError(
            f"the engine daft is not installed; run: pip install 'revsearch-tui[distributed]'{more}"
        )
    if ray and importlib.util.find_spec("ray") is None:
        raise MethodUnavailableError("Ray, which --ray needs, is not installed; run: pip install 'daft[ray]'")


@dataclass(frozen=True, slots=True)
class DaftFeed:
    """Feeds an indexing run from Daft's workers: those of the Ray cluster at the address `ray`, or with `local` of one
    that is made on this machine; without, from processes of this machine. `folders` are those of the user at home."""

    folders: Folders
    ray: str | None = None

    def __call__(
        self,
        collection: Collection,
        catalog: Catalog,
        targets: Sequence[Target],
        found: Survey,
        settings: IndexSettings,
        report: IndexReport,
        control: Control,
    ) -> set[bytes]:
        """Do what workers can of `found.to_read`, and leave there what they could not; gives back the ids of the bytes
        of those that are done.

        Raises `MethodUnavailableError` where they could do nothing at all, `StorageError`, and `Cancelled`, after which
        what is done is kept.
        """
        known = {image_id for image_id in catalog.image_ids() if not any(target.wants(image_id) for target in targets)}
        keys = [(target.key, catalog.model_sha256(target.key.key)) for target in targets]
        order = WorkOrder(keys, settings, self.folders, collection.space, known).encoded()
        taking = _Taking(catalog, targets, found, report)
        total = len(found.to_read)

        def tell(left: int) -> None:
            tell_progress(collection.home, total - left, total)
            control.progress(total - left, total, "indexing")
            control.check()

        scratch = self.folders.jobs / collection.space
        shutil.rmtree(scratch, ignore_errors=True)  # what workers left that were killed with their home
        try:
            undone, losses = self._have_done(order, found.to_read, taking, settings, control, tell)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if undone and not taking.paths:
            raise MethodUnavailableError(f"Daft's workers could do nothing: {next(iter(undone))}")
        if losses:
            report.notes.append(f"workers were lost {losses} times; their jobs were done again")
        report.notes += [f"{count:,} files were left by workers, and read here: {why}" for why, count in undone.items()]
        found.to_read[:] = [path for path in found.to_read if path not in taking.paths]
        return taking.ids

    def _have_done(
        self,
        order: bytes,
        paths: Sequence[bytes],
        taking: _Taking,
        settings: IndexSettings,
        control: Control,
        tell: Callable[[int], None],
    ) -> tuple[Counter[str], int]:
        """How many files were left undone, by reasons, and how often workers were lost."""
        left = _in_jobs(paths, settings.lanes)
        undone, losses, fruitless, reason = Counter[str](), 0, 0, ""
        while left and fruitless < FRUITLESS:
            before, reason = len(left), "Daft ended early"
            jobs = dict(itertools.islice(left.items(), JOBS_AT_ONCE))
            try:
                with contextlib.closing(self._answers(order, jobs, settings.workers, control)) as answers:
                    for number, made, problem in answers:
                        files = left.pop(number)
                        if problem := problem or taking.take(made):
                            undone[problem] += len(files)
                        tell(sum(map(len, left.values())))
            except WorkersLostError as error:
                reason, losses = str(error), losses + 1
            fruitless = fruitless + 1 if len(left) == before else 0
        if left:
            undone[reason] += sum(map(len, left.values()))
        return undone, losses

    def _answers(
        self, order: bytes, jobs: Mapping[int, Sequence[bytes]], workers: int, control: Control
    ) -> Generator[tuple[int, bytes, str], None, None]:
        """Number of a job, the exported index that was made of it, or the problem with it; in whatever order.

        Raises `WorkersLostError`.
        """
        header = {
            "numbers": list(jobs),
            "workers": workers or (os.cpu_count() or 1 if self.ray is None else 0),
            "ray": self.ray,
        }
        payload = pack_blocks([order, *(encode_paths(paths) for paths in jobs.values())])
        process = start_module("revsearch_tui.core.distributed.query_process")
        assert process.stdin is not None and process.stdout is not None
        arrived: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue(maxsize=2)
        threading.Thread(target=_listen, args=(process.stdout, arrived), daemon=True).start()
        try:
            with contextlib.suppress(OSError):
                write_message(process.stdin, header, payload)
            while True:
                try:
                    answer, made = arrived.get(timeout=_ASK_EVERY_S)
                except queue.Empty:
                    control.check()
                    continue
                if "failed" in answer:
                    raise WorkersLostError(answer["failed"])
                if "ended" in answer:
                    return
                yield answer["number"], made, answer["problem"]
        finally:
            _end(process)


def _in_jobs(paths: Sequence[bytes], workers: int) -> dict[int, Sequence[bytes]]:
    """By number."""
    size = max(FEWEST_FILES, min(MOST_FILES, len(paths) // (workers * JOBS_OF_A_WORKER)))
    return {number: paths[at : at + size] for number, at in enumerate(range(0, len(paths), size))}


def _listen(stream: IO[bytes], arrived: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    """Read what Daft's process says, for somebody who cannot wait for that."""
    while True:
        try:
            answer = read_message(stream)
        except (EOFError, OSError, ValueError):
            arrived.put(({"failed": "a worker was killed"}, b""))
            return
        arrived.put(answer)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End Daft's process, and its workers, which are of its group."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


class _Taking:
    """Takes in what workers made. `paths` and `ids` are those of the files that are done."""

    def __init__(self, catalog: Catalog, targets: Sequence[Target], found: Survey, report: IndexReport) -> None:
        self.paths: set[bytes] = set()
        self.ids: set[bytes] = set()
        self._catalog, self._targets, self._found, self._report = catalog, targets, found, report
        self._known_before = catalog.image_ids()

    def take(self, made: bytes) -> str:
        """Journals first, then the catalog in one transaction. What is there already is passed over, and files of which
        a method has nothing to say, not even that it fails, are left to the run. Gives back what is wrong with what was
        made, empty where nothing is. Raises `StorageError` where it cannot be written."""
        try:
            source = ArchiveSource(io.BytesIO(made))
        except StorageError as error:
            return str(error)
        for target in self._targets:
            for batch in source.rows(target.key.key):
                target.embedded += append_new(batch, target.have, target.journal, target.blobs)
            failures = source.failures(target.key.key)
            target.failed |= {image_id: why for image_id, why in failures.items() if image_id not in target.have}
        files = [row for row in source.files() if row.image_id is None or self._is_settled(row.image_id)]
        settled = {row.image_id for row in files if row.image_id is not None}
        pictures = [row for row in source.pictures() if row[0] in settled]
        marks = {target.key.key: settled & target.have for target in self._targets}
        failures_of = {t.key.key: {i: t.failed[i] for i in settled if i in t.failed} for t in self._targets}
        self._catalog.commit(files, pictures, marks, failures_of)
        self._report.decoded += len(pictures)
        self.paths |= {row.path for row in files}
        self.ids |= settled
        for row in files:
            self._count(row)
        return ""

    def _is_settled(self, image_id: bytes) -> bool:
        return all(image_id in target.failed or not target.wants(image_id) for target in self._targets)

    def _count(self, row: FileRow) -> None:
        """As an indexing run counts what it reads."""
        report, old = self._report, self._found.known.get(row.path)
        report.read += row.decoder != NEVER_DECODED
        if row.image_id is None:
            report.skipped.append((Path(os.fsdecode(row.path)), row.error or ""))
            return
        report.raw += row.note is not None and not is_frame_note(row.note)
        if old is None:
            report.moved += row.image_id in self._known_before
            report.added += row.image_id not in self._known_before
        elif old.image_id != row.image_id:
            report.changed += 1
        else:
            report.unchanged += row.path in self._found.doubted
