"""A copy that lacks something of the query says so on its card, in its line, and in the details."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageDraw, ImageFont

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.results import Hit
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.plain_text import hit_sentence
from tests.support.drawn import draw

SIZE = (480, 360)


async def test_a_copy_that_was_written_on_has_a_sign(new_home: Path, opened) -> None:
    folder = new_home / "Pictures"
    folder.mkdir()
    whole, noted = draw(7, SIZE), draw(7, SIZE)
    ImageDraw.Draw(noted).text((40, 30), "SOLD", fill="white", font=ImageFont.load_default(26))
    whole.save(folder / "whole.png")
    noted.save(folder / "noted.png")
    for number in range(20, 32):
        draw(number, SIZE).save(folder / f"{number}.png")
    index_collection(Workspace(), "pictures", [folder], ["phash", "sift"], control=NullControl())
    whole.resize((400, 300)).save(new_home / "query.png")
    async with opened(size=(120, 32)) as driver:
        await driver.ask(new_home / "query.png")
        assert driver.names[:2] == ["whole.png", "noted.png"]
        assert [hit.lacks for hit in driver.search.results.hits[:2]] == ["", "looks different in places"]
        assert driver.screen_text.count("≠") == 1 and "looks different" not in driver.screen_text
        await driver.press("right")
        assert "looks different" in " ".join(driver.screen_text.split())
        await driver.press("v")
        assert driver.screen_text.count("≠") == 1


def test_a_sentence_says_what_a_copy_lacks() -> None:
    path, words = Path("a.png"), "has other colours"
    for why, told in (((), "copy, score"), (("nearest by pixels", words), f"copy, {words}, score")):
        hit = Hit(1, "fused", "00", path, (path,), 0.9, 9.0, "decades", True, True, 8, 8, tier="copy", why=why)
        assert told in hit_sentence(hit, "", "", False)
