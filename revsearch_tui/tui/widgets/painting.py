"""What widgets that paint their own lines share; lists and buttons that tell by a sign, not by colour alone, what is
highlighted, marked or in focus.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.segment import ControlType, Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, OptionList, SelectionList

POINTER = "›"
"""Stands before what is highlighted, which in a terminal without colours nothing else tells."""
NO_CELLS = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as codes that take no room."""

MARKED, UNMARKED = "[x]", "[ ]"


def component_style(widget: Widget, name: str) -> Style:
    """A component's style, translucent colours resolved; with a background only where its own rule sets one."""
    whole = widget.get_component_rich_style(name)
    if widget.get_component_styles(name).has_rule("background"):
        return whole
    return whole.without_color + Style(color=whole.color)


def on_background(line: list[Segment], base: Style) -> list[Segment]:
    """The line on the background of a widget. Cells of pictures have one of their own: no other style is as many, or as
    slow to add to one another."""
    return [
        segment
        if segment.style is not None and segment.style.bgcolor is not None
        else Segment(segment.text, base + segment.style if segment.style else base)
        for segment in line
    ]


def pointed(strip: Strip, x: int) -> Strip:
    """The line with the pointer in the cell at `x`, which keeps its style."""
    style = next((segment.style for segment in strip.crop(x, x + 1)), None)
    return Strip.join([strip.crop(0, x), Strip([Segment(POINTER, style)]), strip.crop(x + 1)])


def overlay_at(overlay: str, x: int, y: int) -> str:
    """Terminal codes that write an overlay at a cell of the screen and put the cursor back."""
    return f"\x1b7\x1b[{y + 1};{x + 1}H{overlay}\x1b8"


def send_to_terminal(app: Any, text: str) -> None:
    """Send codes that paint nothing themselves, in order with what the app paints."""
    driver = getattr(app, "_driver", None)
    if driver is not None and not app.is_headless:
        driver.write(text)


class PointedList(OptionList):
    """A list whose highlighted line has a pointer before it, in `GUTTER` cells of its own or, where there are none, in
    the first cell of the line."""

    GUTTER: ClassVar[int] = 2

    def _get_left_gutter_width(self) -> int:
        return self.GUTTER

    def render_line(self, y: int) -> Strip:
        """As the base class, behind the gutter."""
        strip = super().render_line(y)
        at = self.highlighted is not None and _is_on(self, y)
        return pointed(strip, 0) if at and not self.GUTTER else _behind(strip, " " * self.GUTTER, at)


class MarkList(SelectionList[str]):
    """A list of lines to mark: `[x]` and `[ ]` before each."""

    def _get_left_gutter_width(self) -> int:
        return len(MARKED) + 3

    def render_line(self, y: int) -> Strip:
        """As `OptionList` does, for the base class tells marked lines by colour alone."""
        strip = OptionList.render_line(self, y)
        number = self.scroll_offset.y + y
        if number >= len(self._lines):
            return strip
        option = self.get_option_at_index(self._lines[number][0])
        mark = MARKED if option.value in self.selected else UNMARKED
        return _behind(strip, f"  {mark} ", _is_on(self, y))


class PointedButton(Button):
    """A button of one line, with the pointer before its label while it has the focus."""

    def __init__(self, label: str, **names: Any) -> None:
        super().__init__(label, compact=True, **names)

    def render_line(self, y: int) -> Strip:
        """As the base class, which leaves a blank before the label."""
        strip = super().render_line(y)
        label = len(strip.text) - len(strip.text.lstrip())
        return pointed(strip, max(0, label - 2)) if self.has_focus and label else strip


def _is_on(lines: OptionList, y: int) -> bool:
    """Whether a line of the screen belongs to the highlighted option."""
    number = lines.scroll_offset.y + y
    return number < len(lines._lines) and lines._lines[number][0] == lines.highlighted


def _behind(strip: Strip, text: str, is_highlighted: bool) -> Strip:
    """The line with a gutter of this text before it, in its own style."""
    if not text:
        return strip
    style = next((segment.style for segment in strip), None)
    line = Strip([Segment(text, style), *strip])
    return pointed(line, 0) if is_highlighted else line
