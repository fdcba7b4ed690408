"""Killed with SIGKILL at any instant, an index is whole after the next run: nothing lost, nothing double."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.support.moments import CHROMA_MOMENTS, Moment, holds
from tests.support.processes import finish, kill_group, processes_of, start, wait_until
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import Rows, assert_sound, collection_of, features, journals
from tests.support.texture import draw_many

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and process groups are POSIX")

METHODS = ("-m", "phash", "-m", "sift")

_TRIES = 8


def _put_all_but_chroma(home: Path, behind: Path) -> None:
    """Have the collection of `behind` as it is in `home`, but ChromaDB and what the catalog says of it as they were."""
    before, now = collection_of(behind), collection_of(home)
    with Catalog(before.catalog_file) as catalog:
        (key,) = catalog.index_keys()
        state = catalog.chroma_state(key.key)
    chroma = behind.parent / "chroma-before"
    (before.home / "chroma").rename(chroma)
    shutil.rmtree(before.home)
    shutil.copytree(now.home, before.home, ignore=shutil.ignore_patterns("chroma"))
    chroma.rename(before.home / "chroma")
    with Catalog(before.catalog_file) as catalog:
        catalog.set_chroma_state(key.key, *state)


def _is_over(came: Moment, folder: Path, process: subprocess.Popen[bytes]) -> bool:
    return holds(came, folder) or process.poll() is not None


def _index(home: Path, pictures: Path) -> subprocess.Popen[bytes]:
    return start(home, "index", pictures, *METHODS, "--quiet", commit=12)


def _assert_part_of(home: Path, expected: Mapping[str, Rows]) -> None:
    """What a killed run left is already right as far as it goes."""
    if not collection_of(home).catalog_file.exists():
        return
    try:
        found = journals(home)
    except sqlite3.Error:  # killed before the catalog had tables
        return
    for label, rows in found.items():
        for image_id, row in rows.items():
            np.testing.assert_allclose(row, expected[label][image_id], atol=1e-6)


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_an_index_killed_at_twenty_random_moments_equals_an_undisturbed_one(tmp_path: Path) -> None:
    pictures, calm = tmp_path / "pictures", tmp_path / "calm"
    paths = draw_many(pictures, 150)
    started = time.monotonic()
    code, _, err = finish(_index(calm, pictures))
    assert code == 0, err
    whole_run_s = time.monotonic() - started
    expected = journals(calm)
    assert {label: len(rows) for label, rows in expected.items()} == {"phash": 150, "sift": 150}

    def kill_five_times(chain: int) -> list[Path]:
        """Kill, resume and kill again; a home that was complete before its time was up is followed by a fresh one."""
        moments = random.Random(chain)
        homes = [tmp_path / f"home{chain}"]
        kills = 0
        while kills < 5:
            process = _index(homes[-1], pictures)
            time.sleep(moments.uniform(0.25, 0.95) * whole_run_s)
            was_killed = kill_group(process)
            assert wait_until(lambda: not processes_of(homes[-1]), 10), "a child of the killed run lives on"
            _assert_part_of(homes[-1], expected)
            if was_killed:
                kills += 1
            else:
                assert process.returncode == 0
                homes.append(tmp_path / f"home{chain}-{len(homes)}")
        code, _, err = finish(_index(homes[-1], pictures))
        assert code == 0, err
        return homes

    with ThreadPoolExecutor(2) as executor:
        homes = [home for chain in executor.map(kill_five_times, range(4)) for home in chain]
    assert_sound(homes, expected, tmp_path)
    for home in homes:
        assert features(home, "sift") == features(calm, "sift")
    hits = revsearch_json(homes[-1], "search", paths[7], "-m", "sift", "-k", "1")[0]["hits"]
    assert (hits[0]["path"], hits[0]["score"]) == (str(paths[7]), 1.0)


@pytest.mark.drill
def test_kills_in_the_middle_of_chromadbs_index_write_are_mended(tmp_path: Path) -> None:
    pictures, calm, behind = tmp_path / "pictures", tmp_path / "calm", tmp_path / "behind"
    draw_many(pictures, 20, side=16)
    code, _, err = finish(start(calm, "index", pictures, "-m", "phash", "--quiet"))
    assert code == 0, err
    shutil.copytree(calm, behind)
    paths = draw_many(pictures / "more", 240, side=16, first_seed=20)
    code, _, err = finish(start(calm, "index", "--quiet"))
    assert code == 0, err
    expected = journals(calm)
    assert len(expected["phash"]) == 260
    _put_all_but_chroma(calm, behind)

    def kill_and_resume(number: int) -> tuple[Path, str]:
        name, (make, delay_s) = list(CHROMA_MOMENTS.items())[number]
        home = tmp_path / f"home{number}"
        for _ in range(_TRIES):
            shutil.copytree(behind, home)
            folder = collection_of(home).home / "chroma"
            came = make()
            process = start(home, "index", "--quiet")
            until = partial(_is_over, came, folder, process)
            assert wait_until(until, step_s=0.0005), name
            time.sleep(delay_s)
            if kill_group(process):
                break
            shutil.rmtree(home)  # the index is written at the very end of a run, which may be over before it is killed
        else:
            raise AssertionError(f"the run ended before the moment: {name}")
        code, _, err = finish(start(home, "index"))
        assert code == 0, err
        return home, err

    with ThreadPoolExecutor(2) as executor:
        ended = list(executor.map(kill_and_resume, range(len(CHROMA_MOMENTS))))
    assert_sound([home for home, _ in ended], expected, tmp_path)
    notes = [err.splitlines() for _, err in ended]
    assert all(len(lines) <= 1 for lines in notes)
    # Torn index files are told from whole ones: those runs rebuilt, in one line of explanation.
    assert sum("rebuilt from the journal" in "".join(lines) for lines in notes) >= 3, notes
    done = revsearch(ended[5][0], "search", paths[9], "-m", "phash", "--approximate", "-k", "1", "--format", "paths")
    assert done.stdout.splitlines() == [os.fsencode(paths[9])]
