"""The list and the grid of results: what a row says, and how it uses its room."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.style import Style

from revsearch_tui.core.search.results import Hit, MethodRank, SearchResult, Tier
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.results.geometry import grid
from revsearch_tui.tui.widgets.results.row import columns_for, heading, row_line

NAMES = {
    "plain": "shapes-{}.png",
    "long": "a-very-long-name-of-a-picture-taken-on-holiday-in-the-mountains-{}.jpeg",
    "wide": "漢字漢字漢字の写真漢字漢字漢字の写真-{}.png",
    "hostile": "[red]\x1b[31m\u202e\udcff-{}.png",
}


def hits(number: int, *, fused: bool = False, name: str = "shapes-{}.png", folder: str = "/p") -> tuple[Hit, ...]:
    """Hits of sift, of which the second half is not verified; or of phash and sift fused."""
    found = []
    for rank in range(1, number + 1):
        path = Path(folder.format(rank)) / name.format(rank)
        sure = rank <= (number + 1) // 2
        measured = (float(200 - rank), "inliers") if sure else (0.4 - rank / 10_000, "aggregate cosine")
        hit = Hit(rank, "sift", f"{rank:064x}", path, (path,), 1 / rank, *measured, sure, rank % 2 == 0, 1920, 1280)
        if fused:
            ranks = (MethodRank("phash", rank, 0.9), MethodRank("sift", number + 1 - rank, 0.8))
            ranks = ranks[:1] if rank % 3 == 2 else ranks
            hit = replace(hit, method="fused", raw=1 / (60 + rank), unit="reciprocal rank", fused=ranks)
        found.append(hit)
    return tuple(found)


def table(found: tuple[Hit, ...], width: int, at: int = 0) -> list[str]:
    """The heading and every row as text, the row `at` highlighted."""
    columns = columns_for(found, width)
    told = telling_folders([hit.path for hit in found])

    def style(_: str) -> Style:
        return Style()

    rows = [row_line(hit, columns, number == at, style, told.get(number, "")) for number, hit in enumerate(found)]
    return ["".join(part.text for part in line) for line in (heading(columns, style), *rows)]


@pytest.mark.parametrize("width", [40, 46, 60, 80, 110, 158])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fused", [False, True], ids=["single", "fused"])
def test_every_row_is_as_wide_as_the_table(width: int, name: str, fused: bool) -> None:
    found = hits(7, fused=fused, name=NAMES[name])
    found = (*found, replace(found[0], missing=found[0].paths), replace(found[1], paths=found[1].paths * 3))
    assert {cell_len(line) for line in table(found, width)} == {width}


# Names that occur more than once


def test_a_folder_is_told_by_the_fewest_of_its_parts() -> None:
    def told(*paths: str) -> list[str]:
        found = telling_folders([Path(path) for path in paths])
        return [found.get(number, "") for number in range(len(paths))]

    assert told("/p/rome/a.jpg", "/p/oslo/a.jpg", "/p/oslo/b.jpg") == ["rome/", "oslo/", ""]
    assert told("/p/2019/raw/a.jpg", "/p/2020/raw/a.jpg") == ["2019/…/", "2020/…/"]
    assert told("/p/a.jpg", "/p/sub/a.jpg") == ["p/", "sub/"]
    assert told("/p/a/b/x.jpg", "/p/b/a/x.jpg") == ["a/b/", "b/a/"]
    assert told("/p/1/x/a.jpg", "/p/1/y/a.jpg", "/p/2/x/a.jpg") == ["1/x/", "y/", "2/…/"]


@pytest.mark.parametrize("width", [46, 80, 158])
def test_hits_of_one_name_are_told_apart_by_their_folders(width: int) -> None:
    found = hits(6, name="IMG_0001.jpg", folder="/photos/year-200{}/original")
    for rank, row in enumerate(table(found, width)[1:], 1):
        assert re.search(rf"200{rank}/(…/)?IMG", row) and "original" not in row


# What was measured


@pytest.mark.parametrize("width", [46, 80, 158])
def test_the_unit_stands_in_the_heading_and_is_clipped_nowhere(width: int) -> None:
    first, *rows = table(hits(6), width)
    assert " inliers " in first and "…" not in first
    assert all("inliers" not in row and "…" not in row for row in rows)
    assert re.search(r" 199 ", rows[0])
    assert all("cosine" in row for row in rows[3:]), "the unit of rows that measure something else"


@pytest.mark.parametrize("width", [46, 80, 158])
def test_fused_hits_show_the_rank_each_method_gave(width: int) -> None:
    first, *rows = table(hits(12, fused=True), width)
    assert "reciprocal" not in "".join([first, *rows]) and "recip" not in first
    for rank, row in enumerate(rows, 1):
        for method, expected in (("phash", str(rank)), ("sift", "·" if rank % 3 == 2 else str(13 - rank))):
            end = first.index(method) + len(method)
            assert row[:end].split()[-1] == expected and row[end] == " "


def test_methods_without_room_are_counted() -> None:
    ranks = tuple(MethodRank(f"method-{number}", number, 0.5) for number in range(1, 9))
    found = tuple(replace(hit, fused=ranks) for hit in hits(3, fused=True))
    narrow, wide = table(found, 46)[0], table(found, 158)[0]
    assert re.search(r"\+\d  ", narrow) and "metho…" in narrow
    assert all(rank.method in wide for rank in ranks)


# What hits are found as


def by_evidence(number: int) -> tuple[Hit, ...]:
    """Fused hits: a copy, the same thing, and what is only alike, by turns; the class of every other one is likely."""
    tiers: tuple[Tier, ...] = ("copy", "same thing", "alike")
    found = hits(number, fused=True)
    return tuple(
        replace(hit, tier=tiers[rank % 3], label="pier", confidence=0.7 if rank % 2 else 0.3)
        for rank, hit in enumerate(found)
    )


def test_by_evidence_rows_say_how_much_is_the_same_and_only_likely_classes() -> None:
    first, *rows = table(by_evidence(6), 110)
    at = first.index("found as")
    assert [re.split(r"  | [✓○]", row[at:])[0] for row in rows] == [
        *("copy", "same thing · pier 70%", "alike", "copy · pier 70%", "same thing", "alike · pier 70%")
    ]
    assert "phash" in first and "sift" in first


@pytest.mark.parametrize("width", [40, 46, 60, 68])
def test_where_lines_are_short_what_hits_are_found_as_goes_before_ranks_of_methods(width: int) -> None:
    first, *rows = table(by_evidence(7), width)
    assert "found as" in first and "phash" not in first
    assert {cell_len(line) for line in (first, *rows)} == {width}
    assert all("shapes" in row and ".png" in row for row in rows)


# On the screen


async def show(driver, found: tuple[Hit, ...]) -> None:
    await driver.ask("~/Pictures/shapes-03.png")
    driver.search._show_result(SearchResult("q", found[0].method, found, 0.05, 23_456), 0)
    await driver.press()


def below(driver) -> str:
    """The lower border of the results."""
    region = driver.search.results.region
    return driver.screen_text.splitlines()[region.bottom - 1][region.x : region.right]


@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)])
@pytest.mark.parametrize("view", ["grid", "list"])
async def test_the_border_tells_the_place_of_the_highlighted_hit(home: Path, opened, size, view: str) -> None:
    async with opened(size=size) as driver:
        await show(driver, hits(1000, fused=True))
        driver.search.results.view = view
        assert "Results · 1,000 of 23,456" in driver.screen_text
        await driver.press("right" if view == "grid" else "down")
        assert " 2 of 1,000 · fused" in below(driver)
        await driver.press("G")
        assert " 1,000 of 1,000 · fused" in below(driver)
        await show(driver, hits(1))
        assert " 1 of 1 · sift" in below(driver)


async def test_cards_of_one_name_show_their_folders(home: Path, opened) -> None:
    async with opened(size=(120, 40)) as driver:
        await show(driver, hits(3, name="IMG_0001.jpg", folder="/photos/rome-{}"))
        assert all(f"rome-{rank}/IMG_0001.jpg" in driver.screen_text for rank in (1, 2, 3))


@pytest.mark.parametrize("number", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("width", [30, 46, 77, 79, 110, 111, 112, 113, 157])
def test_cards_fill_the_width(width: int, number: int) -> None:
    geometry = grid(width, 40, number)
    row = range(min(number, geometry.columns))
    assert sum(geometry.card(index).width for index in row) == width
    for index in row:
        left, top = geometry.place(index)
        right = left + geometry.card(index).width - 1
        assert [geometry.index_at(x, top, number) for x in (left, right)] == [index, index]


@pytest.mark.parametrize("number", [1, 3, 1000])
async def test_the_grid_leaves_no_margin(home: Path, opened, number: int) -> None:
    async with opened(size=(160, 48)) as driver:
        await show(driver, hits(number))
        results = driver.search.results
        line = driver.screen_text.splitlines()[results.region.y + 1][results.region.x : results.region.right]
        assert line.rstrip("│ ▁▂▃▄▅▆▇█")[-1] in "╮┓" and len(line.rstrip("│ ▁▂▃▄▅▆▇█")) >= results.region.width - 2


@pytest.mark.drill
async def test_the_footer_says_when_keys_are_hidden(home: Path, opened) -> None:
    for size, hidden in (((80, 24), True), (((120, 36)), True), ((180, 48), False)):
        async with opened(size=size) as driver:
            await show(driver, hits(3))
            footer = driver.screen_text.splitlines()[-1]
            assert ("… ? all keys" in footer) == hidden and ("? Help" in footer) != hidden
            assert ("q Quit" in footer) != hidden
            await driver.press("question_mark")
            assert "Keys" in driver.screen_text
