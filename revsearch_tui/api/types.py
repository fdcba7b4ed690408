"""Plain data that plugins and the host exchange. Arrays are numpy's, which is imported where arrays are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    Picture: TypeAlias = npt.NDArray[np.uint8]
    """Pixels of one file: uint8 RGB, H x W x 3, upright, sRGB, on a plain ground, longest side capped by the host."""

    FloatArray: TypeAlias = npt.NDArray[np.float32]
    Embeddings: TypeAlias = npt.NDArray[Any]
    """(n, dim): uint8 zeros and ones for the hamming metric, float32 otherwise."""


def __getattr__(name: str) -> object:
    """The types of arrays, for annotations that are looked at while the program runs; numpy is imported for them."""
    if name not in ("Picture", "FloatArray", "Embeddings"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import numpy as np
    import numpy.typing as npt

    globals().update(Picture=npt.NDArray[np.uint8], FloatArray=npt.NDArray[np.float32], Embeddings=npt.NDArray[Any])
    return globals()[name]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a picture, in fractions of its width and height: 0 <= left < right <= 1, top likewise."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise ValueError(f"not a box within the unit square: {self}")


_KEYPOINT_LARGEST = (1.0, 1.0, 1.0, 360.0)
_KEYPOINT_STEPS = (65535, 65535, 65535, 65536)
"""Of each number of a keypoint, the largest value and how many steps lead to it."""


def keypoint_numbers(keypoints: npt.NDArray[Any]) -> npt.NDArray[np.uint16] | None:
    """(k, 4) keypoints in steps of what is stored of them: x, y and size in 65535ths, the angle in 65536ths of a turn;
    None where one is not from 0 to 1, or from 0 to 360."""
    import numpy as np

    largest, steps = np.array(_KEYPOINT_LARGEST), np.array(_KEYPOINT_STEPS)
    if not np.all((keypoints >= 0) & (keypoints <= largest)):
        return None
    numbers = np.rint(keypoints * (steps / largest))
    numbers[:, 3] %= steps[3]
    return np.asarray(numbers, np.uint16)


def keypoints_of(numbers: npt.NDArray[np.uint16]) -> FloatArray:
    """(k, 4) keypoints of what `keypoint_numbers` gave."""
    import numpy as np

    return np.asarray(numbers * (np.array(_KEYPOINT_LARGEST) / np.array(_KEYPOINT_STEPS)), np.float32)


@dataclass(frozen=True, slots=True)
class Features:
    """Local features of one picture.

    `keypoints` (k, 4) float32: x and y in fractions of width and height, size in fractions of the longest side,
    angle in degrees. `descriptors` (k, d), any one dtype per method. `aspect` is width / height. k may be 0.
    `whole` is anything else that `aggregate` needs to know of the picture; it is not stored, and None in features that
    were read back. The host works with `rounded` features, of queries as of what is stored.
    """

    keypoints: FloatArray
    descriptors: npt.NDArray[Any]
    aspect: float
    whole: npt.NDArray[Any] | None = None

    @property
    def points(self) -> FloatArray:
        """(k, 2) keypoints in pixels of a picture whose longest side is 1, between which `PairMatch.transform` maps."""
        extent = (min(1.0, self.aspect), min(1.0, 1.0 / self.aspect))
        return (self.keypoints[:, :2] * extent).astype("float32")

    def rounded(self) -> Features:
        """With keypoints as they are stored, rounded to 16 bits: `keypoints_of` their `keypoint_numbers`. Where any of
        them is out of its range, all stay as they are."""
        numbers = keypoint_numbers(self.keypoints)
        return self if numbers is None else replace(self, keypoints=keypoints_of(numbers))


@dataclass(frozen=True, slots=True)
class PairMatch:
    """What the exact comparison of two pictures' local features found.

    `inliers`: matches that agree with one geometric transform. `transform` (3, 3) maps query points to candidate
    points in pixels of a picture whose longest side is 1; None where no transform was found. `pairs` (inliers, 4)
    float32: x, y in the query and x, y in the candidate, in fractions of width and height. `mirrored` and `inverted`
    say that the candidate shows the query mirrored, or with light and dark exchanged; a mirrored one's transform turns
    left into right. `tentative` is how many matches the geometry was sought in, inliers among them; 0 where that is not
    told. The smaller the part that agrees, the more it may be chance, as in two pages of the same letters.
    """

    inliers: int
    transform: npt.NDArray[np.float64] | None
    pairs: FloatArray
    mirrored: bool = False
    inverted: bool = False
    tentative: int = 0

    @classmethod
    def of(
        cls,
        query: Features,
        candidate: Features,
        matches: npt.NDArray[Any],
        transform: npt.NDArray[Any] | None = None,
        tentative: int = 0,
    ) -> PairMatch:
        """The match of features by their numbers: `matches` (n, 2), one of the query's and one of the candidate's each,
        all of which agree with the transform, (3, 3) or an affine one's two rows. Without a transform none is kept."""
        import numpy as np

        kept = np.asarray(matches, np.intp).reshape(-1, 2)[: None if transform is not None else 0]
        if transform is not None and len(transform) == 2:
            transform = np.vstack([transform, [0.0, 0.0, 1.0]])
        pairs = np.hstack([query.keypoints[kept[:, 0], :2], candidate.keypoints[kept[:, 1], :2]])
        return cls(len(kept), transform, pairs.astype(np.float32), tentative=tentative)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A registered model as a method receives it: its folder, verified, and its manifest."""

    name: str
    folder: Path
    sha256: str
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture: its file, its class, the part of it that counts (the whole where None), and the part of
    the data it belongs to (`train`, `test`) where the data itself says so, else an empty string."""

    path: Path
    label: str
    box: Box | None = None
    split: str = ""


class TrainingData(Protocol):
    """Labelled pictures, split for good before training starts; no picture is in two parts.

    `classes` are the labels in alphabetical order. `seed` is the seed of the split. Choices are made on `validation`;
    `test` is looked at once, at the end, and may be empty.
    """

    classes: Sequence[str]
    train: Sequence[Sample]
    validation: Sequence[Sample]
    test: Sequence[Sample]
    seed: int

    def pictures(self, samples: Sequence[Sample]) -> Iterator[Picture | None]:
        """The samples' pictures in order, cropped to their boxes; None for one that cannot be read."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a trainer leaves behind in an empty folder it was given: `main` is the file to load first, `settings` all
    that its method needs to run it, `training` how it came to be, with its measured figures. JSON values only."""

    main: str
    settings: Mapping[str, Any]
    training: Mapping[str, Any]


class Control(Protocol):
    """How long work reports and learns that it should stop."""

    def progress(self, done: int, total: int | None, what: str = "") -> None: ...

    def check(self) -> None:
        """Raise `revsearch_tui.api.Cancelled` if the user asked to stop."""


class NullControl:
    """Reports to nobody and is never cancelled."""

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Ignore the report."""

    def check(self) -> None:
        """Never raise."""


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture that was found: its file, the SHA-256 of its bytes in hexadecimal digits, how much it is like the query
    (0..1, or None where that is not known), and in a word what it is to it, such as `copy`; empty where none is said.

    A path may hold any bytes, markup and control characters among them, and its file may be gone.
    """

    path: Path
    image_id: str
    score: float | None = None
    tier: str = ""


@dataclass(frozen=True, slots=True)
class QueryHits:
    """What was found, best first. `asked` is the query as it was typed, `query` its file; empty and None where the
    pictures were found by several queries, None alone where the query is no file."""

    hits: Sequence[FoundPicture]
    asked: str = ""
    query: Path | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What an action is given: an answer for each query, never without any hit at all.

    `target` is the file or folder that the user named, None for actions that ask for none. A file is open for writing
    as `output`: it appears under its name when the action returns, and not at all where it raises. A folder is there.
    `thumbnail` gives a small picture of a file, at most 320 pixels on the longest side, by way of the host's readers
    and what it keeps; it raises `PictureError` where there is none.
    """

    answers: Sequence[QueryHits]
    thumbnail: Callable[[FoundPicture], Picture]
    target: Path | None = None
    output: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one method says of n candidates, which are what all methods together found; arrays (n,) are read-only.

    `ranks` are its own, 1 is best, infinite where it did not return a candidate; `scores`, 0..1 and 1 for the same, are
    what its hits are shown with, NaN where it did not. The rest is known of every candidate that it has embedded, 0 for
    others: `evidence`, in decades, that a candidate and the query are one picture, `likeness` in spreads above what is
    usual in the collection, and whether it is `verified` by geometry, which only methods that `verifies` do. `weight`
    is what the user has it count, 1 where nothing is said.
    """

    method: str
    weight: float
    verifies: bool
    ranks: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    evidence: npt.NDArray[np.float64]
    likeness: npt.NDArray[np.float64]
    verified: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where a store keeps the rows of one index key: a folder of its own, which is there when it is written to.

    Rows are vectors of length `dim`, float32; of the metric `hamming` they hold zeros and ones, of `cosine` they have
    length 1 or 0, and `l2` is Euclid's. `is_writing` tells whether anything is to be written: by one at a time, while
    nobody else has it open to read in good faith. Who opens it to read changes no file.
    """

    folder: Path
    key: str
    metric: str
    dim: int
    is_writing: bool = False


@dataclass(frozen=True, slots=True)
class FitReport:
    """The outcome of a fit: how many samples were used and, per quantity, its value after each step."""

    samples: int
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeypointLines:
    """Explanation: matched points. All is as in `PairMatch`: `pairs` (n, 4), the `transform` they agree on, where the
    query's outline in the candidate comes from, `mirrored`, `inverted`, and in how many matches it was sought."""

    pairs: FloatArray
    transform: npt.NDArray[np.float64] | None = None
    mirrored: bool = False
    inverted: bool = False
    tentative: int = 0

    @classmethod
    def of(cls, match: PairMatch) -> KeypointLines:
        """What explains a match of local features."""
        return cls(match.pairs, match.transform, match.mirrored, match.inverted, match.tentative)


@dataclass(frozen=True, slots=True)
class ClassBars:
    """Explanation: per class its name and the probability given to the query and to the candidate."""

    classes: Sequence[str]
    query: FloatArray
    candidate: FloatArray


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Explanation: where the candidate (or the query) made the score: (h, w) float32 in 0..1 over the picture.

    `most` is what a value of 1 stands for, in similarity that is lost without that place; 0 where that is not told.
    `classes` is what both pictures are taken for, where the method knows classes besides.
    """

    values: FloatArray
    on: str = "candidate"
    most: float = 0.0
    classes: ClassBars | None = None


@dataclass(frozen=True, slots=True)
class BitDiff:
    """Explanation: the bits of two hashes, (rows, columns) uint8 zeros and ones each.

    `query_seen` and `candidate_seen` are what the hash sees of the pictures, (h, w) uint8 grey, where that can be
    shown.
    """

    query: npt.NDArray[np.uint8]
    candidate: npt.NDArray[np.uint8]
    query_seen: npt.NDArray[np.uint8] | None = None
    candidate_seen: npt.NDArray[np.uint8] | None = None


Explanation: TypeAlias = "KeypointLines | HeatMap | BitDiff | ClassBars"
