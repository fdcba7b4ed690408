"""Duplicates in the app: found, compared, decided about, let go and brought back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from textual.widgets import Input

from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.step_journal import journals_in
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.dialog import ReadingDialog
from revsearch_tui.tui.screens.duplicates import DuplicatesScreen
from revsearch_tui.tui.screens.duplicates.asking import ApplyDialog, FindForm
from revsearch_tui.tui.screens.duplicates.two_page import TwoScreen
from revsearch_tui.tui.widgets.choices import SwitchLine
from tests.support.groups import contents
from tests.support.twins import write_twins
from tests.tui.conftest import Driver, _use_home
from tests.tui.pausing import paused_at


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own like that, indexed by phash."""
    home = _use_home(monkeypatch, Path(os.path.realpath(tmp_path)))
    write_twins(home / "Pictures")
    index_collection(Workspace(), "pictures", [home / "Pictures"], ["phash"], control=NullControl())
    return home / "Pictures"


def page(driver: Driver) -> DuplicatesScreen:
    assert isinstance(driver.app.screen, DuplicatesScreen)
    return driver.app.screen


def groups(driver: Driver) -> list[list[str]]:
    """The names of the files of each group, the kept one first."""
    review = page(driver).view.review
    assert review is not None
    return [
        [group.entries[group.kept].file.path.name]
        + [entry.file.path.name for number, entry in enumerate(group.entries) if number != group.kept]
        for group in review.groups
    ]


def indexed(pictures: Path) -> set[Path]:
    """The files that the catalog knows."""
    with Catalog(Workspace().collection("pictures").catalog_file) as catalog:
        return {path for image in catalog.images(sorted(catalog.image_ids())).values() for path in image.paths}


async def test_groups_are_found_in_the_background_and_say_why(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        assert sorted(map(sorted, groups(driver))) == [
            ["part.png", "scene-01.png"],
            ["scene-00.png", "scene-00.png", "small.jpg"],
            ["scene-02.png", "smaller.png"],
        ]
        text = driver.screen_text
        for told in ("✓ kept", "kept: most pixels, 480x360", "the same bytes", "phash", "1 of 3 groups"):
            assert told in text, told
        assert any("3 groups among 8 pictures" in note for note in driver.notes)
        names = groups(driver)
        await driver.press("escape", "f5")
        assert groups(driver) == names
        assert len([note for note in driver.notes if "groups among" in note]) == 1, "they are found once"


async def test_a_file_that_was_verified_tells_how_and_what_each_shows_of_the_other(twins: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.press("f5")
        at = next(number for number, names in enumerate(groups(driver)) if "part.png" in names)
        await driver.press(*["down"] * at, "right")
        foot = driver.screen_text.splitlines()[-2]
        assert "copy: sift: " in foot and "inliers" in foot and "of itself" in foot and "score " in foot
        assert (
            foot.lstrip().startswith("left alone: shows only a part of what is kept; copy: ")
            and "– left" in driver.screen_text
        )
        await driver.press("space")
        assert (
            driver.screen_text.splitlines()[-2].lstrip().startswith("copy: sift: ") and "✗ goes" in driver.screen_text
        )


async def test_finding_is_given_up_by_escape_which_leads_back_when_nothing_runs(twins: Path, opened) -> None:
    workspace = paused_at("opening the index")
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.pilot.press("f5")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "Finding dup" in driver.screen_text)
        assert "esc gives up" in driver.screen_text
        await driver.pilot.press("escape")
        workspace.jobs.off()
        await driver.press()
        assert any("No groups were made" in note for note in driver.notes)
        assert "n looks for what is the same" in driver.screen_text
        await driver.press("n")
        assert isinstance(driver.app.screen, FindForm)
        await driver.press("enter")
        assert len(groups(driver)) == 3
        await driver.press("escape")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_the_page_opened_while_pictures_are_indexed_begins_when_that_is_over(pictures: Path, opened) -> None:
    workspace = paused_at()
    async with opened(workspace=workspace) as driver:
        driver.search.start_indexing(IndexOrder("pictures", methods=("phash", "sift")))
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("f5")
        assert "n looks for what is the same" in driver.screen_text
        workspace.jobs.off()
        await driver.press()
        await driver.until(lambda: page(driver).view.review is not None)
        assert ["scene-02.png", "smaller.png"] in groups(driver)


@pytest.mark.drill
async def test_marks_count_and_the_kept_file_cannot_go(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        view, review = page(driver).view, page(driver).view.review
        assert review is not None and view.group is not None
        await driver.press("space")
        assert review.files == 0 and any("is the one that is kept" in note for note in driver.notes)
        await driver.press("right", "space")
        size = view.file.bytes  # type: ignore[union-attr]
        assert (review.files, review.bytes) == (1, size) and "✗ goes" in driver.screen_text
        await driver.press("k")
        assert review.files == 0 and view.group.kept == 1, "what is kept does not go"
        assert "kept: you chose it" in driver.screen_text
        await driver.press("left", "space")
        assert review.files == 1, "the one that was kept may go now"
        await driver.press("a")
        left = sum(bool(entry.spared) for group in review.groups for entry in group.entries)
        assert view.group.kept == 0 and left == 1
        assert review.files == sum(len(names) - 1 for names in groups(driver)) - left
        await driver.press("A")
        assert review.files == 0 and "nothing goes" in driver.screen_text


@pytest.mark.drill
async def test_what_goes_for_a_file_that_is_left_stays_once_that_is_to_go(pictures: Path, opened) -> None:
    with Image.open(pictures / "scene-03.png") as scene:
        written = scene.convert("RGB")
    written.resize((400, 300)).save(pictures / "copy.jpg")
    ImageDraw.Draw(written).text((40, 150), "SALE TODAY", fill=(255, 40, 200), font_size=48)
    written.save(pictures / "written.png")
    written.resize((400, 300)).save(pictures / "again.jpg")
    index_collection(Workspace(), "pictures", [], [], control=NullControl())
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("a")
        at = next(number for number, names in enumerate(groups(driver)) if "written.png" in names)
        assert groups(driver)[at] == ["written.png", "again.jpg", "scene-03.png", "copy.jpg"]
        await driver.press(*["down"] * at, "right", "right", "right")
        assert "copy: all of it is in scene-03.png, which stays: phash" in driver.screen_text
        assert "4 files, 2 may go, 1 left" in driver.screen_text and "as scene-03.png" in driver.screen_text
        await driver.press("c")
        assert "– left · scene-03.png" in driver.screen_text and "✗ goes · copy.jpg" in driver.screen_text
        await driver.press("escape", "p")
        assert "✓ stays ~/Pictures/scene-03.png" in driver.screen_text
        await driver.press("escape", "left", "space")
        assert any("1 file that was to go for it stays after all" in note for note in driver.notes)
        await driver.press("right")
        assert "left alone: looks different in places" in driver.screen_text.splitlines()[-2]


@pytest.mark.drill
async def test_protected_folders_and_rules_are_given_in_the_form(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("n")
        form = driver.app.screen
        assert isinstance(form, FindForm)
        form.query_one("#form-keep", Input).value = "oldness"
        await driver.press("enter")
        assert "There is no rule 'oldness'" in driver.screen_text
        form.query_one("#form-keep", Input).value = "oldest"
        form.query_one("#form-protect", Input).value = str(twins / "again")
        await driver.press("enter")
        review = page(driver).view.review
        assert review is not None
        at = next(number for number, names in enumerate(groups(driver)) if "small.jpg" in names)
        group = review.groups[at]
        assert group.entries[group.kept].file.path.parent.name == "again" and group.keep_why() == "protected"
        await driver.press(*["down"] * at, "right", "k", "left", "space")
        assert review.files == 0 and any("protected folder" in note for note in driver.notes)


@pytest.mark.drill
async def test_hashes_are_asked_for_what_is_turned_where_the_form_says_so(pictures: Path, opened) -> None:
    with Image.open(pictures / "scene-00.png") as scene:
        scene.transpose(Image.Transpose.ROTATE_90).save(pictures / "turned.png")
    index_collection(Workspace(), "pictures", [], [], control=NullControl())
    async with opened(size=(80, 24)) as driver:
        await driver.press("f5")
        assert all("turned.png" not in names for names in groups(driver))
        await driver.press("n")
        form = driver.app.screen
        assert isinstance(form, FindForm)
        form.query_one("#form-turned", SwitchLine).value = "yes"
        assert "What is kept is decided by" in driver.screen_text and "Back" in driver.screen_text
        await driver.press("enter")
        assert any({"turned.png", "scene-00.png"} <= set(names) for names in groups(driver))
        await driver.press("n")
        assert driver.app.screen.query_one("#form-turned", SwitchLine).value == "yes", (
            "what was asked last stands there"
        )


@pytest.mark.drill
async def test_the_plan_tells_what_goes_and_what_is_freed(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("p")
        assert isinstance(driver.app.screen, DuplicatesScreen), "there is no plan yet"
        assert any("Nothing is marked" in note for note in driver.notes)
        await driver.press("a", "p")
        assert isinstance(driver.app.screen, ReadingDialog)
        text = driver.screen_text
        assert "3 files of 2 groups" in text and "free once the trash is empty" in text
        assert "✓ kept ~/Pictures/scene-02.png" in text and "✗ goes ~/Pictures/smaller.png" in text


@pytest.mark.drill
async def test_what_is_applied_goes_to_the_trash_and_comes_back(pictures: Path, opened) -> None:
    before, known = contents(pictures), indexed(pictures)
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("a")
        shown = groups(driver)
        await driver.press("enter")
        assert isinstance(driver.app.screen, ApplyDialog)
        assert "3 files of 2 groups" in driver.screen_text and "trash" in driver.screen_text
        await driver.press("escape")
        assert contents(pictures) == before
        await driver.press("enter", "enter")
        gone = {"again/scene-00.png", "small.jpg", "smaller.png"}
        assert set(before) - set(contents(pictures)) == gone
        assert indexed(pictures) == known - {pictures / name for name in gone}, "the index is in step"
        assert driver.search.session.facts.pictures == 6
        assert groups(driver) == [] and "Nothing in this collection is the same" in driver.screen_text
        assert any("3 files" in note and "went" in note for note in driver.notes)
        await driver.press("u")
        assert contents(pictures) == before and indexed(pictures) == known
        assert groups(driver) == shown, "the groups are shown anew"
        assert not any(applied.open for applied in journals_in(Workspace().folders.applied))
        assert "Undo" not in driver.screen_text.splitlines()[-1]


@pytest.mark.drill
async def test_a_file_that_changed_since_is_left_and_named(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("a")
        (pictures / "smaller.png").write_bytes(b"another thing")
        await driver.press("enter", "enter")
        assert (pictures / "smaller.png").read_bytes() == b"another thing"
        assert any("'smaller.png' stayed, for it has changed" in note for note in driver.notes)
        assert ["scene-02.png", "smaller.png"] in groups(driver), "what stayed is shown on"


async def test_a_run_of_the_command_line_is_undone_and_the_groups_are_found_anew(pictures: Path, opened) -> None:
    import hashlib

    from revsearch_tui.core.groups.applying import apply_plan
    from revsearch_tui.core.groups.plan import Plan, PlannedFile, PlannedGroup

    keep, other = pictures / "scene-02.png", pictures / "smaller.png"
    files = [
        PlannedFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, "copy", "")
        for path in (keep, other)
    ]
    plan = Plan("pictures", (PlannedGroup(files[0], (files[1],)),))
    apply_plan(Workspace(), plan, "trash", "plan.json", NullControl(), print)
    async with opened() as driver:
        await driver.press("f5")
        assert ["scene-02.png", "smaller.png"] not in groups(driver)
        await driver.press("u")
        assert other.is_file() and ["scene-02.png", "smaller.png"] in groups(driver)


@pytest.mark.drill
async def test_hard_links_take_the_place_of_the_same_bytes(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        at = next(number for number, names in enumerate(groups(driver)) if "small.jpg" in names)
        await driver.press(*["down"] * at, "right", "space", "enter", "tab", "enter")
        assert (pictures / "scene-00.png").samefile(pictures / "again" / "scene-00.png")


@pytest.mark.drill
async def test_two_are_compared_side_by_side_by_flicker_and_by_difference(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        at = next(number for number, names in enumerate(groups(driver)) if "smaller.png" in names)
        await driver.press(*["down"] * at, "c")
        screen = driver.app.screen
        assert isinstance(screen, TwoScreen)
        text = driver.screen_text
        assert "✓ kept · scene-02.png" in text and "smaller.png" in text and "side by side" in text
        await driver.press("space")
        first = driver.screen_text
        assert "scene-02.png" in first and "smaller.png" not in first
        await driver.press("space")
        assert "smaller.png" in driver.screen_text and "scene-02.png" not in driver.screen_text
        await driver.press("d")
        assert "Difference · " in driver.screen_text and "of 255" in driver.screen_text
        await driver.press("s", "k", "m", "escape")
        group = page(driver).view.group
        assert group is not None and group.entries[group.kept].file.path.name == "smaller.png"
        assert page(driver).view.review.files == 1  # type: ignore[union-attr]


@pytest.mark.drill
async def test_both_are_enlarged_and_moved_together(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        await driver.press("c")
        screen = driver.app.screen
        assert isinstance(screen, TwoScreen)
        whole = driver.screen_text
        await driver.press(*["plus"] * 4)
        near = driver.screen_text
        assert "4×" in near and near != whole
        await driver.press("right", "down")
        assert driver.screen_text != near
        assert {view.part for view in screen._views().values()} == {screen.part}
        await driver.press("0")
        assert driver.screen_text == whole


@pytest.mark.drill
async def test_one_is_laid_over_the_other_with_as_much_of_it_as_wanted(twins: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        at = next(number for number, names in enumerate(groups(driver)) if "part.png" in names)
        await driver.press(*["down"] * at, "c")
        screen = driver.app.screen
        assert isinstance(screen, TwoScreen)
        assert "More" not in driver.screen_text.splitlines()[-1]
        await driver.press("o")
        half = driver.screen_text
        assert "50 % of part.png" in half and "overlay" in half and "More" in half.splitlines()[-1]
        await driver.press(*["comma"] * 6)
        assert "0 % of part.png" in driver.screen_text
        await driver.press("plus", "plus", "right", *["full_stop"] * 12)
        assert "100 % of part.png" in driver.screen_text and "2×" in driver.screen_text
        (view,) = screen._views().values()
        assert view.part == screen.part and view.opacity == 100, "what is enlarged and moved is so for both"
        under, middle, over = (
            np.asarray(screen._pictures._overlaid(view, opacity), np.float64) for opacity in (0, 50, 100)
        )
        assert np.abs(middle - (under + over) / 2).max() <= 1 < np.abs(under - over).mean()
        with Image.open(twins / "scene-01.png") as image:
            assert (under == np.asarray(image.convert("RGB").crop(view.part.of(*image.size)))).all()


@pytest.mark.drill
async def test_a_file_that_is_gone_is_told_in_its_place(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        for name in ("again/scene-00.png", "scene-00.png", "small.jpg", "scene-02.png", "smaller.png"):
            (pictures / name).unlink()
        await driver.press("c")
        assert "the file is gone" in driver.screen_text


async def test_many_groups_cost_no_more_than_those_in_sight(twins: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f5")
        screen = page(driver)
        review = screen.view.review
        assert review is not None
        many = type(review)([*review.groups] * 10_000, review.look_for, 100_000)
        screen.view.show(many)
        await driver.press("end")
        assert "30,000 of 30,000 groups" in driver.screen_text
        assert len(screen.view._lines) <= 4
        await driver.press("pageup", "home")
        assert "1 of 30,000 groups" in driver.screen_text


async def test_without_a_collection_the_page_says_what_to_do(new_home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("escape", "f5")
        assert "No collection is open" in driver.screen_text
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_a_collection_without_duplicates_says_so(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f5")
        assert "Nothing in this collection is the same" in driver.screen_text
