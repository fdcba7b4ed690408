"""Take in files as they are read: embed their pictures in batches, and commit both together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.core.images.limits import READING_VERSION
from revsearch_tui.core.images.reasons import is_frame_note
from revsearch_tui.core.indexing.index_report import IndexReport, raw_note
from revsearch_tui.core.indexing.reading_ahead import BATCH_PICTURES, ReadFile
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow

if TYPE_CHECKING:
    from revsearch_tui.api import ReaderInfo
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.indexing.survey import Survey
    from revsearch_tui.core.indexing.target import Target

NEVER_DECODED = 0
_FIRST_PICTURES = 8
"""A batch before the first commit: small, so that something can be searched soon."""


class Intake:
    """What has been read and is not yet committed. `new_images` are what this run has added, `batches` how often
    pictures were embedded. Nothing is kept of a file that is committed but the id of its bytes."""

    def __init__(
        self,
        catalog: Catalog,
        targets: Sequence[Target],
        found: Survey,
        readers: Sequence[ReaderInfo],
        report: IndexReport,
    ) -> None:
        self.new_images: set[bytes] = set()
        self.batches = 0
        self._has_committed = False
        self._catalog, self._targets, self._report = catalog, targets, report
        self._known_files, self._doubted, self._readers = found.known, found.doubted, readers
        self._known_images = catalog.image_ids()
        self._frame_notes = {
            row.image_id: row.note for row in found.known.values() if row.image_id and is_frame_note(row.note)
        }
        self._claimed: set[bytes] = set()
        # What cannot be decoded, by its bytes: the reason, and what the decoder said.
        self._refused: dict[bytes, tuple[str, str]] = {}
        self._twins: dict[bytes, list[ReadFile]] = {}
        self._files: list[FileRow] = []
        self._images: list[tuple[bytes, int, int, str]] = []
        self._ids: list[bytes] = []
        self._pictures: list[Picture] = []
        self._embedded: list[bytes] = []

    def has_read(self, image_id: bytes | None) -> bool:
        """Whether a file of these bytes was read in this run."""
        return image_id in self._claimed

    @property
    def waiting(self) -> int:
        """Files not yet committed."""
        return len(self._files)

    def wants(self, image_id: bytes) -> bool:
        """Whether a picture's pixels are needed; true once per picture. Call under a lock."""
        if image_id in self._claimed:
            return False
        self._claimed.add(image_id)
        return image_id not in self._known_images or any(target.wants(image_id) for target in self._targets)

    def take(self, file: ReadFile) -> None:
        """Take in one file. One with the bytes of another that is being decoded waits for the verdict on that."""
        image_id = file.image_id
        self._report.read += image_id is not None
        if image_id is None:
            self._file(file, file.error, file.detail)
        elif file.decoded is not None or file.error is not None:
            if file.error is not None:
                self._refused[image_id] = file.error, file.detail
            else:
                self._picture(image_id, file)
            self._file(file, file.error, file.detail)
            for twin in self._twins.pop(image_id, []):
                self._file(twin, file.error, file.detail)
        elif image_id in self._refused:
            self._file(file, *self._refused[image_id])
        elif image_id in self._known_images or image_id in self.new_images:
            self._file(file, None)
        else:
            self._twins.setdefault(image_id, []).append(file)
        if len(self._pictures) >= (BATCH_PICTURES if self._has_committed else _FIRST_PICTURES):
            self._embed()

    def commit(self) -> None:
        """Journals first, then the catalog in one transaction. Raises `StorageError`."""
        self._embed()
        for target in self._targets:
            target.commit()
        marks = {target.key.key: [i for i in self._embedded if i in target.have] for target in self._targets}
        failures = {target.key.key: target.failed for target in self._targets}
        self._catalog.commit(self._files, self._images, marks, failures)
        self._files, self._images, self._embedded = [], [], []
        self._has_committed = True

    def _picture(self, image_id: bytes, file: ReadFile) -> None:
        assert file.decoded is not None
        decoded = file.decoded
        if is_frame_note(decoded.note):
            self._frame_notes[image_id] = decoded.note
        if image_id not in self._known_images:
            self._images.append((image_id, decoded.width, decoded.height, decoded.format))
            self.new_images.add(image_id)
        self._ids.append(image_id)
        self._pictures.append(decoded.picture)

    def _file(self, file: ReadFile, error: str | None, detail: str = "") -> None:
        image_id = None if error is not None else file.image_id
        note = detail or None
        if image_id is not None:
            note = raw_note(file.path, image_id, self._catalog, self._readers, self._images)
            self._report.raw += note is not None
            note = note or self._frame_notes.get(image_id)
        # What could not even be read says nothing of the file: permissions change without a trace in size and mtime.
        decoder = NEVER_DECODED if file.image_id is None else READING_VERSION
        row = FileRow(file.path, file.size, file.mtime_ns, image_id, error, decoder, *file.identity, note)
        old = self._known_files.get(file.path)
        self._files.append(row)
        if error is not None:
            self._report.skipped.append((Path(os.fsdecode(file.path)), error))
        elif old is None:
            known_before = image_id in self._known_images
            self._report.moved += known_before
            self._report.added += not known_before
        elif old.image_id != image_id:
            self._report.changed += 1
        else:
            self._report.unchanged += file.path in self._doubted

    def _embed(self) -> None:
        if self._ids:
            for target in self._targets:
                target.embed(self._ids, tuple(self._pictures))
            self._embedded.extend(self._ids)
            self.batches += 1
            self._ids, self._pictures = [], []
