"""Make the copies, have every method look for their originals, and collect what comes out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control, StorageError
from revsearch_tui.core.evaluation.record import ThresholdAdvice
from revsearch_tui.core.evaluation.robustness.advice import fusion_label, method_label
from revsearch_tui.core.evaluation.robustness.answering import (
    Answered,
    MethodScorer,
    fuse_answers,
    rule_answers,
    weigh_answers,
)
from revsearch_tui.core.evaluation.robustness.gallery import Gallery, read
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.thresholds import ThresholdTrial
from revsearch_tui.core.evaluation.robustness.transformations import Variant, make_copy, shows_others
from revsearch_tui.core.evaluation.robustness.twins import TwinFinder, is_plain
from revsearch_tui.core.images.decoded_picture import ORIENTATION_NAMES, all_orientations
from revsearch_tui.core.labelled.open import picture_reader
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.search.fusion import ALL, BY_RULE, DEFAULT, fusions_of
from revsearch_tui.core.search.fusion_rules import opened_rules
from revsearch_tui.core.search.one_query import embed_query
from revsearch_tui.core.search.ranking import Query
from revsearch_tui.core.search.weighing import SAME_SCORE

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.workspace import Workspace

    Floats = npt.NDArray[np.float64]

_AT_ONCE = 8
"""Originals whose copies are in memory at a time."""

_ITSELF = 0.9
"""An untouched picture scores at least this with itself; 1 but for rounding. Of a local method it is only the best
answer: not all of a picture's keypoints need find themselves, as where a ratio test leaves out what is there twice."""

KEPT = 5
"""Pictures returned that are kept of each copy."""


@dataclass(slots=True)
class Column:
    """What one method, or one fusion, answered: per variant a list of arrays, one a batch of originals.

    `parts` are positions of methods in the gallery's list, with the weight of each; `rule` is a plugin's by which they
    are fused, empty: by their ranks.
    """

    label: str
    parts: Mapping[int, float]
    any_orientation: bool
    verified_first: bool = False
    rule: str = ""
    ranks: dict[Variant, list[Floats]] = field(default_factory=dict)
    true: dict[Variant, list[Floats]] = field(default_factory=dict)
    false: dict[Variant, list[Floats]] = field(default_factory=dict)
    rows: dict[Variant, list[npt.NDArray[np.int64]]] = field(default_factory=dict)
    scores: dict[Variant, list[Floats]] = field(default_factory=dict)
    seconds: float = 0.0
    dim: int = 0
    advice: ThresholdAdvice | None = None

    def take(self, variant: Variant, answered: Answered) -> None:
        """Add the answers to one batch."""
        self.ranks.setdefault(variant, []).append(answered.ranks)
        self.true.setdefault(variant, []).append(answered.true)
        self.false.setdefault(variant, []).append(answered.false)
        self.rows.setdefault(variant, []).append(answered.rows[:, :KEPT])
        self.scores.setdefault(variant, []).append(answered.scores[:, :KEPT])

    def hits(self, variant: Variant) -> Floats:
        """(originals,) 1 where the original came first."""
        return np.asarray(np.concatenate(self.ranks[variant]) == 1, np.float64)


@dataclass(frozen=True, slots=True)
class _Original:
    """A picture of the batch, the positions of its twins, and whether it is of one colour."""

    position: int
    picture: Picture
    twins: frozenset[int]
    plain: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """`positions` are the originals that could be read; `columns` have their answers in that order.

    `with_twins` of the originals had copies in the gallery already, which were left out; `plain` are of one colour.
    """

    positions: Sequence[int]
    columns: Sequence[Column]
    with_twins: int
    plain: int


def measure(workspace: Workspace, request: RobustnessRequest, gallery: Gallery, control: Control) -> Measured:
    """Look for the original of every copy. Raises `UsageError`, `MethodUnavailableError`,
    `StorageError` (an index that does not fit), `Cancelled`."""
    variants = request.variants()
    labels = [opened.choice.label for opened in gallery.opened]
    ways = (False, True) if request.any_orientation else (False,)
    candidates = request.candidates or workspace.config.number("search.candidates")
    scorers = [MethodScorer(opened, gallery.image_ids, candidates) for opened in gallery.opened]
    columns = [Column(method_label(label, way), {part: 1.0}, way) for part, label in enumerate(labels) for way in ways]
    every = dict.fromkeys(range(len(labels)), 1.0)
    weighed = [Column(method_label(DEFAULT, way), every, way) for way in ways if len(labels) > 1]
    fused = _fusions(request, gallery, labels, ways)
    trials = [
        ThresholdTrial(
            len(gallery.image_ids), gallery.sampled, len(variants), request.wrong_rate, request.seed, least=least
        )
        for least in (*[0.0] * len(columns), *[SAME_SCORE] * len(weighed))
    ]
    regions = Regions()
    positions: list[int] = []
    with_twins = plain_originals = 0
    before: list[_Original] = []
    total, done = len(gallery.sampled) * len(variants), 0
    every_fusion = fusions_of(_fuse(request, labels), labels).values()
    with (
        opened_rules(workspace, every_fusion, control) as rules,
        contextlib.closing(picture_reader(workspace)) as reader,
        contextlib.closing(regions),
    ):
        finder = TwinFinder(reader, gallery)
        source = read(reader, gallery, gallery.sampled)
        while batch := list(islice(source, _AT_ONCE)):
            places = [position for position, _ in batch]
            positions += places
            untouched = [picture for _, picture in batch]
            nothing = [frozenset[int]()] * len(batch)
            unchanged = [answered for _, answered in _ask(scorers, untouched, places, nothing, (False,), None, regions)]
            _check_index(scorers, unchanged, places)
            twins = finder.twins(batch, unchanged)
            with_twins += sum(bool(found) for found in twins)
            originals = [
                _Original(position, picture, found, is_plain(picture))
                for (position, picture), found in zip(batch, twins, strict=True)
            ]
            plain_originals += sum(original.plain for original in originals)
            for variant in variants:
                control.check()
                made = [
                    _copy_of(original, variant, gallery, request.seed, before or originals) for original in originals
                ]
                copies, absent = [copy for copy, _ in made], [gone for _, gone in made]
                blank = [original.plain or is_plain(copy) for original, copy in zip(originals, copies, strict=True)]
                asked = _ask(scorers, copies, places, absent, ways, columns, regions)
                answers = [answered for _, answered in asked]
                together = [_weigh(scorers, asked[way :: len(ways)], gallery, places) for way in range(len(weighed))]
                for column, trial, answered in zip((*columns, *weighed), trials, [*answers, *together], strict=True):
                    column.take(variant, answered)
                    trial.add(answered, places, blank)
                for column in weighed:
                    column.seconds = sum(
                        each.seconds for each in columns if each.any_orientation == column.any_orientation
                    )
                for column in fused:
                    parts = [part * len(ways) + ways.index(column.any_orientation) for part in column.parts]
                    taken = [answers[part] for part in parts]
                    local = [gallery.opened[part].choice.info.shape == "local" for part in column.parts]
                    weights = list(column.parts.values())
                    count = len(gallery.image_ids)
                    if column.rule:
                        asked_of = [asked[part][0] for part in parts]
                        chosen = [scorers[part] for part in column.parts]
                        answered = rule_answers(
                            rules[column.rule], chosen, asked_of, taken, weights, gallery.image_ids, places
                        )
                    else:
                        answered = fuse_answers(taken, weights, local, count, places, column.verified_first)
                    column.take(variant, answered)
                    column.seconds = sum(columns[part].seconds for part in parts)
                done += len(batch)
                control.progress(done, total, f"looking for originals: {variant.label}")
            before = originals
    for column, trial in zip((*columns, *weighed), trials, strict=True):
        column.advice = trial.advice(column.label)
    return Measured(positions, [*columns, *weighed, *fused], with_twins, plain_originals)


def _copy_of(
    original: _Original, variant: Variant, gallery: Gallery, seed: int, beside: Sequence[_Original]
) -> tuple[Picture, frozenset[int]]:
    """A changed copy, and the positions of what is not in its gallery: twins of the original and, where the copy shows
    other pictures, all those that it may show, for finding one of them is not wrong."""
    image_id = gallery.image_ids[original.position]
    if not shows_others(variant):
        return make_copy(original.picture, image_id, variant, seed), original.twins
    others = [other for other in beside if other.position != original.position]
    gone = original.twins.union(*({other.position, *other.twins} for other in others)) - {original.position}
    return make_copy(original.picture, image_id, variant, seed, [other.picture for other in others]), gone


def _weigh(
    scorers: Sequence[MethodScorer],
    asked: Sequence[tuple[Sequence[Query], Answered]],
    gallery: Gallery,
    places: Sequence[int],
) -> Answered:
    """What a search that names no method makes of the answers, one way."""
    queries, parts = [each for each, _ in asked], [part for _, part in asked]
    return weigh_answers(scorers, queries, parts, gallery.image_ids, places)


def _fusions(request: RobustnessRequest, gallery: Gallery, labels: Sequence[str], ways: Sequence[bool]) -> list[Column]:
    """A column for each fusion and way; two where a local method takes part, whose verdicts may go first."""
    columns = []
    for name, (parts, plugin_rule) in fusions_of(_fuse(request, labels), labels).items():
        if plugin_rule:
            columns += [Column(method_label(name, way), parts, way, rule=plugin_rule) for way in ways]
            continue
        local = any(gallery.opened[part].choice.info.shape == "local" for part in parts)
        for rule in (False, True) if local else (False,):
            columns += [Column(fusion_label(name, way, rule), parts, way, rule) for way in ways]
    return columns


def _fuse(request: RobustnessRequest, labels: Sequence[str]) -> list[str]:
    """What is to be fused; of all methods only where there are several."""
    return [text for text in request.fuse if text.partition(BY_RULE)[0] != ALL or len(labels) > 1]


def _check_index(scorers: Sequence[MethodScorer], plain: Sequence[Answered], places: Sequence[int]) -> None:
    """Raise `StorageError` where most untouched originals are not what is stored of them.

    Their own files changed since, or the method did without a new version: every figure would be about nothing.
    """
    for scorer, answered in zip(scorers, plain, strict=True):
        is_local = scorer.opened.choice.info.shape == "local"
        fits = (answered.ranks == 1) if is_local else (answered.true >= _ITSELF)
        told = fits[scorer.tells(places)]
        if len(told) and np.mean(~told) > 0.5:
            raise StorageError(
                f"what is indexed by '{scorer.opened.choice.label}' does not fit the pictures or the method as they "
                f"are now; delete {scorer.opened.exact.journal.folder} and index anew"
            )


def _ask(
    scorers: Sequence[MethodScorer],
    pictures: Sequence[Picture],
    places: Sequence[int],
    absent: Sequence[frozenset[int]],
    ways: Sequence[bool],
    columns: Sequence[Column] | None,
    regions: Regions,
) -> list[tuple[Sequence[Query], Answered]]:
    """What each method was asked and answers, each way; times go to the columns."""
    turns = len(ORIENTATION_NAMES) if True in ways else 1
    answers: list[tuple[Sequence[Query], Answered]] = []
    for number, scorer in enumerate(scorers):
        started = time.monotonic()
        with guarded(scorer.opened.choice):
            seen = regions.of(pictures, scorer.opened.choice.region)
        turned = [form for picture in seen for form in (all_orientations(picture) if turns > 1 else [picture])]
        made = embed_query(scorer.opened, turned, None)
        embedding = time.monotonic() - started
        for way, every in enumerate(ways):
            started = time.monotonic()
            used = turns if every else 1
            queries = [
                Query(None, made.embeddings[start : start + used], made.features[start : start + used])
                for start in range(0, len(turned), turns)
            ]
            answers.append((queries, scorer.answer(queries, places, absent)))
            if columns is not None:
                column = columns[number * len(ways) + way]
                column.dim = made.embeddings.shape[1]
                column.seconds += time.monotonic() - started + embedding * used / turns
    return answers
