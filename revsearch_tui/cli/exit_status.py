"""Errors become one line on stderr and an exit status."""

from __future__ import annotations

import os
from collections.abc import Callable

from revsearch_tui.api import RevsearchError
from revsearch_tui.cli.console import ReaderGoneError, data, error_line

EXIT_INTERRUPTED = 130


EXIT_BUG = 70


COMPLETE_VARIABLE = "_REVSEARCH_COMPLETE"


def guarded(work: Callable[[], int]) -> int:
    """The exit status of `work`, or of the error it raises."""
    try:
        status = work()
        data().flush()  # so that a closed pipe shows here, not in the interpreter's last moments
    except RevsearchError as error:
        if COMPLETE_VARIABLE not in os.environ:  # or it would stand in the line that is being typed
            error_line(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return interrupted()
    except (BrokenPipeError, ReaderGoneError):
        # The reader has what it wanted (`| head`); nothing more can or need be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), data().fileno())
        return 0
    except OSError as error:
        where = f"'{error.filename}': " if error.filename else ""
        error_line(f"{where}{error.strerror or error}")
        return 3
    except BaseException as error:
        if isinstance(error, GeneratorExit) or COMPLETE_VARIABLE in os.environ:  # completing ends by SystemExit
            raise
        if os.environ.get("REVSEARCH_DEBUG"):
            raise
        text = " ".join(str(error).split())
        error_line(
            f"a bug of revsearch or of a plugin: {type(error).__name__}{f': {text}' if text else ''}; "
            "run it again with REVSEARCH_DEBUG=1 to see where"
        )
        return EXIT_BUG
    return status


def interrupted() -> int:
    """Say so, and give the exit status of it."""
    error_line("interrupted; what was done so far is kept")
    return EXIT_INTERRUPTED
