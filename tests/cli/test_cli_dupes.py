"""`revsearch dupes`: what is the same, of a collection, of folders, of one against another; and what is done about
it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.support.drawn import draw, draw_folder
from tests.support.program import revsearch, revsearch_json


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`library` with eight pictures, indexed as the collection `lib`, and `new` with two of them and two others."""
    base = tmp_path_factory.mktemp("dupes")
    draw_folder(base / "library", range(8))
    (base / "new").mkdir()
    shutil.copyfile(base / "library" / "p01.png", base / "new" / "the same.png")
    draw(2).resize((110, 80)).save(base / "new" / "small.jpg")
    draw_folder(base / "new", range(20, 22))
    done = revsearch(base / "home", "index", base / "library", "-c", "lib", "-m", "phash")
    assert done.returncode == 0, done.stderr
    return base


def _lines(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stderr.decode().splitlines()


def test_a_collection_without_duplicates_has_none_and_exits_with_one(base: Path) -> None:
    done = revsearch(base / "home", "dupes", "-c", "lib")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "8 pictures compared" in _lines(done)[-1] and "0 groups" in _lines(done)[-1]


def test_folders_are_looked_through_without_a_collection_of_the_users(base: Path) -> None:
    groups = revsearch_json(base / "home", "dupes", base / "library", base / "new", "-m", "phash")
    assert {Path(group["keep"]["path"]).name for group in groups} == {"p01.png", "p02.png"}
    copy = next(group for group in groups if group["tier"] == "copy")
    assert copy["keep"]["why"] == "most pixels, 220x160"
    (other,) = copy["others"]
    assert other["path"] == str(base / "new" / "small.jpg") and other["unit"] == "bits" and other["method"] == "phash"
    collections = revsearch_json(base / "home", "collections", "list")
    assert [row["name"] for row in collections] == ["lib"]


@pytest.mark.parametrize("library", ["lib", "library"])
def test_new_files_that_the_library_has_already_are_told_as_they_are_found(base: Path, library: str) -> None:
    named = library if library == "lib" else base / "library"
    command = ("dupes", base / "new", "--against", named, "-m", "phash")
    groups = revsearch_json(base / "home", *command)
    found = {Path(group["others"][0]["path"]).name: Path(group["keep"]["path"]).name for group in groups}
    assert found == {"the same.png": "p01.png", "small.jpg": "p02.png"}
    assert {group["keep"]["why"] for group in groups} == {"in the library already"}
    done = revsearch(base / "home", *command, "-0", "-q")
    names = {Path(name.decode()).name for name in done.stdout.split(b"\0")[:-1]}
    assert (done.returncode, names) == (0, {"the same.png", "small.jpg"})
    only_new = draw_folder(base / "only new", range(30, 32))
    assert revsearch(base / "home", "dupes", only_new, "--against", named, "-m", "phash").returncode == 1


def test_a_part_of_the_library_against_the_library_does_not_find_itself(base: Path) -> None:
    done = revsearch(base / "home", "dupes", "lib", "--against", "lib")
    assert (done.returncode, done.stdout) == (1, b"")


def test_every_format_tells_which_file_is_kept_and_which_may_go(base: Path) -> None:
    command = ("dupes", base / "library", base / "new", "-m", "phash")
    table = revsearch(base / "home", *command).stdout.decode().splitlines()
    assert table[0].split() == ["group", "file", "tier", "score", "size", "bytes", "why", "path"]
    assert sum(" keep " in line for line in table) == 2 == sum(" go " in line for line in table)
    csv = revsearch(base / "home", *command, "-f", "csv").stdout.decode().splitlines()
    assert csv[0].startswith("group,file,tier,method,score,") and len(csv) == 5
    rows = [json.loads(line) for line in revsearch(base / "home", *command, "-f", "jsonl").stdout.splitlines()]
    assert [row["file"] for row in rows] == ["keep", "go", "keep", "go"]
    paths = revsearch(base / "home", *command, "-f", "paths").stdout.decode().splitlines()
    assert paths == [row["path"] for row in rows if row["file"] == "go"]


def test_what_would_be_lost_is_left_alone_and_goes_where_it_is_asked(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "pictures", range(3, 8))
    original = draw(1, (640, 480)).convert("RGB")
    original.save(folder / "original.png")
    original.crop((80, 60, 560, 420)).save(folder / "part.png")
    written = original.copy()
    ImageDraw.Draw(written).text((60, 200), "SALE TODAY", fill=(255, 40, 200), font_size=64)
    written.save(folder / "written.png")
    written.resize((520, 390)).save(folder / "copy.jpg")
    command = ("dupes", folder, "-m", "phash", "-m", "sift", "--keep", "name", "--keep-name", "original*")
    (group,) = revsearch_json(tmp_path / "home", *command)
    told = {Path(row["path"]).name: (row["file"], row["spared"]) for row in group["others"]}
    assert told == {
        "part.png": ("spared", "shows only a part of what is kept"),
        "written.png": ("spared", "looks different in places"),
        "copy.jpg": ("go", ""),
    }
    (copy,) = (row for row in group["others"] if row["file"] == "go")
    assert (copy["shown_by"], group["freed"]) == (str(folder / "written.png"), copy["bytes"])
    assert copy["why"].startswith("all of it is in written.png, which stays: ")
    done = revsearch(tmp_path / "home", *command, "-f", "paths", "--script", tmp_path / "go.sh")
    assert done.stdout.decode().splitlines() == [str(folder / "copy.jpg")] and "2 are left alone" in _lines(done)[-1]
    (step,) = (line for line in (tmp_path / "go.sh").read_text().splitlines() if line.startswith("go "))
    assert step.split()[1] == str(folder / "written.png")
    for options, going in (
        (("--parts",), {"part.png", "copy.jpg"}),
        (("--altered",), {"written.png", "copy.jpg"}),
        (("--parts", "--altered"), {"part.png", "written.png", "copy.jpg"}),
    ):
        paths = revsearch(tmp_path / "home", *command, *options, "-f", "paths").stdout.decode().splitlines()
        assert {Path(path).name for path in paths} == going


@pytest.mark.skipif(sys.platform == "win32", reason="the Recycle Bin is the system's own")
def test_a_plan_is_written_applied_and_undone(base: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    shutil.copytree(base / "library", pictures)
    shutil.copyfile(pictures / "p03.png", pictures / "p03 again.png")
    environment = {"XDG_DATA_HOME": str(tmp_path / "share")}

    def dupes(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
        return revsearch(tmp_path / "home", "dupes", *words, environment=environment)

    assert dupes("undo").returncode == 2
    done = dupes(pictures, "-m", "phash", "--plan", tmp_path / "plan.json", "--script", tmp_path / "plan.sh")
    assert done.returncode == 0 and _lines(done)[-1].endswith(f"revsearch dupes apply {tmp_path / 'plan.json'}")
    assert (tmp_path / "plan.sh").read_text().count("\ngo ") == 1
    done = dupes("apply", tmp_path / "plan.json", "-f", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["left"], report["done"]) == (0, [], [str(pictures / "p03 again.png")])
    assert not (pictures / "p03 again.png").exists()
    done = dupes("apply", tmp_path / "plan.json")
    assert done.returncode == 1 and "it is not there any more" in _lines(done)[0]
    listed = json.loads(dupes("undo", "--list", "-f", "json").stdout)
    assert [row["to undo"] for row in listed] == [0, 1]
    done = dupes("undo", "-f", "paths")
    assert done.stdout.decode().splitlines() == [str(pictures / "p03 again.png")]
    assert (pictures / "p03 again.png").read_bytes() == (pictures / "p03.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nosuch",), "'nosuch' is neither a folder nor a collection"),
        ((".", "-c", "lib"), "give folders or a collection, not both"),
        (("-c", "lib", "--keep", "resolutoin"), "did you mean 'resolution'?"),
        (("-c", "lib", "--protect", "nosuch"), "'nosuch' is not a folder"),
        (("apply", "nosuch.json"), "the plan 'nosuch.json' cannot be read"),
        (("apply", "nosuch.json", "--action", "shred"), "there is no action 'shred'"),
        (("undo",), "there is nothing to undo"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_exit_code_two(base: Path, words: tuple[str, ...], told: str) -> None:
    done = revsearch(base / "home", "dupes", *words)
    assert done.returncode == 2 and done.stdout == b""
    assert len(_lines(done)) == 1 and told in _lines(done)[0], done.stderr


def test_a_method_that_the_collection_is_not_indexed_by_is_named(base: Path) -> None:
    done = revsearch(base / "home", "dupes", "-c", "lib", "-m", "sift")
    assert done.returncode == 3 and "is not indexed by 'sift'" in done.stderr.decode()


def test_a_mirrored_copy_is_found_where_any_orientation_is_asked_for(tmp_path: Path) -> None:
    draw_folder(tmp_path / "pictures", range(4))
    draw(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "pictures" / "mirrored.png")
    ask = ("dupes", tmp_path / "pictures", "-m", "phash", "-q")
    assert revsearch(tmp_path / "home", *ask).returncode == 1
    (group,) = revsearch_json(tmp_path / "home", *ask, "--any-orientation")
    (other,) = group["others"]
    assert other["change"] == "mirrored" and other["why"].endswith("bits, mirrored")
