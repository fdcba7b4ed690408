"""Checks of an action, in the order they run, each with pictures that the kit writes into a folder of its own."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.api.errors import Cancelled, PictureError, RevsearchError
from revsearch_tui.api.infos import ActionInfo
from revsearch_tui.api.testing.bench import resolve
from revsearch_tui.api.testing.outcomes import CheckResult, NotApplicable, attempt
from revsearch_tui.api.testing.pictures import sample_pictures
from revsearch_tui.api.testing.watching import touches, watched
from revsearch_tui.api.types import Findings, FoundPicture, NullControl, QueryHits

_LONGEST = 500
_MARKUP = "<b onclick=alert(1)>&amp;"
_NAMES = ("plain.png", "gröößer – 写真.png", f"{_MARKUP}.png", "a'b\"c\x1b[31m\n.png", os.fsdecode(b"no-text-\xff.png"))
_MARKED_UP = (".html", ".htm", ".xhtml", ".svg", ".xml")


def run_action_checks(info: ActionInfo) -> list[CheckResult]:
    """Every check, in order."""
    results: list[CheckResult] = []
    for check in CHECKS:
        attempt(results, info.name, check.__name__, lambda check=check: check(info))  # type: ignore[misc]
    return results


def sentence(info: ActionInfo) -> None:
    """It says in one line what was done, and leaves something where it was to write."""
    with _Desk(info) as desk:
        for suffix in info.suffixes or ("",):
            said = desk.do([desk.answer()], suffix)
            assert isinstance(said, str) and said.strip(), f"it says {said!r}, not what was done"
            assert len(said) <= _LONGEST and "\n" not in said, "what it says is not one sentence"
            if info.target == "file":
                assert desk.written, f"nothing is written to the {suffix} file"
            if info.target == "folder":
                assert any((desk.folder / "target").rglob("*")), "nothing is written to the folder"


def any_findings(info: ActionInfo) -> None:
    """Names of every kind, hits without scores, several queries, none that is a file, the same picture twice."""
    with _Desk(info) as desk:
        answer = desk.answer(_NAMES)
        unknown = tuple(dataclasses.replace(hit, score=None, tier="") for hit in answer.hits)
        for answers in (
            [answer],
            [QueryHits(unknown)],
            [QueryHits(answer.hits[:1], f'"words" {_MARKUP}')],
            [answer, QueryHits(unknown, "https://example.org/a.png"), answer],
        ):
            for suffix in info.suffixes or ("",):
                desk.do(answers, suffix)


def lacking(info: ActionInfo) -> None:
    """Pictures that are gone, or cannot be read, end nothing: it says what it did, or raises an error of the family."""
    with _Desk(info) as desk:
        answer = desk.answer()
        for hit in answer.hits[1:]:
            hit.path.unlink()
        desk.unreadable = {hit.image_id for hit in answer.hits[1:]}
        for suffix in info.suffixes or ("",):
            try:
                desk.do([answer], suffix)
            except RevsearchError as error:
                assert str(error), "it raises without a word"


def escaped(info: ActionInfo) -> None:
    """What is written as markup holds names as text."""
    suffixes = [suffix for suffix in info.suffixes if suffix in _MARKED_UP]
    if not suffixes:
        raise NotApplicable("it writes no markup")
    with _Desk(info) as desk:
        answer = desk.answer(_NAMES)
        for suffix in suffixes:
            desk.do([dataclasses.replace(answer, asked=f'"{_MARKUP}"')], suffix)
            page = desk.written.decode("utf-8")
            assert _MARKUP not in page and "<b onclick" not in page, f"a file name is markup of the {suffix} file"


def stays_put(info: ActionInfo) -> None:
    """What writes where it is told writes nowhere else, and speaks to nobody."""
    if info.target == "none":
        raise NotApplicable("it is not told where to write")
    with _Desk(info) as desk:
        answer = desk.answer()
        before = {path for path in desk.folder.rglob("*") if path.is_file()}
        with watched(touches) as seen:
            desk.do([answer], info.suffixes[0] if info.suffixes else "")
        assert not seen, f"it touches the outside: {seen[0]}"
        target = desk.folder / "target"
        made = [path for path in desk.folder.rglob("*") if path.is_file() and path not in before]
        beside = [path for path in made if info.target == "file" or target not in path.parents]
        assert not beside, f"it writes beside what it was told to: {beside[0].name}"


def sources(info: ActionInfo) -> None:
    """What writes where it is told leaves the pictures as they are."""
    if info.target == "none":
        raise NotApplicable("it may be there to change them")
    with _Desk(info) as desk:
        answer = desk.answer()
        desk.do([answer], info.suffixes[0] if info.suffixes else "")
        for hit in answer.hits:
            assert hit.path.is_file(), "a picture that was found is gone"
            assert hashlib.sha256(hit.path.read_bytes()).hexdigest() == hit.image_id, "a picture that was found changed"


def stops(info: ActionInfo) -> None:
    """Cancelling ends it."""
    with _Desk(info) as desk:
        try:
            desk.do([desk.answer()], info.suffixes[0] if info.suffixes else "", _Cancelling())
        except Cancelled:
            return
    raise AssertionError("it never calls control.check(), or keeps Cancelled to itself")


CHECKS = (sentence, any_findings, lacking, escaped, stays_put, sources, stops)


class _Cancelling(NullControl):
    def check(self) -> None:
        raise Cancelled("cancelled by the test")


class _Desk:
    """Pictures in a folder, and what an action makes of them."""

    def __init__(self, info: ActionInfo) -> None:
        self._info = info
        self._place = tempfile.TemporaryDirectory()
        self.folder = Path(self._place.name)
        self.unreadable: set[str] = set()
        self.written = b""
        self._pictures: dict[str, Any] = {}

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._place.cleanup()

    def answer(self, names: Sequence[str] = ("a.png", "b.png", "c.png")) -> QueryHits:
        """Hits of a query, whose files are there as far as the system takes their names."""
        hits = []
        for number, (name, picture) in enumerate(zip(names, sample_pictures(len(names)), strict=True)):
            data = number.to_bytes(2, "big") + picture.tobytes()
            image_id = hashlib.sha256(data).hexdigest()
            path = self.folder / name
            try:
                path.write_bytes(data)
            except (OSError, ValueError):
                path = self.folder / f"{number}.png"
                path.write_bytes(data)
            self._pictures[image_id] = picture
            hits.append(FoundPicture(path, image_id, 1 - number / 10, "copy" if number else "same file"))
        return QueryHits(tuple(hits), str(hits[0].path), hits[0].path)

    def do(self, answers: Sequence[QueryHits], suffix: str, control: Any = None) -> object:
        """What the action says; what it wrote into a file is `written`."""
        target: Path | None = None
        if self._info.target == "folder":
            target = self.folder / "target"
            target.mkdir(exist_ok=True)
        elif self._info.target == "file":
            target = self.folder / f"target{suffix}"
        action = resolve(self._info.factory)()
        with tempfile.TemporaryFile() as file:
            findings = Findings(tuple(answers), self._thumbnail, target, file if self._info.target == "file" else None)
            said = action(findings, control or NullControl())
            assert not file.closed, "it closes the file, which the host does"
            file.seek(0)
            self.written = file.read()
        return said

    def _thumbnail(self, found: FoundPicture) -> Any:
        if found.image_id in self.unreadable or found.image_id not in self._pictures:
            raise PictureError("the file is gone")
        return self._pictures[found.image_id]
