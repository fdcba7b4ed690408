"""What can be done with a hit outside the app: opened in another program, its path copied. Every outcome is a
notification.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import ConfigError, RevsearchError, UsageError
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.session import own_path
from revsearch_tui.tui.text import count, shown, shown_path, size_text

if TYPE_CHECKING:
    from textual.screen import Screen

    from revsearch_tui.core.search.results import Hit

_MOST_COPIED = 74_000
"""Bytes that xterm, tmux and others take for the clipboard; some take more."""


def open_in_viewer(path: Path, command: str, failed: Callable[[str], object]) -> None:
    """Start `command` with the path, or the system's own viewer where it is empty.

    A `{}` in the command stands for the path; without one it comes last. `failed` gets a sentence, from another
    thread, where the viewer gives up. Raises `UsageError` where the file is gone
    or there is no viewer, `ConfigError` where the command cannot be started.
    """
    if not path.exists():
        raise UsageError(f"'{shown_path(path)}' is gone; refresh the index with r.")
    if not command and sys.platform == "win32":
        os.startfile(path)  # noqa: S606 - the user asked to open this file
        return
    words = viewer_words(path, command)
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"The viewer '{words[0]}' cannot be started ({reason}); set [tui] viewer.") from error

    def watch() -> None:
        code = process.wait()
        if code > 0:
            failed(f"The viewer '{words[0]}' gave up with code {code}; [tui] viewer names another one.")

    threading.Thread(target=watch, name="viewer", daemon=True).start()


def viewer_words(path: Path, command: str) -> list[str]:
    """The command line that opens the path."""
    if command:
        import shlex

        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ConfigError(f"The setting [tui] viewer is not a command: {error}.") from error
        if any("{}" in word for word in words):
            return [word.replace("{}", str(path)) for word in words]
        return [*words, str(path)]
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(opener) is None:
        raise RevsearchError(f"There is no '{opener}' here; name a program in the configuration: [tui] viewer.")
    return [opener, str(path)]


def open_hit(screen: Screen[None], hit: Hit, viewer: str) -> None:
    """Open the hit's picture in a viewer."""
    open_path(screen, Path(own_path(hit)), viewer)


def open_path(screen: Screen[None], file: Path, viewer: str) -> None:
    """Open a picture in a viewer."""
    try:
        open_in_viewer(file, viewer, lambda text: screen.post_message(Note(text)))
    except (RevsearchError, OSError) as error:
        screen.app.notify(shown(str(error)), title="Cannot open", severity="error", markup=False)
    else:
        screen.app.notify(f"Opening {shown(file.name)}", timeout=2, markup=False)


def copy_hit_path(screen: Screen[None], hit: Hit) -> None:
    """Copy the hit's path to the clipboard."""
    copy_path(screen, hit.path)


def copy_path(screen: Screen[None], file: Path) -> None:
    """Copy a path to the clipboard."""
    copy_paths(screen, [file])


def copy_paths(screen: Screen[None], files: Sequence[Path]) -> None:
    """Copy paths to the clipboard, a line each."""
    path = "\n".join(map(str, files))
    what = shown_path(path) if len(files) == 1 else count(len(files), "path")
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        screen.app.copy_to_clipboard("\n".join(shown(str(file)) for file in files))
        name = "The name is" if len(files) == 1 else "Some names are"
        screen.app.notify(f"{name} not UTF-8; copied with escapes.", severity="warning", markup=False)
    else:
        screen.app.copy_to_clipboard(path)
        if size > _MOST_COPIED:
            text = f"Copied {what}; many terminals take less than {size_text(size)}. A file holds all: write the paths."
            screen.app.notify(text, severity="warning", markup=False)
        else:
            screen.app.notify(f"Copied {what}", timeout=2, markup=False)
