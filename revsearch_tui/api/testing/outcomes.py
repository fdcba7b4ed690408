"""What checks find, and what of it a plugin's author has accepted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Literal


class ConformanceError(AssertionError):
    """At least one check failed; the message has a line for each."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one info (or of the module itself), and why it failed or was passed over."""

    subject: str
    check: str
    outcome: Literal["passed", "failed", "expected failure", "skipped"]
    reason: str = ""


class Skip(Exception):  # noqa: N818 - no error
    """This check does not apply here."""


def attempt(results: list[CheckResult], subject: str, check: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Skip as skip:
        results.append(CheckResult(subject, check, "skipped", str(skip)))
    except Exception as error:  # a plugin may raise anything
        text = str(error) if isinstance(error, AssertionError) else f"raised {type(error).__name__}: {error}"
        results.append(CheckResult(subject, check, "failed", " ".join(text.split()) or "failed"))
    else:
        results.append(CheckResult(subject, check, "passed"))


def judged(results: list[CheckResult], expected: Mapping[str, str]) -> list[CheckResult]:
    names = {name for result in results for name in (result.check, f"{result.subject}.{result.check}")}
    unknown = [name for name in expected if name not in names]
    if unknown:
        raise ValueError(f"'{unknown[0]}' names no check that ran; these did: {', '.join(sorted(names))}")
    judged, complaints = [], []
    failed: set[str] = set()
    for result in results:
        keys = {result.check, f"{result.subject}.{result.check}"} & set(expected)
        if result.outcome == "failed" and keys:
            failed |= keys
            reason = f"{expected[min(keys)]} ({result.reason})"
            result = dataclasses.replace(result, outcome="expected failure", reason=reason)  # noqa: PLW2901
        elif result.outcome == "failed":
            complaints.append(f"{result.subject}: {result.check}: {result.reason}")
        judged.append(result)
    complaints += [f"{name}: expected to fail ({expected[name]}), but it passes" for name in expected.keys() - failed]
    if complaints:
        raise ConformanceError("\n".join(complaints))
    return judged
