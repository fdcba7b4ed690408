"""Run a robustness measurement from what was asked to the record that is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.evaluation.codec import figures_sha256
from revsearch_tui.core.evaluation.intervals import bootstrap_mean, holm, paired_difference, paired_randomisation
from revsearch_tui.core.evaluation.record import (
    Answers,
    Comparison,
    MethodAnswers,
    Outcome,
    PictureRef,
    Record,
    RobustnessCell,
)
from revsearch_tui.core.evaluation.records import keep_record, versions_of
from revsearch_tui.core.evaluation.request import configuration_of
from revsearch_tui.core.evaluation.robustness.advice import save_advice
from revsearch_tui.core.evaluation.robustness.gallery import Gallery, open_gallery
from revsearch_tui.core.evaluation.robustness.measure import Column, Measured, measure
from revsearch_tui.core.evaluation.robustness.robustness_request import LEAST_SAMPLE, RobustnessRequest
from revsearch_tui.core.evaluation.robustness.thresholds import FEW
from revsearch_tui.core.evaluation.robustness.transformations import Variant
from revsearch_tui.core.methods.hints import index_command

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.workspace import Workspace

MAIN = "recall@1"
_QUANTILES = (0, 5, 25, 50, 75, 95, 100)


def run_robustness(
    workspace: Workspace,
    request: RobustnessRequest,
    control: Control,
    note: Callable[[str], None],
    *,
    keep: bool = True,
) -> Record:
    """Measure how well methods find the originals of changed copies; with `keep` the record is kept in the folder of
    evaluations and, where the gallery is a collection of the user's, its advised thresholds with that.

    The same request gives the same figures, and so the same `figures_sha256`, on the same pictures. Raises
    `UsageError`, `IndexMissingError`, `MethodUnavailableError`, `StorageError`, `Cancelled`.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    with open_gallery(workspace, request, control, note) as gallery:
        measured = measure(workspace, request, gallery, control)
        if len(measured.positions) < LEAST_SAMPLE:
            raise UsageError(f"the pictures cannot be read any more; run: {index_command(gallery.collection)}")
        record = _record(request, gallery, measured, started, time.monotonic() - clock)
        if not keep:
            return replace(record, figures_sha256=figures_sha256(record))
        own = gallery.collection if gallery.own else None
        record = keep_record(workspace.folders, record, _answers(request, gallery, measured), own)
        if own is not None and record.id:
            save_advice(own, [opened.choice for opened in gallery.opened], record)
    return record


def _record(request: RobustnessRequest, gallery: Gallery, measured: Measured, started: str, seconds: float) -> Record:
    variants, columns, seed = request.variants(), measured.columns, request.seed
    means = {column.label: _per_original(column, variants) for column in columns}
    best = max(columns, key=lambda column: (round(float(means[column.label].mean()), 9), -_effort(column)))
    return Record(
        id="",
        kind="robustness",
        name=request.name or _name(request, gallery),
        started=started,
        seconds=seconds,
        configuration=configuration_of(request),
        data={
            "collection": gallery.collection.name if gallery.own else "",
            "folders": [str(folder) for folder in gallery.collection.roots],
            "seed": seed,
            "keys": {opened.choice.label: opened.choice.key for opened in gallery.opened},
        },
        versions=versions_of([opened.choice for opened in gallery.opened]),
        queries=len(measured.positions) * len(variants),
        gallery=len(gallery.image_ids),
        outcomes=[_outcome(column, means[column.label], len(variants), seed) for column in columns],
        comparisons=_comparisons(means, seed),
        robustness=[_cell(column, variant, seed) for column in columns for variant in variants],
        advice=[column.advice for column in columns if column.advice is not None],
        recommended=best.label,
        notes=_notes(request, measured),
    )


def _name(request: RobustnessRequest, gallery: Gallery) -> str:
    folder = Path(request.data[0]).name if request.data else ""
    return f"robustness {folder or request.collection or gallery.collection.name}"


def _per_original(column: Column, variants: Sequence[Variant]) -> npt.NDArray[np.float64]:
    """(originals,) shares of its copies from which each original was found first."""
    return np.asarray(np.mean([column.hits(variant) for variant in variants], axis=0), np.float64)


def _effort(column: Column) -> int:
    """How much work a column is, to prefer the simplest of equals."""
    return 2 * len(column.parts) + column.any_orientation


def _outcome(column: Column, values: npt.NDArray[np.float64], variants: int, seed: int) -> Outcome:
    cost = {"seconds_per_query": column.seconds / (len(values) * variants)}
    if column.dim:
        cost["dim"] = float(column.dim)
    return Outcome(column.label, "copies", MAIN, {MAIN: bootstrap_mean(values, seed)}, cost=cost)


def _cell(column: Column, variant: Variant, seed: int) -> RobustnessCell:
    hits = column.hits(variant)
    true, false = (np.concatenate(scores[variant]) for scores in (column.true, column.false))
    return RobustnessCell(
        column.label,
        variant.transformation,
        variant.strength,
        bootstrap_mean(hits, seed),
        len(hits),
        [float(value) for value in np.percentile(true, _QUANTILES)],
        [float(value) for value in np.percentile(false, _QUANTILES)],
    )


def _comparisons(means: dict[str, npt.NDArray[np.float64]], seed: int) -> list[Comparison]:
    pairs = list(combinations(means, 2))
    p_values = [paired_randomisation(means[first], means[second], seed) for first, second in pairs]
    return [
        Comparison("copies", first, second, paired_difference(means[first], means[second], seed), p, corrected)
        for (first, second), p, corrected in zip(pairs, p_values, holm(p_values), strict=True)
    ]


def _notes(request: RobustnessRequest, measured: Measured) -> list[str]:
    notes = []
    if measured.with_twins:
        notes.append(
            f"{measured.with_twins:,} of {len(measured.positions):,} originals have copies in the gallery already, "
            "which were left out"
        )
    if measured.plain:
        notes.append(
            f"{measured.plain:,} of {len(measured.positions):,} originals are of one colour; they set no threshold"
        )
    queries = max((column.advice.queries for column in measured.columns if column.advice is not None), default=0)
    if queries and request.wrong_rate * queries < FEW:
        notes.append(
            f"{queries:,} queries are few for a wrong rate of {request.wrong_rate:g}; thresholds are rough, so take a "
            "larger sample or rate"
        )
    return notes


def _answers(request: RobustnessRequest, gallery: Gallery, measured: Measured) -> Answers:
    """Copies as queries, labelled `crop 20` and so on, variant by variant."""
    variants = request.variants()
    used: dict[int, int] = {}

    def place(position: int) -> int:
        return used.setdefault(position, len(used))

    def reference(position: int, label: str) -> PictureRef:
        return PictureRef(str(gallery.paths[position]), label, gallery.image_ids[position].hex())

    methods = []
    for column in measured.columns:
        value: list[float] = []
        returned: list[list[int]] = []
        scores: list[list[float]] = []
        for variant in variants:
            value += [float(hit) for hit in column.hits(variant)]
            for rows, shown in zip(
                np.concatenate(column.rows[variant]), np.concatenate(column.scores[variant]), strict=True
            ):
                returned.append([place(int(row)) for row in rows if row >= 0])
                scores.append([round(float(score), 6) for score in shown[rows >= 0]])
        methods.append(MethodAnswers(column.label, "copies", value, returned, scores))
    queries = [reference(position, variant.label) for variant in variants for position in measured.positions]
    return Answers(queries, [reference(position, "") for position in used], methods)
