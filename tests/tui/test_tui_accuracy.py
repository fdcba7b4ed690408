"""Looking into records of evaluations."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.core.evaluation.record import Answers
from revsearch_tui.core.evaluation.records import list_records, write_record
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui import keymap
from revsearch_tui.tui.commands import MOVES, RevsearchCommands
from revsearch_tui.tui.screens.accuracy.answer import AnswerScreen
from revsearch_tui.tui.screens.accuracy.method import MethodScreen
from revsearch_tui.tui.screens.accuracy.record import RecordScreen
from revsearch_tui.tui.screens.accuracy.records import AccuracyScreen, Listing
from revsearch_tui.tui.screens.accuracy.robustness import RobustnessScreen, advice_content
from revsearch_tui.tui.screens.accuracy.versus import VersusScreen
from revsearch_tui.tui.widgets.accuracy.heat import HeatTable
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from tests.support.evaluations import answers_about, record_about, robustness_record
from tests.tui.conftest import Driver, write_pictures


@pytest.fixture
def answers(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """The answers of one of the two records that are there."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    found = answers_about(write_pictures(new_home / "Pictures"))
    folders = Workspace().folders
    write_record(folders, record_about(found), found)
    write_record(folders, robustness_record(), Answers([], [], []))
    return found


def page(driver: Driver, kind: type):
    assert isinstance(driver.app.screen, kind), driver.app.screen
    return driver.app.screen


def lines(table: SortTable) -> list[list[str]]:
    return [[cell.text.strip() for cell in row.cells] for row in table.rows_shown]


async def test_without_records_the_page_says_how_to_make_one(new_home: Path, opened) -> None:
    async with opened(size=(110, 24)) as driver:
        await driver.press("f3")
        for told in ("Nothing was measured yet", "n measures methods", "r tells which methods find changed copies"):
            assert told in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_records_are_listed_the_newest_first(answers: Answers, opened) -> None:
    async with opened(size=(160, 40)) as driver:
        await driver.press("f3")
        table = page(driver, AccuracyScreen).table
        assert [row[:4] for row in lines(table)] == [
            ["cifar10", "eval", "60", "12"],
            ["holiday", "robust", "200", "1,200"],
        ]
        assert lines(table)[0][4:] == ["2026-11-25 12:00", "cnn 76.7 accuracy", "~/Pictures/cifar10"]
        assert "60 queries against 12 pictures" in driver.screen_text


async def test_a_damaged_record_is_told_and_the_others_are_listed(answers: Answers, opened) -> None:
    broken = Workspace().folders.evaluations / "broken"
    broken.mkdir()
    (broken / "record.json").write_text("{", "utf-8")
    async with opened() as driver:
        await driver.press("f3")
        assert len(page(driver, AccuracyScreen).records) == 2
        assert any("broken is damaged" in note for note in driver.notes)


async def test_a_record_shows_intervals_and_marks_what_is_significantly_worse(answers: Answers, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f3", "enter")
        record = page(driver, RecordScreen).record
        cnn = record.outcomes[0].metrics["accuracy"]
        text = driver.screen_text
        figure = f"{100 * cnn.value:.1f} ({100 * cnn.low:.1f}-{100 * cnn.high:.1f}) ★"
        assert figure in next(line for line in text.splitlines() if " cnn " in line)
        assert next(line for line in text.splitlines() if " phash " in line).count("▼") == 2
        assert "▼" not in next(line for line in text.splitlines() if " svm " in line)
        assert "Holm's correction" in text


async def test_any_column_can_be_sorted_by_a_key_both_ways(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter", "tab", "tab")
        screen = page(driver, RecordScreen)
        assert screen.shown_view == "neighbour"
        table = screen.table
        await driver.press("right", "s")
        assert table.column_key == "map"
        assert [row.key for row in table.rows_shown] == ["cnn", "svm", "phash"]
        await driver.press("s")
        assert [row.key for row in table.rows_shown] == ["phash", "svm", "cnn"]
        assert table.row_key == "cnn", "the cursor stays with its line"
        await driver.press("home", "h", "h", "h", "s")
        assert [row.key for row in table.rows_shown] == ["cnn", "phash", "svm"], "names rise first"


@pytest.mark.drill
async def test_a_class_leads_to_its_mistakes(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter", "enter")
        screen = page(driver, MethodScreen)
        table = screen.query_one("#view-classes", SortTable)
        worst = table.row_key
        accuracies = [float(row[2]) for row in lines(table)]
        assert accuracies == sorted(accuracies)
        await driver.press("enter")
        labels = [hit.label for hit in screen.grid.hits]
        given = next(each for each in answers.methods if (each.method, each.protocol) == ("cnn", "classify"))
        wrong = [
            f"{query.label} → {answer}"
            for query, answer in zip(answers.queries, given.answered, strict=True)
            if query.label == worst and answer != worst
        ]
        assert wrong and sorted(labels) == sorted(wrong)
        await driver.press("escape")
        assert screen.shown_view == "classes" and driver.app.screen is screen


@pytest.mark.drill
async def test_a_cell_of_the_confusion_matrix_leads_to_its_pictures(answers: Answers, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f3", "enter", "enter", "tab")
        screen = page(driver, MethodScreen)
        assert screen.shown_view == "confusion"
        matrix, classes = screen.outcome.confusion, screen.opened.record.classes
        row, column = next((r, c) for r in range(10) for c in range(10) if r != c and matrix[r][c])
        await driver.press(*["down"] * row, *["right"] * column)
        assert f"{classes[row]} taken for {classes[column]}: {matrix[row][column]} of 6" in driver.screen_text
        assert "truck" in driver.screen_text.splitlines()[4], "ten classes fit in 80 columns"
        await driver.press("enter")
        assert len(screen.grid.hits) == matrix[row][column]
        assert all(hit.label == f"{classes[row]} → {classes[column]}" for hit in screen.grid.hits)


@pytest.mark.drill
async def test_a_mistake_shows_what_was_returned_and_what_was_right(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter", "down", "right", "enter", "shift+tab", "enter")
        screen = page(driver, AnswerScreen)
        given = next(each for each in answers.methods if (each.method, each.protocol) == ("svm", "neighbour"))
        query = screen.query_shown
        truth = answers.queries[query].label
        returned = [answers.gallery[place].label for place in given.returned[query]]
        assert [hit.label for hit in screen.grid.hits] == returned
        assert [hit.verified for hit in screen.grid.hits] == [label == truth for label in returned]
        assert [hit.score for hit in screen.grid.hits] == list(given.scores[query])
        text = driver.screen_text
        assert "✗ wrong" in text and truth in text and given.answered[query] in text
        await driver.press("n")
        assert screen.query_shown != query
        await driver.press("N", "m")
        assert (screen.query_shown, screen.method) == (query, "phash")


async def test_two_methods_are_compared_query_by_query(answers: Answers, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.press("f3", "enter", "c", "enter")
        screen = page(driver, VersusScreen)
        assert (screen.first, screen.second) == ("cnn", "svm")
        cnn, svm = (
            next(each for each in answers.methods if (each.method, each.protocol) == (name, "classify"))
            for name in ("cnn", "svm")
        )
        only_cnn = [
            number
            for number, (one, other) in enumerate(zip(cnn.value, svm.value, strict=True))
            if one == 1 and other == 0
        ]
        assert screen.agreement.only_first == only_cnn
        assert sum(len(queries) for queries in screen.agreement) == 60
        assert f"only cnn {len(only_cnn)}" in driver.screen_text
        assert "not significant, p = 0.630" in driver.screen_text
        await driver.press("tab")
        assert [int(row.key) for row in screen.table.rows_shown] == only_cnn
        assert all(row[1].startswith("✓") and row[2].startswith("✗") for row in lines(screen.table))
        await driver.press("enter")
        assert page(driver, AnswerScreen).query_shown == only_cnn[0]


async def test_a_robustness_record_shows_recalls_and_from_which_score_on_pairs_are_copies(
    answers: Answers, opened
) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f3", "down", "enter")
        screen = page(driver, RobustnessScreen)
        text = driver.screen_text
        assert next(line for line in text.splitlines() if "│crop 0.5" in line).split()[2:5] == ["31.0", "97.0", "88.0"]
        assert "copies from score 0.828" in text and "Recommended: sift" in text
        told = " ".join(advice_content(screen.record).plain.split())
        assert (
            "phash copies from score 0.828 finds 61.0 % of copies · without a copy 1.2 % of queries are shown" in told
        )
        assert "any (0.4 % to 2.4 %, allowed 1.0 %)" in told
        await driver.press("down", "right")
        heat = screen.query_one(HeatTable)
        assert (heat.row, heat.column) == (1, 1)
        assert "sift · crop 0.5: 97.0 (93.0-100.0) of 200 queries" in driver.screen_text
        await driver.press("tab")
        assert [row[0] for row in lines(screen.query_one(SortTable))] == ["sift", "cnn", "phash"]


async def test_a_record_is_deleted_only_when_that_is_confirmed(answers: Answers, opened) -> None:
    folders = Workspace().folders
    async with opened() as driver:
        await driver.press("f3", "D", "escape")
        assert len(list_records(folders)) == 2
        await driver.press("D", "enter")
        assert len(list_records(folders)) == 2, "the button that changes nothing comes first"
        await driver.press("D", "shift+tab", "enter")
        assert [record.name for record in list_records(folders)] == ["holiday"]
        assert [record.name for record in page(driver, AccuracyScreen).records] == ["holiday"]


async def test_how_a_record_was_made_can_be_read(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "i")
        assert "numpy" in driver.screen_text and "2.3.1" in driver.screen_text
        assert "3 pictures could not be read" in driver.screen_text


@pytest.mark.drill
@pytest.mark.parametrize(
    ("suffix", "text"), [(".md", "| cnn |"), (".csv", "cnn,"), (".html", "<td>cnn</td>"), (".json", '"figures_sha256"')]
)
async def test_a_record_is_written_to_the_file_that_was_typed(
    answers: Answers, opened, tmp_path: Path, suffix: str, text: str
) -> None:
    target = tmp_path / f"table{suffix}"
    async with opened() as driver:
        await driver.press("f3", "enter", "e")
        driver.app.screen.query_one(Input).value = str(target)
        await driver.press("enter")
        page(driver, RecordScreen)
        assert text in target.read_text("utf-8")
        assert any(note.startswith("Wrote") and target.name in note for note in driver.notes)


async def test_a_file_is_replaced_only_when_that_is_confirmed(answers: Answers, opened, tmp_path: Path) -> None:
    target = tmp_path / "table.md"
    target.write_text("mine", "utf-8")
    async with opened() as driver:
        await driver.press("f3", "e")
        driver.app.screen.query_one(Input).value = str(target)
        await driver.press("enter")
        assert "enter once more replaces it" in driver.screen_text and target.read_text("utf-8") == "mine"
        await driver.press("enter")
        assert "cnn" in target.read_text("utf-8")


async def test_names_from_a_record_are_shown_and_never_interpreted(answers: Answers, opened) -> None:
    record = record_about(answers, identity="20261126-000000-odd-0003", name="[red]odd[/]\x1b[2J")
    write_record(Workspace().folders, replace(record, started="2026-11-26T00:00:00+00:00"), answers)
    async with opened() as driver:
        await driver.press("f3")
        assert "[red]odd[/]\\x1b" in driver.screen_text
        await driver.press("enter")
        assert "[red]odd[/]\\x1b[2J" in driver.screen_text


async def test_a_change_of_theme_recolours_the_figures(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter")
        table = page(driver, RecordScreen).table
        before = table.get_row_at(0)[1].style
        driver.app.theme = "revsearch-light"
        await driver.until(lambda: table.get_row_at(0)[1].style != before)
        await driver.press("down")
        assert table.row_key == "svm"


async def test_only_the_latest_of_two_readings_is_shown(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3")
        screen = page(driver, AccuracyScreen)
        go_on = threading.Event()

        def late() -> object:
            assert go_on.wait(30)
            return Listing((), [])

        screen.fetch("records", late)
        screen.reread()
        go_on.set()
        await driver.press()
        assert len(screen.records) == 2


@pytest.mark.drill
async def test_the_palette_offers_every_key_of_every_page(answers: Answers, opened) -> None:
    async with opened() as driver:
        for keys, groups in (
            (("f3",), (keymap.ACCURACY, keymap.RECORD[1:], keymap.PAGE[:1], keymap.TABLE[:-1])),
            (("enter",), (keymap.RECORD, keymap.PAGE, keymap.TABLE)),
            (("right", "enter", "shift+tab"), (keymap.PICTURES, keymap.PAGE)),
            (("enter",), (keymap.ANSWER, keymap.PICTURES[1:])),
        ):
            await driver.press(*keys)
            offered = {command.name for command in RevsearchCommands(driver.app.screen).commands()}
            for binding in (binding for group in groups for binding in group):
                is_move = binding.action.partition("(")[0] in MOVES
                assert is_move or binding.description in offered, (driver.app.screen, binding.id)
        await driver.press("f3")
        page(driver, AccuracyScreen)
