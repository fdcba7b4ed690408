"""`revsearch collections export`, `import` and `merge`, as a user calls them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch, revsearch_json
from tests.support.site import install, method_source
from tests.support.stored import stored_bytes


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the collection `scans`, indexed by phash and by a method that other homes do not have, and what was
    exported of it, `scans.revsearch`."""
    base = tmp_path_factory.mktemp("there")
    pictures = draw_folder(base / "pictures", range(4))
    install(base / "site", "picky", method_source("picky", "picky"))
    environment = {"PYTHONPATH": os.pathsep.join([str(base / "site"), os.environ.get("PYTHONPATH", "")])}
    words = ("index", pictures, "-c", "scans", "-m", "phash", "-m", "picky", "-q")
    assert revsearch(base, *words, environment=environment).returncode == 0
    done = revsearch(base, "collections", "export", "scans", "-o", base)
    assert done.returncode == 0 and f"'{base / 'scans.revsearch'}'" in done.stderr.decode()
    return base


def test_an_index_goes_to_another_home_and_is_searched_there(there: Path, tmp_path: Path) -> None:
    done = revsearch(tmp_path, "collections", "import", there / "scans.revsearch")
    said = done.stderr.decode()
    assert done.returncode == 0 and not done.stdout
    assert "'scans' has 4 pictures in 4 files" in said
    assert "'picky' is kept, but cannot be searched by on this machine" in said
    assert stored_bytes(tmp_path, "scans") == stored_bytes(there, "scans")
    words = ("search", there / "pictures" / "p02.png", "-c", "scans", "-m", "phash")
    hits = [[result["hits"] for result in revsearch_json(home, *words)] for home in (tmp_path, there)]
    assert hits[0] == hits[1] and len(hits[0][0]) == 4
    again = revsearch(tmp_path, "collections", "import", there / "scans.revsearch")
    assert again.returncode == 2 and b"already" in again.stderr


def test_files_and_collections_are_merged_quietly(there: Path, tmp_path: Path) -> None:
    file = there / "scans.revsearch"
    assert revsearch(tmp_path, "collections", "import", file, "--name", "one", "-q").returncode == 0
    done = revsearch(tmp_path, "collections", "merge", "one", file, "--into", "all", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert stored_bytes(tmp_path, "all") == stored_bytes(there, "scans")
    assert {row["name"] for row in json.loads(listed(tmp_path))} == {"one", "all"}


def listed(home: Path) -> bytes:
    return revsearch(home, "collections", "list", "--format", "json").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("import", "FILE.cut"), 3, "damaged or cut short"),
        (("import", "FILE.none"), 3, "there is no file"),
        (("import", "FILE", "--name", "a/b"), 2, "cannot name a collection"),
        (("merge", "nothing", "--into", "all"), 3, "there is no collection 'nothing'"),
        (("merge", "FILE", "FILE.cut", "--into", "all"), 3, "damaged or cut short"),
        (("export", "nothing", "-o", "x"), 3, "there is no collection 'nothing'"),
    ],
)
def test_what_cannot_be_taken_is_told_in_one_sentence(
    there: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    whole = (there / "scans.revsearch").read_bytes()
    (tmp_path / "cut.revsearch").write_bytes(whole[: len(whole) // 2])
    files = {"FILE": there / "scans.revsearch", "FILE.cut": tmp_path / "cut.revsearch", "FILE.none": tmp_path / "none"}
    done = revsearch(tmp_path / "home", "collections", *(files.get(word, word) for word in words))
    error = done.stderr.decode()
    assert done.returncode == code and said in error
    assert len(error.strip().splitlines()) == 1
    assert json.loads(listed(tmp_path / "home") or b"[]") == []


def test_parquet_of_several_methods_asks_for_a_folder(there: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    export = ("collections", "export", "scans", "--format", "parquet", "-o")
    refused = revsearch(there, *export, tmp_path / "all.parquet")
    assert refused.returncode == 2 and b"give a folder" in refused.stderr
    assert revsearch(there, *export, tmp_path).returncode == 0
    assert len(list(tmp_path.glob("scans-*.parquet"))) == 2
    assert revsearch(there, *export, tmp_path / "one.parquet", "-m", "phash").returncode == 0
    assert revsearch(there, *export, tmp_path / "one.parquet", "-m", "sift").returncode == 2
    assert revsearch(there, "collections", "export", "scans", "-o", tmp_path, "-m", "phash").returncode == 2
