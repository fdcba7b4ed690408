"""A method in a process of its own is used as one in this is, and what it does to its process is its own failure."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import (
    Cancelled,
    FitReport,
    MethodUnavailableError,
    ModelError,
    ModelFile,
    NullControl,
    UsageError,
)
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.methods.resolving import embedding_dim, make_method
from revsearch_tui.core.plugins.apart import MOST_DEATHS, Apart
from revsearch_tui.core.plugins.containment import BlockedError, Contained, some_are_left_behind
from revsearch_tui.core.plugins.isolation import Limits
from revsearch_tui.core.workspace import Workspace
from tests.support.processes import wait_until
from tests.support.texture import draw_many

SOURCE = """
import os, sys, threading, time
from revsearch_tui.api import FitReport, ModelError, UsageError

class Method:
    min_inliers = 4
    loaded = False
    together = threading.Barrier(4)

    def __init__(self, options, model):
        self.options, self.model = options, model

    def load(self, control):
        control.progress(1, 2, "loading")
        if self.options.get("refuses"):
            raise ModelError("the file is gone")
        if self.options.get("waits"):
            while True:
                control.check()
                time.sleep(0.01)
        self.loaded = True

    def close(self):
        pass

    def where(self):
        return os.getpid(), threading.current_thread() is threading.main_thread()

    def told(self):
        return self.options, self.model

    def embed(self, pictures):
        import ctypes, numpy as np
        do = self.options.get("do", {}).get(str(pictures[0].shape[0]))
        if do:
            exec(do)
        return np.array([picture.mean(axis=(0, 1)) for picture in pictures], np.float32)

    def match(self, query, candidate):
        self.together.wait(30)
        return query + candidate

    def fit(self, samples, control):
        labels = [label for picture, label in samples if picture.any()]
        return FitReport(len(labels), {"sizes": [1.0, float(len(set(labels)))]})

    def hold(self):
        time.sleep(600)

    def usage(self):
        raise UsageError("no such word")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "apart_method.py").write_text(SOURCE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "apart_method:Method"


class Made:
    """Makes methods in processes of their own, and closes them at the end."""

    def __init__(self, factory: str) -> None:
        self._factory, self.all = factory, list[Contained]()

    def __call__(self, control: Any = None, timeout_s: float = 60, **options: Any) -> Contained:
        control = control or NullControl()
        model = ModelFile("m", Path("/m"), "00", {"classes": ["a"]})
        limits = Limits(4096)
        apart = Apart("the method 'x'", self._factory, options, model, control, limits)
        found = Contained("the method 'x'", apart.start, control, timeout_s, (ModelError,), give_up=apart.end)
        self.all.append(found)
        return found


@pytest.fixture
def made(module: str) -> Iterator[Made]:
    found = Made(module)
    yield found
    for each in found.all:
        each.close()


def picture(side: int) -> np.ndarray[Any, Any]:
    return np.full((side, side + 1, 3), side, np.uint8)


def test_its_functions_attributes_and_errors_are_those_it_has(made: Made) -> None:
    method = made(size=3)
    (where, in_main), (options, model) = method.where(), method.told()
    assert where == method.process_id != os.getpid() and in_main
    assert (options, model.name, model.manifest) == ({"size": 3}, "m", {"classes": ["a"]})
    assert (method.min_inliers, method.loaded, getattr(method, "nothing", "absent")) == (4, True, "absent")
    rows = method.embed((picture(5), picture(7)))
    assert rows.dtype == np.float32 and rows.tolist() == [[5, 5, 5], [7, 7, 7]]
    with pytest.raises(MethodUnavailableError, match="^the method 'x' failed: no such word$"):
        method.usage()
    with pytest.raises(ModelError, match="the file is gone"):
        made(refuses=True)


def test_what_may_be_matched_at_once_is(made: Made) -> None:
    method = made()
    with ThreadPoolExecutor(4) as pool:  # each waits until all four are at it
        assert list(pool.map(method.match, range(4), range(4))) == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("do", "why"),
    [
        ("ctypes.string_at(0)", "its process ended with SIGSEGV"),
        ("os._exit(3)", "its process ended with exit status 3"),
        ("os.fork() or time.sleep(600); os._exit(4)", "its process ended with exit status 4"),
        ("os.kill(os.getpid(), 9)", "its process ended with SIGKILL, perhaps by the system, for want of memory"),
        ("np.ones(30 << 30, np.uint8)", r"Unable to allocate .*; it may take 4,096 MB \(index.method_memory_mb\)"),
    ],
)
def test_what_it_does_to_its_process_is_a_failure_of_that_call(made: Made, do: str, why: str) -> None:
    method = made(do={"5": do})
    for _ in range(2):
        with pytest.raises(MethodUnavailableError, match=f"^the method 'x' failed: .*{why}"):
            method.embed((picture(5), picture(7)))
    assert method.embed((picture(7),)).tolist() == [[7, 7, 7]]


def test_one_that_ends_its_process_again_and_again_is_not_asked_any_more(made: Made) -> None:
    method = made(do={"5": "os._exit(0)"})
    for _ in range(MOST_DEATHS - 1):
        with pytest.raises(MethodUnavailableError) as caught:
            method.embed((picture(5),))
        assert not isinstance(caught.value, BlockedError)
    for side in (5, 7):
        with pytest.raises(BlockedError, match=f"exit status 0, for the {MOST_DEATHS}th time; it is not asked again"):
            method.embed((picture(side),))


def test_one_that_blocks_leaves_nothing_behind(made: Made) -> None:
    method = made(timeout_s=3, do={"5": "time.sleep(600)"})
    with pytest.raises(BlockedError, match="has not answered for 3 s"):
        method.embed((picture(5),))
    while some_are_left_behind():
        time.sleep(0.01)


def test_one_that_asks_its_control_hears_that_the_user_stops(made: Made) -> None:
    class Stopping(NullControl):
        told: list[Any] = []  # noqa: RUF012

        def progress(self, done: int, total: int | None, what: str = "") -> None:
            self.told.append((done, total, what))

        def check(self) -> None:
            if self.told:
                raise Cancelled("stopped")

    with pytest.raises(Cancelled, match="stopped"):
        made(Stopping(), waits=True)
    assert Stopping.told == [(1, 2, "loading")]


def test_samples_are_brought_to_one_that_is_fitted(module: str) -> None:
    method = Apart("the method 'x'", module, {}, None, NullControl(), Limits(), load=False).start()
    report = method.fit(((picture(5), str(number % 7)) for number in range(100)), NullControl())
    assert report == FitReport(100, {"sizes": [1.0, 7.0]}) and not method.loaded

    def broken() -> Iterator[tuple[Any, str]]:
        yield picture(5), "a"
        raise UsageError("the data is gone")

    with pytest.raises(UsageError, match="the data is gone"):
        method.fit(broken(), NullControl())

    def failing() -> Iterator[tuple[Any, str]]:
        yield picture(5), "a"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        method.fit(failing(), NullControl())
    method.close()


HOST = """
import sys
from revsearch_tui.api import NullControl
from revsearch_tui.core.plugins.apart import Apart
from revsearch_tui.core.plugins.isolation import Limits

apart = Apart("the method 'x'", sys.argv[1], {}, None, NullControl(), Limits()).start()
print(apart.process_id, flush=True)
apart.hold()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_its_process_ends_with_a_host_that_was_killed(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOST, module]
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as host:
        assert host.stdout is not None
        process = int(host.stdout.readline())
        host.kill()

    def is_gone() -> bool:
        try:
            os.kill(process, 0)
            return Path("/proc", str(process), "stat").read_text().split()[2] == "Z"  # nobody waits for orphans
        except OSError:
            return True

    assert wait_until(is_gone)


@pytest.mark.parametrize(
    "name", [*("phash", "sift", "cnn-softmax"), pytest.param("efficientnet", marks=pytest.mark.drill)]
)
def test_a_method_gives_the_same_to_the_last_bit_in_a_process_of_its_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_HOME", str(tmp_path))
    (choice,) = Workspace().choose([name])
    assert choice.apart is None, "it came with the program"
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in draw_many(tmp_path / "pictures", 3)]
    found = []
    for each in (choice, replace(choice, apart=Limits())):
        method = make_method(each, NullControl())
        rows, features = embed_pictures(each, method, embedding_dim(each, method), pictures)
        told: list[Any] = [rows, *(part for one in features for part in (one.keypoints, one.descriptors))]
        if features:
            match = method.match(features[0], features[1])
            told += [match.inliers, match.pairs]
        shown = method.explain(pictures[0], pictures[1])
        told += [getattr(shown, field.name) for field in fields(shown) if field.name != "classes"]
        found.append([np.asarray(one).tolist() for one in told])
        method.close()
    assert found[0] == found[1]
