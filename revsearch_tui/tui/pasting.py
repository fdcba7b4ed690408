"""A picture that was copied in another program, as the query."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.files import new_file

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_KEPT = 20
"""Pasted pictures; older ones go."""


class Pasted(Message):
    """The file that holds what was pasted; None where nothing could be, and `problem` says why."""

    def __init__(self, path: Path | None, problem: str = "") -> None:
        super().__init__()
        self.path, self.problem = path, problem


def paste(folder: Path, post: Callable[[Pasted], object]) -> None:
    """Keep the picture of the system's clipboard in a folder, by its content, and answer with `Pasted`.

    In a thread that nobody waits for: the program that owns the clipboard may never answer.
    """

    def work() -> None:
        try:
            post(Pasted(_kept(folder)))
        except UsageError as error:
            post(Pasted(None, str(error)))

    threading.Thread(target=work, name="paste", daemon=True).start()


def _kept(folder: Path) -> Path:
    """Raises `UsageError`."""
    content = _content()
    if isinstance(content, Path):
        return content
    pixels = content.convert("RGBA" if content.has_transparency_data else "RGB")
    path = folder / f"pasted-{hashlib.sha256(pixels.tobytes()).hexdigest()[:12]}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(path) as file:
            pixels.save(file, "PNG", compress_level=1)
        kept = sorted(folder.glob("pasted-*.png"), key=lambda each: each.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"the pasted picture cannot be kept in '{folder}': {error.strerror or error}") from None
    return path


def _content() -> Image | Path:
    """Raises `UsageError`."""
    from PIL import ImageGrab

    try:
        content = ImageGrab.grabclipboard()
    except NotImplementedError:
        raise UsageError(
            "a picture is pasted by way of wl-paste or xclip, and neither is here; install wl-clipboard or xclip"
        ) from None
    except Exception as error:  # whatever another program had to give, which Pillow reads
        raise UsageError(f"what was copied cannot be pasted: {' '.join(str(error).split())[:200]}") from None
    if not content:
        raise UsageError("no picture was copied; copy one, or take a screenshot to the clipboard")
    return Path(content[0]) if isinstance(content, list) else content
