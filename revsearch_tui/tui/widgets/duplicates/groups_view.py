"""Groups as rows of pictures: one widget that paints only the groups in sight, and asks only for their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import PictureDrawn
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.widgets.duplicates.group_lines import Shown, blocks_for, file_card, group_heading
from revsearch_tui.tui.widgets.duplicates.words import total_text
from revsearch_tui.tui.widgets.painting import component_style, overlay_at, send_to_terminal
from revsearch_tui.tui.widgets.results.card import picture_offset
from revsearch_tui.tui.widgets.results.folders import telling_folders

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.review import Review, ReviewedGroup

_NAMES = ("edge", "highlight", "faint", "good", "doubt")
_PREFIX = "results--"
_HEADING = 1


class GroupsView(ScrollView, can_focus=True, inherit_bindings=False):
    """The groups of a review, with a cursor on a file of one of them."""

    BINDINGS = keymap.bindings(keymap.TWINS)
    COMPONENT_CLASSES = {_PREFIX + name for name in _NAMES}

    class Moved(Message):
        """The cursor is elsewhere, or something else is decided about the file that it is on."""

    class Wanted(Message):
        """Something is to be done with the file that the cursor is on: `mark`, `keep`, `compare`, `open`, `copy`."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(**names)
        self._loader = loader
        self.review: Review | None = None
        self.at, self.entry = 0, 0
        """The group and the file of it that the cursor is on."""
        self._blocks = blocks_for(80, 18)
        self._problems: dict[PictureKey, str] = {}
        self._asked: set[PictureKey] = set()
        self._sent: set[str] = set()
        self._lines: dict[int, list[Strip]] = {}
        self._styles: dict[str, Style] = {}
        self._painted = (80, Style())
        self._is_sending = False

    # What is shown

    def show(self, review: Review) -> None:
        """Show a review, with the cursor about where it was."""
        self.review = review
        self._problems.clear()
        self.at = max(0, min(self.at, len(review.groups) - 1))
        self.entry = 0 if self.group is None else min(self.entry, len(self.group.entries) - 1)
        self._lay_out()
        self.changed()

    def changed(self) -> None:
        """What was decided, or where the cursor is, is not what it was."""
        self._lines.clear()
        self._reveal()
        self._ask_for_pictures()
        if self.review is not None:
            total = total_text(self.review)
            place = f"{self.at + 1:,} of {total}" if self.review.groups else total
            self.border_subtitle = place
        self.refresh()
        self.post_message(self.Moved())

    @property
    def group(self) -> ReviewedGroup | None:
        """The one that the cursor is on."""
        return self.review.groups[self.at] if self.review is not None and self.review.groups else None

    @property
    def file(self) -> FileFacts | None:
        """The one that the cursor is on."""
        return self.group.entries[self.entry].file if self.group is not None else None

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a group are there only with one."""
        return self.group is not None

    def action_move(self, move: str) -> None:
        if self.review is None or self.group is None:
            return
        if move in ("left", "right"):
            step = 1 if move == "right" else -1
            self.go_to(self.at, max(0, min(len(self.group.entries) - 1, self.entry + step)))
            return
        leap, last = max(1, self.size.height // self._blocks.height), len(self.review.groups) - 1
        target = {
            "up": self.at - 1,
            "down": self.at + 1,
            "page_up": self.at - leap,
            "page_down": self.at + leap,
            "first": 0,
            "last": last,
        }[move]
        target = max(0, min(last, target))
        if target != self.at:
            self.go_to(target, 0)

    def go_to(self, at: int, entry: int) -> None:
        """Put the cursor on a file."""
        self.at, self.entry = at, entry
        self.changed()

    def action_mark(self) -> None:
        self.post_message(self.Wanted("mark"))

    def action_keep(self) -> None:
        self.post_message(self.Wanted("keep"))

    def action_compare(self) -> None:
        self.post_message(self.Wanted("compare"))

    def action_open(self) -> None:
        self.post_message(self.Wanted("open"))

    def action_copy_path(self) -> None:
        self.post_message(self.Wanted("copy"))

    def on_click(self, event: events.Click) -> None:
        if self.review is None:
            return
        at, inner = divmod(event.y + self.scroll_offset.y, self._blocks.height)
        if at < len(self.review.groups) and inner >= _HEADING:
            window = self._window(at)
            entry = window.start + event.x // self._blocks.card.width
            if entry in window:
                self.go_to(at, entry)
                if event.chain == 2:
                    self.action_compare()

    # Layout

    def on_resize(self) -> None:
        self._lay_out()
        self._reveal()
        self._ask_for_pictures()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._lines.clear()
        self._styles.clear()

    def _lay_out(self) -> None:
        width, height = self.scrollable_content_region.size
        self._blocks = blocks_for(max(1, width), height)
        self._lines.clear()
        groups = len(self.review.groups) if self.review is not None else 0
        self.virtual_size = Size(width, groups * self._blocks.height)
        self.refresh()

    def _reveal(self) -> None:
        """Scroll so that the cursor's group is in sight."""
        if self.group is None or not self.size.height:
            return
        top = self.at * self._blocks.height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + self._blocks.height > self.scroll_offset.y + self.size.height:
            top = max(0, top + self._blocks.height - self.size.height)
            self.scroll_to(y=top, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._ask_for_pictures()

    def _in_sight(self) -> range:
        """The groups any part of which is in sight."""
        groups = len(self.review.groups) if self.review is not None else 0
        height, top = self._blocks.height, self.scroll_offset.y
        return range(min(groups, top // height), min(groups, -(-(top + self.size.height) // height)))

    def _window(self, at: int) -> range:
        assert self.review is not None
        return self._blocks.window(len(self.review.groups[at].entries), self.entry if at == self.at else 0)

    # Pictures

    def _key(self, file: FileFacts) -> PictureKey:
        card = self._blocks.card
        return PictureKey(file.image_id.hex(), file.path, card.picture_width, card.picture_height)

    def _ask_for_pictures(self) -> None:
        """Ask for the pictures in sight, and no longer for those that went out of sight."""
        wanted: set[PictureKey] = set()
        if self.review is not None and self.size.height:
            for at in self._in_sight():
                for number in self._window(at):
                    key = self._key(self.review.groups[at].entries[number].file)
                    if self._loader.drawing(key) is None and key not in self._problems:
                        wanted.add(key)
                        self._loader.request(key, self.post_message)
        self._loader.keep_only(wanted, self._asked)
        self._asked = wanted

    def on_picture_drawn(self, message: PictureDrawn) -> None:
        assert isinstance(message.key, PictureKey)
        if message.drawing is None:
            self._problems[message.key] = message.problem
        elif message.drawing.prelude and message.drawing.prelude not in self._sent:
            self._sent.add(message.drawing.prelude)
            send_to_terminal(self.app, message.drawing.prelude)
        self._lines.clear()
        self.refresh()

    # Painting

    def _style(self, name: str) -> Style:
        if name and name not in self._styles:
            self._styles[name] = component_style(self, _PREFIX + name)
        return self._styles[name] if name else Style()

    def render_line(self, y: int) -> Strip:
        width, base = self._painted
        at, inner = divmod(y + self.scroll_offset.y, self._blocks.height)
        if self.review is None or at >= len(self.review.groups):
            return Strip.blank(width, base)
        if at not in self._lines:
            self._lines[at] = self._group_lines(self.review.groups[at], at, width)
        return self._lines[at][inner].apply_style(base)

    def _group_lines(self, group: ReviewedGroup, at: int, width: int) -> list[Strip]:
        window, is_current = self._window(at), at == self.at
        heading = group_heading(group, at, window, width, is_current, self._style)
        folders = telling_folders([group.entries[number].file.path for number in window])
        cards = []
        for place, number in enumerate(window):
            key = self._key(group.entries[number].file)
            problem = self._problems.get(key, "" if self._loader.renderer else "no picture")
            picture = Shown(self._loader.drawing(key), problem, folders.get(place, ""))
            is_on = is_current and number == self.entry
            cards.append(file_card(group, number, self._blocks.card, picture, is_on, self._style))
        rows = zip(*cards, strict=True)
        lines = [heading, *([segment for line in row for segment in line] for row in rows)]
        return [Strip(line).adjust_cell_length(width) for line in lines]

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class; what goes over the cells in graphics terminals follows when they are painted: within a
        line it would be lost where a scrollbar or a notification cuts it."""
        self._painted = self.size.width, self.rich_style
        if not self._is_sending:
            self._is_sending = True
            self.call_after_refresh(self._send_overlays)
        return super().render_lines(crop)

    def _send_overlays(self) -> None:
        """Pictures that lie wholly in sight, each written at its place; cut ones stay half cells."""
        self._is_sending = False
        if self.review is None or not self.screen.is_current or not self.display:
            return
        parts, area = [], self.scrollable_content_region
        for at in self._in_sight():
            for place, number in enumerate(self._window(at)):
                drawing = self._loader.drawing(self._key(self.review.groups[at].entries[number].file))
                if drawing is None or not drawing.overlay:
                    continue
                x, y = picture_offset(self._blocks.card, drawing)
                y += at * self._blocks.height + _HEADING - self.scroll_offset.y
                if y >= 0 and y + drawing.height <= self.size.height:
                    x += area.x + place * self._blocks.card.width
                    parts.append(overlay_at(drawing.overlay, x, area.y + y))
        if parts:
            send_to_terminal(self.app, "".join(parts))
