"""Forms: fields of fixed values are chosen, not typed, and all of a form can be reached in a tiny terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.tui.cluster_jobs import SortRequest
from revsearch_tui.tui.duplicate_jobs import FindRequest
from revsearch_tui.tui.refinement import Refinement
from revsearch_tui.tui.screens.accuracy.findings import CheckForm, CheckRequest
from revsearch_tui.tui.screens.accuracy.measuring import EvaluationForm, RobustnessForm
from revsearch_tui.tui.screens.clusters.asking import SortForm
from revsearch_tui.tui.screens.duplicates.asking import FindForm
from revsearch_tui.tui.screens.form import Form, IndexForm
from revsearch_tui.tui.screens.narrowing import NarrowForm
from revsearch_tui.tui.screens.pick import NamesDialog
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.painting import MarkList, PointedButton
from tests.tui.conftest import Driver

FORMS = {
    "index": lambda loader: IndexForm(loader, "pictures", ["phash", "sift"]),
    "narrow": lambda loader: NarrowForm(loader, Refinement(), 20),
    "measure": lambda loader: EvaluationForm(loader, "", ["phash"]),
    "copies": lambda _: RobustnessForm(RobustnessRequest().collection or "pictures", ["pictures"]),
    "check": lambda loader: CheckForm(loader, CheckRequest("", ())),
    "sort": lambda _: SortForm(SortRequest("pictures", "", 0)),
    "find": lambda _: FindForm(FindRequest("pictures"), ["phash", "sift"]),
}


def in_sight(driver: Driver) -> bool:
    """Whether all of the focused field is on the screen, within its form."""
    field, box = driver.app.screen.focused, driver.app.screen.query_one(".dialog-box")
    return field is not None and box.content_region.contains_region(field.region) and field.region.area > 0


@pytest.mark.parametrize("name", FORMS)
async def test_every_field_and_button_is_reached_in_a_tiny_terminal(name: str, home: Path, opened) -> None:
    async with opened(size=(40, 12)) as driver:
        form: Form = FORMS[name](driver.search.loader)
        driver.app.push_screen(form)
        await driver.press()
        seen = []
        for _ in range(20):
            assert in_sight(driver), f"{driver.app.screen.focused} cannot be seen"
            seen.append(driver.app.screen.focused)
            await driver.press("tab")
            if driver.app.screen.focused is seen[0]:
                break
        assert len([each for each in seen if isinstance(each, Input | ChoiceLine)]) == len(form._fields)
        assert len([each for each in seen if isinstance(each, PointedButton)]) == 2


async def test_what_is_wrong_is_seen_in_a_tiny_terminal(home: Path, opened) -> None:
    async with opened(size=(40, 12)) as driver:
        driver.app.push_screen(IndexForm(driver.search.loader, "pictures", ["phash"]))
        await driver.press("tab", "enter")
        assert "! Name a folder of pictures" in driver.screen_text


@pytest.mark.drill
async def test_a_switch_and_a_choice_are_changed_by_keys_and_by_the_mouse(home: Path, opened) -> None:
    async with opened(size=(100, 30)) as driver:
        driver.app.push_screen(NarrowForm(driver.search.loader, Refinement(), 20))
        await driver.press("space")
        assert driver.app.screen.yes("copies") and "[x] yes  only the same picture" in driver.screen_text
        await driver.press("h")
        assert not driver.app.screen.yes("copies") and "› [ ] no" in driver.screen_text
        await driver.press("escape")

        driver.app.push_screen(EvaluationForm(driver.search.loader, "", ["phash"]))
        await driver.press()
        parts = driver.app.screen.query_one("#form-parts", ChoiceLine)
        assert parts.value == "split" and "(•) split  ( ) all" in driver.screen_text
        await driver.pilot.click(parts, offset=(15, 0))
        assert parts.value == "all"
        parts.focus()
        await driver.press("left", "left")
        assert parts.value == "all"


@pytest.mark.drill
async def test_several_values_are_marked(home: Path, opened) -> None:
    async with opened(size=(100, 30)) as driver:
        driver.app.push_screen(FindForm(FindRequest("pictures", ("sift",)), ["phash", "sift", "cnn:cifar10"]))
        await driver.press("space")
        assert driver.app.screen.names("methods") == ("phash", "sift")
        assert "› [x] phash  [x] sift  [ ] cnn:cifar10" in driver.screen_text
        await driver.press("right", "space")
        assert driver.app.screen.names("methods") == ("phash",)
        await driver.pilot.click("#form-methods", offset=(25, 0))
        assert driver.app.screen.names("methods") == ("phash", "cnn:cifar10")
        await driver.press("l", "space")
        assert driver.app.screen.names("methods") == ("cnn:cifar10",)


async def test_methods_are_marked_in_a_list_and_what_else_is_typed_stays(home: Path, opened) -> None:
    async with opened(size=(100, 30)) as driver:
        await driver.press("f3", "n")
        form = driver.app.screen
        line = form.query_one("#form-methods", Input)
        line.value = "sift, quick"
        line.focus()
        await driver.press("down")
        assert isinstance(driver.app.screen, NamesDialog)
        assert "[x] sift" in driver.screen_text and "[ ] phash" in driver.screen_text
        marks = driver.app.screen.query_one(MarkList)
        marks.highlighted = next(
            at for at in range(marks.option_count) if marks.get_option_at_index(at).value == "phash"
        )
        await driver.press("space", "enter")
        assert driver.app.screen is form
        assert set(form.names("methods")) == {"phash", "sift", "quick"} and form.names("methods")[-1] == "quick"
        line.focus()
        await driver.press("down", "escape")
        assert len(form.names("methods")) == 3
        await driver.press("escape", "r")
        driver.app.screen.query_one("#form-methods", Input).focus()
        await driver.press("down")
        listed = driver.app.screen.query_one(MarkList)
        names = [listed.get_option_at_index(at).value for at in range(listed.option_count)]
        assert names == ["phash", "sift"], "those that the collection is indexed by"


async def test_values_that_do_not_fit_are_shown_one_at_a_time(home: Path, opened) -> None:
    async with opened(size=(60, 20)) as driver:
        line = ChoiceLine([f"value-{number:02}" for number in range(12)], "value-04")
        await driver.search.mount(line, before=0)
        line.focus()
        await driver.press("right")
        assert line.value == "value-05" and "‹ value-05 ›  6 of 12" in driver.screen_text
