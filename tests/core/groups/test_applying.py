"""A plan is applied file by file, each as it was when the plan was made; all of it comes back; indexes follow at
once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.groups.plan import Plan, PlannedFile, PlannedGroup, read_plan, script, write_plan
from tests.support.drawn import draw, draw_folder
from tests.support.groups import applied, contents, planned, undone
from tests.support.library import Library
from tests.support.readonly import run_read_only

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the Recycle Bin is the system's own")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """By phash alone."""
    return Library(tmp_path / "home")


@pytest.fixture
def pictures(library: Library, folder: Path) -> Path:
    """Indexed: `0.png` to `2.png`, of each a `-small.png` and a `-same.png`, and four others."""
    for number in range(3):
        picture = draw(number, (480, 360))
        picture.save(folder / f"{number}.png")
        picture.resize((240, 180)).save(folder / f"{number}-small.png")
        shutil.copyfile(folder / f"{number}.png", folder / f"{number}-same.png")
    draw_folder(folder, range(10, 14))
    library.index(folder)
    return folder


def test_what_a_plan_lets_go_is_in_the_trash_and_comes_back_byte_for_byte(
    library: Library, pictures: Path, trash: Path
) -> None:
    before = contents(pictures)
    report = applied(library, planned(library))
    assert (len(report.done), report.left) == (6, [])
    assert set(contents(pictures)) == {"0.png", "1.png", "2.png", "p10.png", "p11.png", "p12.png", "p13.png"}
    assert {name: before[name] for name in contents(trash / "files")} == contents(trash / "files")
    assert report.freed == sum(len(data) for data in contents(trash / "files").values())
    assert len(undone(library).restored) == 6
    assert contents(pictures) == before
    assert contents(trash) == {}


def test_the_trash_says_of_each_file_where_it_was_and_when_it_went(
    library: Library, pictures: Path, trash: Path
) -> None:
    odd = pictures / "white space, 100 % \udcff.png"
    (pictures / "0-same.png").rename(odd)
    library.index()
    applied(library, planned(library))
    note = trash / "info" / f"{odd.name}.trashinfo"
    lines = note.read_text("ascii").splitlines()
    assert lines[0] == "[Trash Info]"
    assert lines[1].startswith("Path=/") and lines[1].endswith("/white%20space%2C%20100%20%25%20%FF.png")
    assert lines[2].startswith("DeletionDate=20")


def test_a_name_that_is_taken_in_the_trash_is_not_overwritten(library: Library, pictures: Path, trash: Path) -> None:
    (trash / "files").mkdir(parents=True)
    (trash / "files" / "0-small.png").write_bytes(b"somebody else's")
    applied(library, planned(library))
    found = contents(trash / "files")
    assert found["0-small.png"] == b"somebody else's" and "0-small.1.png" in found
    undone(library)
    assert contents(trash) == {"files/0-small.png": b"somebody else's"}


def test_the_index_follows_at_once_and_finds_again_what_came_back(library: Library, pictures: Path) -> None:
    small = pictures / "1-small.png"
    picture = small.read_bytes()
    stored = library.in_chroma()
    applied(library, planned(library))
    (query := pictures.parent / "query.png").write_bytes(picture)
    assert [hit.path for hit in library.search(query, k=1)] == [pictures / "1.png"]
    assert len(library.in_chroma()) == len(stored) - 3
    undone(library)
    assert library.found(query) == [small]
    assert library.in_chroma() == stored
    report = library.index()
    assert (report.unchanged, report.decoded) == (13, 0)


def test_what_changed_or_went_since_the_plan_is_left_and_named(library: Library, pictures: Path) -> None:
    plan = planned(library)
    (pictures / "0-small.png").write_bytes((pictures / "0-small.png").read_bytes() + b"more")
    (pictures / "1-small.png").unlink()
    (pictures / "2.png").write_bytes(b"another")
    report = applied(library, plan)
    assert {path.name for path in report.done} == {"0-same.png", "1-same.png"}
    kept = f"of what is kept, '{pictures / '2.png'}', it has changed since the plan was made"
    assert {path.name: why for path, why in report.left} == {
        "0-small.png": "it has changed since the plan was made",
        "1-small.png": "it is not there any more",
        "2-small.png": kept,
        "2-same.png": kept,
    }


def test_a_symbolic_link_is_left_and_a_hard_link_only_taken_from_its_folder(library: Library, pictures: Path) -> None:
    plan = planned(library)
    (pictures / "0-same.png").unlink()
    (pictures / "0-same.png").symlink_to(pictures / "0.png")
    (pictures / "1-same.png").unlink()
    os.link(pictures / "1.png", pictures / "1-same.png")
    report = applied(library, plan, "hardlink")
    told = {path.name: why for path, why in report.left}
    assert told["0-same.png"] == "it is a link now"
    assert told["1-same.png"] == "it is the file that is kept, by another name"
    report = applied(library, plan)
    assert [path.name for path, _ in report.left if "small" not in path.name] == ["0-same.png"]
    assert (pictures / "0.png").exists() and (pictures / "1.png").exists()


@pytest.mark.parametrize("action", ["hardlink", "symlink"])
def test_a_link_to_what_is_kept_takes_the_place_of_what_went(action: str, library: Library, pictures: Path) -> None:
    before = contents(pictures)
    report = applied(library, planned(library), action)  # type: ignore[arg-type]
    for number in range(3):
        same, kept = pictures / f"{number}-same.png", pictures / f"{number}.png"
        assert same.is_symlink() == (action == "symlink")
        assert os.path.samefile(same, kept)  # noqa: PTH121
    left = {path.name for path, _ in report.left}
    assert left == ({f"{number}-small.png" for number in range(3)} if action == "hardlink" else set())
    assert library.index().decoded == 0
    undone(library)
    assert contents(pictures) == before
    assert not any(path.is_symlink() or path.stat().st_nlink > 1 for path in pictures.iterdir())
    assert not any(path.name.startswith(".") for path in pictures.iterdir())


def test_undoing_takes_back_run_after_run_and_never_overwrites(library: Library, pictures: Path, trash: Path) -> None:
    plan = planned(library)
    first, second = (replace(plan, groups=groups) for groups in (plan.groups[:1], plan.groups[1:]))
    one, two = applied(library, first), applied(library, second)
    in_place = two.done[0]
    in_place.write_bytes(b"new")
    report = undone(library)
    assert (report.journal, len(report.restored)) == (two.journal, 3)
    assert report.left == [
        (in_place, f"another file is there now; it is kept in the trash as '{trash}/files/{in_place.name}'")
    ]
    assert in_place.read_bytes() == b"new"
    in_place.unlink()
    assert undone(library).restored == [in_place]
    assert undone(library).journal == one.journal
    with pytest.raises(UsageError, match="there is nothing to undo"):
        undone(library)
    with pytest.raises(UsageError, match="there is no journal 'nosuch'"):
        undone(library, "nosuch")


def test_what_was_taken_out_of_the_trash_is_named(library: Library, pictures: Path, trash: Path) -> None:
    gone, back = applied(library, planned(library)).done[:2]
    (trash / "files" / gone.name).unlink()
    (trash / "files" / back.name).rename(back)  # as a file manager restores it
    report = undone(library)
    assert report.left == [(gone, "it is not in the trash any more")]
    assert back.exists() and len(report.restored) == 4


def test_a_plan_is_the_same_when_it_is_read_again_and_a_strange_one_is_refused(
    library: Library, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "0-same.png").rename(pictures / "\udcfe.png")
    library.index()
    plan = planned(library)
    write_plan(tmp_path / "plan.json", plan)
    assert read_plan(tmp_path / "plan.json") == plan
    for text, why in (
        ("[]", "it is no plan"),
        ("{", "something is missing"),
        ('{"kind": "revsearch duplicates plan", "format": 9}', "made by a newer revsearch"),
        ('{"kind": "revsearch duplicates plan", "format": 1}', "something is missing"),
    ):
        (tmp_path / "strange.json").write_text(text)
        with pytest.raises(UsageError, match=why):
            read_plan(tmp_path / "strange.json")


def test_a_plan_that_lets_go_of_what_it_keeps_is_refused(library: Library, pictures: Path) -> None:
    a, b = (PlannedFile(str(pictures / name), "00" * 32, 1, "copy", "") for name in ("0.png", "1.png"))
    for groups in ((PlannedGroup(a, (b,)), PlannedGroup(b, (a,))), (PlannedGroup(a, (b, b)),)):
        with pytest.raises(UsageError, match="make it anew"):
            applied(library, Plan("pictures", groups))


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_script_does_the_same_where_there_is_a_trash_program(
    library: Library, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "0-same.png").rename(pictures / "it's $HOME; `x`.png")
    library.index()
    program = tmp_path / "bin" / "gio"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1 $2" = "trash --" ] && rm -- "$3"\n')
    program.chmod(0o755)
    (tmp_path / "plan.sh").write_bytes(script(planned(library)))
    (pictures / "1-small.png").write_bytes(b"changed")
    (pictures / "2.png").unlink()
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", tmp_path / "plan.sh"], env=environment, capture_output=True, text=True, check=True)
    left = set(contents(pictures))
    assert left == {"0.png", "1.png", "1-small.png", "2-small.png", "2-same.png", *(f"p{n}.png" for n in range(10, 14))}
    assert len(done.stderr.splitlines()) == 3


# Where it cannot be done


def test_a_folder_that_is_read_only_is_told_in_one_sentence(library: Library, pictures: Path, tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", planned(library))
    before = contents(pictures)
    environment = {"REVSEARCH_HOME": str(library.home), "XDG_DATA_HOME": os.environ["XDG_DATA_HOME"]}
    command = [sys.executable, "-m", "revsearch_tui", "dupes", "apply", tmp_path / "plan.json"]
    done = run_read_only(pictures, *command, environment=environment)
    assert done.returncode == 1
    notes = done.stderr.decode().splitlines()
    assert len(notes) == 1 and "and 5 more files" in notes[0] and str(pictures) in notes[0], notes
    assert contents(pictures) == before


def test_a_drive_that_vanished_is_told_in_one_sentence(library: Library, pictures: Path) -> None:
    plan = planned(library)
    pictures.rename(pictures.with_name("elsewhere"))
    report = applied(library, plan)
    assert report.done == [] and len(report.left) == 6
    assert {why for _, why in report.left} == {f"the folder '{pictures}' is gone, with its drive perhaps"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB and 40 files, of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=40", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_trash_that_is_full_is_told_in_one_sentence_and_nothing_is_lost(library: Library, small_disk: Path) -> None:
    for number in range(6):
        draw(1, (240, 180)).resize((120 + 8 * number, 90 + 6 * number)).save(small_disk / f"{number}.jpg", quality=60)
    library.index(small_disk)
    plan = planned(library)
    assert plan.files >= 4
    trash = small_disk / f".Trash-{os.getuid()}"
    for number in range(40):  # until no file more can be made; the trash has its folders by then
        for each in (trash / "files", trash / "info"):
            each.mkdir(parents=True, exist_ok=True)
        try:
            (small_disk / f"ballast{number}").touch()
        except OSError:
            break
    before = {name: data for name, data in contents(small_disk).items() if name.endswith(".jpg")}
    report = applied(library, plan)
    assert report.done == [] and {why for _, why in report.left} == {
        f"the file system of the trash '{trash / 'files'}' is full"
    }
    assert {name: data for name, data in contents(small_disk).items() if name.endswith(".jpg")} == before
    for ballast in small_disk.glob("ballast*"):
        ballast.unlink()
    report = applied(library, plan)
    assert len(report.done) == plan.files
    told = (trash / "info" / f"{report.done[0].name}.trashinfo").read_text()
    assert f"Path={report.done[0].name}\n" in told, "paths in the trash of a drive are below the drive"
    undone(library)
    assert {name: data for name, data in contents(small_disk).items() if name.endswith(".jpg")} == before


def test_a_journal_that_cannot_be_written_keeps_everything_in_place(library: Library, pictures: Path) -> None:
    before = contents(pictures)
    plan = planned(library)
    library.workspace.folders.applied.write_text("in the way")
    with pytest.raises(Exception, match="nothing was done"):
        applied(library, plan)
    assert contents(pictures) == before
