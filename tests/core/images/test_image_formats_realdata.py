"""Every file of a large mixed folder, good, broken and hostile, through the pool that the indexer uses."""

from __future__ import annotations

import csv
import sys
import tarfile
from pathlib import Path

import pytest

from revsearch_tui.api import PictureError
from revsearch_tui.core.images.limits import WORKING_SIDE
from revsearch_tui.core.images.pool import DecodePool
from tests.support.realdata import real_file

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"

# Readable with Ghostscript, a program that runs programs. It is not started for files that merely lie in a folder.
EXPECTED_DIFFERENCES = {
    "formats/dev/pillow/eps/1_boundingbox_after_imagedata.eps",
    "formats/dev/pillow/eps/non_zero_bb.eps",
    "formats/dev/pillow/eps/reqd_showpage.eps",
    "formats/dev/pillow/eps/zero_bb_trailer.eps",
}


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@pytest.mark.realdata
def test_every_file_is_read_or_refused_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    archive, table = real_file("formats-dev.tar.gz"), real_file("formats-dev.tsv")
    monkeypatch.syspath_prepend(str(PLUGINS))
    from revsearch_heif.plugin import revsearch_image_readers

    with table.open(encoding="utf-8", newline="") as lines:
        rows = {row["name"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    differences: dict[str, str] = {}
    peak = 0.0
    seen = 0
    with tarfile.open(archive) as tar, DecodePool(1, revsearch_image_readers()) as pool:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            seen += 1
            row = rows[member.name]
            try:
                decoded = pool.decode(content.read(), member.name)
            except PictureError as error:
                outcome, reason = "no", error.reason
                assert 0 < len(reason) < 200 and "\n" not in reason and "Error" not in reason, reason
            else:
                outcome, reason = "yes", decoded.format
                assert decoded.picture.ndim == 3 and decoded.picture.shape[2] == 3
                assert 0 < max(decoded.picture.shape[:2]) <= WORKING_SIDE
                if row["decodes"] == "yes" and not decoded.note:  # the table is about the first frame
                    assert sorted((decoded.width, decoded.height)) == sorted((int(row["width"]), int(row["height"])))
            if outcome != row["decodes"]:
                differences[member.name] = reason
            if sys.platform == "linux":
                peak = max([peak, *(_peak_mib(pid) for pid in pool.process_ids())])
    assert seen == len(rows) == 534
    assert set(differences) == EXPECTED_DIFFERENCES, differences
    assert len(differences) / seen <= 0.02
    assert peak < 1024, "MiB of one decoding process"
    assert capfd.readouterr() == ("", "")
    print(f"formats-dev: {seen - len(differences)} of {seen} agree; a decoding process took {peak:.0f} MiB at most")


@pytest.mark.realdata
def test_one_photo_in_all_eight_orientations_looks_the_same() -> None:
    import numpy as np
    from PIL import Image

    from revsearch_tui.core.images.decode import decode_bytes

    archive = real_file("formats-dev.tar.gz")
    wanted = {f"formats/dev/exif/Landscape_{number}.jpg" for number in range(1, 9)}
    small = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.name in wanted else None
            if content is not None:
                picture = Image.fromarray(decode_bytes(content.read(), member.name).picture)
                small[member.name] = np.asarray(picture.convert("L").resize((16, 12), Image.Resampling.BOX)).astype(int)
    assert set(small) == wanted
    first = small["formats/dev/exif/Landscape_1.jpg"]
    # The digit drawn on each differs, so the pictures do a little.
    assert all(np.abs(other - first).mean() < 6 for other in small.values())
