"""Actions of plugins: asked for by name, given what was found, their failures their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import (
    FoundPicture,
    MethodUnavailableError,
    NullControl,
    PictureError,
    QueryHits,
    RevsearchError,
    UsageError,
)
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.plugins.containment import BlockedError
from revsearch_tui.core.search.result_actions import FoundThumbnails, all_asked, asked_action, do_action
from revsearch_tui.core.workspace import Workspace
from tests.support.site import install

SOURCE = """
import sys, time
from revsearch_tui.api import ActionInfo, UsageError, hookimpl

@hookimpl
def revsearch_result_actions():
    return [
        ActionInfo("say-names", "T", "S.", "actions:say"),
        ActionInfo("write-names", "T", "S.", "actions:write", target="file", suffixes=(".txt", ".md")),
        ActionInfo("fill-folder", "T", "S.", "actions:fill", target="folder"),
        ActionInfo("exit-midway", "T", "S.", "actions:leave", target="file", suffixes=(".txt",)),
        ActionInfo("refuse-all", "T", "S.", "actions:refuse"),
        ActionInfo("say-nothing", "T", "S.", "actions:mute"),
        ActionInfo("never-ends", "T", "S.", "actions:sleep"),
        ActionInfo("not-there", "T", "S.", "actions:absent"),
        ActionInfo("needs-more", "T", "S.", "actions:say", requires=("no_such_module",), extra="more"),
    ]

def names(findings):
    return " ".join(hit.path.name for answer in findings.answers for hit in answer.hits)

def say():
    return lambda findings, control: names(findings) + "\\n" + str(len(findings.answers))

def write():
    def do(findings, control):
        findings.output.write(names(findings).encode())
        return "written"
    return do

def fill():
    def do(findings, control):
        (findings.target / "names").write_text(names(findings))
        return "filled"
    return do

def leave():
    def do(findings, control):
        findings.output.write(b"half")
        sys.exit(5)
    return do

def refuse():
    def do(findings, control):
        raise UsageError("no, for a reason")
    return do

def mute():
    return lambda findings, control: None

def sleep():
    return lambda findings, control: time.sleep(60)
"""
HITS = QueryHits((FoundPicture(Path("/a/one.png"), "0" * 64, 1.0), FoundPicture(Path("/a/two.png"), "1" * 64)), "q")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    install(tmp_path / "site", "actions", SOURCE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("REVSEARCH_LOAD_PLUGINS", "actions")
    return Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))


def unwanted(_found: FoundPicture) -> np.ndarray:
    raise AssertionError("no thumbnail was asked for")


def done(workspace: Workspace, text: str) -> str:
    return do_action(workspace, asked_action(workspace.registry, text), [HITS], unwanted, NullControl())


def test_an_action_is_given_what_was_found_and_says_what_it_did_in_one_line(workspace: Workspace) -> None:
    assert done(workspace, "say-names") == "one.png two.png 1"


def test_answers_without_hits_are_not_given(workspace: Workspace) -> None:
    asked = asked_action(workspace.registry, "say-names")
    said = do_action(workspace, asked, [QueryHits(()), HITS, HITS], unwanted, NullControl())
    assert said == "one.png two.png one.png two.png 2"


def test_a_file_or_a_folder_is_written_where_the_user_says(workspace: Workspace, tmp_path: Path) -> None:
    done(workspace, f"write-names={tmp_path / 'names.txt'}")
    done(workspace, f"fill-folder={tmp_path / 'deep' / 'folder'}")
    assert (tmp_path / "names.txt").read_text() == "one.png two.png"
    assert (tmp_path / "deep" / "folder" / "names").read_text() == "one.png two.png"


def test_what_fails_midway_leaves_the_file_that_was_there(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("before")
    with pytest.raises(MethodUnavailableError, match="the action 'exit-midway' failed: SystemExit: 5"):
        done(workspace, f"exit-midway={tmp_path / 'names.txt'}")
    assert (tmp_path / "names.txt").read_text() == "before"
    assert not list(tmp_path.glob(".revsearch*"))


def test_a_refusal_comes_out_in_its_own_words(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match=r"^no, for a reason$"):
        done(workspace, "refuse-all")


def test_an_action_that_says_nothing_has_failed(workspace: Workspace) -> None:
    with pytest.raises(MethodUnavailableError, match="did not say what it did: it gave NoneType"):
        done(workspace, "say-nothing")


@pytest.mark.drill
def test_an_action_that_does_not_come_back_is_left_behind(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_INDEX_METHOD_TIMEOUT_S", "1")
    workspace.forget_config()
    with pytest.raises(BlockedError, match="the action 'never-ends' has not answered for 1 s"):
        done(workspace, "never-ends")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("say-nams", "there is no action 'say-nams'; did you mean 'say-names'"),
        ("say-names=file.txt", "the action 'say-names' writes nothing"),
        ("write-names", "wants to know where to write: write-names=FILE.txt"),
        ("write-names=names.png", "writes .txt or .md files, not 'names.png'"),
        ("write-names=/no/such/folder/names.txt", "there is no folder '/no/such/folder'"),
        ("fill-folder=", "wants to know where to write: fill-folder=FOLDER"),
        (f"fill-folder={__file__}", "is no folder"),
        ("not-there", "cannot be loaded"),
        ("needs-more", "'needs-more' is unavailable: needs the package no_such_module"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(workspace: Workspace, text: str, complaint: str) -> None:
    with pytest.raises(RevsearchError, match=complaint):
        done(workspace, text)


def test_two_actions_do_not_write_one_file(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    with pytest.raises(UsageError, match="two actions would write"):
        all_asked(workspace.registry, [f"write-names={file}", f"exit-midway={file}"])


def test_thumbnails_are_of_what_the_file_holds_and_kept(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "red.png"
    Image.new("RGB", (800, 400), (200, 30, 30)).save(file)
    found = FoundPicture(file, hashlib.sha256(file.read_bytes()).hexdigest())
    thumbnails = FoundThumbnails(workspace)
    first = thumbnails(found)
    file.unlink()
    assert first.shape == (160, 320, 3) and first.dtype == np.uint8 and np.array_equal(first, thumbnails(found))
    with pytest.raises(PictureError, match="the file is gone"):
        thumbnails(FoundPicture(file, "f" * 64))
    thumbnails.close()
