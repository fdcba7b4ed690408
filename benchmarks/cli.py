"""Whole commands, from process start to exit."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks.collection import small_collection
from benchmarks.measure import ROOT, Bench, Row, command, interleave, revsearch

_PLUGINS = 50
_SETTLES_S = 2.1
"""What plugins say is kept when none was changed in the last two seconds."""

_MODULE = """
from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

@hookimpl
def revsearch_methods():
    options = tuple(OptionSpec(f"option-{{each}}", each, "A number.", minimum=0, maximum=9) for each in range(5))
    return [MethodInfo("method-{number}", "Title", "Summary.", "vector", "l2", 3, "{module}:Method", options=options)]
"""


def run(bench: Bench) -> list[Row]:
    """Short commands against a Python program that does nothing, all of them warm; a listing with many plugins against
    one with none but those that ship."""
    folder, home = small_collection(bench)
    site = _installed_plugins(bench.folder / "site")
    picture = str(folder / "1.jpg")
    actions = {
        "revsearch --version": partial(command, revsearch(), "--version", home=home),
        "revsearch plugins": partial(command, revsearch(), "plugins", home=home),
        f"revsearch plugins, {_PLUGINS} more installed": partial(
            command, revsearch(), "plugins", home=home, PYTHONPATH=os.pathsep.join(_path(site))
        ),
        "revsearch collections": partial(command, revsearch(), "collections", home=home),
        "revsearch models": partial(command, revsearch(), "models", home=home),
        "revsearch search -m phash, 100 pictures": partial(
            command, revsearch(), "search", "-m", "phash", picture, home=home
        ),
        "pass": partial(command, sys.executable, "-c", "pass", home=home),
    }
    time.sleep(_SETTLES_S)
    for _ in range(2):  # the first compiles modules, beside which what it found is not kept yet
        for action in actions.values():
            action()
        time.sleep(_SETTLES_S)
    found = interleave(actions, bench.size(25, 1))
    listing, more = "revsearch plugins", f"revsearch plugins, {_PLUGINS} more installed"
    rows = [
        Row(name, found[name], "python -c pass", found["pass"], most_ratio=6 if name == listing else None)
        for name in list(actions)[:-1]
    ]
    return [*rows, Row(more, found[more], "the same without them", found[listing], most_ratio=1.5)]


def _path(site: Path) -> list[str]:
    return [str(site), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]


def _installed_plugins(site: Path) -> Path:
    """So many distributions with a method each, as an installer leaves them."""
    site.mkdir()
    for number in range(_PLUGINS):
        module = f"bench_plugin_{number}"
        (site / f"{module}.py").write_text(_MODULE.format(number=number, module=module), encoding="utf-8")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[revsearch]\nplugin-{number} = {module}\n", encoding="utf-8")
    return site
