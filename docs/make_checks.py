"""Write docs/checks.md: what each check of the conformance kit says of a plugin that breaks its rule.

Usage: python docs/make_checks.py

Runs the tests of the kit, which hold a bad plugin for every check, and writes down what was found in each.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from revsearch_tui.api.testing.outcomes import CheckResult

ROOT = Path(__file__).resolve().parent.parent
_HEAD = """\
# What the conformance kit says

Made by `python docs/make_checks.py`, which runs the tests of [the kit](plugins.md#the-conformance-kit): its checks,
what was wrong with the plugin that each was tried on, and what it said; a few of each. `processes`, which is tried in
a process of its own, says that another process gives other vectors.

| check | bad plugin | what is said |
|---|---|---|
"""
_LONGEST, _MOST = 160, 4


class Recorder:
    """A plugin of pytest that keeps the checks that failed, by the test in which they did."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], str] = {}
        self._test = ""

    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._test = item.name

    def keep(self, result: CheckResult) -> None:
        """Of one test and check the first."""
        if result.outcome == "failed" and self._test:
            self.found.setdefault((result.check, self._test), result.reason)


def _words(test: str) -> str:
    """The name of a test as words."""
    name, _, variant = test.removeprefix("test_").rstrip("]").partition("[")
    return name.replace("_", " ") + (f" ({variant})" if variant else "")


def _cell(text: str) -> str:
    plain = re.sub(r"(/[\w.-]+){3,}", "FILE", re.sub(r"0x[0-9a-f]+", "0x…", text)).replace("|", "\\|")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def _chosen(found: Mapping[tuple[str, str], str]) -> list[tuple[str, str, str]]:
    """Of each check a few tests, those whose plugin breaks the fewest rules beside."""
    broken = Counter(test for _, test in found)
    chosen = []
    for check in sorted({check for check, _ in found}):
        tests = sorted((broken[test], test) for other, test in found if other == check)
        chosen += [(check, test, found[check, test]) for count, test in tests[:_MOST] if count == tests[0][0]]
    return chosen


def main() -> int:
    """The exit status of the tests."""
    recorder = Recorder()
    made: Any = CheckResult.__init__

    def noting(self: CheckResult, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        recorder.keep(self)

    CheckResult.__init__ = noting  # type: ignore[method-assign]
    tests = [str(file) for file in sorted((ROOT / "tests" / "api").glob("test_conformance_*.py"))]
    status = pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[recorder])
    rows = [f"| `{check}` | {_words(test)} | {_cell(said)} |" for check, test, said in _chosen(recorder.found)]
    if status == 0:
        (ROOT / "docs" / "checks.md").write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
