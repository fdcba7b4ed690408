"""All there is to say about the highlighted hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui.messages import FileFacts
from revsearch_tui.tui.text import class_text, clip_name, count, raw_text, shown, shown_path, size_text

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

_LABEL = "$foreground-muted"


class Detail(Static):
    """Name, folder, size and format, scores per method, and every copy of the picture."""

    def __init__(self) -> None:
        super().__init__("", id="detail-text", markup=False)
        self._hit: Hit | None = None
        self._facts: FileFacts | None = None

    def show(self, hit: Hit | None) -> None:
        """Show a hit; what has to be read from its files comes later by `add_facts`."""
        self._hit, self._facts = hit, None
        self._refill()

    def add_facts(self, facts: FileFacts) -> None:
        """Complete what is shown, if it is still the same picture."""
        if self._hit is not None and self._hit.image_id == facts.image_id:
            self._facts = facts
            self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        width = max(12, self.size.width or 30)
        self.update(detail_content(self._hit, self._facts, width) if self._hit else Content(""))


def detail_content(hit: Hit, facts: FileFacts | None, width: int) -> Content:
    """The text of the pane for a hit, in lines of `width` cells."""
    parts: list[tuple[str, str] | str] = [
        (clip_name(shown(hit.path.name), width), "$text bold"),
        "\n",
        (shown_path(hit.path.parent), _LABEL),
        "\n\n",
    ]
    size = facts.sizes.get(hit.path) if facts else None
    known = [f"{hit.width}×{hit.height}"]
    if facts and facts.format:
        known.append(shown(facts.format.upper()))
    if size is not None:
        known.append(size_text(size))
    parts += [" · ".join(known), "\n"]
    if facts and hit.path in facts.sizes and size is None:
        parts += [("The file is gone; press r to refresh.", "$text-error"), "\n"]
    parts.append("\n")
    for label, value, style in _facts(hit):
        parts += [(f"{label:<9}", _LABEL), (value, style), "\n"]
    if hit.fused:
        parts += ["\n", ("by method      rank   score", _LABEL), "\n"]
        for part in hit.fused:
            parts += [f"{shown(part.method)[:14]:<14} {part.rank:>4}   ", (f"{part.score:.3f}", "$text-success"), "\n"]
    if len(hit.paths) > 1:
        parts += ["\n", (count(len(hit.paths), "file") + " with these bytes", _LABEL), "\n"]
        for path in hit.paths:
            gone = path in hit.missing if facts is None else facts.sizes.get(path, 0) is None
            parts += [(shown_path(path), "$text-error strike" if gone else "$text")]
            parts += [(" (missing)", "$text-error")] if gone else []
            parts += [(" (linked)", _LABEL), "\n"] if path in hit.links else ["\n"]
    return Content.assemble(*parts)


def _facts(hit: Hit) -> list[tuple[str, str, str]]:
    lines = [
        ("score", f"{hit.score:.3f}", "$text-success bold"),
        ("measured", raw_text(hit.raw, hit.unit), "$text"),
        ("method", shown(hit.method), "$text"),
    ]
    if hit.label:
        lines.append(("class", class_text(hit.label, hit.confidence), "$text"))
    if hit.orientation:
        lines.append(("turned", hit.orientation, "$text"))
    if hit.verified is not None:
        known = ("✓ verified", "$text-success") if hit.verified else ("○ not verified", "$text-warning")
        lines.append(("geometry", *known))
    lines.append(("search", "exact", "$text") if hit.exact else ("search", "≈ approximate", "$text-accent"))
    return lines
