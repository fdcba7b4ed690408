"""What is typed faster than the app follows: every key has the effect it would have had, had one waited."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from revsearch_tui.tui.screens.calm import CalmScreen

Typed: TypeAlias = events.Key | events.Paste
Answer = TypeVar("Answer")

_LOOK_EVERY_S = 0.02
_LOST_S = 2.0
"""After so long a key is taken to have done what it does: what it was given to went away with it."""
_LONGEST_S = 10.0
"""So long a page may read its rows before keys are given to it without."""
_PASSING = ("app.", "page.back", "search.stop", "duplicates.cancel", "clusters.cancel")
"""How the ids of keys begin that need no rows: they leave the page, or stop what runs."""


class TypedAhead:
    """Gives what is typed to an app one by one: each when the one before has done what it does, and the screen that is
    to have it is mounted and does not wait for rows (`awaits_rows`); what is written into a line of input needs none.

    Textual by itself gives a key to what has the focus when it comes, and looks for its binding some steps later: in
    between the key before may have opened a page, which has not its widgets then.
    """

    def __init__(self, app: App[int], give: Callable[[Typed], Awaitable[None]]) -> None:
        self._app, self._give = app, give
        self._waiting: deque[Typed] = deque()
        self._under_way: Typed | None = None
        self._reached: DOMNode = app
        self._given, self._held = 0.0, 0.0
        self._timer: Timer | None = None
        self._front: Screen[object] | None = None
        """The screen in front, once it has done all that was asked of it when it came there."""

    @property
    def is_idle(self) -> bool:
        """Whether all that was typed has done what it does."""
        return not self._waiting and self._is_over

    async def take(self, typed: Typed) -> None:
        """Give it to the app as soon as that can be."""
        self._waiting.append(typed)
        await self._go_on()

    async def _go_on(self) -> None:
        while self._waiting and self._is_over and self._is_taken(self._app.screen):
            typed = self._waiting.popleft()
            self._under_way, self._given = typed, time.monotonic()
            node: DOMNode = self._app.focused or self._app.screen
            self._reached = node
            await self._give(typed)
            self._follow(typed, node, node)
        if self._waiting and self._timer is None:
            self._timer = self._app.set_timer(_LOOK_EVERY_S, self._look)

    async def _look(self) -> None:
        self._timer = None
        await self._go_on()

    @property
    def _is_over(self) -> bool:
        is_gone = not self._reached.is_running
        return self._under_way is None or is_gone or time.monotonic() - self._given > _LOST_S

    def _is_taken(self, screen: Screen[object]) -> bool:
        """Whether the screen can take what is next; what leaves it lets what was typed for it before go."""
        if screen is not self._front:
            screen.call_later(self._is_in_front, screen)  # which it does first thing when it is mounted
            return False
        now = time.monotonic()
        needs_none = not getattr(screen, "is_left", False) and _is_for_a_line(screen, self._waiting[0])
        if needs_none or not getattr(screen, "awaits_rows", False):
            self._held = 0.0
            return True
        self._held = self._held or now
        if now - self._held > _LONGEST_S:
            return True
        is_for_page = not getattr(screen, "awaits_form", False)
        keys = (at for at, typed in enumerate(self._waiting) if _is_passing(screen, typed, is_for_page and not at))
        passing = next(keys, None)
        for _ in range(passing or 0):
            self._waiting.popleft()
        return passing is not None

    def _is_in_front(self, screen: Screen[object]) -> None:
        self._front = screen
        self._app.call_later(self._go_on)

    def _follow(self, typed: Typed, node: DOMNode, again: DOMNode | None) -> None:
        """Go behind it from what has the focus up to the app, which it reaches last; and once more from `again`, behind
        the message that it made of it, such as `Input.Submitted`."""
        if self._under_way is not typed:
            return
        self._reached = node
        if node is self._app:
            self._app.call_later(self._is_through, typed, again)
            return
        above = node.parent if isinstance(node.parent, DOMNode) else self._app
        if not (node.is_running and node.call_later(self._follow, typed, above, again)):
            self._follow(typed, self._app, again)

    async def _is_through(self, typed: Typed, again: DOMNode | None) -> None:
        if self._under_way is typed and again is not None:
            self._follow(typed, again, None)
        elif self._under_way is typed:
            self._under_way = None
            await self._go_on()


def _is_for_a_line(screen: Screen[object], typed: Typed) -> bool:
    """Whether it is written into a line of input, moves in it, or leaves it."""
    if not isinstance(screen.focused, Input):
        return False
    if isinstance(typed, events.Paste) or typed.is_printable or typed.key == "escape":
        return True
    active = screen.active_bindings.get(typed.key)
    return active is not None and active.node is screen.focused and active.binding.action != "submit"


def _is_passing(screen: Screen[object], typed: Typed, is_for_page: bool) -> bool:
    """Whether it goes before what waits for rows. Text does not, unless it is `is_for_page` beyond doubt: behind a key
    that opens a form it is written there."""
    if not isinstance(typed, events.Key) or (typed.is_printable and not is_for_page):
        return False
    active = screen.active_bindings.get(typed.key)
    return active is not None and (active.binding.id or "").startswith(_PASSING)


class LeftOnce(CalmScreen[Answer]):
    """A screen that is left once, and no other with it, however often the key that leaves it is pressed. It stands
    behind other bases: Textual takes styles and keys of the first one."""

    is_left = False
    """Whether it is about to be: nothing more is written into it."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """As the base class, while it is the one in front."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
