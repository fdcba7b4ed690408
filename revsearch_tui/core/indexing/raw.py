"""Raw files of cameras of which only the preview was seen that they carry."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

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
