"""The forms of a crop, and what is wrong with the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revsearch_tui.api import UsageError
from revsearch_tui.core.images.crop import parse_crop


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("10,20,30,40", (10, 20, 40, 60)),
        (" 10, 20 ,30,40 ", (10, 20, 40, 60)),
        ("10%,10%,50%,50%", (20, 10, 120, 60)),
        ("0,0,100%,100%", (0, 0, 200, 100)),
        ("25%,5,50,50%", (50, 5, 100, 55)),
        ("33.3%,0%,66.7%,100%", (67, 0, 200, 100)),
        ("0,0,0.1%,0.1%", (0, 0, 1, 1)),
        ("199,99,1,1", (199, 99, 200, 100)),
        ("99.9%,99.9%,0.1%,0.1%", (199, 99, 200, 100)),
    ],
)
def test_pixels_and_percent_name_a_box(text: str, box: tuple[int, int, int, int]) -> None:
    assert parse_crop(text).box(200, 100) == box


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,5,5", "1,2,3,4px", "1 2 3 4", "nan,0,1,1", "1e3,0,1,1", "%,0,1,1"],
)
def test_malformed_crops_are_answered_with_the_right_form(text: str) -> None:
    with pytest.raises(UsageError, match="x,y,w,h"):
        parse_crop(text)


@pytest.mark.parametrize("text", ["0,0,0,5", "0,0,5,0%"])
def test_empty_crops_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        parse_crop(text)


@pytest.mark.parametrize("text", ["60%,0%,50%,10%", "0,0,101%,5", "100%,0,1,1", "0,0,5,120%"])
def test_percentages_beyond_the_picture_are_refused_before_it_is_known(text: str) -> None:
    with pytest.raises(UsageError, match="beyond the picture"):
        parse_crop(text)


@pytest.mark.parametrize("text", ["200,0,1,1", "0,100,1,1", "150,0,51,1", "0,60,1,41", "50%,0,101,5"])
def test_pixels_beyond_the_picture_are_refused_with_its_size(text: str) -> None:
    with pytest.raises(UsageError, match="200 x 100 pixels"):
        parse_crop(text).box(200, 100)


def test_a_crop_is_written_as_it_is_read() -> None:
    for text in ("10,20,30,40", "10%,12.5%,50%,50%"):
        assert str(parse_crop(text)) == text


@given(
    st.tuples(*[st.integers(0, 5000)] * 4), st.tuples(*[st.booleans()] * 4), st.integers(1, 4000), st.integers(1, 4000)
)
def test_every_accepted_crop_is_a_box_within_the_picture(
    values: tuple[int, ...], percent: tuple[bool, ...], width: int, height: int
) -> None:
    text = ",".join(f"{value}{'%' * flag}" for value, flag in zip(values, percent, strict=True))
    try:
        left, top, right, bottom = parse_crop(text).box(width, height)
    except UsageError:
        return
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
