"""Plugins that misbehave: the source of each, and what the program is to make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests.support.site import method_source

NAME = "hostile"
"""What each plugin calls itself, and the method, region provider, reader, metric or data set that it offers."""

BAD_SIDE = 40
"""The picture of this side is the one on which plugins fail that fail on one; all others are larger."""


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """`expect` is what becomes of the method: it `works` all the same, is `left out` of a run, is `not loaded` and so
    never becomes one of the collection's, or fails on `one` picture. `named` tells whether `index` is asked for it,
    `index` are further arguments, and `then` names a further check. With `crashes` it brings down the process
    that it is in.
    """

    source: str
    expect: Literal["works", "left out", "not loaded", "one"]
    named: bool = True
    index: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    then: Literal["", "match", "metric", "dataset", "interrupt", "broken", "unavailable", "shadowed"] = ""
    crashes: bool = False


def _embed(body: str) -> str:
    return method_source(NAME, NAME, embed="import os, sys, threading, time; " + body)


def _closing(body: str) -> str:
    return method_source(NAME, NAME).replace("def close(self):\n        pass", f"def close(self):\n        {body}")


def _on_one(fault: str) -> str:
    return method_source(
        NAME,
        NAME,
        embed=f"""import sys, time
        bad = [p.shape[0] == {BAD_SIDE} for p in pictures]
        found = np.ones((len(pictures), 3), np.float32)
        if any(bad):
            {fault}
            return found""",
    )


_SEGFAULT = "import ctypes; ctypes.string_at(0)"

_LATER = """
        import threading, time
        kept = list(pictures)

        def alter():
            for _ in range(300):
                for picture in kept:
                    for lock in (lambda: setattr(picture.flags, "writeable", True), lambda: picture.fill(0)):
                        try:
                            lock()
                        except ValueError:
                            pass
                time.sleep(0.01)

        threading.Thread(target=alter, daemon=True).start()"""


_LOCAL = """
from revsearch_tui.api import Features, MethodInfo, hookimpl

@hookimpl
def revsearch_methods():
    return [MethodInfo("hostile", "T", "S.", "local", "cosine", 3, "hostile:Method")]

class Method:
    min_inliers = 4

    def __init__(self, options, model):
        pass

    def load(self, control):
        pass

    def close(self):
        pass

    def extract(self, pictures):
        import numpy as np

        return [Features(np.full((5, 4), 0.5, np.float32), p[:5, :4, 0].copy(), p.shape[1] / p.shape[0])
                for p in pictures]

    def aggregate(self, features):
        import numpy as np

        return np.array([f.descriptors.mean(axis=0)[:3] + 1 for f in features], np.float32)

    def match(self, query, candidate):
        {match}
"""

_REGION = """
from revsearch_tui.api import RegionInfo

@hookimpl
def revsearch_region_providers():
    return [RegionInfo("hostile-region", "T", "S.", "hostile:provider")]

def provider():
    import sys

    return lambda picture: sys.exit(0)
"""

_READER = """
from revsearch_tui.api import ReaderInfo, hookimpl

@hookimpl
def revsearch_image_readers():
    return [ReaderInfo("hostile", "T", "S.", (".png",), "hostile:reader")]

def reader():
    import os, sys

    return read

def read(data):
    import io, os, sys
    from PIL import Image

    {read}
"""

_METRIC = """
from revsearch_tui.api import MetricInfo, hookimpl

@hookimpl
def revsearch_metrics():
    return [MetricInfo("hostile", "T", "S.", "hostile:metric")]

def metric():
    import sys

    return lambda relevant, count: sys.exit(0)
"""

_DATASET = """
from revsearch_tui.api import DatasetInfo, hookimpl

@hookimpl
def revsearch_datasets():
    return [DatasetInfo("hostile", "T", "S.", "hostile:read")]

def read(root, options):
    import sys

    sys.exit(0)
"""

_ODD = "type('Odd', (BaseException,), {})('odd')"

MISBEHAVIOURS: Mapping[str, Misbehaviour] = {
    "writes into its pictures": Misbehaviour(_embed("[p.fill(0) for p in pictures]"), "left out"),
    "unlocks its pictures and writes into them": Misbehaviour(
        _embed("[(setattr(p.flags, 'writeable', True), p.fill(0)) for p in pictures]"), "left out"
    ),
    "clears the list of pictures": Misbehaviour(_embed("pictures.clear()"), "left out"),
    "puts other pictures into the list": Misbehaviour(
        _embed("pictures[:] = [np.zeros_like(p) for p in pictures]"), "left out"
    ),
    "alters pictures later, in a thread": Misbehaviour(method_source(NAME, NAME, embed=_LATER.lstrip()), "works"),
    "exits while it embeds": Misbehaviour(_embed("sys.exit(0)"), "left out"),
    "exits while it is loaded": Misbehaviour(method_source(NAME, NAME, load="import sys; sys.exit(0)"), "not loaded"),
    "exits while it is made": Misbehaviour(
        method_source(NAME, NAME).replace("self.options = options", "import sys; sys.exit(0)"), "not loaded"
    ),
    "raises what is no Exception": Misbehaviour(_embed(f"raise {_ODD}"), "left out"),
    "exits on one picture": Misbehaviour(_on_one("sys.exit(1)"), "one"),
    "raises an error of the family on one picture": Misbehaviour(
        _on_one("from revsearch_tui.api import StorageError; raise StorageError('no room in its own cache')"), "one"
    ),
    "gives NaN for one picture": Misbehaviour(_on_one("found[bad.index(True)] = np.nan"), "one"),
    "gives numbers that overflow": Misbehaviour(_embed("return np.full((len(pictures), 3), 1e60)"), "left out"),
    "gives a row too many": Misbehaviour(_embed("return np.ones((len(pictures) + 1, 3), np.float32)"), "left out"),
    "gives rows of another length": Misbehaviour(_embed("return np.ones((len(pictures), 4), np.float32)"), "left out"),
    "gives complex numbers": Misbehaviour(_embed("return np.ones((len(pictures), 3), complex)"), "left out"),
    "gives objects": Misbehaviour(_embed("return np.array([[None] * 3] * len(pictures), object)"), "left out"),
    "gives text": Misbehaviour(_embed("return np.array([['1', '2', '3']] * len(pictures))"), "left out"),
    "prints": Misbehaviour(_embed("print('[]'); os.write(1, b'{}'); sys.__stdout__.write('past')"), "works"),
    "warns": Misbehaviour(_embed("np.float32(1) / np.float32(0)"), "works"),
    "blocks on one picture": Misbehaviour(
        _on_one("time.sleep(3600)"), "left out", environment={"REVSEARCH_INDEX_METHOD_TIMEOUT_S": "1"}
    ),
    "blocks while it is loaded": Misbehaviour(
        method_source(NAME, NAME, load="import time; time.sleep(3600)"),
        "not loaded",
        environment={"REVSEARCH_INDEX_METHOD_TIMEOUT_S": "1"},
    ),
    "blocks, and the user stops the run": Misbehaviour(_embed("time.sleep(3600)"), "left out", then="interrupt"),
    "cannot be imported": Misbehaviour("raise RuntimeError('no such device')", "works", named=False, then="broken"),
    "exits when it is imported": Misbehaviour("import sys; sys.exit(0)", "works", named=False, then="broken"),
    "has code that cannot be imported": Misbehaviour(
        method_source(NAME, NAME).replace("hostile:Method", "hostile.code:Method"), "not loaded"
    ),
    "fails when it is closed": Misbehaviour(_closing("1 / 0"), "works"),
    "exits when it is closed": Misbehaviour(
        method_source(NAME, NAME).replace(
            "def close(self):\n        pass", "def close(self):\n        raise SystemExit"
        ),
        "works",
    ),
    "alters its options": Misbehaviour(
        method_source(NAME, NAME).replace("self.options = options", "options.clear(); options['x'] = 1"), "works"
    ),
    "alters the environment": Misbehaviour(
        method_source(NAME, NAME, load="import os; os.environ['REVSEARCH_HOME'] = '/nowhere'; os.environ['HOME'] = ''"),
        "works",
    ),
    "changes the working directory": Misbehaviour(method_source(NAME, NAME, load="import os; os.chdir('/')"), "works"),
    "raises while it matches": Misbehaviour(_LOCAL.format(match="raise ValueError('odd')"), "works", then="match"),
    "exits while it matches": Misbehaviour(_LOCAL.format(match="raise SystemExit(0)"), "works", then="match"),
    "exits while it proposes regions": Misbehaviour(
        method_source(NAME, NAME) + _REGION, "left out", index=("-O", "hostile.region=hostile-region")
    ),
    "exits while it reads a file": Misbehaviour(_READER.format(read="sys.exit(0)"), "works", named=False),
    "prints while it reads a file": Misbehaviour(
        _READER.format(read="print('[]'); os.write(1, b'{}'); return Image.open(io.BytesIO(data))"),
        "works",
        named=False,
    ),
    "exits while it measures": Misbehaviour(_METRIC, "works", named=False, then="metric"),
    "exits while it lists labelled pictures": Misbehaviour(_DATASET, "works", named=False, then="dataset"),
    "raises on one picture": Misbehaviour(_on_one("raise ValueError('odd picture')"), "one"),
    "raises while it is made": Misbehaviour(
        method_source(NAME, NAME).replace("self.options = options", "raise ValueError('no such device')"), "not loaded"
    ),
    "raises while it is loaded": Misbehaviour(
        method_source(NAME, NAME, load="raise ValueError('no such device')"), "not loaded"
    ),
    "raises in its hook": Misbehaviour(
        method_source(NAME, NAME).replace(
            "    return [MethodInfo(", "    raise ValueError('odd')\n    return [MethodInfo("
        ),
        "works",
        named=False,
        then="broken",
    ),
    "needs a package that is absent": Misbehaviour(
        method_source(NAME, NAME, more='requires=("no_such_module",)'), "works", named=False, then="unavailable"
    ),
    "offers a method by a name that is taken": Misbehaviour(
        method_source("phash", NAME), "works", named=False, then="shadowed"
    ),
    "is slow to say what it offers": Misbehaviour(
        "import time\n"
        + method_source(NAME, NAME).replace("    return [MethodInfo(", "    time.sleep(3)\n    return [MethodInfo("),
        "works",
    ),
    "leaves threads behind": Misbehaviour(_embed("threading.Thread(target=time.sleep, args=(3600,)).start()"), "works"),
    "crashes in native code on one picture": Misbehaviour(_on_one(_SEGFAULT), "one", crashes=True),
    "crashes in native code on every picture": Misbehaviour(_embed(_SEGFAULT), "left out", crashes=True),
    "crashes in native code while it is made": Misbehaviour(
        method_source(NAME, NAME).replace("self.options = options", _SEGFAULT), "not loaded", crashes=True
    ),
    "crashes in native code while it is loaded": Misbehaviour(
        method_source(NAME, NAME, load=_SEGFAULT), "not loaded", crashes=True
    ),
    "crashes in native code when it is closed": Misbehaviour(_closing(_SEGFAULT), "works", crashes=True),
    "crashes in native code while it matches": Misbehaviour(
        _LOCAL.format(match=_SEGFAULT), "works", then="match", crashes=True
    ),
    "aborts on one picture": Misbehaviour(_on_one("import os; os.abort()"), "one", crashes=True),
    "ends its process on one picture": Misbehaviour(_on_one("import os; os._exit(3)"), "one", crashes=True),
    "is killed by the system on one picture": Misbehaviour(
        _on_one("import os; os.kill(os.getpid(), 9)"), "one", crashes=True
    ),
    "takes 30 GB of memory on one picture": Misbehaviour(
        _on_one("found[0] = np.ones(30 << 30, np.uint8)[0]"),
        "one",
        environment={"REVSEARCH_INDEX_METHOD_MEMORY_MB": "8192"},
        crashes=True,
    ),
}

_BECOMES = {
    "works": "takes part",
    "one": "takes part, without that picture",
    "left out": "is left out",
    "not loaded": "is left out",
}
_PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


def becomes(case: str) -> str:
    """What becomes of the method, in the words of docs/plugins.md."""
    kind = MISBEHAVIOURS[case]
    return "cannot be used" if kind.then in ("broken", "unavailable", "shadowed") else _BECOMES[kind.expect]


@cache
def documented() -> Mapping[str, tuple[str, str]]:
    """By case, what docs/plugins.md says becomes of the method, and what the user is told."""
    rows = [line.strip("| ").split(" | ") for line in _PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {row[0]: (row[1], row[2].strip("`")) for row in rows if row[0] in MISBEHAVIOURS}
