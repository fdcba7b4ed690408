"""A text model beside a picture model: pictures are found by words, and what is no pair is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from revsearch_onnx.plugin import revsearch_methods

from revsearch_tui.api import ModelError
from revsearch_tui.api.testing import check_method
from revsearch_tui.core.models.model_store import add_model, get_model
from revsearch_tui.core.models.trial import vector_check
from tests.support.program import revsearch
from tests.support.tiny_onnx import write_tiny_onnx
from tests.support.tiny_text import COLOURS, write_pair

(INFO,) = revsearch_methods()


def added(folder: Path, file: Path) -> None:
    add_model(folder / "store", file, check=vector_check(INFO))


def refusal(folder: Path, file: Path) -> str:
    with pytest.raises(ModelError) as caught:
        added(folder, file)
    assert "\n" not in str(caught.value)
    assert not (folder / "store" / file.stem).exists()
    return str(caught.value)


def test_pictures_are_found_by_words(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, colour in enumerate(COLOURS.values()):
        pixels = np.full((20, 30, 3), [200 if part > 0 else 20 for part in colour], np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    file = write_pair(tmp_path)
    home = tmp_path / "home"
    assert revsearch(home, "models", "add", file).returncode == 0
    assert revsearch(home, "index", pictures, "-m", "onnx:pair", "-m", "phash").returncode == 0
    for number, colour in enumerate(COLOURS):
        done = revsearch(home, "search", "--text", f"something {colour}", "-f", "json")
        assert done.returncode == 0, done.stderr
        (answer,) = json.loads(done.stdout)
        assert answer["query"] == f'"something {colour}"'
        assert answer["method"] == "onnx:pair"
        assert Path(answer["hits"][0]["path"]).name == f"{number}.png"
    done = revsearch(home, "search", f'{pictures / "0.png"} - "red" + "blue"', "-f", "paths", "-k", "1")
    assert done.stdout.decode().strip().endswith("2.png")


def test_the_method_conforms_with_such_a_model(tmp_path: Path) -> None:
    added(tmp_path, write_pair(tmp_path))
    results = {each.check: each.outcome for each in check_method(INFO, get_model(tmp_path / "store", "pair"))}
    assert results["wording"] == "passed"


def test_a_model_without_words_is_told_apart(tmp_path: Path) -> None:
    file = write_tiny_onnx(tmp_path / "tiny.onnx")
    added(tmp_path, file)
    results = {each.check: each for each in check_method(INFO, get_model(tmp_path / "store", "tiny"))}
    assert results["wording"].outcome == "not applicable"
    assert "with this model" in results["wording"].reason


@pytest.mark.parametrize("length", ["L", 5])
def test_long_texts_are_cut_and_short_ones_filled_up(length: int | str, tmp_path: Path) -> None:
    from revsearch_onnx.encoder import OnnxEncoder

    from revsearch_tui.api import NullControl

    added(tmp_path, write_pair(tmp_path, length=length, text_prompt="a photo of {}"))
    method = OnnxEncoder(INFO.defaults(), get_model(tmp_path / "store", "pair"))
    method.load(NullControl())
    short, long, late = method.embed_text(["red", "red " * 500, "much is said before red"])
    assert short @ long == pytest.approx(1)
    assert late.any() == (length == "L"), "of a text that is too long the beginning counts"
    method.close()


class TestRefusals:
    def test_a_pair_of_different_spaces(self, tmp_path: Path) -> None:
        assert "gives 4 numbers, its picture model 3: they are no pair" in refusal(
            tmp_path, write_pair(tmp_path, dim=4)
        )

    def test_a_tokenizer_that_is_none(self, tmp_path: Path) -> None:
        file = write_pair(tmp_path)
        (tmp_path / "tokenizer.json").write_bytes(b"{\x00 nonsense")
        assert "tokenizer.json is not a tokenizer.json, or it is damaged" in refusal(tmp_path, file)

    def test_a_text_model_that_is_none(self, tmp_path: Path) -> None:
        file = write_pair(tmp_path)
        (tmp_path / "pair-text.onnx").write_bytes(b"nonsense")
        assert "pair-text.onnx is not an ONNX model, or it is damaged" in refusal(tmp_path, file)

    def test_a_text_model_that_takes_pictures(self, tmp_path: Path) -> None:
        write_tiny_onnx(tmp_path / "tiny.onnx")
        assert "not a batch of rows of whole numbers" in refusal(tmp_path, write_pair(tmp_path, text_model="tiny.onnx"))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        said = refusal(tmp_path, write_pair(tmp_path, tokenizer="absent.json"))
        assert said.startswith("there is no file") and "absent.json" in said

    @pytest.mark.parametrize("name", ["../tokenizer.json", "/etc/passwd", "", 3, "manifest.json"])
    def test_a_name_that_leads_elsewhere(self, name: object, tmp_path: Path) -> None:
        assert "takes the name of a file beside the model" in refusal(tmp_path, write_pair(tmp_path, tokenizer=name))

    def test_a_link(self, tmp_path: Path) -> None:
        file = write_pair(tmp_path)
        (tmp_path / "link.json").symlink_to(tmp_path / "tokenizer.json")
        assert "is a symbolic link" in refusal(tmp_path, write_pair(tmp_path, tokenizer="link.json"))
        assert file.exists()

    def test_another_file_than_the_manifest_describes(self, tmp_path: Path) -> None:
        assert "their sha-256 differ" in refusal(tmp_path, write_pair(tmp_path, tokenizer_sha256="0" * 64))

    def test_a_text_model_without_a_tokenizer(self, tmp_path: Path) -> None:
        file = write_pair(tmp_path)
        file.with_suffix(".json").write_text('{"range": [-1, 1], "text_model": "pair-text.onnx"}', encoding="utf-8")
        assert "'text_model' needs 'tokenizer' too" in refusal(tmp_path, file)

    def test_a_changed_file_is_not_used(self, tmp_path: Path) -> None:
        added(tmp_path, write_pair(tmp_path))
        with (tmp_path / "store" / "pair" / "tokenizer.json").open("a") as stored:
            stored.write(" ")
        with pytest.raises(ModelError, match=r"tokenizer\.json of the model 'pair' was changed"):
            get_model(tmp_path / "store", "pair")
