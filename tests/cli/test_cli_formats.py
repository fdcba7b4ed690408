"""What stdout carries: each format, to a file too; everything said to people goes to stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import revsearch


def test_a_table_has_a_head_and_a_line_for_each_hit(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    lines = revsearch(home, "search", query, "-m", "phash", "-k", "4").stdout.decode().splitlines()
    assert lines[0].split() == ["rank", "score", "raw", "unit", "path"]
    assert len(lines) == 5
    assert lines[1].split() == ["1", "1.0000", "0.0000", "bits", str(query)]


def test_of_fused_methods_a_table_shows_the_tier_in_the_place_of_what_it_is_told_by(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    done = revsearch(home, "search", query, "-k", "4")
    assert done.stdout.decode().splitlines()[0].split() == ["rank", "score", "tier", "path"]
    (row, *_) = csv.DictReader(revsearch(home, "search", query, "-k", "4", "-f", "csv").stdout.decode().splitlines())
    assert row["unit"] == "decades" and row["search"] == "exact" and row["verified"]


def test_json_is_one_document_with_a_result_for_each_query(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    (result,) = json.loads(revsearch(home, "search", query, "-m", "phash", "-k", "4", "-f", "json").stdout)
    assert (result["query"], result["method"], result["gallery"]) == (str(query), "phash", 40)
    assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3, 4]
    first = result["hits"][0]
    assert (first["width"], first["height"], first["copies"], first["verified"]) == (220, 160, [], None)
    assert len(first["image_id"]) == 64


def test_jsonl_is_a_line_for_each_hit(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    lines = revsearch(home, "search", query, "-m", "phash", "-k", "4", "-f", "jsonl").stdout.splitlines()
    hits = [json.loads(line) for line in lines]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert {hit["query"] for hit in hits} == {str(query)}


def test_csv_has_the_same_columns_whatever_was_found(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    heads = []
    for extra in (("-m", "phash"), ("-m", "sift"), ("-m", "phash", "--min-score", "2")):
        done = revsearch(home, "search", query, "-k", "2", "-f", "csv", *extra)
        rows = list(csv.reader(io.StringIO(done.stdout.decode())))
        heads.append(tuple(rows[0]))
    assert len(set(heads)) == 1
    assert heads[0][:4] == ("query", "method", "rank", "score") and heads[0][-1] == "path"


def test_paths_are_lines_and_with_0_end_with_nul(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    lines = revsearch(home, "search", query, "-m", "phash", "-k", "3", "-f", "paths").stdout
    ended = revsearch(home, "search", query, "-m", "phash", "-k", "3", "-0").stdout
    assert lines.count(b"\n") == 3 and lines.startswith(os.fsencode(query) + b"\n")
    assert ended == lines.replace(b"\n", b"\0")


def test_a_file_gets_what_stdout_would_have_got(home: Path, pictures: Path, tmp_path: Path) -> None:
    query, target = pictures / "a" / "p03.png", tmp_path / "hits.csv"
    command = ("search", query, "-m", "phash", "-k", "3", "-f", "csv")
    done = revsearch(home, *command, "-o", target)
    assert (done.returncode, done.stdout) == (0, b"")
    assert target.read_bytes() == revsearch(home, *command).stdout
    assert os.listdir(tmp_path) == ["hits.csv"]


def test_a_file_is_replaced_whole_and_a_link_stays_a_link(home: Path, pictures: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old " * 10_000)
    link.symlink_to(real)
    done = revsearch(home, "search", pictures / "a" / "p03.png", "-m", "phash", "-k", "1", "-0", "-o", link)
    assert done.returncode == 0
    assert link.is_symlink()
    assert real.read_bytes() == os.fsencode(pictures / "a" / "p03.png") + b"\0"


def test_an_output_that_cannot_be_written_leaves_nothing_behind(home: Path, pictures: Path, tmp_path: Path) -> None:
    query = pictures / "a" / "p03.png"
    for target, said in (
        (tmp_path / "no" / "hits", "cannot write"),
        (tmp_path, "is a folder"),
        (Path(), "is a folder"),
    ):
        done = revsearch(home, "search", query, "-m", "phash", "-o", target)
        assert done.returncode == 2
        assert said in done.stderr.decode()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="devices are files on POSIX systems only")
def test_a_device_is_written_to_and_never_replaced(home: Path, pictures: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        revsearch(home, "search", pictures / "a" / "p03.png", "-m", "phash", "-k", "1", "-f", "paths", "-o", pipe)
        assert reader.communicate()[0] == os.fsencode(pictures / "a" / "p03.png") + b"\n"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_indexing_narrates_on_stderr_and_gives_its_report_on_stdout(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    (tmp_path / "more" / "p.png").write_bytes((pictures / "a" / "p00.png").read_bytes())
    done = revsearch(tmp_path / "home", "index", tmp_path / "more", "-m", "phash", "-f", "json")
    report = json.loads(done.stdout)
    assert (report["pictures"], report["embedded"]) == (1, {"phash": 1})
    assert "broken.png" in done.stderr.decode()
    quiet = revsearch(tmp_path / "quiet", "index", tmp_path / "more", "-m", "phash", "-f", "json", "-q")
    assert quiet.stderr == b""


def test_no_colour_is_written_where_there_is_no_terminal(home: Path, pictures: Path) -> None:
    done = revsearch(home, "search", pictures / "a" / "p03.png", "-m", "phash", "-k", "2")
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_colour_unless_no_color_is_set(home: Path, pictures: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    seen = {}
    for no_colour in ("", "1"):
        environment = {**os.environ, "REVSEARCH_HOME": str(home), "TERM": "xterm", "NO_COLOR": no_colour}
        child = pexpect.spawn(
            sys.executable,
            ["-m", "revsearch_tui", "search", str(pictures / "a" / "p03.png"), "-m", "phash", "-k", "2"],
            env=environment,
            timeout=60,
        )
        child.expect(pexpect.EOF)
        seen[no_colour] = child.before
        child.close()
    assert b"\x1b[1mrank" in seen[""]
    assert b"\x1b[1m" not in seen["1"] and b"rank" in seen["1"]


def test_an_output_encoding_that_lacks_letters_gets_them_escaped(tmp_path: Path, pictures: Path) -> None:
    folder = tmp_path / "Fotoalbum für Ænne"
    folder.mkdir()
    (folder / "p.png").write_bytes((pictures / "a" / "p00.png").read_bytes())
    revsearch(tmp_path / "home", "index", folder, "-m", "phash")
    done = revsearch(
        tmp_path / "home", "search", folder / "p.png", environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 0, done.stderr
    assert b"f\\xfcr \\xc6nne" in done.stdout
