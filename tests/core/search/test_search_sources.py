"""Reading queries, in process: bounds and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.search.sources import FetchLimits, read_query


def test_a_file_is_read_whole_and_keeps_the_name_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)
    query = read_query("./x.png")
    assert (query.name, query.data) == ("./x.png", b"abc")


def test_the_users_home_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(b"abc")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert read_query("~/x.png").data == b"abc"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    file.write_bytes(bytes(1_000_000))
    assert len(read_query(str(file), FetchLimits(max_file_bytes=1_000_000)).data) == 1_000_000
    with pytest.raises(UsageError, match="larger than"):
        read_query(str(file), FetchLimits(max_file_bytes=999_999))
