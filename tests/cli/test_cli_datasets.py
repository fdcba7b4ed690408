"""Labelled pictures on the command line: kinds, contents, downloads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.drawn import draw_folder
from tests.support.program import revsearch
from tests.support.served import served
from tests.support.site import install
from tests.support.tiny_network import paint, store_network

PLUGIN = """
from revsearch_tui.api import DatasetInfo, Download, OptionSpec, Sample, hookimpl

@hookimpl
def revsearch_datasets():
    return [
        DatasetInfo(
            "words", "Words", "S.", factory="wordy:read", unpack="wordy:unpack",
            downloads=(Download("{url}/words.txt", "words.txt", "{checksum}"),),
        ),
        DatasetInfo("broken", "B", "S.", factory="wordy:fail"),
        DatasetInfo("lacking", "L", "S.", factory="wordy:fail", requires=("no_such_package",), extra="more"),
    ]

def read(root, options):
    return [Sample(path, path.parent.name) for path in sorted(root.glob("*/*.png"))]

def unpack(files, folder, control):
    from PIL import Image
    words = files[0].read_text().split()
    if words[0] == "odd":
        raise ArithmeticError("odd words")
    for word in words:
        (folder / word).mkdir()
        for shade in range(3):
            Image.new("RGB", (len(word), 4), (shade, 0, 0)).save(folder / word / f"{{shade}}.png")

def fail(root, options):
    raise ArithmeticError("odd")
"""


def words_plugin(site: Path, url: str, text: str) -> dict[str, str]:
    checksum = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    install(site, "wordy", PLUGIN.format(url=url, checksum=checksum))
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    draw_folder(folder / "flowers", range(20))
    draw_folder(folder / "rocks", range(20, 40))
    (folder / "rocks" / "notes.txt").write_text("rocks")
    return folder


def sentence(code: int, *arguments: Any, **more: Any) -> str:
    done = revsearch(*arguments, **more)
    assert done.returncode == code, done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    return line.removeprefix("revsearch: ")


def test_the_kinds_are_listed_with_their_options(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in json.loads(revsearch(tmp_path, "datasets", "list", "-f", "json").stdout)}
    assert {"folders", "csv", "cifar10", "imdb-wiki"} <= rows.keys()
    assert "people" in rows["imdb-wiki"]["options"]
    assert rows["cifar10"]["downloads"] == ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"]
    bare = revsearch(tmp_path, "datasets").stdout.decode()
    assert "imdb-wiki" in bare and "imdb.mat or wiki.mat" in bare


def test_data_is_shown_by_class_and_part_with_what_is_left_out(tmp_path: Path, classes: Path) -> None:
    done = revsearch(tmp_path, "datasets", "show", classes, "-f", "jsonl")
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"class": "flowers", "train": 17, "validation": 1, "test": 2, "all": 20},
        {"class": "rocks", "train": 17, "validation": 1, "test": 2, "all": 20},
    ]
    assert done.stderr.decode().splitlines() == [
        "folders: 2 classes; 34 pictures to train with, 2 for validation, 4 for the test",
        "left out: 1 (not a picture, by its name)",
    ]


def test_as_json_data_is_what_a_record_of_a_training_keeps(tmp_path: Path, classes: Path) -> None:
    document = json.loads(revsearch(tmp_path, "datasets", "show", f"folders:{classes}", "-f", "json", "-q").stdout)
    assert document["counts"] == {"train": 34, "validation": 2, "test": 4}
    assert document["per_class"]["rocks"]["test"] == 2
    again = json.loads(revsearch(tmp_path, "datasets", "show", classes, "-f", "json", "-q").stdout)
    assert again["sha256"] == document["sha256"]


def test_options_of_a_data_set_are_checked(tmp_path: Path, classes: Path) -> None:
    assert "did you mean 'min_per_class'?" in sentence(2, tmp_path, "datasets", "show", classes, "-O", "min_per_clas=3")
    assert "holds no class" in sentence(2, tmp_path, "datasets", "show", classes, "-O", "min_per_class=300")


def test_what_is_no_data_is_told(tmp_path: Path) -> None:
    assert "there is no data set 'cifar-10'; did you mean 'cifar10'?" in sentence(
        4, tmp_path, "datasets", "show", "cifar-10:x"
    )
    assert "absent; give a folder" in sentence(2, tmp_path, "datasets", "show", tmp_path / "absent")
    assert "is not one to download; those that are: cifar10" in sentence(
        2, tmp_path, "datasets", "pull", "folders", "--to", tmp_path / "new"
    )


def test_a_data_set_is_downloaded_and_unpacked_once(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("red green blue")
    home, to = tmp_path / "home", tmp_path / "pulled" / "words"
    with served(tmp_path) as url:
        environment = words_plugin(tmp_path / "site", url, "red green blue")
        done = revsearch(home, "datasets", "pull", "words", "--to", to, environment=environment)
    assert done.returncode == 0, done.stderr.decode()
    assert f"revsearch datasets show words:{to}" in done.stderr.decode()
    assert sorted(path.name for path in to.parent.iterdir()) == ["words"]
    shown = revsearch(home, "datasets", "show", f"words:{to}", "-f", "paths", environment=environment)
    assert shown.stdout.split() == [b"blue", b"green", b"red"]
    again = tmp_path / "again"
    assert revsearch(home, "datasets", "pull", "words", "--to", again, environment=environment).returncode == 0
    assert "is there already and not empty" in sentence(
        2, home, "datasets", "pull", "words", "--to", again, environment=environment
    )


def test_without_a_network_a_data_set_is_taken_from_a_file(tmp_path: Path) -> None:
    environment = words_plugin(tmp_path / "site", "http://127.0.0.1:9", "red green")
    to = tmp_path / "words"
    pull = (tmp_path / "home", "datasets", "pull", "words", "--to", to)
    said = sentence(2, *pull, environment=environment)
    assert "http://127.0.0.1:9/words.txt" in said and "--file FILE" in said and "cache" in said
    file = tmp_path / "brought.txt"
    file.write_text("red greem")
    assert "is not words.txt from" in sentence(2, *pull, "--file", file, environment=environment)
    assert not to.exists()
    file.write_text("red green")
    assert revsearch(*pull, "--file", file, environment=environment).returncode == 0
    assert sorted(path.name for path in to.iterdir()) == ["green", "red"]


def test_a_failing_plugin_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    environment = words_plugin(tmp_path / "site", "http://127.0.0.1:9", "odd")
    (tmp_path / "odd.txt").write_text("odd")
    to = tmp_path / "below" / "words"
    said = sentence(
        4, tmp_path, "datasets", "pull", "words", "--to", to, "--file", tmp_path / "odd.txt", environment=environment
    )
    assert "unpacking 'words' failed: ArithmeticError: odd words" in said
    assert list(to.parent.iterdir()) == []
    assert "the data set 'broken' failed: ArithmeticError: odd" in sentence(
        4, tmp_path, "datasets", "show", "broken:x", environment=environment
    )
    assert "'lacking' is unavailable: needs the package no_such_package: install extra 'more'" in sentence(
        4, tmp_path, "datasets", "show", "lacking:x", environment=environment
    )


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A home with a network that knows colours."""
    store_network(tmp_path / "home" / "data" / "models", "colours", "efficientnet")
    return tmp_path / "home"


def test_copies_in_several_parts_and_under_several_labels_are_found(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for part, numbers in (("train", range(12)), ("validation", range(12, 14)), ("test", range(20, 26))):
        for label, first in (("odd", 0), ("even", 30)):
            draw_folder(data / part / label, range(first + numbers[0], first + numbers[-1] + 1))
    Image.open(data / "train" / "odd" / "p03.png").resize((110, 80)).save(data / "test" / "odd" / "again.png")
    Image.open(data / "train" / "odd" / "p04.png").resize((110, 80)).save(data / "train" / "even" / "wrong.png")
    done = revsearch(tmp_path / "home", "datasets", "check", data, "-m", "phash", "-f", "json")
    assert done.returncode == 1, done.stderr
    rows = {row["kind"]: row for row in json.loads(done.stdout)}
    assert rows.keys() == {"leak", "two labels"} and len(json.loads(done.stdout)) == 2
    leak, two = rows["leak"], rows["two labels"]
    assert (leak["part"], leak["other_part"]) == ("train", "test")
    assert (Path(leak["path"]).name, Path(leak["other"]).name) == ("p03.png", "again.png")
    assert {two["label"], two["other_label"]} == {"odd", "even"} and "bits" in two["why"]
    assert "1 of leak, 1 of two labels, 0 of doubtful label" in done.stderr.decode()
    assert "no label was doubted" in done.stderr.decode()
    paths = revsearch(tmp_path / "home", "datasets", "check", data, "-m", "phash", "-f", "paths", "-q")
    assert str(data / "train" / "odd" / "p03.png") in paths.stdout.decode().splitlines()


def test_a_label_that_the_neighbours_do_not_share_is_doubted(colours: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for label in ("reds", "greens"):
        (data / label).mkdir(parents=True)
        for number in range(15):
            shade = (240, 10 * number, 10) if label == "reds" else (10 * number, 240, 10)
            Image.fromarray(paint(*shade)).save(data / label / f"{number}.png")
    check = ("datasets", "check", data, "-m", "efficientnet:colours", "-f", "json")
    clean = revsearch(colours, *check)
    assert (clean.returncode, json.loads(clean.stdout)) == (0, []), clean.stderr
    (data / "reds" / "7.png").rename(data / "greens" / "wrong.png")
    done = revsearch(colours, *check)
    (row,) = json.loads(done.stdout)
    assert done.returncode == 1
    assert (row["kind"], row["label"], row["other_label"]) == ("doubtful label", "greens", "reds")
    assert Path(row["path"]).name == "wrong.png" and "100% of its neighbours are reds" in row["why"]


def test_files_of_the_same_bytes_are_found_though_the_split_leaves_them_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for part, first in (("train", 0), ("test", 20)):
        draw_folder(data / part / "odd", range(first, first + 8))
        draw_folder(data / part / "even", range(first + 10, first + 18))
    shutil.copyfile(data / "train" / "odd" / "p05.png", data / "train" / "even" / "also.png")
    shutil.copyfile(data / "train" / "odd" / "p06.png", data / "test" / "odd" / "also.png")
    done = revsearch(tmp_path / "home", "datasets", "check", data, "-m", "phash", "-f", "json")
    assert done.returncode == 1, done.stderr
    rows = {row["kind"]: row for row in json.loads(done.stdout)}
    assert len(json.loads(done.stdout)) == 2 and {row["why"] for row in rows.values()} == {"the same bytes"}
    assert {rows["two labels"]["label"], rows["two labels"]["other_label"]} == {"odd", "even"}
    leak = rows["leak"]
    assert (leak["part"], Path(leak["path"]).name) == ("train", "p06.png") and leak["other_part"] == "test"
