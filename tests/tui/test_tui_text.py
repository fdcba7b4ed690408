"""Numbers as text."""

from __future__ import annotations

import pytest

from revsearch_tui.tui.text import size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_960, "1.0 MB"),
        (123_456_789, "123 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_000_000_000_000, "2.0 TB"),
        (4_000_000_000_000_000, "4000 TB"),
    ],
)
def test_sizes_have_three_digits_or_so_and_the_unit_that_suits(size: int, text: str) -> None:
    assert size_text(size) == text
