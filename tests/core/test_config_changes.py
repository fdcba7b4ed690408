"""Settings changed in config.toml, whose other lines are the user's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from revsearch_tui.api import ConfigError
from revsearch_tui.core.config import changing
from revsearch_tui.core.config.changing import change_settings
from revsearch_tui.core.config.settings import SETTINGS, load_config

MINE = """\
# what I set
[search]
k = 50  # many
# candidates = 3

[methods.sift]
features = 1000

[index]
ignore = [
  "a",  # one
  "b",
]

[keys]
"search.next-query" = "n"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir()
    file.write_text(MINE, "utf-8")
    return file


def test_comments_and_all_that_is_not_changed_stay(file: Path) -> None:
    change_settings(file, {"search.k": 7, "tui.view": "list", "network.timeout_s": 2.5, "index.follow_links": False})
    kept = file.read_text("utf-8")
    assert kept.startswith(MINE.replace("k = 50", "k = 7").partition("[keys]")[0].rstrip())
    assert '"search.next-query" = "n"' in kept
    config = load_config(file, {})
    assert (config.number("search.k"), config.text("tui.view"), config.real("network.timeout_s")) == (7, "list", 2.5)
    assert config.flag("index.follow_links") is False
    assert config.methods == {"sift": {"features": 1000}} and config.keys == {"search.next-query": "n"}


def test_none_takes_the_line_away_and_the_default_holds(file: Path) -> None:
    change_settings(file, {"search.k": None, "tui.theme": None, "index.ignore": ["x", "y,z"]})
    config = load_config(file, {})
    assert config.origins["search.k"] == "default"
    assert config.texts("index.ignore") == ["x", "y,z"]
    assert "# candidates = 3" in file.read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    ["", "search = {k = 5}\n", "search.k = 5\n", "[search]\n[tui]\n", '[methods.a]\nx = 1\n[search]\nk = 5 # "\n'],
)
def test_whatever_way_the_file_is_written_every_setting_can_be_given(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    change_settings(file, {setting.key: setting.default for setting in SETTINGS})
    config = load_config(file, {})
    assert set(config.origins.values()) == {"file"}
    assert config.values == {setting.key: setting.default for setting in SETTINGS}


def test_lines_keep_their_ends(file: Path) -> None:
    file.write_bytes(b"[search]\r\nk = 5\r\n")
    change_settings(file, {"search.k": 6, "tui.view": "list"})
    assert b"\n" not in file.read_bytes().replace(b"\r\n", b"")


def test_a_missing_file_and_its_folder_are_made(tmp_path: Path) -> None:
    change_settings(tmp_path / "new" / "config.toml", {"search.k": 3})
    assert load_config(tmp_path / "new" / "config.toml", {}).number("search.k") == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are of other systems")
def test_a_link_stays_a_link_and_a_mode_a_mode(file: Path, tmp_path: Path) -> None:
    real = file.rename(tmp_path / "dotfile")
    real.chmod(0o600)
    file.symlink_to(real)
    change_settings(file, {"search.k": 8})
    assert file.is_symlink() and load_config(real, {}).number("search.k") == 8
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["[search\nk = 1", "k = = 1", "[a]\n[a]\n"])
def test_a_file_that_is_not_toml_is_left_alone(file: Path, damage: str) -> None:
    file.write_text(damage, "utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        change_settings(file, {"search.k": 3})
    assert file.read_text("utf-8") == damage


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="a folder cannot be closed to its owner")
def test_a_folder_that_cannot_be_written_is_told(file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be changed"):
            change_settings(file, {"search.k": 3})
    finally:
        file.parent.chmod(0o700)
    assert file.read_text("utf-8") == MINE


def test_what_cannot_be_written_leaves_the_file_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(changing, "write_durably", full)
    with pytest.raises(ConfigError, match="No space left"):
        change_settings(file, {"search.k": 3})
    assert file.read_text("utf-8") == MINE
