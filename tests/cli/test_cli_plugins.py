"""`revsearch plugins`: a package for each kind of plugin works at once; one plugin is described and checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui.core.plugins.scaffold import KINDS, make_package
from tests.support.drawn import draw_folder
from tests.support.labelled import draw_classes
from tests.support.program import revsearch
from tests.support.site import install, made, method_source


def on_path(root: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))}


_SAMPLE = ("local", "dataset")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in _SAMPLE else pytest.mark.drill) for kind in KINDS]
)
def test_a_new_package_passes_its_own_tests_and_is_listed(kind: str, tmp_path: Path) -> None:
    root = made(tmp_path, kind)
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "tests"],
        cwd=root,
        env={**os.environ, **on_path(root), "REVSEARCH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout
    listed = revsearch(tmp_path, "plugins", "-f", "json", environment=on_path(root))
    (row,) = [row for row in json.loads(listed.stdout) if row["plugin"] == f"my-{kind}"]
    assert row["state"] == ("needs-model" if kind == "classifier" else "available")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_template_is_left_in_a_package(kind: str, tmp_path: Path) -> None:
    for file in make_package("my-own", kind, tmp_path):
        told = f"{file.relative_to(tmp_path)} {file.read_text(encoding='utf-8')}"
        left = ("new-plugin", "new_plugin", "NewPlugin", "New plugin", ".in ", "@ABOUT", "@USE", "@DEPENDENCIES")
        assert not [word for word in left if word in told]


@pytest.mark.parametrize("kind", ["vector", "local", "classifier"])
def test_a_whole_method_takes_no_more_than_60_lines_with_its_description(kind: str, tmp_path: Path) -> None:
    make_package("my-own", kind, tmp_path)
    code = [file.read_text(encoding="utf-8") for file in (tmp_path / "my-own" / "my_own").glob("[!_]*.py")]
    assert len(code) == 2
    assert sum(len(text.splitlines()) for text in code) <= 60


def test_a_name_that_is_none_and_a_folder_that_is_there_are_refused(tmp_path: Path) -> None:
    for name in ("My_Plugin", "ab", "../x"):
        done = revsearch(tmp_path, "plugins", "new", name, "--into", tmp_path)
        assert (done.returncode, b"is not a usable name" in done.stderr) == (2, True)
    kind = revsearch(tmp_path, "plugins", "new", "my-own", "--kind", "vektor", "--into", tmp_path)
    assert (kind.returncode, b"there are: vector, local, classifier" in kind.stderr) == (2, True)
    assert revsearch(tmp_path, "plugins", "new", "my-own", "--into", tmp_path).returncode == 0
    before = sorted(tmp_path.rglob("*"))
    again = revsearch(tmp_path, "plugins", "new", "my-own", "--into", tmp_path)
    assert (again.returncode, b"is there already" in again.stderr) == (2, True)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_classifier_of_a_third_party_is_fitted_and_searched_with(tmp_path: Path) -> None:
    environment = on_path(made(tmp_path, "classifier"))
    data = draw_classes(tmp_path / "data", each=6)

    def run(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
        return revsearch(tmp_path / "home", *words, environment=environment)

    unfitted = run("index", data, "-m", "my-classifier")
    assert unfitted.returncode == 4
    assert b"revsearch models fit my-classifier --name NAME --data FOLDER" in unfitted.stderr
    without = run("models", "fit", "my-classifier", "--name", "mine")
    assert (without.returncode, b"learns from labelled pictures" in without.stderr) == (2, True)
    fitted = run("models", "fit", "my-classifier", "--name", "mine", "--data", data)
    assert fitted.returncode == 0, fitted.stderr.decode()
    assert b"fitted 'mine' to 18 pictures" in fitted.stderr
    assert run("index", data, "-m", "my-classifier:mine").returncode == 0
    found = run("search", data / "rows" / "000.png", "-m", "my-classifier:mine", "-k", "1", "-f", "json")
    assert json.loads(found.stdout)[0]["hits"][0]["class"] == "rows"
    taken = run("models", "fit", "my-classifier", "--name", "mine", "--data", data)
    assert (taken.returncode, b"'mine'" in taken.stderr) == (2, True)


def test_a_plugin_is_described_with_its_options(tmp_path: Path) -> None:
    done = revsearch(tmp_path, "plugins", "info", "phash")
    told = done.stdout.decode()
    assert done.returncode == 0
    assert "option size" in told and "hamming" in told and "turned-rows" in told
    unknown = revsearch(tmp_path, "plugins", "info", "phsah")
    assert (unknown.returncode, b"did you mean 'phash'?" in unknown.stderr) == (4, True)


def test_checks_of_a_plugin_tell_what_fails(tmp_path: Path) -> None:
    install(tmp_path, "talks", method_source("talks", "talks", load="print('hello')"))
    environment = on_path(tmp_path)
    done = revsearch(tmp_path / "home", "plugins", "check", "talks", "-f", "json", environment=environment)
    assert done.returncode == 1
    failed = {row["check"]: row["reason"] for row in json.loads(done.stdout) if row["outcome"] == "failed"}
    assert set(failed) == {"quiet"} and "prints 'hello'" in failed["quiet"]
    assert b"1 failed" in done.stderr


def test_strictly_listed_a_broken_plugin_is_an_error(tmp_path: Path) -> None:
    install(tmp_path, "breaks", "raise ValueError('no')")
    environment = on_path(tmp_path)
    assert revsearch(tmp_path / "home", "plugins", environment=environment).returncode == 0
    done = revsearch(tmp_path / "home", "plugins", "--strict", environment=environment)
    assert (done.returncode, b"breaks is broken: loading it raised ValueError: no" in done.stderr) == (4, True)
    assert revsearch(tmp_path / "home", "plugins", "--strict").returncode == 0


def test_a_reader_made_from_the_template_reads_what_is_indexed(tmp_path: Path) -> None:
    environment = on_path(made(tmp_path, "reader"))
    folder = tmp_path / "pictures"
    draw_folder(folder, range(3))
    red = b"\xff\xff\x00\x00\x00\x00\xff\xff"
    (folder / "red.ff").write_bytes(b"farbfeld" + (40).to_bytes(4, "big") + (30).to_bytes(4, "big") + red * 1200)
    done = revsearch(tmp_path / "home", "index", folder, "-m", "phash", "-f", "json", environment=environment)
    assert json.loads(done.stdout)["pictures"] == 4, done.stderr.decode()


def test_a_third_partys_method_has_a_process_of_its_own_unless_the_user_sets_otherwise(tmp_path: Path) -> None:
    tell = "print('here' if 'revsearch_tui.cli.app' in sys.modules else 'apart')"
    install(tmp_path / "site", "mine", method_source("mine", "mine", load=f"import sys; {tell}"))
    environment = on_path(tmp_path / "site")
    draw_folder(tmp_path / "pictures", range(2))

    def run(*words: str | Path) -> str:
        done = revsearch(tmp_path / "home", *words, environment=environment)
        assert done.returncode == 0, done.stderr.decode()
        return (done.stdout + done.stderr).decode()

    assert "the method 'mine' printed: apart" in run("index", tmp_path / "pictures", "-m", "mine")
    assert "one of its own" in run("plugins", "info", "mine")
    assert "the program's" in run("plugins", "info", "phash")
    run("plugins", "set", "mine", "--no-process")
    assert "the program's" in run("plugins", "info", "mine")
    picture = next((tmp_path / "pictures").iterdir())
    assert "the method 'mine' printed: here" in run("search", picture, "-m", "mine")
    assert "plugins.mine.process" in run("config", "show")
    run("config", "validate")


def test_setting_a_plugin_wants_to_know_which_and_what(tmp_path: Path) -> None:
    nothing = revsearch(tmp_path, "plugins", "set", "phash")
    assert (nothing.returncode, b"say what to set: --process or --no-process" in nothing.stderr) == (2, True)
    unknown = revsearch(tmp_path, "plugins", "set", "phsah", "--process")
    assert (unknown.returncode, b"did you mean 'phash'?" in unknown.stderr) == (4, True)
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "config.toml").write_text("[plugins.phsah]\nprocess = true\n")
    wrong = revsearch(tmp_path, "config", "validate")
    assert (wrong.returncode, b"[plugins.phsah] is for no known plugin; did you mean 'phash'?" in wrong.stderr) == (
        2,
        True,
    )
