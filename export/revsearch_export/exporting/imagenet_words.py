"""Which of ImageNet's 1,000 classes English words mean: the table that lets pictures be found by words.

A word that WordNet has for a class, or for what is above classes ("dog" is above 118 breeds), means these classes. Any
other common noun means those whose definitions are most like its own, by the words in them, and those that are soon
below something above it: "beach" is described much as sandbar, lakeside and seashore are. An adjective is taken for the
noun it comes from.

    python -m revsearch_export.exporting.imagenet_words --wordnet /usr/share/wordnet --synsets FILE --out words.npz

FILE lists the ids of the classes' synsets in the order of the classes: `timm/data/_info/imagenet_synsets.txt` of the
wheel timm 1.0.31.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from revsearch_export.exporting.imagenet import imagenet_classes
from revsearch_export.exporting.wordnet import Synset, WordNet, read_wordnet
from revsearch_tui.api import ModelError, RevsearchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

_MOST_CLASSES = 500
"""A word above more classes than that (thing, artefact) tells nothing."""
_SURE, _NEAR = 255, 77
"""How much a word counts in a text: one that is the name of classes, or of what is above them, and another."""
_LEAST_NEAR = 0.25
"""Likeness of definitions below which a word means no class at all."""
_TEMPERATURE, _FLOOR = 0.05, 0.1
_STEPS, _MOST_BELOW, _FIRST_STEP, _LATER_STEPS = 3, 40, 0.3, 0.7
"""How far above a word classes are looked for, below what is above at most so many, and what that is worth."""
_NO_CUES = frozenset(
    re.findall(
        r"\w+",
        "the and for with that are from its used which having etc any one more usually especially who some "
        "than other into not has have this his her their such very being when between small large ",
    )
)
_PEOPLE = {"people": "person"}
"""A plural that WordNet has for a word of its own only."""
_ENDINGS = (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ses", "s"), ("s", ""))


@dataclass(frozen=True, slots=True)
class Row:
    """The classes that a word means with weights of 1..255, and how much the word counts."""

    classes: tuple[int, ...]
    weights: tuple[int, ...]
    strength: int


class Meanings:
    """From words to classes."""

    def __init__(self, net: WordNet, synsets: Sequence[str]) -> None:
        self._net = net
        self.below: dict[str, set[int]] = defaultdict(set)
        for number, synset in enumerate(synsets):
            above = [synset]
            while above:
                each = above.pop()
                if number not in self.below[each]:
                    self.below[each].add(number)
                    above += net.nouns[each].above
        cues = [self._cues(net.nouns[synset]) for synset in synsets]
        seen = Counter(cue for each in cues for cue in each)
        self._places = {cue: place for place, cue in enumerate(sorted(seen))}
        self._rarity = np.array([math.log(len(synsets) / seen[cue]) for cue in self._places], np.float32)
        matrix = np.stack([self._vector(each) for each in cues])
        self._matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

    def rows(self) -> dict[str, Row]:
        """Every word, in lower case, that means some class."""
        net, found = self._net, {}
        for word, meanings in net.noun_meanings.items():
            row = self._sure(meanings)
            if row is None and " " not in word and word in net.common:
                row = self._near(word, meanings[0])
            if row is not None:
                found[word] = row
        for word, meanings in net.adjective_meanings.items():
            nouns = tuple(noun for each in meanings[:1] for noun in net.adjectives[each].comes_from)
            if word not in found and nouns and " " not in word and word in net.common:
                row = self._sure(nouns) or self._near(word, nouns[0])
                if row is not None:
                    found[word] = Row(row.classes, row.weights, _NEAR)
        for plural, single in {**net.plurals, **_PEOPLE}.items():
            if single in found and (plural not in found or plural in _PEOPLE):
                found[plural] = found[single]
        return found

    def _sure(self, meanings: Sequence[str]) -> Row | None:
        """The classes below its meanings; less common meanings count less."""
        weights: dict[int, float] = defaultdict(float)
        for place, meaning in enumerate(meanings):
            if len(self.below.get(meaning, ())) <= _MOST_CLASSES:
                for number in self.below.get(meaning, ()):
                    weights[number] += 1 / (1 + place)
        return _row(weights, _SURE) if weights else None

    def _near(self, word: str, meaning: str) -> Row | None:
        """The classes that are described as its most common meaning is."""
        vector = np.float32(0.5) * self._vector(self._cues(self._net.nouns[meaning]))
        if word in self._places:
            vector[self._places[word]] += 2 * self._rarity[self._places[word]]
        alike = self._matrix @ (vector / max(1e-9, float(np.linalg.norm(vector))))
        reached, above = 0.0, {meaning}
        for _ in range(_STEPS):
            above = {each for below in above for each in self._net.nouns[below].above}
            reached = reached * _LATER_STEPS or _FIRST_STEP
            near = [each for each in above if 0 < len(self.below.get(each, ())) <= _MOST_BELOW]
            for number in {number for each in near for number in self.below[each]}:
                alike[number] += reached
            if near:
                break
        if alike.max() < _LEAST_NEAR:
            return None
        weights = np.exp((alike - alike.max()) / _TEMPERATURE)
        return _row({int(number): float(weights[number]) for number in np.flatnonzero(weights > _FLOOR)}, _NEAR)

    def _cues(self, synset: Synset) -> dict[str, float]:
        """Words that describe it, and how much: those of its definition, the last of its names and of those above."""
        above = [name for each in synset.above for name in self._net.nouns[each].words[:2]]
        cues: dict[str, float] = defaultdict(float)
        for stem in self._stems(synset.gloss):
            cues[stem] += 1
        for names, count in ((synset.words, 1.0), (above, 0.5)):
            for name in names:
                for stem in self._stems(name)[-1:]:
                    cues[stem] += count
        return cues

    def _stems(self, text: str) -> list[str]:
        words = [word for word in re.findall("[a-z]+", text.lower()) if len(word) > 2 and word not in _NO_CUES]
        return [self._stem(word) for word in words]

    def _stem(self, word: str) -> str:
        if word in self._net.plurals:
            return self._net.plurals[word]
        for ending, single in _ENDINGS:
            stem = word[: len(word) - len(ending)] + single
            if word.endswith(ending) and len(word) > 3 and stem in self._net.noun_meanings:
                return stem
        return word

    def _vector(self, cues: Mapping[str, float]) -> npt.NDArray[np.float32]:
        vector = np.zeros(len(self._places), np.float32)
        for cue, count in cues.items():
            if cue in self._places:
                vector[self._places[cue]] = math.sqrt(count) * self._rarity[self._places[cue]]
        return vector


def _row(weights: Mapping[int, float], strength: int) -> Row:
    most = max(weights.values())
    order = sorted(weights, key=lambda number: (-weights[number], number))
    return Row(tuple(order), tuple(max(1, round(255 * weights[number] / most)) for number in order), strength)


def write_table(rows: Mapping[str, Row], file: Path) -> None:
    """The table as `revsearch_efficientnet.words` reads it."""
    words = sorted(rows)
    lengths = [len(rows[word].classes) for word in words]
    np.savez_compressed(
        file,
        words=_text(words),
        names=_text(imagenet_classes()),
        starts=np.cumsum([0, *lengths]).astype(np.uint32),
        classes=np.concatenate([np.array(rows[word].classes, np.uint16) for word in words]),
        weights=np.concatenate([np.array(rows[word].weights, np.uint8) for word in words]),
        strengths=np.array([rows[word].strength for word in words], np.uint8),
    )


def _text(lines: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def read_synsets(file: Path, net: WordNet) -> list[str]:
    """The ids of the classes' synsets. Raises `ModelError` where they are not those of the classes."""
    try:
        synsets = file.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise ModelError(f"'{file}' cannot be read: {error}") from error
    classes = imagenet_classes()
    known = [name for name, synset in zip(classes, synsets, strict=False) if synset in net.nouns]
    if len(synsets) != len(classes) or len(known) != len(classes):
        raise ModelError(f"'{file}' does not list the synsets of ImageNet's 1,000 classes")
    return synsets


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(prog="python -m revsearch_export.exporting.imagenet_words")
    parser.add_argument("--wordnet", required=True, type=Path, help="folder of WordNet 3.0's files")
    parser.add_argument("--synsets", required=True, type=Path, help="ids of the classes' synsets, one a line")
    parser.add_argument("--out", required=True, type=Path, help="the .npz file to write")
    given = parser.parse_args(arguments)
    try:
        net = read_wordnet(given.wordnet)
        rows = Meanings(net, read_synsets(given.synsets, net)).rows()
        write_table(rows, given.out)
    except (RevsearchError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code if isinstance(error, RevsearchError) else 2
    sure = sum(row.strength == _SURE for row in rows.values())
    sys.stdout.write(f"{len(rows):,} words, {sure:,} of them names; {given.out.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
