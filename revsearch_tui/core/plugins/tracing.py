"""What is asked of plugins, written down step by step where somebody wants to know: what, how long, and for whom."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
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
    open: list[tuple[float, frozenset[str]]]


def begin() -> None:
    """Write down what is asked of plugins from now on."""
    _Trace.steps, _Trace.began, _Trace.open = [], time.perf_counter(), []


def end() -> list[Step]:
    """What was written down since `begin`; nothing more is."""
    steps, _Trace.steps = _Trace.steps or [], None
    return sorted(steps, key=lambda step: step.at_ms)


def is_on() -> bool:
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
    _start()
    try:
        yield
    finally:
        _stop(what)


def note(plugin: str, what: str) -> None:
    """A step that takes no time."""
    with of(plugin), step(what):
        pass


def before_hook(_hook: str, _implementations: Sequence[Any], _arguments: Mapping[str, Any]) -> None:
    """For pluggy's monitoring of calls."""
    if is_on():
        _start()


def after_hook(_outcome: Any, hook: str, implementations: Sequence[Any], _arguments: Mapping[str, Any]) -> None:
    """As `before_hook`; a hook that the plugin does not implement is no step."""
    if is_on():
        _stop(f"hook {hook}", told=bool(implementations))


def _start() -> None:
    _Trace.open.append((time.perf_counter(), frozenset(sys.modules)))


def _stop(what: str, *, told: bool = True) -> None:
    from revsearch_tui.api.testing.plugins import HEAVY

    now = time.perf_counter()
    if _Trace.steps is None or not _Trace.open:
        return
    started, known = _Trace.open.pop()
    if told:
        imported = tuple(sorted(HEAVY & (set(sys.modules) - known)))
        at = (started - _Trace.began) * 1000
        _Trace.steps.append(Step(at, _Trace.plugin, what, (now - started) * 1000, imported, _caller()))


def _caller() -> str:
    """The functions of the program that led here, as `module.function`."""
    found: list[str] = []
    frame = sys._getframe()
    while frame is not None and len(found) < _CALLERS:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_HOST) and not module.startswith(_PASSED_OVER):
            found.append(f"{module.removeprefix(_HOST)}.{frame.f_code.co_name.strip('<>')}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(found)
