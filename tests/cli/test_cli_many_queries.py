"""Many queries in one call: each answer is written when it is there, none is kept, and names may come in a list."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import revsearch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A query that never comes: a pipe nobody writes to."""
    os.mkfifo(tmp_path / "silent.png")
    return tmp_path / "silent.png"


@contextmanager
def searching(home: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A search that goes on while the test looks at it."""
    with subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui", "search", *arguments, "-m", "phash", "-k", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "REVSEARCH_HOME": str(home)},
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def named(*paths: Path, end: bytes = b"\n") -> bytes:
    return b"".join(os.fsencode(path) + end for path in paths)


def queries_of(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return [json.loads(line)["query"] for line in done.stdout.splitlines()]


# Answers as they come


@pytest.mark.parametrize("form", ["jsonl", "csv", "paths", "table"])
def test_an_answer_is_printed_before_the_next_query_is_there(
    form: str, home: Path, pictures: Path, silent: Path
) -> None:
    with searching(home, pictures / "a" / "p01.png", silent, "-f", form) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(2 if form in ("csv", "table") else 1)]
        assert b"p01.png" in lines[-1]
        assert child.poll() is None


def test_a_query_that_cannot_be_read_is_told_before_the_next_one_is_there(home: Path, silent: Path) -> None:
    with searching(home, "absent.png", silent) as child:
        assert child.stderr is not None
        assert b"'absent.png' does not exist" in child.stderr.readline()


def test_what_was_answered_stays_after_an_interruption_and_json_is_whole(
    home: Path, pictures: Path, silent: Path
) -> None:
    with searching(home, pictures / "a" / "p01.png", pictures / "a" / "p02.png", silent, "-f", "json") as child:
        assert child.stdout is not None
        seen = b""
        while seen.count(b"p02.png") < 2:
            seen += child.stdout.readline()
        child.send_signal(signal.SIGINT)
        seen += child.stdout.read()
        assert child.wait(timeout=60) == 130
    assert [result["hits"][0]["path"] for result in json.loads(seen)] == [
        str(pictures / "a" / "p01.png"),
        str(pictures / "a" / "p02.png"),
    ]


def test_an_interruption_before_the_first_answer_prints_nothing(home: Path, silent: Path) -> None:
    with searching(home, silent, "-f", "json", "-o", silent.with_name("out.json")) as child:
        while not list(silent.parent.glob(".revsearch-*")):  # the search is on its way
            pass
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=60)
        assert (child.returncode, rest) == (130, b"")
    assert os.listdir(silent.parent) == [silent.name]


def test_a_file_is_left_as_it_was_by_an_interruption(home: Path, pictures: Path, silent: Path) -> None:
    target = silent.with_name("hits.jsonl")
    target.write_text("what was there")
    with searching(home, pictures / "a" / "p01.png", silent, "-f", "jsonl", "-o", target) as child:
        while not any(part.stat().st_size for part in silent.parent.glob(".revsearch-*")):
            pass
        assert target.read_text() == "what was there"
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        assert child.returncode == 130
    assert target.read_text() == "what was there"
    assert sorted(os.listdir(silent.parent)) == ["hits.jsonl", "silent.png"]


def test_a_file_is_not_made_where_no_query_can_be_read(home: Path, tmp_path: Path) -> None:
    done = revsearch(home, "search", "absent.png", "gone.png", "-o", tmp_path / "hits.json", "-f", "json")
    assert done.returncode == 2
    assert [line.split("'")[1] for line in done.stderr.decode().splitlines()] == ["absent.png", "gone.png"]
    assert os.listdir(tmp_path) == []


def test_a_reader_that_goes_away_ends_the_search_quietly(home: Path, pictures: Path, silent: Path) -> None:
    with searching(home, *[pictures / "a" / "p01.png"] * 300, "-f", "jsonl") as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        child.stdout = None
        assert child.communicate(timeout=60)[1] == b""
        assert child.returncode == 0


def test_json_is_the_same_document_for_one_query_and_for_several(home: Path, pictures: Path, tmp_path: Path) -> None:
    queries = [pictures / "a" / "p01.png", pictures / "b" / "p22.png"]

    def results(*arguments: str | Path) -> list[Any]:
        done = revsearch(home, "search", *arguments, "-m", "phash", "-k", "3", "-f", "json")
        found = json.loads(done.stdout)
        assert done.stdout.decode() == json.dumps(found, indent=2) + "\n"
        return [{**result, "seconds": 0} for result in found]

    each = [result for query in queries for result in results(query)]
    assert results(*queries) == each
    assert results(queries[0], tmp_path / "absent.png", queries[1]) == each


def test_csv_has_one_head_for_all_queries(home: Path, pictures: Path) -> None:
    done = revsearch(
        home, "search", pictures / "a" / "p01.png", pictures / "a" / "p02.png", "-m", "phash", "-k", "2", "-f", "csv"
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["rank"] for row in rows] == ["1", "2", "1", "2"]


def test_tables_in_a_file_say_whose_hits_they_hold(home: Path, pictures: Path, tmp_path: Path) -> None:
    queries = [pictures / "a" / "p01.png", pictures / "b" / "p22.png"]
    revsearch(home, "search", *queries, "-m", "phash", "-k", "2", "-o", tmp_path / "hits.txt")
    tables = (tmp_path / "hits.txt").read_text().split("\n\n")
    for query, table in zip(queries, tables, strict=True):
        head, *lines = table.splitlines()
        assert head.split()[:2] == ["query", "rank"]
        assert [line.split()[0] for line in lines] == [str(query)] * 2


@pytest.mark.drill
def test_memory_does_not_grow_with_the_queries(home: Path, pictures: Path) -> None:
    peaks = []
    for count in (20, 600):
        program = (
            "import os, resource, sys; from revsearch_tui.cli.app import run; status = run(sys.argv[1:]);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(status)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "search", "--from", "-", "-m", "phash", "-q", "-k", "40", "-f", "json"],
            input=named(*[pictures / "a" / "p01.png"] * count),
            capture_output=True,
            env={**os.environ, "REVSEARCH_HOME": str(home)},
            timeout=240,
            check=True,
        )
        assert len(json.loads(done.stdout)) == count
        peaks.append(int(done.stderr))
    assert peaks[1] < peaks[0] * 1.15, "20 and 600 queries"


# Names in a list


@pytest.mark.parametrize("end", [b"\n", b"\0"])
def test_queries_come_from_a_list_on_standard_input_or_in_a_file(
    end: bytes, home: Path, pictures: Path, tmp_path: Path
) -> None:
    paths = [pictures / "a" / "p03.png", pictures / "b" / "p21.png"]
    (tmp_path / "list").write_bytes(named(*paths, end=end))
    for done in (
        revsearch(home, "search", "--from", "-", "-m", "phash", "-k", "1", "-0", stdin=named(*paths, end=end)),
        revsearch(home, "search", "--from", tmp_path / "list", "-m", "phash", "-k", "1", "-0"),
    ):
        assert done.returncode == 0, done.stderr
        assert done.stdout == named(*paths, end=b"\0")


def test_arguments_come_before_the_list(home: Path, pictures: Path) -> None:
    first, second = pictures / "b" / "p21.png", pictures / "a" / "p03.png"
    done = revsearch(home, "search", first, "--from", "-", "-k", "1", "-f", "jsonl", stdin=named(second))
    assert queries_of(done) == [str(first), str(second)]


def test_a_list_is_read_as_far_as_it_has_come(home: Path, pictures: Path) -> None:
    with searching(home, "--from", "-", "-f", "jsonl") as child:
        assert child.stdin is not None and child.stdout is not None
        for number in (4, 9, 2):
            path = pictures / "a" / f"p{number:02d}.png"
            child.stdin.write(named(path))
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["path"] == str(path)


def test_waiting_for_a_list_can_be_interrupted(home: Path, pictures: Path) -> None:
    with searching(home, "--from", "-", "-f", "jsonl") as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(named(pictures / "a" / "p04.png"))
        child.stdin.flush()
        assert child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130


def test_blank_lines_are_passed_over_and_the_last_line_needs_no_end(home: Path, pictures: Path) -> None:
    path = pictures / "a" / "p03.png"
    listed = b"\n\n" + named(path) + b"\n" + os.fsencode(path)
    done = revsearch(home, "search", "--from", "-", "-k", "1", "-f", "jsonl", stdin=listed)
    assert queries_of(done) == [str(path)] * 2


@pytest.mark.drill
@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux file systems")
@pytest.mark.parametrize("end", [b"\n", b"\0"])
@pytest.mark.parametrize("name", [b"not-utf8-\xff\xe9.png", b" blank .png", b"-k.png", b"ends with\r", b"-"])
def test_every_name_can_be_listed(name: bytes, end: bytes, home: Path, pictures: Path, tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
        file.write((pictures / "a" / "p05.png").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "revsearch_tui", "search", "--from", "-", "-m", "phash", "-k", "1", "-f", "paths"],
        input=name + end,
        capture_output=True,
        env={**os.environ, "REVSEARCH_HOME": str(home)},
        cwd=tmp_path,
        timeout=240,
        check=False,
    )
    assert done.stdout == named(pictures / "a" / "p05.png"), done.stderr


def test_a_name_with_a_line_break_is_listed_ended_by_nul(home: Path, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "two\nlines.png").write_bytes((pictures / "a" / "p05.png").read_bytes())
    listed = named(tmp_path / "two\nlines.png", end=b"\0")
    done = revsearch(home, "search", "--from", "-", "-k", "1", "-f", "jsonl", stdin=listed)
    assert queries_of(done) == [str(tmp_path / "two\nlines.png")]


def test_a_name_that_is_not_there_is_told_with_what_ends_it(home: Path, pictures: Path) -> None:
    listed = b"absent.png\r\n" + named(pictures / "a" / "p05.png")
    done = revsearch(home, "search", "--from", "-", "-k", "1", "-f", "jsonl", stdin=listed)
    assert done.returncode == 2 and len(done.stdout.splitlines()) == 1
    assert b"'absent.png\\x0d' does not exist" in done.stderr


def test_a_list_that_names_nothing_finds_nothing(home: Path) -> None:
    done = revsearch(home, "search", "--from", "-", "-f", "json", stdin=b"\n\n")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert b"the list names no pictures" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-", "--from", "-"], "standard input can be one query only"),
        (["--from", "absent.txt"], "'absent.txt' cannot be read: No such file"),
        (["--from", "/"], "'/' cannot be read: Is a directory"),
        ([], "give the pictures to search for"),
        (["--from", "/dev/zero"], "cannot be read|no list of pictures"),
    ],
)
def test_a_list_that_is_none_is_refused_in_a_sentence(arguments: list[str], said: str, home: Path) -> None:
    done = revsearch(home, "search", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert any(part in line for part in said.split("|"))
