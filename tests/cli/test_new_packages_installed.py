"""Packages of `revsearch plugins new`, built into wheels and installed beside the program's, keep their promises."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from revsearch_tui.core.plugins.scaffold import KINDS
from tests.support.drawn import draw_folder
from tests.support.labelled import CLASSES, draw_classes
from tests.support.program import revsearch
from tests.support.wheels import Environment, wheel_of

pytestmark = pytest.mark.drill

WHAT = {
    "vector": "method",
    "local": "method",
    "classifier": "method",
    "region": "region provider",
    "reader": "reader",
    "dataset": "dataset",
    "metric": "metric",
    "fusion": "fusion rule",
    "action": "action",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new package of each kind, made by the command."""
    folder = tmp_path_factory.mktemp("packages")
    for kind in KINDS:
        done = revsearch(folder / "home", "plugins", "new", f"my-{kind}", "--kind", kind, "--into", folder)
        assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture(scope="module")
def installed(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """All of them, as wheels."""
    wheels = [wheel_of(packages / f"my-{kind}", packages / "wheels") for kind in KINDS]
    return Environment(tmp_path_factory.mktemp("environment"), wheels)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "labelled", each=6, side=72)


def test_the_program_comes_from_its_wheel(installed: Environment) -> None:
    file = installed.ran("-c", "import revsearch_tui, revsearch_sift; print(revsearch_tui.__file__)").strip()
    assert Path(file).is_relative_to(installed.site)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tests_of_a_package_pass_with_its_wheel(kind: str, packages: Path, installed: Environment) -> None:
    tests = shutil.copytree(packages / f"my-{kind}" / "tests", installed.folder / "tests" / kind)
    assert "passed" in installed.passes(tests)


def test_each_is_listed_with_its_distribution(installed: Environment, tmp_path: Path) -> None:
    rows = json.loads(installed.revsearch(tmp_path, "plugins", "-f", "json"))
    told = {(row["plugin"], row["kind"], row["state"], row["distribution"]) for row in rows}
    for kind in KINDS:
        state = "needs-model" if kind == "classifier" else "available"
        assert (f"my-{kind}", WHAT[kind], state, f"my-{kind} 0.1.0") in told


@pytest.mark.parametrize("kind", KINDS)
def test_the_commands_of_a_readme_work(
    kind: str, packages: Path, installed: Environment, tmp_path: Path, labelled: Path
) -> None:
    pictures = draw_folder(tmp_path / "drawn", range(6))
    (folder := tmp_path / "flat").mkdir()
    for file in labelled.rglob("*.png"):
        shutil.copy(file, folder / f"{file.parent.name}_{file.name}")
    places = {"~/Pictures": pictures, "QUERY.jpg": pictures / "p02.png"}
    places["FOLDER"] = labelled
    readme = (packages / f"my-{kind}" / "README.md").read_text(encoding="utf-8")
    commands = [line.removeprefix("$ revsearch ") for line in readme.splitlines() if line.startswith("$ revsearch ")]
    assert len(commands) >= 3
    for command in commands:
        words = [str(places.get(word, word)).replace(":FOLDER", f":{folder}") for word in command.split()]
        installed.revsearch(tmp_path / "home", *words)


@pytest.mark.parametrize("kind", ["vector", "local"])
def test_a_method_indexes_searches_and_is_evaluated(
    kind: str, installed: Environment, tmp_path: Path, labelled: Path
) -> None:
    folder = draw_folder(tmp_path / "drawn", range(6))
    installed.revsearch(tmp_path, "index", folder, "-m", f"my-{kind}")
    found = installed.revsearch(tmp_path, "search", folder / "p03.png", "-m", f"my-{kind}", "-f", "paths", "-k", "1")
    assert Path(found.strip()).name == "p03.png"
    told = json.loads(installed.revsearch(tmp_path, "eval", "run", labelled, "-m", f"my-{kind}", "-f", "json"))
    assert {row["method"] for row in told["outcomes"]} == {f"my-{kind}"}


def test_a_classifier_is_fitted_and_searched_with(installed: Environment, tmp_path: Path, labelled: Path) -> None:
    installed.revsearch(tmp_path, "models", "fit", "my-classifier", "--name", "mine", "--data", labelled)
    installed.revsearch(tmp_path, "index", labelled, "-m", "my-classifier:mine")
    query = labelled / "rows" / "002.png"
    found = installed.revsearch(tmp_path, "search", query, "-m", "my-classifier:mine", "-k", "1", "-f", "json")
    assert json.loads(found)[0]["hits"][0]["class"] == "rows"


def test_a_region_is_cut_out_before_a_method_looks(installed: Environment, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "drawn", range(4))
    installed.revsearch(tmp_path, "index", folder, "-m", "my-vector", "--region", "my-region")
    words = ("search", folder / "p02.png", "-m", "my-vector", "--region", "my-region", "-f", "paths", "-k", "1")
    assert Path(installed.revsearch(tmp_path, *words).strip()).name == "p02.png"


def test_files_of_its_format_are_indexed_with_a_reader(installed: Environment, tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "drawn", range(3))
    red = b"\xff\xff\x00\x00\x00\x00\xff\xff"
    (folder / "red.ff").write_bytes(b"farbfeld" + (40).to_bytes(4, "big") + (30).to_bytes(4, "big") + red * 1200)
    told = json.loads(installed.revsearch(tmp_path, "index", folder, "-m", "phash", "-f", "json"))
    assert told["pictures"] == 4


def test_a_data_set_is_listed_shown_and_measured_on(installed: Environment, tmp_path: Path) -> None:
    folder = tmp_path / "flat"
    folder.mkdir()
    for label in CLASSES:
        for file in sorted((draw_classes(tmp_path / f"of-{label}", each=6, side=72) / label).iterdir()):
            shutil.copy(file, folder / f"{label}_{file.name}")
    kinds = json.loads(installed.revsearch(tmp_path, "datasets", "list", "-f", "json"))
    assert "my-dataset" in {row["name"] for row in kinds}
    shown = installed.revsearch(tmp_path, "datasets", "show", f"my-dataset:{folder}")
    assert all(label in shown for label in CLASSES)
    words = ("eval", "run", f"my-dataset:{folder}", "-m", "my-vector", "-f", "json")
    assert json.loads(installed.revsearch(tmp_path, *words))["classes"] == sorted(CLASSES)


def test_a_metric_is_a_column_of_accuracy_tables(installed: Environment, tmp_path: Path, labelled: Path) -> None:
    words = ("eval", "run", labelled, "-m", "my-vector", "-p", "retrieve")
    assert "my-metric" in installed.revsearch(tmp_path, *words, "-f", "json")
    assert "my-metric" in installed.revsearch(tmp_path, *words)
