"""The plugin guide is true: its code is installed and run, its tables are compared with the contract."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from revsearch_tui.api import HOOKS, MethodInfo, OptionSpec, hookspecs
from revsearch_tui.api.testing import CHECK_NAMES
from revsearch_tui.api.testing.actions import CHECKS as ACTION_CHECKS
from revsearch_tui.api.testing.fusions import CHECKS as FUSION_CHECKS
from revsearch_tui.api.testing.stores import CHECKS as STORE_CHECKS
from revsearch_tui.core.plugins.registry import State
from tests.support.drawn import draw_folder
from tests.support.program import revsearch

GUIDE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")


def block_of(file: str) -> str:
    """The code block that follows the sentence that begins with the file's name."""
    found = re.search(rf"^`{re.escape(file)}` .*?:\n\n```\w+\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found, f"the guide shows no {file}"
    return found[1]


def block_with(text: str) -> str:
    """The Python block that holds a text."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if text in block]
    return str(block)


def installed(site: Path, project: str) -> None:
    """The entry points of a pyproject.toml, as an installer would write them."""
    data = tomllib.loads(project)["project"]
    info = site / f"{data['name'].replace('-', '_')}-{data['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {data['name']}\nVersion: {data['version']}\n")
    lines = [f"{name} = {value}" for name, value in data["entry-points"]["revsearch"].items()]
    (info / "entry_points.txt").write_text("[revsearch]\n" + "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the first chapter, installed."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "mean_colour").mkdir()
    (folder / "mean_colour" / "__init__.py").touch()
    for file in ("mean_colour/plugin.py", "mean_colour/method.py", "pyproject.toml", "test_mean_colour.py"):
        (folder / file).write_text(block_of(file), encoding="utf-8")
    installed(folder, block_of("pyproject.toml"))
    return folder


def test_the_commands_of_the_guide_work_as_they_stand(site: Path, tmp_path: Path) -> None:
    draw_folder(tmp_path / "Pictures", range(12))
    environment = {"PYTHONPATH": str(site), "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    (session,) = re.findall(r"^```console\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    commands = [line.removeprefix("$ revsearch ") for line in session.splitlines()]
    assert len(commands) == 5
    outputs = []
    for command in commands:
        words = [word.replace("~", str(tmp_path)) for word in command.split()]
        done = revsearch(tmp_path / "home", *words, environment=environment)
        assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
        outputs.append(done.stdout.decode())
    assert re.search(r"method +mean-colour +available +mean-colour +mean-colour 1\.0", outputs[0])
    for listing in (outputs[2], outputs[4]):
        assert re.search(r"^ *1 +1\.0000 +0\.0000 +l2 distance +.*p01\.png$", listing, re.MULTILINE)
    keys = revsearch(tmp_path / "home", "collections", "show", "-f", "json", environment=environment).stdout
    assert {key["dim"] for key in json.loads(keys)["keys"]} == {27, 75}


def test_the_guides_own_test_passes(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mean_colour.py"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout or done.stdout.startswith(".")


def test_the_expected_failure_of_the_guide_is_reported_as_no_longer_true(site: Path) -> None:
    source = (
        f"import mean_colour.plugin\nfrom revsearch_tui.api.testing import check_plugin\n{block_with('on purpose')}"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, check=False
    )
    assert b"mean-colour.batches: expected to fail" in done.stderr


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module with every hook, installed."""
    folder = tmp_path_factory.mktemp("everything")
    (folder / "everything.py").write_text(block_with("def revsearch_datasets"), encoding="utf-8")
    installed(
        folder, '[project]\nname = "everything"\nversion = "1"\nentry-points.revsearch.everything = "everything"\n'
    )
    return folder


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_in_the_guide_with_its_exact_arguments_and_answer(hook: str) -> None:
    signature = inspect.signature(getattr(hookspecs, hook))
    row = (
        f"| `{hook}{signature.replace(return_annotation=inspect.Signature.empty)}` | `{signature.return_annotation}` |"
    )
    assert row in GUIDE
    assert signature.return_annotation == f"list[{HOOKS[hook].__name__}]"
    assert f"def {hook}() -> {signature.return_annotation}:" in block_with("def revsearch_datasets")


def test_every_hook_of_the_guides_module_gives_a_row(everything: Path, tmp_path: Path) -> None:
    done = revsearch(tmp_path, "plugins", "-f", "json", environment={"PYTHONPATH": str(everything)})
    rows = [row for row in json.loads(done.stdout) if row["plugin"] == "everything"]
    assert {(row["kind"], row["name"], row["state"]) for row in rows} == {
        ("method", "grey-level", "available"),
        ("region provider", "middle", "available"),
        ("reader", "plain-grey", "available"),
        ("dataset", "by-folder", "available"),
        ("metric", "first-hit", "available"),
        ("action", "count-hits", "available"),
        ("fusion rule", "mean-share", "available"),
        ("store", "one-file", "available"),
    }
    assert len(rows) == len(HOOKS)


def test_the_guides_module_passes_the_kit(everything: Path) -> None:
    source = (
        "import everything\nfrom revsearch_tui.api.testing import check_plugin\n"
        "print(sorted({r.subject for r in check_plugin(everything)}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": str(everything)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(
        name in done.stdout
        for name in ("grey-level", "plain-grey", "first-hit", "count-hits", "mean-share", "one-file")
    )


def test_a_reader_of_a_third_party_reads_what_is_indexed(everything: Path, tmp_path: Path) -> None:
    folder = tmp_path / "levels"
    folder.mkdir()
    for level in (10, 90, 200):
        (folder / f"{level}.grey").write_text(str(level))
    (folder / "bad.grey").write_text("no number")
    environment = {"PYTHONPATH": str(everything)}
    indexed = revsearch(tmp_path, "index", folder, "-m", "grey-level", environment=environment)
    assert b"bad.grey: no grey level" in indexed.stderr
    found = revsearch(tmp_path, "search", folder / "90.grey", "-f", "paths", "-k", "2", environment=environment)
    assert [Path(line).name for line in found.stdout.decode().splitlines()] == ["90.grey", "10.grey"]


def test_the_tables_name_every_field_state_and_check() -> None:
    def named_in(heading: str) -> set[str]:
        section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
        return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}

    assert named_in("MethodInfo") == {field.name for field in dataclasses.fields(MethodInfo)}
    assert named_in("States") == set(get_args(State))
    assert named_in("The conformance kit") == set(CHECK_NAMES)
    assert named_in("Rules of fusion") == {check.__name__ for check in FUSION_CHECKS}
    assert named_in("Vector stores") == {check.__name__ for check in STORE_CHECKS}
    assert named_in("Actions") == {check.__name__ for check in ACTION_CHECKS}


def test_the_guide_gives_the_options_constructor_as_it_is() -> None:
    parameters = inspect.signature(OptionSpec).parameters.values()
    bare = inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters])
    told = str(bare).strip("()").replace("=''", '=""').replace("='index'", '="index"')
    assert f"`OptionSpec({told})`" in GUIDE


def test_the_size_of_pictures_is_as_the_guide_says() -> None:
    from revsearch_tui.core.images.limits import WORKING_SIDE

    (told,) = re.findall(r"at most (\d+) pixels on the\s+longest side", GUIDE)
    assert int(told) == WORKING_SIDE
