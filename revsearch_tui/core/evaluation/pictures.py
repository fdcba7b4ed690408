"""The pictures of an evaluation: which are queries, what each is searched in, and what was left out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, Sample, UsageError
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.labelled.data import PARTS, LabelledData
from revsearch_tui.core.labelled.hashing import Hashed
from revsearch_tui.core.labelled.open import open_labelled, open_whole

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Item:
    """One picture, or one box of it. `image_id` is the sha-256 of the file, `key` (32 bytes) that with the box."""

    key: bytes
    image_id: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class Pictures:
    """Queries and gallery, both without repeated pictures; the gallery is in the order of image ids, by which ties are
    broken. `source` reads them, `described` tells which they are, `notes` what else there is to say. `parts` are those
    that data which is divided puts them in, by key."""

    source: LabelledData
    queries: Sequence[Item]
    gallery: Sequence[Item]
    described: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    parts: Mapping[bytes, str] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """Every label of queries and gallery, in alphabetical order."""
        return sorted({item.sample.label for item in (*self.queries, *self.gallery)})

    def items(self) -> list[Item]:
        """Every picture once."""
        return list({item.key: item for item in (*self.gallery, *self.queries)}.values())

    def without(self, keys: Collection[bytes]) -> Pictures:
        """The same but for these pictures."""
        return replace(
            self,
            queries=[item for item in self.queries if item.key not in keys],
            gallery=[item for item in self.gallery if item.key not in keys],
        )

    def same_bytes(self) -> list[list[int]]:
        """For each query the positions in the gallery of the very same file."""
        places: dict[str, list[int]] = defaultdict(list)
        for position, item in enumerate(self.gallery):
            places[item.image_id].append(position)
        return [places.get(item.image_id, []) for item in self.queries]


@contextmanager
def open_pictures(workspace: Workspace, request: EvalRequest, control: Control) -> Iterator[Pictures]:
    """What the request asks for. Raises as `open_labelled` does, and `UsageError` where nothing is left to ask."""
    with ExitStack() as stack:
        described: dict[str, Any] = {"parts": request.parts, "seed": request.seed}
        if request.gallery:
            options = request.gallery_options or request.data_options
            source = stack.enter_context(
                open_whole(workspace, request.data, options=request.data_options, control=control)
            )
            other = stack.enter_context(open_whole(workspace, request.gallery, options=options, control=control))
            asked, searched = source.hashed("test"), other.hashed("test")
            described |= {"parts": "pairs", "gallery_data": other.describe()}
        elif request.parts == "split":
            source = stack.enter_context(
                open_labelled(workspace, request.data, options=request.data_options, seed=request.seed, control=control)
            )
            asked = source.hashed("test")
            searched = [entry for part in PARTS for entry in source.hashed(part)]
        else:
            source = stack.enter_context(
                open_whole(workspace, request.data, options=request.data_options, control=control)
            )
            asked = searched = source.hashed("test")
        described |= source.describe()
        notes: list[str] = []
        chosen = _drawn(_items(asked, notes, "query"), request.queries, request.seed)
        keys = {item.key for item in chosen}
        rest = _items(searched, notes, "gallery")
        if request.parts == "split" and not request.gallery:
            rest = [item for item in rest if item.key not in keys]
        if not chosen or not rest:
            raise UsageError(f"{request.data} leaves no {'gallery' if chosen else 'queries'}: it has too few pictures")
        parts = {_item(entry).key: part for part in PARTS for entry in source.hashed(part)}
        is_divided = request.parts == "split" and not request.gallery
        yield Pictures(source, chosen, rest, described, list(dict.fromkeys(notes)), parts if is_divided else {})


def default_name(request: EvalRequest) -> str:
    """What a record is called where the user gave it no name: the data's own name, without folders called train."""
    path = Path(request.data.partition(":")[2] or request.data)
    parts = [part for part in path.absolute().with_suffix("").parts if part not in ("train", "test", "/")]
    return parts[-1] if parts else "evaluation"


def _items(entries: Iterable[Hashed], notes: list[str], what: str) -> list[Item]:
    """In the order of image id and box, each picture once; of several labels the first counts."""
    found: dict[bytes, Item] = {}
    clashes = 0
    for item in sorted(map(_item, entries), key=lambda item: (item.image_id, item.key, item.sample.label)):
        clashes += found.setdefault(item.key, item).sample.label != item.sample.label
    if clashes:
        notes.append(f"{clashes:,} pictures of the {what} have several labels; the first in the alphabet counts")
    return list(found.values())


def _item(entry: Hashed) -> Item:
    key = bytes.fromhex(entry.digest)
    box = entry.sample.box
    if box is not None:
        place = f"{box.left:.6f},{box.top:.6f},{box.right:.6f},{box.bottom:.6f}"
        key = hashlib.sha256(key + place.encode()).digest()
    return Item(key, entry.digest, entry.sample)


def _drawn(items: Sequence[Item], number: int, seed: int) -> list[Item]:
    """So many of them, chosen by a hash of seed and picture, in the order of labels; all where the number is 0."""
    chosen = sorted(items, key=lambda item: hashlib.sha256(f"{seed}:".encode() + item.key).digest())
    kept = chosen[:number] if number else chosen
    return sorted(kept, key=lambda item: (item.sample.label, item.image_id, item.key))
