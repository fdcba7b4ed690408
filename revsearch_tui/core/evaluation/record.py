"""What an evaluation found, as plain data: a summary that tables are made of, and the answers to every query.

A record lies in a folder of its own: `record.json` is the summary, small enough to list hundreds of them;
`answers.json` holds the pictures and what each method answered to each query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from revsearch_tui.core.groups.finding import Finding

FORMAT = 2
"""Version of both files; a higher one was written by a newer program and is refused."""
Kind: TypeAlias = Literal["eval", "robustness"]
Protocol: TypeAlias = Literal["classify", "neighbour", "retrieve", "copies"]
PROTOCOLS: tuple[Protocol, ...] = ("classify", "neighbour", "retrieve", "copies")

WITHOUT_STRENGTH = frozenset({"mirror", "flip", "grey", "invert", "story"})
"""Changes that are made or not; their strength is 1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, in the figure's own unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Queries whose confidence lies in one range: how many, their mean confidence, the share that was right."""

    low: float
    high: float
    queries: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method under one protocol.

    `metrics` maps names such as `accuracy`, `map`, `precision@10`, `recall@1`, `ndcg@10`, `first_hit_rank`,
    `micro_ap`, `ece`, `knn_accuracy` to figures; `main` names the one that tables are sorted by. `per_class` maps
    each class to its figures (`queries` and `main` at least). `confusion` counts queries by true class (rows) and
    answered class (columns), in the order of the record's classes; empty where the protocol answers no class.
    `cost` has `seconds_per_query`, `seconds_per_picture`, `memory_mb`, `index_bytes`, `dim` as far as measured;
    costs are no part of what re-running reproduces.
    """

    method: str
    protocol: Protocol
    main: str
    metrics: Mapping[str, Estimate]
    per_class: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    confusion: Sequence[Sequence[int]] = ()
    reliability: Sequence[ReliabilityBin] = ()
    cost: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two methods under one protocol, query by query: the mean difference `first - second` of the main metric with
    its 95 % interval, the p value of a paired test, and that value after the correction for all comparisons."""

    protocol: Protocol
    first: str
    second: str
    difference: Estimate
    p: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class RobustnessCell:
    """One method on one transformation at one strength: recall@1 of the originals, and the scores of true matches
    (the original) and false ones (the best other picture) as quantiles at 0, 5, 25, 50, 75, 95 and 100 %."""

    method: str
    transformation: str
    strength: float
    recall: Estimate
    queries: int
    true_scores: Sequence[float] = ()
    false_scores: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class ThresholdAdvice:
    """From which score on pictures shown by a method are copies.

    `wrong_rate` is the share of queries without a copy in the gallery that may be shown anything; `shown_wrong` is
    the share that was, on `queries` copies whose originals set no threshold, by cross-validation; None in records of
    programs that promised about pairs, where `wrong_rate` is the share of false pairs that was allowed.
    `measured_wrong_rate` is the share of the `pairs` of different pictures at or above the threshold, `found` that of
    true copies, `precision` the share of copies among what is shown for a query that has one copy in this gallery.
    """

    method: str
    threshold: float
    wrong_rate: float
    measured_wrong_rate: float
    found: float
    pairs: int
    precision: float = 0.0
    shown_wrong: Estimate | None = None
    queries: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """A whole run. `configuration` is enough to run it again; `data` tells which pictures, split and seed;
    `versions` which programs. `figures_sha256` stands for every figure but costs: two runs agree where it does.
    `findings` are the first of what makes figures wrong; `data["checked"]` counts all of them. Records of programs that
    did not look for any have neither."""

    id: str
    kind: Kind
    name: str
    started: str
    seconds: float
    configuration: Mapping[str, Any]
    data: Mapping[str, Any]
    versions: Mapping[str, str]
    classes: Sequence[str] = ()
    queries: int = 0
    gallery: int = 0
    outcomes: Sequence[Outcome] = ()
    comparisons: Sequence[Comparison] = ()
    robustness: Sequence[RobustnessCell] = ()
    advice: Sequence[ThresholdAdvice] = ()
    recommended: str = ""
    notes: Sequence[str] = ()
    figures_sha256: str = ""
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture of an evaluation: its file, its label, its image id in hex."""

    path: str
    label: str
    image_id: str


@dataclass(frozen=True, slots=True)
class MethodAnswers:
    """What one method answered under one protocol, query by query, in the order of `Answers.queries`.

    `value` is the query's share of the main metric (0 or 1 for accuracies, average precision for map), NaN for queries
    that the protocol leaves out: those without a picture of their class in the gallery, or of a class that the
    classifier does not know.
    `returned` are positions in `Answers.gallery` of the first pictures returned, best first, with their `scores`;
    `answered` and `confidence` the class given and how sure, empty where the protocol answers no class.
    """

    method: str
    protocol: Protocol
    value: Sequence[float]
    returned: Sequence[Sequence[int]] = ()
    scores: Sequence[Sequence[float]] = ()
    answered: Sequence[str] = ()
    confidence: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """The pictures of a record and every method's answers. `gallery` holds those pictures that anything returned."""

    queries: Sequence[PictureRef]
    gallery: Sequence[PictureRef]
    methods: Sequence[MethodAnswers]


def change_label(name: str, strength: float) -> str:
    """`crop 20`; the bare name where there is no strength."""
    return name if name in WITHOUT_STRENGTH else f"{name} {strength:g}"
