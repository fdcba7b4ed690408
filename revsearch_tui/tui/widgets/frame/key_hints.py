"""The last line: the keys that work here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

_ALL = "all keys"
_Hint: TypeAlias = tuple[str, Binding]
"""A key as people read it, and its binding."""
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
        self.update(hints_content(self._hints(), self.size.width - 1))

    def _hints(self) -> list[_Hint]:
        """The keys to name, those of the focused widget first, the help before all."""
        found: dict[str, _Hint] = {}
        is_typing = isinstance(self.screen.focused, Input)
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if is_typing and (binding.key in _TYPED or len(binding.key) == 1):
                continue
            if binding.show and active.enabled and binding.action not in found:
                found[binding.action] = (self.app.get_key_display(binding), binding)
        helping = found.pop("help", None)
        return ([helping] if helping else []) + list(found.values())


def hints_content(hints: Sequence[_Hint], width: int) -> Content:
    """As many hints as fit; where some do not, the help goes to the end and says that there are more."""
    if sum(map(_length, hints)) <= width:
        return Content("").join(_hint(key, binding, binding.description) for key, binding in hints)
    helping = next(((key, binding) for key, binding in hints if binding.action == "help"), None)
    end = Content(" …") + (_hint(*helping, _ALL) if helping else Content(""))
    room, parts = width - end.cell_length, []
    for key, binding in hints:
        if helping is not None and binding is helping[1]:
            continue
        room -= _length((key, binding))
        if room < 0:
            break
        parts.append(_hint(key, binding, binding.description))
    return Content("").join([*parts, end])


def _length(hint: _Hint) -> int:
    key, binding = hint
    return cell_len(key) + cell_len(binding.description) + 3


def _hint(key: str, binding: Binding, text: str) -> Content:
    click = f"@click=app.simulate_key('{binding.key}')"
    label = Content.styled(f" {text} ", "$foreground-muted").stylize(click)
    return Content(" ") + Content.styled(key, "$footer-key-foreground bold") + label
