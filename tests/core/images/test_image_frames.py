"""An animation is known by its first frame that shows something."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.core.images.decode import decode_bytes
from tests.support.drawn import draw
from tests.support.library import Library
from tests.support.program import revsearch_json
from tests.support.stored import collection_of

Encode = Callable[..., bytes]

KINDS = ["GIF", "WEBP", "PNG", "AVIF"]
LOSSLESS = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}


def animated(encode: Encode, kind: str, *frames: Image.Image) -> bytes:
    return encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **LOSSLESS.get(kind, {}))


def plain(colour: str) -> Image.Image:
    return Image.new("RGB", (220, 160), colour)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", ["black", "white", "navy"])
def test_an_animation_that_begins_blank_shows_its_first_frame_that_does_not(
    kind: str, colour: str, encode: Encode
) -> None:
    shown = draw(3)
    data = animated(encode, kind, plain(colour), plain("grey"), shown, draw(4))
    decoded = decode_bytes(data, "x")
    assert decoded.note == "frame 3 of 4, since the first shows nothing"
    assert np.abs(decoded.picture.astype(int) - np.asarray(shown)).mean() < 12
    assert (decoded.width, decoded.height, decoded.format) == (220, 160, kind.lower())


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_whose_first_frame_shows_something_is_known_by_it(kind: str, encode: Encode) -> None:
    data = animated(encode, kind, draw(3), plain("black"), draw(4))
    decoded = decode_bytes(data, "x")
    assert decoded.note == ""
    assert np.abs(decoded.picture.astype(int) - np.asarray(draw(3))).mean() < 12


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_that_shows_nothing_at_all_is_its_first_frame(kind: str, encode: Encode) -> None:
    decoded = decode_bytes(animated(encode, kind, plain("red"), plain("lime"), plain("blue")), "x")
    assert decoded.note == ""
    assert np.abs(decoded.picture[80, 100].astype(int) - (255, 0, 0)).max() < 6


def test_an_animation_that_begins_transparent_begins_blank(encode: Encode) -> None:
    clear = Image.new("RGBA", (220, 160), (9, 9, 9, 0))
    clear.paste((200, 10, 10, 0), (0, 0, 100, 100))
    data = animated(encode, "WEBP", clear, draw(3).convert("RGBA"))
    assert decode_bytes(data, "x").note == "frame 2 of 2, since the first shows nothing"


def test_only_so_many_frames_are_looked_at(encode: Encode) -> None:
    frames = [Image.new("RGB", (16, 16), (number, 0, 0)) for number in range(80)]
    data = animated(encode, "GIF", *frames, draw(3, (16, 16)))
    decoded = decode_bytes(data, "x")
    assert (decoded.note, decoded.picture[8, 8].tolist()) == ("", [0, 0, 0])


def test_a_damaged_later_frame_leaves_the_first(encode: Encode) -> None:
    data = animated(encode, "PNG", plain("black"), draw(3))
    cut = data[: len(data) - 3000]
    decoded = decode_bytes(cut, "x")
    assert (decoded.note, decoded.picture.max()) == ("", 0)


def test_a_blank_picture_and_the_pages_of_a_document_are_what_they_were(encode: Encode) -> None:
    for kind in ("GIF", "PNG"):
        assert decode_bytes(encode(plain("white"), kind), "x").note == ""
    pages = encode(plain("white"), "TIFF", save_all=True, append_images=[draw(3)])
    decoded = decode_bytes(pages, "x")
    assert (decoded.note, decoded.picture.min()) == ("", 255)


def test_which_frame_was_seen_is_noted_for_every_file_of_the_picture(encode: Encode, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "fade.gif").write_bytes(animated(encode, "GIF", plain("black"), draw(3)))
    shutil.copy(folder / "fade.gif", folder / "twin.gif")
    library = Library(tmp_path / "home")
    report = library.index(folder)
    assert (report.pictures, report.raw, report.notes) == (1, 0, [])
    shutil.copy(folder / "fade.gif", folder / "later.gif")
    library.index()
    library.index(check=True)
    rows = revsearch_json(library.home, "collections", "skipped", "--notes")
    assert {Path(row["path"]).name: row["reason"] for row in rows} == dict.fromkeys(
        ("fade.gif", "twin.gif", "later.gif"), "frame 2 of 2, since the first shows nothing"
    )
    assert library.found(folder / "fade.gif")
    assert collection_of(library.home).catalog_file.exists()
