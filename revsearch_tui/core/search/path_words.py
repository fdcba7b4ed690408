"""Words of a query in the names of files and folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.core.storage.catalog.catalog import FileRow

_WORD = re.compile(r"[^\W\d_]+|\d+")
_LITTLE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of at in on by to for with and or from is are be as it its this that these my me ",
    )
)
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""))


def words_of(text: str) -> tuple[str, ...]:
    """The different words of a text in lower case, without little ones such as "the"."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(text.lower()) if word not in _LITTLE_WORDS))


def found_in_names(files: Iterable[FileRow], roots: Sequence[Path], words: Sequence[str]) -> dict[bytes, set[str]]:
    """By image id the words that stand, whole, in single or plural, in the name of a file of it or of a folder that it
    lies in: of the folders, those from the collection's own on."""
    if not words:
        return {}
    forms = {word: _forms(word) for word in words}
    cues = [min(each, key=len) for each in forms.values()]
    bases = sorted((os.path.dirname(os.path.abspath(root)) for root in roots), key=len, reverse=True)  # noqa: PTH120, PTH100
    found: dict[bytes, set[str]] = {}
    for row in files:
        if row.image_id is None:
            continue
        path = os.fsdecode(row.path).lower()
        if not any(cue in path for cue in cues):  # most are told apart by this, which is quick
            continue
        base = next((base for base in bases if path.startswith(base.lower())), "")
        below = os.path.splitext(path[len(base) :])[0]  # noqa: PTH122 - of lower case
        there = {form for word in _WORD.findall(below) for form in _forms(word)}
        matched = {word for word, each in forms.items() if each & there}
        if matched:
            found.setdefault(row.image_id, set()).update(matched)
    return found


def _forms(word: str) -> frozenset[str]:
    """The word, and what it may be the plural of."""
    stems = [word[: len(word) - len(ending)] + single for ending, single in _ENDINGS if word.endswith(ending)]
    return frozenset([word, *(stem for stem in stems if len(stem) > 2)])
