"""The configuration's table and the order of its sources, in process."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import ConfigError
from revsearch_tui.core.config.changing import change_plugin
from revsearch_tui.core.config.settings import BY_KEY, SETTINGS, load_config


def test_every_default_is_a_value_its_setting_takes() -> None:
    for setting in SETTINGS:
        assert setting.parse(setting.default) == setting.default
        assert setting.help.endswith(".")


def test_keys_and_variables_are_distinct() -> None:
    assert len(BY_KEY) == len(SETTINGS) == len({setting.variable for setting in SETTINGS})


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    config = load_config(tmp_path / "absent.toml", {})
    assert config.values == {setting.key: setting.default for setting in SETTINGS}
    assert set(config.origins.values()) == {"default"}


def test_the_environment_goes_before_the_file_before_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[search]\nk = 5\ncandidates = 6\n")
    config = load_config(file, {"REVSEARCH_SEARCH_K": "7"})
    assert (config.number("search.k"), config.number("search.candidates")) == (7, 6)
    assert config.origins["search.k"] == "REVSEARCH_SEARCH_K"
    assert config.origins["search.candidates"] == "file"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("YES", True), ("0", False), ("no", False)])
def test_a_flag_in_the_environment_is_a_word(text: str, value: bool, tmp_path: Path) -> None:
    config = load_config(tmp_path / "absent", {"REVSEARCH_INDEX_FOLLOW_LINKS": text})
    assert config.flag("index.follow_links") is value


def test_a_list_in_the_environment_is_separated_by_commas(tmp_path: Path) -> None:
    config = load_config(tmp_path / "absent", {"REVSEARCH_INDEX_IGNORE": "*.tmp, , .git"})
    assert config.texts("index.ignore") == ["*.tmp", ".git"]


def test_a_whole_number_will_do_for_a_number(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[network]\ntimeout_s = 3\n")
    assert load_config(file, {}).real("network.timeout_s") == 3.0


def test_variables_of_other_programs_with_our_prefix_are_left_alone(tmp_path: Path) -> None:
    load_config(tmp_path / "absent", {"REVSEARCH_HOME": "/x", "REVSEARCH_LOAD_PLUGINS": "", "REVSEARCH_DEBUG": "1"})


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, {})
    binary = tmp_path / "config.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_config(binary, {})


def test_options_of_methods_and_keys_of_bindings_are_kept_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[methods.phash]\nsize = 16\n[methods."onnx:tiny"]\nbatch = 4\n[keys]\nquit = "ctrl+x"\n')
    config = load_config(file, {})
    assert config.methods == {"phash": {"size": 16}, "onnx:tiny": {"batch": 4}}
    assert config.keys == {"quit": "ctrl+x"}


def test_what_is_set_for_a_plugin_is_whether_it_has_processes_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[search]\nk = 5\n")
    change_plugin(file, "mean-colour", {"process": False})
    assert load_config(file, {}).plugins == {"mean-colour": {"process": False}}
    assert file.read_text() == "# mine\n[search]\nk = 5\n\n[plugins.mean-colour]\nprocess = false\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[plugins]\nx = true", r"write what is set for a plugin as \[plugins.x\]"),
        ("[plugins.x]\nproces = true", r"\[plugins.x\] has no key 'proces'; did you mean 'process'?"),
        ("[plugins.x]\nprocess = 1", r"'plugins.x.process' takes true or false, not 1"),
    ],
)
def test_what_cannot_be_set_for_a_plugin_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        load_config(tmp_path / "config.toml", {})
