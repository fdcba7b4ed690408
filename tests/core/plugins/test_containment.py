"""Plugins' objects behind glass: failures have names, a thread that is busy is not waited for, and not forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from revsearch_tui.api import Cancelled, MethodUnavailableError, ModelError, NullControl, StorageError
from revsearch_tui.core.plugins.containment import BlockedError, Contained, contained, some_are_left_behind


class Stoppable(NullControl):
    def __init__(self) -> None:
        self.stopped = False

    def check(self) -> None:
        if self.stopped:
            raise Cancelled("stopped")


class Plugin:
    size = 7

    def __init__(self) -> None:
        self.go = threading.Event()
        self.threads: list[int] = []

    def wait(self) -> str:
        self.threads.append(threading.get_ident())
        self.go.wait(60)
        return "done"

    def name(self) -> str:
        self.threads.append(threading.get_ident())
        return "name"

    def leave(self) -> None:
        raise SystemExit(0)

    def close(self) -> None:
        raise ArithmeticError("odd")


def made(plugin: Plugin, **more: Any) -> Contained:
    return Contained("the method 'x'", lambda: plugin, more.pop("control", NullControl()), **more)


def test_calls_are_made_in_one_thread_of_the_objects_own() -> None:
    plugin = Plugin()
    plugin.go.set()
    method = made(plugin)
    assert (method.wait(), method.name(), method.size) == ("done", "name", 7)
    assert len(set(plugin.threads)) == 1 and threading.get_ident() not in plugin.threads
    with pytest.raises(AttributeError):
        method.nothing  # noqa: B018
    method.close()


def test_what_a_call_raises_names_the_plugin_and_closing_raises_nothing() -> None:
    method = made(Plugin())
    with pytest.raises(MethodUnavailableError, match="^the method 'x' failed: SystemExit: 0$"):
        method.leave()
    method.close()


def test_a_call_that_takes_too_long_is_given_up_for_good() -> None:
    plugin = Plugin()
    method = made(plugin, timeout_s=0.2)
    for _ in range(2):
        with pytest.raises(BlockedError, match="the method 'x' has not answered for 0.2 s"):
            method.wait()
    assert some_are_left_behind()
    plugin.go.set()
    while some_are_left_behind():
        time.sleep(0.01)
    method.close()


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> tuple[Stoppable, Plugin, Contained]:
    """A method whose call was stopped, and goes on in its thread."""
    monkeypatch.setattr("revsearch_tui.core.plugins.containment._GRACE_S", 0.1)
    control, plugin = Stoppable(), Plugin()
    method = made(plugin, control=control)
    control.stopped = True
    with pytest.raises(Cancelled):
        method.wait()
    return control, plugin, method


def test_a_call_that_was_stopped_leaves_the_object_usable(stopped: tuple[Stoppable, Plugin, Contained]) -> None:
    control, plugin, method = stopped
    assert some_are_left_behind()
    control.stopped = False
    threading.Timer(0.3, plugin.go.set).start()
    assert method.name() == "name", "it has its turn when the thread is free again"
    assert not some_are_left_behind()
    method.close()


def test_closing_waits_for_no_call_that_was_left_behind(stopped: tuple[Stoppable, Plugin, Contained]) -> None:
    _, plugin, method = stopped
    method.close()
    assert not plugin.go.is_set() and some_are_left_behind(), "it is busy still"
    plugin.go.set()


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        (lambda: ModelError("the file is gone"), ModelError, "the method 'x' failed: the file is gone"),
        (lambda: StorageError("no room"), MethodUnavailableError, "the method 'x' failed: no room"),
        (lambda: MethodUnavailableError("the method 'x' is odd"), MethodUnavailableError, "the method 'x' is odd"),
        (ValueError, MethodUnavailableError, "the method 'x' failed: ValueError"),
    ],
)
def test_errors_are_told_once_with_the_name(raised: Callable[[], Exception], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught, contained("the method 'x'"):
        raise raised()
    assert str(caught.value) == text


def test_what_the_user_did_passes() -> None:
    for error in (KeyboardInterrupt(), Cancelled("stopped")):
        with pytest.raises(type(error)), contained("the method 'x'"):
            raise error
