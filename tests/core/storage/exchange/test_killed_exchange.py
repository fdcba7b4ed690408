"""Killed with SIGKILL at any instant, an import has left nothing or all, and a merge is ended by calling it again."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.support.library import Library
from tests.support.processes import finish, kill_group, start, wait_until
from tests.support.program import revsearch
from tests.support.stored import catalog_rows, collection_of, stored_bytes
from tests.support.texture import draw_many

pytestmark = [
    pytest.mark.drill,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and process groups are POSIX"),
]
KILLS = 20


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders that share ten pictures, the indexes `one`, `two` and `both`, and what was exported of the first
    two."""
    base = tmp_path_factory.mktemp("killed")
    draw_many(base / "pictures" / "one", 60)
    draw_many(base / "pictures" / "two", 60, first_seed=50)
    for name, folders in {"one": ("one",), "two": ("two",), "both": ("one", "two")}.items():
        Library(base / name, ("phash", "sift")).index(*(base / "pictures" / folder for folder in folders))
        if len(folders) == 1:
            done = revsearch(base / name, "collections", "export", "pictures", "-o", base / f"{name}.revsearch", "-q")
            assert done.returncode == 0, done.stderr.decode()
    return base


def is_whole(home: Path, expected: Path) -> bool:
    return stored_bytes(home) == stored_bytes(expected) and catalog_rows(home) == catalog_rows(expected)


def test_a_killed_import_has_left_nothing_or_all(base: Path, tmp_path: Path) -> None:
    words = ("collections", "import", base / "one.revsearch", "-q")
    chance, nothing = random.Random(1), 0
    assert finish(start(tmp_path / "calm", *words))[0] == 0
    assert is_whole(tmp_path / "calm", base / "one")
    home = tmp_path / "home"
    growing, arrived = home / "data" / "arriving" / "pictures", collection_of(home).home
    for number in range(KILLS):
        process, awaited = start(home, *words), (growing, arrived)[number % 2]
        wait_until(lambda: awaited.exists() or process.poll() is not None)  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        kill_group(process)
        if arrived.exists():
            assert is_whole(home, base / "one")
            done = revsearch(home, "collections", "verify", "-c", "pictures")
            assert done.returncode == 0, done.stderr.decode()
            shutil.rmtree(home)
        else:
            nothing += 1
    assert 0 < nothing < KILLS
    code, _, err = finish(start(home, *words))
    if collection_of(home).home.exists() and code == 2:
        assert "already" in err
    assert is_whole(home, base / "one")
    done = revsearch(home, "collections", "verify", "-c", "pictures")
    assert done.returncode == 0, done.stderr.decode()
    assert not list((home / "data").glob("arriving/*"))


def test_a_killed_merge_is_ended_by_calling_it_again(base: Path, tmp_path: Path) -> None:
    words = ("collections", "merge", base / "two.revsearch", "--into", "pictures", "-q")
    fresh, chance = tmp_path / "fresh", random.Random(2)
    assert revsearch(fresh, "collections", "import", base / "one.revsearch", "-q").returncode == 0
    for number in range(KILLS // 2):
        home = tmp_path / f"home{number}"
        shutil.copytree(fresh, home)
        for _ in range(2):
            process = start(home, *words)
            note = collection_of(home).home / "writer.json"
            note.unlink(missing_ok=True)
            wait_until(lambda: note.exists() or process.poll() is not None)  # noqa: B023
            time.sleep(chance.uniform(0, 0.4))
            kill_group(process)
        code, _, err = finish(start(home, *words))
        assert code == 0, err
        assert is_whole(home, base / "both")
        done = revsearch(home, "collections", "verify", "-c", "pictures")
        assert done.returncode == 0, done.stderr.decode()
        shutil.rmtree(home)
