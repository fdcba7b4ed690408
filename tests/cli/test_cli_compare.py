"""How alike two given pictures are, in words and by each method, with no collection."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from tests.support.drawn import draw
from tests.support.program import revsearch


def compared(home: Path, *arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    done = revsearch(home, "compare", *arguments, "-f", "json", stdin=stdin)
    assert done.returncode in (0, 1), done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) == (found["tier"] in ("same file", "copy", "same thing"))
    return found


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    draw(3).resize((440, 320)).save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


def changed(picture: Path, how: str) -> Path:
    image, target = Image.open(picture).convert("RGB"), picture.with_name(f"{how}.png")
    if how == "file":
        shutil.copy(picture, target)
        return target
    if how == "quality":
        image.save(target := target.with_suffix(".jpg"), quality=40)
        return target
    if how == "overlay":
        ImageDraw.Draw(image).rectangle((40, 40, 140, 120), fill="white", outline="black")
    image = {
        "size": lambda: image.resize((220, 160)),
        "crop": lambda: image.crop((60, 40, 380, 280)),
        "overlay": lambda: image,
        "brightness": lambda: ImageEnhance.Brightness(image).enhance(0.7),
        "other": lambda: draw(11),
        "turned": lambda: image.rotate(90, expand=True),
    }[how]()
    image.save(target)
    return target


@pytest.mark.parametrize(
    ("how", "methods", "tier"),
    [
        ("file", ["phash"], "same file"),
        ("size", ["phash"], "copy"),
        ("quality", ["phash"], "copy"),
        ("crop", ["phash", "sift"], "same thing"),
        ("overlay", ["sift"], "same thing"),
        ("overlay", ["phash"], "alike"),
        ("brightness", ["phash"], "alike"),
        ("other", ["phash", "sift"], "different"),
        ("turned", ["phash"], "different"),
    ],
)
def test_a_tier_says_what_two_pictures_are(
    how: str, methods: list[str], tier: str, picture: Path, tmp_path: Path
) -> None:
    chosen = [word for method in methods for word in ("-m", method)]
    found = compared(tmp_path / "home", picture, changed(picture, how), *chosen)
    assert found["tier"] == tier, found
    assert [row["method"] for row in found["methods"]] == ["pixels", *methods]


def test_any_orientation_tries_the_first_in_all_eight(picture: Path, tmp_path: Path) -> None:
    found = compared(tmp_path / "home", picture, changed(picture, "turned"), "-m", "phash", "--any-orientation")
    assert found["tier"] == "copy"
    assert {row["orientation"] for row in found["methods"]} == {"turned left"}


def test_methods_that_verify_count_inliers_and_those_that_classify_name_classes(picture: Path, tmp_path: Path) -> None:
    found = compared(tmp_path / "home", picture, changed(picture, "crop"), "-m", "sift", "-m", "cnn-softmax")
    _, local, classifier = found["methods"]
    assert local["verified"] is True and local["inliers"] == local["raw"] > 20 and local["unit"] == "inliers"
    assert classifier["class_1"] and classifier["class_2"] and 0 < classifier["confidence_1"] <= 1
    assert classifier["unit"] == "Bhattacharyya"


def test_the_methods_that_new_collections_are_indexed_by_are_used_and_options_reach_them(
    picture: Path, tmp_path: Path
) -> None:
    other = changed(picture, "size")
    assert [row["method"] for row in compared(tmp_path / "home", picture, other)["methods"]] == [
        "pixels",
        "phash",
        "sift",
        "efficientnet",
    ]
    far = compared(tmp_path / "home", picture, changed(picture, "other"), "-m", "phash", "-O", "size=32")
    assert far["methods"][1]["raw"] > 256, "more bits than the default hash has"


def test_standard_input_is_one_of_the_two(picture: Path, tmp_path: Path) -> None:
    found = compared(tmp_path / "home", "-", picture, "-m", "phash", stdin=picture.read_bytes())
    assert (found["first"], found["tier"]) == ("-", "same file")


def test_csv_has_a_row_for_each_method_and_a_table_says_the_tier_on_stderr(picture: Path, tmp_path: Path) -> None:
    other = changed(picture, "quality")
    done = revsearch(tmp_path / "home", "compare", picture, other, "-m", "phash", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [(row["tier"], row["method"]) for row in rows] == [("copy", "pixels"), ("copy", "phash")]
    shown = revsearch(tmp_path / "home", "compare", picture, other, "-m", "phash")
    assert shown.stderr.startswith(b"copy: the same pixels")
    assert shown.stdout.decode().splitlines()[0].split() == ["method", "score", "raw", "unit"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-", "-"], 2, "standard input can be one picture only"),
        (["absent.png", "PICTURE"], 2, "'absent.png' does not exist"),
        (["PICTURE", "BROKEN"], 2, "broken.png' cannot be compared: "),
        (["PICTURE", "PICTURE", "-m", "nothing"], 4, "nothing"),
        (["PICTURE", "PICTURE", "-f", "paths"], 2, "no paths"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    arguments: list[str], code: int, said: str, picture: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    words = [str({"PICTURE": picture, "BROKEN": broken}.get(word, word)) for word in arguments]
    done = revsearch(tmp_path / "home", "compare", *words)
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (code, b"") and said in line


def test_pictures_that_show_nothing_are_copies_only_where_every_pixel_is_the_same(tmp_path: Path) -> None:
    names = {"white": "white", "again": "white", "snow": "#fefefe", "red": "red"}
    for name, colour in names.items():
        Image.new("RGB", (90, 60), colour).save(tmp_path / f"{name}.{'bmp' if name == 'again' else 'png'}")
    white = tmp_path / "white.png"
    found = {
        name: compared(tmp_path / "home", white, next(tmp_path.glob(f"{name}.*")), "-m", "phash") for name in names
    }
    assert {name: each["tier"] for name, each in found.items()} == {
        "white": "same file",
        "again": "copy",
        "snow": "alike",
        "red": "alike",
    }
    assert found["again"]["why"] == "the same pixels"
    assert found["snow"]["why"] == found["red"]["why"] == "too plain to tell by phash"
