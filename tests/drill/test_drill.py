"""The fault drill: a sample of it with all other tests, the whole of it under the marker `drill`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.drill.drill import Drill, prepared, tried
from tests.drill.drills import DRILLS
from tests.drill.kinds import DAMAGES, KINDS
from tests.drill.misbehaviour import MISBEHAVIOURS, becomes, documented

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are POSIX")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
ALL = [pytest.param(drill, case, id=f"{drill.name}: {case}") for drill in DRILLS for case in drill.cases]
SAMPLE = [pytest.param(drill, case, id=f"{drill.name}: {case}") for drill in DRILLS for case in drill.sample]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of pytest share, so that ground is prepared once."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "drill"


def _survives(drill: Drill, case: str, shared: Path) -> None:
    outcome = tried(drill, case, shared)
    assert not outcome.troubles, "\n".join(outcome.troubles)


@pytest.mark.parametrize(("drill", "case"), SAMPLE)
def test_a_sample_of_the_drill_is_survived(drill: Drill, case: str, shared: Path) -> None:
    _survives(drill, case, shared)


@pytest.mark.drill
@pytest.mark.parametrize(("drill", "case"), ALL)
def test_the_whole_drill_is_survived(drill: Drill, case: str, shared: Path) -> None:
    _survives(drill, case, shared)


def test_every_sample_is_a_case() -> None:
    for drill in DRILLS:
        assert set(drill.sample) <= set(drill.cases)


def test_every_kind_of_file_in_a_home_is_damaged(shared: Path) -> None:
    """A file of a kind that nobody thought of fails this test, until it has a line among the kinds."""
    damage = next(drill for drill in DRILLS if drill.name == "damage")
    home = prepared(damage, shared) / "home"
    known = {_shape(kind.pattern) for kind in KINDS.values()}
    found = {_shape(str(path.relative_to(home))) for path in home.rglob("*") if path.is_file()}
    assert found <= known, found - known
    assert len(damage.cases) == len(KINDS) * len(DAMAGES)


def _shape(path: str) -> str:
    """A path without what differs from home to home: keys, ids, and the method in them."""
    path = re.sub(r"(journal|features|chroma)/[^/]+/", r"\1/*/", path)
    path = re.sub(r"journal/[^/]+\.json", "journal/*.json", path)
    path = re.sub(r"descriptions/plugins-[^/]+\.kept", "descriptions/plugins-*.kept", path)
    path = re.sub(r"(evaluations|cache/evaluation|chroma/\*)/(?!chroma\.)[^/]+/", r"\1/*/", path)
    return re.sub(r"cache/thumbnails/.*\.jpg", "cache/thumbnails/*/*/*.jpg", path)


def test_the_page_lists_every_drill_with_all_its_tries_survived() -> None:
    page = PAGE.read_text("utf-8")
    for drill in DRILLS:
        tries = len(drill.cases) * drill.tries
        assert f"| {drill.title} | {tries:,} | {tries:,} |" in page, "run: python docs/make_reliability.py"


def test_the_plugin_guide_tells_what_becomes_of_every_method_that_fails() -> None:
    told = {case: row[0] for case, row in documented().items()}
    assert told == {case: becomes(case) for case in told}
    assert {case for case, kind in MISBEHAVIOURS.items() if kind.expect != "works"} - set(told) == {
        "blocks, and the user stops the run",
        "unlocks its pictures and writes into them",
        "puts other pictures into the list",
    }, "told in the rows of others"
