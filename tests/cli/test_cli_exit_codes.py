"""Exit codes and sentences: 0 hits, 1 none, 2 usage, 3 index missing or busy, 4 method unavailable, 130 interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.halting import halting
from tests.support.program import revsearch


def sentence(home: Path, code: int, *arguments: str | Path, stdin: bytes = b"") -> str:
    """The one line on stderr of a command that ends with this code and prints nothing."""
    done = revsearch(home, *arguments, stdin=stdin)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("revsearch: ")
    return line.removeprefix("revsearch: ")


def test_hits_are_0_and_none_are_1(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    assert revsearch(home, "search", query, "-m", "phash").returncode == 0
    nothing = revsearch(home, "search", query, "-m", "phash", "--min-score", "1.5")
    assert (nothing.returncode, nothing.stdout) == (1, b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serch",), "there is no command 'serch'; did you mean 'search'?"),
        (("xyzzy",), "there is no command 'xyzzy'; see: revsearch --help"),
        (("search",), "give the pictures to search for"),
        (("search", "x.png", "--colection", "a"), "--collection"),
        (("search", "x.png", "-k", "0"), "not in the range 1<=x"),
        (("search", "x.png", "-k", "many"), "not a valid int"),
        (("search", "x.png", "-f", "xml"), "'xml'"),
        (("search", "x.png", "-O", "size"), "'size' is not of the form NAME=VALUE"),
        (("index", "/no/such/folder"), "'/no/such/folder' is not a folder"),
        (("index", "-c", "no/slashes", "."), "'no/slashes' cannot name a collection"),
        (("index", ".", "-f", "paths"), "no paths"),
        (("config", "shw"), "shw"),
        (("completions", "tcsh"), "tcsh"),
    ],
)
def test_what_cannot_be_understood_is_2(arguments: tuple[str, ...], said: str, home: Path) -> None:
    assert said in sentence(home, 2, *arguments)


def test_a_picture_or_a_folder_without_a_command_is_told_which_one(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    assert sentence(home, 2, query, pictures).endswith(f"to search for it: revsearch search {query} {pictures}")
    assert sentence(home, 2, "https://x.org/a.png").endswith("to search for it: revsearch search https://x.org/a.png")
    assert sentence(home, 2, pictures).endswith(f"to index what is in it: revsearch index {pictures}")


def test_an_unknown_option_of_a_method_gets_the_nearest_one(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    search = ("search", query, "-m", "phash", "-O")
    assert sentence(home, 2, *search, "sise=16") == "the method 'phash' has no option 'sise'; did you mean 'size'?"
    assert "'size' is at most 32, not 99" in sentence(home, 2, *search, "size=99")
    assert "takes a whole number, not 'big'" in sentence(home, 2, *search, "size=big")
    assert "takes one of phash, dhash, ahash, whash" in sentence(home, 2, *search, "hash=md5")
    assert "'sift', which is not among the methods used" in sentence(home, 2, *search, "sift.ratio=0.5")


def test_an_unknown_collection_is_3_with_the_nearest_one(home: Path, pictures: Path, tmp_path: Path) -> None:
    query = pictures / "a" / "p00.png"
    assert sentence(home, 3, "search", query, "-c", "pictrues").endswith("did you mean 'pictures'?")
    assert sentence(tmp_path, 3, "search", query) == "nothing is indexed yet; run: revsearch index FOLDER"
    assert "nothing is indexed yet" in sentence(tmp_path, 3, "index")


def test_a_method_the_collection_is_not_indexed_by_is_3(pictures: Path, tmp_path: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    said = sentence(tmp_path, 3, "search", pictures / "a" / "p00.png", "-m", "sift")
    assert "is not indexed by 'sift'" in said and "run: revsearch index -c pictures -m sift" in said


def test_a_collection_somebody_writes_to_is_busy_and_says_by_whom(pictures: Path, tmp_path: Path) -> None:
    from revsearch_tui.core.base.lock import writer_lock

    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    with writer_lock(tmp_path / "data" / "collections" / "pictures", "indexing"):
        assert str(os.getpid()) in sentence(tmp_path, 3, "index")
        found = revsearch(tmp_path, "search", pictures / "a" / "p00.png", "-m", "phash")
        assert found.returncode == 0, "reading goes on"


def test_an_unknown_method_or_one_without_its_model_is_4(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    assert sentence(home, 4, "search", query, "-m", "phsh") == "there is no method 'phsh'; did you mean 'phash'?"
    assert "there are: " in sentence(home, 4, "search", query, "-m", "xyzzy")
    assert "the method 'onnx' is needs-model" in sentence(home, 4, "search", query, "-m", "onnx")
    assert "'sift' has no model 'abc'" in sentence(home, 4, "search", query, "-m", "sift:abc")
    assert "takes no model" in sentence(home, 2, "search", query, "-m", "phash", "--model", "abc")


def test_an_empty_folder_is_said_helpfully_and_is_1(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    done = revsearch(tmp_path / "home", "index", folder)
    assert done.returncode == 1
    assert "has no pictures" in done.stderr.decode()
    assert "give a folder of pictures" in done.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
def test_ctrl_c_while_indexing_is_130_and_keeps_what_was_done(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "many", range(60))
    for number in range(60, 300):
        (folder / f"p{number}.png").write_bytes(
            (folder / f"p{number % 60:02d}.png").read_bytes() + bytes([number % 251]) * (number // 60)
        )
    environment = {**os.environ, "REVSEARCH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "revsearch_tui", "index", str(folder), "-m", "sift"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        journal = tmp_path / "home" / "data" / "collections" / "pictures" / "journal"
        deadline = time.monotonic() + 60
        while not any(journal.glob("*/*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said.decode()
    assert "interrupted; what was done so far is kept" in said.decode()
    assert b"Traceback" not in said
    again = revsearch(tmp_path / "home", "index", "-f", "json")
    assert again.returncode == 0, again.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_watching_tells_of_what_changes_and_ends_in_order(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "some", range(3))
    environment = {**os.environ, "REVSEARCH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "revsearch_tui", "index", str(folder), "-m", "phash", "--watch", "-f", "jsonl"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        assert json.loads(child.stdout.readline())["added"] == 3
        assert b"watching the folders" in child.stderr.readline()
        time.sleep(1)
        (folder / "p00.png").unlink()
        assert json.loads(child.stdout.readline())["removed"] == 1
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_does_not_wait_for_a_server_that_is_silent(home: Path, pictures: Path) -> None:
    environment = {**os.environ, "REVSEARCH_HOME": str(home), "REVSEARCH_NETWORK_TIMEOUT_S": "50"}
    with halting((pictures / "a" / "p00.png").read_bytes()) as site:
        command = [sys.executable, "-m", "revsearch_tui", "search", site.url, "-m", "phash"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            deadline = time.monotonic() + 60
            while not site.requests and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.2)
            child.send_signal(signal.SIGINT)
            out, said = child.communicate(timeout=60)
        assert not site.go_on.is_set()
    assert (child.returncode, out) == (130, b"")
    assert said.decode().splitlines()[-1] == "revsearch: interrupted; what was done so far is kept"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_lead_nowhere_and_change_no_answer(home: Path, pictures: Path, closed: str) -> None:
    command = f"exec {sys.executable} -m revsearch_tui search '{pictures / 'a' / 'p00.png'}' -m phash -k 1 {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={**os.environ, "REVSEARCH_HOME": str(home)}, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert (b"p00.png" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_bare_without_a_terminal_is_2_and_points_to_the_commands(home: Path) -> None:
    assert "needs a terminal" in sentence(home, 2)


def test_a_damaged_catalog_is_3_and_can_be_dropped_and_indexed_anew(pictures: Path, tmp_path: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    collection = tmp_path / "data" / "collections" / "pictures"
    for leftover in collection.glob("catalog.sqlite*"):
        leftover.unlink()
    (collection / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    assert "run: revsearch index -c pictures, which makes it anew" in sentence(
        tmp_path, 3, "search", pictures / "a" / "p00.png", "-m", "phash"
    )
    assert revsearch(tmp_path, "collections", "list").returncode == 0
    assert revsearch(tmp_path, "collections", "drop", "pictures", "--yes").returncode == 0
    assert revsearch(tmp_path, "index", pictures / "a", "-m", "phash").returncode == 0


@pytest.mark.parametrize("damage", ["not json", "[]", '{"format": 1}', '{"format": 99, "roots": []}'])
def test_a_damaged_description_is_3_and_can_be_dropped(damage: str, pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "collections" / "old"
    folder.mkdir(parents=True)
    (folder / "collection.json").write_text(damage)
    said = sentence(tmp_path, 3, "search", pictures / "a" / "p00.png", "-c", "old")
    assert "old" in said and "drop" in said
    assert revsearch(tmp_path, "collections", "drop", "old", "--yes").returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize("raised", ["ArithmeticError('odd')", "SystemExit('odd')"])
def test_a_bug_is_a_sentence_with_a_code_of_its_own(tmp_path: Path, raised: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from revsearch_tui.core.workspace import Workspace\n"
        "def fail(self):\n"
        f"    raise {raised}\n"
        "Workspace.collections = fail\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    done = revsearch(tmp_path, "collections", environment=environment)
    assert done.returncode == 70
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"revsearch: a bug of revsearch or of a plugin: {raised.split('(')[0]}: odd")
