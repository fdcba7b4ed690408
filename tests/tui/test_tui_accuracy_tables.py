"""What the pages about evaluations make of records, without a screen; and heat that is wider than the screen."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from textual.app import App, ComposeResult

from revsearch_tui.core.evaluation.record import (
    Answers,
    Comparison,
    Estimate,
    MethodAnswers,
    Outcome,
    PictureRef,
    Record,
    RobustnessCell,
)
from revsearch_tui.tui.screens.accuracy.robustness import RobustnessGrid
from revsearch_tui.tui.screens.accuracy.versus import agreement_content
from revsearch_tui.tui.widgets.accuracy.answers import Only, agreement, wrong_queries
from revsearch_tui.tui.widgets.accuracy.heat import Heat, HeatTable, confusion_heat
from revsearch_tui.tui.widgets.accuracy.table import Cell, Row, sorted_rows
from revsearch_tui.tui.widgets.accuracy.tables import class_table, overview, protocol_table, standing
from tests.support.evaluations import answers_about, record_about

CAT_DOG = Answers(
    [PictureRef(f"/{number}.png", label, f"{number:02x}") for number, label in enumerate(("cat", "cat", "dog", "dog"))],
    [],
    [
        MethodAnswers("one", "retrieve", [0.9, 1.0, math.nan, 0.2]),
        MethodAnswers("two", "retrieve", [1.0, 0.1, 0.5, 1.0]),
        MethodAnswers(
            "sure", "classify", [0.0, 0.0, 1.0, 1.0], (), (), ["dog", "dog", "dog", "dog"], [0.6, 0.9, 0.5, 1]
        ),
    ],
)


def record_of(*outcomes: Outcome, comparisons: tuple[Comparison, ...] = ()) -> Record:
    return Record("x", "eval", "x", "", 0.0, {}, {}, {}, outcomes=outcomes, comparisons=comparisons)


def outcome(method: str, value: float) -> Outcome:
    return Outcome(method, "neighbour", "accuracy", {"accuracy": Estimate(value, value - 0.1, value + 0.1)})


def test_the_worst_queries_come_first_and_uncounted_ones_never() -> None:
    assert wrong_queries(CAT_DOG, CAT_DOG.methods[0]) == [3, 0]


def test_the_surest_mistakes_come_first() -> None:
    assert wrong_queries(CAT_DOG, CAT_DOG.methods[2]) == [1, 0]
    assert wrong_queries(CAT_DOG, CAT_DOG.methods[2], Only("dog")) == []
    assert wrong_queries(CAT_DOG, CAT_DOG.methods[2], Only("dog", "dog")) == [3, 2]


def test_methods_agree_over_queries_that_count_for_both() -> None:
    found = agreement(CAT_DOG, CAT_DOG.methods[0], CAT_DOG.methods[1])
    assert found == ([], [1], [0, 3], [])


def test_a_method_is_marked_worse_whichever_way_it_was_compared() -> None:
    better, worse, near = outcome("a", 0.8), outcome("b", 0.5), outcome("c", 0.75)
    record = record_of(
        near,
        worse,
        better,
        comparisons=(
            Comparison("neighbour", "b", "a", Estimate(-0.3, -0.4, -0.2), 0.01, 0.03),
            Comparison("neighbour", "a", "c", Estimate(0.05, -0.1, 0.1), 0.04, 0.06),
            Comparison("classify", "a", "c", Estimate(0.05, 0.01, 0.1), 0.0, 0.0),
        ),
    )
    assert [standing(record, each) for each in (better, worse, near)] == ["best", "worse", ""]
    assert standing(record_of(better), better) == "", "an only method is not called the best"


def test_a_difference_is_told_with_the_names_it_was_measured_with() -> None:
    record = record_of(
        outcome("a", 0.8),
        outcome("b", 0.5),
        comparisons=(Comparison("neighbour", "b", "a", Estimate(-0.3, -0.4, -0.2), 0.0001, 0.0002),),
    )
    found = agreement(CAT_DOG, CAT_DOG.methods[0], CAT_DOG.methods[1])
    text = agreement_content(record, "neighbour", "a", "b", found).plain
    assert "b − a: -30.0 (-40.0 to -20.0) accuracy · significant, p < 0.001" in text


def test_lines_without_a_value_come_last_both_ways() -> None:
    rows = [
        Row(name, [Cell(name, value)]) for name, value in (("none", None), ("nan", math.nan), ("1", 1.0), ("2", 2.0))
    ]
    assert [row.key for row in sorted_rows(rows, 0, falling=True)] == ["2", "1", "none", "nan"]
    assert [row.key for row in sorted_rows(rows, 0, falling=False)] == ["1", "2", "none", "nan"]


def test_a_protocol_that_a_method_was_not_measured_under_is_a_gap() -> None:
    other = replace(outcome("b", 0.5), protocol="retrieve")
    columns, rows = overview(record_of(outcome("a", 0.8), other))
    assert [column.key for column in columns] == ["method", "neighbour", "retrieve"]
    assert [[cell.text for cell in row.cells[1:]] for row in rows] == [
        ["80.0 (70.0-90.0)  ", "-"],
        ["-", "50.0 (40.0-60.0)  "],
    ]


def test_the_main_metric_is_the_first_column_and_costs_are_the_last(tmp_path: Path) -> None:
    record = record_about(answers_about([tmp_path / "gone.png"]))
    columns, _ = protocol_table(record, "neighbour")
    assert [column.key for column in columns] == [
        "method",
        "accuracy",
        "map",
        "precision@10",
        "seconds_per_query",
        "memory_mb",
        "dim",
    ]


def test_classes_tell_the_main_figure_once_and_what_they_are_taken_for() -> None:
    measured = replace(
        outcome("a", 0.5),
        per_class={
            "cat": {"queries": 4.0, "main": 0.75, "accuracy": 0.75, "map": 0.6},
            "dog": {"queries": 4.0, "main": 0.25, "accuracy": 0.25, "map": 0.3},
        },
        confusion=[[3, 1], [3, 1]],
    )
    columns, rows = class_table(replace(record_of(measured), classes=("cat", "dog")), measured)
    assert [column.title for column in columns] == ["class", "queries", "accuracy", "mAP", "most often taken for"]
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["dog", "4", "25.0", "30.0", "cat ×3"],
        ["cat", "4", "75.0", "60.0", "dog ×1"],
    ]


def test_heat_is_a_share_of_the_row() -> None:
    heat = confusion_heat([[3, 1], [0, 8]])
    assert [heat(0, 0), heat(0, 1)] == [Heat("3", 0.75, "good"), Heat("1", 0.25, "bad")]
    assert heat(1, 0).share is None


def test_what_was_not_measured_is_a_gap_and_the_last_row_is_the_mean() -> None:
    cells = [
        RobustnessCell("a", "crop", 10, Estimate(1.0, 1, 1), 5),
        RobustnessCell("a", "mirror", 1, Estimate(0.5, 0, 1), 5),
        RobustnessCell("b", "crop", 10, Estimate(0.2, 0, 1), 5),
    ]
    grid = RobustnessGrid(cells)
    assert grid.rows == ["crop 10", "mirror", "mean"]
    assert [[grid.heat(row, column).text for column in range(2)] for row in range(3)] == [
        ["100.0", "20.0"],
        ["50.0", "–"],
        ["75.0", "20.0"],
    ]


class HeatApp(App[None]):
    def compose(self) -> ComposeResult:
        yield HeatTable(leads_on=False)


async def test_heads_stay_in_sight_while_a_matrix_of_many_classes_scrolls() -> None:
    names = [f"c{number:02}" for number in range(20)]
    app = HeatApp()
    async with app.run_test(size=(60, 14)) as pilot:
        heat = app.query_one(HeatTable)
        heat.show(names, names, lambda row, column: Heat(str(100 * row + column)), 4, "true")
        heat.focus()
        await pilot.press("end", *["right"] * 19)
        await pilot.pause()
        lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
        assert lines[0].startswith("true") and lines[0].endswith("c19")
        assert any(line.startswith("c19") and line.endswith("1919‹") for line in lines)
        await pilot.press("home", *["left"] * 19)
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert lines[1].split()[:3] == ["c00", "0‹", "1"]
