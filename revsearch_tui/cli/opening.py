"""Opening the app. Apart from the command line's parser, which bare `revsearch` need not wait for."""

from __future__ import annotations

import codecs
import contextlib
import gc
import os
import sys
from collections.abc import Iterator

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import is_dumb

_INSTEAD = "use a command instead, such as: revsearch search PICTURE (all of them: revsearch --help)"


def open_app(collection: str | None, *, text_only: bool = False) -> int:
    """Open the app, in a terminal that can show it only. Gives back its exit status. Raises `UsageError`."""
    problem = hindrance()
    if problem:
        raise UsageError(f"{problem}; {_INSTEAD}")
    # What is imported stays: looking for what may go would take a tenth of the start. The engine's thread ends this.
    gc.disable()
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.app import run as run_app

    return run_app(Workspace(), collection, text_only=text_only)


@contextlib.contextmanager
def on_the_terminal() -> Iterator[None]:
    """Within, the standard streams that are no terminal lead to the one the program was called from, if there is one:
    whoever reads what is printed, or gives what is read, is not who looks at the app."""
    elsewhere = [number for number in (0, 1, 2) if not os.isatty(number)]
    terminal = -1
    if elsewhere and sys.platform != "win32":
        with contextlib.suppress(OSError):
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    if terminal < 0:
        yield
        return
    kept = {number: os.dup(number) for number in elsewhere}
    try:
        for number in elsewhere:
            os.dup2(terminal, number)
        yield
    finally:
        sys.stderr.flush()
        for number, descriptor in kept.items():
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(terminal)


def hindrance(*, prints: bool = False) -> str:
    """Why the app cannot be shown here, as the beginning of a sentence; empty where it can. Where it `prints` what was
    chosen, stdout may be anything."""
    if "TEXTUAL_DRIVER" in os.environ:  # it is drawn by whoever set that, in a browser
        return ""
    # Textual draws on stderr, and on Windows on stdout.
    shown_on = (sys.stdin, sys.stderr) if prints else (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream.isatty() for stream in shown_on):
        return "the app needs a terminal"
    if is_dumb():
        term = os.environ.get("TERM")
        return "the app needs a terminal that can place text, and TERM is " + (repr(term) if term else "not set")
    drawn_on = sys.__stdout__ if sys.platform == "win32" else sys.__stderr__
    encoding = drawn_on.encoding if drawn_on is not None else "ascii"
    if codecs.lookup(encoding).name != "utf-8":
        return f"the app needs UTF-8, such as LC_ALL=C.UTF-8 sets, and the encoding here is {encoding}"
    # Python uses UTF-8 in such a locale all the same; whoever set LC_ALL to it said what the terminal takes.
    if os.environ.get("LC_ALL") in ("C", "POSIX") and not _chosen_for_python():
        return f"the app needs UTF-8, such as LC_ALL=C.UTF-8 sets, and LC_ALL is {os.environ['LC_ALL']}"
    return ""


def _chosen_for_python() -> bool:
    return os.environ.get("PYTHONUTF8") == "1" or bool(os.environ.get("PYTHONIOENCODING"))
