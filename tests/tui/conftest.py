"""A small collection in a home folder of its own, and a way to drive the app over it."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from textual.pilot import Pilot
from textual.widgets import Input

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.jobs import Jobs
from revsearch_tui.tui.pictures.drawing import HalfCells
from tests.support.photos import write_photos
from tests.support.tiny_network import paint, store_network
from tests.support.twins import write_twins
from tests.tui.pausing import held_up

PICTURES = 12
SIZE = (192, 128)


def draw_picture(seed: int) -> Image.Image:
    """A picture of coloured shapes, another one for every seed."""
    dice = random.Random(seed)
    image = Image.new("RGB", SIZE, tuple(dice.randrange(40, 200) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(14):
        x, y = dice.randrange(SIZE[0]), dice.randrange(SIZE[1])
        w, h = dice.randrange(15, 70), dice.randrange(15, 60)
        colour = tuple(dice.randrange(256) for _ in range(3))
        shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
        shape((x - w // 2, y - h // 2, x + w // 2, y + h // 2), fill=colour)
    return image


def write_pictures(folder: Path, number: int = PICTURES) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"shapes-{seed:02}.png" for seed in range(number)]
    for seed, path in enumerate(paths):
        draw_picture(seed).save(path)
    return paths


def _use_home(patch: pytest.MonkeyPatch, base: Path) -> Path:
    home = base / "home"
    home.mkdir(exist_ok=True)
    patch.setenv("HOME", str(home))
    patch.setenv("USERPROFILE", str(home))
    patch.setenv("REVSEARCH_HOME", str(base / "revsearch"))
    patch.setenv("REVSEARCH_INDEX_WORKERS", "1")
    patch.delenv("REVSEARCH_LOAD_PLUGINS", raising=False)
    with contextlib.suppress(OSError):  # what the app of another test remembered
        (base / "revsearch" / "state" / "app.json").unlink()
    return home


@pytest.fixture(scope="session")
def indexed_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `home/Pictures` and revsearch's data, indexed by phash and sift. Not to be changed."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("tui")))
    with pytest.MonkeyPatch.context() as patch:
        home = _use_home(patch, base)
        write_pictures(home / "Pictures")
        index_collection(Workspace(), "pictures", [home / "Pictures"], ["phash", "sift"], control=NullControl())
    return base


@pytest.fixture
def home(indexed_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of the indexed collection."""
    return _use_home(monkeypatch, indexed_base)


@pytest.fixture(scope="session")
def twins_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `indexed_base`, with pictures some of which are the same. Not to be changed."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("twins")))
    with pytest.MonkeyPatch.context() as patch:
        home = _use_home(patch, base)
        write_twins(home / "Pictures")
        index_collection(Workspace(), "pictures", [home / "Pictures"], ["phash", "sift"], control=NullControl())
    return base


@pytest.fixture
def twins(twins_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pictures some of which are the same, indexed. Not to be changed."""
    return _use_home(monkeypatch, twins_base) / "Pictures"


@pytest.fixture(scope="session")
def photos_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `indexed_base`, with photos that have themes and a burst, indexed by a network that knows colours."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("photos")))
    with pytest.MonkeyPatch.context() as patch:
        home = _use_home(patch, base)
        store_network(base / "revsearch" / "data" / "models", "colours", "efficientnet")
        write_photos(home / "Pictures")
        methods = ["efficientnet:colours", "phash"]
        index_collection(Workspace(), "pictures", [home / "Pictures"], methods, control=NullControl())
    return base


@pytest.fixture
def photos(photos_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of photos that have themes and a burst, indexed. Not to be changed."""
    return _use_home(monkeypatch, photos_base) / "Pictures"


@pytest.fixture
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of a new user."""
    return _use_home(monkeypatch, Path(os.path.realpath(tmp_path)))


COLOURS = [(220, 20, 30), (200, 40, 30), (10, 200, 40), (30, 220, 9), (9, 9, 200), (1, 5, 255)]


@pytest.fixture(scope="session")
def colours_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `indexed_base`: two red, two green and two blue pictures, by a tiny network that knows colours, and phash."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("colours")))
    with pytest.MonkeyPatch.context() as patch:
        folder, workspace = _use_home(patch, base) / "Pictures", Workspace()
        for number, colour in enumerate(COLOURS):
            file = folder / ("Blue" if number > 3 else "") / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(paint(*colour)).save(file)
        store_network(workspace.folders.models, "colours", "efficientnet")
        index_collection(workspace, "pictures", [folder], ["efficientnet:colours", "phash"], control=NullControl())
    return base


@pytest.fixture
def colours(colours_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of coloured pictures, indexed. Not to be changed."""
    return _use_home(monkeypatch, colours_base) / "Pictures"


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way, in the app or behind it."""
    quiet = 0
    for _ in range(3000):
        await pilot.pause(0.01)
        search = pilot.app.search  # type: ignore[attr-defined]
        is_idle = search.is_idle and pilot.app.typed.is_idle  # type: ignore[attr-defined]
        quiet = quiet + 1 if is_idle else 0
        if quiet >= 4:
            return
    jobs = [job.title for queue in search.queues for job in queue.all if not job.is_heard]
    busy = [name for name in ("engine", "loader") if not getattr(search, name).is_idle]
    busy += [] if pilot.app.typed.is_idle else ["keys"]  # type: ignore[attr-defined]
    raise AssertionError(f"the app did not come to rest: {', '.join(busy + jobs)}")


@pytest.fixture(autouse=True)
def jobs_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs have no process of their own, where tests could not hold them up."""
    monkeypatch.setattr(Jobs, "is_apart", False)


class Driver:
    """The app and its pilot, with the waits in."""

    def __init__(self, app: RevsearchApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot, self.search = app, pilot, app.search

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await settle(self.pilot)

    async def ask(self, path: Path | str) -> None:
        """Query by typing the path."""
        await self.pilot.press("slash")
        await self.until(lambda: isinstance(self.app.focused, Input))
        self.search.query_line.input.value = str(path)
        await self.pilot.press("enter")
        await settle(self.pilot)

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait for something that happens while work goes on."""
        for _ in range(3000):
            if happened():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it did not happen")

    @property
    def names(self) -> list[str]:
        return [hit.path.name for hit in self.search.results.hits]

    @property
    def screen_text(self) -> str:
        """All that is on the screen, as text."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips[:height])

    @property
    def notes(self) -> list[str]:
        return [notification.message for notification in self.app._notifications]


Opened = Callable[..., contextlib.AbstractAsyncContextManager[Driver]]


@contextlib.asynccontextmanager
async def open_app(
    size: tuple[int, int] = (120, 40),
    workspace: Workspace | None = None,
    collection: str | None = None,
    **how: Any,
) -> AsyncIterator[Driver]:
    """The running app, at rest."""
    app = RevsearchApp(workspace or Workspace(), HalfCells(), collection, **how)
    try:
        with held_up(workspace):
            async with app.run_test(size=size) as pilot:
                await settle(pilot)
                yield Driver(app, pilot)
    finally:
        app.search.close()


@pytest.fixture
def opened() -> Opened:
    """`open_app`, for tests."""
    return open_app
