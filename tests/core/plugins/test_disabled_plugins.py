"""What the user disabled is not imported, is a row that says so, and names the command that has it back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.api import ConfigError, MethodUnavailableError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.config.changing import change_plugin
from revsearch_tui.core.config.settings import load_config
from revsearch_tui.core.workspace import Workspace
from tests.support.site import install, method_source

TWO = """
from revsearch_tui.api import MethodInfo, ReaderInfo, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo(f"two-{end}", "T", "S.", "vector", "l2", 3, "two_things:Method") for end in ("one", "other")]

@hookimpl
def revsearch_image_readers():
    return [ReaderInfo("two-reader", "T", "S.", (".two",), "two_things:read")]
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    install(tmp_path / "site", "two-things", TWO)
    install(tmp_path / "site", "usurper", method_source("phash", "usurper"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    for name in ("two_things", "usurper"):
        sys.modules.pop(name, None)


def switch(workspace: Workspace, name: str, enabled: bool | None) -> None:
    change_plugin(workspace.folders.config_file, name, {"enabled": enabled})
    workspace.forget_config()


def states(workspace: Workspace, plugin: str) -> dict[str, str]:
    return {row.name: row.state for row in workspace.registry.rows() if row.plugin == plugin}


def test_a_disabled_plugin_is_not_imported_and_is_one_row(workspace: Workspace) -> None:
    switch(workspace, "two-things", False)
    assert states(workspace, "two-things") == {"two-things": "disabled"}
    assert "two_things" not in sys.modules
    (row,) = [row for row in workspace.registry.rows() if row.plugin == "two-things"]
    assert row.reason == "you switched it off; revsearch plugins enable two-things has it back"
    switch(workspace, "two-things", None)
    assert set(states(workspace, "two-things").values()) == {"available"}, "the same registry has it back"


def test_one_thing_of_a_plugin_is_disabled_alone(workspace: Workspace) -> None:
    for name in ("two-one", "two-reader"):
        switch(workspace, name, False)
    assert states(workspace, "two-things") == {
        "two-one": "disabled",
        "two-other": "available",
        "two-reader": "disabled",
    }
    assert "two-reader" not in {info.name for info in workspace.registry.readers()}
    assert "two-one" not in {info.name for info in workspace.method_infos()}


def test_naming_what_is_disabled_says_so_with_the_command_that_enables_it(workspace: Workspace) -> None:
    switch(workspace, "two-one", False)
    switch(workspace, "sift", False)
    for name in ("two-one", "sift"):
        with pytest.raises(MethodUnavailableError, match=f"'{name}' is disabled: .*revsearch plugins enable {name}"):
            workspace.choose([name])
    with pytest.raises(MethodUnavailableError, match=r"no region provider 'sift-salient', unless .* enable sift\)"):
        workspace.registry.region("sift-salient")
    notes: list[str] = []
    choices = workspace.choose_for_new(None, lambda label, why: notes.append(f"{label}: {why}"))
    assert [choice.label for choice in choices] == ["phash", "efficientnet"]
    assert len(notes) == 1 and "revsearch plugins enable sift" in notes[0]


def test_without_the_programs_own_plugin_another_may_have_its_name(workspace: Workspace) -> None:
    assert states(workspace, "usurper") == {"phash": "shadowed"}
    switch(workspace, "phash", False)
    assert states(workspace, "usurper") == {"phash": "available"}
    assert workspace.registry.method("phash").factory == "usurper:Method"
    workspace.check_config()


def test_what_is_set_of_methods_of_a_disabled_plugin_is_no_error(workspace: Workspace) -> None:
    file = workspace.folders.config_file
    file.parent.mkdir(parents=True)
    file.write_text(
        "[general]\nmethods = ['two-one']\n[methods.two-one]\nx = 1\n[plugins.two-things]\nenabled = false\n"
    )
    workspace.check_config()
    switch(workspace, "two-things", None)
    with pytest.raises(ConfigError, match="has no option 'x'"):
        workspace.check_config()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[plugins]\nphash = false", r"write what is set for a plugin as \[plugins.phash\]"),
        ("[plugins.phash]\nenable = false", "no key 'enable'; did you mean 'enabled'?"),
        ("[plugins.phash]\nenabled = 0", "'plugins.phash.enabled' takes true or false, not 0"),
    ],
)
def test_a_switch_that_is_none_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=told):
        load_config(tmp_path / "config.toml", {})


def test_a_switch_of_nothing_that_is_installed_is_told(workspace: Workspace) -> None:
    switch(workspace, "two-thongs", True)
    with pytest.raises(ConfigError, match=r"\[plugins.two-thongs\] is for nothing.*did you mean 'two-things'"):
        workspace.check_config()
