"""Models: registered, tried, listed, used, tampered with, fitted to a collection, removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.models.model_store import add_model
from tests.support.hostile_onnx import by, in_the_run, node
from tests.support.program import revsearch
from tests.support.tiny_onnx import write_tiny_onnx


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A home with the model `tiny` of `onnx` and a collection that is indexed by it."""
    folder = tmp_path_factory.mktemp("models-home")
    file = write_tiny_onnx(folder / "Tiny.onnx")
    done = revsearch(folder, "models", "add", file)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.decode() == (
        "registered 'tiny', 12 numbers a picture; use it with: revsearch index FOLDER -m onnx:tiny\n"
    )
    done = revsearch(folder, "index", pictures / "a", "-m", "tiny")
    assert done.returncode == 0, done.stderr.decode()
    return folder


def first_hit(home: Path, *arguments: str | Path) -> Any:
    done = revsearch(home, "search", *arguments, "-k", "1", "-f", "jsonl")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def own_rows(home: Path) -> list[dict[str, Any]]:
    """The listed models that the user stored."""
    rows = json.loads(revsearch(home, "models", "list", "-f", "json").stdout)
    return [row for row in rows if row["origin"] == "own"]


def sentence(home: Path, code: int, *arguments: str | Path) -> str:
    done = revsearch(home, *arguments)
    assert done.returncode == code, done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    return line.removeprefix("revsearch: ")


def test_no_models_is_1_and_says_how_to_add_one(tmp_path: Path) -> None:
    for command in (("models",), ("models", "list")):
        done = revsearch(tmp_path, *command, environment={"REVSEARCH_LOAD_PLUGINS": "onnx"})
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"revsearch models add FILE" in done.stderr


def test_a_models_folder_from_another_home_is_registered_as_it_is(own: Path, tmp_path: Path, pictures: Path) -> None:
    done = revsearch(tmp_path, "models", "add", own / "data" / "models" / "tiny")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.decode() == "registered 'tiny'; use it with: revsearch index FOLDER -m onnx:tiny\n"
    assert own_rows(tmp_path)[0]["sha256"] == own_rows(own)[0]["sha256"]
    assert sentence(tmp_path, 2, "models", "add", own / "data" / "models" / "tiny").startswith(
        "there is a model 'tiny'"
    )


def test_a_registered_model_is_listed_with_its_facts(own: Path) -> None:
    (row,) = own_rows(own)
    assert (row["name"], row["method"], row["dim"]) == ("tiny", "onnx", 12)


def test_a_model_is_shown_after_its_files_were_checked(own: Path) -> None:
    document = json.loads(revsearch(own, "models", "show", "tiny", "-f", "json").stdout)
    assert document["method"] == "onnx" and document["settings"] == {"range": [-1, 1]}


@pytest.mark.parametrize("way", [("-m", "onnx:tiny"), ("-m", "tiny"), ("-m", "onnx"), ("--model", "tiny"), ()])
def test_a_model_is_named_in_many_ways(way: tuple[str, ...], own: Path, pictures: Path) -> None:
    query = pictures / "a" / "p06.png"
    hit = first_hit(own, query, *way)
    assert (hit["method"], hit["path"], hit["score"], hit["unit"]) == ("onnx:tiny", str(query), 1.0, "cosine")


def test_options_of_a_method_reach_it_under_a_models_bare_name(own: Path, pictures: Path) -> None:
    query = pictures / "a" / "p06.png"
    assert first_hit(own, query, "-m", "tiny", "-O", "onnx.batch=1", "-O", "onnx.device=cpu")["path"] == str(query)
    assert "did you mean 'device'" in sentence(own, 2, "search", query, "-m", "tiny", "-O", "onnx.devise=cpu")


def test_an_unknown_model_is_4_with_the_nearest_one(own: Path, pictures: Path) -> None:
    query = pictures / "a" / "p06.png"
    assert "did you mean 'tiny'?" in sentence(own, 4, "search", query, "-m", "onnx:tinny")
    assert "did you mean 'tiny'?" in sentence(own, 4, "models", "show", "tinny")
    assert "did you mean 'tiny'?" in sentence(own, 4, "models", "remove", "tinny")


def test_a_name_in_use_is_kept_unless_replaced(own: Path, tmp_path: Path) -> None:
    file = write_tiny_onnx(tmp_path / "tiny.onnx")
    assert "there is a model 'tiny' already" in sentence(own, 2, "models", "add", file)
    assert revsearch(own, "models", "add", file, "--replace").returncode == 0


def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.onnx"
    rubbish.write_bytes(b"no model")
    rubbish.with_suffix(".json").write_text('{"range": [0, 1]}')
    assert "is not an ONNX model" in sentence(tmp_path, 4, "models", "add", rubbish)
    assert "there is no model file" in sentence(tmp_path, 4, "models", "add", tmp_path / "absent.onnx")
    bare = write_tiny_onnx(tmp_path / "bare.onnx")
    bare.with_suffix(".json").unlink()
    assert "needs a manifest" in sentence(tmp_path, 4, "models", "add", bare)
    assert "takes no model" in sentence(tmp_path, 2, "models", "add", bare, "-m", "phash")
    assert "models fit sift" in sentence(tmp_path, 2, "models", "add", bare, "-m", "sift")
    assert own_rows(tmp_path) == []


def test_a_tampered_model_file_is_4_and_not_run(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "models", "add", write_tiny_onnx(tmp_path / "tiny.onnx"))
    revsearch(tmp_path, "index", pictures / "a", "-m", "tiny", "-m", "phash")
    stored = tmp_path / "data" / "models" / "tiny" / "tiny.onnx"
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(data)
    query = pictures / "a" / "p06.png"
    for command in (("search", query, "-m", "tiny"), ("index", "-m", "tiny"), ("models", "show", "tiny")):
        said = sentence(tmp_path, 4, *command)
        assert "was changed or is damaged" in said and str(stored) in said
    unnamed = revsearch(tmp_path, "search", query, "-f", "jsonl", "-k", "1")
    assert json.loads(unnamed.stdout)["method"] == "phash", "the other method goes on working"
    assert b"left out" in unnamed.stderr


def test_a_removed_model_is_gone_and_added_again_finds_its_index(tmp_path: Path, pictures: Path) -> None:
    file = write_tiny_onnx(tmp_path / "tiny.onnx")
    revsearch(tmp_path, "models", "add", file)
    revsearch(tmp_path, "index", pictures / "a", "-m", "tiny")
    assert "say --yes" in revsearch(tmp_path, "models", "remove", "tiny").stderr.decode()
    assert revsearch(tmp_path, "models", "remove", "tiny", "--yes").returncode == 0
    query = pictures / "a" / "p06.png"
    assert revsearch(tmp_path, "search", query, "-m", "onnx:tiny").returncode == 4
    revsearch(tmp_path, "models", "add", file)
    again = json.loads(revsearch(tmp_path, "index", "-f", "json").stdout)
    assert again["embedded"] == {"onnx:tiny": 0}
    assert first_hit(tmp_path, query, "-m", "onnx:tiny")["path"] == str(query)


def test_a_fitted_vocabulary_is_a_model_to_index_and_search_with(tmp_path: Path, pictures: Path) -> None:
    revsearch(tmp_path, "index", pictures, "-m", "phash")
    fitted = revsearch(tmp_path, "models", "fit", "sift", "--name", "own-words", "--pictures", "40")
    assert fitted.returncode == 0, fitted.stderr.decode()
    assert "fitted 'own-words' to 40 pictures" in fitted.stderr.decode()
    (row,) = own_rows(tmp_path)
    assert (row["name"], row["method"]) == ("own-words", "sift")
    assert revsearch(tmp_path, "index", "-m", "sift:own-words").returncode == 0
    query = pictures / "b" / "p25.png"
    hit = first_hit(tmp_path, query, "-m", "sift:own-words")
    assert (hit["method"], hit["path"], hit["score"], hit["verified"]) == ("sift:own-words", str(query), 1.0, True)
    assert revsearch(tmp_path, "search", query, "-m", "sift").returncode == 3, "the built-in words made no index"


def test_a_method_that_is_not_fitted_cannot_be(own: Path) -> None:
    assert "is not one that is fitted" in sentence(own, 2, "models", "fit", "phash", "--name", "abc")


def test_large_numbers_are_numbers(tmp_path: Path, pictures: Path) -> None:
    file = by(node("Mul", "flat", "much", "vector"), much=np.float32(1e30))(tmp_path / "net.onnx")
    assert revsearch(tmp_path, "models", "add", file).returncode == 0
    done = revsearch(tmp_path, "index", pictures / "a", "-m", "net", "-q")
    assert (done.returncode, done.stderr) == (0, b"")
    done = revsearch(tmp_path, "search", pictures / "a" / "p06.png", "-m", "net", "-k", "2", "-f", "jsonl")
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["score"] == 1.0 > second["score"], "vectors that differ stay different"


def test_a_stored_model_that_never_ends_is_left_behind_at_use(tmp_path: Path, pictures: Path) -> None:
    """As one that passed on small pictures and hangs on another would be."""
    add_model(tmp_path / "data" / "models", in_the_run(tmp_path / "net.onnx"), check=lambda model: {"dim": 192})
    limits = {"REVSEARCH_INDEX_METHOD_TIMEOUT_S": "2"}
    done = revsearch(tmp_path, "index", pictures / "a", "-m", "net", environment=limits)
    assert done.returncode == 4
    assert "has not answered for 2 s (index.method_timeout_s)" in done.stderr.decode()
