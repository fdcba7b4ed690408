"""Helpers of the widgets that paint their own lines."""

from __future__ import annotations

from typing import Any

from rich.segment import ControlType, Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


def component_style(widget: Widget, name: str) -> Style:
    """A component's style, translucent colours resolved; with a background only where its own rule sets one."""
    whole = widget.get_component_rich_style(name)
    if widget.get_component_styles(name).has_rule("background"):
        return whole
    return whole.without_color + Style(color=whole.color)


POINTER = "›"
"""Stands before what is highlighted, which in a terminal without colours nothing else tells."""


def pointed(strip: Strip, x: int) -> Strip:
    """The line with the pointer in the cell at `x`, which keeps its style."""
    style = next((segment.style for segment in strip.crop(x, x + 1)), None)
    return Strip.join([strip.crop(0, x), Strip([Segment(POINTER, style)]), strip.crop(x + 1)])


NO_CELLS = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as codes that take no room."""


def overlay_at(overlay: str, x: int, y: int) -> str:
    """Terminal codes that write an overlay at a cell of the screen and put the cursor back."""
    return f"\x1b7\x1b[{y + 1};{x + 1}H{overlay}\x1b8"


def send_to_terminal(app: Any, text: str) -> None:
    """Send codes that paint nothing themselves, in order with what the app paints."""
    driver = getattr(app, "_driver", None)
    if driver is not None and not app.is_headless:
        driver.write(text)
