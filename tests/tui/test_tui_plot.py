"""Lines drawn with characters."""

from __future__ import annotations

import pytest

from revsearch_tui.tui.widgets.plot import Braille, Series, draw_lines, epoch_axis, value_axis

RISING = tuple((x, x / 10) for x in range(1, 11))


def rows(*series: Series, width: int = 40, height: int = 12) -> list[str]:
    return ["".join(char for char, _ in row) for row in draw_lines(series, width, height)]


def ink(text: str) -> int:
    """How many dots are set."""
    return sum((ord(char) - 0x2800).bit_count() for char in text if 0x2800 <= ord(char) < 0x2900)


def test_dots_go_where_unicode_puts_them() -> None:
    canvas = Braille(1, 1)
    for x, y in ((0, 0), (1, 0), (0, 3), (1, 3)):
        canvas.dot(x, y, "line-1")
    assert canvas.cell(0, 0) == ("⣉", "line-1")
    canvas.dot(5, 5, "line-1")
    assert Braille(1, 1).cell(0, 0) == (" ", "")


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.97), (0.8, 0.81), (2.0, 4.1), (0.5, 0.5), (-3.0, 1e6), (0.0, 0.0)])
def test_a_value_axis_holds_its_values_and_has_ticks_within(low: float, high: float) -> None:
    axis = value_axis(low, high, 5)
    assert axis.low <= low and axis.high >= high
    assert 3 <= len(axis.ticks) <= 12
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    assert len({axis.text(tick) for tick in axis.ticks}) == len(axis.ticks)


def test_an_axis_of_shares_ends_at_one() -> None:
    assert value_axis(0.2, 1.0, 4, (0.0, 1.0)).high == 1.0


@pytest.mark.parametrize("last", [1, 2, 9, 16, 40, 1234])
def test_an_epoch_axis_names_whole_epochs_the_last_among_them(last: int) -> None:
    ticks = epoch_axis(1, last, 8).ticks
    assert ticks[-1] == last and 1 in ticks
    assert all(tick == int(tick) for tick in ticks)
    assert len(ticks) <= 10


def test_every_row_has_the_width_asked_for() -> None:
    for width, height in ((18, 5), (40, 12), (111, 17)):
        drawn = rows(Series(RISING, "line-1", "1"), width=width, height=height)
        assert len(drawn) == height
        assert {len(row) for row in drawn} == {width}


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    drawn = rows(Series(RISING, "line-1", "1"))[:-2]
    assert ink(drawn[-1][:12]) and not ink(drawn[0][:12])
    assert ink(drawn[0][-12:]) and not ink(drawn[-1][-12:])


def test_the_axes_are_named_with_round_numbers() -> None:
    drawn = rows(Series(RISING, "line-1"))
    assert [row[:4] for row in drawn if "┤" in row] == ["1.0┤", "0.8┤", "0.6┤", "0.4┤", "0.2┤"]
    assert drawn[-1].split() == ["1", "5", "10"]


def test_a_dotted_line_has_a_third_of_the_dots() -> None:
    flat = ((1, 0.5), (10, 0.5))
    whole, dotted = (sum(map(ink, rows(Series(flat, "line-1", dotted=dotted)))) for dotted in (False, True))
    assert abs(dotted - whole / 3) <= 1


def test_lines_carry_their_signs_even_where_they_end_together() -> None:
    text = "".join(rows(*(Series(RISING, f"line-{number}", str(number)) for number in (7, 8, 9)))[:-2])
    assert all(sign in text for sign in "789")


def test_one_epoch_is_a_point() -> None:
    drawn = rows(Series(((1, 0.5),), "line-1", "1"))
    assert any("•1" in row for row in drawn)


def test_nothing_is_drawn_without_points_or_room() -> None:
    assert rows(Series((), "line-1")) == []
    assert rows(Series(RISING, "line-1"), width=10) == []
    assert rows(Series(RISING, "line-1"), height=4) == []
