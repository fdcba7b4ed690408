"""What a search finds by every two and every three methods, against the best of them alone.

Usage: python -m benchmarks.mixtures ORIGINALS CLASSES [--copied N] [--classed N] METHOD...

Copies of 12 pictures of the folder ORIGINALS, changed in every hard way, are looked for among these and the pictures of
CLASSES, a folder of class folders: recall@1. And 150 pictures of CLASSES are searched for among the others:
precision@10, by class.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.robustness.answering import Answered, MethodScorer, weigh_answers
from revsearch_tui.core.evaluation.robustness.gallery import Gallery, open_gallery, read
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.transformations import make_copy, parse_variants, shows_others
from revsearch_tui.core.labelled.open import picture_reader
from revsearch_tui.core.search.one_query import embed_query
from revsearch_tui.core.search.ranking import Query
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

SEED = 11
TOP = 10


@dataclass
class Asked:
    """One query of a gallery: where its original is (or itself), and what is not looked for."""

    picture: Picture
    place: int
    absent: frozenset[int] = frozenset()


@dataclass
class Found:
    """0 or 1, or a precision, of each query, by the methods that took part."""

    values: dict[tuple[int, ...], list[float]] = field(default_factory=lambda: defaultdict(list))

    def mean(self, methods: tuple[int, ...]) -> float:
        """Over all queries."""
        return float(np.mean(self.values[methods]))


def copies(workspace: Workspace, gallery: Gallery) -> Iterator[Asked]:
    """Every change of the sampled originals; others that a copy shows are not looked for."""
    reader = picture_reader(workspace)
    try:
        originals = list(read(reader, gallery, gallery.sampled))
    finally:
        reader.close()
    for variant in parse_variants(["hard"]):
        for place, picture in originals:
            others = [each for at, each in originals if at != place] if shows_others(variant) else []
            gone = frozenset(at for at, _ in originals if at != place) if others else frozenset[int]()
            yield Asked(make_copy(picture, gallery.image_ids[place], variant, SEED, others), place, gone)


def of_classes(workspace: Workspace, gallery: Gallery, folder: Path, count: int) -> Iterator[Asked]:
    """Pictures of the classes, each without itself."""
    places = [place for place, path in enumerate(gallery.paths) if path.is_relative_to(folder)]
    drawn = np.random.default_rng(SEED).permutation(places)[:count].tolist()
    reader = picture_reader(workspace)
    try:
        for place, picture in read(reader, gallery, drawn):
            yield Asked(picture, place, frozenset([place]))
    finally:
        reader.close()


def answers(scorers: Sequence[MethodScorer], asked: Asked) -> list[tuple[list[Query], Answered]]:
    """What each method says by itself."""
    queries = [embed_query(scorer.opened, [asked.picture], None) for scorer in scorers]
    return [
        ([query], scorer.answer([query], [asked.place], [asked.absent]))
        for scorer, query in zip(scorers, queries, strict=True)
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixtures")
    parser.add_argument("originals")
    parser.add_argument("classes")
    parser.add_argument("--copied", type=int, default=12)
    parser.add_argument("--classed", type=int, default=150)
    parser.add_argument("methods", nargs="+")
    asked_for = parser.parse_args(arguments)
    methods, classes = asked_for.methods, asked_for.classes
    workspace = Workspace()
    request = RobustnessRequest(
        data=[asked_for.originals], distractors=[classes], methods=methods, sample=asked_for.copied, seed=SEED
    )
    recall, precision = Found(), Found()
    with open_gallery(workspace, request, NullControl(), print) as gallery:
        scorers = [MethodScorer(opened, gallery.image_ids, 100) for opened in gallery.opened]
        subsets = [each for n in (1, 2, 3) for each in itertools.combinations(range(len(methods)), n)]
        labels = np.array([path.parent.name for path in gallery.paths])
        folder = Path(classes).resolve()
        for found, queries in (
            (recall, copies(workspace, gallery)),
            (precision, of_classes(workspace, gallery, folder, asked_for.classed)),
        ):
            for asked in queries:
                said = answers(scorers, asked)
                for subset in subsets:
                    answered = said[subset[0]][1]
                    if len(subset) > 1:
                        chosen, parts = [scorers[each] for each in subset], [said[each] for each in subset]
                        answered = weigh_answers(
                            chosen, [q for q, _ in parts], [a for _, a in parts], gallery.image_ids, [asked.place]
                        )
                    rows = answered.rows[0][answered.rows[0] >= 0]
                    if found is recall:
                        found.values[subset].append(float(len(rows) > 0 and rows[0] == asked.place))
                    else:
                        found.values[subset].append(float(np.mean(labels[rows[:TOP]] == labels[asked.place])))
    print("| methods | recall@1 of copies | best alone | precision@10 | best alone |\n|---|---|---|---|---|")
    for subset in subsets:
        best = [max(each.mean((one,)) for one in subset) for each in (recall, precision)]
        cells = [f"{100 * each.mean(subset):.1f}" for each in (recall, precision)]
        names = " + ".join(methods[each] for each in subset)
        print(f"| {names} | {cells[0]} | {100 * best[0]:.1f} | {cells[1]} | {100 * best[1]:.1f} |")
    print(f"\n{len(recall.values[0,])} copies, {len(precision.values[0,])} pictures of classes")


if __name__ == "__main__":
    main(sys.argv[1:])
