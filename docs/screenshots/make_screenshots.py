"""Take the screenshots of this folder from the running app, over the sample collection.

Run from the root of the repository: `python docs/screenshots/make_screenshots.py [HOME]`. HOME is an empty folder, or
one that an earlier run filled. PNG files are made where `rsvg-convert` is installed.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent.parent / "data")]
CHANGES = ("crop=10,30,50", "rotation=5,25,90", "mirror", "scale=0.5", "jpeg=10,30,50", "blur=1,3", "grey", "border=15")
QUERY = "~/Pictures/sample/copies/balloon-009 crop.jpg"
SIZES = ((80, 24), (160, 48))
PAGES = {
    "results": ("right",),
    "explain": ("right", "w"),
    "columns": ("C",),
    "part": ("R",),
    "narrow": ("f",),
    "methods": ("m",),
    "browse": ("b", "down", "down"),
    "index": ("a",),
    "history": ("ctrl+r",),
    "palette": ("ctrl+p",),
    "help": ("question_mark",),
    "accuracy": ("f3",),
    "record": ("f3", "enter"),
    "evaluate": ("f3", "n"),
    "training": ("f4",),
    "train": ("f12", "n"),
    "duplicates": ("f5",),
    "pair": ("f5", "c"),
    "clusters": ("f6",),
    "judgements": ("f7",),
    "jobs": ("f6", "escape", "f8"),
    "collections": ("f9",),
    "settings": ("f10",),
    "plugins": ("f11",),
    "models": ("f12",),
}
"""Keys that lead to a page from the answer to the query."""


def prepare(home: Path) -> None:
    """The sample pictures in `~/Pictures/sample`, indexed, and a measurement of which method finds changed copies."""
    from revsearch_data.sample_collection import make_sample_collection

    from revsearch_tui.api import NullControl
    from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
    from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
    from revsearch_tui.core.indexing.start_index import index_collection
    from revsearch_tui.core.methods.sets import DEFAULT
    from revsearch_tui.core.workspace import Workspace

    folder = home / "Pictures" / "sample"
    folder.mkdir(parents=True, exist_ok=True)
    make_sample_collection(folder)
    index_collection(Workspace(), "sample", [folder], DEFAULT, control=NullControl())
    request = RobustnessRequest(methods=("phash", "sift"), sample=20, transformations=CHANGES, name="sample pictures")
    run_robustness(Workspace(), request, NullControl(), lambda _line: None)


async def shoot(name: str, size: tuple[int, int], steps: Sequence[str], query: str | None, *, png: bool = True) -> None:
    """One screenshot, after a query and some keys."""
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.app import RevsearchApp
    from revsearch_tui.tui.pictures.drawing import HalfCells

    app = RevsearchApp(Workspace(), HalfCells())
    app.animation_level = "none"

    async def rest() -> None:
        quiet = 0
        while quiet < 5:
            await pilot.pause(0.02)
            quiet = quiet + 1 if app.search.is_idle else 0

    async with app.run_test(size=size) as pilot:
        await rest()
        if query is not None:
            app.search.ask(os.path.expanduser(query))  # noqa: PTH111
            await rest()
        for step in steps:
            await pilot.press(step)
            await pilot.pause(0.5)  # pages read what they show on threads of their own
            await rest()
        app.clear_notifications()
        await pilot.pause(0.1)
        svg = app.export_screenshot(title="revsearch")
    app.search.close()
    (HERE / f"{name}.svg").write_text(svg, "utf-8")
    if png and shutil.which("rsvg-convert"):
        to_png(svg, HERE / f"{name}.png")


def to_png(svg: str, target: Path) -> None:
    """Draw with a font that is installed, at the width of the one the SVG asks for."""
    svg = re.sub(r"src:[^;]*;", "", svg)
    svg = re.sub(r"font-family: Fira Code[^;]*;", "font-family: DejaVu Sans Mono;", svg)
    svg = svg.replace("font-size: 20px", "font-size: 20.26px")
    svg = svg.replace("<text ", '<text xml:space="preserve" ').replace("&#160;", " ")
    subprocess.run(["rsvg-convert", "-w", "1600", "-o", str(target)], input=svg.encode(), check=True)


async def main() -> None:
    await shoot("search-160x48", (160, 48), ("right",), QUERY)
    await shoot("search-80x24", (80, 24), ("right",), QUERY)
    await shoot("accuracy-160x48", (160, 48), ("f3", "enter"), None)
    (HERE / "pages").mkdir(exist_ok=True)
    await shoot("pages/judgements-80x24", (80, 24), ("right", "M"), QUERY, png=False)
    for name, keys in PAGES.items():
        for width, height in SIZES:
            await shoot(f"pages/{name}-{width}x{height}", (width, height), keys, QUERY, png=False)
    await shoot("search-list-160x48", (160, 48), ("v", "down"), QUERY)  # the last, for the app remembers the view
    os.environ["REVSEARCH_HOME"] = tempfile.mkdtemp()
    await shoot("welcome", (80, 24), (), None)


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    os.environ.update(HOME=str(folder), REVSEARCH_HOME=str(folder / "rv"), ORT_DISABLE_TELEMETRY="1")
    prepare(folder)
    asyncio.run(main())
