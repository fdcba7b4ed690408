"""Copies that the gallery holds already are left out, and told."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw, draw_folder


def test_an_original_with_a_copy_in_the_gallery_is_found_all_the_same(tmp_path: Path) -> None:
    mine, others = draw_folder(tmp_path / "mine", range(6)), draw_folder(tmp_path / "others", range(10, 16))
    for number in range(3):  # smaller copies, nearer to a small copy than the originals are
        draw(number).resize((110, 80), Image.Resampling.LANCZOS).save(others / f"copy{number}.png")
    Image.new("RGB", (220, 160), (90, 90, 90)).save(others / "plain.png")
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    request = RobustnessRequest(
        data=[str(mine)], distractors=[str(others)], methods=["phash"], transformations=["scale=0.5"], sample=6
    )
    record = run_robustness(workspace, request, NullControl(), lambda _line: None)
    (outcome,) = record.outcomes
    assert outcome.metrics["recall@1"].value == 1.0
    assert "3 of 6 originals have copies in the gallery already, which were left out" in record.notes
    (cell,) = record.robustness
    assert max(cell.false_scores) < 0.9, "the copies are no false matches"
    (advice,) = record.advice
    assert advice.threshold < 0.9, "and no query without a copy"
