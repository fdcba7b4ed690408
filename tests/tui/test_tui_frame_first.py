"""What is found is painted before anything else is done, and nothing is painted twice for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from revsearch_tui.tui import frame_first
from revsearch_tui.tui.frame_first import FrameFirst


def test_a_thread_waits_for_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_first, "_LONGEST_S", 60.0)
    frame, order = FrameFirst(), list[str]()
    frame.wait()  # nothing is to be painted
    frame.due()

    def work() -> None:
        frame.wait()
        order.append("work")

    thread = threading.Thread(target=work)
    thread.start()
    order.append("frame")
    frame.out()
    thread.join(60)
    assert order == ["frame", "work"]


def test_a_frame_that_never_comes_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_first, "_LONGEST_S", 0.01)
    frame = FrameFirst()
    frame.due()
    frame.wait()


async def test_the_screen_is_painted_again_whatever_becomes_of_a_query(home: Path, opened) -> None:
    async with opened() as driver:
        for source in (home / "Pictures" / "shapes-03.png", home / "nosuch.png", home / "Pictures"):
            await driver.ask(home / "Pictures" / "shapes-04.png")
            driver.search.ask(str(source))
            assert driver.app._batch_count == 1, "hits may be there in a moment"
            await driver.until(lambda: driver.app._batch_count == 0)


async def test_a_change_of_focus_does_not_paint_the_whole_screen(home: Path, opened) -> None:
    async with opened() as driver:
        painted = list[object]()
        refresh = driver.search.refresh
        driver.search.refresh = lambda *regions, **how: painted.append(regions) or refresh(*regions, **how)
        driver.search.set_focus(driver.search.query_line.input)
        assert driver.search.focused is driver.search.query_line.input
        assert not painted
