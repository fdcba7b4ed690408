"""Small files are decoded several at a time; what is wrong with one is its own affair."""

from __future__ import annotations

from pathlib import Path

from tests.support.library import Library
from tests.support.texture import draw


def test_a_broken_file_and_copies_among_small_ones_are_told_apart(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    for number in range(30):
        draw(folder / f"{number:02d}.png", number, side=8)
    sound = (folder / "00.png").read_bytes()
    for name in ("00-copy.png", "07-copy.png", "99-copy.png"):
        (folder / name).write_bytes(sound)
    for name in ("05-broken.png", "06-broken.png"):
        (folder / name).write_bytes(sound[: len(sound) // 2])
    (folder / "08-empty.png").write_bytes(b"")
    report = library.index(folder, workers=2)
    assert (report.pictures, report.decoded, len(report.skipped)) == (30, 30, 3)
    assert {path.name for path, _ in report.skipped} == {"05-broken.png", "06-broken.png", "08-empty.png"}
    assert {path.name for path in library.search(folder / "00.png", k=1)[0].paths} == {
        *("00.png", "00-copy.png", "07-copy.png", "99-copy.png")
    }
    again = library.index()
    assert (again.read, again.unchanged) == (0, 36)
