"""What is asked of plugins, written down step by step where somebody wants to know: what, how long, and for whom."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

_HOST = "revsearch_tui."
_PASSED_OVER = ("revsearch_tui.core.plugins.", "revsearch_tui.core.workspace")
"""Modules that ask plugins on somebody's behalf."""
_CALLERS = 3


class Step(NamedTuple):
    """`plugin` did `what` for `ms` milliseconds, `at_ms` after tracing began; `imported` are the heavy libraries that
    were imported meanwhile, `caller` the functions of the program that led there, the nearest first."""

    at_ms: float
    plugin: str
    what: str
    ms: float
    imported: tuple[str, ...]
    caller: str


class _Trace:
    """There is one, for what is traced is a process."""

    steps: list[Step] | None = None
    began = 0.0
    plugin = ""
    hooks: list[tuple[float, frozenset[str]]]
    """Those that run now, by when they began and what was imported then."""


def begin() -> None:
    """Write down what is asked of plugins from now on."""
    _Trace.steps, _Trace.began, _Trace.hooks = [], time.perf_counter(), []


def end() -> list[Step]:
    """What was written down since `begin`, in the order in which it began; nothing more is."""
    steps, _Trace.steps = _Trace.steps or [], None
    return sorted(steps, key=lambda step: step.at_ms)


def is_on() -> bool:
    """Whether anything is written down."""
    return _Trace.steps is not None


@contextlib.contextmanager
def of(plugin: str) -> Iterator[None]:
    """Steps within are that plugin's."""
    before, _Trace.plugin = _Trace.plugin, plugin
    try:
        yield
    finally:
        _Trace.plugin = before


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """One step, whether or not it fails."""
    if not is_on():
        yield
        return
    known, started = frozenset(sys.modules), time.perf_counter()
    try:
        yield
    finally:
        _add(what, started, known)


def note(plugin: str, what: str) -> None:
    """A step that takes no time."""
    if is_on():
        with of(plugin):
            _add(what, time.perf_counter(), frozenset(sys.modules))


def before_hook(_hook: str, _implementations: Sequence[Any], _arguments: Mapping[str, Any]) -> None:
    """For pluggy's monitoring of calls."""
    if is_on():
        _Trace.hooks.append((time.perf_counter(), frozenset(sys.modules)))


def after_hook(_outcome: Any, hook: str, implementations: Sequence[Any], _arguments: Mapping[str, Any]) -> None:
    """As `before_hook`. A hook that the plugin does not implement is no step."""
    if is_on() and _Trace.hooks:
        started, known = _Trace.hooks.pop()
        if implementations:
            _add(f"hook {hook}", started, known)


def _add(what: str, started: float, known: frozenset[str]) -> None:
    took = time.perf_counter() - started
    since = set(sys.modules) - known
    from revsearch_tui.api.testing.plugins import HEAVY

    imported = tuple(sorted(HEAVY & since))
    at = (started - _Trace.began) * 1000
    if _Trace.steps is not None:
        _Trace.steps.append(Step(at, _Trace.plugin, what, took * 1000, imported, _caller()))


def _caller() -> str:
    """The functions of the program that led here, as `module.function`."""
    found: list[str] = []
    frame: FrameType | None = sys._getframe()
    while frame is not None and len(found) < _CALLERS:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_HOST) and not module.startswith(_PASSED_OVER):
            found.append(f"{module.removeprefix(_HOST)}.{frame.f_code.co_name.strip('<>')}")
        frame = frame.f_back
    return " < ".join(found)
