"""What is kept in memory up to so many bytes: what was not wanted for longest goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """For one thread at a time. `size` tells the bytes of a value; the newest value stays, however large."""

    def __init__(self, most_bytes: int, size: Callable[[V], int]) -> None:
        self._most_bytes, self._size = most_bytes, size
        self._values: OrderedDict[K, V] = OrderedDict()
        self.taken = 0
        """Bytes of all that is kept."""

    def get(self, key: K) -> V | None:
        """The value, which is wanted now; None where it is not kept."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, in the place of the one before."""
        if key in self._values:
            self.taken -= self._size(self._values.pop(key))
        self._values[key] = value
        self.taken += self._size(value)
        while self.taken > self._most_bytes and len(self._values) > 1:
            _, gone = self._values.popitem(last=False)
            self.taken -= self._size(gone)
