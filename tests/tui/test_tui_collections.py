"""The page of collections: what it tells, and all that can be done with a collection from there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.indexing import watching
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.jobs import Jobs
from revsearch_tui.tui.memory import read_memory
from revsearch_tui.tui.screens.collections import CollectionsScreen
from revsearch_tui.tui.screens.dialog import ConfirmDialog
from revsearch_tui.tui.screens.form import IndexForm
from revsearch_tui.tui.screens.jobs_page import JobsScreen
from tests.tui.conftest import Driver, draw_picture, write_pictures


@pytest.fixture
def folders(new_home: Path) -> Path:
    """A home with two collections: `pictures`, with two files that are none, and `scans`."""
    write_pictures(new_home / "Pictures", 4)
    (new_home / "Pictures" / "cut.png").write_bytes((new_home / "Pictures" / "shapes-00.png").read_bytes()[:200])
    (new_home / "Pictures" / "empty.jpg").write_bytes(b"\xff\xd8\xff")
    for number in range(2):
        path = new_home / "Scans" / f"scan-{number}.png"
        path.parent.mkdir(exist_ok=True)
        draw_picture(50 + number).save(path)
    Image.new("RGB", (64, 64), "white").save(new_home / "Scans" / "blank.png")  # in which sift finds nothing
    workspace = Workspace()
    index_collection(workspace, "pictures", [new_home / "Pictures"], ["phash", "sift"], control=NullControl())
    index_collection(workspace, "scans", [new_home / "Scans"], ["phash", "sift"], control=NullControl())
    return new_home


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is watched is looked at often."""
    monkeypatch.setattr(watching, "_LOOK_AGAIN_S", 0.5)
    monkeypatch.setattr(watching, "_STEP_MS", 200)
    monkeypatch.setattr(watching, "_SETTLED_MS", 400)
    yield


def page(driver: Driver) -> CollectionsScreen:
    assert isinstance(driver.app.screen, CollectionsScreen)
    return driver.app.screen


async def open_page(driver: Driver, *keys: str) -> CollectionsScreen:
    await driver.pilot.press("f9")
    await driver.until(lambda: isinstance(driver.app.screen, CollectionsScreen) and page(driver).contents)
    opened = page(driver)
    for key in keys:
        await driver.press(key)
        await driver.until(lambda: opened.contents)
    await driver.press()
    return opened


def cells(driver: Driver, name: str) -> list[str]:
    (row,) = [row for row in page(driver).table.rows_shown if row.key == name]
    return [cell.text for cell in row.cells]


def names() -> list[str]:
    return [collection.name for collection in Workspace().collections()]


async def fill(driver: Driver, **fields: str) -> None:
    """Type into the form, and press enter in it."""
    for name, text in fields.items():
        field = driver.app.screen.query_one(f"#form-{name}")
        (field if hasattr(field, "value") else field.input).value = text
    driver.app.screen._submit()
    await driver.press()


async def test_it_lists_counts_sizes_folders_methods_and_when(folders: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await open_page(driver)
        name, pictures, skipped, size, indexed, state, methods, where = cells(driver, "pictures")
        assert (name, pictures, skipped, state, methods, where) == (
            "pictures",
            "4",
            "2",
            "open",
            "phash, sift",
            "~/Pictures",
        )
        assert size.endswith("kB") and indexed[:4].isdigit()
        assert page(driver).table.row_key == "pictures", "the cursor is on the open one"
        text = " ".join(driver.screen_text.split())
        assert "6: 4 pictures, 2 skipped" in text and "phash 4 pictures" in text


async def test_files_that_are_not_in_it_are_named_with_the_reason(folders: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await open_page(driver)
        assert "tab shows 2 files not in it" in driver.screen_text
        assert "cut.png" not in driver.screen_text
        await driver.press("tab")
        assert driver.app.screen.focused is page(driver).left
        text = driver.screen_text
        assert "cut.png" in text and "cut short: the file ends before the picture does" in text
        assert "empty.jpg" in text and "What it holds" not in text
        await driver.press("tab")
        assert "What it holds" in driver.screen_text and page(driver).focused is page(driver).table


@pytest.mark.drill
async def test_a_file_that_a_method_fails_on_is_named_with_the_method(
    folders: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    collection = Workspace().collection("scans")
    with Catalog(collection.catalog_file) as catalog:  # as indexing writes it down
        key = next(key.key for key in catalog.index_keys() if key.label == "sift")
        catalog.commit(failures={key: {next(iter(catalog.image_ids())): "it raised ValueError: no"}})
    async with opened(size=(160, 48)) as driver:
        await open_page(driver, "down")
        await driver.press("tab")
        assert "it raised ValueError: no" in driver.screen_text and "failed on 1" in driver.screen_text
        assert [column.title for column in page(driver).left.columns_shown] == ["file", "method", "why"]


async def test_a_folder_that_is_not_there_is_told(folders: Path, opened) -> None:
    (folders / "Scans").rename(folders / "away")
    async with opened() as driver:
        await open_page(driver, "down")
        assert "~/Scans  ! not there" in driver.screen_text


@pytest.mark.drill
async def test_enter_switches_to_it(folders: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver, "down")
        await driver.press("enter")
        assert driver.app.screen is driver.search and driver.search.session.facts.name == "scans"
        await driver.ask(folders / "Scans" / "scan-1.png")
        assert driver.names[0] == "scan-1.png"


@pytest.mark.drill
async def test_r_indexes_again_what_changed(folders: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver)
        draw_picture(9).save(folders / "Pictures" / "new.png")
        await driver.press("r")
        await driver.until(lambda: cells(driver, "pictures")[1] == "5")
        assert [job.title for job in driver.search.jobs.all] == ["Indexing pictures"]


@pytest.mark.drill
async def test_a_adds_a_folder_to_it(folders: Path, opened) -> None:
    write_pictures(folders / "More", 6)
    async with opened() as driver:
        await open_page(driver, "down", "a")
        assert isinstance(driver.app.screen, IndexForm)
        await fill(driver, folder=str(folders / "More"))
        await driver.until(lambda: cells(driver, "scans")[1] == "9")
        assert Workspace().collection("scans").roots == (folders / "Scans", folders / "More")


@pytest.mark.drill
async def test_renaming_keeps_the_query_the_marks_and_the_methods(folders: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(folders / "Pictures" / "shapes-02.png")
        await driver.press("space")
        driver.search.use_methods(("phash",))
        await driver.press()
        await open_page(driver, "n")
        await fill(driver, name="photos")
        await driver.until(lambda: page(driver).table.row_key == "photos")
        assert names() == ["photos", "scans"]
        assert any("'pictures' is called 'photos' now" in note for note in driver.notes)
        await driver.press("escape")
        session = driver.search.session
        assert (session.facts.name, session.methods, len(session.marked)) == ("photos", ("phash",), 1)
        assert driver.search.query_line.source.endswith("shapes-02.png")
        await driver.ask(folders / "Pictures" / "shapes-03.png")
        assert driver.names[0] == "shapes-03.png"
    memory = read_memory(Workspace().folders)
    assert memory is not None and memory.collection == "photos" and set(memory.marks) == {"photos"}
    assert memory.methods == {"photos": ("phash",)}


@pytest.mark.drill
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("scans", "there is a collection 'scans' already"),
        ("a/b", "cannot name a collection"),
        ("pictures", "it is called 'pictures' already"),
    ],
)
async def test_a_name_that_is_none_or_taken_is_refused_in_the_form(folders: Path, opened, name: str, said: str) -> None:
    async with opened() as driver:
        await open_page(driver, "n")
        await fill(driver, name=name)
        assert said.lower() in " ".join(driver.screen_text.split()).lower()
        await driver.press("escape")
        assert names() == ["pictures", "scans"]


@pytest.mark.drill
async def test_folders_that_moved_are_followed_and_nothing_is_read(folders: Path, opened) -> None:
    (folders / "mnt").mkdir()
    new = (folders / "Pictures").rename(folders / "mnt" / "Archive")
    (new / "shapes-03.png").unlink()
    async with opened() as driver:
        await open_page(driver, "m")
        assert driver.app.screen.folder("old") == str(folders / "Pictures"), "what is missing is offered"
        await fill(driver, new=str(folders / "nowhere"))
        assert "is not a folder" in driver.screen_text
        await fill(driver, new=str(new))
        await driver.until(lambda: any("6 files that were below" in note for note in driver.notes))
        assert any("1 file of them are not there: shapes-03.png" in note for note in driver.notes)
        await driver.until(lambda: "~/mnt/Archive" in driver.screen_text)
        await driver.press("escape")
        await driver.ask(new / "shapes-01.png")
        assert driver.search.results.hit.path == new / "shapes-01.png"
        await open_page(driver, "m")
        (folders / "Pictures").mkdir()
        await fill(driver, old=str(new), new=str(folders / "Pictures"))
        await driver.until(lambda: Workspace().collection("pictures").roots == (folders / "Pictures",))


@pytest.mark.drill
async def test_deleting_asks_and_the_other_one_is_open_then(folders: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(folders / "Pictures" / "shapes-02.png")
        await open_page(driver, "D")
        assert isinstance(driver.app.screen, ConfirmDialog)
        assert "not touched" in driver.screen_text and "Delete the collection 'pictures'?" in driver.screen_text
        await driver.press("escape")
        assert names() == ["pictures", "scans"]
        await driver.press("D", "tab", "enter")
        await driver.until(lambda: names() == ["scans"])
        await driver.until(lambda: page(driver).table.row_key == "scans")
        await driver.press("escape")
        assert driver.search.session.facts.name == "scans" and not driver.search.results.hits
        assert (folders / "Pictures" / "shapes-02.png").exists()
        assert not (Workspace().folders.collections / "pictures").exists()


@pytest.mark.drill
async def test_deleting_the_last_one_leaves_nothing_open(folders: Path, opened) -> None:
    shutil.rmtree(Workspace().collection("scans").home)
    async with opened() as driver:
        await driver.ask(folders / "Pictures" / "shapes-02.png")
        await open_page(driver, "D", "tab", "enter")
        await driver.until(lambda: "Nothing is indexed yet" in driver.screen_text)
        await driver.press("escape")
        assert driver.search.session.facts is None and not driver.search.results.hits


@pytest.mark.drill
async def test_one_that_is_written_is_left_as_it_is_and_that_is_told(folders: Path, opened) -> None:
    async with opened() as driver:
        await open_page(driver)
        with writer_lock(Workspace().collection("pictures").home, "testing"):
            await driver.press("D", "tab", "enter")
            await driver.until(lambda: any("is being written by" in note for note in driver.notes))
        assert names() == ["pictures", "scans"]


@pytest.mark.drill
async def test_an_index_without_its_description_is_told_with_the_cure(folders: Path, opened) -> None:
    (Workspace().collection("scans").home / "collection.json").unlink()
    async with opened() as driver:
        await open_page(driver)
        assert "revsearch collections adopt scans" in driver.screen_text


@pytest.mark.drill
async def test_a_watched_collection_follows_its_folders_and_the_search_knows(
    folders: Path, opened, eager: None
) -> None:
    async with opened() as driver:
        await driver.ask(folders / "Pictures" / "shapes-02.png")
        await open_page(driver, "w")
        await driver.until(lambda: "watched" in cells(driver, "pictures")[5])
        job = driver.app.watches.of("pictures")
        await driver.until(lambda: job.progress is None and job.told)
        draw_picture(70).save(folders / "Pictures" / "late.png")
        await driver.until(lambda: any("1 added" in line for line in job.told))
        await driver.until(lambda: cells(driver, "pictures")[1] == "5")
        await driver.until(lambda: driver.search.session.facts.pictures == 5)

        await driver.press("n")
        assert any("is watched; w ends that first" in note for note in driver.notes)
        await driver.press("escape")
        assert driver.names[0] == "shapes-02.png", "the hits stay"
        await driver.ask(folders / "Pictures" / "late.png")
        assert driver.names[0] == "late.png"

        await driver.pilot.press("f9")
        await driver.until(lambda: isinstance(driver.app.screen, CollectionsScreen) and page(driver).contents)
        await driver.pilot.press("w")
        await driver.until(lambda: driver.app.watches.of("pictures") is None)
        await driver.until(lambda: "watched" not in cells(driver, "pictures")[5])
        assert job.state == "stopped" and "not watched any more" in job.told[-1]
        driver.app.watches.close()


@pytest.mark.drill
async def test_watches_stand_on_the_jobs_page_beside_a_job_and_are_ended_there(
    folders: Path, opened, eager: None
) -> None:
    async with opened(size=(100, 30)) as driver:
        await open_page(driver, "w", "down", "w")
        await driver.until(lambda: all(driver.app.watches.of(name).progress is None for name in names()))
        write_pictures(folders / "More", 6)
        await driver.press("a")
        await fill(driver, folder=str(folders / "More"), collection="third")
        await driver.until(lambda: "third" in names())
        await driver.press("f8")
        assert isinstance(driver.app.screen, JobsScreen)
        text = driver.screen_text
        assert text.count("◉ watching") == 2 and "✓ done" in text, "a job is done while collections are watched"
        await driver.pilot.press("g", "D")
        await driver.until(lambda: [driver.app.watches.of(name) for name in ("pictures", "scans")].count(None) == 1)
        await driver.until(lambda: "◼ stopped" in driver.screen_text and "◉ watching" in driver.screen_text)
    driver.app.watches.close()
    assert driver.app.watches.of("pictures") is driver.app.watches.of("scans") is None


@pytest.mark.drill
async def test_what_cannot_be_watched_any_more_ends_with_the_reason(folders: Path, opened, eager: None) -> None:
    async with opened() as driver:
        await open_page(driver, "w")
        job = driver.app.watches.of("pictures")
        await driver.until(lambda: job.progress is None and job.told)
        shutil.rmtree(Workspace().collection("pictures").home)
        draw_picture(71).save(folders / "Pictures" / "late.png")
        await driver.until(lambda: job.state == "failed")
        await driver.until(lambda: "there is no collection 'pictures'" in job.told[-1])
        driver.app.watches.close()


@pytest.mark.drill
async def test_watching_has_a_process_of_its_own_that_ends_with_the_app(
    folders: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "is_apart", True)
    async with opened() as driver:
        await open_page(driver, "w")
        job = driver.app.watches.of("pictures")
        await driver.until(lambda: job.told and job.progress is None)
        draw_picture(72).save(folders / "Pictures" / "late.png")
        await driver.until(lambda: any("1 added" in line for line in job.told))
        await driver.until(lambda: driver.search.session.facts.pictures == 5)
    driver.app.watches.close()
    assert job.state == "stopped"
