"""The one place that imports onnxruntime. Every plugin that runs ONNX models opens its sessions here.

Whether CUDA works is found out in a child process, because a provider that fails prints from C, into whatever screen
is up. Run as a module, this file is that child: it prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from revsearch_tui.api import MethodUnavailableError, ModelError

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"

_SILENT = 4
_PROBE_SECONDS = 90

_IDENTITY_MODEL = bytes.fromhex(
    "080812003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a020801620f0a0179120a0a08080112040a02080142040a00100d"
)
"""A whole ONNX model, y = Identity(x) for one float (opset 13): enough for a provider to start or to fail."""

# TF32 rounds the products of a convolution to 10 bits, which would make vectors depend on the device.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


def onnxruntime() -> Any:
    """The onnxruntime module, silent and without its telemetry. Raises MethodUnavailableError where it is broken."""
    # Read when the library is loaded; on Linux it would open a database in the user's cache and start a thread.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime as ort

        ort.set_default_logger_severity(_SILENT)
    except Exception as error:  # a half-overwritten installation fails in many ways
        raise MethodUnavailableError(
            f"onnxruntime cannot be imported ({type(error).__name__}: {_first_line(error)}): run 'revsearch doctor'"
        ) from error
    return ort


def open_session(path: Path, device: str = "auto", threads: int | None = None) -> Any:
    """An `onnxruntime.InferenceSession` over the model file.

    `device` is `cpu`, `cuda` or `auto`, which takes the GPU where it really works and else the CPU without a word.
    `threads` is the number of threads for one operator, all cores where None.

    Raises MethodUnavailableError where `cuda` is asked for and does not work or onnxruntime is broken, and ModelError
    where the file is missing or is no ONNX model that onnxruntime can run.
    """
    ort = onnxruntime()
    if not path.is_file():
        raise ModelError(f"there is no model file {path}")
    cuda = device != "cpu" and cuda_state() != "none"
    if device == "cuda" and not cuda:
        raise MethodUnavailableError(
            "there is no GPU that onnxruntime can use: choose device cpu or auto, or run 'revsearch doctor' to see why"
        )
    if cuda and cuda_state() == "preload":
        _preload(ort)
    options = ort.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads or cores()
    # Threads that spin while they wait take the cores away from decoding: with one decoder beside it on two cores,
    # a batch took a quarter longer.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[Any] = [(CUDA, _CUDA_OPTIONS), CPU] if cuda else [CPU]
    try:
        session = ort.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise ModelError(_load_failure(path, error)) from error
    if device == "cuda" and not runs_on_cuda(session):
        raise MethodUnavailableError(f"onnxruntime cannot run {path} on the GPU: choose device cpu or auto")
    return session


def runs_on_cuda(session: Any) -> bool:
    """Whether this session really has the GPU; what the build offers does not tell."""
    return CUDA in session.get_providers()


@functools.cache
def cuda_state() -> Literal["none", "plain", "preload"]:
    """Whether CUDA works here, once per process: not at all, as it is, or after loading the CUDA wheels' libraries.

    Costs nothing where the installed build has no CUDA or there is no NVIDIA GPU; else a child process of seconds.
    """
    if CUDA not in onnxruntime().get_available_providers() or not _nvidia_gpu():
        return "none"
    state: Literal["plain", "preload"]
    for state in ("plain", "preload"):
        if ask_child(state).get("cuda"):
            return state
    return "none"


def cores() -> int:
    """The cores this process may use, fewer than the machine's in a container."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _nvidia_gpu() -> bool:
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32" / "nvcuda.dll").exists()
    return any(Path(device).exists() for device in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"))


def ask_child(state: str) -> dict[str, Any]:
    """Start CUDA in a child process and believe only what its session says."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "revsearch_onnx.session", state],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
        answer = json.loads(child.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return {}
    return answer if isinstance(answer, dict) else {}


def probe(state: str) -> dict[str, Any]:
    """What the child finds: version, the build's providers, and whether a session with CUDA has CUDA."""
    ort = onnxruntime()
    built = list(ort.get_available_providers())
    answer = {"version": ort.__version__, "built_for": built, "cuda": False, "state": state}
    if CUDA in built:
        if state == "preload":
            _preload(ort)
        options = ort.SessionOptions()
        options.log_severity_level = _SILENT
        session = ort.InferenceSession(_IDENTITY_MODEL, options, providers=[(CUDA, _CUDA_OPTIONS), CPU])
        answer["cuda"] = runs_on_cuda(session)
    return answer


def _preload(ort: Any) -> None:
    """Load the CUDA libraries that came as Python wheels; onnxruntime prints what it does not find."""
    if hasattr(ort, "preload_dlls"):
        with contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()


def _load_failure(path: Path, error: Exception) -> str:
    text = str(error)
    if "PROTOBUF" in text.upper() or "ModelProto does not have a graph" in text:
        return f"{path} is not an ONNX model, or it is damaged"
    if "escapes" in text or "Absolute path" in text:
        return (
            f"{path} keeps its weights in another file, outside its folder, which could be any of yours: save the "
            f"model as one file, or its weights as '{path.name}.data' beside it"
        )
    if "external" in text.lower():
        return (
            f"{path} keeps its weights in another file that is not there: put '{path.name}.data' beside the model, or "
            "save the model as one file"
        )
    return f"onnxruntime cannot run {path}: {_first_line(text.replace(str(path), path.name))}"


def _first_line(said: Exception | str) -> str:
    lines = [line.strip() for line in str(said).splitlines() if line.strip()]
    return (lines[0] if lines else type(said).__name__)[:240]


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(probe(sys.argv[1] if len(sys.argv) > 1 else "plain")) + "\n")
