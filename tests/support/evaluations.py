"""Records of evaluations made up for tests: figures that fit their answers, the same ones every time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from revsearch_tui.core.evaluation.record import (
    Answers,
    Comparison,
    Estimate,
    MethodAnswers,
    Outcome,
    PictureRef,
    Protocol,
    Record,
    ReliabilityBin,
    RobustnessCell,
    ThresholdAdvice,
)
from revsearch_tui.core.groups.finding import Finding, Labelled

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SKILL = {"cnn": 0.86, "svm": 0.66, "phash": 0.24}
"""How often each made-up method is right."""


def picture(path: Path, label: str) -> PictureRef:
    """A picture by its file; without a file, one that cannot be shown."""
    data = path.read_bytes() if path.exists() else str(path).encode()
    return PictureRef(str(path), label, hashlib.sha256(data).hexdigest())


def answers_about(pictures: Sequence[Path], queries: int = 60, classes: Sequence[str] = CLASSES) -> Answers:
    """Each method's answers to queries that take these pictures in turn, under `classify` and `neighbour`."""
    dice = random.Random(5)
    asked = [picture(pictures[number % len(pictures)], classes[number % len(classes)]) for number in range(queries)]
    gallery = [picture(path, classes[number % len(classes)]) for number, path in enumerate(pictures)]
    protocols: tuple[Protocol, ...] = ("classify", "neighbour")
    methods = [
        _given(dice, method, protocol, skill, asked, gallery, classes)
        for method, skill in SKILL.items()
        for protocol in protocols
    ]
    return Answers(asked, gallery, methods)


def _given(
    dice: random.Random,
    method: str,
    protocol: Protocol,
    skill: float,
    asked: Sequence[PictureRef],
    gallery: Sequence[PictureRef],
    classes: Sequence[str],
) -> MethodAnswers:
    answered = [query.label if dice.random() < skill else dice.choice(classes) for query in asked]
    value = [float(given == query.label) for given, query in zip(answered, asked, strict=True)]
    confidence = [round(dice.uniform(0.4, 1.0), 3) for _ in asked]
    if protocol == "classify":
        return MethodAnswers(method, protocol, value, answered=answered, confidence=confidence)
    returned = [dice.sample(range(len(gallery)), min(6, len(gallery))) for _ in asked]
    scores = [[round(0.97 - 0.05 * rank, 3) for rank in range(len(places))] for places in returned]
    return MethodAnswers(method, protocol, value, returned, scores, answered)


def record_about(answers: Answers, *, identity: str = "20261125-120000-cifar10-0001", name: str = "cifar10") -> Record:
    """The record to such answers."""
    classes = tuple(dict.fromkeys(query.label for query in answers.queries))
    outcomes = [_outcome(given, answers, classes) for given in answers.methods]
    comparisons = [
        Comparison(protocol, "cnn", other, Estimate(0.2, 0.1, 0.3), p, min(1.0, 3 * p))
        for protocol in ("classify", "neighbour")
        for other, p in (("svm", 0.21), ("phash", 0.0001))
    ]
    return Record(
        identity,
        "eval",
        name,
        "2026-11-25T12:00:00+00:00",
        83.0,
        {"data": f"~/Pictures/{name}", "methods": list(SKILL), "seed": 0, "queries": len(answers.queries)},
        {"name": name, "split": "test, a tenth of each class"},
        {"revsearch": "0.1.0", "numpy": "2.3.1"},
        classes,
        len(answers.queries),
        len(answers.gallery),
        outcomes,
        comparisons,
        notes=("3 pictures could not be read and were left out",),
        figures_sha256="5f" * 32,
    )


def with_findings(record: Record, answers: Answers) -> Record:
    """The same with a copy of the first picture in another part, under another label, and a label to doubt."""
    first, second, third = (Labelled(Path(each.path), "test", each.label) for each in answers.gallery[:3])
    train = replace(second, part="train")
    findings = [
        Finding("leak", train, "phash: 6 bits", first),
        Finding("two labels", train, "phash: 6 bits", first),
        Finding("doubtful label", third, "efficientnet: 90% of its neighbours are cat", instead="cat"),
    ]
    checked = {"leak": 1, "two labels": 1, "doubtful label": 1, "labels_by": "efficientnet"}
    return replace(record, findings=findings, data={**record.data, "checked": checked})


def _outcome(given: MethodAnswers, answers: Answers, classes: Sequence[str]) -> Outcome:
    truths = [query.label for query in answers.queries]
    mean = sum(given.value) / len(given.value)
    metrics = {"accuracy": Estimate(mean, max(0.0, mean - 0.08), min(1.0, mean + 0.07))}
    per_class = {}
    for label in classes:
        mine = [value for value, truth in zip(given.value, truths, strict=True) if truth == label]
        per_class[label] = {"queries": float(len(mine)), "main": sum(mine) / len(mine)}
    pairs = list(zip(truths, given.answered, strict=True))
    confusion = [[pairs.count((truth, answer)) for answer in classes] for truth in classes]
    bins = []
    cost = {"seconds_per_query": 0.0021, "memory_mb": 312.0, "dim": 512.0}
    if given.protocol == "classify":
        metrics["ece"] = Estimate(0.042, 0.03, 0.055)
        bins = [ReliabilityBin(low / 10, low / 10 + 0.1, 15, low / 10 + 0.05, mean) for low in range(4, 10)]
    else:
        metrics["map"] = Estimate(mean * 0.8, mean * 0.75, mean * 0.85)
        metrics["precision@10"] = Estimate(mean * 0.9, mean * 0.86, mean * 0.94)
    return Outcome(given.method, given.protocol, "accuracy", metrics, per_class, confusion, bins, cost)


def robustness_record(identity: str = "20261124-090000-holiday-0002") -> Record:
    """What cropping, turning and more do to three methods, with advice for two."""
    found = {"phash": (1.0, 0.31, 0.98, 0.02), "sift": (0.99, 0.97, 0.95, 0.93), "cnn": (0.95, 0.88, 0.9, 0.41)}
    places = (("jpeg", 30.0), ("crop", 0.5), ("crop", 0.9), ("rotation", 90.0))
    cells = [
        RobustnessCell(
            method,
            name,
            strength,
            Estimate(value, max(0.0, value - 0.04), min(1.0, value + 0.03)),
            200,
            (0.3, 0.5, 0.7, 0.85, 0.9, 0.95, 1.0),
            (0.1, 0.2, 0.3, 0.42, 0.5, 0.6, 0.7),
        )
        for method, values in found.items()
        for (name, strength), value in zip(places, values, strict=True)
    ]
    means = {method: sum(values) / len(values) for method, values in found.items()}
    outcomes = [
        Outcome(method, "copies", "recall@1", {"recall@1": Estimate(mean, mean - 0.02, mean + 0.02)})
        for method, mean in means.items()
    ]
    comparisons = [
        Comparison("copies", "sift", other, Estimate(means["sift"] - means[other], 0.1, 0.3), 0.001, 0.002)
        for other in ("phash", "cnn")
    ]
    advice = [
        ThresholdAdvice("phash", 0.828, 0.01, 0.00002, 0.61, 40_000, 0.97, Estimate(0.012, 0.004, 0.024), 200),
        ThresholdAdvice("sift", 0.215, 0.01, 0.0, 0.96, 40_000, 1.0, Estimate(0.0, 0.0, 0.018), 200),
    ]
    return Record(
        identity,
        "robustness",
        "holiday",
        "2026-11-24T09:00:00+00:00",
        41.0,
        {"seed": 0},
        {"collection": "holiday"},
        {},
        queries=200,
        gallery=1_200,
        outcomes=outcomes,
        comparisons=comparisons,
        robustness=cells,
        advice=advice,
        recommended="sift",
    )
