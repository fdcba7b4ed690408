"""Checks of how a method behaves beside what it returns: what it prints, touches and leaves behind."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import sample_pictures
from revsearch_tui.api.testing.watching import touches, watched

_LONGEST_INIT_S = 2.0
_LEAVES_WITHIN_S = 2.0
_CHILD = """
import json, sys
from pathlib import Path
import numpy as np
from revsearch_tui.api import MethodInfo, ModelFile
from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.pictures import sample_pictures
from revsearch_tui.api.testing.watching import touches, watched
told = json.loads(sys.stdin.read())
model = ModelFile(**{**told["model"], "folder": Path(told["model"]["folder"])}) if told["model"] else None
bench = Bench(MethodInfo(**told["info"]), model)
method = bench.loaded(**told["options"])
np.save(told["out"], bench.vectors(method, sample_pictures(3)))
method.close()
"""


def quick_init(bench: Bench) -> None:
    """Making the object takes no time worth telling."""
    began = time.monotonic()
    bench.make()
    took = time.monotonic() - began
    assert took < _LONGEST_INIT_S, f"__init__ takes {took:.1f} s: leave what takes long to load"


def quiet(bench: Bench) -> None:
    """Nothing is printed, to stdout or stderr, by Python or by a library below it."""
    with tempfile.TemporaryFile() as file, _into(file) as text:
        _work(bench)
        sys.stdout.flush()
        sys.stderr.flush()
        file.seek(0)
        printed = text.getvalue() or file.read(400).decode(errors="replace")
    assert not printed.strip(), f"it prints {printed.strip().splitlines()[0][:100]!r}: results alone go to stdout"


def leaves_alone(bench: Bench) -> None:
    """No socket is opened and no file written; environment, folder and chance are as they were; threads end."""
    import numpy as np

    threads = set(threading.enumerate())
    # One step on, so that a seed that an earlier check has set already shows.
    random.random()
    np.random.random()
    before = dict(os.environ), Path.cwd(), random.getstate(), _numpy_state(np)
    with watched(touches) as seen:
        _work(bench)
    assert not seen, f"load or work touches the outside: {seen[0]}"
    environment, folder, chance, numpy_chance = before
    changed = sorted(name for name, _ in environment.items() ^ os.environ.items())
    assert not changed, f"it changes the environment: {', '.join(changed)}"
    assert folder == Path.cwd(), "it changes the working directory"
    assert chance == random.getstate(), "it uses or reseeds Python's chance, which is shared: make a random.Random"
    assert numpy_chance == _numpy_state(np), "it uses or reseeds numpy's chance, which is shared: make a default_rng"
    ends = time.monotonic() + _LEAVES_WITHIN_S
    while left := [each for each in threading.enumerate() if each not in threads]:
        assert time.monotonic() < ends, f"close leaves a thread running: {left[0].name}"
        time.sleep(0.01)


def processes(bench: Bench) -> None:
    """Another process, with another seed of `hash`, gives the same vectors: stored ones are read by later processes."""
    import numpy as np

    module = bench.info.factory.partition(":")[0]
    spec = importlib.util.find_spec(module) if getattr(sys.modules.get(module), "__spec__", None) else None
    if spec is None or not spec.origin:
        raise NotApplicable("its module is in no file")
    method = bench.loaded()
    here = bench.vectors(method, sample_pictures(3))
    method.close()
    told_of_it = ("name", "title", "summary", "shape", "metric", "dim", "factory", "models")
    model = bench.model
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.npy"
        told = {
            "info": {name: getattr(bench.info, name) for name in told_of_it},
            "options": bench.info.defaults(),
            "model": {
                "name": model.name,
                "folder": str(model.folder),
                "sha256": model.sha256,
                "manifest": dict(model.manifest),
            }
            if model is not None
            else None,
            "out": str(rows),
        }
        paths = os.pathsep.join(entry for entry in sys.path if entry)
        child = subprocess.run(
            [sys.executable, "-c", _CHILD],
            input=json.dumps(told, default=dict),
            env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "12345"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, f"it fails in a fresh process: {' '.join(child.stderr.split())[-200:]}"
        there = np.load(rows)
    assert here.shape == there.shape and bench.same(here, there), (
        "another process gives other vectors: do they depend on hash(), on chance or on the order of a set?"
    )


def telling(bench: Bench) -> None:
    """Pictures that differ get vectors that differ."""
    method = bench.loaded()
    rows = bench.vectors(method, sample_pictures())
    method.close()
    assert (rows != rows[0]).any(), "every picture has the same vector"


def light_copy(bench: Bench) -> None:
    """Of copies that are a little darker at least half are nearest to their originals; local features are verified in
    both directions."""
    import numpy as np

    pictures = sample_pictures()
    copies = [(picture * 0.97).astype(np.uint8) for picture in pictures]
    method = bench.loaded()
    if bench.info.shape == "local":
        originals, others = method.extract(pictures), method.extract(copies)
        for one, other in zip(originals, others, strict=True):
            there, back = (method.match(*pair).inliers >= method.min_inliers for pair in ((one, other), (other, one)))
            assert there == back, "a picture is verified against its copy in one direction alone"
            assert there, "a copy that is a little darker is not verified"
    else:
        near = bench.distances(bench.vectors(method, copies), bench.vectors(method, pictures))
        right = sum(row.argmin() == number for number, row in enumerate(near))
        assert 2 * right >= len(pictures), (
            f"of {len(pictures)} copies that are a little darker only {right} find their original"
        )
    method.close()


def _work(bench: Bench) -> None:
    """What a host does with a method in a run."""
    method = bench.loaded()
    bench.vectors(method, sample_pictures(2))
    method.close()


@contextlib.contextmanager
def _into(file: Any) -> Iterator[io.StringIO]:
    """Send what Python and the libraries below it print into a text and a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = {number: os.dup(number) for number in (1, 2)}
    text = io.StringIO()
    try:
        for number in kept:
            os.dup2(file.fileno(), number)
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            yield text
    finally:
        for number, own in kept.items():
            os.dup2(own, number)
            os.close(own)


def _numpy_state(np: Any) -> tuple[bytes, int]:
    _, keys, position, *_ = np.random.get_state()
    return keys.tobytes(), int(position)
