"""Reading labelled pictures: in order, within their boxes, a few ahead, whatever the files hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import Box, MethodUnavailableError, Sample
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.indexing.index_report import IndexSettings
from revsearch_tui.core.labelled.decoding import PictureReader
from tests.support.drawn import draw


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    reader = PictureReader(IndexSettings(workers=2, max_file_bytes=4_000_000), [])
    yield reader
    reader.close()


def samples(folder: Path, count: int) -> list[Sample]:
    found = []
    for number in range(count):
        file = folder / f"{number}.png"
        draw(number, (12 + number % 5, 9)).save(file)
        found.append(Sample(file, "x"))
    return found


def test_pictures_come_in_order_and_twice_where_they_are_asked_for_twice(reader: PictureReader, tmp_path: Path) -> None:
    listed = samples(tmp_path, 90)
    asked = [*listed, *reversed(listed)]
    for sample, picture in zip(asked, reader.pictures(asked), strict=True):
        assert picture is not None
        assert np.array_equal(picture, decode_bytes(sample.path.read_bytes(), sample.path.name).picture)


def test_what_cannot_be_read_is_none_in_its_place(reader: PictureReader, tmp_path: Path) -> None:
    listed = samples(tmp_path, 6)
    (tmp_path / "1.png").write_bytes(b"rubbish")
    (tmp_path / "2.png").write_bytes(b"")
    (tmp_path / "3.png").unlink()
    (tmp_path / "4.png").write_bytes(b"x" * 5_000_000)
    pictures = list(reader.pictures(listed))
    assert [picture is not None for picture in pictures] == [True, False, False, False, False, True]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders there")
def test_a_pipe_is_not_waited_for(reader: PictureReader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert list(reader.pictures([Sample(tmp_path / "pipe.png", "x")])) == [None]


def test_boxes_are_parts_of_the_upright_picture(reader: PictureReader, tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 20))
    image.paste((255, 255, 255), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right: the white corner comes to lie at the upper right of 20 x 40
    image.save(tmp_path / "turned.png", exif=exif)
    boxes = [None, Box(0, 0, 1, 1), Box(0.5, 0, 1, 0.25), Box(0, 0.5, 0.5, 1)]
    whole, same, corner, rest = reader.pictures([Sample(tmp_path / "turned.png", "x", box) for box in boxes])
    assert whole is not None and same is not None and corner is not None and rest is not None
    assert whole.shape == (40, 20, 3) and np.array_equal(whole, same)
    assert corner.shape == (10, 10, 3) and corner.min() == 255
    assert rest.shape == (20, 10, 3) and rest.max() == 0


def test_a_box_of_a_large_file_keeps_its_detail(reader: PictureReader, tmp_path: Path) -> None:
    draw(1, (3000, 2000)).save(tmp_path / "large.jpg", quality=95)
    (part,) = reader.pictures([Sample(tmp_path / "large.jpg", "x", Box(0.25, 0.25, 0.5, 0.5))])
    assert part is not None and part.shape == (500, 750, 3), "the whole would be shrunk to 960 pixels first"


def test_large_and_small_files_keep_their_order(reader: PictureReader, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    for number in range(12):
        picture = Image.fromarray(noise) if number % 3 == 0 else draw(number, (30, 20))
        picture.save(tmp_path / f"{number}.png")
    listed = [Sample(tmp_path / f"{number}.png", "x") for number in range(12)]
    widths = [picture.shape[1] for picture in reader.pictures(listed) if picture is not None]
    assert widths == [400, 30, 30] * 4


def test_pictures_are_cut_as_asked(reader: PictureReader, tmp_path: Path) -> None:
    (picture,) = reader.pictures(samples(tmp_path, 1), lambda picture: picture[:2, :3])
    assert picture is not None and picture.shape == (2, 3, 3)


def test_a_cut_that_fails_is_said_by_name(reader: PictureReader, tmp_path: Path) -> None:
    def fail(picture: object) -> np.ndarray:
        raise MethodUnavailableError("the region provider 'faces' failed: KeyError: 'eyes'")

    with pytest.raises(MethodUnavailableError, match="the region provider 'faces' failed"):
        list(reader.pictures(samples(tmp_path, 1), fail))


def test_two_can_read_at_once_and_one_may_leave_early(reader: PictureReader, tmp_path: Path) -> None:
    listed = samples(tmp_path, 40)
    first, second = reader.pictures(listed), reader.pictures(listed)
    pairs = [(next(first), next(second)) for _ in range(10)]
    first.close()  # type: ignore[attr-defined]
    assert all(np.array_equal(one, other) for one, other in pairs if one is not None and other is not None)
    assert len(list(second)) == 30


def test_no_files_are_read_long_before_they_are_asked_for(reader: PictureReader, tmp_path: Path) -> None:
    asked = []

    class Listed(list[Sample]):
        def __getitem__(self, place):  # type: ignore[no-untyped-def]
            asked.append(place.stop)
            return super().__getitem__(place)

    found = iter(reader.pictures(Listed(samples(tmp_path, 400))))
    for _ in range(5):
        next(found)
    assert max(asked) < 200
