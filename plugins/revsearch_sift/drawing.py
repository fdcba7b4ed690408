"""An even draw from pictures that come one after the other, however many there will be."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from revsearch_sift.roots import Bytes

T = TypeVar("T")

_BATCH = 32


class Drawn(Generic[T]):
    """At most `most` of the pictures offered, each as likely (Vitter, Random sampling with a reservoir, 1985).

    Of the pictures only what `work` makes of a batch of them is kept. The same pictures in the same order give the
    same draw.
    """

    def __init__(self, most: int, work: Callable[[Sequence[Bytes]], Sequence[T]]) -> None:
        self._most, self._work = most, work
        self._seen = 0
        self._kept: dict[int, T] = {}
        self._waiting: dict[int, Bytes] = {}
        self._chance = random.Random(0)

    def offer(self, picture: Bytes) -> None:
        """Take the picture, or let it pass."""
        slot = self._seen if self._seen < self._most else self._chance.randrange(self._seen + 1)
        self._seen += 1
        if slot < self._most:
            self._waiting[slot] = picture
        if len(self._waiting) >= _BATCH:
            self._flush()

    def all(self) -> list[T]:
        """What was made of those drawn, in the order of their slots."""
        self._flush()
        return [self._kept[slot] for slot in sorted(self._kept)]

    def _flush(self) -> None:
        self._kept.update(zip(self._waiting, self._work(list(self._waiting.values())), strict=True))
        self._waiting.clear()
