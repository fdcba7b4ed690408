"""The thumbnail cache: bounded, sound, shared."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import StorageError
from revsearch_tui.core.images.limits import THUMBNAIL_MAX_PX
from revsearch_tui.core.images.thumbnails import ThumbnailCache


def _id(number: int) -> str:
    return f"{number:064x}"[::-1]


def _noise(number: int, height: int = 100, width: int = 120) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_was_put_is_found_by_every_cache_of_the_folder(tmp_path: Path) -> None:
    path = ThumbnailCache(tmp_path).put(_id(1), _noise(1))
    assert ThumbnailCache(tmp_path).get(_id(1)) == path
    assert ThumbnailCache(tmp_path).get(_id(2)) is None


@pytest.mark.parametrize(("shape", "size"), [((480, 960), (320, 160)), ((960, 3), (1, 320)), ((90, 60), (60, 90))])
def test_thumbnails_have_at_most_their_side_and_are_not_enlarged(
    shape: tuple[int, int], size: tuple[int, int], tmp_path: Path
) -> None:
    with Image.open(ThumbnailCache(tmp_path).put(_id(1), _noise(1, *shape))) as image:
        assert image.size == size
        assert max(image.size) <= THUMBNAIL_MAX_PX
        image.load()


def test_nothing_is_made_on_disk_before_the_first_thumbnail(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "thumbnails")
    assert cache.get(_id(1)) is None
    assert not (tmp_path / "thumbnails").exists()


def test_the_cache_stays_within_its_bound(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path, max_bytes=100_000)
    for number in range(40):
        path = cache.put(_id(number), _noise(number))
        assert path.exists()
        assert _total(tmp_path) <= 100_000
    assert _total(tmp_path) > 60_000, "it is used, too"


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    size = ThumbnailCache(tmp_path / "one").put(_id(0), _noise(0)).stat().st_size
    cache = ThumbnailCache(tmp_path / "many", max_bytes=size * 17 // 2)
    paths = [cache.put(_id(number), _noise(number)) for number in range(6)]
    for age, path in enumerate(paths):
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    assert cache.get(_id(0)) == paths[0]
    for number in range(6, 9):
        cache.put(_id(number), _noise(number))
    assert cache.get(_id(0)) is not None
    assert cache.get(_id(1)) is None


def test_a_cache_found_too_large_shrinks_at_the_next_thumbnail(tmp_path: Path) -> None:
    large = ThumbnailCache(tmp_path, max_bytes=10_000_000)
    for number in range(20):
        large.put(_id(number), _noise(number))
    ThumbnailCache(tmp_path, max_bytes=50_000).put(_id(99), _noise(99))
    assert _total(tmp_path) <= 50_000


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "other"])
def test_damaged_thumbnails_are_discarded(damage: str, tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path)
    path = cache.put(_id(1), _noise(1))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    contents = {"empty": b"", "short": content[: len(content) // 2], "flipped": content, "other": b"text " * 9}
    path.write_bytes(bytes(contents[damage]))
    assert cache.get(_id(1)) is None
    assert not path.exists()


def test_abandoned_temporary_files_are_cleared(tmp_path: Path) -> None:
    path = ThumbnailCache(tmp_path).put(_id(1), _noise(1))
    abandoned = path.with_name("x.tmp")
    abandoned.write_bytes(b"half")
    os.utime(abandoned, (1_000_000, 1_000_000))
    ThumbnailCache(tmp_path).put(_id(2), _noise(2))
    assert not abandoned.exists()


def test_writers_at_the_same_time_leave_sound_thumbnails(tmp_path: Path) -> None:
    caches = [ThumbnailCache(tmp_path, max_bytes=150_000) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: caches[number % 4].put(_id(number % 10), _noise(number % 10)), range(60)))
    present = list(tmp_path.rglob("*.jpg"))
    assert present
    assert all(caches[0].get(path.stem) == path for path in present)
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("image_id", ["", "../../etc/passwd", "ABCDEF0123", "abc/def01234"])
def test_only_image_ids_become_file_names(image_id: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not an image id"):
        ThumbnailCache(tmp_path).get(image_id)


def test_a_folder_that_cannot_be_written_to_is_told_in_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        ThumbnailCache(blocked).put(_id(1), _noise(1))
