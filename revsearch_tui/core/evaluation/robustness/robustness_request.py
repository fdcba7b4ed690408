"""What a robustness run is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.robustness.transformations import Variant, parse_variants

LEAST_SAMPLE = 4
"""Pictures that a run needs at least: thresholds are set on half of them and tried on the other."""


@dataclass(frozen=True, slots=True)
class RobustnessRequest:
    """Whose copies are looked for where. Plain values only: a record keeps it to run it again.

    The originals are `sample` pictures drawn by `seed`: from a collection (the default one where both it and `data`
    are empty), whose own index is then searched, or from the folders `data`, which are indexed for this in the cache.
    The pictures of the folders `distractors` are in the gallery too, and are never originals.

    `methods` are as in a search, with `options` and `model`. `transformations` are as `parse_variants` takes them.
    With `any_orientation` each method is measured a second time with the query turned and mirrored in all eight ways,
    under its label with `@any` behind. Several methods are measured together too, as a search ranks by them, under the
    label `default`. Each of `fuse` names methods to fuse, as `fusions_of` takes them. `wrong_rate` is
    the share of queries without a copy in the gallery for which the advised thresholds let anything pass, `candidates`
    how many pictures a local method verifies, 0 for the configured number.
    """

    collection: str = ""
    data: Sequence[str] = ()
    distractors: Sequence[str] = ()
    methods: Sequence[str] = ()
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    transformations: Sequence[str] = ()
    sample: int = 100
    seed: int = 0
    any_orientation: bool = False
    fuse: Sequence[str] = ()
    wrong_rate: float = 0.01
    candidates: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        """Raises `UsageError`."""
        parse_variants(self.transformations)
        if self.sample < LEAST_SAMPLE:
            raise UsageError(f"a run needs a sample of at least {LEAST_SAMPLE} pictures, not {self.sample}")
        if not 0 < self.wrong_rate < 1:
            raise UsageError(f"the wrong rate lies between 0 and 1, such as 0.01, not {self.wrong_rate:g}")
        if self.seed < 0 or self.candidates < 0:
            raise UsageError("seed and candidates are at least 0")
        if self.collection and self.data:
            raise UsageError("name a collection or folders of pictures, not both")

    def variants(self) -> list[Variant]:
        """What is done to each original, in the order of the table."""
        return parse_variants(self.transformations)
