"""`revsearch plugins`: a package for each kind of plugin works at once; one plugin is described and checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.mark.drill
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


@pytest.mark.drill
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
    assert (
        wrong.returncode,
        b"[plugins.phsah] is for nothing that is installed; did you mean 'phash'?" in wrong.stderr,
    ) == (
        2,
        True,
    )


def test_a_plugin_that_ends_the_program_can_be_disabled_and_is_a_row_then(tmp_path: Path) -> None:
    install(tmp_path, "deadly", "import os; os._exit(9)")
    environment, home = on_path(tmp_path), tmp_path / "home"

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        return revsearch(home, "plugins", *words, environment=environment)

    assert run().returncode == 9
    done = run("disable", "deadly")
    assert (done.returncode, b"revsearch plugins enable deadly" in done.stderr) == (0, True)
    listed = run("list", "--json")
    (row,) = [row for row in json.loads(listed.stdout) if row["name"] == "deadly"]
    assert (row["kind"], row["state"]) == ("plugin", "disabled")
    assert (run("enable", "deadly").returncode, run().returncode) == (0, 9)
    assert (home / "config" / "config.toml").read_text("utf-8") == "[plugins.deadly]\n"


def test_searching_by_a_disabled_method_names_the_command_that_enables_it(home: Path, pictures: Path) -> None:
    config = home / "config" / "config.toml"
    try:
        assert revsearch(home, "plugins", "disable", "sift").returncode == 0
        done = revsearch(home, "search", pictures / "a" / "p03.png", "-m", "sift")
        assert done.returncode == 4
        assert b"'sift' is disabled: you switched it off; revsearch plugins enable sift has it back" in done.stderr
        left = revsearch(home, "search", pictures / "a" / "p03.png", "-k", "1", "-f", "json")
        assert (left.returncode, b"left out: the method 'sift' is disabled" in left.stderr) == (0, True)
    finally:
        config.unlink(missing_ok=True)


def test_options_are_shown_with_what_is_set_and_what_collections_have(tmp_path: Path, home: Path) -> None:
    def options(*words: str, of: Path = tmp_path) -> dict[str, dict[str, Any]]:
        done = revsearch(of, "plugins", "options", *words, "--json")
        assert done.returncode == 0, done.stderr.decode()
        return {row["option"]: row for row in json.loads(done.stdout)}

    before = options("phash")["size"]
    assert (before["default"], before["takes"], before["set"]) == (16, "a whole number, 8 to 32", None)
    after = options("phash", "-O", "size=8", "-O", "region=sift-salient")
    assert (after["size"]["set"], after["region"]["set"]) == (8, "sift-salient")
    assert options("phash", "-O", "size=")["size"]["set"] is None
    assert options("phash", of=home)["size"]["collections"] == {"pictures": 16}
    assert options("folders")["label"]["takes"] == "one of folder, name"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("phash", "-O", "size=7"), b"option 'size' is at least 8, not 7"),
        (("phash", "-O", "sizes="), b"has no option 'sizes'; did you mean 'size'?"),
        (("phash", "-O", "region=nowhere"), b"there is no region provider 'nowhere'"),
        (("efficientnet-softmax", "-O", "region"), b"is not of the form NAME=VALUE"),
        (("heif", "-O", "a=1"), b"'heif' is no method"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_nothing_is_written(
    words: tuple[str, ...], told: bytes, tmp_path: Path
) -> None:
    done = revsearch(tmp_path, "plugins", "options", *words)
    assert done.returncode in (2, 4) and told in done.stderr, done.stderr
    assert not (tmp_path / "config").exists()


def test_a_trace_tells_what_a_plugin_does_how_long_and_for_whom(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("", "utf-8")
    slow = "import keras, time\n" + method_source("slow-one", "slow_one").replace(
        "    return", "    time.sleep(.05)\n    return", 1
    )
    install(tmp_path, "slow-one", slow)
    environment = on_path(tmp_path)
    done = revsearch(tmp_path / "home", "plugins", "trace", "--json", "slow-one", environment=environment)
    loading, hook = json.loads(done.stdout)
    assert (loading["plugin"], loading["what"], loading["imported"]) == ("slow-one", "import", ["keras"])
    assert hook["what"] == "hook revsearch_methods" and hook["ms"] >= 50
    assert "cli.plugins.trace" in hook["caller"]


def test_a_traced_command_tells_which_objects_it_loads_and_whom_it_never_asks(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p03.png"
    done = revsearch(home, "plugins", "trace", "-f", "json", "search", query, "-m", "phash", "-k", "1")
    assert done.returncode == 0
    assert str(query).encode() in done.stderr, "the command's own output"
    steps = json.loads(done.stdout)
    (loaded,) = [step for step in steps if step["what"].startswith("import revsearch_phash.method:")]
    assert loaded["plugin"] == "phash" and loaded["caller"].startswith("core.methods.resolving")
    unknown = revsearch(home, "plugins", "trace", "phahs")
    assert (unknown.returncode, b"did you mean 'phash'?" in unknown.stderr) == (4, True)


@pytest.mark.parametrize("words", [("info", "phash"), ("check", "heif"), ("list",), ()])
def test_json_is_one_word(words: tuple[str, ...], tmp_path: Path) -> None:
    assert json.loads(revsearch(tmp_path, "plugins", *words, "--json").stdout)
