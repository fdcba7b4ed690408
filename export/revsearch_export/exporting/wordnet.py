"""WordNet 3.0's files, read: nouns with what is above them, and what words mean (wndb(5WN))."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import ModelError

_ABOVE = ("@", "@i")
_NOUN_OF = ("+", "\\")
"""Pointers from an adjective to the noun it comes from: snowy, snow."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its `words`, its definition without examples, the nouns directly `above` it and, of an adjective,
    those it comes `from`."""

    words: tuple[str, ...]
    gloss: str
    above: tuple[str, ...]
    comes_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordNet:
    """Nouns by id (`n` and 8 digits), adjectives likewise (`a`...), what each noun and adjective may mean, the most
    common meaning first, which words occur in tagged texts, and irregular plurals with what they are plurals of."""

    nouns: dict[str, Synset]
    adjectives: dict[str, Synset]
    noun_meanings: dict[str, tuple[str, ...]]
    adjective_meanings: dict[str, tuple[str, ...]]
    common: frozenset[str]
    plurals: dict[str, str]


def read_wordnet(folder: Path) -> WordNet:
    """The files in `folder`, as Debian's package wordnet-base has them in /usr/share/wordnet. Raises `ModelError`."""
    try:
        nouns, adjectives = _synsets(folder / "data.noun", "n"), _synsets(folder / "data.adj", "a")
        noun_meanings, common = _meanings(folder / "index.noun", "n")
        adjective_meanings, common_adjectives = _meanings(folder / "index.adj", "a")
        pairs = [line.split()[:2] for line in (folder / "noun.exc").read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(f"'{folder}' does not hold the files of WordNet 3.0: {error}") from error
    plurals = {plural.replace("_", " "): single.replace("_", " ") for plural, single in pairs}
    return WordNet(nouns, adjectives, noun_meanings, adjective_meanings, common | common_adjectives, plurals)


def _synsets(file: Path, kind: str) -> dict[str, Synset]:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):  # the licence
            continue
        data, _, gloss = line.partition(" | ")
        fields = data.split()
        count = int(fields[3], 16)
        words = tuple(fields[4 + 2 * at].replace("_", " ").partition("(")[0] for at in range(count))
        at = 4 + 2 * count
        pointers = [fields[at + 1 + 4 * each : at + 5 + 4 * each] for each in range(int(fields[at]))]
        above = tuple(f"n{place}" for sign, place, part, _ in pointers if part == "n" and sign in _ABOVE)
        origin = tuple(f"n{place}" for sign, place, part, _ in pointers if part == "n" and sign in _NOUN_OF)
        found[f"{kind}{fields[0]}"] = Synset(words, gloss.partition('; "')[0].strip(), above, origin)
    return found


def _meanings(file: Path, kind: str) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    found, common = {}, set()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split()
        after = 4 + int(fields[3])
        word = fields[0].replace("_", " ")
        found[word] = tuple(f"{kind}{place}" for place in fields[after + 2 :])
        if int(fields[after + 1]):
            common.add(word)
    return found, frozenset(common)
