"""What a collection holds of labelled pictures is taken from there: nothing is made twice, and no figure changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.run import measure
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from tests.core.evaluation.conftest import new_workspace
from tests.support.site import install, method_source


class Heard(NullControl):
    """Notes what work was told of."""

    def __init__(self) -> None:
        self.work: set[str] = set()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.work.add(what)


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many pictures the method `counting` was given so far."""
    log = tmp_path / "embedded.txt"
    monkeypatch.setenv("COUNTING_LOG", str(log))
    note = "import os; open(os.environ['COUNTING_LOG'], 'a').write('.' * len(pictures))"
    install(tmp_path / "site", "counting", method_source("counting", "counting", embed=note))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return lambda: len(log.read_text()) if log.exists() else 0


def evaluate(workspace: Workspace, data: Path, *methods: str, control: NullControl | None = None, **more) -> Record:
    return measure(workspace, EvalRequest(str(data), methods, parts="all", **more), control or NullControl())[0]


def index(workspace: Workspace, data: Path, *methods: str, name: str = "things") -> None:
    index_collection(workspace, name, [data], methods, control=NullControl())


def test_what_a_collection_holds_is_neither_decoded_nor_embedded_again(
    workspace: Workspace, patterns: Path, embedded: Callable[[], int]
) -> None:
    index(workspace, patterns, "counting")
    assert embedded() == 60
    heard = Heard()
    record = evaluate(workspace, patterns, "counting", control=heard, protocols=["copies"])
    assert embedded() == 60 and not [what for what in heard.work if "embedding" in what or "duplicates" in what]
    assert record.data["from_collections"] == {"counting": 60}
    assert not {"seconds_per_picture", "memory_mb"} & set(record.outcomes[0].cost), "nothing was embedded, nor timed"
    assert record.outcomes[0].cost["index_bytes"] > 60 * 3 * 4


def test_the_check_for_near_duplicates_decodes_but_embeds_nothing(
    workspace: Workspace, patterns: Path, embedded: Callable[[], int]
) -> None:
    index(workspace, patterns, "counting")
    heard = Heard()
    evaluate(workspace, patterns, "counting", control=heard)
    assert embedded() == 60 and "looking for near-duplicates" in heard.work


@pytest.mark.drill
@pytest.mark.parametrize(
    "methods", [("phash",), pytest.param(("sift",), marks=pytest.mark.drill), ("cnn", "cnn-softmax", "phash")]
)
def test_figures_are_those_of_embedding_anew(workspace: Workspace, patterns: Path, methods: tuple[str, ...]) -> None:
    fuse = ("all",) if len(methods) > 1 else ()
    anew = evaluate(workspace, patterns, *methods, fuse=fuse, cache=False)
    for number, label in enumerate(("cat", "dog")):  # each of two collections holds a part, and nobody the rest
        index(workspace, patterns / label, *methods, name=f"part{number}")
    record = evaluate(workspace, patterns, *methods, fuse=fuse)
    assert record.data["from_collections"] == dict.fromkeys(methods, 40)
    assert record.figures_sha256 == anew.figures_sha256
    later = evaluate(workspace, patterns, *methods, fuse=fuse)
    assert later.figures_sha256 == anew.figures_sha256


def test_only_what_is_new_or_was_changed_is_embedded(
    workspace: Workspace, patterns: Path, tmp_path: Path, embedded: Callable[[], int]
) -> None:
    data = shutil.copytree(patterns, tmp_path / "mine")
    index(workspace, data, "counting")
    Image.new("RGB", (24, 24), "red").save(data / "cat" / "000.png")
    Image.new("RGB", (24, 24), "blue").save(data / "cat" / "new.png")
    (data / "dog" / "001.png").rename(data / "dog" / "moved.png")
    record = evaluate(workspace, data, "counting")
    assert embedded() == 62 and record.data["from_collections"] == {"counting": 59}
    cost = record.outcomes[0].cost
    assert cost["seconds_per_picture"] > 0
    evaluate(workspace, data, "counting")
    assert embedded() == 62, "what was new is in the cache"


@pytest.mark.drill
def test_other_options_are_another_key(workspace: Workspace, patterns: Path) -> None:
    index(workspace, patterns, "phash")
    record = evaluate(workspace, patterns, "phash", options={"size": 8}, protocols=["copies"])
    assert "from_collections" not in record.data and record.outcomes[0].cost["dim"] == 64


@pytest.mark.drill
def test_without_the_cache_everything_is_embedded_anew(
    workspace: Workspace, patterns: Path, embedded: Callable[[], int]
) -> None:
    index(workspace, patterns, "counting")
    record = evaluate(workspace, patterns, "counting", cache=False)
    assert embedded() == 120 and "from_collections" not in record.data


@pytest.mark.drill
@pytest.mark.parametrize("part", ["journal", "features"])
def test_what_is_damaged_in_a_collection_is_made_anew(tmp_path: Path, patterns: Path, part: str) -> None:
    workspace = new_workspace(tmp_path / "home")
    anew = evaluate(workspace, patterns, "sift", cache=False)
    index(workspace, patterns, "sift")
    home = workspace.collection("things").home
    for file in (home / part).rglob("segment-*.*"):
        if file.suffix in (".vec", ".blob"):
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 255
            file.write_bytes(data)
    record = evaluate(workspace, patterns, "sift")
    assert record.figures_sha256 == anew.figures_sha256
    assert record.data.get("from_collections", {}).get("sift", 0) < 60
