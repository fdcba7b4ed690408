"""The checks, in the order of the report."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import ConfigError, MethodUnavailableError, StorageError
from revsearch_tui.core.doctor.providers import (
    KNOWN,
    MODULE_FILE,
    Check,
    Status,
    check_onnxruntime,
    nvidia_gpu,
    providers_of,
    right_distribution,
)
from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.core.storage.store.store_kind import StoreKind

_PACKAGES = (
    *("chromadb", "imagehash", "numpy", "pillow", "pillow-heif", "platformdirs"),
    *("pluggy", "textual", "textual-image", "typer"),
)
_BROKEN = {("textual-image", "0.13.0"), ("textual-image", "0.13.1")}
_OPENCV = tuple(f"opencv{contrib}-python{kind}" for contrib in ("", "-contrib") for kind in ("", "-headless"))
_LOW_DISK, _NO_DISK = 1_000_000_000, 100_000_000


def run_checks(
    folders: Folders, *, path: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> list[Check]:
    """All checks. Never raises; creates no folder. `path` and `environ` stand in for `sys.path` and `os.environ`."""
    environ = os.environ if environ is None else environ
    return [
        check_python(),
        Check("platform", "ok", f"{platform.platform()}, {os.cpu_count() or 1} cores"),
        *check_packages(path),
        check_opencv(path),
        check_onnxruntime(path),
        check_gpu(path),
        *check_folders(folders),
        check_disk(folders.data),
        *check_terminal(environ),
    ]


def check_python() -> Check:
    """The interpreter, its SQLite and its file names' encoding."""
    detail = f"{platform.python_version()} at {sys.executable}, SQLite {sqlite3.sqlite_version}"
    if sys.getfilesystemencoding().lower() != "utf-8":
        return Check("python", "warn", f"{detail}, file names are not UTF-8", "set a UTF-8 locale, or PYTHONUTF8=1")
    return Check("python", "ok", detail)


def check_packages(path: Sequence[str] | None = None) -> Iterator[Check]:
    """The packages that are needed, by their metadata."""
    versions: dict[str, str] = {}
    for distribution in metadata.distributions(path=list(sys.path if path is None else path)):
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        versions.setdefault(name, distribution.version or "")
    for name in _PACKAGES:
        version = versions.get(name)
        if version is None:
            yield Check(name, "fail", "not installed", f"pip install {name}")
        elif (name, version) in _BROKEN:
            yield Check(name, "warn", f"{version} is known to be broken", f"pip install '{name}!={version}'")
        else:
            yield Check(name, "ok", version)


def check_opencv(path: Sequence[str] | None = None) -> Check:
    """Exactly one of the distributions that install `cv2`."""
    providers = providers_of("cv2/__init__.py", _OPENCV, path)
    titles = [f"{provider.name} {provider.version}" for provider in providers]
    if not providers:
        return Check("opencv", "fail", "not installed", "pip install opencv-contrib-python")
    if len(providers) > 1:
        names = " ".join(provider.name for provider in providers)
        remedy = f"pip uninstall {names}, then pip install opencv-contrib-python"
        return Check("opencv", "warn", f"{' and '.join(titles)} are installed over one another", remedy)
    return Check("opencv", "ok", titles[0])


def check_gpu(path: Sequence[str] | None = None) -> Check:
    """Whether models run on a GPU here, tried in a child process; a machine without one is sound."""
    if not nvidia_gpu():
        return Check("gpu", "ok", "no NVIDIA GPU: models run on the CPU")
    if right_distribution("gpu") == "onnxruntime":
        return Check("gpu", "ok", "onnxruntime has no CUDA build for this system: models run on the CPU")
    if "onnxruntime-gpu" not in [provider.name for provider in providers_of(MODULE_FILE, KNOWN, path)]:
        return Check(
            "gpu", "warn", "there is an NVIDIA GPU, but onnxruntime is the CPU build", "revsearch doctor --mend"
        )
    for state in ("plain", "preload"):
        answer = _probe(state)
        if answer.get("cuda") is True:
            return Check("gpu", "ok", "models run on the GPU")
    return Check(
        "gpu",
        "warn",
        "there is an NVIDIA GPU, but onnxruntime cannot start CUDA on it: models run on the CPU",
        "install the CUDA and cuDNN libraries of the version that this onnxruntime-gpu wants; up to 1.26 that is "
        "CUDA 12, from 1.27 on CUDA 13",
    )


def _probe(state: str) -> Mapping[str, object]:
    """Ask the plugin that runs models, which tries CUDA in a process of its own."""
    try:
        answer: Mapping[str, object] = load_factory("revsearch_onnx.session:ask_child")(state)
    except MethodUnavailableError:
        return {}
    return answer


def check_folders(folders: Folders) -> Iterator[Check]:
    """Whether revsearch's own folders can be written to; one that is not there yet, whether it could be made."""
    for title, folder in (("data", folders.data), ("cache", folders.cache), ("config", folders.config)):
        name = f"{title} folder"
        there = _existing(folder)
        try:
            if not there.is_dir():
                raise NotADirectoryError(f"{there} is not a folder")
            if there == folder:
                with tempfile.TemporaryFile(dir=folder):
                    pass
            elif not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(f"{there} is not writable")
        except OSError as error:
            remedy = "make it writable, or set REVSEARCH_HOME to a folder that is"
            yield Check(name, "fail", f"{folder} cannot be written to: {error.strerror or error}", remedy)
        else:
            yield Check(name, "ok", str(folder) if there == folder else f"{folder} (not made yet)")


def check_servers(store: Callable[[], StoreKind]) -> Iterator[Check]:
    """Whether the ChromaDB servers that are configured answer; nothing where none is."""
    try:
        servers = store().servers
        if servers:
            from revsearch_tui.core.storage.store.served import look_at

            for server in servers:
                yield Check("chromadb server", "ok", look_at(server))
    except ConfigError as error:
        yield Check("configuration", "fail", str(error))
    except StorageError as error:
        yield Check("chromadb server", "warn", str(error), "start it, or clear store.chroma_url: searches are exact")


def check_disk(folder: Path) -> Check:
    """Free space where collections and models are kept."""
    try:
        free = shutil.disk_usage(_existing(folder)).free
    except OSError as error:
        return Check("disk", "warn", f"the free space at {folder} is unknown: {error.strerror or error}")
    status: Status = "fail" if free < _NO_DISK else "warn" if free < _LOW_DISK else "ok"
    remedy = "" if status == "ok" else "free some space, or set REVSEARCH_HOME to a folder on a larger disk"
    return Check("disk", status, f"{free / 1e9:.1f} GB free at {folder}", remedy)


def check_terminal(environ: Mapping[str, str]) -> Iterator[Check]:
    """What the environment tells of the terminal; nothing is asked of the terminal itself."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    colours = "24-bit colours" if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") else "256 colours"
    if os.name != "nt" and term in ("", "dumb"):
        yield Check(
            "terminal",
            "warn",
            f"TERM is {term or 'not set'}: the app needs a full terminal, the commands do not",
            "start revsearch in a terminal emulator",
        )
    else:
        if "256" not in term and colours != "24-bit colours" and not program and os.name != "nt":
            colours = "colours as the terminal has them"
        off = ", colours are off by NO_COLOR" if environ.get("NO_COLOR") else ""
        yield Check("terminal", "ok", f"{program or term or 'Windows'}, {colours}{off}")
    yield Check("pictures", "ok", _graphics(environ))
    if environ.get("TMUX") or term.startswith(("tmux", "screen")):
        yield Check(
            "tmux",
            "warn",
            "in tmux or screen, pictures are drawn with half-cells unless it passes graphics through",
            "in tmux.conf: set -g allow-passthrough on; set -as terminal-features ',*:RGB,*:sixel'",
        )


def _graphics(environ: Mapping[str, str]) -> str:
    term, program = environ.get("TERM", "").lower(), environ.get("TERM_PROGRAM", "").lower()
    if environ.get("KITTY_WINDOW_ID") or "kitty" in term or program == "ghostty" or "ghostty" in term:
        return "the terminal looks able to draw pictures (Kitty protocol)"
    if program in ("wezterm", "iterm.app", "mintty", "vscode", "contour") or term in (
        "foot",
        "mlterm",
        "yaft-256color",
    ):
        return "the terminal looks able to draw pictures (Sixel)"
    if environ.get("WT_SESSION") or environ.get("KONSOLE_VERSION"):
        return "the terminal looks able to draw pictures in its newer versions (Sixel or Kitty)"
    return "no sign of Kitty or Sixel graphics: pictures are drawn with half-cells"


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())
