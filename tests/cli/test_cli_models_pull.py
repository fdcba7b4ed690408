"""Published models: downloaded, checked, converted, stored."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.support.program import revsearch
from tests.support.served import served
from tests.support.site import install

PLUGIN = """
from revsearch_tui.api import Download, MethodInfo, ModelDownload, TrainedModel, hookimpl

def _item(name, convert, **more):
    return ModelDownload(name, "S.", Download("{url}/weights.bin", "weights.bin", "{checksum}"), convert, **more)

@hookimpl
def revsearch_methods():
    return [MethodInfo(
        name="shades", title="T", summary="S.", shape="vector", metric="l2", dim=3, factory="shadow:Method",
        models="required", models_of="shades-base",
        downloads=(
            _item("grey-shades", "shadow:convert"),
            _item("odd-shades", "shadow:fail"),
            _item("rich-shades", "shadow:convert", requires=("no_such_package",), extra="colours"),
        ),
    )]

class Method:
    pass

def convert(file, folder, control):
    (folder / "shades.txt").write_bytes(file.read_bytes().upper())
    return TrainedModel("shades.txt", {{"levels": 3}}, {{"from": file.name}})

def fail(file, folder, control):
    raise ArithmeticError("odd weights")
"""

WEIGHTS = b"dark and light"


def plugin(site: Path, url: str) -> dict[str, str]:
    install(site, "shadow", PLUGIN.format(url=url, checksum=f"sha256-prefix:{hashlib.sha256(WEIGHTS).hexdigest()[:8]}"))
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


def sentence(home: Path, code: int, environment: dict[str, str], *arguments: str | Path) -> str:
    done = revsearch(home, "models", "pull", *arguments, environment=environment)
    assert done.returncode == code, done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    return line.removeprefix("revsearch: ")


@pytest.fixture
def offline(tmp_path: Path) -> dict[str, str]:
    return plugin(tmp_path / "site", "http://127.0.0.1:9")


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    file = tmp_path / "brought.bin"
    file.write_bytes(WEIGHTS)
    return file


def test_a_model_is_downloaded_converted_and_stored_for_the_method_that_owns_it(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(WEIGHTS)
    with served(tmp_path) as url:
        environment = plugin(tmp_path / "site", url)
        said = sentence(tmp_path / "home", 0, environment, "grey-shades")
    assert said == "registered 'grey-shades'; use it with: revsearch index FOLDER -m shades-base:grey-shades"
    shown = json.loads(revsearch(tmp_path / "home", "models", "show", "grey-shades", "-f", "json").stdout)
    assert (shown["method"], shown["main"]) == ("shades-base", "shades.txt")
    assert (shown["settings"], shown["training"]) == ({"levels": 3}, {"from": "weights.bin"})
    assert (tmp_path / "home/data/models/grey-shades/shades.txt").read_bytes() == WEIGHTS.upper()
    assert "there is a model 'grey-shades' already" in sentence(tmp_path / "home", 2, environment, "grey-shades")
    done = revsearch(tmp_path / "home", "models", "pull", "grey-shades", "--name", "second", environment=environment)
    assert done.returncode == 0, "the file is still there, and the server is not asked"


def test_offline_the_sentence_says_what_to_fetch_and_how_to_give_it(
    tmp_path: Path, offline: dict[str, str], brought: Path
) -> None:
    said = sentence(tmp_path, 4, offline, "grey-shades")
    assert "'http://127.0.0.1:9/weights.bin' cannot be fetched" in said
    assert "fetch weights.bin elsewhere and give it with --file FILE" in said
    assert sentence(tmp_path, 0, offline, "grey-shades", "--file", brought).startswith("registered 'grey-shades'")


def test_a_file_that_is_not_the_published_one_is_not_converted(tmp_path: Path, offline: dict[str, str]) -> None:
    (tmp_path / "wrong.bin").write_bytes(b"something else")
    said = sentence(tmp_path, 4, offline, "grey-shades", "--file", tmp_path / "wrong.bin")
    assert "wrong.bin is not weights.bin from" in said and "another sha256" in said
    assert revsearch(tmp_path, "models", "list").returncode in (0, 1)
    assert not (tmp_path / "data" / "models" / "grey-shades").exists()


def test_what_converting_needs_is_asked_for_before_anything_is_downloaded(
    tmp_path: Path, offline: dict[str, str]
) -> None:
    said = sentence(tmp_path, 4, offline, "rich-shades")
    assert "takes no_such_package, not installed: pip install 'revsearch-tui[colours]'" in said


def test_a_conversion_that_fails_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, offline: dict[str, str], brought: Path
) -> None:
    said = sentence(tmp_path, 4, offline, "odd-shades", "--file", brought)
    assert "converting 'odd-shades' failed: ArithmeticError: odd weights" in said
    assert list((tmp_path / "data" / "models").iterdir()) == []


def test_an_unknown_model_is_told_with_the_nearest_one(tmp_path: Path, offline: dict[str, str]) -> None:
    assert "did you mean 'grey-shades'?" in sentence(tmp_path, 4, offline, "gray-shades")
