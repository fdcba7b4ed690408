"""What a worker is told: once, by which methods it works and within which bounds; and with each job, which files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.index_report import IndexSettings
from revsearch_tui.core.storage.catalog.key_tables import KeyRow

_ID_BYTES = 32
_SETTINGS = ("max_file_bytes", "max_pixels", "decode_timeout_s", "method_timeout_s")


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """`keys` are what is made, with the sha-256 of their models; `known` ids of pictures of which nothing is wanted;
    `folders` those of the home, which a worker uses where it finds them; `scratch` the name of a folder to work in."""

    keys: Sequence[tuple[KeyRow, str | None]]
    settings: IndexSettings
    folders: Folders
    scratch: str
    known: Several[bytes] = frozenset()

    def encoded(self) -> bytes:
        """As bytes that any machine understands."""
        head = {
            "keys": [[dataclasses.asdict(key), sha256] for key, sha256 in self.keys],
            "settings": {name: getattr(self.settings, name) for name in _SETTINGS},
            "folders": [str(path) for path in (self.folders.data, self.folders.cache, self.folders.config)],
            "scratch": self.scratch,
        }
        return json.dumps(head).encode() + b"\n" + b"".join(self.known)

    @staticmethod
    def decoded(data: bytes) -> WorkOrder:
        """The inverse of `encoded`."""
        head, _, ids = data.partition(b"\n")
        told: dict[str, Any] = json.loads(head)
        return WorkOrder(
            [(KeyRow(**key), sha256) for key, sha256 in told["keys"]],
            IndexSettings(workers=1, **told["settings"]),
            Folders(*(Path(folder) for folder in told["folders"])),
            told["scratch"],
            frozenset(ids[start : start + _ID_BYTES] for start in range(0, len(ids), _ID_BYTES)),
        )


def encode_paths(paths: Sequence[bytes]) -> bytes:
    """The files of a job; no path has a NUL in it."""
    return b"\0".join(paths)


def decode_paths(data: bytes) -> list[bytes]:
    """The inverse of `encode_paths`."""
    return data.split(b"\0") if data else []
