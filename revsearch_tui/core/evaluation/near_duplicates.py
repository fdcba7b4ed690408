"""What makes the figures of an evaluation wrong, by what it embeds anyway: near-duplicates of queries in the gallery,
copies under another label, labels to doubt.

A near-duplicate is what `dupes` and `datasets check` surely take for a copy, by a hash alone; labels are doubted as
there, by the first of the methods that tells kinds of things.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, MethodUnavailableError
from revsearch_tui.core.evaluation.embedder import Embedder, open_embedders
from revsearch_tui.core.groups.clusters import tells_kinds
from revsearch_tui.core.groups.finding import KINDS, Finding, Labelled, by_kind
from revsearch_tui.core.groups.near_hashes import near_hashes
from revsearch_tui.core.groups.nearness import nearness
from revsearch_tui.core.groups.suspicious import doubtful
from revsearch_tui.core.methods.sets import QUICK, SETS

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.evaluation.pictures import Item, Pictures
    from revsearch_tui.core.workspace import Workspace

MOST_DOUBTED = 20_000
"""Pictures whose labels are looked at: all are compared with all, 10 s for so many embeddings of 1,280 numbers."""
MOST_KEPT = 50
"""Findings of a kind that a record keeps; it counts all."""
_WORD_BITS = 64


@contextlib.contextmanager
def open_hashes(
    workspace: Workspace, embedders: Sequence[Embedder], root: Path, notes: list[str], *, keep: bool, control: Control
) -> Iterator[Embedder | None]:
    """The method that near-duplicates are told by, one of the embedders where it is among them; None where it does not
    work, which is noted. Raises `StorageError`."""
    try:
        (choice,) = workspace.choose(SETS[QUICK])
    except MethodUnavailableError as error:
        notes.append(f"near-duplicates were not looked for: {error}")
        yield None
        return
    same = next((each for each in embedders if each.choice.key == choice.key), None)
    if same is not None:
        yield same
        return
    with open_embedders([choice], root, keep=keep, control=control) as (opened,):
        yield opened


def near_duplicates(
    hashes: Embedder,
    queries: Sequence[Item],
    gallery: Sequence[Item],
    exclude: Sequence[Sequence[int]],
    control: Control,
) -> list[dict[int, int]]:
    """For each query the positions in the gallery of its near-duplicates, with the bits in which they differ, without
    those excluded."""
    near = nearness(hashes.choice.info, hashes.cache.dim)
    assert near is not None
    (asked, some), (held, others) = (_rows(hashes, part) for part in (queries, gallery))
    pairs = near_hashes(some, hashes.cache.dim, int(near.sure), others=others, control=control)
    found: list[dict[int, int]] = [{} for _ in queries]
    columns = asked[pairs.first].tolist(), held[pairs.second].tolist(), pairs.distance.tolist()
    for query, place, bits in sorted(zip(*columns, strict=True)):
        if place not in exclude[query]:
            found[query][place] = int(bits)
    return found


def _rows(hashes: Embedder, items: Sequence[Item]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Positions of the items that are told apart by anything, and their bits in words."""
    known = np.array([place for place, item in enumerate(items) if item.key in hashes.cache], np.int64)
    bits: Any = hashes.cache.rows([items[place].key for place in known])
    tells = bits.any(axis=1)
    bits = np.pad(bits[tells], ((0, 0), (0, -bits.shape[1] % _WORD_BITS)))
    return known[tells], np.ascontiguousarray(np.packbits(bits, axis=1)).view(np.uint64)


def find_wrong(
    pictures: Pictures, near: Sequence[Mapping[int, int]], hashes: str, embedders: Sequence[Embedder], control: Control
) -> tuple[list[Finding], str]:
    """Everything that was found, and the label of the method that doubted labels, empty where none could; of more than
    `MOST_DOUBTED` pictures none are doubted, which is noted. `hashes` is the label of the hash."""
    findings = list(_pairs(pictures, near, hashes))
    choice = tells_kinds([each.choice for each in embedders])
    if choice is None:
        return findings, ""
    items = pictures.items()
    if len(items) > MOST_DOUBTED:
        pictures.notes.append(
            f"no label was doubted, for there are more than {MOST_DOUBTED:,} pictures; "
            "revsearch datasets check looks at all of them"
        )
        return findings, ""
    (embedder,) = (each for each in embedders if each.choice is choice)
    labelled = [_labelled(pictures, item, "") for item in items]
    findings += doubtful(choice.label, embedder.cache.rows([item.key for item in items]), labelled, control)
    return findings, choice.label


def _pairs(pictures: Pictures, near: Sequence[Mapping[int, int]], hashes: str) -> Iterator[Finding]:
    """Each pair once; the one in the gallery first, for it is the one to leave out."""
    told: set[frozenset[bytes]] = set()
    ours, theirs = ("queries", "gallery") if pictures.described["parts"] == "pairs" else ("", "")
    for query, places in zip(pictures.queries, near, strict=True):
        for place, bits in places.items():
            other = pictures.gallery[place]
            pair = frozenset((query.key, other.key))
            if pair in told:
                continue
            told.add(pair)
            first, second = _labelled(pictures, other, theirs), _labelled(pictures, query, ours)
            why = f"{hashes}: {bits} bits"
            yield Finding("leak", first, why, second)
            if first.label != second.label:
                yield Finding("two labels", first, why, second)


def _labelled(pictures: Pictures, item: Item, part: str) -> Labelled:
    return Labelled(item.sample.path, pictures.parts.get(item.key, part), item.sample.label)


def tell_findings(pictures: Pictures, findings: list[Finding], by: str) -> list[Finding]:
    """Count them in what is known of the pictures, note the doubts, and keep the first of each kind."""
    counts = by_kind(findings)
    pictures.described["checked"] = {**counts, "labels_by": by}
    doubts = [each for each in findings if each.kind == "doubtful label"]
    if doubts:
        first = doubts[0]
        pictures.notes.append(
            f"labels to doubt: {len(doubts):,}, such as '{first.picture.label}' of {first.picture.path}: {first.why}"
        )
    return [each for kind in KINDS for each in [one for one in findings if one.kind == kind][:MOST_KEPT]]
