"""Which of several files of the same to keep: by rules, one after the other, and the reason in words."""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.groups.file_facts import FileFacts
from revsearch_tui.core.indexing.index_report import RAW_SUFFIXES

_LOSSLESS = ("raw", "tiff", "png", "bmp")
"""Those that never made anything of the picture less; of WebP, AVIF, JPEG 2000 and HEIF that cannot be told."""
_FORMATS = ("raw", "tiff", "png", "bmp", "jpeg2000", "heif", "avif", "jpeg", "webp", "gif")
"""Those that lose least first."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """`order` names rules, the most important first. What lies below `protected` folders is kept before all else and
    never let go; `prefer` are folders, the best first; `names` are shell patterns of the names to keep. `asked` are the
    rules that a user named or gave something for."""

    order: tuple[str, ...]
    protected: tuple[Path, ...] = ()
    prefer: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    asked: frozenset[str] = frozenset()

    def is_protected(self, file: FileFacts) -> bool:
        return any(file.path.is_relative_to(folder) for folder in self.protected)

    def without(self, rule: str) -> KeepRules:
        """The others."""
        return replace(self, order=tuple(each for each in self.order if each != rule))

    def is_asked_for(self, file: FileFacts, other: FileFacts) -> bool:
        """Whether it is by what a user asked for that one of them goes before the other."""
        return self.deciding(file, other) in {_PROTECTED, *self.asked}

    def deciding(self, file: FileFacts, other: FileFacts) -> str:
        """The first rule that tells two files apart; empty where none does."""
        rules = (_PROTECTED, *self.order)
        return next((rule for rule in rules if _value(self, rule, file) != _value(self, rule, other)), "")

    def order_of(self, file: FileFacts) -> Order:
        """To sort files by, the best first."""
        return Order(self, file)


def keep_rules(
    order: Sequence[str] = (),
    protected: Sequence[Path] = (),
    prefer: Sequence[Path] = (),
    names: Sequence[str] = (),
) -> KeepRules:
    """From what a user names; the rules that are not named come after those that are. Raises `UsageError`."""
    for rule in order:
        if rule not in RULES:
            raise UsageError(f"there is no rule '{rule}' for what to keep; {instead(rule, RULES)}")
    for folder in (*protected, *prefer):
        if not folder.is_dir():
            raise UsageError(f"'{folder}' is not a folder; give folders to protect or prefer")
    real = [tuple(Path(os.path.realpath(folder)) for folder in folders) for folders in (protected, prefer)]
    asked = {*order, *(["folders"] if prefer else ()), *(["name"] if names else ())}
    return KeepRules(tuple(dict.fromkeys((*order, *RULES))), real[0], real[1], tuple(names), frozenset(asked))


class Order:
    """A place in the order of files; later rules are asked only where earlier ones do not decide."""

    __slots__ = ("_file", "_rules")

    def __init__(self, rules: KeepRules, file: FileFacts) -> None:
        self._rules, self._file = rules, file

    def __lt__(self, other: Order) -> bool:
        first = self._rules.deciding(self._file, other._file)
        if first:
            return _value(self._rules, first, self._file) < _value(self._rules, first, other._file)
        return _last(self._file) < _last(other._file)


def reason(rules: KeepRules, kept: FileFacts, others: Sequence[FileFacts]) -> str:
    """Why that one is kept: the first rule by which it goes before the best of the others."""
    if not others:
        return ""
    rule = rules.deciding(kept, min(others, key=rules.order_of))
    return _RULES[rule][1](kept) if rule else "as good as the others, by the shorter path"


def _value(rules: KeepRules, rule: str, file: FileFacts) -> float:
    return float(_RULES[rule][0](rules, file))


def _last(file: FileFacts) -> tuple[Any, ...]:
    return len(file.path.parts), len(file.path.name), str(file.path)


def _folders(rules: KeepRules, file: FileFacts) -> float:
    places = [number for number, folder in enumerate(rules.prefer) if file.path.is_relative_to(folder)]
    return min(places, default=len(rules.prefer))


def _form(file: FileFacts) -> str:
    return "raw" if file.path.suffix.lower() in RAW_SUFFIXES else file.format


def _format(_: KeepRules, file: FileFacts) -> float:
    form = _form(file)
    return _FORMATS.index(form) if form in _FORMATS else len(_FORMATS)


def _name(rules: KeepRules, file: FileFacts) -> float:
    return not any(fnmatch.fnmatch(file.path.name, pattern) for pattern in rules.names)


CAMERA = "camera"
_PROTECTED = "protected"
_Rule = tuple[Callable[[KeepRules, FileFacts], float], Callable[[FileFacts], str]]
_RULES: dict[str, _Rule] = {
    _PROTECTED: (lambda rules, file: not rules.is_protected(file), lambda _: "protected"),
    "folders": (_folders, lambda file: f"in a folder that goes first, {file.path.parent}"),
    CAMERA: (lambda _, file: not file.is_as_shot, lambda _: "as the camera wrote it"),
    "resolution": (lambda _, file: -file.pixels, lambda file: f"most pixels, {file.width}x{file.height}"),
    "lossless": (
        lambda _, file: _form(file) not in _LOSSLESS or file.is_reduced,
        lambda file: f"format that loses nothing, {file.format}",
    ),
    "bytes": (lambda _, file: -file.bytes, lambda file: f"largest file, {file.bytes:,} bytes"),
    "format": (_format, lambda file: f"format that loses least, {file.format}"),
    "exif": (lambda _, file: not file.has_exif, lambda _: "has EXIF data"),
    "oldest": (
        lambda _, file: file.mtime_ns,
        lambda file: f"oldest, {time.strftime('%Y-%m-%d %H:%M', time.localtime(file.mtime_ns / 1e9))}",
    ),
    "name": (_name, lambda file: f"named as wanted, {file.path.name}"),
}
RULES = tuple(name for name in _RULES if name != _PROTECTED)
"""In the order they have where a user names none."""
