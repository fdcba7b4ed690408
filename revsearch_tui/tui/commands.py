"""The command palette: queries to ask again, every binding of the place one is in, every method by name, and what
Textual itself offers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import on
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input

from revsearch_tui.tui import keymap
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.typed_ahead import LeftOnce

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

    from revsearch_tui.tui.memory import PastQuery
    from revsearch_tui.tui.screens.search import SearchScreen

_LEFT_OUT = ("app.palette", "search.quit", "search.leave")
MOVES = {"move", "cursor", "cursor_down", "cursor_up", "page", "page_down", "page_up", "edge", "first", "last"}
MOVES |= {"pan", "scroll_detail"}
"""Actions that only go somewhere, which nobody looks for by name."""
_MOST_RECENT = 5
"""Queries on offer before anything is typed."""
_LONGEST = 70


class Command(NamedTuple):
    """What the palette offers: a name, what it does, how, and the key that does it, too."""

    name: str
    help: str
    run: Callable[[], object]
    key: str = ""

    def shown(self, name: Content) -> Content:
        """The name with the key beside it, and what it does below, which may hold the name of a file: Textual's own
        line of help is read as markup."""
        named = Content.assemble(name, "  ", (self.key, "$footer-key-foreground")) if self.key else name
        return Content.assemble(named, "\n", (self.help, "dim not bold"))


class Palette(CommandPalette, LeftOnce[None]):
    """Textual's, left once, whose list is moved in once it has lines on the screen, and chosen from once it is that of
    what was typed."""

    _gathered = ""
    """What was typed when the commands were looked for last."""

    @property
    def awaits_rows(self) -> bool:
        """Whether what is typed waits for the commands that fit, or for the one that was chosen."""
        # one that is cancelled before its first step is never finished
        is_gathering = any(w.node is self and not (w.is_finished or w.is_cancelled) for w in self.workers)
        return is_gathering or self.is_left or self.query_one(Input).value != self._gathered

    @on(Input.Changed)
    def _gather(self, event: Input.Changed) -> None:
        self._gathered = event.value

    @on(Input.Submitted)
    def _choose(self) -> None:
        option = self.query_one(CommandList).highlighted_option
        self.is_left = option is not None and not option.disabled  # as the line that says that nothing fits

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """As the base class; a list with commands but no lines yet cannot be moved in by a page."""
        if action == "command_list" and not any(each.scrollable_content_region for each in self.query(CommandList)):
            return False
        return super().check_action(action, parameters)


class RevsearchCommands(Provider):
    """Commands of the Search screen and of pages."""

    async def discover(self) -> Hits:
        """All commands, for an empty query, and the queries asked last."""
        for command in (*self.queries(_MOST_RECENT), *self.commands(), *self._textual(True)):
            yield DiscoveryHit(command.shown(Content(command.name)), command.run, command.name)

    async def search(self, query: str) -> Hits:
        """The commands that fit what was typed."""
        matcher = self.matcher(query)
        for command in (*self.queries(None), *self.commands(), *self._textual(False)):
            score = matcher.match(command.name)
            if score > 0:
                name = matcher.highlight(command.name)
                yield Hit(score, command.shown(name), command.run, command.name)

    def queries(self, most: int | None) -> Iterator[Command]:
        """So many queries asked last; all of them, and those that have a name, where `most` is None."""
        from revsearch_tui.tui.screens.history import entries_of, query_text
        from revsearch_tui.tui.screens.search import SearchScreen

        screen = self.screen
        if not isinstance(screen, SearchScreen) or not screen.can_recall("history"):
            return
        entries = entries_of(screen.keeper.memory)
        for entry in [entry for entry in entries if not entry.name][:most]:
            name = f"Ask again: {clip(query_text(entry.query), _LONGEST, keep_end=True)}"
            yield Command(name, "Search for it once more", _asking(screen, entry.query))
        for entry in entries if most is None else ():
            if entry.name:
                told = clip(query_text(entry.query), _LONGEST, keep_end=True)
                yield Command(f"Saved query: {shown(entry.name)}", told, _asking(screen, entry.query))

    def commands(self) -> Iterator[Command]:
        """What can be done on the screen now."""
        from revsearch_tui.tui.screens.page import Page
        from revsearch_tui.tui.screens.search import SearchScreen

        screen = self.screen
        places: list[tuple[list[Binding], DOMNode]]
        if isinstance(screen, SearchScreen):
            places = [(keymap.SEARCH, screen), (keymap.RESULTS, screen.results)]
        elif isinstance(screen, Page):
            places = screen.places()
        else:
            return
        for group, node in (*places, (keymap.APP, screen.app)):
            for binding in group:
                action = binding.action.partition("(")[0]
                if action not in MOVES and node.check_action(action, ()) and binding.id not in _LEFT_OUT:
                    run = _runner(screen, node, binding.action)
                    yield Command(binding.description, binding.tooltip, run, self._key(binding))
        if isinstance(screen, SearchScreen):
            yield from self._actions(screen)
            yield from self._methods(screen)

    def _textual(self, is_discovery: bool) -> Iterator[Command]:
        for name, told, run, discover in self.app.get_system_commands(self.screen):
            if discover or not is_discovery:
                yield Command(name, told, run)

    def _key(self, binding: Binding) -> str:
        from revsearch_tui.tui.screens.help import key_names

        return key_names(self.app, binding, getattr(self.app, "overrides", {}))

    def _actions(self, screen: SearchScreen) -> Iterator[Command]:
        """What plugins do with pictures, but for those that have a key."""
        with_key = {binding.action for binding in keymap.SEARCH}
        for info in screen.actions():
            action = f"do('{info.name}')"
            if action not in with_key:
                yield Command(shown(info.title), shown(info.summary), _runner(screen, screen, action))

    def _methods(self, screen: SearchScreen) -> Iterator[Command]:
        methods = screen.session.facts.methods if screen.session.facts else {}
        if len(methods) > 1:
            yield Command("Compare by all methods", "Search by all methods, fused", lambda: screen.use_methods(()))
        for method in methods:
            yield Command(
                f"Compare by {shown(method)}",
                "Search by this method alone",
                lambda method=method: screen.use_methods((method,)),  # type: ignore[misc]
            )


def _asking(screen: SearchScreen, query: PastQuery) -> Callable[[], object]:
    return lambda: screen.ask_past(query)


def _runner(screen: Screen[Any], node: DOMNode, action: str) -> Callable[[], object]:
    async def run() -> None:
        await screen.app.run_action(action, default_namespace=node)

    return run
