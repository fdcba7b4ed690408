"""The examples of plugins, built into wheels and installed beside the program's, pass their tests and do their work."""

from __future__ import annotations

import json
import runpy
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.support.drawn import draw, draw_folder
from tests.support.wheels import ROOT, Environment, wheel_of

pytestmark = pytest.mark.drill

EXAMPLES = sorted(file.parent for file in (ROOT / "docs" / "examples").glob("*/pyproject.toml"))
NAMES = [example.name for example in EXAMPLES]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("examples")
    wheels = [wheel_of(shutil.copytree(example, folder / example.name), folder / "wheels") for example in EXAMPLES]
    return Environment(folder / "environment", wheels)


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_example_passes_its_tests_from_its_wheel(example: Path, installed: Environment) -> None:
    tests = shutil.copytree(example / "tests", installed.folder / "tests" / example.name)
    told = installed.passes(tests)
    assert "passed" in told or "skipped" in told


def test_each_is_listed_and_none_is_broken(installed: Environment, tmp_path: Path) -> None:
    rows = json.loads(installed.revsearch(tmp_path, "plugins", "-f", "json"))
    listed = {row["distribution"].partition(" ")[0] for row in rows}
    assert set(NAMES) <= listed
    states = {row["state"] for row in rows if row["distribution"].partition(" ")[0] in NAMES}
    assert states <= {"available", "needs-model", "unavailable"}


@pytest.mark.parametrize("method", ["cld", "orb"])
def test_a_method_finds_a_picture_again_and_its_copy(method: str, installed: Environment, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "drawn", range(6))
    installed.revsearch(tmp_path, "index", folder, "-m", method)
    words = ("search", folder / "p03.png", "-m", method, "-f", "paths", "-k", "1")
    assert Path(installed.revsearch(tmp_path, *words).strip()).name == "p03.png"


def test_matched_corners_explain_a_pair_and_robustness_is_measured(installed: Environment, tmp_path: Path) -> None:
    (folder := tmp_path / "drawn").mkdir()
    for seed in range(5):
        # So large that many corners are found in several sizes, and not all of a picture's find themselves.
        draw(seed, (640, 480)).save(folder / f"p{seed:02d}.png")
    pair = (folder / "p03.png", folder / "p03.png")
    (told,) = json.loads(installed.revsearch(tmp_path, "explain", *pair, "-m", "orb", "-f", "json"))["methods"]
    assert told["inliers"] >= 10 and any("agree on one geometry" in each for each in told["says"])
    installed.revsearch(tmp_path, "robustness", "-d", folder, "-m", "orb", "-t", "crop=20", "--sample", "4")


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_example_needs_the_contract_alone_and_says_what_it_is(example: Path) -> None:
    project = tomllib.loads((example / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT" and (example / "LICENSE").read_text().startswith("MIT License")
    assert (example / project["readme"]).is_file() and "revsearch-tui<2" in project["dependencies"]
    for file in example.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "revsearch_tui.core" not in text and "revsearch_tui.cli" not in text, file


def test_a_raw_file_is_indexed(installed: Environment, tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    make = runpy.run_path(str(ROOT / "docs" / "examples" / "revsearch-raw" / "tests" / "dng.py"))["dng"]
    folder = draw_folder(tmp_path / "drawn", range(2))
    (folder / "shot.dng").write_bytes(make(np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)))
    told = json.loads(installed.revsearch(tmp_path, "index", folder, "-m", "cld", "-f", "json"))
    assert (told["pictures"], told["skipped"]) == (3, [])
