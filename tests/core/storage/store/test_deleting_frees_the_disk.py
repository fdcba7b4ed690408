"""Where many pictures go, the disk gets back what journal, ChromaDB and catalog held of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.store import keeper
from revsearch_tui.core.storage.upkeep import compact_catalog
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.stored import assert_sound, collection_of, journals, keys_of
from tests.support.texture import draw_many

PICTURES = 400


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """All pictures of the folder `pictures`, indexed."""
    draw_many(tmp_path / "pictures", PICTURES, side=16)
    library = Library(tmp_path / "home")
    library.index(tmp_path / "pictures")
    return library


def _delete(folder: Path, chosen: slice) -> None:
    for path in sorted(folder.iterdir())[chosen]:
        path.unlink()


def _bytes(home: Path) -> dict[str, int]:
    """Part of the collection's home -> its size."""
    base = collection_of(home).home
    parts = {name: list((base / name).rglob("*")) for name in ("journal", "chroma")}
    parts["catalog"] = list(base.glob("catalog.sqlite*"))
    return {name: sum(path.stat().st_size for path in found if path.is_file()) for name, found in parts.items()}


def test_after_most_pictures_went_all_three_parts_are_smaller(library: Library, tmp_path: Path) -> None:
    before = _bytes(library.home)
    _delete(tmp_path / "pictures", slice(50, None))
    report = library.index()
    after = _bytes(library.home)
    assert report.removed == PICTURES - 50
    assert report.notes == [], "nothing was wrong, so nothing is told"
    for part, size in after.items():
        assert size < 0.75 * before[part], part
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        assert not keeper.needs_care(collection_of(library.home), catalog, keys_of(library.home)[0])
    assert_sound([library.home], journals(library.home), tmp_path)
    assert library.pictures() == library.in_journal() == set(library.in_chroma())


def test_a_few_that_go_are_deleted_and_nothing_is_begun_anew(library: Library, tmp_path: Path) -> None:
    folder = collection_of(library.home).chroma_folder(keys_of(library.home)[0].key)
    segments = {path.name for path in folder.iterdir() if path.is_dir()}
    _delete(tmp_path / "pictures", slice(20))
    library.index()
    assert {path.name for path in folder.iterdir() if path.is_dir()} == segments
    assert set(library.in_chroma()) == library.pictures()


@pytest.mark.drill
@pytest.mark.parametrize("moment", ["journal rewritten", "chroma begun anew", "catalog rewritten"])
def test_a_kill_while_the_disk_is_freed_loses_nothing(library: Library, tmp_path: Path, moment: str) -> None:
    _delete(tmp_path / "pictures", slice(60, None))
    kept = {path: library.found(path) for path in sorted((tmp_path / "pictures").iterdir())[:3]}
    done = revsearch(library.home, "index", "--quiet", environment={"PYTHONPATH": _killer(tmp_path, moment)})
    assert done.returncode == -9, done.stderr
    for path, found in kept.items():
        assert found == [path] == library.found(path)
    library.index()
    assert_sound([library.home], journals(library.home), tmp_path)
    assert len(library.pictures()) == 60


_KILLERS = {
    "journal rewritten": "revsearch_tui.core.storage.upkeep:compact_catalog",
    "chroma begun anew": "revsearch_tui.core.storage.store.keeper:_add",
    "catalog rewritten": "revsearch_tui.core.storage.upkeep:shutil.disk_usage",
}


def _killer(folder: Path, moment: str) -> str:
    """A PYTHONPATH under which the program kills itself when it comes to that place."""
    module, _, name = _KILLERS[moment].partition(":")
    (folder / "killer").mkdir()
    (folder / "killer" / "sitecustomize.py").write_text(
        f"""
import importlib.abc, importlib.util, os, signal, sys

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname != "{module}":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        run = spec.loader.exec_module
        def exec_module(made):
            run(made)
            owner, _, name = "{name}".rpartition(".")
            setattr(getattr(made, owner) if owner else made, name, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Watch())
"""
    )
    return os.pathsep.join([str(folder / "killer"), *filter(None, [os.environ.get("PYTHONPATH")])])


def test_removing_pictures_takes_steps_in_proportion_to_their_number(tmp_path: Path) -> None:
    def steps(pictures: int) -> int:
        counted = 0

        def count() -> None:
            nonlocal counted
            counted += 1

        with Catalog(tmp_path / f"{pictures}.sqlite", create=True) as catalog:
            _fill(catalog, pictures)
            catalog._connection.set_progress_handler(count, 1000)
            catalog.remove_files([_path(number) for number in range(0, pictures, 2)])
            assert len(catalog.marked("key")) == pictures // 2
        return counted

    assert steps(4000) < 8 * steps(1000)


def _path(number: int) -> bytes:
    return f"/pictures/{number:06d}.png".encode()


def _fill(catalog: Catalog, pictures: int) -> None:
    key = KeyRow("key", "m", "m", None, {}, 1, 1, "vector", "l2", 2, 0, True, 0)
    catalog.put_key(key, None)
    ids = [number.to_bytes(32, "little") for number in range(pictures)]
    catalog.commit(
        files=[FileRow(_path(number), 1, 1, image_id, None, 1) for number, image_id in enumerate(ids)],
        images=[(image_id, 1, 1, "PNG") for image_id in ids],
        marks={"key": ids},
    )


def test_a_catalog_is_rewritten_only_where_much_of_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    with Catalog(file, create=True) as catalog:
        _fill(catalog, 4000)
        catalog.clear_stale_metadata()
    full = file.stat().st_size
    compact_catalog(file)
    assert file.stat().st_size == full
    with Catalog(file) as catalog:
        catalog.remove_files([_path(number) for number in range(3800)])
        catalog.clear_stale_metadata()
        compact_catalog(file)  # while another connection is open
        assert file.stat().st_size < full // 4
        assert catalog.counts() == (200, 200, 0)


def test_a_catalog_that_cannot_be_rewritten_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    with Catalog(file, create=True) as catalog:
        _fill(catalog, 4000)
        catalog.remove_files([_path(number) for number in range(3800)])
        with catalog.transaction():  # somebody writes
            compact_catalog(file, always=True)
        assert catalog.counts() == (200, 200, 0)


def test_pictures_are_looked_up_together_as_they_are_one_by_one(tmp_path: Path) -> None:
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        _fill(catalog, 1200)
        first = (0).to_bytes(32, "little")
        catalog.commit(files=[FileRow(b"/a/copy.png", 1, 1, first, None, 1)])
        ids = sorted(catalog.image_ids())
        together = catalog.images([*ids, b"unknown" * 4 + b"....", first])
        assert together == {image_id: catalog.image(image_id) for image_id in ids}
        assert len(together[first].paths) == 2
