"""What the app remembers from one start to the next."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.marks import Marked
from revsearch_tui.tui.memory import FORMAT, MOST_RECENT, Keeper, Memory, PastQuery, read_memory
from revsearch_tui.tui.refinement import Refinement
from tests.tui.conftest import Driver


def the_file() -> Path:
    return Workspace().folders.state / "app.json"


async def use(driver: Driver, home: Path) -> None:
    """Ask, choose a method, show lines, mark a hit."""
    await driver.ask(home / "Pictures" / "shapes-04.png")
    driver.search.use_methods(("sift",))
    await driver.press("v", "space")


async def test_methods_view_queries_and_marks_are_there_at_the_next_start(home: Path, opened) -> None:
    async with opened() as driver:
        await use(driver, home)
    async with opened() as driver:
        assert driver.search.session.methods == ("sift",)
        assert driver.search.results.view == "list"
        assert [each.path.name for each in driver.search.session.marked.values()] == ["shapes-04.png"]
        assert [query.source for query in driver.search.keeper.memory.recent] == [
            str(home / "Pictures" / "shapes-04.png")
        ]
        await driver.ask(home / "Pictures" / "shapes-05.png")
        assert "by sift" in driver.screen_text and "1 marked" in driver.screen_text


@pytest.mark.drill
async def test_what_is_taken_back_is_forgotten_too(home: Path, opened) -> None:
    async with opened() as driver:
        await use(driver, home)
    async with opened() as driver:
        await driver.press("A")
        driver.search.use_methods(())
        await driver.press()
    async with opened() as driver:
        assert not driver.search.session.marked
        assert driver.search.session.methods == ("phash", "sift")


async def test_a_view_that_is_configured_is_the_one_to_begin_with(home: Path, monkeypatch, opened) -> None:
    async with opened() as driver:
        await driver.press("v")
    monkeypatch.setenv("REVSEARCH_TUI_VIEW", "grid")
    async with opened() as driver:
        assert driver.search.results.view == "grid"


@pytest.mark.drill
async def test_two_apps_at_once_keep_what_the_other_remembers(home: Path, opened) -> None:
    async with opened() as first, opened() as second:
        await first.ask(home / "Pictures" / "shapes-01.png")
        await first.press("space")
        await second.ask(home / "Pictures" / "shapes-02.png")
        await second.press("space")
    known = read_memory(Workspace().folders)
    assert known is not None
    assert {Path(query.source).name for query in known.recent} == {"shapes-01.png", "shapes-02.png"}
    assert {each.path.name for each in known.marks["pictures"].values()} == {"shapes-01.png", "shapes-02.png"}


@pytest.mark.drill
async def test_nothing_is_written_at_each_key(home: Path, opened) -> None:
    async with opened() as driver:
        await use(driver, home)
        driver.search.keeper.write()
        before = the_file().stat().st_mtime_ns
        await driver.press("left", "right", "down", "home")
        assert not driver.search.keeper.is_behind
        assert the_file().stat().st_mtime_ns == before


@pytest.mark.drill
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"format": "x", "view": 3, "methods": [1], "recent": {"a": 1}, "saved": 7, "marks": [[]]}',
        '{"view": "sideways", "methods": {"pictures": "sift"}, "recent": [1, {"source": ["x"]}, {"source": ""}]}',
        '{"recent": [{"source": "a\\u0000b"}], "saved": {"x": 1}, "marks": {"pictures": [1, {"image_id": "ab"}]}}',
        '{"recent": [{"source": "x", "k": 1e999, "least_score": "no", "under": [3], "glob": "*"}]}',
    ],
)
async def test_what_is_broken_is_not_remembered_and_no_trouble(home: Path, opened, text: str) -> None:
    the_file().parent.mkdir(exist_ok=True)
    the_file().write_text(text, "utf-8")
    async with opened() as driver:
        assert driver.search.results.view == "grid" and driver.notes == []
        await driver.ask(home / "Pictures" / "shapes-04.png")
    known = json.loads(the_file().read_text())
    assert known["recent"][0]["source"] == str(home / "Pictures" / "shapes-04.png"), "what was broken is replaced"


async def test_what_a_newer_program_wrote_stays(home: Path, opened) -> None:
    the_file().parent.mkdir(exist_ok=True)
    text = json.dumps({"format": FORMAT + 1, "view": "list"})
    the_file().write_text(text)
    async with opened() as driver:
        assert driver.search.results.view == "grid"
        await use(driver, home)
    assert the_file().read_text() == text


async def test_where_nothing_can_be_written_the_app_works(home: Path, opened) -> None:
    if os.geteuid() == 0:
        the_file().parent.mkdir(exist_ok=True)
        (the_file().parent / "app.json").mkdir()
    else:
        the_file().parent.chmod(0o500)
    try:
        async with opened() as driver:
            await use(driver, home)
            assert driver.notes == []
    finally:
        the_file().rmdir() if the_file().is_dir() else the_file().parent.chmod(0o700)


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    folders = Folders(tmp_path, tmp_path, tmp_path)
    refinement = Refinement(copies=True, least_score=0.25, under=(Path("/a"),), glob=("*.png",), k=7)
    query, mark = (
        PastQuery("/odd\udcff.png", "ab" * 32, refinement),
        Marked("cd" * 32, Path("/p\udcff.png"), 0.5, "copy"),
    )
    keeper = Keeper(folders)
    keeper.change(lambda memory: memory.ask(query))
    keeper.change(lambda memory: memory.save("beach", query))
    keeper.change(lambda memory: memory.mark("pictures", mark.image_id, mark))
    keeper.write()
    assert read_memory(folders) == Memory(
        recent=[query], saved={"beach": query}, marks={"pictures": {mark.image_id: mark}}
    )


def test_only_the_newest_queries_are_kept_each_once(tmp_path: Path) -> None:
    memory = Memory()
    for number in [*range(MOST_RECENT + 20), MOST_RECENT]:
        memory.ask(PastQuery(f"{number}.png"))
    assert len(memory.recent) == MOST_RECENT
    assert [query.source for query in memory.recent[:2]] == [f"{MOST_RECENT}.png", f"{MOST_RECENT + 19}.png"]


def test_what_is_changed_before_the_memory_is_read_is_not_lost(tmp_path: Path) -> None:
    keeper = Keeper(Folders(tmp_path, tmp_path, tmp_path))
    keeper.change(lambda memory: memory.ask(PastQuery("new.png")))
    keeper.take(Memory(recent=[PastQuery("old.png")]))
    assert [query.source for query in keeper.memory.recent] == ["new.png", "old.png"]


@pytest.mark.drill
async def test_likes_are_not_remembered_but_what_a_query_is_narrowed_to_is(colours: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(colours / "0.png")
        driver.search.refine(Refinement(k=3))
        await driver.press("right", "plus")
        assert driver.search.refinement.likes
        assert [query.refinement for query in driver.search.keeper.memory.recent] == [Refinement(k=3)]


@pytest.mark.drill
async def test_a_picker_begins_without_marks(home: Path, opened) -> None:
    async with opened() as driver:
        await use(driver, home)
    async with opened(picking=True) as driver:
        assert not driver.search.session.marked
        await driver.ask(home / "Pictures" / "shapes-06.png")
        await driver.press("space")
    known = read_memory(Workspace().folders)
    assert known is not None
    assert [each.path.name for each in known.marks["pictures"].values()] == ["shapes-04.png"]
