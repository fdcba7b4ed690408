"""Labelled data that is open: what trainers get as `TrainingData`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Sample
from revsearch_tui.core.labelled.decoding import Cut, PictureReader
from revsearch_tui.core.labelled.hashing import Hashed

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where labelled data comes from and how it was split: what a record of a training keeps."""

    dataset: str
    root: str
    options: Mapping[str, Any]
    seed: int
    test_fraction: float
    validation_fraction: float
    region: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)


class LabelledData:
    """Satisfies `TrainingData`. A context manager: its decoding processes end with it.

    `dropped` counts what the data set holds but no part does, by reason.
    """

    def __init__(
        self,
        parts: Mapping[str, Sequence[Hashed]],
        origin: Origin,
        reader: PictureReader,
        cut: Cut | None = None,
    ) -> None:
        """`parts` has an entry for each of `PARTS`."""
        self.origin = origin
        self.seed = origin.seed
        self.dropped = origin.dropped
        self._parts = {
            part: sorted(parts[part], key=lambda one: (one.sample.label, one.digest, _box(one.sample)))
            for part in PARTS
        }
        self._reader = reader
        self._cut = cut
        self.train: Sequence[Sample] = [entry.sample for entry in self._parts["train"]]
        self.validation: Sequence[Sample] = [entry.sample for entry in self._parts["validation"]]
        self.test: Sequence[Sample] = [entry.sample for entry in self._parts["test"]]
        self.classes: Sequence[str] = sorted({sample.label for sample in self.train or self.test})

    def pictures(self, samples: Sequence[Sample]) -> Iterator[Picture | None]:
        """The samples' pictures in order, cropped to their boxes; None for one that cannot be read."""
        return self._reader.pictures(samples, self._cut)

    def hashed(self, part: str) -> Sequence[Hashed]:
        """The samples of one of `PARTS` with their digests, in the order of the attribute of that name."""
        return self._parts[part]

    def counts(self) -> dict[str, dict[str, int]]:
        """Class -> part -> number of samples, classes in their order."""
        found = {part: Counter(entry.sample.label for entry in self._parts[part]) for part in PARTS}
        return {label: {part: found[part][label] for part in PARTS} for label in self.classes}

    def describe(self) -> dict[str, Any]:
        """JSON values that tell which data this is. `sha256` stands for every picture, its label, box and part."""
        origin = self.origin
        return {
            "dataset": origin.dataset,
            "root": origin.root,
            "options": dict(origin.options),
            "region": origin.region,
            "seed": origin.seed,
            "fractions": {"test": origin.test_fraction, "validation": origin.validation_fraction},
            "classes": len(self.classes),
            "counts": {part: len(self._parts[part]) for part in PARTS},
            "dropped": dict(origin.dropped),
            "sha256": self._identity(),
        }

    def _identity(self) -> str:
        lines = sorted(
            "\t".join((part, entry.digest, entry.sample.label, _box(entry.sample)))
            for part in PARTS
            for entry in self._parts[part]
        )
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def close(self) -> None:
        """End the decoding processes."""
        self._reader.close()

    def __enter__(self) -> LabelledData:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _box(sample: Sample) -> str:
    """The box in a form that is the same everywhere; empty for the whole picture."""
    box = sample.box
    return "" if box is None else f"{box.left:.6f},{box.top:.6f},{box.right:.6f},{box.bottom:.6f}"
