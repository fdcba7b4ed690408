"""Which files still hold what they held: none is waited for, and none believed unread."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from revsearch_tui.core.base.files import unchanged

CONTENT = b"a picture's bytes"
DIGEST = hashlib.sha256(CONTENT).digest()


def test_only_files_with_these_bytes_are_given_with_them(tmp_path: Path) -> None:
    names = ("changed", "gone", "folder", "fifo", "longer", "a\0b", "same", "link", "again")
    paths = [tmp_path / name for name in names]
    (tmp_path / "changed").write_bytes(CONTENT.upper())
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "longer").write_bytes(CONTENT + b" and more")
    for name in ("same", "again"):
        (tmp_path / name).write_bytes(CONTENT)
    (tmp_path / "link").symlink_to("same")
    assert list(unchanged(paths, DIGEST, 100)) == [(tmp_path / name, CONTENT) for name in ("same", "link", "again")]


def test_what_is_too_large_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    assert list(unchanged([tmp_path / "file"], DIGEST, len(CONTENT) - 1)) == []
    assert len(list(unchanged([tmp_path / "file"], DIGEST, len(CONTENT)))) == 1
