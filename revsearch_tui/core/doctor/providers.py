"""Which distribution provides the module `onnxruntime`, and is it whole?

Several distributions (onnxruntime, onnxruntime-gpu, ...) install the same module. With two of them the files of the
later one overwrite those of the earlier, and whichever is removed takes files of the other with it; pip notices
nothing. Everything is told from the metadata and the files; the module is never imported.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

NAME = "onnxruntime"
KNOWN = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-qnn")
MODULE_FILE = "onnxruntime/__init__.py"
_BUILD_FILE = "onnxruntime/capi/build_and_package_info.py"
Build = Literal["auto", "cpu", "gpu"]

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One file as a distribution's RECORD has it: path below `site`, hash as `sha256=...` or empty, bytes or -1."""

    path: str
    hash: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Provider:
    """An installed distribution: its normalised name, the folder it lies in, its files (None: no RECORD)."""

    name: str
    version: str
    site: Path
    files: tuple[Recorded, ...] | None


def providers_of(module_file: str, known: Sequence[str], path: Sequence[str] | None = None) -> list[Provider]:
    """The installed distributions that recorded `module_file` as theirs, by name, each once.

    One of the `known` names counts even where its record is lost. `path` is searched instead of `sys.path`.
    """
    found: dict[str, Provider] = {}
    for distribution in metadata.distributions(path=list(sys.path if path is None else path)):
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
        # Only these names need their record read; there may be hundreds of others.
        if not name.startswith((known[0].partition("-")[0], "ort-")) or name in found:
            continue
        files = _record(distribution)
        if name in known if files is None else any(file.path == module_file for file in files):
            site = Path(str(distribution.locate_file("")))
            found[name] = Provider(name, distribution.version or "", site, files)
    return [found[name] for name in sorted(found)]


def check_onnxruntime(path: Sequence[str] | None = None) -> Check:
    """Exactly one provider of `onnxruntime`, its files those it installed. `path` is searched instead of `sys.path`."""
    providers = providers_of(MODULE_FILE, KNOWN, path)
    if not providers:
        return Check(NAME, "fail", "not installed: methods that run models cannot work", _remedy(providers))
    titles = [f"{provider.name} {provider.version}" for provider in providers]
    if len(providers) > 1:
        detail = f"{' and '.join(titles)} are installed over one another: their files are mixed"
        return Check(NAME, "fail", detail, _remedy(providers))
    fault = _fault(providers[0])
    if fault:
        return Check(NAME, "fail", f"{titles[0]} is not whole: {fault}", _remedy(providers))
    return Check(NAME, "ok", titles[0])


def right_distribution(build: Build = "auto", system: str | None = None, machine: str | None = None) -> str:
    """The distribution that belongs on this machine.

    The GPU build where it is asked for, or with `auto` where there is an NVIDIA GPU, if it exists for the system
    (Linux and Windows on x86-64); else the plain one. `system` and `machine` are as the module `platform` tells.
    """
    system, machine = system or platform.system(), machine or platform.machine()
    exists = system in ("Linux", "Windows") and machine.lower() in ("x86_64", "amd64")
    wanted = build == "gpu" or (build == "auto" and exists and nvidia_gpu())
    return "onnxruntime-gpu" if wanted and exists else NAME


def nvidia_gpu() -> bool:
    """Whether an NVIDIA GPU is there, by its device files or by nvidia-smi."""
    devices = ("/dev/nvidia0", "/dev/nvidiactl")
    return any(Path(device).exists() for device in devices) or "GPU " in _nvidia_smi("-L")


def driver_cuda() -> int | None:
    """The newest major version of CUDA that the NVIDIA driver takes, where nvidia-smi tells."""
    told = re.search(r"CUDA Version:\s*(\d+)", _nvidia_smi())
    return int(told[1]) if told else None


def _nvidia_smi(*arguments: str) -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        done = subprocess.run([tool, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _remedy(providers: Sequence[Provider]) -> str:
    wanted = right_distribution()
    version = next((f"=={provider.version}" for provider in providers if provider.name == wanted), "")
    removal = f"pip uninstall -y {' '.join(provider.name for provider in providers)}, then " if providers else ""
    return f"revsearch doctor --mend; or by hand: {removal}pip install --no-deps {wanted}{version}"


def _record(distribution: metadata.Distribution) -> tuple[Recorded, ...] | None:
    """The RECORD as it was written; `distribution.files` leaves out missing files from Python 3.12 on."""
    text = distribution.read_text("RECORD")
    if text is None:
        return None
    rows = [row for row in csv.reader(text.splitlines()) if len(row) == 3]
    return tuple(Recorded(path, hashed, int(size) if size.isdecimal() else -1) for path, hashed, size in rows)


def _fault(provider: Provider) -> str:
    """What is wrong with the files of the only provider, or nothing."""
    if provider.files is None:
        return "the list of its files is lost"
    build = provider.site / _BUILD_FILE
    if build.is_file():
        text = build.read_text(encoding="utf-8", errors="replace")
        told = dict(re.findall(r"^(package_name|__version__)\s*=\s*['\"]([^'\"]+)", text, re.MULTILINE))
        owner, version = told.get("package_name", provider.name), told.get("__version__", provider.version)
        if (owner, version) != (provider.name, provider.version):
            return f"the files in place are those of {owner} {version}"
    missing, changed = [], []
    for file in provider.files:
        if not file.path.startswith(f"{NAME}/") or file.path.endswith(".pyc"):
            continue
        path = provider.site / file.path
        if not path.is_file():
            missing.append(file.path)
        elif _differs(path, file):
            changed.append(file.path)
    if missing:
        return f"{_some(missing)} missing"
    return f"{_some(changed)} not as installed" if changed else ""


def _differs(path: Path, file: Recorded) -> bool:
    """Python files by their hash; libraries, which are large, by their size."""
    if file.bytes >= 0 and path.stat().st_size != file.bytes:
        return True
    kind, _, told = file.hash.partition("=")
    if path.suffix != ".py" or kind != "sha256":
        return False
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode() != told


def _some(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more are"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report: `remedy` is a command or a sentence, empty where nothing is to be done."""

    name: str
    status: Status
    detail: str
    remedy: str = ""
