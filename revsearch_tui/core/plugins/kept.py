"""What plugins said of themselves when they were last asked, kept for the next start, as long as nothing it depends on
has changed: what cannot be told for sure is asked anew.

Only what could be asked for without a failure stands there; what a method
lacks (a package, a model) is looked at each time.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui import __version__
from revsearch_tui.api import API_VERSION
from revsearch_tui.core.plugins.info_values import NotPlainError, from_values, to_values
from revsearch_tui.core.plugins.installed import Source, installed_plugins
from revsearch_tui.core.plugins.witnesses import places, stamp, variable_sums

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.describing import Answer
    from revsearch_tui.core.plugins.looking import Seen

FORMAT = 1
_MOST_FILES = 8


@cache
def began_ns() -> int:
    """When this process first looked for plugins: what it imported is no older, and stays as it was then."""
    return time.time_ns()


class Kept:
    """The descriptions in a folder of the cache; None: nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        began_ns()
        self._file = None if folder is None else folder / _file_name()
        self._document = self._read()
        self._added: dict[str, tuple[Any, Seen]] = {}

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self._file is not None

    def sources(self) -> list[Source]:
        """All plugins that are installed."""
        if self._document is not None:
            return [Source(*each) for each in self._document["sources"]]
        return installed_plugins()

    def answers(self, source: Source) -> list[Answer] | None:
        """What the plugin said; None where it has to be asked."""
        if self._document is None:
            return None
        try:
            return [(str(hook), from_values(info)) for hook, info in self._document["plugins"][_name(source)]]
        except Exception:  # whatever happened to the file, the plugin can be asked
            return None

    def add(self, source: Source, answers: Sequence[Answer], seen: Seen) -> None:
        """What a plugin said just now, and what was read for that. What did not work is not kept."""
        if self._file is None or seen.is_unsure or any(not hook or isinstance(info, str) for hook, info in answers):
            return
        with contextlib.suppress(NotPlainError):
            self._added[_name(source)] = ([[hook, to_values(info)] for hook, info in answers], seen)

    def write(self, sources: Sequence[Source]) -> None:
        """Keep what was added, beside what is kept already. Where that cannot be, the next start asks again."""
        added, self._added = self._added, {}
        if self._file is None or not added:
            return
        from revsearch_tui.core.base.files import write_quickly
        from revsearch_tui.core.plugins.looking import all_witnesses, is_settled

        common = all_witnesses(sources)
        if common is None or not all(is_settled(each, began_ns()) for each in common.values()):
            return
        kept = self._document or {"plugins": {}, "witnesses": {}, "variables": {}}
        plugins, witnesses = dict(kept["plugins"]), dict(common)
        variables: dict[str, int | None] = {}
        for name, (answers, seen) in added.items():
            own = {path: stamp(path) for path in seen.paths if path not in common}
            if all(is_settled(each, began_ns()) for each in own.values()):
                plugins[name] = answers
                witnesses |= own
                variables |= variable_sums(seen.variables)
        document = {
            **_heading(),
            "sources": [[each.name, each.distribution, each.version, each.value] for each in sources],
            "plugins": plugins,
            "witnesses": {**witnesses, **kept["witnesses"]},
            "variables": {**variables, **kept["variables"]},
        }
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(document)
            write_quickly(self._file, f"{zlib.crc32(text.encode()):08x}\n{text}")
            files = sorted(self._file.parent.glob("plugins-*.kept"), key=lambda file: file.stat().st_mtime)
            for file in files[:-_MOST_FILES]:
                file.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any] | None:
        """What is kept, if all that it depends on is as it was."""
        if self._file is None:
            return None
        try:
            checksum, _, text = self._file.read_bytes().partition(b"\n")
            if int(checksum, 16) != zlib.crc32(text):
                return None
            document: dict[str, Any] = json.loads(text)
            holds = (
                {name: document[name] for name in _heading()} == _heading()
                and all(stamp(path) == known for path, known in document["witnesses"].items())
                and variable_sums(document["variables"]) == document["variables"]
                and all(len(each) == 4 and all(type(part) is str for part in each) for each in document["sources"])
                and isinstance(document["plugins"], dict)
            )
        except Exception:  # as above
            return None
        return document if holds else None


def _heading() -> dict[str, Any]:
    """What has to be the same for anything kept to be used."""
    return {
        "format": FORMAT,
        "program": __version__,
        "contract": API_VERSION,
        "python": f"{sys.version} in {sys.prefix}",
        "places": places(),
    }


def _file_name() -> str:
    """One file for each Python and its path, so that they do not take turns."""
    return f"plugins-{zlib.crc32(repr((sys.version, sys.prefix, places())).encode()):08x}.kept"


def _name(source: Source) -> str:
    return f"{source.distribution}:{source.name}={source.value}"
