"""From words to classes: the table that `revsearch_export.exporting.imagenet_words` makes of WordNet, and, for a model
of other classes, their names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import FloatArray

_LONGEST_NAME = 5
"""Words of one name, as "black and gold garden spider"."""
_MOST_WORDS = 200
_WORD = re.compile(r"[^\W_]+")
_LITTLE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of at in on by to for with and or from is are be as it its this that these "
        "photo photos photograph photographs picture pictures image images",
    )
)
_ENDINGS = (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ses", "s"), ("s", ""))


class _Table(NamedTuple):
    """The row of `words[w]` is `classes[starts[p]:starts[p+1]]` with `weights`, p being its place; it counts
    `strengths[p]` in a text."""

    words: dict[str, int]
    names: tuple[str, ...]
    starts: npt.NDArray[np.uint32]
    classes: npt.NDArray[np.uint16]
    weights: npt.NDArray[np.uint8]
    strengths: npt.NDArray[np.uint8]


class ClassWords:
    """What texts mean among these classes."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = tuple(classes)
        table = _table()
        self._table = table if table.names == self._classes else _of_names(self._classes)

    def weights(self, text: str) -> FloatArray:
        """(classes,) float32 that sum to 1: how much the text means each; zeros where it means none.

        The longest names are taken first. Words that are no name count less than those that are; what is not known
        counts nothing.
        """
        table, total = self._table, np.zeros(len(self._classes), np.float32)
        words = _WORD.findall(text.lower())[:_MOST_WORDS]
        at = 0
        while at < len(words):
            place, length = self._longest(words[at : at + _LONGEST_NAME])
            if place is not None:
                row = slice(int(table.starts[place]), int(table.starts[place + 1]))
                weights = table.weights[row].astype(np.float32)
                total[table.classes[row]] += weights / weights.sum() * np.float32(table.strengths[place])
            at += length
        whole = float(total.sum())
        return total / np.float32(whole) if whole else total

    def _longest(self, words: Sequence[str]) -> tuple[int | None, int]:
        """The place of the longest name that these words begin with, and how many they are."""
        for length in range(len(words), 0, -1):
            if length == 1 and words[0] in _LITTLE_WORDS:
                break
            for name in _singles(" ".join(words[:length])):
                if name in self._table.words:
                    return self._table.words[name], length
        return None, 1


def _singles(name: str) -> list[str]:
    """The name, and what it may be the plural of."""
    stems = [name[: len(name) - len(ending)] + single for ending, single in _ENDINGS if name.endswith(ending)]
    return [name, *(stem for stem in stems if len(stem) > 2)]


@functools.cache
def _table() -> _Table:
    try:
        with resources.files("revsearch_efficientnet").joinpath("words.npz").open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            words, names = (bytes(stored[key]).decode().split("\n") for key in ("words", "names"))
            arrays = [stored[key] for key in ("starts", "classes", "weights", "strengths")]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the table of words of 'efficientnet' is damaged ({error}): install revsearch-tui again"
        ) from error
    return _Table({_plain(word): place for place, word in enumerate(words)}, tuple(names), *arrays)


def _of_names(names: Sequence[str]) -> _Table:
    """A table in which every name, and every word of one, means the classes of that name."""
    found: dict[str, set[int]] = {}
    for number, name in enumerate(names):
        for word in (_plain(name), *_plain(name).split()):
            if word not in _LITTLE_WORDS:
                found.setdefault(word, set()).add(number)
    lengths = [len(each) for each in found.values()]
    classes = [number for each in found.values() for number in sorted(each)]
    return _Table(
        {word: place for place, word in enumerate(found)},
        tuple(names),
        np.cumsum([0, *lengths]).astype(np.uint32),
        np.array(classes, np.uint16),
        np.full(len(classes), 255, np.uint8),
        np.full(len(found), 255, np.uint8),
    )


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(name.lower()))
