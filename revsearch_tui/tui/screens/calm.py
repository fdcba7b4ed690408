"""A screen that is painted, and has its styles read, no more often than there is something new."""

from __future__ import annotations

from typing import TypeVar

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

Answer = TypeVar("Answer")


class CalmScreen(Screen[Answer]):
    """It stands behind other bases: Textual takes styles and keys of the first one."""

    # Of a change of focus Textual paints the whole screen once more, after the widgets that show it.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    async def _compose(self) -> None:
        """As the base class, with the classes of the terminal's size: from the first event that tells it, all styles
        would be read, and all be painted, twice."""
        for size, breakpoints in (
            (self.app.size.width, self.HORIZONTAL_BREAKPOINTS),
            (self.app.size.height, self.VERTICAL_BREAKPOINTS),
        ):
            for name in self._get_breakpoint_classes(size, breakpoints or []):
                self.add_class(name, update=False)
        await super()._compose()
