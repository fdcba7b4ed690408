"""What the objects behind a method's factory do.

A factory is called as `factory(options, model)`: options complete and checked, model None where the method runs
without one or is about to be fitted. It does no work; `load` does, once, in a worker thread. All pictures are as
`types.Picture` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from revsearch_tui.api.infos import Options
    from revsearch_tui.api.types import (
        Ballot,
        Control,
        Embeddings,
        Explanation,
        Features,
        Findings,
        FitReport,
        FloatArray,
        ModelFile,
        PairMatch,
        Picture,
        TrainedModel,
        TrainingData,
    )


class Method(Protocol):
    """Common to all methods."""

    def __init__(self, options: Options, model: ModelFile | None) -> None: ...

    def load(self, control: Control) -> None:
        """Get ready. Raises `ModelError` where the model is unusable."""

    def close(self) -> None:
        """Let go of everything; the object is not used again."""


@runtime_checkable
class VectorMethod(Protocol):
    """Shape `vector`."""

    def embed(self, pictures: Sequence[Picture]) -> Embeddings:
        """(n, dim): uint8 zeros and ones for the hamming metric, float32 otherwise. Deterministic per picture."""


@runtime_checkable
class LocalMethod(Protocol):
    """Shape `local`: candidates by an aggregate vector, then geometric verification pair by pair.

    A method may have an int attribute `expand`: with so many of its nearest pictures, if more than 0, a query's vector
    is joined before candidates are looked for.
    """

    min_inliers: int

    def extract(self, pictures: Sequence[Picture]) -> list[Features]:
        """Keypoints and descriptors of each picture."""

    def aggregate(self, features: Sequence[Features]) -> FloatArray:
        """(n, dim) float32, one vector a picture; a zero row where there are no features."""

    def match(self, query: Features, candidate: Features) -> PairMatch:
        """Match two pictures and verify the geometry. Thread-safe."""


@runtime_checkable
class QueryViewing(Protocol):
    """A local method that knows what else a query may look like. Its info carries the capability `query-views`."""

    def query_views(self, features: Features) -> list[Features]:
        """What the query's features would be were it mirrored, say, or only a part of it. Candidates are looked for by
        the aggregate of each too; all are matched with the query's own features."""


@runtime_checkable
class RowTurning(Protocol):
    """A vector method with the hamming metric that knows from a picture's bits those of the picture turned or mirrored.
    Its info carries the capability `turned-rows`.

    Where an option decides whether it can, the object has a bool attribute `turns_rows`.
    """

    def turned_rows(self, rows: Embeddings, orientation: int) -> Embeddings:
        """(n, dim) about what `embed` would give for pictures with the bits `rows` (n, dim), were they shown by a
        viewer as files of this EXIF orientation, 1 to 8; for 1 `rows` themselves."""


@runtime_checkable
class TextQuerying(Protocol):
    """A vector method or classifier that finds pictures by words. Its info carries the capability `text-query`.

    Where the model decides whether it can, the loaded method has a bool attribute `takes_text`.
    """

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) float32 in the space of `embed`, of length 1 for the cosine metric; of a classifier (n, classes),
        rows sum to 1. A row of zeros for a text that says nothing to the method. Deterministic per text."""


@runtime_checkable
class Naming(Protocol):
    """A vector method that knows names for what it has embedded. Its info carries the capability `names`.

    Where the model decides whether it can, the loaded method has a bool attribute `knows_names`.
    """

    def names(self, embeddings: Embeddings) -> list[tuple[str, float | None]]:
        """What each picture, given as its row of `embed`, shows, and how probable that is (0..1, or None where that is
        not known)."""

    def names_of(self, text: str) -> list[str]:
        """The names that a text is looked for by, what counts most first; none where it says nothing."""


@runtime_checkable
class ClassifierMethod(Protocol):
    """Shape `classifier`."""

    classes: Sequence[str]

    def predict(self, pictures: Sequence[Picture]) -> FloatArray:
        """(n, classes) float32, rows sum to 1."""


@runtime_checkable
class Fittable(Protocol):
    """A method that can be fitted to the user's own pictures; the result is saved as a model."""

    def fit(self, samples: Iterable[tuple[Picture, str | None]], control: Control) -> FitReport:
        """Fit to pictures with their labels (None where unsupervised)."""

    def save(self, folder: Path) -> None:
        """Write the fitted state to files in an existing folder. No pickles."""

    def restore(self, folder: Path) -> None:
        """Read it back. Raises `ModelError`."""


@runtime_checkable
class Explainable(Protocol):
    """A method that can show why two pictures are alike. Its info carries the capability `explain`."""

    def explain(self, query: Picture, candidate: Picture) -> Explanation:
        """Data to draw, never a drawing."""


class ResultAction(Protocol):
    """What the factory of an `ActionInfo` gives."""

    def __call__(self, findings: Findings, control: Control) -> str:
        """Do it, and say in one sentence what was done. Calls `control.check()` for each picture or so. Changes nothing
        but what it is there to change. Raises errors of the family."""


class FusionRule(Protocol):
    """What the factory of a `FusionInfo` gives."""

    def __call__(self, ballots: Sequence[Ballot]) -> FloatArray:
        """(n,) scores of the candidates, 0..1 and finite, the best first in order; equal ones go by image id.

        Goes neither by the order of the ballots nor by the numbers of the candidates, gives the same for the same, and
        a candidate that rises with one method does not fall for it. n may be 0.
        """


class VectorStore(Protocol):
    """What the factory of a `StoreInfo` gives. Ids are 32 bytes; any error means that the store is of no use now.

    The host has every row in a journal of its own. A store that was killed, or whose files were changed by anybody
    else, is begun anew in an empty folder; so it need not repair anything, but must tell no wrong rows either.
    """

    def count(self) -> int:
        """Rows."""

    def upsert(self, ids: Sequence[bytes], rows: FloatArray, metadata: Sequence[Mapping[str, Any]]) -> None:
        """Add or replace rows (n, dim). `metadata` of each, strings and numbers by name, is for other programs."""

    def update_metadata(self, ids: Sequence[bytes], metadata: Sequence[Mapping[str, Any]]) -> None:
        """Replace the metadata of rows that are there."""

    def delete(self, ids: Sequence[bytes]) -> None:
        """Remove rows; those that are not there are passed over."""

    def present(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of the ids that have a row."""

    def query(self, embedding: FloatArray, k: int) -> list[bytes]:
        """Ids of about the k nearest rows, nearest first; fewer where there are fewer. The host computes distances
        itself, leaves out what a filter excludes, and asks for more where that leaves too few."""

    def read(self, start: int, count: int) -> tuple[list[bytes], FloatArray]:
        """Some of the rows (n, dim) with their ids, in an order of the store's own that stays while nothing is
        written."""

    def flush(self) -> None:
        """Have all that was written on the disk, in the form that opens fastest. Called once, at the end of a run."""

    def close(self) -> None:
        """Let go of the files. May be called twice."""


class Trainer(Protocol):
    """Trains a model for a method; made as `trainer(options)` with the method's complete training options."""

    def __init__(self, options: Options) -> None: ...

    def train(self, data: TrainingData, run: Path, model: Path, control: Control) -> TrainedModel:
        """Train, and leave the finished model in the empty folder `model`.

        `run` is the run's own folder: checkpoints and curves go there, and a trainer that finds its checkpoint there
        goes on from it. Calls `control.check()` often; when that raises, the state is saved before it passes on.
        Raises `ModelError` and `UsageError`.
        """
