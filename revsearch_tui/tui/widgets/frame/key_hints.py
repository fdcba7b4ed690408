"""The last line: the keys that work here and now."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

_TYPED = {"slash", "question_mark", "colon", "full_stop", "space", "backspace"}


def key_of(screen: Screen[Any], identity: str) -> str:
    """How the key of a binding is shown, as configured; empty where it does nothing on that screen now."""
    for active in screen.active_bindings.values():
        if active.binding.id == identity and active.enabled:
            return screen.app.get_key_display(active.binding)
    return ""


class KeyHints(Static):
    """Made from the active bindings, so it is right after remapping, too. A click does what the key does."""

    def __init__(self) -> None:
        super().__init__("", id="key-hints", markup=False)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._updated)
        self.call_after_refresh(self._refill)

    def on_resize(self) -> None:
        self._refill()

    def _updated(self, _screen: Any) -> None:
        if self.is_attached:
            self._refill()

    def _refill(self) -> None:
        parts: list[Content] = []
        room = self.size.width - 1
        for key, binding in self._hints():
            length = cell_len(key) + cell_len(binding.description) + 3
            if length > room:
                break
            room -= length
            click = f"@click=app.simulate_key('{binding.key}')"
            parts.append(Content(" "))
            parts.append(Content.styled(key, "$footer-key-foreground bold"))
            parts.append(Content.styled(f" {binding.description} ", "$foreground-muted").stylize(click))
        self.update(Content("").join(parts))

    def _hints(self) -> list[tuple[str, Binding]]:
        """The keys to name, those of the focused widget first, the help always in."""
        found: dict[str, tuple[str, Binding]] = {}
        is_typing = isinstance(self.screen.focused, Input)
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if is_typing and (binding.key in _TYPED or len(binding.key) == 1):
                continue
            if binding.show and active.enabled and binding.action not in found:
                found[binding.action] = (self.app.get_key_display(binding), binding)
        helping = found.pop("help", None)
        return ([helping] if helping else []) + list(found.values())
