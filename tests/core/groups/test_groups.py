"""What is the same is grouped about the file to keep, each by evidence of its own; what is not, is not."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from revsearch_tui.api import UsageError
from revsearch_tui.core.storage.judgements import forget, judge
from tests.support.drawn import draw, draw_folder
from tests.support.groups import found, names
from tests.support.library import Library


def test_copies_are_grouped_and_every_one_tells_why_it_is_in(library: Library, folder: Path) -> None:
    draw_folder(folder, range(10, 18))
    original = draw(1, (640, 480))
    original.save(folder / "original.png")
    shutil.copyfile(folder / "original.png", folder / "again.png")
    original.resize((320, 240)).save(folder / "small.jpg", quality=80)
    original.crop((160, 60, 560, 420)).save(folder / "cut.png")
    original.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    original.transpose(Image.Transpose.ROTATE_90).save(folder / "left.png")
    original.transpose(Image.Transpose.ROTATE_180).save(folder / "over.png")
    original.transpose(Image.Transpose.TRANSPOSE).save(folder / "diagonal.png")
    library.index(folder)
    (group,) = found(library, rules={"order": ["oldest"]})
    assert names([group]) == {
        "original.png": {"again.png", "small.jpg", "cut.png", "mirrored.png", "left.png", "over.png", "diagonal.png"}
    }
    why = {member.file.path.name: member.evidence for member in group.others}
    assert why["again.png"].tier == "same file"
    assert (why["small.jpg"].tier, why["small.jpg"].method, why["small.jpg"].unit) == ("copy", "phash", "bits")
    assert (why["cut.png"].tier, why["cut.png"].method) == ("copy", "sift")
    of_kept, of_cut = why["cut.png"].overlap or (0, 0)
    assert of_kept == pytest.approx(400 * 360 / (640 * 480), abs=0.03) and of_cut > 0.97
    changes = {name: why[f"{name}.png"].change for name in ("cut", "mirrored", "left", "over", "diagonal")}
    assert changes == {
        "cut": "",
        "mirrored": "mirrored",
        "left": "turned left by 90 degrees",
        "over": "turned by 180 degrees",
        "diagonal": "mirrored, turned left by 90 degrees",
    }
    assert group.tier == "copy" and group.why.startswith("oldest, ")


def test_without_a_method_that_verifies_what_is_sure_is_grouped(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("phash",))
    original = draw(1, (640, 480))
    original.save(folder / "original.png")
    original.resize((320, 240)).save(folder / "small.png")
    original.crop((160, 60, 560, 420)).save(folder / "cut.png")
    library.index(folder)
    assert names(found(library)) == {"original.png": {"small.png"}}


def test_a_chain_of_likenesses_makes_no_group(library: Library, folder: Path) -> None:
    """Each part shares a third with the next; the first and the last share nothing."""
    whole = draw(1, (1800, 300))
    for number in range(5):
        whole.crop((number * 300, 0, number * 300 + 600, 300)).save(folder / f"part{number}.png")
    library.index(folder)
    for group in found(library, same_thing=True):
        kept = int(group.keep.path.stem[-1])
        assert all(abs(int(member.file.path.stem[-1]) - kept) == 1 for member in group.others)


def test_three_that_are_the_same_make_one_group_and_two_other_pairs_their_own(library: Library, folder: Path) -> None:
    for number, copies in ((1, 2), (2, 1), (3, 1)):
        picture = draw(number, (480, 360))
        picture.save(folder / f"{number}.png")
        for copy in range(copies):
            picture.resize((240 + 60 * copy, 180 + 45 * copy)).save(folder / f"{number}-{copy}.png")
    library.index(folder)
    assert names(found(library)) == {"1.png": {"1-0.png", "1-1.png"}, "2.png": {"2-0.png"}, "3.png": {"3-0.png"}}


def test_plain_pictures_are_the_same_only_where_their_bytes_are(library: Library, folder: Path) -> None:
    for name, colour in (("white", "white"), ("black", "black"), ("grey", "#808080"), ("red", "red")):
        Image.new("RGB", (200, 150), colour).save(folder / f"{name}.png")
        Image.new("RGB", (400, 300), colour).save(folder / f"{name}-large.png")
    for number in range(20):
        rows = np.linspace(40 + number, 200 - number, 150)[:, None, None]
        Image.fromarray(np.broadcast_to(rows, (150, 200, 3)).astype(np.uint8)).save(folder / f"sky{number}.png")
    shutil.copyfile(folder / "white.png", folder / "white-again.png")
    library.index(folder)
    (group,) = found(library, same_thing=True)
    assert {group.keep.path.name, *(each.file.path.name for each in group.others)} == {"white.png", "white-again.png"}
    assert [member.evidence.tier for member in group.others] == ["same file"]


def test_pages_of_different_text_and_screens_of_terminals_are_not_the_same(library: Library, folder: Path) -> None:
    chance = np.random.default_rng(0)
    words = ("the", "of", "and", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with")
    for number in range(12):
        for kind, ground, ink in (("page", "white", "black"), ("terminal", "#101010", "#d0d0d0")):
            picture = Image.new("RGB", (600, 420), ground)
            pen = ImageDraw.Draw(picture)
            for line in range(26):
                pen.text((20, 10 + 15 * line), " ".join(chance.choice(words, int(chance.integers(3, 14)))), ink)
            picture.save(folder / f"{kind}{number}.png")
    library.index(folder)
    assert names(found(library)) == {}
    assert names(found(library, any_orientation=True)) == {}


def test_forms_that_are_filled_in_otherwise_and_charts_with_the_same_axes_are_not_the_same(
    library: Library, folder: Path
) -> None:
    chance = np.random.default_rng(0)
    words = ("Berlin", "Madrid", "Oslo", "Prague", "Rome", "Vienna", "Paris", "Dublin", "Athens", "Sofia")
    large, font, small = (ImageFont.load_default(size) for size in (26, 18, 16))
    for number in range(6):
        form = Image.new("RGB", (600, 800), "white")
        pen = ImageDraw.Draw(form)
        pen.rectangle((20, 20, 580, 80), fill="#204080")
        pen.text((40, 34), "Tax Office - Form 1040 B", "white", large)
        for row, title in enumerate(("Name", "Street", "Town", "Date of birth", "Income", "Spouse", "Bank", "Account")):
            pen.text((30, 110 + 80 * row), title, "black", small)
            pen.rectangle((200, 104 + 80 * row, 570, 160 + 80 * row), outline="#888888")
            pen.text((212, 116 + 80 * row), " ".join(chance.choice(words, int(chance.integers(1, 6)))), "#101060", font)
        form.save(folder / f"form{number}.png")
        chart = Image.new("RGB", (640, 480), "white")
        pen = ImageDraw.Draw(chart)
        for row in range(9):
            pen.line((60, 430 - 45 * row, 620, 430 - 45 * row), "#dddddd")
            pen.text((20, 422 - 45 * row), str(row * 10), "black", small)
        for column in range(12):
            pen.text((70 + 46 * column, 438), f"{column + 1:02d}", "black", small)
            high = int(chance.integers(20, 400))
            pen.rectangle((70 + 46 * column, 430 - high, 104 + 46 * column, 430), fill="#3070c0")
        chart.save(folder / f"chart{number}.png")
    library.index(folder)
    assert names(found(library)) == {}


def test_a_blank_form_is_not_one_that_was_filled_in_by_pencil_nor_one_night_another(
    library: Library, folder: Path
) -> None:
    chance = np.random.default_rng(0)
    font = ImageFont.load_default(18)
    for name, ink in (("blank", None), ("pencil", "#909090")):
        form = Image.new("RGB", (600, 800), "white")
        pen = ImageDraw.Draw(form)
        pen.rectangle((20, 20, 580, 80), fill="#204080")
        for row in range(8):
            pen.text((30, 110 + 80 * row), ("Name", "Street", "Town", "Born")[row % 4], "black", font)
            pen.rectangle((200, 104 + 80 * row, 570, 160 + 80 * row), outline="#888888")
            if ink:
                pen.text((212, 116 + 80 * row), "Vienna Oslo Paris Dublin", ink, font)
        form.save(folder / f"{name}.png")
    for number in range(2):
        night = chance.normal(8, 3, (360, 480, 3)).clip(0, 255).astype(np.uint8)
        night[60 + 200 * number :, 100 + 250 * number :][:6, :6] = 200
        Image.fromarray(night).save(folder / f"night{number}.png")
    library.index(folder)
    assert names(found(library)) == {}


def test_different_pictures_with_the_same_caption_are_not_the_same(library: Library, folder: Path) -> None:
    font = ImageFont.load_default(56)
    for number in range(6):
        framed = Image.new("RGB", (640, 660), "white")
        framed.paste(draw(number, (640, 480)), (0, 90))
        pen = ImageDraw.Draw(framed)
        pen.text((20, 10), "WHEN THE BUILD IS", "black", font)
        pen.text((20, 580), "GREEN AGAIN AT LAST", "black", font)
        framed.save(folder / f"{number}.png")
    library.index(folder)
    assert names(found(library)) == {}


def test_what_loses_nothing_is_kept_before_a_larger_file_of_as_many_pixels(library: Library, folder: Path) -> None:
    for number, name in enumerate(("whole", "palette", "tiff"), start=1):
        picture = draw(number, (480, 360)).convert("RGB")
        picture.save(folder / f"{name}.jpg", quality=100)
        reduced = picture.quantize(64) if name == "palette" else picture
        if name == "tiff":
            reduced.save(folder / f"{name}.tif", compression="jpeg")
        else:
            reduced.save(folder / f"{name}.png")
    library.index(folder)
    kept = {group.keep.path.name: group.why.partition(",")[0] for group in found(library)}
    assert kept == {
        "whole.png": "format that loses nothing",
        "palette.jpg": "largest file",
        "tiff.jpg": "largest file",
    }


def test_rules_choose_what_is_kept_in_their_order_and_say_so(library: Library, folder: Path) -> None:
    picture = draw(1, (480, 360))
    (folder / "album").mkdir()
    picture.save(folder / "whole.jpg", quality=60)
    picture.resize((240, 180)).save(folder / "small.png")
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    picture.resize((120, 90)).save(folder / "album" / "camera.jpg", exif=exif)
    os.utime(folder / "small.png", (1_000_000_000, 1_000_000_000))
    library.index(folder)

    def kept(**rules: object) -> tuple[str, str]:
        (group,) = found(library, rules=rules)
        assert len(group.others) == 2
        return group.keep.path.name, group.why

    assert kept() == ("whole.jpg", "most pixels, 480x360")
    assert kept(order=["bytes"])[0] == max(folder.rglob("*.*g"), key=lambda path: path.stat().st_size).name
    assert kept(order=["format"]) == ("small.png", "format that loses least, png")
    assert kept(order=["exif"]) == ("camera.jpg", "has EXIF data")
    assert kept(order=["oldest"])[0] == "small.png"
    assert kept(prefer=[folder / "album"])[0] == "camera.jpg"
    assert kept(order=["name"], names=["sm*"]) == ("small.png", "named as wanted, small.png")
    assert kept(protected=[folder / "album"]) == ("camera.jpg", "protected")


def test_what_is_protected_a_hard_link_or_half_of_a_raw_pair_is_left_alone(library: Library, folder: Path) -> None:
    picture = draw(1, (480, 360))
    (folder / "safe").mkdir()
    picture.save(folder / "one.png")
    picture.resize((240, 180)).save(folder / "safe" / "small.png")
    picture.resize((300, 225)).save(folder / "shot.jpg")
    (folder / "shot.NEF").write_bytes(b"no picture")
    picture.resize((320, 240)).save(folder / "linked.png")
    os.link(folder / "linked.png", folder / "other name.png")
    picture.resize((360, 270)).save(folder / "goes.png")
    library.index(folder)
    (group,) = found(library, rules={"protected": [folder / "safe"], "order": ["resolution"]})
    # What is protected goes first, though it is small.
    assert group.keep.path.name == "small.png"
    (group,) = found(library)
    spared = {member.file.path.name: member.spared for member in group.others}
    assert spared["shot.jpg"] == "belongs to shot.NEF" and spared["goes.png"] == "" == spared["small.png"]
    assert spared["linked.png"].startswith("is one file with") and "other name.png" not in spared
    (group,) = found(library, hard_links=True, raw_pairs=True)
    assert {member.spared for member in group.others} == {""}
    assert {"linked.png", "other name.png", "shot.jpg"} <= {member.file.path.name for member in group.others}


def test_a_file_that_is_gone_is_in_no_group(library: Library, folder: Path) -> None:
    picture = draw(1, (480, 360))
    picture.save(folder / "one.png")
    picture.resize((240, 180)).save(folder / "small.png")
    library.index(folder)
    (folder / "small.png").unlink()
    assert found(library) == []


def test_an_embedding_proposes_and_does_not_decide_unless_a_radius_is_given(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("cnn",))
    picture = draw(1, (240, 180))
    picture.save(folder / "one.png")
    picture.save(folder / "two.bmp")
    library.index(folder)
    assert found(library) == []
    assert ["left out: 'cnn' alone" in note for note in library.notes] == [True]
    assert names(found(library, radius=0.01)) == {"two.bmp": {"one.png"}}
    with pytest.raises(UsageError, match="0 to 1, not 31"):
        found(library, radius=31)


def test_a_radius_is_a_distance_by_one_method(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("phash", "cnn"))
    library.index(draw_folder(folder, range(2)))
    with pytest.raises(UsageError, match="by one method"):
        found(library, radius=31)


def test_a_method_that_tells_kinds_is_left_out(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("cnn-softmax",))
    draw(1).save(folder / "one.png")
    draw(1).save(folder / "two.bmp")
    library.index(folder)
    assert found(library) == []
    assert ["tells what kind of thing" in note for note in library.notes] == [True]


def test_what_was_judged_no_match_is_in_no_group_together(library: Library, folder: Path) -> None:
    original = draw(1, (640, 480))
    for name, side in (("large", 640), ("middle", 480), ("small", 320)):
        original.resize((side, side * 3 // 4)).save(folder / f"{name}.png")
    library.index(folder)
    assert names(found(library)) == {"large.png": {"middle.png", "small.png"}}
    ids = [hashlib.sha256((folder / f"{name}.png").read_bytes()).digest() for name in ("middle", "small")]
    home = library.workspace.collection("pictures").home
    judge(home, [(ids[0], ids[1])], [("middle", "small")], "no match")
    (group,) = found(library)
    assert len(group.others) == 1, "both are copies of the large one, but not of each other"
    judge(
        home,
        [(each, hashlib.sha256((folder / "large.png").read_bytes()).digest()) for each in ids],
        [("", "")] * 2,
        "no match",
    )
    assert found(library) == []
    forget(home, [(ids[0], ids[1])])
    assert names(found(library)) == {"middle.png": {"small.png"}}
