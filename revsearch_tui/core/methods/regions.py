"""Show a method the part of each picture that matters, as a region provider sees it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from revsearch_tui.api import Box, MethodUnavailableError, RegionInfo
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.plugins.registry import Registry

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from revsearch_tui.api.types import Picture

Propose: TypeAlias = "Callable[[Picture], list[Box]]"
Crop: TypeAlias = "Callable[[Picture], Picture]"


def region_cropper(registry: Registry, name: str) -> Crop:
    """A function from a picture to its part within the best box of the named provider, or to all of it.

    Raises `MethodUnavailableError` where there is no such provider; the function does where that fails on a picture.
    """
    return make_cropper(registry.region(name))


def make_cropper(info: RegionInfo) -> Crop:
    """The same for a provider that is known already. Raises `MethodUnavailableError` where it cannot be imported."""
    propose = make_proposer(info)

    def crop(picture: Picture) -> Picture:
        boxes = propose(picture)
        return cut(picture, boxes[0]) if boxes else picture

    return crop


def make_proposer(info: RegionInfo) -> Propose:
    """A function from a picture to the boxes that a provider proposes, best first; none stands for all of it.

    Raises `MethodUnavailableError` where it cannot be imported; the function does where it fails on a picture.
    """
    who = f"the region provider '{info.name}'"
    with contained(who):
        ask: Propose = load_factory(info.factory)()

    def propose(picture: Picture) -> list[Box]:
        with contained(who):
            boxes = list(ask(picture))
            if not all(isinstance(box, Box) for box in boxes):
                raise TypeError("it proposed what is no box")
            return boxes

    return propose


class Proposal(NamedTuple):
    """A box, and the provider it is from."""

    provider: str
    box: Box


def proposals(infos: Sequence[RegionInfo], picture: Picture) -> tuple[list[Proposal], list[str]]:
    """The boxes that providers propose of a picture, the best of each first and none twice; and why some failed."""
    by_provider: list[list[Proposal]] = []
    problems = []
    for info in infos:
        try:
            by_provider.append([Proposal(info.name, box) for box in make_proposer(info)(picture)])
        except MethodUnavailableError as error:
            problems.append(str(error))
    found: dict[Box, Proposal] = {}
    for rank in zip_longest(*by_provider):
        for proposal in rank:
            if proposal is not None:
                found.setdefault(proposal.box, proposal)
    return list(found.values()), problems


def cut(picture: Picture, box: Box) -> Picture:
    """The part of a picture (H, W, 3) within a box, at least one pixel wide and high, as an array of its own."""
    from revsearch_tui.core.images.decoded_picture import frozen

    height, width = picture.shape[:2]
    left, top = min(round(box.left * width), width - 1), min(round(box.top * height), height - 1)
    right, bottom = max(left + 1, round(box.right * width)), max(top + 1, round(box.bottom * height))
    return frozen(picture[top:bottom, left:right])


class Regions:
    """Cuts out regions of batches, several pictures at once, and remembers the last batch of each provider.

    Methods that ask for the same region of the same picture get the same array, by which they can tell that they have
    seen it already. For one thread at a time.
    """

    def __init__(self) -> None:
        self._croppers: dict[str, Crop] = {}
        self._last: dict[str, dict[int, tuple[Picture, Picture]]] = {}
        self._threads: ThreadPoolExecutor | None = None

    def of(self, pictures: Sequence[Picture], info: RegionInfo | None) -> Sequence[Picture]:
        """The pictures' parts; the pictures themselves where no provider is given. Raises as a cropper does."""
        if info is None:
            return pictures
        if info.name not in self._croppers:
            self._croppers[info.name] = make_cropper(info)
        known = self._last.get(info.name, {})
        new = [picture for picture in pictures if id(picture) not in known]
        found = dict(zip(map(id, new), self._cut(self._croppers[info.name], new), strict=True))
        # The pictures are kept with their parts, so that no other can come to have the id of one of them.
        self._last[info.name] = {
            id(picture): known.get(id(picture)) or (picture, found[id(picture)]) for picture in pictures
        }
        return [self._last[info.name][id(picture)][1] for picture in pictures]

    def close(self) -> None:
        """End the threads and forget the pictures."""
        self._last.clear()
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _cut(self, crop: Crop, pictures: Sequence[Picture]) -> list[Picture]:
        if len(pictures) < 2:
            return [crop(picture) for picture in pictures]
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="region")
        return list(self._threads.map(crop, pictures))
