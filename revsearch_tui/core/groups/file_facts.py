"""What is known of the files of pictures that are the same, to choose the one to keep."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from revsearch_tui.api import PictureError
from revsearch_tui.core.base.files import open_ordinary
from revsearch_tui.core.groups.exif import is_as_shot, taken
from revsearch_tui.core.indexing.index_report import RAW_SUFFIXES
from revsearch_tui.core.storage.catalog.catalog import ImageRow

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

_HEAD_BYTES = 1 << 16
_EXIF_MARKS = (b"Exif\0\0", b"eXIf", b"EXIF")
_DEVELOPED = frozenset((".jpg", ".jpeg", ".jpe", ".heic", ".heif", ".hif"))
"""What cameras write beside raw files."""
_OF_FRAMES = frozenset(("gif", "webp", "png", "tiff", "avif"))
"""Formats that may hold several pictures."""
_REDUCED = frozenset(("png", "tiff", "bmp"))
_FEW_COLOURS = ("1", "P")
_AS_JPEG = ("jpeg", "tiff_jpeg", "webp")
"""What Pillow calls the compressions of a TIFF that lose."""
_REMEMBERED = 1 << 16
_FOLDERS = 64


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that is there: `bytes` and `mtime_ns` of it, `width`, `height` and `format` of its picture. `names` is how
    many hard links it has, `links` are those of them that are known. What takes a look into the file or its folder is
    found out when it is asked."""

    path: Path
    image_id: bytes
    bytes: int
    mtime_ns: int
    width: int
    height: int
    format: str
    names: int = 1
    links: tuple[Path, ...] = ()

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def has_exif(self) -> bool:
        """Whether the file begins with the mark that JPEG, PNG, WebP or HEIF put before EXIF data."""
        return _has_exif(self.path)

    @property
    def is_as_shot(self) -> bool:
        """Whether it is as a camera wrote it: raw, or of the size that its EXIF data says it was taken at."""
        return self.path.suffix.lower() in RAW_SUFFIXES or _is_as_shot(self.path, self.width, self.height)

    @property
    def taken(self) -> float | None:
        """When it was taken, in seconds of the camera's clock, by its EXIF data; None where nothing is known of it."""
        return _taken(self.path)

    @property
    def frames(self) -> int:
        """How many pictures are in the file, as in an animation; 1 where that cannot be told."""
        return _frames(self.path) if self.format in _OF_FRAMES else 1

    @property
    def is_reduced(self) -> bool:
        """Whether the picture may have lost something though its format is one that loses nothing: it has a palette or
        one bit, to which its colours may have been reduced, or is a TIFF that holds a JPEG."""
        return self.format in _REDUCED and _is_reduced(self.path)

    @property
    def pair(self) -> Path | None:
        """The other half where a camera wrote a raw file and a JPEG."""
        return _other_half(self.path)


def files_of(image: ImageRow, *, hard_links: bool = False) -> list[FileFacts]:
    """The files of a picture that are there. Symbolic links are left out, for they are names; further hard links too,
    unless each counts as a file."""
    found: dict[object, list[tuple[Path, os.stat_result]]] = {}
    for path in image.paths:
        try:
            status = path.lstat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            is_numbered = bool(status.st_ino) and not hard_links
            identity = (status.st_dev, status.st_ino) if is_numbered else path
            found.setdefault(identity, []).append((path, status))
    return [_facts(image, names[0][1], *(path for path, _ in names)) for names in found.values()]


def _facts(image: ImageRow, status: os.stat_result, path: Path, *links: Path) -> FileFacts:
    return FileFacts(
        path,
        image.image_id,
        status.st_size,
        status.st_mtime_ns,
        image.width,
        image.height,
        image.format,
        status.st_nlink,
        links,
    )


@lru_cache(_REMEMBERED)
def _has_exif(path: Path) -> bool:
    try:
        with open_ordinary(path) as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, PictureError):
        return False
    return any(mark in head for mark in _EXIF_MARKS)


_is_as_shot = lru_cache(_REMEMBERED)(is_as_shot)
_taken = lru_cache(_REMEMBERED)(taken)


@lru_cache(_REMEMBERED)
def _frames(path: Path) -> int:
    return _told_of(path, lambda picture: int(getattr(picture, "n_frames", 1)), 1)


@lru_cache(_REMEMBERED)
def _is_reduced(path: Path) -> bool:
    return _told_of(path, lambda it: it.mode in _FEW_COLOURS or it.info.get("compression") in _AS_JPEG, False)


def _told_of(path: Path, ask: Callable[[Image], T], otherwise: T) -> T:
    """What the picture in a file tells; `otherwise` where that cannot be read."""
    import PIL.Image

    try:
        with open_ordinary(path) as file, PIL.Image.open(file) as picture:
            return ask(picture)
    except Exception:  # damaged files raise anything that struct, zlib or Pillow knows
        return otherwise


@lru_cache(_REMEMBERED)
def _other_half(path: Path) -> Path | None:
    suffix = path.suffix.lower()
    wanted: Iterable[str] = RAW_SUFFIXES if suffix in _DEVELOPED else _DEVELOPED if suffix in RAW_SUFFIXES else ()
    try:
        beside = _names_in(path.parent, path.parent.stat().st_mtime_ns)
    except OSError:
        return None
    for other in sorted(wanted):
        for name in (path.stem + other, path.stem + other.upper()):
            if name in beside and (found := path.with_name(name)).is_file():
                return found
    return None


@lru_cache(_FOLDERS)
def _names_in(folder: Path, _changed_ns: int) -> frozenset[str]:
    """All names in a folder as it was changed last: to look for each of 38 suffixes costs milliseconds a file."""
    return frozenset(os.listdir(folder))
