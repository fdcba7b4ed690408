"""Choose a picture from the folders, with a look at it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.widgets import DirectoryTree, Tree
from textual.widgets.directory_tree import DirEntry
from textual.widgets.tree import TreeNode

from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES
from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.text import shown, shown_path
from revsearch_tui.tui.widgets.painting import pointed
from revsearch_tui.tui.widgets.side.picture import PicturePane


class PictureTree(DirectoryTree):
    """Folders and pictures, names shown as data."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "
    show_hidden = False

    def render_line(self, y: int) -> Strip:
        """As the base class, behind the pointer at the highlighted line."""
        strip = super().render_line(y)
        line = Strip([Segment("  ", next((segment.style for segment in strip), None)), *strip]).crop(0, self.size.width)
        return pointed(line, 0) if y + self.scroll_offset.y == self.cursor_line else line

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if self._is_wanted(path)]

    def _is_wanted(self, path: Path) -> bool:
        if path.name.startswith(".") and not self.show_hidden:
            return False
        return path.suffix.lower() in PICTURE_SUFFIXES or self._safe_is_dir(path)

    def process_label(self, label: Any) -> Text:
        """Names as plain text: no markup, no control characters."""
        return Text(shown(label if isinstance(label, str) else label.plain), no_wrap=True)

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        icon = (
            (self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE) if node.allow_expand else self.ICON_FILE
        )
        kind = self.get_component_rich_style("directory-tree--folder", partial=True) if node.allow_expand else Style()
        return Text.assemble(
            (icon, base_style), (node.label.plain if isinstance(node.label, Text) else "", kind + style)
        )


class BrowseDialog(Dialog[Path]):
    """Answers with a picture, or None."""

    BINDINGS = keymap.bindings(keymap.BROWSE)

    def __init__(self, loader: PictureLoader, start: Path) -> None:
        super().__init__(classes="browse")
        self._loader, self._start = loader, start

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = shown_path(self._start)
            box.border_subtitle = "enter takes · h folder above · . hidden · esc back"
            with Horizontal():
                yield PictureTree(self._start)
                yield PicturePane(self._loader, "", id="browse-picture")

    def on_mount(self) -> None:
        tree = self.query_one(PictureTree)
        tree.show_root = False
        tree.focus()

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[DirEntry]) -> None:
        entry = event.node.data
        is_picture = entry is not None and not event.node.allow_expand
        self.query_one(PicturePane).show(entry.path if entry is not None and is_picture else None)

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        self.dismiss(event.path)

    def action_parent(self) -> None:
        tree = self.query_one(PictureTree)
        node = tree.cursor_node
        if node is not None and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node is not None and node.parent is not None and node.parent is not tree.root:
            tree.move_cursor(node.parent)
        else:
            parent = Path(tree.path).parent
            tree.path = parent
            self.query_one(".dialog-box").border_title = shown_path(parent)

    def action_open_node(self) -> None:
        self.query_one(PictureTree).action_select_cursor()

    def action_toggle_hidden(self) -> None:
        tree = self.query_one(PictureTree)
        tree.show_hidden = not tree.show_hidden
        tree.reload()
