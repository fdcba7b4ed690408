"""The pictures found: one widget that paints only the cards or lines in sight, and asks only for their pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.plain_text import hit_line, hit_sentence
from revsearch_tui.tui.text import clip
from revsearch_tui.tui.widgets.painting import NO_CELLS, on_background, overlay_at
from revsearch_tui.tui.widgets.pictures_view import PREFIX, PicturesView
from revsearch_tui.tui.widgets.results import geometry as layout
from revsearch_tui.tui.widgets.results.card import card_lines, picture_offset
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.results.row import columns_for, heading, row_line

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit

_NAMES = ("edge", "highlight", "faint", "good", "doubt", "bar", "line")


class ResultsView(PicturesView, inherit_bindings=False):
    """Results as a grid of cards or as a list."""

    BINDINGS = keymap.bindings(keymap.RESULTS)
    COMPONENT_CLASSES = {PREFIX + name for name in _NAMES}

    highlighted: reactive[int] = reactive(0, repaint=False)
    view: reactive[str] = reactive("grid", repaint=False)

    class Highlighted(Message):
        """Another hit is highlighted; None where there are no hits."""

        def __init__(self, hit: Hit | None) -> None:
            super().__init__()
            self.hit = hit

    class Wanted(Message):
        """Something is to be done with a hit: `query`, `mark`, `open`, `copy`, `explain`, or how it is judged: `like`,
        `unlike`, `match` or `no match`."""

        def __init__(self, hit: Hit, action: str) -> None:
            super().__init__()
            self.hit, self.action = hit, action

    def __init__(self, loader: PictureLoader, view: str, **names: Any) -> None:
        super().__init__(loader, **names)
        self.hits: tuple[Hit, ...] = ()
        self._empty: tuple[str, tuple[str, ...]] = ("", ())
        self._geometry = layout.listing(80)
        self._cards: dict[int, list[Strip]] = {}
        self._columns = columns_for((), 80)
        self._folders: Mapping[int, str] = {}
        self._signs: Mapping[str, str] = {}
        self._marked: frozenset[str] = frozenset()
        self._told: str | Content | None = None
        self._only: Region | None = None
        self.set_reactive(ResultsView.view, view)

    # What is shown

    def show_hits(
        self,
        hits: Sequence[Hit],
        highlighted: int = 0,
        signs: Mapping[str, str] | None = None,
        folders: Mapping[int, str] | None = None,
    ) -> None:
        """Show these hits from the top; `signs` stand behind the ranks of those image ids, `folders` are those that
        tell hits apart, to be given where they are many."""
        self.hits, self._signs = tuple(hits), signs or {}
        self._folders = telling_folders([hit.path for hit in hits]) if folders is None else folders
        self._problems.clear()
        self._lay_out()
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.set_reactive(ResultsView.highlighted, max(0, min(highlighted, len(hits) - 1)))
        self._reveal()
        self._show_place()
        self._point()
        self.refresh_bindings()
        self.post_message(self.Highlighted(self.hit))

    def leave_out(self, image_id: str) -> None:
        """Show all but one of the hits."""
        place, signs = self.highlighted, self._signs
        self.show_hits([hit for hit in self.hits if hit.image_id != image_id], place, signs)

    def show_marks(self, marked: Collection[str]) -> None:
        """Show which image ids are marked."""
        if frozenset(marked) == self._marked:
            return  # it is told anew whenever a collection is looked at
        self._marked = frozenset(marked)
        self._cards.clear()
        self._show_place()
        self.refresh()

    def show_empty(self, title: str, *lines: str) -> None:
        """Show that there are no hits, and what to do."""
        self._empty = (title, lines)
        self.show_hits(())

    @property
    def hit(self) -> Hit | None:
        """The highlighted hit."""
        return self.hits[self.highlighted] if self.hits else None

    @property  # type: ignore[override]
    def border_subtitle(self) -> str | Content | None:
        """What is told on the lower border, behind the place of the highlighted hit."""
        return self._told

    @border_subtitle.setter
    def border_subtitle(self, told: str | Content | None) -> None:
        self._told = told
        self._show_place()

    def _show_place(self) -> None:
        place = f"{self.highlighted + 1:,} of {len(self.hits):,}" if self.hits else ""
        told = self._told if isinstance(self._told, Content) else Content.from_markup(self._told or "")
        marks = f"{len(self._marked):,} marked" if self._marked else ""
        parts = [part for part in (Content(place), Content(marks), told) if part]
        self._only = Region(-1, self.size.height, self.outer_size.width, 1)
        vars(Widget)["border_subtitle"].__set__(self, Content(" · ").join(parts))
        self._only = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As the base class; while the place is written, of the lower border alone."""
        only = regions if self._only is None else (self._only,)
        return super().refresh(*only, repaint=repaint, layout=layout, recompose=recompose)

    # Actions

    def action_move(self, move: str) -> None:
        if self.hits:
            height = max(1, self.size.height - self._geometry.heading)
            self.highlighted = layout.moved(self.highlighted, move, self._geometry, len(self.hits), height)

    def action_next_query(self) -> None:
        self._want("query")

    def action_mark(self) -> None:
        self._want("mark")

    def action_open(self) -> None:
        self._want("open")

    def action_copy_path(self) -> None:
        self._want("copy")

    def action_judge(self, how: str) -> None:
        self._want(how)

    def action_explain(self) -> None:
        self._want("explain")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a hit are there only with one."""
        needing = ("next_query", "mark", "open", "copy_path", "judge", "explain")
        return bool(self.hits) if action in needing else True

    def _want(self, action: str) -> None:
        if self.hit is not None:
            self.post_message(self.Wanted(self.hit, action))

    def watch_highlighted(self, before: int, after: int) -> None:
        self._reveal()
        self._show_place()
        self._paint_anew(before, after)
        self._point()
        self.post_message(self.Highlighted(self.hit))

    def _point(self) -> None:
        """Put the terminal's cursor, which is not seen but followed by what reads aloud, on the highlighted hit."""
        if self._in_words and self.has_focus and self.hits:
            _, top = self._geometry.place(self.highlighted)
            self.app.cursor_position = self.content_region.offset + Offset(0, top - self.scroll_offset.y)

    def on_focus(self) -> None:
        self._point()

    def _paint_anew(self, *hits: int) -> None:
        """Paint these hits only: a screen full of pictures takes as long as all else together."""
        regions = []
        for index in hits:
            self._cards.pop(index, None)
            left, top = self._geometry.place(index)
            card = self._geometry.card(index)
            regions.append(Region(left, top + card.heading - self.scroll_offset.y, card.width, card.height))
        self.repaint(*regions)

    def watch_view(self) -> None:
        self._lay_out()
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        x, y = event.x, event.y - self._geometry.heading + round(self.scroll_y)
        index = self._geometry.index_at(x, y, len(self.hits))
        if index is not None:
            self.highlighted = index
            if event.chain == 2:
                self._want("query")

    # Layout

    def on_resize(self) -> None:
        self._lay_out()
        self._reveal()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._cards.clear()

    @property
    def _has_cards(self) -> bool:
        return self.view == "grid" and not self._in_words

    @property
    def _in_words(self) -> bool:
        """Whether hits are told in sentences, a line each."""
        return self.app.has_class("-text-only")

    def _lay_out(self) -> None:
        width, height = self.scrollable_content_region.size
        self._geometry = layout.grid(width, height, len(self.hits)) if self._has_cards else layout.listing(width)
        if self._in_words:
            self._geometry = self._geometry._replace(heading=0)
        self._columns = columns_for(self.hits if self.view == "list" else (), width)
        self._cards.clear()
        self.virtual_size = Size(width, self._geometry.rows(len(self.hits)))
        self.ask_for_pictures()
        self.refresh()

    def _reveal(self) -> None:
        """Scroll so that the highlighted hit is in sight."""
        if not self.hits or not self.size.height:
            return
        _, top = self._geometry.place(self.highlighted)
        height = self.size.height - self._geometry.heading
        bottom = top + self._geometry.height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif bottom > self.scroll_offset.y + height:
            self.scroll_to(y=bottom - height, animate=False, immediate=True)

    # Pictures

    def _key(self, hit: Hit) -> PictureKey:
        return PictureKey(hit.image_id, hit.path, self._geometry.picture_width, self._geometry.picture_height)

    def keys_in_sight(self) -> Iterable[PictureKey]:
        return (self._key(self.hits[index]) for index in self._cards_in_sight())

    def arrived(self, key: PictureKey) -> None:
        self._paint_anew(*(index for index in self._cards_in_sight() if self.hits[index].image_id == key.image_id))

    def _cards_in_sight(self) -> range:
        """The hits any part of whose cards is in sight; as lines they have no pictures."""
        if not self._has_cards:
            return range(0)
        return self._geometry.visible(self.scroll_offset.y, self.size.height, len(self.hits))

    # Painting

    def render_line(self, y: int) -> Strip:
        width, base = self._painted
        if not self.hits:
            return self._empty_line(y).apply_style(base)
        if self._geometry.heading and y == 0:
            return self._strip(heading(self._columns, self.style_of), width, base)
        line = y - self._geometry.heading + self.scroll_offset.y
        if not self._has_cards:
            if line >= len(self.hits):
                return Strip.blank(width, base)
            folder = self._folders.get(line, "")
            hit = self.hits[line]
            sign = self._signs.get(hit.image_id, "")
            at, marked = line == self.highlighted, hit.image_id in self._marked
            if self._in_words:
                sentence = hit_sentence(hit, folder, sign, marked)
                return Strip([Segment(hit_line(sentence, width, at), base)], width)
            segments = row_line(hit, self._columns, at, self.style_of, folder, sign, marked)
            return self._strip(segments, width, base)
        first, inner = line // self._geometry.height * self._geometry.columns, line % self._geometry.height
        shown = range(first, min(first + self._geometry.columns, len(self.hits)))
        strips = [self._card(index)[inner] for index in shown]
        used = sum(strip.cell_length for strip in strips)
        if used < width:
            strips.append(Strip.blank(width - used, base))
        return Strip.join(strips)

    def _strip(self, segments: list[Segment], width: int, base: Style) -> Strip:
        return Strip(segments).adjust_cell_length(width).apply_style(base)

    def _card(self, index: int) -> list[Strip]:
        if index not in self._cards:
            hit = self.hits[index]
            key = self._key(hit)
            geometry = self._geometry.card(index)
            lines = card_lines(
                hit,
                geometry,
                self._loader.drawing(key),
                self.problem_of(key),
                index == self.highlighted,
                self.style_of,
                self._folders.get(index, ""),
                self._signs.get(hit.image_id, ""),
                hit.image_id in self._marked,
            )
            base = self._painted[1]
            self._cards[index] = [Strip(on_background(line, base), geometry.width) for line in lines]
        return self._cards[index]

    def _empty_line(self, y: int) -> Strip:
        title, lines = self._empty
        width, height = self._painted[0], self.size.height
        top = max(0, (height - len(lines) - 2) // 2)
        text, style = "", self.style_of("faint")
        if y == top:
            text, style = title, Style(bold=True)
        elif 0 <= y - top - 2 < len(lines):
            text = lines[y - top - 2]
        if not text:
            return Strip.blank(width)
        text = clip(text, width)
        return Strip([Segment(" " * ((width - len(text)) // 2)), Segment(text, style)]).adjust_cell_length(width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class, with the overlays of graphics terminals behind the last line."""
        painted = self.size.width, self.rich_style
        if painted != self._painted:
            self._painted = painted
            self._cards.clear()
        strips = super().render_lines(crop)
        overlays = self._overlays() if self._has_cards and self.hits and self.screen.is_current else ""
        if overlays and strips:
            strips[-1] = Strip([*strips[-1], Segment(overlays, Style(), NO_CELLS)], strips[-1].cell_length)
        return strips

    def _overlays(self) -> str:
        """Pictures that lie wholly in sight, each written at its place; cut ones stay half cells."""
        parts = []
        area = self.scrollable_content_region
        for index in self._cards_in_sight():
            drawing = self._loader.drawing(self._key(self.hits[index]))
            if drawing is None or not drawing.overlay:
                continue
            left, top = self._geometry.place(index)
            x, y = picture_offset(self._geometry.card(index), drawing)
            y += top - self.scroll_offset.y
            if y >= 0 and y + drawing.height <= self.size.height:
                parts.append(overlay_at(drawing.overlay, area.x + left + x, area.y + y))
        return "".join(parts)
