"""CIFAR-10 from small files of its binary form."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from revsearch_export.datasets.cifar10 import CLASSES, read_cifar10, unpack_cifar10

from revsearch_tui.api import Cancelled, NullControl, UsageError

FILES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


def rows(name: str) -> bytes:
    """Three pictures: of the classes 0, 3 and 3, the first red with its top left pixel of the file's number."""
    data = np.zeros((3, 3073), np.uint8)
    data[1:, 0] = 3
    data[0, 1:1025] = 255
    data[0, [1, 1025, 2049]] = (FILES.index(name), 10, 20)
    return data.tobytes()


def archive(folder: Path, members: dict[str, bytes]) -> Path:
    file = folder / "cifar-10-binary.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return file


def whole(folder: Path, **others: bytes) -> Path:
    return archive(folder, {f"cifar-10-batches-bin/{name}": rows(name) for name in FILES} | others)


def test_the_archive_becomes_folders_of_classes_with_its_own_test_part(tmp_path: Path) -> None:
    unpack_cifar10([whole(tmp_path)], tmp_path / "out", NullControl())
    listing = read_cifar10(tmp_path / "out", {})
    counts = {(s.split, s.label): sum((o.split, o.label) == (s.split, s.label) for o in listing) for s in listing}
    assert counts == {
        ("test", "airplane"): 1,
        ("test", "cat"): 2,
        ("train", "airplane"): 5,
        ("train", "cat"): 10,
    }
    assert {path.name for path in (tmp_path / "out" / "train").iterdir()} == set(CLASSES)
    with Image.open(tmp_path / "out" / "train" / "airplane" / "00002.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (32, 32, 3)
    assert pixels[0, 0].tolist() == [2, 10, 20], "colours are planes in the file, and batches keep their order"
    assert pixels[0, 1].tolist() == [255, 0, 0]


def test_a_folder_of_the_files_is_unpacked_too(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(rows(name))
    unpack_cifar10([tmp_path], tmp_path / "out", NullControl())
    assert len(read_cifar10(tmp_path / "out", {})) == 18


def test_nothing_else_in_an_archive_is_written_anywhere(tmp_path: Path) -> None:
    file = whole(tmp_path, **{"../../escaped.bin": b"x", "/tmp/escaped.bin": b"x", "readme.html": b"x"})
    unpack_cifar10([file], tmp_path / "below" / "out", NullControl())
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".gz", ".png"}


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        entry = tarfile.TarInfo("test_batch.bin")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(UsageError, match=r"lacks data_batch_1\.bin, .* test_batch\.bin"):
        unpack_cifar10([file], tmp_path / "out", NullControl())


def test_the_pickled_version_is_named_and_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "sprung",)

    data = pickle.dumps(Trap())
    (tmp_path / "data_batch_1").write_bytes(data)
    packed = archive(tmp_path, {"cifar-10-batches-py/data_batch_1": data})
    renamed = packed.rename(tmp_path / "cifar-10-python.tar.gz")
    with pytest.raises(UsageError, match="Python version of CIFAR-10, which is pickled and never read"):
        read_cifar10(tmp_path, {})
    with pytest.raises(UsageError, match="take the binary version"):
        read_cifar10(renamed, {})
    for source in (tmp_path, renamed, renamed.rename(tmp_path / "cifar.tgz")):
        with pytest.raises(UsageError, match="pickled and never read"):
            unpack_cifar10([source], tmp_path / "out", NullControl())
    assert not (tmp_path / "sprung").exists()


def test_what_is_not_unpacked_yet_is_told_how_to(tmp_path: Path) -> None:
    packed = whole(tmp_path)
    with pytest.raises(UsageError, match=f"revsearch datasets pull cifar10 --file {packed} --to FOLDER"):
        read_cifar10(packed, {})
    (tmp_path / "test_batch.bin").write_bytes(rows("test_batch.bin"))
    with pytest.raises(UsageError, match=f"revsearch datasets pull cifar10 --file {tmp_path} --to FOLDER"):
        read_cifar10(tmp_path, {})


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "it has 0 bytes"), (b"x" * 100, "it has 100 bytes, not rows of 3,073"), (b"\x0b" * 3073, "none of 0 to 9")],
)
def test_a_damaged_batch_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    members = {name: rows(name) for name in FILES} | {"data_batch_2.bin": content}
    with pytest.raises(UsageError, match=said):
        unpack_cifar10([archive(tmp_path, members)], tmp_path / "out", NullControl())


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    file = whole(tmp_path)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(UsageError, match="damaged|lacks"):
        unpack_cifar10([file], tmp_path / "out", NullControl())
    file.write_bytes(b"no archive")
    with pytest.raises(UsageError, match=r"is not cifar-10-binary\.tar\.gz, or is damaged"):
        unpack_cifar10([file], tmp_path / "out2", NullControl())


def test_unpacking_can_be_stopped(tmp_path: Path) -> None:
    class Impatient(NullControl):
        def check(self) -> None:
            raise Cancelled("enough")

    many = {name: rows(name) * 40 for name in FILES}
    with pytest.raises(Cancelled):
        unpack_cifar10([archive(tmp_path, many)], tmp_path / "out", Impatient())
