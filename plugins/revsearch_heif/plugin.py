"""What this package offers to revsearch. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import ReaderInfo, hookimpl

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2")


@hookimpl
def revsearch_image_readers() -> list[ReaderInfo]:
    """The reader of HEIC and HEIF. AVIF files of the generic brand mif1 are left to the host, which reads AVIF."""
    return [
        ReaderInfo(
            name="heif",
            title="HEIC and HEIF",
            summary="Photos of phones in the High Efficiency Image File Format.",
            suffixes=(".heic", ".heics", ".heif", ".heifs", ".hif"),
            magic=tuple((4, b"ftyp" + brand) for brand in _BRANDS),
            factory="revsearch_heif.reader:make_reader",
            requires=("pillow_heif",),
        )
    ]
