"""The first line: what is searched, and by what."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui.messages import CollectionFacts
from revsearch_tui.tui.text import clip, count, shown

_BAR = ("  │  ", "$border")


class Header(Static):
    """Program, collection, methods. A click opens the pickers."""

    def __init__(self, collection: str) -> None:
        super().__init__("", id="header", markup=False)
        self._collection = collection
        self._facts: CollectionFacts | None = None
        self._methods: tuple[str, ...] = ()

    def show(self, facts: CollectionFacts | None, methods: tuple[str, ...]) -> None:
        """Show a collection and the methods chosen."""
        self._facts, self._methods = facts, methods
        self._refill()

    def on_mount(self) -> None:
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        facts = self._facts
        parts: list[Content | tuple[str, str]] = [(" revsearch ", "$block-cursor-foreground on $primary bold")]
        name = facts.name if facts else self._collection
        if name:
            parts += [("  ", ""), _link(clip(shown(name), 24), "screen.collections", "bold")]
        if facts:
            parts.append((f"  {count(facts.pictures, 'picture')}", "$foreground-muted"))
            if len(facts.roots) > 1 and self.size.width >= 100:
                parts.append((f" in {count(len(facts.roots), 'folder')}", "$foreground-muted"))
        if self._methods:
            label = " + ".join(shown(method) for method in self._methods)
            room = max(12, self.size.width - 62)
            parts += [_BAR, ("by ", "$foreground-muted"), _link(clip(label, room), "screen.methods", "$text-accent")]
            if facts and self.size.width >= 100 and len(facts.methods) > len(self._methods):
                others = len(facts.methods) - len(self._methods)
                parts.append((f"  {count(others, 'other method')} indexed", "$foreground-muted"))
        self.update(Content.assemble(*parts))


def _link(text: str, action: str, style: str) -> Content:
    return Content.styled(text, style).stylize(f"@click={action}()")
