"""An evaluation tells what makes its figures wrong as a check of its data does: copies, and labels to doubt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.codec import record_of, to_json
from revsearch_tui.core.evaluation.near_duplicates import MOST_KEPT
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.report.text import markdown
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.run import measure
from revsearch_tui.core.groups.dataset_check import check_dataset
from revsearch_tui.core.groups.opening_sides import Methods
from revsearch_tui.core.labelled.open import open_labelled, open_whole
from revsearch_tui.core.workspace import Workspace
from tests.core.evaluation.conftest import new_workspace
from tests.support.drawn import draw
from tests.support.tiny_network import paint, store_network


def evaluate(workspace: Workspace, data: Path, *methods: str, **changes: object) -> Record:
    return measure(workspace, EvalRequest(str(data), methods, **changes), NullControl())[0]  # type: ignore[arg-type]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Forty pictures of two classes, each saved once more as a smaller JPEG; one of these under the other label."""
    data = tmp_path / "copied"
    for number in range(40):
        label = ("day", "night")[number % 2]
        (data / label).mkdir(parents=True, exist_ok=True)
        picture = draw(number + 1, (160, 120))
        picture.save(data / label / f"{number:02}.png")
        label = "night" if number == 4 else label
        (data / label).mkdir(exist_ok=True)
        picture.convert("RGB").resize((120, 90)).save(data / label / f"copy{number:02}.jpg", quality=90)
    return data


def test_copies_in_other_parts_are_those_that_a_check_of_the_data_finds(workspace: Workspace, copied: Path) -> None:
    record = evaluate(workspace, copied, "sift")
    control = NullControl()
    with open_whole(workspace, str(copied)) as whole, open_labelled(workspace, str(copied)) as split:
        check = check_dataset(workspace, whole, split, Methods(["phash"]), control, print)

    def leaks(findings) -> set[frozenset[Path]]:
        pairs = [each for each in findings if each.kind == "leak" and "test" in each.parts]
        return {frozenset((each.picture.path, each.other.path)) for each in pairs}

    assert leaks(record.findings) == leaks(check.findings) and len(leaks(record.findings)) > 3
    assert record.data["checked"]["leak"] == record.data["leaks"]["pairs"] == len(leaks(record.findings))
    assert all(each.picture.part != "test" for each in record.findings), "the one to leave out comes first"
    assert [each.method for each in record.outcomes if each.protocol == "retrieve"] == ["sift"], "the hash is no method"


def test_copies_under_two_labels_are_named_once_for_a_pair(workspace: Workspace, copied: Path) -> None:
    record = evaluate(workspace, copied, "phash", parts="all")
    (found,) = (each for each in record.findings if each.kind == "two labels")
    assert {found.picture.path.name, found.other.path.name} == {"04.png", "copy04.jpg"}  # type: ignore[union-attr]
    assert record.data["checked"] == {"leak": 40, "two labels": 1, "doubtful label": 0, "labels_by": ""}
    assert found.parts == [] and found.why.startswith("phash: ") and found.why.endswith(" bits")


def test_plain_pictures_are_not_all_copies_of_each_other(workspace: Workspace, tmp_path: Path) -> None:
    for label, shades in (("dark", range(10)), ("light", range(200, 210))):
        (tmp_path / "data" / label).mkdir(parents=True)
        for shade in shades:
            Image.new("RGB", (40, 40), (shade, shade, shade)).save(tmp_path / "data" / label / f"{shade}.png")
    assert not evaluate(workspace, tmp_path / "data", "phash", parts="all").findings


def test_a_label_that_the_neighbours_do_not_share_is_doubted(tmp_path: Path) -> None:
    store_network(tmp_path / "home" / "data" / "models", "colours", "efficientnet")
    workspace, data = new_workspace(tmp_path / "home"), tmp_path / "data"
    for label in ("reds", "greens"):
        (data / label).mkdir(parents=True)
        for number in range(15):
            shade = (240, 10 * number, 10) if label == "reds" else (10 * number, 240, 10)
            Image.fromarray(paint(*shade)).save(data / label / f"{number}.png")
    (data / "reds" / "7.png").rename(data / "greens" / "wrong.png")
    record = evaluate(workspace, data, "phash", "efficientnet:colours")
    (found,) = record.findings
    assert (found.kind, found.picture.label, found.instead) == ("doubtful label", "greens", "reds")
    assert found.picture.path.name == "wrong.png" and found.picture.part in ("train", "validation", "test")
    assert record.data["checked"]["labels_by"] == "efficientnet:colours"
    assert any("labels to doubt: 1, such as" in note and "wrong.png" in note for note in record.notes)
    page = markdown(record)
    assert "Pictures that make figures wrong: 1 of doubtful label" in page and "wrong.png" in page


def test_without_the_hash_a_note_says_that_no_copies_were_looked_for(
    workspace: Workspace, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_LOAD_PLUGINS", "sift,datasets")
    record = evaluate(Workspace(workspace.folders), copied, "sift", queries=2)
    assert "leaks" not in record.data and not record.findings
    assert any("near-duplicates were not looked for" in note for note in record.notes)


def test_a_record_counts_all_findings_and_keeps_the_first(workspace: Workspace, tmp_path: Path) -> None:
    same = draw(7, (80, 60)).convert("RGB")
    for number in range(24):
        (tmp_path / "data" / f"class{number % 2}").mkdir(parents=True, exist_ok=True)
        same.save(tmp_path / "data" / f"class{number % 2}" / f"{number}.jpg", quality=70 + number)
    record = evaluate(workspace, tmp_path / "data", "phash", parts="all")
    assert record.data["checked"]["leak"] == 24 * 23 // 2
    assert [sum(each.kind == kind for each in record.findings) for kind in ("leak", "two labels")] == [MOST_KEPT] * 2
    assert "276 of leak, 144 of two labels; 100 are shown" in markdown(record)


def test_records_keep_findings_and_older_ones_have_none(workspace: Workspace, copied: Path) -> None:
    record = evaluate(workspace, copied, "phash", parts="all")
    raw = json.loads(json.dumps(to_json(record)))
    assert record_of(raw).findings == list(record.findings) != []
    del raw["findings"], raw["data"]["checked"]
    older = record_of(raw)
    assert list(older.findings) == [] and "make figures wrong" not in markdown(older)
