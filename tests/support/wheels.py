"""The program and plugins as users get them: wheels, installed into an environment of their own."""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def wheel_of(root: Path, into: Path) -> Path:
    """The wheel that pip builds of a project, with what is installed and without the web."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, which builds wheels")
    into.mkdir(parents=True, exist_ok=True)
    before = set(into.glob("*.whl"))
    _ran(sys.executable, "-m", "pip", "wheel", *_OFFLINE, "--no-deps", "--no-build-isolation", "-w", into, root)
    (wheel,) = set(into.glob("*.whl")) - before
    return wheel


@functools.cache
def host_wheel() -> Path:
    """The program's own, built once."""
    return wheel_of(ROOT, Path(tempfile.mkdtemp(prefix="revsearch-wheel-")))


class Environment:
    """An environment with the program and plugins from their wheels; the libraries are those of the tests."""

    def __init__(self, folder: Path, wheels: Iterable[Path]) -> None:
        self.folder = folder
        _ran(sys.executable, "-m", "venv", "--without-pip", folder)
        (found,) = [*folder.glob("bin/python"), *folder.glob("Scripts/python.exe")]
        self.python = found
        every = [host_wheel(), *wheels]
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install", *_OFFLINE, "--no-deps", "--no-index")
        _ran(*pip, *every)
        self.site = Path(self.ran("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        # Only now: pip would take the program for installed. Of a folder named so no .pth file is followed, which is
        # where an editable install of the program would come from.
        own = [path for path in sys.path if Path(path).is_relative_to(ROOT) and "site-packages" not in path]
        libraries = [path for path in sys.path if Path(path).is_dir() and path not in own]
        (self.site / "libraries.pth").write_text("".join(f"{path}\n" for path in libraries), encoding="utf-8")

    def ran(self, *words: str | Path, cwd: Path | None = None, home: Path | None = None) -> str:
        """What its Python prints; it must succeed."""
        return _ran(self.python, *words, cwd=cwd or self.folder, home=home)

    def revsearch(self, home: Path, *words: str | Path) -> str:
        """What a command of the installed program prints; it must succeed."""
        return self.ran("-m", "revsearch_tui", *words, home=home)

    def passes(self, tests: Path) -> str:
        """The tests of a package, taken where nothing but they lie, pass with what is installed."""
        return self.ran("-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", tests, cwd=tests)


_OFFLINE = ("--quiet", "--disable-pip-version-check", "--no-input")


def _ran(*words: str | Path, cwd: Path | None = None, home: Path | None = None) -> str:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" or "pip" in words}
    if home is not None:
        variables["REVSEARCH_HOME"] = str(home)
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    return done.stdout
