"""`revsearch search PICTURE FOLDER`: one command from a folder to an answer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revsearch_tui.core.base.lock import holder_of
from tests.support.drawn import draw, draw_folder
from tests.support.processes import finish, kill_group, start, wait_until
from tests.support.program import revsearch, revsearch_json
from tests.support.screen import in_a_terminal
from tests.support.stored import assert_sound, collection_of, journals

QUICK = ("-m", "quick")
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX systems")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path / "My Photos", range(8))


@pytest.fixture
def query(tmp_path: Path) -> Path:
    """A smaller copy of `p05.png`."""
    file = tmp_path / "query.png"
    draw(5).resize((110, 80)).save(file)
    return file


def collections(home: Path) -> dict[str, list[str]]:
    """Name -> folders."""
    return {row["name"]: row["folders"] for row in revsearch_json(home, "collections", "list")}


def found(home: Path, *arguments: str | Path) -> tuple[list[str], str]:
    """Names of what is found, and what is said on stderr."""
    done = revsearch(home, "search", *arguments, "-f", "json")
    assert done.returncode in (0, 1), done.stderr.decode()
    documents = json.loads(done.stdout)
    return [Path(hit["path"]).name for document in documents for hit in document["hits"]], done.stderr.decode()


def refusal(home: Path, *arguments: str | Path) -> str:
    """The one sentence that a search is refused with."""
    done = revsearch(home, "search", *arguments)
    assert (done.returncode, done.stdout) == (2, b""), done.stderr
    (line,) = done.stderr.decode().splitlines()
    return line


def test_a_folder_is_indexed_and_searched_and_the_next_call_reads_nothing(
    tmp_path: Path, folder: Path, query: Path
) -> None:
    home = tmp_path / "home"
    names, said = found(home, query, folder, *QUICK)
    assert names[0] == "p05.png"
    assert said == "all 8 pictures are searched, in the collection 'my-photos':\n"
    assert collections(home) == {"my-photos": [str(folder)]}
    before = (home / "data" / "collections" / "my-photos" / "catalog.sqlite").stat().st_mtime_ns
    assert found(home, query, folder) == (names, "")
    assert (home / "data" / "collections" / "my-photos" / "catalog.sqlite").stat().st_mtime_ns == before


def test_what_changed_in_the_folder_is_found_without_being_asked_for(tmp_path: Path, folder: Path, query: Path) -> None:
    home = tmp_path / "home"
    found(home, query, folder, *QUICK)
    (folder / "p05.png").rename(folder / "renamed.png")
    draw(50).save(folder / "p50.png")
    names, said = found(home, folder / "p50.png", query, folder, "-k", "1")
    assert names == ["p50.png", "renamed.png"]
    assert said.splitlines()[0] == (f"'{folder}': 2 new, 1 gone since it was indexed; bringing 'my-photos' up to date")
    assert collections(home) == {"my-photos": [str(folder)]}


def test_a_part_of_what_is_indexed_is_searched_as_that(tmp_path: Path, query: Path) -> None:
    home, whole = tmp_path / "home", tmp_path / "whole"
    draw_folder(whole / "a", range(6))
    draw_folder(whole / "b", range(6, 9))
    revsearch(home, "index", whole, "-c", "all", *QUICK)
    names, said = found(home, query, whole / "b")
    assert sorted(names) == ["p06.png", "p07.png", "p08.png"]
    assert said == f"'{whole / 'b'}' is part of the collection 'all'\n"
    draw(50).save(whole / "b" / "p50.png")
    names, said = found(home, query, whole / "b")
    assert sorted(names) == ["p06.png", "p07.png", "p08.png"]
    assert "1 new there, not indexed yet: revsearch index -c all" in said
    (link := tmp_path / "link").symlink_to(whole / "b")
    assert found(home, query, link)[0] == names, "a folder is the same by whatever name"


@pytest.mark.drill
def test_folders_of_one_name_get_collections_of_their_own(tmp_path: Path, query: Path) -> None:
    home = tmp_path / "home"
    for number, place in enumerate(("one", "two", "three")):
        assert found(home, query, draw_folder(tmp_path / place / "pics", range(number, number + 2)), *QUICK)[0]
    assert sorted(collections(home)) == ["pics", "pics-2", "pics-3"]


def test_a_collection_that_is_named_has_to_hold_the_folder_or_be_new(tmp_path: Path, folder: Path, query: Path) -> None:
    home = tmp_path / "home"
    other = draw_folder(tmp_path / "other", range(2))
    revsearch(home, "index", other, "-c", "other", *QUICK)
    assert "the collection 'other' does not hold" in refusal(home, query, folder, "-c", "other")
    assert found(home, query, folder, "-c", "mine", *QUICK)[0][0] == "p05.png"
    assert collections(home)["mine"] == [str(folder)]


def test_standard_input_and_lists_can_be_searched_for(tmp_path: Path, folder: Path, query: Path) -> None:
    home = tmp_path / "home"
    done = revsearch(home, "search", "-", folder, *QUICK, "-f", "paths", "-k", "1", stdin=query.read_bytes())
    assert done.stdout.decode().splitlines() == [str(folder / "p05.png")], done.stderr
    listed = tmp_path / "list.txt"
    listed.write_text(f"{query}\n{folder / 'p01.png'}\n")
    assert found(home, "--from", listed, folder, "-k", "1")[0] == ["p05.png", "p01.png"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("{folder}",), "there is no picture to search it for; say: revsearch search PICTURE FOLDER"),
        (("{folder}", "{query}"), "is a folder, which stands last: revsearch search {query} '{folder}'"),
        (("{empty}", "{folder}"), "one folder is searched at a time, for pictures"),
        (("{query}", "{folder}", "--fusion", "nonsense"), "there is no rule of fusion 'nonsense'"),
        (("{query}", "{empty}"), "holds no files; give a folder of pictures"),
        (("{query}", "{papers}"), "holds no pictures, only 1 other files"),
        (("{nothing}", "{folder}"), "does not exist"),
        (("{text}", "{folder}"), "cannot be used as a query"),
        (("{query}", "{folder}", "--crop", "9000,9000,5,5"), "9000"),
        (("{query}", "{folder}", "--under", "{folder}"), "give one of them"),
        (("{query}", "{folder}", "-m", "phash", "--copies"), "is not indexed yet"),
        (("{query}", "{folder}", "-c", "no/name"), "cannot name a collection"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_indexed(
    tmp_path: Path, folder: Path, query: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "notes.txt").write_text("no picture")
    (tmp_path / "text.jpg").write_text("no picture")
    places = {
        "folder": folder,
        "query": query,
        "empty": tmp_path / "empty",
        "papers": tmp_path / "papers",
        "nothing": tmp_path / "nothing.jpg",
        "text": tmp_path / "text.jpg",
    }
    assert sentence.format(**places) in refusal(
        tmp_path / "home", *(argument.format(**places) for argument in arguments)
    )
    assert not list((tmp_path / "home").glob("data/collections/*"))


def test_a_method_that_does_not_exist_leaves_nothing_behind(tmp_path: Path, folder: Path, query: Path) -> None:
    assert revsearch(tmp_path / "home", "search", query, folder, "-m", "fsit").returncode == 4
    assert not list((tmp_path / "home").glob("data/collections/*/"))


def test_of_several_queries_the_readable_ones_are_answered(tmp_path: Path, folder: Path, query: Path) -> None:
    done = revsearch(tmp_path / "home", "search", tmp_path / "nothing.jpg", query, folder, *QUICK, "-f", "jsonl")
    assert {json.loads(line)["query"] for line in done.stdout.splitlines()} == {str(query)}
    assert done.returncode == 2 and b"nothing.jpg' does not exist" in done.stderr


def test_a_folder_whose_files_are_all_broken_is_said_to_hold_nothing(tmp_path: Path, query: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for _ in range(2):
        done = revsearch(tmp_path / "home", "search", query, tmp_path / "broken", *QUICK)
        assert done.returncode == 2
        assert "holds no picture that can be read" in done.stderr.decode()


@posix
def test_a_terminal_is_shown_what_is_found_among_the_first_pictures(tmp_path: Path, query: Path) -> None:
    folder = draw_folder(tmp_path / "many", range(100))
    program = (
        "import sys, revsearch_tui.core.indexing.indexer as indexer\n"
        "from revsearch_tui.__main__ import main\n"
        "indexer.FIRST_COMMIT_SECONDS, indexer.COMMIT_SECONDS = 0.0, 1e9\n"
        "sys.argv[0] = 'revsearch'\n"
        "main()\n"
    )
    environment = {**os.environ, "REVSEARCH_HOME": str(tmp_path / "home"), "TERM": "xterm-256color", "NO_COLOR": "1"}
    command = [sys.executable, "-c", program, "search", str(query), str(folder), *QUICK, "-k", "3"]
    written, status = in_a_terminal(command, environment)
    assert status == 0, written
    parts = written.split("after 8 of 100 pictures:")
    assert len(parts) == 2, written
    first, last = parts[1].split("all 100 pictures are searched, in the collection 'many':")
    assert "p05.png" in first and first.count(".png") == 3
    assert "p05.png" in last and last.count(".png") == 3
    again, _ = in_a_terminal([*command[:1], "-m", "revsearch_tui", *command[3:]], environment)
    assert again.count(".png") == 3 and "pictures" not in again


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A search of the new folder `many` that stands still in the middle of its indexing."""
    folder = draw_folder(tmp_path / "many", range(60))
    process = start(tmp_path / "home", "search", folder / "p03.png", folder, "-f", "json", *QUICK, commit=5)

    def has_begun() -> bool:
        holder = holder_of(tmp_path / "home" / "data" / "collections" / "many")
        return holder is not None and holder.done >= 5

    assert wait_until(has_begun)
    os.kill(process.pid, signal.SIGSTOP)
    yield process
    if process.poll() is None:
        kill_group(process)


def hits_of(out: str | bytes) -> list[dict[str, Any]]:
    return list(json.loads(out)[0]["hits"])


@posix
def test_an_interrupt_shows_what_was_found_so_far_and_the_next_call_goes_on(
    tmp_path: Path, stopped: subprocess.Popen[bytes]
) -> None:
    os.kill(stopped.pid, signal.SIGINT)
    os.kill(stopped.pid, signal.SIGCONT)
    status, out, said = finish(stopped)
    assert status == 130, said
    assert hits_of(out)[0]["path"].endswith("p03.png")
    assert "what was done is kept, the same command goes on from there" in said
    assert len(collections(tmp_path / "home")) == 1
    names, said = found(tmp_path / "home", tmp_path / "many" / "p59.png", tmp_path / "many")
    assert names[0] == "p59.png" and "all 60 pictures are searched" in said


@posix
def test_a_folder_that_another_process_indexes_is_searched_as_far_as_it_is(
    tmp_path: Path, stopped: subprocess.Popen[bytes]
) -> None:
    home, folder = tmp_path / "home", tmp_path / "many"
    names, said = found(home, folder / "p02.png", folder)
    assert names[0] == "p02.png"
    assert "is being indexed by another process; searching what is there" in said
    assert "of 60 new files so far; what is not indexed yet cannot be found" in said
    os.kill(stopped.pid, signal.SIGCONT)
    assert finish(stopped)[0] == 0
    assert collections(home) == {"many": [str(folder)]}


@pytest.mark.drill
@posix
def test_a_search_that_was_killed_is_taken_up_by_the_next(tmp_path: Path, stopped: subprocess.Popen[bytes]) -> None:
    kill_group(stopped)
    names, said = found(tmp_path / "home", tmp_path / "many" / "p59.png", tmp_path / "many")
    assert names[0] == "p59.png" and "all 60 pictures are searched" in said
    assert list(collections(tmp_path / "home")) == ["many"]


def test_two_searches_of_a_new_folder_at_once_share_one_collection(tmp_path: Path, folder: Path, query: Path) -> None:
    home = tmp_path / "home"
    both = [start(home, "search", query, folder, *QUICK, "-k", "1", "-f", "json") for _ in range(2)]
    for status, out, said in map(finish, both):
        assert status == 0, said
        assert hits_of(out)[0]["path"] == str(folder / "p05.png")
    assert collections(home) == {"my-photos": [str(folder)]}


def test_a_folder_that_is_gone_meanwhile_keeps_what_is_known_of_it(tmp_path: Path, folder: Path, query: Path) -> None:
    home = tmp_path / "home"
    found(home, query, folder, *QUICK)
    shutil.rmtree(folder)
    folder.mkdir()
    names, said = found(home, query, folder)
    assert names[0] == "p05.png"
    assert "is missing or empty: what is known of its 8 files is kept" in said


def test_the_answer_comes_before_chromadb_which_follows_it(tmp_path: Path, query: Path) -> None:
    home, folder = tmp_path / "home", draw_folder(tmp_path / "pictures", range(8))
    found(home, query, folder, *QUICK)
    assert_sound([home], journals(home), tmp_path)  # ChromaDB has what the journal has, though nobody was asked to wait
    draw(5).resize((111, 80)).save(folder / "late.png")
    chroma = collection_of(home).home / "chroma"
    shutil.rmtree(chroma)
    chroma.write_text("in the way")
    done = revsearch(home, "search", query, folder, "-f", "paths", "-k", "2")
    assert done.returncode == 3
    assert {Path(name).name for name in done.stdout.decode().split()[-2:]} >= {"late.png"}
    assert "the embeddings are safe in the journal" in done.stderr.decode()
    chroma.unlink()
    draw(9).save(folder / "later.png")
    assert "later.png" in found(home, query, folder, "-k", "9")[0]
    assert_sound([home], journals(home), tmp_path)
