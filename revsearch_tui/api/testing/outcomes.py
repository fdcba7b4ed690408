"""What checks find, and what of it a plugin's author has accepted."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from typing import Literal


class ConformanceError(AssertionError):
    """At least one check failed; the message has a line for each."""


class ConformanceWarning(UserWarning):
    """Some checks could not be made; the message has a line for each, and the plugin may be wrong in all of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one info (or of the module itself), and why it failed or was passed over.

    What is `not applicable` cannot go wrong here; what is `skipped` was not tried although it could. The check `all`
    stands for all that were.
    """

    subject: str
    check: str
    outcome: Literal["passed", "failed", "expected failure", "not applicable", "skipped"]
    reason: str = ""


class NotApplicable(Exception):  # noqa: N818 - no error
    """This check does not apply here."""


def attempt(results: list[CheckResult], subject: str, check: str, work: Callable[[], object]) -> None:
    try:
        work()
    except NotApplicable as reason:
        results.append(CheckResult(subject, check, "not applicable", str(reason)))
    except (Exception, SystemExit) as error:  # a plugin may raise anything
        text = str(error) if isinstance(error, AssertionError) else f"raised {type(error).__name__}: {error}"
        results.append(CheckResult(subject, check, "failed", " ".join(text.split()) or "failed"))
    else:
        results.append(CheckResult(subject, check, "passed"))


def judged(results: list[CheckResult], expected: Mapping[str, str], strict: bool) -> list[CheckResult]:
    """The results, with failures that were expected marked. Raises `ConformanceError` for all others and, where
    `strict`, for what was skipped; warns of that else."""
    names = {name for result in results for name in (result.check, f"{result.subject}.{result.check}")}
    unknown = [name for name in expected if name not in names]
    if unknown:
        raise ValueError(f"'{unknown[0]}' names no check that ran; these did: {', '.join(sorted(names))}")
    judged, complaints, untried = [], [], []
    failed: set[str] = set()
    for result in results:
        keys = {result.check, f"{result.subject}.{result.check}"} & set(expected)
        if result.outcome in ("failed", "skipped") and keys:
            failed |= keys
            reason = f"{expected[min(keys)]} ({result.reason})"
            result = dataclasses.replace(result, outcome="expected failure", reason=reason)  # noqa: PLW2901
        elif result.outcome == "failed":
            complaints.append(f"{result.subject}: {result.check}: {result.reason}")
        elif result.outcome == "skipped":
            untried.append(f"{result.subject}: {result.check}: not tried: {result.reason}")
        judged.append(result)
    if strict:
        complaints += untried
    elif untried:
        warnings.warn(f"{len(untried)} not tried\n" + "\n".join(untried), ConformanceWarning, stacklevel=3)
    complaints += [f"{name}: expected to fail ({expected[name]}), but it passes" for name in expected.keys() - failed]
    if complaints:
        raise ConformanceError("\n".join(complaints))
    return judged
