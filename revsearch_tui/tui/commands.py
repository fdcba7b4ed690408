"""The command palette: every binding of the place one is in, and every method and collection by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from revsearch_tui.tui import keymap
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

    from revsearch_tui.tui.screens.search import SearchScreen


class RevsearchCommands(Provider):
    """Commands of the Search screen and of pages."""

    async def discover(self) -> Hits:
        """All commands, for an empty query."""
        for name, text, run in self._commands():
            yield DiscoveryHit(name, run, help=text)

    async def search(self, query: str) -> Hits:
        """The commands that fit what was typed."""
        matcher = self.matcher(query)
        for name, text, run in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=text)

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
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
                allowed = node.check_action(binding.action.partition("(")[0], ())
                if allowed and binding.id not in ("app.palette", "search.quit", "search.leave"):
                    yield binding.description, binding.tooltip, _runner(screen, node, binding.action)
        if isinstance(screen, SearchScreen):
            yield from self._methods(screen)

    def _methods(self, screen: SearchScreen) -> Iterator[tuple[str, str, Callable[[], object]]]:
        methods = screen.session.facts.methods if screen.session.facts else {}
        if len(methods) > 1:
            yield "Compare by all methods", "Search by all methods, fused", lambda: screen.use_methods(())
        for method in methods:
            yield (
                f"Compare by {shown(method)}",
                "Search by this method alone",
                lambda method=method: screen.use_methods((method,)),  # type: ignore[misc]
            )


def _runner(screen: Screen[Any], node: DOMNode, action: str) -> Callable[[], object]:
    async def run() -> None:
        await screen.app.run_action(action, default_namespace=node)

    return run
