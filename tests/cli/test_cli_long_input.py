"""A megabyte in the place of a word: one sentence that keeps its beginning and its end, and tells how long it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from revsearch_tui.cli.app import run
from revsearch_tui.core.base.wording import shortened

LONG = "<begin>" + "x" * 1_000_000 + "<end>"
QUERY = "QUERY"


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        (2, ("search", LONG), "cannot be read: File name too long"),
        (4, ("search", QUERY, "-m", LONG), "there are: "),
        (4, ("search", QUERY, "--model", LONG), "there are: "),
        (2, ("search", QUERY, "-c", LONG), "cannot name a collection"),
        (2, ("search", QUERY, "--glob", LONG), "is longer than any path"),
        (2, ("search", QUERY, "--glob", "[" * 1_000_000), "is longer than any path"),
        (2, ("search", QUERY, "--under", LONG), "is longer than any path"),
        (2, ("search", QUERY, "--crop", LONG), "cannot be understood"),
        (2, ("search", QUERY, "-O", LONG), "NAME=VALUE"),
        (2, ("search", QUERY, "-m", "sift", "-O", f"expand={LONG}"), "takes a whole number"),
        (2, ("search", QUERY, "-m", "sift", "-O", f"{LONG}=1"), "has no option"),
        (2, ("search", QUERY, "--fusion", LONG), "there are: evidence, ranks, verified"),
        (2, ("search", QUERY, "--weight", LONG), "is no weight"),
        (2, ("search", QUERY, "-k", LONG), "is not a valid int"),
        (2, ("search", QUERY, f"--{LONG}"), "o such option"),
        (3, ("search", QUERY, "-o", LONG), "File name too long"),
        (2, (LONG,), "see: revsearch --help"),
        (3, ("index", LONG), "File name too long"),
        (2, ("collections", "show", LONG), "cannot name a collection"),
        (2, ("collections", LONG), "o such command"),
        (2, ("models", "show", LONG), "not a usable name"),
        (2, ("eval", "show", LONG), "list them with"),
        (3, ("datasets", "show", LONG), "File name too long"),
        (2, ("config", LONG), "o such command"),
        (2, ("completions", LONG), "'bash'"),
    ],
)
def test_a_megabyte_is_not_repeated(
    home: Path,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
    arguments: Sequence[str],
    said: str,
) -> None:
    monkeypatch.setenv("REVSEARCH_HOME", str(home))
    query = str(pictures / "a" / "p00.png")
    assert run([query if part is QUERY else part for part in arguments]) == code
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert out == ""
    assert len(line) < 1_100 and line.startswith("revsearch: ")
    assert said in line and " characters in all) …" in line


def test_a_megabyte_in_the_environment_is_not_repeated(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REVSEARCH_HOME", str(home))
    monkeypatch.setenv("REVSEARCH_SEARCH_K", "9" * 100_000)
    assert run(["search", "x.png"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 1_100


def test_a_sentence_of_common_length_is_left_as_it_is() -> None:
    assert shortened("x" * 1_000) == "x" * 1_000
    text = shortened(f"'{LONG}' does not exist")
    assert text.startswith("'<begin>xxx") and text.endswith("xxx<end>' does not exist")
    assert f"({len(LONG) + 17:,} characters in all)" in text
