"""How fast work goes."""

from __future__ import annotations

import pytest

from revsearch_tui.core.base.pace import Pace


def test_work_that_goes_on_is_judged_by_this_sitting() -> None:
    pace = Pace(60)
    pace.report(0, 1000)
    pace.report(10, 1020)
    assert pace.rate == pytest.approx(2.0)
    assert pace.seconds_left(1020, 2020) == pytest.approx(500)


def test_only_the_last_seconds_count() -> None:
    pace = Pace(5)
    for second in range(10):
        pace.report(second, second * 100)
    for second in range(10, 20):
        pace.report(second, 900 + second - 9)
    assert pace.rate == pytest.approx(1.0)


def test_nothing_is_told_before_two_reports_lie_apart() -> None:
    pace = Pace(5)
    assert pace.seconds_left(0, 10) is None
    pace.report(3, 0)
    pace.report(3, 4)
    assert pace.rate == 0 and pace.seconds_left(4, 10) is None
    pace.report(4, 8)
    assert pace.seconds_left(8, None) is None
    pace.restart()
    assert pace.rate == 0


def test_counting_from_the_start_again_begins_anew() -> None:
    pace = Pace(60)
    for second, done in enumerate((0, 500, 1000, 10, 20)):
        pace.report(second, done)
    assert pace.rate == pytest.approx(10)


def test_slow_reports_keep_a_rate() -> None:
    pace = Pace(5)
    for number in range(4):
        pace.report(number * 100, number)
    assert pace.rate == pytest.approx(0.01)
