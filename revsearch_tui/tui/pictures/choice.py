"""Which renderer draws pictures, decided once before the app runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from revsearch_tui.tui.pictures.drawing import HalfCells, Renderer

_FALLBACK_CELL = (10, 20)
_PROGRAMS = {"wezterm", "iterm.app", "ghostty", "rio", "mintty", "konsole", "contour", "mlterm", "wayst", "tabby"}
_TERMS = ("kitty", "ghostty", "foot", "mlterm", "contour", "wezterm", "yaft", "sixel")
_VARIABLES = (
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "WEZTERM_PANE",
    "GHOSTTY_RESOURCES_DIR",
    "XTERM_VERSION",
    "WT_SESSION",
)


def choose_renderer(wanted: str) -> Renderer | None:
    """The renderer for the setting `tui.pictures`; None draws nothing.

    Graphics need a terminal on both ends: without one, and with `auto` in a terminal that is not known to have
    graphics, half cells are drawn and the terminal is not asked, which takes a third of a second where nothing
    answers.
    """
    if wanted == "none":
        return None
    if wanted == "half-cells" or not _is_terminal():
        return HalfCells()
    if wanted == "kitty":
        return _kitty()
    if wanted == "auto" and not may_have_graphics(os.environ):
        return HalfCells()
    try:
        from revsearch_tui.tui.pictures.terminal import Sixel, detected
    except Exception:  # it talks to the terminal while it is imported, and terminals answer as they like
        return HalfCells()
    kind = "sixel" if wanted == "sixel" else detected()
    if kind == "sixel":
        return Sixel(cell_size())
    return _kitty() if kind == "kitty" else HalfCells()


def may_have_graphics(environment: Mapping[str, str]) -> bool:
    """Whether the environment speaks of a terminal with graphics. Multiplexers swallow them."""
    if environment.get("TMUX") or environment.get("TERM", "").startswith(("screen", "tmux", "linux", "dumb")):
        return False
    if environment.get("TERM_PROGRAM", "").lower() in _PROGRAMS:
        return True
    return any(environment.get(name) for name in _VARIABLES) or any(
        word in environment.get("TERM", "") for word in _TERMS
    )


def cell_size() -> tuple[int, int]:
    """A cell's width and height in pixels, as the terminal's driver knows it, else a usual one."""
    if sys.platform == "win32":
        return _FALLBACK_CELL
    import fcntl
    import struct
    import termios

    try:
        answer = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return _FALLBACK_CELL
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return _FALLBACK_CELL
    return width // columns, height // rows


def _kitty() -> Renderer:
    from revsearch_tui.tui.pictures.drawing import Kitty

    return Kitty(cell_size())


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))
