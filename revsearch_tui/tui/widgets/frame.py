"""The lines above and below: what is searched and by what, the job in the background, the keys that work here and
now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from revsearch_tui.core.base.pace import duration_text
from revsearch_tui.tui.messages import CollectionFacts, JobProgress
from revsearch_tui.tui.text import clip, count, shown
from revsearch_tui.tui.widgets.results.row import bar

_BAR = ("  │  ", "$border")

_ALL = "all keys"
_Hint: TypeAlias = tuple[str, Binding]
"""A key as people read it, and its binding."""
_TYPED = {"slash", "question_mark", "colon", "full_stop", "space", "backspace"}


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
            others = len(facts.methods) - len(self._methods) if facts and self.size.width >= 100 else 0
            beside = f"  {count(others, 'other method')} indexed" if others > 0 else ""
            told = Content.assemble(*parts, _BAR, "by ").cell_length
            room = max(12, self.size.width - told - len(beside))
            parts += [_BAR, ("by ", "$foreground-muted"), _link(clip(label, room), "screen.methods", "$text-accent")]
            if beside:
                parts.append((beside, "$foreground-muted"))
        self.update(Content.assemble(*parts), layout=False)  # it is one line, always


def _link(text: str, action: str, style: str) -> Content:
    return Content.styled(text, style).stylize(f"@click={action}()")


class JobBar(Static):
    """Hidden until a job runs."""

    def __init__(self) -> None:
        super().__init__("", id="job-bar", markup=False)
        self.display = False
        self._is_high = False

    def begin(self, title: str) -> None:
        """Show that a job started."""
        self.display = True
        self._is_high = False
        self.update(Content.assemble((f" {shown(title)} ", "$text bold"), ("starting …", "$foreground-muted")))

    def show(self, progress: JobProgress) -> None:
        """Show how far it is."""
        self.display = True
        has_bar = not self.app.has_class("-text-only")
        content = progress_content(progress, self.size.width or 80, has_bar)
        if progress.remark:
            content = Content("\n").join([content, Content.styled(f" {shown(progress.remark)}", "$text-accent")])
        is_high, before = bool(progress.remark), self._is_high
        self._is_high = is_high
        # A line is told anew several times a second: all of the screen is laid out only where there are more or less.
        self.update(content, layout=is_high or before)

    def end(self) -> None:
        """The job is over."""
        self.display = False


def progress_content(progress: JobProgress, width: int, has_bar: bool = True) -> Content:
    """Title, bar, counts, rate and time left, in one line."""
    tail = counts_text(progress)
    cells = max(6, min(30, width - len(tail) - 34)) if has_bar else 0
    title = clip(shown(progress.title), max(8, width - len(tail) - cells - 8 - len(progress.what)))
    return Content.assemble(
        (f" {title} ", "$text bold"),
        (f"{shown(progress.what)} ", "$foreground-muted"),
        (share_bar(progress, cells), "$primary on $panel"),
        (f"  {tail}", "$text"),
    )


def counts_text(progress: JobProgress) -> str:
    """`32/60  12/s  0:02 left`, as far as it is known."""
    total = f"/{progress.total:,}" if progress.total is not None else ""
    counts = f"{progress.done:,}{total}"
    rate = f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s" if progress.rate else ""
    left = f"{duration_text(progress.eta_s)} left" if progress.eta_s is not None else ""
    return "  ".join(part for part in (counts, rate, left) if part)


def share_bar(progress: JobProgress, cells: int) -> str:
    """How much is done as a bar of that many cells; dots where that is not known."""
    return bar(progress.done / progress.total, cells) if progress.total else "·" * cells


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
        self._is_due = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._updated)

    def on_resize(self) -> None:
        self._updated()

    def _updated(self, _screen: Any = None) -> None:
        """Once for all that happens at a time: which keys are active takes milliseconds to find out."""
        if self.is_attached and not self._is_due:
            self._is_due = self.call_after_refresh(self._refill)

    def _refill(self) -> None:
        self._is_due = False
        if self.is_attached:  # its page may have been left since
            self.update(hints_content(self._hints(), self.size.width - 1), layout=False)

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
