"""Lines of the forms of options, filled in and read by tests."""

from __future__ import annotations

from textual.widgets import Input, Static

from revsearch_tui.tui.screens.options_form import OptionsForm
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.file_line import FileLine
from tests.tui.conftest import Driver


def fill(driver: Driver, **values: str) -> OptionsForm[object]:
    """Put values into lines of the form on the screen."""
    form = driver.app.screen
    assert isinstance(form, OptionsForm)
    for name, value in values.items():
        entry = form.entry(name)
        if isinstance(entry, ChoiceLine):
            entry._choose(value)
        elif isinstance(entry, FileLine):
            entry.show(value)
        else:
            assert isinstance(entry, Input)
            entry.value = value
    return form


def problem(driver: Driver) -> str:
    """What the form says is wrong."""
    return str(driver.app.screen.query_one("#form-problem", Static).content)
