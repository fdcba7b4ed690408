"""`--do`: what plugins do with hits."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.program import revsearch
from tests.support.site import install

SOURCE = """
import json
from revsearch_tui.api import ActionInfo, ModelError, hookimpl

@hookimpl
def revsearch_result_actions():
    return [
        ActionInfo("write-json", "Write JSON", "Writes.", "doing:make_json", target="file", suffixes=(".json",)),
        ActionInfo("refuse-all", "Refuse", "Refuses.", "doing:make_refusing"),
    ]

def make_json():
    def write(findings, control):
        print("this is no result")
        told = [
            [str(answer.query), [[str(hit.path), hit.score, hit.tier, len(hit.image_id)] for hit in answer.hits]]
            for answer in findings.answers
        ]
        findings.output.write(json.dumps(told).encode())
        return f"{len(told)} answers"
    return write

def make_refusing():
    def refuse(findings, control):
        raise ModelError("not today")
    return refuse
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """With a plugin that offers two actions."""
    site = tmp_path_factory.mktemp("site")
    install(site, "doing", SOURCE)
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


def test_hits_are_given_to_an_action_and_printed_all_the_same(
    home: Path, pictures: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    queries = [pictures / "a" / "p00.png", pictures / "b" / "p20.png"]
    done = revsearch(
        home, "search", *queries, "-m", "phash", "-k", "2", "-f", "json",
        "--do", f"write-json={tmp_path / 'hits.json'}", "--do", "refuse-all", environment=environment,
    )  # fmt: skip
    printed = json.loads(done.stdout)
    told = json.loads((tmp_path / "hits.json").read_text())
    assert [query for query, _ in told] == [str(query) for query in queries]
    for answer, (_, hits) in zip(printed, told, strict=True):
        assert [hit["path"] for hit in answer["hits"]] == [path for path, *_ in hits]
        assert [hit["score"] for hit in answer["hits"]] == pytest.approx([score for _, score, *_ in hits], abs=1e-6)
    assert f"{tmp_path / 'hits.json'}: 2 answers" in done.stderr.decode()
    assert "not today" in done.stderr.decode() and done.returncode == 4


def test_an_action_is_refused_before_anything_is_searched(
    home: Path, pictures: Path, environment: dict[str, str]
) -> None:
    done = revsearch(home, "search", pictures / "a" / "p00.png", "--do", "write-jsn=a.json", environment=environment)
    assert done.returncode == 4 and not done.stdout
    assert "there is no action 'write-jsn'; did you mean 'write-json'" in done.stderr.decode()


def test_without_hits_nothing_is_done(home: Path, pictures: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    done = revsearch(
        home, "search", pictures / "a" / "p00.png", "-m", "phash", "--min-score", "1.5",
        "--do", f"write-json={tmp_path / 'hits.json'}", environment=environment,
    )  # fmt: skip
    assert done.returncode == 1 and not (tmp_path / "hits.json").exists()
    assert "nothing was found to do 'write-json' with" in done.stderr.decode()
