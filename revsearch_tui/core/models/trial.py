"""A process that tries one model: `python -m revsearch_tui.core.models.trial`.

A model file is a program by somebody else. Its graph may never end, take all memory or bring the runtime down, while
the session is opened already. So it runs first in here, within bounds of time and memory, on two small pictures.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import (
    MethodUnavailableError,
    ModelError,
    ModelFile,
    NullControl,
    RevsearchError,
    StorageError,
    UsageError,
)
from revsearch_tui.core.base.child import ending, environment, own_group
from revsearch_tui.core.base.memory import is_of_memory, limit_memory
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.plugins.strays import say

if TYPE_CHECKING:
    from revsearch_tui.api import MethodInfo, Options

_GRACE_S = 5.0
_WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class TrialLimits:
    """What trying a model may take: seconds in all, and megabytes of memory where the system can hold it to that."""

    timeout_s: float = 120.0
    memory_mb: int = 8192


def tried(info: MethodInfo, options: Options, model: ModelFile, limits: TrialLimits) -> dict[str, Any]:
    """The facts about a model: `dim`, and what the method's own `facts()` tells.

    Raises MethodUnavailableError where the method cannot be made, and ModelError where the model does not do what the
    method needs, or not within the limits.
    """
    who = f"the method '{info.name}'"
    request = {
        "who": who,
        "factory": info.factory,
        "options": {**info.defaults(), **options},
        "model": {**asdict(model), "folder": str(model.folder)},
        "timeout_s": limits.timeout_s,
        "memory_mb": limits.memory_mb,
        "parent": os.getpid(),
    }
    try:
        tried = subprocess.run(
            # -P: a file named numpy.py among the user's files is not imported.
            [sys.executable, "-P", "-m", "revsearch_tui.core.models.trial"],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.timeout_s,
            env=environment(),
            check=False,
            **own_group(),
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"the model '{model.name}' had not made the vectors of two small pictures after {limits.timeout_s:g} s "
            "(models.check_timeout_s)"
        ) from None
    except OSError as error:
        raise MethodUnavailableError(f"no process can be started to try the model '{model.name}': {error}") from error
    try:
        answer = json.loads(tried.stdout)
    except ValueError:
        raise ModelError(_crashed(model.name, tried.returncode, limits)) from None
    for did in ("printed", "warned"):
        for line in answer[did]:
            say(who, line, did)
    return _facts_or_error(answer, model.name, limits)


def _facts_or_error(answer: Mapping[str, Any], name: str, limits: TrialLimits) -> dict[str, Any]:
    if "facts" in answer:
        return dict(answer["facts"])
    if answer["of_memory"]:
        raise ModelError(
            f"the model '{name}' takes more than the {limits.memory_mb:,} MB of memory that it may take for two small "
            "pictures (models.check_memory_mb)"
        )
    kinds = {kind.__name__: kind for kind in (ModelError, UsageError, StorageError)}
    raise kinds.get(answer["kind"], MethodUnavailableError)(answer["text"])


def _crashed(name: str, code: int, limits: TrialLimits) -> str:
    return (
        f"the model '{name}' brought down the process that tried it ({ending(code)}): it is damaged, or takes more "
        f"than the {limits.memory_mb:,} MB of memory that it may take for two small pictures (models.check_memory_mb)"
    )


def main() -> int:
    """Read the request from standard input, write the answer to standard output; the exit code."""
    request = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w") as answers:
        # A stray print of a library in C goes nowhere; those of Python are told.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        _end_with(request["parent"], request["timeout_s"] + _GRACE_S)
        limit_memory(request["memory_mb"])
        with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings(record=True) as warned:
            answer = _answer(request)
        answer |= {
            "printed": printed.getvalue().splitlines(),
            "warned": [" ".join(str(each.message).split()) for each in warned],
        }
        json.dump(answer, answers)
    return 0


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    who, given = request["who"], request["model"]
    model = ModelFile(given["name"], Path(given["folder"]), given["sha256"], given["manifest"])
    try:
        with contained(who, passing=(RevsearchError,)):
            method = load_factory(request["factory"])(request["options"], model)
            try:
                facts = _facts(method, model)
                json.dumps(facts, allow_nan=False)
            finally:
                method.close()
    except RevsearchError as error:
        if type(error) is MethodUnavailableError and str(error).startswith(f"{who} failed"):
            error = ModelError(f"the model '{model.name}' cannot be used: {error}")
        return {"kind": type(error).__name__, "text": str(error), "of_memory": is_of_memory(error)}
    return {"facts": facts}


def _facts(method: Any, model: ModelFile) -> dict[str, Any]:
    import numpy as np

    from revsearch_tui.core.images.decoded_picture import frozen

    method.load(NullControl())
    ramp = np.linspace(0, 255, 96 * 64 * 3).astype(np.uint8).reshape(64, 96, 3)
    vectors = np.asarray(method.embed((frozen(ramp), frozen(255 - ramp))))
    if vectors.ndim != 2 or vectors.shape[0] != 2 or not np.isfinite(vectors).all():
        raise ModelError(f"the model '{model.name}' does not give one finite vector for each picture")
    facts = getattr(method, "facts", None)
    return {"dim": int(vectors.shape[1]), **(facts() if callable(facts) else {})}


def _end_with(parent: int, seconds: float) -> None:
    """End this process when its parent has ended, or after that time. Does nothing on Windows."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)  # whatever holds Python's lock

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def vector_check(
    info: MethodInfo, options: Options | None = None, limits: TrialLimits | None = None
) -> Callable[[ModelFile], Mapping[str, Any]]:
    """A check for `add_model` that runs the method `info` describes on two small pictures, in a process of its own.

    The check returns the facts to store: `dim`, the length of the vectors, and whatever the method's own `facts()`
    tells, where it has such a method. `options` not given are at their defaults. Raises as `tried` does.
    """
    return lambda model: tried(info, options or {}, model, limits or TrialLimits())


if __name__ == "__main__":
    sys.exit(main())
