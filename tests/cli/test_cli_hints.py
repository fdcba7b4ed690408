"""A command that a message advises can be copied into a shell, and what failed works after it."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.program import revsearch
from tests.support.stored import collection_of, keys_of

QUICKLY = ("--sample", "10", "-t", "crop=10")


def advised(home: Path, *arguments: str | Path, folder: Path | None = None, also: tuple[str, ...] = ()) -> list[str]:
    """The command of a message, after it was run as it is, or with more words; `arguments` fail before it and work
    after it."""
    failed = revsearch(home, *arguments)
    assert failed.returncode in (2, 3), failed.stderr.decode()
    found = re.search(
        r"(?:run|with|make it with): revsearch (.*?)(?:, (?:to|which) .*)?$", failed.stderr.decode(), re.M
    )
    assert found, failed.stderr.decode()
    words = [str(folder) if word == "FOLDER" and folder else word for word in shlex.split(found[1])]
    followed = revsearch(home, *words, *also)
    assert followed.returncode == 0, (words, followed.stderr.decode())
    again = revsearch(home, *arguments)
    assert again.returncode == 0, (words, again.stderr.decode())
    return words


@pytest.fixture
def home(tmp_path: Path, pictures: Path) -> Path:
    """A home with the collection `my.own`, indexed by phash with its usual options."""
    done = revsearch(tmp_path / "home", "index", pictures / "a", "-c", "my.own", "-m", "phash")
    assert done.returncode == 0, done.stderr.decode()
    return tmp_path / "home"


@pytest.fixture
def query(pictures: Path) -> Path:
    return pictures / "a" / "p03.png"


@pytest.mark.parametrize(
    "asked",
    [
        ("-m", "phash", "-O", "size=8"),
        ("-m", "phash", "-O", "region=sift-salient", "-O", "hash=whash"),
        ("-m", "phash", "-m", "sift", "-O", "phash.size=8"),
        *(
            pytest.param(asked, marks=pytest.mark.drill)
            for asked in (
                ("-m", "phash", "-O", "size=8", "-O", "phash.hash=dhash"),
                ("-m", "phash", "--region", "sift-salient"),
                ("-m", "sift"),
                ("-m", "sift", "-O", "features=100"),
            )
        ),
    ],
)
def test_a_search_by_what_is_not_indexed_advises_to_index_by_just_that(
    asked: tuple[str, ...], home: Path, query: Path
) -> None:
    words = advised(home, "search", query, "-c", "my.own", *asked)
    assert words[:3] == ["index", "-c", "my.own"]


@pytest.mark.drill
def test_an_option_at_its_default_is_advised_where_the_configuration_has_another(home: Path, query: Path) -> None:
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[methods.phash]\nsize = 8\nregion = "sift-salient"\n')
    shutil.rmtree(home / "data")
    assert revsearch(home, "index", query.parent, "-c", "my.own", "-m", "phash").returncode == 0
    words = advised(home, "search", query, "-c", "my.own", "-m", "phash", "-O", "size=16", "-O", "region=")
    assert words == ["index", "-c", "my.own", "-m", "phash", "-O", "size=16", "-O", "region="]


@pytest.mark.drill
def test_a_method_with_a_model_is_advised_with_the_model(home: Path, pictures: Path, query: Path) -> None:
    revsearch(home, "index", pictures / "b", "-c", "my.own", "-m", "phash")
    fitted = revsearch(home, "models", "fit", "sift", "-c", "my.own", "--name", "words")
    assert fitted.returncode == 0, fitted.stderr.decode()
    words = advised(home, "search", query, "-c", "my.own", "-m", "sift", "--model", "words", "-O", "features=100")
    assert words == ["index", "-c", "my.own", "-m", "sift:words", "-O", "features=100"]


@pytest.mark.drill
def test_a_fitted_model_is_advised_for_the_collection_it_was_fitted_to(home: Path, pictures: Path, query: Path) -> None:
    revsearch(home, "index", query.parent, "-c", "other", "-m", "phash")
    revsearch(home, "index", pictures / "b", "-c", "my.own", "-m", "phash")
    fitted = revsearch(home, "models", "fit", "sift", "-c", "my.own", "--name", "words")
    (line,) = [line for line in fitted.stderr.decode().splitlines() if line.startswith("fitted")]
    assert line.endswith("use it with: revsearch index -c my.own -m sift:words")
    assert revsearch(home, *line.rpartition("revsearch ")[2].split()).returncode == 0
    assert revsearch(home, "search", query, "-c", "my.own", "-m", "sift:words").returncode == 0


@pytest.mark.drill
@pytest.mark.parametrize(
    "asked",
    [
        ("-m", "phash"),
        ("-m", "phash", "--any-orientation"),
        ("-m", "phash", "-O", "size=8"),
        ("-m", "phash", "-O", "size=8", "--region", "sift-salient"),
        ("-m", "sift", "-O", "min_inliers=12"),
    ],
)
def test_a_missing_threshold_advises_to_measure_it_with_the_same_options(
    asked: tuple[str, ...], home: Path, query: Path
) -> None:
    plain = tuple(word for word in asked if word not in ("--any-orientation",) and not word.startswith("min_inliers"))
    plain = plain if plain[-1] != "-O" else plain[:-1]
    assert revsearch(home, "index", "-c", "my.own", *plain).returncode == 0
    words = advised(home, "search", query, "-c", "my.own", "--copies", *asked, also=QUICKLY)
    assert words[:3] == ["robustness", "-c", "my.own"]


@pytest.mark.drill
def test_a_threshold_is_measured_with_the_options_the_collection_was_indexed_with(
    tmp_path: Path, pictures: Path, query: Path
) -> None:
    revsearch(tmp_path / "eight", "index", pictures / "a", "-m", "phash", "-O", "size=8")
    words = advised(tmp_path / "eight", "search", query, "-m", "phash", "--copies", also=QUICKLY)
    assert words == ["robustness", "-c", "pictures", "-m", "phash", "-O", "size=8"]


@pytest.mark.drill
@pytest.mark.parametrize("asked", [("-m", "phash", "-O", "size=8"), ("-m", "sift"), ()])
def test_robustness_of_what_is_not_indexed_advises_to_index_by_that(
    asked: tuple[str, ...], home: Path, query: Path
) -> None:
    if not asked:
        revsearch(home, "collections", "drop", "my.own", "-m", "phash", "--yes")
    assert advised(home, "robustness", "-c", "my.own", *asked, *QUICKLY)[0] == "index"


@pytest.mark.parametrize("asked", [("-m", "phash", "-O", "size=8"), ()])
def test_a_collection_without_a_catalog_advises_to_index_it_by_what_was_asked(
    asked: tuple[str, ...], home: Path, query: Path
) -> None:
    kept = collection_of(home, "my.own").home
    for entry in kept.iterdir():
        if entry.name != "collection.json":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    assert advised(home, "search", query, "-c", "my.own", *asked)[:3] == ["index", "-c", "my.own"]


@pytest.mark.drill
def test_a_collection_without_folders_advises_to_name_some(home: Path, pictures: Path, query: Path) -> None:
    assert revsearch(home, "collections", "forget", "my.own", pictures / "a").returncode == 0
    words = advised(home, "search", query, "-c", "my.own", "-m", "sift", folder=pictures / "a")
    assert words == ["index", str(pictures / "a"), "-c", "my.own", "-m", "sift"]


@pytest.mark.drill
def test_a_journal_that_cannot_be_read_is_made_anew_as_advised(home: Path, query: Path) -> None:
    (key,) = keys_of(home, "my.own")
    (meta,) = collection_of(home, "my.own").journal_folder(key.key).rglob("meta.json")
    meta.write_text("no json")
    revsearch(home, "index", query.parent, "-c", "other", "-m", "phash")
    assert advised(home, "search", query, "-c", "my.own", "-m", "phash") == ["index", "-c", "my.own"]


@pytest.mark.drill
def test_a_library_that_moved_is_brought_up_to_date_as_advised(tmp_path: Path, pictures: Path) -> None:
    shutil.copytree(pictures / "a", tmp_path / "old")
    revsearch(tmp_path / "home", "index", tmp_path / "old", "-c", "moved", "-m", "phash")
    revsearch(tmp_path / "home", "index", pictures / "b", "-c", "other", "-m", "phash")
    (tmp_path / "old").rename(tmp_path / "new")
    done = revsearch(tmp_path / "home", "collections", "relocate", tmp_path / "old", tmp_path / "new", "-c", "moved")
    command = shlex.split(done.stderr.decode().rpartition("revsearch ")[2])
    assert revsearch(tmp_path / "home", *command).returncode == 0


def test_skipped_files_are_listed_as_advised(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    revsearch(tmp_path / "home", "index", pictures / "a", "-c", "other", "-m", "phash")
    done = revsearch(tmp_path / "home", "index", tmp_path / "broken", "-c", "broken", "-m", "phash")
    command = re.search(r"see: revsearch ([^;]*);", done.stderr.decode())
    assert command and b"b.png" in revsearch(tmp_path / "home", *command[1].split()).stdout
