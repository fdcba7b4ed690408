"""The file in which an index, or a part of one, goes from one machine to another.

A zip archive. Its last member, `manifest.json`, lists all others with their sha-256, so that a file that was cut short
or changed on its way is known for that before anything is taken from it. The same rows make the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from revsearch_tui.api import Control, NullControl, StorageError
from revsearch_tui.core.storage.catalog.catalog import FileRow
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.exchange.row_sources import PictureRow, RowBatch, Source, SourceKey
from revsearch_tui.core.storage.judgements import Judgement

FORMAT = 1
SUFFIX = ".revsearch"
_KIND = "revsearch index"
_MANIFEST = "manifest.json"
_LINES = 10_000
_LARGEST_MEMBER = 1 << 30
_ID_BYTES = 32
_COUNTS: dict[str, Any] = {"images": 0, "complete": False, "chroma_rows": 0}
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HEAD = struct.Struct("<II")
"""Of a member of rows: how many, and whether features follow."""

_BROKEN = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, RecursionError),
)
"""What reading bytes can raise that are not what was written."""

T = TypeVar("T")


def write_archive(source: Source, file: IO[bytes], control: Control | None = None) -> str:
    """Write a source into a file; gives back the sha-256 of the list of its contents, in hex, which names them.

    Raises `StorageError` where the source cannot be read, OSError where the file cannot be written, `Cancelled`.
    """
    control = control or NullControl()
    members: dict[str, dict[str, object]] = {}
    with zipfile.ZipFile(file, "w") as archive:

        def put(name: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
            control.check()
            archive.writestr(zipfile.ZipInfo(name), data, how)  # without the time of day
            members[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

        def put_lines(name: str, lines: Iterable[object]) -> None:
            for number, part in enumerate(_parts(lines, _LINES)):
                text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in part)
                put(f"{name}/{number:06d}.jsonl", text.encode(), zipfile.ZIP_DEFLATED)

        put_lines("files", (_file_line(row) for row in source.files()))
        put_lines("pictures", ([image_id.hex(), *rest] for image_id, *rest in source.pictures()))
        put_lines("judgements", (_judgement_line(each) for each in source.judgements()))
        keys = []
        for found in source.keys:
            failures = source.failures(found.key.key)
            put_lines(f"failures/{found.key.key}", ([i.hex(), why] for i, why in sorted(failures.items())))
            done = 0
            for number, batch in enumerate(source.rows(found.key.key)):
                put(f"rows/{found.key.key}/{number:06d}", _pack(batch))
                done += len(batch.ids)
                control.progress(done, found.key.images or None, f"exporting: {found.key.label}")
            described = {k: v for k, v in dataclasses.asdict(found.key).items() if k not in _COUNTS}
            keys.append({**described, "model_sha256": found.model_sha256, "row_bytes": found.row_bytes, "rows": done})
        manifest = {
            "format": FORMAT,
            "kind": _KIND,
            "name": source.name,
            "roots": [str(root) for root in source.roots],
            "keys": keys,
            "members": members,
        }
        text = json.dumps(manifest, indent=1).encode()
        archive.writestr(zipfile.ZipInfo(_MANIFEST), text, zipfile.ZIP_DEFLATED)
    return hashlib.sha256(text).hexdigest()


class ArchiveSource:
    """A file that was exported. Opening it reads all of it, and what is read later is checked again."""

    def __init__(self, file: Path | IO[bytes], control: Control | None = None) -> None:
        """Raises `StorageError` where it is none, is not whole or was written by a newer program, and `Cancelled`."""
        self._control = control or NullControl()
        self._called = f"'{file}'" if isinstance(file, Path) else "what a worker sent"
        try:
            self._archive = zipfile.ZipFile(file)
            manifest = json.loads(self._archive.read(_MANIFEST))
            kind, form = manifest["kind"], int(manifest["format"])
        except FileNotFoundError:
            raise StorageError(f"there is no file {self._called}; give one that 'collections export' wrote") from None
        except _BROKEN as error:
            raise self._unsound(error) from None
        if kind != _KIND:
            raise StorageError(f"{self._called} is no exported index; give a file that 'collections export' wrote")
        if form > FORMAT:
            raise StorageError(f"{self._called} was exported by a newer revsearch; use that version to import it")
        try:
            self.name = str(manifest["name"])
            self._roots = tuple(Path(str(root)) for root in manifest["roots"])
            self._members: Mapping[str, Mapping[str, Any]] = dict(manifest["members"])
            self._keys = [_source_key(entry) for entry in manifest["keys"]]
            wanted = {entry["key"]: int(entry["rows"]) for entry in manifest["keys"]}
        except _BROKEN as error:
            raise self._unsound(error) from None
        self._verify(wanted)

    @property
    def roots(self) -> Sequence[Path]:
        return self._roots

    @property
    def keys(self) -> Sequence[SourceKey]:
        return self._keys

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    def files(self) -> Iterator[FileRow]:
        return (self._taken(_file_row, line) for line in self._lines("files"))

    def pictures(self) -> Iterator[PictureRow]:
        return (self._taken(_picture_row, line) for line in self._lines("pictures"))

    def judgements(self) -> Sequence[Judgement]:
        return [self._taken(_judgement, line) for line in self._lines("judgements")]

    def failures(self, key: str) -> Mapping[bytes, str]:
        lines = self._lines(f"failures/{key}")
        return dict(self._taken(lambda line: (_id(line[0]), str(line[1])), line) for line in lines)

    def rows(self, key: str) -> Iterator[RowBatch]:
        (row_bytes,) = (found.row_bytes for found in self.keys if found.key.key == key)
        for name in self._names(f"rows/{key}"):
            yield self._taken(lambda data: _unpack(data, row_bytes), self._read(name))

    def _verify(self, wanted: Mapping[str, int]) -> None:
        """Read everything once. `wanted` is how many rows each index key has."""
        for lines in (self.files(), self.pictures(), self.judgements()):
            for _ in lines:
                pass
        for key, rows in wanted.items():
            self.failures(key)
            if sum(len(batch.ids) for batch in self.rows(key)) != rows:
                raise self._unsound("it has not all rows that it speaks of")

    def _names(self, folder: str) -> list[str]:
        return sorted(name for name in self._members if name.rpartition("/")[0] == folder)

    def _lines(self, folder: str) -> Iterator[Any]:
        for name in self._names(folder):
            yield from self._taken(lambda data: [json.loads(line) for line in data.splitlines()], self._read(name))

    def _read(self, name: str) -> bytes:
        self._control.check()

        def read(member: Mapping[str, Any]) -> bytes:
            if self._archive.getinfo(name).file_size != member["bytes"] or member["bytes"] > _LARGEST_MEMBER:
                raise ValueError(f"{name} has another length")
            data = self._archive.read(name)
            if hashlib.sha256(data).hexdigest() != member["sha256"]:
                raise ValueError(f"{name} does not have its checksum")
            return data

        data: bytes = self._taken(read, self._members[name])
        return data

    def _taken(self, make: Any, given: Any) -> Any:
        """What `make` makes of something in the file. Raises `StorageError` where it makes nothing of it."""
        try:
            return make(given)
        except _BROKEN as error:
            raise self._unsound(error) from None

    def _unsound(self, why: object) -> StorageError:
        said = " ".join(str(why).split())[:120]
        return StorageError(
            f"{self._called} is no exported index, or one that was damaged or cut short ({said}); nothing was taken "
            "from it: copy it again, or export anew"
        )


def _pack(batch: RowBatch) -> bytes:
    parts = [_HEAD.pack(len(batch.ids), batch.blobs is not None), *batch.ids, batch.rows]
    if batch.blobs is not None:
        parts += [struct.pack(f"<{len(batch.blobs)}Q", *map(len, batch.blobs)), *batch.blobs]
    return b"".join(parts)


def _unpack(data: bytes, row_bytes: int) -> RowBatch:
    count, has_blobs = _HEAD.unpack_from(data)
    start = _HEAD.size + count * _ID_BYTES
    end = start + count * row_bytes
    ids = [data[at : at + _ID_BYTES] for at in range(_HEAD.size, start, _ID_BYTES)]
    rows = data[start:end]
    blobs = None
    if has_blobs:
        lengths = struct.unpack_from(f"<{count}Q", data, end)
        end += 8 * count
        blobs = []
        for length in lengths:
            blobs.append(data[end : end + length])
            end += length
    if end != len(data):
        raise ValueError("rows of another length than they should have")
    return RowBatch(ids, rows, blobs)


def _parts(lines: Iterable[T], at_once: int) -> Iterator[list[T]]:
    part: list[T] = []
    for line in lines:
        part.append(line)
        if len(part) == at_once:
            yield part
            part = []
    if part:
        yield part


def _file_line(row: FileRow) -> list[object]:
    path = row.path.decode("utf-8", "surrogateescape")  # names of files are bytes, and not all are text
    rest = dataclasses.astuple(row)[2:]
    return [path, row.size, *(value.hex() if isinstance(value, bytes) else value for value in rest)]


def _file_row(line: Any) -> FileRow:
    path, size, mtime_ns, image_id, error, decoder, ctime_ns, device, inode, note = line
    for number in (size, mtime_ns, decoder, ctime_ns, device, inode):
        if type(number) is not int or not -(2**63) <= number < 2**63:
            raise ValueError("a number of a file is none")
    for text in (error, note):
        if text is not None and not isinstance(text, str):
            raise ValueError("a word about a file is none")
    found = None if image_id is None else _id(image_id)
    encoded = path.encode("utf-8", "surrogateescape")
    return FileRow(encoded, size, mtime_ns, found, error, decoder, ctime_ns, device, inode, note)


def _picture_row(line: Any) -> PictureRow:
    image_id, width, height, file_format = line
    return _id(image_id), int(width), int(height), str(file_format)


def _judgement_line(judgement: Judgement) -> list[object]:
    pair = [judgement.first.hex(), judgement.second.hex()]
    return [*pair, judgement.verdict, judgement.when, *judgement.names]


def _judgement(line: Any) -> Judgement:
    first, second, verdict, when, name, other = line
    if verdict not in ("match", "no match"):
        raise ValueError("a judgement is none")
    return Judgement(_id(first), _id(second), verdict, float(when), (str(name), str(other)))


def _source_key(entry: Mapping[str, Any]) -> SourceKey:
    rest = {k: v for k, v in entry.items() if k not in ("model_sha256", "row_bytes", "rows")}
    key = KeyRow(**{**rest, **_COUNTS})
    if not _KEY_NAME.fullmatch(key.key):  # which names folders
        raise ValueError(f"{key.key!r} is no index key")
    return SourceKey(key, entry["model_sha256"], int(entry["row_bytes"]))


def _id(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != _ID_BYTES:
        raise ValueError("an image id has another length")
    return found
