"""The plugin guide is followed line by line, from nothing to installed wheels, by its own commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.drawn import draw_folder
from tests.support.wheels import ROOT, Environment

pytestmark = pytest.mark.drill

GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
CHAPTERS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", GUIDE, re.DOTALL | re.MULTILINE))


def commands_of(chapter: str, language: str) -> list[str]:
    """What is typed, of all blocks of a chapter."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", CHAPTERS[chapter], re.DOTALL | re.MULTILINE)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def write_files_of(chapter: str, folder: Path) -> None:
    """The files of the tree that a chapter begins with: each is shown whole after a sentence that its name begins."""
    text = CHAPTERS[chapter]
    (tree,) = re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for file, about in re.findall(r"^  (\S+)(.*)$", tree, re.MULTILINE):
        shown = re.search(rf"^`{re.escape(file)}` .*?:\n\n```\w+\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        assert shown or about.strip() == "(empty)", f"the guide shows no {file}"
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(shown[1] if shown else "", encoding="utf-8")


class Shell:
    """Runs the guide's commands in an environment that has the program and nothing else of ours."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.folder, self.environment = folder, environment
        tools = environment.folder / "tools"
        tools.mkdir()
        for name, words in {
            "pip": f"{sys.executable} -m pip --python {environment.python}",
            "pytest": f"{environment.python} -P -m pytest -p no:cacheprovider",
            "revsearch": f"{environment.python} -P -m revsearch_tui",
        }.items():
            (tools / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
            (tools / name).chmod(0o755)
        self.variables = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "REVSEARCH_HOME": str(folder / "home"),
            # The web may be away: what builds and what tests is what the tests run with.
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def types(self, command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    if sys.platform == "win32":
        pytest.skip("the guide's commands are those of a POSIX shell")
    draw_folder(tmp_path / "Pictures", range(12))
    return Shell(Environment(tmp_path / "environment", []), tmp_path)


def test_a_minute_makes_a_package_that_is_installed_tested_and_checked(shell: Shell) -> None:
    typed = commands_of("In a minute", "text")
    assert typed[0] == "revsearch plugins new my-method --kind vector" and len(typed) == 4
    told = [shell.types(command) for command in typed]
    assert "passed" in told[2] or "100%" in told[2]
    assert "none failed" in told[3]
    assert "my-method" in shell.types("revsearch plugins")


def test_the_guides_method_is_written_installed_used_and_built_into_a_wheel(shell: Shell) -> None:
    chapter = "From nothing to an installed method"
    project = shell.folder / "mean-colour"
    write_files_of(chapter, project)
    for command in ["pip install -e ./mean-colour", *commands_of(chapter, "console")]:
        told = shell.types(command)
    assert "p01.png" in told
    shell.types("pytest mean-colour/test_mean_colour.py")
    shell.types("pip uninstall -y mean-colour")
    assert "mean-colour" not in shell.types("revsearch plugins")
    for command in commands_of("Publishing", "sh"):
        told = shell.types(command)
    assert "none failed" in told
    shutil.rmtree(project)
    assert "available    mean-colour" in shell.types("revsearch plugins")


def test_every_block_of_code_is_run_by_some_test() -> None:
    """Whoever adds one to a chapter that has none adds it to what is run here or beside."""
    run = {
        "In a minute": {"text": 1},
        "From nothing to an installed method": {"text": 1, "python": 3, "toml": 1, "console": 1},
        "The command": {"text": 1},
        "Publishing": {"sh": 1},
        "The conformance kit": {"python": 1},
        "Rules of fusion": {"sh": 1},
        "Vector stores": {"sh": 1},
        "When a plugin fails": {"text": 1, "toml": 1},
        "Hooks": {"python": 1},
    }
    for chapter, text in CHAPTERS.items():
        found: dict[str, int] = {}
        for language in re.findall(r"^```(\w+)\n", text, re.MULTILINE):
            found[language] = found.get(language, 0) + 1
        assert found == run.get(chapter, {}), chapter
