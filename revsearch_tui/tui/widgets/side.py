"""The column beside the results: the query, the highlighted hit, and all there is to say about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from revsearch_tui.tui.files import is_address, picture_of
from revsearch_tui.tui.messages import FileFacts, PictureDrawn
from revsearch_tui.tui.part_box import PartBox
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.text import class_text, clip, clip_name, count, raw_text, shown, shown_path, size_text
from revsearch_tui.tui.widgets.painting import NO_CELLS, component_style, overlay_at, send_to_terminal

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.pictures.drawing import Drawing

_LABEL = "$foreground-muted"


class SideColumn(Vertical):
    """Takes what to show at any time, also before it is on the screen."""

    def __init__(self, loader: PictureLoader) -> None:
        super().__init__(id="side")
        self._query = PicturePane(loader, "no picture", id="query-picture")
        self._hit = PicturePane(loader, "no hit", id="hit-picture")
        self._detail = Detail()
        self._query.border_title = "Query"
        self._hit.border_title = "Hit"

    def compose(self) -> ComposeResult:
        yield self._query
        yield self._hit
        with VerticalScroll(id="detail", can_focus=False) as detail:
            detail.border_title = "Details"
            yield self._detail

    def show_query(self, source: str, image_id: str, has_failed: bool = False, part: PartBox | None = None) -> None:
        """Show the query picture with the part that is searched by; one from the web once it was fetched, from when on
        its image id is known."""
        picture = picture_of(source)
        is_there = image_id or (picture and not is_address(picture))
        if source and not picture:
            self._query.say("words")
        else:
            self._query.say("not fetched" if source and has_failed else "" if source else "no picture")
        self._query.show(Path(picture) if is_there else None, image_id, part)

    def show_hit(self, hit: Hit | None) -> None:
        """Show the highlighted hit."""
        self._detail.show(hit)
        self._hit.show(hit.path if hit else None, hit.image_id if hit else "")
        self._hit.border_title = f"Hit {hit.rank}" if hit else "Hit"
        for scroll in self.query("#detail"):
            scroll.scroll_home(animate=False)

    def add_facts(self, facts: FileFacts) -> None:
        """Complete the details of the hit."""
        self._detail.add_facts(facts)


class Detail(Static):
    """Name, folder, size and format, scores per method, and every copy of the picture."""

    def __init__(self) -> None:
        super().__init__("", id="detail-text", markup=False)
        self._hit: Hit | None = None
        self._facts: FileFacts | None = None
        self._lines = 0

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
        content = detail_content(self._hit, self._facts, width) if self._hit else Content("")
        lines = content.get_height(self.styles.get_rules(), width)
        # Laying out all of the screen anew takes longer than painting this.
        self.update(content, layout=lines != self._lines)
        self._lines = lines


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
    if hit.tier:
        lines.insert(0, ("found as", hit.tier, "$text bold"))
    if hit.label:
        lines.append(("class", class_text(hit.label, hit.confidence), "$text"))
    if hit.why:
        lines.append(("why", shown(", ".join(hit.why)), "$text"))
    if hit.orientation:
        lines.append(("turned", hit.orientation, "$text"))
    if hit.verified is not None:
        known = ("✓ verified", "$text-success") if hit.verified else ("○ not verified", "$text-warning")
        lines.append(("geometry", *known))
    lines.append(("search", "exact", "$text") if hit.exact else ("search", "≈ approximate", "$text-accent"))
    return lines


class DrawingPane(Widget):
    """A drawing, centred; without one a line of text. Subclasses say which."""

    COMPONENT_CLASSES = {"picture--text"}

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self._sent: set[str] = set()

    def drawing(self) -> Drawing | None:
        """What is to be shown, if it is there."""
        return None

    def text(self) -> str:
        """What is to be said without a drawing."""
        return ""

    def arrived(self, drawing: Drawing | None) -> None:
        """A drawing, or none, has become ready."""
        if drawing is not None and drawing.prelude not in self._sent:
            self._sent.add(drawing.prelude)
            send_to_terminal(self.app, drawing.prelude)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        base = self.rich_style
        drawing = self.drawing()
        if drawing is None:
            text = self.text() if y == height // 2 else ""
            if not text:
                return Strip.blank(width, base)
            text = clip(shown(text), width)
            style = component_style(self, "picture--text")
            line = Strip([Segment(" " * ((width - cell_len(text)) // 2)), Segment(text, style)])
            return line.adjust_cell_length(width).apply_style(base)
        top, left = (height - drawing.height) // 2, (width - drawing.width) // 2
        if not top <= y < top + drawing.height:
            return Strip.blank(width, base)
        after = width - left - drawing.width
        segments = [Segment(" " * left), *drawing.rows[y - top], Segment(" " * after)]
        return Strip(segments, width).apply_style(base)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class, with the overlay of graphics terminals behind the last line."""
        strips = super().render_lines(crop)
        drawing = self.drawing()
        if drawing is not None and drawing.overlay and strips and self.screen.is_current:
            width, height = self.content_size
            x = self.content_region.x + (width - drawing.width) // 2
            y = self.content_region.y + (height - drawing.height) // 2
            overlay = Segment(overlay_at(drawing.overlay, x, y), Style(), NO_CELLS)
            strips[-1] = Strip([*strips[-1], overlay], strips[-1].cell_length)
        return strips


class TwoPane(DrawingPane):
    """Shows what it is given."""

    _drawing: Drawing | None = None
    _text = "reading …"

    def put(self, drawing: Drawing | None, text: str) -> None:
        """Show a drawing, or a text where there is none."""
        self._drawing, self._text = drawing, text
        self.arrived(drawing)

    def drawing(self) -> Drawing | None:
        return self._drawing

    def text(self) -> str:
        return self._text


class PicturePane(DrawingPane):
    """A file's picture; without one a line that says so."""

    def __init__(self, loader: PictureLoader, empty: str, **names: Any) -> None:
        super().__init__(**names)
        self._loader, self._empty = loader, empty
        self._path: Path | None = None
        self._image_id = ""
        self._part: PartBox | None = None
        self._problem = ""

    def show(self, path: Path | None, image_id: str = "", part: PartBox | None = None) -> None:
        """Show a file's picture, or none, with a box about a part of it."""
        self._path, self._image_id, self._part, self._problem = path, image_id, part, ""
        self._ask()
        self.refresh()

    def say(self, text: str) -> None:
        """What to say where there is no picture to be shown."""
        self._empty = text

    def on_resize(self) -> None:
        self._ask()

    def on_show(self) -> None:
        self._ask()

    def _key(self) -> PictureKey | None:
        width, height = self.content_size
        if not self._path or not width or not height:
            return None
        return PictureKey(self._image_id, self._path, width, height, self._part)

    def _ask(self) -> None:
        key = self._key()
        if key is not None and self.display and self._loader.drawing(key) is None:
            self._loader.request(key, self.post_message)

    def on_picture_drawn(self, message: PictureDrawn) -> None:
        if message.key == self._key():
            self._problem = message.problem
            self.arrived(message.drawing)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class; a picture that others have pushed out of memory is asked for again."""
        if not self._problem:
            self._ask()
        return super().render_lines(crop)

    def drawing(self) -> Drawing | None:
        key = self._key()
        return self._loader.drawing(key) if key else None

    def text(self) -> str:
        return self._problem or ("" if self._path and self._loader.renderer else self._empty)
