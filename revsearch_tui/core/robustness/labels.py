"""What methods and fusions are called in a run."""

from __future__ import annotations

from collections.abc import Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.core.suggest import instead

ANY = "@any"
"""Ends the label of a method that tries the query in all eight orientations."""


VERIFIED = "@verified"
"""Ends the label of a fusion that puts pictures which passed geometric verification before all others."""


def method_label(label: str, any_orientation: bool) -> str:
    """`phash`, or `phash@any`."""
    return label + ANY if any_orientation else label


def fusion_label(parts: Sequence[str], any_orientation: bool, verified_first: bool) -> str:
    """`sift+onnx:mobilenet`, `sift+onnx:mobilenet@verified@any`."""
    return method_label("+".join(parts) + (VERIFIED if verified_first else ""), any_orientation)


def parse_fusions(texts: Sequence[str], labels: Sequence[str]) -> list[tuple[int, ...]]:
    """Which of the methods each text fuses, as positions in `labels`: names separated by commas, or `all`.

    `all` of a single method is none. Raises `UsageError`.
    """
    fusions: list[tuple[int, ...]] = []
    for text in texts:
        if text == "all":
            fusions += [tuple(range(len(labels)))] if len(labels) > 1 else []
            continue
        names = [name.strip() for name in text.split(",")]
        for name in names:
            if name not in labels:
                raise UsageError(f"the fusion '{text}' names '{name}', which is not measured; {instead(name, labels)}")
        if len(set(names)) < 2:
            raise UsageError(f"a fusion takes two methods or more, as in: phash,sift; not '{text}'")
        fusions.append(tuple(dict.fromkeys(labels.index(name) for name in names)))
    return list(dict.fromkeys(fusions))
