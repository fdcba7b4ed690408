"""The folder of real pictures, where there is one."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("REVSEARCH_TEST_DATA") or ROOT / "../shared/data")


def unpacked(archive: str, folder: Path) -> Path:
    """Unpack an archive of the data folder into `folder`, or skip the test."""
    file = real_file(archive)
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    return folder


def real_file(name: str) -> Path:
    """A file of the data folder, or skip the test."""
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"{file} is not there; REVSEARCH_TEST_DATA names the folder that holds it")
    return file
