"""Plugins of third parties, sound and broken, installed for real and seen through the installed program."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn import draw_folder
from tests.support.program import revsearch
from tests.support.site import install, method_source

RAISES_IN_HOOK = """
from revsearch_tui.api import hookimpl

@hookimpl
def revsearch_methods():
    raise KeyError("no such thing\\nas this")
"""

RUBBISH = """
from revsearch_tui.api import hookimpl

@hookimpl
def revsearch_methods():
    return ["phash", 7]
"""

EXITS_IN_HOOK = """
import sys
from revsearch_tui.api import hookimpl

@hookimpl
def revsearch_methods():
    sys.exit("bye")
"""

NO_LIST = """
from revsearch_tui.api import hookimpl

@hookimpl
def revsearch_methods():
    return 42
"""

MISSPELT = """
from revsearch_tui.api import hookimpl

def revsearch_method():
    return []
"""

WRONG_TYPES = """
from revsearch_tui.api import MethodInfo, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo("careless", "T", "S.", "vector", "l2", 3, "careless:Method", requires=None)]
"""

BAD_NAME = """
from revsearch_tui.api import MethodInfo, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo("Bad Name", "T", "S.", "vector", "l2", 3, "bad_name:Method")]
"""

STATES = {
    "raising": ("plugin", "broken", "loading it raised RuntimeError: no GPU in this house"),
    "hooked": ("plugin", "broken", "its hook revsearch_methods raised KeyError: 'no such thing"),
    "futuristic": ("method", "incompatible", "made for version 2 of the plugin contract, this program has 1"),
    "lacking": ("method", "unavailable", "needs the package no_such_package: install extra 'rich-colours'"),
    "exiting": ("plugin", "broken", "loading it raised SystemExit: goodbye"),
    "leaving": ("plugin", "broken", "its hook revsearch_methods raised SystemExit: bye"),
    "rubbish": ("plugin", "broken", "its hook revsearch_methods returned a str among its infos"),
    "listless": ("plugin", "broken", "its hook revsearch_methods returned a int, not a list"),
    "misspelt": ("plugin", "broken", "'revsearch_method' is none, did it mean 'revsearch_methods'?"),
    "careless": ("plugin", "broken", "the info 'careless' whose 'requires' is of the wrong type"),
    "badname": ("plugin", "broken", "'Bad Name' is not a usable name"),
    "absent": ("plugin", "broken", "loading it raised ModuleNotFoundError"),
    "phash": ("method", "shadowed", "the plugin 'phash' already offers this name"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with every kind of broken plugin and one that works."""
    folder = tmp_path_factory.mktemp("site")
    install(folder, "raising", "raise RuntimeError('no GPU in this house')")
    install(folder, "hooked", RAISES_IN_HOOK)
    install(folder, "futuristic", method_source("futuristic", "futuristic", more="api_version=2"))
    lacking = 'requires=("no_such_package", "os.path"), extra="rich-colours"'
    install(folder, "lacking", method_source("lacking", "lacking", more=lacking))
    install(folder, "exiting", "import sys; sys.exit('goodbye')")
    install(folder, "leaving", EXITS_IN_HOOK)
    install(folder, "rubbish", RUBBISH)
    install(folder, "listless", NO_LIST)
    install(folder, "misspelt", MISSPELT)
    install(folder, "careless", WRONG_TYPES)
    install(folder, "badname", BAD_NAME)
    install(folder, "absent", "")
    (folder / "absent.py").unlink()
    install(folder, "aaa-usurper", method_source("phash", "usurper"), entry="usurper", module="usurper")
    install(folder, "mean-colour", method_source("mean-colour", "mean_colour"))
    install(folder, "failing", method_source("failing", "failing", load="raise ValueError('out of\\nluck')"))
    install(folder, "wrong-shape", method_source("wrong-shape", "wrong_shape", embed="return np.zeros((1, 2))"))
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("pictures"), range(6))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def path_with(site: Path) -> Mapping[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))}


@pytest.fixture(scope="module")
def rows(site: Path, home: Path) -> list[dict[str, Any]]:
    done = revsearch(home, "plugins", "--format", "json", environment=path_with(site))
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", STATES)
def test_a_plugin_that_does_not_work_is_a_row_with_a_reason(name: str, rows: list[dict[str, Any]]) -> None:
    kind, state, reason = STATES[name]
    named = {"badname": "badname", "phash": "phash"}.get(name, name)
    (row,) = [row for row in rows if row["name"] == named and row["state"] not in ("available",)]
    assert (row["kind"], row["state"]) == (kind, state)
    assert reason in row["reason"]
    assert "\n" not in row["reason"]


def test_the_rest_is_as_if_the_broken_ones_were_not_there(rows: list[dict[str, Any]]) -> None:
    states = {row["name"]: row["state"] for row in rows if row["state"] in ("available", "needs-model")}
    assert {"phash": "available", "sift": "available", "onnx": "needs-model", "mean-colour": "available"}.items() <= (
        states.items()
    )
    own = [row for row in rows if row["name"] == "phash" and row["state"] == "available"]
    assert own[0]["distribution"].startswith("revsearch-tui ")


def test_a_row_names_the_distribution_and_its_version(rows: list[dict[str, Any]]) -> None:
    (row,) = [row for row in rows if row["name"] == "mean-colour"]
    assert (row["plugin"], row["distribution"]) == ("mean-colour", "mean-colour 1.2")


def test_a_third_partys_method_works_from_index_to_search_beside_the_broken_ones(
    site: Path, home: Path, pictures: Path
) -> None:
    environment = path_with(site)
    done = revsearch(home, "index", pictures, "-c", "mine", "-m", "mean-colour", "-m", "phash", environment=environment)
    assert done.returncode == 0, done.stderr.decode()
    for method, unit in (("mean-colour", "l2 distance"), ("phash", "bits")):
        query = ("search", pictures / "p02.png", "-c", "mine", "-m", method, "-k", "3", "-f", "jsonl")
        hits = [json.loads(line) for line in revsearch(home, *query, environment=environment).stdout.splitlines()]
        assert [hit["method"] for hit in hits] == [method] * 3
        assert (hits[0]["path"], hits[0]["score"], hits[0]["unit"]) == (str(pictures / "p02.png"), 1.0, unit)


@pytest.mark.drill
@pytest.mark.parametrize("name", sorted(set(STATES) - {"phash"}))
def test_naming_a_broken_plugin_is_an_error_in_one_sentence(
    name: str, site: Path, tmp_path: Path, pictures: Path
) -> None:
    done = revsearch(tmp_path, "index", pictures, "-m", name, environment=path_with(site))
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 4
    assert done.stdout == b""
    assert len(lines) == 1 and lines[0].startswith(f"revsearch: the method '{name}' is {STATES[name][1]}: ")


def test_a_method_that_fails_to_load_is_an_error_in_one_sentence(site: Path, tmp_path: Path, pictures: Path) -> None:
    done = revsearch(tmp_path, "index", pictures, "-m", "failing", environment=path_with(site))
    assert done.returncode == 4
    assert done.stderr.decode() == "revsearch: the method 'failing' failed: ValueError: out of luck\n"


def test_a_method_that_returns_a_wrong_shape_is_an_error_in_one_sentence(
    site: Path, tmp_path: Path, pictures: Path
) -> None:
    done = revsearch(tmp_path, "index", pictures, "-m", "wrong-shape", environment=path_with(site))
    assert done.returncode == 4
    (line,) = done.stderr.decode().splitlines()
    assert "'wrong-shape' returned an array of shape (1, 2)" in line


def test_a_method_whose_plugin_was_uninstalled_does_not_block_the_others(
    site: Path, home: Path, pictures: Path
) -> None:
    """Nobody named it: the collection is merely indexed by it."""
    revsearch(home, "index", pictures, "-c", "both", "-m", "phash", "-m", "mean-colour", environment=path_with(site))
    done = revsearch(home, "search", pictures / "p01.png", "-c", "both", "-f", "jsonl", "-k", "1")
    assert done.returncode == 0
    assert json.loads(done.stdout)["method"] == "phash"
    assert "left out: there is no method 'mean-colour'" in done.stderr.decode()
    again = revsearch(home, "index", "-c", "both")
    assert again.returncode == 4, "not all that the collection is indexed by took part"
    assert "left out: there is no method 'mean-colour'" in again.stderr.decode()


def test_an_environment_variable_restricts_the_plugins_that_are_loaded(site: Path, home: Path) -> None:
    def names(value: str) -> list[str]:
        environment = {**path_with(site), "REVSEARCH_LOAD_PLUGINS": value}
        done = revsearch(home, "plugins", "-f", "json", environment=environment)
        return [row["name"] for row in json.loads(done.stdout or b"[]")]

    assert names("phash, mean-colour") == ["phash", "mean-colour"]
    assert names("") == []


def test_a_package_name_with_dots_is_looked_for_without_importing_its_parent(tmp_path: Path, home: Path) -> None:
    package = tmp_path / "explosive"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "inner.py").write_text("")
    install(tmp_path, "careful", method_source("careful", "careful", more='requires=("explosive.inner",)'))
    install(tmp_path, "wanting", method_source("wanting", "wanting", more='requires=("explosive.outer",)'))
    done = revsearch(home, "plugins", "-f", "json", environment=path_with(tmp_path))
    states = {row["name"]: row["state"] for row in json.loads(done.stdout)}
    assert (states["careful"], states["wanting"]) == ("available", "unavailable")
