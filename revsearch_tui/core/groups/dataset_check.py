"""What makes figures of labelled pictures wrong: near-duplicates in several parts, copies under several labels, labels
that the pictures most alike do not share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.clusters import tells_kinds
from revsearch_tui.core.groups.duplicates import find_duplicates
from revsearch_tui.core.groups.finding import Finding, Labelled
from revsearch_tui.core.groups.group import describe
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from revsearch_tui.core.groups.suspicious import doubtful
from revsearch_tui.core.labelled.data import PARTS

if TYPE_CHECKING:
    from revsearch_tui.core.groups.sides import Side
    from revsearch_tui.core.labelled.data import LabelledData
    from revsearch_tui.core.workspace import Workspace

_LEFT_OUT = "left out"
_ORDER = (_LEFT_OUT, *PARTS)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in so many pictures; `by` is the method that doubted labels, empty where none could."""

    findings: list[Finding]
    pictures: int
    by: str


def check_dataset(
    workspace: Workspace,
    whole: LabelledData,
    split: LabelledData,
    methods: Methods,
    control: Control,
    note: Callable[[str], None],
) -> Check:
    """Index the files of the data in the cache, and look through them. `whole` is all of it, `split` what is trained
    and measured with: what that leaves out is in the part that the data itself puts it in. Raises as `open_sides`
    does."""
    parts = {(each.sample.path, each.sample.label): part for part in PARTS for each in split.hashed(part)}
    pictures: dict[bytes, list[Labelled]] = {}
    for entry in whole.hashed("test"):
        sample = entry.sample
        told = sample.split if sample.split in PARTS else _LEFT_OUT
        part = parts.get((sample.path, sample.label), told)
        pictures.setdefault(bytes.fromhex(entry.digest), []).append(Labelled(sample.path, part, sample.label))
    has_boxes = any(entry.sample.box is not None for entry in whole.hashed("test"))
    if has_boxes:
        note("pictures are compared whole, not by the boxes that the data gives")
    with open_sides(workspace, _folders(whole, pictures), None, methods, control, note) as (side, _):
        look_for = LookFor(keep_rules((), (), (), ()), hard_links=True, raw_pairs=True, parts=True, altered=True)
        findings = [] if has_boxes else [each for found in pictures.values() for each in _same_bytes(found)]
        findings += _copies(side, pictures, look_for, control, note)
        by, doubts = _doubts(side, pictures, control)
        findings += doubts
    return Check(findings, sum(map(len, pictures.values())), by)


def _folders(data: LabelledData, pictures: Mapping[bytes, list[Labelled]]) -> tuple[Path, ...]:
    root = Path(data.origin.root)
    paths = [picture.path.absolute() for found in pictures.values() for picture in found]
    if root.is_dir() and all(path.is_relative_to(root) for path in paths):
        return (root,)
    return tuple(sorted({path.parent for path in paths}))


def _copies(
    side: Side,
    pictures: Mapping[bytes, list[Labelled]],
    look_for: LookFor,
    control: Control,
    note: Callable[[str], None],
) -> Iterator[Finding]:
    for group in find_duplicates(side, look_for, control, note).groups:
        kept = pictures.get(group.keep.image_id, [])
        for member in group.others:
            if member.file.image_id != group.keep.image_id and kept:
                yield from _against(kept[0], pictures.get(member.file.image_id, []), describe(member.evidence))


def _same_bytes(found: list[Labelled]) -> Iterator[Finding]:
    """Of a file and its copies; in data with boxes one file may well have several labels."""
    return _against(found[0], found[1:], "the same bytes")


def _against(one: Labelled, others: list[Labelled], why: str) -> Iterator[Finding]:
    """Of two in different parts the one that is trained or chosen on comes first: it is the one to leave out."""
    for other in others:
        first, second = sorted((one, other), key=lambda picture: _ORDER.index(picture.part))
        if one.part != other.part and _LEFT_OUT not in (one.part, other.part):
            yield Finding("leak", first, why, second)
        if one.label != other.label:
            yield Finding("two labels", first, why, second)


def _doubts(side: Side, pictures: Mapping[bytes, list[Labelled]], control: Control) -> tuple[str, list[Finding]]:
    """By the embedding that tells kinds of things; nothing where there is none."""
    choice = tells_kinds([opened.choice for opened in side.opened.values()])
    if choice is None:
        return "", []
    label = choice.label
    rows, has = side.rows(label)
    numbers = [n for n, image_id in enumerate(side.image_ids) if has[n] and image_id in pictures]
    asked = [pictures[side.image_ids[number]][0] for number in numbers]
    return label, doubtful(label, rows[np.array(numbers, np.int64)], asked, control)
