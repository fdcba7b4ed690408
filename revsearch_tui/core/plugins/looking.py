"""Find out what a description of plugins depends on, while they are asked: what is read meanwhile, which modules are
imported, and where the distributions are listed.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from typing import Any

from revsearch_tui.core.plugins.installed import Source
from revsearch_tui.core.plugins.witnesses import Stamp, places, stamp

_WAIT_NS = 2_000_000_000
"""A file this young may be written again without its time telling: some file systems count in steps of two seconds."""
_TICK_NS = 20_000_000
"""By how much the time of a change may be behind the clock."""
_METADATA = (".dist-info", "egg-info")
_HOST = ("revsearch_tui.api", "revsearch_tui.core.plugins")
"""What makes descriptions of what plugins answer."""


_one_at_a_time = threading.RLock()


@cache
def modules_before() -> frozenset[str]:
    """What was imported before the first plugin was. Has to be called before that."""
    return frozenset(sys.modules)


def is_settled(found: Stamp, began_ns: int) -> bool:
    """Whether what was read since that moment is what the stamp, taken afterwards, stands for."""
    return found is None or (found[0] < began_ns - _WAIT_NS and found[1] < began_ns - _TICK_NS)


def all_witnesses(sources: Sequence[Source]) -> dict[str, Stamp] | None:
    """What any description depends on, with stamps; None where that cannot be told."""
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return None  # somebody else than Python itself tells what is installed
    paths = _listed({_normal(source.distribution) for source in sources})
    tops = {source.module.partition(".")[0] for source in sources}
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if name in modules_before() and top in tops:
            return None  # nor is it known what its file was like then
        if name.startswith(_HOST) or (name not in modules_before() and top not in sys.stdlib_module_names):
            paths |= _files_of(module)
    return {path: stamp(path) for path in paths}


def _listed(distributions: set[str]) -> set[str]:
    """Files and folders that tell whether the same distributions are installed, with the same entry points."""
    found: set[str] = set()
    for place in places():
        found.add(place)
        with contextlib.suppress(OSError):
            for name in os.listdir(place):
                if name.lower().endswith(_METADATA):
                    folder = os.path.join(place, name)  # noqa: PTH118 - there are hundreds
                    found.add(f"{folder}{os.sep}entry_points.txt")
                    if _normal(name.partition("-")[0].removesuffix(".egg")) in distributions:
                        found.update((folder, f"{folder}{os.sep}METADATA", f"{folder}{os.sep}PKG-INFO"))
    return found


def _normal(distribution: str) -> str:
    """A distribution's name as folders of metadata bear it."""
    return re.sub(r"[-_.]+", "_", distribution).lower()


def _files_of(module: object) -> set[str]:
    """The module's file and its folders, where others may come to lie."""
    try:
        folders, file = [*getattr(module, "__path__", ())], getattr(module, "__file__", None)
    except Exception:  # whatever a plugin put in its place
        return set()
    if isinstance(file, str):
        folders += [file, os.path.dirname(file)]  # noqa: PTH120 - as above
    return {os.path.abspath(each) for each in folders if isinstance(each, str)}  # noqa: PTH100 - as above


class Seen:
    """What was read: files and folders, and variables of the environment. `is_unsure` says that it was more."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.variables: set[str] = set()
        self.is_unsure = False


@contextlib.contextmanager
def looking(source: Source) -> Iterator[Seen]:
    """What is read within, where that plugin is asked; by another thread too, which does no harm."""
    seen = Seen()
    environment: Any = os.environ
    with _one_at_a_time:
        variables = getattr(environment, "_data", None)
        # Where it cannot be told which variables or modules the plugin takes, nothing of it is kept.
        seen.is_unsure = variables is None or source.module in modules_before()
        _Hook.install()
        _Hook.seen = seen
        if variables is not None:
            environment._data = _Noting(variables, seen)
        try:
            yield seen
        finally:
            _Hook.seen = None
            if variables is not None:
                environment._data = variables


class _Hook:
    """An audit hook stays for good, so there is one."""

    seen: Seen | None = None
    _is_installed = False

    @classmethod
    def install(cls) -> None:
        if not cls._is_installed:
            cls._is_installed = True
            sys.addaudithook(cls._hear)

    @classmethod
    def _hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        if cls.seen is None or event not in ("open", "os.listdir", "os.scandir"):
            return
        path = "." if arguments[0] is None else arguments[0]
        with contextlib.suppress(OSError, ValueError):  # what a hook raises, the plugin would meet
            if isinstance(path, str | bytes | os.PathLike):
                text = os.fsdecode(path)
                if "__pycache__" not in text:  # made of the module's file, which is a witness itself
                    cls.seen.paths.add(os.path.abspath(text))  # noqa: PTH100 - as above


class _Noting:
    """Stands for the variables behind `os.environ`, and notes which are read."""

    def __init__(self, real: Any, seen: Seen) -> None:
        self._real, self._seen = real, seen

    def __getitem__(self, name: Any) -> Any:
        self._seen.variables.add(os.fsdecode(name))
        return self._real[name]

    def __setitem__(self, name: Any, value: Any) -> None:
        self._real[name] = value

    def __delitem__(self, name: Any) -> None:
        del self._real[name]

    def __len__(self) -> int:
        return len(self._real)

    def __iter__(self) -> Iterator[Any]:
        self._seen.is_unsure = True
        return iter(self._real)

    def __getattr__(self, name: str) -> Any:
        self._seen.is_unsure = True
        return getattr(self._real, name)
