"""What the quick methods find is seen while local ones verify."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.search import engine, one_query
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.tui.conftest import Driver


@pytest.fixture
def verifying(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Local methods wait until this is set."""
    may_go_on = threading.Event()
    rank = engine.rank_local

    def held(*arguments: Any) -> Any:
        may_go_on.wait(60)
        return rank(*arguments)

    monkeypatch.setattr(engine, "rank_local", held)
    yield may_go_on
    may_go_on.set()


async def ask(driver: Driver, path: Path) -> None:
    """Ask, and wait for the first look alone."""
    await driver.pilot.press("slash")
    driver.search.query_line.input.value = str(path)
    await driver.pilot.press("enter")
    await driver.until(lambda: "first look" in str(driver.search.results.border_subtitle))


async def test_hits_are_there_before_they_are_verified(home: Path, verifying: threading.Event, opened) -> None:
    async with opened() as driver:
        await ask(driver, home / "Pictures" / "shapes-03.png")
        assert driver.names[0] == "shapes-03.png"
        assert driver.search.session.question is not None, "the whole answer is still to come"
        verifying.set()
        await driver.press()
        assert driver.names[0] == "shapes-03.png"
        assert "first look" not in str(driver.search.results.border_subtitle)
        current = driver.search.session.current
        assert current is not None and current.result is not None
        assert {rank.method for rank in current.result.hits[0].fused} == {"phash", "sift"}


@pytest.mark.drill
async def test_who_looks_at_a_hit_already_keeps_it(home: Path, verifying: threading.Event, opened) -> None:
    async with opened() as driver:
        await ask(driver, home / "Pictures" / "shapes-03.png")
        await driver.pilot.press("right", "right", "right")
        name = driver.names[driver.search.results.highlighted]
        verifying.set()
        await driver.press()
        assert driver.names[driver.search.results.highlighted] == name != "shapes-03.png"


@pytest.mark.drill
async def test_another_question_meanwhile_is_the_one_that_is_answered(
    home: Path, verifying: threading.Event, opened
) -> None:
    async with opened() as driver:
        await ask(driver, home / "Pictures" / "shapes-03.png")
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(home / "Pictures" / "shapes-05.png")
        await driver.pilot.press("enter")
        verifying.set()
        await driver.press()
        assert driver.names[0] == "shapes-05.png"


async def test_a_method_chosen_alone_gives_one_answer(home: Path, verifying: threading.Event, opened) -> None:
    verifying.set()
    seen: list[str] = []
    async with opened() as driver:
        driver.search.use_methods(("sift",))
        await driver.press()
        driver.search.watch(driver.search.results, "border_subtitle", lambda told: seen.append(str(told)), init=False)
        await driver.ask(home / "Pictures" / "shapes-03.png")
        assert driver.names[0] == "shapes-03.png" and not any("first look" in told for told in seen)


def test_the_whole_answer_is_the_same_with_a_look_of_few_hits_before_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_query, "DEPTH", 4)
    workspace, looks = Workspace(), list[SearchResult]()
    collection = workspace.collection("pictures")
    request = search_request(workspace, workspace.choose(["phash", "sift"]), k=11)
    query = read_query(str(home / "Pictures" / "shapes-03.png"))
    opened = open_engine(workspace, collection, NullControl(), lambda _line: None)
    try:
        alone, behind = opened.search([query], request)[0], opened.search([query], request, looks.append)[0]
    finally:
        opened.close()
    assert behind.hits == alone.hits and len(alone.hits) == 11
    assert [len(look.hits) for look in looks] == [4] and looks[0].hits[0].path == alone.hits[0].path
