"""Records as pages: every figure with its interval, and names that are never taken for markup."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.codec import answers_of, record_of
from revsearch_tui.core.evaluation.compare import compare_answers
from revsearch_tui.core.evaluation.record import Answers, Estimate, MethodAnswers, Outcome, PictureRef
from revsearch_tui.core.evaluation.report.export import FORMS, export_file, export_text
from revsearch_tui.core.evaluation.report.tables import confusion_tables, robustness_tables
from tests.core.evaluation.test_records import ANSWERS, RECORD

HOSTILE = "<script>alert(1)</script> & | _x_ \\end \udcff"


class _Parsed(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_page_is_one_file_with_plots_and_escaped_names() -> None:
    answers = Answers([PictureRef(f"/{HOSTILE}.png", "cat", "00" * 32)], [], ANSWERS.methods)
    answers = replace(answers, methods=[replace(ANSWERS.methods[0], value=[0.0])])
    page = export_text(replace(RECORD, name=HOSTILE, notes=[HOSTILE]), answers, "html")
    parsed = _Parsed(page)
    assert "script" not in parsed.tags and parsed.links == []
    assert parsed.tags.count("svg") == 2 and "\\xff" in page
    assert "50.0 (25.0-75.0)" in page and "accuracy by confidence" in page
    page.encode()


def test_advice_tells_of_how_many_queries_and_of_how_many_pairs() -> None:
    table = robustness_tables(RECORD)[-1]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["queries shown a wrong one"] for row in rows] == ["1.0 (0.0-2.0)", "-"], "the second is of pairs alone"
    assert [row["allowed"] for row in rows] == ["1.0", "-"] and [row["wrong pairs"] for row in rows] == ["0.002"] * 2
    (figure,) = [
        row for row in csv.DictReader(io.StringIO(export_text(RECORD, None, "csv"))) if row["metric"] == "shown_wrong"
    ]
    assert (figure["method"], figure["value"], figure["high"]) == ("phash", "0.01", "0.02")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_figures(form: str) -> None:
    text = export_text(RECORD, ANSWERS, form)  # type: ignore[arg-type]
    assert "phash" in text and ("50.0 (25.0-75.0)" in text or "0.5" in text)


def test_markdown_rows_have_as_many_cells_as_their_head() -> None:
    record = replace(RECORD, outcomes=[replace(RECORD.outcomes[0], method="a|b")], comparisons=[], robustness=[])
    lines = export_text(record, None, "md").splitlines()
    tables = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    head = next(line for line in tables if "method" in line)
    assert {line.count("|") for line in tables[:3]} == {head.count("|")}


def test_latex_escapes_what_is_special_to_it() -> None:
    text = export_text(replace(RECORD, classes=["50%_&"], outcomes=[_per_class("50%_&")]), None, "latex")
    assert r"50\%\_\&" in text and text.count(r"\begin{table}") == text.count(r"\end{table}") > 0


def _per_class(label: str) -> Outcome:
    return replace(RECORD.outcomes[0], per_class={label: {"queries": 2.0, "main": 0.5}})


def test_csv_holds_every_figure_with_its_interval() -> None:
    rows = list(csv.DictReader(io.StringIO(export_text(RECORD, None, "csv"))))
    (row,) = [row for row in rows if row["metric"] == "accuracy" and not row["class"]]
    assert (float(row["value"]), float(row["low"]), float(row["high"])) == (0.5, 0.25, 0.75)


def test_json_gives_the_record_back() -> None:
    document = json.loads(export_text(RECORD, ANSWERS, "json"))
    assert record_of(document["record"]).outcomes[0].metrics == {"accuracy": Estimate(0.5, 0.25, 0.75)}
    assert answers_of(document["answers"]).queries == ANSWERS.queries


def test_the_ending_of_a_file_decides_its_form(tmp_path: Path) -> None:
    export_file(RECORD, None, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    with pytest.raises(UsageError, match=r"one of \.md, \.csv, \.tex"):
        export_file(RECORD, None, tmp_path / "page.doc")
    with pytest.raises(UsageError, match="cannot write"):
        export_file(RECORD, None, tmp_path / "absent" / "page.md")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_confusion_matrix_is_asked_for_by_a_method_that_has_one() -> None:
    (table,) = confusion_tables(RECORD, "phash")
    assert table.rows == [["cat", "1", "1"], ["dog", ".", "2"]]
    with pytest.raises(UsageError, match="did you mean 'phash'"):
        confusion_tables(RECORD, "pash")
    with pytest.raises(UsageError, match="no confusion matrix of 'phash'"):
        confusion_tables(replace(RECORD, outcomes=[replace(RECORD.outcomes[0], confusion=[])]), "phash")


def _answered(values: dict[str, list[float]], names: str) -> Answers:
    queries = [PictureRef(f"/{name}.png", "cat", name * 64) for name in names]
    return Answers(queries, [], [MethodAnswers(method, "neighbour", each) for method, each in values.items()])


def test_methods_of_two_records_are_compared_on_the_queries_that_both_asked() -> None:
    first = _answered({"one": [1, 1, 0, 1, float("nan")]}, "abcde")
    second = _answered({"two": [0, 0, 1, 1, 1]}, "bacfe")
    (pairing,) = compare_answers(first, second, ("one", "two"), 0)
    assert (pairing.queries, pairing.only_first, pairing.only_second, pairing.both) == (3, 2, 1, 0)
    assert pairing.difference.value == pytest.approx(1 / 3)
    assert {path for path, _, _ in pairing.examples} == {"/a.png", "/b.png", "/c.png"}
    with pytest.raises(UsageError, match="no method 'tow'; did you mean 'two'"):
        compare_answers(first, second, ("one", "tow"), 0)
    with pytest.raises(UsageError, match="not measured on the same queries"):
        compare_answers(first, _answered({"two": [1.0]}, "z"), ("one", "two"), 0)
