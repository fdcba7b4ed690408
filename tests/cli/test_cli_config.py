"""The configuration as users meet it: shown, checked, described, mistaken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import revsearch


def configured(home: Path, text: str) -> Path:
    file = home / "config" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def shown(home: Path, **environment: str) -> dict[str, dict[str, Any]]:
    done = revsearch(home, "config", "show", "-f", "json", environment=environment)
    assert done.returncode == 0, done.stderr.decode()
    return {row["setting"]: row for row in json.loads(done.stdout)}


def sentence(home: Path, *arguments: str, **environment: str) -> str:
    done = revsearch(home, *arguments, environment=environment)
    assert done.returncode == 2 and done.stdout == b"", done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    return line.removeprefix("revsearch: ")


def test_each_setting_is_shown_with_where_it_comes_from(tmp_path: Path) -> None:
    configured(tmp_path, '[search]\nk = 7\n[methods.phash]\nsize = 8\n[general]\nmethods = ["sift"]\n')
    settings = shown(tmp_path, REVSEARCH_NETWORK_MAX_MB="3", REVSEARCH_GENERAL_METHODS="phash, onnx")
    assert (settings["search.k"]["value"], settings["search.k"]["from"]) == (7, "file")
    assert (settings["network.max_mb"]["value"], settings["network.max_mb"]["from"]) == (3, "REVSEARCH_NETWORK_MAX_MB")
    assert settings["general.methods"]["value"] == ["phash", "onnx"], "the environment goes before the file"
    assert settings["search.candidates"]["from"] == "default"
    assert settings["methods.phash.size"]["value"] == 8


def test_the_schema_names_every_setting_that_is_shown(tmp_path: Path) -> None:
    rows = json.loads(revsearch(tmp_path, "config", "schema", "-f", "json").stdout)
    assert {row["setting"] for row in rows} == set(shown(tmp_path))
    assert all(row["help"] and row["type"] and row["variable"].startswith("REVSEARCH_") for row in rows)


def test_the_path_is_that_of_the_file_that_is_read(tmp_path: Path) -> None:
    file = configured(tmp_path, "[search]\nk = 9\n")
    assert revsearch(tmp_path, "config", "path").stdout.decode() == f"{file}\n"


def test_a_sound_file_and_an_absent_one_are_said(tmp_path: Path) -> None:
    assert "absent, defaults are used" in revsearch(tmp_path, "config", "validate").stderr.decode()
    configured(tmp_path, "\ufeff[search]\nk = 9\n")
    done = revsearch(tmp_path, "config", "validate")
    assert done.returncode == 0 and "sound" in done.stderr.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serch]\nk = 1\n", "there is no section [serch]; did you mean [search]?"),
        ("[search]\ncandidate = 1\n", "[search] has no key 'candidate'; did you mean 'candidates'?"),
        ("[search]\nxyzzy = 1\n", "[search] has no key 'xyzzy'; it has: k, "),
        ("k = 1\n", "'k' stands outside of any section"),
        ("[search]\nk = 0\n", "'search.k' is at least 1, not 0"),
        ("[search]\nk = 'many'\n", "'search.k' takes a whole number, not 'many'"),
        ("[search]\nk = true\n", "'search.k' takes a whole number, not True"),
        ("[network]\ntimeout_s = nan\n", "'network.timeout_s' is at least 0.1, not nan"),
        ("[tui]\nview = 'gird'\n", "'tui.view' takes one of grid, list, not 'gird'"),
        ("[general]\nmethods = 'sift'\n", "'general.methods' takes a list of texts"),
        ("[search\n", "is not TOML"),
        ("[methods]\nphash = 1\n", "write the options of a method as [methods.phash]"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_the_file_and_the_cure(text: str, said: str, tmp_path: Path) -> None:
    file = configured(tmp_path, text)
    assert said in sentence(tmp_path, "config", "validate")
    assert str(file) in sentence(tmp_path, "search", "x.png")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[methods.phsh]\nsize = 8\n", "[methods.phsh] is for no known method; did you mean [methods.phash]?"),
        ("[methods.phash]\nsise = 16\n", "has no option 'sise'; did you mean 'size'?"),
        ("[methods.phash]\nsize = 99\n", "'size' is at most 32, not 99"),
        ("[methods.onnx]\nbatch = 0\n", "'batch' is at least 1, not 0"),
    ],
)
def test_options_of_methods_are_checked_by_validate(text: str, said: str, tmp_path: Path) -> None:
    file = configured(tmp_path, text)
    found = sentence(tmp_path, "config", "validate")
    assert said in found and str(file) in found


def test_options_of_a_method_that_lacks_its_model_are_no_mistake(tmp_path: Path) -> None:
    configured(tmp_path, "[methods.onnx]\nbatch = 8\n")
    assert revsearch(tmp_path, "config", "validate").returncode == 0


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("REVSEARCH_SEARCH_K", "many", "the variable REVSEARCH_SEARCH_K: 'search.k' takes a whole number, not 'many'"),
        ("REVSEARCH_SEARCH_CANDIDATE", "9", "sets nothing; did you mean REVSEARCH_SEARCH_CANDIDATES?"),
        ("REVSEARCH_INDEX_FOLLOW_LINKS", "perhaps", "takes true or false, not 'perhaps'"),
    ],
)
def test_a_mistake_in_the_environment_is_one_sentence(variable: str, value: str, said: str, tmp_path: Path) -> None:
    assert said in sentence(tmp_path, "config", "show", **{variable: value})


def test_configured_settings_act(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p00.png"
    done = revsearch(home, "search", query, "-m", "phash", "-0", environment={"REVSEARCH_SEARCH_K": "3"})
    assert done.stdout.count(b"\0") == 3


def test_configured_options_of_a_method_act(pictures: Path, tmp_path: Path) -> None:
    configured(tmp_path, "[methods.phash]\nsize = 8\n")
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash")
    document = json.loads(revsearch(tmp_path, "collections", "show", "-f", "json").stdout)
    assert document["keys"][0]["options"] == "hash=phash, size=8"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[general]\nmethods = ["phash", "fsit"]',
            "'general.methods' names no known method with 'fsit'; did you mean 'sift'?",
        ),
        ('[general]\nmethods = ["xyzzy"]', "names no known method with 'xyzzy'; there are: "),
        ('[general]\nmethods = ["cnn:cifra10"]', "'cnn' has no model 'cifra10'; did you mean 'cifar10'?"),
        (
            '[store]\nchroma_url = "localhost:8000"',
            "store.chroma_url 'localhost:8000' is not of the form http://host:port",
        ),
        ('[store]\nchroma_url = "ftp://localhost"', "is not of the form http://host:port"),
        ('[store]\nchroma_url = "http://"', "is not of the form http://host:port"),
        ('[store]\nchroma_url = "http://localhost:many"', "is not of the form http://host:port"),
        ('[keys]\n"app.qiut" = "x"', "[keys] names no key binding with 'app.qiut'; did you mean 'app.quit'?"),
        ('[keys]\n"app.quit" = " "', "[keys] gives 'app.quit' no key"),
    ],
)
def test_values_that_mean_nothing_are_found_by_validate(tmp_path: Path, text: str, said: str) -> None:
    file = configured(tmp_path, f"{text}\n")
    told = sentence(tmp_path, "config", "validate")
    assert told.startswith(f"{file}: ")
    assert said in told


def test_a_variable_with_such_a_value_is_named(tmp_path: Path) -> None:
    told = sentence(tmp_path, "config", "validate", REVSEARCH_GENERAL_METHODS="phsh")
    assert told.startswith("the variable REVSEARCH_GENERAL_METHODS: ")
    assert "did you mean 'phash'?" in told


def test_sound_values_are_passed(tmp_path: Path) -> None:
    configured(
        tmp_path,
        '[general]\nmethods = ["phash", "cnn:cifar10", "cnn"]\n[store]\nchroma_url = "https://chroma.example:8000"\n'
        '[keys]\n"app.quit" = "ctrl+x"\n',
    )
    done = revsearch(tmp_path, "config", "validate")
    assert done.returncode == 0, done.stderr.decode()


def test_a_server_that_cannot_be_one_is_told_before_the_work(tmp_path: Path) -> None:
    configured(tmp_path, '[store]\nchroma_url = "http://localhost:many"\n')
    (tmp_path / "pictures").mkdir()
    assert "is not of the form http://host:port" in sentence(
        tmp_path, "index", str(tmp_path / "pictures"), "-m", "phash"
    )
