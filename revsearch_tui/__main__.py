"""Entry point of the program, kept so light that `--version` and completion answer at once."""

from __future__ import annotations

import contextlib
import os
import sys

# Since 1.29 onnxruntime writes a telemetry file and starts a thread on import unless told not to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")


def main() -> None:
    """Run the command line and exit with its status."""
    _name_files_in_utf8()
    _open_what_is_closed()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from revsearch_tui import __version__

        sys.stdout.write(f"revsearch {__version__}\n")
        return
    try:
        status = _run()
    except KeyboardInterrupt:  # before there was anything to interrupt
        status = 130
    _leave(status)


def _name_files_in_utf8() -> None:
    """Start anew where the locale keeps Python from naming files whose names are UTF-8, as those on record are. What
    goes to the terminal stays in the locale's encoding."""
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    os.environ["PYTHONUTF8"] = "1"
    if sys.stdout is not None:
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:{sys.stdout.errors}")
    with contextlib.suppress(OSError):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _open_what_is_closed() -> None:
    """Have standard streams that the caller closed lead nowhere: the next file opened would else take their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                while os.open(os.devnull, os.O_RDWR) < number:
                    pass
                setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: PTH123, SIM115


def _leave(status: int) -> None:
    """Exit, also where a plugin is busy in a thread that the interpreter would wait for."""
    containment = sys.modules.get("revsearch_tui.core.plugins.containment")
    if containment is not None and containment.some_are_left_behind():
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def _run() -> int:
    if not sys.argv[1:] and "_REVSEARCH_COMPLETE" not in os.environ:
        # Typer takes as long to import as a fifth of the app's start.
        from revsearch_tui.cli.exit_status import guarded
        from revsearch_tui.cli.opening import open_app

        return guarded(lambda: open_app(None))
    if "_REVSEARCH_COMPLETE" not in os.environ:
        from revsearch_tui.cli.short import run_short

        status = run_short(sys.argv[1:])
        if status is not None:
            return status
    from revsearch_tui.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    main()
