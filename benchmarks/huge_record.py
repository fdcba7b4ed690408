"""An evaluation record as large as they come, made of chance figures."""

from __future__ import annotations

import numpy as np

from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.record import (
    Answers,
    Estimate,
    MethodAnswers,
    Outcome,
    PictureRef,
    Protocol,
    Record,
)
from revsearch_tui.core.evaluation.records import write_record

METHODS = ("phash", "sift", "efficientnet")
_DEPTH, _CLASSES = 10, 200
NAME = "huge"


def write_huge_record(folders: Folders, queries: int) -> None:
    """`queries` queries against as many pictures, by three methods under two protocols."""
    chance = np.random.default_rng(0)
    classes = [f"class {number}" for number in range(min(_CLASSES, queries // 10))]
    asked, gallery = (
        [PictureRef(f"/{kind}/{n:06d}.jpg", classes[n % len(classes)], f"{n:064x}") for n in range(queries)]
        for kind in ("queries", "gallery")
    )
    protocols: tuple[Protocol, ...] = ("neighbour", "classify")
    answers, outcomes = [], []
    for method in METHODS:
        for protocol in protocols:
            right = chance.random(queries) < 0.8
            other = chance.integers(0, len(classes), queries)
            answered = [
                each.label if ok else classes[wrong] for each, ok, wrong in zip(asked, right, other, strict=True)
            ]
            given = MethodAnswers(
                method,
                protocol,
                right.astype(float).tolist(),
                chance.integers(0, queries, (queries, _DEPTH)).tolist() if protocol == "neighbour" else (),
                np.round(chance.random((queries, _DEPTH)), 4).tolist() if protocol == "neighbour" else (),
                answered,
                np.round(chance.random(queries), 3).tolist(),
            )
            answers.append(given)
            outcomes.append(_outcome(given, asked, classes))
    record = Record(
        *("", "eval", NAME, "2026-01-01T00:00:00+00:00", 3600.0),
        *({"data": "/queries"}, {"name": NAME}, {}, classes, queries, queries, outcomes),
    )
    write_record(folders, record, Answers(asked, gallery, answers))


def _outcome(given: MethodAnswers, asked: list[PictureRef], classes: list[str]) -> Outcome:
    place = {name: number for number, name in enumerate(classes)}
    confusion = np.zeros((len(classes), len(classes)), int)
    for query, answer in zip(asked, given.answered, strict=True):
        confusion[place[query.label], place[answer]] += 1
    per_class = {
        name: {"queries": float(confusion[number].sum()), "main": float(confusion[number, number])}
        for name, number in place.items()
    }
    metrics = {"accuracy": Estimate(0.8, 0.79, 0.81)}
    return Outcome(given.method, given.protocol, "accuracy", metrics, per_class, confusion.tolist())
