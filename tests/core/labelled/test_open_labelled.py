"""From what a user names to data to train with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import MethodUnavailableError, Sample, UsageError
from revsearch_tui.core.labelled.data import LabelledData
from revsearch_tui.core.labelled.open import open_labelled, open_whole, resolve_dataset
from revsearch_tui.core.workspace import Workspace
from tests.core.labelled.conftest import MakeTree
from tests.support.drawn import draw


def opened(workspace: Workspace, spec: object, **more: object) -> LabelledData:
    data = open_labelled(workspace, str(spec), **more)  # type: ignore[arg-type]
    data.close()
    return data


def paths(samples: list[Sample]) -> set[str]:
    return {sample.path.name for sample in samples}


def test_a_folder_of_classes_is_split_and_read(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=40, cat=20)
    with open_labelled(workspace, str(root), seed=5) as data:
        assert list(data.classes) == ["cat", "dog"] and data.seed == 5
        assert data.counts() == {
            "cat": {"train": 17, "validation": 1, "test": 2},
            "dog": {"train": 34, "validation": 2, "test": 4},
        }
        pictures = list(data.pictures(data.train))
    assert [picture.shape for picture in pictures if picture is not None] == [(16, 24, 3)] * 51
    everything = [*data.train, *data.validation, *data.test]
    assert len({sample.path for sample in everything}) == 60


def test_the_split_depends_on_contents_and_seed_alone(
    workspace: Workspace, make_tree: MakeTree, tmp_path: Path
) -> None:
    root = make_tree(dog=40, cat=20)
    first = opened(workspace, root).describe()
    renamed = tmp_path / "renamed"
    for file in root.rglob("*.png"):
        target = renamed / file.parent.name / "deeper" / f"x{900 - int(file.stem)}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    assert opened(workspace, renamed).describe()["sha256"] == first["sha256"]
    assert opened(workspace, root, seed=1).describe()["sha256"] != first["sha256"]


def test_the_record_tells_which_data_it_was_as_json(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=20, cat=20)
    (root / "cat" / "notes.txt").write_text("no picture")
    record = json.loads(json.dumps(opened(workspace, root, seed=3, test=0.2, validation=0.25).describe()))
    sha256 = record.pop("sha256")
    assert len(sha256) == 64
    assert record == {
        "dataset": "folders",
        "root": str(root),
        "options": {"label": "folder", "min_per_class": 0},
        "region": "",
        "seed": 3,
        "fractions": {"test": 0.2, "validation": 0.25},
        "classes": 2,
        "counts": {"train": 24, "validation": 8, "test": 8},
        "dropped": {"not a picture, by its name": 1},
    }


def test_parts_that_the_data_has_are_kept(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=20, cat=20)
    lines = [f"{label}/{n:03d}.png,{label},{'test' if n < 3 else ''}" for label in ("dog", "cat") for n in range(20)]
    (root / "list.csv").write_text("path,label,split\n" + "\n".join(lines))
    data = opened(workspace, root / "list.csv")
    assert paths(list(data.test)) == {"000.png", "001.png", "002.png"}
    assert data.describe()["counts"] == {"train": 32, "validation": 2, "test": 6}


def test_a_picture_under_two_labels_is_never_on_both_sides(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=30, cat=30)
    for number in range(10):
        shutil.copy(root / "dog" / f"{number:03d}.png", root / "cat" / f"same{number}.png")
        shutil.copy(root / "dog" / f"{number:03d}.png", root / "dog" / f"copy{number}.png")
    data = opened(workspace, root, test=0.3, validation=0.3)
    contents = [{sample.path.read_bytes() for sample in part} for part in (data.train, data.validation, data.test)]
    assert not contents[0] & contents[1] and not contents[0] & contents[2] and not contents[1] & contents[2]
    assert data.dropped["a picture that is in the test or validation part as well"] > 0


def test_files_that_vanish_or_cannot_be_read_are_counted(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=20, cat=20)
    lines = [f"{label}/{number:03d}.png,{label}" for label in ("dog", "cat") for number in range(21)]
    (root / "list.csv").write_text("path,label\n" + "\n".join(lines) + f"\n{root},cat\n")
    data = opened(workspace, f"csv:{root / 'list.csv'}")
    assert data.dropped == {"cannot be read: No such file or directory": 2, "it is no ordinary file": 1}


def test_a_region_is_cut_out_of_every_picture(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=3, cat=3)
    for file in root.rglob("*.png"):
        picture = np.full((200, 400, 3), 128, np.uint8)
        picture[20:100, 30:130] = np.asarray(draw(int(file.stem), (100, 80)))
        Image.fromarray(picture).save(file)
    with open_labelled(workspace, str(root), region="sift-salient") as data:
        shapes = [picture.shape for picture in data.pictures(data.train) if picture is not None]
    assert len(shapes) == len(data.train) and all(high * wide < 200 * 400 for high, wide, _ in shapes)
    assert data.describe()["region"] == "sift-salient"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("{root}", "folders"),
        ("{root}/x.csv", "csv"),
        ("{root}/faces", "imdb-wiki"),
        ("{root}/faces/wiki.mat", "imdb-wiki"),
    ],
)
def test_a_path_alone_tells_the_kind_of_data(spec: str, name: str, workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=1)
    (root / "x.csv").touch()
    (root / "faces").mkdir()
    (root / "faces" / "wiki.mat").touch()
    info, path = resolve_dataset(workspace.registry, spec.format(root=root))
    assert (info.name, str(path)) == (name, spec.format(root=root))


def test_a_kind_can_be_named_before_the_path(workspace: Workspace, tmp_path: Path) -> None:
    info, path = resolve_dataset(workspace.registry, f"cifar10:{tmp_path}")
    assert (info.name, path) == ("cifar10", tmp_path)


def test_a_folder_with_a_colon_in_its_name_is_a_folder(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "abc:def").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve_dataset(workspace.registry, "abc:def")[0].name == "folders"


def test_unknown_kinds_and_places_are_told(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=1)
    with pytest.raises(MethodUnavailableError, match="there is no data set 'cifar1'; did you mean 'cifar10'"):
        opened(workspace, f"cifar1:{root}")
    with pytest.raises(UsageError, match="there is no .*absent; give a folder"):
        opened(workspace, root / "absent")
    with pytest.raises(UsageError, match=r"000\.png is no data set"):
        opened(workspace, root / "dog" / "000.png")
    with pytest.raises(UsageError, match="the data set 'folders' has no option 'people'; it has: label, min_per_class"):
        opened(workspace, root, options={"people": 3})
    with pytest.raises(UsageError, match="are fractions"):
        opened(workspace, root, test=1.0)


def test_a_single_class_is_not_enough(workspace: Workspace, make_tree: MakeTree) -> None:
    with pytest.raises(UsageError, match="holds the single class 'dog' with pictures enough; it takes at least two"):
        opened(workspace, make_tree(dog=10))


def test_classes_that_are_too_small_are_listed_and_can_be_left_out(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(ant=1, dog=10, bee=1, cat=10, cow=4)
    with pytest.raises(UsageError, match=r"fewer than 2 pictures to train with in 2 classes: 'ant', 'bee'; .*=2"):
        opened(workspace, root)
    data = opened(workspace, root, options={"min_per_class": "5"})
    assert list(data.classes) == ["cat", "dog"]
    assert data.dropped == {"a class of fewer than 5 pictures": 6}
    with pytest.raises(UsageError, match="holds no class with pictures enough"):
        opened(workspace, root, options={"min_per_class": 50})


def test_a_class_that_is_only_in_the_test_part_is_told(workspace: Workspace, make_tree: MakeTree) -> None:
    root = make_tree(dog=10, cat=10)
    lines = [
        f"{label}/{n:03d}.png,{label},{'test' if label == 'cat' else ''}" for label in ("dog", "cat") for n in range(9)
    ]
    (root / "list.csv").write_text("path,label,split\n" + "\n".join(lines))
    with pytest.raises(UsageError, match="fewer than 2 pictures to train with in the class 'cat'"):
        opened(workspace, root / "list.csv")


def test_undivided_data_is_the_test_part_with_classes_of_one_picture_too(
    workspace: Workspace, make_tree: MakeTree
) -> None:
    root = make_tree(cat=3, dog=1)
    with open_whole(workspace, str(root)) as data:
        assert (len(data.train), len(data.validation), len(data.test)) == (0, 0, 4)
        assert data.classes == ["cat", "dog"] and len(data.hashed("test")) == 4
        assert [picture is not None for picture in data.pictures(data.test)] == [True] * 4
    with pytest.raises(UsageError, match="two classes"):
        open_whole(workspace, str(root), options={"min_per_class": 2})
