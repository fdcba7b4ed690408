"""IMDB-WIKI from files in its authors' form, written by scipy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from revsearch_export.datasets.imdb_wiki import read_imdb_wiki
from revsearch_export.plugin import revsearch_datasets
from scipy.io import savemat

from revsearch_tui.api import Box, UsageError
from tests.support.drawn import draw

(INFO,) = [info for info in revsearch_datasets() if info.name == "imdb-wiki"]
DEFAULTS = {option.name: option.default for option in INFO.options}
NO_SECOND, NO_FACE = float("nan"), float("-inf")


def cells(values: list[Any]) -> np.ndarray:
    """A row of MATLAB cells."""
    array = np.empty((1, len(values)), object)
    for place, value in enumerate(values):
        array[0, place] = value
    return array


class Faces:
    """Rows of the table, and the pictures they name: 200 x 100, with a face of 20 x 20 at (91, 41)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        *,
        path: str = "",
        score: float = 3.0,
        second: float = NO_SECOND,
        location: tuple[float, ...] = (91, 41, 110, 60),
        content: bytes | None = None,
        size: tuple[int, int] = (200, 100),
    ) -> None:
        number = len(self.rows)
        path = path or f"{number % 100:02d}/{number}_1970-01-01_2010.jpg"
        file = self.folder / path
        if content is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            draw(number, size).save(file)
        elif content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self.rows.append({"name": name, "path": path, "score": score, "second": second, "location": location})

    def save(self, db: str = "wiki", **changes: Any) -> Path:
        count = len(self.rows)
        fields: dict[str, Any] = {
            "dob": np.full((1, count), 719529, np.int32),
            "photo_taken": np.full((1, count), 2010, np.uint16),
            "full_path": cells([row["path"] for row in self.rows]),
            "gender": np.ones((1, count)),
            "name": cells([row["name"] if row["name"] else np.array([], "U1") for row in self.rows]),
            "face_location": cells([np.array([row["location"]], float) for row in self.rows]),
            "face_score": np.array([[row["score"] for row in self.rows]], float),
            "second_face_score": np.array([[row["second"] for row in self.rows]], float),
        }
        if db == "imdb":
            people = sorted({row["name"] for row in self.rows})
            fields["celeb_names"] = cells(people)
            fields["celeb_id"] = np.array([[people.index(row["name"]) + 1 for row in self.rows]], float)
        fields = {name: value for name, value in {**fields, **changes}.items() if value is not None}
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{db}.mat"
        savemat(file, {db: fields})
        return file


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return Faces(tmp_path / "faces")


def read(root: Path, **options: Any) -> Any:
    return read_imdb_wiki(root, {**DEFAULTS, **options})


def people(root: Path, **options: Any) -> dict[str, int]:
    return dict(Counter(sample.label for sample in read(root, **options)))


@pytest.mark.parametrize("db", ["wiki", "imdb"])
def test_pictures_are_labelled_by_name_and_cut_to_the_grown_face(faces: Faces, db: str) -> None:
    for name in ("Zoë Z", "Ann A", "Zoë Z"):
        faces.add(name)
    file = faces.save(db)
    listing = list(read(faces.folder))
    assert [(sample.label, sample.path.name) for sample in listing] == [
        ("Ann A", "1_1970-01-01_2010.jpg"),
        ("Zoë Z", "0_1970-01-01_2010.jpg"),
        ("Zoë Z", "2_1970-01-01_2010.jpg"),
    ]
    # 90..110 of 200 and 40..60 of 100, with 8 pixels more on each side
    assert listing[0].box == Box(0.41, 0.32, 0.59, 0.68)
    assert list(read(file)) == listing
    assert next(iter(read(file, margin=0.0))).box == Box(0.45, 0.40, 0.55, 0.60)


def test_people_of_imdb_are_told_by_their_number(faces: Faces) -> None:
    faces.add("a wrong name")
    faces.add("a wrong name")
    faces.save("imdb", celeb_names=cells(["Right One", "Other One"]), celeb_id=np.array([[2.0, 1.0]]))
    assert people(faces.folder) == {"Right One": 1, "Other One": 1}


def test_rows_without_one_sure_face_in_a_sound_file_are_left_out_and_counted(faces: Faces) -> None:
    faces.add("Ann A")
    faces.add("Ann A", score=NO_FACE, location=(1, 1, 200, 100))
    faces.add("Ann A", score=0.9)
    faces.add("Ann A", second=1.2)
    faces.add("")
    faces.add("Ann A", content=b"rubbish")
    faces.add("Ann A", content=b"")
    faces.add("Ann A", location=(301, 41, 320, 60))
    faces.add("Ann A", path="../outside.jpg")
    faces.save()
    listing = read(faces.folder)
    assert [sample.label for sample in listing] == ["Ann A"]
    assert listing.dropped == {
        "no face": 1,
        "a face score below min_face_score": 1,
        "a second face": 1,
        "no name": 1,
        "an unreadable file": 1,
        "a missing file": 1,
        "a face outside its picture": 1,
        "a path that leads nowhere": 1,
    }
    assert people(faces.folder, min_face_score=0.5) == {"Ann A": 2}


@pytest.fixture
def crowd(faces: Faces) -> Path:
    """Five usable pictures of Ann, four of Bob, one of Cy, and of Dan one that is usable among six."""
    for name, count in (("Ann A", 5), ("Bob B", 4), ("Cy C", 1), ("Dan D", 1)):
        for _ in range(count):
            faces.add(name)
    for _ in range(5):
        faces.add("Dan D", content=b"rubbish")
    faces.save()
    return faces.folder


def test_people_are_those_with_the_most_usable_pictures(crowd: Path) -> None:
    assert people(crowd, people=2) == {"Ann A": 5, "Bob B": 4}
    assert people(crowd, people=3) == {"Ann A": 5, "Bob B": 4, "Cy C": 1}
    assert people(crowd) == {"Ann A": 5, "Bob B": 4, "Cy C": 1, "Dan D": 1}
    assert read(crowd, people=2).dropped["not among the people with the most pictures"] == 2


def test_people_can_be_named(crowd: Path) -> None:
    listing = read(crowd, names=" Cy C;Bob B; ")
    assert Counter(sample.label for sample in listing) == {"Bob B": 4, "Cy C": 1}
    assert listing.dropped["not among the names asked for"] == 11
    with pytest.raises(UsageError, match="no usable picture of Eve E, Fay F"):
        read(crowd, names="Ann A;Eve E;Fay F")


def test_pictures_of_a_person_can_be_limited_to_a_draw_by_the_seed(crowd: Path) -> None:
    assert people(crowd, per_person=2, names="Ann A;Cy C") == {"Ann A": 2, "Cy C": 1}
    drawn = {seed: tuple(s.path.name for s in read(crowd, per_person=2, names="Ann A", seed=seed)) for seed in range(9)}
    assert drawn[0] == tuple(s.path.name for s in read(crowd, per_person=2, names="Ann A", seed=0))
    assert len(set(drawn.values())) > 1


def test_the_authors_own_crops_are_taken_as_they_are(faces: Faces, tmp_path: Path) -> None:
    location = (111.291, 111.291, 252.670, 252.670)  # in the picture the crop was cut from
    faces.add("Ann A", size=(255, 255), location=location)
    faces.save()
    assert next(iter(read(faces.folder))).box is None
    assert next(iter(read(faces.folder, faces="box"))).box is not None
    named = Faces(tmp_path / "wiki_crop")
    named.add("Ann A")
    named.save()
    assert next(iter(read(named.folder))).box is None
    assert next(iter(read(named.folder, faces="box"))).box == Box(0.41, 0.32, 0.59, 0.68)


def test_a_folder_without_a_table_is_told_where_the_data_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder with imdb\.mat or wiki\.mat.*data\.vision\.ee\.ethz\.ch"):
        read(tmp_path)


def test_a_folder_with_both_tables_is_a_question(faces: Faces) -> None:
    faces.add("Ann A")
    faces.save("imdb")
    faces.save("wiki")
    with pytest.raises(UsageError, match=r"holds both imdb\.mat and wiki\.mat"):
        read(faces.folder)


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"MATLAB 5.0 MAT-file" + b" " * 105 + b"\x00\x01IM" + b"\xff" * 64]
)
def test_a_damaged_table_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wiki.mat").write_bytes(content)
    with pytest.raises(UsageError, match=r"wiki\.mat (is no MATLAB file|holds neither)") as raised:
        read(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_table_of_another_form_is_one_sentence(faces: Faces) -> None:
    faces.add("Ann A")
    faces.save(face_score=None)
    with pytest.raises(UsageError, match="has no field 'face_score'"):
        read(faces.folder)
    faces.save(face_score=np.zeros((1, 2)))
    with pytest.raises(UsageError, match="columns are of different lengths"):
        read(faces.folder)
    savemat(faces.folder / "wiki.mat", {"other": 1})
    with pytest.raises(UsageError, match="holds neither of the structs 'imdb' and 'wiki'"):
        read(faces.folder)


def test_a_table_without_a_usable_picture_says_why(faces: Faces) -> None:
    faces.add("Ann A", score=NO_FACE)
    faces.save()
    with pytest.raises(UsageError, match="has no usable picture: 1 no face"):
        read(faces.folder)
