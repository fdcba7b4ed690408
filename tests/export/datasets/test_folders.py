"""Classes as folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from revsearch_export.datasets.folders import Listing, read_folders

from revsearch_tui.api import UsageError


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


def told(listing: Listing, root: Path) -> list[tuple[str, str, str]]:
    return [(sample.path.relative_to(root).as_posix(), sample.label, sample.split) for sample in listing]


def test_each_folder_is_a_class_with_all_pictures_below_it_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "dog/b.JPG", "cat/2/x.webp", "cat/1.png", "cat/noname", "dog/a.jpeg")
    assert told(read_folders(tmp_path, {}), tmp_path) == [
        ("cat/1.png", "cat", ""),
        ("cat/noname", "cat", ""),
        ("cat/2/x.webp", "cat", ""),
        ("dog/a.jpeg", "dog", ""),
        ("dog/b.JPG", "dog", ""),
    ]


def test_folders_train_and_test_are_the_parts_of_the_data(tmp_path: Path) -> None:
    tree(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "val/dog/2.png")
    assert told(read_folders(tmp_path, {}), tmp_path) == [
        ("test/cat/2.png", "cat", "test"),
        ("train/cat/1.png", "cat", "train"),
        ("train/dog/1.png", "dog", "train"),
        ("val/dog/2.png", "dog", "validation"),
    ]


def test_a_train_is_a_class_where_its_folder_holds_pictures(tmp_path: Path) -> None:
    tree(tmp_path, "train/1.png", "test/2.png")
    assert told(read_folders(tmp_path, {}), tmp_path) == [("test/2.png", "test", ""), ("train/1.png", "train", "")]


def test_parts_beside_other_folders_are_classes(tmp_path: Path) -> None:
    tree(tmp_path, "train/old/1.png", "bus/2.png")
    assert [sample.label for sample in read_folders(tmp_path, {})] == ["bus", "train"]


def test_hidden_files_are_skipped_and_others_counted(tmp_path: Path) -> None:
    tree(tmp_path, "cat/1.png", "cat/.2.png", ".git/3.png", "cat/.thumbs/4.png", "cat/notes.txt", "cat/5.json")
    listing = read_folders(tmp_path, {})
    assert told(listing, tmp_path) == [("cat/1.png", "cat", "")]
    assert listing.dropped == {"not a picture, by its name": 2}


@pytest.mark.skipif(os.name == "nt", reason="links need privileges there")
def test_a_link_that_loops_is_entered_once(tmp_path: Path) -> None:
    tree(tmp_path, "cat/1.png")
    (tmp_path / "cat" / "again").symlink_to(tmp_path / "cat")
    assert len(read_folders(tmp_path, {})) == 1


def test_what_holds_no_classes_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder .*absent"):
        read_folders(tmp_path / "absent", {})
    with pytest.raises(UsageError, match="holds no pictures in folders named after their classes"):
        read_folders(tree(tmp_path, "1.png"), {})


def test_classes_may_be_named_by_files_in_any_folder(tmp_path: Path) -> None:
    tree(tmp_path, "palm/001.jpg", "canon/001.jpg", "002.png", "notes.txt", "train/003.jpg")
    assert told(read_folders(tmp_path, {"label": "name"}), tmp_path) == [
        ("002.png", "002", ""),
        ("canon/001.jpg", "001", ""),
        ("palm/001.jpg", "001", ""),
        ("train/003.jpg", "003", ""),
    ]
