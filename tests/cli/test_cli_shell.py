"""The program among other programs: completion, pipes, help, version, doctor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui import __version__
from tests.support.program import revsearch

COMMANDS = (
    *("index", "search", "collections", "plugins", "models", "datasets", "train", "runs", "eval", "robustness"),
    *("pick", "compare", "explain", "dupes", "clusters", "judge", "judgements", "serve", "config", "doctor"),
    *("demo", "completions"),
)


def completed(home: Path, words: str) -> list[str]:
    """What bash is offered for the last word of a command line."""
    environment = {
        "_REVSEARCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = revsearch(home, environment=environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_completion_script_names_the_program_and_its_variable(shell: str, tmp_path: Path) -> None:
    done = revsearch(tmp_path, "completions", shell)
    assert done.returncode == 0 and done.stderr == b""
    assert b"revsearch" in done.stdout and b"_REVSEARCH_COMPLETE" in done.stdout


def test_commands_and_their_verbs_are_completed(home: Path) -> None:
    assert completed(home, "revsearch sea") == ["search"]
    assert set(completed(home, "revsearch ")) == set(COMMANDS)
    assert completed(home, "revsearch collections sk") == ["skipped"]
    assert "--any-orientation" in completed(home, "revsearch search --a")


def test_methods_and_collections_are_completed_from_what_is_there(home: Path) -> None:
    assert completed(home, "revsearch search x.png -m ph") == ["phash"]
    assert "heif" not in completed(home, "revsearch search x.png -m "), "a reader is no method"
    assert completed(home, "revsearch search x.png -c pi") == ["pictures"]
    assert completed(home, "revsearch collections show pi") == ["pictures"]


def test_completing_with_a_broken_configuration_prints_no_error_into_the_line(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("[nonsense\n")
    assert completed(tmp_path, "revsearch search x.png -m ph") == ["phash"]
    words = {"_REVSEARCH_COMPLETE": "complete_bash", "COMP_WORDS": "revsearch search --region s", "COMP_CWORD": "3"}
    done = revsearch(tmp_path, environment=words)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_bash_completes_with_the_script(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "revsearch.bash"
    script.write_bytes(revsearch(home, "completions", "bash").stdout)
    launcher = tmp_path / "revsearch"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m revsearch_tui "$@"\n')
    launcher.chmod(0o755)
    asked = (
        f'source "{script}"; COMP_WORDS=(revsearch search x.png -m si); COMP_CWORD=4; '
        f'_revsearch_completion "{launcher}"; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked], capture_output=True, env={**os.environ, "REVSEARCH_HOME": str(home)}, check=True
    )
    assert done.stdout.decode().split() == ["sift"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX systems")
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "paths"])
def test_a_reader_that_has_enough_is_no_error(form: str, home: Path, pictures: Path) -> None:
    command = (
        f'"{sys.executable}" -m revsearch_tui search "{pictures}"/*/*.png -m phash -k 40 -f {form} | head -1; '
        'echo "${PIPESTATUS[0]}"'
    )
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, env={**os.environ, "REVSEARCH_HOME": str(home)}, check=True
    )
    narration = [line for line in done.stderr.decode().splitlines() if not line.endswith("hits")]
    assert narration == []
    assert done.stdout.decode().splitlines()[-1] == "0"


def test_a_closed_stdout_is_no_traceback(home: Path, pictures: Path) -> None:
    command = f'"{sys.executable}" -m revsearch_tui search "{pictures}/a/p00.png" -m phash >&-'
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, env={**os.environ, "REVSEARCH_HOME": str(home)}, check=False
    )
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_one_line(flag: str, tmp_path: Path) -> None:
    done = revsearch(tmp_path, flag)
    assert (done.returncode, done.stdout.decode()) == (0, f"revsearch {__version__}\n")


def test_help_lists_every_command_with_a_line_about_it(tmp_path: Path) -> None:
    text = revsearch(tmp_path, "--help").stdout.decode()
    for command in COMMANDS:
        (line,) = [line for line in text.splitlines() if line.split()[:1] == [command]]
        assert line.rstrip().endswith(".")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_has_its_help(command: str, tmp_path: Path) -> None:
    done = revsearch(tmp_path, command, "--help", environment={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    options = [number for number, line in enumerate(lines) if line.startswith("  -")]
    assert options
    for number in options:
        beside = "  " in lines[number].strip()
        below = number + 1 < len(lines) and lines[number + 1].startswith(" " * 20)
        assert beside or below, f"no help: {lines[number]}"


def test_nothing_but_the_cache_is_written_by_asking(tmp_path: Path) -> None:
    for command in (("--help",), ("plugins",), ("config", "show"), ("collections",), ("models",)):
        revsearch(tmp_path / "home", *command)
    assert {path.parent for path in (tmp_path / "home").rglob("*") if path.is_file()} <= {
        tmp_path / "home" / "cache" / "descriptions"
    }
    assert {path.name for path in (tmp_path / "home").glob("*")} <= {"cache"}


def test_doctor_checks_the_installation(tmp_path: Path) -> None:
    done = revsearch(tmp_path, "doctor", "--format", "json")
    rows = json.loads(done.stdout)
    assert rows and {row["status"] for row in rows} <= {"ok", "warn", "fail", "skip", "info"}
    assert done.returncode == (1 if any(row["status"] == "fail" for row in rows) else 0)
    assert all(row["check"] and row["detail"] for row in rows)
