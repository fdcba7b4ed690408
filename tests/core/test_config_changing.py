"""Options of methods written into config.toml, where everything else stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import ConfigError
from revsearch_tui.core.config.changing import change_options, change_settings
from revsearch_tui.core.config.settings import load_config


def options(file: Path) -> dict[str, dict[str, object]]:
    return {name: dict(values) for name, values in load_config(file, {}).methods.items()}


@pytest.mark.parametrize(
    "before",
    [
        "",
        '# mine\n[general]\ncollection = "holidays"  # the default\n',
        '[keys]\n"app.help" = "f5"\n\n[methods.phash]\nbits = 256  # longer\n',
        "[methods]\nsift = { features = 300 }\n",
        '[methods."cnn:people"]\ndevice = "cpu"\n\n[methods.sift]\nfeatures = 300\n\n[tui]\nview = "list"\n',
    ],
)
def test_options_are_set_and_taken_back_and_all_else_stays(tmp_path: Path, before: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(before, "utf-8")
    was = options(file)
    change_options(file, "sift", {"features": 500, "ratio": 0.7, "upscale": False})
    change_options(file, "cnn:pets", {"device": "cuda"})
    changed = options(file)
    assert changed["sift"] == {**was.get("sift", {}), "features": 500, "ratio": 0.7, "upscale": False}
    assert changed["cnn:pets"] == {"device": "cuda"}
    for comment in ("# mine", "# the default", "# longer"):
        assert (comment in before) == (comment in file.read_text("utf-8"))
    others = {name: values for name, values in was.items() if name != "sift"}
    assert others.items() <= changed.items()
    change_options(file, "sift", {"features": None, "ratio": None, "upscale": None})
    assert options(file).get("sift", {}) == {}


def test_a_file_that_is_not_there_is_made_and_taking_back_nothing_makes_none_of_it(tmp_path: Path) -> None:
    file = tmp_path / "config" / "config.toml"
    change_options(file, "sift", {"features": None})
    assert options(file) == {}
    change_settings(file, {"tui.view": "list", "search.k": 7})
    assert load_config(file, {}).text("tui.view") == "list" and load_config(file, {}).number("search.k") == 7


def test_what_cannot_be_changed_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    text = "no toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="by hand"):
        change_options(file, "phash", {"bits": 256})
    assert file.read_text("utf-8") == text


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("# mine\n", "utf-8")
    (tmp_path / "config.toml").symlink_to(tmp_path / "real.toml")
    change_options(tmp_path / "config.toml", "sift", {"features": 500})
    assert (tmp_path / "config.toml").is_symlink()
    assert "# mine" in (tmp_path / "real.toml").read_text("utf-8")
