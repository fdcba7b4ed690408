"""Bring the installation to exactly one whole provider of `onnxruntime`, with the pip of an interpreter."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import StorageError
from revsearch_tui.core.doctor.providers import (
    KNOWN,
    MODULE_FILE,
    Build,
    check_onnxruntime,
    driver_cuda,
    providers_of,
    right_distribution,
)

if TYPE_CHECKING:
    from revsearch_tui.core.doctor.providers import Check


@dataclass(frozen=True, slots=True)
class MendPlan:
    """What is to be done: `remove` these distributions, then install `requirement` without its dependencies.

    Both are empty where all is well.
    """

    remove: tuple[str, ...] = ()
    requirement: str = ""

    def commands(self, python: str = sys.executable) -> list[str]:
        """The same to type by hand."""
        if not self.requirement:
            return []
        pip = [python, "-m", "pip"]
        removal = [shlex.join([*pip, "uninstall", "-y", *self.remove])] if self.remove else []
        return [*removal, shlex.join([*pip, "install", "--no-deps", self.requirement])]


def plan_mend(version: str | None = None, build: Build = "auto", path: Sequence[str] | None = None) -> MendPlan:
    """What it takes to have one whole provider, the right one for this machine, of that version (any where None).

    `path` is searched instead of `sys.path`.
    """
    wanted = right_distribution(build)
    providers = providers_of(MODULE_FILE, KNOWN, path)
    names = tuple(provider.name for provider in providers)
    if names == (wanted,) and check_onnxruntime(path).status == "ok" and version in (None, providers[0].version):
        return MendPlan()
    if version is None:
        # A mix keeps the version that the right one has already; it is the one that was asked for once.
        version = next((providers[at].version for at, name in enumerate(names) if name == wanted), None)
    if version is not None:
        return MendPlan(names, f"{wanted}=={version}")
    # From 1.27 on the GPU build wants CUDA 13, which a driver for CUDA 12 does not run.
    old_driver = wanted == "onnxruntime-gpu" and (driver_cuda() or 13) < 13
    return MendPlan(names, f"{wanted}<1.27" if old_driver else wanted)


def mend_onnxruntime(
    version: str | None = None,
    build: Build = "auto",
    *,
    python: str = sys.executable,
    path: Sequence[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Check:
    """Carry the plan out and tell how the installation is afterwards.

    The wheel is fetched before anything is removed, so that a failing download costs nothing. `python` is the
    interpreter whose pip is used, `path` its search path where it is not this one. `say` is told each step.

    Raises StorageError, with pip's last words, where pip fails or is absent.
    """
    plan = plan_mend(version, build, path)
    if not plan.requirement:
        return check_onnxruntime(path)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(prefix="revsearch-mend-") as name:
        say(f"fetching {plan.requirement}")
        _pip([*pip, "download", "--no-deps", "--only-binary", ":all:", "--dest", name, plan.requirement])
        wheels = [str(wheel) for wheel in Path(name).glob("*.whl")]
        if plan.remove:
            say(f"removing {', '.join(plan.remove)}")
            _pip([*pip, "uninstall", "-y", *plan.remove])
        say(f"installing {plan.requirement}")
        _pip([*pip, "install", "--no-deps", "--no-index", "--force-reinstall", *wheels])
    return check_onnxruntime(path)


def _pip(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise StorageError(f"{command[0]} cannot be run: {error.strerror or error}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        reason = next(
            (line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "no reason"
        )
        raise StorageError(f"pip could not mend onnxruntime ({reason.strip()}): run '{shlex.join(command)}' to see why")
