"""How the pages of models and plugins look, with their forms, at a small and a large size. Layout only."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.api import TrainedModel
from revsearch_tui.core.models.model_store import save_trained
from revsearch_tui.core.workspace import Workspace
from tests.support.runs import finished
from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

PAGES = {
    "models": ("f12",),
    "shipped": ("f12", "G"),
    "add": ("f12", "a"),
    "download": ("f12", "d", "right"),
    "train": ("f12", "n", "down", "down"),
    "train-svm": ("f4", "n", "right", "right", *["down"] * 9),
    "plugins": ("f11", *["j"] * 5),
    "options": ("f11", *["j"] * 9, "enter", "down", "down"),
}


@pytest.fixture
def own(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trained model of the user's, below the home folder; times are shown in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setenv("REVSEARCH_HOME", str(new_home / "revsearch"))
    models = Workspace().folders.models

    def write(folder: Path) -> TrainedModel:
        (folder / "network.onnx").write_bytes(b"0" * 1_972_792)
        data = {"dataset": "folders", "root": str(new_home / "Pictures" / "people"), "classes": 24}
        data["counts"] = {"train": 2052, "validation": 108, "test": 240}
        settings = {"side": 64, "dim": 384, "classes": [f"person {number:02}" for number in range(24)]}
        options = {"preset": "faces", "epochs": 12.0, "width": 1.0}
        return TrainedModel("network.onnx", settings, finished(data=data, options=options))

    save_trained(models, "people", "cnn", write)
    manifest = models / "people" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**told, "added": "2026-03-03T13:21:00+00:00"}), "utf-8")


@by_size
@pytest.mark.parametrize("page", PAGES)
def test_page(own: None, snap_compare, size: tuple[int, int], page: str) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        page_key, *keys = PAGES[page]
        await driver.press(page_key)
        await driver.press(*keys)
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
