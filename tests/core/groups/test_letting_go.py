"""What may go shows nothing that the kept picture does not; what is left alone says why, and goes where it is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw, ImageOps

from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.duplicates import find_in_library
from revsearch_tui.core.groups.group import Group, plan_of
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from tests.support.drawn import draw, draw_folder
from tests.support.groups import applied, found
from tests.support.library import Library

PART, MORE, DIFFERENT, SMALL = (
    "shows only a part of what is kept",
    "shows more than what is kept",
    "looks different in places",
    "differs in small things",
)


def left(group: Group) -> dict[str, str]:
    """The name of each file but the kept one -> why it is left alone."""
    return {member.file.path.name: member.spared for member in group.others}


def written(picture: Image.Image, text: str = "SALE TODAY") -> Image.Image:
    copy = picture.convert("RGB")
    ImageDraw.Draw(copy).text((60, 200), text, fill=(255, 40, 200), font_size=64)
    return copy


@pytest.fixture
def original(folder: Path) -> Image.Image:
    draw_folder(folder, range(10, 16))
    picture = draw(1, (640, 480)).convert("RGB")
    picture.save(folder / "original.png")
    return picture


def test_a_part_that_was_enlarged_does_not_take_the_place_of_the_whole(
    library: Library, folder: Path, original: Image.Image
) -> None:
    original.crop((80, 60, 560, 420)).resize((960, 720)).save(folder / "part.png")
    library.index(folder)
    (group,) = found(library)
    assert group.keep.path.name == "original.png" and left(group) == {"part.png": PART}
    (group,) = found(library, parts=True)
    assert all(left(group).values())


def test_a_part_goes_where_it_is_asked(library: Library, folder: Path, original: Image.Image) -> None:
    original.crop((160, 120, 480, 360)).save(folder / "part.png")
    library.index(folder)
    assert [left(group) for group in found(library)] == [{"part.png": PART}]
    assert [left(group) for group in found(library, parts=True)] == [{"part.png": ""}]


def test_an_original_does_not_go_for_a_screen_that_shows_it_smaller(
    library: Library, folder: Path, original: Image.Image
) -> None:
    screen = Image.new("RGB", (1600, 900), (40, 40, 48))
    screen.paste(original.resize((480, 360)), (200, 200))
    screen.save(folder / "screen.png")
    library.index(folder)
    assert [left(group) for group in found(library)] == [{"original.png": PART}]
    assert [left(group) for group in found(library, parts=True)] == [{"original.png": "has more pixels of it"}]


def test_a_picture_is_not_let_go_for_one_with_a_frame_round_it(
    library: Library, folder: Path, original: Image.Image
) -> None:
    ImageOps.expand(original, 32, (20, 20, 20)).save(folder / "framed.png")
    library.index(folder)
    (group,) = found(library)
    assert all(left(group).values())


def test_copies_of_a_picture_go_though_a_collage_shows_it_too(
    library: Library, folder: Path, original: Image.Image
) -> None:
    original.save(folder / "again.jpg", quality=80)
    original.resize((320, 240)).save(folder / "small.jpg")
    both = Image.new("RGB", (1280, 480))
    both.paste(original, (0, 0))
    both.paste(draw(2, (640, 480)), (640, 0))
    both.save(folder / "collage.png")
    library.index(folder)
    (group,) = found(library, rules={"names": ["original*"], "order": ["name"]})
    assert group.keep.path.name == "original.png"
    assert left(group) == {"again.jpg": "", "small.jpg": "", "collage.png": MORE}


@pytest.mark.parametrize("same_thing", [False, True])
def test_what_was_written_on_is_left_alone_unless_asked(
    library: Library, folder: Path, original: Image.Image, same_thing: bool
) -> None:
    written(original).save(folder / "written.png")
    original.convert("L").save(folder / "grey.png")
    library.index(folder)
    (group,) = found(library, same_thing=same_thing, rules={"names": ["original*"], "order": ["name"]})
    assert left(group) == {"written.png": DIFFERENT, "grey.png": ""}
    (group,) = found(library, altered=True, rules={"names": ["original*"], "order": ["name"]})
    assert left(group) == {"written.png": "", "grey.png": ""}


def test_small_things_and_colours_that_differ_are_told(library: Library, folder: Path, original: Image.Image) -> None:
    for number, text in (("1", "7.35 to pay, 12 May"), ("2", "8.91 to pay, 30 June")):
        copy = original.copy()
        ImageDraw.Draw(copy).text((40, 440), text, fill="white", font_size=12, stroke_width=1, stroke_fill="black")
        copy.save(folder / f"stamp {number}.png")
        copy.save(folder / f"stamp {number}.jpg", quality=60)
    Image.merge("RGB", original.split()[::-1]).save(folder / "swapped.png")
    (folder / "original.png").unlink()
    library.index(folder)
    (group,) = found(library, rules={"names": ["stamp 1.png"], "order": ["name"]})
    told = left(group)
    assert told["stamp 1.jpg"] == "" and told["swapped.png"] == "has other colours"
    assert told["stamp 2.png"] == SMALL


def test_a_picture_in_colours_is_not_let_go_for_a_grey_one(
    library: Library, folder: Path, original: Image.Image
) -> None:
    original.convert("L").resize((1280, 960)).save(folder / "grey.png")
    library.index(folder)
    (group,) = found(library)
    assert group.keep.path.name == "grey.png" and left(group) == {"original.png": DIFFERENT}


def test_one_file_stays_of_those_that_are_left_alone(library: Library, folder: Path, original: Image.Image) -> None:
    written(original).save(folder / "written.png")
    shutil.copyfile(folder / "written.png", folder / "written too.png")
    original.save(folder / "again.jpg", quality=90)
    library.index(folder)
    (group,) = found(library, rules={"names": ["original*"], "order": ["name"]})
    assert left(group) == {"written.png": DIFFERENT, "written too.png": "", "again.jpg": ""}
    (copy,) = (member for member in group.others if member.beside is not None)
    assert copy.beside is not None and copy.file.path.name == "written too.png" and copy.lost == DIFFERENT
    assert (copy.beside.file.path, copy.beside.evidence.tier) == (folder / "written.png", "same file")
    assert copy.why == "all of it is in written.png, which stays: the same bytes"


@pytest.fixture
def filled_in(folder: Path, original: Image.Image) -> Path:
    """The folder, with two pictures more that were made of the first by writing on it, and smaller copies of all."""
    for name, text in (("sale", "SALE TODAY"), ("sold", "ALL IS GONE")):
        written(original, text).save(folder / f"{name}.png")
    for name in ("original", "sale", "sold"):
        with Image.open(folder / f"{name}.png") as picture:
            picture.convert("RGB").resize((520, 390)).save(folder / f"{name} small.jpg", quality=85)
    return folder


def test_copies_of_what_is_left_alone_go_for_that(library: Library, filled_in: Path) -> None:
    shutil.copyfile(filled_in / "sold small.jpg", filled_in / "sold small too.jpg")
    library.index(filled_in)
    asked = {"names": ["original*"], "order": ["name"]}
    (group,) = found(library, rules=asked)
    assert group.keep.path.name == "original.png"
    assert {name for name, why in left(group).items() if why} == {"sale.png", "sold.png"}
    beside = {each.file.path.name: each.beside and each.beside.file.path.name for each in group.others}
    assert {name: stays for name, stays in beside.items() if not left(group)[name]} == {
        "original small.jpg": None,
        "sale small.jpg": "sale.png",
        "sold small.jpg": "sold.png",
        "sold small too.jpg": "sold.png",
    }
    told = {each.file.path.name: each.why for each in group.others}
    assert told["sale small.jpg"].startswith("all of it is in sale.png, which stays: ")
    plan = plan_of([group], "pictures")
    assert {
        Path(each.keep.path).name: (each.keep.why, {Path(file.path).name for file in each.others})
        for each in plan.groups
    } == {
        "original.png": (group.why, {"original small.jpg"}),
        "sale.png": (f"stays too: {DIFFERENT}", {"sale small.jpg"}),
        "sold.png": (f"stays too: {DIFFERENT}", {"sold small.jpg", "sold small too.jpg"}),
    }
    assert plan.bytes == group.freed
    (filled_in / "sale.png").write_bytes(b"something else")
    report = applied(library, plan, "symlink")
    assert {path.name: path.resolve().name for path in report.done} == {
        "original small.jpg": "original.png",
        "sold small.jpg": "sold.png",
        "sold small too.jpg": "sold.png",
    }
    assert [path.name for path, _ in report.left] == ["sale small.jpg"], "what stays for it is looked at right before"


def test_what_a_user_protects_stays_for_its_copies(library: Library, filled_in: Path) -> None:
    (filled_in / "mine").mkdir()
    (filled_in / "sale small.jpg").rename(filled_in / "mine" / "sale small.jpg")
    shutil.copyfile(filled_in / "mine" / "sale small.jpg", filled_in / "again.jpg")
    shutil.copyfile(filled_in / "original.png", filled_in / "mine" / "original.png")
    library.index(filled_in)
    (group,) = found(library, rules={"protected": [filled_in / "mine"], "names": ["original*"], "order": ["name"]})
    assert group.keep.path == filled_in / "mine" / "original.png"
    assert left(group)["sale small.jpg"] == "protected"
    beside = {each.file.path.name: each.beside and each.beside.file.path for each in group.others}
    mine = filled_in / "mine" / "sale small.jpg"
    assert (beside["again.jpg"], beside["sale.png"], beside["sold small.jpg"]) == (mine, mine, filled_in / "sold.png")


def test_an_animation_is_not_let_go_for_its_first_picture(library: Library, folder: Path) -> None:
    frames = [draw(number, (320, 240)).convert("RGB") for number in (1, 2)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save(folder / "still.png")
    frames[0].save(folder / "again.png", compress_level=1)
    library.index(folder)
    (group,) = found(library, rules={"names": ["still*"], "order": ["name"]})
    assert left(group) == {"again.png": "", "moving.webp": "has 2 pictures in it"}
    (folder / "again.png").unlink()
    (group,) = found(library, rules={"names": ["still*"], "order": ["name"]})
    assert group.keep.path.name == "still.png" and left(group) == {"moving.webp": "has 2 pictures in it"}
    (group,) = found(library)
    assert group.freed == 0, "the one moves, and the other is of a format that loses nothing"


def test_what_is_seen_through_is_not_let_go_for_what_is_not(
    library: Library, folder: Path, original: Image.Image
) -> None:
    cut_out = original.convert("RGBA")
    cut_out.putalpha(Image.new("L", original.size, 254))
    cut_out.save(folder / "clear.png")
    cut_out.putalpha(255)
    cut_out.save(folder / "opaque.png")
    library.index(folder)
    (group,) = found(library, rules={"names": ["original*"], "order": ["name"]})
    assert left(group) == {"clear.png": "is transparent in places", "opaque.png": ""}


def test_what_is_drawn_in_white_is_held_against_its_like_where_no_white_ground_shows_it(
    library: Library, folder: Path
) -> None:
    for name, words in (("one", "EXAMPLE 12"), ("other", "EXAMPLE EDU")):
        drawn = draw(1, (640, 480)).convert("RGBA").resize((480, 360))
        logo = Image.new("RGBA", (640, 480), (255, 255, 255, 0))
        logo.paste(drawn, (80, 100))
        ImageDraw.Draw(logo).text((160, 20), words, fill=(255, 255, 255, 255), font_size=48)
        logo.save(folder / f"{name}.png")
        logo.resize((320, 240), Image.Resampling.LANCZOS).save(folder / f"{name}, small.png")
    library.index(folder)
    (group,) = found(library, rules={"names": ["one.png"], "order": ["name"]})
    assert group.keep.path.name == "one.png"
    assert left(group) == {"one, small.png": "", "other.png": "is transparent in other places", "other, small.png": ""}


def test_a_part_of_a_picture_that_is_plain_around_a_thing_is_told_though_its_hash_is_near(
    library: Library, folder: Path
) -> None:
    down, right = np.mgrid[0:1:480j, 0:1:640j]
    light = 60 + 60 * down + 90 * right
    plain = Image.fromarray(np.stack([light * 0.5, light, light * 1.2], axis=-1).astype(np.uint8))
    plain.paste(draw(2, (160, 120)).convert("RGB"), (240, 180))
    plain.save(folder / "plain.png")
    plain.crop((48, 36, 592, 444)).resize((640, 480), Image.Resampling.LANCZOS).save(folder / "part.png")
    plain.resize((320, 240), Image.Resampling.LANCZOS).save(folder / "small.png")
    library.index(folder)
    (group,) = found(library, rules={"names": ["plain.png"], "order": ["name"]})
    assert {member.evidence.method for member in group.others} == {"phash"}
    assert left(group) == {"part.png": PART, "small.png": ""}


def test_hashes_alone_are_held_against_the_pixels_also_of_turned_pictures(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "home", ("phash",))
    original = draw(1, (640, 480)).convert("RGB")
    original.save(folder / "original.png")
    original.transpose(Image.Transpose.ROTATE_90).save(folder / "left.png")
    original.transpose(Image.Transpose.ROTATE_270).save(folder / "right.png")
    original.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    small = written(original).resize((160, 120))
    small.save(folder / "written.png")
    library.index(folder)
    (group,) = found(library, any_orientation=True, rules={"names": ["original*"], "order": ["name"]})
    assert left(group) == {"left.png": "", "right.png": "", "mirrored.png": ""} | {
        name: DIFFERENT for name in left(group) if name == "written.png"
    }


def test_a_file_that_cannot_be_read_any_more_is_left_alone(
    library: Library, folder: Path, original: Image.Image
) -> None:
    original.save(folder / "again.jpg", quality=90)
    library.index(folder)
    (folder / "again.jpg").write_bytes(b"something else")
    (group,) = found(library)
    assert left(group) == {"again.jpg": "cannot be read just now"}


def test_of_a_library_the_picture_is_named_with_which_nothing_is_lost(tmp_path: Path) -> None:
    new, kept = tmp_path / "new", tmp_path / "kept"
    new.mkdir()
    draw_folder(kept, range(10, 14))
    original = draw(1, (640, 480)).convert("RGB")
    original.save(new / "mine.png")
    draw(2, (640, 480)).save(new / "second.png")
    original.crop((100, 100, 500, 400)).resize((1600, 1200)).save(kept / "part.png")
    second = draw(2, (640, 480))
    second.crop((100, 100, 500, 400)).resize((1600, 1200)).save(kept / "second part.png")
    second.save(kept / "second.bmp")
    library = Library(tmp_path / "home", ("phash", "sift"))
    look_for, sides = LookFor(keep_rules()), ((new,), (kept,))
    with open_sides(library.workspace, *sides, Methods(library.methods), NullControl(), library.notes.append) as both:
        groups = list(find_in_library(*both, look_for, NullControl(), library.notes.append))
    told = {group.others[0].file.path.name: (group.keep.path.name, group.others[0].spared) for group in groups}
    assert told == {"mine.png": ("part.png", MORE), "second.png": ("second.bmp", "")}
    (mine,) = (group for group in groups if group.others[0].file.path.name == "mine.png")
    of_kept, of_mine = mine.others[0].evidence.overlap or (0, 0)
    assert of_kept > 0.97 and of_mine == pytest.approx(400 * 300 / (640 * 480), abs=0.03)


def test_a_new_picture_that_lost_nothing_does_not_go_for_a_jpeg_in_the_library(tmp_path: Path) -> None:
    new, kept = tmp_path / "new", tmp_path / "kept"
    new.mkdir()
    draw_folder(kept, range(10, 12))
    original = draw(1, (480, 360)).convert("RGB")
    original.save(new / "mine.png")
    original.quantize(64).save(new / "few colours.png")
    original.save(kept / "kept.jpg", quality=90)
    library = Library(tmp_path / "home", ("phash",))
    sides = ((new,), (kept,))
    for order, spared in (((), "is of a format that loses nothing"), (("bytes",), "")):
        look_for = LookFor(keep_rules(order))
        with open_sides(library.workspace, *sides, Methods(("phash",)), NullControl(), library.notes.append) as both:
            groups = list(find_in_library(*both, look_for, NullControl(), library.notes.append))
        assert {left_name: why for group in groups for left_name, why in left(group).items()} == {
            "mine.png": spared,
            "few colours.png": "",
        }


def at(moment: str, fraction: str = "") -> Image.Exif:
    """EXIF data of a picture that was taken then."""
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = moment
    if fraction:
        details[ExifTags.Base.SubsecTimeOriginal] = fraction
    return exif


def test_what_was_taken_at_another_time_is_no_copy_however_alike_it_is(library: Library, folder: Path) -> None:
    draw_folder(folder, range(10, 16))
    picture = draw(1, (640, 480)).convert("RGB")
    picture.save(folder / "kept.jpg", quality=95, exif=at("2024:05:01 10:00:00", "25"))
    picture.save(folder / "again.jpg", quality=60, exif=at("2024:05:01 10:00:00"))
    picture.save(folder / "bare.jpg", quality=70)
    picture.save(folder / "burst.jpg", quality=80, exif=at("2024:05:01 10:00:00", "50"))
    picture.save(folder / "later.jpg", quality=85, exif=at("2024:05:01 10:00:02"))
    library.index(folder)
    (group,) = found(library)
    moment = "was taken at another time"
    assert group.keep.path.name == "kept.jpg"
    assert left(group) == {"again.jpg": "", "bare.jpg": "", "burst.jpg": moment, "later.jpg": moment}
    (group,) = found(library, altered=True)
    assert not any(left(group).values())


@pytest.mark.parametrize(
    ("one", "other", "is_left"),
    [
        ("frame-0041.png", "frame-0042.png", True),
        ("IMG_20240501_100000.png", "IMG_20240502_110101.png", True),
        ("page 9.png", "page 8.png", False),
        ("beach-99.png", "beach-100.png", False),
        ("beach.png", "beach (12).png", False),
        ("a/frame-0041.png", "b/frame-0042.png", False),
        ("frame-0041.png", "frame-0042.bmp", False),
    ],
)
def test_a_picture_of_a_numbered_series_is_not_let_go_for_the_next_one(
    library: Library, folder: Path, one: str, other: str, is_left: bool
) -> None:
    draw_folder(folder / "others", range(10, 14))
    picture = draw(1, (480, 360)).convert("RGB")
    for number, name in enumerate((one, other)):
        (folder / name).parent.mkdir(exist_ok=True)
        picture.putpixel((5, 5), (number, 0, 0))
        picture.save(folder / name)
    library.index(folder)
    (group,) = found(library)
    assert list(left(group).values()) == ["is one of a numbered series" if is_left else ""]


def as_shot(picture: Image.Image, path: Path, size: tuple[int, int] | None = None) -> None:
    """A JPEG with EXIF data of a camera, that says it is of that size."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = size or picture.size
    picture.save(path, quality=92, exif=exif)


@pytest.mark.parametrize("turned", [False, True])
def test_what_the_camera_wrote_stays_beside_what_was_made_larger_of_it(
    library: Library, folder: Path, turned: bool
) -> None:
    draw_folder(folder, range(10, 16))
    picture = draw(1, (640, 480)).convert("RGB")
    as_shot(picture, folder / "original.jpg", (480, 640) if turned else None)
    larger = picture.resize((1280, 960), Image.Resampling.BICUBIC)
    as_shot(larger, folder / "enlarged.jpg", (640, 480))
    larger.save(folder / "without.jpg", quality=90)
    picture.resize((320, 240)).save(folder / "small.jpg", quality=80)
    library.index(folder)
    (group,) = found(library)
    assert (group.keep.path.name, group.why) == ("original.jpg", "as the camera wrote it")
    larger_two = sorted(left(group)[name] for name in ("enlarged.jpg", "without.jpg"))
    assert left(group)["small.jpg"] == "" and larger_two == ["", "has more pixels"]  # one of them goes for the other
    (group,) = found(library, rules={"order": ["resolution"]})
    assert group.keep.pixels == 1280 * 960 and left(group)["original.jpg"] == ""
    (group,) = found(library, rules={"order": ["camera"]})
    assert group.keep.path.name == "original.jpg" and set(left(group).values()) == {""}


def test_what_the_camera_wrote_does_not_go_for_a_copy_of_its_size(library: Library, folder: Path) -> None:
    draw_folder(folder, range(10, 16))
    picture = draw(1, (640, 480)).convert("RGB")
    as_shot(picture, folder / "original.jpg")
    picture.save(folder / "bare.jpg", quality=98)
    picture.save(folder / "converted.png")
    library.index(folder)
    (group,) = found(library)
    assert group.keep.path.name == "original.jpg"
    assert left(group) == {"bare.jpg": "", "converted.png": "is of a format that loses nothing"}
    (group,) = found(library, rules={"protected": [folder], "order": []})
    assert group.keep.path.name == "original.jpg" and all(left(group).values())


def cut_out(body: int = 255, ink: int = 255) -> Image.Image:
    """Black lines about a white body on a transparent ground, so opaque; what is looked at over white alone is the same
    for any opacity of the body."""
    picture = Image.new("RGBA", (480, 360), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    for number, x in enumerate(range(60, 400, 90)):
        box = (x - 30, 40 + 10 * number, x + 80, 200 + 30 * number)
        pen.ellipse(box, fill=(255, 255, 255, body), outline=(0, 0, 0, ink), width=9)
        pen.line((x, 60, x + 40, 340), fill=(0, 0, 0, ink), width=7)
    return picture


def test_of_drawings_that_look_the_same_on_white_none_goes_for_one_that_is_seen_through_elsewhere(
    library: Library, folder: Path
) -> None:
    body = cut_out()
    body.resize((240, 180), Image.Resampling.LANCZOS).save(folder / "half.png")
    body.resize((960, 720), Image.Resampling.LANCZOS).save(folder / "body.png")
    cut_out(body=0).save(folder / "hollow.png")
    cut_out(ink=120).save(folder / "faint.png")
    white = Image.new("RGB", body.size, "white")
    white.paste(body, mask=body.getchannel("A"))
    white.save(folder / "white.jpg")
    draw_folder(folder, range(10, 14))
    library.index(folder)
    (group,) = found(library)
    elsewhere = "is transparent in other places"
    assert group.keep.path.name == "body.png"
    assert left(group) == {"half.png": "", "white.jpg": "", "hollow.png": elsewhere, "faint.png": elsewhere}
    (group,) = found(library, altered=True)
    assert not any(left(group).values())


@pytest.mark.parametrize("kind", ["tga", "ico"])
def test_what_is_transparent_does_not_go_for_what_is_not_whatever_its_format(
    library: Library, folder: Path, kind: str
) -> None:
    clear = cut_out().crop((0, 0, 256, 256))
    clear.save(folder / f"clear.{kind}")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    white.save(folder / "white.png")
    draw_folder(folder, range(10, 14))
    library.index(folder)
    (group,) = found(library, rules={"names": ["white*"], "order": ["name"]})
    assert left(group) == {f"clear.{kind}": "is transparent in places"}
