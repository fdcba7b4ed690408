"""Measuring a method from the app, in a real terminal, and reading its tables."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.records import list_records
from tests.support.labelled import draw_classes
from tests.support.terminal import Terminal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    session = Terminal(tmp_path / "home", {"REVSEARCH_GENERAL_METHODS": "phash"})
    yield session
    session.close()


@pytest.mark.drill
def test_a_method_is_measured_from_the_app_and_its_table_read(terminal: Terminal, tmp_path: Path) -> None:
    pictures = draw_classes(tmp_path / "patterns", each=8)
    terminal.wait_for("Welcome to revsearch")
    terminal.press("F3")
    terminal.wait_for("Nothing was measured yet")

    terminal.press("n")
    terminal.wait_for("Measure methods")
    terminal.type(str(pictures))
    terminal.press("Enter")
    screen = terminal.wait_for("1 record")
    assert re.search(r"patterns +eval", screen)

    terminal.press("Enter")
    screen = terminal.wait_for("neighbour accuracy")
    figures = re.search(r" phash +›?(\d+\.\d) \((\d+\.\d)-(\d+\.\d)\)", screen)
    assert figures is not None
    home = tmp_path / "home"
    record = list_records(Folders(home / "data", home / "cache", home / "config"))[0]
    accuracy = next(each for each in record.outcomes if each.protocol == "neighbour").metrics["accuracy"]
    assert [float(figure) for figure in figures.groups()] == pytest.approx(
        [100 * accuracy.value, 100 * accuracy.low, 100 * accuracy.high], abs=0.051
    )

    terminal.press("Enter", "Tab")
    terminal.wait_for("True class by answered class")
    terminal.press("Escape", "Escape", "Escape")
    terminal.wait_for("Welcome to revsearch")
    terminal.press("C-q")
    terminal.wait_until_closed()
