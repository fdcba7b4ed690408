"""What an indexing run tells while it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing import indexer, while_running
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.indexing.while_running import Cost, Listener
from tests.support.drawn import draw_folder
from tests.support.library import Library


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("drawn"), range(100))


def told(tmp_path: Path, folder: Path, methods: list[str]) -> tuple[list[Cost], list[tuple[int, int]]]:
    """What a run that indexes a folder tells of its cost and of its commits."""
    costs: list[Cost] = []
    commits: list[tuple[int, int]] = []
    listener = Listener(costs.append, lambda done, total: commits.append((done, total)))
    library = Library(tmp_path / "home")
    index_collection(library.workspace, "pictures", [folder], methods, control=NullControl(), listener=listener)
    return costs, commits


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run counts as long, and is measured at once."""
    monkeypatch.setattr(while_running, "TOLD_FROM_S", 0.0)
    monkeypatch.setattr(while_running, "MEASURED_S", 0.0)


def test_what_a_long_run_takes_is_told_once(tmp_path: Path, drawn: Path, impatient: None) -> None:
    (cost,), _ = told(tmp_path, drawn, ["phash", "sift"])
    assert cost.pictures == 100
    assert cost.seconds > 0
    assert 0 < cost.share <= 1


def test_the_quick_set_is_not_told_that_it_would_be_quicker(tmp_path: Path, drawn: Path, impatient: None) -> None:
    (cost,), _ = told(tmp_path, drawn, ["phash"])
    assert cost.sentence("quick") == "100 pictures take about 1 minute"


def test_nothing_is_told_of_a_short_run(tmp_path: Path, drawn: Path) -> None:
    costs, _ = told(tmp_path, drawn, ["phash"])
    assert costs == []


def test_a_run_commits_its_first_pictures_soon(tmp_path: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "FIRST_COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(indexer, "COMMIT_SECONDS", 1e9)
    _, commits = told(tmp_path, drawn, ["phash"])
    assert commits == [(8, 100)]


@pytest.mark.parametrize(
    ("cost", "sentence"),
    [
        (Cost(30_000, 2_700, 0.1), "30,000 pictures take about 45 minutes; q takes about a tenth"),
        (Cost(30_000, 2_700, 0.35), "30,000 pictures take about 45 minutes; q takes about a third"),
        (Cost(30_000, 2_700, 0.7), "30,000 pictures take about 45 minutes"),
        (Cost(1_000, 62, 1.0), "1,000 pictures take about 1 minute"),
        (Cost(300_000, 9_000, 1.0), "300,000 pictures take about 2.5 hours"),
        (Cost(3_000_000, 300_000, 1.0), "3,000,000 pictures take about 3.5 days"),
    ],
)
def test_the_sentence_is_in_round_figures(cost: Cost, sentence: str) -> None:
    assert cost.sentence("q") == sentence
