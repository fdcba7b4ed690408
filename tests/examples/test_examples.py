"""The distributions in docs/examples do what they are there to show: their own tests pass beside this program."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
OWN = ("revsearch-comb-mnz", "revsearch-html-report", "revsearch-sqlite-store")


@pytest.mark.drill
@pytest.mark.parametrize("name", OWN)
def test_the_tests_of_an_example_pass(name: str, tmp_path: Path) -> None:
    folder = EXAMPLES / name
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("name", OWN)
def test_an_example_is_a_distribution_with_an_entry_point_into_itself(name: str) -> None:
    project = tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text(encoding="utf-8"))
    (module,) = project["project"]["entry-points"]["revsearch"].values()
    assert (EXAMPLES / name / f"{module.replace('.', '/')}.py").is_file()
    assert project["project"]["name"] == name and (EXAMPLES / name / "README.md").is_file()
