"""File names are data: shown escaped, given exactly."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.program import revsearch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux file systems")

NAMES = (
    b"two\nlines.png",
    b"\x1b[31mred\x1b]0;title\x07.png",
    b"[bold]markup[red].png",
    b"not-utf8-\xff\xe9.png",
    "turned-\u202egnp.png".encode(),
    b"-k.png",
    b'comma,quote".png',
    b" blank .png",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    for number, name in enumerate(NAMES):
        with open(os.path.join(os.fsencode(made), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write((pictures / "a" / f"p{number:02d}.png").read_bytes())
    return made


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    made = tmp_path_factory.mktemp("hostile-home")
    done = revsearch(made, "index", folder, "-m", "phash")
    assert done.returncode == 0, done.stderr
    return made


def paths(folder: Path) -> set[bytes]:
    return {os.path.join(os.fsencode(folder), name) for name in NAMES}  # noqa: PTH118


def test_every_name_is_given_exactly_with_0(own_home: Path, folder: Path, pictures: Path) -> None:
    done = revsearch(own_home, "search", pictures / "a" / "p00.png", "-0")
    assert set(done.stdout.split(b"\0")[:-1]) == paths(folder)


def test_a_table_shows_names_escaped_on_one_line_each(own_home: Path, pictures: Path) -> None:
    done = revsearch(own_home, "search", pictures / "a" / "p00.png")
    lines = done.stdout.decode("utf-8").splitlines()
    assert len(lines) == 1 + len(NAMES)
    assert not set(done.stdout) & ({*range(32)} - {10} | {127})
    text = done.stdout.decode()
    for shown in ("two\\x0alines", "\\x1b[31mred\\x1b]0;title\\x07", "[bold]markup[red]", "not-utf8-\\xff\\xe9"):
        assert shown in text
    assert "turned-\\u202egnp" in text


def test_json_and_csv_carry_the_exact_names(own_home: Path, folder: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    (result,) = json.loads(revsearch(own_home, "search", query, "-f", "json").stdout)
    assert {os.fsencode(hit["path"]) for hit in result["hits"]} == paths(folder)
    text = revsearch(own_home, "search", query, "-f", "csv").stdout.decode("utf-8", "surrogateescape")
    assert {os.fsencode(row["path"]) for row in csv.DictReader(io.StringIO(text))} == paths(folder)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_a_query_and_finds_itself(name: bytes, own_home: Path, folder: Path) -> None:
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118
    done = revsearch(own_home, "search", "-k", "1", "-0", "--", path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == path + b"\0"


def test_a_name_in_an_error_is_escaped_too(own_home: Path, folder: Path) -> None:
    done = revsearch(own_home, "search", b"absent\x1b[2J\n\xff.png")
    assert done.returncode == 2
    assert (
        done.stderr == b"revsearch: 'absent\\x1b[2J\\x0a\\xff.png' does not exist; give a picture file, a URL or '-'\n"
    )


def test_skipped_files_are_listed_by_their_exact_names(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    name = os.fsencode(folder) + b"/bad\n\xfe.png"
    with open(name, "wb") as file:  # noqa: PTH123
        file.write(b"\x89PNG\r\n\x1a\n broken")
    indexed = revsearch(tmp_path / "home", "index", folder, "-m", "phash")
    assert b"bad\\x0a\\xfe.png" in indexed.stderr
    listed = revsearch(tmp_path / "home", "collections", "skipped", "-0")
    assert listed.stdout == name + b"\0"
    shown = revsearch(tmp_path / "home", "collections", "skipped")
    assert b"bad\\x0a\\xfe.png" in shown.stdout
