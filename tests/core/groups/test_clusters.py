"""Pictures are sorted by what they show; bursts are told by the time they were taken and by what they show."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import MethodUnavailableError, NullControl
from revsearch_tui.core.groups.clusters import Cluster, find_clusters
from revsearch_tui.core.groups.exif import taken
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from revsearch_tui.core.groups.themes import OUTLIER, find_themes
from tests.support.groups import found
from tests.support.library import Library
from tests.support.photos import dated, photo
from tests.support.tiny_network import store_network

METHOD = "efficientnet:colours"


@pytest.fixture
def coloured(tmp_path: Path) -> Library:
    """To be indexed by a network that knows colours, and has names for them."""
    store_network(tmp_path / "home" / "data" / "models", "colours", "efficientnet")
    return Library(tmp_path / "home", (METHOD,))


def clusters(library: Library, **changes: object) -> list[Cluster]:
    collection = library.workspace.collection("pictures")
    control, note = NullControl(), library.notes.append
    with open_sides(library.workspace, collection, None, Methods([METHOD]), control, note) as (side, _):
        return find_clusters(side, control, note, **changes).found  # type: ignore[arg-type]


def names(cluster: Cluster) -> list[str]:
    return [image.paths[0].name for image in cluster.images]


def test_themes_are_named_by_classes_and_folders_and_the_middle_comes_first(coloured: Library, folder: Path) -> None:
    for number in range(9):
        photo(folder / "Roses" / f"red{number}.jpg", (240, 12 * number, 10))
        photo(folder / "Lawns" / f"green{number}.jpg", (12 * number, 240, 10))
    photo(folder / "odd.jpg", (120, 110, 250))
    coloured.index(folder)
    *themes, rest = clusters(coloured, smallest=4)
    green, red = sorted(themes, key=lambda cluster: cluster.name)
    assert (red.kind, red.name, len(red.images)) == ("theme", "mostly-red in Roses", 9)
    assert (green.kind, green.name, len(green.images)) == ("theme", "mostly-green in Lawns", 9)
    assert names(red)[0] in ("red3.jpg", "red4.jpg", "red5.jpg") and names(red)[-1] in ("red0.jpg", "red8.jpg")
    assert (rest.kind, names(rest)) == ("outliers", ["odd.jpg"])
    assert red.classes == (("mostly-red", 1.0),) and red.folders == ((folder / "Roses", 1.0),)


def test_a_burst_is_told_by_time_and_likeness_and_counts_once_in_themes(coloured: Library, folder: Path) -> None:
    for number in range(6):
        photo(folder / f"burst{number}.jpg", (240, number, 10), second=100 + number / 4)
        photo(folder / f"timeless{number}.jpg", (240, 9 * number, 60))
    photo(folder / "later.jpg", (240, 3, 12), second=120)
    photo(folder / "another.jpg", (10, 240, 3), second=100.6)
    coloured.index(folder)
    burst, rest = clusters(coloured, smallest=50)
    assert (burst.kind, names(burst)) == ("burst", [f"burst{number}.jpg" for number in range(6)])
    assert rest.kind == "outliers" and len(rest.images) == 14, names(rest)
    assert [cluster.kind for cluster in clusters(coloured, smallest=50, bursts=False)] == ["outliers"]
    themes = clusters(coloured, smallest=7)
    assert [cluster.kind for cluster in themes] == ["burst", "outliers"], "the burst is no theme of six"


def test_a_slow_turn_is_no_single_burst(coloured: Library, folder: Path) -> None:
    for number in range(12):
        photo(folder / f"{number:02}.jpg", (240 - 20 * number, 20 * number, 10), second=float(number))
    coloured.index(folder)
    bursts = [cluster for cluster in clusters(coloured) if cluster.kind == "burst"]
    assert len(bursts) > 1 and not {"00.jpg", "11.jpg"} <= set(names(bursts[0]))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_when_a_picture_was_taken_is_read_from_its_head(tmp_path: Path, suffix: str) -> None:
    with_time, undated = tmp_path / f"dated.{suffix}", tmp_path / f"undated.{suffix}"
    Image.new("RGB", (8, 8)).save(with_time, exif=dated("2024:05:01 12:00:07", "25"))
    Image.new("RGB", (8, 8)).save(undated)
    assert taken(with_time) == 1714564807.25
    assert taken(undated) is None and taken(tmp_path / "absent") is None


def test_when_a_raw_file_was_taken_is_read_from_its_directory(tmp_path: Path) -> None:
    file = tmp_path / "a.dng"
    file.write_bytes(dated("2024:05:01 12:00:07", "25").tobytes().removeprefix(b"Exif\0\0"))
    assert taken(file) == 1714564807.25


def test_damaged_exif_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(file, exif=dated("2024:05:01 12:00:07", "25"))
    whole, chance = file.read_bytes(), np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(whole)
        for place in chance.integers(0, 120, 4):
            damaged[place] = chance.integers(0, 256)
        file.write_bytes(damaged[: chance.integers(10, len(whole))])
        taken(file)


def test_pictures_beyond_the_sample_go_to_the_theme_that_is_near() -> None:
    chance = np.random.default_rng(0)
    middles = np.eye(3, 16, dtype=np.float32)
    classes = np.repeat([0, 1, 2], 100)
    rows = middles[classes] + chance.standard_normal((300, 16), np.float32) * 0.03
    far = np.full((5, 16), -1, np.float32) * np.arange(1, 6, dtype=np.float32)[:, None]
    everything = np.concatenate([rows, far])
    asked: list[int] = []

    def some(places: np.ndarray) -> np.ndarray:
        asked.append(len(places))
        return everything[places]

    themes = find_themes(305, some, 5, NullControl(), most=90)
    assert themes.sampled == 90 and max(asked) <= 2048
    found = [set(themes.labels[:300][classes == each]) - {OUTLIER} for each in range(3)]
    assert all(len(labels) == 1 for labels in found) and len(set.union(*found)) == 3
    assert np.mean(themes.labels[:300] == OUTLIER) < 0.1
    assert set(themes.labels[300:]) == {OUTLIER}


def test_few_pictures_have_no_theme() -> None:
    themes = find_themes(7, lambda places: np.eye(7, dtype=np.float32)[places], 5, NullControl())
    assert set(themes.labels) == {OUTLIER}


def test_that_too_many_are_alike_is_said_only_where_that_is_so(coloured: Library, folder: Path) -> None:
    for number in range(8):
        photo(folder / f"{number}.jpg", (240, 30 * number, 10))
    both = Library(coloured.home, (METHOD, "sift"))
    both.index(folder)
    found(both)
    assert not [note for note in both.notes if "so many pictures alike" in note]


def test_without_scikit_learn_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MethodUnavailableError, match=r"pip install 'revsearch-tui\[clusters\]'"):
        find_themes(50, lambda places: np.eye(50, dtype=np.float32)[places], 5, NullControl())
