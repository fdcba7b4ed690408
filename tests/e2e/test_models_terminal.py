"""A model trained from the app, in a real terminal, and an option of a method set."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.core.models.model_store import list_models
from tests.support.labelled import draw_classes
from tests.support.terminal import Terminal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.drill,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    session = Terminal(tmp_path / "home")
    yield session
    session.close()


def test_a_model_is_trained_by_keys_and_an_option_is_set(terminal: Terminal, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    pictures = draw_classes(tmp_path / "patterns", each=8)
    terminal.wait_for("Welcome to revsearch")
    terminal.press("F12")
    terminal.wait_for("✓ its files are as they were stored")

    terminal.press("n")
    terminal.wait_for("Train a model")
    terminal.press("Right", "Right", "Down")
    terminal.type(str(pictures))
    terminal.press("Escape", "Tab")  # the list of names is closed first
    terminal.type("patterns")
    terminal.press("Enter")
    terminal.wait_for("✓ done")
    terminal.press("F12")
    terminal.wait_for("svm:patterns")
    assert [record.name for record in list_models(tmp_path / "home" / "data" / "models")] == ["patterns"]

    terminal.press("F11")
    terminal.wait_for("Plugins")
    terminal.press("Enter")
    terminal.wait_for("Options of cnn")
    terminal.press("Right", "Enter")
    terminal.wait_for("Options of cnn are set")
    config = tmp_path / "home" / "config" / "config.toml"
    assert tomllib.loads(config.read_text("utf-8")) == {"methods": {"cnn": {"device": "cpu"}}}
    terminal.press("C-q")
    terminal.wait_until_closed()
