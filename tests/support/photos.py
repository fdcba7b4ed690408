"""Photos of one colour, taken at a known moment, and a folder of them that has themes and bursts."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.support.tiny_network import paint

__all__ = ["dated", "photo", "write_photos"]

_TAKEN, _FRACTION, _EXIF_IFD, _MODEL = 0x9003, 0x9291, 0x8769, 0x0110


def dated(moment: str, fraction: str) -> Image.Exif:
    exif = Image.Exif()
    exif[_MODEL] = "a camera"
    exif.get_ifd(_EXIF_IFD).update({_TAKEN: moment, _FRACTION: fraction})
    return exif


def photo(file: Path, colour: tuple[int, int, int], second: float | None = None) -> None:
    """A JPEG of a colour, taken so many seconds after noon."""
    whole = int(second or 0)
    moment = f"2024:05:01 12:{whole // 60:02}:{whole % 60:02}"
    exif = Image.Exif() if second is None else dated(moment, f"{second % 1:.2f}"[2:])
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(paint(*colour)).save(file, quality=95, exif=exif)


def write_photos(folder: Path) -> Path:
    """Nine red photos in `Roses`, twelve green ones in `Lawns`, the first four of which are a burst, and a blue one."""
    for number in range(12):
        if number < 9:
            photo(folder / "Roses" / f"red{number}.jpg", (240, 12 * number, 10))
        photo(folder / "Lawns" / f"green{number}.jpg", (12 * number, 240, 10), number / 2 if number < 4 else None)
    photo(folder / "odd.jpg", (120, 110, 250))
    return folder
