"""Checks of a plugin module and of what it offers beside methods."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from revsearch_tui.api.errors import PictureError, UsageError
from revsearch_tui.api.hookspecs import HOOKS, PROJECT
from revsearch_tui.api.infos import API_VERSION, DatasetInfo, Info, MetricInfo, ReaderInfo, RegionInfo
from revsearch_tui.api.testing.bench import resolve
from revsearch_tui.api.testing.pictures import odd_pictures, sample_pictures
from revsearch_tui.api.types import Box

HEAVY = frozenset(
    ("PIL", "chromadb", "cv2", "faiss", "imagehash", "jax", "keras", "matplotlib", "numpy", "onnx", "onnxruntime")
    + ("pandas", "scipy", "skimage", "sklearn", "tensorflow", "textual", "torch", "torchvision", "transformers")
)
"""What describing a plugin must not import."""
_QUICK_S = 2.0


def light_import(module: ModuleType) -> None:
    """Importing the module and calling its hooks imports nothing heavy, and takes less than 2 s."""
    source = (
        "import importlib, json, sys, time\n"
        "began = time.perf_counter()\n"
        f"module = importlib.import_module({module.__name__!r})\n"
        f"for hook in {sorted(HOOKS)!r}:\n"
        "    getattr(module, hook, list)()\n"
        "print('\\n' + str(time.perf_counter() - began), *sys.modules)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, f"it fails in a fresh process: {child.stderr.strip().splitlines()[-1:]}"
    took, *modules = child.stdout.splitlines()[-1].split()
    heavy = sorted(HEAVY & set(modules))
    assert not heavy, f"describing the plugin imports {', '.join(heavy)}: import it where it is used"
    assert len(child.stdout.strip().splitlines()) == 1, "describing the plugin prints to standard output"
    assert float(took) < _QUICK_S, f"describing the plugin takes {float(took):.1f} s: do that where it is used"


def hooks(module: ModuleType) -> list[Info]:
    infos: list[Info] = []
    for hook, kind in HOOKS.items():
        function = getattr(module, hook, None)
        if function is None:
            continue
        assert getattr(function, f"{PROJECT}_impl", None) is not None, f"{hook} is not marked with @hookimpl"
        answer = function()
        assert isinstance(answer, list), f"{hook} returns a {type(answer).__name__}, not a list"
        assert all(isinstance(info, kind) for info in answer), f"{hook} returns other things than {kind.__name__}"
        assert answer == function(), f"{hook} returns something else the second time"
        infos += answer
    assert infos, "it offers nothing"
    named = [(type(info), info.name) for info in infos]
    assert len(set(named)) == len(named), "two infos of one kind have the same name"
    for info in infos:
        assert info.api_version == API_VERSION, f"{info.name} is for version {info.api_version} of the contract"
        assert info.summary and "\n" not in info.summary, f"the summary of {info.name} is one line"
        assert isinstance(info.requires, tuple), f"'requires' of {info.name} is a tuple of module names"
    return infos


def factory(info: Info) -> None:
    assert callable(resolve(info.factory)), f"{info.factory} cannot be called"


def reader(info: ReaderInfo) -> None:
    read = resolve(info.factory)()
    for rubbish in (b"", b"not a picture", bytes(4096)):
        try:
            read(rubbish)
        except PictureError:
            continue
        raise AssertionError(f"{len(rubbish)} bytes that are no picture do not raise PictureError")


def regions(info: RegionInfo) -> None:
    propose = resolve(info.factory)()
    for picture in [*sample_pictures(2), *odd_pictures().values()]:
        boxes = propose(picture)
        assert boxes == propose(picture), "the same picture has other boxes the second time"
        assert isinstance(boxes, list) and all(isinstance(box, Box) for box in boxes), "a provider gives a list of Box"


def dataset(info: DatasetInfo) -> None:
    """A place that holds nothing, or is not there, is refused in a sentence or gives no samples."""
    make = resolve(info.factory)
    defaults = {option.name: option.parse(option.default) for option in info.options}
    with tempfile.TemporaryDirectory() as name:
        for root in (Path(name), Path(name) / "absent"):
            try:
                samples = list(make(root, defaults))
            except UsageError as error:
                assert str(error), "it refuses a place without a word"
                continue
            assert not samples, (
                f"it finds {len(samples)} samples in {'an empty folder' if root.exists() else 'nothing'}"
            )
            assert root.exists(), "a folder that is not there does not raise UsageError"


def metric(info: MetricInfo) -> None:
    """Finite numbers, the same every time, for rankings of every kind; better ones are not worse."""
    import numpy as np

    measure = resolve(info.factory)()

    def value(ranking: str, total: int) -> float:
        relevant = np.array([each == "+" for each in ranking], bool)
        before = relevant.copy()
        found = [float(measure(relevant, total)) for _ in range(2)]
        assert np.array_equal(before, relevant), "it changes the ranking that it is given"
        assert np.isfinite(found).all(), f"{found[0]} for the ranking '{ranking}' of {total} relevant pictures"
        assert found[0] == found[1], f"{found[0]} and then {found[1]} for one ranking"
        return found[0]

    for ranking, total in (("", 0), ("-", 0), ("---", 2), ("+", 1), ("-+-", 3)):
        value(ranking, total)
    best, worst = value("++----", 2), value("----++", 2)
    assert best >= worst if info.higher_is_better else best <= worst, (
        f"the best ranking has {best}, the worst {worst}: is higher_is_better right?"
    )
