"""CIFAR-10 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009), the binary version.

Its files are rows of 3,073 bytes: the class, then 1,024 bytes of red, green and blue each, row by row. The version for
Python is pickled, which can run code when it is read, and is refused.
"""

from __future__ import annotations

import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from revsearch_export.datasets.folders import Listing, read_folders
from revsearch_tui.api import Control, Options, UsageError

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""In the order of their numbers, as batches.meta.txt has them."""

ARCHIVE = "cifar-10-binary.tar.gz"
SIDE = 32

_ROW = 1 + 3 * SIDE * SIDE
_ROWS = 10_000
_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST = "test_batch.bin"
_EVERY = 500


def read_cifar10(root: Path, options: Options) -> Listing:
    """The pictures of a folder that `unpack_cifar10` made, or of any with a folder for each class.

    Raises `UsageError`, with what to do, where root is what the web offers instead.
    """
    _refuse_pickles(root)
    if root.is_file() or (root / _TEST).is_file() or (root / _TRAIN[0]).is_file():
        raise UsageError(
            f"{root} is not unpacked into pictures yet; run: revsearch datasets pull cifar10 --file {root} --to FOLDER"
        )
    return read_folders(root, options)


def unpack_cifar10(files: Sequence[Path], folder: Path, control: Control) -> None:
    """Write `train/<class>/<nnnnn>.png` and `test/<class>/<nnnnn>.png`, numbered in the order of the data.

    `files` is the binary version's archive, or the folder with its .bin files. Only these members are read, under
    names of our own. Raises `UsageError` where they are incomplete or damaged.
    """
    import numpy as np
    from PIL import Image

    source = files[0]
    _refuse_pickles(source)
    numbers: Counter[tuple[str, str]] = Counter()
    for part in ("train", "test"):
        for name in CLASSES:
            (folder / part / name).mkdir(parents=True)
    done, total = 0, _ROWS * (len(_TRAIN) + 1)
    for member, data in _batches(source):
        part = "test" if member == _TEST else "train"
        rows = np.frombuffer(data, np.uint8).reshape(-1, _ROW)
        if int(rows[:, 0].max()) >= len(CLASSES):
            raise UsageError(f"{member} in {source} is damaged: a class in it is none of 0 to 9")
        for label, pixels in zip(rows[:, 0], rows[:, 1:], strict=True):
            name = CLASSES[label]
            picture = pixels.reshape(3, SIDE, SIDE).transpose(1, 2, 0)
            target = folder / part / name / f"{numbers[part, name]:05d}.png"
            Image.fromarray(np.ascontiguousarray(picture)).save(target, compress_level=1)
            numbers[part, name] += 1
            done += 1
            if done % _EVERY == 0:
                control.check()
                control.progress(done, total, "unpacking cifar10")


def _batches(source: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the six files, in their order as far as a folder has one. Raises `UsageError`."""
    wanted = {*_TRAIN, _TEST}
    try:
        found = _from_folder(source) if source.is_dir() else _from_archive(source)
        for name, data in found:
            if name not in wanted:
                continue
            wanted.remove(name)
            if not data or len(data) % _ROW or len(data) > _ROWS * _ROW:
                raise UsageError(f"{name} in {source} is damaged: it has {len(data):,} bytes, not rows of {_ROW:,}")
            yield name, data
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise UsageError(f"{source} is not {ARCHIVE}, or is damaged: {error}") from None
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}") from None
    if wanted:
        raise UsageError(f"{source} lacks {', '.join(sorted(wanted))} of the binary version of CIFAR-10")


def _from_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name in (*_TRAIN, _TEST):
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                yield name, file.read(_ROWS * _ROW + 1)


def _from_archive(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            name = PurePosixPath(member.name).name
            _refuse_pickle_names([name], archive)
            stream = tar.extractfile(member) if member.isreg() and name in (*_TRAIN, _TEST) else None
            if stream is not None:
                yield name, stream.read(_ROWS * _ROW + 1)


def _refuse_pickles(source: Path) -> None:
    if "python" in source.name and source.name.startswith("cifar-10"):
        _refuse_pickle_names(["data_batch_1"], source)
    if source.is_dir():
        _refuse_pickle_names([name for name in ("data_batch_1", "test_batch") if (source / name).is_file()], source)


def _refuse_pickle_names(names: Sequence[str], source: Path) -> None:
    if any(name in ("data_batch_1", "test_batch") for name in names):
        raise UsageError(
            f"{source} is the Python version of CIFAR-10, which is pickled and never read; take the binary version, "
            f"{ARCHIVE}: revsearch datasets pull cifar10 --to FOLDER"
        )
