"""`revsearch eval`, from labelled pictures to a record that is shown, compared, exported, repeated and removed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.labelled import draw_classes
from tests.support.processes import finish, start, wait_until
from tests.support.program import revsearch, revsearch_json
from tests.support.site import install


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = draw_classes(tmp_path_factory.mktemp("labelled") / "patterns")
    (root / "checks").rename(root / "cat")
    return root


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """With one evaluation of phash, cnn-softmax and both fused, called `first`."""
    base = tmp_path_factory.mktemp("evaluated")
    command = (
        "eval",
        "run",
        data,
        "-m",
        "phash",
        "-m",
        "cnn-softmax",
        "--parts",
        "all",
        "--fuse",
        "all",
        "-n",
        "first",
    )
    done = revsearch(base, *command)
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    assert "neighbour: the class of the nearest pictures" in text and "phash+cnn-softmax" in text
    assert b"kept as 20" in done.stderr and b"60 queries, a gallery of 60" in done.stderr
    return base


def test_an_evaluation_is_listed_and_shown_with_intervals(home: Path) -> None:
    (row,) = revsearch_json(home, "eval", "list")
    assert (row["name"], row["queries"], row["kind"]) == ("first", 60, "eval")
    shown = revsearch(home, "eval", "show", "first", "--per-class", "--confusion", "phash").stdout.decode()
    record = revsearch_json(home, "eval", "show", row["id"][:12])
    figure = record["outcomes"][0]["metrics"]["accuracy"]
    assert f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f}-{100 * figure['high']:.1f})" in shown
    assert "accuracy by class" in shown and "took the pictures of each class for" in shown
    rows = list(csv.DictReader(io.StringIO(revsearch(home, "eval", "show", "first", "-f", "csv").stdout.decode())))
    assert {(row["method"], row["protocol"]) for row in rows} >= {("phash", "retrieve"), ("cnn-softmax", "classify")}


def test_two_methods_are_compared_query_by_query(home: Path) -> None:
    (neighbour, retrieve) = revsearch_json(home, "eval", "compare", "first", "phash", "cnn-softmax")
    counts = [neighbour[name] for name in ("both", "only_first", "only_second", "neither")]
    assert sum(counts) == neighbour["queries"] == 60 and retrieve["protocol"] == "retrieve"
    table = revsearch(home, "eval", "compare", "first", "phash", "cnn-softmax", "--with", "first").stdout.decode()
    assert "phash against cnn-softmax" in table and "where they differ most" in table


def test_an_evaluation_is_exported(home: Path, tmp_path: Path) -> None:
    for name, beginning in (
        ("a.html", "<!doctype html>"),
        ("a.md", "# first"),
        ("a.tex", "% "),
        ("a.csv", "protocol,"),
    ):
        done = revsearch(home, "eval", "export", "first", "-o", tmp_path / name)
        assert done.returncode == 0, done.stderr.decode()
        assert (tmp_path / name).read_text().startswith(beginning)
    document = json.loads(revsearch(home, "eval", "export", "first", "-f", "json").stdout)
    assert len(document["answers"]["queries"]) == 60


def test_an_export_goes_where_a_link_leads_and_leaves_the_link(home: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    link.symlink_to(target)
    assert revsearch(home, "eval", "export", "first", "-o", link).returncode == 0
    assert link.is_symlink() and target.read_text().startswith("# ")


def test_measuring_again_tells_whether_anything_changed(home: Path, data: Path, tmp_path: Path) -> None:
    done = revsearch(home, "eval", "again", "first")
    assert done.returncode == 0 and b"are the same" in done.stdout, done.stderr.decode()
    (folder,) = [each for each in (home / "data" / "evaluations").iterdir() if "first" in each.name]
    record = json.loads((folder / "record.json").read_text())
    changed = {**record, "id": folder.name.replace("first", "forged"), "name": "forged", "figures_sha256": "0" * 64}
    changed["outcomes"][0]["metrics"]["accuracy"]["value"] = 0.123
    other = folder.with_name(changed["id"])
    other.mkdir()
    (other / "record.json").write_text(json.dumps(changed))
    again = revsearch(home, "eval", "again", "forged", "--no-cache")
    assert again.returncode == 1
    assert b"not all figures" in again.stdout and b"accuracy: 12.3" in again.stdout
    assert revsearch(home, "eval", "remove", "forged", "-y").returncode == 0
    assert [row["name"] for row in revsearch_json(home, "eval", "list")] == ["first"]


def test_a_plugin_adds_a_column(tmp_path: Path, data: Path) -> None:
    source = """
from revsearch_tui.api import MetricInfo, hookimpl

@hookimpl
def revsearch_metrics():
    return [MetricInfo("r-precision", "R-precision", "Precision at the number of relevant ones.", f"{__name__}:make")]

def make():
    return lambda relevant, total: float(relevant[:total].mean())
"""
    install(tmp_path / "site", "more-metrics", source)
    done = revsearch(
        tmp_path / "home", "eval", "run", data, "-m", "phash", "-f", "json",
        environment={"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    outcomes = {each["protocol"]: each for each in json.loads(done.stdout)["outcomes"]}
    assert 0 < outcomes["retrieve"]["metrics"]["r-precision"]["value"] <= 1
    assert "r-precision" not in outcomes["neighbour"]["metrics"]


def test_ctrl_c_keeps_no_record(tmp_path: Path) -> None:
    many = draw_classes(tmp_path / "many", each=40, side=120)
    process = start(tmp_path / "home", "eval", "run", many, "-m", "sift", "--parts", "all")
    assert wait_until(lambda: any((tmp_path / "home" / "cache" / "evaluation").glob("sift-*/vectors/*")), 120)
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130 and "what was done so far is kept" in err
    assert not list((tmp_path / "home").glob("data/evaluations/*"))


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["run", "DATA"], 2, "name the methods to measure"),
        (["run", "DATA", "-m", "pash"], 4, "did you mean 'phash'?"),
        (["run", "DATA", "-m", "phash", "-p", "guess"], 2, "guess"),
        (["run", "DATA", "-m", "phash", "-p", "classify"], 2, "needs a classifier"),
        (["run", "DATA", "-m", "phash", "--data-option", "labels=name"], 2, "did you mean 'label'?"),
        (["run", "DATA", "-m", "phash", "-O", "sizes=4"], 2, "did you mean 'size'?"),
        (["run", "/no/such/place", "-m", "phash"], 2, "/no/such/place"),
        (["show", "firts"], 2, "did you mean 'first'?"),
        (["show", "first", "--confusion", "pash"], 2, "did you mean 'phash'?"),
        (["show", "first", "-f", "paths"], 2, "no paths"),
        (["compare", "first", "phash", "svm"], 2, "no method 'svm'"),
        (["export", "first", "-o", "page.doc"], 2, "end the name with one of"),
        (["remove", "first"], 2, "say --yes"),
    ],
)
def test_a_request_that_cannot_be_met_is_told_in_a_sentence(
    arguments: Sequence[str], status: int, sentence: str, home: Path, data: Path
) -> None:
    done = revsearch(home, "eval", *(str(data) if word == "DATA" else word for word in arguments))
    err = done.stderr.decode()
    assert (done.returncode, sentence in err, "Traceback" in err) == (status, True, False), err
