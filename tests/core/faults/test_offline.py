"""Offline by default: indexing and searching open no connection and write nowhere but into revsearch's own folders."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.confined import Watch, strace_prefix, strace_violations
from tests.support.texture import draw_many
from tests.support.tiny_onnx import write_tiny_onnx

METHODS = ("-m", "phash", "-m", "sift", "-m", "onnx:tiny")


def _commands(base: Path) -> list[list[str]]:
    pictures = base / "pictures"
    query = str(draw_many(pictures, 6)[2])
    model = write_tiny_onnx(base / "tiny.onnx")
    return [
        ["models", "add", str(model)],
        ["index", str(pictures), *METHODS],
        ["index"],
        ["search", query, *METHODS, "-k", "2"],
        ["search", query, "-m", "phash", "--approximate", "--any-orientation"],
        ["search", query, "-m", "onnx:tiny", "--crop", "0,0,50%,50%"],
    ]


def _run(base: Path, arguments: list[str], environment: dict[str, str], prefix: list[str] | None = None) -> None:
    done = subprocess.run(
        [*(prefix or []), sys.executable, "-m", "revsearch_tui", *arguments],
        env={
            # No variable of the tests' own run may do what the program has to do by itself.
            **{name: value for name, value in os.environ.items() if "TELEMETRY" not in name},
            **environment,
            "HOME": str(base / "user"),
            "XDG_CACHE_HOME": str(base / "user" / ".cache"),
            "REVSEARCH_HOME": str(base / "home"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=base / "user",
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_indexing_and_searching_stay_offline_and_at_home(tmp_path: Path) -> None:
    commands = _commands(tmp_path)
    (tmp_path / "user").mkdir()
    before, temporary = _files(tmp_path / "pictures"), set(os.listdir(tempfile.gettempdir()))
    watch = Watch(tmp_path / "watch")
    for arguments in commands:
        _run(tmp_path, arguments, watch.environment)
    events = watch.events()
    assert any(kind == "write" and "journal" in what for kind, what in events), "the watch sees the program itself"
    assert any(kind == "process" for kind, _ in events)
    assert watch.violations([tmp_path / "home"]) == []
    assert _files(tmp_path / "user") == set(), "no telemetry and no cache in the user's folders"
    assert _files(tmp_path / "pictures") == before
    left = set(os.listdir(tempfile.gettempdir())) - temporary
    assert not [name for name in left if "revsearch" in name or "chroma" in name or "onnx" in name]


@pytest.mark.drill
def test_native_code_stays_offline_and_at_home_too(tmp_path: Path) -> None:
    prefix = strace_prefix(tmp_path / "strace.log")
    if prefix is None:
        pytest.skip("strace is not installed, or may not be used here")
    (tmp_path / "user").mkdir()
    commands = _commands(tmp_path)
    for number in (0, 1, 3, 4):
        _run(tmp_path, commands[number], {}, prefix)
        assert strace_violations(tmp_path / "strace.log", [tmp_path / "home"], tmp_path / "user") == []


_OFFENDER = """
import socket, subprocess, sys
open(sys.argv[1], "w").close()
if len(sys.argv) > 2:
    socket.socket().connect_ex(("127.0.0.1", int(sys.argv[2])))
else:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        subprocess.run([sys.executable, __file__, sys.argv[1] + ".child", str(server.getsockname()[1])], check=True)
"""


def test_the_watches_see_an_offence(tmp_path: Path) -> None:
    """Of the program and of its child alike: what the tests above rely on."""
    (tmp_path / "offender.py").write_text(_OFFENDER, encoding="utf-8")
    watch, log = Watch(tmp_path / "watch"), tmp_path / "strace.log"
    prefix = strace_prefix(log) or []
    subprocess.run(
        [*prefix, sys.executable, str(tmp_path / "offender.py"), str(tmp_path / "out")],
        env={**os.environ, **watch.environment},
        check=True,
    )
    found = [watch.violations([tmp_path / "home"])]
    if prefix:
        found.append(strace_violations(log, [tmp_path / "home"], tmp_path))
    for violations in found:
        text = "\n".join(violations)
        assert f"{tmp_path}/out" in text
        assert f"{tmp_path}/out.child" in text
        assert "connect" in text
    assert watch.violations([tmp_path])[0] == f"socket {int(socket.AF_INET)}"
