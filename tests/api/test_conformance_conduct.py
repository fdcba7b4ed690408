"""The conformance kit finds what a method does beside its work: what it prints, touches, leaves behind or hides."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api.testing import check_method
from tests.support.conformance import MeanColour, failed_checks, info_of
from tests.support.site import install, method_source


def _loading(work: Callable[[], object]) -> type:
    class Changed(MeanColour):
        def load(self, control: Any) -> None:
            work()

    return Changed


@pytest.mark.parametrize("printing", [lambda: print("hello"), lambda: os.write(2, b"hello")], ids=["python", "below"])
def test_printing_is_found(printing: Callable[[], object]) -> None:
    assert "it prints 'hello'" in failed_checks(_loading(printing))["quiet"]


def test_a_file_that_is_written_elsewhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    writing = _loading(lambda: (tmp_path / "written-by-a-plugin").write_text("x"))
    assert "written-by-a-plugin" in failed_checks(writing)["leaves_alone"]
    check_method(info_of(_loading(lambda: (tmp_path / "scratch" / "own").write_text("x"))))


def test_a_socket_is_found() -> None:
    def call_home() -> None:
        import contextlib
        import socket

        with socket.socket() as line, contextlib.suppress(OSError):
            line.connect(("127.0.0.1", 9))

    assert "socket.connect" in failed_checks(_loading(call_home))["leaves_alone"]


def test_a_changed_environment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    count = iter(range(1000))
    changed = failed_checks(_loading(lambda: os.environ.update(OMP_NUM_THREADS=f"{next(count)}")))
    assert "OMP_NUM_THREADS" in changed["leaves_alone"]


@pytest.mark.parametrize(
    ("seed", "whose"),
    [(lambda: random.seed(1), "Python's"), (lambda: np.random.seed(1), "numpy's")],  # noqa: NPY002
)
def test_shared_chance_that_is_reseeded_is_found(seed: Callable[[], object], whose: str) -> None:
    assert whose in failed_checks(_loading(seed))["leaves_alone"]


def test_a_thread_that_is_left_running_is_found() -> None:
    ended = threading.Event()
    waiting = _loading(lambda: threading.Thread(target=ended.wait, name="left-over", daemon=True).start())
    assert "left-over" in failed_checks(waiting)["leaves_alone"]
    ended.set()


def test_one_vector_for_every_picture_is_found() -> None:
    class Constant(MeanColour):
        def embed(self, pictures: Sequence[Any]) -> Any:
            return np.ones((len(pictures), 4), np.float32)

    assert set(failed_checks(Constant)) == {"telling", "light_copy"}


def test_vectors_that_a_light_change_turns_about_are_found() -> None:
    class Sums(MeanColour):
        def embed(self, pictures: Sequence[Any]) -> Any:
            seeds = [int(picture.astype(np.int64).sum()) for picture in pictures]
            return np.array([np.random.default_rng(seed).random(4) for seed in seeds], np.float32)

    assert "find their original" in failed_checks(Sums)["light_copy"]


def test_a_slow_constructor_is_found() -> None:
    class Slow(MeanColour):
        made = 0

        def __init__(self, options: Any, model: Any) -> None:
            Slow.made += 1
            if Slow.made == 2:  # the first is made by the check before, and one that is slow is enough
                time.sleep(2.1)

    assert "leave what takes long to load" in failed_checks(Slow)["quick_init"]


def test_leaving_the_program_fails_a_check_and_not_the_kit() -> None:
    assert "SystemExit" in failed_checks(_loading(lambda: sys.exit(3)))["output"]


def test_vectors_that_depend_on_hash_are_found(tmp_path: Path) -> None:
    source = method_source("seeded", "seeded", embed="return np.full((len(pictures), 3), hash('x') % 97, np.float32)")
    install(tmp_path, "seeded", source)
    test = (
        "import json, seeded\nfrom revsearch_tui.api.testing import ConformanceError, check_plugin\n"
        "try:\n    check_plugin(seeded)\nexcept ConformanceError as error:\n    print(json.dumps(str(error)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", test],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "processes: another process gives other vectors" in json.loads(done.stdout)
