"""The conformance kit finds each kind of mistake that an action can make, and no other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from revsearch_tui.api import ActionInfo, PictureError, UsageError
from revsearch_tui.api.testing import ConformanceError, check_action
from tests.support.conformance import SUBJECTS

Action = Callable[[Any, Any], Any]


def page(findings: Any, control: Any) -> str:
    """A sound action; the faulty ones differ from it in one thing."""
    from html import escape

    for answer in findings.answers:
        for hit in answer.hits:
            control.check()
            name = hit.path.name.encode("utf-8", "replace").decode()
            findings.output.write(f"<p>{escape(name)}</p>".encode())
    return "a page"


def info_of(action: Action, **fields: Any) -> ActionInfo:
    sys.modules[SUBJECTS].make = lambda: action  # type: ignore[attr-defined]
    fields = {"target": "file", "suffixes": (".html",)} | fields
    return ActionInfo("subject", "Subject", "An action under test.", f"{SUBJECTS}:make", **fields)


def failed_checks(action: Action, **fields: Any) -> dict[str, str]:
    with pytest.raises(ConformanceError) as caught:
        check_action(info_of(action, **fields))
    parts = [line.split(": ", 2) for line in str(caught.value).splitlines()]
    return {check: reason for _, check, reason in parts}


def test_a_sound_action_passes_every_check() -> None:
    assert {result.outcome for result in check_action(info_of(page))} == {"passed"}


def test_an_action_that_is_not_told_where_to_write_may_change_things() -> None:
    def remove(findings: Any, control: Any) -> str:
        for hit in (hit for answer in findings.answers for hit in answer.hits):
            control.check()
            hit.path.unlink(missing_ok=True)
        return "removed"

    results = check_action(info_of(remove, target="none", suffixes=()))
    assert {r.check for r in results if r.outcome == "not applicable"} == {"escaped", "stays_put", "sources"}


def _says_nothing(findings: Any, control: Any) -> Any:
    page(findings, control)


def _writes_nothing(findings: Any, control: Any) -> str:
    control.check()
    return "a page"


def _closes(findings: Any, control: Any) -> str:
    said = page(findings, control)
    findings.output.close()
    return said


def _needs_scores(findings: Any, control: Any) -> str:
    sum(hit.score for answer in findings.answers for hit in answer.hits)
    return page(findings, control)


def _needs_pictures(findings: Any, control: Any) -> str:
    for hit in (hit for answer in findings.answers for hit in answer.hits):
        try:
            findings.thumbnail(hit)
        except PictureError:
            raise RuntimeError("no picture") from None
    return page(findings, control)


def _trusts_names(findings: Any, control: Any) -> str:
    said = page(findings, control)
    for hit in (hit for answer in findings.answers for hit in answer.hits):
        findings.output.write(hit.path.name.encode("utf-8", "replace"))
    return said


def _litters(findings: Any, control: Any) -> str:
    findings.target.with_name("notes.txt").write_text("I was here")
    return page(findings, control)


def _writes_into_pictures(findings: Any, control: Any) -> str:
    for hit in (hit for answer in findings.answers for hit in answer.hits):
        if hit.path.exists():
            hit.path.write_bytes(b"seen")
    return page(findings, control)


def _goes_on(findings: Any, control: Any) -> str:
    from revsearch_tui.api import NullControl

    return page(findings, NullControl())


@pytest.mark.parametrize(
    ("action", "check"),
    [
        (_says_nothing, "sentence"),
        (_needs_scores, "any_findings"),
        (_needs_pictures, "lacking"),
        (_trusts_names, "escaped"),
        (_litters, "stays_put"),
        (_writes_into_pictures, "sources"),
        (_goes_on, "stops"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_each_check_finds_the_action_that_breaks_its_rule(action: Action, check: str) -> None:
    assert set(failed_checks(action)) == {check}


def test_a_file_that_stays_empty_is_found() -> None:
    assert failed_checks(_writes_nothing)["sentence"] == "nothing is written to the .html file"


def test_closing_the_file_is_found() -> None:
    assert "which the host does" in failed_checks(_closes)["sentence"]


def test_a_refusal_in_a_sentence_is_no_failure_where_pictures_lack() -> None:
    def refuses(findings: Any, control: Any) -> str:
        if not all(hit.path.exists() for answer in findings.answers for hit in answer.hits):
            raise UsageError("some pictures are gone; search again")
        return page(findings, control)

    assert check_action(info_of(refuses))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"target": "file"}, "has at least one"),
        ({"target": "none", "suffixes": (".png",)}, "belong to the target 'file'"),
        ({"target": "file", "suffixes": ("PNG",)}, "lower case"),
        ({"target": "printer"}, "unknown target 'printer'"),
    ],
)
def test_a_target_that_cannot_be_asked_for_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ActionInfo("subject", "S", "S.", "a.b:C", **fields)
