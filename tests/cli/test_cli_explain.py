"""`revsearch explain`: why two pictures match, as text, as JSON and as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.drawn import draw
from tests.support.program import revsearch


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A picture, and a part of it."""
    whole = draw(3, (480, 360))
    whole.save(tmp_path / "whole.png")
    whole.crop((120, 60, 480, 330)).save(tmp_path / "part.png")
    return tmp_path / "part.png", tmp_path / "whole.png"


def test_what_speaks_for_a_pair_is_told_and_what_does_not_is_named(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = revsearch(tmp_path, "explain", *pair)
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    assert text.startswith("sift\n  ") and "of the first is seen in the second, where it fills 56%" in text
    assert text.rstrip().splitlines()[-1].startswith("nothing to say: phash")
    assert b"same thing" in done.stderr


def test_a_part_of_the_first_picture_is_explained_alone(pair: tuple[Path, Path], tmp_path: Path) -> None:
    page = Image.new("RGB", (2000, 2000), "white")
    page.paste(Image.open(pair[1]).resize((240, 180)), (1000, 500))
    page.save(tmp_path / "page.png")
    done = revsearch(tmp_path, "explain", tmp_path / "page.png", pair[1], "--crop", "50%,25%,12%,9%", "-m", "phash")
    assert done.returncode == 0 and b"copy: the same pixels" in done.stderr
    assert revsearch(tmp_path, "explain", tmp_path / "page.png", pair[1], "-m", "phash").returncode == 1


def test_a_picture_with_all_of_it_is_drawn(pair: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "why.png"
    done = revsearch(tmp_path, "explain", *pair, "-m", "sift", "-m", "phash", "-o", target)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode()
    with Image.open(target) as drawn:
        drawn.load()
        assert drawn.format == "PNG" and drawn.height > 1000, "one method below the other"


def test_json_holds_what_is_drawn(pair: tuple[Path, Path], tmp_path: Path) -> None:
    arguments = ("-m", "sift", "-m", "phash", "-m", "cnn", "-f", "json", "-q")
    done = revsearch(tmp_path, "explain", *pair, *arguments)
    found = json.loads(done.stdout)
    lines, bits, heat = (row["explanation"] for row in found["methods"])
    assert (found["tier"], lines["kind"], bits["kind"], heat["kind"]) == ("same thing", "lines", "bits", "heat")
    assert len(lines["pairs"]) == lines["points"] > 10 and lines["overlap_second"] == pytest.approx(0.56, abs=0.02)
    assert len(bits["first"]) == 16 and set("".join(bits["first"])) <= {"0", "1"}
    assert len(heat["values"]) == 8 and heat["classes"][0]["class"]
    assert all(row["says"] for row in found["methods"])


def test_a_pair_that_nothing_speaks_for_draws_nothing(tmp_path: Path) -> None:
    draw(3).save(tmp_path / "a.png")
    Image.new("RGB", (220, 160), "grey").save(tmp_path / "b.png")
    target = tmp_path / "why.png"
    done = revsearch(tmp_path, "explain", tmp_path / "a.png", tmp_path / "b.png", "-o", target)
    assert done.returncode == 1 and not target.exists()
    assert b"nothing was drawn: no method has anything to say" in done.stderr


def test_a_collections_own_options_are_used(pair: tuple[Path, Path], home: Path) -> None:
    done = revsearch(home, "explain", *pair, "-c", "pictures", "-m", "phash", "-f", "json", "-q")
    assert json.loads(done.stdout)["methods"][0]["method"] == "phash"
    done = revsearch(home, "explain", *pair, "-c", "absent")
    assert done.returncode == 3 and b"absent" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("part.png", "gone.png"), "'gone.png' does not exist"),
        (("part.png", "words.txt"), "'words.txt' cannot be compared: not a picture"),
        (("part.png", "whole.png", "-o", "why.jpg"), "'why.jpg' is no name of a PNG file"),
        (("part.png", "whole.png", "-o", "nowhere/why.png", "-m", "phash"), "cannot write 'nowhere/why.png'"),
        (("part.png", "whole.png", "-f", "csv"), "an explanation is no list"),
        (("-", "-"), "standard input can be one picture only"),
        (("part.png", "whole.png", "-m", "phahs"), "did you mean 'phash'?"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[str, ...], says: str, pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words.txt").write_text("no picture")
    monkeypatch.chdir(tmp_path)
    done = revsearch(tmp_path, "explain", *arguments)
    assert done.returncode in (2, 4)
    (line,) = [line for line in done.stderr.decode().splitlines() if line.startswith("revsearch: ")]
    assert says in line
