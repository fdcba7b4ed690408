"""What the plugin offers. It is imported whenever plugins are listed, so it imports nothing heavy."""

from revsearch_tui.api import ReaderInfo, hookimpl


@hookimpl
def revsearch_image_readers() -> list[ReaderInfo]:
    return [
        ReaderInfo(
            name="raw",
            title="Camera RAW",
            summary="Reads RAW files of cameras with LibRaw, from the preview within where that is large enough.",
            # Most are TIFF files within, as other pictures are: the name tells them.
            suffixes=(
                *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef"),
                *(".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf"),
                *(".srw", ".x3f"),
            ),
            magic=(
                (0, b"FUJIFILMCCD-RAW"),
                (0, b"IIRO"),
                (0, b"IIRS"),
                (0, b"IIU\0"),
                (0, b"FOVb"),
                (4, b"ftypcrx "),
                (8, b"CR\x02\0"),
            ),
            factory="revsearch_raw.reader:make",
            requires=("PIL", "rawpy"),
        )
    ]
