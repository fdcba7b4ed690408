"""What a plugin does wrong is its own failure: the other methods, the pictures and the output stay as they are."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.support.processes import finish, start, wait_until
from tests.support.program import revsearch
from tests.support.site import install, method_source
from tests.support.stored import journals
from tests.support.texture import draw_many

HOSTILE = {
    "blackens": "pictures[0][:] = 0",
    "unlocks": "pictures[0].flags.writeable = True; pictures[0][:] = 0",
    "clears": "pictures.clear()",
    "exits": "import sys; sys.exit(0)",
    "raises-base": "raise type('Odd', (BaseException,), {})('odd')",
    "wrong-rows": "return np.zeros((len(pictures) + 1, 3), np.float32)",
    "not-numbers": "return np.array([['a', 'b', 'c']] * len(pictures))",
    "complex": "return np.ones((len(pictures), 3), complex)",
    "objects": "return np.array([[None, 1, 2]] * len(pictures), object)",
    "overflows": "return np.full((len(pictures), 3), 1e60)",
    "too-far": "return np.full((len(pictures), 3), 1e30)",
    "none": "return None",
}
ONE_BAD = """bad = [p.shape[0] == 40 for p in pictures]
        import numpy as np
        if any(bad):
            {fault}
"""
FAULTS = {
    "nan": "found = np.ones((len(pictures), 3), np.float32); found[bad.index(True)] = np.nan; return found",
    "family": "from revsearch_tui.api import StorageError; raise StorageError('no room in my own cache')",
    "exit": "import sys; sys.exit(1)",
}


def path_with(site: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five pictures, one of them 40 pixels high, the others 64."""
    folder = tmp_path / "pictures"
    draw_many(folder, 4, side=64)
    draw_many(folder / "low", 1, side=40, first_seed=100)
    return folder


def index(home: Path, pictures: Path, environment: Mapping[str, str], *names: str, code: int) -> str:
    named = [word for name in names for word in ("-m", name)]
    done = revsearch(home, "index", pictures, *named, "-m", "phash", environment=environment)
    err = done.stderr.decode()
    assert done.returncode == code, err
    assert "Traceback" not in err and "Warning" not in err
    return err


def same_hashes(home: Path, pictures: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    assert revsearch(calm, "index", pictures, "-m", "phash", "-q").returncode == 0
    expected, found = journals(calm)["phash"], journals(home)["phash"]
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[i], expected[i]) for i in expected)


def test_a_method_that_fails_on_everything_leaves_the_others_as_they_are(pictures: Path, tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    for name, embed in HOSTILE.items():
        module = name.replace("-", "_")
        body = f"import numpy as np; {embed}"
        install(site, name, method_source(name, module, embed=body))
    err = index(home, pictures, path_with(site), *HOSTILE, code=4)
    for name in HOSTILE:
        assert f"left out: the method '{name}'" in err, f"{name}\n{err}"
    same_hashes(home, pictures, tmp_path)

    done = revsearch(home, "search", next(pictures.glob("*.png")), "-f", "json", environment=path_with(site))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["hits"][0]["score"] == 1
    assert b"left out: " in done.stderr


@pytest.mark.drill
@pytest.mark.parametrize(
    "fault", ["nan", *(pytest.param(each, marks=pytest.mark.drill) for each in ("exit", "family"))]
)
def test_a_failure_on_one_picture_is_told_once_with_both_names(pictures: Path, tmp_path: Path, fault: str) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    (low,) = (pictures / "low").glob("*.png")
    install(
        site,
        "picky",
        method_source("picky", "picky", embed=ONE_BAD.format(fault=FAULTS[fault])),
    )
    environment = path_with(site)
    err = index(home, pictures, environment, "picky", code=0)
    assert "the method 'picky'" in err and str(low) in err
    assert len(journals(home)["picky"]) == 4 and len(journals(home)["phash"]) == 5

    done = revsearch(home, "collections", "skipped", "-f", "json", environment=environment)
    (row,) = json.loads(done.stdout)
    assert (row["method"], row["path"]) == ("picky", str(low))

    again = revsearch(home, "index", "-f", "json", environment=environment)
    assert (again.returncode, json.loads(again.stdout)["decoded"]) == (0, 0), "it is not stumbled on again"
    retried = revsearch(home, "index", "--retry-failed", "-f", "json", environment=environment)
    assert json.loads(retried.stdout)["failed"] == {"picky": 1}
    same_hashes(home, pictures, tmp_path)


@pytest.mark.drill
def test_a_method_that_cannot_be_loaded_is_left_out_of_indexing_and_of_searching(
    pictures: Path, tmp_path: Path
) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    load = "import os, sys; os.environ.get('FAIL') and sys.exit(0)"
    install(site, "moody", method_source("moody", "moody", load=load))
    environment = path_with(site)
    index(home, pictures, environment, "moody", code=0)
    draw_many(pictures / "new", 2, side=64, first_seed=500)
    failing = {**environment, "FAIL": "1"}
    done = revsearch(home, "index", environment=failing)
    assert done.returncode == 4
    assert b"left out: the method 'moody' failed: SystemExit: 0" in done.stderr
    assert len(journals(home)["phash"]) == 7, "the others got the new pictures"

    query = next((pictures / "new").glob("*.png"))
    found = revsearch(home, "search", query, "-f", "jsonl", "-k", "1", environment=failing)
    assert (found.returncode, json.loads(found.stdout)["path"]) == (0, str(query))
    assert b"left out: the method 'moody' failed: SystemExit: 0" in found.stderr
    named = revsearch(home, "search", query, "-m", "moody", environment=failing)
    assert named.returncode == 4, "a method that was asked for by name must work"

    assert revsearch(home, "index", environment=environment).returncode == 0
    assert len(journals(home)["moody"]) == 7


@pytest.mark.drill
def test_what_was_stored_stays_when_a_method_begins_to_crash(pictures: Path, tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    embed = "import ctypes, os; os.environ.get('FAIL') and ctypes.string_at(0)"
    install(site, "moody", method_source("moody", "moody", embed=embed))
    environment = path_with(site)
    index(home, pictures, environment, "moody", code=0)
    before = journals(home)["moody"]
    draw_many(pictures / "new", 8, side=64, first_seed=500)
    done = revsearch(home, "index", environment={**environment, "FAIL": "1"})
    assert done.returncode == 4
    assert b"left out: the method 'moody' failed: its process ended with SIGSEGV, for the 6th time" in done.stderr
    after = journals(home)["moody"]
    assert after.keys() == before.keys() and len(journals(home)["phash"]) == 13
    assert all(np.array_equal(after[each], before[each]) for each in before)

    assert revsearch(home, "index", environment=environment).returncode == 0
    assert len(journals(home)["moody"]) == 13, "nothing was written down against the pictures"


@pytest.mark.drill
def test_prints_and_warnings_become_notes_that_name_the_plugin(pictures: Path, tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    noisy = "import os, numpy as np; print('hello'); os.write(1, b'past python'); np.float32(1) / np.float32(0)"
    install(site, "noisy", method_source("noisy", "noisy", embed=noisy))
    environment = path_with(site)
    done = revsearch(home, "index", pictures, "-m", "noisy", "-f", "json", environment=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["embedded"] == {"noisy": 5}
    err = done.stderr.decode()
    assert "the method 'noisy' printed: hello" in err
    assert "the method 'noisy' warned: divide by zero" in err and "noisy.py" not in err

    found = revsearch(home, "search", next(pictures.glob("*.png")), "-f", "json", environment=environment)
    assert len(json.loads(found.stdout)) == 1
    assert "the method 'noisy' printed: hello" in found.stderr.decode()


def test_prints_while_a_plugin_is_imported_or_asked_what_it_offers_do_not_reach_stdout(tmp_path: Path) -> None:
    source = "print('imported')\n" + method_source("noisy", "noisy").replace(
        "    return [MethodInfo(", "    print('asked')\n    return [MethodInfo("
    )
    install(tmp_path / "site", "noisy", source)
    done = revsearch(tmp_path / "home", "plugins", "-f", "json", environment=path_with(tmp_path / "site"))
    assert "noisy" in {row["name"] for row in json.loads(done.stdout)}
    assert "the plugin 'noisy' printed: imported" in done.stderr.decode()
    assert "the plugin 'noisy' printed: asked" in done.stderr.decode()


@pytest.mark.drill
def test_a_method_that_blocks_is_named_and_left_out(pictures: Path, tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    install(site, "stuck", method_source("stuck", "stuck", embed="import time; time.sleep(600)"))
    environment = {**path_with(site), "REVSEARCH_INDEX_METHOD_TIMEOUT_S": "1"}
    started = time.monotonic()
    err = index(home, pictures, environment, "stuck", code=4)
    assert time.monotonic() - started < 120, "the program did not wait for it at its end"
    assert "left out: the method 'stuck' has not answered for 1 s (index.method_timeout_s)" in err
    same_hashes(home, pictures, tmp_path)


@pytest.mark.drill
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("command", ["index", "search"])
def test_one_interruption_is_enough_where_a_method_blocks(pictures: Path, tmp_path: Path, command: str) -> None:
    home, site, blocking = tmp_path / "home", tmp_path / "site", tmp_path / "blocking"
    embed = (
        f"import os, time; os.path.exists({str(tmp_path / 'go')!r}) and (open({str(blocking)!r}, 'w'), time.sleep(600))"
    )
    install(site, "stuck", method_source("stuck", "stuck", embed=embed))
    environment = path_with(site)
    index(home, pictures, environment, "stuck", code=0)
    (tmp_path / "go").touch()
    (query,) = draw_many(pictures / "new", 1, side=64, first_seed=500)
    process = start(home, *(["index"] if command == "index" else ["search", query]), environment=environment)
    assert wait_until(blocking.exists)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process, 60)
    assert code == 130, err
    assert "interrupted" in err and "Traceback" not in err
