"""What an indexing run was asked for and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from revsearch_tui.core.base.scan import DEFAULT_IGNORE
from revsearch_tui.core.images.limits import PIXEL_LIMIT
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """How to index. `workers` 0 is one decoder per processor; sizes in bytes, times in seconds.

    `check` looks at the bytes of every file, whatever its size and times say. `retry_failed` tries methods again on the
    pictures that they failed on before.
    `exclude` are folders never entered: the program's own.
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
    chroma_url: str = ""
    method_timeout_s: float = METHOD_TIMEOUT_S
    retry_failed: bool = False


@dataclass(slots=True)
class IndexReport:
    """Counts of one run. `others` are files that are no pictures at all, `read` those whose bytes were looked at,
    `raw` those of which only an embedded preview was seen. Per method's label,
    `embedded`: pictures embedded now; `failed`: pictures it failed on now; `left_out`: why it took no part, or not to
    the end. `notes`: lines the user should see."""

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
