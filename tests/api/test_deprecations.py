"""A plugin that uses what will be gone works on, and is named with what to write instead."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

from revsearch_tui.api.deprecations import DEPRECATED, deprecations
from revsearch_tui.api.testing import check_plugin
from tests.support.conformance import MeanColour, info_of
from tests.support.program import revsearch
from tests.support.site import install, method_source

_ENTRY = ("MethodInfo.extra", "write 'requires' alone; contract 2 is without it")


@pytest.fixture(autouse=True)
def extra_is_deprecated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEPRECATED, *_ENTRY)


def test_only_what_a_plugin_sets_itself_is_told() -> None:
    assert deprecations(info_of(MeanColour)) == []
    assert deprecations(info_of(MeanColour, extra="all")) == [
        "'extra' of 'subject' is deprecated: write 'requires' alone; contract 2 is without it"
    ]


def test_the_kit_warns_and_names_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "kit-old", method_source("kit-old", "kit_old", more='extra="all"'))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(DeprecationWarning, match="the plugin kit_old: 'extra' of 'kit-old' is deprecated"):
        check_plugin(importlib.import_module("kit_old"))


def test_listing_and_checking_name_the_plugin(tmp_path: Path) -> None:
    # A later version of the contract has the entry; here the plugin makes it.
    later = f"from revsearch_tui.api.deprecations import DEPRECATED\nDEPRECATED[{_ENTRY[0]!r}] = {_ENTRY[1]!r}\n"
    install(tmp_path, "old", later + method_source("old", "old", more='extra="all"'))
    listed = revsearch(
        tmp_path / "home",
        "plugins",
        environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    assert listed.returncode == 0
    assert b"the plugin 'old' of old: 'extra' of 'old' is deprecated: write 'requires' alone" in listed.stderr
    checked = revsearch(
        tmp_path / "home",
        "plugins",
        "check",
        "old",
        "-f",
        "json",
        environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    assert checked.returncode == 0
    (row,) = [row for row in json.loads(checked.stdout) if row["check"] == "deprecations"]
    assert row["outcome"] == "passed" and "is deprecated" in row["reason"]
