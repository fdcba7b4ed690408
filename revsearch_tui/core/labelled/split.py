"""Which labelled pictures are trained on, which choices are made on, and which are kept for the end.

A split depends on the seed and on the files' bytes alone: not on their names, order or place.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, TypeAlias

PartName: TypeAlias = Literal["train", "validation", "test", ""]
"""The empty name is for pictures that are left out."""


def split_parts(
    labels: Sequence[str],
    contents: Sequence[str],
    *,
    seed: int,
    test: float = 0.10,
    validation: float = 0.05,
    told: Sequence[str] = (),
) -> list[PartName]:
    """The part of every sample. `contents` are sha-256 of the files' bytes, in hex.

    Of every class the share `test` is kept for the end, rounded, and of the rest the share `validation`. Where `told`
    names parts that come with the data, those called `test` are the test part and nothing else is, and likewise those
    called `validation`. Equal contents go into one part: within a class they count as one picture, and one that is in
    a part under another label too is left out of the parts that are trained or chosen on.
    """
    has_test, has_validation = "test" in told, "validation" in told
    classes: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    parts: list[PartName] = [""] * len(labels)
    for index, (label, content) in enumerate(zip(labels, contents, strict=True)):
        if has_test and told[index] == "test":
            parts[index] = "test"
        elif has_validation and told[index] == "validation":
            parts[index] = "validation"
        else:
            classes[label][content].append(index)
    for label in sorted(classes):
        groups = classes[label]
        ordered = sorted(groups, key=lambda content: hashlib.sha256(f"{seed}:{content}".encode()).digest())
        kept = 0 if has_test else round(len(ordered) * test)
        chosen = 0 if has_validation else round((len(ordered) - kept) * validation)
        for rank, content in enumerate(ordered):
            part: PartName = "test" if rank < kept else "validation" if rank < kept + chosen else "train"
            for index in groups[content]:
                parts[index] = part
    return _without_straddlers(parts, contents)


def _without_straddlers(parts: list[PartName], contents: Sequence[str]) -> list[PartName]:
    """Leave pictures out of training that are in the test part as well, and so on down."""
    tested = {content for part, content in zip(parts, contents, strict=True) if part == "test"}
    chosen_on = {content for part, content in zip(parts, contents, strict=True) if part == "validation"}
    cleaned: list[PartName] = []
    for part, content in zip(parts, contents, strict=True):
        straddles = (part != "test" and content in tested) or (part == "train" and content in chosen_on)
        cleaned.append("" if straddles else part)
    return cleaned
