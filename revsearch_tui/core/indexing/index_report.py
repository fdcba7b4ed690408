"""What an indexing run was asked for and what came of it, with what is told of raw files of cameras."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.core.base.scan import DEFAULT_IGNORE
from revsearch_tui.core.images.limits import PIXEL_LIMIT
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind

if TYPE_CHECKING:
    from revsearch_tui.api import ReaderInfo
    from revsearch_tui.core.storage.catalog.catalog import Catalog

_SUFFIXES = """
3fr ari arw bay cap cr2 cr3 crw dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw nef nrw orf pef ptx r3d raf
raw rw2 rwl rwz sr2 srf srw x3f
"""
RAW_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())
_CONTAINER = "tiff"
"""Most raw files are of this form, and hold a small picture beside the raw data, which is all Pillow finds."""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """How to index. `workers` 0 is one decoder per processor; sizes in bytes, times in seconds.

    `check` looks at the bytes of every file, whatever its size and times say. `retry_failed` tries methods again on the
    pictures that they failed on before.
    `exclude` are folders never entered: the program's own. With `store_later` the store is left as it was: whoever
    asked for the run has an answer to give first, and calls `follow_store` then.
    """

    workers: int = 0
    ignore: Sequence[str] = DEFAULT_IGNORE
    exclude: Sequence[Path] = ()
    follow_links: bool = True
    max_file_bytes: int = 512 * 1024 * 1024
    max_pixels: int = PIXEL_LIMIT
    decode_timeout_s: float = 10.0
    prune: bool = False
    check: bool = False
    store: StoreKind = CHROMA_HERE
    method_timeout_s: float = METHOD_TIMEOUT_S
    retry_failed: bool = False
    store_later: bool = False

    @property
    def lanes(self) -> int:
        """Decoders that run at once."""
        return self.workers or os.cpu_count() or 1


@dataclass(slots=True)
class IndexReport:
    """Counts of one run. `others` are files that are no pictures at all, `read` those whose bytes were looked at,
    `raw` those of which only an embedded preview was seen. Per method's label,
    `embedded`: pictures embedded now; `failed`: pictures it failed on now; `left_out`: why it took no part, or not to
    the end. `notes`: lines the user should see. `store_is_behind`: ChromaDB, or another store, has still to follow what
    the journal holds; searches are exact meanwhile."""

    collection: str
    files: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    read: int = 0
    decoded: int = 0
    raw: int = 0
    others: int = 0
    skipped: list[tuple[Path, str]] = field(default_factory=list)
    embedded: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    pictures: int = 0
    cancelled: bool = False
    store_is_behind: bool = False


def raw_note(
    path: bytes,
    image_id: bytes,
    catalog: Catalog,
    readers: Sequence[ReaderInfo],
    fresh: Iterable[tuple[bytes, int, int, str]] = (),
) -> str | None:
    """What to tell of a file whose picture is known: that it is a raw file, of which no reader of a plugin made it.

    `fresh` are pictures as (image id, width, height, format) that are not in the catalog yet.
    """
    suffix = os.fsdecode(os.path.splitext(path)[1]).lower()  # noqa: PTH122 - the path is bytes
    if suffix not in RAW_SUFFIXES or any(suffix in reader.suffixes for reader in readers):
        return None
    found = next((row[1:] for row in fresh if row[0] == image_id), None)
    if found is None:
        image = catalog.image(image_id)
        found = (image.width, image.height, image.format) if image else (0, 0, "")
    width, height, form = found
    if form != _CONTAINER:
        return None
    return f"a raw file, seen only by the preview of {width}x{height} pixels in it; no plugin reads {suffix} files"


def raw_line(count: int, collection: str) -> str:
    """The one line of a report about such files."""
    files = "1 raw file was" if count == 1 else f"{count:,} raw files were"
    return f"{files} seen only by an embedded preview, see: revsearch collections skipped {collection} --notes"
