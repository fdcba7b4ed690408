"""A picture that was copied in another program becomes the query."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.tui.pasting import MOST_KEPT

WITH_X11 = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")), reason="needs a clipboard: Xvfb and xclip are not installed"
)


@pytest.fixture
def clipboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clipboard of an X server of its own."""
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "64x64x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    monkeypatch.setenv("DISPLAY", f":{int(server.stdout.readline())}")
    try:
        yield
    finally:
        server.kill()
        server.wait()


def copy(data: bytes) -> None:
    subprocess.run(["xclip", "-selection", "clipboard", "-t", "image/png"], input=data, check=True)


@WITH_X11
async def test_ctrl_v_searches_with_the_picture_that_was_copied(home: Path, opened, clipboard: None) -> None:
    wanted = home / "Pictures" / "shapes-03.png"
    async with opened() as driver:
        folder = driver.search.workspace.folders.state / "pasted"
        folder.mkdir(parents=True)
        for number in range(MOST_KEPT):
            (folder / f"pasted-{number}.png").touch()
        copy(wanted.read_bytes())
        await driver.press("slash", "ctrl+v")
        await driver.until(lambda: driver.names)
        assert driver.names[0] == wanted.name
        asked = Path(driver.search.session.current.source)
        assert (asked.parent, len(list(folder.iterdir()))) == (folder, MOST_KEPT)
        with Image.open(asked) as kept, Image.open(wanted) as there:
            assert kept.convert("RGB").tobytes() == there.convert("RGB").tobytes()


@WITH_X11
@pytest.mark.parametrize(
    ("data", "told"), [(b"", "No picture was copied"), (b"no PNG", "cannot be pasted: cannot identify")]
)
async def test_what_is_no_picture_is_told(home: Path, opened, clipboard: None, data: bytes, told: str) -> None:
    async with opened(size=(160, 48)) as driver:
        if data:
            copy(data)
        await driver.press("ctrl+v")
        await driver.until(lambda: any(told in note for note in driver.notes))
        assert driver.search.session.current is None


async def test_without_a_program_that_pastes_it_is_told_which_to_install(
    home: Path, opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with opened(size=(160, 48)) as driver:
        await driver.press("ctrl+v")
        await driver.until(lambda: any("install wl-clipboard or xclip" in note for note in driver.notes))


async def test_in_the_line_what_was_copied_in_the_app_is_pasted(home: Path, opened) -> None:
    async with opened() as driver:
        driver.app.copy_to_clipboard("a path")
        await driver.press("slash", "ctrl+v")
        assert driver.search.query_line.input.value == "a path"
